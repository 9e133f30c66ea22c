//! The second opinion: one statement as the parser crate reads it.
//!
//! The crate recurses on some inputs without counting (a chain of joins overflows its stack), and its trees are as deep as
//! chains are long. So what it is given is bounded before: in length, in nesting, and in what makes it recurse.

use super::deeds::{Deed, function};
use super::engine::Engine;
use super::lexer::{Kind, Token};
use sqlparser::ast::{
    BinaryOperator, CopyTarget, Expr, Function, ObjectName, ObjectType, Query, SetExpr, Statement, TableFactor,
    UnaryOperator, Value, Visit, Visitor,
};
use sqlparser::parser::Parser;
use std::ops::ControlFlow;

/// Tokens of one statement that is given to the parser.
pub(super) const TOKENS_MAX: usize = 400;
/// Brackets within brackets.
const NESTING_MAX: i32 = 10;
/// Words that make the parser recurse without its counting them.
const RECURSING_MAX: usize = 16;
/// Its own limit.
const RECURSION_MAX: usize = 20;

/// What the parser makes of a statement; `None` if it does not know it or it is too much for it.
pub(super) fn judge(text: &str, tokens: &[Token], engine: Engine) -> Option<Vec<Deed>> {
    if tokens.len() > TOKENS_MAX || !shallow(tokens) {
        return None;
    }
    let dialect = engine.dialect();
    let parser = Parser::new(dialect).with_recursion_limit(RECURSION_MAX);
    let statements = parser.try_with_sql(text).ok()?.parse_statements().ok()?;
    let mut seen = Seen::default();
    for statement in &statements {
        seen.statement(statement);
        let _ = statement.visit(&mut seen);
    }
    Some(seen.deeds)
}

fn shallow(tokens: &[Token]) -> bool {
    let (mut depth, mut recursing, mut unary, mut longest) = (0i32, 0, 0, 0);
    let mut deepest = 0;
    for token in tokens {
        match &token.kind {
            Kind::Symbol('(' | '[' | '{' | '<') => depth += 1,
            Kind::Symbol(')' | ']' | '}' | '>') => depth -= 1,
            _ => {}
        }
        recursing += usize::from(matches!(
            token.word(),
            "join"
                | "lateral"
                | "interval"
                | "case"
                | "explain"
                | "union"
                | "except"
                | "intersect"
                | "begin"
                | "if"
                | "prior"
                | "pivot"
                | "unpivot"
                | "select"
                | "with"
                | "array"
                | "struct"
                | "cross"
                | "natural"
                | "not"
                | "describe"
                | "desc"
                | "prepare"
                | "cache"
                | "any"
                | "all"
                | "collate"
                | "apply"
        ));
        // What has neither a name nor a value between stands in a row of operators.
        unary = if matches!(token.kind, Kind::Symbol(_)) { unary + 1 } else { 0 };
        longest = longest.max(unary);
        deepest = deepest.max(depth);
    }
    deepest <= NESTING_MAX && recursing <= RECURSING_MAX && longest <= NESTING_MAX as usize
}

#[derive(Default)]
struct Seen {
    deeds: Vec<Deed>,
    /// Statements that `explain` shows and does not run.
    planned: usize,
}

impl Seen {
    fn statement(&mut self, statement: &Statement) {
        let deed = match statement {
            Statement::Query(_) => Deed::Reads,
            Statement::Delete(delete) => bounded(delete.selection.as_ref(), Deed::Deletes, Deed::DeletesAll),
            Statement::Update(update) => bounded(update.selection.as_ref(), Deed::Updates, Deed::UpdatesAll),
            Statement::Truncate(_) => Deed::Truncates,
            Statement::Drop { object_type, temporary: false, .. } => match object_type {
                ObjectType::Table | ObjectType::Database | ObjectType::Schema => Deed::Drops,
                ObjectType::Role | ObjectType::User => Deed::DropsAccount,
                _ => Deed::DropsPart,
            },
            Statement::Insert(_) => Deed::Inserts,
            Statement::Merge(_) => Deed::Updates,
            Statement::Copy { target: CopyTarget::Program { .. }, .. } => Deed::RunsProgram,
            Statement::Grant(_) | Statement::Revoke(_) | Statement::Deny(_) => Deed::Rights,
            Statement::AlterRole { .. } | Statement::CreateRole(_) | Statement::CreateUser(_) => Deed::Rights,
            // The rest is the scan's.
            _ => Deed::Reads,
        };
        self.deeds.push(deed);
    }

    fn call(&mut self, name: &ObjectName) {
        let name = name.0.last().map(|part| part.to_string()).unwrap_or_default();
        let name = name.trim_matches(['"', '`', '[', ']']).to_lowercase();
        self.deeds.extend(function(&name));
    }
}

impl Visitor for Seen {
    type Break = ();

    fn pre_visit_statement(&mut self, statement: &Statement) -> ControlFlow<()> {
        if let Statement::Explain { analyze: false, options: None, .. } = statement {
            self.planned += 1;
        } else if self.planned == 0 {
            self.statement(statement);
        }
        ControlFlow::Continue(())
    }

    fn post_visit_statement(&mut self, statement: &Statement) -> ControlFlow<()> {
        if let Statement::Explain { analyze: false, options: None, .. } = statement {
            self.planned -= 1;
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        // Statements inside of a query: `with x as (delete …)`.
        if self.planned == 0
            && let SetExpr::Insert(inner) | SetExpr::Update(inner) | SetExpr::Delete(inner) | SetExpr::Merge(inner) =
                query.body.as_ref()
        {
            self.statement(inner);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if self.planned == 0
            && let Expr::Function(Function { name, .. }) = expr
        {
            self.call(name);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, table: &TableFactor) -> ControlFlow<()> {
        if self.planned == 0
            && let TableFactor::Table { name, args: Some(_), .. } | TableFactor::Function { name, .. } = table
        {
            self.call(name);
        }
        ControlFlow::Continue(())
    }
}

fn bounded(selection: Option<&Expr>, some: Deed, all: Deed) -> Deed {
    match selection {
        Some(selection) if truth(selection) != Some(true) => some,
        _ => all,
    }
}

/// Whether a condition is the same for every row, as far as constants tell.
fn truth(expr: &Expr) -> Option<bool> {
    match expr {
        Expr::Nested(inner) | Expr::IsTrue(inner) => truth(inner),
        Expr::UnaryOp { op: UnaryOperator::Not, expr } => truth(expr).map(|truth| !truth),
        Expr::IsNotNull(_) => Some(true),
        Expr::Value(value) => match &value.value {
            Value::Boolean(truth) => Some(*truth),
            Value::Number(number, _) => number.to_string().parse::<f64>().ok().map(|number| number != 0.0),
            Value::Null => Some(false),
            _ => None,
        },
        Expr::BinaryOp { left, op: BinaryOperator::Or, right } => match (truth(left), truth(right)) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            _ => None,
        },
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => match (truth(left), truth(right)) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        },
        Expr::BinaryOp { left, op: BinaryOperator::Eq | BinaryOperator::GtEq | BinaryOperator::LtEq, right }
            if left == right =>
        {
            Some(true)
        }
        _ => None,
    }
}
