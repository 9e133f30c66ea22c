//! The configuration: its text goes unread to a confined compiler, and only the compiled form comes back.

use super::BootError;
use nix::sys::socket::setsockopt;
use nix::sys::socket::sockopt::ReceiveTimeout;
use nix::sys::time::{TimeVal, TimeValLike};
use nix::unistd::Uid;
use palisade_protocol::bounded::Blob;
use palisade_protocol::codec;
use palisade_protocol::compile::{Config, Reply, Request, Subordinates, UID_BASE, WORKER_UIDS};
use palisade_protocol::limits::CONFIG_MAX;
use palisade_protocol::packet::{Buffer, Channel, Packet, Wait};
use palisade_protocol::worker::Kind;
use palisade_sandbox::{Executable, Ids, Mode, Plan, declaration, process, start};
use std::collections::BTreeMap;
use std::fs::{self, File, Permissions};
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

/// The compiler runs before the configuration is known: it gets the first worker uid of the default range, whatever that says.
const COMPILER_IDS: Ids = Ids { uid: UID_BASE + WORKER_UIDS.start, gid: UID_BASE + WORKER_UIDS.start };

/// A confined worker is ready in well under a millisecond and compiles in a few; this bounds a machine that swaps.
const START_DEADLINE: Duration = Duration::from_secs(5);

/// Whose the subordinate uids are (`subuid(5)`), and the uids of the names in it (`passwd(5)`).
const SUBUID: &str = "/etc/subuid";
const PASSWD: &str = "/etc/passwd";

/// What the compiler made of the host's texts.
#[derive(Debug)]
pub struct Settings {
    /// The configuration.
    pub config: Config,
    /// Protections that the kernel lacks and the configuration gives up.
    pub degraded: Vec<String>,
    /// Ranges of subordinate uids, ascending.
    pub subordinates: Vec<Subordinates>,
}

/// The configuration's text; empty when there is none. Only who may decide may write it.
pub fn read(path: &Path, mode: Mode) -> Result<Blob<CONFIG_MAX>, BootError> {
    let failed = |why| BootError::File(path.to_owned(), why);
    let file = match File::options().read(true).custom_flags(nix::libc::O_NOFOLLOW | nix::libc::O_NONBLOCK).open(path) {
        Ok(file) => file,
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(Blob::default()),
        Err(why) => return Err(failed(why)),
    };
    let status = file.metadata().map_err(failed)?;
    let trusted = if mode == Mode::System { 0 } else { Uid::effective().as_raw() };
    if !status.is_file() || status.uid() != trusted || status.mode() & 0o022 != 0 {
        return Err(BootError::Unfit(format!(
            "{} must be a regular file that only uid {trusted} may write",
            path.display()
        )));
    }
    let mut text = Vec::new();
    file.take(CONFIG_MAX as u64 + 1).read_to_end(&mut text).map_err(failed)?;
    Blob::new(text).map_err(|_| BootError::Unfit(format!("{} is longer than {CONFIG_MAX} bytes", path.display())))
}

/// Has the text compiled by a confined worker, and in a system run `/etc/subuid` too. Every protection that the kernel lacks and
/// the text does not accept is a refusal to start.
pub fn compile(
    executables: &BTreeMap<Kind, Executable>,
    mode: Mode,
    text: Blob<CONFIG_MAX>,
) -> Result<Settings, BootError> {
    let mut compiler = Compiler::start(executables, mode)?;
    let config = match compiler.ask(Request::Compile(text))? {
        Reply::Compiled(config) => *config,
        Reply::Rejected(why) => return Err(BootError::Unfit(format!("palisade.toml: {why}"))),
        _ => return Err(unasked()),
    };
    let accepted = |name: &&String| config.degraded.iter().any(|accepted| accepted.as_str() == **name);
    if let Some(name) = compiler.missing.iter().find(|name| !accepted(name)) {
        return Err(BootError::Unfit(format!(
            "this kernel lacks the protection {name}; to run without it, write degraded = [\"{name}\"] in palisade.toml"
        )));
    }
    let subordinates = match mode {
        // Nobody but its owner reaches a rootless instance.
        Mode::Rootless => Vec::new(),
        Mode::System => {
            match compiler.ask(Request::Subordinates { subuid: first(SUBUID)?, passwd: first(PASSWD)? })? {
                Reply::Subordinates(ranges) => ranges.into_vec(),
                _ => return Err(unasked()),
            }
        }
    };
    Ok(Settings { config, degraded: std::mem::take(&mut compiler.missing), subordinates })
}

/// As much of a system file as is sent to the compiler; nothing where it is missing.
fn first<const MAX: usize>(path: &str) -> Result<Blob<MAX>, BootError> {
    let mut text = Vec::new();
    match File::open(path).and_then(|file| file.take(MAX as u64).read_to_end(&mut text)) {
        Err(why) if why.kind() != io::ErrorKind::NotFound => Err(BootError::File(path.into(), why)),
        _ => Ok(Blob::new(text).unwrap_or_default()),
    }
}

fn unasked() -> BootError {
    BootError::Unfit("the compiler answered what it was not asked".to_owned())
}

/// The compiler worker, for as long as there is something to ask. Dropping it ends it.
struct Compiler {
    channel: Channel<Request, Reply>,
    pidfd: OwnedFd,
    missing: Vec<String>,
    asked: u64,
}

impl Compiler {
    fn start(executables: &BTreeMap<Kind, Executable>, mode: Mode) -> Result<Self, BootError> {
        let executable =
            executables.get(&Kind::Compiler).ok_or_else(|| BootError::Unfit("no compiler is installed".into()))?;
        let plan = Plan { executable, mode, ids: (mode == Mode::System).then_some(COMPILER_IDS), grants: &[] };
        // What may be missing is in the text that this worker compiles, so its own missing protections are judged afterwards.
        let every: Vec<&str> = declaration(Kind::Compiler).protections().collect();
        let refused =
            |why: &dyn std::fmt::Display| BootError::Unfit(format!("the compiler worker was not started: {why}"));
        let started = start(&plan, &every, START_DEADLINE).map_err(|why| refused(&why))?.into_inner();
        let patience = TimeVal::seconds(START_DEADLINE.as_secs().cast_signed());
        setsockopt(&started.process.channel, ReceiveTimeout, &patience).map_err(|why| refused(&why))?;
        for name in &started.process.lacking {
            crate::log::line(&format!(
                "this kernel lacks {name}; what it would do in addition is done by a check alone"
            ));
        }
        let missing = started.attested.ready.missing.iter().map(ToString::to_string).collect();
        Ok(Self { channel: Channel::new(started.process.channel), pidfd: started.process.pidfd, missing, asked: 0 })
    }

    fn ask(&mut self, question: Request) -> Result<Reply, BootError> {
        self.asked += 1;
        let sent = self.channel.send(&Packet { id: self.asked, body: question }, Wait::Block);
        match sent.and_then(|()| self.channel.receive(&mut Buffer::default(), Wait::Block)) {
            Ok(answer) if answer.id == self.asked => Ok(answer.body),
            Ok(_) => Err(unasked()),
            Err(why) => Err(BootError::Unfit(format!("the compiler did not answer: {why}"))),
        }
    }
}

impl Drop for Compiler {
    fn drop(&mut self) {
        // One that was taken over might not end by itself.
        process::end(&self.pidfd);
    }
}

/// Writes the compiled policy for clients that find no supervisor (I7), as the starting user, readable by all.
pub fn publish(path: &Path, config: &Config) -> Result<(), BootError> {
    let failed = |why| BootError::File(path.to_owned(), why);
    let bytes = codec::encode(&config.policy_file()).map_err(|why| BootError::Unfit(why.to_string()))?;
    let fresh = path.with_extension("new");
    match fs::remove_file(&fresh) {
        Err(why) if why.kind() != io::ErrorKind::NotFound => return Err(failed(why)),
        _ => {}
    }
    let mut out = File::options().write(true).create_new(true).mode(0o600).open(&fresh).map_err(failed)?;
    out.write_all(&bytes).map_err(failed)?;
    out.set_permissions(Permissions::from_mode(0o644)).map_err(failed)?;
    out.sync_all().map_err(failed)?;
    fs::rename(&fresh, path).map_err(failed)
}
