//! Which database a client talks to, and how that database reads text.

use super::lexer::Reading;
use sqlparser::dialect::{
    BigQueryDialect, ClickHouseDialect, Dialect, DuckDbDialect, GenericDialect, HiveDialect, MsSqlDialect,
    MySqlDialect, OracleDialect, PostgreSqlDialect, SQLiteDialect, SnowflakeDialect,
};

/// A kind of database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::interpret) enum Engine {
    Postgres,
    MySql,
    Sqlite,
    TSql,
    DuckDb,
    ClickHouse,
    BigQuery,
    Snowflake,
    Hive,
    Oracle,
    Cassandra,
    /// Not known: it is read in every way there is.
    Unknown,
}

impl Engine {
    /// The engine behind a client's name.
    pub(in crate::interpret::code) fn of(client: &str) -> Self {
        match client {
            "psql" | "pgcli" | "cockroach" => Self::Postgres,
            "mysql" | "mariadb" | "mycli" => Self::MySql,
            "sqlite" => Self::Sqlite,
            "sqlcmd" => Self::TSql,
            "duckdb" => Self::DuckDb,
            "clickhouse-client" | "clickhouse" => Self::ClickHouse,
            "bq" => Self::BigQuery,
            "snowsql" => Self::Snowflake,
            "hive" | "beeline" | "spark-sql" | "impala-shell" => Self::Hive,
            "sqlplus" => Self::Oracle,
            "cqlsh" => Self::Cassandra,
            _ => Self::Unknown,
        }
    }

    /// Every way in which this database may read a text. A server's settings decide about backslashes, so where there is one
    /// in the text both ways count.
    pub(super) fn readings(self, text: &str) -> Vec<Reading> {
        let plain = Reading::default();
        let postgres = Reading { nests: true, dollar: true, ..plain };
        let mysql = Reading { backslash: true, hash: true, mysql: true, double_is_text: true, ..plain };
        let escapes = Reading { backslash: true, hash: true, ..plain };
        let mut readings = match self {
            Self::Postgres => vec![postgres],
            Self::MySql => vec![mysql],
            Self::Sqlite | Self::Oracle => vec![plain],
            Self::TSql => vec![Reading { nests: true, brackets: true, ..plain }],
            Self::DuckDb => vec![postgres],
            Self::ClickHouse => vec![Reading { nests: true, ..escapes }],
            Self::BigQuery => vec![Reading { double_is_text: true, ..escapes }],
            Self::Snowflake => vec![Reading { backslash: true, dollar: true, ..plain }],
            Self::Hive => vec![Reading { double_is_text: true, ..escapes }],
            Self::Cassandra => vec![Reading { dollar: true, ..plain }],
            Self::Unknown => vec![postgres, mysql, plain, Reading { nests: true, ..escapes }],
        };
        if text.contains('\\') {
            let other: Vec<Reading> =
                readings.iter().map(|one| Reading { backslash: !one.backslash, ..*one }).collect();
            readings.extend(other);
        }
        readings
    }

    /// The grammar that the parser crate has for it.
    pub(super) fn dialect(self) -> &'static dyn Dialect {
        match self {
            Self::Postgres => &PostgreSqlDialect {},
            Self::MySql => &MySqlDialect {},
            Self::Sqlite => &SQLiteDialect {},
            Self::TSql => &MsSqlDialect {},
            Self::DuckDb => &DuckDbDialect {},
            Self::ClickHouse => &ClickHouseDialect {},
            Self::BigQuery => &BigQueryDialect {},
            Self::Snowflake => &SnowflakeDialect,
            Self::Hive => &HiveDialect {},
            Self::Oracle => &OracleDialect {},
            Self::Cassandra | Self::Unknown => &GenericDialect {},
        }
    }
}
