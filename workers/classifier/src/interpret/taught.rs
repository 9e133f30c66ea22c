//! What the operator's configuration says of programs. It tightens what is known of a program, whatever that is, and teaches what
//! is not known; nothing here makes a verdict milder than the tables and the readers of options do.

use super::Machine;
use crate::findings::Finding;
use palisade_knowledge::{Operands, word_fits};
use palisade_language::words::{Origin, Value};
use palisade_protocol::compile::{Taught, TaughtOperands};
use palisade_protocol::verdict::Class;

/// What a verdict names where the configuration speaks.
const RULE: &str = "program.configured";

impl<'a> Machine<'a> {
    /// Adds what the configuration says of a program that is known. Words count wherever they stand behind the name: an option
    /// with a value before them, `git -C x push`, must not hide them.
    pub(super) fn tightened(&mut self, name: &str, args: &[Value]) {
        if self.taught.is_empty() {
            return;
        }
        let given = operands(args);
        let fits = |one: &&Taught| named(one, name) && (0..=given.len()).any(|at| fit(one, &given[at..]).is_some());
        for one in self.taught.iter().filter(fits).collect::<Vec<_>>() {
            self.say(one, name);
        }
    }

    /// Judges a program that is not known by what the configuration says of it; `None` if it says nothing of this command line.
    /// The entry with the most words that fit speaks, of several the worst.
    pub(super) fn by_teaching(&mut self, name: &str, args: &[Value], input: &Option<Value>) -> Option<Value> {
        let given = operands(args);
        let fitting = self.taught.iter().filter(|one| named(one, name));
        let scored = fitting.filter_map(|one| fit(one, &given).map(|score| (score, one.class, one)));
        let (_, _, one) = scored.max_by_key(|(score, class, _)| (*score, *class))?;
        let behind = one.words.split(' ').filter(|word| !word.is_empty()).count();
        self.say(one, name);
        let files: Vec<Value> =
            args.iter().filter(|arg| !arg.prefix().starts_with('-')).skip(behind).cloned().collect();
        let kind = match one.operands {
            TaughtOperands::Words => Operands::Words,
            TaughtOperands::Read => Operands::Read,
            TaughtOperands::Write => Operands::Write,
            TaughtOperands::Delete => Operands::Delete,
        };
        let origin = self.operands(kind, &files, false, name, input);
        let own = args.iter().filter_map(Value::origin).max();
        Some(Value::unknown(origin.max(own).max(Some(Origin::Output)).unwrap_or(Origin::Output)))
    }

    fn say(&mut self, one: &Taught, name: &str) {
        if one.class > Class::Safe {
            self.find(Finding::new(one.class, RULE, format!("{} ({name})", one.says)));
        }
    }
}

fn named(one: &Taught, name: &str) -> bool {
    one.names.iter().any(|known| &**known == name)
}

/// The words that are no options; what is not known is no word.
fn operands(args: &[Value]) -> Vec<Option<String>> {
    args.iter().filter(|arg| !arg.prefix().starts_with('-')).map(Value::known).collect()
}

/// How well an entry's words fit; one without words fits everything.
fn fit(one: &Taught, given: &[Option<String>]) -> Option<usize> {
    let mut score = 0;
    for (at, word) in one.words.split(' ').filter(|word| !word.is_empty()).enumerate() {
        let operand = given.get(at)?.as_deref()?;
        score += word.split('|').filter_map(|pattern| word_fits(pattern, operand)).max()?;
    }
    Some(score)
}
