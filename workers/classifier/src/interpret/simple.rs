//! Simple commands: which command it is, by alias, function, builtin or program.

use super::Machine;
use crate::findings::Finding;
use crate::paths::{Zone, is_guard_name};
use palisade_language::ast::{Assigned, Assignment, Redirect, Simple};
use palisade_language::limits::DEPTH_MAX;
use palisade_language::words::{Origin, Value};
use palisade_protocol::verdict::{Class, Operation};

/// A command costs as much as so many bytes of text: about two microseconds.
const COMMAND_COST: usize = 128;

impl Machine<'_> {
    pub(super) fn simple(&mut self, simple: &Simple, redirects: &[Redirect], input: Option<Value>) -> Value {
        let mut argv: Vec<Value> = Vec::new();
        for word in &simple.words {
            argv.extend(self.fields(word));
            if argv.len() > 1024 {
                break;
            }
        }
        let redirected = self.redirects(redirects, input);
        let name = argv.first().and_then(Value::known);
        let declares = matches!(name.as_deref(), Some("declare" | "typeset" | "local" | "export" | "readonly" | "let"));
        if name.as_deref() == Some("alias") {
            self.alias(&simple.assignments, &argv);
            return self.deliver(redirected, Value::default());
        }
        if argv.is_empty() || declares {
            for assignment in &simple.assignments {
                self.assign(assignment);
            }
            if declares {
                let values: Vec<Value> = argv.split_off(1);
                self.declare(&values);
            }
            return self.deliver(redirected, Value::default());
        }
        let scoped = !simple.assignments.is_empty();
        let before = if scoped && self.budget.take(self.env.size() + 1) { Some(self.env.clone()) } else { None };
        for assignment in &simple.assignments {
            self.assign(assignment);
        }
        let out = self.argv(&argv, redirected.input.clone());
        if let Some(before) = before {
            self.env = before;
        }
        self.deliver(redirected, out)
    }

    fn alias(&mut self, assignments: &[Assignment], _argv: &[Value]) {
        for assignment in assignments {
            if is_guard_name(&assignment.name) {
                self.note(Class::Catastrophic, "guard.shadow", "puts something else in Palisade's place");
            }
            if let Assigned::Scalar(word) = &assignment.value
                && let Some(text) = self.single(word).known()
                && self.aliases.len() < 256
            {
                self.aliases.insert(assignment.name.clone(), text);
            }
        }
    }

    /// Runs a command by its words.
    pub(super) fn argv(&mut self, argv: &[Value], input: Option<Value>) -> Value {
        if self.depth >= DEPTH_MAX || !self.budget.take(COMMAND_COST + argv.len()) {
            self.note(Class::Ambiguous, "limit.nesting", "nests too deep to follow");
            return Value::unknown(Origin::Output);
        }
        let Some(first) = argv.first() else { return Value::default() };
        self.depth += 1;
        let out = match first.known() {
            Some(name) => self.named(&name, &argv[1..], input),
            None => self.nameless(argv),
        };
        self.depth -= 1;
        out
    }

    fn named(&mut self, name: &str, args: &[Value], input: Option<Value>) -> Value {
        if name.is_empty() {
            return Value::default();
        }
        if let Some(text) = self.aliases.get(name).cloned()
            && !self.active.iter().any(|active| active == name)
        {
            self.active.push(name.to_owned());
            let line = args.iter().fold(text, |line, arg| format!("{line} '{}'", arg.display().replace('\'', "'\\''")));
            let out = self.script(&line, input);
            self.active.pop();
            return out;
        }
        if let Some(body) = self.functions.get(name).cloned() {
            return self.call(name, &body, args, input);
        }
        if let Some(out) = self.builtin(name, args, input.clone()) {
            return out;
        }
        if args.iter().chain(&input).any(Value::is_dialect) {
            // What bash makes of it convicts; what it is otherwise is not known.
            let in_bash: Vec<Value> = args.iter().map(Value::in_bash).collect();
            self.program(name, &in_bash, input.as_ref().map(Value::in_bash));
        }
        self.program(name, args, input)
    }

    fn call(&mut self, name: &str, body: &palisade_language::ast::Node, args: &[Value], input: Option<Value>) -> Value {
        if self.active.iter().any(|active| active == name) {
            if self.forked {
                self.note(
                    Class::Catastrophic,
                    "resource.fork-bomb",
                    "starts itself again and again until the machine stands still",
                );
            } else {
                self.note(Class::Ambiguous, "resource.recursion", "calls a function from within itself");
            }
            return Value::unknown(Origin::Output);
        }
        self.active.push(name.to_owned());
        let positional = self.env.positional.replace(args.to_vec());
        let out = self.node(body, input);
        self.env.positional = positional;
        self.active.pop();
        out
    }

    /// The command's name is not known. What stands behind it says something all the same.
    fn nameless(&mut self, argv: &[Value]) -> Value {
        let first = &argv[0];
        if self.endless && self.forked {
            self.note(Class::Catastrophic, "resource.fork-bomb", "starts processes without end");
        }
        match first.origin() {
            Some(Origin::Network) => self.find(
                Finding::new(
                    Class::Catastrophic,
                    "remote.exec.pipe",
                    "runs a command that it fetches from another host",
                )
                .does(Operation::Execute),
            ),
            _ => {
                self.note(Class::Ambiguous, "program.unknown", "runs a program whose name is not known before it runs")
            }
        }
        if first.is_dialect() && first.in_bash().known().is_some() {
            self.argv(&argv.iter().map(Value::in_bash).collect::<Vec<_>>(), None);
        }
        let recursive = argv[1..].iter().any(|arg| {
            arg.known().is_some_and(|text| {
                text.starts_with('-') && !text.starts_with("--") && text.contains(['r', 'R']) && text.len() <= 6
            })
        });
        if recursive {
            for arg in &argv[1..] {
                let place = self.place(arg);
                if matches!(
                    place.zone,
                    Zone::Root
                        | Zone::System
                        | Zone::HomeRoot
                        | Zone::Device
                        | Zone::Kernel
                        | Zone::Protected
                        | Zone::Guard
                ) && arg.pieces.len() <= 3
                {
                    self.note(Class::Catastrophic, "fs.delete.recursive", format!("may delete {}", place.path));
                }
            }
        }
        Value::unknown(Origin::Output)
    }
}
