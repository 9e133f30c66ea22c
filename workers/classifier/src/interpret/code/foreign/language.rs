//! The languages that are read, and in what they differ.

/// A language whose code is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Python,
    Js,
    Perl,
    Ruby,
    Php,
    Lua,
    R,
    Julia,
    Elixir,
    Groovy,
}

impl Language {
    /// The language of an interpreter, by its name without a version.
    pub(super) fn of(interpreter: &str) -> Option<Self> {
        let name = interpreter.trim_end_matches(|character: char| character.is_ascii_digit() || character == '.');
        Some(match name {
            "python" | "pypy" | "ipython" | "bpython" => Self::Python,
            "node" | "nodejs" | "bun" | "deno" | "tsx" | "ts-node" | "osascript-js" | "qjs" => Self::Js,
            "perl" => Self::Perl,
            "ruby" | "irb" => Self::Ruby,
            "php" => Self::Php,
            "lua" | "luajit" => Self::Lua,
            "Rscript" | "R" => Self::R,
            "julia" => Self::Julia,
            "elixir" => Self::Elixir,
            "groovy" => Self::Groovy,
            _ => return None,
        })
    }

    pub(super) fn has_sigils(self) -> bool {
        matches!(self, Self::Perl | Self::Php | Self::Ruby)
    }

    /// A name and an operand behind it are a call: `puts 1`.
    pub(super) fn calls_bare(self) -> bool {
        matches!(self, Self::Perl | Self::Ruby | Self::Php | Self::Lua | Self::Elixir | Self::Groovy)
    }

    /// The operator that joins texts.
    pub(super) fn joins(self, operator: &str) -> bool {
        match self {
            Self::Perl | Self::Php => operator == ".",
            Self::Lua => operator == "..",
            Self::Julia => operator == "*",
            Self::Elixir => operator == "<>",
            _ => operator == "+",
        }
    }

    /// Functions' names are the same in upper and lower case.
    pub(super) fn folds(self) -> bool {
        self == Self::Php
    }

    /// Words that are no names.
    pub(super) fn is_keyword(self, name: &str) -> bool {
        const COMMON: &[&str] = &[
            "if",
            "else",
            "elif",
            "elsif",
            "elseif",
            "unless",
            "while",
            "until",
            "for",
            "foreach",
            "in",
            "of",
            "and",
            "or",
            "not",
            "is",
            "return",
            "do",
            "end",
            "then",
            "let",
            "const",
            "var",
            "my",
            "our",
            "local",
            "begin",
            "try",
            "catch",
            "except",
            "finally",
            "rescue",
            "ensure",
            "raise",
            "throw",
            "with",
            "as",
            "yield",
            "await",
            "async",
            "new",
            "typeof",
            "void",
            "case",
            "switch",
            "when",
            "break",
            "continue",
            "next",
            "last",
            "redo",
            "pass",
            "global",
            "nonlocal",
            "assert",
            "del",
            "true",
            "false",
            "True",
            "False",
            "None",
            "null",
            "nil",
            "undefined",
            "NULL",
            "TRUE",
            "FALSE",
            "self",
            "this",
            "static",
            "public",
            "private",
            "protected",
            "final",
            "echo",
            "nothing",
            "NaN",
            "Infinity",
            "default",
            "instanceof",
            "xor",
            "repeat",
            "goto",
            "loop",
            "BEGIN",
            "END",
            "extends",
            "implements",
            "match",
            "export",
            "lt",
            "gt",
            "le",
            "ge",
            "eq",
            "ne",
            "cmp",
            "x",
            "qw",
            "super",
            "println",
            "endif",
            "endforeach",
            "given",
        ];
        COMMON.contains(&name)
            && !(name == "x" && self != Self::Perl)
            && !(name == "println" || name == "match" && self == Self::Js)
    }
}
