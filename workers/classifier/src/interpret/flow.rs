//! The shell's control flow: lists, pipelines, branches and loops, each followed so that what differs becomes unknown.

use super::Machine;
use palisade_language::ast::{Command, Item, List, Node, Part, Pipeline, Word};
use palisade_language::limits::{Budget, DEPTH_MAX};
use palisade_language::words::{Environment, Origin, Value};
use palisade_protocol::verdict::Class;
use std::rc::Rc;

impl Machine<'_> {
    pub(super) fn list(&mut self, list: &List, input: Option<Value>) -> Value {
        let mut all = Value::default();
        if self.depth >= DEPTH_MAX {
            self.note(Class::Ambiguous, "limit.nesting", "nests too deep to follow");
            return all;
        }
        self.depth += 1;
        for item in &list.items {
            if !self.budget.take(4) {
                break;
            }
            let out = self.item(item, input.clone());
            all.append(&out);
        }
        self.depth -= 1;
        all
    }

    fn item(&mut self, item: &Item, input: Option<Value>) -> Value {
        let forked = self.forked;
        self.forked |= item.background;
        let mut out = self.pipeline(&item.first, input.clone());
        if !item.rest.is_empty() {
            for (_, pipeline) in &item.rest {
                // It may run or not: what it changes is then either way.
                if !self.budget.take(self.env.size() * 2 + 1) {
                    break;
                }
                let before = self.env.clone();
                let more = self.pipeline(pipeline, input.clone());
                out.append(&more);
                // `cd x && y`: the directory is followed as if each succeeded.
                self.env.merge(&before);
            }
        }
        self.forked = forked;
        out
    }

    fn pipeline(&mut self, pipeline: &Pipeline, input: Option<Value>) -> Value {
        if let [only] = pipeline.stages.as_slice() {
            return self.node(only, input);
        }
        let forked = std::mem::replace(&mut self.forked, true);
        let mut flow = input;
        for stage in &pipeline.stages {
            // Each stage is a process of its own: it changes no variables of the others.
            if !self.budget.take(self.env.size() + 1) {
                break;
            }
            let (env, cwd) = (self.env.clone(), self.cwd.clone());
            let out = self.node(stage, flow);
            (self.env, self.cwd) = (env, cwd);
            flow = Some(out);
        }
        self.forked = forked;
        flow.unwrap_or_default()
    }

    pub(super) fn node(&mut self, node: &Node, input: Option<Value>) -> Value {
        if self.depth >= DEPTH_MAX || !self.budget.take(4) {
            return Value::unknown(Origin::Output);
        }
        self.depth += 1;
        let span = self.span;
        if !self.nested {
            self.span = node.span;
        }
        let out = match &node.command {
            Command::Simple(simple) => self.simple(simple, &node.redirects, input),
            other => {
                let redirected = self.redirects(&node.redirects, input);
                let out = self.compound(other, redirected.input.clone());
                self.deliver(redirected, out)
            }
        };
        self.span = span;
        self.depth -= 1;
        out
    }

    fn compound(&mut self, command: &Command, input: Option<Value>) -> Value {
        match command {
            Command::Simple(_) => Value::default(),
            Command::Group(list) => self.list(list, input),
            Command::Subshell(list) => self.subshell(list, input),
            Command::If { arms, otherwise } => {
                let mut out = Value::default();
                let mut ends: Vec<Environment> = Vec::new();
                for (condition, body) in arms {
                    out.append(&self.list(condition, input.clone()));
                    if !self.budget.take(self.env.size() * 2 + 1) {
                        return out;
                    }
                    let before = self.env.clone();
                    out.append(&self.list(body, input.clone()));
                    ends.push(std::mem::replace(&mut self.env, before));
                }
                if let Some(body) = otherwise {
                    out.append(&self.list(body, input));
                }
                ends.iter().for_each(|end| self.env.merge(end));
                out
            }
            Command::Loop { condition, body } => {
                let endless = is_endless(condition);
                self.repeated(body, &[condition], endless, input)
            }
            Command::For { name, words, body } => {
                let looping = std::mem::replace(&mut self.looping, true);
                let out = self.for_loop(name, words.as_deref(), body, input);
                self.looping = looping;
                out
            }
            Command::ArithFor { header, body } => {
                self.word(header);
                let endless = header.parts.iter().all(|part| matches!(part, Part::Literal(text) if text.trim().chars().all(|character| ";1 ".contains(character))));
                self.repeated(body, &[], endless, input)
            }
            Command::Case { subject, arms } => {
                self.word(subject);
                let mut out = Value::default();
                let mut ends: Vec<Environment> = Vec::new();
                for (patterns, body) in arms {
                    patterns.iter().for_each(|pattern| self.word(pattern));
                    if !self.budget.take(self.env.size() * 2 + 1) {
                        return out;
                    }
                    let before = self.env.clone();
                    out.append(&self.list(body, input.clone()));
                    ends.push(std::mem::replace(&mut self.env, before));
                }
                ends.iter().for_each(|end| self.env.merge(end));
                out
            }
            Command::Test(words) => {
                words.iter().for_each(|word| self.word(word));
                Value::default()
            }
            Command::Arith(word) => {
                self.word(word);
                Value::default()
            }
            Command::Function { name, body } => {
                if crate::paths::is_guard_name(name) {
                    self.note(Class::Catastrophic, "guard.shadow", "puts something else in Palisade's place");
                }
                if self.functions.len() < 256 {
                    self.functions.insert(name.clone(), Rc::clone(body));
                }
                Value::default()
            }
            Command::Coproc(node) => {
                let forked = std::mem::replace(&mut self.forked, true);
                let out = self.node(node, input);
                self.forked = forked;
                out
            }
            Command::Unknown => {
                self.note(Class::Ambiguous, "text.unparseable", "holds what cannot be read");
                Value::unknown(Origin::Output)
            }
        }
    }

    pub(super) fn subshell(&mut self, list: &List, input: Option<Value>) -> Value {
        if !self.budget.take(self.env.size() + 1) {
            return Value::unknown(Origin::Output);
        }
        let (env, cwd) = (self.env.clone(), self.cwd.clone());
        let out = self.list(list, input);
        (self.env, self.cwd) = (env, cwd);
        out
    }

    /// A loop's body once, with everything that it assigns unknown, so that one pass stands for all of them.
    fn repeated(&mut self, body: &List, conditions: &[&List], endless: bool, input: Option<Value>) -> Value {
        let mut names = Vec::new();
        conditions.iter().for_each(|list| assigned(list, &mut names, self.budget, 0));
        assigned(body, &mut names, self.budget, 0);
        for name in names {
            self.env.assign(&name, Value::unknown(Origin::Mixed));
        }
        for condition in conditions {
            self.list(condition, input.clone());
        }
        let outer = self.endless;
        self.endless |= endless;
        let looping = std::mem::replace(&mut self.looping, true);
        let mut out = self.list(body, input);
        self.endless = outer;
        self.looping = looping;
        if !out.is_empty() {
            out = Value::unknown(out.origin().unwrap_or(Origin::Mixed));
        }
        out
    }

    fn for_loop(&mut self, name: &str, words: Option<&[Word]>, body: &List, input: Option<Value>) -> Value {
        let items: Vec<Value> = match words {
            Some(words) => words.iter().flat_map(|word| self.fields(word)).collect(),
            None => self.env.positional.clone().unwrap_or_else(|| vec![Value::unknown(Origin::Input)]),
        };
        // Few known items at the outermost loop: each one for itself. Else one pass over all of them at once.
        if items.len() <= 8 && self.active.is_empty() && self.depth < 6 {
            let mut out = Value::default();
            for item in items {
                self.env.assign(name, item);
                let pass = self.list(body, input.clone());
                out.append(&pass);
            }
            return out;
        }
        let origin = items.iter().filter_map(Value::origin).max().unwrap_or(Origin::Mixed);
        let mut names = Vec::new();
        assigned(body, &mut names, self.budget, 0);
        for other in names {
            self.env.assign(&other, Value::unknown(Origin::Mixed));
        }
        for item in items.iter().take(64) {
            self.env.assign(name, item.clone());
            if !self.budget.take(64) {
                break;
            }
            self.list(body, input.clone());
        }
        if items.len() > 64 {
            self.env.assign(name, Value::unknown(origin));
            self.list(body, input);
        }
        Value::unknown(Origin::Mixed)
    }
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
