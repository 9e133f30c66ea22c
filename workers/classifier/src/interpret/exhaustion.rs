//! What uses up the host: endless input to programs that keep all of it, processes without a bound, files that fill the disk.

use super::Machine;
use palisade_language::ast::{Command, Item, List, Node, Part, Pipeline, Redirect, RedirectKind, Word};
use palisade_language::words::Value;
use palisade_protocol::verdict::Class;

/// Devices that give without an end.
const ENDLESS: &[&str] = &["/dev/zero", "/dev/urandom", "/dev/random", "/dev/full"];

/// Programs that hold all their input before they give any of it.
const HOLDS: &[&str] = &["sort", "tail", "tac", "shuf", "sponge", "jq", "column", "tsort"];

/// Programs that hold a line, and search a device without lines for the end of it.
const HOLDS_LINES: &[&str] = &[
    "grep",
    "egrep",
    "fgrep",
    "sed",
    "awk",
    "gawk",
    "mawk",
    "rev",
    "uniq",
    "rg",
    "cut",
    "nl",
    "fmt",
    "mapfile",
    "readarray",
];

/// Programs that read on for ever and keep nothing: they only use a processor.
const BURNS: &[&str] =
    &["md5sum", "sha1sum", "sha256sum", "sha512sum", "b2sum", "cksum", "gzip", "xz", "bzip2", "zstd", "wc", "cat"];

/// More than a file of a project takes.
pub(super) const HUGE: u64 = 64 << 30;
/// As many at once are not meant to end.
const MANY: u64 = 256;
/// As many one after another, where they run at once.
const LINES: u64 = 10_000;

impl Machine<'_> {
    /// Endless output into a program that keeps it, or into processes without a bound.
    pub(super) fn exhausting_pipeline(&mut self, pipeline: &Pipeline) {
        let stages: Vec<Vec<String>> = pipeline.stages.iter().map(words).collect();
        for (at, stage) in stages.iter().enumerate() {
            let Some(name) = stage.first() else { continue };
            let endless = match name.as_str() {
                "yes" => true,
                "cat" | "tr" | "base64" | "xxd" | "od" | "hexdump" | "dd" => {
                    stage.iter().any(|word| ENDLESS.contains(&word.trim_start_matches("if=")))
                        && !stage.iter().any(|word| word.starts_with("count=") || word.starts_with("-l"))
                        || endless(&pipeline.stages[at].redirects).is_some()
                }
                _ => false,
            };
            let many =
                name == "seq" && stage.last().and_then(|last| last.parse::<u64>().ok()).is_some_and(|n| n >= LINES);
            if !(endless || many) {
                continue;
            }
            let Some(next) =
                stages[at + 1..].iter().find(|next| next.first().is_some_and(|name| name != "nl" && name != "tr"))
            else {
                continue;
            };
            let taker = next.first().map_or("", String::as_str);
            if matches!(taker, "xargs" | "parallel") && unbounded(next) {
                self.note(Class::Catastrophic, "resource.fork-bomb", "starts processes without a bound");
            } else if endless && matches!(taker, "sort" | "tail" | "tac" | "shuf" | "sponge" | "column" | "tsort") {
                self.note(Class::Destructive, "resource.memory", format!("has {taker} keep what never ends"));
            }
        }
    }

    /// A program that is given a device without an end, as an operand or as its input. `fills`: its output goes to a file.
    pub(super) fn exhausting(&mut self, name: &str, args: &[Value], redirects: &[Redirect], fills: bool) {
        let base = name.rsplit('/').next().unwrap_or(name);
        let known: Vec<String> = args.iter().filter_map(Value::known).collect();
        let given = known.iter().find(|word| ENDLESS.contains(&word.as_str())).cloned().or_else(|| endless(redirects));
        if base == "yes" && fills {
            return self.note(Class::Catastrophic, "resource.disk", "writes until the disk is full");
        }
        let Some(device) = given else { return };
        let size = known.iter().enumerate().find_map(|(at, word)| match word.strip_prefix("-c") {
            Some("") => known.get(at + 1).and_then(|size| bytes(size)),
            Some(size) => bytes(size),
            None => word.strip_prefix("--bytes=").and_then(bytes),
        });
        let pours = pours(base) || base == "head" && size.is_some_and(|size| size >= HUGE);
        if fills && pours {
            self.note(Class::Catastrophic, "resource.disk", "writes until the disk is full");
        } else if base == "tail" || HOLDS.contains(&base) || HOLDS_LINES.contains(&base) && device == "/dev/zero" {
            self.note(Class::Destructive, "resource.memory", format!("has {base} keep what never ends"));
        } else if BURNS.contains(&base) && self.forked && self.looping {
            self.note(Class::Catastrophic, "resource.processor", "starts endless processes in a loop");
        }
    }

    /// A substitution that keeps what never ends.
    pub(super) fn exhausting_substitution(&mut self, list: &List) {
        let [item] = list.items.as_slice() else { return };
        let ([node], []) = (item.first.stages.as_slice(), item.rest.as_slice()) else { return };
        let words = words(node);
        let cat = words.first().is_some_and(|name| name == "cat" || name == "yes");
        if cat && (words[0] == "yes" || words.iter().any(|word| ENDLESS.contains(&word.as_str())))
            || words.is_empty() && endless(&node.redirects).is_some()
        {
            self.note(Class::Destructive, "resource.memory", "keeps in a variable what never ends");
        }
    }

    /// How much `fallocate`, `truncate`, `head` or `dd` write, where that is more than anybody means.
    pub(super) fn fills_disk(&mut self, name: &str, args: &[Value]) {
        let known: Vec<String> = args.iter().map(|arg| arg.known().unwrap_or_default()).collect();
        let value = |flags: &[&str]| -> Option<Value> {
            let at = known.iter().position(|word| flags.contains(&word.as_str()));
            if let Some(at) = at {
                return args.get(at + 1).cloned();
            }
            args.iter().find_map(|arg| {
                let text = arg.prefix();
                flags.iter().find_map(|flag| {
                    let attached = if flag.starts_with("--") { format!("{flag}=") } else { (*flag).to_owned() };
                    text.strip_prefix(attached.as_str())?;
                    Some(crate::knowledge::tail(arg, attached.len()))
                })
            })
        };
        let (size, unknown_fills) = match name {
            "fallocate" => (value(&["-l", "--length"]), true),
            "mkfile" => (args.iter().find(|arg| !arg.prefix().starts_with('-')).cloned(), true),
            _ => return,
        };
        let Some(size) = size else { return };
        let huge = match size.known() {
            Some(text) => bytes(&text).is_none_or(|bytes| bytes >= HUGE),
            None => unknown_fills,
        };
        if huge {
            self.note(Class::Catastrophic, "resource.disk", "takes up all the room that a disk has");
        }
    }
}

/// Whether a program gives on all that it gets.
pub(super) fn pours(base: &str) -> bool {
    matches!(base, "cat" | "base64" | "tr" | "xxd" | "od" | "hexdump" | "pv" | "cp" | "gzip" | "yes")
}

/// `10G`, `500MiB`, `1024`
pub(super) fn bytes(text: &str) -> Option<u64> {
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    let unit = text[digits.len()..].chars().next().map(|unit| unit.to_ascii_uppercase());
    let shift = match unit {
        None | Some('B') => 0,
        Some('K') => 10,
        Some('M') => 20,
        Some('G') => 30,
        Some('T') => 40,
        Some('P') => 50,
        Some('E') => 60,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(1 << shift)
}

/// Whether `xargs` or `parallel` starts as many at once as there is input.
fn unbounded(words: &[String]) -> bool {
    words.iter().enumerate().any(|(at, word)| {
        let number = match word.as_str() {
            "-P" | "--max-procs" | "-j" | "--jobs" => words.get(at + 1).map(String::as_str),
            _ => ["--max-procs=", "--jobs=", "-P", "-j"].iter().find_map(|flag| word.strip_prefix(flag)),
        };
        number.and_then(|number| number.parse::<u64>().ok()).is_some_and(|number| number == 0 || number >= MANY)
    })
}

/// The device without an end that a command's input is.
fn endless(redirects: &[Redirect]) -> Option<String> {
    redirects.iter().filter(|redirect| redirect.fd.is_none_or(|fd| fd == 0)).find_map(|redirect| match &redirect.kind {
        RedirectKind::Read(word) => Some(literal(word)).filter(|text| ENDLESS.contains(&text.as_str())),
        _ => None,
    })
}

/// Whether a loop's body starts something behind its back, and nothing in it waits: no sleep, no wait, nothing that reads.
pub(super) fn never_waits(body: &List) -> bool {
    const NOTHING: [&str; 6] = [":", "true", "echo", "printf", "let", "disown"];
    let idle = |item: &Item| {
        let pipelines = std::iter::once(&item.first).chain(item.rest.iter().map(|(_, pipeline)| pipeline));
        pipelines.flat_map(|pipeline| &pipeline.stages).all(|node| match &node.command {
            Command::Simple(_) => words(node).first().is_none_or(|name| NOTHING.contains(&name.as_str())),
            Command::Arith(_) => true,
            _ => false,
        })
    };
    body.items.iter().any(|item| item.background) && body.items.iter().all(|item| item.background || idle(item))
}

fn words(node: &Node) -> Vec<String> {
    let Command::Simple(simple) = &node.command else { return Vec::new() };
    let mut all: Vec<String> = simple.words.iter().map(literal).collect();
    if let Some(first) = all.first_mut()
        && let Some((_, base)) = first.rsplit_once('/')
    {
        *first = base.to_owned();
    }
    all
}

fn literal(word: &Word) -> String {
    match word.parts.as_slice() {
        [Part::Literal(text) | Part::Quoted(text)] => text.to_string(),
        _ => String::new(),
    }
}
