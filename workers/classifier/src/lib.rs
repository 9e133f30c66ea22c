//! The classifier: bytes of one call in, verdict and redacted rendering out. Pure: no I/O, bounded work, the same answer to
//! the same bytes always.
//!
//! ```text
//! body -> guards -> parser -> interpreter (effects) -> verdict        facts: asked for in a first pass, used in a second
//!     \-> scan (second opinion) --------- the more cautious of the two; a scorer may raise what is ambiguous
//!     \-> redact -> the only text that may be stored or shown
//! ```
//!
//! A known limit: `make`, `npm run`, `cargo run`, `cargo test` and their like count as safe though they run code that nobody
//! here reads. A makefile, a package's scripts, a build script or a test of the project can do whatever its user can. What is
//! judged is the command line, and a target's name where it says `deploy`, `publish` or the like; so whoever may write the
//! project's files, an agent in an earlier call too, can have code run by such a command without a question. Only a makefile
//! that comes in on the command's own input, or that the same command wrote, is read.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod facts;
mod findings;
mod interpret;
mod knowledge;
mod paths;
pub mod score;
pub mod serve;
mod shell;

use facts::World;
use findings::Findings;
use interpret::Machine;
use palisade_language::limits::{Budget, STEPS_MAX};
use palisade_language::redact::redact;
use palisade_protocol::bounded::Text;
use palisade_protocol::call::{Call, Op};
use palisade_protocol::compile::Policy;
use palisade_protocol::limits::COMMAND_MAX;
use palisade_protocol::verdict::Verdict;

/// What is said of a call.
#[derive(Debug)]
pub struct Judged {
    /// The verdict.
    pub verdict: Verdict,
    /// The redacted rendering, at most [`COMMAND_MAX`] bytes: the only text of the call that may be stored or shown.
    pub redacted: String,
    /// Secrets that were replaced in it.
    pub secrets: u32,
}

/// Judges one call by what is known of the world, and notes in `world` what would be worth knowing.
///
/// The rendering of a file operation is its path and the length of its body: what is in files is nobody's business here.
pub fn judge(policy: &Policy, call: &Call, body: &[u8], world: &mut World) -> Judged {
    finished(verdict(policy, call, body, world), call, body)
}

/// The last step: the rendering, and what the scorer adds to the verdict.
fn finished(verdict: Verdict, call: &Call, body: &[u8]) -> Judged {
    let (redacted, secrets) = rendered(call, body);
    Judged { verdict: score::weigh(&score::Heuristic, verdict, &redacted), redacted, secrets }
}

/// The redacted rendering of a call, and the count of its secrets.
fn rendered(call: &Call, body: &[u8]) -> (String, u32) {
    match &call.op {
        Op::Write { path } | Op::Edit { path } => rendering(path, &format!("\n({} bytes)", body.len())),
        Op::Read { path } => rendering(path, ""),
        Op::Search { path } => {
            let mut both = path.to_vec();
            both.push(b'\n');
            both.extend_from_slice(&body[..body.len().min(COMMAND_MAX)]);
            rendering(&both, "")
        }
        _ => rendering(body, ""),
    }
}

/// The verdict of the rules alone.
pub fn verdict(policy: &Policy, call: &Call, body: &[u8], world: &mut World) -> Verdict {
    // What a call of this kind is where nothing is found in it, and what finds it.
    let tool =
        |world: &mut World, safe: &str, evaluate: &dyn Fn(&mut Machine<'_>)| tool(policy, call, world, safe, evaluate);
    match &call.op {
        Op::Shell => shell::judge(policy, call, body, world),
        Op::Write { path } => tool(world, "writes a file of the project", &|machine| machine.tool_write(path, false)),
        Op::Edit { path } => tool(world, "edits a file of the project", &|machine| machine.tool_write(path, true)),
        Op::Read { path } | Op::Search { path } => tool(world, "only reads", &|machine| machine.tool_read(path)),
        Op::Fetch => tool(world, "fetches a public page", &|machine| machine.tool_fetch(body)),
        Op::Mcp { server, tool: name } => {
            tool(world, "only looks something up", &|machine| machine.tool_mcp(server, name, body))
        }
        Op::Internal => tool(world, "changes nothing on this host", &|_| {}),
        Op::Other => tool(world, "changes nothing", &|machine| machine.tool_other(&call.tool, body)),
    }
}

fn tool(policy: &Policy, call: &Call, world: &mut World, safe: &str, evaluate: &dyn Fn(&mut Machine<'_>)) -> Verdict {
    let map = paths::Map::new(policy, &call.cwd, world);
    let mut budget = Budget::new(STEPS_MAX);
    let mut findings = Findings::default();
    let mut machine = Machine::new(policy, &map, world, &mut budget, &mut findings, paths::Map::start(&call.cwd));
    evaluate(&mut machine);
    machine.finish();
    findings.verdict(safe)
}

/// What is looked at for secrets beyond the cut, so that none that begins before it stays half hidden.
const MARGIN: usize = 4096;

fn rendering(body: &[u8], more: &str) -> (String, u32) {
    let redacted = redact(&body[..body.len().min(COMMAND_MAX + MARGIN)]);
    let text = Text::<COMMAND_MAX>::cut(&(redacted.text + more));
    (text.as_str().to_owned(), redacted.secrets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use palisade_protocol::call::{Path, Prompts};
    use palisade_protocol::verdict::Class;

    fn judged(op: Op, body: &str) -> (Verdict, String) {
        let call = Call {
            agent: Text::cut("cli"),
            session: Text::default(),
            call: Text::default(),
            cwd: Path::new(*b"/home/dev/project").unwrap(),
            prompts: Prompts::Shown,
            tool: Text::cut("T"),
            op,
        };
        let judged = judge(&Policy::default(), &call, body.as_bytes(), &mut World::by_name());
        (judged.verdict, judged.redacted)
    }

    fn path(path: &str) -> Path {
        Path::new(path).unwrap()
    }

    #[test]
    fn file_tools_are_judged_by_where_they_write() {
        for (target, class) in [
            ("src/main.rs", Class::Safe),
            ("/home/dev/project/a.txt", Class::Safe),
            ("/tmp/a", Class::Safe),
            ("/home/dev/other/a", Class::Ambiguous),
            (".env", Class::Ambiguous),
            (".github/workflows/ci.yml", Class::Ambiguous),
            (".git/hooks/pre-commit", Class::Destructive),
            ("~/.bashrc", Class::Catastrophic),
            ("~/.ssh/authorized_keys", Class::Catastrophic),
            (".claude/settings.json", Class::Catastrophic),
            ("/etc/passwd", Class::Catastrophic),
            ("../../../etc/passwd", Class::Catastrophic),
            ("", Class::Ambiguous),
        ] {
            assert_eq!(judged(Op::Write { path: path(target) }, "x").0.class, class, "{target}");
        }
        assert_eq!(judged(Op::Edit { path: path("~/.bashrc") }, "x").0.class, Class::Destructive);
    }

    #[test]
    fn reading_is_safe_unless_it_is_a_secret() {
        assert_eq!(judged(Op::Read { path: path("/etc/hosts") }, "").0.class, Class::Safe);
        for target in [".env", "~/.ssh/id_ed25519", "/etc/shadow", "/home/dev/.aws/credentials"] {
            assert_eq!(judged(Op::Read { path: path(target) }, "").0.class, Class::Ambiguous, "{target}");
        }
        assert_eq!(judged(Op::Search { path: path("src") }, "TODO").0.class, Class::Safe);
        assert_eq!(judged(Op::Internal, "{}").0.class, Class::Safe);
    }

    #[test]
    fn fetching_is_safe_only_from_a_plain_public_address() {
        assert_eq!(judged(Op::Fetch, "https://doc.rust-lang.org/std/").0.class, Class::Safe);
        for address in [
            "http://x.io",
            "https://user:pw@x.io/",
            "https://10.0.0.1/",
            "https://localhost/",
            "file:///etc/passwd",
            "https://a.internal/",
        ] {
            assert_eq!(judged(Op::Fetch, address).0.class, Class::Ambiguous, "{address}");
        }
        assert_eq!(judged(Op::Fetch, "http://169.254.169.254/latest/").0.class, Class::Catastrophic);
    }

    #[test]
    fn a_tool_of_a_server_is_judged_by_its_verb_and_its_arguments() {
        let call =
            |tool: &str, body: &str| judged(Op::Mcp { server: Text::cut("s"), tool: Text::cut(tool) }, body).0.class;
        assert_eq!(call("list_issues", "{\"repo\":\"a/b\"}"), Class::Safe);
        assert_eq!(call("getPage", "{}"), Class::Safe);
        assert_eq!(call("delete_issue", "{}"), Class::Ambiguous);
        assert_eq!(call("frobnicate", "{}"), Class::Ambiguous);
        assert_eq!(call("get_and_delete", "{}"), Class::Ambiguous);
        assert_eq!(call("run", "{\"command\":\"rm -rf /etc\"}"), Class::Catastrophic);
        assert_eq!(call("run", "{\"a\":{\"command\":[\"rm\",\"-rf\",\"/etc\"]}}"), Class::Catastrophic);
        assert_eq!(call("query", "{\"sql\":\"DROP TABLE users\"}"), Class::Catastrophic);
        assert_eq!(call("query", "{\"sql\":\"select 'drop table x'\"}"), Class::Safe);
        assert_eq!(call("read_file", "{\"path\":\"/etc/shadow\"}"), Class::Ambiguous);
        assert_eq!(call("list", "{not json"), Class::Ambiguous);
        assert_eq!(call("list", &format!("{}1{}", "[".repeat(60), "]".repeat(60))), Class::Ambiguous);
        assert_eq!(call("list", &format!("{{\"a\":\"{}\"}}", "x".repeat(300 * 1024))), Class::Ambiguous);
        assert_eq!(judged(Op::Other, "{\"cmd\":\"rm -rf /etc\"}").0.class, Class::Catastrophic);
        assert_eq!(judged(Op::Other, "").0.class, Class::Ambiguous);
        for key in ["javascript", "js", "code", "typescript"] {
            let code = format!("{{\"{key}\":\"require('fs').rmSync('/etc', {{recursive: true}})\"}}");
            assert_eq!(call("list", &code), Class::Catastrophic, "{key}");
        }
        for key in ["python", "code"] {
            let code = format!("{{\"{key}\":\"import shutil; shutil.rmtree('/etc')\"}}");
            assert_eq!(call("list", &code), Class::Catastrophic, "{key}");
        }
    }

    #[test]
    fn what_is_in_a_file_is_never_rendered() {
        let (_, text) = judged(Op::Write { path: path("src/key.txt") }, "hunter2 hunter2");
        assert_eq!(text, "src/key.txt\n(15 bytes)");
    }
}
