//! What the integration tests share: one call to the judge.

#[allow(dead_code)]
pub mod corpus;
#[allow(dead_code)]
pub mod pathological;
#[allow(dead_code)]
pub mod rewrite;

use palisade_classifier::facts::World;
use palisade_classifier::judge;
use palisade_protocol::bounded::Text;
use palisade_protocol::call::{Call, Op, Path, Prompts};
use palisade_protocol::compile::Policy;
use palisade_protocol::limits::COMMAND_MAX;
use palisade_protocol::verdict::{Class, Verdict};

#[allow(dead_code)]
pub mod workspace;

/// The verdict on a shell command in `/home/dev/project`, and its rendering.
pub fn shell(command: impl AsRef<[u8]>) -> (Verdict, String) {
    verdict(Op::Shell, "/home/dev/project", command.as_ref())
}

/// The verdict on a shell command in `/home/dev/project`, which is a wide one.
#[allow(dead_code)]
pub fn shell_in(world: &pathological::worlds::Wide, command: &str) -> Verdict {
    const ROOT: &str = "/home/dev/project";
    let (policy, call) = (Policy::default(), Call::shell("cli", Path::new(ROOT).unwrap(), Prompts::Shown));
    let mut asking = World::asking();
    let first = palisade_classifier::verdict(&policy, &call, command.as_bytes(), &mut asking);
    let Some(asked) = asking.questions(&call.cwd) else { return first };
    let answers = world.answers(&asked, ROOT);
    palisade_classifier::verdict(&policy, &call, command.as_bytes(), &mut World::told(asked, &answers))
}

/// The verdict on a shell command by another policy.
#[allow(dead_code)]
pub fn shell_by(policy: &Policy, command: &str) -> Verdict {
    by(policy, Op::Shell, "/home/dev/project", command.as_bytes()).0
}

fn verdict(op: Op, cwd: &str, body: &[u8]) -> (Verdict, String) {
    by(&Policy::default(), op, cwd, body)
}

fn by(policy: &Policy, op: Op, cwd: &str, body: &[u8]) -> (Verdict, String) {
    let call = Call {
        agent: Text::cut("cli"),
        session: Text::default(),
        call: Text::default(),
        cwd: Path::new(cwd).unwrap(),
        prompts: Prompts::Shown,
        tool: Text::cut("Bash"),
        op,
    };
    let judged = judge(policy, &call, body, &mut World::by_name());
    (judged.verdict, judged.redacted)
}

/// Each of these commands is of a class that `expected` accepts; `claim` says which these are.
#[track_caller]
fn each_is(claim: &str, rows: &[&str], expected: impl Fn(Class) -> bool) {
    let wrong: Vec<String> = rows
        .iter()
        .filter_map(|row| {
            let (verdict, _) = shell(row);
            (!expected(verdict.class)).then(|| format!("{} {}: {row}", verdict.class, verdict.rule))
        })
        .collect();
    assert!(wrong.is_empty(), "not {claim}: {wrong:#?}");
}

/// All of these commands are of this class.
#[allow(dead_code)]
#[track_caller]
pub fn all_are(class: Class, rows: &[&str]) {
    each_is(&class.to_string(), rows, |is| is == class);
}

/// None of these commands is of a lower class.
#[allow(dead_code)]
#[track_caller]
pub fn at_least(class: Class, rows: &[&str]) {
    each_is(&format!("{class} or more"), rows, |is| is >= class);
}

/// None of these commands passes without a question.
#[allow(dead_code)]
#[track_caller]
pub fn noticed(rows: &[&str]) {
    at_least(Class::Ambiguous, rows);
}

/// All of these commands pass without a question.
#[allow(dead_code)]
#[track_caller]
pub fn silent(rows: &[&str]) {
    all_are(Class::Safe, rows);
}

/// The verdict on a shell command in another directory.
#[allow(dead_code)]
pub fn shell_at(cwd: &str, command: &str) -> Verdict {
    verdict(Op::Shell, cwd, command.as_bytes()).0
}

/// The verdict on a call of another kind, in `/home/dev/project`.
#[allow(dead_code)]
pub fn called(op: Op, body: &str) -> Verdict {
    verdict(op, "/home/dev/project", body.as_bytes()).0
}

/// Runs this on a stack as small as a thread's, so that an overflow is its test's.
#[allow(dead_code)]
pub fn on_a_small_stack(work: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(2 * 1024 * 1024).spawn(work).unwrap().join().unwrap();
}

/// Each of these is answered. What each takes is the benchmark's to show: a clock in a test would say how busy the machine is.
#[allow(dead_code)]
pub fn answered_on_a_small_stack(inputs: Vec<String>) {
    on_a_small_stack(move || {
        for input in inputs {
            shell(&input[..input.floor_char_boundary(COMMAND_MAX)]);
        }
    });
}
