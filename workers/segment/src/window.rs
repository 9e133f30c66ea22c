//! A file read front to back through one fixed buffer, whatever its length.

/// Something to read from at any offset, such as a file through `pread(2)`.
pub trait Source {
    /// Reads at most `into.len()` bytes at `offset`; 0 only at the end. The error is the system's number.
    fn read_at(&mut self, offset: u64, into: &mut [u8]) -> Result<usize, i32>;
}

impl Source for &[u8] {
    fn read_at(&mut self, offset: u64, into: &mut [u8]) -> Result<usize, i32> {
        let rest = usize::try_from(offset).ok().and_then(|offset| self.get(offset..)).unwrap_or_default();
        let length = rest.len().min(into.len());
        into[..length].copy_from_slice(&rest[..length]);
        Ok(length)
    }
}

impl Source for std::fs::File {
    fn read_at(&mut self, offset: u64, into: &mut [u8]) -> Result<usize, i32> {
        loop {
            match std::os::unix::fs::FileExt::read_at(self, into, offset) {
                Ok(length) => return Ok(length),
                Err(why) if why.kind() == std::io::ErrorKind::Interrupted => {}
                Err(why) => return Err(why.raw_os_error().unwrap_or(0)),
            }
        }
    }
}

/// Size of the buffer: several of the longest payloads, and large enough that a read is not what costs.
pub const WINDOW: usize = 256 * 1024;

/// The buffer over a [`Source`].
#[derive(Debug)]
pub struct Window<S> {
    source: S,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
    /// File offset of `buffer[end]`.
    next: u64,
    read: u64,
}

impl<S: Source> Window<S> {
    /// Looks at `source` from `offset` on.
    pub fn new(source: S, offset: u64) -> Self {
        Self { source, buffer: vec![0; WINDOW].into_boxed_slice(), start: 0, end: 0, next: offset, read: 0 }
    }

    /// The next `want` bytes (at most [`WINDOW`]) without passing them; fewer only where the file ends.
    ///
    /// The end is looked for anew each time: a file that is being written may have grown.
    pub fn peek(&mut self, want: usize) -> Result<&[u8], i32> {
        let want = want.min(WINDOW);
        if self.end - self.start < want {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
            while self.end < want {
                let got = self.source.read_at(self.next, &mut self.buffer[self.end..])?.min(WINDOW - self.end);
                if got == 0 {
                    break;
                }
                self.end += got;
                self.next = self.next.saturating_add(got as u64);
                self.read = self.read.saturating_add(got as u64);
            }
        }
        Ok(&self.buffer[self.start..self.end.min(self.start + want)])
    }

    /// Everything that is in the buffer, after reading on if that is less than `least` (at most [`WINDOW`]).
    pub fn available(&mut self, least: usize) -> Result<&[u8], i32> {
        self.peek(least)?;
        Ok(&self.buffer[self.start..self.end])
    }

    /// Passes `length` bytes, read or not.
    pub fn skip(&mut self, length: usize) {
        let buffered = self.end - self.start;
        if length <= buffered {
            self.start += length;
        } else {
            self.next = self.next.saturating_add((length - buffered) as u64);
            (self.start, self.end) = (0, 0);
        }
    }

    /// Bytes read from the source so far.
    pub fn bytes_read(&self) -> u64 {
        self.read
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a few bytes at a time, as a pipe or a signal may make it.
    struct Sips<'a>(&'a [u8]);

    impl Source for Sips<'_> {
        fn read_at(&mut self, offset: u64, into: &mut [u8]) -> Result<usize, i32> {
            let length = into.len().min(7);
            self.0.read_at(offset, &mut into[..length])
        }
    }

    #[test]
    fn short_reads_are_not_the_end_and_skipping_past_the_buffer_reads_nothing() {
        let bytes: Vec<u8> = (0..200u8).collect();
        let mut window = Window::new(Sips(&bytes), 0);
        assert_eq!(window.peek(20).unwrap(), &bytes[..20]);
        window.skip(10);
        assert_eq!(window.peek(20).unwrap(), &bytes[10..30]);
        let read = window.bytes_read();
        window.skip(100);
        assert_eq!(window.bytes_read(), read);
        assert_eq!(window.peek(100).unwrap(), &bytes[110..]);
        window.skip(1000);
        assert_eq!(window.peek(1).unwrap(), b"");
    }
}
