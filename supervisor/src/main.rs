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

use std::process::ExitCode;

/// Another supervisor holds the instance's lock; the starter waits for it or says so.
const EXIT_LOCKED: u8 = 75;

/// The instance cannot be started as configured.
const EXIT_CONFIGURATION: u8 = 78;

fn main() -> ExitCode {
    let arguments = match boot::Arguments::parse(std::env::args_os().skip(1)) {
        Ok(arguments) => arguments,
        Err(why) => {
            eprintln!("palisaded: {why}");
            return ExitCode::from(64);
        }
    };
    let ready = notify::Ready::from_fd(arguments.ready_fd);
    let prepared = match boot::prepare(&arguments) {
        Ok(prepared) => prepared,
        Err(boot::BootError::Locked) => {
            ready.locked();
            eprintln!("palisaded: another supervisor runs this instance");
            return ExitCode::from(EXIT_LOCKED);
        }
        Err(why) => {
            ready.failed(&why.to_string());
            eprintln!("palisaded: {why}");
            return ExitCode::from(EXIT_CONFIGURATION);
        }
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build() {
        Ok(runtime) => runtime,
        Err(why) => {
            ready.failed(&format!("the event loop cannot be made: {why}"));
            return ExitCode::FAILURE;
        }
    };
    let local = tokio::task::LocalSet::new();
    match local.block_on(&runtime, instance::run(prepared, ready)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("palisaded: {why}");
            ExitCode::from(EXIT_CONFIGURATION)
        }
    }
}
