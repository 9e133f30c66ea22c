//! Frames over a client's stream, each under a deadline.

use super::Door;
use palisade_protocol::bounded::Text;
use palisade_protocol::codec;
use palisade_protocol::control::FromControl;
use palisade_protocol::frame::{self, HEADER};
use palisade_protocol::guard::{FromGuard, Refusal, RefusalCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;

/// Small: most frames are; a larger one is read past it.
const BUFFER: usize = 4 * 1024;

/// A client that does not take its answer for so long has lost it.
const WRITE_DEADLINE: Duration = Duration::from_secs(2);

/// Why a connection ends.
#[derive(Debug)]
pub enum StreamError {
    /// The peer has gone, or was too slow; nothing to say to it.
    Gone,
    /// The peer sent what is not a message, or not now; one sentence.
    Malformed(String),
    /// The peer is told why nothing more is taken from it.
    Refused(RefusalCode, String),
}

/// One connection's frames.
#[derive(Debug)]
pub struct Frames {
    stream: BufReader<UnixStream>,
    unsent: Vec<u8>,
}

impl Frames {
    /// Over this stream.
    pub fn new(stream: UnixStream) -> Self {
        Self { stream: BufReader::with_capacity(BUFFER, stream), unsent: Vec::new() }
    }

    /// The next frame, complete within `deadline`.
    pub async fn next<T: DeserializeOwned>(&mut self, deadline: Duration) -> Result<T, StreamError> {
        if self.stream.buffer().is_empty() {
            self.flush().await?;
        }
        match tokio::time::timeout(deadline, self.read()).await {
            Ok(result) => result,
            Err(_) => Err(StreamError::Gone),
        }
    }

    async fn read<T: DeserializeOwned>(&mut self) -> Result<T, StreamError> {
        let mut header = [0; HEADER];
        self.stream.read_exact(&mut header).await.map_err(|_| StreamError::Gone)?;
        let length = frame::length(header).map_err(|why| StreamError::Malformed(why.to_string()))?;
        let mut bytes = vec![0; length];
        self.stream.read_exact(&mut bytes).await.map_err(|_| StreamError::Gone)?;
        codec::decode(&bytes).map_err(|why| StreamError::Malformed(why.to_string()))
    }

    /// Keeps a frame back until the next one is sent or the peer is waited for: it then takes one write and one wake-up.
    pub fn send_later<T: Serialize>(&mut self, message: &T) -> Result<(), StreamError> {
        let bytes = frame::encode(message).map_err(|why| {
            crate::log::line(&format!("an answer does not fit a frame: {why}"));
            StreamError::Gone
        })?;
        self.unsent.extend_from_slice(&bytes);
        Ok(())
    }

    /// Sends a frame.
    pub async fn send<T: Serialize>(&mut self, message: &T) -> Result<(), StreamError> {
        self.send_later(message)?;
        self.flush().await
    }

    async fn flush(&mut self) -> Result<(), StreamError> {
        if self.unsent.is_empty() {
            return Ok(());
        }
        let written = tokio::time::timeout(WRITE_DEADLINE, self.stream.get_mut().write_all(&self.unsent)).await;
        self.unsent.clear();
        match written {
            Ok(Ok(())) => Ok(()),
            _ => Err(StreamError::Gone),
        }
    }

    /// Says why nothing more is taken. The peer may be gone.
    pub async fn refuse(&mut self, door: Door, code: RefusalCode, why: &str) {
        let refusal = Refusal { code, text: Text::cut(why) };
        let _ = match door {
            Door::Guard => self.send(&FromGuard::Refused(refusal)).await,
            Door::Control => self.send(&FromControl::Refused(refusal)).await,
        };
    }

    /// Resolves when the peer has gone (or speaks out of turn).
    pub async fn hung_up(&mut self) {
        let mut byte = [0];
        let _ = self.stream.read(&mut byte).await;
    }
}
