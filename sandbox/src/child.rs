//! Steps 1 to 8, in the child, between fork and exec.
//!
//! The parent may have threads, and any of them may have held the allocator's lock at the fork: nothing here allocates unless
//! it has already failed. Everything that is needed is prepared in [`Child::new`], in the parent.

use crate::opening::{Bytes, FDS_MAX};
use crate::overgrant::{self, Overgrant};
use crate::privilege::supported_capabilities;
use crate::{Declaration, Ids, Mode, Plan, sys};
use caps::{CapSet, Capability};
use nix::errno::Errno;
use palisade_protocol::worker::{FdAccess, FdType};
use std::ffi::CString;
use std::os::fd::{AsFd, AsRawFd};

/// Where the executable stands at exec; it closes there.
const EXECUTABLE: i32 = 6;

/// The child's number of its channel.
const CHANNEL: i32 = 3;

/// `SECBIT_NOROOT`, `SECBIT_NO_SETUID_FIXUP`, `SECBIT_NO_CAP_AMBIENT_RAISE`, each with its lock (`capabilities(7)`): uid 0
/// means nothing to exec, a change of uid changes no capability, and neither can be undone.
const SECUREBITS: u64 = 0b1100_1111;

/// What the child needs, prepared.
pub struct Child {
    executable: i32,
    /// Number in the worker, number in the parent.
    fds: Vec<(i32, i32)>,
    /// Room for the copies.
    copies: Vec<i32>,
    mode: Mode,
    ids: Option<Ids>,
    may_be_root: bool,
    limits: Vec<(u32, u64)>,
    capabilities: Vec<Capability>,
    arguments: Vec<*const libc::c_char>,
    overgrant: Overgrant,
    #[cfg(feature = "hostile")]
    arm: crate::hostile::Arm,
}

/// A step that failed.
struct Failed(&'static str, Errno);

impl Child {
    /// Prepares a child. `arguments` must outlive it.
    pub fn new(
        declared: &Declaration,
        plan: &Plan<'_>,
        fds: Vec<(i32, i32)>,
        arguments: &[CString],
        overgrant: Overgrant,
    ) -> Self {
        let before_exec = declared.limits.iter().filter(|limit| !limit.after_exec);
        Self {
            executable: plan.executable.as_fd().as_raw_fd(),
            copies: vec![-1; fds.len() + 1],
            fds,
            mode: plan.mode,
            ids: plan.ids,
            may_be_root: declared.as_asking_user && plan.ids.is_some_and(|ids| ids.uid == 0),
            limits: before_exec.map(|limit| (limit.resource, limit.value.of(plan.mode))).collect(),
            capabilities: supported_capabilities().into_iter().collect(),
            arguments: arguments.iter().map(|argument| argument.as_ptr()).chain([std::ptr::null()]).collect(),
            overgrant,
            #[cfg(feature = "hostile")]
            arm: plan.arm,
        }
    }

    /// Runs in the child. Returns its exit code, if it could not exec.
    pub fn run(mut self) -> i32 {
        let Err(Failed(step, errno)) = self.steps();
        // The channel is at its place unless copying descriptors was what failed; then our end sees it close.
        let _ = sys::send(CHANNEL, Bytes::launch_failed(step, errno as i32).as_slice());
        crate::worker::EXIT_REFUSED
    }

    fn steps(&mut self) -> Result<std::convert::Infallible, Failed> {
        step_1_fresh_session()?;
        self.step_2_descriptors()?;
        self.step_3_close_the_rest()?;
        if self.limited() {
            self.step_4_limits()?;
        }
        if self.dropped() {
            self.step_5_bounding_set()?;
            self.step_6_identity()?;
            sys::prctl(libc::PR_SET_NO_NEW_PRIVS, 1).map_err(|errno| Failed("setting no_new_privs", errno))?;
        }
        report()?;
        Err(Failed("executing the worker", sys::exec_fd(EXECUTABLE, &self.arguments)))
    }

    #[cfg(not(feature = "hostile"))]
    fn limited(&self) -> bool {
        true
    }
    #[cfg(not(feature = "hostile"))]
    fn dropped(&self) -> bool {
        true
    }
    #[cfg(feature = "hostile")]
    fn limited(&self) -> bool {
        self.arm.limits()
    }
    #[cfg(feature = "hostile")]
    fn dropped(&self) -> bool {
        self.arm.drops_privilege()
    }

    /// Copies everything out of the way first, so that no copy to a fixed number closes what is still to be copied.
    fn step_2_descriptors(&mut self) -> Result<(), Failed> {
        let failed = |errno| Failed("placing its descriptors", errno);
        let sources = self.fds.iter().map(|(_, from)| *from).chain([self.executable]);
        for (copy, source) in self.copies.iter_mut().zip(sources) {
            *copy = sys::copy_at_least(source, 32).map_err(failed)?;
        }
        for number in 0..=5 {
            if self.fds.iter().all(|(to, _)| *to != number) {
                sys::close(number);
            }
        }
        // The channel first: whatever fails from then on can be told.
        for wanted in [true, false] {
            for ((to, _), copy) in self.fds.iter().zip(&self.copies) {
                if (*to == CHANNEL) == wanted {
                    sys::copy_to(*copy, *to, 0).map_err(failed)?;
                }
            }
        }
        match self.copies.last() {
            Some(executable) => sys::copy_to(*executable, EXECUTABLE, libc::O_CLOEXEC).map_err(failed),
            None => Err(failed(Errno::EBADF)),
        }
    }

    fn step_3_close_the_rest(&self) -> Result<(), Failed> {
        let highest = self.fds.iter().map(|(to, _)| *to).fold(EXECUTABLE, i32::max).unsigned_abs();
        sys::close_range(highest + 1, u32::MAX).map_err(|errno| Failed("closing every other descriptor", errno))
    }

    /// Not NPROC: an exec over it fails, and it counts every process of the uid (`setrlimit(2)`).
    fn step_4_limits(&self) -> Result<(), Failed> {
        self.limits
            .iter()
            .try_for_each(|(resource, value)| sys::limit(*resource, *value))
            .map_err(|errno| Failed("setting its limits", errno))
    }

    /// Emptying the bounding set takes CAP_SETPCAP, which only a system run has.
    fn step_5_bounding_set(&self) -> Result<(), Failed> {
        caps::clear(None, CapSet::Ambient).map_err(|_| Failed("clearing ambient capabilities", Errno::last()))?;
        if self.mode == Mode::Rootless {
            return Ok(());
        }
        let kept = overgrant::capability(self.overgrant);
        for capability in self.capabilities.iter().filter(|capability| Some(**capability) != kept) {
            caps::drop(None, CapSet::Bounding, *capability)
                .map_err(|_| Failed("emptying the capability bounding set", Errno::last()))?;
        }
        let bits = if kept.is_some() { SECUREBITS & 0b1111 } else { SECUREBITS };
        sys::prctl(libc::PR_SET_SECUREBITS, bits).map_err(|errno| Failed("locking securebits", errno))
    }

    fn step_6_identity(&self) -> Result<(), Failed> {
        if let Some(ids) = self.ids {
            sys::become_user(ids.uid, ids.gid).map_err(|errno| Failed("becoming its own user", errno))?;
        }
        match overgrant::capability(self.overgrant) {
            Some(kept) => overgrant::keep(kept).map_err(|errno| Failed("keeping a capability", errno))?,
            None => {
                for set in [CapSet::Permitted, CapSet::Inheritable] {
                    caps::clear(None, set).map_err(|_| Failed("dropping its capabilities", Errno::last()))?;
                }
            }
        }
        self.verify_identity()
    }

    /// The calls have said that they succeeded; the kernel is asked again.
    fn verify_identity(&self) -> Result<(), Failed> {
        let (uids, gids, groups) = sys::identity().map_err(|errno| Failed("asking who it is", errno))?;
        if let Some(ids) = self.ids
            && (uids != [ids.uid; 3] || gids != [ids.gid; 3] || groups != 0)
        {
            return Err(Failed("verifying who it is", Errno::EPERM));
        }
        if self.may_be_root {
            // Root by number alone: its capabilities are gone, and the kernel is asked about that before its first request.
            return Ok(());
        }
        if uids[0] == 0 {
            return Err(Failed("verifying that it is not root", Errno::EPERM));
        }
        match sys::try_to_become_root() {
            // EINVAL: a user namespace that has no root at all (`user_namespaces(7)`).
            Err(Errno::EPERM | Errno::EINVAL) => Ok(()),
            Err(errno) => Err(Failed("verifying that it cannot become root", errno)),
            Ok(()) => Err(Failed("verifying that it cannot become root", Errno::EPERM)),
        }
    }
}

fn step_1_fresh_session() -> Result<(), Failed> {
    sys::default_signals();
    nix::unistd::setsid().map_err(|errno| Failed("leaving the session", errno))?;
    nix::sys::stat::umask(nix::sys::stat::Mode::from_bits_truncate(0o077));
    nix::unistd::chdir(c"/").map_err(|errno| Failed("leaving the working directory", errno))
}

/// Lists what will be open after exec, by asking for each number: after step 3 nothing stands above them.
fn report() -> Result<(), Failed> {
    let open = |number: &i32| sys::descriptor_flags(*number).is_some_and(|flags| flags & libc::FD_CLOEXEC == 0);
    let numbers = 0..FDS_MAX as i32;
    let mut bytes = Bytes::launched(numbers.clone().filter(open).count() as u32);
    for number in numbers.filter(open) {
        let (flags, kind) = sys::describe(number).map_err(|errno| Failed("listing its descriptors", errno))?;
        bytes.descriptor(number.unsigned_abs(), fd_type(kind), fd_access(flags));
    }
    sys::send(CHANNEL, bytes.as_slice()).map_err(|errno| Failed("reporting its descriptors", errno))
}

fn fd_type(kind: u32) -> FdType {
    match kind {
        libc::S_IFREG => FdType::File,
        libc::S_IFCHR => FdType::Device,
        libc::S_IFIFO => FdType::Pipe,
        libc::S_IFSOCK => FdType::Socket,
        _ => FdType::Other,
    }
}

fn fd_access(flags: i32) -> FdAccess {
    match flags & libc::O_ACCMODE {
        libc::O_RDONLY => FdAccess::Read,
        libc::O_WRONLY if flags & libc::O_APPEND != 0 => FdAccess::Append,
        libc::O_WRONLY => FdAccess::Write,
        _ => FdAccess::ReadWrite,
    }
}
