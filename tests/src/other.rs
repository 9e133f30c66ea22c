//! A second user: what the tests of an instance started by root do as a uid without rights.

use crate::instance::{Instance, copy_executable, scratch};
use std::ffi::OsStr;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

/// An ordinary user that every host has.
pub const OTHER: u32 = 65_534;

/// Runs a program as [`OTHER`], in these further groups.
pub fn as_other(program: impl AsRef<OsStr>, groups: &[u32]) -> Command {
    let mut command = Command::new("setpriv");
    let other = OTHER.to_string();
    command.args(["--reuid", &other, "--regid", &other]);
    match groups {
        [] => command.arg("--clear-groups"),
        _ => command.arg("--groups").arg(groups.iter().map(u32::to_string).collect::<Vec<_>>().join(",")),
    };
    command.arg(program).current_dir("/");
    command
}

/// Lets other uids reach the sockets of an instance whose directory is private. While it is open, `palisade --state` refuses it.
pub fn open_door(instance: &Instance, open: bool) {
    let mode = if open { 0o711 } else { 0o700 };
    std::fs::set_permissions(&instance.dir, PermissionsExt::from_mode(mode)).unwrap();
}

/// What the other user needs to use the command line: executables that it may run, and a private directory of its own through
/// which `--state` finds the instance's sockets.
#[derive(Debug)]
pub struct Desk {
    root: PathBuf,
}

impl Desk {
    /// With copies of these executables.
    pub fn new(executables: &[&Path]) -> Self {
        let root = scratch();
        let open = |path: &Path| std::fs::set_permissions(path, PermissionsExt::from_mode(0o755)).unwrap();
        open(&root);
        for executable in executables {
            let copy = root.join(executable.file_name().unwrap());
            copy_executable(executable, &copy);
            open(&copy);
        }
        let state = root.join("s");
        std::fs::create_dir(&state).unwrap();
        std::fs::set_permissions(&state, PermissionsExt::from_mode(0o700)).unwrap();
        chown(&state, Some(OTHER), Some(OTHER)).unwrap();
        Self { root }
    }

    /// A copied executable.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// The other user's own `--state` directory.
    pub fn state(&self) -> PathBuf {
        self.root.join("s")
    }

    /// Lets the other user's `--state` lead to this instance.
    pub fn faces(&self, instance: &Instance) {
        symlink(instance.layout().run, self.state().join("run")).unwrap();
    }

    /// `palisade --state … ARGUMENTS…` as the other user, in these groups.
    pub fn palisade(&self, groups: &[u32], arguments: &[&str]) -> Command {
        let mut command = as_other(self.path("palisade"), groups);
        command.arg("--state").arg(self.state()).args(arguments);
        command
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        crate::instance::remove(&self.root);
    }
}

/// The group that may connect to the control socket.
pub fn control_group(instance: &Instance) -> u32 {
    std::fs::metadata(instance.layout().control_socket()).expect("a control socket").gid()
}
