//! What was observed of the running workers, each column with its source, and every difference from the declaration.
//!
//! The supervisor compares too. It is done again here, over the same facts, so that a supervisor that overlooks something does
//! not have the last word.

use super::declared::amount;
use crate::words::{hex, plain};
use palisade_protocol::control::{KernelView, Observed};
use palisade_protocol::hello::Hello;
use palisade_protocol::worker::Ready;
use palisade_sandbox::matrix::words;
use palisade_sandbox::{Attested, Declaration, Ids, Mode, declaration, differences, observe};
use serde_json::{Value, json};

/// Where each column comes from.
pub(super) const SOURCES: [(&str, &str); 9] = [
    ("uid, gid", "kernel: /proc/PID/status, read now"),
    ("capabilities", "kernel: /proc/PID/status, read now"),
    ("no new privs", "kernel: /proc/PID/status, read now"),
    ("seccomp mode", "kernel: /proc/PID/status, read now"),
    ("limits", "kernel: /proc/PID/limits, read now"),
    ("fds", "attested: listed by the child before exec (root test: /proc/PID/fd)"),
    ("syscalls", "attested: digest of the seccomp program in READY (root test: PTRACE_SECCOMP_GET_FILTER)"),
    ("landlock", "attested: digest of the rights and rules in READY"),
    ("declaration", "compiled into this command"),
];

/// One worker and what differs.
pub(super) struct Seen<'a> {
    row: &'a Observed,
    /// One sentence each, the supervisor's and ours.
    pub(super) differences: Vec<String>,
}

impl<'a> Seen<'a> {
    pub(super) fn of(row: &'a Observed, mode: Mode, accepted: &[&str]) -> Self {
        let mut found: Vec<String> = row.differences.iter().map(|text| text.to_string()).collect();
        if !row.verified && found.is_empty() {
            found.push("it was refused".to_owned());
        }
        if let Some(kernel) = &row.kernel {
            let ready = Ready {
                hello: Hello::ours(),
                kind: row.kind,
                seccomp: row.seccomp,
                landlock: row.landlock,
                missing: row.missing.clone(),
            };
            let attested = Attested { fds: row.fds.clone(), ready };
            let ids = (mode == Mode::System).then_some(Ids { uid: row.uid, gid: row.gid });
            for text in differences(row.kind, mode, ids, &attested, kernel, accepted) {
                if !found.contains(&text) {
                    found.push(text);
                }
            }
        }
        Self { row, differences: found }
    }

    pub(super) fn block(&self) -> String {
        let row = self.row;
        let serves = row.serves.map(|uid| format!(", serves uid {uid}")).unwrap_or_default();
        let mut out = format!("{} (pid {}{serves}): {}\n", row.kind.word(), row.pid, declaration(row.kind).capability);
        for (name, text) in self.cells() {
            out.push_str(&format!("  {name:<13} {text}\n"));
        }
        out
    }

    fn cells(&self) -> Vec<(&'static str, String)> {
        let row = self.row;
        let mut cells = Vec::new();
        match &row.kernel {
            None => cells.push(("kernel", "the process has gone; nothing could be read".to_owned())),
            Some(kernel) => {
                cells.push((
                    "uid, gid",
                    format!("{}; {}; groups {}", four(&kernel.uids), four(&kernel.gids), groups(kernel)),
                ));
                cells.push(("capabilities", capabilities(kernel)));
                cells.push(("no new privs", if kernel.no_new_privs { "yes" } else { "NO" }.to_owned()));
                let mode = match kernel.seccomp_mode {
                    2 => format!("filter, {} installed", kernel.seccomp_filters),
                    1 => "STRICT".to_owned(),
                    _ => "OFF".to_owned(),
                };
                cells.push(("seccomp mode", format!("{mode}; {} thread", kernel.threads)));
                cells.push(("limits", limits(kernel, declaration(row.kind))));
            }
        }
        cells.push(("fds", fds(row).join("; ")));
        cells.push((
            "syscalls",
            format!("{} declared; program {}…", declaration(row.kind).syscalls.len(), &hex(&row.seccomp)[..16]),
        ));
        let missing: Vec<String> = row.missing.iter().map(|name| plain(name)).collect();
        let missing =
            if missing.is_empty() { String::new() } else { format!("; the kernel lacks {}", missing.join(", ")) };
        cells.push(("landlock", format!("rights {}…{missing}", &hex(&row.landlock)[..16])));
        match self.differences.is_empty() {
            true => cells.push(("declaration", "agrees".to_owned())),
            false => cells.extend(self.differences.iter().map(|text| ("DIFFERENT", plain(text)))),
        }
        cells.push(("if taken over", declaration(row.kind).compromise.to_owned()));
        cells
    }

    pub(super) fn document(&self) -> Value {
        let row = self.row;
        let kernel = row.kernel.as_ref().map(|kernel| {
            let limits: Vec<Value> = kernel
                .limits
                .iter()
                .map(|limit| json!({"name": &*limit.name, "soft": limit.soft, "hard": limit.hard}))
                .collect();
            json!({
                "uids": kernel.uids, "gids": kernel.gids, "groups": &*kernel.groups,
                "caps": kernel.caps.map(|set| format!("{set:016x}")), "no_new_privs": kernel.no_new_privs,
                "seccomp_mode": kernel.seccomp_mode, "seccomp_filters": kernel.seccomp_filters, "threads": kernel.threads,
                "limits": limits,
            })
        });
        json!({
            "worker": row.kind.word(), "pid": row.pid, "serves": row.serves, "uid": row.uid, "verified": row.verified,
            "capability": declaration(row.kind).capability,
            "kernel": kernel,
            "attested": {
                "fds": row.fds.iter().map(|fd| json!({
                    "number": fd.number, "kind": words::fd_type(fd.kind), "access": words::fd_access(fd.access),
                })).collect::<Vec<_>>(),
                "seccomp": hex(&row.seccomp), "landlock": hex(&row.landlock),
                "missing": row.missing.iter().map(|name| &**name).collect::<Vec<_>>(),
            },
            "differences": self.differences,
            "compromise": declaration(row.kind).compromise,
        })
    }
}

/// A Markdown table, a column a worker's cell.
pub(super) fn markdown(rows: &[Seen<'_>]) -> String {
    let mut out = "| process | column | observed |\n|---|---|---|\n".to_owned();
    for row in rows {
        for (name, text) in row.cells() {
            let text = text.replace('|', "\\|");
            out.push_str(&format!("| {} {} | {name} | {text} |\n", row.row.kind.word(), row.row.pid));
        }
    }
    out
}

fn four(ids: &[u32; 4]) -> String {
    match ids {
        [real, effective, saved, fs] if real == effective && real == saved && real == fs => real.to_string(),
        _ => format!("{ids:?}"),
    }
}

fn groups(kernel: &KernelView) -> String {
    match kernel.groups.is_empty() {
        true => "none".to_owned(),
        false => kernel.groups.iter().map(u32::to_string).collect::<Vec<_>>().join(" "),
    }
}

fn capabilities(kernel: &KernelView) -> String {
    const SETS: [&str; 5] = ["inheritable", "permitted", "effective", "bounding", "ambient"];
    let held: Vec<String> = SETS
        .iter()
        .zip(kernel.caps)
        .filter(|(_, bits)| *bits != 0)
        .map(|(name, bits)| format!("{name}: {}", observe::names(bits)))
        .collect();
    if held.is_empty() { "none in any set".to_owned() } else { held.join(", ") }
}

fn limits(kernel: &KernelView, declared: &Declaration) -> String {
    let one = |limit: &palisade_sandbox::matrix::Limit| {
        let found = kernel.limits.iter().find(|found| *found.name == *limit.row)?;
        Some(format!("{}={}", limit.name, amount(found.soft)))
    };
    declared.limits.iter().filter_map(one).collect::<Vec<_>>().join(" ")
}

fn fds(row: &Observed) -> Vec<String> {
    let one = |fd: &palisade_protocol::worker::FdReport| {
        let declared = declaration(row.kind).fds.iter().find(|declared| declared.number == fd.number);
        let purpose = declared.map_or("not declared", |declared| declared.purpose);
        format!("{} {} {} ({purpose})", fd.number, words::fd_type(fd.kind), words::fd_access(fd.access))
    };
    row.fds.iter().map(one).collect()
}
