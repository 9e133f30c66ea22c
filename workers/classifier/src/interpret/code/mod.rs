//! Programs that read code in another language: which they are, and where on their command line the code stands.
//!
//! SQL has a parser and a scan of its own. Of the other languages each is cut into tokens, its constants are followed, and its
//! calls are judged by a table of what functions do. What is on no list is asked about.

mod alarms;
mod awk;
mod clients;
mod editors;
mod foreign;
mod graph;
mod interpreters;
mod powershell;
mod python;
mod sed;
mod sql;
mod stores;
mod tcl;

use super::Machine;
use interpreters::Dialect;
use palisade_language::words::Value;
use palisade_protocol::verdict::Class;

impl Machine<'_> {
    /// Interpreters, stream editors, and clients of databases.
    pub(super) fn code(&mut self, name: &str, args: &[Value], input: &Option<Value>) -> Option<Value> {
        let language = name.trim_end_matches(|character: char| character.is_ascii_digit() || character == '.');
        match language {
            "bun"
                if !matches!(
                    args.first().and_then(Value::known).as_deref(),
                    Some("-e" | "--eval" | "-p" | "--print")
                ) =>
            {
                None
            }
            "deno" if args.first().and_then(Value::known).as_deref() == Some("eval") => {
                let code = args.iter().skip(1).find(|arg| !arg.prefix().starts_with('-'));
                match code.and_then(Value::known) {
                    Some(code) => Some(self.foreign("deno", &code)),
                    None => Some(self.script_value(&code.cloned().unwrap_or_default(), "exec.code")),
                }
            }
            "deno" => None,
            "coverage" => Some(self.coverage(args, input)),
            "awk" | "gawk" | "mawk" | "nawk" | "original-awk" => Some(self.awk(args, input)),
            "sed" | "gsed" => Some(self.sed(args, input)),
            "vim" | "nvim" | "vi" | "ex" | "view" | "gvim" | "vimdiff" | "nvi" => self.vi(args, input),
            "ed" | "red" => self.ed(args, input),
            "psql" | "mysql" | "mariadb" | "sqlite" | "cqlsh" | "spark-sql" | "impala-shell" | "sqlcmd" | "duckdb"
            | "clickhouse-client" | "cockroach" | "usql" | "mycli" | "pgcli" | "snowsql" | "trino" | "presto"
            | "beeline" | "hive" | "sqlplus" => Some(self.database(language, args, input)),
            "pwsh" | "powershell" | "pwsh-preview" => Some(self.powershell(args, input)),
            "clickhouse" if matches!(args.first().and_then(Value::known).as_deref(), Some("client" | "local")) => {
                Some(self.database("clickhouse", &args[1..], input))
            }
            "clickhouse-local" => Some(self.database("clickhouse", args, input)),
            "bq" => {
                let at = args.iter().position(|arg| arg.known().as_deref() == Some("query"))?;
                Some(self.database("bq", &args[at + 1..], input))
            }
            "wrangler" if args.first().and_then(Value::known).as_deref() == Some("d1") => {
                // Its own entry speaks of the rest.
                let at = args.iter().position(|arg| arg.known().as_deref() == Some("--command"));
                if let Some(statement) = at.and_then(|at| args.get(at + 1)) {
                    self.sql(&statement.display());
                }
                None
            }
            "mongosh" | "mongo" => Some(self.mongo(args, input)),
            "cypher-shell" | "arangosh" | "surreal" | "gremlin" | "asadm" | "aql" | "cbq" | "influx" | "n1ql"
            | "typedb" | "aerospike-asadm" | "rethinkdb" | "ravendb" | "memgraph" | "mgconsole" | "nebula-console"
            | "dgraph"
                if args.iter().chain(input).any(|arg| arg.known().is_some_and(|text| text.contains([' ', '(']))) =>
            {
                self.graph(args, input)
            }
            "redis-cli" | "valkey-cli" | "keydb-cli" => Some(self.redis(args, input)),
            // Compilers, as long as no code is given to them; what they then run is a file of the project.
            "nim" | "crystal" | "ghc" if !evaluates(args) => {
                let runs = args
                    .iter()
                    .any(|arg| matches!(arg.known().as_deref(), Some("-r" | "--run" | "r" | "run" | "spec" | "e")));
                let files: Vec<&Value> = args
                    .iter()
                    .filter(|arg| [".nim", ".cr", ".hs", ".nims"].iter().any(|end| arg.display().ends_with(end)))
                    .collect();
                if runs && !files.iter().all(|file| self.runs_unread(file)) {
                    self.note(
                        Class::Ambiguous,
                        "program.unread",
                        format!("compiles and runs with {name} what was not read"),
                    );
                }
                None
            }
            _ => Dialect::of(language).map(|dialect| self.interpreter(name, dialect, args, input)),
        }
    }
}

/// Whether code stands on a compiler's command line.
fn evaluates(args: &[Value]) -> bool {
    args.iter().any(|arg| {
        let text = arg.prefix();
        matches!(text, "-e" | "eval" | "--interactive" | "i" | "play" | "secret" | "tool")
            || text.starts_with("--eval")
            || text.starts_with("-e ")
    })
}
