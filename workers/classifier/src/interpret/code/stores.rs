//! Stores without SQL, MongoDB and Redis: what a command does to what they hold.

use super::super::Machine;
use palisade_language::words::{Origin, Value};
use palisade_protocol::verdict::Class;

const MONGO_VALUED: &[&str] = &[
    "--eval",
    "--host",
    "--port",
    "-u",
    "--username",
    "-p",
    "--password",
    "--authenticationDatabase",
    "--authenticationMechanism",
    "--tlsCAFile",
    "--apiVersion",
];
const MONGO_PLAIN: &[&str] = &["--quiet", "--norc", "--json", "--tls", "--ssl", "--nodb", "--version", "--help"];

/// Methods that change what MongoDB holds or how it runs, and names by which code is run or loaded in its shell.
const CHANGES: &[&str] = &[
    "delete",
    "deleteOne",
    "deleteMany",
    "findOneAndDelete",
    "findOneAndUpdate",
    "findOneAndReplace",
    "findAndModify",
    "remove",
    "insert",
    "insertOne",
    "insertMany",
    "update",
    "updateOne",
    "updateMany",
    "replaceOne",
    "bulkWrite",
    "initializeOrderedBulkOp",
    "initializeUnorderedBulkOp",
    "save",
    "drop",
    "dropIndex",
    "dropIndexes",
    "dropDatabase",
    "hideIndex",
    "unhideIndex",
    "createIndex",
    "createIndexes",
    "ensureIndex",
    "createCollection",
    "createView",
    "createSearchIndex",
    "updateSearchIndex",
    "dropSearchIndex",
    "createUser",
    "createRole",
    "updateUser",
    "updateRole",
    "grantRoles",
    "grantRolesToUser",
    "grantPrivilegesToRole",
    "revokeRoles",
    "revokeRolesFromUser",
    "revokePrivilegesFromRole",
    "changeUserPassword",
    "renameCollection",
    "copyTo",
    "copyDatabase",
    "cloneCollection",
    "mapReduce",
    "runCommand",
    "adminCommand",
    "_adminCommand",
    "eval",
    "load",
    "require",
    "process",
    "import",
    "Function",
    "constructor",
    "globalThis",
    "fetch",
    "fs",
    "child_process",
    "exec",
    "spawn",
    "fsyncLock",
    "fsyncUnlock",
    "killOp",
    "killSession",
    "compact",
    "convertToCapped",
    "reIndex",
    "shardCollection",
    "enableSharding",
    "moveChunk",
    "movePrimary",
    "splitAt",
    "splitFind",
    "addShard",
    "removeShard",
    "addShardTag",
    "removeShardTag",
    "initiate",
    "reconfig",
    "stepDown",
    "freeze",
    "syncFrom",
    "setProfilingLevel",
    "setLogLevel",
    "setFeatureCompatibilityVersion",
    "disableBalancer",
    "enableBalancer",
    "stopBalancer",
    "startBalancer",
    "setBalancerState",
    "logout",
    "auth",
    "watch",
    "addArb",
    "rotateCertificates",
    "shutdownServer",
    "cloneDatabase",
    "Mongo",
    "connect",
    "run",
    "cat",
    "removeFile",
    "writeFile",
    "mkdir",
    "edit",
    "snippet",
    "disableTelemetry",
    "setSecondaryOk",
    "setSlaveOk",
    "setWriteConcern",
];

/// Parts of a statement that write or run code wherever they stand, in quotes or not.
const ANYWHERE: &[&str] = &["$out", "$merge", "$function", "$accumulator", "$where"];

/// Whether a text for MongoDB's shell may change something. What stands in quotes is data; a method that is named by an
/// expression, or by a name that is written with escapes, may be any.
fn changes(compact: &str) -> bool {
    // Where a pattern or a comment may hold a quote, nobody here knows what is quoted.
    let bare = if compact.contains('/') { compact.to_owned() } else { unquoted(compact) };
    if ANYWHERE.iter().any(|word| compact.contains(word)) || bare.contains(['`', '\\']) {
        return true;
    }
    let known = bare.replace("db[\"\"]", "db").replace("db['']", "db");
    let computed = known.match_indices('[').any(|(at, _)| {
        known[..at].ends_with(|before: char| {
            before.is_alphanumeric() || matches!(before, '_' | '$' | ']' | ')' | '?' | '.' | '"' | '\'')
        })
    });
    computed
        || bare
            .split(|letter: char| !letter.is_alphanumeric() && letter != '_' && letter != '$')
            .any(|word| CHANGES.contains(&word))
}

/// The text without what stands in its quotes.
fn unquoted(text: &str) -> String {
    let mut out = String::new();
    let mut quote = None;
    let mut escaped = false;
    for letter in text.chars() {
        match quote {
            Some(_) if std::mem::take(&mut escaped) => {}
            Some(_) if letter == '\\' => escaped = true,
            Some(end) if letter == end => {
                quote = None;
                out.push(letter);
            }
            Some(_) => {}
            None => {
                if matches!(letter, '\'' | '"') {
                    quote = Some(letter);
                }
                out.push(letter);
            }
        }
    }
    out
}

impl Machine<'_> {
    pub(super) fn mongo(&mut self, args: &[Value], input: &Option<Value>) -> Value {
        let mut behind = 0;
        for (at, arg) in args.iter().enumerate() {
            let text = arg.known().unwrap_or_else(|| arg.prefix().to_owned());
            let option = text.split('=').next().unwrap_or("");
            if at < behind {
                continue;
            }
            if MONGO_VALUED.contains(&option) {
                behind = at + 1 + usize::from(option.len() == text.len());
            } else if text.starts_with('-') && !MONGO_PLAIN.contains(&option) {
                self.unlisted("mongosh", &text);
            } else if text.ends_with("js") && !text.starts_with("mongodb") {
                self.note(Class::Ambiguous, "program.unread", format!("runs {text}, which was not read"));
            }
        }
        let at = args.iter().position(|arg| arg.prefix().starts_with("--eval"));
        let code = match at {
            Some(at) if args[at].known().as_deref() == Some("--eval") => args.get(at + 1).cloned(),
            Some(at) => Some(crate::knowledge::tail(&args[at], 7)),
            None => input.clone(),
        };
        let Some(code) = code else {
            self.note(Class::Ambiguous, "db.interactive", "opens a database session");
            return Value::unknown(Origin::Output);
        };
        let text = code.display();
        let compact: String = text.chars().filter(|character| !character.is_whitespace()).collect();
        let any = |words: &[&str]| words.iter().any(|word| compact.contains(word));
        if any(&[
            "dropDatabase",
            ".drop(",
            "deleteMany({})",
            "remove({})",
            "deleteMany()",
            "dropUser",
            "dropAllUsers",
            "shutdownServer",
            "dropIndexes",
            "dropRole",
            "dropAllRoles",
            "updateMany({},",
            "remove()",
            "deleteMany({_id:{$exists",
            "deleteMany({_id:{$ne:null",
            "deleteMany({$where",
            "shutdown:1",
            "\"shutdown\"",
            "replSetReconfig",
            "dropConnections",
        ]) {
            self.note(Class::Catastrophic, "db.drop", "drops data for good");
        } else if any(&[
            "createUser",
            "updateUser",
            "createRole",
            "updateRole",
            "grantRoles",
            "grantPrivileges",
            "changeUserPassword",
        ]) {
            self.note(Class::Catastrophic, "auth.account", "changes who may do what with a database");
        } else if changes(&compact) {
            self.note(Class::Destructive, "db.change", "changes a database");
        } else if code.known().is_none()
            || !any(&[
                "find",
                "aggregate",
                "count",
                "show",
                "stats",
                "getCollection",
                "listDatabases",
                "distinct",
                "print",
                "help",
                "version",
                "getMongo",
                "serverStatus",
                "ping",
                "hello",
                "explain",
                "aggregate",
                "rs.status",
                "rs.conf",
                "rs.print",
                "sh.status",
                "isMaster",
                "currentOp",
                "hostInfo",
                "getIndexes",
                "getUsers",
                "getRoles",
                "dataSize",
                "totalSize",
                "connectionStatus",
                "buildInfo",
            ])
        {
            self.note(Class::Ambiguous, "db.unknown", "runs a statement that is not known");
        }
        Value::unknown(Origin::Output)
    }

    pub(super) fn redis(&mut self, args: &[Value], input: &Option<Value>) -> Value {
        let mut words: Vec<String> = Vec::new();
        let mut looks = false;
        let mut at = 0;
        while let Some(arg) = args.get(at) {
            let text = arg.display();
            at += 1;
            match text.as_str() {
                _ if !words.is_empty() => words.push(text),
                "-h" | "-p" | "-a" | "-n" | "-u" | "-s" | "--user" | "--pass" | "-r" | "-i" | "-t" | "-d" | "-D"
                | "--sni" | "--cacert" | "--cacertdir" | "--cert" | "--key" | "--client-name" | "--tls-ciphers"
                | "--pattern" | "--count" => at += 1,
                "--tls" | "--insecure" | "--raw" | "--no-raw" | "--csv" | "--json" | "--no-auth-warning" | "-c"
                | "-2" | "-3" | "-4" | "-6" | "-e" => {}
                "--rdb" => {
                    if let Some(file) = args.get(at).filter(|file| file.known().as_deref() != Some("-")) {
                        let place = self.place(file);
                        self.write_effect(&place, false, false);
                        self.remember(&place, Value::unknown(Origin::Whole), false);
                    }
                    return Value::unknown(Origin::Whole);
                }
                "--cluster"
                    if args.iter().any(|arg| {
                        matches!(
                            arg.known().as_deref(),
                            Some("RESET" | "reset" | "del-node" | "FLUSHALL" | "flushall" | "FAILOVER")
                        )
                    }) =>
                {
                    self.note(Class::Catastrophic, "db.drop", "empties or takes apart a cluster of databases");
                }
                "--scan"
                | "--bigkeys"
                | "--memkeys"
                | "--hotkeys"
                | "--stat"
                | "--latency"
                | "--latency-history"
                | "--latency-dist"
                | "--intrinsic-latency"
                | "--version"
                | "--help" => {
                    looks = true;
                }
                _ if text.starts_with('-') => self.unlisted("redis-cli", &text),
                _ => words.push(text),
            }
        }
        if words.is_empty() && looks {
            return Value::unknown(Origin::Output);
        }
        if words.is_empty() {
            match input.as_ref().and_then(Value::known) {
                Some(text) => {
                    for line in text.lines().filter(|line| !line.trim().is_empty()) {
                        self.redis_words(line.split_whitespace().map(str::to_owned).collect());
                    }
                    return Value::unknown(Origin::Output);
                }
                None => {
                    self.note(Class::Ambiguous, "db.interactive", "opens a database session");
                    return Value::unknown(Origin::Output);
                }
            }
        }
        self.redis_words(words);
        Value::unknown(Origin::Output)
    }

    fn redis_words(&mut self, words: Vec<String>) {
        let verb = words.first().map(|word| word.to_ascii_uppercase()).unwrap_or_default();
        let second = words.get(1).map(|word| word.to_ascii_uppercase()).unwrap_or_default();
        // What deletes without saying which key gets the keys from elsewhere: perhaps all of them.
        let unnamed = words.len() < 2 || words[1..].iter().any(|word| word.contains('…') || word == "*");
        let script = words[1..].join(" ").to_ascii_lowercase();
        let script: String = script.chars().filter(|letter| !"'\". ".contains(*letter)).chain(script.chars()).collect();
        match (verb.as_str(), second.as_str()) {
            ("DEL" | "UNLINK", _) if unnamed => {
                self.note(
                    Class::Catastrophic,
                    "db.drop",
                    "deletes keys of a database that are not named before it runs",
                );
            }
            ("EVAL" | "FUNCTION", _)
                if ["flushall", "flushdb", "'del'", "\"del\"", "unlink", "shutdown", "keys"]
                    .iter()
                    .any(|word| script.contains(word)) =>
            {
                self.note(Class::Catastrophic, "db.drop", "runs a script that deletes what a database holds");
            }
            ("CONFIG", "SET")
                if ["dir", "dbfilename", "requirepass", "rename-command", "appendonly", "save"]
                    .iter()
                    .any(|key| words.get(2).is_some_and(|word| word.eq_ignore_ascii_case(key))) =>
            {
                self.note(
                    Class::Catastrophic,
                    "db.setting",
                    "changes where a database keeps its data or who may use it",
                );
            }
            ("ACL", "LIST" | "WHOAMI" | "CAT" | "USERS" | "LOG" | "GETUSER")
            | ("SCRIPT", "EXISTS")
            | ("CLUSTER", "INFO" | "NODES" | "SLOTS" | "SHARDS" | "MYID" | "KEYSLOT" | "COUNTKEYSINSLOT" | "LINKS")
            | ("FUNCTION", "LIST" | "STATS") => {}
            (
                "FLUSHALL" | "FLUSHDB" | "SHUTDOWN" | "SWAPDB" | "REPLICAOF" | "SLAVEOF" | "FAILOVER" | "MODULE"
                | "DEBUG",
                _,
            ) => self.note(Class::Catastrophic, "db.drop", "empties or stops a database"),
            ("CLIENT", "KILL" | "PAUSE" | "REPLY" | "NO-EVICT")
            | ("CONFIG", "SET" | "REWRITE" | "RESETSTAT")
            | ("SLOWLOG" | "LATENCY", "RESET")
            | ("ACL", _)
            | ("SCRIPT", _)
            | ("CLUSTER", _)
            | ("EVAL" | "EVALSHA" | "FUNCTION", _) => {
                self.note(Class::Destructive, "db.change", "changes a database's settings or runs code in it")
            }
            (
                "DEL" | "UNLINK" | "EXPIRE" | "RENAME" | "SET" | "HDEL" | "HSET" | "LPUSH" | "RPUSH" | "SADD" | "SREM"
                | "ZADD" | "ZREM" | "RESTORE" | "MIGRATE" | "PUBLISH" | "XADD" | "INCR" | "DECR" | "GETDEL" | "MSET",
                _,
            ) => {
                self.note(Class::Destructive, "db.change", "changes a database");
            }
            (
                "GET" | "MGET" | "KEYS" | "SCAN" | "INFO" | "PING" | "DBSIZE" | "TTL" | "TYPE" | "EXISTS" | "HGET"
                | "HGETALL" | "LRANGE" | "SMEMBERS" | "ZRANGE" | "LLEN" | "STRLEN" | "OBJECT" | "MEMORY" | "SLOWLOG"
                | "CLIENT" | "TIME" | "ECHO" | "XRANGE" | "XLEN" | "CONFIG" | "LATENCY" | "ROLE" | "COMMAND"
                | "MONITOR" | "HKEYS" | "SCARD" | "ZCARD" | "XINFO" | "ZSCORE" | "HSCAN" | "SSCAN" | "ZSCAN"
                | "GETRANGE" | "HLEN" | "HMGET" | "HVALS" | "HEXISTS" | "SISMEMBER" | "ZRANGEBYSCORE" | "ZREVRANGE"
                | "ZRANK" | "LINDEX" | "PTTL" | "RANDOMKEY" | "DUMP" | "SELECT" | "LASTSAVE" | "PUBSUB" | "BITCOUNT"
                | "GEOPOS" | "GEODIST" | "ZCOUNT" | "LPOS" | "XREAD" | "XPENDING" | "HELLO" | "AUTH" | "QUIT" | "TOUCH"
                | "WAIT" | "EXPIRETIME" | "SRANDMEMBER" | "SINTER" | "SUNION" | "SDIFF" | "MODULE_LIST",
                _,
            ) => {}
            _ => self.note(Class::Ambiguous, "db.unknown", "runs a command of the database that is not known"),
        }
    }
}
