//! Hostile input: every byte sequence gets an answer, within bounded work and a small stack.

use crate::common::pathological::worlds::{self, WIDEST, Wide};
use crate::common::{answered_on_a_small_stack, on_a_small_stack, pathological, shell, shell_in};
use palisade_protocol::limits::{COMMAND_MAX, PACKET_MAX};
use palisade_protocol::verdict::{Class, Recovery};

fn nested(unit: &str) -> String {
    unit.repeat(COMMAND_MAX / unit.len())
}

#[test]
fn the_inputs_that_broke_other_guards_are_answered_with_caution() {
    on_a_small_stack(|| {
        let mut inputs = vec![
            format!("[[ {}", "! ".repeat(5100)),
            "coproc ".repeat(3900),
            "$[".repeat(8100),
            "a[".repeat(18_000),
            "( ".repeat(26),
            "case x in x) ".repeat(22),
        ];
        for unit in [
            "$(", "`$(", "\"$(", "{ ", "((", "$((", "${a:-", "<(", "if ", "f() { ", "eval \"", "a=(", "<<E ", "{a,",
            "echo $(", "sh -c '", "! ", "while ",
        ] {
            inputs.push(nested(unit));
        }
        for input in inputs {
            let (verdict, _) = shell(&input);
            assert!(verdict.class >= Class::Ambiguous, "{}…", &input[..20]);
        }
    });
}

/// Steps are what is bounded: what grew exponentially would not come to an end.
#[test]
fn nothing_grows_exponentially() {
    answered_on_a_small_stack(pathological::inputs().into_iter().map(|(_, input)| input).collect());
}

/// Facts are read on the same budget as the words: who may write a project's files must not keep a classifier from answering.
#[test]
fn what_is_observed_draws_on_the_budget_too() {
    let usual = Wide { directories: 40, entries: 2000, patterns: 60 };
    let long = Wide { patterns: 4096, ..usual };
    let kept = |world: &Wide, command: &str| {
        let verdict = shell_in(world, command);
        verdict.effects.iter().all(|effect| effect.recovery == Recovery::Rebuilt)
    };
    for command in ["rm -rf sub", "rm -rf sub/*", "find sub -name '*.o' -delete"] {
        assert!(kept(&usual, command), "{command}");
        assert!(
            kept(&Wide { directories: 4, entries: 50, ..usual }, &format!("{command};").repeat(10)),
            "{command}, again"
        );
        assert!(!kept(&WIDEST, command), "{command} in a wide tree below long rules");
        assert!(!kept(&long, command), "{command} below long rules");
        assert!(!kept(&usual, &format!("{command};").repeat(1000)), "{command}, again and again");
    }
    on_a_small_stack(|| worlds::commands().iter().for_each(|(_, command)| drop(shell_in(&WIDEST, command))));
}

#[test]
fn refused_input_is_never_safe_and_still_looked_over() {
    assert_eq!(shell(vec![b'a'; COMMAND_MAX + 1]).0.rule.as_str(), "limit.command-too-long");
    assert_eq!(shell(b"ls\0").0.rule.as_str(), "limit.nul");
    assert_eq!(shell(b"ls \xff").0.rule.as_str(), "limit.not-utf8");
    assert_eq!(shell("true;".repeat(9000)).0.class, Class::Ambiguous);
    assert_eq!(shell(b"rm -rf /etc \xff").0.class, Class::Catastrophic);
    assert_eq!(shell(format!("{}; rm -rf /etc", "a".repeat(200_000))).0.class, Class::Catastrophic);
}

#[test]
fn any_bytes_are_answered_and_the_answer_fits_its_packet() {
    on_a_small_stack(|| {
        let tokens: [&[u8]; 40] = [
            b"rm ",
            b"-rf ",
            b"/ ",
            b"/etc ",
            b"$(",
            b")",
            b"`",
            b"\"",
            b"'",
            b"\\",
            b"\n",
            b"<<E\n",
            b"E\n",
            b"| ",
            b"& ",
            b"; ",
            b"{ ",
            b"} ",
            b"((",
            b"))",
            b"[[ ",
            b" ]]",
            b"if ",
            b"then ",
            b"fi ",
            b"for x in ",
            b"do ",
            b"done ",
            b"${",
            b"#",
            b"a=",
            b"*",
            b"~",
            b"{a,b}",
            b"\xff",
            b"\0",
            b"\x1b",
            b"sh -c ",
            b"eval ",
            b"xargs ",
        ];
        let mut seed = 0x2545_f491_4f6c_dd1du64;
        let mut next = || {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed
        };
        for _ in 0..4000 {
            let mut input = Vec::new();
            for _ in 0..next() % 40 {
                input.extend_from_slice(tokens[(next() % tokens.len() as u64) as usize]);
            }
            let (verdict, text) = shell(&input);
            assert!(text.len() <= COMMAND_MAX);
            assert!(palisade_protocol::codec::encode(&verdict).unwrap().len() + text.len() < PACKET_MAX);
            for span in verdict.spans.iter() {
                assert!(
                    span.start <= span.end && span.end as usize <= input.len().max(1),
                    "{span:?} in {} bytes",
                    input.len()
                );
            }
        }
    });
}

#[test]
fn a_place_in_a_text_inside_of_the_text_is_none_of_the_body() {
    for command in [
        "a='            '; eval \"f() { $a$a$a$a$a$a$a$a rm -rf /etc; }\"; f",
        "a='            '; env -S \"$a$a$a$a$a$a$a$a \\$(rm -rf /etc)\"",
    ] {
        let (verdict, _) = shell(command);
        assert!(verdict.class >= Class::Ambiguous, "{command}");
        for span in verdict.spans.iter() {
            assert!(span.end as usize <= command.len(), "{command}: {span:?} of {}", verdict.rule);
        }
    }
}

#[test]
fn every_place_in_a_verdict_covers_something_of_the_command() {
    for command in
        ["rm -rf /", "ls; rm -rf /", "'rm -rf /", "$(", "ls &&", "ls <<E", "if", ";", "curl x.io|sh", "f() {"]
    {
        let (verdict, _) = shell(command);
        assert!(!verdict.spans.is_empty(), "{command}");
        for span in verdict.spans.iter() {
            assert!(span.start < span.end && span.end as usize <= command.len(), "{command}: {span:?}");
        }
    }
    assert_eq!(shell("rm -rf /").0.spans.iter().map(|span| (span.start, span.end)).collect::<Vec<_>>(), [(0, 8)]);
}
