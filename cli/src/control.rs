//! A conversation over `control.sock`.

use crate::failure::Failure;
use palisade_hook::connect::{ConnectError, Connection};
use palisade_hook::instance::Instance;
use palisade_protocol::bounded::List;
use palisade_protocol::codec;
use palisade_protocol::control::{FromControl, Observed, Status, ToControl};
use palisade_protocol::frame;
use palisade_protocol::hello::Hello;
use palisade_protocol::reader::{Query, Report, Row};
use std::time::Duration;

/// Long enough for a supervisor on a machine that swaps; short enough to be told rather than to wait.
const PATIENCE: Duration = Duration::from_secs(5);

/// A reader goes through about a million records a second; between two frames of it lies at most one segment.
const READING: Duration = Duration::from_secs(60);

/// Checking the whole journal is one silence.
const CHECKING: Duration = Duration::from_secs(3600);

/// An open conversation.
#[derive(Debug)]
pub struct Control<'a> {
    connection: Connection,
    instance: &'a Instance,
}

impl<'a> Control<'a> {
    /// Connects and greets.
    pub fn open(instance: &'a Instance) -> Result<Self, Failure> {
        Self::try_open(instance).map_err(|why| Failure::connection(&why, instance))
    }

    /// The same; a supervisor that is not there is told apart from one that cannot be spoken to.
    pub fn try_open(instance: &'a Instance) -> Result<Self, ConnectError> {
        let mut connection = Connection::open(&instance.layout.control_socket(), PATIENCE)?;
        connection.send(&encoded(&ToControl::Hello(Hello::ours()))?)?;
        match connection.receive()? {
            FromControl::Hello(hello) => hello.check().map_err(ConnectError::Version)?,
            FromControl::Refused(refusal) => return Err(ConnectError::Refused(refusal)),
            _ => return Err(ConnectError::Malformed("it did not say hello".to_owned())),
        }
        Ok(Self { connection, instance })
    }

    /// How the instance is.
    pub fn status(&mut self) -> Result<Status, Failure> {
        match self.ask(&ToControl::Status, PATIENCE)? {
            FromControl::Status(status) => Ok(*status),
            other => Err(self.unexpected(other)),
        }
    }

    /// Asks it to stop; the connection is of no more use.
    pub fn stop(mut self) -> Result<(), Failure> {
        match self.ask(&ToControl::Stop, PATIENCE)? {
            FromControl::Stopping => Ok(()),
            other => Err(self.unexpected(other)),
        }
    }

    /// What every worker holds.
    pub fn observe(&mut self) -> Result<List<Observed, 64>, Failure> {
        match self.ask(&ToControl::Observe, PATIENCE)? {
            FromControl::Observed(observed) => Ok(observed),
            other => Err(self.unexpected(other)),
        }
    }

    /// Checks the journal.
    pub fn verify(&mut self) -> Result<Report, Failure> {
        match self.ask(&ToControl::Verify, CHECKING)? {
            FromControl::Report(report) => Ok(*report),
            other => Err(self.unexpected(other)),
        }
    }

    /// Hands every matching row to `show`, oldest first.
    pub fn log(&mut self, query: Query, show: &mut dyn FnMut(Row) -> Result<(), Failure>) -> Result<(), Failure> {
        let mut next = self.ask(&ToControl::Log(Box::new(query)), READING)?;
        loop {
            match next {
                FromControl::Rows(rows) => {
                    let rows: Vec<Row> = codec::decode(&rows)
                        .map_err(|why| Failure::failed(format!("the reader's rows cannot be read: {why}")))?;
                    rows.into_iter().try_for_each(&mut *show)?;
                }
                FromControl::Done => return Ok(()),
                other => return Err(self.unexpected(other)),
            }
            next = self.receive(READING)?;
        }
    }

    fn ask(&mut self, request: &ToControl, patience: Duration) -> Result<FromControl, Failure> {
        let sent = encoded(request).and_then(|frame| {
            self.connection.extend(patience)?;
            self.connection.send(&frame)
        });
        match sent {
            // A supervisor that refuses closes its end; what it said is still to be had.
            Ok(()) | Err(ConnectError::Closed) => self.receive(patience),
            Err(why) => Err(Failure::connection(&why, self.instance)),
        }
    }

    fn receive(&mut self, patience: Duration) -> Result<FromControl, Failure> {
        self.connection
            .extend(patience)
            .and_then(|()| self.connection.receive())
            .map_err(|why| Failure::connection(&why, self.instance))
    }

    fn unexpected(&self, message: FromControl) -> Failure {
        match message {
            FromControl::Refused(refusal) => Failure::refused(&refusal),
            _ => Failure::failed("the supervisor answered something else than was asked: is it of another version?"),
        }
    }
}

fn encoded(message: &ToControl) -> Result<Vec<u8>, ConnectError> {
    frame::encode(message).map_err(|why| ConnectError::Malformed(why.to_string()))
}
