//! From a plan to a child: the parent's side of a launch. What the child does is in `child`.

use crate::child::Child;
use crate::matrix::declaration;
use crate::worker::process_name;
use crate::{Executable, Ids, Mode, overgrant, process, sys};
use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::sys::signal::{SigSet, SigmaskHow, pthread_sigmask};
use nix::sys::socket::{AddressFamily, SockFlag, SockType, socketpair};
use nix::sys::stat::Mode as FileMode;
use nix::unistd::pipe2;
use std::fmt;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

/// What to start, and with what.
#[derive(Debug)]
pub struct Plan<'a> {
    /// The worker.
    pub executable: &'a Executable,
    /// Which column of the matrix holds.
    pub mode: Mode,
    /// Whom it runs as; required in a system run, none in a rootless one. Root only for a worker that is declared to run as
    /// whoever asks.
    pub ids: Option<Ids>,
    /// The descriptors that are its capability: its number in the worker (4, 5), and the descriptor.
    pub grants: &'a [(u32, BorrowedFd<'a>)],
    /// Which layers of the confinement are applied. Test builds only.
    #[cfg(feature = "hostile")]
    pub arm: crate::hostile::Arm,
}

/// A child that has been forked. It may yet fail: its first packets tell.
#[derive(Debug)]
pub struct Launched {
    /// Its process id, for `/proc`; signals and waiting go through the pidfd.
    pub pid: u32,
    /// Its pidfd.
    pub pidfd: OwnedFd,
    /// Our end of its channel, `SOCK_SEQPACKET`, close-on-exec.
    pub channel: OwnedFd,
    /// The read end of what it writes to descriptor 2; does not block.
    pub diagnostics: OwnedFd,
    /// Additive protections that this kernel does not have, by name. None of them is required.
    pub lacking: Vec<&'static str>,
}

/// Why no child was started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LaunchError {
    /// The plan contradicts the declaration.
    Plan(String),
    /// A system call in the parent failed.
    System {
        /// What was being done.
        step: &'static str,
        /// The error.
        errno: Errno,
    },
}

impl fmt::Display for LaunchError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plan(why) => write!(out, "the worker cannot be started as planned: {why}"),
            Self::System { step, errno } => write!(out, "{step} failed: {errno}"),
        }
    }
}

impl std::error::Error for LaunchError {}

/// Forks, and in the child does steps 1 to 8.
///
/// The worker ends when the calling thread does (`PR_SET_PDEATHSIG`, prctl(2)): call it from one that lives as long as the
/// worker shall. The caller reaps the child by its pidfd; the process must not ignore SIGCHLD.
pub fn launch(plan: &Plan<'_>) -> Result<Launched, LaunchError> {
    let declared = declaration(plan.executable.kind());
    let overgrant = overgrant::chosen();
    check(plan, declared)?;

    let pair = socketpair(AddressFamily::Unix, SockType::SeqPacket, None, SockFlag::SOCK_CLOEXEC);
    let (ours, theirs) = pair.map_err(failed("making the channel"))?;
    let lacking = match passing_is_closed(plan) {
        true => close_to_descriptors(&ours, &theirs, declared.receives_descriptors())?,
        false => Vec::new(),
    };
    // The child's end does not block either: a worker whose diagnostics nobody reads must still be able to end.
    let (diagnostics, errors) =
        pipe2(OFlag::O_CLOEXEC | OFlag::O_NONBLOCK).map_err(failed("making the diagnostics pipe"))?;
    let null = |access| open("/dev/null", access | OFlag::O_CLOEXEC, FileMode::empty());
    let input = null(OFlag::O_RDONLY).map_err(failed("opening /dev/null"))?;
    let output = null(OFlag::O_WRONLY).map_err(failed("opening /dev/null"))?;

    let mut fds =
        vec![(0, input.as_raw_fd()), (1, output.as_raw_fd()), (2, errors.as_raw_fd()), (3, theirs.as_raw_fd())];
    fds.extend(plan.grants.iter().map(|(number, fd)| (*number as i32, fd.as_raw_fd())));
    overgrant::add_descriptor(overgrant, &mut fds, input.as_raw_fd());
    let mut arguments = vec![process_name(plan.executable.kind())];
    arguments.extend(overgrant::argument(overgrant));
    #[cfg(feature = "hostile")]
    arguments.extend(plan.arm.arguments());
    let child = Child::new(declared, plan, fds, &arguments, overgrant);

    // No handler of this process may run in the child before the child has put the defaults back.
    let mut before = SigSet::empty();
    pthread_sigmask(SigmaskHow::SIG_BLOCK, Some(&SigSet::all()), Some(&mut before))
        .map_err(failed("blocking signals"))?;
    let forked = sys::fork(|| child.run());
    let restored = pthread_sigmask(SigmaskHow::SIG_SETMASK, Some(&before), None);
    let pid = forked.map_err(failed("fork"))?;
    restored.map_err(failed("unblocking signals"))?;
    // The child is ours and not yet waited for, so the number is still its own, even if it has ended.
    let pidfd = process::pidfd_open(pid).map_err(failed("pidfd_open"))?;
    Ok(Launched { pid, pidfd, channel: ours, diagnostics, lacking })
}

#[cfg(not(feature = "hostile"))]
fn passing_is_closed(_: &Plan<'_>) -> bool {
    true
}

/// The controls of the smuggling probes need it open.
#[cfg(feature = "hostile")]
fn passing_is_closed(plan: &Plan<'_>) -> bool {
    plan.arm == crate::hostile::Arm::Full
}

fn failed(step: &'static str) -> impl Fn(Errno) -> LaunchError {
    move |errno| LaunchError::System { step, errno }
}

fn check(plan: &Plan<'_>, declared: &crate::Declaration) -> Result<(), LaunchError> {
    let wrong = |why: String| Err(LaunchError::Plan(why));
    let wanted: Vec<u32> = declared.fds.iter().map(|fd| fd.number).filter(|number| *number > 3).collect();
    let mut given: Vec<u32> = plan.grants.iter().map(|(number, _)| *number).collect();
    given.sort_unstable();
    if wanted != given {
        return wrong(format!(
            "descriptors {wanted:?} are declared for a {} and {given:?} were given",
            declared.worker
        ));
    }
    match (plan.mode, plan.ids) {
        (Mode::System, None) => wrong("in a system run it needs a uid".to_owned()),
        // Who serves root by looking with root's eyes has to be root; no capability comes with it.
        (Mode::System, Some(ids)) if (ids.uid == 0 || ids.gid == 0) && !declared.as_asking_user => {
            wrong(format!("no {} runs as root", declared.worker))
        }
        (Mode::Rootless, Some(_)) => wrong("in a rootless run it has no uid of its own".to_owned()),
        _ => Ok(()),
    }
}

/// No descriptor can be sent to us, and none to a worker that takes none. Both sides check counts as well, so a kernel without
/// this (before 6.16) is only reported.
fn close_to_descriptors(ours: &OwnedFd, theirs: &OwnedFd, receives: bool) -> Result<Vec<&'static str>, LaunchError> {
    let ends = [Some(ours), (!receives).then_some(theirs)];
    for end in ends.into_iter().flatten() {
        match sys::refuse_passed_descriptors(end.as_fd()) {
            Ok(()) => {}
            Err(Errno::ENOPROTOOPT) => return Ok(vec!["socket.passrights"]),
            Err(errno) => return Err(LaunchError::System { step: "closing the channel to descriptors", errno }),
        }
    }
    Ok(Vec::new())
}
