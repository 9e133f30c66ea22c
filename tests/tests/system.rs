//! A system installation as root makes it: whose its files are, whom it judges apart, who may do what, and what systemd is told.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, Uid, chown};
use palisade_tests::instance::text;
use palisade_tests::payloads::bash;
use palisade_tests::skip::{is_root, skip};
use palisade_tests::system::{ROOT, System, User};
use std::collections::BTreeSet;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::UnixDatagram;
use std::os::unix::process::CommandExt;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// Two users with no group of note, and the same with the group of the control socket.
const ALICE: User = (64_001, 64_001);
const BOB: User = (64_002, 64_002);
const MEMBERS: u32 = 70_000;

fn in_a_system(test: &str, run: impl FnOnce(&System) + Send) {
    if !is_root() {
        return skip(test, "a system installation is root's");
    }
    if let Err(why) = System::with(run) {
        skip(test, &why);
    }
}

fn up(system: &System) {
    let up = system.palisade(ROOT, &["up"]);
    assert_eq!(up.status.code(), Some(0), "{}", text(&up));
}

fn lines(system: &System, user: User, arguments: &[&str]) -> Vec<serde_json::Value> {
    let output = system.palisade(user, &[&["log", "--json"], arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    document["events"].as_array().unwrap().clone()
}

fn uid_of(pid: i32) -> u32 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("Uid:")).unwrap().to_owned();
    let uids: BTreeSet<u32> = line.split_whitespace().map(|uid| uid.parse().unwrap()).collect();
    assert_eq!(uids.len(), 1, "real, effective, saved and file system uid of {pid}: {uids:?}");
    uids.into_iter().next().unwrap()
}

#[test]
fn every_file_and_socket_has_its_owner_and_mode() {
    in_a_system("every_file_and_socket_has_its_owner_and_mode", |system| {
        let expected = [
            ("/etc/palisade", 0, 0, 0o40755),
            ("/run/palisade", 0, 0, 0o40755),
            ("/run/palisade/control.sock", 0, MEMBERS, 0o140660),
            ("/run/palisade/guard.sock", 0, 0, 0o140666),
            ("/run/palisade/lock", 0, 0, 0o100600),
            ("/run/palisade/spool", MEMBERS, MEMBERS, 0o41777),
            ("/var/lib/palisade", 0, 0, 0o40711),
            ("/var/lib/palisade/policy.bin", 0, 0, 0o100644),
            ("/var/lib/palisade/journal", MEMBERS, MEMBERS, 0o40700),
            ("/var/lib/palisade/journal/seg", MEMBERS, MEMBERS, 0o40700),
        ];
        // The second start finds what the first one made.
        for start in ["first", "second"] {
            up(system);
            for (path, uid, gid, mode) in expected {
                let found =
                    std::fs::symlink_metadata(path).unwrap_or_else(|why| panic!("{start} start: {path}: {why}"));
                let found = (found.uid(), found.gid(), found.mode());
                assert_eq!(found, (uid, gid, mode), "{start} start: {path} {:o} {mode:o}", found.2);
            }
            for dir in ["/var/lib/palisade/journal", "/var/lib/palisade/journal/seg"] {
                for entry in std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()) {
                    let found = std::fs::symlink_metadata(&entry).unwrap();
                    if found.is_file() {
                        let found = (found.uid(), found.gid(), found.mode());
                        assert_eq!(found, (MEMBERS, MEMBERS, 0o100600), "{start} start: {}", entry.display());
                    }
                }
            }
            // And nothing else lies in the directory that others may look into.
            let names: BTreeSet<_> =
                std::fs::read_dir("/run/palisade").unwrap().map(|it| it.unwrap().file_name()).collect();
            assert_eq!(names, ["control.sock", "guard.sock", "lock", "spool"].map(Into::into).into());
            assert_eq!(system.palisade(ROOT, &["stop"]).status.code(), Some(0));
        }
    });
}

#[test]
fn subordinate_uids_are_judged_for_their_owner_and_recorded_as_themselves() {
    in_a_system("subordinate_uids_are_judged_for_their_owner_and_recorded_as_themselves", |system| {
        std::fs::write("/etc/passwd", format!("alice:x:{0}:{0}::/:/bin/sh\n", ALICE.0)).unwrap();
        std::fs::write("/etc/subuid", "alice:500000:65536\n").unwrap();
        up(system);
        // One past the range is nobody's but its own.
        for uid in [ALICE.0, 500_000, 565_535, 565_536] {
            let answer = system.hook((uid, uid), &["claude-code"], &bash("echo here", "/"));
            assert_eq!(answer.status.code(), Some(0), "{uid}: {}", text(&answer));
        }
        let status = system.status();
        let serving = status["workers"].as_array().unwrap().iter().filter_map(|worker| worker["serves"].as_u64());
        assert_eq!(serving.collect::<BTreeSet<_>>(), [0, u64::from(ALICE.0), 565_536].into(), "{status}");
        let uids =
            lines(system, ROOT, &["--kind", "decision"]).into_iter().map(|row| row["peer"]["uid"].as_u64().unwrap());
        assert_eq!(uids.collect::<Vec<_>>(), [u64::from(ALICE.0), 500_000, 565_535, 565_536]);
    });
}

#[test]
fn two_users_are_judged_apart_and_each_sees_its_own() {
    in_a_system("two_users_are_judged_apart_and_each_sees_its_own", |system| {
        up(system);
        for (user, command) in [(ALICE, "echo from-alice"), (BOB, "echo from-bob")] {
            let answer = system.hook(user, &["claude-code"], &bash(command, "/"));
            assert_eq!(answer.status.code(), Some(0), "not in the group, and judged: {}", text(&answer));
        }
        let supervisor = i32::try_from(system.status()["pid"].as_i64().unwrap()).unwrap();
        let classifiers = [ALICE, BOB].map(|user| system.worker("classifier", Some(user.0)).expect("one for each"));
        let journal = system.worker("journal", None).unwrap();
        let uids: BTreeSet<u32> = classifiers.into_iter().chain([supervisor, journal]).map(uid_of).collect();
        assert_eq!(uids.len(), 4, "no two share a uid");
        assert!(uids.iter().all(|uid| (70_000..71_024).contains(uid)), "{uids:?}");
        assert_eq!(uid_of(supervisor), 70_000);
        let observed = system.palisade(ROOT, &["permissions", "--observed"]);
        assert_eq!(observed.status.code(), Some(0), "{}", text(&observed));

        let members = [ALICE, BOB].map(|user| (user.0, MEMBERS));
        for (user, own) in [(members[0], "from-alice"), (members[1], "from-bob")] {
            let seen = lines(system, user, &[]);
            assert_eq!(seen.len(), 1, "its one call: {seen:?}");
            assert!(seen[0].to_string().contains(own), "{seen:?}");
        }
        let others = lines(system, members[0], &["--user", &BOB.0.to_string()]);
        assert_eq!(others.len(), 0, "asking for another's gives nothing: {others:?}");
        let all = lines(system, ROOT, &["--kind", "decision"]);
        assert_eq!(all.len(), 2, "root sees both: {all:?}");
        for arguments in [&["log"][..], &["status"], &["verify"], &["permissions", "--observed"]] {
            let refused = system.palisade(ALICE, arguments);
            assert_eq!(refused.status.code(), Some(77), "{arguments:?} outside the group: {}", text(&refused));
        }
    });
}

#[test]
fn an_ordinary_user_neither_redirects_nor_stops_nor_starts_it() {
    in_a_system("an_ordinary_user_neither_redirects_nor_stops_nor_starts_it", |system| {
        up(system);
        let own = "/run/alice";
        std::fs::create_dir(own).unwrap();
        std::fs::set_permissions(own, PermissionsExt::from_mode(0o700)).unwrap();
        chown(own, Some(Uid::from_raw(ALICE.0)), None).unwrap();
        let payload = bash("frobnicate", "/");
        let hook = system.hook(ALICE, &["--state", own, "claude-code"], &payload);
        assert_eq!(hook.status.code(), Some(78), "{}", text(&hook));
        assert!(text(&hook).contains("/etc/palisade exists"), "{}", text(&hook));
        let mut variables = system.command(ALICE, "palisade-hook", &["claude-code"]);
        variables.envs([("XDG_RUNTIME_DIR", own), ("XDG_STATE_HOME", own), ("HOME", own)]);
        let answer = palisade_tests::instance::run_with_input(&mut variables, payload.as_bytes());
        assert_eq!(answer.status.code(), Some(2), "{}", text(&answer));
        let recorded = lines(system, ROOT, &["--user", &ALICE.0.to_string(), "--kind", "decision"]);
        assert_eq!(recorded.len(), 1, "it was the system's supervisor that answered: {recorded:?}");

        let supervisor = system.status()["pid"].clone();
        let stop = system.palisade((BOB.0, MEMBERS), &["stop"]);
        assert_eq!(stop.status.code(), Some(77), "{}", text(&stop));
        assert!(text(&stop).contains("only root and whoever started this instance may stop it"), "{}", text(&stop));
        let stop = system.palisade(BOB, &["stop"]);
        assert_eq!(stop.status.code(), Some(77), "{}", text(&stop));
        assert!(text(&stop).contains("is for root, its owner and the group palisade"), "{}", text(&stop));
        let up = system.palisade(BOB, &["up"]);
        assert_eq!(up.status.code(), Some(77), "{}", text(&up));
        assert_eq!(system.status()["pid"], supervisor, "it runs as before");
        assert_eq!(lines(system, ROOT, &["--kind", "control"]).len(), 1, "the attempt that came in is on record");
    });
}

#[test]
fn calls_between_a_stop_and_a_start_are_counted_and_told() {
    in_a_system("calls_between_a_stop_and_a_start_are_counted_and_told", |system| {
        up(system);
        assert_eq!(system.palisade(ROOT, &["stop"]).status.code(), Some(0));
        let alone = system.hook(ALICE, &["claude-code"], &bash("ls", "/"));
        assert_eq!(alone.status.code(), Some(0), "the proven safe passes: {}", text(&alone));
        let alone = system.hook(ALICE, &["claude-code"], &bash("rm -rf /etc", "/"));
        assert_eq!(alone.status.code(), Some(2), "{}", text(&alone));
        let counts = spooled();
        assert!(counts.len() == 1 && counts[0].1 == ALICE.0, "{counts:?}");
        up(system);
        assert_eq!(spooled(), counts, "a start leaves the count to its owner");
        assert_eq!(system.hook(ALICE, &["claude-code"], &bash("ls", "/")).status.code(), Some(0));
        settles();
        let gaps = lines(system, ROOT, &["--kind", "gap"]);
        assert_eq!(gaps.len(), 1, "{gaps:?}");
        assert!(gaps[0].to_string().contains("1 of them"), "{gaps:?}");
        assert_eq!(gaps[0]["peer"]["uid"], ALICE.0, "{gaps:?}");
    });
}

/// Names and owners of what lies in the spool.
fn spooled() -> Vec<(String, u32)> {
    let entries = std::fs::read_dir("/run/palisade/spool").unwrap().map(Result::unwrap);
    // The supervisor removes them meanwhile.
    let owner = |entry: &std::fs::DirEntry| entry.metadata().ok().map(|of| of.uid());
    entries.filter_map(|entry| Some((entry.file_name().into_string().unwrap(), owner(&entry)?))).collect()
}

/// Waits until the supervisor has emptied the spool.
fn settles() {
    let deadline = Instant::now() + Duration::from_secs(15);
    while !spooled().is_empty() {
        assert!(Instant::now() < deadline, "{:?}", spooled());
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_stranger_in_the_spool_neither_denies_nor_hides_nor_forges_a_count() {
    in_a_system("a_stranger_in_the_spool_neither_denies_nor_hides_nor_forges_a_count", |system| {
        up(system);
        assert_eq!(system.palisade(ROOT, &["stop"]).status.code(), Some(0));
        // Everything that another user can put under the names of the first one's counts.
        let script = format!(
            "cd /run/palisade/spool; u={}; echo 12345678 > $u; echo 12345678 > $u.1; chmod 666 $u.1; mkfifo -m 666 $u.2; mkdir $u.3; \
             ln -s /run/victim $u.4; echo 12345678 > {}.5; for i in $(seq 300); do : > $u.9$i; done",
            ALICE.0, BOB.0
        );
        std::fs::write("/run/victim", "").unwrap();
        chown("/run/victim", Some(Uid::from_raw(ALICE.0)), None).unwrap();
        let mut stranger = std::process::Command::new("sh");
        stranger.args(["-c", &script]).uid(BOB.0).gid(BOB.1);
        assert!(stranger.status().unwrap().success());
        for _ in 0..3 {
            let alone = system.hook(ALICE, &["claude-code"], &bash("ls", "/"));
            assert_eq!(alone.status.code(), Some(0), "the proven safe passes: {}", text(&alone));
        }
        assert_eq!(std::fs::read("/run/victim").unwrap(), b"", "a link leads nowhere");
        up(system);
        settles();
        let gaps = lines(system, ROOT, &["--kind", "gap"]);
        let told = |user: User, calls: &str| {
            gaps.iter().any(|gap| gap["peer"]["uid"] == user.0 && gap.to_string().contains(calls))
        };
        assert!(gaps.len() == 2 && told(ALICE, "3 of them") && told(BOB, "2 of them"), "each its own: {gaps:?}");
    });
}

/// Where the service manager listens.
const NOTIFY: &str = "/run/notify";

/// The socket of a service manager, and the supervisor that was told of it.
struct Manager {
    socket: UnixDatagram,
    supervisor: Child,
}

/// systemd would have asked for a sign of life at least so often.
const WATCHDOG: Duration = Duration::from_secs(3);

impl Manager {
    fn start(system: &System) -> Self {
        let socket = UnixDatagram::bind(NOTIFY).unwrap();
        std::fs::set_permissions(NOTIFY, PermissionsExt::from_mode(0o666)).unwrap();
        let mut command = system.command(ROOT, "palisade", &["up", "--foreground"]);
        command.env("NOTIFY_SOCKET", NOTIFY).env("WATCHDOG_USEC", WATCHDOG.as_micros().to_string());
        let supervisor = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        Self { socket, supervisor }
    }

    /// The next message, if one comes in time.
    fn hear(&self, patience: Duration) -> Option<String> {
        self.socket.set_read_timeout(Some(patience)).unwrap();
        let mut message = [0; 4096];
        let length = self.socket.recv(&mut message).ok()?;
        Some(String::from_utf8_lossy(&message[..length]).into_owned())
    }

    fn hear_ready(&self) {
        let first = self.hear(Duration::from_secs(10)).expect("told when ready");
        assert!(first.lines().any(|line| line == "READY=1"), "{first}");
        assert!(
            first.lines().any(|line| line == "STATUS=guarding" || line.starts_with("STATUS=guarding, DEGRADED")),
            "{first}"
        );
    }

    fn is_fed(&self, times: usize, patience: Duration) -> bool {
        let told = |_| self.hear(patience).is_some_and(|message| message.lines().any(|line| line == "WATCHDOG=1"));
        (0..times).all(told)
    }

    /// Whether signs of life end: what is under way now may still arrive, then there is silence.
    fn falls_silent(&self, within: Duration) -> bool {
        let deadline = Instant::now() + within;
        while Instant::now() < deadline {
            if self.hear(WATCHDOG * 4).is_none() {
                return true;
            }
        }
        false
    }
}

impl Drop for Manager {
    fn drop(&mut self) {
        let _ = self.supervisor.kill();
        let _ = self.supervisor.wait();
    }
}

#[test]
fn systemd_is_told_of_readiness_life_and_the_end() {
    in_a_system("systemd_is_told_of_readiness_life_and_the_end", |system| {
        let mut manager = Manager::start(system);
        manager.hear_ready();
        assert!(manager.is_fed(5, WATCHDOG), "a sign of life within every period");
        // A frozen worker is replaced before the time is over.
        for (kind, serves) in [("journal", None), ("classifier", Some(0))] {
            let frozen = system.worker(kind, serves).unwrap();
            kill(Pid::from_raw(frozen), Signal::SIGSTOP).unwrap();
            assert!(manager.is_fed(3, WATCHDOG), "{kind}");
            assert_ne!(system.worker(kind, serves), Some(frozen), "{kind}");
        }
        let pid = Pid::from_raw(i32::try_from(manager.supervisor.id()).unwrap());
        kill(pid, Signal::SIGTERM).unwrap();
        let last =
            std::iter::from_fn(|| manager.hear(Duration::from_secs(10))).find(|said| !said.contains("WATCHDOG=1"));
        assert_eq!(last.as_deref().map(str::trim), Some("STOPPING=1"));
        assert_eq!(manager.supervisor.wait().unwrap().code(), Some(0));
    });
}

#[test]
fn the_watchdog_goes_hungry_while_the_journal_cannot_be_written() {
    in_a_system("the_watchdog_goes_hungry_while_the_journal_cannot_be_written", |system| {
        let manager = Manager::start(system);
        manager.hear_ready();
        assert!(manager.is_fed(3, WATCHDOG));
        // No new segment: the worker that is frozen has no successor.
        chown("/var/lib/palisade/journal/seg", Some(Uid::from_raw(0)), None).unwrap();
        assert!(manager.is_fed(3, WATCHDOG), "the segment that is open is enough");
        kill(Pid::from_raw(system.worker("journal", None).unwrap()), Signal::SIGSTOP).unwrap();
        assert!(manager.falls_silent(Duration::from_secs(40)));
        assert_eq!(system.status()["journal"], "failed: denying", "alive, and it says so");
        let answer = system.hook(ALICE, &["claude-code"], &bash("ls", "/"));
        assert_eq!(answer.status.code(), Some(2), "what cannot be recorded is denied: {}", text(&answer));
    });
}

#[test]
fn the_watchdog_goes_hungry_while_no_classifier_can_be_had() {
    in_a_system("the_watchdog_goes_hungry_while_no_classifier_can_be_had", |system| {
        let manager = Manager::start(system);
        manager.hear_ready();
        // Five deaths in a minute open the breaker; every canary until then starts another one.
        let deadline = Instant::now() + Duration::from_secs(40);
        let mut killed = BTreeSet::new();
        loop {
            let status = system.status();
            let own = |worker: &&serde_json::Value| worker["kind"] == "classifier" && worker["serves"] == 0;
            let classifier = status["workers"].as_array().unwrap().iter().find(own).expect("its seat");
            if classifier["state"] == "open" {
                break;
            }
            assert!(Instant::now() < deadline, "the breaker never opened: {status}");
            if let Some(pid) = classifier["pid"].as_i64().filter(|pid| *pid > 0) {
                // It may have ended in the meantime.
                let _ = kill(Pid::from_raw(i32::try_from(pid).unwrap()), Signal::SIGKILL);
                killed.insert(pid);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        // Fewer where a start failed by itself: that counts, too.
        assert!((1..=5).contains(&killed.len()), "{killed:?}");
        assert!(manager.falls_silent(Duration::from_secs(40)));
        assert_eq!(system.status()["journal"], "recording");
    });
}

#[test]
fn a_service_manager_that_does_not_read_keeps_nobody_waiting() {
    in_a_system("a_service_manager_that_does_not_read_keeps_nobody_waiting", |system| {
        let manager = Manager::start(system);
        manager.hear_ready();
        let full = || {
            let sender = UnixDatagram::unbound().unwrap();
            sender.set_nonblocking(true).unwrap();
            sender.send_to(b"X_FULL=1", NOTIFY).is_err()
        };
        while !full() {}
        std::thread::sleep(WATCHDOG);
        let answer = system.hook(ALICE, &["claude-code"], &bash("ls", "/"));
        assert_eq!(answer.status.code(), Some(0), "{}", text(&answer));
        while manager.hear(WATCHDOG).is_some_and(|said| said.starts_with("X_FULL")) {}
        assert!(manager.is_fed(3, WATCHDOG), "and it is told again when it reads");
    });
}
