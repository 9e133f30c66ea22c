//! What a script has set so far, and how it comes back together where code may not have run or ran in another process.
//!
//! Three rules hold everywhere: what another process does is forgotten, what may have run leaves what differs unknown, and
//! what stands behind a `return`, `break` or `continue` may not have run.

use super::Machine;
use palisade_language::ast::Node;
use palisade_language::words::{Environment, Origin, Value, Variable};
use std::collections::BTreeMap;
use std::rc::Rc;

/// A function's bodies, as far as it is known which of them holds.
#[derive(Clone)]
pub(super) struct Function {
    pub(super) bodies: Vec<Rc<Node>>,
    /// Whether it is certain that the name is a function at all.
    pub(super) certain: bool,
    /// It is read-only: a new body may not replace it.
    pub(super) fixed: bool,
    /// A body stands in a text that is no part of the body that is judged, so that its places are none of that.
    pub(super) nested: bool,
}

/// Bodies of one function that are told apart; more are as good as none.
const BODIES_MAX: usize = 8;
const FUNCTIONS_MAX: usize = 256;
/// Passes over a loop's body until nothing changes any more.
const PASSES_MAX: usize = 4;

/// All that a shell process has of its own.
#[derive(Clone)]
pub(super) struct State {
    env: Environment,
    cwd: Option<String>,
    elsewhere: Option<String>,
    functions: BTreeMap<String, Function>,
    settings: Settings,
}

/// What else a shell keeps for itself. Each is what may hold: where two ways come together, it is both.
#[derive(Clone, Default, PartialEq)]
pub(super) struct Settings {
    /// What each alias may stand for; the program of that name is always run beside it.
    pub(super) aliases: BTreeMap<String, Vec<Rc<str>>>,
    /// Commands of `trap … EXIT`, run at the end.
    pub(super) traps: Vec<Rc<str>>,
    /// What descriptors other than the usual three give.
    pub(super) descriptors: BTreeMap<u32, Rc<Value>>,
    /// The shell's patterns may match in another way than they do by default.
    pub(super) odd_globs: bool,
}

/// Aliases, what one of them may stand for, and traps; more are as good as unknown.
const ALIASES_MAX: usize = 256;
const MEANINGS_MAX: usize = 8;
const TRAPS_MAX: usize = 16;

impl Settings {
    /// From now on, or perhaps, a name stands for that. False if there is no room.
    pub(super) fn alias(&mut self, name: String, text: String) -> bool {
        if self.aliases.len() >= ALIASES_MAX && !self.aliases.contains_key(&name) {
            return false;
        }
        self.aliases.insert(name, vec![text.into()]);
        true
    }

    /// Runs that at the end too. False if there is no room.
    pub(super) fn trap(&mut self, text: Rc<str>) -> bool {
        let room = self.traps.len() < TRAPS_MAX;
        if room {
            self.traps.push(text);
        }
        room
    }

    fn merge(&mut self, other: &Self) {
        for (name, theirs) in &other.aliases {
            if self.aliases.len() >= ALIASES_MAX && !self.aliases.contains_key(name) {
                continue;
            }
            let ours = self.aliases.entry(name.clone()).or_default();
            for text in theirs {
                if !ours.contains(text) && ours.len() < MEANINGS_MAX {
                    ours.push(Rc::clone(text));
                }
            }
        }
        for trap in &other.traps {
            if !self.traps.contains(trap) {
                self.trap(Rc::clone(trap));
            }
        }
        for (number, theirs) in &other.descriptors {
            let ours = self.descriptors.entry(*number).or_insert_with(|| Rc::clone(theirs));
            if ours != theirs {
                let origin = ours.origin().max(theirs.origin()).unwrap_or(Origin::Mixed);
                *ours = Rc::new(Value::unknown(origin));
            }
        }
        self.odd_globs |= other.odd_globs;
    }

    fn size(&self) -> usize {
        2 * (self.aliases.len() + self.traps.len() + self.descriptors.len())
    }
}

impl State {
    /// What holds whichever of the two it is.
    fn merge(&mut self, other: &Self) {
        self.env.merge(&other.env);
        if self.cwd != other.cwd {
            self.cwd = None;
        }
        if self.elsewhere.is_none() {
            self.elsewhere.clone_from(&other.elsewhere);
        }
        self.settings.merge(&other.settings);
        for (name, ours) in &mut self.functions {
            ours.fixed |= other.functions.get(name).is_some_and(|theirs| theirs.fixed);
            ours.nested |= other.functions.get(name).is_some_and(|theirs| theirs.nested);
            ours.certain &= other.functions.get(name).is_some_and(|theirs| theirs.certain);
        }
        let room = self.functions.len() < FUNCTIONS_MAX;
        for (name, theirs) in &other.functions {
            match self.functions.get_mut(name) {
                Some(ours) => {
                    for body in &theirs.bodies {
                        if ours.bodies.len() < BODIES_MAX && !ours.bodies.iter().any(|one| Rc::ptr_eq(one, body)) {
                            ours.bodies.push(Rc::clone(body));
                        }
                    }
                }
                None if room => {
                    self.functions.insert(name.clone(), Function { certain: false, ..theirs.clone() });
                }
                None => {}
            }
        }
    }

    fn same(&self, other: &Self) -> bool {
        self.env == other.env
            && self.cwd == other.cwd
            && self.elsewhere == other.elsewhere
            && self.settings == other.settings
            && self.functions.len() == other.functions.len()
            && self.functions.iter().all(|(name, ours)| {
                other.functions.get(name).is_some_and(|theirs| {
                    ours.certain == theirs.certain
                        && ours.bodies.len() == theirs.bodies.len()
                        && ours.bodies.iter().zip(&theirs.bodies).all(|(one, two)| Rc::ptr_eq(one, two))
                })
            })
    }
}

impl Machine<'_> {
    /// A copy of the state, which costs as much as it holds.
    pub(super) fn state(&mut self) -> State {
        self.budget.take(self.env.size() + 2 * self.functions.len() + self.settings.size() + 1);
        State {
            env: self.env.clone(),
            cwd: self.cwd.clone(),
            elsewhere: self.elsewhere.clone(),
            functions: self.functions.clone(),
            settings: self.settings.clone(),
        }
    }

    pub(super) fn restore(&mut self, state: State) {
        State {
            env: self.env,
            cwd: self.cwd,
            elsewhere: self.elsewhere,
            functions: self.functions,
            settings: self.settings,
        } = state;
    }

    /// It is as it is now, or as in `other`.
    pub(super) fn either(&mut self, other: &State) {
        let mut now = self.state();
        now.merge(other);
        self.restore(now);
    }

    /// Runs something in another process.
    pub(super) fn apart<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.state();
        // Traps are not handed down, and those that it sets itself are run where it ends.
        self.settings.traps.clear();
        let out = work(self);
        self.end();
        self.restore(before);
        out
    }

    /// The process ends: what its traps run.
    pub(super) fn end(&mut self) {
        for trap in std::mem::take(&mut self.settings.traps) {
            self.script(&trap, None);
        }
    }

    /// Runs something that may not run.
    pub(super) fn perhaps<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.state();
        let out = work(self);
        self.either(&before);
        out
    }

    /// Runs something any number of times: until one more pass would change nothing.
    pub(super) fn repeatedly(&mut self, mut pass: impl FnMut(&mut Self) -> Value) -> Value {
        let mut all = Value::default();
        for at in 0..PASSES_MAX {
            let start = self.state();
            let out = self.breakable(&mut pass);
            all.append(&out);
            self.either(&start);
            let end = self.state();
            if self.budget.exhausted() || end.same(&start) {
                return all;
            }
            if at + 1 == PASSES_MAX {
                self.note(
                    palisade_protocol::verdict::Class::Ambiguous,
                    "limit.work",
                    "changes from pass to pass what it does",
                );
            }
        }
        all
    }

    /// Runs a loop's body: what `break` and `continue` leave out may not have run.
    pub(super) fn breakable<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        self.breaks.push(None);
        let out = work(self);
        if let Some(Some(left)) = self.breaks.pop() {
            self.either(&left);
        }
        out
    }

    /// What `break` has left out so far in the innermost loop may not have run.
    pub(super) fn rejoin(&mut self) {
        if let Some(Some(left)) = self.breaks.last().cloned() {
            self.either(&left);
        }
    }

    /// `break` and `continue`: from one loop, or from all of them (with a number).
    pub(super) fn leave_loop(&mut self, all: bool) {
        let now = self.state();
        let from = if all { 0 } else { self.breaks.len().saturating_sub(1) };
        let mut breaks = std::mem::take(&mut self.breaks);
        breaks.iter_mut().skip(from).for_each(|left| join(left, &now));
        self.breaks = breaks;
    }

    /// Runs a function's body or a sourced text: what `return` leaves out may not have run.
    pub(super) fn returnable<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.returned.take();
        let out = work(self);
        if let Some(left) = std::mem::replace(&mut self.returned, outer) {
            self.either(&left);
        }
        out
    }

    /// `return`
    pub(super) fn leave_function(&mut self) {
        let now = self.state();
        let mut returned = self.returned.take();
        join(&mut returned, &now);
        self.returned = returned;
    }

    pub(super) fn define(&mut self, name: &str, body: &Rc<Node>) {
        let full = self.functions.len() >= FUNCTIONS_MAX;
        match self.functions.get_mut(name) {
            Some(fixed) if fixed.fixed && fixed.bodies.len() < BODIES_MAX => {
                fixed.bodies.push(Rc::clone(body));
                fixed.nested |= self.nested;
            }
            Some(fixed) if fixed.fixed => {}
            None if full => {}
            _ => {
                let function =
                    Function { bodies: vec![Rc::clone(body)], certain: true, fixed: false, nested: self.nested };
                self.functions.insert(name.to_owned(), function);
            }
        }
    }

    /// The variable is the function's own until it ends, if the declaration runs at all.
    pub(super) fn localize(&mut self, name: &str) {
        let before = self.env.variable(name).cloned();
        if let Some(locals) = self.locals.last_mut()
            && !locals.iter().any(|(known, _)| known == name)
        {
            locals.push((name.to_owned(), before));
        }
    }

    /// Runs a function's body with variables of its own.
    pub(super) fn with_locals<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        self.locals.push(Vec::new());
        let out = work(self);
        for (name, before) in self.locals.pop().unwrap_or_default() {
            self.perhaps_put_back(&name, before);
        }
        out
    }

    /// The variable is what it was before, or what it is now.
    pub(super) fn perhaps_put_back(&mut self, name: &str, before: Option<Variable>) {
        if self.env.variable(name) != before.as_ref() {
            self.env.blur(name);
        }
    }
}

fn join(left: &mut Option<State>, now: &State) {
    match left {
        Some(left) => left.merge(now),
        None => *left = Some(now.clone()),
    }
}
