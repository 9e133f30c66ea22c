//! `palisade dry-run`: what Palisade would have said to the commands of a shell's history. Nothing runs and nothing is recorded.

mod history;
mod report;
mod tally;

use crate::arguments::DryRun;
use crate::bench::{Bench, directory};
use crate::failure::Failure;
use crate::words::{colour, grouped, plain_bytes};
use history::{Format, History, HistoryError};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tally::{DISTINCT_MAX, Tally};

/// Work that is over sooner needs no word on how far it is.
const PATIENCE: Duration = Duration::from_millis(700);

/// Between two words on how far it is.
const BEAT: Duration = Duration::from_millis(200);

/// A history that was read.
#[derive(Debug)]
pub struct Source {
    path: PathBuf,
    format: Format,
    commands: u64,
}

/// Judges every different command of the histories.
pub fn dry_run(state: Option<&Path>, what: &DryRun) -> Result<u8, Failure> {
    let cwd = directory(what.cwd.as_deref())?;
    let mut sources = Vec::new();
    let mut histories = Vec::new();
    for path in files(what)? {
        let history = History::open(&path).map_err(refused)?;
        sources.push(Source { path, format: history.format, commands: 0 });
        histories.push(history);
    }
    let mut bench = Bench::new(state)?;
    let here = plain_bytes(&cwd);
    let mut out = Rows::new(what);
    let mut tally = Tally::default();
    let mut progress = Progress::new();
    out.begin()?;
    for (source, mut history) in sources.iter_mut().zip(histories) {
        while let Some(command) = history.next().map_err(|why| Failure::file(&source.path, &why))? {
            source.commands += 1;
            progress.tell(tally.all.commands);
            if tally.repeated(&command) || tally.full() {
                continue;
            }
            let judged = bench.judge(&command, &cwd)?;
            tally.add(&command, &judged.verdict, &judged.redacted);
            if !out.row(&judged.verdict, &judged.redacted, &here)? {
                return Ok(0);
            }
        }
    }
    progress.end();
    out.end(&sources, &here, &tally)?;
    Ok(0)
}

fn refused(why: HistoryError) -> Failure {
    match why {
        HistoryError::File(path, why) => Failure::file(&path, &why),
        why @ HistoryError::NotRegular(_) => Failure::usage(why),
    }
}

/// Those that were named, else those that the caller's shells keep.
fn files(what: &DryRun) -> Result<Vec<PathBuf>, Failure> {
    if !what.file.is_empty() {
        return Ok(what.file.clone());
    }
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(path) = set("HISTFILE") {
        return Ok(vec![path]);
    }
    let home = set("HOME").unwrap_or_default();
    let zsh = set("ZDOTDIR").unwrap_or_else(|| home.clone());
    let shared = set("XDG_DATA_HOME").unwrap_or_else(|| home.join(".local/share"));
    let usual =
        [home.join(".bash_history"), zsh.join(".zsh_history"), zsh.join(".zhistory"), shared.join("fish/fish_history")];
    let found: Vec<PathBuf> = usual.into_iter().filter(|path| path.is_file()).collect();
    if found.is_empty() {
        let text =
            "no shell's history is where histories usually are; name one: `palisade dry-run --file ~/.bash_history`";
        return Err(Failure::failed(text));
    }
    Ok(found)
}

/// What is printed on the way and at the end.
struct Rows {
    all: bool,
    json: bool,
    colour: bool,
    any: bool,
    out: io::BufWriter<io::Stdout>,
}

impl Rows {
    fn new(what: &DryRun) -> Self {
        let out = io::BufWriter::new(io::stdout());
        Self { all: what.all, json: what.json, colour: colour(), any: false, out }
    }

    fn begin(&mut self) -> Result<(), Failure> {
        match (self.all, self.json) {
            // One document, written as it is found: it may hold a row for each of a million commands.
            (true, true) => self.write("{\"schema\":\"palisade.dry-run/1\",\"rows\":[\n").map(drop),
            (false, true) => self.write("{\"schema\":\"palisade.dry-run/1\",").map(drop),
            (_, false) => Ok(()),
        }
    }

    /// False if nobody reads any more.
    fn row(
        &mut self,
        verdict: &palisade_protocol::verdict::Verdict,
        redacted: &str,
        cwd: &str,
    ) -> Result<bool, Failure> {
        let text = match (self.all, self.json) {
            (false, _) => return Ok(true),
            (true, true) => {
                let comma = if self.any { ",\n" } else { "" };
                format!("{comma}{}", report::row_document(verdict, redacted, cwd))
            }
            (true, false) => report::row(verdict, redacted, self.colour),
        };
        self.any = true;
        self.write(&text)
    }

    fn end(&mut self, sources: &[Source], cwd: &str, tally: &Tally) -> Result<(), Failure> {
        let text = if self.json {
            let rest = report::document(sources, cwd, tally).to_string();
            let rows = if self.all { "\n]," } else { "" };
            format!("{rows}{}\n", rest.strip_prefix('{').unwrap_or(&rest))
        } else {
            let between = if self.any { "\n" } else { "" };
            let more = if self.all { "" } else { "\nEvery command with its verdict: palisade dry-run --all\n" };
            format!("{between}{}{more}", report::summary(sources, cwd, tally, self.colour))
        };
        self.write(&text)?;
        self.sent(|out| out.flush()).map(drop)
    }

    fn write(&mut self, text: &str) -> Result<bool, Failure> {
        self.sent(|out| out.write_all(text.as_bytes()))
    }

    fn sent(&mut self, send: impl FnOnce(&mut io::BufWriter<io::Stdout>) -> io::Result<()>) -> Result<bool, Failure> {
        match send(&mut self.out) {
            Ok(()) => Ok(true),
            Err(why) if why.kind() == io::ErrorKind::BrokenPipe => Ok(false),
            Err(why) => Err(Failure::failed(format!("stdout: {why}"))),
        }
    }
}

/// How far it is, on a terminal's stderr.
struct Progress {
    terminal: bool,
    next: Instant,
    said: bool,
}

impl Progress {
    fn new() -> Self {
        Self { terminal: io::stderr().is_terminal(), next: Instant::now() + PATIENCE, said: false }
    }

    fn tell(&mut self, commands: u64) {
        if self.terminal && Instant::now() >= self.next {
            self.next = Instant::now() + BEAT;
            self.said = true;
            eprint!("\r{} commands judged …", grouped(commands));
        }
    }

    fn end(&mut self) {
        if self.said {
            eprint!("\r\u{1b}[K");
        }
    }
}

const _: () = assert!(DISTINCT_MAX <= 1 << 24, "what is remembered of each takes about 64 bytes");
