//! `palisade status`: what is protected, how it goes, what runs. What is *not* protected comes first.

use crate::control::Control;
use crate::failure::Failure;
use crate::time::rough;
use crate::words::{hex, plain, print_json};
use palisade_hook::instance::Instance;
use palisade_protocol::control::{Status, WorkerStatus};
use serde_json::{Value, json};

/// Prints it.
pub fn status(instance: &Instance, as_json: bool) -> Result<u8, Failure> {
    let status = Control::open(instance)?.status()?;
    if as_json {
        print_json(&document(&status));
        return Ok(0);
    }
    say!("{}", protection(&status));
    for line in lines(&status, instance) {
        say!("{line}");
    }
    Ok(0)
}

/// The first line: what weakens this instance, before anything good is said about it.
fn protection(status: &Status) -> String {
    let mut parts = Vec::new();
    if !status.degraded.is_empty() {
        let names: Vec<&str> = status.degraded.iter().map(|name| &**name).collect();
        parts.push(format!("DEGRADED: this kernel lacks {}, as the configuration accepts", names.join(", ")));
    }
    if status.system {
        parts.push("SYSTEM: every worker runs as a uid of its own; root is not stopped".to_owned());
    } else {
        parts.push(
            "ROOTLESS: guards against mistaken and injected agents; your own account, and whatever runs as it, can change or \
             stop Palisade"
                .to_owned(),
        );
    }
    plain(&parts.join(" · "))
}

fn lines(status: &Status, instance: &Instance) -> Vec<String> {
    let mut lines = Vec::new();
    if !status.locked {
        lines.push(
            "UNLOCKED: no password protects the settings; whoever may stop it or edit its files may change it"
                .to_owned(),
        );
    }
    lines.push(format!(
        "running     pid {}, version {}, for {}; {} decided, {} connected",
        status.pid,
        plain(&status.version),
        rough(status.uptime_ms),
        status.decided,
        status.connections
    ));
    let head = match &status.head {
        Some(head) => format!("record {} is the newest ({}…)", head.seq, &hex(&head.chain)[..16]),
        None => "no record yet".to_owned(),
    };
    let held =
        if status.append_only { "held to appending by the kernel" } else { "not held to appending by the kernel" };
    lines.push(format!("journal     {}; {head}; {held}", plain(&status.journal)));
    lines.push(format!("failing     {}", failing(status.fail_closed)));
    lines.push(format!("sockets     {}", instance.shown.run.display()));
    lines.push("worker      pid      serves uid  state         restarts".to_owned());
    lines.extend(status.workers.iter().map(worker));
    lines
}

/// What becomes of calls while a part fails. Nothing is allowed that nobody judged or that cannot be counted.
fn failing(closed: bool) -> &'static str {
    if closed {
        "while no supervisor or no worker answers, everything is denied"
    } else {
        "while no supervisor runs, only what is proven safe passes; while a worker fails, nothing does"
    }
}

fn worker(worker: &WorkerStatus) -> String {
    let serves = worker.serves.map_or_else(|| "-".to_owned(), |uid| uid.to_string());
    let pid = if worker.pid == 0 { "-".to_owned() } else { worker.pid.to_string() };
    let line =
        format!("{:<11} {pid:<8} {serves:<11} {:<13} {}", worker.kind.word(), plain(&worker.state), worker.restarts);
    line.trim_end().to_owned()
}

fn document(status: &Status) -> Value {
    let workers: Vec<Value> = status
        .workers
        .iter()
        .map(|worker| {
            json!({
                "kind": worker.kind.word(), "pid": worker.pid, "serves": worker.serves, "state": &*worker.state,
                "restarts": worker.restarts,
            })
        })
        .collect();
    json!({
        "schema": "palisade.status/1",
        "protection": protection(status),
        "mode": if status.system { "system" } else { "rootless" },
        "degraded": status.degraded.iter().map(|name| &**name).collect::<Vec<_>>(),
        "locked": status.locked,
        "version": &*status.version,
        "pid": status.pid,
        "uptime_ms": status.uptime_ms,
        "fail_closed": status.fail_closed,
        "head": status.head.map(|head| json!({"seq": head.seq, "chain": hex(&head.chain)})),
        "journal": &*status.journal,
        "append_only": status.append_only,
        "connections": status.connections,
        "decided": status.decided,
        "workers": workers,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use palisade_protocol::bounded::{List, Text};

    fn sample(system: bool, degraded: &[&str]) -> Status {
        Status {
            version: Text::cut("1"),
            pid: 7,
            system,
            uptime_ms: 1000,
            degraded: List::first(degraded.iter().map(|name| Text::cut(name)).collect()),
            locked: false,
            fail_closed: false,
            head: None,
            journal: Text::cut("recording"),
            append_only: false,
            workers: List::default(),
            connections: 0,
            decided: 0,
        }
    }

    #[test]
    fn the_first_line_says_what_is_not_protected() {
        assert!(protection(&sample(false, &[])).starts_with("ROOTLESS: "));
        assert!(protection(&sample(true, &[])).starts_with("SYSTEM: "));
        let both = protection(&sample(false, &["landlock.fs"]));
        assert!(both.starts_with("DEGRADED: this kernel lacks landlock.fs") && both.contains("ROOTLESS: "), "{both}");
    }
}
