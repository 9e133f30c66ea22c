//! `palisaded`, the supervisor: a minimal privileged process that listens, spawns, verifies, routes and reaps.
//!
//! It decodes bounded binary messages and moves opaque bytes; every language is parsed in a confined worker (invariant I1).
//! The five verbs are its modules. A call goes through them in one direction: [`listen`] turns a client's bytes into an
//! authenticated request, [`route`] has it judged and recorded and answers it, on workers that [`spawn`] started, [`verify`]
//! checked against their declaration, and [`reap`] buries. [`channel`] holds a worker to what it may answer; [`record`] is the
//! supervisor's side of the journal.

mod boot;
mod channel;
mod instance;
mod listen;
mod log;
mod notify;
mod reap;
mod record;
mod route;
mod spawn;
mod verify;

use boot::BootError;
use std::process::ExitCode;
use tokio::runtime::{Builder, LocalOptions};

/// Another supervisor holds the instance's lock; the starter waits for it or says so.
const EXIT_LOCKED: u8 = 75;

/// The instance cannot be started as configured.
const EXIT_CONFIGURATION: u8 = 78;

/// The command line is not what `palisade up` writes (`EX_USAGE` of `sysexits.h`).
const EXIT_USAGE: u8 = 64;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err((code, why)) => {
            log::line(&why);
            ExitCode::from(code)
        }
    }
}

fn run() -> Result<(), (u8, String)> {
    let arguments = boot::Arguments::parse(std::env::args_os().skip(1)).map_err(|why| (EXIT_USAGE, why))?;
    let ready = notify::Ready::from_fd(arguments.ready_fd);
    let told = |why: String| {
        ready.say(&format!("error: {why}"));
        (EXIT_CONFIGURATION, why)
    };
    let prepared = boot::prepare(&arguments).map_err(|why| match why {
        BootError::Locked => {
            ready.say("locked");
            (EXIT_LOCKED, why.to_string())
        }
        why => told(why.to_string()),
    })?;
    let runtime = Builder::new_current_thread().enable_io().enable_time().build_local(LocalOptions::default());
    let runtime = runtime.map_err(|why| told(format!("the event loop cannot be made: {why}")))?;
    runtime.block_on(instance::run(prepared, &ready)).map_err(told)
}
