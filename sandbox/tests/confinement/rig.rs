//! What every test needs: a worker's executable, grants, uids, a channel with the test's own messages.

use palisade_protocol::packet::{Buffer, CarriesFds, Channel, Packet, PacketError, Wait};
use palisade_protocol::worker::Kind;
use palisade_sandbox::process::{Exit, wait_pidfd};
use palisade_sandbox::{Executable, Ids, Mode, Plan, StartError, Started, start};
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::Read;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Why a test cannot run here.
pub struct Skip(pub &'static str);

/// What a test asks its worker to do.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Ask {
    Echo(u32),
    /// Allocate and free as the real ones do: small, large, growing, hashing.
    Work,
    /// Read granted descriptor 5 to its end.
    ReadGrant,
    /// Append to granted descriptors 4 and 5 and make it durable.
    Append,
    Panic,
    Abort,
    Overflow,
    Exhaust,
    /// Call what no declaration has.
    Breach,
    /// Say what `open("/dev/null")` would, were it not for seccomp: never answered.
    Open,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    Echo(u32),
    Bytes(Vec<u8>),
    Done,
}

impl CarriesFds for Ask {}
impl CarriesFds for Answer {}

/// The worker that an executable's name says it is.
pub fn kind_of(name: &str) -> Option<Kind> {
    Kind::ALL.into_iter().find(|kind| kind.executable() == name)
}

/// A directory that goes with the test.
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("palisade-confinement-{}-{number}", std::process::id()));
        fs::create_dir(&path).expect("a fresh directory");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("its mode");
        Self(path)
    }
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub fn readable_copy_of_this_test() -> Scratch {
    let dir = Scratch::new();
    copy_of_this_test(&dir.path().join("confinement"));
    dir
}

fn copy_of_this_test(to: &Path) {
    // As root by name; as another user the original may lie where that user cannot look, so by descriptor.
    fs::copy("/proc/self/exe", to).expect("a copy of this test");
    fs::set_permissions(to, fs::Permissions::from_mode(0o755)).expect("its mode");
}

pub struct Rig {
    pub mode: Mode,
    dir: Scratch,
    next_uid: AtomicU32,
}

/// What a started worker was given, and its channel.
pub struct Worker {
    pub started: Started,
    pub channel: Channel<Ask, Answer>,
    pub ids: Option<Ids>,
    pub files: [File; 2],
    _dir: Scratch,
}

impl Rig {
    pub fn new() -> Self {
        let dir = Scratch::new();
        for kind in Kind::ALL {
            copy_of_this_test(&dir.path().join(kind.executable()));
        }
        Self { mode: Mode::current(), dir, next_uid: AtomicU32::new(61_016) }
    }

    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub fn executable(&self, kind: Kind) -> Executable {
        Executable::load(kind, self.dir.path()).expect("loads")
    }

    /// Some open file of this process.
    pub fn open_file(&self) -> File {
        File::open(self.dir.path()).expect("opens")
    }

    pub fn ids(&self) -> Option<Ids> {
        let uid = self.next_uid.fetch_add(1, Ordering::Relaxed);
        (self.mode == Mode::System).then_some(Ids { uid, gid: uid })
    }

    /// Starts a worker as the supervisor does.
    pub fn start(&self, kind: Kind) -> Result<Worker, StartError> {
        self.start_executable(&self.executable(kind), Duration::from_secs(10))
    }

    pub fn start_executable(&self, executable: &Executable, deadline: Duration) -> Result<Worker, StartError> {
        self.start_as(executable, self.ids(), deadline)
    }

    pub fn start_as(
        &self,
        executable: &Executable,
        ids: Option<Ids>,
        deadline: Duration,
    ) -> Result<Worker, StartError> {
        let dir = Scratch::new();
        let [log, dat] = ["log", "dat"].map(|name| dir.path().join(name));
        let appending = |path: &Path| File::options().append(true).create(true).open(path).expect("opens");
        let files = match executable.kind() {
            Kind::Journal => [appending(&log), appending(&dat)],
            _ => {
                fs::write(&dat, b"the policy").expect("writes");
                [File::open("/dev/null").expect("opens"), File::open(&dat).expect("opens")]
            }
        };
        let grants: Vec<(u32, BorrowedFd<'_>)> = match executable.kind() {
            Kind::Journal => vec![(4, files[0].as_fd()), (5, files[1].as_fd())],
            Kind::Classifier => vec![(5, files[1].as_fd())],
            Kind::Reader | Kind::Compiler | Kind::Opener => vec![],
        };
        let plan = Plan {
            executable,
            mode: self.mode,
            ids,
            grants: &grants,
            #[cfg(feature = "hostile")]
            arm: Default::default(),
        };
        let none: [&str; 0] = [];
        let started = start(&plan, &none, deadline)?.into_inner();
        let channel = Channel::new(started.process.channel.try_clone().expect("copies"));
        let files = [File::open("/dev/null"), File::open(dat)].map(|file| file.expect("opens"));
        Ok(Worker { started, channel, ids, files, _dir: dir })
    }
}

impl Worker {
    /// Asks and gets the answer, or learns that the worker has ended.
    pub fn ask(&self, ask: Ask) -> Result<Answer, PacketError> {
        self.channel.send(&Packet { id: 7, body: ask }, Wait::Block)?;
        let answer = self.channel.receive(&mut Buffer::default(), Wait::Block)?;
        assert_eq!(answer.id, 7);
        Ok(answer.body)
    }

    /// How it ends, if it does in time.
    pub fn end_within(&self, time: Duration) -> Option<Exit> {
        use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
        let pidfd = self.started.process.pidfd.as_fd();
        let timeout = PollTimeout::try_from(time).expect("a short time");
        let ended = poll(&mut [PollFd::new(pidfd, PollFlags::POLLIN)], timeout).expect("waits");
        (ended > 0).then(|| wait_pidfd(pidfd).expect("reaps"))
    }

    /// Asks for something that must end it, and returns how and with which last words.
    pub fn end_by(self, ask: Ask) -> (Exit, String) {
        assert!(matches!(self.ask(ask), Err(PacketError::Closed)), "it answered");
        let exit = wait_pidfd(&self.started.process.pidfd).expect("waits");
        let mut words = String::new();
        let diagnostics: OwnedFd = self.started.process.diagnostics.try_clone().expect("copies");
        let _ = File::from(diagnostics).read_to_string(&mut words);
        (exit, words)
    }
}
