//! Telling the starter: a pipe for `palisade up`, `sd_notify(3)` for systemd, and the watchdog fed by an end-to-end canary.

use nix::fcntl::{FcntlArg, FdFlag, fcntl};
pub use sd_notify::NotifyState;
use std::cell::RefCell;
use std::fs::File;
use std::io::Write;
use std::os::fd::AsFd;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::path::PathBuf;
use std::time::Duration;

/// Where readiness is told. Used once; dropping it closes the pipe, which the starter reads as a death.
#[derive(Debug)]
pub struct Ready {
    pipe: RefCell<Option<File>>,
}

impl Ready {
    /// `fd` is the write end of the starter's pipe, inherited.
    pub fn from_fd(fd: Option<u32>) -> Self {
        // Opened anew through /proc, so that no descriptor number of ours is taken on the starter's word.
        let pipe = fd.and_then(|fd| {
            let file = File::options().write(true).open(PathBuf::from(format!("/proc/self/fd/{fd}"))).ok()?;
            fcntl(file.as_fd(), FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC)).ok()?;
            let _ = nix::unistd::close(i32::try_from(fd).ok()?);
            Some(file)
        });
        Self { pipe: RefCell::new(pipe) }
    }

    /// One line: `ready`, `locked` (another supervisor holds the lock), or `error: ` and why.
    pub fn say(&self, line: &str) {
        if let Some(mut pipe) = self.pipe.borrow_mut().take() {
            // A starter that has gone no longer wants to know.
            let _ = pipe.write_all(format!("{}\n", line.replace('\n', " ")).as_bytes());
        }
    }
}

/// How often systemd wants to hear from us, if at all.
pub fn watchdog() -> Option<Duration> {
    sd_notify::watchdog_enabled()
}

/// Tells systemd, where it listens: ready once every required worker is verified and serves, alive after a canary went through
/// classifier and journal, stopping when an orderly stop has begun. Unlike `sd_notify(3)` it never waits: a service manager that does
/// not read must not keep everybody's calls waiting.
pub fn tell(state: &[NotifyState<'_>]) {
    let Some(name) = std::env::var_os("NOTIFY_SOCKET") else { return };
    let address = match name.as_bytes().strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name),
        None => SocketAddr::from_pathname(&name),
    };
    let socket = UnixDatagram::unbound().and_then(|socket| socket.set_nonblocking(true).map(|()| socket));
    let lines: String = state.iter().map(|one| format!("{one}\n")).collect();
    if let Err(why) = address.and_then(|address| socket?.send_to_addr(lines.as_bytes(), &address)) {
        crate::log::line(&format!("the service manager cannot be told: {why}"));
    }
}
