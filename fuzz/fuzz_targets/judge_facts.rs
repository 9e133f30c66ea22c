#![no_main]
//! A verdict with facts that anybody may have made up: of the kind that was asked for, or of another.

use arbitrary::{Arbitrary, Unstructured};
use palisade_protocol::call::Path;
use palisade_protocol::facts::{Answer, Content, Found, Names, Question, Repository, Tree};

const COMMANDS: &[&str] = &[
    "rm -rf src",
    "rm -rf build/* ../x target",
    "git reset --hard",
    "git checkout -- . && git clean -fdx",
    "git stash drop; git branch -D x",
    "cd sub && rm *.txt",
    "bash run.sh; make all; npm run build; python3 tool.py",
    "mv a b; cp -r x y; echo z > out",
    "find . -name '*.o' -delete",
    "ln -s /etc a; rm -rf a/",
    "source .env; chmod -R 777 .",
];

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut source = Unstructured::new(bytes);
    let Ok(command) = source.choose(COMMANDS) else { return };
    palisade_fuzz::verdict::judged_with_facts(command, |question| {
        answer(question, &mut source).unwrap_or(Answer::Withheld)
    });
});

fn answer(question: &Question, source: &mut Unstructured<'_>) -> arbitrary::Result<Answer> {
    let kind = source.int_in_range(0..=15)?;
    Ok(match (kind, question) {
        (0, _) => Answer::Absent,
        (1, _) => Answer::Withheld,
        (2, _) => Answer::arbitrary(source)?,
        (3, Question::Path(path)) => Answer::Missing { real: path.clone() },
        (_, Question::Path(path)) => {
            let mut found = Found::arbitrary(source)?;
            if kind > 4 {
                found.real = path.clone();
            }
            Answer::Found(Box::new(found))
        }
        (_, Question::Names(_)) => Answer::Names(Names::arbitrary(source)?),
        (_, Question::Content(_)) => Answer::Content(Content::arbitrary(source)?),
        (_, Question::Tree { .. }) => Answer::Tree(Tree::arbitrary(source)?),
        (_, Question::Repository { .. }) => {
            let mut repository = Repository::arbitrary(source)?;
            if kind > 4 {
                repository.root = Path::new(*b"/home/dev/project").unwrap_or_default();
                repository.plain = true;
            }
            Answer::Repository(Box::new(repository))
        }
    })
}
