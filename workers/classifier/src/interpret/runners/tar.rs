//! `tar`: what it packs, where it unpacks, and what its options run.

use super::super::Machine;
use super::super::options::long;
use crate::paths::Zone;
use palisade_language::words::{Origin, Value};
use palisade_protocol::verdict::Class;

/// Long options with a value that is their own.
const VALUED: &[&str] = &[
    "--exclude",
    "--exclude-from",
    "--exclude-tag",
    "--exclude-tag-all",
    "--exclude-tag-under",
    "--exclude-ignore",
    "--transform",
    "--xform",
    "--owner",
    "--group",
    "--mode",
    "--mtime",
    "--strip-components",
    "--newer",
    "--newer-mtime",
    "--after-date",
    "--format",
    "--label",
    "--level",
    "--sort",
    "--blocking-factor",
    "--record-size",
    "--tape-length",
    "--starting-file",
    "--warning",
    "--suffix",
    "--hole-detection",
    "--pax-option",
    "--sparse-version",
];
/// Long options that are said by themselves.
const PLAIN: &[&str] = &[
    "--verbose",
    "--gzip",
    "--gunzip",
    "--ungzip",
    "--bzip2",
    "--xz",
    "--lzma",
    "--lzip",
    "--lzop",
    "--zstd",
    "--compress",
    "--uncompress",
    "--auto-compress",
    "--no-auto-compress",
    "--preserve-permissions",
    "--same-permissions",
    "--no-same-permissions",
    "--same-owner",
    "--no-same-owner",
    "--numeric-owner",
    "--keep-old-files",
    "--skip-old-files",
    "--keep-newer-files",
    "--no-overwrite-dir",
    "--overwrite",
    "--overwrite-dir",
    "--to-stdout",
    "--touch",
    "--exclude-vcs",
    "--exclude-vcs-ignores",
    "--exclude-backups",
    "--exclude-caches",
    "--wildcards",
    "--no-wildcards",
    "--anchored",
    "--no-anchored",
    "--ignore-case",
    "--dereference",
    "--hard-dereference",
    "--one-file-system",
    "--no-recursion",
    "--recursion",
    "--sparse",
    "--null",
    "--no-null",
    "--verbatim-files-from",
    "--totals",
    "--block-number",
    "--full-time",
    "--utc",
    "--show-transformed-names",
    "--ignore-failed-read",
    "--ignore-zeros",
    "--ignore-command-error",
    "--multi-volume",
    "--seek",
    "--no-seek",
    "--acls",
    "--no-acls",
    "--selinux",
    "--no-selinux",
    "--xattrs",
    "--no-xattrs",
    "--atime-preserve",
    "--backup",
    "--checkpoint",
    "--force-local",
    "--help",
    "--usage",
    "--version",
    "--show-defaults",
];
/// Long options that are looked at below.
const SPOKEN: &[&str] = &[
    "--checkpoint-action",
    "--to-command",
    "--use-compress-program",
    "--rsh-command",
    "--rmt-command",
    "--info-script",
    "--new-volume-script",
    "--directory",
    "--one-top-level",
    "--file",
    "--files-from",
    "--listed-incremental",
    "--index-file",
    "--volno-file",
    "--extract",
    "--get",
    "--create",
    "--append",
    "--update",
    "--concatenate",
    "--catenate",
    "--delete",
    "--list",
    "--diff",
    "--compare",
    "--test-label",
    "--remove-files",
    "--recursive-unlink",
    "--unlink-first",
    "--absolute-names",
];

/// Names of members that are looked at.
const NAMES_MAX: usize = 32;

/// What one command line of tar says.
#[derive(Default)]
struct Said {
    /// What is packed is removed.
    removes: bool,
    mode: char,
    files: Vec<Value>,
    directories: Vec<Value>,
    members: Vec<Value>,
    /// How members' names are changed.
    renamed: Vec<String>,
    absolute: bool,
}

impl Machine<'_> {
    pub(super) fn tar(&mut self, args: &[Value]) -> Value {
        let mut said = Said::default();
        let mut at = 0;
        let mut options = true;
        while let Some(arg) = args.get(at) {
            let text = arg.known().unwrap_or_else(|| arg.prefix().to_owned());
            let first = at == 0;
            at += 1;
            if text == "--" {
                options = false;
            } else if options && text.starts_with("--") {
                self.tar_long(args, arg, &text, &mut at, &mut said);
            } else if options && (first || text.starts_with('-')) && text != "-" {
                self.tar_letters(args, arg, &text, &mut at, &mut said);
            } else {
                said.members.push(arg.clone());
            }
        }
        if args.len() == 1 && matches!(args[0].known().as_deref(), Some("--help" | "--version" | "--usage")) {
            return Value::unknown(Origin::Output);
        }
        self.tar_done(said)
    }

    fn tar_long(&mut self, args: &[Value], arg: &Value, text: &str, at: &mut usize, said: &mut Said) {
        let name = text.split('=').next().unwrap_or("");
        let attached = name.len() < text.len();
        let all: Vec<&'static str> = [VALUED, PLAIN, SPOKEN].concat();
        let Some(option) = long(name, &all) else {
            self.note(Class::Ambiguous, "exec.option", format!("gives tar the option {name}, which is not known"));
            return;
        };
        let optional = matches!(
            option,
            "--one-top-level" | "--backup" | "--checkpoint" | "--atime-preserve" | "--totals" | "--sparse"
        );
        let takes = VALUED.contains(&option)
            || letter_of(option).is_some()
            || matches!(
                option,
                "--checkpoint-action"
                    | "--to-command"
                    | "--rsh-command"
                    | "--rmt-command"
                    | "--index-file"
                    | "--volno-file"
            );
        let mut value = None;
        if attached {
            value = Some(crate::knowledge::tail(arg, name.len() + 1));
        } else if takes && !optional {
            value = args.get(*at).cloned();
            *at += 1;
        }
        match option {
            "--extract" | "--get" => said.mode = 'x',
            "--create" | "--append" | "--update" | "--concatenate" | "--catenate" => said.mode = 'c',
            "--list" | "--diff" | "--compare" | "--test-label" => said.mode = 't',
            "--absolute-names" => said.absolute = true,
            "--remove-files" => {
                said.removes = true;
                self.note(Class::Destructive, "fs.delete", "removes the files that it packs");
            }
            "--delete" => self.note(Class::Destructive, "fs.delete", "removes members of an archive"),
            "--recursive-unlink" | "--unlink-first" => {
                self.note(Class::Destructive, "fs.delete", "removes what stands where it unpacks")
            }
            "--one-top-level" => said.directories.extend(value),
            "--transform" | "--xform" => said.renamed.extend(value.and_then(|value| value.known())),
            "--checkpoint-action" | "--to-command" | "--rsh-command" | "--rmt-command" => self.tar_runs(value),
            "--index-file" | "--volno-file" => self.tar_writes(value),
            _ => {
                if let Some(letter) = letter_of(option) {
                    self.tar_value(letter, value, args, said);
                }
            }
        }
    }

    /// Letters; behind the first word without a dash their values follow in turn, else one takes what is left of its word.
    fn tar_letters(&mut self, args: &[Value], arg: &Value, text: &str, at: &mut usize, said: &mut Said) {
        let dashed = text.starts_with('-');
        for (index, letter) in text.char_indices().skip(usize::from(dashed)) {
            let end = index + letter.len_utf8();
            match letter {
                'x' | 'c' | 't' | 'r' | 'u' | 'd' | 'A' => said.mode = letter,
                'P' => said.absolute = true,
                'U' => self.note(Class::Destructive, "fs.delete", "removes what stands where it unpacks"),
                'C' | 'f' | 'T' | 'X' | 'I' | 'F' | 'b' | 'N' | 'K' | 'V' | 'L' | 'g' | 'H' => {
                    if dashed && (end < text.len() || arg.known().is_none()) {
                        self.tar_value(letter, Some(crate::knowledge::tail(arg, end)), args, said);
                        return;
                    }
                    let value = args.get(*at).cloned();
                    *at += 1;
                    self.tar_value(letter, value, args, said);
                }
                _ if "vzjJZakpmoshlnGSWOBMiRw".contains(letter) => {}
                _ => self.note(Class::Ambiguous, "exec.option", "gives tar an option that is not known"),
            }
        }
    }

    fn tar_value(&mut self, letter: char, value: Option<Value>, args: &[Value], said: &mut Said) {
        match letter {
            'C' => said.directories.extend(value),
            'f' => said.files.extend(value),
            'I' | 'F' => self.tar_runs(value),
            'g' => self.tar_writes(value),
            // Lines of such a list that begin with a dash are options.
            'T' if !args
                .iter()
                .any(|arg| matches!(arg.known().as_deref(), Some("--null" | "--verbatim-files-from"))) =>
            {
                self.note(Class::Ambiguous, "program.unread", "reads names and options of tar from a list");
            }
            _ => {}
        }
    }

    fn tar_runs(&mut self, value: Option<Value>) {
        if let Some(value) = value {
            let value = if value.prefix().starts_with("exec=") { crate::knowledge::tail(&value, 5) } else { value };
            self.script_value(&value, "exec.option");
        }
        self.note(Class::Ambiguous, "exec.option", "runs a command through an option of tar");
    }

    fn tar_writes(&mut self, value: Option<Value>) {
        if let Some(value) = value {
            let place = self.place(&value);
            self.write_effect(&place, false, false);
        }
    }

    fn tar_done(&mut self, said: Said) -> Value {
        if said.absolute && said.mode == 'x' {
            self.note(Class::Destructive, "fs.archive", "unpacks to wherever the archive says");
        }
        let standard = said.files.iter().all(|file| file.known().as_deref() == Some("-"));
        match said.mode {
            'x' => {
                if said.directories.len() > 1 {
                    self.note(Class::Ambiguous, "fs.archive", "unpacks to several places");
                }
                let here = [Value::text("./x")];
                let targets = if said.directories.is_empty() { &here[..] } else { &said.directories[..] };
                let mut fetched = std::mem::take(&mut self.fetched_input);
                for file in &said.files {
                    fetched |= self.content(file).and_then(|content| content.origin()) == Some(Origin::Network);
                }
                for target in targets {
                    let mut place = self.place(target);
                    if fetched && place.zone == Zone::Temp && self.foreign_trees.len() < 8 {
                        self.foreign_trees.push(place.path.clone());
                    }
                    if place.zone == Zone::WorkspaceRoot {
                        place.zone = Zone::Workspace;
                    }
                    self.write_effect(&place, false, false);
                }
                self.tar_names(&said);
                Value::default()
            }
            'c' | 'r' | 'u' | 'A' => {
                // An archive that nobody keeps holds nothing.
                let nowhere = said.removes && said.files.iter().all(|file| self.place(file).zone == Zone::Null);
                for member in said.members.iter().filter(|_| nowhere) {
                    let place = self.place(member);
                    self.delete_effect(&place, true);
                }
                let mut origin = Origin::Project;
                for member in said.members.iter().chain(&said.directories) {
                    origin = origin.max(self.read_effect(member).origin().unwrap_or(Origin::Project));
                }
                let made = |member: &Value| {
                    let text = member.display();
                    let name = text.trim_end_matches('/').rsplit('/').next().unwrap_or("");
                    ["dist", "build", "target", "out", "public", "_site", "site", "coverage", "node_modules"]
                        .contains(&name)
                };
                // What a build makes is meant to go out; everything else of a project is its source.
                if !said.members.iter().all(made) || said.members.is_empty() {
                    origin = origin.max(Origin::Whole);
                }
                if standard {
                    return Value::unknown(origin);
                }
                for file in &said.files {
                    if file.display().contains(':') {
                        self.note(Class::Ambiguous, "net.copy", "packs to another host");
                    }
                    let place = self.place(file);
                    self.write_effect(&place, false, false);
                    self.remember(&place, Value::unknown(origin), false);
                }
                Value::default()
            }
            't' | 'd' => {
                for file in &said.files {
                    self.read_effect(file);
                }
                Value::unknown(Origin::Output)
            }
            _ => {
                self.note(Class::Ambiguous, "fs.archive", "packs or unpacks files");
                Value::unknown(Origin::Output)
            }
        }
    }
}

impl Machine<'_> {
    /// Members that are unpacked by name, and what `--transform` puts before or in the place of names.
    fn tar_names(&mut self, said: &Said) {
        let directory = said.directories.last().filter(|_| said.directories.len() == 1);
        let put = said.renamed.iter().flat_map(|text| text.split(';')).filter_map(|part| {
            let rest = part.trim().strip_prefix('s')?;
            let by = rest.chars().next()?;
            let name = rest.split(by).nth(2)?;
            (!name.is_empty()).then(|| Value::text(name.trim_end_matches('/').to_owned() + "/x"))
        });
        // A name that is changed in the middle may become anything; what is put at the beginning is what leads elsewhere.
        let names: Vec<Value> = said.members.iter().cloned().chain(put).take(NAMES_MAX).collect();
        for name in names {
            let mut file = directory.cloned().unwrap_or_default();
            if directory.is_some() {
                file.push_text("/");
            }
            file.append(&name);
            let place = self.place(&file);
            if !matches!(place.zone, Zone::Unknown | Zone::WorkspaceRoot) {
                self.write_effect(&place, false, false);
            }
        }
    }
}

/// The letter that says the same as a long option with a value.
fn letter_of(option: &str) -> Option<char> {
    Some(match option {
        "--directory" => 'C',
        "--file" => 'f',
        "--files-from" => 'T',
        "--use-compress-program" => 'I',
        "--info-script" | "--new-volume-script" => 'F',
        "--listed-incremental" => 'g',
        _ => return None,
    })
}
