//! Probes of the filesystem: 1 to 99.

use super::{Effect, Limited, Probe, Targets, at, call, room};
use nix::errno::Errno;
use palisade_protocol::worker::Kind;
use std::ffi::CString;

const CWD: usize = libc::AT_FDCWD as isize as usize;
const WRONLY: usize = libc::O_WRONLY as usize;

/// Who may read what its user may.
const OPENER: &[Kind] = &[Kind::Opener];

pub const PROBES: &[Probe] = &[
    Probe::new(1, "read a file that everyone may read", |to| read(to, "readable"))
        .landlock(Errno::EACCES)
        .reads(OPENER),
    Probe::new(2, "read another's private file", |to| read(to, "private")).uid(Errno::EACCES),
    Probe::new(3, "create a file", create).landlock(Errno::EACCES).effect(Effect::Made("made")),
    Probe::new(4, "truncate a file by path", truncate).landlock(Errno::EACCES).effect(Effect::Changed),
    Probe::new(5, "open a file for writing and write", overwrite)
        .process(Limited::Writing)
        .landlock(Errno::EACCES)
        .effect(Effect::Changed),
    Probe::new(6, "rename a file", |to| two_paths(to, libc::SYS_rename, "own", "made"))
        .landlock(Errno::EACCES)
        .effect(Effect::Gone("own")),
    Probe::new(7, "link a file", |to| two_paths(to, libc::SYS_link, "own", "made"))
        .landlock(Errno::EACCES)
        .effect(Effect::Made("made")),
    Probe::new(8, "make a symbolic link", |to| two_paths(to, libc::SYS_symlink, "own", "made"))
        .landlock(Errno::EACCES)
        .effect(Effect::Made("made")),
    Probe::new(9, "unlink a file", |to| one_path(to, libc::SYS_unlink, "own", [0, 0]))
        .landlock(Errno::EACCES)
        .effect(Effect::Gone("own")),
    Probe::new(10, "make a directory", |to| one_path(to, libc::SYS_mkdir, "made", [0o700, 0]))
        .landlock(Errno::EACCES)
        .effect(Effect::Made("made")),
    Probe::new(11, "remove a directory", |to| one_path(to, libc::SYS_rmdir, "list", [0, 0]))
        .landlock(Errno::EACCES)
        .effect(Effect::Gone("list")),
    Probe::new(12, "make a fifo", |to| one_path(to, libc::SYS_mknod, "made", [(libc::S_IFIFO | 0o600) as usize, 0]))
        .landlock(Errno::EACCES)
        .effect(Effect::Made("made")),
    Probe::new(13, "list a directory", list).landlock(Errno::EACCES).reads(OPENER),
    Probe::new(14, "stat a file", stat),
    Probe::new(15, "statx a file", statx).granted(OPENER),
    Probe::new(16, "ask whether a file may be read", |to| one_path(to, libc::SYS_access, "readable", [4, 0])),
    Probe::new(17, "change the working directory", |to| one_path(to, libc::SYS_chdir, "list", [0, 0])),
    Probe::new(18, "read a symbolic link", readlink),
    Probe::new(19, "change a file's mode", |to| one_path(to, libc::SYS_chmod, "own", [0o604, 0]))
        .effect(Effect::Changed),
    Probe::new(20, "change a file's times", utimensat).effect(Effect::Changed),
    Probe::new(21, "set an extended attribute", setxattr).effect(Effect::Changed),
    Probe::new(22, "give a file away", |to| one_path(to, libc::SYS_chown, "own", [1, 1]))
        .uid(Errno::EPERM)
        .effect(Effect::Changed),
    Probe::new(23, "open through a directory that was open before", openat).landlock(Errno::EACCES).reads(OPENER),
    Probe::new(24, "openat2 through a directory that was open before", openat2)
        .landlock(Errno::EACCES)
        .reads(OPENER)
        .granted(OPENER),
    Probe::new(25, "unlink through a directory that was open before", |to| {
        call(libc::SYS_unlinkat, [to.opened()?, c"own".as_ptr() as usize, 0]).map(drop)
    })
    .landlock(Errno::EACCES)
    .effect(Effect::Gone("own")),
    Probe::new(26, "take a file's handle", name_to_handle),
    Probe::new(27, "ask about the filesystem", statfs),
    Probe::new(28, "watch a directory with inotify", inotify),
    Probe::new(29, "open /dev/null", |_| open(c"/dev/null".into(), 2)).landlock(Errno::EACCES),
    Probe::new(30, "open /etc/passwd", |_| open(c"/etc/passwd".into(), 0)).landlock(Errno::EACCES).reads(OPENER),
    Probe::new(31, "open the memory device", |_| open(c"/dev/mem".into(), 0))
        .uid(Errno::EACCES)
        .exempt("a kernel may have no /dev/mem, or refuse it to root too"),
    Probe::new(32, "list /proc/self/fd", |_| list_at(c"/proc/self/fd".into())).landlock(Errno::EACCES),
    Probe::new(33, "reopen a descriptor by /proc/self/fd", |_| open(c"/proc/self/fd/1".into(), WRONLY))
        .landlock(Errno::EACCES),
    Probe::new(34, "read /proc/self/maps", |_| open(c"/proc/self/maps".into(), 0)).landlock(Errno::EACCES),
    Probe::new(35, "write /proc/self/mem", |_| open(c"/proc/self/mem".into(), 2))
        .process(Limited::To(Errno::EACCES))
        // Who executes what it may not read is not dumpable, and its files in /proc are root's (proc(5)).
        .uid_in_a_system_run(Errno::EACCES)
        .landlock(Errno::EACCES),
    Probe::new(36, "change the root directory", |to| one_path(to, libc::SYS_chroot, "list", [0, 0])).uid(Errno::EPERM),
    Probe::new(37, "mount a filesystem", mount).uid(Errno::EPERM),
    Probe::new(38, "make a user namespace and mount in it", mount_in_user_namespace)
        .landlock(Errno::EPERM)
        .exempt("a host may forbid unprivileged user namespaces"),
    Probe::new(39, "make a filesystem context", fsopen).uid(Errno::EPERM),
    Probe::new(40, "make a file without a name", tmpfile).landlock(Errno::EACCES),
    Probe::new(41, "make a memfd", memfd),
    Probe::new(42, "make a secret memfd", |_| call(libc::SYS_memfd_secret, [0]).map(drop))
        .exempt("a kernel may be built without memfd_secret"),
    Probe::new(44, "ask for the working directory", getcwd),
    Probe::new(45, "change the mode mask", |_| call(libc::SYS_umask, [0]).map(drop)),
    // What an opener has calls for, in every way in which it must not be used.
    Probe::new(51, "read a file by openat2", |to| read2(to.path("readable")))
        .landlock(Errno::EACCES)
        .reads(OPENER)
        .granted(OPENER),
    Probe::new(52, "list a directory by openat2", list2).landlock(Errno::EACCES).reads(OPENER).granted(OPENER),
    Probe::new(53, "read another's private file by openat2", |to| read2(to.path("private")))
        .uid_in_a_system_run(Errno::EACCES)
        .reads(OPENER)
        .passes(OPENER),
    Probe::new(54, "open a file for writing by openat2", |to| open2(to.path("own"), libc::O_WRONLY).map(drop))
        .landlock(Errno::EACCES)
        .passes(OPENER),
    Probe::new(55, "create a file by openat2", |to| open2(to.path("made"), libc::O_CREAT | libc::O_WRONLY).map(drop))
        .landlock(Errno::EACCES)
        .passes(OPENER)
        .effect(Effect::Made("made")),
    Probe::new(56, "truncate a file by openat2", |to| open2(to.path("own"), libc::O_TRUNC).map(drop))
        .landlock(Errno::EACCES)
        .passes(OPENER)
        .effect(Effect::Changed),
    Probe::new(57, "make a file without a name by openat2", |to| open2(to.path("list"), libc::O_TMPFILE | 1).map(drop))
        .landlock(Errno::EACCES)
        .passes(OPENER),
    Probe::new(58, "read from a device by openat2", |_| read2(c"/dev/zero".into()))
        .landlock(Errno::EACCES)
        .passes(OPENER),
    Probe::new(59, "read its own memory map by openat2", |_| open2(c"/proc/self/maps".into(), 0).map(drop))
        .landlock(Errno::EACCES)
        .passes(OPENER),
    Probe::new(60, "read another process's memory map by openat2", |to| {
        open2(CString::new(format!("/proc/{}/maps", to.sibling)).unwrap_or_default(), 0).map(drop)
    })
    .landlock(Errno::EACCES)
    .passes(OPENER),
    Probe::new(61, "list / by openat2", |_| open2(c"/".into(), libc::O_DIRECTORY).map(drop))
        .landlock(Errno::EACCES)
        .passes(OPENER),
    Probe::new(62, "read a link", |to| {
        let path = to.path("symlink");
        call(libc::SYS_readlinkat, [CWD, path.as_ptr() as usize, room(), 64]).map(drop)
    })
    .granted(OPENER),
    Probe::new(63, "ask about the filesystem of its channel", |_| call(libc::SYS_fstatfs, [3, room()]).map(drop))
        .granted(OPENER),
];

fn open2(path: CString, flags: libc::c_int) -> Result<usize, Errno> {
    let mode = if flags & (libc::O_CREAT | libc::O_TMPFILE) & !libc::O_DIRECTORY == 0 { 0 } else { 0o600 };
    let how = [flags as u64, mode, 0];
    call(libc::SYS_openat2, [CWD, path.as_ptr() as usize, at(&how), size_of_val(&how)])
}

fn read2(path: CString) -> Result<(), Errno> {
    let fd = open2(path, libc::O_RDONLY)?;
    match call(libc::SYS_pread64, [fd, room(), 16, 0])? {
        0 => Err(Errno::ENODATA),
        _ => Ok(()),
    }
}

fn list2(to: &Targets) -> Result<(), Errno> {
    let fd = open2(to.path("list"), libc::O_DIRECTORY)?;
    call(libc::SYS_getdents64, [fd, room(), 512]).map(drop)
}

fn open(path: CString, flags: usize) -> Result<(), Errno> {
    call(libc::SYS_openat, [CWD, path.as_ptr() as usize, flags]).map(drop)
}

fn read(to: &Targets, name: &str) -> Result<(), Errno> {
    let path = to.path(name);
    let fd = call(libc::SYS_openat, [CWD, path.as_ptr() as usize, 0])?;
    match call(libc::SYS_read, [fd, room(), 16])? {
        0 => Err(Errno::ENODATA),
        _ => Ok(()),
    }
}

fn create(to: &Targets) -> Result<(), Errno> {
    let path = to.path("made");
    call(libc::SYS_openat, [CWD, path.as_ptr() as usize, libc::O_CREAT as usize | WRONLY, 0o600]).map(drop)
}

fn truncate(to: &Targets) -> Result<(), Errno> {
    one_path(to, libc::SYS_truncate, "own", [1, 0])
}

fn overwrite(to: &Targets) -> Result<(), Errno> {
    let path = to.path("own");
    let fd = call(libc::SYS_openat, [CWD, path.as_ptr() as usize, WRONLY])?;
    call(libc::SYS_write, [fd, at("hostile"), 7]).map(drop)
}

fn one_path(to: &Targets, number: libc::c_long, name: &str, more: [usize; 2]) -> Result<(), Errno> {
    let path = to.path(name);
    call(number, [path.as_ptr() as usize, more[0], more[1]]).map(drop)
}

fn two_paths(to: &Targets, number: libc::c_long, from: &str, name: &str) -> Result<(), Errno> {
    let (from, name) = (to.path(from), to.path(name));
    call(number, [from.as_ptr() as usize, name.as_ptr() as usize]).map(drop)
}

fn list(to: &Targets) -> Result<(), Errno> {
    list_at(to.path("list"))
}

fn list_at(path: CString) -> Result<(), Errno> {
    let fd = call(libc::SYS_openat, [CWD, path.as_ptr() as usize, libc::O_DIRECTORY as usize])?;
    call(libc::SYS_getdents64, [fd, room(), 512]).map(drop)
}

fn stat(to: &Targets) -> Result<(), Errno> {
    let path = to.path("readable");
    call(libc::SYS_newfstatat, [CWD, path.as_ptr() as usize, room()]).map(drop)
}

fn statx(to: &Targets) -> Result<(), Errno> {
    let path = to.path("readable");
    call(libc::SYS_statx, [CWD, path.as_ptr() as usize, 0, 0xfff, room()]).map(drop)
}

fn readlink(to: &Targets) -> Result<(), Errno> {
    let path = to.path("symlink");
    call(libc::SYS_readlink, [path.as_ptr() as usize, room(), 64]).map(drop)
}

fn utimensat(to: &Targets) -> Result<(), Errno> {
    let (path, times) = (to.path("own"), [1_u64, 0, 1, 0]);
    call(libc::SYS_utimensat, [CWD, path.as_ptr() as usize, at(&times)]).map(drop)
}

fn setxattr(to: &Targets) -> Result<(), Errno> {
    let path = to.path("own");
    let name = c"user.hostile".as_ptr() as usize;
    call(libc::SYS_setxattr, [path.as_ptr() as usize, name, at("x"), 1]).map(drop)
}

fn openat(to: &Targets) -> Result<(), Errno> {
    call(libc::SYS_openat, [to.opened()?, c"readable".as_ptr() as usize, 0]).map(drop)
}

fn openat2(to: &Targets) -> Result<(), Errno> {
    // struct open_how: flags, mode, resolve = RESOLVE_BENEATH.
    let how = [0_u64, 0, 8];
    call(libc::SYS_openat2, [to.opened()?, c"readable".as_ptr() as usize, at(&how), size_of_val(&how)]).map(drop)
}

fn name_to_handle(to: &Targets) -> Result<(), Errno> {
    let path = to.path("own");
    // struct file_handle: its size field tells how much room follows.
    let handle = Box::leak(Box::new([0_u32; 34]));
    handle[0] = 128;
    call(libc::SYS_name_to_handle_at, [CWD, path.as_ptr() as usize, handle.as_mut_ptr() as usize, room(), 0]).map(drop)
}

fn statfs(to: &Targets) -> Result<(), Errno> {
    let path = to.path("own");
    call(libc::SYS_statfs, [path.as_ptr() as usize, room()]).map(drop)
}

fn inotify(to: &Targets) -> Result<(), Errno> {
    let path = to.path("list");
    let fd = call(libc::SYS_inotify_init1, [0])?;
    call(libc::SYS_inotify_add_watch, [fd, path.as_ptr() as usize, 0xfff]).map(drop)
}

/// In a mount namespace of its own, so that the control leaves the host as it was.
fn mount(to: &Targets) -> Result<(), Errno> {
    call(libc::SYS_unshare, [libc::CLONE_NEWNS as usize])?;
    mount_at(to)
}

fn mount_at(to: &Targets) -> Result<(), Errno> {
    let path = to.path("list");
    call(libc::SYS_mount, [0, c"/".as_ptr() as usize, 0, (libc::MS_REC | libc::MS_PRIVATE) as usize, 0])?;
    call(libc::SYS_mount, [c"none".as_ptr() as usize, path.as_ptr() as usize, c"tmpfs".as_ptr() as usize]).map(drop)
}

fn mount_in_user_namespace(to: &Targets) -> Result<(), Errno> {
    call(libc::SYS_unshare, [(libc::CLONE_NEWUSER | libc::CLONE_NEWNS) as usize])?;
    mount_at(to)
}

fn fsopen(_: &Targets) -> Result<(), Errno> {
    call(libc::SYS_fsopen, [c"tmpfs".as_ptr() as usize, 0]).map(drop)
}

fn tmpfile(to: &Targets) -> Result<(), Errno> {
    let path = to.path("list");
    call(libc::SYS_openat, [CWD, path.as_ptr() as usize, libc::O_TMPFILE as usize | WRONLY, 0o600]).map(drop)
}

fn memfd(_: &Targets) -> Result<(), Errno> {
    call(libc::SYS_memfd_create, [c"hostile".as_ptr() as usize, 0]).map(drop)
}

fn getcwd(_: &Targets) -> Result<(), Errno> {
    call(libc::SYS_getcwd, [room(), 512]).map(drop)
}
