//! The hostile worker: the same executable, told over its channel to do a numbered forbidden thing. Test builds only.
//!
//! A probe's number and meaning are its table's; the runner (`palisade-hostile`) starts one process for each probe and arm, and
//! knows from the same tables how each must end.

mod descriptors;
mod files;
mod kernel;
mod network;
mod processes;
mod targets;

pub use targets::Targets;

use crate::{Declaration, Mode, declaration};
use nix::errno::Errno;
use palisade_protocol::worker::Kind;
use std::ffi::CString;

/// Which layers of the confinement are applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Arm {
    /// None: the positive control.
    Root,
    /// Identity, capabilities and no_new_privs.
    Uid,
    /// Those, the limits, and what a process does to itself: memory that was writable never executable, no fork, not dumpable.
    Process,
    /// Those of `Uid` and Landlock.
    Landlock,
    /// Those of `Uid` and seccomp.
    Seccomp,
    /// Everything, as in a shipped worker.
    #[default]
    Full,
}

impl Arm {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Root, Self::Uid, Self::Process, Self::Landlock, Self::Seccomp, Self::Full];

    /// The word used in arguments and output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Uid => "uid",
            Self::Process => "process",
            Self::Landlock => "landlock",
            Self::Seccomp => "seccomp",
            Self::Full => "full",
        }
    }

    /// Whether seccomp is among its layers.
    pub fn seccomp(self) -> bool {
        matches!(self, Self::Seccomp | Self::Full)
    }

    pub(crate) fn drops_privilege(self) -> bool {
        self != Self::Root
    }
    pub(crate) fn limits(self) -> bool {
        matches!(self, Self::Process | Self::Full)
    }
    pub(crate) fn landlock(self) -> bool {
        matches!(self, Self::Landlock | Self::Full)
    }

    /// What the worker is told, in its arguments: the arm, and where the targets of the probes are.
    pub(crate) fn arguments(self) -> Vec<CString> {
        [self.word().to_owned(), targets::announced()].into_iter().filter_map(|word| CString::new(word).ok()).collect()
    }

    pub(crate) fn of_this_worker() -> Self {
        let word = std::env::args().nth(1).unwrap_or_default();
        Self::ALL.into_iter().find(|arm| arm.word() == word).unwrap_or_default()
    }
}

/// How a probe ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The forbidden thing was done.
    Allowed,
    /// It was refused with this error.
    Refused(Errno),
    /// The process was ended by SIGSYS.
    Sigsys,
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Allowed => write!(out, "ALLOWED"),
            Self::Refused(errno) => write!(out, "{errno:?}"),
            Self::Sigsys => write!(out, "SIGSYS"),
        }
    }
}

/// What an allowed probe leaves behind, and a refused one must not; the runner looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing that can be seen from outside.
    None,
    /// This name in the target directory is there.
    Made(&'static str),
    /// This name in the target directory is gone.
    Gone(&'static str),
    /// The file `own` has another content, length, mode, time or attribute than before.
    Changed,
    /// The journal's frames are no longer what they were, with or without something after them.
    Rewritten,
    /// The other process of the same uid caught a signal.
    Signalled,
    /// A connection or datagram arrived at the runner's listener of this name: `tcp`, `udp`, `unix`, `abstract`.
    Arrived(&'static str),
    /// A descriptor came with a packet.
    Passed,
}

/// What limits and the process's own denials do to a probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Limited {
    /// Nothing.
    Not,
    /// This error, for every kind.
    To(Errno),
    /// `EFBIG` where the declaration has a file size limit of 0: it writes to a file or memfd.
    Writing,
    /// `EMFILE` where the declaration's limit leaves no room for two descriptors.
    TwoDescriptors,
    /// `EBADF` where the number is over the declaration's limit.
    Number(u32),
}

/// A numbered forbidden thing, or one of the few that must stay allowed.
#[derive(Clone, Copy)]
pub struct Probe {
    /// Its number, stable.
    pub number: u16,
    /// What it does.
    pub name: &'static str,
    run: fn(&Targets) -> Result<(), Errno>,
    uid: Outcome,
    landlock: Outcome,
    rootless_uid: Option<Outcome>,
    process: Limited,
    /// The kinds whose declaration grants it: allowed in every arm.
    granted: &'static [Kind],
    /// The kinds whose seccomp filter lets it through, because it cannot tell what is asked: the other layers must refuse it.
    passes: &'static [Kind],
    /// The kinds that Landlock lets do it.
    reads: &'static [Kind],
    /// The only kinds that can try it, because it needs their descriptors; empty for all.
    only: &'static [Kind],
    /// See [`Effect`].
    pub effect: Effect,
    /// Why its control may fail, so that it shows nothing here; none if it must succeed.
    pub exempt: Option<&'static str>,
}

impl Probe {
    const fn new(number: u16, name: &'static str, run: fn(&Targets) -> Result<(), Errno>) -> Self {
        let (uid, landlock) = (Outcome::Allowed, Outcome::Allowed);
        Self {
            number,
            name,
            run,
            uid,
            landlock,
            rootless_uid: None,
            process: Limited::Not,
            granted: &[],
            passes: &[],
            reads: &[],
            only: &[],
            effect: Effect::None,
            exempt: None,
        }
    }
    /// Landlock alone refuses it.
    const fn landlock(mut self, errno: Errno) -> Self {
        self.landlock = Outcome::Refused(errno);
        self
    }
    /// What the process has denied itself, or a limit, refuses it.
    const fn process(mut self, limited: Limited) -> Self {
        self.process = limited;
        self
    }
    /// Being nobody special is enough to be refused.
    const fn uid(mut self, errno: Errno) -> Self {
        self.uid = Outcome::Refused(errno);
        self.landlock = Outcome::Refused(errno);
        self
    }
    /// Being another user than the target's is enough to be refused, and in a rootless run nobody is.
    const fn uid_in_a_system_run(mut self, errno: Errno) -> Self {
        self.uid = Outcome::Refused(errno);
        self.landlock = Outcome::Refused(errno);
        self.rootless_uid = Some(Outcome::Allowed);
        self
    }
    const fn effect(mut self, effect: Effect) -> Self {
        self.effect = effect;
        self
    }
    const fn granted(mut self, kinds: &'static [Kind]) -> Self {
        self.granted = kinds;
        self
    }
    const fn passes(mut self, kinds: &'static [Kind]) -> Self {
        self.passes = kinds;
        self
    }
    /// Landlock lets these kinds read there.
    const fn reads(mut self, kinds: &'static [Kind]) -> Self {
        self.reads = kinds;
        self
    }
    const fn only(mut self, kinds: &'static [Kind]) -> Self {
        self.only = kinds;
        self
    }
    const fn exempt(mut self, why: &'static str) -> Self {
        self.exempt = Some(why);
        self
    }

    /// Whether this kind of worker can try it.
    pub fn concerns(&self, kind: Kind) -> bool {
        self.only.is_empty() || self.only.contains(&kind)
    }

    /// Whether it needs another process of its uid.
    pub fn aims_at_a_sibling(&self) -> bool {
        matches!(self.number, 60 | 205..=219 | 339)
    }

    /// Whether being someone is what refuses it: then it has no control in a rootless run.
    pub fn takes_privilege(&self) -> bool {
        self.rootless_uid.unwrap_or(self.uid) != Outcome::Allowed
    }

    fn limited(&self, declared: &Declaration, mode: Mode) -> Option<Outcome> {
        let limit = |name: &str| {
            let limit = declared.limits.iter().find(|limit| limit.name == name);
            limit.map_or(u64::MAX, |limit| limit.value.of(mode))
        };
        // One more is in use: the directory that `prepare` opens.
        let free = limit("NOFILE").saturating_sub(declared.fds.len() as u64 + 1);
        let errno = match self.process {
            Limited::To(errno) => Some(errno),
            Limited::Writing => (limit("FSIZE") == 0).then_some(Errno::EFBIG),
            Limited::TwoDescriptors => (free < 2).then_some(Errno::EMFILE),
            Limited::Number(number) => (u64::from(number) >= limit("NOFILE")).then_some(Errno::EBADF),
            Limited::Not => None,
        };
        errno.map(Outcome::Refused)
    }

    /// How it must end.
    pub fn expected(&self, kind: Kind, mode: Mode, arm: Arm) -> Outcome {
        if arm.seccomp() && self.passes.contains(&kind) {
            let refused = |outcome: &Outcome| *outcome != Outcome::Allowed;
            let [uid, process, landlock] =
                [Arm::Uid, Arm::Process, Arm::Landlock].map(|arm| self.expected(kind, mode, arm));
            return if arm == Arm::Seccomp { uid } else { Some(landlock).filter(refused).unwrap_or(process) };
        }
        if arm.seccomp() {
            return if self.granted.contains(&kind) { Outcome::Allowed } else { Outcome::Sigsys };
        }
        match (arm, mode) {
            (Arm::Root, Mode::System) => Outcome::Allowed,
            (Arm::Process, _) => self.limited(declaration(kind), mode).unwrap_or(self.expected(kind, mode, Arm::Uid)),
            // Landlock refuses nothing there that being nobody special does not refuse.
            (Arm::Landlock, _) if self.reads.contains(&kind) => self.expected(kind, mode, Arm::Uid),
            (Arm::Landlock, _) => self.landlock,
            (_, Mode::Rootless) => self.rootless_uid.unwrap_or(self.uid),
            _ => self.uid,
        }
    }
}

/// Every probe, in order.
pub fn probes() -> Vec<Probe> {
    let mut all = [files::PROBES, network::PROBES, processes::PROBES, kernel::PROBES, descriptors::PROBES].concat();
    all.extend(descriptors::write_to_every_number());
    all
}

/// Does the numbered thing: 0 or the error number; `ENOSYS` is the kernel's word, an unknown number is -1.
pub fn probe(number: u16) -> i32 {
    match (probes().iter().find(|probe| probe.number == number), targets::known()) {
        (Some(probe), Some(targets)) => (probe.run)(targets).map_or_else(|errno| errno as i32, |()| 0),
        _ => -1,
    }
}

/// The life of the process that the probes aim at: tells where it may be read and written, then says `s` for each SIGUSR1.
pub fn be_a_sibling() -> ! {
    use nix::sys::signal::{SigSet, Signal};
    use std::io::Write;
    use std::sync::atomic::AtomicU64;
    static WORD: AtomicU64 = AtomicU64::new(0x5051_5253);
    let mut awaited = SigSet::empty();
    awaited.add(Signal::SIGUSR1);
    let _ = awaited.thread_block();
    // Some hosts let only ancestors trace (Yama): that is not the layer in question.
    let _ = crate::sys::prctl(libc::PR_SET_PTRACER, u64::MAX);
    let mut out = std::io::stdout();
    let _ = writeln!(out, "{}", at(&WORD));
    let _ = out.flush();
    while awaited.wait().is_ok() {
        let _ = out.write_all(b"s").and_then(|()| out.flush());
    }
    crate::sys::exit(1)
}

/// The smallest program there is to execute: ends with code 42. For the runner to lay out as `program`.
pub fn program() -> &'static [u8] {
    &processes::PROGRAM
}

/// Before the lock-down: what a worker that is taken over later could have in memory.
pub(crate) fn prepare() {
    targets::prepare();
}

/// Any system call; missing arguments are 0.
fn call<const N: usize>(number: libc::c_long, arguments: [usize; N]) -> Result<usize, Errno> {
    let mut all = [0; 6];
    all[..N].copy_from_slice(&arguments);
    crate::sys::any(number, all)
}

/// The address of 512 bytes for the kernel to write to, never given back: the process is thrown away.
fn room() -> usize {
    Box::leak(Box::new([0_u64; 64])).as_mut_ptr() as usize
}

/// The address of something that outlives the call and is only read.
fn at<T: ?Sized>(place: &T) -> usize {
    std::ptr::from_ref(place).cast::<u8>() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_and_every_name_is_one_probes_own() {
        let probes = probes();
        let numbers: std::collections::BTreeSet<_> = probes.iter().map(|probe| probe.number).collect();
        let names: std::collections::BTreeSet<_> = probes.iter().map(|probe| probe.name).collect();
        assert_eq!((numbers.len(), names.len()), (probes.len(), probes.len()));
    }

    #[test]
    fn what_is_granted_is_what_is_declared() {
        for probe in probes() {
            assert!(
                [probe.granted, probe.passes, probe.reads].concat().iter().all(|kind| probe.concerns(*kind)),
                "{}",
                probe.name
            );
        }
    }
}
