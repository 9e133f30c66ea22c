//! What the probes aim at: files, listeners, a sibling process.

use palisade_sandbox::Mode;
use palisade_sandbox::hostile::{Targets, program};
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::os::fd::AsFd;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::os::unix::net::{SocketAddr, UnixListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// What a journal's frames hold before a probe.
pub const FRAMES: &[u8] = b"what was recorded before";

/// Listeners that last for all probes of one kind.
pub struct Field {
    mode: Mode,
    tcp: TcpListener,
    udp: UdpSocket,
    abstract_name: String,
    abstract_listener: UnixListener,
}

/// A directory of targets for one probe.
pub struct Ground {
    dir: PathBuf,
    own_before: (i64, i64, Vec<u8>),
    unix: UnixListener,
}

/// A process of the worker's uid.
pub struct Sibling {
    child: Child,
    out: ChildStdout,
    word: usize,
}

fn words(step: &'static str) -> impl Fn(std::io::Error) -> String {
    move |why| format!("{step}: {why}")
}

impl Field {
    pub fn new(mode: Mode) -> Result<Self, String> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let abstract_name = format!("palisade-hostile-{}-{number}", std::process::id());
        let address = SocketAddr::from_abstract_name(&abstract_name).map_err(words("naming a listener"))?;
        let field = Self {
            mode,
            tcp: TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(words("listening by TCP"))?,
            udp: UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).map_err(words("binding UDP"))?,
            abstract_listener: UnixListener::bind_addr(&address).map_err(words("listening abstractly"))?,
            abstract_name,
        };
        field.tcp.set_nonblocking(true).map_err(words("tcp"))?;
        field.udp.set_nonblocking(true).map_err(words("udp"))?;
        field.abstract_listener.set_nonblocking(true).map_err(words("abstract"))?;
        Ok(field)
    }

    pub fn targets(&self, ground: &Ground, sibling: Option<&Sibling>) -> Targets {
        Targets {
            dir: ground.dir.display().to_string(),
            tcp: self.tcp.local_addr().map_or(0, |address| address.port()),
            udp: self.udp.local_addr().map_or(0, |address| address.port()),
            abstract_name: self.abstract_name.clone(),
            sibling: sibling.map_or(0, |sibling| sibling.child.id()),
            sibling_word: sibling.map_or(0, |sibling| sibling.word),
            runner: std::process::id(),
            opened: None,
            system: self.mode == Mode::System,
        }
    }

    /// Whether something arrived since the last look.
    pub fn arrived(&self, ground: &Ground, name: &str) -> bool {
        match name {
            "tcp" => self.tcp.accept().is_ok(),
            "udp" => self.udp.recv(&mut [0; 8]).is_ok(),
            "abstract" => self.abstract_listener.accept().is_ok(),
            _ => ground.unix.accept().is_ok(),
        }
    }

    /// Forgets what earlier probes sent.
    pub fn forget(&self, ground: &Ground) {
        for name in ["tcp", "udp", "abstract", "unix"] {
            while self.arrived(ground, name) {}
        }
    }
}

impl Ground {
    /// For a worker of uid `owner`.
    pub fn new(owner: u32) -> Result<Self, String> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let dir = std::env::temp_dir().join(format!("palisade-hostile-{}-{number}", std::process::id()));
        Self::lay_out(&dir, owner).map_err(|why| format!("{}: {why}", dir.display()))
    }

    fn lay_out(dir: &Path, owner: u32) -> std::io::Result<Self> {
        let mode = |name: &str, mode| fs::set_permissions(dir.join(name), fs::Permissions::from_mode(mode));
        fs::create_dir(dir)?;
        mode("", 0o755)?;
        fs::create_dir(dir.join("list"))?;
        for (name, content, bits) in [
            ("readable", &b"everyone's"[..], 0o644),
            ("private", b"another's", 0o600),
            ("own", b"its own", 0o600),
            ("program", program(), 0o755),
            ("log", FRAMES, 0o600),
            ("dat", b"", 0o600),
        ] {
            fs::write(dir.join(name), content)?;
            mode(name, bits)?;
        }
        symlink("readable", dir.join("symlink"))?;
        let unix = UnixListener::bind(dir.join("listener"))?;
        unix.set_nonblocking(true)?;
        mode("listener", 0o777)?;
        for name in ["", "list", "own", "log", "dat"] {
            chown(dir.join(name), Some(owner), Some(owner)).or_else(|why| match owner {
                _ if fs::metadata(dir.join(name))?.uid() == owner => Ok(()),
                _ => Err(why),
            })?;
        }
        let own_before = inode(&dir.join("own"))?;
        Ok(Self { dir: dir.to_owned(), own_before, unix })
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    pub fn exists(&self, name: &str) -> bool {
        self.path(name).symlink_metadata().is_ok()
    }

    /// Whether anything about `own` is different.
    pub fn own_changed(&self) -> bool {
        inode(&self.path("own")).ok().as_ref() != Some(&self.own_before)
    }

    /// Whether the frames are no longer there as they were.
    pub fn rewritten(&self) -> bool {
        !fs::read(self.path("log")).is_ok_and(|bytes| bytes.starts_with(FRAMES))
    }

    pub fn appending(&self, name: &str) -> Result<File, String> {
        File::options().append(true).open(self.path(name)).map_err(words("opening the journal's files"))
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.dir);
    }
}

/// The change time moves with every change of content, mode, owner, times and attributes.
fn inode(path: &Path) -> std::io::Result<(i64, i64, Vec<u8>)> {
    let meta = fs::metadata(path)?;
    Ok((meta.ctime(), meta.ctime_nsec(), fs::read(path)?))
}

impl Sibling {
    pub fn start(uid: u32) -> Result<Self, String> {
        let mut command = Command::new("/proc/self/exe");
        command.arg("--sibling").stdout(Stdio::piped()).stdin(Stdio::null()).current_dir("/");
        if nix::unistd::geteuid().is_root() {
            command.uid(uid).gid(uid);
        }
        let mut child = command.spawn().map_err(words("starting a sibling"))?;
        let mut out = child.stdout.take().ok_or("the sibling has no output")?;
        let mut line = String::new();
        BufReader::with_capacity(1, &mut out).read_line(&mut line).map_err(words("hearing of a sibling"))?;
        let word = line.trim().parse().map_err(|_| "the sibling did not say where its word is".to_owned())?;
        Ok(Self { child, out, word })
    }

    /// Whether it has ended, waiting a little for that.
    pub fn gone(&mut self, wait_ms: u16) -> bool {
        (0..wait_ms / 10).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(10));
            !matches!(self.child.try_wait(), Ok(None))
        })
    }

    /// Whether it has caught a signal since the last look, waiting a little for it to say so.
    pub fn signalled(&mut self, wait_ms: u16) -> bool {
        use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
        let mut caught = false;
        loop {
            let timeout = if caught { PollTimeout::ZERO } else { PollTimeout::from(wait_ms) };
            let ready = poll(&mut [PollFd::new(self.out.as_fd(), PollFlags::POLLIN)], timeout);
            if !ready.is_ok_and(|count| count > 0) || !self.out.read(&mut [0; 1]).is_ok_and(|length| length == 1) {
                return caught;
            }
            caught = true;
        }
    }
}

impl Drop for Sibling {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
