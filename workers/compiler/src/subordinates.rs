//! Whose the subordinate uids are: `subuid(5)` lines `owner:first:count`, the owner by name or by number, names by `passwd(5)`.

use palisade_protocol::bounded::List;
use palisade_protocol::compile::Subordinates;
use palisade_protocol::limits::SUBORDINATES_MAX;
use std::collections::BTreeMap;

/// The ranges, ascending. A line that is none, or names nobody, is passed over as the tools that read these files do.
pub fn subordinates(subuid: &[u8], passwd: &[u8]) -> List<Subordinates, SUBORDINATES_MAX> {
    let uids: BTreeMap<&str, u32> =
        lines(passwd).filter_map(|[name, _, uid]| Some((name, uid.parse().ok()?))).collect();
    let range = |[owner, first, count]: [&str; 3]| {
        let owner = uids.get(owner).copied().or_else(|| owner.parse().ok())?;
        let (first, count): (u32, u32) = (first.parse().ok()?, count.parse().ok()?);
        Some(Subordinates { first, last: first.checked_add(count.checked_sub(1)?)?, owner })
    };
    let mut ranges: Vec<Subordinates> = lines(subuid).filter_map(range).collect();
    ranges.sort_unstable();
    List::first(ranges)
}

/// The first three fields of each line. What is not text has no fields, and neither has a line that was cut at the end.
fn lines(text: &[u8]) -> impl Iterator<Item = [&str; 3]> {
    let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    text[..whole].split(|byte| *byte == b'\n').filter_map(|line| {
        let mut fields = std::str::from_utf8(line).ok()?.splitn(4, ':').map(str::trim);
        Some([fields.next()?, fields.next()?, fields.next()?])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &[u8] = b"root:x:0:0:root:/root:/bin/sh\ndev:x:1000:1000::/home/dev:/bin/sh\nodd:x:many:0::/:/\n";

    fn ranges(subuid: &[u8]) -> Vec<(u32, u32, u32)> {
        subordinates(subuid, PASSWD).iter().map(|range| (range.first, range.last, range.owner)).collect()
    }

    #[test]
    fn owners_stand_by_name_or_number_and_ranges_ascend() {
        let text = b"dev:165536:65536\n1001:100000:65536\n";
        assert_eq!(ranges(text), [(100_000, 165_535, 1001), (165_536, 231_071, 1000)]);
    }

    #[test]
    fn what_is_no_range_is_passed_over() {
        let text = b"stranger:1:1\nodd:1:1\ndev:1\ndev:x:1\ndev:1:0\ndev:4294967295:2\n\xff:1:1\n\ndev:7:1\ndev:9:1";
        assert_eq!(ranges(text), [(7, 7, 1000)]);
    }

    #[test]
    fn there_are_never_more_than_fit() {
        let text = (0..5000).map(|first| format!("dev:{first}:1\n")).collect::<String>();
        assert_eq!(ranges(text.as_bytes()).len(), SUBORDINATES_MAX);
    }
}
