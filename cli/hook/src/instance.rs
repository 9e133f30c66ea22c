//! Which instance a client speaks to.
//!
//! Where `/etc/palisade` belongs to root there is nothing to choose: an agent that could point its hook at an instance of its
//! own would be its own judge.

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, OFlag, openat};
use nix::sys::stat::{Mode, fstat};
use nix::unistd::geteuid;
use palisade_protocol::layout::Layout;
use std::fmt;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// An instance, found but not necessarily running.
#[derive(Debug)]
pub struct Instance {
    /// Paths to use. With `--state` they go through the open directory, so that nobody can exchange it meanwhile.
    pub layout: Layout,
    /// The same paths as a person would write them.
    pub shown: Layout,
    /// The directory given by `--state`.
    pub state: Option<PathBuf>,
    /// Whether it is the system installation.
    pub system: bool,
    /// Keeps `layout` valid.
    _held: Option<OwnedFd>,
}

/// Why there is no instance to speak to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InstanceError {
    /// `--state` beside a system installation, for a client that must not be redirected.
    SystemInstalled,
    /// The `--state` directory cannot be opened.
    Directory(PathBuf, Errno),
    /// The `--state` directory belongs to another uid.
    Owner(PathBuf, u32),
    /// The `--state` directory is open to others, with this mode.
    Open(PathBuf, u32),
    /// Neither `XDG_STATE_HOME` nor `HOME` is an absolute path.
    NoHome,
}

impl fmt::Display for InstanceError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SystemInstalled => write!(
                out,
                "{} exists: hooks speak to the system installation only; leave out --state",
                Layout::SYSTEM_CONFIG
            ),
            Self::Directory(path, Errno::ENOENT) => {
                write!(out, "{} does not exist: `palisade --state {} up` makes it", path.display(), path.display())
            }
            Self::Directory(path, Errno::ELOOP | Errno::ENOTDIR) => {
                write!(out, "{} is not a directory (links are not followed): name the directory itself", path.display())
            }
            Self::Directory(path, errno) => write!(out, "{} cannot be opened: {errno}", path.display()),
            Self::Owner(path, uid) => {
                write!(out, "{} belongs to uid {uid}: use a directory of your own for --state", path.display())
            }
            Self::Open(path, mode) => write!(
                out,
                "{} has mode {mode:04o}, others may enter it: run `chmod 700 {}`",
                path.display(),
                path.display()
            ),
            Self::NoHome => {
                write!(out, "HOME is not set to an absolute path: set it, or name a directory with --state")
            }
        }
    }
}

impl std::error::Error for InstanceError {}

impl Instance {
    /// For hooks, shims and recorders: the system installation where there is one, whatever the caller says.
    pub fn locate(state: Option<&Path>) -> Result<Self, InstanceError> {
        match (state, system_installed()) {
            (Some(_), true) => Err(InstanceError::SystemInstalled),
            (Some(dir), false) => Self::within(dir),
            (None, true) => Ok(Self::system()),
            (None, false) => Self::rootless(),
        }
    }

    /// For the operator's own commands: `--state` names another instance even beside a system installation.
    pub fn address(state: Option<&Path>) -> Result<Self, InstanceError> {
        match state {
            Some(dir) => Self::within(dir),
            None => Self::locate(None),
        }
    }

    fn system() -> Self {
        Self { layout: Layout::system(), shown: Layout::system(), state: None, system: true, _held: None }
    }

    fn rootless() -> Result<Self, InstanceError> {
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let (runtime, state, home) = (variable("XDG_RUNTIME_DIR"), variable("XDG_STATE_HOME"), variable("HOME"));
        let layout = Layout::rootless(runtime.as_deref(), state.as_deref(), home.as_deref());
        let layout = layout.ok_or(InstanceError::NoHome)?;
        Ok(Self { shown: layout.clone(), layout, state: None, system: false, _held: None })
    }

    fn within(dir: &Path) -> Result<Self, InstanceError> {
        let held = open_private(dir)?;
        let absolute = std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned());
        let layout = Layout::within(Path::new(&format!("/proc/self/fd/{}", held.as_raw_fd())));
        Ok(Self { layout, shown: Layout::within(&absolute), state: Some(absolute), system: false, _held: Some(held) })
    }

    /// The command that starts this instance, as a person would type it.
    pub fn command(&self, rest: &str) -> String {
        match &self.state {
            Some(dir) => format!("palisade --state {} {rest}", dir.display()),
            None => format!("palisade {rest}"),
        }
    }
}

/// Whether `/etc/palisade` exists and belongs to root.
pub fn system_installed() -> bool {
    // Not following a link: /etc belongs to root, so whatever stands there under this name was put there by root.
    std::fs::symlink_metadata(Layout::SYSTEM_CONFIG).is_ok_and(|found| found.uid() == 0)
}

fn open_private(dir: &Path) -> Result<OwnedFd, InstanceError> {
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    // A trailing slash would make the kernel follow a link after all.
    let bare: PathBuf = dir.components().collect();
    let failed = |errno| InstanceError::Directory(dir.to_owned(), errno);
    let held = openat(AT_FDCWD, &bare, flags, Mode::empty()).map_err(failed)?;
    let found = fstat(&held).map_err(failed)?;
    if found.st_uid != geteuid().as_raw() {
        return Err(InstanceError::Owner(dir.to_owned(), found.st_uid));
    }
    if found.st_mode & 0o077 != 0 {
        return Err(InstanceError::Open(dir.to_owned(), found.st_mode & 0o7777));
    }
    Ok(held)
}
