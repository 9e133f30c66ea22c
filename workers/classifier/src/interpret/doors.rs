//! Side doors of programs: options and words that run, load or write something, whatever the program is told beside them.

use super::Machine;
use crate::findings::Finding;
use crate::paths::Zone;
use palisade_knowledge::{Does, Door, doors, word_fits};
use palisade_language::words::{Origin, Value};
use palisade_protocol::verdict::Class;

/// Arguments that are looked at.
const ARGUMENTS_MAX: usize = 256;
/// Commands in one argument that are followed.
const WITHIN_MAX: usize = 16;

/// Ends of names of what is loaded as code.
const CODE: &[&str] = &[
    ".so", ".dylib", ".dll", ".jar", ".js", ".cjs", ".mjs", ".ts", ".py", ".rb", ".lua", ".pl", ".php", ".hs",
    ".gradle", ".sh",
];

/// Parts of paths below which packages lie that somebody has installed.
const INSTALLED: &[&str] =
    &["node_modules/", "vendor/", "site-packages/", "venv/", "/usr/lib/", "/usr/lib64/", "/usr/share/"];

impl Machine<'_> {
    /// Looks for the side doors of `name` among its arguments.
    pub(super) fn side_doors(&mut self, name: &str, args: &[Value]) {
        for door in doors(name) {
            match door.does {
                Does::Carries => self.carried(args, &None),
                Does::Within => args.iter().take(ARGUMENTS_MAX).for_each(|arg| self.within(&arg.display(), door.by)),
                _ => given(args, door.by).into_iter().for_each(|value| self.through(name, door, value)),
            }
        }
    }

    fn through(&mut self, name: &str, door: &Door, value: Option<Value>) {
        let option = door.by.trim_matches(['@', '*']);
        let asks = |machine: &mut Self| {
            let says = format!("makes {name} run or load something by {option}");
            machine.note(Class::Ambiguous, "exec.option", says);
        };
        let Some(value) = value else { return asks(self) };
        match door.does {
            Does::Runs => {
                self.script_value(&value, "exec.option");
            }
            Does::Code(language) => match value.known() {
                Some(code) => drop(self.foreign(language, &code)),
                None => asks(self),
            },
            Does::Loads => self.loaded(name, &value),
            Does::Writes => {
                // `section=file`, `format:file`
                let file = match value.prefix().rfind('=') {
                    Some(at) => crate::knowledge::tail(&value, at + 1),
                    None => value,
                };
                if !file.is_empty() && file.known().as_deref() != Some("-") {
                    let place = self.place(&file);
                    self.write_effect(&place, false, false);
                    self.remember(&place, Value::unknown(Origin::Mixed), false);
                }
            }
            Does::Fills => {
                let mut file = value;
                file.push_text("/x");
                let place = self.place(&file);
                self.write_effect(&place, false, false);
            }
            Does::Asks => asks(self),
            Does::Within | Does::Carries => {}
        }
    }

    /// A file is loaded as code. A name without a path is one of what is installed.
    fn loaded(&mut self, name: &str, file: &Value) {
        // `NAME=path`
        let at = file.known().and_then(|text| text.rfind('=').map(|at| at + 1)).unwrap_or(0);
        let file = &crate::knowledge::tail(file, at);
        let text = file.known().unwrap_or_default();
        let installed = INSTALLED.iter().any(|part| text.contains(part));
        let path = text.starts_with(['.', '/', '~', '$'])
            || file.known().is_none()
            || CODE.iter().any(|end| text.ends_with(end));
        if text.starts_with('-') || !path || installed || self.runs_unread(file) {
            return;
        }
        let place = self.place(file);
        if place.zone == Zone::WorkspaceRoot {
            // The project's own directory, with its own configuration in it.
            return;
        }
        if matches!(place.zone, Zone::Temp | Zone::OwnTemp) {
            let says = format!("makes {name} load {}, which anybody may have put there", file.display());
            self.note(Class::Catastrophic, "exec.planted", says);
        } else {
            let says = format!("makes {name} load {}, which was not read", file.display());
            self.find(Finding::new(Class::Ambiguous, "exec.option", says).to(place.path, true));
        }
    }

    /// Commands in brackets behind a mark, as in tmux's `#(command)` and make's `$(shell command)`.
    pub(super) fn within(&mut self, text: &str, mark: &str) {
        for part in text.split(mark).skip(1).take(WITHIN_MAX) {
            let mut open = 1;
            let end = part.char_indices().find(|(_, letter)| {
                open += match letter {
                    '(' => 1,
                    ')' => -1,
                    _ => 0,
                };
                open == 0
            });
            let command = end.map_or(part, |(end, _)| &part[..end]);
            self.script(command, None);
        }
    }
}

/// The values that an option is given; `None`: it is there without one.
fn given(args: &[Value], by: &str) -> Vec<Option<Value>> {
    let mut out = Vec::new();
    if let Some(pattern) = by.strip_prefix('@') {
        for arg in args.iter().take(ARGUMENTS_MAX) {
            let text = arg.known().unwrap_or_else(|| arg.prefix().to_owned());
            if !text.starts_with('-') && word_fits(pattern, &text).is_some() {
                out.push(Some(arg.clone()));
            }
        }
        return out;
    }
    let (option, wanted) = match by.split_once('=') {
        Some((option, wanted)) if !option.ends_with('*') => (option, Some(wanted)),
        _ => (by, None),
    };
    for (at, arg) in args.iter().enumerate().take(ARGUMENTS_MAX) {
        let text = arg.known().unwrap_or_else(|| arg.prefix().to_owned());
        if !text.starts_with(['-', '/', '+']) {
            continue;
        }
        let Some(skip) = begins(&text, option) else { continue };
        let value = if skip < text.len() || arg.known().is_none() {
            Some(crate::knowledge::tail(arg, skip)).filter(|value| !value.is_empty())
        } else {
            // clang passes each word of a pair on by itself: `-Xclang -load -Xclang ./x.so`.
            let next = args.get(at + 1).filter(|next| !matches!(next.prefix(), "-Xclang" | "-mllvm" | "-Xlinker"));
            next.or(args.get(at + 2)).cloned()
        };
        match (wanted, value) {
            (None, value) => out.push(value),
            (Some(wanted), Some(value)) => {
                let said = value.known().unwrap_or_else(|| value.prefix().to_owned());
                if word_fits(wanted, &said).is_some() {
                    let literal = wanted.trim_end_matches('*').len();
                    out.push(Some(crate::knowledge::tail(&value, literal)));
                }
            }
            (Some(_), None) => {}
        }
    }
    out
}

/// How many bytes of `text` are the option and what parts it from its value; `None` if it is another one.
fn begins(text: &str, option: &str) -> Option<usize> {
    if let Some(begin) = option.strip_suffix('*') {
        let rest = text.strip_prefix(begin)?;
        return Some(begin.len() + usize::from(rest.starts_with(['=', ':', ','])));
    }
    let name = text.split('=').next().unwrap_or(text);
    let skip = if name.len() < text.len() { name.len() + 1 } else { text.len() };
    // GNU getopt takes every beginning; a short one is often an option of its own.
    let abbreviated =
        option.starts_with("--") && name.len() >= 6 && name.len() * 5 >= option.len() * 3 && option.starts_with(name);
    let doubled = option.len() > 2 && name.strip_prefix('-') == Some(option);
    if name == option || abbreviated || doubled {
        return Some(skip);
    }
    // `-F./filter`
    let attached = option.len() == 2
        && text.starts_with(option)
        && text[2..].starts_with(['.', '/', '~', '$', '%', '!', '"', '\'', '(', '|']);
    attached.then_some(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(line: &str, by: &str) -> Vec<String> {
        let args: Vec<Value> = line.split(' ').map(Value::text).collect();
        given(&args, by).into_iter().map(|value| value.map_or("none".to_owned(), |value| value.display())).collect()
    }

    #[test]
    fn an_option_is_found_in_each_of_its_spellings() {
        assert_eq!(values("--filter ./x a", "--filter"), ["./x"]);
        assert_eq!(values("--filter=./x a", "--filter"), ["./x"]);
        assert_eq!(values("--init-ho x", "--init-hook"), ["x"]);
        assert_eq!(values("-F./x a", "-F"), ["./x"]);
        assert_eq!(values("-fplugin=./x.so a", "-fplugin*"), ["./x.so"]);
        assert_eq!(values("-load ./x.so", "-load"), ["./x.so"]);
        assert_eq!(values("--config extensions.x=./x.py", "--config=extensions*"), [".x=./x.py"]);
        assert_eq!(values("--config=ui.color=x", "--config=extensions*"), [""; 0]);
        assert_eq!(values("a:b:1:run", "@*:*:*:*"), [""; 0]);
        assert_eq!(values("exec:exec", "@exec:*"), ["exec:exec"]);
        assert_eq!(values("--app", "--app"), ["none"]);
        assert_eq!(values("-format x", "-F"), [""; 0]);
    }
}
