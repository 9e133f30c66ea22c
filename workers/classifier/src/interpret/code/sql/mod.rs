//! Statements in SQL. Two readers look at each: a scan of its tokens that every text has, and the parser crate in the dialect
//! of the client's database. The more cautious of both counts; where the parser does not know a statement the scan alone
//! speaks, and takes what it does not know for what it may be.

mod commands;
mod deeds;
mod engine;
mod lexer;
mod parsed;
mod scan;
mod truth;

pub(super) use engine::Engine;

use super::super::Machine;
use crate::findings::Finding;
use crate::paths::{Place, Zone};
use deeds::Deed;
use lexer::{Token, tokens};
use palisade_protocol::verdict::{Class, Operation};

/// Statements in statements that are looked at: `do`, `execute`, procedures' bodies.
const INNER_MAX: u32 = 3;
/// What the parser costs, in units of the budget: a statement, and each of its tokens.
const STATEMENT_COST: usize = 600;
const TOKEN_COST: usize = 40;

/// Where the statements go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Store {
    /// A server: what it holds may be anybody's.
    Server,
    /// A database that ends with the command.
    Scratch,
    /// A file.
    File(Place),
}

impl Machine<'_> {
    /// Statements to a database that is not known.
    pub(in crate::interpret) fn sql(&mut self, text: &str) {
        self.statements(text, Engine::Unknown, &Store::Server);
    }

    /// Statements, and the client's own commands between them.
    pub(super) fn statements(&mut self, text: &str, engine: Engine, store: &Store) {
        let text = self.client_commands(text, engine);
        self.sql_credentials(&text);
        self.sql_records(&text);
        self.texts(&text, engine, store, 0);
    }

    /// Statements that print what accounts log in with, or have the server run or write something of the system's.
    fn sql_credentials(&mut self, text: &str) {
        let lower = text.to_ascii_lowercase();
        let selects = lower.contains("select");
        let holds = |parts: &[&str]| parts.iter().any(|part| lower.contains(part));
        if selects
            && (holds(&["pg_shadow", "pg_authid", "authentication_string", "sys.user$", "sql_logins"])
                || lower.contains("mysql.user") && holds(&["password", "*"]))
        {
            self.note(Class::Catastrophic, "secret.print.key", "prints what accounts log in with");
        }
        if lower.contains("alter system")
            && holds(&["archive_command", "restore_command", "ssl_passphrase_command", "shared_preload_libraries"])
        {
            self.note(Class::Catastrophic, "db.exec", "makes the database server run a command");
        }
        if lower.contains("lo_export") && holds(&["/.ssh", "/etc/", "/var/lib/", "/root", "cron"]) {
            self.note(Class::Catastrophic, "db.file", "makes the database server write a file of the system");
        }
    }

    /// Statements that erase or switch off what a database records of its use, or open it to everybody.
    fn sql_records(&mut self, text: &str) {
        let lower = text.to_ascii_lowercase();
        let words = lower.split(|letter: char| letter.is_whitespace() || "(;,".contains(letter));
        let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
        let recorded =
            |table: &str| ["audit", "access_log", "event_log", "security_log"].iter().any(|part| table.contains(part));
        let erased = words.windows(3).any(|three| match three {
            ["delete", "from", table] | ["drop" | "truncate", "table", table] => recorded(table),
            ["truncate" | "update", table, _] => recorded(table),
            _ => false,
        });
        let server = lower.contains("alter system") || lower.contains("set global") || lower.contains("set persist");
        let silent = [
            "logging_collector",
            "log_statement",
            "log_connections",
            "pgaudit",
            "general_log",
            "log_bin",
            "archive_mode",
        ]
        .iter()
        .any(|name| lower.contains(name));
        if erased || server && silent {
            self.note(Class::Catastrophic, "log.erase", "erases or switches off what a database records");
        }
        if server
            && ["listen_addresses", "ssl", "password_encryption", "skip_grant"].iter().any(|name| lower.contains(name))
        {
            self.note(Class::Catastrophic, "net.trust", "changes who may reach a database, or how");
        }
    }

    fn texts(&mut self, text: &str, engine: Engine, store: &Store, depth: u32) {
        if depth > INNER_MAX {
            return self.deed(Deed::Unknown, store);
        }
        for (at, reading) in engine.readings(text).into_iter().enumerate() {
            if !self.budget.take(text.len() * 2 + 8) {
                return;
            }
            let tokens = tokens(text, reading);
            for statement in tokens.split(|token| token.is(';')) {
                if !self.budget.take(statement.len() + 1) {
                    return;
                }
                self.statement(text, statement, engine, store, depth, at == 0);
            }
        }
    }

    fn statement(&mut self, text: &str, tokens: &[Token], engine: Engine, store: &Store, depth: u32, first: bool) {
        let (Some(begin), Some(end)) = (tokens.first(), tokens.last()) else { return };
        let found = scan::judge(tokens, engine);
        let mut deeds = found.deeds;
        let cost = STATEMENT_COST + tokens.len().min(parsed::TOKENS_MAX) * TOKEN_COST;
        let parsed = match first && self.budget.take(cost) {
            true => parsed::judge(&text[begin.start..end.end], tokens, engine),
            false => None,
        };
        match parsed {
            Some(more) => deeds.extend(more),
            None if deeds.contains(&Deed::Reads) && scan::unknown_calls(tokens) => deeds.push(Deed::CallsUnknown),
            None => {}
        }
        deeds.sort_by_key(|deed| std::cmp::Reverse(deed.class()));
        deeds.dedup();
        for deed in deeds {
            self.deed(deed, store);
        }
        for inner in found.inner {
            self.texts(&inner, engine, store, depth + 1);
        }
    }

    /// Notes what a statement does, by where it does it.
    fn deed(&mut self, deed: Deed, store: &Store) {
        let (class, rule, says) = deed.says();
        if class == Class::Safe {
            return;
        }
        let finding = Finding::new(class, rule, says).does(Operation::Delete);
        match store {
            Store::Server => self.find(finding),
            Store::Scratch if deed.stays_inside() => {}
            Store::Scratch => self.find(finding),
            Store::File(place) if deed.stays_inside() => match place.zone {
                Zone::Temp | Zone::OwnTemp | Zone::Null => {}
                // A row more in a project's own database is an edit like any other.
                Zone::Workspace if matches!(deed, Deed::Inserts | Deed::Creates | Deed::Updates) => {}
                Zone::Workspace => self.find(finding.to(place.path.clone(), place.exact).inside()),
                _ => self.find(finding.to(place.path.clone(), place.exact)),
            },
            Store::File(_) => self.find(finding),
        }
    }
}
