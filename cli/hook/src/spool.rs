//! The count of calls that ran while no supervisor watched: eight bytes a call, one file a uid.
//!
//! A call is counted before it passes. Once a supervisor answers again, the count is told to it, and the file goes when it is
//! on record there. Counting and reporting exclude each other by `flock(2)` on the file.

use crate::connect::{ConnectError, Connection};
use nix::unistd::geteuid;
use palisade_protocol::frame;
use palisade_protocol::guard::{FromGuard, ToGuard};
use palisade_protocol::layout::Layout;
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

/// Bytes a call.
const RECORD: u64 = 8;

/// More calls than this do not run unwatched: nothing is unbounded.
const CALLS_MAX: u64 = 100_000;

/// Who holds the lock holds it for two system calls, or for one exchange with the supervisor.
const LOCK_PATIENCE: Duration = Duration::from_millis(500);

/// The answer is out already, and the agent waits for our end.
const REPORT_PATIENCE: Duration = Duration::from_millis(500);

/// Counts one call of ours.
///
/// # Errors
/// One sentence; the call must not pass.
pub fn count(layout: &Layout, system: bool) -> Result<(), String> {
    if !system {
        // The runtime directory goes with the last logout; the supervisor that makes it again is the one that is missing.
        let dir = layout.run.join("spool");
        let _ = DirBuilder::new().recursive(true).mode(0o700).create(dir);
    }
    let path = layout.spool(geteuid().as_raw());
    let mut file = hold(&path, true)?.ok_or("the count cannot be made")?;
    let size = file.metadata().map_err(|why| why.to_string())?.size();
    if size >= CALLS_MAX * RECORD {
        return Err(format!("{CALLS_MAX} calls have passed unwatched, and no more do"));
    }
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let stamp = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX).to_le_bytes();
    match file.write(&stamp) {
        Ok(8) => Ok(()),
        Ok(_) => Err("the count was written in part".to_owned()),
        Err(why) => Err(format!("the count cannot be written: {why}")),
    }
}

/// Tells the supervisor what it did not see, if there is anything. The file stays where that fails; the next call tries again.
pub fn report(layout: &Layout, mut connection: Connection) {
    let path = layout.spool(geteuid().as_raw());
    let Ok(Some(mut file)) = hold(&path, false) else { return };
    let mut bytes = Vec::new();
    if (&mut file).take(CALLS_MAX * RECORD).read_to_end(&mut bytes).is_err() {
        return;
    }
    let Some(first) = bytes.first_chunk() else { return };
    let count = (bytes.len() as u64).div_ceil(RECORD);
    let message = ToGuard::Unwatched { count, since_ns: u64::from_le_bytes(*first) };
    if matches!(tell(&mut connection, &message), Ok(FromGuard::Noted)) {
        // Still locked: a call that is being counted now sees the missing link and counts anew.
        let _ = std::fs::remove_file(&path);
    }
}

fn tell(connection: &mut Connection, message: &ToGuard) -> Result<FromGuard, ConnectError> {
    let frame = frame::encode(message).map_err(|why| ConnectError::Malformed(why.to_string()))?;
    connection.extend(REPORT_PATIENCE)?;
    connection.send(&frame)?;
    connection.receive()
}

/// Opens and locks the file; none if it is not there and is not to be made.
fn hold(path: &Path, make: bool) -> Result<Option<File>, String> {
    let begun = Instant::now();
    loop {
        let file = match open(path, make) {
            Ok(file) => file,
            Err(why) if why.kind() == io::ErrorKind::NotFound && !make => return Ok(None),
            Err(why) => return Err(format!("the call cannot be counted in {}: {why}", path.display())),
        };
        let found = file.metadata().map_err(|why| why.to_string())?;
        // In the shared directory of a system installation another user may have put something under our name.
        if !found.is_file() || found.uid() != geteuid().as_raw() || found.mode() & 0o077 != 0 {
            return Err(format!("{} is not a file of ours that only we may write", path.display()));
        }
        match file.try_lock() {
            // Whoever reported the count has removed the file that we opened before.
            Ok(()) if file.metadata().map_err(|why| why.to_string())?.nlink() == 0 => {}
            Ok(()) => return Ok(Some(file)),
            Err(TryLockError::WouldBlock) if begun.elapsed() < LOCK_PATIENCE => {
                std::thread::sleep(Duration::from_millis(1));
            }
            Err(why) => return Err(format!("{} cannot be locked: {why}", path.display())),
        }
        if begun.elapsed() >= LOCK_PATIENCE {
            return Err(format!("{} cannot be locked", path.display()));
        }
    }
}

fn open(path: &Path, make: bool) -> io::Result<File> {
    let flags = nix::libc::O_NOFOLLOW | nix::libc::O_NONBLOCK;
    OpenOptions::new().read(true).append(true).create(make).mode(0o600).custom_flags(flags).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Scratch;

    #[test]
    fn calls_are_counted_eight_bytes_each() {
        let scratch = Scratch::new();
        let layout = Layout::within(scratch.path());
        count(&layout, false).unwrap();
        count(&layout, false).unwrap();
        let bytes = std::fs::read(layout.spool(geteuid().as_raw())).unwrap();
        assert_eq!(bytes.len(), 16);
    }

    #[test]
    fn a_link_or_an_open_file_in_its_place_is_not_written_to() {
        let scratch = Scratch::new();
        let layout = Layout::within(scratch.path());
        let path = layout.spool(geteuid().as_raw());
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let elsewhere = scratch.path().join("elsewhere");
        std::fs::write(&elsewhere, b"").unwrap();
        std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
        assert!(count(&layout, false).is_err());
        assert_eq!(std::fs::read(&elsewhere).unwrap(), b"");

        std::fs::remove_file(&path).unwrap();
        OpenOptions::new().write(true).create_new(true).mode(0o666).open(&path).unwrap();
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o666)).unwrap();
        assert!(count(&layout, false).is_err());
    }

    #[test]
    fn counting_ends_at_the_limit() {
        let scratch = Scratch::new();
        let layout = Layout::within(scratch.path());
        count(&layout, false).unwrap();
        let path = layout.spool(geteuid().as_raw());
        OpenOptions::new().write(true).open(&path).unwrap().set_len(CALLS_MAX * RECORD).unwrap();
        assert!(count(&layout, false).unwrap_err().contains("no more"));
    }
}
