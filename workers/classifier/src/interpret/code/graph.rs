//! Statements of graph and document stores that are no SQL: Cypher, AQL, Gremlin, SurrealQL, InfluxQL.

use super::super::Machine;
use palisade_language::words::{Origin, Value};
use palisade_protocol::verdict::Class;

/// Words that drop what a store holds, wherever they stand in a statement that is no quoted text.
const DROPS: &[&str] = &[
    "detach delete",
    "drop database",
    "drop constraint",
    "drop index",
    "drop graph",
    "drop()",
    "drop measurement",
    "drop series",
    "drop bucket",
    "drop scope",
    "drop collection",
    "drop primary",
    "remove database",
    "remove namespace",
    "remove table",
    "_dropdatabase",
    "_drop(",
    ".truncate(",
    "truncate ",
    "delete from",
    "delete ",
    "remove ",
    "flush ",
    "manage truncate",
    "deletebyquery",
    "purge",
];
/// Words that only look, in a statement that has none of the others.
const LOOKS: &[&str] = &["match", "return", "show", "for ", "select", "count", "info", "explain", "call db.", "g.v()"];
const WRITES: &[&str] =
    &["create", "merge", "set ", "insert", "update", "upsert", "replace", "addv", "define", "load csv"];

impl Machine<'_> {
    /// A client of such a store: the words that hold a statement, and what comes in. `None` where there is none.
    pub(super) fn graph(&mut self, args: &[Value], input: &Option<Value>) -> Option<Value> {
        let blank = |text: &String| text.contains([' ', '(', ';']);
        let texts: Vec<String> = args.iter().chain(input).filter_map(Value::known).filter(blank).collect();
        if texts.is_empty() {
            return None;
        }
        let bare = unquoted(&texts.join("\n")).to_lowercase();
        let has = |list: &[&str]| list.iter().any(|word| bare.contains(word));
        if has(DROPS) {
            self.note(Class::Catastrophic, "db.drop", "drops data for good");
        } else if has(WRITES) {
            self.note(Class::Destructive, "db.change", "changes a database");
        } else if !has(LOOKS) {
            self.note(Class::Ambiguous, "db.unknown", "runs a statement that is not known");
        }
        Some(Value::unknown(Origin::Output))
    }
}

/// A statement without the texts that stand in quotes in it.
fn unquoted(statement: &str) -> String {
    let mut out = String::with_capacity(statement.len());
    let mut within = None;
    for letter in statement.chars() {
        match within {
            Some(quote) if letter == quote => within = None,
            Some(_) => {}
            None if matches!(letter, '\'' | '"' | '`') => within = Some(letter),
            None => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::unquoted;

    #[test]
    fn what_stands_in_quotes_is_no_statement() {
        assert_eq!(unquoted("MATCH (n {a:'delete b'}) RETURN n"), "MATCH (n {a:}) RETURN n");
    }
}
