//! Rows on their way out: encoded one at a time, packed into as few packets as hold them.

use palisade_protocol::bounded::Blob;
use palisade_protocol::codec;
use palisade_protocol::limits::ROWS_MAX;
use palisade_protocol::reader::Row;
use std::collections::VecDeque;

/// What the count in front of the rows may take.
const COUNT_MAX: usize = 9;

/// Bytes that the newest rows may take while older segments are still being read.
pub const KEPT_MAX: usize = 8 * 1024 * 1024;

/// One row's bytes; a row too long for a packet comes without its event.
pub fn encode(mut row: Row) -> Vec<u8> {
    loop {
        match codec::encode(&row) {
            Ok(bytes) if bytes.len() <= ROWS_MAX - COUNT_MAX => return bytes,
            // Without its event a row is a few numbers.
            _ if row.event.is_none() => return Vec::new(),
            _ => row.event = None,
        }
    }
}

/// Fills packets. The bytes are those of an encoded `Vec<Row>`: the count, then the rows.
#[derive(Debug, Default)]
pub struct Packer {
    count: u64,
    bytes: Vec<u8>,
}

impl Packer {
    /// Adds a row, after sending what is full.
    pub fn push(&mut self, row: &[u8], send: &mut impl FnMut(Blob<ROWS_MAX>)) {
        if row.is_empty() {
            return;
        }
        if self.bytes.len() + row.len() > ROWS_MAX - COUNT_MAX {
            self.flush(send);
        }
        self.bytes.extend_from_slice(row);
        self.count += 1;
    }

    /// Sends what there is.
    pub fn flush(&mut self, send: &mut impl FnMut(Blob<ROWS_MAX>)) {
        if self.count == 0 {
            return;
        }
        let packed = codec::encode(&self.count).map(|count| [count, std::mem::take(&mut self.bytes)].concat());
        // Both are within their limits by construction.
        if let Some(rows) = packed.ok().and_then(|bytes| Blob::new(bytes).ok()) {
            send(rows);
        }
        self.count = 0;
    }
}

/// The newest rows so far.
#[derive(Debug)]
pub struct Newest {
    limit: usize,
    rows: VecDeque<Vec<u8>>,
    bytes: usize,
}

impl Newest {
    /// At most `limit` rows, and at most [`KEPT_MAX`] bytes of them.
    pub fn new(limit: usize) -> Self {
        Self { limit, rows: VecDeque::new(), bytes: 0 }
    }

    /// Adds a row, and drops the oldest that there is no room for.
    pub fn push(&mut self, row: Vec<u8>) {
        self.bytes += row.len();
        self.rows.push_back(row);
        while self.rows.len() > self.limit || self.bytes > KEPT_MAX {
            let Some(dropped) = self.rows.pop_front() else { return };
            self.bytes -= dropped.len();
        }
    }

    /// The rows, oldest first.
    pub fn rows(&self) -> impl Iterator<Item = &[u8]> {
        self.rows.iter().map(Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use palisade_protocol::bounded::Text;
    use palisade_protocol::event::{Event, SCHEMA, What};

    fn row(seq: u64, length: usize) -> Row {
        let what = What::Gap { since_ns: None, missing: Text::cut(&"x".repeat(length)), count: Some(seq) };
        Row { seq, wall_ns: 1, boot_ns: 2, boot_id: [3; 16], event: Some(Event { v: SCHEMA, peer: None, what }) }
    }

    #[test]
    fn packed_rows_are_an_encoded_vector_of_them() {
        let rows: Vec<Row> = (0..400).map(|seq| row(seq, (seq % 7 * 200) as usize)).collect();
        let (mut packer, mut packets) = (Packer::default(), Vec::new());
        for row in &rows {
            packer.push(&encode(row.clone()), &mut |packet| packets.push(packet));
        }
        packer.flush(&mut |packet| packets.push(packet));
        packer.flush(&mut |_| panic!("nothing is left"));
        assert!(packets.len() > 2);
        let unpacked = packets.iter().flat_map(|packet| codec::decode::<Vec<Row>>(packet).unwrap());
        assert_eq!(unpacked.collect::<Vec<_>>(), rows);
    }

    #[test]
    fn the_newest_rows_are_bounded_in_number_and_in_bytes() {
        let mut newest = Newest::new(3);
        (0..10).for_each(|seq| newest.push(vec![seq; 10]));
        assert_eq!(newest.rows().map(|row| row[0]).collect::<Vec<_>>(), [7, 8, 9]);
        let mut newest = Newest::new(usize::MAX);
        (0..20).for_each(|seq| newest.push(vec![seq; 1024 * 1024]));
        assert_eq!(newest.rows().count(), KEPT_MAX / (1024 * 1024));
    }
}
