//! Probes of other processes and of its own identity: 201 to 299.

use super::{Effect, Limited, Probe, Targets, at, call, room};
use nix::errno::Errno;

const USR1: usize = libc::SIGUSR1 as usize;

pub const PROBES: &[Probe] = &[
    Probe::new(201, "fork", fork).process(Limited::To(Errno::EAGAIN)),
    Probe::new(202, "start a thread", |_| crate::sys::clone_thread()).process(Limited::To(Errno::EAGAIN)),
    Probe::new(203, "execute a program", execute).landlock(Errno::EACCES),
    Probe::new(204, "execute a program from a memfd", execute_memfd).process(Limited::Writing),
    Probe::new(205, "signal another process of its uid", |to| {
        call(libc::SYS_kill, [to.sibling as usize, USR1]).map(drop)
    })
    .landlock(Errno::EPERM)
    .effect(Effect::Signalled),
    Probe::new(206, "signal a thread of another process", |to| {
        call(libc::SYS_tgkill, [to.sibling as usize, to.sibling as usize, USR1]).map(drop)
    })
    .landlock(Errno::EPERM)
    .effect(Effect::Signalled),
    Probe::new(207, "abort another process", |to| {
        call(libc::SYS_tgkill, [to.sibling as usize, to.sibling as usize, libc::SIGABRT as usize]).map(drop)
    })
    .landlock(Errno::EPERM)
    .effect(Effect::Signalled),
    Probe::new(208, "signal another process by its pidfd", pidfd_signal)
        .landlock(Errno::EPERM)
        .effect(Effect::Signalled),
    Probe::new(209, "open another process's pidfd", |to| pidfd(to).map(drop)),
    Probe::new(210, "take a descriptor of another process", pidfd_getfd)
        .process(Limited::TwoDescriptors)
        .landlock(Errno::EPERM),
    Probe::new(211, "trace another process", trace).landlock(Errno::EPERM),
    Probe::new(212, "read another process's memory", |to| memory(to, libc::SYS_process_vm_readv))
        .landlock(Errno::EPERM),
    Probe::new(213, "write another process's memory", |to| memory(to, libc::SYS_process_vm_writev))
        .landlock(Errno::EPERM),
    Probe::new(214, "open another process's memory file", |to| proc_file(to, "mem")).landlock(Errno::EACCES),
    Probe::new(215, "open another process's environment", |to| proc_file(to, "environ")).landlock(Errno::EACCES),
    Probe::new(216, "change another process's limits", prlimit),
    Probe::new(217, "pin another process to a processor", affinity),
    Probe::new(218, "lower another process's priority", |to| {
        // The lowest there is: whatever it is now, this is no raise, which would take a privilege.
        call(libc::SYS_setpriority, [0, to.sibling as usize, 19]).map(drop)
    }),
    Probe::new(219, "change another process's disk priority", |to| {
        call(libc::SYS_ioprio_set, [1, to.sibling as usize, 3 << 13]).map(drop)
    }),
    Probe::new(220, "signal the supervisor", |to| call(libc::SYS_kill, [to.runner as usize, 0]).map(drop))
        .uid_in_a_system_run(Errno::EPERM),
    Probe::new(221, "become root", |_| call(libc::SYS_setuid, [0]).map(drop)).uid(Errno::EPERM),
    Probe::new(222, "join a group", |_| call(libc::SYS_setgroups, [1, at(&0_u32)]).map(drop)).uid(Errno::EPERM),
    Probe::new(223, "become another user", |_| call(libc::SYS_setresuid, [1, 1, 1]).map(drop)).uid(Errno::EPERM),
    Probe::new(224, "raise a capability", capset).uid(Errno::EPERM),
    Probe::new(225, "make a user namespace", |_| call(libc::SYS_unshare, [libc::CLONE_NEWUSER as usize]).map(drop))
        .exempt("a host may forbid unprivileged user namespaces"),
    Probe::new(226, "make a process namespace", |_| call(libc::SYS_unshare, [libc::CLONE_NEWPID as usize]).map(drop))
        .uid(Errno::EPERM),
    Probe::new(227, "outlive the supervisor", |_| prctl(libc::PR_SET_PDEATHSIG, 0)),
    Probe::new(228, "open itself to inspection", |_| prctl(libc::PR_SET_DUMPABLE, 1)),
    Probe::new(229, "adopt orphans", |_| prctl(libc::PR_SET_CHILD_SUBREAPER, 1)),
    Probe::new(230, "rename itself", |_| prctl(libc::PR_SET_NAME, at("init\0"))),
    Probe::new(231, "lower one of its limits", |_| {
        call(libc::SYS_prlimit64, [0, libc::RLIMIT_CPU as usize, at(&[99_u64, 99]), 0]).map(drop)
    }),
    Probe::new(232, "ask for its session", |_| call(libc::SYS_getsid, [0]).map(drop)),
    Probe::new(233, "ask for its uid", |_| call(libc::SYS_getuid, []).map(drop)),
    Probe::new(234, "ask for its parent", |_| call(libc::SYS_getppid, []).map(drop)),
    Probe::new(235, "wait for a child", |_| match call(libc::SYS_wait4, [usize::MAX, 0, 0, 0]) {
        Err(Errno::ECHILD) => Ok(()),
        other => other.map(drop),
    }),
    Probe::new(236, "catch a signal that the runtime does not need", |_| {
        call(libc::SYS_rt_sigaction, [libc::SIGTERM as usize, 0, room(), 8]).map(drop)
    }),
    Probe::new(237, "signal itself otherwise than by abort", |_| {
        let own = std::process::id() as usize;
        call(libc::SYS_tgkill, [own, own, 0]).map(drop)
    }),
];

fn fork(_: &Targets) -> Result<(), Errno> {
    match call(libc::SYS_fork, [])? {
        0 => crate::sys::exit(0),
        child => call(libc::SYS_wait4, [child, 0, 0, 0]).map(drop),
    }
}

/// A whole program: an ELF header, a program header, and `exit(42)`.
#[cfg(target_arch = "x86_64")]
pub const PROGRAM: [u8; 132] = {
    let mut bytes = [0; 132];
    let start = 0x40_0078_u64.to_le_bytes();
    let parts: [(usize, &[u8]); 12] = [
        (0, b"\x7fELF\x02\x01\x01"),
        (16, &[2, 0, 62, 0, 1]),
        (24, &start),
        (32, &[64]),
        (52, &[64, 0, 56, 0, 1]),
        (64, &[1, 0, 0, 0, 5]),
        (82, &[0x40]),
        (90, &[0x40]),
        (96, &[132]),
        (104, &[132]),
        (113, &[0x10]),
        (120, b"\xbf\x2a\x00\x00\x00\xb8\x3c\x00\x00\x00\x0f\x05"),
    ];
    let mut part = 0;
    while part < parts.len() {
        let mut byte = 0;
        while byte < parts[part].1.len() {
            bytes[parts[part].0 + byte] = parts[part].1[byte];
            byte += 1;
        }
        part += 1;
    }
    bytes
};

fn execute(to: &Targets) -> Result<(), Errno> {
    let path = to.path("program");
    let arguments = [path.as_ptr() as usize, 0];
    call(libc::SYS_execve, [path.as_ptr() as usize, at(&arguments), at(&[0_usize])]).map(drop)
}

fn execute_memfd(_: &Targets) -> Result<(), Errno> {
    let name = c"program".as_ptr() as usize;
    let fd = call(libc::SYS_memfd_create, [name, libc::MFD_EXEC as usize])?;
    call(libc::SYS_write, [fd, at(&PROGRAM), PROGRAM.len()])?;
    let (arguments, none, empty) = ([name, 0], [0_usize], c"".as_ptr() as usize);
    call(libc::SYS_execveat, [fd, empty, at(&arguments), at(&none), libc::AT_EMPTY_PATH as usize]).map(drop)
}

fn pidfd(to: &Targets) -> Result<usize, Errno> {
    call(libc::SYS_pidfd_open, [to.sibling as usize, 0])
}

fn pidfd_signal(to: &Targets) -> Result<(), Errno> {
    let fd = pidfd(to)?;
    call(libc::SYS_pidfd_send_signal, [fd, USR1, 0, 0]).map(drop)
}

fn pidfd_getfd(to: &Targets) -> Result<(), Errno> {
    let fd = pidfd(to)?;
    call(libc::SYS_pidfd_getfd, [fd, 1, 0]).map(drop)
}

fn trace(to: &Targets) -> Result<(), Errno> {
    call(libc::SYS_ptrace, [libc::PTRACE_SEIZE as usize, to.sibling as usize, 0, 0]).map(drop)
}

fn memory(to: &Targets, number: libc::c_long) -> Result<(), Errno> {
    let (ours, theirs) = ([room(), 8], [to.sibling_word, 8]);
    match call(number, [to.sibling as usize, at(&ours), 1, at(&theirs), 1, 0])? {
        8 => Ok(()),
        _ => Err(Errno::EIO),
    }
}

fn proc_file(to: &Targets, name: &str) -> Result<(), Errno> {
    let path = std::ffi::CString::new(format!("/proc/{}/{name}", to.sibling)).unwrap_or_default();
    call(libc::SYS_openat, [libc::AT_FDCWD as isize as usize, path.as_ptr() as usize, 0]).map(drop)
}

fn prlimit(to: &Targets) -> Result<(), Errno> {
    let limit = [10_000_u64, 10_000];
    call(libc::SYS_prlimit64, [to.sibling as usize, libc::RLIMIT_CPU as usize, at(&limit), 0]).map(drop)
}

fn affinity(to: &Targets) -> Result<(), Errno> {
    let mask = [1_u64; 16];
    call(libc::SYS_sched_setaffinity, [to.sibling as usize, 8, at(&mask)]).map(drop)
}

/// `CAP_NET_RAW` into the effective, permitted and inheritable sets.
fn capset(_: &Targets) -> Result<(), Errno> {
    let (header, sets) = ([0x2008_0522_u32, 0], [1_u32 << 13, 1 << 13, 1 << 13, 0, 0, 0]);
    call(libc::SYS_capset, [at(&header), at(&sets)]).map(drop)
}

fn prctl(option: i32, argument: usize) -> Result<(), Errno> {
    call(libc::SYS_prctl, [option as usize, argument, 0, 0, 0]).map(drop)
}
