//! The exchange with the supervisor: everything is sent at once, one answer comes back, and all of it within one deadline.

use crate::agents::Proposal;
use nix::errno::Errno;
use nix::sys::socket::{AddressFamily, SockFlag, SockType, UnixAddr, connect, setsockopt, socket, sockopt};
use nix::sys::time::TimeVal;
use palisade_protocol::call::Body;
use palisade_protocol::codec;
use palisade_protocol::frame::{self, HEADER};
use palisade_protocol::guard::{Answer, FromGuard, Refusal, ToGuard};
use palisade_protocol::hello::Hello;
use palisade_protocol::layout::Layout;
use palisade_protocol::limits::CLIENT_DEADLINE;
use serde::de::DeserializeOwned;
use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

/// How an exchange ended.
#[derive(Debug)]
pub enum Outcome {
    /// The supervisor decided.
    Answered(Box<Answer>),
    /// There is no supervisor: no socket, or nobody listens on it. Nothing else counts as dead (I7). The proposal comes back.
    Dead(Box<Proposal>),
    /// Something is there that did not answer as it should. One sentence.
    Failed(String),
}

/// Why a connection is of no use.
#[derive(Debug)]
pub enum ConnectError {
    /// No socket, or nobody listens on it.
    Dead,
    /// The socket cannot be used.
    Socket(Errno),
    /// The deadline passed.
    Late,
    /// The peer closed the connection.
    Closed,
    /// The stream failed.
    Stream(io::Error),
    /// What came is not a message; one sentence.
    Malformed(String),
    /// The peer speaks another protocol, or another version of it; one sentence.
    Version(String),
    /// The peer refused, in its own words.
    Refused(Refusal),
}

impl fmt::Display for ConnectError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dead => write!(out, "no supervisor runs"),
            Self::Socket(errno) => write!(out, "its socket cannot be used: {errno}"),
            Self::Late => write!(out, "it did not answer in time"),
            Self::Closed => write!(out, "it closed the connection"),
            Self::Stream(why) => write!(out, "the connection failed: {why}"),
            Self::Malformed(why) => write!(out, "its answer is malformed: {why}"),
            Self::Version(why) => write!(out, "{why}"),
            Self::Refused(refusal) => write!(out, "it refused: {}", refusal.text),
        }
    }
}

impl std::error::Error for ConnectError {}

/// A connection to one of the supervisor's sockets, with one deadline for everything on it.
#[derive(Debug)]
pub struct Connection {
    stream: UnixStream,
    deadline: Instant,
    /// When the kernel's timeouts were last set to what was left.
    armed: Instant,
    bytes: Vec<u8>,
    have: usize,
}

/// An answer fits, unless its reason is long.
const FIRST: usize = 512;

/// Setting the kernel's timeouts again is worth a system call only when so much of the deadline has passed.
const REARM: Duration = Duration::from_millis(20);

impl Connection {
    /// Connects within `patience`, which then holds for the whole exchange.
    pub fn open(path: &Path, patience: Duration) -> Result<Self, ConnectError> {
        let armed = Instant::now();
        let socket = socket(AddressFamily::Unix, SockType::Stream, SockFlag::SOCK_CLOEXEC, None)
            .map_err(ConnectError::Socket)?;
        // Before connect(2): on a full backlog that waits for as long as the send timeout says.
        arm(&socket, patience).map_err(ConnectError::Socket)?;
        let address = UnixAddr::new(path).map_err(ConnectError::Socket)?;
        loop {
            match connect(std::os::fd::AsRawFd::as_raw_fd(&socket), &address) {
                Ok(()) => break,
                Err(Errno::EINTR) if armed.elapsed() < patience => {}
                Err(Errno::ENOENT | Errno::ECONNREFUSED) => return Err(ConnectError::Dead),
                Err(Errno::EAGAIN | Errno::EINTR) => return Err(ConnectError::Late),
                Err(errno) => return Err(ConnectError::Socket(errno)),
            }
        }
        let stream = UnixStream::from(socket);
        Ok(Self { stream, deadline: armed + patience, armed, bytes: vec![0; FIRST], have: 0 })
    }

    /// From now on the exchange may take so long.
    pub fn extend(&mut self, patience: Duration) -> Result<(), ConnectError> {
        self.armed = Instant::now();
        self.deadline = self.armed + patience;
        arm(&self.stream, patience).map_err(ConnectError::Socket)
    }

    /// Sends ready frames.
    pub fn send(&mut self, mut frames: &[u8]) -> Result<(), ConnectError> {
        while !frames.is_empty() {
            self.in_time()?;
            match self.stream.write(frames) {
                Ok(0) => return Err(ConnectError::Closed),
                Ok(count) => frames = &frames[count..],
                Err(why) => self.failure(why)?,
            }
        }
        Ok(())
    }

    /// Receives one message.
    pub fn receive<T: DeserializeOwned>(&mut self) -> Result<T, ConnectError> {
        let malformed = |why: &dyn fmt::Display| ConnectError::Malformed(why.to_string());
        loop {
            if let Some(header) = self.bytes[..self.have].first_chunk::<HEADER>() {
                let end = HEADER + frame::length(*header).map_err(|why| malformed(&why))?;
                if self.have >= end {
                    let message = codec::decode(&self.bytes[HEADER..end]).map_err(|why| malformed(&why))?;
                    self.bytes.copy_within(end..self.have, 0);
                    self.have -= end;
                    return Ok(message);
                }
                if self.bytes.len() < end {
                    self.bytes.resize(end, 0);
                }
            }
            self.in_time()?;
            match self.stream.read(&mut self.bytes[self.have..]) {
                Ok(0) => return Err(ConnectError::Closed),
                Ok(count) => self.have += count,
                Err(why) => self.failure(why)?,
            }
        }
    }

    fn in_time(&mut self) -> Result<(), ConnectError> {
        let now = Instant::now();
        let left = self.deadline.saturating_duration_since(now);
        if left.is_zero() {
            return Err(ConnectError::Late);
        }
        if now.saturating_duration_since(self.armed) > REARM {
            self.armed = now;
            arm(&self.stream, left).map_err(ConnectError::Socket)?;
        }
        Ok(())
    }

    fn failure(&self, why: io::Error) -> Result<(), ConnectError> {
        match why.kind() {
            ErrorKind::Interrupted => Ok(()),
            ErrorKind::WouldBlock | ErrorKind::TimedOut => Err(ConnectError::Late),
            ErrorKind::BrokenPipe | ErrorKind::ConnectionReset => Err(ConnectError::Closed),
            _ => Err(ConnectError::Stream(why)),
        }
    }
}

fn arm(socket: &impl AsFd, left: Duration) -> Result<(), Errno> {
    let micros = i64::try_from(left.as_micros()).unwrap_or(i64::MAX).max(1);
    // Zero would mean for ever.
    let left = TimeVal::new(micros / 1_000_000, micros % 1_000_000);
    setsockopt(socket, sockopt::SendTimeout, &left)?;
    setsockopt(socket, sockopt::ReceiveTimeout, &left)
}

/// Proposes a call and waits for the decision.
pub fn propose(layout: &Layout, proposal: Box<Proposal>) -> Outcome {
    let answered = match Connection::open(&layout.guard_socket(), CLIENT_DEADLINE) {
        Ok(connection) => exchange(connection, *proposal),
        Err(ConnectError::Dead) => return Outcome::Dead(proposal),
        Err(why) => Err(why),
    };
    answered.unwrap_or_else(|why| Outcome::Failed(why.to_string()))
}

fn exchange(mut connection: Connection, proposal: Proposal) -> Result<Outcome, ConnectError> {
    let frames = match frames(proposal) {
        Ok(frames) => frames,
        Err(why) => return Ok(Outcome::Failed(format!("the call cannot be sent: {why}"))),
    };
    // A supervisor that refuses does not read the rest; why it refused is still to be had.
    match connection.send(&frames) {
        Ok(()) | Err(ConnectError::Closed) => {}
        Err(why) => return Err(why),
    }
    let mut greeted = false;
    loop {
        match connection.receive()? {
            FromGuard::Hello(hello) if !greeted => {
                hello.check().map_err(ConnectError::Version)?;
                greeted = true;
            }
            FromGuard::Answer(answer) if greeted => return Ok(Outcome::Answered(answer)),
            FromGuard::Refused(refusal) => return Err(ConnectError::Refused(refusal)),
            _ => return Ok(Outcome::Failed("it sent a message out of turn".to_owned())),
        }
    }
}

fn frames(proposal: Proposal) -> Result<Vec<u8>, frame::FrameError> {
    let (body, rest) = Body::parts(&proposal.body);
    let mut frames = Vec::with_capacity(proposal.body.len() + FIRST / 2);
    frame::encode_into(&ToGuard::Hello(Hello::ours()), &mut frames)?;
    frame::encode_into(&ToGuard::Propose { call: Box::new(proposal.call), body }, &mut frames)?;
    for chunk in rest {
        frame::encode_into(&ToGuard::Chunk(chunk), &mut frames)?;
    }
    Ok(frames)
}
