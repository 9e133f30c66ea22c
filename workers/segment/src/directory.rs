//! The names in a journal's `seg/`, their order, and the next one.
//!
//! A segment is `<first sequence number, 20 digits>[-<k>]` with the endings `.log` (frames) and `.dat` (payloads). The
//! suffix exists only where the plain name was taken by a segment in which no record was ever whole: names are never reused.

use std::fmt;

/// A segment's name, without the ending. Ordered as the segments follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    /// Sequence number of its first record.
    pub first_seq: u64,
    /// 0 for the plain name, then 1, 2, ….
    pub again: u32,
}

impl fmt::Display for Name {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.again {
            0 => write!(out, "{:020}", self.first_seq),
            again => write!(out, "{:020}-{again}", self.first_seq),
        }
    }
}

impl Name {
    /// Reads a name without its ending; only what `Display` writes is accepted.
    pub fn parse(text: &str) -> Option<Self> {
        let (digits, suffix) = match text.split_once('-') {
            Some((digits, suffix)) => (digits, Some(suffix)),
            None => (text, None),
        };
        if digits.len() != 20 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let again = suffix.map_or(Some(0), |suffix| suffix.parse().ok())?;
        let name = Self { first_seq: digits.parse().ok()?, again };
        (name.to_string() == text).then_some(name)
    }

    /// File name of the frames.
    pub fn log(&self) -> String {
        format!("{self}.log")
    }

    /// File name of the payloads.
    pub fn dat(&self) -> String {
        format!("{self}.dat")
    }
}

/// What a `seg/` directory holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listing {
    /// Segments with both files, oldest first.
    pub segments: Vec<Name>,
    /// Frames without a payload file. After a crash at the creation of a segment the frames are empty; else payloads were removed.
    pub without_dat: Vec<Name>,
    /// Payloads without a file of frames. After a crash at creation they are empty; else frames were removed.
    pub without_log: Vec<Name>,
    /// Names that no part of Palisade writes; not read, but worth a word to the operator.
    pub strange: Vec<String>,
}

impl Listing {
    /// Every segment, oldest first, the ones with a missing file too.
    pub fn all(&self) -> Vec<Name> {
        let mut names = [&self.segments[..], &self.without_dat, &self.without_log].concat();
        names.sort_unstable();
        names
    }

    /// The name of the segment that begins with `next_seq`: the plain one, or the first suffix after all that were ever used.
    pub fn next_name(&self, next_seq: u64) -> Name {
        next_name(&self.all(), next_seq)
    }
}

/// Sorts the names of a directory's entries. `.` and `..` may be among them; the order they come in does not matter.
pub fn list<N: AsRef<str>>(names: impl IntoIterator<Item = N>) -> Listing {
    let (mut logs, mut dats) = (Vec::new(), Vec::new());
    let mut listing = Listing::default();
    for entry in names {
        let entry = entry.as_ref();
        let parsed = entry.rsplit_once('.').and_then(|(name, ending)| Some((Name::parse(name)?, ending)));
        match parsed {
            Some((name, "log")) => logs.push(name),
            Some((name, "dat")) => dats.push(name),
            _ if entry == "." || entry == ".." => {}
            _ => listing.strange.push(entry.to_owned()),
        }
    }
    logs.sort_unstable();
    dats.sort_unstable();
    listing.strange.sort_unstable();
    listing.without_log = dats.iter().filter(|name| logs.binary_search(name).is_err()).copied().collect();
    (listing.segments, listing.without_dat) = logs.iter().partition(|name| dats.binary_search(name).is_ok());
    listing
}

/// The name of the segment that begins with `next_seq`, where `existing` are taken.
pub fn next_name(existing: &[Name], next_seq: u64) -> Name {
    let highest = existing.iter().filter(|name| name.first_seq == next_seq).map(|name| name.again).max();
    Name { first_seq: next_seq, again: highest.map_or(0, |again| again.saturating_add(1)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(first_seq: u64, again: u32) -> Name {
        Name { first_seq, again }
    }

    #[test]
    fn a_name_is_read_only_as_it_is_written() {
        for name in [name(0, 0), name(7, 0), name(7, 12), name(u64::MAX, u32::MAX)] {
            assert_eq!(Name::parse(&name.to_string()), Some(name));
        }
        for wrong in [
            "",
            "7",
            "0000000000000000000",
            "000000000000000000007",
            "00000000000000000007-",
            "00000000000000000007-0",
            "00000000000000000007-01",
            "00000000000000000007-+1",
            "00000000000000000007-4294967296",
            "+0000000000000000007",
            "99999999999999999999",
            "00000000000000000007 ",
        ] {
            assert_eq!(Name::parse(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn segments_come_oldest_first_and_a_second_try_after_its_first() {
        let names = [name(10, 0), name(2, 0), name(10, 10), name(10, 2)];
        let listing = list(names.iter().flat_map(|name| [name.dat(), name.log()]));
        assert_eq!(listing.segments, [name(2, 0), name(10, 0), name(10, 2), name(10, 10)]);
        assert_eq!((listing.without_dat, listing.without_log, listing.strange), (vec![], vec![], vec![]));
    }

    #[test]
    fn half_segments_and_strange_names_are_reported_and_never_listed() {
        let listing = list([".", "..", "x.log", "00000000000000000003.log", "00000000000000000004.dat", "core"]);
        assert_eq!(listing.segments, []);
        assert_eq!(listing.without_dat, [name(3, 0)]);
        assert_eq!(listing.without_log, [name(4, 0)]);
        assert_eq!(listing.strange, ["core", "x.log"]);
    }

    #[test]
    fn a_taken_name_gets_the_next_suffix_even_if_only_half_of_it_is_left() {
        let listing = list(["00000000000000000003.log", "00000000000000000003-1.log", "00000000000000000003-1.dat"]);
        assert_eq!(listing.next_name(3), name(3, 2));
        assert_eq!(listing.next_name(4), name(4, 0));
        assert_eq!(next_name(&[], 0).to_string(), "00000000000000000000");
    }
}
