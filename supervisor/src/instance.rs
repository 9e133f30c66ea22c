//! One run: the parts are made and joined, readiness is told once a canary went all the way, and a stop is orderly.

use crate::boot::{self, Prepared};
use crate::listen::{Door, Room, Run, accept};
use crate::notify::{self, NotifyState};
use crate::record::Journal;
use crate::record::chronicle::Start;
use crate::record::unwatched;
use crate::route::classify::{Asker, Classifiers};
use crate::route::judge::{Judge, Settings};
use crate::spawn::Spawner;
use nix::sys::resource::{Resource, getrlimit};
use nix::unistd::{UnlinkatFlags, unlinkat};
use palisade_protocol::call::{Call, Path, Prompts};
use palisade_protocol::codec;
use palisade_protocol::layout::{CONTROL_SOCKET, GUARD_SOCKET};
use palisade_sandbox::Mode;
use std::rc::Rc;
use std::time::Duration;
use tokio::net::UnixListener;
use tokio::signal::unix::{SignalKind, signal};

/// Descriptors kept for operators, workers, files, the event loop and the service manager; the rest may be connections.
const RESERVED_DESCRIPTORS: u64 = 768;

/// How long calls in work may take at a stop.
const DRAIN: Duration = Duration::from_millis(1500);

/// Runs the instance until it is stopped.
pub async fn run(prepared: Prepared, ready: &notify::Ready) -> Result<(), String> {
    let Prepared { mode, owner, settings, executables, boot_id, .. } = prepared;
    let boot::Settings { config, degraded, subordinates } = settings;
    let spawner = Spawner::begin(executables, mode, config.uid_base, degraded.clone());
    let spawner = spawner.map_err(|why| format!("the spawning thread cannot be started: {why}"))?;
    let start = Start { system: mode == Mode::System, degraded: degraded.clone() };
    let journal = Journal::open(Rc::new(spawner), prepared.files, boot_id, config.segment_max, start).await;
    let journal = journal?;

    let policy = codec::encode(&config.policy_file()).map_err(|why| why.to_string())?;
    let classifiers = Classifiers::new(&journal, &policy);
    let classifiers = classifiers.map_err(|why| format!("the policy cannot be sealed: {why}"))?;
    let settings = Settings { attended: config.attended.into_vec(), fail_closed: config.fail_closed };
    let judge = Judge::new(classifiers, Rc::clone(&journal), settings);
    let room = Room::new(judge, journal, Run { mode, owner, degraded, subordinates }, connections());
    canary(&room).await.map_err(|why| format!("a canary did not come through: {why}"))?;

    let mut doors = Vec::new();
    for (listener, door) in [(prepared.guard, Door::Guard), (prepared.control, Door::Control)] {
        let listener = UnixListener::from_std(listener).map_err(|why| format!("a socket cannot be served: {why}"))?;
        doors.push(tokio::task::spawn_local(accept(Rc::clone(&room), listener, door)));
    }
    let signals = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    let (Ok(mut terminate), Ok(mut interrupt)) = signals else {
        return Err("signals cannot be received".to_owned());
    };
    tokio::task::spawn_local(unwatched::watch(Rc::clone(&room.journal), prepared.spool));
    ready.say("ready");
    let status = if room.run.degraded.is_empty() {
        "guarding".to_owned()
    } else {
        format!("guarding, DEGRADED: {}", room.run.degraded.join(", "))
    };
    notify::tell(&[NotifyState::Ready, NotifyState::Status(&status)]);

    let because = tokio::select! {
        () = room.stop.notified() => "asked over the control socket",
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
        () = feed_watchdog(&room) => "the watchdog ended",
    };
    notify::tell(&[NotifyState::Stopping]);
    room.stopping.set(true);
    // New clients find no socket, or one that nobody listens on (the names in root's directory are root's to remove); they decide
    // alone and count what they let through (I7).
    for name in [GUARD_SOCKET, CONTROL_SOCKET] {
        let _ = unlinkat(&prepared.run, name, UnlinkatFlags::NoRemoveDir);
    }
    doors.iter().for_each(tokio::task::JoinHandle::abort);
    let _ = tokio::time::timeout(DRAIN, room.guests.drained()).await;
    room.journal.close(because).await;
    drop(prepared.locks);
    Ok(())
}

/// As many connections as the descriptor limit leaves; each holds two, its stream and its peer's pidfd.
fn connections() -> usize {
    let (soft, _) = getrlimit(Resource::RLIMIT_NOFILE).unwrap_or((1024, 1024));
    usize::try_from(soft.saturating_sub(RESERVED_DESCRIPTORS) / 2).unwrap_or(usize::MAX).max(16)
}

/// One harmless call through a classifier, and one flush through the journal.
async fn canary(room: &Room) -> Result<(), String> {
    let asker = Asker { owner: room.run.owner, eyes: None };
    let call = Call::shell("canary", Path::new(*b"/").unwrap_or_default(), Prompts::Skipped);
    room.judge.classifiers.judge(asker, &call, b"true").await.map_err(|why| why.1)?;
    room.journal.ping().await.map_err(|_| "the journal does not answer".to_owned())
}

/// Tells systemd that we live, for as long as canaries come through; without a watchdog it waits for ever.
async fn feed_watchdog(room: &Room) {
    let Some(period) = notify::watchdog() else { return std::future::pending().await };
    loop {
        tokio::time::sleep(period / 3).await;
        match canary(room).await {
            Ok(()) => notify::tell(&[NotifyState::Watchdog]),
            Err(why) => crate::log::line(&format!("a canary did not come through: {why}")),
        }
    }
}
