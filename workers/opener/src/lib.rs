//! The opener worker: questions about paths in, what this process's user can see of them out.
//!
//! It looks with the rights of whoever it runs as and with nothing else. It never opens a special file, never follows a
//! link of procfs, never writes. Every question is answered within one `Budget`; what does not fit is withheld, and to
//! whoever asked a withheld answer is caution. `path` finds where a name lies, `names`, `content` and `tree` look
//! inside, `repository` gathers git's files as bytes.

mod budget;
mod content;
mod entry;
mod names;
mod opening;
mod path;
mod repository;
pub mod serve;
mod tree;

use budget::Budget;
use palisade_protocol::bounded::List;
use palisade_protocol::facts::{Answer, Answers, Question, Questions};
use rustix::io::Errno;
use std::time::{Duration, Instant};

/// Time for one round. A system call that hangs (a dead network file system) is for the asker's own deadline.
const TIME: Duration = Duration::from_millis(50);

/// Observes the answers, one for each question, in order.
pub fn observe(questions: &Questions) -> Answers {
    observe_until(questions, Instant::now() + TIME)
}

/// The same in another time, looked at between system calls.
pub fn observe_until(questions: &Questions, until: Instant) -> Answers {
    let mut budget = Budget::begin(until);
    List::first(questions.iter().map(|question| answer(question, &mut budget)).collect())
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unseen {
    /// There is nothing.
    Absent,
    /// It is not for this user, not of the type that was asked for, or over a limit.
    Withheld,
}

impl From<Errno> for Unseen {
    fn from(errno: Errno) -> Self {
        match errno {
            Errno::NOENT | Errno::NOTDIR => Self::Absent,
            _ => Self::Withheld,
        }
    }
}

fn answer(question: &Question, budget: &mut Budget) -> Answer {
    let answered = match question {
        Question::Path(path) => path::find(path, budget),
        Question::Names(path) => names::list(path, budget).map(Answer::Names),
        Question::Content(path) => content::read(path, budget).map(Answer::Content),
        Question::Tree { at, skip } => tree::walk(at, skip, budget).map(Answer::Tree),
        Question::Repository { at, ignores, index } => {
            repository::gather(at, ignores, *index, budget).map(|found| Answer::Repository(Box::new(found)))
        }
    };
    answered.unwrap_or_else(|unseen| match unseen {
        Unseen::Absent => Answer::Absent,
        Unseen::Withheld => Answer::Withheld,
    })
}
