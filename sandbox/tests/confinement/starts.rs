//! What a start yields, and what it refuses.

use crate::Test;
use crate::rig::{Answer, Ask, Rig, Scratch, Skip};
use nix::fcntl::FcntlArg;
use nix::sys::signal::Signal;
use palisade_protocol::packet::{PacketError, send_bytes};
use palisade_protocol::worker::{FdAccess, Kind};
use palisade_sandbox::process::{Exit, pidfd_send_signal, wait_pidfd};
use palisade_sandbox::{
    Executable, ExecutableError, Ids, LaunchError, Mode, Plan, StartError, declaration, expected_landlock,
    expected_seccomp, launch,
};
use std::fs;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

pub const TESTS: &[Test] = &[
    ("a_worker_of_every_kind_starts_as_declared_and_answers", every_kind),
    ("its_grants_work_and_are_append_only_where_declared", grants),
    ("a_worker_survives_allocating_hashing_and_a_stop_and_continue", ordinary_life),
    ("the_kernel_lists_exactly_the_descriptors_that_were_attested", listed_descriptors),
    ("a_worker_inherits_no_environment_directory_session_or_signal_state", nothing_inherited),
    ("the_seccomp_program_that_the_kernel_holds_is_the_declared_one", dumped_program),
    ("descriptors_cannot_be_passed_in_either_direction_where_none_is_declared", no_passing),
    ("an_executable_replaced_after_loading_is_not_what_runs", sealed),
    ("an_executable_that_others_could_change_is_refused", untrusted_executables),
    ("a_worker_that_does_not_get_ready_is_ended_in_time", never_ready),
    ("a_program_that_is_no_worker_is_told_apart", no_worker),
    ("a_plan_that_contradicts_the_declaration_starts_nothing", contradictions),
    ("a_worker_whose_spawning_thread_ends_is_ended_with_it", death_of_the_parent),
    ("a_worker_whose_channel_closes_ends_by_itself", closed_channel),
];

fn every_kind(rig: &Rig) -> Result<(), Skip> {
    for kind in Kind::ALL {
        let worker = rig.start(kind).unwrap_or_else(|why| panic!("{kind:?}: {why}"));
        let ready = &worker.started.attested.ready;
        assert_eq!((ready.seccomp, ready.landlock), (expected_seccomp(kind), expected_landlock(kind)));
        assert_eq!(ready.missing.len(), 0, "this kernel has every protection");
        assert_eq!(worker.started.kernel.seccomp_mode, 2);
        if let Some(ids) = worker.ids {
            assert_eq!(worker.started.kernel.uids, [ids.uid; 4]);
        }
        assert_eq!(worker.ask(Ask::Echo(9)).unwrap(), Answer::Echo(9));
    }
    Ok(())
}

fn grants(rig: &Rig) -> Result<(), Skip> {
    let classifier = rig.start(Kind::Classifier).unwrap();
    assert_eq!(classifier.ask(Ask::ReadGrant).unwrap(), Answer::Bytes(b"the policy".to_vec()));
    let journal = rig.start(Kind::Journal).unwrap();
    let fds = &journal.started.attested.fds;
    assert!(fds.iter().filter(|fd| fd.number > 3).all(|fd| fd.access == FdAccess::Append), "{fds:?}");
    for _ in 0..2 {
        assert_eq!(journal.ask(Ask::Append).unwrap(), Answer::Done);
    }
    assert_eq!(std::io::read_to_string(&journal.files[1]).unwrap(), "recordrecord");
    Ok(())
}

fn ordinary_life(rig: &Rig) -> Result<(), Skip> {
    for kind in [Kind::Classifier, Kind::Reader, Kind::Compiler] {
        let worker = rig.start(kind).unwrap();
        assert_eq!(worker.ask(Ask::Work).unwrap(), Answer::Done);
        pidfd_send_signal(&worker.started.process.pidfd, Signal::SIGSTOP).unwrap();
        std::thread::sleep(Duration::from_millis(20));
        pidfd_send_signal(&worker.started.process.pidfd, Signal::SIGCONT).unwrap();
        assert_eq!(worker.ask(Ask::Work).unwrap(), Answer::Done);
    }
    Ok(())
}

fn listed_descriptors(rig: &Rig) -> Result<(), Skip> {
    if rig.mode == Mode::Rootless {
        return Err(Skip("the descriptors of a process that is not dumpable are root's to list"));
    }
    // What the parent left open without close-on-exec, below and above what the child lists.
    let left_open = [5, 20, 200].map(|number| nix::fcntl::fcntl(rig.open_file(), FcntlArg::F_DUPFD(number)).unwrap());
    for kind in Kind::ALL {
        let worker = rig.start(kind).unwrap();
        let entries = fs::read_dir(format!("/proc/{}/fd", worker.started.process.pid)).unwrap();
        let mut listed: Vec<u32> =
            entries.map(|entry| entry.unwrap().file_name().to_str().unwrap().parse().unwrap()).collect();
        listed.sort_unstable();
        let attested: Vec<u32> = worker.started.attested.fds.iter().map(|fd| fd.number).collect();
        let declared: Vec<u32> = declaration(kind).fds.iter().map(|fd| fd.number).collect();
        assert_eq!((&listed, &attested), (&declared, &declared), "{kind:?}");
    }
    left_open.into_iter().for_each(|fd| nix::unistd::close(fd).unwrap());
    Ok(())
}

fn nothing_inherited(rig: &Rig) -> Result<(), Skip> {
    use nix::sys::signal::{SigHandler, SigSet};
    let mut usr2 = SigSet::empty();
    usr2.add(Signal::SIGUSR2);
    usr2.thread_block().unwrap();
    ignore(Signal::SIGHUP, SigHandler::SigIgn);
    let worker = rig.start(Kind::Compiler).unwrap();
    ignore(Signal::SIGHUP, SigHandler::SigDfl);
    usr2.thread_unblock().unwrap();
    let pid = worker.started.process.pid;
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let set = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        u64::from_str_radix(line.trim(), 16).unwrap()
    };
    let bit = |signal: Signal| 1_u64 << (signal as i32 - 1);
    assert_eq!(set("SigBlk:"), 0);
    // The runtime ignores SIGPIPE in every Rust program; SIGXFSZ becomes EFBIG.
    assert_eq!(set("SigIgn:"), bit(Signal::SIGPIPE) | bit(Signal::SIGXFSZ));
    let own = nix::unistd::Pid::from_raw(pid as i32);
    assert_eq!(nix::unistd::getsid(Some(own)), Ok(own));
    assert!(status.contains("Umask:\t0077"));
    if rig.mode == Mode::System {
        assert_eq!(fs::read(format!("/proc/{pid}/environ")).unwrap(), b"");
        assert_eq!(fs::read_link(format!("/proc/{pid}/cwd")).unwrap(), std::path::Path::new("/"));
        assert_eq!(fs::read(format!("/proc/{pid}/cmdline")).unwrap(), b"palisade-compiler\0");
    }
    Ok(())
}

#[allow(unsafe_code)]
fn ignore(which: Signal, how: nix::sys::signal::SigHandler) {
    // SAFETY: neither ignoring nor the default runs code of ours.
    unsafe { nix::sys::signal::signal(which, how) }.unwrap();
}

fn dumped_program(rig: &Rig) -> Result<(), Skip> {
    if rig.mode == Mode::Rootless {
        return Err(Skip("PTRACE_SECCOMP_GET_FILTER takes CAP_SYS_ADMIN"));
    }
    for kind in Kind::ALL {
        let worker = rig.start(kind).unwrap();
        let pid = worker.started.process.pid;
        let dumped = crate::privileges::dump_filter(pid).map_err(|_| Skip("this kernel does not give filters out"))?;
        let program = palisade_sandbox::observe::seccomp_program(kind, pid);
        assert!(program.len() > 20);
        assert_eq!(dumped, program, "{kind:?}");
    }
    Ok(())
}

fn no_passing(rig: &Rig) -> Result<(), Skip> {
    let worker = rig.start(Kind::Classifier).unwrap();
    if worker.started.process.lacking.contains(&"socket.passrights") {
        return Err(Skip("this kernel has no SO_PASSRIGHTS (Linux 6.16)"));
    }
    let file = fs::File::open("/dev/null").unwrap();
    let sent = send_bytes(worker.channel.as_fd(), b"x", &[file.as_fd()], palisade_protocol::packet::Wait::No);
    assert!(matches!(sent, Err(PacketError::Socket(nix::errno::Errno::EPERM))), "{sent:?}");
    // The control: a reader takes them.
    let reader = rig.start(Kind::Reader).unwrap();
    send_bytes(reader.channel.as_fd(), b"x", &[file.as_fd()], palisade_protocol::packet::Wait::No).unwrap();
    Ok(())
}

fn sealed(rig: &Rig) -> Result<(), Skip> {
    let dir = Scratch::new();
    let path = dir.path().join(Kind::Compiler.executable());
    fs::copy(rig.dir().join(Kind::Compiler.executable()), &path).unwrap();
    let executable = Executable::load(Kind::Compiler, dir.path()).unwrap();
    fs::write(&path, b"#!/bin/false").unwrap();
    let worker = rig.start_executable(&executable, Duration::from_secs(10)).unwrap();
    assert_eq!(worker.ask(Ask::Echo(1)).unwrap(), Answer::Echo(1));
    let refused = nix::unistd::write(executable.as_fd(), b"x");
    assert_eq!(refused, Err(nix::errno::Errno::EPERM));
    Ok(())
}

fn untrusted_executables(rig: &Rig) -> Result<(), Skip> {
    let dir = Scratch::new();
    let path = dir.path().join(Kind::Compiler.executable());
    let load = || Executable::load(Kind::Compiler, dir.path()).map(|_| ());
    assert!(matches!(load(), Err(ExecutableError::Read(_, nix::errno::Errno::ENOENT))));
    fs::copy(rig.dir().join(Kind::Compiler.executable()), &path).unwrap();
    load().unwrap();
    for mode in [0o775, 0o757] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        assert!(matches!(load(), Err(ExecutableError::Writable(_, _))));
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    if rig.mode == Mode::System {
        std::os::unix::fs::chown(&path, Some(1234), None).unwrap();
        assert!(matches!(load(), Err(ExecutableError::Owner(_, 1234))));
    }
    fs::rename(&path, dir.path().join("elsewhere")).unwrap();
    std::os::unix::fs::symlink("elsewhere", &path).unwrap();
    assert!(matches!(load(), Err(ExecutableError::Read(_, nix::errno::Errno::ELOOP))));
    fs::remove_file(&path).unwrap();
    nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRUSR).unwrap();
    assert!(matches!(load(), Err(ExecutableError::NotAFile(_))));
    Ok(())
}

fn other_program(path: &str) -> (Scratch, Executable) {
    let dir = Scratch::new();
    fs::copy(path, dir.path().join(Kind::Compiler.executable())).unwrap();
    let executable = Executable::load(Kind::Compiler, dir.path()).unwrap();
    (dir, executable)
}

fn never_ready(rig: &Rig) -> Result<(), Skip> {
    let (_dir, executable) = other_program("/usr/bin/yes");
    // Earlier tests' workers end with their channels.
    while nix::sys::wait::waitpid(None, None).is_ok() {}
    let begun = std::time::Instant::now();
    let why = rig.start_executable(&executable, Duration::from_millis(300)).err().unwrap();
    assert!(matches!(why, StartError::Timeout), "{why}");
    assert!(begun.elapsed() < Duration::from_secs(10));
    // Nothing is left: no child of ours.
    assert_eq!(nix::sys::wait::waitpid(None, None), Err(nix::errno::Errno::ECHILD));
    Ok(())
}

fn no_worker(rig: &Rig) -> Result<(), Skip> {
    let (_dir, executable) = other_program("/usr/bin/false");
    let why = rig.start_executable(&executable, Duration::from_secs(10)).err().unwrap();
    assert!(matches!(why, StartError::Closed { exit: Some(Exit::Code(1)), .. }), "{why}");
    let (_dir, executable) = other_program("/etc/passwd");
    let why = rig.start_executable(&executable, Duration::from_secs(10)).err().unwrap();
    assert!(matches!(why, StartError::Refused { errno: libc::ENOEXEC, .. }), "{why}");
    Ok(())
}

fn contradictions(rig: &Rig) -> Result<(), Skip> {
    let executable = rig.executable(Kind::Classifier);
    let file = fs::File::open("/dev/null").unwrap();
    let right = [(5, file.as_fd())];
    let root = Some(Ids { uid: 0, gid: 0 });
    let someone = Some(Ids { uid: 61_000, gid: 61_000 });
    type Grants<'a> = &'a [(u32, BorrowedFd<'a>)];
    let wrong: [(Mode, Option<Ids>, Grants<'_>); 7] = [
        (Mode::System, Some(Ids { uid: 61_000, gid: 0 }), &right),
        (Mode::System, root, &right),
        (Mode::System, None, &right),
        (Mode::Rootless, someone, &right),
        (rig.mode, rig.ids(), &[]),
        (rig.mode, rig.ids(), &[(4, file.as_fd())]),
        (rig.mode, rig.ids(), &[(5, file.as_fd()), (4, file.as_fd())]),
    ];
    for (mode, ids, grants) in wrong {
        let plan = Plan {
            executable: &executable,
            mode,
            ids,
            grants,
            #[cfg(feature = "hostile")]
            arm: Default::default(),
        };
        assert!(matches!(launch(&plan), Err(LaunchError::Plan(_))), "{plan:?}");
    }
    Ok(())
}

fn death_of_the_parent(rig: &Rig) -> Result<(), Skip> {
    let spawner = || {
        let worker = rig.start(Kind::Compiler).unwrap();
        assert_eq!(worker.ask(Ask::Echo(1)).unwrap(), Answer::Echo(1));
        worker
    };
    let worker = std::thread::scope(|scope| scope.spawn(spawner).join().unwrap());
    // Its channel is still open; only the thread is gone.
    assert!(worker.channel.as_fd().as_raw_fd() >= 0);
    assert_eq!(worker.end_within(Duration::from_secs(5)), Some(Exit::Signal(libc::SIGKILL)));
    Ok(())
}

fn closed_channel(rig: &Rig) -> Result<(), Skip> {
    for kind in Kind::ALL {
        let worker = rig.start(kind).unwrap();
        let pidfd = worker.started.process.pidfd.try_clone().unwrap();
        drop(worker);
        assert_eq!(wait_pidfd(pidfd).unwrap(), Exit::Code(0));
    }
    Ok(())
}
