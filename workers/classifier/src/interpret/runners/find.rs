//! `find` and `fd`: what is done with what they find, and how much a name pattern spares.

use super::super::Machine;
use super::repeat::substituted;
use crate::findings::Finding;
use crate::paths::Zone;
use palisade_language::words::{Origin, Piece, Value};
use palisade_protocol::verdict::{Class, Operation};

impl Machine<'_> {
    pub(super) fn find_program(&mut self, name: &str, args: &[Value]) -> Value {
        let tests = args.iter().position(|arg| arg.prefix().starts_with(['-', '(', '!'])).unwrap_or(args.len());
        let leading = args
            .iter()
            .take(tests)
            .take_while(|arg| !matches!(arg.known().as_deref(), Some("-H" | "-L" | "-P")))
            .count();
        let mut starts: Vec<Value> = args[..leading].to_vec();
        if starts.is_empty() || name.starts_with("fd") {
            starts.push(Value::text("."));
        }
        // A name that must match narrows what is found; a negated one leaves nearly everything.
        let mut narrow: Option<String> = None;
        let mut negated = false;
        // Whether nothing else is found than what has the name.
        let mut only = !args.iter().any(|arg| {
            matches!(arg.known().as_deref(), None | Some("-o" | "-or" | "," | "!" | "-not" | "-L" | "-follow"))
        });
        if let Some(pattern) = fd_pattern(name, args) {
            narrow = Some(pattern);
        }
        let mut at = tests;
        while at < args.len() {
            let word = args[at].known().unwrap_or_default();
            match word.as_str() {
                "!" | "-not" => negated = true,
                "-name" | "-iname" | "-path" | "-ipath" | "-wholename" | "-regex" | "-lname" => {
                    let pattern = args.get(at + 1).map(Value::display).unwrap_or_default();
                    only &= matches!(word.as_str(), "-name" | "-iname");
                    if !negated && pattern.chars().any(char::is_alphanumeric) {
                        narrow = Some(pattern);
                    }
                    negated = false;
                    at += 1;
                }
                "-delete" => {
                    for start in &starts {
                        self.found_delete(start, narrow.as_deref(), only);
                    }
                }
                "-fprint" | "-fprint0" | "-fls" | "-fprintf" => {
                    if let Some(file) = args.get(at + 1) {
                        let place = self.place(file);
                        self.write_effect(&place, false, false);
                    }
                    at += 1;
                }
                "-exec" | "-execdir" | "-ok" | "-okdir" | "-x" | "-X" | "--exec" | "--exec-batch" => {
                    let end = args[at + 1..]
                        .iter()
                        .position(|arg| matches!(arg.known().as_deref(), Some(";" | "+")))
                        .map_or(args.len(), |end| at + 1 + end);
                    let mut inner = args[at + 1..end].to_vec();
                    if name.starts_with("fd") && !inner.iter().any(|word| word.display().contains("{}")) {
                        // fd puts what it found behind the command.
                        inner.push(Value::text("{}"));
                    }
                    for start in &starts {
                        self.found_exec(start, narrow.as_deref(), only, &inner);
                    }
                    at = end;
                }
                "-type" | "-size" | "-mtime" | "-mmin" | "-newer" | "-maxdepth" | "-mindepth" | "-perm" | "-user"
                | "-group" | "-printf" | "-links" => at += 1,
                _ => {}
            }
            at += 1;
        }
        Value::unknown(
            if starts
                .iter()
                .all(|start| self.place(start).zone <= Zone::Workspace || self.place(start).zone == Zone::WorkspaceRoot)
            {
                Origin::Project
            } else {
                Origin::Output
            },
        )
    }

    fn found_delete(&mut self, start: &Value, narrow: Option<&str>, only: bool) {
        let mut place = self.place(start);
        let cache = narrow.is_some_and(|pattern| {
            let name = pattern.trim_start_matches(['*', '/']);
            matches!(
                name,
                ".pyc" | ".pyo" | "__pycache__" | ".pytest_cache" | ".mypy_cache" | ".ruff_cache" | ".DS_Store"
            )
        });
        let own = matches!(place.zone, Zone::WorkspaceRoot | Zone::Workspace | Zone::OwnTemp);
        if cache && own {
            return;
        }
        if let Some(pattern) = narrow.filter(|_| only && own)
            && let Some(how) = self.found_kept(&place, pattern)
        {
            let says = format!("deletes every {pattern} below {}, all of it had again", start.display());
            return self.find(
                Finding::new(Class::Destructive, "fs.delete.kept", says)
                    .does(Operation::Delete)
                    .to(place.path.clone(), true)
                    .kept(how)
                    .inside(),
            );
        }
        match (narrow, place.zone) {
            (Some(pattern), Zone::WorkspaceRoot | Zone::Workspace) if !pattern.contains(".git") => {
                let finding = Finding::new(
                    Class::Destructive,
                    "fs.delete.found",
                    format!("deletes every {pattern} below {}", start.display()),
                )
                .does(Operation::Delete)
                .to(place.path.clone(), true);
                self.find(if spares_git(pattern) { finding.inside() } else { finding });
            }
            (None, Zone::WorkspaceRoot) if place.exact => {
                // Tests that do not narrow by name still spare something, but git's own files are among what is left.
                self.note(
                    Class::Destructive,
                    "fs.delete.found",
                    format!("deletes nearly everything below {}, git's own files included", start.display()),
                );
            }
            _ => {
                place.exact = true;
                self.delete_effect(&place, true);
            }
        }
    }

    fn found_exec(&mut self, start: &Value, narrow: Option<&str>, only: bool, inner: &[Value]) {
        let verb = inner.first().and_then(Value::known).unwrap_or_default();
        let base = verb.rsplit('/').next().unwrap_or("").to_owned();
        let removes = matches!(base.as_str(), "rm" | "shred" | "unlink" | "rmdir" | "trash");
        if !removes && !inner.iter().any(|word| word.display().contains("{}")) {
            self.argv(inner, None);
            return;
        }
        if removes {
            self.found_delete(start, narrow, only);
            let named: Vec<Value> =
                inner.iter().filter(|word| word.known().as_deref() != Some("{}")).cloned().collect();
            if named[1..].iter().any(|word| !word.prefix().starts_with('-')) {
                self.argv(&named, None);
            }
            return;
        }
        let mut found = start.clone();
        if matches!(base.as_str(), "chmod" | "chown" | "chgrp") {
            let mut line = inner.to_vec();
            line.iter_mut().filter(|word| word.known().as_deref() == Some("{}")).for_each(|word| *word = found.clone());
            line.insert(1, Value::text("-R"));
            self.argv(&line, None);
            return;
        }
        found.push_text("/");
        match narrow {
            Some(pattern) => found.push(Piece::Glob(pattern.to_owned())),
            None => found.push(Piece::Unknown(Origin::Project)),
        }
        // The name's end is what tells a key from a text.
        let secret = narrow.is_some_and(|pattern| {
            [".pem", ".key", "id_rsa", ".env", "id_ed25519", ".p12", ".kdbx", "credentials"]
                .iter()
                .any(|end| pattern.ends_with(end))
        });
        if secret {
            self.secret_read = true;
            self.find(
                Finding::new(Class::Ambiguous, "secret.read", "reads files that may hold secrets")
                    .does(Operation::Read),
            );
        }
        let line: Vec<Value> = inner.iter().map(|word| substituted(word, "{}", &found)).collect();
        self.argv(&line, None);
    }
}

/// The name that `fd` looks for, where it is written out: `'^NAME$'`, `-g GLOB` or `-e ENDING`.
fn fd_pattern(name: &str, args: &[Value]) -> Option<String> {
    if !name.starts_with("fd") {
        return None;
    }
    let words: Vec<String> = args.iter().map(|arg| arg.known().unwrap_or_default()).collect();
    let behind = |flags: [&str; 2]| {
        words.iter().position(|word| flags.contains(&word.as_str())).and_then(|at| words.get(at + 1))
    };
    let plain = |text: &&String| {
        !text.is_empty() && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-.*".contains(letter))
    };
    if let Some(ending) = behind(["-e", "--extension"]).filter(plain) {
        return Some(format!("*.{ending}"));
    }
    if let Some(glob) = behind(["-g", "--glob"]).filter(plain) {
        return Some(glob.clone());
    }
    let whole = words
        .iter()
        .find_map(|word| word.strip_prefix('^')?.strip_suffix('$').map(|inner| inner.replace("\\.", ".")))?;
    plain(&&whole).then_some(whole).filter(|whole| !whole.contains('*'))
}

/// Whether nothing in a `.git` directory, and not the directory itself, can have a name like this.
fn spares_git(pattern: &str) -> bool {
    const OF_GIT: [&str; 16] = [
        "HEAD",
        "config",
        "index",
        "objects",
        "refs",
        "hooks",
        "info",
        "logs",
        "description",
        "packed-refs",
        "heads",
        "tags",
        "remotes",
        "origin",
        "pack",
        "main",
    ];
    const ENDS_OF_GIT: [&str; 8] = ["idx", "pack", "rev", "lock", "sample", "keep", "bitmap", "mtimes"];
    let written = |text: &str| {
        !text.is_empty() && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-.".contains(letter))
    };
    match pattern.strip_prefix("*.") {
        Some(end) => written(end) && !ENDS_OF_GIT.contains(&end),
        None => written(pattern) && pattern.contains('.') && !pattern.starts_with('.') && !OF_GIT.contains(&pattern),
    }
}
