//! No question and no host makes the answers large or late.

use super::{Scratch, at_leisure, path};
use palisade_opener::{observe, observe_until, serve};
use palisade_protocol::bounded::List;
use palisade_protocol::call::Chunk;
use palisade_protocol::codec;
use palisade_protocol::facts::{
    Answer, CONTENT_MAX, FACTS_MAX, NAMES_MAX, Part, QUESTIONS_MAX, Question, Questions, TREE_MAX,
};
use palisade_protocol::opener::{Reply, Request};
use std::time::Instant;

fn all(question: Question) -> Vec<Question> {
    vec![question; QUESTIONS_MAX]
}

#[test]
fn what_is_over_the_common_limit_is_withheld_and_what_came_before_is_kept() {
    let scratch = Scratch::new();
    scratch.file("file", vec![7; CONTENT_MAX]);
    let answers = at_leisure(all(Question::Content(scratch.path("file"))));
    let kept = answers.iter().filter(|answer| matches!(answer, Answer::Content(_))).count();
    assert_eq!((kept, answers.len()), (63, QUESTIONS_MAX));
    assert!(answers[63..].iter().all(|answer| *answer == Answer::Withheld));
    let bytes = codec::encode_facts(&answers).unwrap();
    assert!(bytes.len() <= FACTS_MAX);
    assert_eq!(codec::decode_facts(&bytes).unwrap(), answers);
}

#[test]
fn the_largest_answers_of_every_kind_can_be_encoded_and_read_again() {
    let scratch = Scratch::new();
    let long = "n".repeat(240);
    for number in 0..NAMES_MAX {
        scratch.file(&format!("wide/{long}{number}"), b"");
    }
    for question in [Question::Names(scratch.path("wide")), super::tree(scratch.path("wide"))] {
        let answers = at_leisure(all(question));
        assert_eq!(answers[QUESTIONS_MAX - 1], Answer::Withheld);
        let bytes = codec::encode_facts(&answers).unwrap();
        assert_eq!(codec::decode_facts(&bytes).unwrap(), answers);
    }
}

#[test]
fn a_large_tree_is_cut() {
    let scratch = Scratch::new();
    for dir in 0..90 {
        for file in 0..100 {
            scratch.file(&format!("t/{dir}/{file}"), b"");
        }
    }
    let questions = all(super::tree(scratch.path("t")));
    let answers = at_leisure(questions);
    let Answer::Tree(first) = &answers[0] else { panic!("{:?}", answers[0]) };
    assert_eq!((first.complete, first.entries.len()), (false, TREE_MAX));
}

#[test]
fn without_time_everything_is_withheld() {
    let questions = [Question::Path(path("/")), Question::Names(path("/")), Question::Content(path("/etc/passwd"))];
    let answers = observe_until(&List::new(questions.to_vec()).unwrap(), Instant::now());
    assert_eq!(*answers, [Answer::Withheld, Answer::Withheld, Answer::Withheld]);
}

#[test]
fn a_deep_tree_is_walked_without_recursion() {
    let scratch = Scratch::new();
    // As deep as a path can be: one directory at a time, because its path is too long for the last ones.
    let deep = "d/".repeat(1000);
    scratch.dir(&deep);
    let answers = at_leisure(vec![super::tree(scratch.path("d"))]);
    let Answer::Tree(seen) = &answers[0] else { panic!("{:?}", answers[0]) };
    assert!(seen.entries.len() == 999 || !seen.complete, "{}", seen.entries.len());
}

#[test]
fn many_questions_in_one_round_are_all_answered_in_order() {
    let questions = List::new(all(Question::Path(path("/")))).unwrap();
    assert!(observe(&questions).iter().all(|answer| matches!(answer, Answer::Found(_))));
    assert!(observe(&List::default()).is_empty());
}

fn parts(request: Request) -> Vec<Part> {
    let part = |reply| match reply {
        Reply::Observed(part) => part,
        #[allow(unreachable_patterns)]
        other => panic!("{other:?}"),
    };
    serve::answer(request).into_iter().map(part).collect()
}

#[test]
fn answers_leave_in_parts_and_are_whole_again() {
    let scratch = Scratch::new();
    scratch.file("file", vec![7; CONTENT_MAX]);
    let asked: Questions =
        List::new(vec![Question::Content(scratch.path("file")), Question::Path(scratch.path("none"))]).unwrap();
    let questions = Chunk::new(codec::encode(&asked).unwrap()).unwrap();
    let parts = parts(Request::Observe { questions });
    assert_eq!(parts.iter().map(|part| part.last).collect::<Vec<_>>(), [false, true]);
    let bytes: Vec<u8> = parts.iter().flat_map(|part| part.bytes.iter().copied()).collect();
    assert_eq!(codec::decode_facts(&bytes).unwrap(), at_leisure(asked.into_vec()));
}

#[test]
fn what_is_no_question_has_no_answers() {
    let questions = Chunk::new(vec![255; 40]).unwrap();
    assert_eq!(parts(Request::Observe { questions }), [Part::none()]);
}
