//! Programs that fetch from and send to other hosts: where output goes, what is sent, and how.

mod options;
mod saved;

use super::Machine;
use super::options::long;
use crate::findings::Finding;
use crate::paths::Zone;
use options::{LONG, VALUES};
use palisade_language::words::{Origin, Value};
use palisade_protocol::verdict::{Class, Operation};
use saved::Saves;

/// Ends of paths by which search engines and databases are asked something in a request's body.
const ASKS: &[&str] = &[
    "/_search",
    "/_count",
    "/_msearch",
    "/_mget",
    "/_validate/query",
    "/_explain",
    "/_analyze",
    "/_field_caps",
    "/_sql",
];
/// The services that give a cloud's machines their credentials: of most clouds, by number in both versions of IP (in other spellings
/// too), of Google, of Alibaba, of Oracle, and of containers at Amazon.
const METADATA: [&str; 9] = [
    "169.254.169.254",
    "[fd00:ec2::254]",
    "[::ffff:169.254.169.254]",
    "[::ffff:a9fe:a9fe]",
    "//2852039166",
    "//0xa9fea9fe",
    "metadata.google.internal",
    "100.100.100.200",
    "169.254.170.2",
];
/// Parts of paths that say that something is removed or stopped.
const REMOVES: &[&str] = &[
    "/delete",
    "/shutdown",
    "/terminate",
    "/destroy",
    "/purge",
    "/drop",
    "/_shutdown",
    "/wipe",
    "/flushall",
    "/poweroff",
];

impl Machine<'_> {
    pub(super) fn web(&mut self, name: &str, args: &[Value], input: &Option<Value>) -> Value {
        let mut urls: Vec<Value> = Vec::new();
        let mut method = String::new();
        let mut body: Vec<Value> = Vec::new();
        let mut to_file = name != "curl";
        let mut socket = false;
        let mut saves = Saves { by_name: name != "curl", ..Saves::default() };
        let mut at = 0;
        while at < args.len() {
            let arg = &args[at];
            let text = arg.known().unwrap_or_else(|| arg.prefix().to_owned());
            at += 1;
            if !text.starts_with('-') || text == "-" {
                urls.push(arg.clone());
                continue;
            }
            let (key, mut value) = match text.split_once('=') {
                Some((key, _)) if text.starts_with("--") => {
                    (key.to_owned(), Some(crate::knowledge::tail(arg, key.len() + 1)))
                }
                _ => (text.clone(), None),
            };
            // A cluster's last letter takes the next word: `-sSLo file`, `-XPOST`.
            let mut letter = long(&key, LONG).map_or_else(|| key.clone(), str::to_owned);
            if !key.starts_with("--") && key.len() > 2 {
                let takes = if name == "curl" {
                    "XdFToHAebwxuKmEUrzyY"
                } else if name == "wget" {
                    "OPoaieUtTQ"
                } else {
                    "doisxjklmU"
                };
                if let Some(index) =
                    key.char_indices().skip(1).find(|(_, letter)| takes.contains(*letter)).map(|(index, _)| index)
                {
                    letter = format!("-{}", &key[index..index + 1]);
                    if index + 1 < key.len() || arg.pieces.len() > 1 {
                        value = Some(crate::knowledge::tail(arg, index + 1));
                    }
                }
                if name == "curl" && key.contains('O') && index_before(&key, 'O', "XdFTo") {
                    to_file = true;
                    saves.by_name = true;
                }
                if name == "wget" {
                    saves.tree |= ["r", "m", "x"].iter().any(|letter| key.contains(letter));
                    saves.without_host |= key == "-nH";
                }
            }
            let mut take = || {
                value.take().or_else(|| {
                    at += 1;
                    args.get(at - 1).cloned()
                })
            };
            match (name, letter.as_str()) {
                ("curl", "-X" | "--request") | ("wget", "--method") => {
                    method = take().map(|value| value.display()).unwrap_or_default()
                }
                (
                    "curl",
                    "-d" | "--data" | "--data-raw" | "--data-binary" | "--data-ascii" | "--data-urlencode" | "--json"
                    | "-F" | "--form" | "-T" | "--upload-file",
                )
                | ("wget", "--post-data" | "--post-file" | "--body-data" | "--body-file") => {
                    if let Some(value) = take() {
                        let file = matches!(letter.as_str(), "-T" | "--upload-file" | "--post-file" | "--body-file");
                        let form = matches!(letter.as_str(), "-F" | "--form");
                        body.push(self.sent_body(&value, file, form, input));
                    }
                }
                (
                    "curl",
                    "-o" | "--output" | "--dump-header" | "-D" | "-c" | "--cookie-jar" | "--trace" | "--stderr"
                    | "--output-dir" | "--trace-ascii" | "--etag-save" | "--hsts" | "--alt-svc" | "--libcurl",
                )
                | (
                    "wget",
                    "-O" | "--output-document" | "-o" | "--output-file" | "-a" | "--append-output" | "-P"
                    | "--directory-prefix" | "--save-cookies" | "--rejected-log" | "--hsts-file",
                ) => {
                    if let Some(file) = take() {
                        saves.note(name, &letter, &file);
                        if file.known().as_deref() == Some("-") {
                            to_file = false;
                        } else {
                            let place = self.place(&file);
                            self.planted_file(&place, &[], &Value::unknown(Origin::Network));
                            self.write_effect(&place, false, false);
                            self.remember(&place, Value::unknown(Origin::Network), false);
                            to_file |= matches!(letter.as_str(), "-o" | "--output" | "-O" | "--output-document");
                            if place.zone == Zone::Null {
                                to_file = true;
                            }
                        }
                    }
                }
                ("curl", "-O" | "--remote-name" | "--remote-name-all" | "-OJ" | "-JO") => {
                    to_file = true;
                    saves.by_name = true;
                }
                ("curl", "--proxy-header" | "-H" | "--header" | "--netrc-file" | "--url-query") => {
                    if let Some(value) = take() {
                        let sent = self.sent_aside(&letter, &value, input);
                        if sent.origin() == Some(Origin::Secret) {
                            body.push(sent);
                        }
                    }
                }
                ("wget", "-e" | "--execute") => {
                    if let Some(setting) = take() {
                        self.wget_setting(&setting, &mut body, input);
                    }
                }
                ("aria2c", "-d" | "--dir") => saves.directory = take(),
                ("aria2c", "-o" | "--out") => saves.name = take(),
                ("wget", "-r" | "-m" | "-x" | "--recursive" | "--mirror" | "--force-directories") => saves.tree = true,
                ("wget", "--no-host-directories") => saves.without_host = true,
                ("wget", "--spider") => {
                    to_file = true;
                    saves.by_name = false;
                }
                ("wget", _) if letter == "-qO-" || key == "-O-" || key.ends_with("O-") => to_file = false,
                ("curl", "-b" | "--cookie") => {
                    // Without a `=` it is a file, and what is in it goes along.
                    if let Some(value) = take() {
                        let sent = if value.display().contains('=') { value } else { self.read_effect(&value) };
                        if sent.origin() == Some(Origin::Secret) {
                            body.push(sent);
                        }
                    }
                }
                ("curl", "--krb" | "--variable" | "-Q" | "--quote" | "--unix-socket" | "--abstract-unix-socket") => {
                    let value = take().unwrap_or_default();
                    socket |= letter.contains("socket");
                    if !letter.contains("socket") {
                        self.note(
                            Class::Ambiguous,
                            "exec.option",
                            format!(
                                "gives curl the option {letter} {}, which loads, reads or changes something",
                                value.display()
                            ),
                        );
                    }
                }
                ("curl", "-w" | "--write-out") => {
                    let format = take().unwrap_or_default();
                    if format.prefix().starts_with('@') {
                        self.read_effect(&crate::knowledge::tail(&format, 1));
                    }
                    if format.display().contains("%output{") {
                        self.note(Class::Ambiguous, "exec.option", "makes curl write to a file that its format names");
                    }
                }
                ("wget", "--use-askpass") => {
                    if let Some(value) = take() {
                        self.script_value(&value, "exec.option");
                    }
                }
                (_, "-K" | "--config" | "-i" | "--input-file") if name != "curl" || letter != "-i" => {
                    take();
                    self.note(Class::Ambiguous, "net.config", "reads from a file what it fetches or sends");
                }
                ("curl", "--engine") => {
                    take();
                    self.note(Class::Catastrophic, "exec.planted", "makes curl load a library");
                }
                (_, other) if VALUES.contains(&other) => {
                    // Proving who asks is what a secret in these is for.
                    let proves = matches!(
                        other,
                        "-H" | "--header" | "-u" | "--user" | "--password" | "--http-user" | "--http-password"
                    );
                    let Some(value) = take() else { continue };
                    // A header proves something only by the name of one that does.
                    let header = value.display().to_ascii_lowercase();
                    let proves = proves
                        && (!matches!(other, "-H" | "--header")
                            || ["auth", "token", "key", "cookie", "bearer"]
                                .iter()
                                .any(|part| header.split(':').next().is_some_and(|name| name.contains(part))));
                    let cookies = matches!(other, "-b" | "--cookie") && !value.display().contains('=');
                    let value = if cookies { self.read_effect(&value) } else { value };
                    if value.origin() == Some(Origin::Secret) && (!proves || self.key_read) {
                        body.push(Value::unknown(Origin::Secret));
                    }
                }
                _ => {}
            }
        }
        self.saved(&saves, &urls);
        let secret = body.iter().chain(&urls).any(|value| value.origin() == Some(Origin::Secret));
        let whole = body.iter().any(|value| value.origin() == Some(Origin::Whole));
        if secret {
            self.carried_out(Some(Origin::Secret));
        }
        let address: String = urls.iter().map(Value::display).collect::<Vec<_>>().join(" ");
        let local = urls.iter().all(|url| is_local(&url.display()));
        if whole && !local {
            self.carried_out(Some(Origin::Whole));
        }
        self.asks_metadata(&address);
        let text: String = body.iter().map(Value::display).collect::<Vec<_>>().join(" ");
        let service = Service::of(&address);
        if service.deletes(&address, &text) {
            self.note(Class::Catastrophic, "db.delete", "deletes data through a service's interface");
        }
        if service.is_sql() {
            let statement = address.split_once("query=").or(address.split_once("q=")).map(|(_, statement)| statement);
            for statement in statement.into_iter().chain([text.as_str()]).filter(|statement| !statement.is_empty()) {
                self.sql(&statement.replace(['+'], " ").replace("%20", " ").replace("query=", "").replace("q=", ""));
            }
        }
        let path = path_of(&address);
        match method.to_ascii_uppercase().as_str() {
            "" | "POST" if local && !socket && !secret && ASKS.iter().any(|end| path.ends_with(end)) => {}
            "POST" | "PUT" | "PATCH" if REMOVES.iter().any(|word| path.contains(word)) => self.find(
                Finding::new(
                    if local && !socket { Class::Destructive } else { Class::Catastrophic },
                    "net.delete",
                    "deletes or stops something through a service's interface",
                )
                .does(Operation::Network)
                .to(address, true),
            ),
            "DELETE" => self.find(
                Finding::new(
                    if local && !service.is_store() && !socket { Class::Ambiguous } else { Class::Catastrophic },
                    "net.delete",
                    "deletes something through a service's interface",
                )
                .does(Operation::Network)
                .to(address, true),
            ),
            "" | "GET" | "HEAD" | "OPTIONS" if body.is_empty() => {}
            // A question that is asked in a request's body, and a program of one's own on this host.
            "" | "GET" | "POST" if service.only_asks(&address) && !secret => {}
            "" | "POST" | "PUT" | "PATCH" if local && !socket && !service.is_store() && !acts(&address) && !secret => {}
            _ => {
                self.sent |= !local;
                self.find(
                    Finding::new(Class::Ambiguous, "net.send", "sends something to a service")
                        .does(Operation::Network)
                        .to(address, true),
                );
            }
        }
        if to_file {
            // Under its own name it lies in the directory.
            for url in &urls {
                let name = path_of(&url.display()).rsplit('/').next().unwrap_or("").to_owned();
                if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte)) {
                    let place = self.place(&Value::text(format!("./{name}")));
                    if !self.written.contains_key(&place.path) {
                        self.remember(&place, Value::unknown(Origin::Network), false);
                    }
                }
            }
            Value::default()
        } else {
            Value::unknown(Origin::Network)
        }
    }

    /// Whether the service of a cloud is asked that gives its machines their credentials; says so.
    pub(super) fn asks_metadata(&mut self, address: &str) -> bool {
        let asks = METADATA.iter().any(|host| address.contains(host));
        if asks {
            self.note(Class::Catastrophic, "secret.metadata", "asks the cloud's metadata service for credentials");
        }
        asks
    }

    /// A request's body: `@file` and `-` are files.
    fn sent_body(&mut self, value: &Value, file: bool, form: bool, input: &Option<Value>) -> Value {
        let text = value.display();
        // A form's `<` takes the content of a file, as `@` takes the file.
        let marks: &[char] = if form { &['@', '<'] } else { &['@'] };
        let plain =
            |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        // `name@file` is a file to `--data-urlencode`; an address of somebody has a name behind its `@`, and no path.
        let named = text.find(marks).filter(|at| {
            let (before, behind) = (&text[..*at], &text[at + 1..]);
            before.is_empty() || before.ends_with('=') || plain(before) && behind.starts_with(['.', '/', '~'])
        });
        if matches!(text.as_str(), "@-" | "-") || text.ends_with("=@-") || form && text.ends_with("=<-") {
            return input.clone().unwrap_or(Value::unknown(Origin::Input));
        }
        match named {
            Some(at) => self.read_effect(&crate::knowledge::tail(value, at + 1)),
            None if file => self.read_effect(value),
            None => value.clone(),
        }
    }
}

/// An address's path, without what stands behind `?`.
fn path_of(address: &str) -> &str {
    address.split(['?', '#']).next().unwrap_or("").trim_end_matches('/')
}

fn index_before(cluster: &str, letter: char, takers: &str) -> bool {
    let at = cluster.find(letter);
    let taker = cluster.find(|other| takers.contains(other));
    match (at, taker) {
        (Some(at), Some(taker)) => at < taker,
        (Some(_), None) => true,
        _ => false,
    }
}

/// Whether an address is on this host, a path or a name behind it aside.
pub(super) fn is_local(url: &str) -> bool {
    let rest = url.split("://").last().unwrap_or(url);
    let host = rest.split(['/', '?', '#']).next().unwrap_or("");
    // What stands before an `@` is no host.
    let host = host.rsplit('@').next().unwrap_or(host);
    let name =
        if host.starts_with('[') { host.split(']').next().unwrap_or("") } else { host.split(':').next().unwrap_or("") };
    let number =
        name.strip_prefix("127.").is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'));
    number || matches!(name, "localhost" | "[::1" | "0.0.0.0")
}

/// Words in an address that say that something other than a program under development acts on them.
fn acts(address: &str) -> bool {
    let lower = address.to_ascii_lowercase();
    [
        "delete",
        "drop",
        "destroy",
        "shutdown",
        "restart",
        "wipe",
        "purge",
        "truncate",
        "terminate",
        "kill",
        "/exec",
        "flush",
        "/admin",
        "reset",
        "/stop",
        "/eval",
        "/run",
        "reload",
        "quit",
    ]
    .iter()
    .any(|word| lower.contains(word))
}

/// What kind of service an address is, as far as its port and path tell.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Service {
    /// Elasticsearch, OpenSearch, CouchDB, Solr, Consul, etcd, Vault, and what runs containers and clusters.
    Store,
    /// ClickHouse and InfluxDB: statements in a query or a body.
    Sql,
    Other,
}

impl Service {
    fn of(address: &str) -> Self {
        let rest = address.split("://").last().unwrap_or(address);
        let host = rest.split(['/', '?', ' ']).next().unwrap_or("");
        match host.rsplit_once(':').map_or("", |(_, port)| port) {
            "8123" | "8086" | "18123" => Self::Sql,
            "9200" | "9201" | "5984" | "8983" | "8500" | "2379" | "8200" | "2375" | "2376" | "6443" | "10250"
            | "8001" | "4646" | "15672" | "9090" | "7474" | "8529" | "7700" | "6333" | "5601" | "9870" => Self::Store,
            _ if ["/v1/kv/", "/solr/", "/_cluster", "/_all", "/v3/kv", "/api/v1/namespaces", "/_index", "/v1/sys/"]
                .iter()
                .any(|path| address.contains(path)) =>
            {
                Self::Store
            }
            _ => Self::Other,
        }
    }

    fn is_store(self) -> bool {
        self != Self::Other
    }

    fn is_sql(self) -> bool {
        self == Self::Sql
    }

    /// Whether this request empties or deletes, whatever its method.
    fn deletes(self, address: &str, body: &str) -> bool {
        let anywhere = [
            "_delete_by_query",
            "FLUSHALL",
            "/_shutdown",
            "/deleterange",
            "/api/v2/delete",
            "/_purge",
            "delete_series",
            "action=UNLOAD",
            "action=DELETE",
        ];
        let body = body.replace([' ', '\n'], "");
        anywhere.iter().any(|word| address.contains(word))
            || self.is_store()
                && (["<delete>", "\"delete\":{", "{\"delete\":", "detachdelete", "DETACHDELETE", "{\"remove_index\""]
                    .iter()
                    .any(|word| body.contains(word)))
    }

    /// Search interfaces take their question in a body.
    fn only_asks(self, address: &str) -> bool {
        let path = address.split('?').next().unwrap_or("");
        self == Self::Store
            && [
                "/_search",
                "/_count",
                "/_msearch",
                "/_analyze",
                "/_mget",
                "/_explain",
                "/_validate/query",
                "/_field_caps",
                "/_find",
                "/select",
                "/_search/template",
            ]
            .iter()
            .any(|end| path.trim_end_matches('/').ends_with(end))
    }
}
