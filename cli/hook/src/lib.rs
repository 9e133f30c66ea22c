//! The client that agents' hooks start: one payload on stdin, one decision in the agent's own dialect on stdout.
//!
//! It holds nothing and decides nothing while a supervisor answers. What an agent says is read in [`agents`], normalised to
//! one [`agents::Proposal`], sent by [`connect`], and the answer is worded in [`answer`]. With a dead supervisor [`alone`]
//! judges by a confined classifier of its own, and lets pass only what is proven safe and counted in the [`spool`] (I7).
//! Whatever goes wrong on the way is a deny: most agents run the call when their hook merely fails. Only a wiring that is wrong in
//! itself is told by another exit code: 64 for an unknown word in it, 78 for `--state` beside a system installation.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod agents;
pub mod alone;
pub mod answer;
mod arguments;
pub mod classifier;
pub mod connect;
pub mod instance;
pub mod opener;
pub mod policy;
pub mod spool;
pub mod stdin;
#[cfg(test)]
mod testing;
pub mod worker;

use agents::{Agent, Heard};
use answer::{EXIT_CONFIGURATION, EXIT_USAGE, Reply};
use arguments::{Arguments, HELP};
use connect::Outcome;
use instance::{Instance, InstanceError};
use std::ffi::OsString;
use std::path::Path;

/// The whole program: reads the command line and stdin, answers, returns the exit code.
pub fn run(words: impl Iterator<Item = OsString>) -> u8 {
    match arguments::parse(words) {
        Ok(Arguments::Serve { agent, state }) => serve(agent, state.as_deref()),
        Ok(Arguments::Help) => {
            print!("{HELP}");
            0
        }
        Ok(Arguments::Version) => {
            println!("palisade-hook {}", palisade_protocol::limits::BUILD_ID);
            0
        }
        Err(why) => {
            eprint!("palisade-hook: {why}\n\n{HELP}");
            EXIT_USAGE
        }
    }
}

/// Answers one payload on stdin for `agent`; `state` is the directory given by `--state`.
pub fn serve(agent: Agent, state: Option<&Path>) -> u8 {
    let instance = match Instance::locate(state) {
        Ok(instance) => instance,
        Err(why @ InstanceError::SystemInstalled) => {
            eprintln!("palisade-hook: {why}");
            return EXIT_CONFIGURATION;
        }
        Err(why) => return agent.print(&Reply::Deny(answer::broken(&why.to_string()))),
    };
    let heard = stdin::read().map_err(|why| why.to_string()).and_then(|payload| agent.hear(&payload));
    let proposal = match heard {
        Ok(Heard::Proposal(proposal)) => proposal,
        Ok(Heard::Silence) => return 0,
        Err(why) => return agent.print(&Reply::Deny(answer::unreadable(&why))),
    };
    let prompts = proposal.call.prompts;
    match connect::propose(&instance.layout, proposal) {
        Outcome::Answered(answer) => agent.print(&answer::reply(&answer, prompts)),
        Outcome::Dead(proposal) => agent.print(&alone::judge(&instance, &proposal)),
        Outcome::Failed(why) => agent.print(&Reply::Deny(answer::failed(&why, &instance))),
    }
}
