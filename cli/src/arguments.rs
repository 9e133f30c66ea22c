//! The command line, as data. Its comments are the help texts.

use crate::time::Moment;
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use palisade_protocol::event::EventKind;
use palisade_protocol::verdict::Class;
use palisade_protocol::worker::Kind;
use std::ffi::OsString;
use std::path::PathBuf;

/// Guards a host that AI agents and people share.
///
/// Judges a command before it runs, keeps a tamper-evident record of what was asked, decided and done, and runs each risky part
/// of that work in a process that can do nothing else.
#[derive(Debug, Parser)]
#[command(name = "palisade", version, after_help = EXAMPLES, after_long_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"), propagate_version = true)]
pub struct Arguments {
    /// The instance that is kept in this directory (yours, mode 0700)
    #[arg(long, global = true, value_name = "DIR")]
    pub state: Option<PathBuf>,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "\
Begin with:
  palisade up                     start the supervisor
  palisade init --agent claude-code
                                  have Claude Code ask it before every tool call
  palisade judge 'rm -rf build'   what would it say?
  palisade dry-run                what would it have said to my shell's history?
  palisade log --since 1h         what did it say?
  palisade limits                 what does it not protect against?";

const EXIT_CODES: &str = "\
Exit codes:
  0   done, or allowed
  1   failed
  2   denied
  3   a question, unanswered
  64  usage
  65  observed differs from declared
  69  no supervisor to be reached
  75  busy, try again
  77  not permitted
  78  the configuration, or the installation, is not as it must be
`verify` answers with a ladder of its own, see `palisade verify --help`.";

const VERIFY_CODES: &str = "\
For example: palisade verify, or for a copy: palisade verify --dir /mnt/backup/journal

Exit codes, from good to bad:
  20  CHAIN-ONLY: everything holds; nothing is sealed
  40  TAMPERED: a record was changed, removed, added or moved
  41  TRUNCATED: records at the end are missing or cut
  50  UNREADABLE: there is no journal, or it cannot be read
Others are for seals and anchors, which this version does not have. Where nothing
could be checked, they are those of `palisade --help`: 69, 75, 77, 78.";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start the supervisor and return when it is ready
    Up {
        /// Stay, as a service manager wants it
        #[arg(long)]
        foreground: bool,
    },
    /// Leave the terminal's session and become PROGRAM (what `up` starts)
    #[command(name = "start-detached", hide = true)]
    Detached {
        /// The program
        program: PathBuf,
        /// Its arguments
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<OsString>,
    },
    /// How the instance is, what it protects, what runs
    Status {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Stop the supervisor in order
    Stop,
    /// Say what would be decided about a command; needs no supervisor
    Judge(Judge),
    /// Say what would have been decided about the commands of your shell's history
    DryRun(DryRun),
    /// Answer an agent's hook: one payload on stdin, one decision on stdout
    #[command(
        after_help = "The same as `palisade-hook AGENT`. Exits 0 for no objection or a question to the person, 2 for denied, 64 for \
                      usage, 78 where --state stands beside a system installation."
    )]
    Hook {
        /// Whose hook it is: claude-code
        agent: String,
    },
    /// Show what was recorded
    Log(Log),
    /// Check the whole journal
    #[command(after_help = VERIFY_CODES)]
    Verify {
        /// A copy of a journal's directory instead of the instance's own
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// What the supervisor and every worker may do, as declared or as observed
    Permissions(Permissions),
    /// Look for what is wrong: so far, whether the workers are what they are declared to be
    Doctor {
        /// The same as `palisade permissions`; the only check so far
        #[arg(long)]
        permissions: bool,
        /// Its options
        #[command(flatten)]
        what: Permissions,
    },
    /// What is known about programs and rules
    #[command(subcommand)]
    Kb(Kb),
    /// What Palisade does not protect against
    Limits {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Have an agent ask Palisade before it acts
    Init(Init),
    /// Print a completion script
    #[command(
        after_help = "For example: palisade completions bash > ~/.local/share/bash-completion/completions/palisade"
    )]
    Completions {
        /// For this shell
        shell: Shell,
    },
    /// Write the manual pages
    #[command(after_help = "For example: palisade man ~/.local/share/man/man1")]
    Man {
        /// Into this directory
        dir: PathBuf,
    },
}

/// `palisade kb`
#[derive(Debug, Subcommand)]
pub enum Kb {
    /// What a program does, and how it is judged
    #[command(after_help = "For example: palisade kb show git push")]
    Show {
        /// Print JSON
        #[arg(long)]
        json: bool,
        /// Its name
        program: String,
        /// Words behind it, for what it does with these
        words: Vec<String>,
    },
    /// All programs that are known
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// What a rule means
    #[command(after_help = "For example: palisade kb rule git.history.remote")]
    Rule {
        /// Print JSON
        #[arg(long)]
        json: bool,
        /// Its id, as verdicts name it
        id: String,
    },
    /// All rules, or those of a category
    Rules {
        /// Print JSON
        #[arg(long, conflicts_with = "markdown")]
        json: bool,
        /// Print the page of the documents
        #[arg(long)]
        markdown: bool,
        /// The category
        category: Option<String>,
    },
}

/// `palisade judge`
#[derive(Debug, Args)]
#[command(after_help = "\
For example:
  palisade judge --cwd ~/project 'rm -rf build'    the verdict, its places, losses and what is safer
  palisade judge --json 'git push --force'         the same for a script
  palisade judge < deploy.sh                       a whole script

No snapshot is taken yet; what one would hold is predicted, and the decision is that of a version which takes it.
Exits 0 for allow, 2 for deny, 3 for ask; with --jsonl 0 when every line was answered, 1 otherwise.")]
pub struct Judge {
    /// The directory that the command would run in
    #[arg(long, value_name = "DIR")]
    pub cwd: Option<PathBuf>,
    /// Read {"cmd", "cwd"?} lines on stdin, print one verdict line each
    #[arg(long, conflicts_with_all = ["command", "json"])]
    pub jsonl: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// The command, one argument; stdin if it is missing
    #[arg(allow_hyphen_values = true)]
    pub command: Option<OsString>,
}

/// `palisade dry-run`
#[derive(Debug, Args)]
#[command(after_help = "\
For example:
  palisade dry-run                              your shells' histories, as if run here
  palisade dry-run --cwd ~/project --all        every command, as if run in ~/project
  palisade dry-run --file ~/.zsh_history --json

Nothing runs and nothing is recorded. Secrets that are recognised are not shown. Exits 0 when everything was judged.")]
pub struct DryRun {
    /// This history of bash, zsh or fish; may be repeated. Without it: $HISTFILE, else where these shells usually keep theirs
    #[arg(long, value_name = "FILE")]
    pub file: Vec<PathBuf>,
    /// The directory that each command would have run in; the current one without it
    #[arg(long, value_name = "DIR")]
    pub cwd: Option<PathBuf>,
    /// Print every different command with its verdict, then the summary
    #[arg(long)]
    pub all: bool,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
}

/// `palisade log`
#[derive(Debug, Args)]
#[command(after_help = "\
For example:
  palisade log --since 1h --class destructive   what was dangerous lately?
  palisade log -n 20 --follow                   the newest 20, and whatever comes
  palisade log --kind gap                       when was nobody watching?")]
pub struct Log {
    /// Not before: 2026-11-21, 2026-11-21T10:00:00Z, or so long ago: 90s, 15m, 1h, 7d
    #[arg(long, value_name = "TIME")]
    pub since: Option<Moment>,
    /// Before
    #[arg(long, value_name = "TIME")]
    pub until: Option<Moment>,
    /// Of this user, by name or uid
    #[arg(long)]
    pub user: Option<String>,
    /// Of this agent
    #[arg(long)]
    pub agent: Option<String>,
    /// Of this session
    #[arg(long)]
    pub session: Option<String>,
    /// Of this class or a worse one: safe, ambiguous, destructive, catastrophic
    #[arg(long, value_parser = class)]
    pub class: Option<Class>,
    /// Of this kind: decision, gap, breach, worker.exited, …
    #[arg(long, value_parser = kind)]
    pub kind: Option<EventKind>,
    /// After this sequence number
    #[arg(long, value_name = "SEQ")]
    pub after: Option<u64>,
    /// The newest N only, which may be 0; all without it
    #[arg(short = 'n', long = "lines", value_name = "N")]
    pub lines: Option<u32>,
    /// Wait for more
    #[arg(short, long)]
    pub follow: bool,
    /// Print one JSON document (with --follow: one line an event)
    #[arg(long)]
    pub json: bool,
    /// Print one JSON line an event
    #[arg(long, conflicts_with = "json")]
    pub jsonl: bool,
}

/// `palisade permissions`
#[derive(Debug, Args)]
#[command(after_help = "For example: palisade permissions --observed --worker classifier")]
pub struct Permissions {
    /// What the kernel and the workers say now; exits 65 if that differs from the declaration
    #[arg(long)]
    pub observed: bool,
    /// Of this process only: supervisor, classifier, journal, reader, compiler or opener
    #[arg(long, value_name = "PROCESS", value_parser = process)]
    pub worker: Option<Process>,
    /// Print JSON
    #[arg(long, conflicts_with = "markdown")]
    pub json: bool,
    /// Print a Markdown table
    #[arg(long)]
    pub markdown: bool,
}

/// A process of the matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Process {
    /// The supervisor.
    Supervisor,
    /// A worker.
    Worker(Kind),
}

/// `palisade init`
#[derive(Debug, Args)]
#[command(
    after_help = "For example: palisade init --dry-run, then palisade init; and palisade init --remove undoes it"
)]
pub struct Init {
    /// The agents
    #[arg(long, value_enum, default_value = "claude-code", action = ArgAction::Append)]
    pub agent: Vec<AgentName>,
    /// Take Palisade out of the agent's configuration again
    #[arg(long)]
    pub remove: bool,
    /// Print what would change, and change nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Agents that `init` can wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AgentName {
    /// Claude Code, the user's own settings
    ClaudeCode,
}

fn class(word: &str) -> Result<Class, String> {
    const ALL: [Class; 4] = [Class::Safe, Class::Ambiguous, Class::Destructive, Class::Catastrophic];
    one_of(word, ALL, Class::word)
}

fn kind(word: &str) -> Result<EventKind, String> {
    one_of(word, EventKind::ALL, EventKind::word)
}

fn process(word: &str) -> Result<Process, String> {
    let all = [Process::Supervisor].into_iter().chain(Kind::ALL.map(Process::Worker));
    one_of(word, all, |process| match process {
        Process::Supervisor => "supervisor",
        Process::Worker(kind) => kind.word(),
    })
}

fn one_of<T: Copy>(word: &str, all: impl IntoIterator<Item = T>, name: fn(T) -> &'static str) -> Result<T, String> {
    let all: Vec<T> = all.into_iter().collect();
    let found = all.iter().copied().find(|one| name(*one) == word);
    found.ok_or_else(|| format!("one of {}", all.into_iter().map(name).collect::<Vec<_>>().join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn state_is_taken_before_and_after_the_command() {
        for words in [["palisade", "--state", "/x", "status"], ["palisade", "status", "--state", "/x"]] {
            assert_eq!(Arguments::try_parse_from(words).unwrap().state, Some("/x".into()));
        }
    }

    #[test]
    fn words_of_the_protocol_are_read_and_others_refused_with_the_choice() {
        let parse = |word: &str| Arguments::try_parse_from(["palisade", "log", "--class", word]);
        assert!(parse("destructive").is_ok());
        assert!(
            parse("dangerous").unwrap_err().to_string().contains("one of safe, ambiguous, destructive, catastrophic")
        );
    }
}
