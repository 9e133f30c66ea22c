//! One job, from its request to its answer. Segments come oldest first; whatever is out of order ends the worker.

use crate::find::Find;
use crate::scan::Scan;
use crate::verify::Verify;
use palisade_protocol::reader::{Job, Reply, Request};
use palisade_segment::genesis::GenesisError;
use palisade_segment::window::Source;
use std::fmt;

/// Why a session cannot go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// A segment or the end came before a job, or anything after the end.
    NoJob,
    /// A second job.
    SecondJob,
    /// A segment came without its two files.
    NoFiles,
    /// The genesis note, which a scan begins with, cannot be read.
    Genesis(GenesisError),
    /// A file cannot be read; the system's error number.
    Unreadable(i32),
}

impl fmt::Display for Stop {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoJob => write!(out, "a segment or the end came where no job runs"),
            Self::SecondJob => write!(out, "a reader does one job"),
            Self::NoFiles => write!(out, "a segment came without its two files"),
            Self::Genesis(why) => write!(out, "{why}"),
            Self::Unreadable(errno) => write!(out, "a segment cannot be read: error {errno}"),
        }
    }
}

impl std::error::Error for Stop {}

/// The state of a session.
#[derive(Debug, Default)]
pub struct Session {
    state: State,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Fresh,
    Scan(Scan),
    Verify(Box<Verify>),
    Find(Find),
    Ended,
}

impl Session {
    /// Does what is asked and answers it. `files` are the frames and the payloads of a `Segment`.
    pub fn handle<S: Source>(
        &mut self,
        request: Request,
        files: Option<[S; 2]>,
        answer: &mut impl FnMut(Reply),
    ) -> Result<(), Stop> {
        match request {
            Request::Job { job, genesis } => {
                let State::Fresh = self.state else { return Err(Stop::SecondJob) };
                self.state = match *job {
                    Job::Scan { from } => State::Scan(Scan::new(&genesis, from).map_err(Stop::Genesis)?),
                    Job::Verify { head } => State::Verify(Box::new(Verify::new(&genesis, head))),
                    Job::Find { query, only_uid } => State::Find(Find::new(query, only_uid)),
                };
                answer(Reply::Next);
            }
            Request::Segment { name } => {
                let [log, dat] = files.ok_or(Stop::NoFiles)?;
                match &mut self.state {
                    State::Scan(scan) => scan.segment(&name, log, dat).map_err(Stop::Unreadable)?,
                    State::Verify(verify) => verify.segment(&name, log, dat),
                    State::Find(find) => {
                        find.segment(log, dat, &mut |rows| answer(Reply::Rows(rows))).map_err(Stop::Unreadable)?;
                    }
                    State::Fresh | State::Ended => return Err(Stop::NoJob),
                }
                answer(Reply::Next);
            }
            Request::End => match std::mem::replace(&mut self.state, State::Ended) {
                State::Scan(scan) => answer(Reply::Tail(Box::new(scan.finish()))),
                State::Verify(verify) => answer(Reply::Report(Box::new(verify.finish()))),
                State::Find(find) => {
                    find.finish(&mut |rows| answer(Reply::Rows(rows)));
                    answer(Reply::Done);
                }
                State::Fresh | State::Ended => return Err(Stop::NoJob),
            },
            #[cfg(feature = "hostile")]
            Request::Probe(number) => answer(Reply::Probed(palisade_sandbox::hostile::probe(number))),
        }
        Ok(())
    }
}
