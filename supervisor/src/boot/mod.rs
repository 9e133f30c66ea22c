//! Everything that is done once, before the event loop: the lock, the configuration, the workers' executables, the sockets, and
//! last the fall from root to the supervisor's own user and its five capabilities.

mod directories;
mod settings;

pub use settings::Settings;

use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, openat};
use nix::sys::stat::{Mode as FileMode, umask};
use nix::unistd::{Gid, Uid, UnlinkatFlags, fchownat, unlinkat};
use palisade_protocol::layout::{CONTROL_SOCKET, GUARD_SOCKET, Layout};
use palisade_protocol::worker::Kind;
use palisade_sandbox::{Executable, Ids, Mode, privilege};
use palisade_segment::files::Files;
use palisade_segment::spool::Spool;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

/// The command line. Written by `palisade up` and by the service unit, not by people.
#[derive(Debug)]
pub struct Arguments {
    /// Where the instance keeps its things.
    pub layout: Layout,
    /// Where the workers' executables lie.
    pub workers_dir: PathBuf,
    /// The write end of the starter's pipe.
    pub ready_fd: Option<u32>,
}

impl Arguments {
    /// Reads `--config-dir D --run-dir D --state-dir D --workers-dir D [--ready-fd N]`.
    pub fn parse(mut words: impl Iterator<Item = OsString>) -> Result<Self, String> {
        const NAMES: [&str; 4] = ["--config-dir", "--run-dir", "--state-dir", "--workers-dir"];
        let (mut dirs, mut ready_fd) = ([const { None }; 4], None);
        while let Some(word) = words.next() {
            let value = words.next().ok_or_else(|| format!("{} needs a value", word.display()))?;
            match NAMES.iter().position(|name| word == *name) {
                Some(at) => dirs[at] = Some(PathBuf::from(value)).filter(|dir| dir.is_absolute()),
                None if word == "--ready-fd" => ready_fd = value.to_str().and_then(|text| text.parse().ok()),
                None => return Err(format!("unknown argument {}; start it with `palisade up`", word.display())),
            }
        }
        match dirs {
            [Some(config), Some(run), Some(state), Some(workers_dir)] => {
                Ok(Self { layout: Layout { config, run, state }, workers_dir, ready_fd })
            }
            _ => Err(format!("{} each need an absolute directory; start it with `palisade up`", NAMES.join(", "))),
        }
    }
}

/// Why the instance cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum BootError {
    /// Another supervisor holds the lock.
    #[error("another supervisor runs this instance")]
    Locked,
    /// Something is not as it must be; one sentence.
    #[error("{0}")]
    Unfit(String),
    /// A file or directory failed.
    #[error("{}: {}", .0.display(), .1)]
    File(PathBuf, io::Error),
}

/// What the event loop starts with. No path in here is opened again: directories are held open.
#[derive(Debug)]
pub struct Prepared {
    /// Started by root or not.
    pub mode: Mode,
    /// The uid that started the instance; it may stop it.
    pub owner: u32,
    /// What the compiler made of the host's texts.
    pub settings: Settings,
    /// The workers' executables, sealed.
    pub executables: BTreeMap<Kind, Executable>,
    /// The journal's directories.
    pub files: Files,
    /// `spool/`, where clients count what ran while no supervisor answered.
    pub spool: Spool,
    /// The directory of the sockets.
    pub run: OwnedFd,
    /// Held while the supervisor lives: the run directory's and the journal's.
    pub locks: [File; 2],
    /// `guard.sock`, bound.
    pub guard: UnixListener,
    /// `control.sock`, bound.
    pub control: UnixListener,
    /// Which boot this is.
    pub boot_id: [u8; 16],
}

/// Two users' environments, or a run directory that was removed, must not end in two writers of one chain.
const OTHER_RUN: &str =
    "a supervisor with another run directory writes this journal: stop it first, or start with its XDG_RUNTIME_DIR";

/// Does everything that comes before the event loop.
pub fn prepare(arguments: &Arguments) -> Result<Prepared, BootError> {
    umask(FileMode::from_bits_truncate(0o077));
    let mode = Mode::current();
    let owner = Uid::effective().as_raw();
    let layout = &arguments.layout;
    // These two stay the starter's: what root makes in them by name, the supervisor's user must not be able to plant there.
    let run = directories::open(&layout.run, 0o755)?;
    let lock = take_lock(&run, &layout.lock())?;
    let state = directories::open(&layout.state, 0o711)?;

    let mut executables = BTreeMap::new();
    for kind in Kind::ALL {
        let executable =
            Executable::load(kind, &arguments.workers_dir).map_err(|why| BootError::Unfit(why.to_string()))?;
        executables.insert(kind, executable);
    }
    let text = settings::read(&layout.config_file(), mode)?;
    let settings = settings::compile(&executables, mode, text)?;
    settings::publish(&layout.policy_file(), &settings.config)?;

    let ids = (mode == Mode::System).then_some(Ids { uid: settings.config.uid_base, gid: settings.config.uid_base });
    let (journal_path, segments_path, spool_path) = (layout.journal(), layout.segments(), layout.spool());
    let journal = directories::open_below(&state, &journal_path, 0o700, ids)?;
    let writing = take_lock(&journal, &layout.journal_lock()).map_err(|why| match why {
        BootError::Locked => BootError::Unfit(OTHER_RUN.to_owned()),
        why => why,
    })?;
    let segments = directories::open_below(&journal, &segments_path, 0o700, ids)?;
    let spool = directories::open_below(&run, &spool_path, if ids.is_some() { 0o1777 } else { 0o700 }, ids)?;
    let guard = bind(&run, &layout.run, GUARD_SOCKET, if ids.is_some() { 0o666 } else { 0o600 })?;
    let control = bind(&run, &layout.run, CONTROL_SOCKET, if ids.is_some() { 0o660 } else { 0o600 })?;
    match ids {
        Some(ids) => {
            fchownat(&run, CONTROL_SOCKET, None, Some(Gid::from_raw(ids.gid)), AtFlags::AT_SYMLINK_NOFOLLOW)
                .map_err(|errno| BootError::File(layout.control_socket(), errno.into()))?;
            for (dir, path) in [(&journal, &journal_path), (&segments, &segments_path), (&spool, &spool_path)] {
                directories::give(dir, path, ids)?;
            }
            directories::give_files(&journal, &journal_path, ids)?;
            directories::give_files(&segments, &segments_path, ids)?;
            privilege::become_supervisor(ids).map_err(|why| BootError::Unfit(why.to_string()))?;
        }
        None => privilege::harden_self().map_err(|why| BootError::Unfit(why.to_string()))?,
    }
    Ok(Prepared {
        mode,
        owner,
        settings,
        executables,
        files: Files { journal, segments },
        spool: Spool(spool),
        run,
        locks: [lock, writing],
        guard,
        control,
        boot_id: boot_id()?,
    })
}

/// The one lock of an instance: flock, so that it goes with the process however that ends. In a system run the directory is the
/// supervisor's user's since the last start, so root follows no link in it.
fn take_lock(dir: &OwnedFd, path: &Path) -> Result<File, BootError> {
    let failed = |why| BootError::File(path.to_owned(), why);
    let flags = OFlag::O_RDWR | OFlag::O_CREAT | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
    let owner_only = FileMode::from_bits_truncate(0o600);
    let name = path.file_name().unwrap_or_default();
    let lock = File::from(openat(dir, name, flags, owner_only).map_err(|errno| failed(errno.into()))?);
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(BootError::Locked),
        Err(TryLockError::Error(why)) => Err(failed(why)),
    }
}

/// Binds a socket; what lies there is left over from a supervisor that is dead, because we hold the lock.
fn bind(run: &OwnedFd, run_dir: &Path, name: &str, mode: u32) -> Result<UnixListener, BootError> {
    let failed = |why| BootError::File(run_dir.join(name), why);
    match unlinkat(run, name, UnlinkatFlags::NoRemoveDir) {
        Err(errno) if errno != Errno::ENOENT => return Err(failed(errno.into())),
        _ => {}
    }
    // It has its mode from the first moment on, and no path is walked twice.
    let before = umask(FileMode::from_bits_truncate(0o777 & !mode));
    let listener = UnixListener::bind(format!("/proc/self/fd/{}/{name}", run.as_raw_fd()));
    umask(before);
    let listener = listener.map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    // A client passes no descriptors. Where the kernel can, it refuses them at the sender (Linux 6.16); elsewhere it
    // drops them, because nothing here receives control data.
    let _ = palisade_sandbox::refuse_passed_descriptors(listener.as_fd());
    Ok(listener)
}

/// `/proc/sys/kernel/random/boot_id`: 32 hexadecimal digits and four dashes (`random(4)`).
fn boot_id() -> Result<[u8; 16], BootError> {
    const PATH: &str = "/proc/sys/kernel/random/boot_id";
    let text = fs::read_to_string(PATH).map_err(|why| BootError::File(PATH.into(), why))?;
    let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect();
    u128::from_str_radix(&digits, 16)
        .map(u128::to_be_bytes)
        .map_err(|_| BootError::Unfit(format!("{PATH} does not hold a boot id")))
}
