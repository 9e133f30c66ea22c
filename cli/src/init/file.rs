//! A settings file of somebody else's: read without following links, replaced as a whole, with the original kept beside it.

use crate::failure::Failure;
use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::sys::stat::{Mode, fchmod};
use nix::unistd::{Gid, Uid, fchown, geteuid};
use std::fs::{File, Metadata};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Settings are a few KiB; more is not a settings file.
const SIZE_MAX: u64 = 4 * 1024 * 1024;

/// Ends the name of the copy that is kept.
const BACKUP: &str = "palisade-backup";

/// A settings file as it was found.
#[derive(Debug)]
pub(super) struct Settings {
    path: PathBuf,
    found: Option<(String, Metadata)>,
}

impl Settings {
    /// Reads it; a file that is not there is an empty one.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        Ok(Self { path: path.to_owned(), found: read(path)? })
    }

    /// Its text, if it is there.
    pub(super) fn text(&self) -> Option<&str> {
        self.found.as_ref().map(|(text, _)| text.as_str())
    }

    /// What was there before `wire`, byte for byte, if the file is exactly what `wire` makes of that: nobody has changed anything
    /// since. (None: unknown, or changed since.)
    pub(super) fn restored(
        &self,
        wire: impl Fn(Option<&str>) -> Result<Option<String>, Failure>,
    ) -> Result<Option<Option<String>>, Failure> {
        let Some((original, _)) = read(&self.backup())? else { return Ok(None) };
        let ours = wire(Some(&original)).ok().flatten();
        Ok((ours.as_deref() == self.text()).then_some(Some(original)))
    }

    /// Replaces the file by `text`, or removes it. Unless `undoing`, the file as it was found is kept beside it first.
    pub(super) fn replace(&self, text: Option<&str>, undoing: bool) -> Result<(), Failure> {
        // Another program may have written it while we thought.
        if read(&self.path)?.map(|(text, _)| text).as_deref() != self.text() {
            return Err(Failure::failed(format!("{} was changed meanwhile: try again", self.path.display())));
        }
        let failed = |why: io::Error| Failure::file(&self.path, &why);
        if let (Some((original, status)), false) = (&self.found, undoing || self.wired_before()?) {
            write(&self.backup(), original, Some(status)).map_err(failed)?;
        }
        match text {
            Some(text) => {
                if let Some(dir) = self.path.parent() {
                    std::fs::create_dir_all(dir).map_err(failed)?;
                }
                write(&self.path, text, self.found.as_ref().map(|(_, status)| status)).map_err(failed)?;
            }
            None => std::fs::remove_file(&self.path).map_err(failed)?,
        }
        if undoing {
            let _ = std::fs::remove_file(self.backup());
        }
        Ok(())
    }

    /// Whether the file that was found has our entry already: then the copy that is kept is older, and stays.
    fn wired_before(&self) -> Result<bool, Failure> {
        Ok(super::claude_code::without(self.text())?.as_deref() != self.text())
    }

    fn backup(&self) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(".");
        name.push(BACKUP);
        name.into()
    }
}

fn read(path: &Path) -> Result<Option<(String, Metadata)>, Failure> {
    let flags = OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
    let file = match open(path, flags, Mode::empty()) {
        Ok(fd) => File::from(fd),
        Err(Errno::ENOENT) => return Ok(None),
        Err(Errno::ELOOP) => {
            return Err(Failure::configuration(format!(
                "{} is a symbolic link: change the file that it points to yourself, or put a plain file there",
                path.display()
            )));
        }
        Err(errno) => return Err(Failure::file(path, &errno.into())),
    };
    let failed = |why| Failure::file(path, &why);
    let status = file.metadata().map_err(failed)?;
    if !status.is_file() || status.len() > SIZE_MAX {
        return Err(Failure::configuration(format!("{} is not a settings file", path.display())));
    }
    let mut text = String::new();
    file.take(SIZE_MAX).read_to_string(&mut text).map_err(failed)?;
    Ok(Some((text, status)))
}

/// Writes a new file beside the old one and puts it in its place: every moment has a whole file. Mode and owner stay.
fn write(path: &Path, text: &str, like: Option<&Metadata>) -> io::Result<()> {
    let mut fresh = path.to_owned().into_os_string();
    fresh.push(format!(".palisade-{}", std::process::id()));
    let fresh = PathBuf::from(fresh);
    let written = fill(&fresh, text, like).and_then(|()| std::fs::rename(&fresh, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&fresh);
    }
    written?;
    match path.parent() {
        Some(dir) => File::open(dir)?.sync_all(),
        None => Ok(()),
    }
}

fn fill(fresh: &Path, text: &str, like: Option<&Metadata>) -> io::Result<()> {
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(fresh)?;
    file.write_all(text.as_bytes())?;
    if let Some(like) = like {
        if like.uid() != geteuid().as_raw() {
            fchown(&file, Some(Uid::from_raw(like.uid())), Some(Gid::from_raw(like.gid())))?;
        }
        fchmod(&file, Mode::from_bits_truncate(like.mode() & 0o777))?;
    }
    file.sync_all()
}
