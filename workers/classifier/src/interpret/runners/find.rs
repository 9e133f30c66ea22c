//! `find` and `fd`: what is done with what they find, and how much a name pattern spares.

use super::super::Machine;
use super::repeat::substituted;
use crate::findings::Finding;
use crate::paths::Zone;
use palisade_language::words::{Origin, Piece, Value};
use palisade_protocol::verdict::{Class, Operation};

/// What `find` hands on: where it looks, and for which names.
#[derive(Debug, Clone)]
pub(in super::super) struct Found {
    starts: Vec<Value>,
    names: Vec<String>,
}

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
        let mut names = match asked {
            Some(fd) => Names::of_fd(fd.pattern, args),
            None => Names::of(args),
        };
        let mut only = names.only;
        let mut acts = false;
        let mut at = tests;
        while at < args.len() {
            let word = args[at].known().unwrap_or_default();
            match word.as_str() {
                "-delete" => {
                    acts = true;
                    for start in &starts {
                        self.found_deletes(start, &names.wanted, only, spares);
                    }
                }
                "-fprint" | "-fprint0" | "-fls" | "-fprintf" => {
                    acts = true;
                    if let Some(file) = args.get(at + 1) {
                        let place = self.place(file);
                        self.write_effect(&place, false, false);
                    }
                    at += 1;
                }
                "-exec" | "-execdir" | "-ok" | "-okdir" | "-x" | "-X" | "--exec" | "--exec-batch" => {
                    acts = true;
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
                        self.found_exec(start, &names.wanted, only, spares, &inner);
                    }
                    at = end;
                }
                "-printf" => {
                    // What it prints may be any text.
                    acts = true;
                    at += 1;
                }
                "-type" | "-size" | "-mtime" | "-mmin" | "-newer" | "-maxdepth" | "-mindepth" | "-perm" | "-user"
                | "-group" | "-links" | "-name" | "-iname" | "-path" | "-ipath" | "-wholename" | "-regex"
                | "-lname" => {
                    at += 1;
                }
                _ => {}
            }
            at += 1;
        }
        only &= !acts;
        if only && !names.wanted.is_empty() {
            self.found = Some(Found { starts: starts.clone(), names: std::mem::take(&mut names.wanted) });
        }
        // All that is found lies below where it is looked for.
        if let ([start], false) = (starts.as_slice(), at_all_printed(args))
            && start.known().is_some_and(|text| text.starts_with('/'))
            && !matches!(self.place(start).zone, Zone::Workspace | Zone::WorkspaceRoot)
        {
            let mut below = start.clone();
            below.push_text(if below.known().is_some_and(|text| text.ends_with('/')) { "" } else { "/" });
            below.push(Piece::Unknown(Origin::Output));
            return below;
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

    /// `xargs rm` directly behind a `find`: whether what it removes is just what that found. It is judged here then.
    pub(super) fn removes_found(&mut self, inner: &[Value], input: &Option<Value>) -> bool {
        let Some(found) = self.piped.take() else { return false };
        let Some((verb, rest)) = inner.split_first() else { return false };
        let removes = matches!(verb.known().as_deref(), Some("rm" | "/bin/rm" | "rmdir" | "unlink"));
        let given = input.as_ref().is_some_and(|input| input.origin() == Some(Origin::Project));
        let plain = rest.iter().all(|word| word.known().is_some_and(|word| word.starts_with('-') || word == "{}"));
        if !removes || !given || !plain {
            return false;
        }
        for start in &found.starts {
            self.found_deletes(start, &found.names, true, true);
        }
        true
    }

    /// Each of these names, or everything where there are none.
    fn found_deletes(&mut self, start: &Value, wanted: &[String], only: bool, spares: bool) {
        match wanted {
            [] => self.found_delete(start, None, only, spares),
            names => names.iter().for_each(|name| self.found_delete(start, Some(name), only, spares)),
        }
    }

    fn found_delete(&mut self, start: &Value, narrow: Option<&str>, only: bool, spares: bool) {
        let mut place = self.place(start);
        let own = matches!(place.zone, Zone::WorkspaceRoot | Zone::Workspace | Zone::OwnTemp);
        if only && own && narrow.is_some_and(is_cache) {
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

    fn found_exec(&mut self, start: &Value, wanted: &[String], only: bool, spares: bool, inner: &[Value]) {
        let narrow = wanted.last().map(String::as_str);
        let verb = inner.first().and_then(Value::known).unwrap_or_default();
        let base = verb.rsplit('/').next().unwrap_or("").to_owned();
        let removes = matches!(base.as_str(), "rm" | "shred" | "unlink" | "rmdir" | "trash");
        if !removes && !inner.iter().any(|word| word.display().contains("{}")) {
            self.argv(inner, None);
            return;
        }
        if removes {
            self.found_deletes(start, wanted, only, spares);
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
        let secret = wanted.iter().any(|pattern| {
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

/// Whether something else than names is printed.
fn at_all_printed(args: &[Value]) -> bool {
    args.iter().filter_map(Value::known).any(|word| {
        matches!(
            word.as_str(),
            "-printf" | "-exec" | "-execdir" | "-ls" | "-x" | "-X" | "-fprint" | "-delete" | "--exec" | "--version"
        )
    })
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

/// The names that must match, and whether nothing else is found.
struct Names {
    wanted: Vec<String>,
    only: bool,
    /// An alternative may be anything: no name narrows what is found.
    open: bool,
}

impl Names {
    /// `fd` finds by one pattern.
    fn of_fd(pattern: Option<String>, args: &[Value]) -> Self {
        let plain = args.iter().all(|arg| !matches!(arg.known().as_deref(), None | Some("-L" | "--follow")));
        Self { wanted: pattern.into_iter().collect(), only: plain, open: false }
    }

    /// `find`: names narrow what is found, a negated one leaves nearly everything, and alternatives add to each other. What stands
    /// before `-prune -o` only says what is left out.
    fn of(args: &[Value]) -> Self {
        let words: Vec<Option<String>> = args.iter().map(Value::known).collect();
        let mut names = Self { wanted: Vec::new(), only: true, open: false };
        let mut negated = false;
        // Names that stand in the same group, side by side with `-o`.
        let mut either = false;
        let mut at = 0;
        while let Some(word) = words.get(at) {
            let before = at.checked_sub(1).and_then(|at| words[at].as_deref()).unwrap_or("");
            match word.as_deref() {
                Some("-L" | "-follow") => names.only = false,
                None | Some(",") => {
                    names.only = false;
                    names.open = true;
                }
                Some("!" | "-not") => {
                    negated = true;
                    names.only = false;
                }
                Some("-o" | "-or") if before == "-prune" => names.wanted.clear(),
                Some("-o" | "-or") => {
                    // An alternative that is not a name of its own may be anything.
                    let next = |ahead: usize| words.get(at + ahead).and_then(Option::as_deref).unwrap_or("");
                    let named = |ahead: usize| matches!(next(ahead), "-name" | "-iname");
                    let follows = named(1) || next(1) == "-type" && named(3);
                    let behind = at.checked_sub(2).and_then(|at| words[at].as_deref()).unwrap_or("");
                    let named = follows && matches!(behind, "-name" | "-iname");
                    names.open |= !named;
                    either = named && grouped(&words, at);
                    names.only &= either;
                }
                Some(test @ ("-name" | "-iname" | "-path" | "-ipath" | "-wholename" | "-regex" | "-lname")) => {
                    let pattern = args.get(at + 1).map(Value::display).unwrap_or_default();
                    let exact = matches!(test, "-name" | "-iname");
                    let pruned = words.get(at + 2).and_then(Option::as_deref) == Some("-prune")
                        && words.get(at + 3).and_then(Option::as_deref) == Some("-o");
                    names.only &= exact || pruned;
                    if !negated && pattern.chars().any(char::is_alphanumeric) {
                        if !std::mem::take(&mut either) {
                            names.wanted.clear();
                        }
                        names.wanted.push(pattern);
                    } else if exact && !negated {
                        names.only = false;
                    }
                    negated = false;
                    at += 1;
                }
                _ => {}
            }
            at += 1;
        }
        if names.open {
            names.wanted.clear();
        }
        names
    }
}

/// Whether an alternative stands in brackets, so that what follows these holds for each of them.
fn grouped(words: &[Option<String>], at: usize) -> bool {
    let depth = words[..at].iter().fold(0i32, |depth, word| match word.as_deref() {
        Some("(" | "\\(") => depth + 1,
        Some(")" | "\\)") => depth - 1,
        _ => depth,
    });
    depth > 0
}

/// Names that are caches by definition: whatever made them makes them again.
fn is_cache(pattern: &str) -> bool {
    let name = pattern.trim_start_matches(['*', '/']);
    matches!(
        name,
        ".pyc" | ".pyo" | "__pycache__" | ".pytest_cache" | ".mypy_cache" | ".ruff_cache" | ".DS_Store" | "Thumbs.db"
    )
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
