//! Programs that read code in another language: which they are, and where on their command line the code stands.
//!
//! No language is parsed here. Code counts as harmless only if every name in it is on a short list; code that deletes, writes,
//! runs or connects is judged with the strings that stand in it. What is neither is asked about.

mod awk;
mod clients;
mod editors;
mod foreign;
mod interpreters;
mod names;
mod python;
mod sql;
mod stores;

use super::Machine;
use interpreters::Dialect;
use palisade_language::words::Value;

impl Machine<'_> {
    /// Interpreters, stream editors, and clients of databases.
    pub(super) fn code(&mut self, name: &str, args: &[Value], input: &Option<Value>) -> Option<Value> {
        let language = name.trim_end_matches(|character: char| character.is_ascii_digit() || character == '.');
        match language {
            "bun" if args.first().and_then(Value::known).as_deref() != Some("-e") => None,
            "coverage" => Some(self.coverage(args, input)),
            "awk" | "gawk" | "mawk" | "nawk" | "original-awk" => Some(self.awk(args, input)),
            "sed" | "gsed" => Some(self.sed(args, input)),
            "psql" | "mysql" | "mariadb" | "sqlite" | "cqlsh" | "spark-sql" | "impala-shell" | "sqlcmd" | "duckdb"
            | "clickhouse-client" | "cockroach" | "usql" | "mycli" | "pgcli" | "snowsql" | "trino" | "presto"
            | "beeline" | "hive" | "sqlplus" => Some(self.database(language, args, input)),
            "mongosh" | "mongo" => Some(self.mongo(args, input)),
            "redis-cli" | "valkey-cli" | "keydb-cli" => Some(self.redis(args, input)),
            _ => Dialect::of(language).map(|dialect| self.interpreter(name, dialect, args, input)),
        }
    }
}
