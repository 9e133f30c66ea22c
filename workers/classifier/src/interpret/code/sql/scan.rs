//! One statement judged by its tokens. Needs no grammar, so nothing in the text can silence it.

use super::deeds::{Deed, function};
use super::engine::Engine;
use super::lexer::{Kind, Token};
use super::truth::always;

/// How deep `explain` and blocks are taken apart.
const DEPTH_MAX: u32 = 8;

/// What a statement does, and the texts in it that a database runs as statements of their own.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub deeds: Vec<Deed>,
    pub inner: Vec<String>,
}

/// Judges one statement.
pub(super) fn judge(tokens: &[Token], engine: Engine) -> Found {
    let mut found = Found::default();
    statement(tokens, engine, &mut found, 0);
    found
}

fn statement(tokens: &[Token], engine: Engine, found: &mut Found, depth: u32) {
    let Some(first) = tokens.first() else { return };
    if depth > DEPTH_MAX {
        found.deeds.push(Deed::Unknown);
        return;
    }
    if first.is('(') {
        let begin = tokens.iter().position(|token| !token.is('(')).unwrap_or(tokens.len());
        return statement(&tokens[begin..], engine, found, depth + 1);
    }
    let has = |word: &str| tokens.iter().any(|token| token.word() == word);
    let second = tokens.get(1).map(Token::word).unwrap_or("");
    let deed = match first.word() {
        "select" | "values" | "table" | "from" | "with" | "summarize" | "pivot" => {
            return query(tokens, engine, found);
        }
        "explain" | "describe" | "desc" => return explain(tokens, engine, found, depth),
        "show" | "use" | "begin" | "start" | "commit" | "rollback" | "end" | "savepoint" | "release" | "abort"
        | "analyze" | "help" | "close" | "fetch" | "checkpoint" | "listen" | "unlisten" | "print" | "go" | "list"
        | "ls" | "consistency" | "tracing" | "paging" | "exists" | "declare" | "deallocate" | "column" | "exit"
        | "quit" | "status" | "discard" | "waitfor" | "throw" | "raiserror" => {
            // In some dialects another statement follows without a semicolon.
            return rest(tokens, engine, found, Deed::Reads, depth);
        }
        "pragma" if has_symbol(tokens, '=') || second == "writable_schema" => Deed::Sets,
        "pragma" => pragma(second),
        "set" => set(tokens),
        "reset" => reset(second),
        "insert" | "upsert" => return insert(tokens, engine, found, depth),
        "replace" => return insert(tokens, engine, found, depth),
        "delete" => {
            found.deeds.push(if bounded(tokens, engine) { Deed::Deletes } else { Deed::DeletesAll });
            return embedded(&tokens[1..], engine, found);
        }
        "update" => {
            found.deeds.push(if bounded(tokens, engine) { Deed::Updates } else { Deed::UpdatesAll });
            return embedded(&tokens[1..], engine, found);
        }
        "merge" if has("delete") => Deed::Deletes,
        "merge" => Deed::Updates,
        "drop" => drop(tokens),
        "truncate" => Deed::Truncates,
        "alter" => alter(tokens),
        "grant" => grant(tokens),
        "revoke" | "deny" => Deed::Rights,
        "create" => return create(tokens, found),
        "rename" | "exchange" | "undrop" | "comment" | "security" | "reassign" | "import" | "attach" | "detach"
        | "install" | "optimize" | "cache" | "uncache" | "refresh" | "notify" | "label" => match first.word() {
            "attach" | "detach" | "install" => Deed::Sets,
            _ => Deed::Changes,
        },
        "vacuum" | "reindex" | "cluster" | "repair" | "msck" | "lock" | "unlock" => Deed::Maintains,
        "copy" | "unload" | "export" | "put" | "remove" | "rm" | "bulk" | "load" | "backup" => copy(tokens, found),
        "restore" | "flashback" => Deed::Restores,
        "call" | "do" | "exec" | "execute" | "prepare" | "handler" | "if" | "while" | "loop" | "for" | "case"
        | "repeat" => {
            run(tokens, found);
            return rest(tokens, engine, found, Deed::RunsCode, depth);
        }
        "kill" => Deed::Kills,
        "shutdown" | "purge" => Deed::Stops,
        "flush" | "install_plugin" | "change" | "stop" | "system" | "uninstall" | "reconfigure" | "dbcc" => {
            Deed::SetsServer
        }
        word if word.starts_with("xp_") => Deed::RunsProgram,
        word if word.starts_with("sp_") => {
            run(tokens, found);
            Deed::RunsCode
        }
        _ => Deed::Unknown,
    };
    rest(tokens, engine, found, deed, depth);
}

/// A statement with nothing of its own to look for but what may stand inside or behind it.
fn rest(tokens: &[Token], engine: Engine, found: &mut Found, deed: Deed, _depth: u32) {
    found.deeds.push(deed);
    embedded(&tokens[1..], engine, found);
}

fn has_symbol(tokens: &[Token], symbol: char) -> bool {
    tokens.iter().any(|token| token.is(symbol))
}

/// `select`, `with …`
fn query(tokens: &[Token], engine: Engine, found: &mut Found) {
    let has = |word: &str| tokens.iter().any(|token| token.word() == word);
    found.deeds.push(Deed::Reads);
    if has("into") {
        let to_file = has("outfile") || has("dumpfile");
        let inserts = has("insert") || has("merge");
        found.deeds.push(match (to_file, inserts) {
            (true, _) => Deed::WritesHost,
            (false, true) => Deed::Inserts,
            (false, false) => Deed::Creates,
        });
    }
    if has("pg_shadow")
        || has("pg_authid")
        || has("authentication_string")
        || has("sql_logins")
        || has("mysql") && has("user") && tokens.iter().any(|token| token.is('*'))
    {
        found.deeds.push(Deed::ReadsSecrets);
    }
    functions(tokens, found);
    embedded(&tokens[1..], engine, found);
}

/// Calls of functions that do more than compute. One that is not known counts only where the parser cannot tell (there).
fn functions(tokens: &[Token], found: &mut Found) {
    for two in tokens.windows(2) {
        let (Kind::Word(name) | Kind::Name(name)) = &two[0].kind else { continue };
        if let Some(deed) = function(name).filter(|deed| *deed != Deed::CallsUnknown && two[1].is('(')) {
            // A column or a relation may be called `reset`, `url` or `http`; a call is followed by its arguments.
            found.deeds.push(deed);
        }
        if matches!(name.as_str(), "xp_cmdshell") {
            found.deeds.push(Deed::RunsProgram);
        }
    }
}

/// Names that are called and not known, for where no parser has read the statement.
pub(super) fn unknown_calls(tokens: &[Token]) -> bool {
    const GRAMMAR: &[&str] = &[
        "as",
        "from",
        "join",
        "where",
        "on",
        "using",
        "over",
        "filter",
        "group",
        "by",
        "distinct",
        "union",
        "except",
        "intersect",
        "select",
        "when",
        "then",
        "else",
        "is",
        "with",
        "recursive",
        "within",
        "lateral",
        "limit",
        "partition",
        "order",
        "having",
        "between",
        "escape",
        "interval",
        "into",
        "materialized",
        "only",
        "apply",
        "window",
        "explain",
        "analyze",
        "unpivot",
        "pivot",
        "tablesample",
        "bernoulli",
        "at",
        "zone",
        "offset",
        "returning",
        "table",
        "index",
    ];
    tokens.windows(2).any(|two| {
        two[1].is('(')
            && matches!(&two[0].kind, Kind::Word(name)
                if !GRAMMAR.contains(&name.as_str()) && function(name).is_some())
    })
}

/// Statements that stand inside of others: in a CTE, a block, behind `then`, or without a semicolon before them.
fn embedded(tokens: &[Token], engine: Engine, found: &mut Found) {
    for at in 0..tokens.len() {
        let next = |ahead: usize| tokens.get(at + ahead).map(Token::word).unwrap_or("");
        let before = at.checked_sub(1).map(|at| &tokens[at]);
        // `on delete cascade`, `for update`, `after insert on`, a column that is called so.
        if before.is_some_and(|before| {
            before.is('.') || before.is(',') || matches!(before.word(), "on" | "for" | "after" | "before" | "or" | "of")
        }) {
            continue;
        }
        let tail = &tokens[at..];
        let deed = match (tokens[at].word(), next(1)) {
            (
                "drop",
                "table" | "database" | "schema" | "keyspace" | "user" | "role" | "view" | "index" | "column" | "login"
                | "function" | "procedure" | "trigger",
            ) => drop(tail),
            ("truncate", "table") => Deed::Truncates,
            ("delete", "from") | ("delete", "top") => match bounded(tail, engine) {
                true => Deed::Deletes,
                false => Deed::DeletesAll,
            },
            ("update", _) if tail.iter().take(12).any(|token| token.word() == "set") => match bounded(tail, engine) {
                true => Deed::Updates,
                false => Deed::UpdatesAll,
            },
            ("insert" | "merge" | "replace", "into") => Deed::Inserts,
            ("alter", "table" | "user" | "role" | "database" | "system" | "login" | "server") => alter(tail),
            ("create", "user" | "role" | "login") => Deed::Rights,
            ("grant" | "revoke", _) if tail.iter().take(40).any(|token| matches!(token.word(), "to" | "from")) => {
                grant(tail)
            }
            ("exec" | "execute", _) => {
                run(tail, found);
                Deed::RunsCode
            }
            ("xp_cmdshell", _) => Deed::RunsProgram,
            ("shutdown", "" | "with") if engine == Engine::TSql => Deed::Stops,
            _ => continue,
        };
        found.deeds.push(deed);
    }
}

/// `explain` only plans; with `analyze` it runs what it explains.
fn explain(tokens: &[Token], engine: Engine, found: &mut Found, depth: u32) {
    let begin = tokens.iter().enumerate().skip(1).position(|(at, token)| {
        matches!(
            token.word(),
            "select"
                | "with"
                | "insert"
                | "update"
                | "delete"
                | "merge"
                | "replace"
                | "create"
                | "values"
                | "execute"
                | "drop"
                | "truncate"
                | "alter"
                | "call"
        ) && !tokens[at - 1].is('.')
    });
    found.deeds.push(Deed::Reads);
    let Some(begin) = begin.map(|begin| begin + 1) else { return };
    let runs = tokens[..begin].iter().enumerate().any(|(at, token)| {
        matches!(token.word(), "analyze" | "analyse" | "execute")
            && !tokens.get(at + 1).is_some_and(|next| matches!(next.word(), "false" | "off"))
    });
    if runs {
        statement(&tokens[begin..], engine, found, depth + 1);
    }
}

fn pragma(name: &str) -> Deed {
    match name {
        "optimize" | "wal_checkpoint" | "incremental_vacuum" | "shrink_memory" => Deed::Maintains,
        _ => Deed::Reads,
    }
}

/// `set`: of the session's own ways, or of the server's.
fn set(tokens: &[Token]) -> Deed {
    let words: Vec<&str> = tokens.iter().map(Token::word).collect();
    let variable = tokens.get(1).is_some_and(|token| token.is('@'));
    let name = words.iter().skip(1).find(|word| !matches!(**word, "session" | "local" | "")).copied().unwrap_or("");
    if matches!(name, "global" | "persist" | "persist_only" | "password" | "cluster")
        || words.contains(&"global") && variable
    {
        return Deed::SetsServer;
    }
    let harmless = [
        "statement_timeout",
        "lock_timeout",
        "search_path",
        "time",
        "timezone",
        "time_zone",
        "names",
        "client_encoding",
        "work_mem",
        "transaction",
        "nocount",
        "character",
        "client_min_messages",
        "datestyle",
        "extra_float_digits",
        "idle_in_transaction_session_timeout",
        "max_execution_time",
        "quoted_identifier",
        "ansi_nulls",
        "rowcount",
        "statistics",
        "showplan_all",
        "showplan_text",
        "application_name",
        "intervalstyle",
        "bytea_output",
        "linesize",
        "pagesize",
        "heading",
        "feedback",
        "serveroutput",
        "jit",
        "random_page_cost",
        "default_transaction_read_only",
        "threads",
        "memory_limit",
        "enable_progress_bar",
        "max_parallel_workers_per_gather",
        "schema",
        "characteristics",
        "group_concat_max_len",
        "sql_mode",
        "profiling",
        "max_memory_usage",
        "catalog",
    ];
    if variable && tokens.get(2).is_some_and(|token| !token.is('@'))
        || harmless.contains(&name)
        || name.starts_with("enable_")
    {
        Deed::Reads
    } else {
        Deed::Sets
    }
}

fn reset(second: &str) -> Deed {
    match second {
        "master" | "slave" | "replica" | "binary" | "persist" => Deed::Stops,
        "query" => Deed::SetsServer,
        _ => Deed::Sets,
    }
}

fn insert(tokens: &[Token], engine: Engine, found: &mut Found, _depth: u32) {
    found.deeds.push(if tokens.get(1).is_some_and(|token| token.word() == "overwrite") {
        Deed::Truncates
    } else {
        Deed::Inserts
    });
    functions(tokens, found);
    embedded(&tokens[1..], engine, found);
}

/// Whether a statement's own condition leaves any row out.
fn bounded(tokens: &[Token], engine: Engine) -> bool {
    let mut depth = 0i32;
    let mut condition = None;
    let mut end = tokens.len();
    for (at, token) in tokens.iter().enumerate() {
        depth += i32::from(token.is('(')) - i32::from(token.is(')'));
        if depth < 0 || token.is(';') {
            end = at;
            break;
        }
        if depth > 0 {
            continue;
        }
        match token.word() {
            "where" if condition.is_none() => condition = Some(at + 1),
            "returning" | "limit" | "order" | "settings" | "if" if condition.is_some() => {
                end = at;
                break;
            }
            "delete" | "update" | "insert" | "drop" | "select" if at > 0 && engine == Engine::TSql => {
                end = at;
                break;
            }
            _ => {}
        }
    }
    match condition {
        Some(from) => from < end && !always(&tokens[from..end]),
        // MySQL's `limit` alone still takes some row or other.
        None => false,
    }
}

fn drop(tokens: &[Token]) -> Deed {
    let words: Vec<&str> = tokens.iter().map(Token::word).collect();
    let mut kind = words.iter().skip(1).find(|word| {
        !matches!(
            **word,
            "if" | "exists" | "temporary" | "temp" | "external" | "foreign" | "materialized" | "force" | ""
        )
    });
    if words.get(1) == Some(&"owned") {
        kind = Some(&"database");
    }
    match kind.copied().unwrap_or("") {
        "table" | "database" | "schema" | "keyspace" | "tablespace" | "dataset" | "bucket" | "measurement"
        | "series" | "shard" | "retention" | "warehouse" | "collection" | "catalog" | "namespace" | "stage"
        | "share" | "subscription" | "publication" | "dictionary" | "snapshot" => {
            // A temporary table is the session's own.
            if words.get(1).is_some_and(|word| matches!(*word, "temporary" | "temp")) {
                Deed::Changes
            } else {
                Deed::Drops
            }
        }
        "column" => Deed::DropsColumn,
        "user" | "role" | "login" | "group" => Deed::DropsAccount,
        _ if words.contains(&"cascade") => Deed::Drops,
        _ => Deed::DropsPart,
    }
}

fn alter(tokens: &[Token]) -> Deed {
    let has = |word: &str| tokens.iter().any(|token| token.word() == word);
    match tokens.get(1).map(Token::word).unwrap_or("") {
        "user" | "role" | "login" | "group" => {
            match has("superuser") || has("sysadmin") || has("bypassrls") || has("admin") {
                true => Deed::AllRights,
                false => Deed::Rights,
            }
        }
        "server" if has("add") => Deed::AllRights,
        "system" | "server" | "instance" | "account" => Deed::SetsServer,
        "session" => Deed::Sets,
        "default" => Deed::Rights,
        "database" if has("offline") || has("single_user") || has("emergency") => Deed::Stops,
        "database" if has("set") || has("owner") => Deed::SetsServer,
        _ if has("drop") || has("truncate") || has("delete") => alter_drops(tokens),
        _ if has("disable") || has("owner") => Deed::Rights,
        _ => Deed::Changes,
    }
}

/// `alter … drop`: of a default or a constraint nothing but a rule goes, else data does.
fn alter_drops(tokens: &[Token]) -> Deed {
    let after = |at: usize| tokens.get(at + 1).map(Token::word).unwrap_or("");
    let drops = tokens.iter().enumerate().filter(|(_, token)| matches!(token.word(), "drop" | "truncate" | "delete"));
    let mut deed = Deed::DropsPart;
    for (at, _) in drops {
        if !matches!(
            after(at),
            "default"
                | "constraint"
                | "index"
                | "not"
                | "key"
                | "foreign"
                | "primary"
                | "check"
                | "expression"
                | "identity"
        ) {
            deed = Deed::DropsColumn;
        }
    }
    deed
}

fn grant(tokens: &[Token]) -> Deed {
    let has = |word: &str| tokens.iter().any(|token| token.word() == word);
    let everywhere = tokens.windows(3).any(|three| three[0].is('*') && three[1].is('.') && three[2].is('*'));
    let public = tokens.windows(2).any(|two| two[0].word() == "to" && two[1].word() == "public");
    let whole = has("all")
        || has("super")
        || has("superuser")
        || has("dba")
        || has("sysadmin")
        || has("control")
        || has("file")
        || has("pg_execute_server_program")
        || has("pg_write_server_files")
        || has("rds_superuser")
        || has("accountadmin")
        || has("option");
    let powers = tokens.first().is_some_and(|token| token.word() == "grant")
        && (whole || everywhere || public && !has("select"));
    if powers { Deed::AllRights } else { Deed::Rights }
}

fn create(tokens: &[Token], found: &mut Found) {
    let words: Vec<&str> = tokens.iter().map(Token::word).collect();
    let has = |word: &str| words.contains(&word);
    let kind = words
        .iter()
        .skip(1)
        .find(|word| !matches!(**word, "or" | "replace" | "temp" | "temporary" | "unlogged" | "global" | "local" | ""))
        .copied()
        .unwrap_or("");
    found.deeds.push(match kind {
        "user" | "role" | "login" | "group" if has("superuser") || has("sysadmin") => Deed::AllRights,
        "user" | "role" | "login" | "group" => Deed::Rights,
        "function" | "procedure" | "trigger" | "event" | "rule" | "language" | "assembly" | "extension" | "library"
        | "server" | "subscription" | "job" | "aggregate" | "definer" | "alias" | "package" => {
            // What it will run is worth a look even though it does not run yet.
            found.inner.extend(long_literals(tokens));
            let outside = tokens.iter().any(|token| {
                matches!(&token.kind, Kind::Literal(text) if text.contains(".so") || text == "system" || text == "sys_exec")
            }) || ["plpythonu", "plpython3u", "plperlu", "plsh", "c", "java"].iter().any(|language| has(language));
            if outside { Deed::RunsProgram } else { Deed::RunsCode }
        }
        "table" if tokens.get(1).is_some_and(|token| token.word() == "or") => Deed::Drops,
        _ => Deed::Creates,
    });
    functions(tokens, found);
}

fn copy(tokens: &[Token], found: &mut Found) -> Deed {
    let at = |word: &str| tokens.iter().position(|token| token.word() == word);
    if at("program").is_some_and(|at| at > 0 && matches!(tokens[at - 1].word(), "from" | "to")) {
        return Deed::RunsProgram;
    }
    if let Some(to) = at("to")
        && matches!(tokens.get(to + 1).map(|token| &token.kind), Some(Kind::Literal(_)))
    {
        return Deed::WritesHost;
    }
    if tokens.get(at("to").unwrap_or(usize::MAX).wrapping_add(1)).is_some_and(|token| token.word() == "stdout") {
        return Deed::Reads;
    }
    functions(tokens, found);
    match tokens[0].word() {
        "remove" | "rm" => Deed::Deletes,
        _ => Deed::Copies,
    }
}

/// Texts that a procedure is given to run.
fn run(tokens: &[Token], found: &mut Found) {
    let shell = tokens.iter().any(|token| {
        let (Kind::Word(name) | Kind::Name(name)) = &token.kind else { return false };
        matches!(
            name.as_str(),
            "xp_cmdshell"
                | "sp_oacreate"
                | "sp_oamethod"
                | "xp_regwrite"
                | "dbms_scheduler"
                | "sp_execute_external_script"
                | "sp_add_jobstep"
        )
    });
    if shell {
        found.deeds.push(Deed::RunsProgram);
    }
    if tokens.iter().any(|token| token.word() == "sp_configure") {
        found.deeds.push(Deed::SetsServer);
    }
    if tokens.iter().any(|token| matches!(token.word(), "sp_addsrvrolemember" | "sp_addrolemember")) {
        found.deeds.push(Deed::AllRights);
    }
    found.inner.extend(long_literals(tokens));
}

/// Literals that can be statements: with a blank in them.
fn long_literals(tokens: &[Token]) -> Vec<String> {
    let text = |token: &Token| match &token.kind {
        Kind::Literal(text) if text.trim().contains(char::is_whitespace) => Some(text.clone()),
        _ => None,
    };
    tokens.iter().filter_map(text).take(16).collect()
}
