//! What leaves the host: secrets, and copies of all that a project or a database holds, that flow into a program that sends.
//!
//! Who exfiltrates does not read a file and send it in one word: a tool prints a token, a pipe encodes it, another program takes
//! it along. What a value is travels with it, and here is where it ends.

use super::Machine;
use crate::findings::Finding;
use palisade_language::words::{Origin, Value};
use palisade_protocol::verdict::{Class, Operation};

/// Programs that send what comes in to whoever is named.
const SEND_INPUT: &[&str] = &[
    "nc",
    "ncat",
    "netcat",
    "socat",
    "telnet",
    "mail",
    "mailx",
    "mutt",
    "neomutt",
    "s-nail",
    "sendmail",
    "msmtp",
    "swaks",
    "mailsend",
    "pastebinit",
    "wgetpaste",
    "croc",
    "wormhole",
    "magic-wormhole",
    "ffsend",
    "http",
    "https",
    "xh",
    "xhs",
    "curlie",
    "websocat",
    "wscat",
    "mosquitto_pub",
    "kcat",
    "kafkacat",
    "slackcat",
    "telegram-send",
    "ntfy",
    "ipfs",
    "ftp",
    "lftp",
    "tftp",
    "ncftpput",
    "smbclient",
    "gcat",
    "s_client",
    "transfer",
    "qrcp",
    "onionshare-cli",
    "nats",
    "amqp-publish",
    "irc",
    "sic",
    "ii",
    "notify",
    "apprise",
    "pb",
    "termbin",
    "haste",
];

/// Programs that send what comes in where a word of theirs says so.
const SEND_BY_WORD: &[(&str, &[&str])] = &[
    ("openssl", &["s_client"]),
    ("gh", &["gist"]),
    ("glab", &["snippet"]),
    ("aws", &["s3", "sns", "sqs"]),
    ("gsutil", &["cp"]),
    ("gcloud", &["pubsub", "storage"]),
    ("rclone", &["rcat"]),
    ("mc", &["pipe"]),
    ("b2", &["upload-unbound-stream"]),
    ("busybox", &["nc", "sendmail", "ftpput", "telnet"]),
];

/// Programs that write a copy of everything there is.
const COPIES: &[&str] = &[
    "pg_dump",
    "pg_dumpall",
    "pg_basebackup",
    "mysqldump",
    "mariadb-dump",
    "mariadb-backup",
    "mydumper",
    "mongodump",
    "mongoexport",
    "slapcat",
    "ldapsearch",
    "influxd",
    "exp",
    "expdp",
];

/// Commands that print what opens something, and are used every day to hand it to the program behind a bar.
const PRINT_SECRETS: &[(&str, &[&str])] = &[
    (
        "aws",
        &[
            "get-login-password",
            "get-token",
            "get-authorization-token",
            "generate-db-auth-token",
            "get-parameter",
            "get-parameters",
        ],
    ),
    ("az", &["get-access-token"]),
    ("heroku", &["config", "config:get"]),
    ("terraform", &["pull"]),
    ("tofu", &["pull"]),
    ("rails", &["credentials:show"]),
    ("ansible-vault", &["view", "decrypt"]),
    ("nmcli", &["--show-secrets"]),
    ("getent", &["shadow", "gshadow"]),
    ("wg", &["showconf", "genkey"]),
    ("vercel", &["pull"]),
    ("npm", &["token"]),
    ("pulumi", &["--show-secrets"]),
];

/// Words by which a command proves who asks, or keeps a secret in a store: there it belongs.
const KEEPS: &[&str] = &[
    "login",
    "auth",
    "secret",
    "secrets",
    "create-secret",
    "put-secret-value",
    "put-parameter",
    "set-secret",
    "registry",
    "variable",
    "configure",
];

impl Machine<'_> {
    /// What comes in goes out to another host.
    pub(super) fn leaves(&mut self, name: &str, args: &[Value], input: &Option<Value>) {
        let Some(origin) = input.as_ref().and_then(Value::origin).filter(|origin| *origin >= Origin::Whole) else {
            return;
        };
        let words = || args.iter().filter_map(Value::known);
        let by_word = SEND_BY_WORD
            .iter()
            .any(|(program, verbs)| *program == name && words().any(|word| verbs.contains(&word.as_str())));
        if !(by_word || SEND_INPUT.contains(&name)) || keeps(args) {
            return;
        }
        let local = words().any(|word| word.len() > 4 && super::web::is_local(&word));
        let own_store = by_word && origin == Origin::Whole;
        if !(local || own_store) {
            self.carried_out(Some(origin));
        }
    }

    /// Something of this origin is sent to another host.
    pub(super) fn carried_out(&mut self, origin: Option<Origin>) {
        let (rule, says) = match origin {
            Some(Origin::Secret) => ("secret.exfiltration", "sends secrets to another host"),
            Some(Origin::Whole) => {
                ("secret.whole", "sends a copy of all that a project, a database or a host holds to another host")
            }
            _ => return,
        };
        self.find(Finding::new(Class::Catastrophic, rule, says).does(Operation::Network));
    }
}

/// Whether a command line logs in or stores what it is given.
pub(super) fn keeps(args: &[Value]) -> bool {
    args.iter().filter_map(Value::known).any(|word| {
        KEEPS.contains(&word.as_str())
            || ["--password", "--token", "--with-token", "--client-secret", "--secret"]
                .iter()
                .any(|begin| word.starts_with(begin))
    })
}

/// Whether a program's output opens something, though printing it is asked about by nobody.
pub(super) fn prints_secrets(name: &str, args: &[Value]) -> bool {
    PRINT_SECRETS.iter().any(|(program, words)| {
        *program == name && args.iter().filter_map(Value::known).any(|word| words.contains(&word.as_str()))
    })
}

/// Whether the output is asked for in a format that holds everything.
pub(super) fn formats(args: &[Value]) -> bool {
    let wide = |word: &String| {
        matches!(word.as_str(), "wide" | "name" | "-owide" | "-oname" | "--output=wide" | "--output=name")
    };
    let known: Vec<String> = args.iter().map(Value::display).collect();
    known.iter().any(|word| ["-o", "--output", "--template", "--raw"].iter().any(|begin| word.starts_with(begin)))
        && !known.iter().any(wide)
}

/// Whether a program's output is a copy of everything that is there.
pub(super) fn copies_all(name: &str, args: &[Value]) -> bool {
    let word = |wanted: &str| args.iter().any(|arg| arg.known().as_deref() == Some(wanted));
    match name {
        "git" => word("bundle") && word("create") || word("archive") || word("fast-export"),
        "zip" | "7z" | "7za" | "rar" | "cpio" | "borg" | "restic" => {
            word("-r") || word("a") || word("-o") || word("export-tar") || word("dump")
        }
        "redis-cli" | "valkey-cli" => word("--rdb"),
        "sqlite3" => args.iter().any(|arg| arg.known().is_some_and(|text| text.trim_start().starts_with(".dump"))),
        "etcdctl" => word("snapshot"),
        "cockroach" | "influx" => word("dump") || word("backup"),
        _ => COPIES.contains(&name),
    }
}
