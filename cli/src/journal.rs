//! Reading a journal without a supervisor: for `verify` on a copy, and for whoever owns a journal that nobody serves.
//!
//! The files are opened here, as the caller and without following links; a confined reader makes sense of them.

use crate::failure::{EXIT_NOT_PERMITTED, Failure};
use nix::errno::Errno;
use nix::fcntl::{open, openat};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::stat::Mode;
use palisade_hook::worker::{Worker, workers_dir};
use palisade_protocol::bounded::{Blob, Text};
use palisade_protocol::codec;
use palisade_protocol::packet::{Buffer, Packet, Wait};
use palisade_protocol::reader::{Head, Job, Reply, Request, Row};
use palisade_protocol::worker::Kind;
use palisade_sandbox::Executable;
use palisade_segment::directory::Name;
use palisade_segment::files::{DIRECTORY, Files};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

/// A reader that says nothing for so long is hung: at a million records a second, a segment takes a few seconds.
const STEP_MILLIS: u16 = 60_000;

/// An open journal directory.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    files: Files,
    uid_base: u32,
}

/// The newest segment and the length of its frames. It changes with every record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent(Option<(Name, u64)>);

/// Why there is no journal.
#[derive(Debug)]
pub enum OpenError {
    /// This directory of it is missing.
    Missing(PathBuf),
    /// It may not, or cannot, be read.
    Read(PathBuf, Errno),
}

impl From<OpenError> for Failure {
    fn from(why: OpenError) -> Self {
        match why {
            OpenError::Missing(path) => Failure::failed(format!("there is no journal at {}", path.display())),
            OpenError::Read(path, errno @ (Errno::EACCES | Errno::EPERM)) => Failure {
                code: EXIT_NOT_PERMITTED,
                text: format!(
                    "{}: {errno}; its owner and root may read it, or ask a running supervisor",
                    path.display()
                ),
            },
            OpenError::Read(path, errno) => Failure::failed(format!("{}: {errno}", path.display())),
        }
    }
}

impl Journal {
    /// Opens `journal/` and `journal/seg/`; `uid_base` is where root's worker uids begin.
    pub fn open(path: &Path, shown: &Path, uid_base: u32) -> Result<Self, OpenError> {
        let failed = |name: &str| {
            let path = shown.join(name);
            move |errno| match errno {
                Errno::ENOENT => OpenError::Missing(path),
                errno => OpenError::Read(path, errno),
            }
        };
        let journal = open(path, DIRECTORY, Mode::empty()).map_err(failed(""))?;
        let segments = openat(&journal, "seg", DIRECTORY, Mode::empty()).map_err(failed("seg"))?;
        Ok(Self { path: shown.to_owned(), files: Files { journal, segments }, uid_base })
    }

    /// Where it ends now.
    pub fn extent(&self) -> Result<Extent, Failure> {
        let names = self.files.list().map_err(|why| self.failed("seg", &why))?.all();
        let Some(newest) = names.last() else { return Ok(Extent(None)) };
        let failed = |why: io::Error| self.failed(&format!("seg/{newest}"), &why);
        let [frames, _] = self.files.open(*newest).map_err(failed)?;
        let length = File::from(frames).metadata().map_err(failed)?.len();
        Ok(Extent(Some((*newest, length))))
    }

    /// The newest record at the last clean stop, if the last stop was clean.
    pub fn head(&self) -> Result<Option<Head>, Failure> {
        let Some(bytes) = self.note("head", 4096)? else { return Ok(None) };
        let head = codec::decode(&bytes);
        head.map(Some).map_err(|why| Failure::failed(format!("{}: {why}", self.path.join("head").display())))
    }

    /// Runs one job in a confined reader; rows go to `show` as they come.
    pub fn read(&self, job: Job, show: &mut dyn FnMut(Row) -> Result<(), Failure>) -> Result<Reply, Failure> {
        let genesis = self.note("genesis", 4096)?.unwrap_or_default();
        let genesis = Blob::new(genesis).map_err(|why| Failure::failed(format!("genesis: {why}")))?;
        let names = self.files.list().map_err(|why| self.failed("seg", &why))?.all();
        let reader = Reader::start(self.uid_base)?;
        reader.send(Request::Job { job: Box::new(job), genesis }, &[])?;
        let mut next = reader.until_next(show)?;
        for name in names {
            if let Some(early) = next {
                return Ok(early);
            }
            let files = self.files.open(name).map_err(|why| self.failed(&format!("seg/{name}"), &why))?;
            reader.send(Request::Segment { name: Text::cut(&name.to_string()) }, &files)?;
            next = reader.until_next(show)?;
        }
        if let Some(early) = next {
            return Ok(early);
        }
        reader.send(Request::End, &[])?;
        reader.until_next(show)?.ok_or_else(|| Failure::failed("the reader asked for a segment after the last one"))
    }

    /// The whole of a small file, or one byte more than it may have.
    fn note(&self, name: &str, limit: u64) -> Result<Option<Vec<u8>>, Failure> {
        self.files.read_note(name, limit + 1).map_err(|why| self.failed(name, &why))
    }

    fn failed(&self, name: &str, why: &io::Error) -> Failure {
        let errno = why.raw_os_error().map_or(Errno::EIO, Errno::from_raw);
        OpenError::Read(self.path.join(name), errno).into()
    }
}

/// A confined reader.
struct Reader(Worker<Request, Reply>);

impl Reader {
    fn start(uid_base: u32) -> Result<Self, Failure> {
        let dir = workers_dir(Kind::Reader)
            .ok_or_else(|| Failure::configuration(format!("{} is not installed", Kind::Reader.executable())))?;
        let executable = Executable::load(Kind::Reader, &dir).map_err(Failure::configuration)?;
        let every: Vec<String> = palisade_sandbox::declaration(Kind::Reader).protections().map(str::to_owned).collect();
        let worker = Worker::start(&executable, &[], &every, uid_base)
            .map_err(|why| Failure::failed(format!("no reader could be started: {why}")))?;
        if !worker.missing.is_empty() {
            eprintln!("palisade: this kernel lacks {}; the reader runs without", worker.missing.join(", "));
        }
        Ok(Self(worker))
    }

    fn send(&self, body: Request, fds: &[OwnedFd]) -> Result<(), Failure> {
        let fds: Vec<_> = fds.iter().map(AsFd::as_fd).collect();
        let sent = self.0.channel.send_with(&Packet { id: 1, body }, &fds, Wait::Block);
        sent.map_err(|why| Failure::failed(format!("the reader ended: {why}")))
    }

    /// Shows rows until the reader is ready for the next segment (none) or ends the job (its last reply).
    fn until_next(&self, show: &mut dyn FnMut(Row) -> Result<(), Failure>) -> Result<Option<Reply>, Failure> {
        let mut buffer = Buffer::default();
        loop {
            match poll(&mut [PollFd::new(self.0.channel.as_fd(), PollFlags::POLLIN)], PollTimeout::from(STEP_MILLIS)) {
                Ok(0) => return Err(Failure::failed(format!("the reader was silent for {} s", STEP_MILLIS / 1000))),
                Err(errno) if errno != Errno::EINTR => {
                    return Err(Failure::failed(format!("the reader's channel: {errno}")));
                }
                _ => {}
            }
            let packet = self.0.channel.receive(&mut buffer, Wait::Block);
            match packet.map_err(|why| Failure::failed(format!("the reader ended: {why}")))?.body {
                Reply::Next => return Ok(None),
                Reply::Rows(rows) => {
                    let rows: Vec<Row> =
                        codec::decode(&rows).map_err(|why| Failure::failed(format!("the reader's rows: {why}")))?;
                    rows.into_iter().try_for_each(&mut *show)?;
                }
                last => return Ok(Some(last)),
            }
        }
    }
}
