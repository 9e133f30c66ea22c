//! The child's side after exec: steps 9 to 14, and the loop that only a confined process can run.

use crate::matrix::declaration;
use crate::{Mode, landlock, overgrant, seccomp, sys};
use nix::errno::Errno;
use palisade_protocol::bounded::{List, Text};
use palisade_protocol::hello::Hello;
use palisade_protocol::packet::{Buffer, CarriesFds, Channel, Packet, PacketError, Wait, has_hung_up};
use palisade_protocol::worker::{Kind, Nothing, Opening, Ready};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::ffi::CString;
use std::os::fd::{AsFd, IntoRawFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};

/// A worker panicked. Only `file:line` was written to descriptor 2: the message may hold a user's text (I6).
pub const EXIT_PANIC: i32 = 101;
/// A worker had no memory left.
pub const EXIT_OOM: i32 = 102;
/// The supervisor sent what is not a message.
pub const EXIT_PROTOCOL: i32 = 76;
/// A worker could not confine itself.
pub const EXIT_REFUSED: i32 = 78;

/// `PR_SET_MDWE` and `PR_MDWE_REFUSE_EXEC_GAIN` of `linux/prctl.h`, Linux 6.3.
const PR_SET_MDWE: i32 = 65;
const PR_MDWE_REFUSE_EXEC_GAIN: u64 = 1;

/// The witness that this process is confined. Only [`enter`] makes one, and nothing can be served without it.
#[derive(Debug)]
pub struct Confined {
    channel: Option<OwnedFd>,
    granted: [Option<OwnedFd>; 2],
}

impl Confined {
    /// The channel to the supervisor, descriptor 3. Can be had once.
    ///
    /// # Panics
    /// When asked twice.
    pub fn channel<Out, In>(&mut self) -> Channel<Out, In> {
        Channel::new(self.channel.take().expect("the channel is taken once"))
    }

    /// A granted descriptor, 4 or 5. Each can be had once; none if it was not granted.
    pub fn take(&mut self, number: u32) -> Option<OwnedFd> {
        self.granted.get_mut(usize::try_from(number).ok()?.checked_sub(4)?)?.take()
    }
}

/// A step that failed; the system's error number, 0 if there is none.
struct Refusal(String, i32);

fn refused(step: &str) -> impl Fn(Errno) -> Refusal {
    move |errno| Refusal(step.to_owned(), errno as i32)
}

/// Confines this process as `kind`, tells the supervisor, and returns the witness. On any failure the process ends with
/// [`EXIT_REFUSED`] after saying why on the channel and on descriptor 2.
///
/// To be called first in main, before a thread exists or a byte is read.
pub fn enter(kind: Kind) -> Confined {
    static ENTERED: AtomicBool = AtomicBool::new(false);
    // A second witness would own the same descriptors again.
    let channel = if ENTERED.swap(true, Ordering::SeqCst) { None } else { sys::inherited(3) };
    let Some(channel) = channel else {
        sys::write_diagnostics(b"no channel at descriptor 3: workers are started by the supervisor\n");
        sys::exit(EXIT_REFUSED);
    };
    // What is not declared is not taken; nothing may be asked about descriptors after the lock-down.
    let declared = |number: u32| declaration(kind).fds.iter().any(|fd| fd.number == number);
    let granted = [4, 5].map(|number| if declared(number) { sys::inherited(number as i32) } else { None });
    let channel: Channel<Opening, Nothing> = Channel::new(channel);
    let outcome = confine(kind, &channel).and_then(|ready| {
        let packet = Packet { id: 0, body: Opening::Ready(ready) };
        channel.send(&packet, Wait::Block).map_err(|why| Refusal(format!("announcing itself: {why}"), 0))
    });
    if let Err(Refusal(step, errno)) = outcome {
        sys::write_diagnostics(format!("refused: {step} (errno {errno})\n").as_bytes());
        let _ = channel.send(&Packet { id: 0, body: Opening::Refused { step: Text::cut(&step), errno } }, Wait::No);
        sys::exit(EXIT_REFUSED);
    }
    Confined { channel: Some(channel.into_socket()), granted }
}

/// Steps 9 to 13, and what READY says of them.
fn confine(kind: Kind, channel: &Channel<Opening, Nothing>) -> Result<Ready, Refusal> {
    let layers = Layers::of_this_process();
    let extra = overgrant::in_worker();
    let mut missing = Vec::new();
    if layers.process {
        step_9_limits(kind, overgrant::first_to_close(extra))?;
        missing.extend(step_10_process(kind)?);
        // The supervisor may have died before PDEATHSIG was armed; its end of the channel then is closed.
        if has_hung_up(channel.as_fd()) {
            sys::exit(0);
        }
    }
    #[cfg(feature = "hostile")]
    {
        crate::hostile::prepare();
        palisade_protocol::misbehave::this_is(kind.word());
    }
    step_11_panics();
    let (mut landlock, mut seccomp) = ([0; 32], [0; 32]);
    if layers.landlock {
        let enforced = step_12_landlock(kind, overgrant::landlock_rule(extra))?;
        missing.extend(enforced.missing);
        landlock = enforced.digest;
    }
    if layers.seccomp {
        seccomp = step_13_seccomp(kind, overgrant::syscalls(extra))?;
    }
    Ok(ready(kind, seccomp, landlock, missing))
}

/// Which layers are applied: all of them, but in the control arms of the hostile tests.
struct Layers {
    process: bool,
    landlock: bool,
    seccomp: bool,
}

impl Layers {
    #[cfg(not(feature = "hostile"))]
    fn of_this_process() -> Self {
        Self { process: true, landlock: true, seccomp: true }
    }
    #[cfg(feature = "hostile")]
    fn of_this_process() -> Self {
        let arm = crate::hostile::Arm::of_this_worker();
        Self { process: arm.limits(), landlock: arm.landlock(), seccomp: arm.seccomp() }
    }
}

fn ready(kind: Kind, seccomp: [u8; 32], landlock: [u8; 32], missing: Vec<&str>) -> Ready {
    let missing = List::first(missing.into_iter().map(Text::cut).collect());
    Ready { hello: Hello::ours(), kind, seccomp, landlock, missing }
}

/// Whatever the child left open by mistake, and the limits that an exec would have run into.
fn step_9_limits(kind: Kind, first_to_close: u32) -> Result<(), Refusal> {
    sys::close_range(first_to_close, u32::MAX).map_err(refused("closing every other descriptor"))?;
    for limit in declaration(kind).limits.iter().filter(|limit| limit.after_exec) {
        // The build sees to it that these are the same in both modes, of which a worker knows nothing.
        sys::limit(limit.resource, limit.value.of(Mode::System)).map_err(refused("setting its limits"))?;
    }
    Ok(())
}

/// A change of uid clears the parent-death signal and an exec makes the process dumpable again (`prctl(2)`): both only now.
fn step_10_process(kind: Kind) -> Result<Vec<&'static str>, Refusal> {
    sys::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL as u64).map_err(refused("tying its life to the supervisor's"))?;
    sys::prctl(libc::PR_SET_DUMPABLE, 0).map_err(refused("closing itself to inspection"))?;
    sys::set_name(&process_name(kind)).map_err(refused("naming itself"))?;
    sys::ignore_file_size_signal();
    match sys::prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN) {
        Ok(()) => Ok(Vec::new()),
        Err(Errno::EINVAL) => Ok(vec!["mdwe"]),
        Err(errno) => Err(refused("denying itself executable memory")(errno)),
    }
}

/// The standard hook prints the message, which may quote a user's text, and looks for paths, which is a breach here.
fn step_11_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let line = match panic.location() {
            Some(at) => format!("panicked at {}:{}\n", at.file(), at.line()),
            None => "panicked\n".to_owned(),
        };
        sys::write_diagnostics(line.as_bytes());
        sys::exit(EXIT_PANIC);
    }));
}

fn step_12_landlock(kind: Kind, grant_below: Option<&str>) -> Result<landlock::Enforced, Refusal> {
    let declared = declaration(kind);
    let names: Vec<_> = declared.landlock.iter().map(|protection| protection.name).collect();
    let enforced = landlock::restrict(&names, declared.reads, grant_below);
    let enforced = enforced.map_err(|why| Refusal(format!("restricting itself: {why}"), 0))?;
    if names.contains(&"landlock.fs") && !enforced.missing.contains(&"landlock.fs") {
        use nix::fcntl::{OFlag, open};
        match open("/", OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, nix::sys::stat::Mode::empty()) {
            Err(Errno::EACCES) => {}
            Ok(_) => return Err(Refusal("verifying that no directory opens".to_owned(), 0)),
            Err(errno) => return Err(refused("verifying that no directory opens")(errno)),
        }
    }
    Ok(enforced)
}

/// Last: nothing after it may need more than the declaration allows.
fn step_13_seccomp(kind: Kind, extra: &[i64]) -> Result<[u8; 32], Refusal> {
    let broken = |why: &dyn std::fmt::Display| Refusal(format!("filtering its system calls: {why}"), 0);
    let declared = declaration(kind);
    let digest = seccomp::attested(declared, extra).map_err(|why| broken(&why))?;
    let program = seccomp::program(declared, std::process::id(), extra).map_err(|why| broken(&why))?;
    seccompiler::apply_filter(&program).map_err(|why| broken(&why))?;
    Ok(digest)
}

/// What `ps` shows; the kernel keeps 15 bytes of it as the process's name.
pub(crate) fn process_name(kind: Kind) -> CString {
    CString::new(kind.executable()).expect("no name of ours holds a zero byte")
}

/// Answers requests until the supervisor closes the channel: receives one, answers it, sends each answer with its id.
///
/// What is not a message ends the process with [`EXIT_PROTOCOL`]. For workers whose messages carry no descriptor.
pub fn serve<In, Out>(mut confined: Confined, mut answer: impl FnMut(Packet<In>) -> Vec<Out>) -> !
where
    In: DeserializeOwned + CarriesFds,
    Out: Serialize + CarriesFds,
{
    let channel: Channel<Out, In> = confined.channel();
    let mut buffer = Buffer::default();
    loop {
        let request = match channel.receive(&mut buffer, Wait::Block) {
            Ok(request) => request,
            Err(PacketError::Closed) => sys::exit(0),
            Err(_) => sys::exit(EXIT_PROTOCOL),
        };
        let id = request.id;
        for body in answer(request) {
            match channel.send(&Packet { id, body }, Wait::Block) {
                Ok(()) => {}
                Err(PacketError::Closed) => sys::exit(0),
                Err(_) => sys::exit(EXIT_PROTOCOL),
            }
        }
    }
}

/// Ends the process at once, as [`serve`] does: no destructor runs, nothing is flushed. For workers with a loop of their own.
pub fn end(code: i32) -> ! {
    sys::exit(code)
}

/// Reads a granted descriptor to its end with `read(2)` alone and closes it. `EFBIG` if it holds more than `limit` bytes.
/// (The standard library's reading asks for the size first, which a worker may not.)
pub fn read_all(from: OwnedFd, limit: usize) -> Result<Vec<u8>, Errno> {
    let mut bytes = Vec::new();
    let mut chunk = vec![0; 16 * 1024];
    let result = loop {
        match nix::unistd::read(&from, &mut chunk) {
            Ok(0) => break Ok(bytes),
            Ok(length) if bytes.len() + length > limit => break Err(Errno::EFBIG),
            Ok(length) => bytes.extend_from_slice(&chunk[..length]),
            Err(Errno::EINTR) => {}
            Err(errno) => break Err(errno),
        }
    };
    // Not dropped: a debug build's drop asks the kernel about the descriptor first, by a call that is not allowed here.
    sys::close(from.into_raw_fd());
    result
}
