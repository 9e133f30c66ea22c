//! Statements of SQL that are deep, long or broken.

/// What begins something and never ends it, or nests.
const UNITS: &[&str] = &[
    "(",
    "(select ",
    "case when ",
    "interval ",
    "array[",
    "struct(",
    "cast(",
    "exists(",
    "lateral (",
    "{a:",
    "[",
    "not ",
    "- ",
    "with a as (",
    "explain ",
    "begin ",
    "if 1 then ",
    "a join (",
    "f(",
    "a::",
    "a between 1 and ",
    "prior ",
    "/*",
    "select ",
    "create table a as ",
    "describe ",
    "a . b",
    "x'",
    "case ",
    "a like ",
    "array<",
    "map(",
    "'a' ",
    "insert into a ",
    "values (",
    "table ",
    "a = any(",
    "merge into ",
    "pivot (",
    "@",
    "@@ ",
    "!",
    "~ ",
    ":: ",
    "a -> ",
];

/// What a statement begins with, before all that.
const BEGINNINGS: &[&str] = &["", "select ", "select * from ", "select 1 where ", "create table a (b "];

/// All of them, as given to a client.
pub fn inputs() -> Vec<String> {
    let wrap = |statement: String| format!("psql -c '{statement}'");
    let mut inputs = vec![
        wrap(format!("select * from a{}", " join b".repeat(8000))),
        wrap(format!("select 1{}", "+1".repeat(30_000))),
        wrap(format!("select 1 where a in (1{})", ",1".repeat(30_000))),
        wrap(format!("select 1{}", " union select 1".repeat(4000))),
        wrap("select 1;".repeat(7000)),
        wrap("\\d ".repeat(16_000)),
        wrap("\\d\n".repeat(16_000)),
        wrap("$$".repeat(30_000)),
        wrap("do $$ do $a$ ".repeat(4000)),
        wrap(format!("select * from a where {}1", "not ".repeat(15_000))),
        wrap(format!("delete from a where {}1=1", "(1=1) or ".repeat(6000))),
    ];
    for unit in UNITS {
        for count in [15, 60, 350, 4000] {
            inputs.extend(BEGINNINGS.iter().map(|begin| wrap(format!("{begin}{}", unit.repeat(count)))));
        }
    }
    inputs
}
