//! Containers: a command in one reaches this host where a directory of it is mounted, or where its walls are taken away.

use super::super::Machine;
use crate::knowledge::read_line;
use crate::paths::Zone;
use palisade_language::words::{Origin, Piece, Value};
use palisade_protocol::verdict::Class;

impl Machine<'_> {
    /// `docker run` with mounts: what the command inside does to them; `None` leaves the rest to the knowledge base.
    pub(super) fn container(&mut self, args: &[Value], input: &Option<Value>) -> Option<Value> {
        if args.first()?.known()? == "compose" {
            return self.compose(&args[1..], input);
        }
        let verb = args.iter().filter_map(Value::known).find(|word| !word.starts_with('-'))?;
        if !matches!(verb.as_str(), "run" | "create" | "container") {
            return None;
        }
        if let Some(out) = self.ordinary_run(args, input) {
            return Some(out);
        }
        let mounts = self.mounts(args);
        if mounts.is_empty() {
            return None;
        }
        let line = read_line("docker", args)?;
        let count = line.entry.wrap?;
        let mut inner: Vec<Value> =
            line.operands.get(usize::from(count)..)?.iter().map(|(_, value)| value.clone()).collect();
        let entrypoint = args.iter().position(|arg| arg.known().as_deref() == Some("--entrypoint"));
        if let Some(program) = entrypoint.and_then(|at| args.get(at + 1)) {
            inner.insert(0, program.clone());
        }
        for word in &mut inner {
            for (outside, inside) in &mounts {
                *word = moved(word, outside, inside);
            }
        }
        let entered = inner.iter().any(|word| word.known().as_deref() == Some("chroot"));
        if !inner.is_empty() && !entered {
            self.apart(|machine| machine.argv(&inner, input.clone()));
        }
        None
    }

    /// `docker compose [OPTIONS] VERB …`, which is `docker-compose` by another name: its own options stand before the verb, where some
    /// letters mean something else than behind it.
    pub(super) fn compose(&mut self, args: &[Value], input: &Option<Value>) -> Option<Value> {
        const VALUED: [&str; 9] = [
            "-f",
            "--file",
            "-p",
            "--project-name",
            "--profile",
            "--env-file",
            "--project-directory",
            "--ansi",
            "--parallel",
        ];
        let mut at = 0;
        let mut shared = false;
        while let Some(option) = args.get(at).map(Value::display).filter(|word| word.starts_with('-')) {
            at += 1 + usize::from(VALUED.contains(&option.as_str()));
            shared |= args[..at.min(args.len())].iter().any(|word| word.display().contains("prod"));
        }
        let verb = args.get(at)?.known()?;
        if shared && matches!(verb.as_str(), "down" | "rm" | "kill" | "stop") {
            self.note(Class::Destructive, "container.delete", "stops and removes containers that others may use");
        }
        let line = [std::slice::from_ref(&Value::text("docker-compose")), &args[at..]].concat();
        Some(self.argv(&line, input.clone()))
    }

    /// What of this host is to be seen inside, and where: `-v HOST:PLACE`, `--mount type=bind,source=HOST,target=PLACE`.
    fn mounts(&mut self, args: &[Value]) -> Vec<(Value, String)> {
        let mut mounts = Vec::new();
        for (at, arg) in args.iter().enumerate() {
            let text = arg.prefix();
            let value = match text {
                "-v" | "--volume" | "--mount" => args.get(at + 1).cloned(),
                _ if text.starts_with("--volume=") => Some(crate::knowledge::tail(arg, 9)),
                _ if text.starts_with("--mount=") => Some(crate::knowledge::tail(arg, 8)),
                _ if text.starts_with("-v/") || text.starts_with("-v~") => Some(crate::knowledge::tail(arg, 2)),
                _ => None,
            };
            let Some(value) = value else { continue };
            if let Some(mount) = mount(&value) {
                let place = self.place(&mount.0);
                if place.path.ends_with("docker.sock") || place.path.ends_with("containerd.sock") {
                    self.note(Class::Destructive, "container.host", "gives a container the command over this host");
                } else if matches!(
                    place.zone,
                    Zone::Secret | Zone::HomeRoot | Zone::System | Zone::Guard | Zone::Startup
                ) {
                    let shown = place.path;
                    self.note(Class::Ambiguous, "container.host", format!("gives a container {shown} of this host"));
                } else if place.zone == Zone::Root {
                    self.note(Class::Destructive, "container.host", "gives a container the whole host's files");
                }
                mounts.push(mount);
            }
        }
        mounts
    }
}

pub(super) fn mount(value: &Value) -> Option<(Value, String)> {
    let text = value.known();
    if let Some(text) = text
        .as_deref()
        .filter(|text| text.contains("target=") || text.contains("dst=") || text.contains("destination="))
    {
        let field = |names: &[&str]| {
            let mut fields = text.split(',').filter_map(|field| field.split_once('='));
            fields.find(|(name, _)| names.contains(name)).map(|(_, value)| value.to_owned())
        };
        let outside = field(&["source", "src"])?;
        return Some((Value::text(outside), field(&["target", "dst", "destination"])?));
    }
    // What stands before the first colon is the host's; it may be `$HOME` or `~`.
    let mut outside = Value::default();
    for (at, piece) in value.pieces.iter().enumerate() {
        match piece {
            Piece::Text(text) => match text.split_once(':') {
                Some((before, after)) => {
                    outside.push_text(before);
                    let last = at + 1 == value.pieces.len();
                    let inside = after.split(':').next().unwrap_or("");
                    let path = outside.prefix().starts_with(['/', '.', '~'])
                        || !matches!(outside.pieces.first(), Some(Piece::Text(_)));
                    return (last && path && inside.starts_with('/')).then(|| (outside, inside.to_owned()));
                }
                None => outside.push_text(text),
            },
            other => outside.push(other.clone()),
        }
    }
    None
}

/// A word in which every path below `inside` is the one below `outside`.
pub(super) fn moved(word: &Value, outside: &Value, inside: &str) -> Value {
    let Some(text) = word.known() else { return word.clone() };
    let inside = inside.trim_end_matches('/');
    if inside.is_empty() {
        return word.clone();
    }
    let mut out = Value::default();
    let mut rest = text.as_str();
    let mut before = None;
    while let Some(at) = rest.find(inside) {
        let starts = at.checked_sub(1).and_then(|at| rest.as_bytes().get(at).copied()).or(before);
        let ends = rest.as_bytes().get(at + inside.len()).copied();
        let whole = starts.is_none_or(|byte| !byte.is_ascii_alphanumeric() && !b"/._-".contains(&byte))
            && ends.is_none_or(|byte| !byte.is_ascii_alphanumeric() && !b"._-".contains(&byte));
        out.push_text(&rest[..at]);
        match whole {
            true if outside.known().as_deref() == Some("/") && ends == Some(b'/') => {}
            true => out.append(outside),
            false => out.push_text(inside),
        }
        before = inside.bytes().last();
        rest = &rest[at + inside.len()..];
    }
    out.push_text(rest);
    if out.pieces.is_empty() { Value::unknown(Origin::Mixed) } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_inside_is_the_hosts_path() {
        let moved = |word: &str, outside: &str, inside: &str| {
            moved(&Value::text(word), &Value::text(outside), inside).display()
        };
        assert_eq!(moved("/h/etc", "/", "/h"), "/etc");
        assert_eq!(moved("/h", "/", "/h"), "/");
        assert_eq!(moved("rm -rf /x/a /xy", "/etc", "/x"), "rm -rf /etc/a /xy");
        assert_eq!(moved("a/h/b", "/", "/h"), "a/h/b");
    }

    #[test]
    fn mounts_are_read_in_both_forms() {
        let read = |text: &str| mount(&Value::text(text)).map(|(outside, inside)| (outside.display(), inside));
        assert_eq!(read("/:/h:ro"), Some(("/".to_owned(), "/h".to_owned())));
        assert_eq!(read("type=bind,source=/etc,target=/x"), Some(("/etc".to_owned(), "/x".to_owned())));
        assert_eq!(read("data:/x"), None, "a volume is no directory of the host");
    }
}
