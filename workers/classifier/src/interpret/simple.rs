//! Simple commands: which command it is, by alias, function, builtin or program.

use super::Machine;
use super::exhaustion::pours;
use crate::findings::Finding;

use crate::paths::{Zone, is_guard_name};
use palisade_knowledge::names;
use palisade_language::ast::{Assigned, Assignment, Node, Redirect, Simple};
use palisade_language::limits::DEPTH_MAX;
use palisade_language::words::{Origin, Piece, Value, fits};
use palisade_protocol::verdict::{Class, Operation};
use std::rc::Rc;

/// A command costs as much as so many bytes of text: about two microseconds.
const COMMAND_COST: usize = 128;

/// Commands of the shell that keep, in some shells, the assignments before them.
const KEEPS: &[&str] = &[
    ":", ".", "eval", "exec", "export", "readonly", "set", "shift", "trap", "unset", "return", "break", "continue",
    "exit", "times", "source", "command", "builtin",
];
/// Words of the shell that run another command in this very process.
const OWN_WORDS: &[&str] = &["command", "builtin", "time", "noglob", "nocorrect", "coproc", "!", "-"];

impl Machine<'_> {
    pub(super) fn simple(&mut self, simple: &Simple, redirects: &[Redirect], input: Option<Value>) -> Value {
        let mut argv: Vec<Value> = Vec::new();
        for word in &simple.words {
            argv.extend(self.fields(word));
            if argv.len() > 1024 {
                break;
            }
        }
        let mut redirected = self.redirects(redirects, input);
        let name = argv.first().and_then(Value::known);
        if !matches!(name.as_deref(), Some("echo" | "printf" | "test" | "[")) {
            let read: Vec<String> = argv.iter().skip(1).map(|arg| self.place(arg).path).collect();
            redirected.empties_what_is_read(&read);
        }
        if let Some(name) = &name {
            let at = argv.iter().position(|word| word.known().is_some_and(|word| pours(&word))).unwrap_or(0);
            let (name, at) = match crate::knowledge::wraps(name) {
                true => (argv[at].known().unwrap_or_default(), at),
                false => (name.clone(), 0),
            };
            self.exhausting(&name, &argv[at + 1..], redirects, redirected.fills());
        }
        let declares = matches!(name.as_deref(), Some("declare" | "typeset" | "local" | "export" | "readonly" | "let"));
        argv.iter().for_each(|arg| self.qualified(arg));
        if name.as_deref() == Some("alias") {
            if flags(&argv[1..]).contains(['g', 's']) {
                self.global_alias(&simple.assignments, &argv[1..]);
            }
            self.alias(&simple.assignments, &argv);
            return self.deliver(redirected, Value::default());
        }
        if argv.is_empty() && simple.assignments.is_empty() && redirected.reads_only() {
            // `$(<file)` is what the file holds.
            let out = redirected.input.clone().unwrap_or_default();
            return self.deliver(redirected, out);
        }
        if argv.is_empty() || declares {
            if let Some(name) = name.as_deref().filter(|_| declares) {
                self.attributes(name, &simple.assignments, &argv[1..]);
            }
            for assignment in &simple.assignments {
                self.assign(assignment);
            }
            if declares {
                let values: Vec<Value> = argv.split_off(1);
                self.declare(&values);
                self.distrust(name.as_deref().unwrap_or(""), &simple.assignments, &values);
                let shows = values.iter().all(|value| value.prefix().starts_with('-')) && simple.assignments.is_empty();
                if shows && name.as_deref() != Some("let") && !flags(&values).contains(['f', 'F', 'a', 'A']) {
                    // All variables and what they hold.
                    return self.deliver(redirected, Value::unknown(Origin::Secret));
                }
            }
            return self.deliver(redirected, Value::default());
        }
        let mut scoped = Vec::new();
        for assignment in &simple.assignments {
            self.budget.take(8);
            scoped.push((assignment.name.as_str(), self.env.variable(&assignment.name).cloned()));
            self.assign(assignment);
        }
        let out = self.argv(&argv, redirected.input.clone());
        // Some shells keep what stands before a function or before some of their own commands.
        let own = name.as_deref().is_none_or(|name| KEEPS.contains(&name) || self.functions.contains_key(name));
        for (variable, before) in scoped.into_iter().rev() {
            match own {
                true => self.perhaps_put_back(variable, before),
                false => self.env.put_back(variable, before),
            }
        }
        self.deliver(redirected, out)
    }

    /// Before `declare` and its relatives assign: what is a function's own.
    fn attributes(&mut self, name: &str, assignments: &[Assignment], args: &[Value]) {
        args.iter().for_each(|arg| self.subscript(arg));
        if !matches!(name, "local" | "declare" | "typeset") {
            return;
        }
        let global = flags(args).contains('g');
        for name in declared(assignments, args) {
            match global {
                // It stands below one of the function's own, if there is one.
                true if self.locals.last().is_some_and(|locals| locals.iter().any(|(local, _)| *local == name)) => {
                    self.env.distrust(&name);
                }
                true => {}
                false => self.localize(&name),
            }
            if flags(args).contains('A') {
                self.associate(&name);
            }
        }
        if flags(args).contains('i') {
            self.as_numbers(assignments, args);
        }
    }

    /// `declare -i NAME=value`: the value is an expression, whose names and subscripts are evaluated in their turn.
    fn as_numbers(&mut self, assignments: &[Assignment], args: &[Value]) {
        for assignment in assignments {
            if let Assigned::Scalar(word) = &assignment.value {
                let value = self.single(word);
                self.arithmetic(&value);
            }
        }
        for arg in args {
            match arg.prefix().find('=') {
                Some(at) => drop(self.arithmetic(&crate::knowledge::tail(arg, at + 1))),
                // What it holds already.
                None => {
                    let value = self.env.get(arg.prefix());
                    self.arithmetic(&value);
                }
            }
        }
    }

    /// After they have assigned: what is read-only, converted or another name for something is not what is assigned to it.
    fn distrust(&mut self, name: &str, assignments: &[Assignment], args: &[Value]) {
        let flags = flags(args);
        if name == "let" {
            args.iter().for_each(|arg| drop(self.arithmetic(arg)));
            declared(assignments, args).iter().for_each(|name| self.env.assign(name, Value::unknown(Origin::Number)));
        }
        let readonly = name == "readonly" || (flags.contains('r') && name != "export");
        let converted = matches!(name, "local" | "declare" | "typeset") && flags.contains(['n', 'i', 'l', 'u', 'c']);
        if !(readonly || converted) {
            return;
        }
        for name in declared(assignments, args) {
            if let Some(function) = self.functions.get_mut(&name).filter(|_| readonly && flags.contains('f')) {
                function.fixed = true;
            }
            let target = self.env.get(&name).known().filter(|_| flags.contains('n'));
            if converted && flags.contains('n') && target.is_none() {
                self.note(Class::Ambiguous, "text.reference", "sets variables under names that are not known");
            }
            for name in std::iter::once(name).chain(target) {
                self.env.distrust(&name);
                if converted {
                    self.env.blur(&name);
                }
            }
        }
    }

    fn alias(&mut self, assignments: &[Assignment], _argv: &[Value]) {
        for assignment in assignments {
            if is_guard_name(&assignment.name) {
                self.note(Class::Catastrophic, "guard.shadow", "puts something else in Palisade's place");
            }
            if let Assigned::Scalar(word) = &assignment.value
                && let Some(text) = self.single(word).known()
            {
                self.settings.alias(assignment.name.clone(), text);
            }
        }
    }

    /// zsh's `alias -g`: its text is put wherever the name stands as a word, in the midst of a command too.
    fn global_alias(&mut self, assignments: &[Assignment], args: &[Value]) {
        let mut texts: Vec<String> = args.iter().filter_map(Value::known).collect();
        for assignment in assignments {
            if let Assigned::Scalar(word) = &assignment.value {
                texts.extend(self.single(word).known());
            }
        }
        for text in texts {
            let text =
                text.split_once('=').filter(|(name, _)| !name.contains(' ')).map_or(text.as_str(), |(_, text)| text);
            self.script(text.trim_start_matches([';', '|', '&', '\n', ' ']), None);
        }
    }

    /// zsh's patterns end in qualifiers: `*(e:code:)` and `*(+name)` run code for each file.
    fn qualified(&mut self, arg: &Value) {
        if !arg.pieces.iter().any(|piece| matches!(piece, Piece::Glob(_))) {
            return;
        }
        let text = arg.display();
        let Some(inner) = text.rsplit_once('(').and_then(|(_, inner)| inner.strip_suffix(')')) else { return };
        let letters = inner.trim_start_matches(|letter: char| ".@=/*NDn^-o".contains(letter));
        let code = match (letters.strip_prefix('e'), letters.strip_prefix('+')) {
            (Some(rest), _) => rest.chars().next().filter(|by| ":'\"{[".contains(*by)).map(|by| {
                let end = match by {
                    '{' => '}',
                    '[' => ']',
                    other => other,
                };
                rest[1..].split(end).next().unwrap_or("")
            }),
            (None, rest) => rest.filter(|rest| !rest.contains('|')),
        };
        if let Some(code) = code.filter(|code| !code.is_empty()) {
            self.script(code, None);
        }
    }

    /// Runs a command by its words.
    pub(super) fn argv(&mut self, argv: &[Value], input: Option<Value>) -> Value {
        // A path of it is as long as the directory that it is in.
        let paths = self.cwd.as_ref().map_or(0, String::len) / 2;
        if self.depth >= DEPTH_MAX || !self.budget.take(COMMAND_COST + argv.len() + paths) {
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
        if let Some(texts) = self.settings.aliases.get(name).cloned()
            && !self.active.iter().any(|(active, _)| active == name)
        {
            self.active.push((name.to_owned(), None));
            let mut out = Value::default();
            for text in texts {
                let line = args
                    .iter()
                    .fold(text.to_string(), |line, arg| format!("{line} '{}'", arg.display().replace('\'', "'\\''")));
                // Only some shells replace aliases; the others run what has the name.
                out.append(&self.perhaps(|machine| machine.script(&line, input.clone())));
            }
            out.append(&self.unaliased(name, args, input));
            self.active.pop();
            return out;
        }
        self.unaliased(name, args, input)
    }

    fn unaliased(&mut self, name: &str, args: &[Value], input: Option<Value>) -> Value {
        let Some(function) = self.functions.get(name).cloned() else { return self.command(name, args, input) };
        let start = self.state();
        let mut end = None;
        let mut out = Value::default();
        let nested = self.nested;
        self.nested |= function.nested;
        for body in &function.bodies {
            self.restore(start.clone());
            out.append(&self.call(name, body, args, input.clone()));
            end.iter().for_each(|end| self.either(end));
            end = Some(self.state());
        }
        self.nested = nested;
        if !function.certain {
            self.restore(start);
            out.append(&self.command(name, args, input));
            end.iter().for_each(|end| self.either(end));
        }
        out
    }

    /// What is neither an alias nor a function.
    fn command(&mut self, name: &str, args: &[Value], input: Option<Value>) -> Value {
        if let Some(out) = self.builtin(name, args, input.clone()) {
            return out;
        }
        if args.iter().chain(&input).any(Value::is_dialect) {
            // What bash makes of it convicts; what it is otherwise is not known.
            let in_bash: Vec<Value> = args.iter().map(Value::in_bash).collect();
            self.started(name, &in_bash, input.as_ref().map(Value::in_bash));
        }
        self.started(name, args, input)
    }

    /// A program is a process of its own, whatever it runs; only what this shell itself provides is none.
    fn started(&mut self, name: &str, args: &[Value], input: Option<Value>) -> Value {
        if OWN_WORDS.contains(&name) {
            return self.program(name, args, input);
        }
        self.apart(|machine| machine.program(name, args, input))
    }

    fn call(&mut self, name: &str, body: &Rc<Node>, args: &[Value], input: Option<Value>) -> Value {
        if self.active.iter().any(|(_, active)| active.as_ref().is_some_and(|active| Rc::ptr_eq(active, body))) {
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
        self.active.push((name.to_owned(), Some(Rc::clone(body))));
        let positional = self.env.positional.replace(args.to_vec());
        let out = self.with_locals(|machine| machine.returnable(|machine| machine.node(body, input)));
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
        self.matching(argv);
        self.without_unset(argv);
        let recursive = argv[1..].iter().any(|arg| {
            arg.known()
                .is_some_and(|text| text.starts_with('-') && !text.starts_with("--") && text.contains(['r', 'R']))
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

/// Programs that a pattern in a command's place is tried as.
const MATCHES_MAX: usize = 16;

impl Machine<'_> {
    /// `/bin/r?`: a pattern in the place of the command's name is whatever it matches, one of the programs that are known too.
    fn matching(&mut self, argv: &[Value]) {
        let first = &argv[0];
        let only_text = |piece: &Piece| matches!(piece, Piece::Text(_) | Piece::Glob(_));
        if !first.pieces.iter().any(|piece| matches!(piece, Piece::Glob(_))) || !first.pieces.iter().all(only_text) {
            return;
        }
        let pattern = first.display();
        let pattern = pattern.rsplit('/').next().unwrap_or("");
        // What matches nearly everything says nothing about which one is meant.
        if pattern.len() > 64 || pattern.starts_with('*') || !self.budget.take(24 * COMMAND_COST) {
            return;
        }
        for name in names().filter(|name| fits(pattern, name)).take(MATCHES_MAX) {
            let named = [&[Value::text(name)], &argv[1..]].concat();
            self.argv(&named, None);
        }
    }
}

impl Machine<'_> {
    /// `r${x}m`: a variable that nobody has set is nothing, and what is left has a name.
    fn without_unset(&mut self, argv: &[Value]) {
        let unset = |piece: &Piece| matches!(piece, Piece::Unknown(Origin::Unset));
        if !argv[0].pieces.iter().any(unset) {
            return;
        }
        let left: Vec<Value> = argv
            .iter()
            .map(|word| {
                let mut out = Value::default();
                word.pieces.iter().filter(|piece| !unset(piece)).for_each(|piece| out.push(piece.clone()));
                match out.known() {
                    Some(text) => Value::text(text),
                    None => out,
                }
            })
            .filter(|word| !word.is_empty())
            .collect();
        if left.first().is_some_and(|name| name.known().is_some()) {
            self.argv(&left, None);
        }
    }
}

/// The letters of all options.
fn flags(args: &[Value]) -> String {
    args.iter().filter_map(Value::known).filter(|arg| arg.starts_with(['-', '+']) && !arg.starts_with("--")).collect()
}

/// The names that a declaration is about.
fn declared(assignments: &[Assignment], args: &[Value]) -> Vec<String> {
    let args = args.iter().map(|arg| arg.known().unwrap_or_else(|| arg.prefix().to_owned()));
    let named = args.filter(|arg| !arg.is_empty() && !arg.starts_with(['-', '+']));
    let named = named.map(|arg| arg.split(['=', '+', '[']).next().unwrap_or("").to_owned());
    assignments.iter().map(|assignment| assignment.name.clone()).chain(named).collect()
}
