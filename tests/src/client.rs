//! A raw client of `guard.sock`: speaks frames, or whatever a test wants to send.

use palisade_protocol::bounded::{Blob, Text};
use palisade_protocol::call::{Body, Call, Op, Prompts};
use palisade_protocol::frame::{self, FrameError};
use palisade_protocol::guard::{Answer, FromGuard, ToGuard};
use palisade_protocol::hello::Hello;
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// A connection.
#[derive(Debug)]
pub struct Client {
    /// The stream itself.
    pub stream: UnixStream,
}

impl Client {
    /// Connects and says hello.
    pub fn connect(socket: &Path) -> Self {
        let mut client = Self::silent(socket).expect("connects");
        frame::write(&mut client.stream, &ToGuard::Hello(Hello::ours())).expect("says hello");
        client
    }

    /// Connects and says nothing.
    pub fn silent(socket: &Path) -> std::io::Result<Self> {
        let stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        stream.set_write_timeout(Some(Duration::from_secs(10)))?;
        Ok(Self { stream })
    }

    /// The next frame.
    pub fn read(&mut self) -> Result<FromGuard, FrameError> {
        frame::read(&mut self.stream)
    }

    /// Sends raw bytes.
    pub fn raw(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// Proposes a shell command and waits for the answer, past the hello if that comes first.
    pub fn judge(&mut self, command: &[u8], cwd: &str) -> Result<Answer, FrameError> {
        let (body, rest) = Body::split(command);
        frame::write(&mut self.stream, &ToGuard::Propose { call: Box::new(shell_call(cwd)), body })?;
        for chunk in rest {
            frame::write(&mut self.stream, &ToGuard::Chunk(chunk))?;
        }
        loop {
            match self.read()? {
                FromGuard::Hello(_) => {}
                FromGuard::Answer(answer) => return Ok(*answer),
                other => panic!("neither hello nor answer: {other:?}"),
            }
        }
    }
}

/// Whether all that an answer says is that a worker or the disk was too slow for it, as either may be once where a machine has
/// stalled.
pub fn is_late(answer: &Answer) -> bool {
    ["worker.late", "supervisor.late", "journal.unavailable"].contains(&answer.rule.as_str())
}

/// Proposes a shell command over a connection of its own, and once more a second later if the answer is late. Says whether it was.
pub fn judge_twice_if_late(socket: &Path, command: &[u8], cwd: &str) -> (Answer, bool) {
    let judge = || Client::connect(socket).judge(command, cwd).expect("answered");
    let first = judge();
    if !is_late(&first) {
        return (first, false);
    }
    // What stalled one call still stalls the next.
    std::thread::sleep(Duration::from_secs(1));
    (judge(), true)
}

/// A shell call of `claude-code` in this directory.
pub fn shell_call(cwd: &str) -> Call {
    Call {
        agent: Text::cut("claude-code"),
        session: Text::cut("test"),
        call: Text::default(),
        cwd: Blob::new(cwd.as_bytes()).expect("fits"),
        prompts: Prompts::Shown,
        tool: Text::cut("Bash"),
        op: Op::Shell,
    }
}
