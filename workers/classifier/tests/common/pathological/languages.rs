//! Code in other languages that is deep, long or broken.

/// Interpreters and the option that code is given by.
const INTERPRETERS: &[&str] =
    &["python3 -c", "node -e", "perl -e", "ruby -e", "php -r", "lua -e", "Rscript -e", "julia -e", "pwsh -c"];

/// What begins something and never ends it, or asks to be read again.
const UNITS: &[&str] = &[
    "(",
    "[",
    "{",
    "f(",
    "a=",
    "a.",
    "\"",
    "`",
    "${",
    "#{",
    "\"#{",
    "\"${",
    "`${",
    "f\"{",
    "@{[",
    "for x in ",
    "lambda x:",
    "def f(",
    "=>",
    "x=>",
    "import ",
    "from x import ",
    "[x for x in ",
    "exec(",
    "eval(",
    "\"rm\" + ",
    "%w[",
    "q(",
    "s/a/b/e;",
    "<<",
    "<",
    "/",
    "os.system(",
    "a ",
    "a,",
    "-",
    "!",
    "new ",
    "sub {",
    "$$",
    "$x->",
    "a::",
    "a:b:",
    "|",
    "f\"{f\"{",
];

/// All of them: each unit once in a while, and many times over.
pub fn inputs() -> Vec<String> {
    let repeated =
        |interpreter: &str, unit: &str| [3, 60, 4000].map(|count| format!("{interpreter} '{}'", unit.repeat(count)));
    INTERPRETERS.iter().flat_map(|interpreter| UNITS.iter().flat_map(move |unit| repeated(interpreter, unit))).collect()
}
