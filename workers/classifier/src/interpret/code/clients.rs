//! Command lines of clients of SQL databases: where the statements stand, which database they go to, and which options are
//! harmless.

use super::super::Machine;
use super::sql::{Engine, Store};
use palisade_language::words::{Origin, Value};
use palisade_protocol::verdict::Class;

/// How one client reads its options. What is on none of the lists is asked about: it may run a program, log to a file or read
/// another configuration.
struct Client {
    /// The next word is statements.
    statements: &'static [&'static str],
    /// The next word is a file of statements.
    files: &'static [&'static str],
    /// The next word is a file that is written.
    outputs: &'static [&'static str],
    /// Without a value.
    plain: &'static [&'static str],
    /// With a value that is a name or a number.
    valued: &'static [&'static str],
    /// Letters that may stand together.
    letters: &'static str,
    /// So many operands come before the first that is statements.
    operands: usize,
}

const PSQL: Client = Client {
    statements: &["-c", "--command"],
    files: &["-f", "--file"],
    outputs: &["-o", "--output", "-L", "--log-file"],
    plain: &[
        "--csv",
        "--no-psqlrc",
        "--tuples-only",
        "--no-align",
        "--expanded",
        "--quiet",
        "--single-transaction",
        "--echo-all",
        "--echo-errors",
        "--echo-queries",
        "--echo-hidden",
        "--no-password",
        "--password",
        "--list",
        "--html",
        "--field-separator-zero",
        "--record-separator-zero",
        "--single-step",
        "--single-line",
        "--no-readline",
    ],
    valued: &[
        "-h",
        "-p",
        "-U",
        "-d",
        "-v",
        "-F",
        "-R",
        "-P",
        "-T",
        "--host",
        "--port",
        "--username",
        "--dbname",
        "--set",
        "--variable",
        "--field-separator",
        "--record-separator",
        "--pset",
        "--table-attr",
    ],
    letters: "AtxXqabeEnswWzl01HSV",
    operands: usize::MAX,
};
const MYSQL: Client = Client {
    statements: &["-e", "--execute", "--init-command"],
    files: &[],
    outputs: &["--tee"],
    plain: &[
        "--batch",
        "--silent",
        "--skip-column-names",
        "--table",
        "--vertical",
        "--raw",
        "--force",
        "--ssl",
        "--compress",
        "--no-auto-rehash",
        "--no-beep",
        "--quick",
        "--unbuffered",
        "--verbose",
        "--wait",
        "--xml",
        "--html",
        "--column-names",
        "--line-numbers",
        "--safe-updates",
        "--skip-ssl",
        "--no-defaults",
        "--binary-mode",
        "--password",
        "--auto-rehash",
        "--reconnect",
        "--skip-reconnect",
        "--comments",
        "--show-warnings",
        "--i-am-a-dummy",
        "--column-type-info",
        "--debug-info",
        "--named-commands",
        "--enable-cleartext-plugin",
        "--get-server-public-key",
    ],
    valued: &[
        "-h",
        "-P",
        "-u",
        "-D",
        "-S",
        "--host",
        "--port",
        "--user",
        "--database",
        "--protocol",
        "--socket",
        "--default-character-set",
        "--connect-timeout",
        "--connect_timeout",
        "--ssl-mode",
        "--ssl-ca",
        "--ssl-cert",
        "--ssl-key",
        "--max-allowed-packet",
        "--max_allowed_packet",
        "--delimiter",
        "--prompt",
        "--default-auth",
    ],
    letters: "NBrftsnqvwtACEGHXUVbp",
    operands: usize::MAX,
};
const LITE: Client = Client {
    statements: &["-cmd", "-c", "-s"],
    files: &["-init", "-f"],
    outputs: &[],
    plain: &[
        "-header",
        "-noheader",
        "-csv",
        "-json",
        "-column",
        "-line",
        "-list",
        "-html",
        "-box",
        "-markdown",
        "-table",
        "-tabs",
        "-quote",
        "-readonly",
        "-bail",
        "-batch",
        "-safe",
        "-ascii",
        "-stats",
        "-echo",
        "-interactive",
        "-jsonlines",
        "-no-stdin",
        "-unsigned",
        "-latex",
        "-trash",
        "-version",
        "-help",
        "-memtrace",
        "-nofollow",
    ],
    valued: &["-separator", "-nullvalue", "-newline", "-maxsize", "-mmap", "-lookaside", "-pagecache"],
    letters: "",
    operands: 1,
};
const OTHER: Client = Client {
    statements: &["-c", "-e", "--execute", "--command", "--query", "-q", "-Q", "--eval", "--statement", "-execute"],
    files: &["-f", "--file", "-i", "--init", "--queries-file", "--input-file", "--filename", "-input_file"],
    outputs: &["-o", "--output", "--output-file"],
    plain: &[
        "--batch",
        "--silent",
        "--quiet",
        "--insecure",
        "--no-align",
        "--csv",
        "--multiquery",
        "-mn",
        "--multiline",
        "-E",
        "-b",
        "-N",
        "-I",
        "-C",
        "--no-color",
        "--color",
        "--ssl",
        "--secure",
        "--time",
        "--verbose",
        "-W",
        "-n",
        "-t",
        "--debug",
        "--dry_run",
        "--dry-run",
        "--nouse_legacy_sql",
        "--headless",
        "-x",
        "-B",
    ],
    valued: &[
        "-h",
        "-p",
        "-U",
        "-d",
        "-u",
        "-P",
        "-D",
        "-S",
        "-v",
        "-F",
        "-R",
        "-s",
        "-H",
        "--host",
        "--port",
        "--user",
        "--username",
        "--dbname",
        "--database",
        "--password",
        "--set",
        "--variable",
        "--protocol",
        "--socket",
        "--url",
        "--format",
        "-k",
        "--keyspace",
        "--server",
        "--catalog",
        "--schema",
        "--output-format",
        "--max_rows",
        "--use_legacy_sql",
        "--project_id",
        "--location",
        "-a",
        "--accountname",
        "-r",
        "--rolename",
        "-w",
        "--warehouse",
        "--connect-timeout",
        "--request-timeout",
        "--database-name",
        "-l",
        "--http-port",
        "-y",
        "-Y",
    ],
    letters: "",
    operands: usize::MAX,
};

impl Machine<'_> {
    /// A client of an SQL database: its statements, given or coming in.
    pub(super) fn database(&mut self, name: &str, args: &[Value], input: &Option<Value>) -> Value {
        let engine = Engine::of(name);
        let (client, lite) = match engine {
            Engine::Postgres if name == "psql" => (&PSQL, false),
            Engine::MySql => (&MYSQL, false),
            Engine::Sqlite | Engine::DuckDb => (&LITE, true),
            _ => (&OTHER, false),
        };
        let mut statements: Vec<Value> = Vec::new();
        let mut operands: Vec<Value> = Vec::new();
        let mut files = false;
        let mut harmless = false;
        let mut at = 0;
        while let Some(arg) = args.get(at) {
            let text = arg.known().unwrap_or_else(|| arg.prefix().to_owned());
            at += 1;
            if !text.starts_with('-') || text == "-" {
                operands.push(arg.clone());
                continue;
            }
            if text == "--" {
                operands.extend(args[at..].iter().cloned());
                break;
            }
            harmless |= args.len() == 1
                && matches!(
                    text.as_str(),
                    "-l" | "--list" | "--version" | "--help" | "-V" | "-version" | "-help" | "-?"
                );
            // It lists what is there, and what else it is told is still judged.
            harmless |= name == "psql" && listing(&text);
            // sqlite3 takes its options with one dash or with two.
            let single = if lite { format!("-{}", text.trim_start_matches('-')) } else { text.clone() };
            let long = text.starts_with("--") || lite;
            let option = if long { single.split('=').next().unwrap_or("").to_owned() } else { single.clone() };
            let attached = long && option.len() < single.len();
            let mut value = |from: usize, attached: bool| {
                if attached {
                    return Some(crate::knowledge::tail(arg, from));
                }
                at += 1;
                args.get(at - 1).cloned()
            };
            let from = text.len() - single.len() + option.len() + 1;
            let is = |list: &[&str]| list.contains(&option.as_str());
            if is(client.statements) {
                statements.extend(value(from, attached));
            } else if is(client.files) {
                files = true;
                if let Some(file) = value(from, attached) {
                    statements.extend(self.statements_of(&file, input));
                }
            } else if is(client.outputs) {
                if let Some(file) = value(from, attached) {
                    self.database_output(&file);
                }
            } else if is(client.valued) {
                value(from, attached);
            } else if is(client.plain)
                || engine == Engine::MySql && (option == "-p" || option.starts_with("--password"))
            {
            } else if !long {
                self.database_letters(name, client, arg, &text, &mut at, args, &mut statements);
            } else {
                self.unlisted(name, &text);
            }
        }
        let store = match (lite, operands.first()) {
            (false, _) => Store::Server,
            (true, None) => Store::Scratch,
            (true, Some(file)) if matches!(file.known().as_deref(), Some(":memory:" | "")) => Store::Scratch,
            (true, Some(file)) => {
                let place = self.place(file);
                self.read_effect(file);
                Store::File(place)
            }
        };
        for operand in operands.iter().skip(client.operands.min(operands.len())) {
            statements.push(operand.clone());
        }
        if client.operands == usize::MAX {
            // What holds a blank is no name of a database; a password in an address is no business of this.
            let spaced =
                |operand: &&Value| operand.display().trim().contains(' ') && !operand.display().contains("://");
            statements.extend(operands.iter().filter(spaced).filter(|operand| !connection(operand)).cloned());
        }
        if statements.is_empty() && !files {
            statements.extend(input.clone());
        }
        if statements.is_empty() && !harmless && !files {
            self.note(Class::Ambiguous, "db.interactive", "opens a database session");
        }
        for statement in &statements {
            match statement.known() {
                Some(text) => self.statements(&text, engine, &store),
                None => {
                    self.statements(&statement.display(), engine, &store);
                    if !matches!(statement.origin(), Some(Origin::Number)) {
                        self.note(Class::Ambiguous, "db.unknown", "runs statements that are not all known");
                    }
                }
            }
        }
        Value::unknown(Origin::Output)
    }

    /// What a file of statements holds, if this very command wrote it or gives it.
    fn statements_of(&mut self, file: &Value, input: &Option<Value>) -> Option<Value> {
        if matches!(file.known().as_deref(), Some("-" | "/dev/stdin")) {
            return input.clone().or(Some(Value::unknown(Origin::Input)));
        }
        let content = self.content(file).or_else(|| self.text_of(file).map(Value::text));
        if content.is_none() && !self.is_absent(file) {
            self.note(
                Class::Ambiguous,
                "db.unread",
                format!("runs the statements of {}, which were not read", file.display()),
            );
        }
        content
    }

    /// Where a client's output goes: a file, or behind a bar a program.
    fn database_output(&mut self, file: &Value) {
        match file.known().as_deref().map(str::trim).and_then(|text| text.strip_prefix('|').map(str::to_owned)) {
            Some(command) => {
                self.script(&command, None);
                self.note(Class::Ambiguous, "exec.option", "runs a program from the database client");
            }
            None => {
                let place = self.place(file);
                self.write_effect(&place, false, false);
            }
        }
    }

    /// Letters that stand together, with a value in the same word or in the next: `-Atc 'select 1'`, `-uroot`.
    #[allow(clippy::too_many_arguments)]
    fn database_letters(
        &mut self,
        name: &str,
        client: &Client,
        arg: &Value,
        text: &str,
        at: &mut usize,
        args: &[Value],
        statements: &mut Vec<Value>,
    ) {
        for (index, letter) in text.char_indices().skip(1) {
            let option = format!("-{letter}");
            let rest = index + letter.len_utf8();
            let is = |list: &[&str]| list.contains(&option.as_str());
            if letter == 'p' && name.starts_with("m") {
                return;
            }
            if client.letters.contains(letter) || is(client.plain) {
                continue;
            }
            let takes = is(client.statements) || is(client.files) || is(client.outputs) || is(client.valued);
            if !takes {
                break;
            }
            let value = if rest < text.len() || arg.known().is_none() {
                Some(crate::knowledge::tail(arg, rest))
            } else {
                *at += 1;
                args.get(*at - 1).cloned()
            };
            let Some(value) = value else { return };
            if is(client.statements) {
                statements.push(value);
            } else if is(client.files) {
                statements.extend(self.statements_of(&value, &None));
            } else if is(client.outputs) {
                self.database_output(&value);
            }
            return;
        }
        let listed = text
            .chars()
            .skip(1)
            .all(|letter| client.letters.contains(letter) || client.plain.contains(&format!("-{letter}").as_str()));
        if !listed {
            self.unlisted(name, text);
        }
    }

    pub(super) fn unlisted(&mut self, name: &str, option: &str) {
        let option = option.split('=').next().unwrap_or("");
        self.note(
            Class::Ambiguous,
            "exec.option",
            format!("gives {name} the option {option}, which may run or write something"),
        );
    }
}

/// Whether an option, or one letter of several, has psql list the databases.
fn listing(text: &str) -> bool {
    text == "--list"
        || text.starts_with('-')
            && !text.starts_with("--")
            && text.contains('l')
            && text[1..].chars().all(|letter| "AtxXqlwW".contains(letter))
}

/// `host=a port=b dbname=c`
fn connection(value: &Value) -> bool {
    value.display().split_whitespace().all(|word| {
        word.split_once('=').is_some_and(|(key, _)| {
            !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        })
    })
}
