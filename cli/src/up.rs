//! `palisade up`: makes the directories, starts the supervisor away from this terminal, and waits until it is ready.

use crate::control::Control;
use crate::failure::{EXIT_CONFIGURATION, EXIT_TRY_AGAIN, Failure};
use nix::unistd::{dup, setsid};
use palisade_hook::connect::ConnectError;
use palisade_hook::instance::Instance;
use palisade_hook::worker::{installed, workers_dir};
use palisade_protocol::worker::Kind;
use std::ffi::OsString;
use std::fs::DirBuilder;
use std::io::{PipeReader, Read};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How long another `up` or `stop` of the same instance may be in the way. Long enough for the one that gets ready while a hundred
/// others look whether it is.
const LOCKED_PATIENCE: Duration = Duration::from_secs(30);

/// Between the first two looks at it; twice as long each time, because a look starts two programs.
const LOCKED_PAUSE: Duration = Duration::from_millis(100);

/// The longest time between two looks.
const LOCKED_PAUSE_MAX: Duration = Duration::from_secs(1);

/// The supervisor's executable.
const SUPERVISOR: &str = "palisaded";

/// Starts the supervisor.
pub fn up(state: Option<&Path>, foreground: bool) -> Result<u8, Failure> {
    if let Some(dir) = state {
        make_private(dir)?;
    }
    let instance = Instance::address(state).map_err(Failure::configuration)?;
    if instance.system && !nix::unistd::geteuid().is_root() {
        return Err(Failure::not_permitted(
            "the system installation is started by root: `sudo palisade up`, or use --state DIR for an instance of your own",
        ));
    }
    if !instance.system {
        for dir in [&instance.layout.config, &instance.layout.run, &instance.layout.state] {
            make_private(dir)?;
        }
    }
    let program = beside(SUPERVISOR)?;
    let words = arguments(&instance)?;
    if foreground {
        let why = Command::new(&program).args(&words).exec();
        return Err(Failure::file(&program, &why));
    }
    let begun = Instant::now();
    let mut pause = LOCKED_PAUSE;
    loop {
        match start(&program, &words)? {
            Told::Ready(pid) => {
                say!(
                    "palisade is ready (pid {pid}, {} ms); sockets in {}",
                    begun.elapsed().as_millis(),
                    instance.shown.run.display()
                );
                return Ok(0);
            }
            Told::Failed { why, code } => {
                return Err(Failure { code, text: format!("the supervisor did not start: {why}") });
            }
            Told::Locked => {}
        }
        match running(&instance) {
            Some(Some(pid)) => {
                say!("palisade is already running (pid {pid})");
                return Ok(0);
            }
            Some(None) => {
                say!("palisade is already running");
                return Ok(0);
            }
            None if begun.elapsed() > LOCKED_PATIENCE => {
                return Err(Failure {
                    code: EXIT_TRY_AGAIN,
                    text: format!(
                        "another supervisor holds {} and does not answer: wait, or see who it is with `fuser`",
                        instance.shown.lock().display()
                    ),
                });
            }
            // It may be starting or stopping: the lock or its socket will be free soon.
            None => {
                std::thread::sleep(pause);
                pause = (pause * 2).min(LOCKED_PAUSE_MAX);
            }
        }
    }
}

/// Whether a supervisor answers, and with which process id if it tells.
fn running(instance: &Instance) -> Option<Option<u32>> {
    match Control::try_open(instance) {
        Ok(mut control) => Some(control.status().ok().map(|status| status.pid)),
        // It answered, if not with what was asked: there is one.
        Err(ConnectError::Refused(_) | ConnectError::Version(_) | ConnectError::Malformed(_)) => Some(None),
        Err(_) => None,
    }
}

fn make_private(dir: &Path) -> Result<(), Failure> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(|why| Failure::file(dir, &why))
}

/// A program of ours beside this one, or where packages put it.
fn beside(name: &str) -> Result<PathBuf, Failure> {
    let own =
        std::env::current_exe().map_err(|why| Failure::failed(format!("this program cannot find itself: {why}")))?;
    installed(name).ok().flatten().ok_or_else(|| {
        Failure::configuration(format!("{name} is not beside {}: build or install all of Palisade", own.display()))
    })
}

fn arguments(instance: &Instance) -> Result<Vec<OsString>, Failure> {
    let workers = workers_dir(Kind::Classifier).ok_or_else(|| {
        Failure::configuration("the workers' executables are missing: build or install all of Palisade")
    })?;
    let workers = workers.canonicalize().map_err(|why| Failure::file(&workers, &why))?;
    let shown = &instance.shown;
    let pairs: [(&str, &Path); 4] = [
        ("--config-dir", &shown.config),
        ("--run-dir", &shown.run),
        ("--state-dir", &shown.state),
        ("--workers-dir", &workers),
    ];
    Ok(pairs.into_iter().flat_map(|(name, dir)| [OsString::from(name), dir.as_os_str().to_owned()]).collect())
}

/// What a supervisor says at its start.
enum Told {
    Ready(u32),
    Locked,
    Failed { why: String, code: u8 },
}

fn start(program: &Path, words: &[OsString]) -> Result<Told, Failure> {
    let own =
        std::env::current_exe().map_err(|why| Failure::failed(format!("this program cannot find itself: {why}")))?;
    let (reader, writer) = std::io::pipe().map_err(|why| Failure::failed(format!("no pipe: {why}")))?;
    let mut command = Command::new(&own);
    command.arg("start-detached").arg(program).args(words);
    command.stdin(Stdio::null()).stdout(OwnedFd::from(writer)).stderr(Stdio::null());
    let child = command.spawn().map_err(|why| Failure::file(&own, &why))?;
    // The command holds the write end too; the end of the pipe must mean the end of the supervisor.
    drop(command);
    Ok(listen(reader, child))
}

fn listen(mut reader: PipeReader, mut child: Child) -> Told {
    let mut line = Vec::new();
    let mut byte = [0];
    while line.len() < 4096 && matches!(reader.read(&mut byte), Ok(1)) && byte[0] != b'\n' {
        line.push(byte[0]);
    }
    let line = String::from_utf8_lossy(&line).into_owned();
    if line == "ready" {
        return Told::Ready(child.id());
    }
    let ended = child.wait();
    if line == "locked" {
        return Told::Locked;
    }
    let code = match ended.as_ref().ok().and_then(ExitStatus::code) {
        Some(code) if code == i32::from(EXIT_CONFIGURATION) => EXIT_CONFIGURATION,
        _ => crate::failure::EXIT_FAILED,
    };
    let why = match line.strip_prefix("error: ") {
        Some(why) => crate::words::plain(why),
        None => {
            let how = ended.map_or_else(|why| why.to_string(), |status| status.to_string());
            format!("it ended before it was ready ({how}); `palisade up --foreground` shows what it says")
        }
    };
    Told::Failed { why, code }
}

/// What `up` runs: leaves the session, so that no terminal's end reaches the supervisor, and becomes it. The write end of the
/// ready pipe comes as stdout.
pub fn detached(program: &Path, words: &[OsString]) -> Result<u8, Failure> {
    setsid().map_err(|errno| Failure::failed(format!("a new session cannot be made: {errno}")))?;
    // dup(2), unlike everything in std, leaves the copy open across exec.
    let ready =
        dup(std::io::stdout()).map_err(|errno| Failure::failed(format!("the ready pipe cannot be kept: {errno}")))?;
    let number = ready.as_raw_fd().to_string();
    let mut command = Command::new(program);
    command.args(words).arg("--ready-fd").arg(number).current_dir("/");
    let why = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).exec();
    Err(Failure::file(program, &why))
}
