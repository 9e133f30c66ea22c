//! Loops: how often a body runs is not known, so it is followed until one more pass would change nothing.

use super::Machine;
use super::exhaustion::never_waits;
use palisade_language::ast::{Command, List, Part, Word};
use palisade_language::limits::{Budget, DEPTH_MAX};
use palisade_language::words::{Origin, Piece, Value};
use palisade_protocol::verdict::Class;

impl Machine<'_> {
    pub(super) fn while_loop(&mut self, condition: &List, body: &List, input: Option<Value>) -> Value {
        if is_endless(condition) && only_assigns(body) {
            self.note(Class::Ambiguous, "resource.processor", "keeps a processor or the memory busy without an end");
        }
        self.repeated(body, Some(condition), is_endless(condition), input)
    }

    pub(super) fn arith_loop(&mut self, header: &Word, body: &List, input: Option<Value>) -> Value {
        // Its three expressions run in turns: what they assign is not known in the body.
        let value = self.template(&header.parts);
        self.arithmetic(&value);
        let mut again = value;
        again.push(Piece::Unknown(Origin::Number));
        self.arithmetic(&again);
        let ones = |part: &Part| matches!(part, Part::Literal(text) if text.trim().chars().all(|character| ";1 ".contains(character)));
        self.repeated(body, None, header.parts.iter().all(ones), input)
    }

    fn repeated(&mut self, body: &List, condition: Option<&List>, endless: bool, input: Option<Value>) -> Value {
        if endless && never_waits(body) {
            self.note(Class::Catastrophic, "resource.fork-bomb", "starts processes without end");
        }
        let mut names = Vec::new();
        condition.iter().for_each(|list| assigned(list, &mut names, self.budget, 0));
        assigned(body, &mut names, self.budget, 0);
        let outer = (self.endless, std::mem::replace(&mut self.looping, true));
        let out = self.repeatedly(|machine| {
            // Most of what a pass changes for the next one: without it, a chain of assignments takes a pass for each.
            names.iter().for_each(|name| machine.env.blur(name));
            if let Some(condition) = condition {
                machine.list(condition, input.clone());
            }
            let before = machine.endless;
            machine.endless |= endless;
            let out = machine.list(body, input.clone());
            machine.endless = before;
            out
        });
        (self.endless, self.looping) = outer;
        if out.is_empty() { out } else { Value::unknown(out.origin().unwrap_or(Origin::Mixed)) }
    }

    pub(super) fn for_loop(
        &mut self,
        name: &str,
        words: Option<&[Word]>,
        select: bool,
        body: &List,
        input: Option<Value>,
    ) -> Value {
        let items: Vec<Value> = match words {
            Some(words) => words.iter().flat_map(|word| self.fields(word)).collect(),
            None => self.env.positional.clone().unwrap_or_else(|| vec![Value::unknown(Origin::Input)]),
        };
        let endless = self.endless;
        if words.is_some_and(|words| words.iter().any(is_huge_range)) && never_waits(body) {
            self.note(Class::Catastrophic, "resource.fork-bomb", "starts processes without a bound");
        }
        self.endless |= words.is_some_and(|words| words.iter().any(is_huge_range));
        let out = self.each(name, items, select, body, input);
        self.endless = endless;
        out
    }

    fn each(&mut self, name: &str, items: Vec<Value>, select: bool, body: &List, input: Option<Value>) -> Value {
        let few = items.len() <= 8 && self.active.is_empty() && self.depth < 6;
        // What is not known may be no item at all, or many.
        let one_each = |item: &Value| {
            !item.pieces.iter().any(|piece| matches!(piece, Piece::Unknown(_) | Piece::Glob(_) | Piece::Dialect(_)))
        };
        // Few known items at the outermost loop: each one for itself.
        if few && !select && items.iter().all(one_each) {
            return self.breakable(|machine| {
                let mut out = Value::default();
                for item in items {
                    machine.env.assign(name, item);
                    let pass = machine.list(body, input.clone());
                    out.append(&pass);
                    machine.rejoin();
                }
                out
            });
        }
        let origin = items.iter().filter_map(Value::origin).max().unwrap_or(Origin::Mixed);
        let mut names = Vec::new();
        if !few {
            assigned(body, &mut names, self.budget, 0);
        }
        let out = self.repeatedly(|machine| {
            let mut out = Value::default();
            names.iter().for_each(|other| machine.env.blur(other));
            for item in items.iter().take(64) {
                machine.env.assign(name, item.clone());
                if !machine.budget.take(64) {
                    break;
                }
                let pass = machine.list(body, input.clone());
                out.append(&pass);
                machine.rejoin();
            }
            if items.len() > 64 {
                machine.env.assign(name, Value::unknown(origin));
                machine.list(body, input.clone());
            }
            out
        });
        if few { out } else { Value::unknown(Origin::Mixed) }
    }
}

/// Whether a loop's body does nothing but set variables, so that nothing in it waits or ends it.
fn only_assigns(body: &List) -> bool {
    body.items.iter().all(|item| {
        let pipelines = std::iter::once(&item.first).chain(item.rest.iter().map(|(_, pipeline)| pipeline));
        pipelines.flat_map(|pipeline| &pipeline.stages).all(|node| match &node.command {
            Command::Simple(simple) => match simple.words.first().map(|word| word.parts.as_slice()) {
                None => true,
                Some([Part::Literal(name)]) => matches!(name.as_str(), ":" | "true" | "false"),
                Some(_) => false,
            },
            Command::Arith(_) => true,
            _ => false,
        })
    })
}

/// `{1..1000000}`: nobody waits for as many.
fn is_huge_range(word: &Word) -> bool {
    if let [Part::Substitution(list)] = word.parts.as_slice() {
        return is_long_sequence(list);
    }
    let [Part::Literal(text)] = word.parts.as_slice() else { return false };
    let Some((low, high)) = text.trim_matches(['{', '}']).split_once("..") else { return false };
    match (low.parse::<i64>(), high.parse::<i64>()) {
        (Ok(low), Ok(high)) => low.abs_diff(high) >= 10_000,
        _ => false,
    }
}

/// `$(seq 1 1000000)`
fn is_long_sequence(list: &List) -> bool {
    let [item] = list.items.as_slice() else { return false };
    let [node] = item.first.stages.as_slice() else { return false };
    let Command::Simple(simple) = &node.command else { return false };
    let text = |word: &Word| match word.parts.as_slice() {
        [Part::Literal(text)] => text.clone(),
        _ => String::new(),
    };
    let words: Vec<String> = simple.words.iter().map(text).collect();
    words.first().is_some_and(|name| name == "seq")
        && words.last().and_then(|last| last.parse::<u64>().ok()).is_some_and(|last| last >= 10_000)
}

/// `while :`, `while true`, `while 1`, `until false`: nothing in the condition ends it.
fn is_endless(condition: &List) -> bool {
    let [item] = condition.items.as_slice() else { return false };
    let [node] = item.first.stages.as_slice() else { return false };
    match &node.command {
        Command::Simple(simple) => match simple.words.as_slice() {
            [word] => {
                matches!(word.parts.as_slice(), [Part::Literal(text)] if matches!(text.as_str(), ":" | "true" | "false" | "/bin/true"))
            }
            _ => false,
        },
        Command::Arith(_) => true,
        _ => false,
    }
}

/// The names that a list assigns, wherever in it.
fn assigned(list: &List, names: &mut Vec<String>, budget: &mut Budget, depth: u32) {
    if depth > DEPTH_MAX {
        return;
    }
    for item in &list.items {
        for pipeline in std::iter::once(&item.first).chain(item.rest.iter().map(|(_, pipeline)| pipeline)) {
            for node in &pipeline.stages {
                if !budget.take(2) {
                    return;
                }
                let mut inner = |list: &List| assigned(list, names, budget, depth + 1);
                match &node.command {
                    Command::Simple(simple) => {
                        names.extend(simple.assignments.iter().map(|one| one.name.clone()));
                        let word = |at: usize| simple.words.get(at).map(|word| word.parts.as_slice());
                        if matches!(word(0), Some([Part::Literal(name)]) if matches!(name.as_str(), "read" | "mapfile" | "readarray" | "printf" | "getopts" | "let" | "declare" | "local"))
                        {
                            for at in 1..simple.words.len() {
                                if let Some([Part::Literal(text)]) = word(at)
                                    && !text.starts_with('-')
                                {
                                    names.push(text.split('=').next().unwrap_or(text).to_owned());
                                }
                            }
                        }
                    }
                    Command::Group(list) | Command::Subshell(list) => inner(list),
                    Command::If { arms, otherwise } => {
                        for (condition, body) in arms {
                            inner(condition);
                            inner(body);
                        }
                        otherwise.iter().for_each(inner);
                    }
                    Command::Loop { condition, body } => {
                        inner(condition);
                        inner(body);
                    }
                    Command::For { body, .. } | Command::ArithFor { body, .. } => inner(body),
                    Command::Case { arms, .. } => arms.iter().for_each(|(_, body)| inner(body)),
                    _ => {}
                }
            }
        }
    }
    names.sort_unstable();
    names.dedup();
}
