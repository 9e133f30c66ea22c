//! Command lines of interpreters: where the code stands in them, and which options leave it at that code.

use super::super::Machine;
use crate::paths::Zone;
use palisade_language::words::{Origin, Value};
use palisade_protocol::verdict::Class;

/// How one language's interpreter reads its options. What is on none of the lists is asked about: it may load a module, read
/// another configuration, or run a program.
pub(super) struct Dialect {
    /// The next word is code.
    code: &'static [&'static str],
    /// Without effect beyond the process.
    plain: &'static [&'static str],
    /// The same, with a value in the next word.
    valued: &'static [&'static str],
    /// Beginnings of words that are without effect, whatever follows.
    begins: &'static [&'static str],
    /// Letters may stand together, as in `-lane`.
    clusters: bool,
}

const PYTHON: Dialect = Dialect {
    code: &["-c"],
    plain: &["-u", "-B", "-I", "-E", "-s", "-S", "-O", "-OO", "-q", "-v", "-b", "-bb", "-d", "-P"],
    valued: &[],
    begins: &[],
    clusters: false,
};
const NODE: Dialect = Dialect {
    code: &["-e", "--eval", "-p", "--print", "-pe"],
    plain: &[
        "--enable-source-maps",
        "--test-only",
        "--watch",
        "--no-warnings",
        "--no-deprecation",
        "--trace-warnings",
        "--trace-uncaught",
        "--expose-gc",
        "-i",
        "--inspect",
        "--inspect-brk",
    ],
    valued: &[],
    begins: &[
        "--experimental-strip",
        "--experimental-transform",
        "--experimental-vm-modules",
        "--no-experimental",
        "--disable-warning=",
        "--conditions=",
        "--test-",
        "--watch-path=",
        "--env-file=",
        "--dns-result-order=",
        "--max-http-header-size=",
        "--max-semi-space-size=",
        "--test-name-pattern=",
        "--trace-",
        "--stack-trace-limit=",
        "--input-type=",
        "--max-old-space-size=",
        "--stack-size=",
        "--unhandled-rejections=",
        "--harmony",
        "--inspect=127.0.0.1",
        "--inspect=localhost",
    ],
    clusters: false,
};
const PERL: Dialect = Dialect { code: &[], plain: &[], valued: &[], begins: &[], clusters: true };
const RUBY: Dialect =
    Dialect { code: &[], plain: &["--yjit"], valued: &[], begins: &["--disable=", "--encoding="], clusters: true };
const PHP: Dialect =
    Dialect { code: &["-r", "-R", "-B", "-E"], plain: &["-n", "-q"], valued: &[], begins: &[], clusters: false };
const OTHER: Dialect = Dialect {
    code: &["-e", "-E", "-ne", "-pe", "--eval", "-eval", "--expression", "-c", "-g", "--execute"],
    plain: &[
        "-noshell",
        "-M",
        "-t",
        "--batch",
        "-Q",
        "--vanilla",
        "--slave",
        "--no-save",
        "--no-restore",
        "--no-echo",
        "--quiet",
        "--startup-file=no",
    ],
    valued: &[],
    begins: &["--project", "--threads", "--color=", "--depwarn=", "--check-bounds="],
    clusters: false,
};

/// Modules that `perl -M` and `ruby -r` may load: what they are able to do, the code's own names still say.
const MODULES: &[&str] = &[
    "strict",
    "warnings",
    "utf8",
    "feature",
    "integer",
    "bigint",
    "List::Util",
    "Scalar::Util",
    "Data::Dumper",
    "POSIX",
    "JSON::PP",
    "Time::HiRes",
    "Time::Local",
    "Time::Piece",
    "MIME::Base64",
    "Digest::MD5",
    "Digest::SHA",
    "Encode",
    "json",
    "set",
    "date",
    "time",
    "digest",
    "securerandom",
    "pp",
    "csv",
    "base64",
    "bigdecimal",
    "benchmark",
    "ostruct",
    "yaml",
    "fileutils",
    "open-uri",
    "open3",
    "net/http",
    "uri",
    "tempfile",
    "tmpdir",
    "pathname",
    "erb",
    "English",
    "shellwords",
    "zlib",
    "optparse",
    "etc",
    "find",
    "matrix",
    "prime",
    "stringio",
    "timeout",
    "logger",
    "psych",
    "socket",
    "File::Path",
    "File::Basename",
    "File::Spec",
    "File::Find",
    "File::Copy",
    "File::Temp",
    "Text::Wrap",
    "Term::ANSIColor",
    "Getopt::Long",
    "Socket",
    "IO::Socket",
    "IO::Socket::INET",
    "LWP::Simple",
    "HTTP::Tiny",
    "Cwd",
    "Carp",
    "constant",
    "open",
    "bytes",
    "bignum",
    "Benchmark",
    "Math::BigInt",
    "Math::BigFloat",
    "Sys::Hostname",
    "Unicode::Normalize",
    "locale",
    "IO::File",
    "IO::Handle",
    "Text::CSV",
    "URI::Escape",
    "JSON",
    "JSON::XS",
    "DateTime",
    "IPC::Open3",
    "Path::Tiny",
];

/// Scripts of frameworks, as they lie in a project. Their tasks are in the tables, under the last part of the name.
const FRAMEWORKS: &[&str] = &[
    "manage.py",
    "artisan",
    "bin/console",
    "bin/rails",
    "bin/rake",
    "occ",
    "yii",
    "ace",
    "ace.js",
    "spark",
    "bin/cake",
    "bin/cake.php",
    "bin/magento",
    "craft",
    "please",
    "think",
    "bin/hyperf.php",
    "hyperf",
    "flarum",
    "typo3",
];

/// What a word on an interpreter's command line is.
enum Word {
    Plain,
    Code,
    Attached(String),
    Unlisted,
}

impl Dialect {
    /// The dialect of a language; `None` if it is no interpreter known here.
    pub(super) fn of(language: &str) -> Option<&'static Self> {
        Some(match language {
            "python" | "pypy" | "ipython" => &PYTHON,
            "node" | "nodejs" | "bun" | "deno" | "tsx" | "ts-node" => &NODE,
            "perl" => &PERL,
            "ruby" => &RUBY,
            "php" => &PHP,
            "lua" | "luajit" | "Rscript" | "R" | "julia" | "elixir" | "raku" | "osascript" | "groovy" | "scala"
            | "tclsh" | "racket" | "guile" | "ghc" | "clojure" | "clj" | "bb" | "erl" | "swipl" | "ocaml" | "sbcl"
            | "emacs" | "janet" | "nim" | "crystal" | "kotlin" | "jshell" | "qjs" => &OTHER,
            _ => return None,
        })
    }

    fn read(&self, text: &str, in_place: &mut bool) -> Word {
        if self.code.contains(&text) {
            Word::Code
        } else if self.plain.contains(&text) || self.begins.iter().any(|begin| text.starts_with(begin)) {
            Word::Plain
        } else if self.clusters && !text.starts_with("--") {
            cluster(text, in_place)
        } else {
            Word::Unlisted
        }
    }
}

/// Perl's and Ruby's letters: each is without effect, ends the word with a value of its own, or is not listed.
fn cluster(text: &str, in_place: &mut bool) -> Word {
    for (at, letter) in text.char_indices().skip(1) {
        let rest = &text[at + letter.len_utf8()..];
        match letter {
            'n' | 'p' | 'a' | 'l' | 'w' | 'W' | 's' | 'T' | 't' | 'c' | 'U' | '0'..='9' => {}
            'i' => {
                *in_place = true;
                // With a path in it the copy is not kept beside the file.
                return if rest.contains('/') { Word::Unlisted } else { Word::Plain };
            }
            'e' | 'E' if rest.is_empty() => return Word::Code,
            'e' | 'E' => return Word::Attached(rest.to_owned()),
            'F' if rest.chars().count() <= 8 && !rest.contains(['(', '{', '@', '$', '`']) => return Word::Plain,
            // A directory of the project's own.
            'I' if !rest.is_empty() && !rest.starts_with(['/', '~', '$']) && !rest.contains("..") => {
                return Word::Plain;
            }
            'C' if rest.bytes().all(|byte| byte.is_ascii_alphanumeric()) => return Word::Plain,
            'M' | 'm' | 'r' => {
                let name = rest.split('=').next().unwrap_or("");
                let listed = MODULES.contains(&name) && rest.bytes().all(|byte| byte != b' ' && byte != b';');
                return if listed { Word::Plain } else { Word::Unlisted };
            }
            _ => return Word::Unlisted,
        }
    }
    Word::Plain
}

/// Whether an option only looks at how a script is written, and runs nothing of it. Perl's `-c` runs `BEGIN` blocks.
fn checks_only(name: &str, option: &str) -> bool {
    match option {
        "-c" | "-wc" | "-cw" => name == "ruby",
        "-l" | "--syntax-check" => name.starts_with("php"),
        "--check" => name.starts_with("node"),
        _ => false,
    }
}

/// Whether a loop over lines (`-n`) keeps none of them.
fn prints_nothing(option: &str, code: &Value) -> bool {
    let code = code.display();
    option.contains('n')
        && !option.contains('p')
        && !["print", "say", "puts", "$<", "STDOUT"].iter().any(|word| code.contains(word))
}

impl Machine<'_> {
    pub(super) fn interpreter(
        &mut self,
        name: &str,
        dialect: &Dialect,
        args: &[Value],
        input: &Option<Value>,
    ) -> Value {
        let mut at = 0;
        let mut in_place = false;
        let mut suffix = String::new();
        let mut found = false;
        let mut silent = false;
        let mut checks = false;
        let mut printed = Origin::Output;
        while let Some(arg) = args.get(at) {
            let text = arg.known().unwrap_or_else(|| arg.prefix().to_owned());
            at += 1;
            if matches!(text.as_str(), "--version" | "-V" | "-v" | "--help" | "-version") && args.len() == 1 {
                return Value::unknown(Origin::Output);
            }
            if name == "php"
                && text == "-S"
                && args.get(at).is_some_and(|to| super::super::web::is_local(&to.display()))
            {
                // The development server, for this host alone.
                return Value::unknown(Origin::Output);
            }
            if name == "node" && matches!(text.as_str(), "--test") {
                return Value::unknown(Origin::Output);
            }
            if text == "-m" && name.starts_with("py") && !found {
                return self.python_module(&args[at..], input);
            }
            if text == "-" || text == "/dev/stdin" {
                break;
            }
            // Behind the code of most of them everything is the code's own argument.
            let options = !found || !name.starts_with("py");
            if options && text.starts_with('-') && text != "--" {
                checks |= checks_only(name, &text);
                if dialect.clusters
                    && let Some((_, rest)) = text.split_once('i').filter(|(_, rest)| rest.contains('/'))
                {
                    rest.clone_into(&mut suffix);
                }
                match dialect.read(&text, &mut in_place) {
                    _ if checks_only(name, &text) => {}
                    Word::Plain => {}
                    Word::Code => {
                        if let Some(code) = args.get(at) {
                            at += 1;
                            found = true;
                            silent |= prints_nothing(&text, code);
                            printed = printed.max(self.given_code(name, code));
                        }
                    }
                    Word::Attached(code) => {
                        found = true;
                        let code =
                            if arg.known().is_some() { Value::text(code) } else { Value::unknown(Origin::Mixed) };
                        printed = printed.max(self.given_code(name, &code));
                    }
                    Word::Unlisted if dialect.valued.contains(&text.as_str()) => at += 1,
                    Word::Unlisted if self.setting(name, &text, args.get(at)) => {
                        at += usize::from(text.len() == 2);
                    }
                    Word::Unlisted => self.note(
                        Class::Ambiguous,
                        "exec.option",
                        format!("gives {name} an option that may load or run something"),
                    ),
                }
                continue;
            }
            if text == "--" {
                continue;
            }
            if found {
                self.code_operand(name, arg, in_place, silent, &suffix);
                continue;
            }
            // A script file.
            match self.content(arg) {
                Some(content) => match content.known() {
                    Some(code) => return self.foreign(name, &code),
                    None => {
                        self.script_value(&content, "exec.written");
                    }
                },
                None if checks => return self.read_effect(arg),
                None if self.is_framework(&text) => {}
                None if self.runs_project_code(name, arg) => {}
                None => self.note(
                    Class::Ambiguous,
                    "program.unread",
                    format!("runs the program {}, which was not read", arg.display()),
                ),
            }
            if self.is_framework(&text) {
                // What stands behind it says what it does, as for a program.
                let base = text.rsplit('/').next().unwrap_or(&text);
                return self.program(base, &args[at..], input.clone());
            }
            return Value::unknown(Origin::Output);
        }
        if !found {
            match input {
                Some(input) => match input.known() {
                    Some(code) => return self.foreign(name, &code),
                    None => {
                        self.script_value(input, "exec.stdin");
                    }
                },
                None => self.note(Class::Ambiguous, "exec.interactive", format!("starts {name}, which reads code")),
            }
        }
        let origin = input.as_ref().and_then(Value::origin).filter(|_| found);
        Value::unknown(origin.unwrap_or(Origin::Output).max(printed))
    }

    /// Whether a script is one that a framework puts into each of its projects, and that runs the framework's own tasks.
    fn is_framework(&self, script: &str) -> bool {
        let inside = script.trim_start_matches("./");
        FRAMEWORKS.contains(&inside) && self.place(&Value::text(script)).zone == Zone::Workspace
    }

    fn given_code(&mut self, name: &str, code: &Value) -> Origin {
        if name == "ipython" {
            self.banged(&Some(code.clone()));
        }
        match code.known() {
            Some(code) => self.foreign(name, &code).origin().unwrap_or(Origin::Output),
            None => {
                // What is known of it is read all the same.
                self.foreign(name, &code.display());
                let unknown = Value::unknown(code.origin().unwrap_or(Origin::Mixed));
                self.script_value(&unknown, "exec.code").origin().unwrap_or(Origin::Output)
            }
        }
    }

    /// A file that code is given. Perl and Ruby open such a name as a shell would read it: `cmd |` runs, `> file` empties.
    fn code_operand(&mut self, name: &str, arg: &Value, in_place: bool, silent: bool, suffix: &str) {
        let text = arg.known().unwrap_or_else(|| arg.prefix().to_owned());
        let name_of_file = text.trim();
        if matches!(name, "perl" | "ruby")
            && (name_of_file.starts_with(['|', '<', '>', '+']) || name_of_file.ends_with(['|', '<', '>']))
        {
            self.script(name_of_file.trim_matches('|'), None);
            self.note(
                Class::Ambiguous,
                "exec.option",
                format!("lets {name} open {name_of_file}, which may run or write"),
            );
        }
        if in_place {
            self.kept_copy(suffix, arg);
            let place = self.place(arg);
            self.write_effect(&place, false, silent);
        } else {
            self.read_effect(arg);
        }
    }

    /// Settings with a value (`-X utf8`, `-Wignore`, `-d memory_limit=1G`) that load nothing.
    fn setting(&self, name: &str, text: &str, next: Option<&Value>) -> bool {
        let Some(letter) = text.get(1..2) else { return false };
        let value = match text.get(2..) {
            Some("") | None => next.and_then(Value::known),
            Some(rest) => Some(rest.to_owned()),
        };
        let Some(value) = value else { return false };
        match (name, letter) {
            // A category with a dot in it names a module to import, a path a place to write to.
            (name, "W" | "X") if name.starts_with("py") => !value.contains(['.', '/']),
            (name, "d") if name.starts_with("php") => [
                "memory_limit",
                "display_errors",
                "error_reporting",
                "date.timezone",
                "max_execution_time",
                "xdebug.mode",
                "zend.assertions",
            ]
            .contains(&value.split('=').next().unwrap_or("")),
            _ => false,
        }
    }
}
