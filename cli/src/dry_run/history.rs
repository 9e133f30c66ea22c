//! The commands in a shell's history file: bash with and without times, zsh plain and extended, fish.
//!
//! A history holds whatever was pasted into a shell: lines without end, NUL, bytes that are not UTF-8. It is read once, in
//! order, with memory for one command. What is no regular file is not read: a FIFO would never end.

use nix::fcntl::OFlag;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Take};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Bytes of one command that are kept: more than the classifier reads, so that it says of a longer one that it is too long.
const COMMAND_KEPT: usize = 128 * 1024;

/// Bytes of a file from which its format is guessed.
const GUESSED_FROM: usize = 4096;

/// Whose file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One command a line. With times (`#1763722800` lines), where the file begins with one, a command may have several.
    Bash,
    /// One command a line, `\` before its line breaks, perhaps `: 1763722800:0;` in front; bytes from 0x83 to 0xa2 are metafied.
    Zsh,
    /// `- cmd: …`, with `\n` and `\\` for line break and backslash.
    Fish,
}

impl Format {
    /// The word used in output and scripts.
    pub fn word(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Zsh => "zsh",
            Self::Fish => "fish",
        }
    }

    fn guess(beginning: &[u8], path: &Path) -> Self {
        let first =
            beginning.split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty()).unwrap_or_default();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        match first {
            _ if first.starts_with(b"- cmd: ") => Self::Fish,
            _ if without_times(first).len() < first.len() => Self::Zsh,
            _ if name.contains("zsh") || name.contains("zhistory") => Self::Zsh,
            _ => Self::Bash,
        }
    }
}

/// Why a history cannot be read.
#[derive(Debug)]
pub enum HistoryError {
    /// The system says no.
    File(PathBuf, io::Error),
    /// It is a directory, a FIFO, a device.
    NotRegular(PathBuf),
}

impl fmt::Display for HistoryError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path, why) => write!(out, "{}: {why}", path.display()),
            Self::NotRegular(path) => write!(out, "{}: not a regular file, so no shell's history", path.display()),
        }
    }
}

impl std::error::Error for HistoryError {}

/// An open history.
#[derive(Debug)]
pub struct History<R> {
    lines: R,
    /// How it is read.
    pub format: Format,
    /// A line that was read and belongs to the next command.
    held: Option<Vec<u8>>,
    /// Commands of several lines, each behind its time.
    timed: bool,
}

impl History<BufReader<Take<File>>> {
    /// Opens a file. What is added to it meanwhile is not read.
    pub fn open(path: &Path) -> Result<Self, HistoryError> {
        let failed = |why| HistoryError::File(path.to_owned(), why);
        // Opening a FIFO waits for its other end, and opening a terminal may make it ours.
        let flags = (OFlag::O_NONBLOCK | OFlag::O_NOCTTY | OFlag::O_CLOEXEC).bits();
        let file = OpenOptions::new().read(true).custom_flags(flags).open(path).map_err(failed)?;
        let about = file.metadata().map_err(failed)?;
        if !about.is_file() {
            return Err(HistoryError::NotRegular(path.to_owned()));
        }
        Self::new(BufReader::with_capacity(64 * 1024, file.take(about.len())), path).map_err(failed)
    }
}

impl<R: BufRead> History<R> {
    /// Reads `lines`; `path` helps to guess the format.
    pub fn new(mut lines: R, path: &Path) -> io::Result<Self> {
        let beginning = lines.fill_buf()?;
        let beginning = &beginning[..beginning.len().min(GUESSED_FROM)];
        let format = Format::guess(beginning, path);
        let timed =
            format == Format::Bash && is_time(beginning.split(|byte| *byte == b'\n').next().unwrap_or_default());
        Ok(Self { lines, format, held: None, timed })
    }

    /// The next command, none at the end.
    pub fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            let command = match self.format {
                Format::Bash if self.timed => self.timed_command()?,
                Format::Bash => self.line()?.map(|line| if is_time(&line) { Vec::new() } else { line }),
                Format::Zsh => self.zsh_command()?,
                Format::Fish => self.line()?.map(|line| fish_command(&line).unwrap_or_default()),
            };
            match command {
                Some(command) if command.trim_ascii().is_empty() => {}
                command => return Ok(command),
            }
        }
    }

    /// Everything up to the next time.
    fn timed_command(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut command: Option<Vec<u8>> = None;
        while let Some(line) = self.line()? {
            match (&mut command, is_time(&line)) {
                (None, true) => {}
                (Some(_), true) => {
                    self.held = Some(line);
                    break;
                }
                (None, false) => command = Some(line),
                (Some(begun), false) => append(begun, &line),
            }
        }
        Ok(command)
    }

    fn zsh_command(&mut self) -> io::Result<Option<Vec<u8>>> {
        let Some(first) = self.line()? else { return Ok(None) };
        let mut command = without_times(&first).to_vec();
        while command.last() == Some(&b'\\') {
            command.pop();
            match self.line()? {
                Some(line) => append(&mut command, &line),
                None => break,
            }
        }
        Ok(Some(unmetafied(&command)))
    }

    /// The next line, without its end; of a very long one its beginning.
    fn line(&mut self) -> io::Result<Option<Vec<u8>>> {
        if let Some(line) = self.held.take() {
            return Ok(Some(line));
        }
        let mut line = Vec::new();
        let mut any = false;
        loop {
            let read = self.lines.fill_buf()?;
            if read.is_empty() {
                return Ok(any.then_some(line));
            }
            any = true;
            let end = read.iter().position(|byte| *byte == b'\n');
            let part = &read[..end.unwrap_or(read.len())];
            line.extend_from_slice(&part[..part.len().min(COMMAND_KEPT.saturating_sub(line.len()))]);
            let used = part.len() + usize::from(end.is_some());
            self.lines.consume(used);
            if end.is_some() {
                return Ok(Some(line));
            }
        }
    }
}

fn append(command: &mut Vec<u8>, line: &[u8]) {
    let room = COMMAND_KEPT.saturating_sub(command.len());
    if room > 0 {
        command.push(b'\n');
        command.extend_from_slice(&line[..line.len().min(room - 1)]);
    }
}

/// `#1763722800`, as bash writes it with `HISTTIMEFORMAT`.
fn is_time(line: &[u8]) -> bool {
    line.strip_prefix(b"#").is_some_and(|rest| !rest.is_empty() && rest.iter().all(u8::is_ascii_digit))
}

/// Without the `: 1763722800:0;` of zsh's extended history.
fn without_times(line: &[u8]) -> &[u8] {
    let number = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let inner = || {
        let rest = line.strip_prefix(b": ")?;
        let rest = rest.trim_ascii_start();
        let started = number(rest);
        let rest = rest[started..].strip_prefix(b":")?;
        let took = number(rest);
        let rest = rest[took..].strip_prefix(b";")?;
        (started > 0 && took > 0).then_some(rest)
    };
    inner().unwrap_or(line)
}

/// zsh writes bytes that mean something to itself as 0x83 and the byte with its sixth bit turned.
fn unmetafied(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            0x83 => out.extend(bytes.next().map(|next| next ^ 0x20)),
            byte => out.push(*byte),
        }
    }
    out
}

fn fish_command(line: &[u8]) -> Option<Vec<u8>> {
    let escaped = line.strip_prefix(b"- cmd: ")?;
    let mut out = Vec::with_capacity(escaped.len());
    let mut bytes = escaped.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => match bytes.next() {
                Some(b'n') => out.push(b'\n'),
                Some(b'\\') | None => out.push(b'\\'),
                Some(other) => out.extend([b'\\', *other]),
            },
            byte => out.push(*byte),
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: impl AsRef<[u8]>, name: &str) -> (Format, Vec<String>) {
        // A small buffer: lines cross its end.
        let lines = BufReader::with_capacity(16, text.as_ref());
        let mut history = History::new(lines, Path::new(name)).unwrap();
        let mut commands = Vec::new();
        while let Some(command) = history.next().unwrap() {
            commands.push(String::from_utf8_lossy(&command).into_owned());
        }
        (history.format, commands)
    }

    #[test]
    fn bash_with_and_without_times() {
        let name = ".bash_history";
        assert_eq!(read("ls\n\n  \nrm x\nlast", name), (Format::Bash, vec!["ls".into(), "rm x".into(), "last".into()]));
        let timed = "#1763722800\nls\n#1763722801\nfor x in a b; do\necho $x\ndone\n#1763722802\n#1763722803\nlast\n";
        assert_eq!(read(timed, name).1, ["ls", "for x in a b; do\necho $x\ndone", "last"]);
        // Times were switched on later: what bash then reads line by line is read so here.
        assert_eq!(read("ls\n#1763722800\nrm x\nrm y\n# a comment\n", name).1, ["ls", "rm x", "rm y", "# a comment"]);
    }

    #[test]
    fn zsh_plain_and_extended_with_line_breaks_and_metafied_bytes() {
        let extended = ": 1763722800:0;ls\n: 1763722801:12;echo a\\\necho b\n: 1763722802:0;cd :x:1;\n";
        assert_eq!(read(extended, "h").0, Format::Zsh);
        assert_eq!(read(extended, "h").1, ["ls", "echo a\necho b", "cd :x:1;"]);
        let plain = read("ls\necho a\\\nb\n", ".zsh_history");
        assert_eq!(plain, (Format::Zsh, vec!["ls".into(), "echo a\nb".into()]));
        // As zsh writes it: of the bytes of `Ä€` only 0x84 is among those that it writes otherwise, 0x83 to 0xa2.
        assert_eq!(read(b"echo \xc3\x83\xa4 \xe2\x82\xac\n", ".zsh_history").1, ["echo Ä €"]);
        assert_eq!(read(b"x\\", ".zsh_history").1, ["x"]);
        assert_eq!(read(b"x\x83", ".zsh_history").1, ["x"]);
    }

    #[test]
    fn fish_with_its_escapes_and_without_its_paths() {
        let text =
            "- cmd: ls\n  when: 1763722800\n- cmd: echo a\\nb \\\\n \\x\n  when: 1763722801\n  paths:\n    - cmd: no\n";
        assert_eq!(read(text, "fish_history"), (Format::Fish, vec!["ls".into(), "echo a\nb \\n \\x".into()]));
    }

    #[test]
    fn what_is_hostile_is_read_within_bounds() {
        let mut long = vec![b'x'; 3 * COMMAND_KEPT];
        long.extend_from_slice(b"\nls\n");
        let (_, commands) = read(&long, "h");
        assert_eq!((commands[0].len(), commands[1].as_str()), (COMMAND_KEPT, "ls"));
        let mut lines = b"#1\n".to_vec();
        lines.extend(b"yyyyyyyyyyyyyyy\n".repeat(COMMAND_KEPT / 8));
        assert_eq!(read(&lines, "h").1[0].len(), COMMAND_KEPT);
        assert_eq!(read(b"a\0b\nc\xff\n", "h").1, ["a\0b", "c\u{fffd}"]);
        assert_eq!(read("", "h").1.len(), 0);
    }

    #[test]
    fn only_a_regular_file_is_a_history() {
        let dir = std::env::temp_dir().join(format!("palisade-history-{}", std::process::id()));
        std::fs::create_dir(&dir).unwrap();
        nix::unistd::mkfifo(&dir.join("fifo"), nix::sys::stat::Mode::S_IRUSR).unwrap();
        for path in [&dir, &dir.join("fifo"), Path::new("/dev/zero"), Path::new("/dev/tty")] {
            assert!(History::open(path).is_err(), "{}", path.display());
        }
        assert!(matches!(History::open(&dir.join("fifo")), Err(HistoryError::NotRegular(_))));
        std::fs::write(dir.join("h"), "ls\n").unwrap();
        assert_eq!(History::open(&dir.join("h")).unwrap().next().unwrap(), Some(b"ls".to_vec()));
        std::fs::remove_dir_all(&dir).unwrap();
    }
}
