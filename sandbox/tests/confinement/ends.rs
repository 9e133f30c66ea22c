//! How a worker ends: each kind of bug in its class, and a breach in none but its own.

use crate::Test;
use crate::rig::{Ask, Rig, Skip};
use palisade_protocol::worker::Kind;
use palisade_sandbox::process::Exit;
use palisade_sandbox::{EXIT_OOM, EXIT_PANIC};

pub const TESTS: &[Test] = &[
    ("a_panic_is_exit_101_and_tells_the_place_but_not_the_message", panic),
    ("an_abort_is_sigabrt", abort),
    ("a_stack_overflow_is_a_memory_bug_and_no_breach", overflow),
    ("memory_exhaustion_is_exit_102", exhaustion),
    ("an_undeclared_system_call_is_sigsys", breach),
];

fn panic(rig: &Rig) -> Result<(), Skip> {
    for kind in Kind::ALL {
        let (exit, words) = rig.start(kind).unwrap().end_by(Ask::Panic);
        assert_eq!(exit, Exit::Code(EXIT_PANIC), "{kind:?}");
        assert!(words.contains("worker.rs:") && !words.contains("secret"), "{words}");
    }
    Ok(())
}

fn abort(rig: &Rig) -> Result<(), Skip> {
    for kind in Kind::ALL {
        assert_eq!(rig.start(kind).unwrap().end_by(Ask::Abort).0, Exit::Signal(libc::SIGABRT), "{kind:?}");
    }
    Ok(())
}

fn overflow(rig: &Rig) -> Result<(), Skip> {
    for kind in Kind::ALL {
        let (exit, _) = rig.start(kind).unwrap().end_by(Ask::Overflow);
        assert!([Exit::Signal(libc::SIGABRT), Exit::Signal(libc::SIGSEGV)].contains(&exit), "{kind:?}: {exit:?}");
    }
    Ok(())
}

fn exhaustion(rig: &Rig) -> Result<(), Skip> {
    for kind in Kind::ALL {
        assert_eq!(rig.start(kind).unwrap().end_by(Ask::Exhaust).0, Exit::Code(EXIT_OOM), "{kind:?}");
    }
    Ok(())
}

fn breach(rig: &Rig) -> Result<(), Skip> {
    for kind in Kind::ALL {
        for ask in [Ask::Breach, Ask::Open] {
            assert_eq!(rig.start(kind).unwrap().end_by(ask).0, Exit::Signal(libc::SIGSYS), "{kind:?}");
        }
    }
    Ok(())
}
