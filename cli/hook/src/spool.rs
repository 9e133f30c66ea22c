//! The count of calls that ran while no supervisor watched: files of our uid in a directory that may be everybody's.
//!
//! A call is counted before it passes. A supervisor that runs again puts the counts on record and removes them; it goes by the
//! files' owner, name and size, and opens none.

use nix::libc::{O_NOFOLLOW, O_NONBLOCK};
use nix::unistd::geteuid;
use palisade_protocol::layout::{Layout, SPOOLED_BYTES, SPOOLED_MAX, SpoolName};
use std::fs::{DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::time::SystemTime;

/// A name holds the time in nanoseconds: that one is taken is an accident, or somebody who guesses well.
const NAMES: usize = 8;

/// Counts one call of ours.
///
/// # Errors
/// One sentence; the call must not pass.
pub fn count(layout: &Layout, system: bool) -> Result<(), String> {
    let dir = layout.spool();
    if !system {
        // The runtime directory goes with the last logout; the supervisor that makes it again is the one that is missing.
        let _ = DirBuilder::new().recursive(true).mode(0o700).create(&dir);
    }
    let failed = |why: io::Error| format!("the call cannot be counted in {}: {why}", dir.display());
    let mut file = match ours(&dir).map_err(failed)? {
        Some((_, size)) if size >= SPOOLED_MAX * SPOOLED_BYTES => {
            return Err(format!("{SPOOLED_MAX} calls have passed unwatched, and no more do"));
        }
        Some((file, _)) => file,
        None => begin(&dir).map_err(failed)?,
    };
    match file.write(&now_ns().to_le_bytes()) {
        Ok(8) => Ok(()),
        Ok(_) => Err("the count was written in part".to_owned()),
        Err(why) => Err(format!("the count cannot be written: {why}")),
    }
}

/// The count that we have begun already, and its size. Whatever else lies there is somebody else's.
fn ours(dir: &Path) -> io::Result<Option<(File, u64)>> {
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        let named = entry.file_name().to_str().and_then(SpoolName::parse);
        // Not opened before it is known to be a file of ours: an open has effects on some of what another user can put there.
        if named.is_none_or(|name| name.uid != geteuid().as_raw()) || !entry.metadata().is_ok_and(|found| fits(&found))
        {
            continue;
        }
        let file = OpenOptions::new().append(true).custom_flags(O_NOFOLLOW | O_NONBLOCK).open(entry.path())?;
        let found = file.metadata()?;
        if fits(&found) {
            return Ok(Some((file, found.size())));
        }
    }
    Ok(None)
}

/// A file that only we could have written, and that has no other name: a link to it would be a count of its own.
fn fits(found: &Metadata) -> bool {
    found.is_file() && found.uid() == geteuid().as_raw() && found.mode() & 0o077 == 0 && found.nlink() == 1
}

/// Begins a count under a name that nobody has.
fn begin(dir: &Path) -> io::Result<File> {
    let mut taken = io::Error::from(ErrorKind::AlreadyExists);
    for _ in 0..NAMES {
        let name = SpoolName { uid: geteuid().as_raw(), since_ns: now_ns() };
        match OpenOptions::new().append(true).create_new(true).mode(0o600).open(dir.join(name.to_string())) {
            Err(why) if why.kind() == ErrorKind::AlreadyExists => taken = why,
            opened => return opened,
        }
    }
    Err(taken)
}

fn now_ns() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Scratch;
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    /// Every count: its name and its size.
    fn counts(layout: &Layout) -> Vec<(SpoolName, u64)> {
        let entries = std::fs::read_dir(layout.spool()).unwrap().map(Result::unwrap);
        let named = entries.filter_map(|entry| Some((SpoolName::parse(entry.file_name().to_str()?)?, entry)));
        named
            .filter(|(_, entry)| entry.file_type().unwrap().is_file())
            .map(|(name, entry)| (name, entry.metadata().unwrap().len()))
            .collect()
    }

    fn counted(layout: &Layout) -> u64 {
        counts(layout).iter().map(|(_, size)| size).sum::<u64>() / SPOOLED_BYTES
    }

    #[test]
    fn calls_are_counted_eight_bytes_each_in_one_file_that_says_since_when() {
        let scratch = Scratch::new();
        let layout = Layout::within(scratch.path());
        let before = now_ns();
        count(&layout, false).unwrap();
        count(&layout, false).unwrap();
        let counts = counts(&layout);
        assert_eq!(counts.iter().map(|(_, size)| *size).collect::<Vec<_>>(), [16]);
        assert_eq!(counts[0].0.uid, geteuid().as_raw());
        assert!((before..=now_ns()).contains(&counts[0].0.since_ns));
    }

    #[test]
    fn what_is_no_count_of_ours_is_not_written_to_and_does_not_stop_one() {
        let scratch = Scratch::new();
        let layout = Layout::within(scratch.path());
        let named = |since_ns| layout.spool().join(SpoolName { uid: geteuid().as_raw(), since_ns }.to_string());
        std::fs::create_dir_all(layout.spool()).unwrap();
        let elsewhere = scratch.path().join("elsewhere");
        std::fs::write(&elsewhere, b"").unwrap();
        std::fs::set_permissions(&elsewhere, Permissions::from_mode(0o600)).unwrap();
        std::os::unix::fs::symlink(&elsewhere, named(1)).unwrap();
        std::fs::hard_link(&elsewhere, named(2)).unwrap();
        std::fs::write(named(3), b"").unwrap();
        std::fs::set_permissions(named(3), Permissions::from_mode(0o666)).unwrap();
        std::fs::create_dir(named(4)).unwrap();
        nix::unistd::mkfifo(&named(5), nix::sys::stat::Mode::S_IRWXU).unwrap();
        count(&layout, false).unwrap();
        count(&layout, false).unwrap();
        assert_eq!(std::fs::read(&elsewhere).unwrap(), b"");
        assert_eq!(std::fs::read(named(3)).unwrap(), b"");
        assert_eq!(counted(&layout), 2);
    }

    #[test]
    fn counting_ends_at_the_limit() {
        let scratch = Scratch::new();
        let layout = Layout::within(scratch.path());
        count(&layout, false).unwrap();
        let path = layout.spool().join(counts(&layout)[0].0.to_string());
        OpenOptions::new().write(true).open(&path).unwrap().set_len(SPOOLED_MAX * SPOOLED_BYTES).unwrap();
        assert!(count(&layout, false).unwrap_err().contains("no more"));
    }
}
