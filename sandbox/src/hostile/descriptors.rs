//! Probes of descriptors: what it holds used otherwise than declared, and every number that it does not hold. 401 to 563.

use super::{Arm, Effect, Limited, Probe, Targets, at, call, room};
use nix::errno::Errno;
use palisade_protocol::worker::Kind;

const JOURNAL: &[Kind] = &[Kind::Journal];

pub const PROBES: &[Probe] = &[
    Probe::new(401, "append a frame", |_| write(4)).only(JOURNAL).granted(JOURNAL),
    Probe::new(402, "make frames durable", |_| call(libc::SYS_fdatasync, [4]).map(drop)).only(JOURNAL).granted(JOURNAL),
    Probe::new(403, "clear O_APPEND and write", |_| {
        call(libc::SYS_fcntl, [4, libc::F_SETFL as usize, 0])?;
        call(libc::SYS_pwrite64, [4, at("hostile"), 7, 0]).map(drop)
    })
    .only(JOURNAL)
    .effect(Effect::Rewritten),
    Probe::new(404, "cut the frames", |_| call(libc::SYS_ftruncate, [4, 0]).map(drop))
        .only(JOURNAL)
        .effect(Effect::Rewritten),
    Probe::new(405, "write at a position", |_| call(libc::SYS_pwrite64, [4, at("hostile"), 7, 0]).map(drop))
        .only(JOURNAL),
    Probe::new(406, "write past O_APPEND", |_| {
        // RWF_NOAPPEND, Linux 6.9.
        let part = [at("hostile"), 7];
        call(libc::SYS_pwritev2, [4, at(&part), 1, 0, 0, 0x20]).map(drop)
    })
    .only(JOURNAL)
    .effect(Effect::Rewritten),
    Probe::new(407, "punch a hole", |_| call(libc::SYS_fallocate, [4, 3, 0, 8]).map(drop))
        .only(JOURNAL)
        .effect(Effect::Rewritten),
    Probe::new(408, "seek", |_| call(libc::SYS_lseek, [4, 0, 0]).map(drop)).only(JOURNAL),
    Probe::new(409, "write in parts", |_| {
        let part = [at("hostile"), 7];
        call(libc::SYS_writev, [4, at(&part), 1]).map(drop)
    })
    .only(JOURNAL),
    Probe::new(410, "read the frames back", |_| {
        match call(libc::SYS_read, [4, room(), 8]) {
            // Open for writing only: the descriptor refuses it by itself, whatever else does.
            Err(Errno::EBADF) => Ok(()),
            other => other.map(drop),
        }
    })
    .only(JOURNAL),
    Probe::new(411, "change the frames' mode", |_| call(libc::SYS_fchmod, [4, 0o777]).map(drop)).only(JOURNAL),
    Probe::new(412, "ask about the frames", |_| call(libc::SYS_fstat, [4, room()]).map(drop)).only(JOURNAL),
    Probe::new(413, "lock the frames", |_| call(libc::SYS_flock, [4, 4 | 2]).map(drop)).only(JOURNAL),
    Probe::new(414, "copy into the frames in the kernel", |_| call(libc::SYS_sendfile, [4, 0, 0, 1]).map(drop))
        .only(JOURNAL)
        .exempt("O_APPEND by itself refuses it"),
    Probe::new(415, "flush the frames' metadata", |_| call(libc::SYS_fsync, [4]).map(drop)).only(JOURNAL),
    Probe::new(416, "change the inode's flags", |_| {
        // FS_IOC_GETFLAGS, then FS_IOC_SETFLAGS with FS_NODUMP_FL: harmless where it works.
        let flags = Box::leak(Box::new(0_u64));
        call(libc::SYS_ioctl, [4, 0x8008_6601, std::ptr::from_mut(flags) as usize])?;
        let more = [std::hint::black_box(*flags) | 0x40];
        call(libc::SYS_ioctl, [4, 0x4008_6602, at(&more)]).map(drop)
    })
    .only(JOURNAL)
    .exempt("a filesystem may have no inode flags"),
    Probe::new(417, "make its channel durable", |_| match call(libc::SYS_fdatasync, [3]) {
        Err(Errno::EINVAL) => Ok(()),
        other => other.map(drop),
    }),
    Probe::new(420, "make its channel signal it", |_| {
        let own = std::process::id() as usize;
        call(libc::SYS_fcntl, [3, libc::F_SETOWN as usize, own])?;
        call(libc::SYS_fcntl, [3, libc::F_SETFL as usize, libc::O_RDWR as usize]).map(drop)
    }),
    Probe::new(421, "ask for its channel's flags", |_| call(libc::SYS_fcntl, [3, libc::F_GETFL as usize]).map(drop)),
    Probe::new(422, "duplicate its channel", |_| call(libc::SYS_dup, [3]).map(drop)),
    Probe::new(423, "put its channel at another number", |_| call(libc::SYS_dup3, [3, 60, 0]).map(drop))
        .process(Limited::Number(60)),
    Probe::new(424, "make a pipe", |_| call(libc::SYS_pipe2, [room(), 0]).map(drop)).process(Limited::TwoDescriptors),
    Probe::new(425, "ask how much its channel holds", |_| call(libc::SYS_ioctl, [3, 0x541b, room()]).map(drop)),
    Probe::new(426, "stop its channel", |_| call(libc::SYS_shutdown, [3, 0]).map(drop)),
    Probe::new(427, "read its channel by read(2)", |_| {
        // The next packet is not there: MSG_DONTWAIT has no equal in read(2), so ask for nothing.
        call(libc::SYS_read, [3, 0, 0]).map(drop)
    }),
    Probe::new(428, "pass its standard input out over its channel", pass_out).effect(Effect::Passed),
    Probe::new(429, "take a descriptor in over its channel", take_in).granted(&[Kind::Reader]),
    Probe::new(430, "receive on another socket than its channel", |_| {
        match call(libc::SYS_recvfrom, [2, room(), 8, libc::MSG_DONTWAIT as usize]) {
            Err(Errno::ENOTSOCK) => Ok(()),
            other => other.map(drop),
        }
    }),
    Probe::new(431, "close a range of descriptors", |_| call(libc::SYS_close_range, [60, 70, 0]).map(drop)),
    Probe::new(432, "read from its standard input", |_| call(libc::SYS_read, [0, room(), 8]).map(drop)),
];

/// 500 + n: `write(2)` to number n, for every n that a process of its limits could ever hold, and more.
pub fn write_to_every_number() -> impl Iterator<Item = Probe> {
    (0..64_usize).map(|number| {
        let mut probe =
            Probe::new(500 + number as u16, NAMES[number], WRITES[number]).process(Limited::Number(number as u32));
        match number {
            2 => probe = probe.granted(&Kind::ALL),
            4 | 5 => probe = probe.granted(JOURNAL),
            _ => {}
        }
        probe
    })
}

macro_rules! each_number {
    ($($number:literal)*) => {
        const NAMES: [&str; 64] = [$(concat!("write to descriptor ", $number)),*];
        const WRITES: [fn(&Targets) -> Result<(), Errno>; 64] = [$(|_| write_to($number)),*];
    };
}
each_number!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39
    40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63);

/// In the arms without seccomp something writable is put there first, so that only the missing filter can be why it works.
fn write_to(number: usize) -> Result<(), Errno> {
    if !Arm::of_this_worker().seccomp() && !matches!(number, 1..=3) {
        call(libc::SYS_dup3, [1, number, 0])?;
    }
    write(number)
}

fn write(number: usize) -> Result<(), Errno> {
    call(libc::SYS_write, [number, at("hostile"), 7]).map(drop)
}

/// `struct msghdr` with one `SCM_RIGHTS` message of one descriptor.
fn pass_out(_: &Targets) -> Result<(), Errno> {
    let part = [at("x"), 1];
    let control: [u64; 3] = [20, u64::from(libc::SOL_SOCKET as u32) | (libc::SCM_RIGHTS as u64) << 32, 0];
    let header = [0, 0, at(&part), 1, at(&control), 24, 0_usize];
    call(libc::SYS_sendmsg, [3, at(&header), 0]).map(drop)
}

/// The runner sends one after the request.
fn take_in(_: &Targets) -> Result<(), Errno> {
    let control = Box::leak(Box::new([0_u64; 4]));
    let part = [room(), 16];
    let header = Box::leak(Box::new([0, 0, at(&part), 1, control.as_mut_ptr() as usize, 32, 0_usize]));
    call(libc::SYS_recvmsg, [3, header.as_mut_ptr() as usize, 0])?;
    // The kernel has written the length of one SCM_RIGHTS message with one descriptor, if one came.
    if std::hint::black_box(control)[0] == 20 { Ok(()) } else { Err(Errno::ENOMSG) }
}
