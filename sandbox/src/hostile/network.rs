//! Probes of the network and of sockets: 101 to 199.

use super::{Effect, Limited, Probe, Targets, at, call, room};
use nix::errno::Errno;

const STREAM: usize = libc::SOCK_STREAM as usize;
const DGRAM: usize = libc::SOCK_DGRAM as usize;

pub const PROBES: &[Probe] = &[
    Probe::new(101, "connect by TCP", connect_tcp).landlock(Errno::EACCES).effect(Effect::Arrived("tcp")),
    Probe::new(102, "bind a TCP port", |_| bind_inet(STREAM)).landlock(Errno::EACCES),
    Probe::new(103, "listen by TCP", listen).landlock(Errno::EACCES),
    Probe::new(104, "send by UDP", send_udp).effect(Effect::Arrived("udp")),
    Probe::new(105, "bind a UDP port", |_| bind_inet(DGRAM)),
    Probe::new(106, "open a raw socket", |_| socket(libc::AF_INET, libc::SOCK_RAW, libc::IPPROTO_ICMP).map(drop))
        .uid(Errno::EPERM),
    Probe::new(107, "open a packet socket", |_| socket(libc::AF_PACKET, libc::SOCK_RAW, 0).map(drop))
        .uid(Errno::EPERM)
        .exempt("a kernel may be built without AF_PACKET"),
    Probe::new(108, "open a netlink socket", |_| socket(libc::AF_NETLINK, libc::SOCK_RAW, 0).map(drop)),
    Probe::new(109, "open a vsock socket", |_| socket(libc::AF_VSOCK, libc::SOCK_STREAM, 0).map(drop))
        .exempt("a kernel may be built without vsock"),
    Probe::new(110, "open an AF_ALG socket", |_| socket(libc::AF_ALG, libc::SOCK_SEQPACKET, 0).map(drop))
        .exempt("a kernel may be built without AF_ALG"),
    Probe::new(111, "open a TCP socket over IPv6", |_| socket(libc::AF_INET6, libc::SOCK_STREAM, 0).map(drop))
        .exempt("a kernel may be built without IPv6"),
    Probe::new(112, "connect to a Unix socket by path", connect_unix).effect(Effect::Arrived("unix")),
    Probe::new(113, "connect to an abstract Unix socket", connect_abstract)
        .landlock(Errno::EPERM)
        .effect(Effect::Arrived("abstract")),
    Probe::new(114, "bind a Unix socket by path", bind_unix).landlock(Errno::EACCES).effect(Effect::Made("made")),
    Probe::new(115, "bind an abstract Unix socket", bind_abstract),
    Probe::new(116, "make a socket pair", socketpair).process(Limited::TwoDescriptors),
    Probe::new(117, "ask who the peer is", getsockopt),
    Probe::new(118, "set a socket option", setsockopt),
    Probe::new(119, "ask for the peer's address", |_| named(libc::SYS_getpeername)),
    Probe::new(120, "make a network namespace", |_| call(libc::SYS_unshare, [libc::CLONE_NEWNET as usize]).map(drop))
        .uid(Errno::EPERM),
    Probe::new(121, "send on another socket than its channel", send_elsewhere).effect(Effect::Arrived("udp")),
];

fn socket(family: i32, kind: i32, protocol: i32) -> Result<usize, Errno> {
    call(libc::SYS_socket, [family as usize, kind as usize, protocol as usize])
}

/// `struct sockaddr_in` of 127.0.0.1.
fn loopback(port: u16) -> [u8; 16] {
    let [high, low] = port.to_be_bytes();
    let mut address = [0; 16];
    address[..8].copy_from_slice(&[libc::AF_INET as u8, 0, high, low, 127, 0, 0, 1]);
    address
}

/// `struct sockaddr_un`, and its length.
fn unix(name: &[u8]) -> ([u8; 110], usize) {
    let mut address = [0; 110];
    address[0] = libc::AF_UNIX as u8;
    let length = name.len().min(107);
    address[2..2 + length].copy_from_slice(&name[..length]);
    (address, 2 + length)
}

fn connect_tcp(to: &Targets) -> Result<(), Errno> {
    let fd = socket(libc::AF_INET, libc::SOCK_STREAM, 0)?;
    call(libc::SYS_connect, [fd, at(&loopback(to.tcp)), 16]).map(drop)
}

fn bind_inet(kind: usize) -> Result<(), Errno> {
    let fd = call(libc::SYS_socket, [libc::AF_INET as usize, kind, 0])?;
    call(libc::SYS_bind, [fd, at(&loopback(0)), 16]).map(drop)
}

/// Without a bind: the kernel then chooses the port, by a path of its own.
fn listen(_: &Targets) -> Result<(), Errno> {
    let fd = socket(libc::AF_INET, libc::SOCK_STREAM, 0)?;
    call(libc::SYS_bind, [fd, at(&loopback(0)), 16])?;
    call(libc::SYS_listen, [fd, 1]).map(drop)
}

fn send_udp(to: &Targets) -> Result<(), Errno> {
    let fd = socket(libc::AF_INET, libc::SOCK_DGRAM, 0)?;
    call(libc::SYS_sendto, [fd, at("x"), 1, 0, at(&loopback(to.udp)), 16]).map(drop)
}

fn connect_unix(to: &Targets) -> Result<(), Errno> {
    let (address, length) = unix(to.path("listener").as_bytes());
    let fd = socket(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
    call(libc::SYS_connect, [fd, at(&address), length + 1]).map(drop)
}

fn connect_abstract(to: &Targets) -> Result<(), Errno> {
    let (address, length) = unix(format!("\0{}", to.abstract_name).as_bytes());
    let fd = socket(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
    call(libc::SYS_connect, [fd, at(&address), length]).map(drop)
}

fn bind_unix(to: &Targets) -> Result<(), Errno> {
    let (address, length) = unix(to.path("made").as_bytes());
    let fd = socket(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
    call(libc::SYS_bind, [fd, at(&address), length + 1]).map(drop)
}

fn bind_abstract(_: &Targets) -> Result<(), Errno> {
    // An address of the family alone: the kernel chooses a free abstract name (unix(7), autobind), because probes run side by side.
    let (address, _) = unix(b"\0");
    let length = size_of::<libc::sa_family_t>();
    let fd = socket(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
    call(libc::SYS_bind, [fd, at(&address), length]).map(drop)
}

fn socketpair(_: &Targets) -> Result<(), Errno> {
    call(libc::SYS_socketpair, [libc::AF_UNIX as usize, STREAM, 0, room()]).map(drop)
}

fn getsockopt(_: &Targets) -> Result<(), Errno> {
    let length = Box::leak(Box::new(12_u32)) as *mut u32 as usize;
    let option = libc::SO_PEERCRED as usize;
    call(libc::SYS_getsockopt, [3, libc::SOL_SOCKET as usize, option, room(), length]).map(drop)
}

fn named(number: libc::c_long) -> Result<(), Errno> {
    let length = Box::leak(Box::new(128_u32)) as *mut u32 as usize;
    call(number, [3, room(), length]).map(drop)
}

fn setsockopt(_: &Targets) -> Result<(), Errno> {
    let option = libc::SO_SNDBUF as usize;
    call(libc::SYS_setsockopt, [3, libc::SOL_SOCKET as usize, option, at(&4096_i32), 4]).map(drop)
}

/// The allowed call, with a descriptor that the rule does not name.
fn send_elsewhere(to: &Targets) -> Result<(), Errno> {
    // In the seccomp arms socket(2) would be refused first: a number that is not open is refused by the rule all the same.
    let fd = match super::Arm::of_this_worker().seccomp() {
        true => 1,
        false => socket(libc::AF_INET, libc::SOCK_DGRAM, 0)?,
    };
    call(libc::SYS_sendto, [fd, at("x"), 1, 0, at(&loopback(to.udp)), 16]).map(drop)
}
