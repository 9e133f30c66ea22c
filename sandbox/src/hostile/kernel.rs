//! Probes of memory, of the kernel's other doors, and of what tells the host apart: 301 to 399.

use super::{Limited, Probe, Targets, at, call, room};
use nix::errno::Errno;
use palisade_protocol::worker::Kind;

const PAGE: usize = 4096;
const RW: usize = 3;
const RWX: usize = 7;
const PRIVATE: usize = (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS) as usize;
const SHARED: usize = (libc::MAP_SHARED | libc::MAP_ANONYMOUS) as usize;
const NONE: usize = usize::MAX;

pub const PROBES: &[Probe] = &[
    Probe::new(301, "map memory that is writable and executable", |_| map(RWX, PRIVATE).map(drop))
        .process(Limited::To(Errno::EACCES)),
    Probe::new(302, "make memory executable", |_| {
        let page = map(RW, PRIVATE)?;
        call(libc::SYS_mprotect, [page, PAGE, 5]).map(drop)
    })
    .process(Limited::To(Errno::EACCES)),
    Probe::new(303, "map executable memory", |_| map(5, PRIVATE).map(drop)),
    Probe::new(304, "map shared memory", |_| map(RW, SHARED).map(drop)),
    Probe::new(305, "map a file", map_file).process(Limited::Writing),
    Probe::new(306, "make memory executable by key", |_| {
        let page = map(RW, PRIVATE)?;
        call(libc::SYS_pkey_mprotect, [page, PAGE, 5, NONE]).map(drop)
    })
    .process(Limited::To(Errno::EACCES)),
    Probe::new(307, "lock memory", |_| {
        let page = map(RW, PRIVATE)?;
        call(libc::SYS_mlock, [page, PAGE]).map(drop)
    })
    .process(Limited::To(Errno::EPERM)),
    Probe::new(308, "advise the kernel to share its pages", |_| {
        let page = map(RW, PRIVATE)?;
        call(libc::SYS_madvise, [page, PAGE, libc::MADV_SEQUENTIAL as usize]).map(drop)
    }),
    Probe::new(309, "set up an io_uring", |_| call(libc::SYS_io_uring_setup, [4, room()]).map(drop))
        .process(Limited::To(Errno::ENOMEM))
        .exempt("a host may forbid io_uring, or a kernel be built without it"),
    Probe::new(310, "handle page faults itself", |_| call(libc::SYS_userfaultfd, [1]).map(drop))
        .exempt("a kernel may be built without userfaultfd"),
    Probe::new(311, "add a key to its keyring", add_key).exempt("a kernel may be built without keyrings"),
    Probe::new(312, "ask for its keyring", |_| call(libc::SYS_keyctl, [0, usize::MAX - 2, 1]).map(drop))
        .exempt("a kernel may be built without keyrings"),
    Probe::new(313, "make a shared memory segment", |_| {
        let id = call(libc::SYS_shmget, [0, PAGE, 0o1600])?;
        call(libc::SYS_shmctl, [id, 0, 0]).map(drop)
    })
    .exempt("a kernel may be built without System V IPC"),
    Probe::new(314, "make a semaphore", |_| {
        let id = call(libc::SYS_semget, [0, 1, 0o1600])?;
        call(libc::SYS_semctl, [id, 0, 0]).map(drop)
    })
    .exempt("a kernel may be built without System V IPC"),
    Probe::new(315, "make a message queue", |_| {
        let id = call(libc::SYS_msgget, [0, 0o1600])?;
        call(libc::SYS_msgctl, [id, 0, 0]).map(drop)
    })
    .exempt("a kernel may be built without System V IPC"),
    Probe::new(316, "change its personality", |_| call(libc::SYS_personality, [0x0004_0000]).map(drop)),
    #[cfg(target_arch = "x86_64")]
    Probe::new(317, "call the kernel by int 0x80", |_| crate::sys::getpid_by_the_32_bit_door().map(drop))
        .exempt("a kernel may be built without 32-bit emulation, and then faults"),
    Probe::new(318, "call the kernel by its x32 numbers", |_| call(libc::SYS_getpid | 0x4000_0000, []).map(drop))
        .exempt("a kernel may be built without the x32 numbers"),
    // BPF_MAP_CREATE: an array of one 8-byte value.
    Probe::new(319, "make a BPF map", |_| {
        call(libc::SYS_bpf, [0, at(&[2 | 4 << 32, 8 | 1 << 32, 0, 0, 0, 0, 0, 0, 0_u64]), 72]).map(drop)
    })
    .uid(Errno::EPERM)
    .exempt("a kernel may be built without BPF"),
    Probe::new(320, "count events", perf).exempt("a kernel may be built without perf events, or a host forbid them"),
    Probe::new(321, "filter its own system calls", |_| {
        // One instruction: allow. Without seccomp's own precondition the control would fail for the wrong reason.
        if !super::Arm::of_this_worker().seccomp() {
            call(libc::SYS_prctl, [libc::PR_SET_NO_NEW_PRIVS as usize, 1, 0, 0, 0])?;
        }
        let allow = [0x7fff_0000_0000_0006_u64];
        call(libc::SYS_seccomp, [1, 0, at(&[1, at(&allow)])]).map(drop)
    }),
    Probe::new(322, "make a Landlock ruleset", |_| {
        call(libc::SYS_landlock_create_ruleset, [at(&[1_u64, 0, 0]), 8, 0]).map(drop)
    }),
    Probe::new(323, "make an event descriptor", |_| call(libc::SYS_eventfd2, [0, 0]).map(drop)),
    Probe::new(324, "make a timer", |_| call(libc::SYS_timerfd_create, [1, 0]).map(drop)),
    Probe::new(325, "make an epoll set", |_| call(libc::SYS_epoll_create1, [0]).map(drop)),
    Probe::new(326, "make a signal descriptor", |_| call(libc::SYS_signalfd4, [NONE, at(&0_u64), 8, 0]).map(drop)),
    Probe::new(327, "sleep", |_| call(libc::SYS_nanosleep, [at(&[0_u64, 1000]), 0]).map(drop)),
    Probe::new(328, "wait on descriptors", |_| call(libc::SYS_poll, [0, 0, 0]).map(drop)),
    Probe::new(329, "read another clock", |_| call(libc::SYS_clock_gettime, [0, room()]).map(drop))
        .granted(&[Kind::Opener]),
    Probe::new(330, "read the monotonic clock", |_| call(libc::SYS_clock_gettime, [1, room()]).map(drop))
        .granted(&[Kind::Opener]),
    Probe::new(331, "ask which host this is", |_| call(libc::SYS_uname, [room()]).map(drop)),
    Probe::new(332, "ask how busy the host is", |_| call(libc::SYS_sysinfo, [room()]).map(drop)),
    Probe::new(333, "change the host's name", |_| {
        call(libc::SYS_unshare, [libc::CLONE_NEWUTS as usize])?;
        call(libc::SYS_sethostname, [at("hostile"), 7]).map(drop)
    })
    .uid(Errno::EPERM),
    Probe::new(334, "read the kernel's log", |_| call(libc::SYS_syslog, [10, 0, 0]).map(drop))
        .exempt("a host may open its log to everyone, or to nobody"),
    Probe::new(335, "wait on memory", |_| match call(libc::SYS_futex, [at(&0_u32), 129, 1]) {
        Ok(_) => Ok(()),
        Err(errno) => Err(errno),
    }),
    Probe::new(336, "ask for random numbers", |_| call(libc::SYS_getrandom, [room(), 16, 0]).map(drop))
        .granted(&Kind::ALL),
    Probe::new(337, "allocate memory", |_| {
        let page = map(RW, PRIVATE)?;
        call(libc::SYS_munmap, [page, PAGE]).map(drop)
    })
    .granted(&Kind::ALL),
    Probe::new(338, "restart a system call", |_| match call(libc::SYS_restart_syscall, []) {
        // Either says that the call was made: there was nothing to restart, or what was interrupted once has lost its arguments.
        Err(Errno::EINTR | Errno::EFAULT) => Ok(()),
        other => other.map(drop),
    }),
    Probe::new(339, "share its memory map with a sibling's", |to: &Targets| {
        call(libc::SYS_kcmp, [std::process::id() as usize, to.sibling as usize, 1, 0, 0]).map(drop)
    })
    .landlock(Errno::EPERM)
    .exempt("a kernel may be built without kcmp"),
];

fn map(protection: usize, flags: usize) -> Result<usize, Errno> {
    call(libc::SYS_mmap, [0, PAGE, protection, flags, NONE, 0])
}

/// Its own executable's text cannot be had without opening; a granted descriptor can, and else standard input.
fn map_file(_: &Targets) -> Result<(), Errno> {
    let fd = if super::Arm::of_this_worker().seccomp() {
        0
    } else {
        let fd = call(libc::SYS_memfd_create, [c"mapped".as_ptr() as usize, 0])?;
        call(libc::SYS_ftruncate, [fd, PAGE])?;
        fd
    };
    call(libc::SYS_mmap, [0, PAGE, 1, libc::MAP_PRIVATE as usize, fd, 0]).map(drop)
}

fn add_key(_: &Targets) -> Result<(), Errno> {
    let (kind, name) = (c"user".as_ptr() as usize, c"hostile".as_ptr() as usize);
    // KEY_SPEC_PROCESS_KEYRING
    call(libc::SYS_add_key, [kind, name, at("x"), 1, usize::MAX - 1]).map(drop)
}

/// Its own time on the processor, user side only.
fn perf(_: &Targets) -> Result<(), Errno> {
    let mut attributes = [0_u64; 16];
    attributes[0] = 1 | (128 << 32);
    attributes[1] = 1;
    attributes[5] = 1 << 5 | 1 << 6;
    call(libc::SYS_perf_event_open, [at(&attributes), 0, NONE, NONE, 0]).map(drop)
}
