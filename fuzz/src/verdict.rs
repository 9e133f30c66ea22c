//! One call judged, and what must hold of every answer, whatever the call.

use palisade_classifier::facts::World;
use palisade_classifier::{Judged, judge};
use palisade_protocol::bounded::{List, Text};
use palisade_protocol::call::{Call, Op, Path, Prompts};
use palisade_protocol::codec;
use palisade_protocol::compile::Policy;
use palisade_protocol::facts::{Answer, Question};
use palisade_protocol::limits::{COMMAND_MAX, PACKET_MAX};
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// What one verdict may take at its peak, beyond the body itself.
const MEMORY_MAX: usize = 32 * 1024 * 1024;

const CWDS: [&[u8]; 8] =
    [b"/home/dev/project", b"/", b"/home/dev", b"/tmp/x", b"/etc", b"", b"/home/dev/project/.git", b"relative/\xff"];

/// Judges `body`. The low half of `kind` chooses the operation, the high half the working directory.
pub fn judged(kind: u8, body: &[u8]) {
    let cwd = CWDS[usize::from(kind >> 4) % CWDS.len()];
    let (head, tail) = body.split_at(body.iter().position(|byte| *byte == b'\n').unwrap_or(0));
    let path = || Path::new(head).unwrap_or_default();
    let name = || Text::cut(&String::from_utf8_lossy(head));
    let (op, body) = match kind & 15 {
        1 => (Op::Write { path: path() }, tail),
        2 => (Op::Edit { path: path() }, tail),
        3 => (Op::Read { path: path() }, tail),
        4 => (Op::Search { path: path() }, tail),
        5 => (Op::Fetch, body),
        6 => (Op::Mcp { server: Text::cut("s"), tool: name() }, tail),
        7 => (Op::Other, body),
        8 => (Op::Internal, body),
        _ => (Op::Shell, body),
    };
    held(&call(op, cwd), body, &mut World::by_name());
}

/// Judges the shell command `command` in `/home/dev/project`, with `answer` to each question about it.
pub fn judged_with_facts(command: &str, mut answer: impl FnMut(&Question) -> Answer) {
    let call = call(Op::Shell, CWDS[0]);
    let mut world = World::asking();
    held(&call, command.as_bytes(), &mut world);
    let Some(asked) = world.questions(&call.cwd) else { return };
    let answers = asked.iter().map(&mut answer).collect();
    let Ok(encoded) = codec::encode_facts(&List::first(answers)) else { return };
    held(&call, command.as_bytes(), &mut World::told(asked, &encoded));
}

fn call(op: Op, cwd: &[u8]) -> Call {
    Call {
        agent: Text::cut("cli"),
        session: Text::default(),
        call: Text::default(),
        cwd: Path::new(cwd).unwrap_or_default(),
        prompts: Prompts::Shown,
        tool: Text::cut("T"),
        op,
    }
}

/// What holds of every answer.
fn held(call: &Call, body: &[u8], world: &mut World) {
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let Judged { verdict, redacted: text, .. } = judge(&Policy::default(), call, body, world);
    let taken = ALLOCATOR.peak_usage().saturating_sub(before);
    assert!(taken <= MEMORY_MAX, "took {taken} bytes");
    assert!(text.len() <= COMMAND_MAX);
    let encoded = codec::encode(&verdict).expect("a verdict encodes");
    assert!(encoded.len() + text.len() < PACKET_MAX);
    for span in verdict.spans.iter() {
        assert!(
            span.start <= span.end && span.end as usize <= body.len().max(1),
            "{span:?} in {}",
            String::from_utf8_lossy(body)
        );
    }
}
