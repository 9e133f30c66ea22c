//! `palisade permissions`: what every process may do, as declared; and with `--observed` what the kernel and the workers say.

mod declared;
mod observed;

use crate::arguments::{Permissions, Process};
use crate::control::Control;
use crate::failure::{EXIT_DIFFERS, Failure};
use crate::words::print_json;
use palisade_hook::instance::Instance;
use palisade_protocol::worker::Kind;
use palisade_sandbox::{Declaration, Mode, declaration, supervisor_declaration};
use serde_json::json;
use std::path::Path;

/// Prints the matrix, or what was observed of it.
pub fn permissions(state: Option<&Path>, what: &Permissions) -> Result<u8, Failure> {
    if what.observed { compare(state, what) } else { declare(what) }
}

fn declare(what: &Permissions) -> Result<u8, Failure> {
    let chosen: Vec<&Declaration> = match what.worker {
        None => [supervisor_declaration()].into_iter().chain(Kind::ALL.map(declaration)).collect(),
        Some(Process::Supervisor) => vec![supervisor_declaration()],
        Some(Process::Worker(kind)) => vec![declaration(kind)],
    };
    if what.json {
        print_json(&json!({"schema": "palisade.permissions/1", "workers": chosen}));
    } else if what.markdown {
        say_part!("{}", declared::markdown(&chosen));
    } else {
        let mode = Mode::current();
        say!("As declared, {} mode (what a run as this user would be):\n", mode.word());
        for row in chosen {
            say!("{}", declared::block(row, mode));
        }
    }
    Ok(0)
}

fn compare(state: Option<&Path>, what: &Permissions) -> Result<u8, Failure> {
    let instance = Instance::address(state).map_err(Failure::configuration)?;
    let mut control = Control::open(&instance)?;
    let status = control.status()?;
    let mode = if status.system { Mode::System } else { Mode::Rootless };
    let accepted: Vec<&str> = status.degraded.iter().map(|name| &**name).collect();
    let seen = control.observe()?;
    let rows: Vec<observed::Seen> = seen
        .iter()
        .filter(|row| what.worker.is_none_or(|chosen| chosen == Process::Worker(row.kind)))
        .map(|row| observed::Seen::of(row, mode, &accepted))
        .collect();
    let agree = rows.iter().all(|row| row.differences.is_empty());
    if what.json {
        let rows: Vec<_> = rows.iter().map(observed::Seen::document).collect();
        print_json(&json!({
            "schema": "palisade.observed/1", "mode": mode.word(), "agrees": agree,
            "sources": observed::SOURCES.map(|(column, source)| json!({"column": column, "source": source})),
            "workers": rows,
        }));
    } else if what.markdown {
        say_part!("{}", observed::markdown(&rows));
    } else {
        say!("As observed now, {} mode. Sources of the columns:", mode.word());
        for (column, source) in observed::SOURCES {
            say!("  {column:<13} {source}");
        }
        say!();
        for row in &rows {
            say!("{}", row.block());
        }
        match (rows.is_empty(), agree) {
            (true, _) => say!("No such worker runs now."),
            (_, true) => say!("Every worker is what its declaration says."),
            (_, false) => say!("DIFFERENT from the declaration; see above."),
        }
    }
    Ok(if agree { 0 } else { EXIT_DIFFERS })
}
