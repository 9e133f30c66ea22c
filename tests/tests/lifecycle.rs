//! Starting and stopping, by whoever and however often at once: one supervisor, or none, and its events.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use palisade_tests::instance::{ends, text};
use palisade_tests::{Built, Instance, payloads};
use std::process::Stdio;
use std::time::{Duration, Instant};

#[test]
fn a_hundred_starts_at_once_give_one_supervisor_and_ninety_nine_clear_messages() {
    let instance = Instance::prepare(Built::release(), "");
    let starts: Vec<_> = (0..100)
        .map(|_| instance.command(&["up"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
        .collect();
    let outputs: Vec<_> = starts.into_iter().map(|child| child.wait_with_output().unwrap()).collect();
    let pid = instance.pid().to_string();
    let mut first = 0;
    for output in &outputs {
        let said = text(output);
        assert_eq!(output.status.code(), Some(0), "{said}");
        assert!(said.contains(&pid), "{said}");
        first += usize::from(!said.contains("already running"));
    }
    assert_eq!(first, 1, "exactly one start is the first");
    assert_eq!(instance.log(&["--kind", "started"]).len(), 1);
}

#[test]
fn what_a_killed_supervisor_leaves_behind_stops_nobody_and_becomes_a_gap() {
    let instance = Instance::start();
    let cwd = instance.workspace.to_string_lossy().into_owned();
    instance.hook(&payloads::bash("ls", &cwd));
    let workers = [instance.workers("journal"), instance.workers("classifier")].concat();
    assert_eq!(workers.len(), 2);
    instance.kill();
    let layout = instance.layout();
    assert!(layout.guard_socket().exists() && layout.lock().exists());
    // Workers do not outlive their supervisor.
    workers.into_iter().for_each(ends);
    let up = instance.palisade(&["up"]);
    assert!(up.status.success(), "{}", text(&up));
    let gaps = instance.log(&["--kind", "gap"]);
    assert_eq!(gaps.len(), 1, "{gaps:?}");
    assert_eq!(instance.verify().0, 20);
}

#[test]
fn a_clean_stop_and_start_leave_no_gap() {
    let instance = Instance::start();
    let stop = instance.stop();
    assert!(stop.status.success(), "{}", text(&stop));
    assert!(instance.layout().journal().join("head").exists());
    assert_eq!(instance.verify().0, 20, "a stopped journal can be checked");
    assert!(instance.palisade(&["up"]).status.success());
    assert!(!instance.layout().journal().join("head").exists());
    assert_eq!(instance.log(&["--kind", "gap"]).len(), 0);
    assert_eq!(instance.log(&["--kind", "started"]).len(), 2);
    assert_eq!(instance.log(&["--kind", "stopped"]).len(), 1);
    assert_eq!(instance.verify().0, 20);
}

#[test]
fn starts_and_stops_across_each_other_end_running_or_stopped_with_their_events() {
    let instance = Instance::prepare(Built::release(), "");
    for round in 0..10 {
        let delay = Duration::from_micros(700 * round);
        let mut up = instance.command(&["up"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(delay);
        let mut stop = instance.command(&["stop"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(delay);
        let mut again = instance.command(&["up"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        for child in [&mut up, &mut stop, &mut again] {
            assert!(child.wait().unwrap().code().is_some());
        }
        // Whatever came first, the instance can now be started and stopped.
        assert!(instance.palisade(&["up"]).status.success(), "round {round}");
        let stopped = instance.stop();
        assert!(stopped.status.success(), "round {round}: {}", text(&stopped));
    }
    assert!(instance.palisade(&["up"]).status.success());
    let (started, stopped) = (instance.log(&["--kind", "started"]).len(), instance.log(&["--kind", "stopped"]).len());
    assert_eq!(started, stopped + 1, "every start but the last was stopped in order");
    assert_eq!(instance.log(&["--kind", "gap"]).len(), 0);
    assert_eq!(instance.verify().0, 20);
}

#[test]
fn a_broken_configuration_is_a_refusal_that_names_the_key() {
    for (config, named) in [
        ("fail_mod = \"closed\"", "fail_mod"),
        ("degraded = 3", "degraded"),
        ("[workers]\nuid_base = 12", "uid_base"),
        ("not toml at all", "palisade.toml"),
    ] {
        let instance = Instance::prepare(Built::release(), config);
        let up = instance.palisade(&["up"]);
        assert_eq!(up.status.code(), Some(78), "{}", text(&up));
        assert!(text(&up).contains(named), "{}", text(&up));
    }
}

#[test]
fn one_journal_has_one_supervisor_though_its_run_directory_is_gone() {
    let instance = Instance::start();
    let (run, pid) = (instance.layout().run, instance.pid());
    let hidden = run.with_file_name("hidden");
    std::fs::rename(&run, &hidden).unwrap();
    let second = instance.palisade(&["up"]);
    assert_eq!(second.status.code(), Some(78), "{}", text(&second));
    assert!(text(&second).contains("writes this journal"), "{}", text(&second));
    let _ = std::fs::remove_dir_all(&run);
    std::fs::rename(&hidden, &run).unwrap();
    assert_eq!(instance.pid(), pid);
    assert_eq!(instance.verify().0, 20);
}

#[test]
fn a_link_where_the_lock_should_be_is_followed_by_nobody() {
    let instance = Instance::prepare(Built::release(), "");
    let (run, elsewhere) = (instance.layout().run, instance.workspace.join("elsewhere"));
    std::fs::create_dir_all(&run).unwrap();
    std::fs::write(&elsewhere, "kept").unwrap();
    std::os::unix::fs::symlink(&elsewhere, run.join("lock")).unwrap();
    let up = instance.palisade(&["up"]);
    assert_eq!(up.status.code(), Some(78), "{}", text(&up));
    assert!(text(&up).contains("lock"), "{}", text(&up));
}

#[test]
fn a_journal_that_died_often_is_forgiven_once_it_works_again() {
    let instance = Instance::start();
    let cwd = instance.workspace.to_string_lossy().into_owned();
    let allowed = || instance.hook(&payloads::bash("ls", &cwd)).status.code() == Some(0);
    let within = |seconds, what: &str, holds: &dyn Fn() -> bool| {
        let deadline = Instant::now() + Duration::from_secs(seconds);
        while !holds() {
            assert!(Instant::now() < deadline, "{what}: {}", instance.status());
            std::thread::sleep(Duration::from_millis(100));
        }
    };
    let kill_it = || {
        for pid in instance.workers("journal") {
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
    };
    within(60, "the breaker opens", &|| {
        kill_it();
        allowed();
        instance.status()["workers"].as_array().unwrap().iter().any(|worker| worker["state"] == "open")
    });
    assert!(!allowed(), "nothing is allowed without a journal");
    within(120, "one is tried again", &allowed);
    // It has worked since, so this is a first death, and another one follows at once.
    kill_it();
    within(10, "one death is forgiven", &allowed);
}

#[test]
fn a_log_that_takes_nothing_more_ends_nothing() {
    let instance = Instance::prepare(Built::release(), "");
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let mut supervisor = instance.command(&["up", "--foreground"]).stderr(full).spawn().unwrap();
    let cwd = instance.workspace.to_string_lossy().into_owned();
    let allowed = || instance.hook(&payloads::bash("ls", &cwd)).status.code() == Some(0);
    let deadline = Instant::now() + Duration::from_secs(15);
    while !(instance.layout().guard_socket().exists() && allowed()) {
        assert!(Instant::now() < deadline, "it serves");
        std::thread::sleep(Duration::from_millis(50));
    }
    // Its end is a line in the log.
    instance.workers("classifier").iter().for_each(|pid| kill(Pid::from_raw(*pid), Signal::SIGKILL).unwrap());
    let deadline = Instant::now() + Duration::from_secs(15);
    while !allowed() {
        assert!(Instant::now() < deadline, "it serves again");
    }
    assert!(supervisor.try_wait().unwrap().is_none(), "the supervisor lives");
    assert!(instance.stop().status.success());
    assert!(supervisor.wait().unwrap().success());
}
