//! The shell's syntax tree. Every node knows its bytes; what could not be understood is [`Command::Unknown`], never dropped.

use std::rc::Rc;

/// A byte range of the parsed text, end excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// A parsed text.
#[derive(Debug, Clone, Default)]
pub struct Script {
    /// Its commands.
    pub list: List,
    /// What was not understood, at most [`crate::limits::FAULTS_MAX`]; empty means that the whole text follows the grammar.
    pub faults: Vec<Fault>,
}

/// One thing that was not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What it is.
    pub kind: FaultKind,
    /// Where.
    pub span: Span,
}

/// What can go wrong in a parse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// A quote, bracket or block has no end.
    Unclosed,
    /// A token stands where it cannot.
    Unexpected,
    /// Nested deeper than [`crate::limits::DEPTH_MAX`].
    TooDeep,
    /// The work budget is used up.
    TooMuchWork,
    /// A here-document's body and another multi-line construct overlap.
    Entangled,
}

/// Commands one after the other.
#[derive(Debug, Clone, Default)]
pub struct List {
    /// In order.
    pub items: Vec<Item>,
}

/// Pipelines joined by `&&` and `||`, up to `;`, `&` or a newline.
#[derive(Debug, Clone)]
pub struct Item {
    /// The first pipeline.
    pub first: Pipeline,
    /// The following ones, each with what joins it.
    pub rest: Vec<(Join, Pipeline)>,
    /// Ends in `&`.
    pub background: bool,
}

/// What joins two pipelines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Join {
    /// `&&`
    And,
    /// `||`
    Or,
}

/// Commands joined by `|` and `|&`.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// In order.
    pub stages: Vec<Node>,
    /// Preceded by `!`.
    pub negated: bool,
}

/// One command with its redirections.
#[derive(Debug, Clone)]
pub struct Node {
    /// What it is.
    pub command: Command,
    /// In order.
    pub redirects: Vec<Redirect>,
    /// All of it.
    pub span: Span,
}

/// A command.
#[derive(Debug, Clone)]
pub enum Command {
    /// Assignments and words.
    Simple(Simple),
    /// `{ …; }`
    Group(List),
    /// `( … )`
    Subshell(List),
    /// `if … then … elif … else … fi`
    If {
        /// Condition and body of `if` and each `elif`.
        arms: Vec<(List, List)>,
        /// The `else` body.
        otherwise: Option<List>,
    },
    /// `while`/`until … do … done`
    Loop {
        /// The condition.
        condition: List,
        /// The body.
        body: List,
    },
    /// `for NAME in … ; do … done` and `select`
    For {
        /// The variable.
        name: String,
        /// What it runs over; `None` is `"$@"`.
        words: Option<Vec<Word>>,
        /// `select`: whoever is asked says which of them, and how often.
        select: bool,
        /// The body.
        body: List,
    },
    /// `for ((…)); do … done`
    ArithFor {
        /// The three expressions.
        header: Word,
        /// The body.
        body: List,
    },
    /// `case … esac`
    Case {
        /// What is compared.
        subject: Word,
        /// Patterns and bodies.
        arms: Vec<(Vec<Word>, List)>,
        /// An arm ends in `;&` or `;;&`, which goes on with the next one.
        falls: bool,
    },
    /// `[[ … ]]`, its words and operators flat.
    Test(Vec<Word>),
    /// `(( … ))`
    Arith(Word),
    /// A function's definition; nothing runs yet.
    Function {
        /// Its name.
        name: String,
        /// Its body, shared with the places that call it.
        body: Rc<Node>,
    },
    /// `coproc …`
    Coproc(Box<Node>),
    /// Not understood.
    Unknown,
}

/// A simple command.
#[derive(Debug, Clone, Default)]
pub struct Simple {
    /// `NAME=value` before the first word.
    pub assignments: Vec<Assignment>,
    /// The command and its arguments.
    pub words: Vec<Word>,
}

/// `NAME=value`, `NAME+=value`, `NAME[i]=value`, `NAME=(…)`.
#[derive(Debug, Clone)]
pub struct Assignment {
    /// The variable.
    pub name: String,
    /// `+=`
    pub append: bool,
    /// The subscript's parts.
    pub index: Option<Vec<Part>>,
    /// The value.
    pub value: Assigned,
    /// All of it.
    pub span: Span,
}

/// What is assigned.
#[derive(Debug, Clone)]
pub enum Assigned {
    /// One word.
    Scalar(Word),
    /// `( … )`
    Array(Vec<Word>),
}

/// A redirection.
#[derive(Debug, Clone)]
pub struct Redirect {
    /// The number before the operator.
    pub fd: Option<u32>,
    /// The operator and what it applies to.
    pub kind: RedirectKind,
    /// Written `>!`, which zsh reads as `>` and bash as the beginning of a name.
    pub forced: bool,
    /// All of it.
    pub span: Span,
}

/// What a redirection does.
#[derive(Debug, Clone)]
pub enum RedirectKind {
    /// `< word`
    Read(Word),
    /// `> word`, `>| word`
    Write(Word),
    /// `>> word`
    Append(Word),
    /// `<> word`
    ReadWrite(Word),
    /// `&> word` and `>& word` where word is no number
    Both(Word),
    /// `&>> word`
    BothAppend(Word),
    /// `<& n`, `>& n`, `>&-`: copies or closes a descriptor
    Duplicate(Word),
    /// `<<WORD`: the body, expanded unless the delimiter was quoted
    HereDocument(Vec<Part>),
    /// `<<< word`
    HereString(Word),
}

/// A word before expansion.
#[derive(Debug, Clone, Default)]
pub struct Word {
    /// Its parts, in order.
    pub parts: Vec<Part>,
    /// Its bytes.
    pub span: Span,
}

/// A part of a word.
#[derive(Debug, Clone)]
pub enum Part {
    /// Unquoted text: globs, braces and a leading tilde are active.
    Literal(String),
    /// Text from single quotes, `$'…'`, or after a backslash: nothing is active.
    Quoted(String),
    /// `"…"` and `$"…"`
    Double(Vec<Part>),
    /// `$NAME`, `${…}`
    Parameter(Box<Parameter>),
    /// `$((…))`, `$[…]`
    Arith(Vec<Part>),
    /// `$(…)` and backquotes
    Substitution(Box<List>),
    /// `<(…)`
    Process(Box<List>),
    /// `>(…)`
    Sink(Box<List>),
}

/// A parameter expansion.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// The name, or the special character.
    pub name: String,
    /// `${!name}`
    pub indirect: bool,
    /// The subscript: parts, where `@` and `*` mean all.
    pub index: Option<Vec<Part>>,
    /// What is done with the value.
    pub op: ParameterOp,
}

/// What a parameter expansion does with the value.
#[derive(Debug, Clone)]
pub enum ParameterOp {
    /// Nothing.
    Plain,
    /// `${#name}`
    Length,
    /// `${name:-word}` and its seven relatives.
    Default {
        /// `-`, `=`, `?` or `+`.
        kind: u8,
        /// With the colon: empty counts as unset.
        colon: bool,
        /// The word.
        word: Vec<Part>,
    },
    /// `${name#pattern}`, `##`, `%`, `%%`
    Trim {
        /// At the end instead of the beginning.
        suffix: bool,
        /// The longest match.
        longest: bool,
        /// The pattern.
        pattern: Vec<Part>,
    },
    /// `${name/pattern/with}`
    Replace {
        /// `/` (all), `#` (at the beginning), `%` (at the end) or 0 (the first).
        mode: u8,
        /// The pattern.
        pattern: Vec<Part>,
        /// What replaces it.
        with: Vec<Part>,
    },
    /// `${name:offset:length}`
    Slice {
        /// Where it begins.
        offset: Vec<Part>,
        /// How long it is.
        length: Option<Vec<Part>>,
    },
    /// `${name^}`, `^^`, `,`, `,,`
    Case {
        /// To upper case.
        upper: bool,
        /// Every character.
        all: bool,
    },
    /// `${name@X}`
    Transform(u8),
    /// Anything else.
    Other,
}
