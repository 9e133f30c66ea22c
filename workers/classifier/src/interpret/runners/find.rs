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
        let asked = if name.starts_with("fd") { Some(Fd::of(args)) } else { None };
        let leading = args
            .iter()
            .take(tests)
            .take_while(|arg| !matches!(arg.known().as_deref(), Some("-H" | "-L" | "-P")))
            .count();
        let mut starts: Vec<Value> = match &asked {
            Some(fd) => fd.starts.clone(),
            None => args[..leading].to_vec(),
        };
        if starts.is_empty() {
            starts.push(Value::text("."));
        }
        // Tests that spare something other than by a name, and git's own tree.
        let spares = match &asked {
            Some(fd) => !fd.all,
            None => args
                .iter()
                .filter_map(Value::known)
                .any(|word| SPARES.contains(&word.as_str()) || word.contains(".git")),
        };
        // A name that must match narrows what is found; a negated one leaves nearly everything.
        let mut narrow: Option<String> = None;
        let mut negated = false;
        // Whether nothing else is found than what has the name.
        let mut only = !args.iter().any(|arg| {
            matches!(arg.known().as_deref(), None | Some("-o" | "-or" | "," | "!" | "-not" | "-L" | "-follow"))
        });
        if let Some(pattern) = asked.and_then(|fd| fd.pattern) {
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
                        self.found_delete(start, narrow.as_deref(), only, spares);
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
                        self.found_exec(start, narrow.as_deref(), only, spares, &inner);
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

    fn found_delete(&mut self, start: &Value, narrow: Option<&str>, only: bool, spares: bool) {
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
                // Tests that do not narrow by name still spare something; without them git's own files go too.
                self.note(
                    if spares { Class::Destructive } else { Class::Catastrophic },
                    "fs.delete.found",
                    match spares {
                        true => format!("deletes much of what lies below {}", start.display()),
                        false => {
                            format!("deletes nearly everything below {}, git's own files included", start.display())
                        }
                    },
                );
            }
            _ => {
                place.exact = true;
                self.delete_effect(&place, true);
            }
        }
    }

    fn found_exec(&mut self, start: &Value, narrow: Option<&str>, only: bool, spares: bool, inner: &[Value]) {
        let verb = inner.first().and_then(Value::known).unwrap_or_default();
        let base = verb.rsplit('/').next().unwrap_or("").to_owned();
        let removes = matches!(base.as_str(), "rm" | "shred" | "unlink" | "rmdir" | "trash");
        if !removes && !inner.iter().any(|word| word.display().contains("{}")) {
            self.argv(inner, None);
            return;
        }
        if removes {
            self.found_delete(start, narrow, only, spares);
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

/// Tests of `find` that leave something for other reasons than its name.
const SPARES: &[&str] = &[
    "-mtime",
    "-mmin",
    "-atime",
    "-amin",
    "-ctime",
    "-cmin",
    "-newer",
    "-newermt",
    "-size",
    "-empty",
    "-user",
    "-group",
    "-perm",
    "-links",
    "-inum",
    "-nouser",
    "-nogroup",
    "-prune",
    "-executable",
    "-samefile",
];

/// What `fd` is asked for.
struct Fd {
    /// The name, where it is written out: `'^NAME$'`, `NAME`, `-g GLOB` or `-e ENDING`.
    pattern: Option<String>,
    /// Where it looks.
    starts: Vec<Value>,
    /// Nothing spares git's own tree: what is hidden is found too, whatever its kind, size or age.
    all: bool,
}

impl Fd {
    fn of(args: &[Value]) -> Self {
        const VALUED: [&str; 18] = [
            "-e",
            "--extension",
            "-t",
            "--type",
            "-d",
            "--max-depth",
            "-E",
            "--exclude",
            "-S",
            "--size",
            "-o",
            "--owner",
            "-c",
            "--color",
            "-j",
            "--threads",
            "--changed-within",
            "--changed-before",
        ];
        let mut operands = Vec::new();
        let mut fd = Self { pattern: None, starts: Vec::new(), all: false };
        let (mut spares, mut glob, mut at) = (false, false, 0);
        while let Some(arg) = args.get(at) {
            let text = arg.known().unwrap_or_else(|| arg.prefix().to_owned());
            at += 1;
            match text.as_str() {
                "-x" | "-X" | "--exec" | "--exec-batch" => break,
                "-e" | "--extension" => {
                    fd.pattern =
                        args.get(at).and_then(Value::known).filter(|end| plain(end)).map(|end| format!("*.{end}"));
                    at += 1;
                }
                "--base-directory" | "--search-path" => {
                    fd.starts.extend(args.get(at).cloned());
                    at += 1;
                }
                "-g" | "--glob" => glob = true,
                _ if VALUED.contains(&text.as_str()) => {
                    spares |= !matches!(text.as_str(), "-t" | "--type" | "-j" | "--threads" | "-c" | "--color");
                    at += 1;
                }
                _ if text.starts_with("--") => {
                    fd.all |= matches!(text.as_str(), "--hidden" | "--unrestricted");
                    spares |=
                        text.starts_with("--exclude") || text.starts_with("--changed") || text.starts_with("--size");
                }
                _ if text.starts_with('-') && text.len() > 1 => {
                    fd.all |= text.contains(['H', 'u']);
                    at += usize::from(text.ends_with(['t', 'd', 'e', 'E', 'S']) && text.len() > 2);
                }
                _ => operands.push(arg.clone()),
            }
        }
        let mut operands = operands.into_iter();
        if let Some(word) = operands.next().and_then(|word| word.known()) {
            let whole =
                word.strip_prefix('^').and_then(|rest| rest.strip_suffix('$')).map(|inner| inner.replace("\\.", "."));
            fd.pattern = fd.pattern.or(match whole {
                Some(whole) => Some(whole).filter(|whole| plain(whole) && !whole.contains('*')),
                None if glob => Some(word).filter(|word| plain(word)),
                // A pattern finds what only contains it; what a build makes has names that nothing else contains.
                None if crate::facts::is_skipped(&word) => Some(word),
                None => Some(word)
                    .filter(|word| plain(word) && !word.contains(['*', '.']) && word.len() > 1)
                    .map(|word| format!("*{word}*")),
            });
        }
        fd.starts.extend(operands);
        fd.all &= !spares;
        fd
    }
}

fn plain(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-.*".contains(letter))
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
