//! Facts: observed by an opener with the rights of whoever asks, and missing without harm.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use palisade_tests::instance::text;
use palisade_tests::payloads::bash;
use palisade_tests::skip::{is_root, skip};
use palisade_tests::system::{ROOT, System, User};
use palisade_tests::{Built, Client, Instance};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

const ALICE: User = (64_001, 64_001);
const BOB: User = (64_002, 64_002);

/// Allowed by what the script is observed to hold, and not allowed where nobody could read it.
const BY_FACTS: &str = "sh list.sh";

fn script(dir: &Path, name: &str) {
    std::fs::create_dir_all(dir).unwrap();
    std::fs::write(dir.join(name), "ls -la\n").unwrap();
}

fn decided(instance: &Instance, command: &str) -> String {
    let mut client = Client::connect(&instance.layout().guard_socket());
    let answer = client.judge(command.as_bytes(), &instance.workspace.to_string_lossy()).expect("answered");
    answer.decision.word().to_owned()
}

fn within<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(15);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn recorded(instance: &Instance, kind: &str, words: &str) {
    within(&format!("no {kind} of an opener that says {words}"), || {
        let events = instance.log(&["--kind", kind]);
        events.iter().map(ToString::to_string).find(|event| event.contains("opener") && event.contains(words))
    });
}

#[test]
fn an_opener_that_is_killed_or_stopped_costs_its_facts_and_is_replaced() {
    let instance = Instance::start();
    script(&instance.workspace, "list.sh");
    // A cold start may be late on a busy machine.
    within("facts", || (decided(&instance, BY_FACTS) == "allow").then_some(()));
    for (signal, class) in [(Signal::SIGKILL, "killed"), (Signal::SIGSTOP, "hung")] {
        let [opener] = instance.workers("opener")[..] else { panic!("{:?}", instance.status()) };
        kill(Pid::from_raw(opener), signal).unwrap();
        let began = Instant::now();
        let decision = decided(&instance, BY_FACTS);
        // One that is gone is replaced before it is missed; one that says nothing is waited for, and then there are no facts.
        assert!(decision != "allow" || signal == Signal::SIGKILL, "{decision}");
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
        recorded(&instance, "worker.exited", class);
        within("facts again", || (decided(&instance, BY_FACTS) == "allow").then_some(()));
        assert_ne!(instance.workers("opener"), [opener]);
    }
    assert_eq!(decided(&instance, "ls"), "allow");
    assert_eq!(instance.verify().0, 20);
}

#[test]
fn an_opener_that_lies_is_ended_as_a_breach_and_the_verdict_has_no_facts() {
    for how in ["cut", "garbage", "oversize", "unknown", "mirror", "empty", "silent"] {
        let instance = Instance::start_with(Built::beset(), "");
        script(&instance.workspace, "list.sh");
        within("facts", || (decided(&instance, BY_FACTS) == "allow").then_some(()));
        let supervisor = instance.pid();
        let name = format!("misbehave-opener-{how}.sh");
        script(&instance.workspace, &name);
        // Its path is what the opener is asked about.
        assert_ne!(decided(&instance, &format!("sh {name}")), "allow", "{how}");
        let (kind, words) = if how == "silent" { ("worker.exited", "hung") } else { ("breach", "") };
        recorded(&instance, kind, words);
        within("facts again", || (decided(&instance, BY_FACTS) == "allow").then_some(()));
        assert_eq!((instance.pid(), instance.verify().0), (supervisor, 20), "{how}");
    }
}

#[test]
fn openers_run_as_whoever_asks_and_see_what_that_user_sees() {
    const TEST: &str = "openers_run_as_whoever_asks_and_see_what_that_user_sees";
    if !is_root() {
        return skip(TEST, "two users are root's to be");
    }
    let seen = System::with(|system| {
        let up = system.palisade(ROOT, &["up"]);
        assert_eq!(up.status.code(), Some(0), "{}", text(&up));
        let home = Path::new("/var/tmp/palisade-facts");
        let _ = std::fs::remove_dir_all(home);
        script(home, "list.sh");
        // Only Bob may look inside.
        let mut all = vec![home.to_owned()];
        while let Some(path) = all.pop() {
            std::os::unix::fs::chown(&path, Some(BOB.0), Some(BOB.1)).unwrap();
            if path.is_dir() {
                all.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            }
        }
        std::fs::set_permissions(home, PermissionsExt::from_mode(0o700)).unwrap();
        let silent = |user| {
            let output = system.hook(user, &["claude-code"], &bash(BY_FACTS, &home.to_string_lossy()));
            output.status.code() == Some(0)
        };
        within("Bob's own facts", || silent(BOB).then_some(()));
        for _ in 0..3 {
            assert!(!silent(ALICE), "Alice was told of what only Bob can see");
        }
        for user in [ALICE, BOB] {
            let opener = system.worker("opener", Some(user.0)).expect("one for each");
            let status = std::fs::read_to_string(format!("/proc/{opener}/status")).unwrap();
            let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned();
            assert_eq!(field("Uid:"), std::array::from_fn::<_, 4, _>(|_| user.0.to_string()).join("\t"));
            assert_eq!(field("Gid:"), std::array::from_fn::<_, 4, _>(|_| user.1.to_string()).join("\t"));
            assert_eq!((field("Groups:"), field("CapPrm:")), (String::new(), "0000000000000000".to_owned()));
        }
        // The same user in another group may see other things: that takes another opener.
        let gid = || {
            let status =
                std::fs::read_to_string(format!("/proc/{}/status", system.worker("opener", Some(BOB.0))?)).ok()?;
            status.lines().find_map(|line| line.strip_prefix("Gid:")?.split_whitespace().next()?.parse::<u32>().ok())
        };
        assert_eq!(gid(), Some(BOB.1));
        within("an opener of that group", || {
            silent((BOB.0, ALICE.1));
            (gid() == Some(ALICE.1)).then_some(())
        });
        assert!(!silent(ROOT), "root by number alone opens no door that is closed to others");
        let opener = system.worker("opener", Some(0)).expect("root's");
        let status = std::fs::read_to_string(format!("/proc/{opener}/status")).unwrap();
        assert!(status.contains("Uid:\t0\t0\t0\t0") && status.contains("CapEff:\t0000000000000000"), "{status}");
        let observed = system.palisade(ROOT, &["permissions", "--observed"]);
        assert_eq!(observed.status.code(), Some(0), "{}", text(&observed));
        std::fs::remove_dir_all(home).unwrap();
    });
    if let Err(why) = seen {
        skip(TEST, &why);
    }
}

#[test]
fn a_client_that_judges_alone_observes_facts_and_says_once_that_it_cannot() {
    let instance = Instance::start();
    script(&instance.workspace, "list.sh");
    let judge = |palisade: &Path| {
        let mut command = std::process::Command::new(palisade);
        let cwd = instance.workspace.to_str().unwrap();
        command.args(["judge", "--cwd", cwd, "--json", BY_FACTS]).output().unwrap()
    };
    let built = Built::release();
    let with = judge(&built.path("palisade"));
    assert_eq!(with.status.code(), Some(0), "{}", text(&with));
    let dir = palisade_tests::instance::scratch();
    std::fs::create_dir_all(&dir).unwrap();
    for name in ["palisade", "palisade-classifier"] {
        palisade_tests::instance::copy_executable(&built.path(name), &dir.join(name));
    }
    let without = judge(&dir.join("palisade"));
    assert_ne!(without.status.code(), Some(0), "{}", text(&without));
    let said = String::from_utf8_lossy(&without.stderr).into_owned();
    assert_eq!(said.matches("no opener could be started").count(), 1, "{said}");
    std::fs::remove_dir_all(dir).unwrap();
}
