//! Invariant I11: no process has an inet socket. Each process of an instance is looked at while it works: supervisor, journal and
//! classifier under load, a reader in its query, the compiler during the start, the hook with and without a supervisor and the
//! classifier that it starts itself; started by root and by an ordinary user.
//!
//! What a process holds is in `/proc/PID/fd`, where only root may look: these processes are not dumpable. So without root
//! everything runs in a network namespace of its own instead, whose tables list what any process in it has open.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use palisade_tests::instance::{kill, text};
use palisade_tests::other::{Desk, OTHER, as_other};
use palisade_tests::skip::{is_root, skip};
use palisade_tests::{Built, Client, Instance, payloads};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const EXECUTABLES: [&str; 8] = [
    "palisaded",
    "palisade",
    "palisade-hook",
    "palisade-classifier",
    "palisade-journal",
    "palisade-reader",
    "palisade-compiler",
    "palisade-opener",
];

/// Every table of sockets that are not Unix sockets (`/proc/net`).
const TABLES: [&str; 12] =
    ["tcp", "tcp6", "udp", "udp6", "udplite", "udplite6", "raw", "raw6", "icmp", "icmp6", "netlink", "packet"];

/// The inodes of all such sockets.
fn networked() -> BTreeSet<String> {
    let tables = TABLES.iter().filter_map(|table| std::fs::read_to_string(format!("/proc/net/{table}")).ok());
    // The inode's column differs from table to table; as a word of its own it stands in each.
    tables.flat_map(|table| table.lines().skip(1).flat_map(words).collect::<Vec<_>>()).collect()
}

fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}

/// The processes of an instance by what they are: the supervisor, its children, and whoever was started from its executables.
fn processes(dir: &Path) -> BTreeMap<i32, String> {
    let pids =
        std::fs::read_dir("/proc").unwrap().filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok());
    let mut found = BTreeMap::new();
    for pid in pids {
        let command = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let Some((name, rest)) = stat.split_once('(').and_then(|(_, rest)| rest.rsplit_once(')')) else { continue };
        let parent = rest.split_ascii_whitespace().nth(1).and_then(|parent| parent.parse::<i32>().ok());
        let ours = String::from_utf8_lossy(&command).contains(&*dir.to_string_lossy());
        if name.starts_with("palisade") && (ours || parent.is_some_and(|parent| found.contains_key(&parent))) {
            found.insert(pid, name.to_owned());
        }
    }
    found
}

/// Looks at every process of the instance once, and returns the kinds that were seen with at least one descriptor.
fn look(dir: &Path) -> BTreeSet<String> {
    let (found, networked) = (processes(dir), networked());
    let mut seen = BTreeSet::new();
    for (pid, name) in found {
        // It may have ended.
        let Ok(fds) = std::fs::read_dir(format!("/proc/{pid}/fd")) else { continue };
        for target in fds.filter_map(|fd| std::fs::read_link(fd.ok()?.path()).ok()) {
            seen.insert(name.clone());
            let target = target.to_string_lossy().into_owned();
            if let Some(inode) = target.strip_prefix("socket:[").and_then(|rest| rest.strip_suffix(']')) {
                assert!(!networked.contains(inode), "{name} ({pid}) holds {target}");
            }
        }
    }
    seen
}

/// Looks again and again until every one of these kinds has been seen. What is started for it, and started again whenever it has
/// ended, is in vain each time; the last one is returned.
fn look_until(dir: &Path, kinds: &[&str], start: impl Fn() -> Child) -> Child {
    let (mut seen, deadline) = (BTreeSet::new(), Instant::now() + Duration::from_secs(40));
    let mut started = start();
    // The kernel keeps fifteen characters of a name.
    while !kinds.iter().all(|kind| seen.contains(&kind[..kind.len().min(15)])) {
        assert!(Instant::now() < deadline, "of {kinds:?} only {seen:?} were seen");
        if let Some(status) = started.try_wait().unwrap() {
            assert!(!status.success());
            started = start();
        }
        seen.append(&mut look(dir));
    }
    started
}

/// An instance and its executables, for whoever it runs as.
struct Subject {
    instance: Instance,
    desk: Option<Desk>,
}

impl Subject {
    /// The shipped supervisor over workers that can be told to wait, of ours or of the other uid's.
    fn new(other: bool, config: &str) -> Self {
        let built = Built::beset();
        let instance = Instance::prepare(built, config);
        if !other {
            return Self { instance, desk: None };
        }
        let paths: Vec<PathBuf> = EXECUTABLES.iter().map(|name| built.path(name)).collect();
        let desk = Desk::new(&paths.iter().map(PathBuf::as_path).collect::<Vec<_>>());
        if !config.is_empty() {
            let etc = desk.state().join("etc");
            assert!(as_other("mkdir", &[]).args(["-m", "700"]).arg(&etc).status().unwrap().success());
            std::fs::write(etc.join("palisade.toml"), config).unwrap();
            let file = etc.join("palisade.toml");
            std::os::unix::fs::chown(file, Some(OTHER), Some(OTHER)).unwrap();
        }
        Self { instance, desk: Some(desk) }
    }

    fn dir(&self) -> PathBuf {
        self.desk.as_ref().map_or_else(|| self.instance.dir.clone(), Desk::state)
    }

    fn program(&self, name: &str) -> Command {
        let mut command = match &self.desk {
            Some(desk) => as_other(desk.path(name), &[]),
            None => Command::new(self.instance.built.path(name)),
        };
        command.arg("--state").arg(self.dir()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    fn palisade(&self, arguments: &[&str]) -> Command {
        let mut command = self.program("palisade");
        command.args(arguments);
        command
    }

    fn hook(&self, command: &str) -> Child {
        let mut hook = self.program("palisade-hook");
        let mut child = hook.arg("claude-code").stdin(Stdio::piped()).spawn().unwrap();
        let payload = payloads::bash(command, "/tmp");
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), payload.as_bytes()).unwrap();
        child
    }

    fn supervisor(&self) -> i32 {
        let found = processes(&self.dir());
        *found.iter().find(|(_, name)| *name == "palisaded").expect("a supervisor").0
    }
}

impl Drop for Subject {
    fn drop(&mut self) {
        let _ = self.palisade(&["stop"]).status();
    }
}

fn no_process_has_one(other: bool) {
    let subject = Subject::new(other, "");
    let dir = subject.dir();
    assert!(subject.palisade(&["up"]).status().unwrap().success());
    // Supervisor, journal, classifier, and the hook while it waits for its answer.
    let hook = || subject.hook("echo misbehave-classifier-silent");
    let kinds = ["palisaded", "palisade-journal", "palisade-classifier", "palisade-hook"];
    assert!(!look_until(&dir, &kinds, hook).wait().unwrap().success());
    // The reader, and the command line that waits for it.
    let log = || subject.palisade(&["log", "--session", "misbehave-reader-silent"]).spawn().unwrap();
    let mut log = look_until(&dir, &["palisade", "palisade-reader"], log);
    let _ = log.kill();
    let _ = log.wait();
    // The hook and the classifier that it starts itself where nobody answers.
    kill(subject.supervisor());
    let alone = look_until(&dir, &["palisade-hook", "palisade-classifier"], hook).wait().unwrap();
    assert!(!alone.success());
    drop(subject);
    // The compiler, and the supervisor before it serves.
    let subject = Subject::new(other, "# misbehave-compiler-silent\n");
    let up = || subject.palisade(&["up"]).spawn().unwrap();
    assert!(!look_until(&subject.dir(), &["palisaded", "palisade-compiler"], up).wait().unwrap().success());
}

#[test]
fn no_process_of_a_run_started_by_root_has_an_inet_socket() {
    if !is_root() {
        return skip("no_process_of_a_run_started_by_root_has_an_inet_socket", "a system run needs root");
    }
    no_process_has_one(false);
}

#[test]
fn no_process_of_a_rootless_run_has_an_inet_socket() {
    if !is_root() {
        let why = "only root may look; the_network_namespace_of_an_instance_lists_no_socket looks otherwise";
        return skip("no_process_of_a_rootless_run_has_an_inet_socket", why);
    }
    no_process_has_one(true);
}

#[test]
fn a_look_at_a_process_with_an_inet_socket_finds_it() {
    let _held = std::net::UdpSocket::bind("127.0.0.1:0").expect("the loopback");
    let inodes = networked();
    let fds = std::fs::read_dir("/proc/self/fd").unwrap();
    let mut targets =
        fds.filter_map(|fd| Some(std::fs::read_link(fd.ok()?.path()).ok()?.to_string_lossy().into_owned()));
    assert!(targets.any(|target| {
        target.strip_prefix("socket:[").and_then(|rest| rest.strip_suffix(']')).is_some_and(|it| inodes.contains(it))
    }));
}

#[test]
fn the_network_namespace_of_an_instance_lists_no_socket() {
    let test = "the_network_namespace_of_an_instance_lists_no_socket";
    let unshared = |script: &str| {
        let mut unshare = Command::new("unshare");
        // The same uid as before, in a namespace of users where a namespace of the network can be had without root.
        if !is_root() {
            unshare.args(["--user", "--map-current-user"]);
        }
        unshare.args(["--net", "sh", "-euc", script]);
        unshare
    };
    if !unshared("true").status().is_ok_and(|status| status.success()) {
        return skip(test, "no network namespace can be made here");
    }
    let instance = Instance::prepare(Built::release(), "");
    let payload = instance.workspace.join("payload.json");
    std::fs::write(&payload, payloads::bash("ls", "/tmp")).unwrap();
    let script = format!(
        "cd '{}'; p() {{ ./palisade --state '{dir}' \"$@\"; }}; tables() {{ for t in {}; do tail -n +2 /proc/net/$t 2>/dev/null || :; done; }}
         p up; tables >&2; for i in 1 2 3 4 5; do ./palisade-hook --state '{dir}' claude-code < '{}'; p log; tables >&2; done; p verify || :; tables >&2; p stop",
        instance.built.dir.display(),
        TABLES.iter().filter(|table| **table != "netlink").copied().collect::<Vec<_>>().join(" "),
        payload.display(),
        dir = instance.dir.display(),
    );
    let output = unshared(&script).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{}", text(&output));
    assert_eq!(Client::silent(&instance.layout().guard_socket()).map(drop).ok(), None, "it was stopped");
}
