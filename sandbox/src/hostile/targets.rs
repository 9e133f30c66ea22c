//! Where the probes' targets are: prepared by the runner, told to the worker in its arguments.

use super::call;
use nix::errno::Errno;
use std::cell::RefCell;
use std::ffi::CString;
use std::sync::OnceLock;

thread_local! {
    /// What the next launch of this thread hands on.
    static ANNOUNCED: RefCell<String> = const { RefCell::new(String::new()) };
}

/// For the arguments of the worker that is being launched.
pub(super) fn announced() -> String {
    ANNOUNCED.with(|announced| announced.borrow().clone())
}

/// What the runner prepared.
#[derive(Debug, Clone, Default)]
pub struct Targets {
    /// A directory that the worker's uid owns, with `readable` (everyone's), `private` (another's), `own`, `program`, `list/`,
    /// `listener` (a Unix socket).
    pub dir: String,
    /// Port of a TCP listener on 127.0.0.1.
    pub tcp: u16,
    /// Port of a UDP socket on 127.0.0.1.
    pub udp: u16,
    /// Name of an abstract Unix listener.
    pub abstract_name: String,
    /// Another process of the worker's uid, dumpable, with a pipe at descriptor 1.
    pub sibling: u32,
    /// Where eight bytes of the sibling's memory may be read and written.
    pub sibling_word: usize,
    /// The runner's own process id.
    pub runner: u32,
    /// The target directory, opened before the lock-down; only known to the worker.
    pub opened: Option<usize>,
    /// Another uid's process may not be signalled.
    pub system: bool,
}

static KNOWN: OnceLock<Targets> = OnceLock::new();

impl Targets {
    /// Runs `launch` with these targets for the workers that it launches.
    pub fn announced<T>(targets: &Self, launch: impl FnOnce() -> T) -> T {
        let Self { dir, tcp, udp, abstract_name, sibling, sibling_word, runner, system, .. } = targets;
        let text = format!("{dir}|{tcp}|{udp}|{abstract_name}|{sibling}|{sibling_word}|{runner}|{}", u8::from(*system));
        ANNOUNCED.with(|announced| announced.replace(text));
        launch()
    }

    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('|');
        Some(Self {
            dir: parts.next()?.to_owned(),
            tcp: parts.next()?.parse().ok()?,
            udp: parts.next()?.parse().ok()?,
            abstract_name: parts.next()?.to_owned(),
            sibling: parts.next()?.parse().ok()?,
            sibling_word: parts.next()?.parse().ok()?,
            runner: parts.next()?.parse().ok()?,
            opened: None,
            system: parts.next()? == "1",
        })
    }

    /// A path in the target directory.
    pub(super) fn path(&self, name: &str) -> CString {
        CString::new(format!("{}/{name}", self.dir)).unwrap_or_default()
    }

    pub(super) fn opened(&self) -> Result<usize, Errno> {
        self.opened.ok_or(Errno::EBADF)
    }
}

pub(super) fn known() -> Option<&'static Targets> {
    KNOWN.get()
}

pub(super) fn prepare() {
    let text = std::env::args().nth(2).unwrap_or_default();
    if let Some(mut targets) = Targets::parse(&text) {
        let dir = targets.path("");
        let flags = libc::O_RDONLY | libc::O_DIRECTORY;
        targets.opened = call(libc::SYS_open, [dir.as_ptr() as usize, flags as usize]).ok();
        let _ = KNOWN.set(targets);
    }
}
