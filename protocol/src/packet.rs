//! Supervisor ↔ worker packets: one message a `SOCK_SEQPACKET` datagram, file descriptors exactly as many as the type says.
//!
//! The only unsafe code of this crate is here: the descriptors that the kernel installs in `recvmsg(2)` become owned
//! (`cmsg(3)`, `unix(7)`). A packet that was cut, whose control data was cut, or that carries another number of
//! descriptors than its type says is refused, after all descriptors that came with it are closed.

use crate::codec::{self, CodecError};
use crate::limits::PACKET_MAX;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{ControlMessage, ControlMessageOwned, MsgFlags, recv, recvmsg, send, sendmsg};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::io::{IoSlice, IoSliceMut};
use std::marker::PhantomData;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

/// A message and the request it belongs to. Replies carry the id of their request; ids are never reused on one channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Packet<T> {
    /// Chosen by the supervisor.
    pub id: u64,
    /// The message.
    pub body: T,
}

/// How many descriptors must come with a message; by its variant, known to both sides.
pub trait CarriesFds {
    /// Exactly this many, 0 for almost every message.
    fn fds(&self) -> usize {
        0
    }
}

/// Why a packet could not be sent or received.
#[derive(Debug)]
pub enum PacketError {
    /// The peer is gone.
    Closed,
    /// Nothing to receive, or no room to send, on a call that does not wait.
    WouldBlock,
    /// The socket failed.
    Socket(Errno),
    /// Longer than [`PACKET_MAX`], or cut by the kernel.
    TooLong,
    /// A packet without a byte, which is no message.
    Empty,
    /// Descriptors came with a message on a channel that carries none.
    Smuggled,
    /// Another number of descriptors came than the message says.
    Descriptors {
        /// What the message's variant says.
        expected: usize,
        /// What arrived, or more than fits.
        arrived: usize,
    },
    /// The bytes are not the expected message.
    Codec(CodecError),
}

impl fmt::Display for PacketError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => write!(out, "the other end of the channel is closed"),
            Self::WouldBlock => write!(out, "the channel is not ready"),
            Self::Socket(errno) => write!(out, "the channel failed: {errno}"),
            Self::TooLong => write!(out, "a packet is over the limit of {PACKET_MAX} bytes"),
            Self::Empty => write!(out, "a packet is empty"),
            Self::Smuggled => write!(out, "descriptors came where none may"),
            Self::Descriptors { expected, arrived } => {
                write!(out, "{arrived} descriptors came with a message that carries {expected}")
            }
            Self::Codec(why) => write!(out, "{why}"),
        }
    }
}

impl std::error::Error for PacketError {}

/// One end of a channel, typed by direction: it can only send `Out` and only receive `In`.
#[derive(Debug)]
pub struct Channel<Out, In> {
    socket: OwnedFd,
    direction: PhantomData<fn(Out) -> In>,
}

impl<Out, In> Channel<Out, In> {
    /// Speaks over `socket`, one end of a `SOCK_SEQPACKET` pair.
    pub fn new(socket: OwnedFd) -> Self {
        Self { socket, direction: PhantomData }
    }

    /// The socket, given back.
    pub fn into_socket(self) -> OwnedFd {
        self.socket
    }
}

impl<Out, In> AsFd for Channel<Out, In> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// Whether a call may sleep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// Until it is done.
    Block,
    /// [`PacketError::WouldBlock`] instead.
    No,
}

impl Wait {
    fn flags(self) -> MsgFlags {
        match self {
            Self::Block => MsgFlags::MSG_NOSIGNAL,
            Self::No => MsgFlags::MSG_NOSIGNAL | MsgFlags::MSG_DONTWAIT,
        }
    }
}

impl<Out: Serialize + CarriesFds, In: DeserializeOwned + CarriesFds> Channel<Out, In> {
    /// Sends a message that carries no descriptor.
    pub fn send(&self, packet: &Packet<Out>, wait: Wait) -> Result<(), PacketError> {
        self.send_with(packet, &[], wait)
    }

    /// Sends a message with its descriptors; their number must be what the message says.
    pub fn send_with(&self, packet: &Packet<Out>, fds: &[BorrowedFd<'_>], wait: Wait) -> Result<(), PacketError> {
        let expected = packet.body.fds();
        if fds.len() != expected {
            return Err(PacketError::Descriptors { expected, arrived: fds.len() });
        }
        let bytes = codec::encode(packet).map_err(PacketError::Codec)?;
        #[cfg(feature = "hostile")]
        if crate::misbehave::instead_of(&bytes, self.socket.as_fd())? {
            return Ok(());
        }
        send_bytes(self.socket.as_fd(), &bytes, fds, wait)
    }

    /// Receives one message from a channel whose messages carry no descriptor. Descriptors sent nevertheless are dropped by
    /// the kernel, because `recv(2)` has nowhere to put them; a process confined to it needs no `recvmsg(2)`.
    pub fn receive(&self, buffer: &mut Buffer, wait: Wait) -> Result<Packet<In>, PacketError> {
        let bytes = receive_plain(self.socket.as_fd(), buffer, wait)?;
        #[cfg(feature = "hostile")]
        crate::misbehave::heard(bytes);
        let packet: Packet<In> = codec::decode(bytes).map_err(PacketError::Codec)?;
        match packet.body.fds() {
            0 => Ok(packet),
            expected => Err(PacketError::Descriptors { expected, arrived: 0 }),
        }
    }

    /// Receives one message and exactly the descriptors that it carries.
    pub fn receive_with(&self, buffer: &mut Buffer, wait: Wait) -> Result<(Packet<In>, Vec<OwnedFd>), PacketError> {
        let (bytes, fds) = receive_bytes(self.socket.as_fd(), buffer, wait)?;
        #[cfg(feature = "hostile")]
        crate::misbehave::heard(bytes);
        let packet: Packet<In> = codec::decode(bytes).map_err(PacketError::Codec)?;
        let expected = packet.body.fds();
        if fds.len() != expected {
            return Err(PacketError::Descriptors { expected, arrived: fds.len() });
        }
        Ok((packet, fds))
    }
}

/// Room for one packet, allocated once a channel. One byte longer than the limit, so that an oversize packet is seen.
#[derive(Debug)]
pub struct Buffer(Vec<u8>);

impl Default for Buffer {
    fn default() -> Self {
        Self(vec![0; PACKET_MAX + 1])
    }
}

fn socket_error(errno: Errno) -> PacketError {
    match errno {
        Errno::EAGAIN => PacketError::WouldBlock,
        Errno::EPIPE | Errno::ECONNRESET => PacketError::Closed,
        Errno::EMSGSIZE => PacketError::TooLong,
        errno => PacketError::Socket(errno),
    }
}

/// Sends one packet of ready bytes.
pub fn send_bytes(to: BorrowedFd<'_>, bytes: &[u8], fds: &[BorrowedFd<'_>], wait: Wait) -> Result<(), PacketError> {
    // An empty packet cannot be told from the end of the channel.
    if bytes.is_empty() || bytes.len() > PACKET_MAX {
        return Err(PacketError::TooLong);
    }
    let sent = loop {
        let result = if fds.is_empty() {
            send(to.as_raw_fd(), bytes, wait.flags())
        } else {
            let raw: Vec<RawFd> = fds.iter().map(AsRawFd::as_raw_fd).collect();
            let rights = [ControlMessage::ScmRights(&raw)];
            sendmsg::<()>(to.as_raw_fd(), &[IoSlice::new(bytes)], &rights, wait.flags(), None)
        };
        match result {
            Err(Errno::EINTR) => {}
            result => break result.map_err(socket_error)?,
        }
    };
    // A SEQPACKET write is whole or not at all.
    if sent == bytes.len() { Ok(()) } else { Err(PacketError::TooLong) }
}

/// Receives one packet without room for descriptors.
pub fn receive_plain<'b>(from: BorrowedFd<'_>, buffer: &'b mut Buffer, wait: Wait) -> Result<&'b [u8], PacketError> {
    loop {
        match recv(from.as_raw_fd(), &mut buffer.0, wait.flags()) {
            Ok(0) => return Err(PacketError::Closed),
            Ok(length) if length > PACKET_MAX => return Err(PacketError::TooLong),
            Ok(length) => return Ok(&buffer.0[..length]),
            // A peer that went with our packets unread resets the channel. That is told once; what it sent before can
            // still be received, and then the end (unix(7)).
            Err(Errno::EINTR | Errno::ECONNRESET) => {}
            Err(errno) => return Err(socket_error(errno)),
        }
    }
}

/// Receives one packet from a peer that may send no descriptor and no empty packet, and tells when it did. Descriptors are
/// dropped by the kernel, which says so by `MSG_CTRUNC` (`recvmsg(2)`): no room is given to them.
pub fn receive_strictly<'b>(from: BorrowedFd<'_>, buffer: &'b mut Buffer, wait: Wait) -> Result<&'b [u8], PacketError> {
    let (length, flags) = loop {
        let mut parts = [IoSliceMut::new(&mut buffer.0)];
        match recvmsg::<()>(from.as_raw_fd(), &mut parts, None, wait.flags()) {
            Ok(message) => break (message.bytes, message.flags),
            Err(Errno::EINTR | Errno::ECONNRESET) => {}
            Err(errno) => return Err(socket_error(errno)),
        }
    };
    if flags.contains(MsgFlags::MSG_CTRUNC) {
        return Err(PacketError::Smuggled);
    }
    match length {
        0 if has_hung_up(from) => Err(PacketError::Closed),
        0 => Err(PacketError::Empty),
        length if length > PACKET_MAX => Err(PacketError::TooLong),
        length => Ok(&buffer.0[..length]),
    }
}

/// Whether the other end is closed, as far as a process that is just ending has come (`poll(2)`). An empty packet is received
/// like the end of a channel; only the end hangs up.
pub fn has_hung_up(socket: BorrowedFd<'_>) -> bool {
    let mut fds = [PollFd::new(socket, PollFlags::empty())];
    poll(&mut fds, PollTimeout::ZERO).is_err()
        || fds[0].revents().is_none_or(|events| events.contains(PollFlags::POLLHUP))
}

/// The most descriptors that the kernel passes in one message (`SCM_MAX_FD`, `unix(7)`). The control buffer has room for all
/// of them: what is not cut off can be closed.
const SCM_MAX_FD: usize = 253;

/// Receives one packet and whatever descriptors came with it.
///
/// A receiver at its `RLIMIT_NOFILE` gets the packet refused; the channel must not be used after that.
pub fn receive_bytes<'b>(
    from: BorrowedFd<'_>,
    buffer: &'b mut Buffer,
    wait: Wait,
) -> Result<(&'b [u8], Vec<OwnedFd>), PacketError> {
    let mut control = nix::cmsg_space!([RawFd; SCM_MAX_FD]);
    let mut fds = Vec::new();
    let (length, cut) = loop {
        let mut parts = [IoSliceMut::new(&mut buffer.0)];
        let flags = wait.flags() | MsgFlags::MSG_CMSG_CLOEXEC;
        match recvmsg::<()>(from.as_raw_fd(), &mut parts, Some(&mut control), flags) {
            Err(Errno::EINTR | Errno::ECONNRESET) => {}
            Err(errno) => return Err(socket_error(errno)),
            Ok(message) => {
                // CMSG_SPACE rounds up, so more descriptors may fit than were asked for: all that came are owned first.
                for part in message.cmsgs().map_err(|_| PacketError::TooLong)? {
                    if let ControlMessageOwned::ScmRights(raw) = part {
                        // SAFETY: recvmsg(2) has just installed these descriptors in this process; nothing else knows
                        // their numbers yet, so each has exactly this one owner.
                        #[allow(unsafe_code)]
                        fds.extend(raw.into_iter().map(|fd| unsafe { OwnedFd::from_raw_fd(fd) }));
                    }
                }
                break (message.bytes, message.flags.intersects(MsgFlags::MSG_TRUNC | MsgFlags::MSG_CTRUNC));
            }
        }
    };
    if length == 0 {
        return Err(PacketError::Closed);
    }
    if cut || length > PACKET_MAX {
        return Err(PacketError::TooLong);
    }
    Ok((&buffer.0[..length], fds))
}

#[cfg(test)]
mod tests;
