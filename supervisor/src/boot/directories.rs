//! Directories are opened once, without following links, and must belong to whoever may change what is in them.

use super::BootError;
use nix::errno::Errno;
use nix::fcntl::{AtFlags, openat};
use nix::sys::stat::{Mode as FileMode, fchmod, fstat, fstatat, mkdirat};
use nix::unistd::{Gid, Uid, fchown, fchownat};
use palisade_sandbox::Ids;
use palisade_segment::files::DIRECTORY;
use std::fs::DirBuilder;
use std::os::fd::OwnedFd;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

fn failed(path: &Path) -> impl Fn(Errno) -> BootError {
    move |errno| BootError::File(path.to_owned(), errno.into())
}

/// Opens `path`, making it first where it is missing, and refuses one that another user may change.
pub fn open(path: &Path, mode: u32) -> Result<OwnedFd, BootError> {
    DirBuilder::new().recursive(true).mode(0o755).create(path).map_err(|why| BootError::File(path.to_owned(), why))?;
    let dir = nix::fcntl::open(path, DIRECTORY, FileMode::empty()).map_err(failed(path))?;
    fit(dir, path, mode, None)
}

/// The same for a directory inside one that is open; it may be the supervisor's own from an earlier run.
pub fn open_below(parent: &OwnedFd, path: &Path, mode: u32, supervisor: Option<Ids>) -> Result<OwnedFd, BootError> {
    let name = path.file_name().unwrap_or_default();
    match mkdirat(parent, name, FileMode::from_bits_truncate(mode)) {
        Ok(()) | Err(Errno::EEXIST) => {}
        Err(errno) => return Err(failed(path)(errno)),
    }
    let dir = openat(parent, name, DIRECTORY, FileMode::empty()).map_err(failed(path))?;
    fit(dir, path, mode, supervisor)
}

/// Ours (or the supervisor's, where that is given), and exactly as open as it should be.
fn fit(dir: OwnedFd, path: &Path, mode: u32, supervisor: Option<Ids>) -> Result<OwnedFd, BootError> {
    let owner = fstat(&dir).map_err(failed(path))?.st_uid;
    if owner != Uid::effective().as_raw() && supervisor.is_none_or(|ids| ids.uid != owner) {
        return Err(BootError::Unfit(format!(
            "{} belongs to uid {owner}, who could change what is in it: remove it or give it to uid {}",
            path.display(),
            Uid::effective()
        )));
    }
    // mkdir(2) is subject to the umask; the sticky bit and the bits of others matter here.
    fchmod(&dir, FileMode::from_bits_truncate(mode)).map_err(failed(path))?;
    Ok(dir)
}

/// Gives a directory to the supervisor's user.
pub fn give(dir: &OwnedFd, path: &Path, ids: Ids) -> Result<(), BootError> {
    fchown(dir, Some(Uid::from_raw(ids.uid)), Some(Gid::from_raw(ids.gid))).map_err(failed(path))
}

/// Gives the supervisor's user the files in one of its directories, where a root run made them.
pub fn give_files(dir: &OwnedFd, path: &Path, ids: Ids) -> Result<(), BootError> {
    let copy = dir.try_clone().map_err(|why| BootError::File(path.to_owned(), why))?;
    for entry in nix::dir::Dir::from_fd(copy).map_err(failed(path))? {
        let entry = entry.map_err(failed(path))?;
        let name = entry.file_name();
        if entry.file_type() != Some(nix::dir::Type::File) {
            continue;
        }
        let status = fstatat(dir, name, AtFlags::AT_SYMLINK_NOFOLLOW).map_err(failed(path))?;
        if status.st_uid == ids.uid {
            continue;
        }
        let (uid, gid) = (Some(Uid::from_raw(ids.uid)), Some(Gid::from_raw(ids.gid)));
        match fchownat(dir, name, uid, gid, AtFlags::AT_SYMLINK_NOFOLLOW) {
            Ok(()) => {}
            // An append-only segment keeps its owner whatever we are.
            Err(Errno::EPERM) => {
                return Err(BootError::Unfit(format!(
                    "{}/{} belongs to uid {} and is append-only: `uid_base` cannot change once a journal exists",
                    path.display(),
                    name.to_string_lossy(),
                    status.st_uid
                )));
            }
            Err(errno) => return Err(failed(path)(errno)),
        }
    }
    Ok(())
}
