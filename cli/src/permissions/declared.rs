//! The declaration in words: one block a process for people, one table for documents.

use palisade_sandbox::matrix::{PerMode, Reads, words};
use palisade_sandbox::{Declaration, Mode};

/// One process: its one capability first, what its compromise yields last.
pub(super) fn block(row: &Declaration, mode: Mode) -> String {
    let mut out = format!("{}: {}\n", row.worker, row.capability);
    let mut line = |name: &str, text: String| {
        if !text.is_empty() {
            out.push_str(&format!("  {name:<13} {text}\n"));
        }
    };
    line("uid", row.uid.of(mode).to_owned());
    line("capabilities", capabilities(row.capabilities.of(mode)));
    line("filesystem", row.filesystem.of(mode).to_owned());
    line("network", row.network.of(mode).to_owned());
    line("exec", row.exec.of(mode).to_owned());
    line("fds", fds(row).join("; "));
    line("later", row.fds_later.to_owned());
    line("syscalls", syscalls(row));
    line("", row.syscalls.iter().map(|call| call.name).collect::<Vec<_>>().join(" "));
    line("landlock", landlock(row));
    line("limits", limits(row, mode));
    line("if taken over", row.compromise.to_owned());
    out
}

/// A Markdown table of all of them; where the modes differ, both are named.
pub(super) fn markdown(rows: &[&Declaration]) -> String {
    const COLUMNS: [&str; 10] = [
        "process",
        "capability",
        "uid",
        "Linux capabilities",
        "filesystem, network, exec",
        "fds",
        "system calls",
        "landlock",
        "limits",
        "its compromise yields",
    ];
    let mut out = format!("| {} |\n|{}\n", COLUMNS.join(" | "), "---|".repeat(COLUMNS.len()));
    for row in rows {
        let held = PerMode {
            system: capabilities(row.capabilities.system),
            rootless: capabilities(row.capabilities.rootless),
        };
        let reach = [
            both(row.filesystem.system, row.filesystem.rootless),
            both(row.network.system, row.network.rootless),
            both(row.exec.system, row.exec.rootless),
        ];
        let cells = [
            row.worker.to_owned(),
            row.capability.to_owned(),
            both(row.uid.system, row.uid.rootless),
            both(&held.system, &held.rootless),
            reach.join("; "),
            {
                let later = (!row.fds_later.is_empty()).then(|| format!("later: {}", row.fds_later));
                fds(row).into_iter().chain(later).collect::<Vec<_>>().join("; ")
            },
            syscalls(row),
            landlock(row),
            both(&limits(row, Mode::System), &limits(row, Mode::Rootless)),
            row.compromise.to_owned(),
        ];
        out.push_str(&format!("| {} |\n", cells.map(|cell| cell.replace('|', "\\|")).join(" | ")));
    }
    out
}

fn both(system: &str, rootless: &str) -> String {
    if system == rootless { system.to_owned() } else { format!("system: {system}; rootless: {rootless}") }
}

fn capabilities(names: &[&str]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(" ") }
}

pub(super) fn fds(row: &Declaration) -> Vec<String> {
    let one = |fd: &palisade_sandbox::matrix::Fd| {
        format!("{} {} {} ({})", fd.number, words::fd_type(fd.kind), words::fd_access(fd.access), fd.purpose)
    };
    row.fds.iter().map(one).collect()
}

fn syscalls(row: &Declaration) -> String {
    match row.syscalls.len() {
        0 => "not filtered".to_owned(),
        count => {
            let checked = row.syscalls.iter().filter(|call| !call.when.is_empty()).count();
            format!("{count} allowed, {checked} of them with their arguments checked; any other ends it (SIGSYS)")
        }
    }
}

fn landlock(row: &Declaration) -> String {
    let names: Vec<&str> = row.landlock.iter().map(|protection| protection.name).collect();
    if names.is_empty() {
        return "none".to_owned();
    }
    let except = |reads: &Reads| format!("reading below {} but {}", reads.below, reads.except.join(" "));
    let excepted: Vec<String> = row.reads.iter().map(except).collect();
    let excepted =
        if excepted.is_empty() { "no exceptions".to_owned() } else { format!("except {}", excepted.join(", ")) };
    format!("{}; {excepted}", names.join(" "))
}

fn limits(row: &Declaration, mode: Mode) -> String {
    let one = |limit: &palisade_sandbox::matrix::Limit| format!("{}={}", limit.name, amount(limit.value.of(mode)));
    row.limits.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// A limit's value; whole mebibytes are said so.
pub(super) fn amount(value: u64) -> String {
    const MEBI: u64 = 1024 * 1024;
    match value {
        u64::MAX => "unlimited".to_owned(),
        value if value >= MEBI && value.is_multiple_of(MEBI) => format!("{}Mi", value / MEBI),
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use palisade_protocol::worker::Kind;
    use palisade_sandbox::declaration;

    #[test]
    fn a_block_opens_with_the_capability_and_ends_with_what_a_compromise_yields() {
        for kind in Kind::ALL {
            let row = declaration(kind);
            let text = block(row, Mode::Rootless);
            let lines: Vec<&str> = text.lines().collect();
            assert_eq!(lines[0], format!("{}: {}", kind.word(), row.capability));
            assert!(lines[lines.len() - 1].starts_with("  if taken over"), "{text}");
            assert!(!row.capability.is_empty() && !row.compromise.is_empty());
            for fd in row.fds {
                assert!(text.contains(&format!(
                    "{} {} {}",
                    fd.number,
                    words::fd_type(fd.kind),
                    words::fd_access(fd.access)
                )));
            }
        }
    }

    #[test]
    fn a_table_has_as_many_cells_in_every_row() {
        let table = markdown(&Kind::ALL.map(declaration));
        let cells = |line: &str| line.replace("\\|", "").matches('|').count();
        let head = table.lines().next().unwrap();
        assert_eq!(table.lines().count(), 2 + Kind::ALL.len());
        assert!(table.lines().all(|line| cells(line) == cells(head)), "{table}");
    }
}
