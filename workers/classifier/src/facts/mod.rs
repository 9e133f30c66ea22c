//! What is known of the world beside the call's own words: observed by an opener that runs as the asking user, in one round.
//!
//! A call is evaluated first by names alone, noting what would be worth knowing; if there is anything, the opener is asked, and the
//! call is evaluated again with what it said. What was asked for and is not known is caution; what nobody asked for in the first
//! pass is not known in the second.

mod expansion;
mod generated;
mod ignore;
mod index;
mod repository;

pub(crate) use expansion::expanded;
pub(crate) use repository::{Repository, Standing};

use generated::GENERATED;
use palisade_protocol::bounded::{Blob, List};
use palisade_protocol::call::Path;
use palisade_protocol::codec;
use palisade_protocol::facts::{
    Answer, Answers, Content, Found, NAMES_MAX, Name, QUESTIONS_MAX, Question, Questions, Tree,
};
use palisade_protocol::limits::CHUNK_MAX;
use std::rc::Rc;
use std::sync::OnceLock;

const _: () = assert!(GENERATED.len() <= QUESTIONS_MAX && NAMES_MAX > 0);

/// What is known of one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Seen<T> {
    /// Nobody looks: only the name speaks.
    ByName,
    /// It was asked for, and there is no answer.
    Unknown,
    /// There is nothing; where it would be, as far as that is known.
    Absent(Option<String>),
    /// This.
    Is(T),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    ByName,
    Asking,
    Told,
}

/// An answer; a tree is big and asked about again and again.
#[derive(Debug, PartialEq, Eq)]
enum Told {
    Tree(Rc<Tree>),
    Other(Answer),
}

/// The world, as far as one call may know it.
#[derive(Debug)]
pub struct World {
    phase: Phase,
    asked: Vec<Question>,
    answers: Vec<Told>,
    /// Paths whose ignore rules are wanted.
    ignores: Vec<Path>,
    wants_repository: bool,
    wants_index: bool,
    repository: OnceLock<Option<Repository>>,
}

impl World {
    fn new(phase: Phase) -> Self {
        Self {
            phase,
            asked: Vec::new(),
            answers: Vec::new(),
            ignores: Vec::new(),
            wants_repository: false,
            wants_index: false,
            repository: OnceLock::new(),
        }
    }

    /// Nobody will answer, and nobody is missed: a judgement by names alone.
    pub fn by_name() -> Self {
        Self::new(Phase::ByName)
    }

    /// A first pass, which notes what is worth knowing.
    pub fn asking() -> Self {
        Self::new(Phase::Asking)
    }

    /// A second pass: `asked` and what was answered, as encoded by an opener. Answers that do not decode, or are not as many, are none.
    pub fn told(asked: Questions, answers: &[u8]) -> Self {
        let answers = codec::decode_facts(answers).map(Answers::into_vec).unwrap_or_default();
        let mut world = Self::new(Phase::Told);
        if answers.len() == asked.len() {
            let told = |answer| match answer {
                Answer::Tree(tree) => Told::Tree(Rc::new(tree)),
                other => Told::Other(other),
            };
            world.answers = answers.into_iter().map(told).collect();
        }
        world.asked = asked.into_vec();
        world
    }

    /// What the pass that is over wants to know of a call in `cwd`; `None` if nothing.
    pub fn questions(self, cwd: &Path) -> Option<Questions> {
        if self.phase != Phase::Asking || (self.asked.is_empty() && !self.wants_repository) || !cwd.starts_with(b"/") {
            return None;
        }
        let mut asked = self.asked;
        // The two that all others are read by come first, so that a long list cannot push them out.
        let ignores = List::first(self.ignores);
        asked.insert(0, Question::Repository { at: cwd.clone(), ignores, index: self.wants_index });
        asked.insert(1, Question::Path(cwd.clone()));
        asked.truncate(QUESTIONS_MAX);
        while codec::encode(&asked).is_ok_and(|bytes| bytes.len() > CHUNK_MAX) {
            asked.pop();
        }
        Some(List::first(asked))
    }

    /// Whether somebody looks, or has looked.
    pub(crate) fn observed(&self) -> bool {
        self.phase != Phase::ByName
    }

    /// Whether this pass finds out what is worth knowing.
    pub(crate) fn asks(&self) -> bool {
        self.phase == Phase::Asking
    }

    fn ask(&mut self, question: Question) -> Seen<&Told> {
        match self.phase {
            Phase::ByName => Seen::ByName,
            Phase::Asking => {
                if self.asked.len() < QUESTIONS_MAX && !self.asked.contains(&question) {
                    self.asked.push(question);
                }
                Seen::ByName
            }
            Phase::Told => {
                let at = self.asked.iter().position(|asked| *asked == question);
                match at.and_then(|at| self.answers.get(at)) {
                    None | Some(Told::Other(Answer::Withheld)) => Seen::Unknown,
                    Some(Told::Other(Answer::Absent)) => Seen::Absent(None),
                    Some(Told::Other(Answer::Missing { real })) => Seen::Absent(String::from_utf8(real.to_vec()).ok()),
                    Some(answer) => Seen::Is(answer),
                }
            }
        }
    }

    /// What lies at a path, which is absolute and resolved by the kernel, not by us.
    pub(crate) fn path(&mut self, path: &str) -> Seen<Found> {
        let Some(asked) = path_of(path) else { return if self.observed() { Seen::Unknown } else { Seen::ByName } };
        self.ask(Question::Path(asked)).only(|answer| match answer {
            Told::Other(Answer::Found(found)) => Some((**found).clone()),
            _ => None,
        })
    }

    /// Everything below a directory; directories whose names say that they are generated are not entered.
    pub(crate) fn tree(&mut self, path: &str) -> Seen<Rc<Tree>> {
        let Some(at) = path_of(path) else { return if self.observed() { Seen::Unknown } else { Seen::ByName } };
        let skip = List::first(GENERATED.iter().filter_map(|name| Name::new(name.as_bytes()).ok()).collect());
        self.ask(Question::Tree { at, skip }).only(|answer| match answer {
            Told::Tree(tree) => Some(Rc::clone(tree)),
            _ => None,
        })
    }

    /// The beginning of a file.
    pub(crate) fn content(&mut self, path: &str) -> Seen<&Content> {
        let Some(asked) = path_of(path) else { return if self.observed() { Seen::Unknown } else { Seen::ByName } };
        self.ask(Question::Content(asked)).only(|answer| match answer {
            Told::Other(Answer::Content(content)) => Some(content),
            _ => None,
        })
    }

    /// Notes that what git says of a path matters: whether it is ignored, and whether it is tracked and as git has it.
    pub(crate) fn wants_git(&mut self, path: &str) {
        self.wants_repository = true;
        self.wants_index = true;
        if let Some(path) = path_of(path)
            && self.ignores.len() < QUESTIONS_MAX
            && !self.ignores.contains(&path)
        {
            self.ignores.push(path);
        }
    }

    /// The repository that the call's directory lies in.
    pub(crate) fn repository(&self) -> Option<&Repository> {
        let found = || {
            let at = self.asked.iter().position(|asked| matches!(asked, Question::Repository { .. }))?;
            match self.answers.get(at)? {
                Told::Other(Answer::Repository(repository)) => Repository::read(repository),
                _ => None,
            }
        };
        self.repository.get_or_init(found).as_ref()
    }

    /// The call's directory without links, where it was looked at.
    pub(crate) fn start(&self) -> Option<String> {
        let at = self.asked.iter().position(|asked| matches!(asked, Question::Repository { .. }))?;
        match (self.asked.get(at + 1)?, self.answers.get(at + 1)?) {
            (Question::Path(_), Told::Other(Answer::Found(found))) => {
                let real = found.target.as_ref().map_or(&found.real, |target| &target.real);
                String::from_utf8(real.to_vec()).ok()
            }
            _ => None,
        }
    }
}

impl<T> Seen<T> {
    fn only<U>(self, take: impl FnOnce(T) -> Option<U>) -> Seen<U> {
        match self {
            Self::ByName => Seen::ByName,
            Self::Unknown => Seen::Unknown,
            Self::Absent(real) => Seen::Absent(real),
            Self::Is(value) => take(value).map_or(Seen::Unknown, Seen::Is),
        }
    }
}

/// Whether a name alone says that it is made from other files, wherever in a project it lies.
pub(crate) fn is_made(name: &str) -> bool {
    generated::is_made(name)
}

/// Whether a tree's directory of this name is listed and not entered.
pub(crate) fn is_skipped(name: &str) -> bool {
    GENERATED.contains(&name)
}

fn path_of(path: &str) -> Option<Path> {
    if !path.starts_with('/') || path.contains('\0') {
        return None;
    }
    Blob::new(path.as_bytes()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use palisade_protocol::bounded::List;

    /// One answer left out would shift what the others are said of.
    #[test]
    fn as_many_answers_as_questions_or_none() {
        let question = |path: &str| Question::Path(Blob::new(path.as_bytes()).unwrap());
        let asked = || List::new(vec![question("/a"), question("/b")]).unwrap();
        let told = |answers: &[Answer]| {
            let mut world = World::told(asked(), &codec::encode_facts(&List::new(answers.to_vec()).unwrap()).unwrap());
            ["/a", "/b"].map(|path| world.ask(question(path)) == Seen::Absent(None))
        };
        assert_eq!(told(&[Answer::Absent, Answer::Absent]), [true, true]);
        for wrong in [&[Answer::Absent][..], &[Answer::Absent, Answer::Absent, Answer::Absent], &[]] {
            assert_eq!(told(wrong), [false, false], "{} answers", wrong.len());
        }
    }
}
