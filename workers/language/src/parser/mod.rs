//! A total reader of bash and POSIX shell: every text gives a tree, what is not understood gives a fault and stays in the tree.
//!
//! An adversary writes the text. Nothing here backtracks, so the work is linear in the text (times the nesting, which is capped);
//! every recursion passes `Parser::enter`; every loop consumes a byte or ends; and all of it draws on one [`Budget`].

mod command;
mod compound;
mod parameter;
mod redirect;
mod simple;
mod word;

use crate::ast::{Fault, FaultKind, Part, Script, Span};
use crate::limits::{Budget, DEPTH_MAX, FAULTS_MAX};

/// Reads `text`. `depth` is how deep the caller is nested already (0 for a command as it came).
pub fn parse(text: &str, depth: u32, budget: &mut Budget) -> Script {
    let mut parser = Parser::new(text, depth, budget);
    let list = parser.list(command::Stop::EndOfText);
    Script { list, faults: parser.faults }
}

/// Reads `text` as the inside of double quotes, as a here-document's body is read.
pub fn parse_template(text: &str, depth: u32, budget: &mut Budget) -> (Vec<Part>, Vec<Fault>) {
    let mut parser = Parser::new(text, depth, budget);
    let parts = parser.parts_until(word::Until::EndOfText);
    (parts, parser.faults)
}

pub(crate) struct Parser<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    depth: u32,
    faults: Vec<Fault>,
    budget: &'a mut Budget,
    /// Where the bodies of this line's here-documents begin (their newline) and end.
    bodies: Option<Span>,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str, depth: u32, budget: &'a mut Budget) -> Self {
        Self { text, bytes: text.as_bytes(), at: 0, depth, faults: Vec::new(), budget, bodies: None }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn peek_at(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn starts_with(&self, token: &str) -> bool {
        self.bytes[self.at..].starts_with(token.as_bytes())
    }

    /// Consumes a byte, and charges for it.
    fn bump(&mut self) {
        self.advance(1);
    }

    fn advance(&mut self, count: usize) {
        if let Some(bodies) = self.bodies
            && self.at <= bodies.start
            && bodies.start < self.at + count
        {
            // A quote or substitution runs over the line end where a here-document's body begins.
            self.fault(FaultKind::Entangled, bodies);
            self.bodies = None;
        }
        self.at = (self.at + count).min(self.bytes.len());
        if !self.budget.take(count) {
            self.halt(FaultKind::TooMuchWork);
        }
    }

    /// Gives up: the rest of the text stays unread, every open construct ends here.
    fn halt(&mut self, kind: FaultKind) {
        if self.at < self.bytes.len() || self.faults.is_empty() {
            self.fault(kind, Span { start: self.at, end: self.bytes.len() });
        }
        self.at = self.bytes.len();
    }

    fn fault(&mut self, kind: FaultKind, span: Span) {
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(Fault { kind, span });
        }
    }

    /// One level deeper; false (and nothing more is read) when that is too deep.
    fn enter(&mut self) -> bool {
        if self.depth >= DEPTH_MAX {
            self.halt(FaultKind::TooDeep);
            return false;
        }
        self.depth += 1;
        true
    }

    fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Consumes `token` if it is next.
    fn eat(&mut self, token: &str) -> bool {
        let found = self.starts_with(token);
        if found {
            self.advance(token.len());
        }
        found
    }

    /// Blanks, line continuations and comments; not newlines.
    fn skip_blanks(&mut self) {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\r') => self.bump(),
                Some(b'\\') if self.peek_at(1) == Some(b'\n') => self.advance(2),
                Some(b'#') => {
                    while self.peek().is_some_and(|byte| byte != b'\n') {
                        self.bump();
                    }
                }
                _ => return,
            }
        }
    }

    /// One newline, and the here-document bodies that follow it.
    fn newline(&mut self) -> bool {
        if self.peek() != Some(b'\n') {
            return false;
        }
        match self.bodies.take() {
            Some(bodies) if bodies.start == self.at => {
                // Charged when the bodies were read.
                self.at = bodies.end;
            }
            other => {
                self.bodies = other;
                self.bump();
            }
        }
        true
    }

    fn skip_lines(&mut self) {
        loop {
            self.skip_blanks();
            if !self.newline() {
                return;
            }
        }
    }

    fn span_from(&self, start: usize) -> Span {
        Span { start, end: self.at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ast::{Command, Simple};
    use crate::limits::STEPS_MAX;

    fn read(text: &str) -> (Script, u32) {
        let mut budget = Budget::new(STEPS_MAX);
        let script = parse(text, 0, &mut budget);
        (script, budget.used())
    }

    fn first(text: &str) -> Simple {
        match read(text).0.list.items.remove(0).first.stages.remove(0).command {
            Command::Simple(simple) => simple,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_grammar_of_everyday_scripts_is_understood() {
        for text in [
            "a; b & c && d || e\nf",
            "if a; then b; elif c; then d; else e; fi",
            "while :; do x; done; until y; do z; done",
            "for f in *.rs; do rustfmt \"$f\"; done",
            "for ((i=0; i<3; i++)); do echo $i; done",
            "case $1 in a|b) c ;; (d) e;& *) f;; esac",
            "select x in a b; do echo $x; done",
            "f() { echo; }; function g { echo; }; function h() ( echo )",
            "[[ -f a && ! ( $b == c* || d =~ ^(x|y)$ ) ]] && (( 1 + (2) ))",
            "cat <<A <<-'B' >x 2>&1 &>>y\none $(two)\nA\n\tthree\nB\necho",
            "x=(a b [3]=c) y[1+$(z)]=2 cmd <<<w <(a) >(b) {fd}>q",
            "echo ${a:-b} ${a#*/} ${a//x/y} ${#a} ${!a} ${a[@]} ${a:1:2} ${a^^} ${a@Q} $'\\x41' $\"l\" $[1+2] $((3*(4)))",
            "time -p ! a | b |& c",
            "coproc NAME { a; }; coproc b c",
            "echo `echo \\`date\\``",
            "a \\\n  b # comment\nc",
            "echo a#b 'c' \"d $(e \"f\") g\" !(x|y) @(z)",
            "((a)); ( (b) ); $( (c) ); echo $(( (1) ))",
            "{ a; } > x; ( b ) 2> y",
            "",
            "\n\n# only a comment",
        ] {
            let (script, _) = read(text);
            assert_eq!(script.faults, [], "{text}");
        }
    }

    #[test]
    fn what_is_broken_is_a_fault_and_the_rest_is_kept() {
        for text in [
            ") rm x",
            "fi; rm x",
            "a; ;; rm x",
            "if a; then b",
            "echo \"x",
            "echo $(a",
            "case x in",
            "(( 1",
            "<",
            "a | ",
        ] {
            assert!(!read(text).0.faults.is_empty(), "{text}");
        }
        let (script, _) = read(") rm x");
        assert_eq!(script.list.items.len(), 1, "the command after the stray parenthesis is still read");
    }

    #[test]
    fn assignments_words_and_spans_are_told_apart() {
        let simple = first("A=1 B+=2 rm -rf x=y");
        assert_eq!(simple.assignments.len(), 2);
        assert!(simple.assignments[1].append);
        assert_eq!(simple.words.len(), 3);
        assert_eq!((simple.words[1].span.start, simple.words[1].span.end), (12, 15));
    }

    /// The inputs that overflowed the stack of, or took exponential time in, other guards' parsers.
    #[test]
    fn hostile_nesting_ends_in_a_fault_within_linear_work() {
        for (unit, times) in [
            ("[[ ! ", 10_000),
            ("! ", 20_000),
            ("coproc ", 9_000),
            ("$[", 30_000),
            ("a[", 30_000),
            ("( ", 30_000),
            ("((", 30_000),
            ("$((", 20_000),
            ("$(", 30_000),
            ("\"$(", 20_000),
            ("`", 59_999),
            ("{ ", 30_000),
            ("case x in x) ", 5_000),
            ("if ", 20_000),
            ("while ", 10_000),
            ("${a:-", 12_000),
            ("f() ", 15_000),
            ("<(", 30_000),
            ("<<a ", 16_000),
            ("@(", 30_000),
            ("for ((", 10_000),
            ("function f ", 5_000),
            ("x=(", 20_000),
        ] {
            let mut text = unit.repeat(times);
            if unit == "[[ ! " {
                text = format!("[[ {}", "! ".repeat(times));
            }
            text.truncate(64 * 1024);
            let (script, used) = read(&text);
            assert!(used < STEPS_MAX, "{unit}: {used} steps");
            assert!(!script.faults.is_empty(), "{unit}");
        }
    }

    #[test]
    fn the_deepest_accepted_nesting_fits_a_small_stack() {
        for unit in ["( ", "{ ", "$(", "\"$(", "if ", "case x in x) ", "${a:-", "$((", "<(", "coproc "] {
            let text = unit.repeat(200);
            std::thread::Builder::new()
                .stack_size(if cfg!(debug_assertions) { 1024 * 1024 } else { 256 * 1024 })
                .spawn(move || {
                    read(&text);
                })
                .expect("spawns")
                .join()
                .expect("no overflow");
        }
    }

    #[test]
    fn random_token_soup_never_panics_and_never_runs_away() {
        let tokens = [
            "rm", " ", "-rf", "/", "$(", ")", "`", "\"", "'", "\\", "\n", "<<E", "E", "|", "&", ";", "{", "}", "((",
            "))", "[[", "]]", "if", "then", "fi", "for", "in", "do", "done", "case", "esac", ";;", "${", "#", "%", "$",
            "a=", "(", "é", "<", ">", "<(", "!", "function", "f()", "$'", "$[", "]", "*", "~", ",", "coproc", "time",
            "\t", "=", "@",
        ];
        let mut seed = 0x9e37_79b9_7f4a_7c15u64;
        for _ in 0..3000 {
            let mut text = String::new();
            for _ in 0..(seed % 60) {
                seed ^= seed << 13;
                seed ^= seed >> 7;
                seed ^= seed << 17;
                text.push_str(tokens[(seed % tokens.len() as u64) as usize]);
            }
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let (_, used) = read(&text);
            assert!(used as usize <= 64 * (text.len() + 16), "{used} steps for {text:?}");
        }
    }
}
