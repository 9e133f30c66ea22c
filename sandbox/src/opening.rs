//! The child's first packet, encoded without allocating: between fork and exec there is no allocator to trust.
//!
//! The bytes are those of [`palisade_protocol::codec`]; a test compares them.

use palisade_protocol::worker::{FdAccess, FdType};

/// A packet on the stack.
pub struct Bytes {
    buffer: [u8; 512],
    length: usize,
}

/// The most descriptors that are listed.
pub const FDS_MAX: u32 = 64;

impl Bytes {
    /// `Opening::Launched`: the descriptors follow by [`Bytes::descriptor`], exactly `count`.
    pub fn launched(count: u32) -> Self {
        let mut bytes = Self { buffer: [0; 512], length: 0 };
        bytes.number(0);
        bytes.number(0);
        bytes.number(count);
        bytes
    }

    /// One descriptor of a `Launched`.
    pub fn descriptor(&mut self, number: u32, kind: FdType, access: FdAccess) {
        self.number(number);
        self.number(kind as u32);
        self.number(access as u32);
    }

    /// `Opening::LaunchFailed`. `step` is cut at 120 bytes.
    pub fn launch_failed(step: &'static str, errno: i32) -> Self {
        let mut bytes = Self { buffer: [0; 512], length: 0 };
        bytes.number(0);
        bytes.number(1);
        let step = &step.as_bytes()[..step.len().min(120)];
        bytes.number(step.len() as u32);
        step.iter().for_each(|byte| bytes.push(*byte));
        // Signed numbers are zigzagged; an errno is positive.
        bytes.number(errno.unsigned_abs() * 2);
        bytes
    }

    /// The encoding.
    pub fn as_slice(&self) -> &[u8] {
        &self.buffer[..self.length]
    }

    /// bincode's variable-length integer: one byte up to 250, else 251 and two bytes.
    fn number(&mut self, number: u32) {
        match number {
            0..=250 => self.push(number as u8),
            _ => {
                let [low, high, ..] = number.to_le_bytes();
                [251, low, high].into_iter().for_each(|byte| self.push(byte));
            }
        }
    }

    fn push(&mut self, byte: u8) {
        if let Some(place) = self.buffer.get_mut(self.length) {
            *place = byte;
            self.length += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use palisade_protocol::bounded::{List, Text};
    use palisade_protocol::codec;
    use palisade_protocol::packet::Packet;
    use palisade_protocol::worker::{FdReport, Opening};

    #[test]
    fn what_the_child_writes_is_what_the_codec_writes() {
        let all = [
            (FdType::File, FdAccess::Read),
            (FdType::Device, FdAccess::Write),
            (FdType::Pipe, FdAccess::Append),
            (FdType::Socket, FdAccess::ReadWrite),
            (FdType::Other, FdAccess::Read),
        ];
        for count in [0, 1, 5, FDS_MAX] {
            let fds: Vec<_> = (0..count)
                .map(|number| (number, all[number as usize % all.len()]))
                .map(|(number, (kind, access))| FdReport { number, kind, access })
                .collect();
            let mut ours = Bytes::launched(count);
            fds.iter().for_each(|fd| ours.descriptor(fd.number, fd.kind, fd.access));
            let body = Opening::Launched { fds: List::new(fds).unwrap() };
            assert_eq!(ours.as_slice(), codec::encode(&Packet { id: 0, body }).unwrap());
        }
        for errno in [0, 1, 125, 126, 133, 4095] {
            let body = Opening::LaunchFailed { step: Text::cut("dropping capabilities"), errno };
            let theirs = codec::encode(&Packet { id: 0, body }).unwrap();
            assert_eq!(Bytes::launch_failed("dropping capabilities", errno).as_slice(), theirs);
        }
    }
}
