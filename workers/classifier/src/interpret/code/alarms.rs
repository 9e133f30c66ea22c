//! What a piece of code says as a whole that no single name of it does: a shell on a socket, a request that deletes, a cloud's
//! library that is told to, every process killed. It only adds to what its calls say.

use super::super::Machine;
use crate::findings::Finding;
use palisade_language::words::Value;
use palisade_protocol::verdict::{Class, Operation};

/// Ways in which languages connect.
const SOCKETS: &[&str] = &[
    "socket",
    "TCPSocket",
    "/inet/tcp/",
    "net.connect",
    "createConnection",
    "fsockopen",
    "IO::Socket",
    "TCPClient",
    "require(\"net\")",
    "require('net')",
    "Net::Socket",
];
/// Ways in which they run a program, or pass lines to one.
const STARTS: &[&str] =
    &["spawn", "exec", "popen", "Popen", "pty", "dup2", "|&", "|getline", "proc_open", "system(", "Process"];
const SHELLS: &[&str] =
    &["sh", "bash", "zsh", "dash", "/bin/sh", "/bin/bash", "sh -i", "bash -i", "/bin/sh -i", "cmd.exe"];

/// Libraries that administer clouds and clusters.
const CLOUDS: &[&str] = &[
    "boto3",
    "azure.mgmt",
    "google.cloud",
    "googleapiclient",
    "aws-sdk",
    "digitalocean",
    "kubernetes",
    "openstack",
    "hcloud",
    "linode_api4",
    "@google-cloud",
    "@azure",
    "libcloud",
    "docker.from_env",
    "docker.DockerClient",
    "import docker",
    "dockerode",
    "proxmoxer",
    "pyVmomi",
    "libvirt",
    "hvac",
    "ldap3",
];
/// Beginnings of names by which they are told to remove something.
const REMOVES: &[&str] = &[
    "delete",
    "begin_delete",
    "terminate",
    "destroy",
    "Delete",
    "Terminate",
    "purge",
    "schedule_key_deletion",
    "begin_purge",
];

/// Libraries of databases, by which code reaches one without a statement in SQL.
const DATABASES: &[&str] = &[
    "pymongo",
    "motor",
    "mongoengine",
    "mongodb",
    "mongoose",
    "Mongo::Client",
    "redis",
    "Redis.new",
    "valkey",
    "elasticsearch",
    "opensearch",
    "Elasticsearch",
    "neo4j",
    "py2neo",
    "cassandra",
    "couchdb",
    "couchbase",
    "influxdb",
    "qdrant",
    "chromadb",
    "pinecone",
    "weaviate",
    "milvus",
    "meilisearch",
    "etcd3",
    "kazoo",
    "consul",
    "sqlalchemy",
    "sequelize",
    "typeorm",
    "prisma",
    "knex",
    "ActiveRecord",
    "Sequel",
    "kafka",
    "pika",
    "firebase",
    "firestore",
    "dynamodb",
    "MongoDB\\Client",
];
/// What they are told that empties or drops.
const DROPS: &[&str] = &[
    "drop_database",
    "dropDatabase",
    "drop_collection",
    "dropCollection",
    "delete_many({})",
    "deleteMany({})",
    "deleteMany()",
    "remove({})",
    "flushall",
    "flushdb",
    "flushAll",
    "flushDb",
    "FLUSHALL",
    "drop_all(",
    "dropAllSchemas",
    "dropSchema",
    "indices.delete",
    "delete_by_query",
    "delete_collection",
    "delete_index",
    "deleteIndex",
    "delete_topics",
    "deleteTopics",
    "delete_prefix",
    "DETACHDELETE",
    "detachdelete",
    "sync({force:true",
    "$executeRawUnsafe('DROP",
    ".drop()",
    "dropTable",
    "drop_table",
    "delete_all",
    "destroy_all",
    "deleteAll",
    "truncate(",
    "recursiveDelete",
    "delete_database",
    "recurse=True",
    "recursive=True",
];

/// Libraries of git, and what they are told that loses work or published history.
const GIT: &[&str] = &[
    "importgit",
    "fromgitimport",
    "git.Repo",
    "simple-git",
    "simpleGit",
    "isomorphic-git",
    "nodegit",
    "require'git'",
    "pygit2",
    "Rugged",
    "dulwich",
    "sh.git(",
];

/// Ways in which a request that deletes is made.
const REQUESTS: &[&str] = &[
    "requests.delete(",
    "httpx.delete(",
    "axios.delete(",
    "method:\"DELETE\"",
    "method:'DELETE'",
    "Net::HTTP::Delete",
    "'-XDELETE'",
];

impl Machine<'_> {
    /// Looks at a piece of code as a whole.
    pub(super) fn code_alarms(&mut self, language: &str, code: &str) {
        let names: Vec<&str> = code.split(|letter: char| !letter.is_alphanumeric() && letter != '_').collect();
        let reads = |text: &str| {
            let first = text.split_whitespace().next().unwrap_or("");
            SHELLS.contains(&first) && (text.contains("<&") || text.contains(" -i"))
        };
        let shell = ['"', '\'', '`']
            .iter()
            .any(|quote| code.split(*quote).any(|text| SHELLS.contains(&text.trim()) || reads(text.trim())))
            || code.contains("fdopen") && code.contains("system");
        let holds = |list: &[&str]| list.iter().any(|part| code.contains(part));
        if holds(SOCKETS) && (holds(STARTS) && shell || code.contains("|&") && code.contains("getline")) {
            self.note(Class::Catastrophic, "net.tunnel", format!("hands a shell to another host from {language} code"));
        }
        let packed: String = code.chars().filter(|letter| !letter.is_whitespace()).collect();
        let kills = packed.split("kill").skip(1).any(|rest| {
            let rest: String = rest.chars().take(24).collect();
            rest.contains(",-1") || rest.starts_with("(-1")
        });
        if kills {
            self.note(Class::Catastrophic, "process.kill", format!("ends every process from {language} code"));
        }
        let local = ["localhost", "127.0.0.1", "[::1]"].iter().any(|host| code.contains(host));
        if !local && REQUESTS.iter().any(|part| packed.contains(part)) {
            self.find(
                Finding::new(Class::Catastrophic, "net.delete", "deletes something through a service's interface")
                    .does(Operation::Network),
            );
        }
        let removes = || names.iter().any(|name| REMOVES.iter().any(|begin| name.starts_with(begin)));
        let containers = code.contains("docker") && packed.contains(".remove(") && packed.contains("all=True")
            || code.contains("libvirt") && packed.contains(".undefine(");
        if holds(CLOUDS) && (removes() || containers) {
            self.note(
                Class::Catastrophic,
                "cloud.delete",
                format!("deletes something in the cloud from {language} code"),
            );
        }
        if holds(DATABASES) && DROPS.iter().any(|part| packed.contains(part)) {
            self.note(Class::Catastrophic, "db.drop", format!("drops data for good from {language} code"));
        }
        if GIT.iter().any(|part| packed.contains(part)) {
            self.git_by_library(code);
        }
        // Foreign functions: the machine is stopped, or a shell's text is run, by the system's own library.
        let foreign = ["ctypes", "CDLL", "cffi", "syscall", "ffi.", "Fiddle", "dlopen", "koffi"]
            .iter()
            .any(|part| code.contains(part));
        let magic = ["0xfee1dead", "4276215469", "0x4321fedc", "0x1234567", "0x01234567", "0xcdef0123"]
            .iter()
            .any(|number| packed.to_ascii_lowercase().contains(number));
        if foreign && (packed.contains(".reboot(") || magic || packed.contains("kexec_load")) {
            self.note(
                Class::Catastrophic,
                "system.power",
                format!("stops or restarts the machine from {language} code"),
            );
        }
        if foreign {
            self.foreign_system(code);
        }
        let memory = ["memfd_create", "shm_open", "fexecve"].iter().any(|part| code.contains(part));
        let fetches = ["urlopen", "requests", "http", "socket", "curl"].iter().any(|part| code.contains(part));
        if memory && fetches && code.contains("exec") {
            self.note(Class::Catastrophic, "remote.exec.code", "runs what comes from another host");
        }
    }
}

impl Machine<'_> {
    /// Calls of a library of git, as the commands that they stand for: `.git.reset('--hard')`, `.push(['--force'])`.
    fn git_by_library(&mut self, code: &str) {
        for verb in [
            "reset",
            "clean",
            "push",
            "checkout",
            "branch",
            "stash",
            "rebase",
            "gc",
            "reflog",
            "filter_branch",
            "update_ref",
            "rm",
            "tag",
            "worktree",
        ] {
            for (at, _) in code.match_indices(&format!(".{verb}(")).take(4) {
                let rest = &code[at + verb.len() + 2..];
                let inner = rest.split(')').next().unwrap_or("");
                let mut words = vec![Value::text("git"), Value::text(verb.replace('_', "-"))];
                words.extend(literals(inner).into_iter().map(Value::text));
                let packed: String = inner.chars().filter(|letter| !letter.is_whitespace()).collect();
                if packed.contains("force=True") || packed.contains("force:true") {
                    words.push(Value::text("--force"));
                }
                if packed.contains("RESET_HARD") || packed.contains("working_tree=True") || packed.contains(":hard") {
                    words.push(Value::text("--hard"));
                }
                self.argv(&words, None);
            }
        }
        if ["delete_remote(", "delete_head(", "force=True", "deleteBranch("].iter().any(|part| code.contains(part)) {
            self.note(Class::Destructive, "git.history.branch", "drops or moves a branch");
        }
    }

    /// `libc.system(b"…")`: the text is a shell's.
    fn foreign_system(&mut self, code: &str) {
        for call in [".system(", ".popen(", "execl(", "execv(", "execve("] {
            for (at, _) in code.match_indices(call).take(4) {
                let inner = code[at + call.len()..].split(')').next().unwrap_or("");
                if let Some(text) = literals(inner).into_iter().next() {
                    self.script(&text, None);
                }
            }
        }
    }
}

/// The texts in quotes.
pub(super) fn literals(code: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut rest = code;
    while let Some(at) = rest.find(['\'', '"', '`']) {
        let quote = rest.as_bytes()[at] as char;
        let Some(end) = rest[at + 1..].find(quote) else { break };
        out.push(rest[at + 1..at + 1 + end].to_owned());
        rest = &rest[at + end + 2..];
        if out.len() >= 32 {
            break;
        }
    }
    out
}
