//! Command lines of interpreters: where the code stands in them, and which options leave it at that code.

use super::super::Machine;
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
    plain: &["--no-warnings", "--no-deprecation", "--trace-warnings", "--trace-uncaught", "--expose-gc", "-i"],
    valued: &[],
    begins: &["--input-type=", "--max-old-space-size=", "--stack-size=", "--unhandled-rejections=", "--harmony"],
    clusters: false,
};
const PERL: Dialect = Dialect { code: &[], plain: &[], valued: &[], begins: &[], clusters: true };
const RUBY: Dialect =
    Dialect { code: &[], plain: &["--yjit"], valued: &[], begins: &["--disable=", "--encoding="], clusters: true };
const PHP: Dialect =
    Dialect { code: &["-r", "-R", "-B", "-E"], plain: &["-n", "-q"], valued: &[], begins: &[], clusters: false };
const POWERSHELL: Dialect = Dialect {
    code: &["-c", "-Command", "-command", "-EncodedCommand"],
    plain: &["-NoProfile", "-noprofile", "-nop", "-NonInteractive", "-NoLogo"],
    valued: &[],
    begins: &[],
    clusters: false,
};
const OTHER: Dialect = Dialect {
    code: &["-e", "-E", "-ne", "-pe"],
    plain: &["--vanilla", "--slave", "--no-save", "--no-restore", "--no-echo", "--quiet", "--startup-file=no"],
    valued: &[],
    begins: &[],
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
            "node" | "nodejs" | "bun" | "tsx" | "ts-node" => &NODE,
            "perl" => &PERL,
            "ruby" => &RUBY,
            "php" => &PHP,
            "pwsh" | "powershell" => &POWERSHELL,
            "lua" | "luajit" | "Rscript" | "R" | "julia" | "elixir" | "raku" | "osascript" | "groovy" | "scala"
            | "tclsh" | "racket" | "guile" => &OTHER,
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
                return Word::Plain;
            }
            'e' | 'E' if rest.is_empty() => return Word::Code,
            'e' | 'E' => return Word::Attached(rest.to_owned()),
            'F' if rest.chars().count() <= 8 && !rest.contains(['(', '{', '@', '$', '`']) => return Word::Plain,
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
        let mut found = false;
        while let Some(arg) = args.get(at) {
            let text = arg.known().unwrap_or_else(|| arg.prefix().to_owned());
            at += 1;
            if matches!(text.as_str(), "--version" | "-V" | "-v" | "--help" | "-version") && args.len() == 1 {
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
                match dialect.read(&text, &mut in_place) {
                    Word::Plain => {}
                    Word::Code => {
                        if let Some(code) = args.get(at) {
                            at += 1;
                            found = true;
                            self.given_code(name, code);
                        }
                    }
                    Word::Attached(code) => {
                        found = true;
                        let code =
                            if arg.known().is_some() { Value::text(code) } else { Value::unknown(Origin::Mixed) };
                        self.given_code(name, &code);
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
                self.code_operand(name, arg, in_place);
                continue;
            }
            // A script file.
            match self.content(arg) {
                Some(content) => match content.known() {
                    Some(code) => self.foreign(name, &code),
                    None => {
                        self.script_value(&content, "exec.written");
                    }
                },
                None => self.note(
                    Class::Ambiguous,
                    "program.unread",
                    format!("runs the program {}, which was not read", arg.display()),
                ),
            }
            return Value::unknown(Origin::Output);
        }
        if !found {
            match input {
                Some(input) => match input.known() {
                    Some(code) => self.foreign(name, &code),
                    None => {
                        self.script_value(input, "exec.stdin");
                    }
                },
                None => self.note(Class::Ambiguous, "exec.interactive", format!("starts {name}, which reads code")),
            }
        }
        let origin = input.as_ref().and_then(Value::origin).filter(|_| found);
        Value::unknown(origin.unwrap_or(Origin::Output))
    }

    fn given_code(&mut self, name: &str, code: &Value) {
        match code.known() {
            Some(code) => self.foreign(name, &code),
            None => {
                self.script_value(&Value::unknown(code.origin().unwrap_or(Origin::Mixed)), "exec.code");
            }
        }
    }

    /// A file that code is given. Perl and Ruby open such a name as a shell would read it: `cmd |` runs, `> file` empties.
    fn code_operand(&mut self, name: &str, arg: &Value, in_place: bool) {
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
            let place = self.place(arg);
            self.write_effect(&place, false, false);
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
