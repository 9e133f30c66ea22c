//! The `palisade` command: starting and stopping, asking and reading, and wiring agents. It runs as the person who types it and
//! holds nothing: what it may see or change, the supervisor and the file system say.
//!
//! One module a command; [`arguments`] is the whole command line, [`failure`] every way to end other than well.

#![cfg_attr(test, allow(clippy::unwrap_used))]

#[macro_use]
pub mod words;

pub mod arguments;
pub mod bench;
pub mod control;
pub mod dry_run;
pub mod explain;
pub mod failure;
pub mod init;
pub mod journal;
pub mod judge;
pub mod kb;
pub mod limits;
pub mod log;
pub mod papers;
pub mod permissions;
pub mod status;
pub mod stop;
pub mod time;
pub mod up;
pub mod users;
pub mod verify;

use arguments::{Arguments, Command};
use clap::Parser;
use failure::{EXIT_USAGE, Failure};
use palisade_hook::agents::Agent;
use palisade_hook::instance::Instance;
use std::ffi::OsString;

/// The whole program: reads the command line, does it, returns the exit code.
pub fn run(words: impl Iterator<Item = OsString>) -> u8 {
    let arguments = match Arguments::try_parse_from(words) {
        Ok(arguments) => arguments,
        Err(why) => {
            // --help and --version come this way too; clap's own exit code for misuse, 2, means `denied` here.
            let _ = why.print();
            return if why.use_stderr() { EXIT_USAGE } else { 0 };
        }
    };
    match carry_out(arguments) {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("palisade: {failure}");
            failure.code
        }
    }
}

fn carry_out(arguments: Arguments) -> Result<u8, Failure> {
    let state = arguments.state.as_deref();
    let instance = || Instance::address(state).map_err(Failure::configuration);
    match arguments.command {
        Command::Up { foreground } => up::up(state, foreground),
        Command::Detached { program, words } => up::detached(&program, &words),
        Command::Stop => stop::stop(&instance()?),
        Command::Status { json } => status::status(&instance()?, json),
        Command::Judge(what) => judge::judge(state, &what),
        Command::DryRun(what) => dry_run::dry_run(state, &what),
        Command::Hook { agent } => match Agent::named(&agent) {
            Some(agent) => Ok(palisade_hook::serve(agent, state)),
            None => Err(Failure::usage(format!("unknown agent {agent:?}; known: {}", agents()))),
        },
        Command::Log(what) => log::log(&instance()?, &what),
        Command::Verify { dir, json } => verify::verify(state, dir.as_deref(), json),
        Command::Permissions(what) => permissions::permissions(state, &what),
        Command::Doctor { permissions: true, what } => permissions::permissions(state, &what),
        Command::Doctor { permissions: false, .. } => Err(Failure::usage(
            "there is one check so far: `palisade doctor --permissions`, and with --observed what the kernel says of it",
        )),
        Command::Kb(what) => kb::kb(&what),
        Command::Limits { json } => limits::limits(json),
        Command::Init(what) => init::init(state, &what),
        Command::Completions { shell } => papers::completions(shell),
        Command::Man { dir } => papers::manual(&dir),
    }
}

/// The names of all agents, for messages.
pub(crate) fn agents() -> String {
    Agent::ALL.map(Agent::word).join(", ")
}
