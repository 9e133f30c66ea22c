//! The supervisor's own privileges, and what only root can look at.

use crate::Test;
use crate::rig::{Rig, Skip, readable_copy_of_this_test};
use palisade_protocol::worker::Kind;
use palisade_sandbox::privilege::{become_supervisor, harden_self, supervisor_capabilities};
use palisade_sandbox::{Executable, Ids, LaunchError, Mode, Plan, StartError, kernel_view, launch};
use std::process::{Command, ExitCode};
use std::time::Duration;

pub const TESTS: &[Test] = &[
    ("the_supervisor_holds_exactly_the_declared_capabilities_and_still_starts_workers", five_capabilities),
    ("a_worker_is_closed_to_inspection_by_its_own_uid", not_dumpable),
    ("only_an_opener_may_be_root_and_then_by_number_alone", root_by_number),
    ("a_worker_is_not_dumpable_from_its_first_instruction_on", never_dumpable),
    ("an_append_only_inode_refuses_what_o_append_does_not", append_only),
];

fn five_capabilities(rig: &Rig) -> Result<(), Skip> {
    // In a process of its own: there is no way back.
    let dir = readable_copy_of_this_test();
    let status = Command::new(dir.path().join("confinement")).arg("--as-supervisor").status().unwrap();
    assert!(status.success(), "{}: {status}", rig.mode.word());
    Ok(())
}

/// Files of a process that is not dumpable are root's (`proc(5)`).
fn not_dumpable(rig: &Rig) -> Result<(), Skip> {
    use std::os::unix::fs::MetadataExt;
    for kind in Kind::ALL {
        let worker = rig.start(kind).unwrap();
        let own = format!("/proc/{}", worker.started.process.pid);
        assert_eq!(std::fs::metadata(format!("{own}/environ")).unwrap().uid(), 0);
        if rig.mode == Mode::Rootless {
            let listed = std::fs::read_dir(format!("{own}/fd")).map(|_| ()).map_err(|why| why.raw_os_error());
            assert_eq!(listed, Err(Some(libc::EACCES)));
        }
    }
    Ok(())
}

fn root_by_number(rig: &Rig) -> Result<(), Skip> {
    if rig.mode == Mode::Rootless {
        return Err(Skip("takes root"));
    }
    let root = Some(Ids { uid: 0, gid: 0 });
    let start = |kind| rig.start_as(&rig.executable(kind), root, Duration::from_secs(10));
    for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Opener) {
        assert!(matches!(start(kind), Err(StartError::Launch(LaunchError::Plan(_)))), "{kind:?}");
    }
    let worker = start(Kind::Opener).unwrap();
    let view = kernel_view(worker.started.process.pid).unwrap();
    assert_eq!((view.uids, view.gids, view.groups.len()), ([0; 4], [0; 4], 0));
    assert_eq!(view.caps, [0; 5]);
    assert!(view.no_new_privs);
    // Whoever is not root is served by no root.
    let worker = rig.start(Kind::Opener).unwrap();
    assert_eq!(worker.started.kernel.uids, [worker.ids.unwrap().uid; 4]);
    Ok(())
}

/// A program that does nothing for itself, in a worker's place.
fn never_dumpable(rig: &Rig) -> Result<(), Skip> {
    use std::os::unix::fs::MetadataExt;
    if rig.mode == Mode::Rootless {
        return Err(Skip("whoever starts it may read it"));
    }
    let dir = crate::rig::Scratch::new();
    std::fs::copy("/usr/bin/yes", dir.path().join(Kind::Opener.executable())).unwrap();
    let executable = Executable::load(Kind::Opener, dir.path()).unwrap();
    let plan = Plan {
        executable: &executable,
        mode: rig.mode,
        ids: rig.ids(),
        grants: &[],
        #[cfg(feature = "hostile")]
        arm: Default::default(),
    };
    let launched = launch(&plan).unwrap();
    let own = format!("/proc/{}", launched.pid);
    let begun = std::time::Instant::now();
    while std::fs::read(format!("{own}/cmdline")).unwrap() != b"palisade-opener\0" {
        assert!(begun.elapsed() < Duration::from_secs(10));
    }
    assert_eq!(std::fs::metadata(format!("{own}/environ")).unwrap().uid(), 0);
    palisade_sandbox::process::end(&launched.pidfd);
    Ok(())
}

/// The other process.
pub fn as_supervisor() -> ExitCode {
    let rig = Rig::new();
    let before = kernel_view(std::process::id()).expect("reads");
    if rig.mode == Mode::System {
        become_supervisor(Ids { uid: 61_000, gid: 61_000 }).expect("becomes the supervisor");
    } else {
        harden_self().expect("hardens itself");
    }
    let view = kernel_view(std::process::id()).expect("reads");
    let bit = |name: &&str| name.parse::<caps::Capability>().expect("known").bitmask();
    let declared = supervisor_capabilities().iter().map(bit).fold(0, |all, one| all | one);
    match rig.mode {
        Mode::System => {
            assert_eq!(declared.count_ones(), 5);
            assert_eq!(view.caps, [0, declared, declared, declared, 0]);
            assert_eq!((view.uids, view.gids, view.groups.len()), ([61_000; 4], [61_000; 4], 0));
            assert!(nix::unistd::setuid(0.into()).is_ok(), "CAP_SETUID is one of the five");
            let root = kernel_view(std::process::id()).expect("reads");
            assert_eq!(root.caps, view.caps, "uid 0 brings no capability back");
            nix::unistd::setuid(61_000.into()).expect("goes back");
        }
        Mode::Rootless => assert_eq!(view.caps[1..3], [0, 0]),
    }
    assert!(view.no_new_privs && !before.no_new_privs);
    let limit = |name: &str| {
        let row = view.limits.iter().find(|row| row.name.as_str() == name).expect("reported");
        (row.soft, row.hard)
    };
    assert_eq!(limit("Max core file size"), (0, 0));
    assert_eq!(limit("Max open files").0, limit("Max open files").1);
    for kind in Kind::ALL {
        rig.start(kind).unwrap_or_else(|why| panic!("{kind:?}: {why}"));
    }
    ExitCode::SUCCESS
}

fn append_only(rig: &Rig) -> Result<(), Skip> {
    use palisade_sandbox::inode::{is_append_only, set_append_only};
    use std::os::fd::AsFd;
    let dir = crate::rig::Scratch::new();
    let path = dir.path().join("segment");
    let file = std::fs::File::options().append(true).create(true).open(&path).unwrap();
    file.set_len(0).expect("the control: O_APPEND alone lets it be cut");
    match set_append_only(file.as_fd()) {
        Ok(()) => {}
        Err(nix::errno::Errno::EPERM) if rig.mode == Mode::Rootless => return Err(Skip("takes CAP_LINUX_IMMUTABLE")),
        Err(nix::errno::Errno::ENOTTY | nix::errno::Errno::EOPNOTSUPP) => {
            return Err(Skip("this filesystem has no append-only flag"));
        }
        Err(errno) => panic!("{errno}"),
    }
    assert!(is_append_only(file.as_fd()).unwrap());
    assert_eq!(file.set_len(0).unwrap_err().raw_os_error(), Some(libc::EPERM));
    assert_eq!(std::fs::remove_file(&path).unwrap_err().raw_os_error(), Some(libc::EPERM));
    let cleared = Command::new("chattr").arg("-a").arg(&path).status();
    assert!(cleared.is_ok_and(|status| status.success()), "{} stays behind", path.display());
    Ok(())
}

/// Of `linux/ptrace.h`.
const PTRACE_SECCOMP_GET_FILTER: libc::c_uint = 0x420c;

/// Reads the newest seccomp program of a process (`PTRACE_SECCOMP_GET_FILTER`, ptrace(2)), as the bytes of its instructions.
#[allow(unsafe_code)]
pub fn dump_filter(pid: u32) -> Result<Vec<u8>, nix::errno::Errno> {
    use nix::errno::Errno;
    let pid = pid as libc::pid_t;
    // SAFETY: attaches to our own child and waits for the stop; with a null buffer the kernel only tells the length, and the
    // buffer of the second call has room for it, 8 bytes an instruction.
    unsafe {
        Errno::result(libc::ptrace(libc::PTRACE_ATTACH as _, pid, 0, 0))?;
        Errno::result(libc::waitpid(pid, std::ptr::null_mut(), 0))?;
        let length = libc::ptrace(PTRACE_SECCOMP_GET_FILTER as _, pid, 0, 0);
        let mut bytes = vec![0_u8; usize::try_from(length).map_err(|_| Errno::last())? * 8];
        let result = libc::ptrace(PTRACE_SECCOMP_GET_FILTER as _, pid, 0, bytes.as_mut_ptr());
        let result = Errno::result(result).map(|_| bytes);
        libc::ptrace(libc::PTRACE_DETACH as _, pid, 0, 0);
        result
    }
}
