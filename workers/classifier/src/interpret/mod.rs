//! The abstract interpreter: follows a script as far as its values are known, and notes every effect on the way.
//!
//! It runs nothing. What it cannot follow it notes as such. Every branch is followed; what differs between branches becomes
//! unknown. All work draws on one budget, and nesting of constructs, scripts in scripts and calls share one depth.

mod arguments;
mod assignments;
mod builtins;
mod code;
mod doors;
mod exhaustion;
mod files;
mod flow;
mod leaving;
mod loops;
mod losses;
mod observe;
mod operands;
mod options;
mod outputs;
mod programs;
mod reading;
mod runners;
mod simple;
mod sources;
mod state;
mod streams;
mod suspicion;
mod taught;
mod tools;
mod unknowns;
mod unspoken;
mod variables;
mod web;

use crate::facts::World;
use crate::findings::{Finding, Findings};
use crate::paths::{Map, Place, Zone};
use palisade_language::ast::{List, Node, Part, Span, Word};
use palisade_language::limits::{Budget, DEPTH_MAX};
use palisade_language::parser::parse;
use palisade_language::scan::{Mode, scan};
use palisade_language::words::{Environment, Expander, Origin, Substitute, Value, Variable};
use palisade_protocol::compile::{Policy, Taught};
use palisade_protocol::verdict::{Class, Operation};
use runners::Found;
use state::{Function, Settings, State};
use std::collections::BTreeMap;
use std::rc::Rc;

/// The state of one evaluation.
pub(crate) struct Machine<'a> {
    map: &'a Map,
    /// What the operator says of programs.
    taught: &'a [Taught],
    world: &'a mut World,
    budget: &'a mut Budget,
    findings: &'a mut Findings,
    env: Environment,
    /// The working directory; `None`: not known.
    cwd: Option<String>,
    /// Where it would be if the last change of directory failed.
    elsewhere: Option<String>,
    depth: u32,
    /// Where the command being evaluated stands in the body. Text inside of text keeps the place of what holds it.
    span: Span,
    /// Set while evaluating a text that is no part of the body itself.
    nested: bool,
    functions: BTreeMap<String, Function>,
    settings: Settings,
    /// For each loop around: how it was where `break` or `continue` stood.
    breaks: Vec<Option<State>>,
    /// How it was where `return` stood.
    returned: Option<State>,
    /// For each function being called: its own variables, and what they were before.
    locals: Vec<Vec<(String, Option<Variable>)>>,
    /// Aliases being replaced and functions being called now, these with the body: a function may define its name anew.
    active: Vec<(String, Option<Rc<Node>>)>,
    /// What process substitutions give, by number.
    streams: Vec<Value>,
    /// Links that the script itself made: each with where it leads.
    links: Vec<(String, String)>,
    /// Those that take what is written to them, until something is.
    sinks: BTreeMap<u32, List>,
    /// What the script itself wrote to files, by path.
    written: BTreeMap<String, Value>,
    /// Where the script itself moved something: what was seen there before says nothing of what lies there now.
    moved_to: Vec<String>,
    /// Inside of a loop that nothing in its condition ends.
    endless: bool,
    /// Inside of any loop.
    looping: bool,
    /// Runs in the background, or as one of several stages.
    forked: bool,
    /// Inside of what a tool runs by itself, because a variable, a setting or an option says so.
    hooked: u32,
    /// Palisade's processes were looked up by name.
    guard_named: bool,
    /// A key or a credential outside of the project was read.
    key_read: bool,
    /// A secret was read by this script.
    secret_read: bool,
    /// A program that prints keys or credentials ran.
    credential: bool,
    /// What comes in is another host's.
    fetched_input: bool,
    /// What comes in was made of nothing but the command's own text.
    homemade: bool,
    /// How many shells and interpreters were started that read what is typed.
    prompts: u32,
    /// Processes that hold keys or people's sessions were looked up by name.
    keeper_named: bool,
    /// Something was sent to another host by this script.
    sent: bool,
    /// A program ran that may have brought files along, a repository or an archive.
    brought: bool,
    /// A repository was fetched: what builds or runs from now on may be its code.
    cloned: bool,
    /// What compilers made of the project's own files, by path.
    made: Vec<String>,
    /// Directories that this script unpacked to what another host sent.
    foreign_trees: Vec<String>,
    /// Remotes that this script gave git.
    remotes: Vec<String>,
    /// This script has started something in the background.
    backgrounded: bool,
    /// A program ran that names processes, anybody's.
    named_processes: bool,
    /// What is being followed runs on another host.
    away: bool,
    /// Something ran there that may do more than look.
    acts_away: bool,
    /// What `find` hands to the next stage of a pipeline: its starts and the names that it looks for.
    found: Option<Found>,
    /// The same, where the stage that is being followed is the one behind it.
    piped: Option<Found>,
}

/// What is found when a value or place is bigger than what is kept.
const STREAMS_MAX: usize = 64;

const WRITTEN_MAX: usize = 64;

impl<'a> Machine<'a> {
    pub(crate) fn new(
        policy: &'a Policy,
        map: &'a Map,
        world: &'a mut World,
        budget: &'a mut Budget,
        findings: &'a mut Findings,
        cwd: Option<String>,
    ) -> Self {
        Self {
            map,
            taught: &policy.programs,
            world,
            budget,
            findings,
            env: Environment::default(),
            cwd,
            elsewhere: None,
            depth: 0,
            span: Span::default(),
            nested: false,
            functions: BTreeMap::new(),
            settings: Settings::default(),
            breaks: Vec::new(),
            returned: None,
            locals: Vec::new(),
            active: Vec::new(),
            streams: Vec::new(),
            links: Vec::new(),
            sinks: BTreeMap::new(),
            written: BTreeMap::new(),
            moved_to: Vec::new(),
            endless: false,
            looping: false,
            forked: false,
            hooked: 0,
            guard_named: false,
            key_read: false,
            secret_read: false,
            credential: false,
            fetched_input: false,
            homemade: false,
            prompts: 0,
            keeper_named: false,
            sent: false,
            brought: false,
            cloned: false,
            made: Vec::new(),
            foreign_trees: Vec::new(),
            remotes: Vec::new(),
            backgrounded: false,
            named_processes: false,
            away: false,
            acts_away: false,
            found: None,
            piped: None,
        }
    }

    /// Evaluates a whole body that parsed to `list`.
    pub(crate) fn run(&mut self, list: &List) {
        let out = self.list(list, None);
        self.shown(&out);
        self.finish();
    }

    /// What holds of the call as a whole.
    pub(crate) fn finish(&mut self) {
        self.end();
        if self.secret_read && self.sent {
            self.find(
                Finding::new(
                    Class::Catastrophic,
                    "secret.exfiltration",
                    "reads secrets and sends something to another host",
                )
                .does(Operation::Network),
            );
        }
        if self.budget.exhausted() {
            self.find(Finding::new(
                Class::Ambiguous,
                "limit.work",
                "is too much to follow within the limits of one verdict",
            ));
        }
    }

    /// Notes a finding at the present place.
    fn find(&mut self, mut finding: Finding) {
        finding.span = (self.span != Span::default()).then_some(self.span);
        self.findings.add(finding);
    }

    fn note(&mut self, class: Class, rule: &'static str, says: impl Into<String>) {
        self.find(Finding::new(class, rule, says));
    }

    /// What a command's output at the end of a pipeline shows to whoever asked.
    fn shown(&mut self, out: &Value) {
        if out.origin() != Some(Origin::Secret) {
            return;
        }
        // What is printed goes to the agent, and with it to whoever runs its model.
        let (class, rule, says) = match self.key_read || self.credential {
            true => (Class::Catastrophic, "secret.print.key", "prints a key or a credential"),
            false => (Class::Ambiguous, "secret.print", "prints what may be secrets"),
        };
        self.find(Finding::new(class, rule, says).does(Operation::Read));
    }

    /// Evaluates a text that a tool runs by itself, because a variable, a setting or an option says so.
    fn hooked_script(&mut self, text: &str) -> Value {
        self.hooked += 1;
        let out = self.script(text, None);
        self.hooked -= 1;
        out
    }

    /// A program or script that was not read is run.
    fn unread(&mut self, place: &Place, shown: &str) {
        if self.hooked > 0 && matches!(place.zone, Zone::Temp | Zone::OwnTemp) {
            let says = format!("makes a tool run {shown}, which anybody may have put there");
            self.note(Class::Catastrophic, "exec.planted", says);
        } else {
            self.note(Class::Ambiguous, "program.unread", format!("runs {shown}, which was not read"));
        }
    }

    /// Evaluates a text as a script; what it prints.
    fn script(&mut self, text: &str, input: Option<Value>) -> Value {
        if self.depth + 4 >= DEPTH_MAX {
            self.note(Class::Ambiguous, "limit.nesting", "nests scripts too deep to follow");
            if let Some((alarm, _)) = scan(text, Mode::Wary) {
                self.note(Class::Catastrophic, alarm.rule(), alarm.reason());
            }
            return Value::unknown(Origin::Output);
        }
        let script = parse(text, self.depth + 2, self.budget);
        let mode = if script.faults.is_empty() { Mode::Strict } else { Mode::Wary };
        if !script.faults.is_empty() {
            self.note(Class::Ambiguous, "text.unparseable", "holds a script that cannot be read completely");
        }
        let nested = std::mem::replace(&mut self.nested, true);
        let outer = self.returned.take();
        let out = self.list(&script.list, input);
        // `return` in it ends the text, or the function around it: what followed may not have run in either case.
        if let Some(left) = self.returned.take() {
            self.either(&left);
            self.returned = outer;
            self.leave_function();
        } else {
            self.returned = outer;
        }
        self.nested = nested;
        // The second opinion is asked about each text that is run, not only about the body.
        if self.findings.worst() < Class::Catastrophic
            && self.budget.take(text.len())
            && let Some((alarm, _)) = scan(text, mode)
        {
            self.note(Class::Catastrophic, alarm.rule(), alarm.reason());
        }
        out
    }

    fn fields(&mut self, word: &Word) -> Vec<Value> {
        let depth = self.depth;
        Expander::new(self, depth).fields(word)
    }

    fn single(&mut self, word: &Word) -> Value {
        let depth = self.depth;
        Expander::new(self, depth).single(word)
    }

    fn template(&mut self, parts: &[Part]) -> Value {
        let depth = self.depth;
        Expander::new(self, depth).template(parts)
    }

    /// What arithmetic comes to.
    fn arithmetic(&mut self, value: &Value) -> Value {
        let depth = self.depth;
        Expander::new(self, depth).arithmetic_of(value)
    }

    /// A name with a subscript, which the shell evaluates once more: what it runs.
    fn subscript(&mut self, value: &Value) {
        if let Some(text) = value.known()
            && text.contains('[')
            && (text.contains("$(") || text.contains('`'))
        {
            self.expanded_again(&text);
        }
    }

    /// A text that is expanded once more: what its own substitutions run.
    fn expanded_again(&mut self, text: &str) {
        let depth = self.depth;
        Expander::new(self, depth).prompt(text);
    }

    /// Evaluates a word only for what its substitutions do.
    fn word(&mut self, word: &Word) {
        self.single(word);
    }
}

impl Substitute for Machine<'_> {
    fn environment(&mut self) -> &mut Environment {
        &mut self.env
    }

    fn budget(&mut self) -> &mut Budget {
        self.budget
    }

    fn substitute(&mut self, list: &List) -> Value {
        self.exhausting_substitution(list);
        let forked = std::mem::replace(&mut self.forked, true);
        let piped = self.piped.take();
        let out = self.subshell(list, None);
        (self.forked, self.piped) = (forked, piped);
        out
    }

    fn process(&mut self, list: &List) -> Value {
        let out = self.subshell(list, None);
        if self.streams.len() >= STREAMS_MAX {
            return Value::unknown(out.origin().unwrap_or(Origin::Output));
        }
        self.streams.push(out);
        Value::piece(palisade_language::words::Piece::Stream(self.streams.len() as u32 - 1))
    }

    fn sink(&mut self, list: &List) -> Value {
        if self.streams.len() >= STREAMS_MAX || !self.budget.take(64) {
            self.subshell(list, Some(Value::unknown(Origin::Output)));
            return self.process(list);
        }
        let number = self.streams.len() as u32;
        self.streams.push(Value::unknown(Origin::Output));
        self.sinks.insert(number, list.clone());
        Value::piece(palisade_language::words::Piece::Stream(number))
    }
}
