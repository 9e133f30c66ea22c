//! The shell's own commands, as far as they change what follows.

use super::Machine;
use crate::paths::{Zone, normalize};
use palisade_language::pure;
use palisade_language::words::{Origin, Piece, Value};
use palisade_protocol::verdict::Class;

/// Start-up files that shells and toolchains are meant to read, by where such a file lies.
const SOURCED_AT_HOME: &[&str] = &[
    "/bin/activate",
    "/.cargo/env",
    "/nvm.sh",
    "/.bashrc",
    "/.profile",
    "/.bash_profile",
    "/.zshrc",
    "/sdkman-init.sh",
    "/.asdf/asdf.sh",
    "/.ghcup/env",
];
/// Commands whose arguments are names of variables: a subscript in one is evaluated, and what is substituted in it runs.
const NAMES: &[&str] = &["unset", "wait", "read", "mapfile", "readarray", "getopts", "test", "[", "vared", "getln"];

const SOURCED_OF_SYSTEM: &[&str] = &["/etc/profile", "/etc/os-release", "/etc/bash_completion"];

/// Bytes of a working directory that is followed; every path below it costs as much.
const CWD_MAX: usize = 1024;

impl Machine<'_> {
    /// Evaluates a builtin; `None` if `name` is none.
    pub(super) fn builtin(&mut self, name: &str, args: &[Value], input: Option<Value>) -> Option<Value> {
        if NAMES.contains(&name) {
            args.iter().for_each(|arg| self.subscript(arg));
        }
        match name {
            "-" | "noglob" | "nocorrect" => return Some(self.argv(args, input)),
            "compgen" | "complete" => {
                self.completes(args);
                return None;
            }
            "cd" | "pushd" | "chdir" => self.change_directory(args),
            "popd" => (self.cwd, self.elsewhere) = (None, None),
            "eval" => {
                let mut text = Value::default();
                for (at, arg) in args.iter().enumerate() {
                    if at > 0 {
                        text.push_text(" ");
                    }
                    text.append(arg);
                }
                return Some(self.script_value(&text, "exec.eval"));
            }
            "source" | "." => return Some(self.source(args, input)),
            "exec" => {
                let mut skip = 0;
                while let Some(option) = args.get(skip).map(Value::prefix).filter(|arg| arg.starts_with('-')) {
                    skip += if option.ends_with('a') { 2 } else { 1 };
                }
                return Some(self.argv(&args[skip.min(args.len())..], input));
            }
            "hash" if args.first().is_some_and(|arg| arg.prefix() == "-p") => {
                // From now on the name means that program.
                if let (Some(path), Some(name)) =
                    (args.get(1).and_then(Value::known), args.get(2).and_then(Value::known))
                {
                    self.settings.alias(name, path);
                }
                self.note(Class::Ambiguous, "shell.path", "makes a name mean another program");
            }
            // Alone, it prints every variable.
            "set" if args.is_empty() => return Some(Value::unknown(Origin::Secret)),
            "set" => self.set(args),
            "shopt" | "setopt" | "unsetopt" => {
                self.patterns(args);
                return None;
            }
            "shift" => {
                let count = args.first().map_or(Some(1), |count| count.known().and_then(|count| count.parse().ok()));
                match (&mut self.env.positional, count) {
                    // More than there are: nothing is shifted.
                    (Some(positional), Some(count)) if count <= positional.len() => drop(positional.drain(..count)),
                    (Some(_), Some(_)) => {}
                    _ => self.env.positional = None,
                }
            }
            "unset" => self.unset(args),
            "break" | "continue" => self.leave_loop(!args.is_empty()),
            "return" => self.leave_function(),
            "exit" => {
                // With what holds here, and not only at the end of the text.
                for trap in self.settings.traps.clone() {
                    self.perhaps(|machine| machine.script(&trap, None));
                }
                return None;
            }
            "getopts" => {
                self.named_by_value(args.get(1..2).unwrap_or(&[]));
                for name in args.get(1).and_then(Value::known).iter().map(String::as_str).chain(["OPTARG", "OPTIND"]) {
                    self.env.assign(name, Value::unknown(Origin::Input));
                }
            }
            "unalias" => {
                for name in args.iter().filter_map(Value::known) {
                    self.settings.aliases.remove(&name);
                }
            }
            "read" => self.read(args, input),
            "mapfile" | "readarray" => self.read_lines(args, input),
            "printf" if args.first().and_then(Value::known).as_deref() == Some("-v") => {
                args.get(1).into_iter().for_each(|name| self.subscript(name));
                let value =
                    self.pure("printf", &args[2.min(args.len())..], None).unwrap_or(Value::unknown(Origin::Mixed));
                self.named_by_value(args.get(1..2).unwrap_or(&[]));
                if let Some(name) = args.get(1).and_then(Value::known) {
                    self.influence(&name, &value);
                    self.env.assign(&name, value);
                }
            }
            "trap" => {
                if let Some(text) =
                    args.iter().find(|arg| arg.known().is_none_or(|text| text.len() < 2 || !text.starts_with('-')))
                    && args.len() > 1
                {
                    match text.known() {
                        Some(text) if self.settings.trap(text.as_str().into()) => {}
                        _ => self.note(Class::Ambiguous, "exec.trap", "runs something unknown when it ends"),
                    }
                }
            }
            "pwd" => {
                return Some(
                    self.cwd.clone().map_or(Value::unknown(Origin::Mixed), |cwd| Value::text(format!("{cwd}\n"))),
                );
            }
            _ => return None,
        }
        Some(Value::default())
    }

    /// `compgen -W 'words'` expands its words once more, and `-F` calls a function.
    fn completes(&mut self, args: &[Value]) {
        for (at, arg) in args.iter().enumerate() {
            let text = arg.prefix();
            let value = match text {
                "-W" | "-F" | "-P" | "-S" => args.get(at + 1).cloned().unwrap_or_default(),
                _ if text.starts_with("-W") || text.starts_with("-F") => crate::knowledge::tail(arg, 2),
                _ => continue,
            };
            let Some(known) = value.known() else { continue };
            if text.starts_with("-F") {
                self.argv(&[Value::text(known)], None);
            } else if known.contains("$(") || known.contains('`') || known.contains("${") {
                self.expanded_again(&known);
            }
        }
    }

    fn unset(&mut self, args: &[Value]) {
        let flags: Vec<String> = args.iter().filter_map(Value::known).filter(|arg| arg.starts_with('-')).collect();
        let flag = |flag: &str| flags.iter().any(|one| one.contains(flag));
        self.named_by_value(args);
        for name in args.iter().filter_map(Value::known).filter(|name| !name.starts_with('-')) {
            if let Some((array, _)) = name.split_once('[') {
                self.env.blur(array);
                continue;
            }
            if flag("f") {
                self.functions.remove(&name);
                continue;
            }
            // Without `-v` it is the variable if there is one, and the function if not.
            if let Some(function) = self.functions.get_mut(&name).filter(|_| !flag("v")) {
                function.certain = false;
            }
            if matches!(name.as_str(), "HISTFILE" | "HISTSIZE") {
                self.note(Class::Destructive, "log.history", "keeps the shell from recording what is done");
            }
            self.env.unset(&name);
        }
    }

    /// A variable whose name is not known may be any of them.
    pub(super) fn named_by_value(&mut self, args: &[Value]) {
        if args.iter().any(|arg| arg.known().is_none()) {
            self.budget.take(self.env.size());
            self.env.blur_all();
        }
    }

    /// `declare NAME=value` where the words came from expansions.
    pub(super) fn declare(&mut self, args: &[Value]) {
        for arg in args {
            let Some(text) = arg.known() else {
                let prefix = arg.prefix().to_owned();
                match prefix.split_once('=') {
                    Some((name, _)) => {
                        self.env.assign(name, Value::unknown(arg.origin().unwrap_or(Origin::Mixed)));
                    }
                    None => self.named_by_value(std::slice::from_ref(arg)),
                }
                continue;
            };
            if let Some((name, value)) = text.split_once('=') {
                let value = Value::text(value);
                self.influence(name, &value);
                self.env.assign(name, value);
            }
        }
    }

    fn change_directory(&mut self, args: &[Value]) {
        let target = args.iter().find(|arg| arg.known().is_none_or(|text| !text.starts_with('-') || text == "-"));
        let before = self.cwd.clone();
        self.cwd = match target {
            _ if self.env.is_set("CDPATH") && target.is_none_or(|target| !target.prefix().starts_with(['/', '.'])) => {
                None
            }
            None => {
                let home = Value::piece(Piece::Home);
                Some(self.place(&home).path)
            }
            Some(target) if target.known().as_deref() == Some("-") => None,
            // What `mktemp -d` has made.
            Some(target) if matches!(target.pieces.as_slice(), [Piece::Unknown(Origin::Temporary)]) => {
                Some("/tmp/tmp.made".to_owned())
            }
            Some(target) => {
                let place = self.place(target);
                (place.exact && !place.path.is_empty() && place.path.len() <= CWD_MAX).then(|| normalize(&place.path))
            }
        };
        // It may fail, and then what follows runs where it was.
        self.elsewhere = before.filter(|before| Some(before) != self.cwd.as_ref());
    }

    fn source(&mut self, args: &[Value], input: Option<Value>) -> Value {
        let Some(file) = args.first() else { return Value::default() };
        if matches!(file.known().as_deref(), Some("/dev/stdin" | "/dev/fd/0" | "/proc/self/fd/0")) {
            let input = input.unwrap_or(Value::unknown(Origin::Input));
            return self.script_value(&input, "exec.source");
        }
        if let Some(content) = self.content(file) {
            return self.script_value(&content, "exec.source");
        }
        let place = self.place(file);
        let path = place.path.as_str();
        let usual = place.exact
            && match place.zone {
                Zone::Workspace => path.ends_with("/bin/activate"),
                Zone::Home | Zone::Startup => SOURCED_AT_HOME.iter().any(|end| path.ends_with(end)),
                Zone::System => SOURCED_OF_SYSTEM.contains(&path) || path.ends_with("/bin/activate"),
                _ => false,
            };
        if usual {
            return Value::unknown(Origin::Output);
        }
        if let Some(text) = self.text_of(file) {
            return self.script(&text, input);
        }
        self.note(Class::Ambiguous, "exec.source", format!("runs {} in this shell, unread", file.display()));
        Value::unknown(Origin::Output)
    }

    fn set(&mut self, args: &[Value]) {
        let mut at = 0;
        let mut given = false;
        while let Some(word) = args.get(at).and_then(Value::known) {
            at += 1;
            match word.as_str() {
                "--" => given = true,
                // A single dash ends the options as well, and alone sets nothing.
                "-" => {}
                "-o" | "+o" => {
                    self.patterns(args.get(at..=at).unwrap_or(&[]));
                    at += 1;
                    continue;
                }
                _ if word.starts_with(['-', '+']) => {
                    self.settings.odd_globs |= word.contains('f');
                    if word.ends_with('o') {
                        self.patterns(args.get(at..=at).unwrap_or(&[]));
                        at += 1;
                    }
                    continue;
                }
                _ => at -= 1,
            }
            break;
        }
        let operands = args.get(at..).unwrap_or(&[]);
        if given || !operands.is_empty() {
            // What is not known may be no word at all, or many.
            let each = |value: &Value| value.origin().is_none_or(|origin| origin <= Origin::Temporary);
            self.env.positional = operands.iter().all(each).then(|| operands.to_vec());
        }
    }

    /// Options of the shell, some of which change what its patterns match; one that is switched off may have been on before.
    fn patterns(&mut self, options: &[Value]) {
        let changes = |option: &Value| {
            let name = option.known().map(|name| name.to_ascii_lowercase().replace('_', ""));
            name.is_none_or(|name| name.contains("glob") || name.contains("dots"))
        };
        self.settings.odd_globs |= options.iter().any(changes);
    }

    /// What a pure program writes; `None` if it is none, or not all of it is known.
    pub(super) fn pure(&mut self, name: &str, args: &[Value], input: Option<&Value>) -> Option<Value> {
        let dialect = args.iter().chain(input).any(Value::is_dialect);
        let known: Option<Vec<String>> = args.iter().map(|arg| arg.in_bash().known()).collect();
        if let Some(known) = known {
            let text = input.and_then(|input| input.in_bash().known());
            let size = known.iter().map(String::len).sum::<usize>() + text.as_ref().map_or(0, String::len);
            if !self.budget.take(size / 2 + 8) {
                return None;
            }
            return pure::output(name, &known, text.as_deref()).map(|out| match dialect || out.dialect {
                true if !out.text.is_empty() => Value::piece(Piece::Dialect(out.text)),
                true => Value::unknown(Origin::Mixed),
                false => Value::text(out.text),
            });
        }
        // `echo` and `dirname` of values that are known in part.
        match name {
            "echo" => {
                let mut out = Value::default();
                let skip = usize::from(
                    args.first().is_some_and(|arg| matches!(arg.known().as_deref(), Some("-n" | "-e" | "-ne" | "-en"))),
                );
                for (at, arg) in args[skip..].iter().enumerate() {
                    if at > 0 {
                        out.push_text(" ");
                    }
                    out.append(arg);
                }
                out.push_text("\n");
                Some(out)
            }
            "printf" => {
                // The format may hold anything.
                let mut out = Value::unknown(args.iter().filter_map(Value::origin).max().unwrap_or(Origin::Mixed));
                for arg in &args[1.min(args.len())..] {
                    out.append(arg);
                    out.push_text("\n");
                }
                Some(out)
            }
            "dirname" => match args {
                [one] => match one.pieces.as_slice() {
                    [Piece::Home] => Some(Value::text("/home")),
                    [Piece::Cwd] => Some(Value::text(normalize(&format!("{}/..", self.cwd.clone()?)))),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        }
    }
}
