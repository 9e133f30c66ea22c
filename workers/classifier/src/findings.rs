//! What an evaluation finds, and how findings become one verdict: the most cautious one speaks, all of them count.

use palisade_language::ast::Span as Bytes;
use palisade_language::redact::redact;
use palisade_protocol::bounded::{List, Text};
use palisade_protocol::limits::SPANS_MAX;
use palisade_protocol::verdict::{Class, Effect, Extent, Operation, Recovery, Span, Verdict};

/// Findings kept; each names a place, and the sum is what counts.
const FINDINGS_MAX: usize = 256;

/// One thing that a call would do, or that is not known about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    /// Where it is in the body. First, because it tells most findings apart.
    pub span: Option<Bytes>,
    /// How bad.
    pub class: Class,
    /// The rule's id.
    pub rule: &'static str,
    /// What is said of it: a clause that completes "This command …".
    pub says: String,
    /// What it does.
    pub operation: Operation,
    /// To what, empty if that is not known.
    pub target: String,
    /// Whether the target bounds it.
    pub bounded: bool,
    /// Whether it stays inside the workspace.
    pub contained: bool,
    /// How what it takes away can be had back, by observed facts.
    pub recovery: Recovery,
    /// How much is there, where that was observed.
    pub extent: Option<Extent>,
}

impl Finding {
    /// A finding that is about no particular path.
    pub(crate) fn new(class: Class, rule: &'static str, says: impl Into<String>) -> Self {
        Self {
            class,
            rule,
            says: says.into(),
            span: None,
            operation: Operation::Execute,
            target: String::new(),
            bounded: false,
            contained: false,
            recovery: Recovery::Unknown,
            extent: None,
        }
    }

    pub(crate) fn does(mut self, operation: Operation) -> Self {
        self.operation = operation;
        self
    }

    pub(crate) fn to(mut self, target: impl Into<String>, bounded: bool) -> Self {
        self.target = target.into();
        self.bounded = bounded;
        self
    }

    pub(crate) fn inside(mut self) -> Self {
        self.contained = true;
        self
    }

    /// Nothing is lost by it that cannot be had again in this way.
    pub(crate) fn kept(mut self, recovery: Recovery) -> Self {
        self.recovery = recovery;
        self
    }

    pub(crate) fn measured(mut self, extent: Option<Extent>) -> Self {
        self.extent = extent;
        self
    }

    /// Whether all that it takes away is had again.
    pub(crate) fn is_kept(&self) -> bool {
        matches!(self.recovery, Recovery::Needless | Recovery::Tracked | Recovery::Rebuilt)
    }
}

/// All findings of one call.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    list: Vec<Finding>,
    dropped: bool,
}

impl Findings {
    pub(crate) fn add(&mut self, finding: Finding) {
        if self.list.contains(&finding) {
            return;
        }
        if self.list.len() < FINDINGS_MAX {
            self.list.push(finding);
            return;
        }
        self.dropped = true;
        // The worst must never be the one that does not fit.
        if let Some(least) = self.list.iter_mut().min_by_key(|one| one.class)
            && least.class < finding.class
        {
            *least = finding;
        }
    }

    /// All of them.
    pub(crate) fn into_list(self) -> Vec<Finding> {
        self.list
    }

    pub(crate) fn worst(&self) -> Class {
        self.list.iter().map(|finding| finding.class).max().unwrap_or(Class::Safe)
    }

    /// The verdict. `safe` is what is said when nothing was found.
    pub(crate) fn verdict(mut self, safe: &str) -> Verdict {
        self.list.sort_by_key(|finding| std::cmp::Reverse(finding.class));
        let class = self.worst();
        let (rule, reason) = match self.list.first() {
            None => ("safe", format!("This call {safe}.")),
            Some(first) => (first.rule, sentence(&self.list)),
        };
        let spans = self.list.iter().filter(|finding| finding.class == class).filter_map(|finding| finding.span);
        let mut places: Vec<Span> = Vec::new();
        for span in spans {
            let span = Span { start: span.start as u32, end: span.end as u32 };
            if !places.contains(&span) {
                places.push(span);
            }
        }
        let effects = self.list.iter().take(SPANS_MAX).map(|finding| Effect {
            operation: finding.operation,
            target: Text::cut(&redact(finding.target.as_bytes()).text),
            bounded: finding.bounded,
            recovery: match (finding.class, finding.contained) {
                _ if finding.is_kept() => finding.recovery,
                (Class::Safe, _) => Recovery::Needless,
                (_, true) => Recovery::Snapshot,
                (_, false) => Recovery::Unknown,
            },
            extent: finding.extent,
        });
        Verdict {
            class,
            rule: Text::cut(rule),
            reason: Text::cut(&redact(reason.as_bytes()).text),
            spans: List::first(places),
            effects: List::first(effects.collect()),
            contained: !self.dropped
                && self.list.iter().all(|one| one.class == Class::Safe || one.contained || one.is_kept()),
            recoverable: !self.dropped
                && class == Class::Destructive
                && self.list.iter().all(|one| one.class == Class::Safe || one.is_kept()),
        }
    }
}

/// Clauses that one sentence holds; the rest is counted.
const CLAUSES_MAX: usize = 3;

/// One sentence of the first findings that say something of their own; what is harmless is told only if there is nothing else.
fn sentence(list: &[Finding]) -> String {
    let mut clauses: Vec<&str> = Vec::new();
    let harmful = |one: &&Finding| one.class > Class::Safe;
    for finding in list.iter().filter(harmful).chain(list.first().filter(|first| first.class == Class::Safe)) {
        if !clauses.contains(&finding.says.as_str()) {
            clauses.push(&finding.says);
        }
    }
    let more = clauses.len().saturating_sub(CLAUSES_MAX);
    clauses.truncate(CLAUSES_MAX);
    let mut groups: Vec<String> = Vec::new();
    let mut rest = clauses.as_slice();
    while let Some(first) = rest.first() {
        let verb =
            |clause: &str| clause.split_once(' ').map(|(verb, _)| verb.to_owned()).filter(|_| !clause.contains(','));
        let alike =
            rest.iter().take_while(|clause| verb(clause).is_some() && verb(clause) == verb(first)).count().max(1);
        let (same, others) = rest.split_at(alike);
        let objects = same[1..].iter().filter_map(|clause| Some(clause.split_once(' ')?.1));
        groups.push(listed(std::iter::once(*first).chain(objects).map(str::to_owned).collect()));
        rest = others;
    }
    match more {
        0 => {}
        1 => groups.push("does one thing more".to_owned()),
        more => groups.push(format!("does {more} things more")),
    }
    format!("This call {}.", listed(groups))
}

/// `a`, `a and b`, `a, b and c`; a comma stands before `and` where there is one already.
fn listed(mut items: Vec<String>) -> String {
    let Some(last) = items.pop() else { return String::new() };
    if items.is_empty() {
        return last;
    }
    let before = items.join(", ");
    let comma = if before.contains(',') && items.iter().any(|item| item.contains(',')) { "," } else { "" };
    format!("{before}{comma} and {last}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_names_three_things_and_counts_the_rest() {
        let said = |clauses: &[(Class, &str)]| {
            let mut findings = Findings::default();
            for (class, says) in clauses {
                findings.add(Finding::new(*class, "x", *says));
            }
            findings.verdict("only looks").reason.as_str().to_owned()
        };
        let one = |says| (Class::Destructive, says);
        assert_eq!(said(&[]), "This call only looks.");
        assert_eq!(said(&[one("deletes a")]), "This call deletes a.");
        assert_eq!(said(&[one("deletes a"), one("deletes b"), one("deletes c")]), "This call deletes a, b and c.");
        assert_eq!(said(&[one("deletes a"), one("stops b")]), "This call deletes a and stops b.");
        let system = (Class::Catastrophic, "deletes /etc, which the system needs");
        assert_eq!(
            said(&[one("deletes a"), system, one("stops b"), one("reads c"), (Class::Safe, "writes d")]),
            "This call deletes /etc, which the system needs, deletes a, stops b, and does one thing more."
        );
        assert_eq!(said(&[system, one("deletes a")]), "This call deletes /etc, which the system needs, and deletes a.");
        assert_eq!(said(&[(Class::Safe, "writes d")]), "This call writes d.");
    }

    #[test]
    fn the_worst_finding_is_never_the_one_that_is_dropped() {
        let mut findings = Findings::default();
        for number in 0..FINDINGS_MAX + 10 {
            findings.add(Finding::new(Class::Ambiguous, "a", number.to_string()).inside());
        }
        findings.add(Finding::new(Class::Catastrophic, "c", "ends it").inside());
        let verdict = findings.verdict("is fine");
        assert_eq!(verdict.class, Class::Catastrophic);
        assert_eq!(verdict.rule.as_str(), "c");
        assert!(!verdict.contained);
    }

    #[test]
    fn a_reason_and_a_target_never_hold_a_secret() {
        let mut findings = Findings::default();
        let target = "postgres://a:hunter2@db";
        findings.add(Finding::new(Class::Destructive, "x", format!("drops {target}")).to(target, true));
        let verdict = findings.verdict("");
        assert!(!verdict.reason.contains("hunter2") && !verdict.effects[0].target.contains("hunter2"));
    }
}
