//! ed and the family of vi: commands on their command lines and input that write files or run programs.

use super::super::Machine;
use palisade_language::words::{Origin, Value};
use palisade_protocol::verdict::Class;

impl Machine<'_> {
    /// vi's command lines. `None` if nothing but a terminal says what it will do.
    pub(super) fn vi(&mut self, args: &[Value], input: &Option<Value>) -> Option<Value> {
        let known: Vec<String> = args.iter().map(|arg| arg.known().unwrap_or_else(|| arg.display())).collect();
        if known.iter().all(|word| word.starts_with('-'))
            && known.iter().any(|word| matches!(word.as_str(), "--version" | "--help" | "-h"))
        {
            return Some(Value::unknown(Origin::Output));
        }
        let files: Vec<Value> = self.vi_files(args);
        let mut commands: Vec<Value> = Vec::new();
        let mut at = 0;
        while let Some(word) = known.get(at) {
            let arg = &args[at];
            at += 1;
            if let Some(command) = word.strip_prefix('+') {
                commands.push(if arg.known().is_some() {
                    Value::text(command)
                } else {
                    crate::knowledge::tail(arg, 1)
                });
            } else if matches!(word.as_str(), "-c" | "--cmd") {
                commands.extend(args.get(at).cloned());
                at += 1;
            } else if matches!(word.as_str(), "-S" | "-s" | "-u" | "-U" | "-l" | "--startuptime" | "-w" | "-W")
                && (word != "-s" || known.get(at).is_some_and(|next| !next.starts_with(['-', '+'])))
            {
                let next = known.get(at).cloned().unwrap_or_default();
                at += 1;
                if matches!(word.as_str(), "-w" | "-W" | "--startuptime") {
                    let place = self.place(&Value::text(next));
                    self.write_effect(&place, false, false);
                } else if next != "NONE" && next != "NORC" {
                    let message = format!("runs the editor script {next}, which was not read");
                    self.note(Class::Ambiguous, "program.unread", message);
                }
            }
        }
        let batch = known.iter().any(|word| matches!(word.as_str(), "-es" | "-Es" | "-e" | "-s"));
        if commands.is_empty() && !(batch && input.is_some()) {
            return None;
        }
        if batch && let Some(input) = input {
            commands.push(input.clone());
        }
        for command in &commands {
            match command.known() {
                Some(text) => text.lines().for_each(|line| self.ex(line, &files)),
                None => self.note(Class::Ambiguous, "code.unknown", "gives an editor commands that are not all known"),
            }
        }
        let ends = commands.iter().filter_map(Value::known).any(|text| {
            text.split(['|', '\n']).any(|part| {
                let part = part.trim().trim_start_matches(':');
                ["q", "wq", "x", "cq", "qa", "wqa", "xa", "quit", "exit"]
                    .contains(&part.trim_end_matches('!').trim_end_matches("ll"))
            })
        });
        if ends || batch { Some(Value::unknown(Origin::Output)) } else { None }
    }

    fn vi_files(&self, args: &[Value]) -> Vec<Value> {
        let mut files = Vec::new();
        let mut skip = false;
        for arg in args {
            let text = arg.prefix();
            if std::mem::take(&mut skip) {
                continue;
            }
            skip = matches!(text, "-c" | "--cmd" | "-S" | "-u" | "-w" | "-W" | "-U");
            if !text.starts_with(['-', '+']) {
                files.push(arg.clone());
            }
        }
        files
    }

    /// One command line of ex.
    fn ex(&mut self, line: &str, files: &[Value]) {
        let line = line.trim().trim_start_matches(':').trim();
        let bare = line.trim_start_matches(|character: char| "%$.,0123456789'<> +-".contains(character));
        if let Some(command) = bare.strip_prefix('!') {
            self.hooked_script(command);
            return self.note(Class::Ambiguous, "exec.option", "runs a program from an editor");
        }
        // A pattern may hold a bar; a command behind one is read as well.
        if let Some((first, second)) = line.split_once('|')
            && !bare.starts_with(['s', 'g', 'v', '/'])
        {
            self.ex(first, files);
            return self.ex(second, files);
        }
        let name: String = bare.chars().take_while(char::is_ascii_alphabetic).collect();
        let rest = bare[name.len()..].trim_start_matches('!').trim();
        match name.as_str() {
            "w" | "wq" | "x" | "write" | "sav" | "saveas" | "up" | "update" | "wa" | "wqa" | "xa" | "wall" => {
                if let Some(command) = rest.strip_prefix('!').or_else(|| {
                    bare[name.len()..].trim_start().strip_prefix("!").filter(|_| name == "w" && bare.contains(" !"))
                }) {
                    self.script(command, None);
                    return self.note(Class::Ambiguous, "exec.option", "runs a program from an editor");
                }
                let target = rest.trim_start_matches(['>', ' ']);
                let targets = if target.is_empty() { files.to_vec() } else { vec![Value::text(target)] };
                for target in targets {
                    let place = self.place(&target);
                    self.write_effect(&place, false, false);
                }
            }
            "r" | "read" | "e" | "edit" if rest.starts_with('!') => {
                self.hooked_script(&rest[1..]);
                self.note(Class::Ambiguous, "exec.option", "runs a program from an editor");
            }
            "r" | "read" | "e" | "edit" => {
                if !rest.is_empty() {
                    self.read_effect(&Value::text(rest));
                }
            }
            "call" | "cal" | "echo" | "let" | "eval" if rest.contains('(') => self.ex_call(rest),
            "silent" | "sil" | "noautocmd" | "noa" | "keepalt" | "exe" | "execute" | "normal" => {
                let inner = super::alarms::literals(rest).into_iter().next();
                let inner = inner.filter(|_| name.starts_with("exe")).unwrap_or_else(|| rest.to_owned());
                match name.starts_with("norm") || inner.trim().is_empty() {
                    true => self.ex_unknown(),
                    false => self.ex(&inner, files),
                }
            }
            "py" | "py3" | "python" | "python3" | "pyx" | "pythonx" => {
                self.hooked += 1;
                self.foreign("python3", rest.trim_start_matches(['3', ' ']));
                self.hooked -= 1;
            }
            "perl" | "ruby" => {
                self.foreign(&name, rest);
            }
            "lua" | "luado" => {
                self.ex_call(rest);
                self.foreign("lua", rest);
            }
            "so" | "source" | "luafile" | "pyfile" if rest.contains("://") => {
                self.note(Class::Catastrophic, "remote.exec.code", "runs what comes from another host");
            }
            "g" | "v" if ["!", "norm", "exe", "call", "/w"].iter().any(|word| rest.contains(word)) => self.ex_unknown(),
            "s" if rest.contains("\\=") => self.ex_unknown(),
            "set"
                if ["shell", "secure", "exrc", "modeline", "makeprg", "path"]
                    .iter()
                    .any(|word| rest.contains(word)) =>
            {
                self.ex_unknown()
            }
            "q" | "qa" | "qall" | "quit" | "cq" | "s" | "g" | "v" | "d" | "delete" | "set" | "syntax" | "noh" | "p"
            | "print" | "number" | "nu" | "retab" | "sort" | "m" | "t" | "j" | "join" | "colorscheme" | "version"
            | "ver" | "help" | "echo" | "TOhtml" | "filetype" | "edit_" | "n" | "next" | "wn" | "exit" | "ex" | "u"
            | "undo" | "checkhealth" | "messages" | "" => {}
            _ => self.ex_unknown(),
        }
    }

    /// A call of one of the editor's functions.
    fn ex_call(&mut self, call: &str) {
        let texts = super::alarms::literals(call);
        let named = |names: &[&str]| names.iter().any(|name| call.contains(name));
        if named(&["delete(", "os.remove(", "rmtree("]) {
            let tree = texts.iter().skip(1).any(|flag| flag.contains('r')) || named(&["rmtree("]);
            for path in texts.iter().filter(|text| text.contains(['/', '~', '.']) || texts.len() == 1) {
                let place = self.place(&super::tcl::path_value(path));
                self.delete_effect(&place, tree);
            }
        } else if named(&["system(", "systemlist(", "jobstart(", "job_start(", "os.execute(", "io.popen(", "termopen("])
        {
            let words: Vec<Value> = texts.iter().map(|text| super::tcl::path_value(text)).collect();
            match texts.first() {
                Some(text) if texts.len() == 1 || text.contains(' ') => {
                    self.hooked_script(&text.clone());
                }
                _ => {
                    self.argv(&words, None);
                }
            }
            self.note(Class::Ambiguous, "exec.option", "runs a program from an editor");
        } else if named(&["writefile(", "rename("]) {
            if let Some(path) = texts.last() {
                let place = self.place(&super::tcl::path_value(path));
                self.write_effect(&place, false, false);
            }
        } else if !named(&["expand(", "getcwd(", "line(", "col(", "strftime(", "version", "has("]) {
            self.ex_unknown();
        }
    }

    fn ex_unknown(&mut self) {
        self.note(Class::Ambiguous, "exec.option", "gives an editor a command that may run or write something");
    }

    /// ed: its input is its script.
    pub(super) fn ed(&mut self, args: &[Value], input: &Option<Value>) -> Option<Value> {
        let script = input.as_ref()?.known()?;
        let files: Vec<Value> = args.iter().filter(|arg| !arg.prefix().starts_with('-')).cloned().collect();
        for file in &files {
            if let Some(command) = file.known().as_deref().and_then(|text| text.strip_prefix('!')) {
                self.script(command, None);
                self.note(Class::Ambiguous, "exec.option", "runs a program from an editor");
            }
        }
        let mut text = false;
        for line in script.lines() {
            if text {
                text = line != ".";
                continue;
            }
            let bare = line.trim_start_matches(|character: char| "%$.,0123456789'; +-".contains(character));
            // Behind an address by a pattern.
            let bare = match bare.strip_prefix(['/', '?']).and_then(|rest| rest.split_once(['/', '?'])) {
                Some((_, rest)) => rest.trim_start_matches([',', '.', '$', '/', ' ']),
                None => bare,
            };
            match bare.chars().next() {
                Some('a' | 'i' | 'c') if bare.trim_end().len() == 1 => text = true,
                Some('!' | 'w' | 'W' | 'r' | 'e' | 'E' | 'f') => self.ex(
                    if bare.starts_with('W') || bare.starts_with('E') || bare.starts_with('f') { "e" } else { bare },
                    &files,
                ),
                Some('g' | 'G' | 'v' | 'V') if bare.contains('!') || bare.contains("/w") || bare.contains("/e") => {
                    self.ex_unknown()
                }
                Some(
                    'p' | 'n' | 'l' | 'd' | 's' | 'm' | 't' | 'j' | 'q' | 'Q' | 'H' | 'h' | 'P' | '=' | 'u' | 'g' | 'v'
                    | 'k' | 'x' | 'y' | 'z',
                )
                | None => {}
                _ => self.ex_unknown(),
            }
        }
        Some(Value::unknown(Origin::Output))
    }
}
