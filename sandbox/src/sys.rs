//! The system calls that no crate wraps. One wrapper each; nothing else in this crate is unsafe but the allocator trait.

#![allow(unsafe_code)]

use nix::errno::Errno;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

/// Ends the process at once: no destructor, no exit handler, no flush.
pub fn exit(code: i32) -> ! {
    // SAFETY: _exit(2) has no precondition and does not return.
    unsafe { libc::_exit(code) }
}

/// `pidfd_open(2)`; the result is close-on-exec.
pub fn pidfd_open(pid: u32) -> Result<OwnedFd, Errno> {
    // SAFETY: takes two integers. `pid_t` is an int: a pid never exceeds 2^22.
    let fd = Errno::result(unsafe { libc::syscall(libc::SYS_pidfd_open, pid as libc::pid_t, 0) })?;
    // SAFETY: the kernel has just installed this descriptor for us; nothing else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd as i32) })
}

/// `pidfd_send_signal(2)`.
pub fn pidfd_send_signal(process: BorrowedFd<'_>, signal: i32) -> Result<(), Errno> {
    let none: *const libc::siginfo_t = std::ptr::null();
    // SAFETY: a null siginfo asks for the default one; the rest are integers.
    let result = unsafe { libc::syscall(libc::SYS_pidfd_send_signal, process.as_raw_fd(), signal, none, 0) };
    Errno::result(result).map(drop)
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// With this code.
    Code(i32),
    /// By this signal.
    Signal(i32),
}

/// `waitid(P_PIDFD)`, for an exited child.
pub fn wait_pidfd(process: BorrowedFd<'_>, block: bool) -> Result<Option<Exit>, Errno> {
    let flags = libc::WEXITED | if block { 0 } else { libc::WNOHANG };
    // SAFETY: siginfo_t is plain data for which all zeroes is a value; waitid writes to it only.
    let (result, info) = unsafe {
        let mut info: libc::siginfo_t = std::mem::zeroed();
        (libc::waitid(libc::P_PIDFD, process.as_raw_fd() as libc::id_t, &mut info, flags), info)
    };
    Errno::result(result)?;
    // SAFETY: after waitid(2) these fields are set, or the zeroes we put there.
    let (pid, status) = unsafe { (info.si_pid(), info.si_status()) };
    if pid == 0 {
        return Ok(None);
    }
    Ok(Some(if info.si_code == libc::CLD_EXITED { Exit::Code(status) } else { Exit::Signal(status) }))
}

/// `FS_APPEND_FL` of `linux/fs.h`.
pub const FS_APPEND_FL: libc::c_long = 0x20;

/// `ioctl(FS_IOC_GETFLAGS)`.
pub fn inode_flags(fd: BorrowedFd<'_>) -> Result<libc::c_long, Errno> {
    // The kernel writes an int, though the request's number is that of a long (`ioctl_iflags(2)`).
    let mut flags: libc::c_long = 0;
    // SAFETY: `flags` outlives the call and is at least as large as what the kernel writes.
    Errno::result(unsafe { libc::ioctl(fd.as_raw_fd(), libc::FS_IOC_GETFLAGS as _, &mut flags) })?;
    Ok(flags)
}

/// `ioctl(FS_IOC_SETFLAGS)`.
pub fn set_inode_flags(fd: BorrowedFd<'_>, flags: libc::c_long) -> Result<(), Errno> {
    // SAFETY: `flags` outlives the call and is at least as large as what the kernel reads.
    Errno::result(unsafe { libc::ioctl(fd.as_raw_fd(), libc::FS_IOC_SETFLAGS as _, &flags) }).map(drop)
}

/// `SO_PASSRIGHTS` of `asm-generic/socket.h`, Linux 6.16.
const SO_PASSRIGHTS: libc::c_int = 83;

/// `setsockopt(SO_PASSRIGHTS, 0)`.
pub fn refuse_passed_descriptors(socket: BorrowedFd<'_>) -> Result<(), Errno> {
    let no: libc::c_int = 0;
    let length = size_of::<libc::c_int>() as libc::socklen_t;
    // SAFETY: the option's value is an int that outlives the call, and its length is given.
    let result = unsafe {
        libc::setsockopt(socket.as_raw_fd(), libc::SOL_SOCKET, SO_PASSRIGHTS, (&raw const no).cast(), length)
    };
    Errno::result(result).map(drop)
}

/// Turns the result of a call that answers 0 or -1 into a result.
fn done(result: impl Into<libc::c_long>) -> Result<(), Errno> {
    if result.into() == -1 { Err(Errno::last()) } else { Ok(()) }
}

/// `fork(2)`. In the child only `child` runs, and the child ends with it.
///
/// The parent may have other threads, which the child has not, and which may have held any lock: `child` must take none, so it
/// must not allocate on the way to exec.
pub fn fork(child: impl FnOnce() -> i32) -> Result<u32, Errno> {
    // SAFETY: the child runs `child`, whose callers in this crate keep to async-signal-safe calls, and then _exit.
    match unsafe { libc::fork() } {
        -1 => Err(Errno::last()),
        0 => exit(child()),
        pid => Ok(pid.unsigned_abs()),
    }
}

/// `execveat(fd, "", argv, {}, AT_EMPTY_PATH)`; returns only if it failed. `argv` ends with a null pointer.
pub fn exec_fd(fd: i32, argv: &[*const libc::c_char]) -> Errno {
    debug_assert!(argv.last().is_some_and(|last| last.is_null()));
    let environment: [*const libc::c_char; 1] = [std::ptr::null()];
    // SAFETY: the path is an empty C string, both arrays end with null, and what they point to outlives the call.
    unsafe {
        libc::syscall(libc::SYS_execveat, fd, c"".as_ptr(), argv.as_ptr(), environment.as_ptr(), libc::AT_EMPTY_PATH);
    }
    Errno::last()
}

/// `close_range(first, last, 0)`.
pub fn close_range(first: u32, last: u32) -> Result<(), Errno> {
    // SAFETY: three integers. Callers have given up every descriptor in the range: the child before exec, and a worker that
    // has just begun and owns none from 6 on.
    done(unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) })
}

/// `fcntl(F_DUPFD_CLOEXEC, least)`: a copy at `least` or above.
pub fn copy_at_least(fd: i32, least: i32) -> Result<i32, Errno> {
    // SAFETY: integers only; the copy is owned by the child that is about to exec.
    Errno::result(unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, least) })
}

/// `dup3(2)`.
pub fn copy_to(fd: i32, number: i32, flags: i32) -> Result<(), Errno> {
    // SAFETY: integers only; whatever stood at `number` belonged to the parent and is not the child's to keep.
    done(unsafe { libc::dup3(fd, number, flags) })
}

/// `close(2)` of a number that may not be open.
pub fn close(number: i32) {
    // SAFETY: called for numbers that nothing owns: in the child before exec, and by a worker for one that it has let go.
    unsafe { libc::close(number) };
}

/// `fcntl(F_GETFD)`: the descriptor's flags, none if the number is not open.
pub fn descriptor_flags(number: i32) -> Option<i32> {
    // SAFETY: integers only.
    let flags = unsafe { libc::fcntl(number, libc::F_GETFD) };
    (flags != -1).then_some(flags)
}

/// `fcntl(F_GETFL)` and the type bits of `fstat(2)`.
pub fn describe(number: i32) -> Result<(i32, u32), Errno> {
    // SAFETY: integers; `stat` is plain data for which all zeroes is a value, and fstat writes to it only.
    unsafe {
        let flags = Errno::result(libc::fcntl(number, libc::F_GETFL))?;
        let mut stat: libc::stat = std::mem::zeroed();
        done(libc::fstat(number, &mut stat))?;
        Ok((flags, stat.st_mode & libc::S_IFMT))
    }
}

/// Takes ownership of a descriptor that this process was started with.
pub fn inherited(number: i32) -> Option<OwnedFd> {
    descriptor_flags(number)?;
    // SAFETY: the number is open since before main, and `worker::enter`, the only caller, asks once in the life of the
    // process for each number; nothing else in a worker owns it.
    Some(unsafe { OwnedFd::from_raw_fd(number) })
}

/// `setrlimit(2)`, soft and hard, to `value` or to the hard limit that is in force if that is lower.
pub fn limit(resource: u32, value: u64) -> Result<(), Errno> {
    let mut now = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `now` outlives both calls, which read or write it whole.
    unsafe {
        done(libc::getrlimit(resource as _, &mut now))?;
        let value = value.min(now.rlim_max);
        done(libc::setrlimit(resource as _, &libc::rlimit { rlim_cur: value, rlim_max: value }))
    }
}

/// `setgroups(0)`, `setresgid`, `setresuid`: the bare calls of this thread. The C library's would signal every thread, and in
/// a forked child there are none.
pub fn become_user(uid: u32, gid: u32) -> Result<(), Errno> {
    let none: *const libc::gid_t = std::ptr::null();
    // SAFETY: an empty group list needs no memory; the rest are integers.
    unsafe {
        done(libc::syscall(libc::SYS_setgroups, 0, none))?;
        done(libc::syscall(libc::SYS_setresgid, gid, gid, gid))?;
        done(libc::syscall(libc::SYS_setresuid, uid, uid, uid))
    }
}

/// Real, effective and saved uid; the same of the gid; the number of supplementary groups.
pub fn identity() -> Result<([u32; 3], [u32; 3], i32), Errno> {
    let (mut uids, mut gids) = ([0; 3], [0; 3]);
    let [ruid, euid, suid] = &mut uids;
    let [rgid, egid, sgid] = &mut gids;
    // SAFETY: six pointers to ints that outlive the calls; a size of 0 asks getgroups for the number only.
    let groups = unsafe {
        done(libc::getresuid(ruid, euid, suid))?;
        done(libc::getresgid(rgid, egid, sgid))?;
        Errno::result(libc::getgroups(0, std::ptr::null_mut()))?
    };
    Ok((uids, gids, groups))
}

/// Tries `setuid(0)`, which must fail.
pub fn try_to_become_root() -> Result<(), Errno> {
    // SAFETY: one integer; the bare call of this thread.
    done(unsafe { libc::syscall(libc::SYS_setuid, 0) })
}

/// `prctl(2)` with integer arguments.
pub fn prctl(option: i32, argument: u64) -> Result<(), Errno> {
    // SAFETY: every option that is used here takes integers only.
    done(unsafe { libc::prctl(option, argument as libc::c_ulong, 0, 0, 0) })
}

/// `prctl(PR_SET_NAME)`: the first 15 bytes.
pub fn set_name(name: &std::ffi::CStr) -> Result<(), Errno> {
    // SAFETY: a C string that outlives the call; the kernel copies at most 16 bytes and stops at its end.
    done(unsafe { libc::prctl(libc::PR_SET_NAME, name.as_ptr()) })
}

/// Every signal's action back to its default, then no signal blocked. For the child: the parent's handlers must not run in it,
/// nor what the parent ignores stay ignored.
pub fn default_signals() {
    /// The kernel's `struct sigaction`, not the C library's: handler, flags, restorer, mask. All zeroes is SIG_DFL.
    const DEFAULT: [u64; 4] = [0; 4];
    const NONE: [u64; 1] = [0];
    let nothing: *mut u64 = std::ptr::null_mut();
    // SAFETY: both constants are as long as the kernel reads. The bare calls, because the C library keeps two signals to itself
    // and would refuse them; SIGKILL and SIGSTOP refuse by themselves, which is as good.
    unsafe {
        for signal in 1..=64 {
            libc::syscall(libc::SYS_rt_sigaction, signal, DEFAULT.as_ptr(), nothing, size_of::<u64>());
        }
        libc::syscall(libc::SYS_rt_sigprocmask, libc::SIG_SETMASK, NONE.as_ptr(), nothing, size_of::<u64>());
    }
}

/// `signal(SIGXFSZ, SIG_IGN)`: a write over the file size limit then fails with `EFBIG`.
pub fn ignore_file_size_signal() {
    // SAFETY: SIG_IGN runs no code.
    unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
}

/// `send(2)` of ready bytes, without allocation.
pub fn send(number: i32, bytes: &[u8]) -> Result<(), Errno> {
    // SAFETY: pointer and length are those of `bytes`.
    Errno::result(unsafe { libc::send(number, bytes.as_ptr().cast(), bytes.len(), libc::MSG_NOSIGNAL) }).map(drop)
}

/// `write(2)` to descriptor 2, as far as it goes: there is nobody to tell about a failure.
pub fn write_diagnostics(bytes: &[u8]) {
    // SAFETY: pointer and length are those of `bytes`.
    unsafe { libc::write(2, bytes.as_ptr().cast(), bytes.len()) };
}

/// Any system call with any arguments. Only a hostile worker has this: it stands for arbitrary code.
#[cfg(feature = "hostile")]
pub fn any(number: libc::c_long, arguments: [usize; 6]) -> Result<usize, Errno> {
    let [a, b, c, d, e, f] = arguments;
    // SAFETY: the probes pass pointers to live buffers of theirs, or numbers; what the kernel does beyond that is what is
    // being tested, in a process that is thrown away.
    let result = unsafe { libc::syscall(number, a, b, c, d, e, f) };
    if result == -1 { Err(Errno::last()) } else { Ok(result as usize) }
}

/// `int 0x80` with the 32-bit number of `getpid`: the other door into the kernel, which a filter that forgets the
/// architecture leaves open.
#[cfg(all(feature = "hostile", target_arch = "x86_64"))]
pub fn getpid_by_the_32_bit_door() -> Result<usize, Errno> {
    let result: i32;
    // SAFETY: getpid takes nothing and changes nothing; the kernel may clobber r8 to r11 on this path.
    unsafe {
        std::arch::asm!("int 0x80", inlateout("eax") 20_i32 => result, out("r8") _, out("r9") _, out("r10") _, out("r11") _);
    }
    if result < 0 { Err(Errno::from_raw(-result)) } else { Ok(result as usize) }
}

/// Starts a thread and waits for it.
#[cfg(feature = "hostile")]
pub fn clone_thread() -> Result<(), Errno> {
    extern "C" fn nothing(_: *mut libc::c_void) -> *mut libc::c_void {
        std::ptr::null_mut()
    }
    // SAFETY: a thread that does nothing, joined before its id goes out of scope.
    unsafe {
        let mut thread: libc::pthread_t = std::mem::zeroed();
        match libc::pthread_create(&mut thread, std::ptr::null(), nothing, std::ptr::null_mut()) {
            0 => {
                libc::pthread_join(thread, std::ptr::null_mut());
                Ok(())
            }
            errno => Err(Errno::from_raw(errno)),
        }
    }
}
