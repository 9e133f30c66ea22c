//! The executables under test, built once a run: static, for the musl target where that is installed, else with static glibc.

use crate::instance::copy_executable;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// A set of executables.
#[derive(Debug, Clone)]
pub struct Built {
    /// The directory they all lie in.
    pub dir: PathBuf,
}

/// The packages that have executables.
const PACKAGES: [&str; 8] = [
    "palisaded",
    "palisade-cli",
    "palisade-hook",
    "palisade-classifier",
    "palisade-journal",
    "palisade-reader",
    "palisade-compiler",
    "palisade-opener",
];

impl Built {
    /// As shipped: the release profile, no features.
    pub fn release() -> &'static Self {
        static BUILT: OnceLock<Built> = OnceLock::new();
        BUILT.get_or_init(|| Self::build(&PACKAGES, &[], &target_dir()))
    }

    /// Workers that do forbidden things when told to, and `palisade-hostile`, which tells them. Never shipped.
    pub fn hostile() -> &'static Self {
        static BUILT: OnceLock<Built> = OnceLock::new();
        BUILT.get_or_init(|| {
            let crates = ["sandbox", "classifier", "journal", "reader", "compiler", "opener"];
            let packages = crates.map(|name| format!("palisade-{name}"));
            let features = crates.map(|name| format!("palisade-{name}/hostile"));
            let [packages, features] = [&packages, &features].map(|words| words.each_ref().map(String::as_str));
            Self::build(&packages, &features, &target_dir().join("hostile"))
        })
    }

    /// The shipped supervisor, command line and hook over the hostile workers.
    pub fn beset() -> &'static Self {
        static BUILT: OnceLock<Built> = OnceLock::new();
        BUILT.get_or_init(|| {
            let (shipped, hostile) = (Self::release(), Self::hostile());
            let dir = hostile.path("beset");
            // A copy over a running executable would fail.
            let _ = std::fs::remove_dir_all(&dir);
            std::fs::create_dir_all(&dir).expect("a directory");
            let ours = ["palisaded", "palisade", "palisade-hook"].map(|name| (shipped, name));
            let theirs =
                ["classifier", "journal", "reader", "compiler", "opener"].map(|kind| format!("palisade-{kind}"));
            for (from, name) in ours.into_iter().chain(theirs.iter().map(|name| (hostile, name.as_str()))) {
                copy_executable(&from.path(name), &dir.join(name));
            }
            Self { dir }
        })
    }

    /// A supervisor that grants one thing more than declared, by `PALISADE_OVERGRANT`. Never shipped.
    pub fn overgranting() -> &'static Self {
        static BUILT: OnceLock<Built> = OnceLock::new();
        BUILT.get_or_init(|| {
            let features = ["palisaded/overgrant", "palisade-sandbox/overgrant"];
            Self::build(&PACKAGES, &features, &target_dir().join("overgranting"))
        })
    }

    /// The path of an executable.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    fn build(packages: &[&str], features: &[&str], target_dir: &Path) -> Self {
        let target = target();
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.current_dir(workspace()).args([
            "build",
            "--release",
            "--locked",
            "--quiet",
            "--bins",
            "--target",
            &target,
        ]);
        cargo.arg("--target-dir").arg(target_dir);
        for package in packages {
            cargo.args(["--package", package]);
        }
        if !features.is_empty() {
            cargo.args(["--features", &features.join(",")]);
        }
        if !features.is_empty() {
            // What is never shipped need not be optimised as a whole: this halves the time to the first test.
            cargo.env("CARGO_PROFILE_RELEASE_LTO", "off").env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
        }
        // The test runner's own flags are not for the executables under test.
        cargo.env_remove("CARGO_ENCODED_RUSTFLAGS").env_remove("RUSTFLAGS");
        let status = cargo.status().expect("cargo runs");
        assert!(status.success(), "the executables under test do not build");
        // What a build leaves to be written would keep the first instances' journals waiting for the disk.
        nix::unistd::sync();
        Self { dir: target_dir.join(target).join("release") }
    }
}

/// The root of the workspace.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace").to_owned()
}

fn target_dir() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => workspace().join(dir),
        None => workspace().join("target"),
    }
}

/// The musl target where its standard library is installed, else the host's.
fn target() -> String {
    let rustc = |arguments: &[&str]| {
        let output = Command::new("rustc").args(arguments).output().expect("rustc runs");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    };
    let musl = format!("{}-unknown-linux-musl", std::env::consts::ARCH);
    let libraries = rustc(&["--print", "target-libdir", "--target", &musl]);
    if !libraries.is_empty() && Path::new(&libraries).is_dir() {
        return musl;
    }
    let version = rustc(&["-vV"]);
    version.lines().find_map(|line| line.strip_prefix("host: ")).expect("rustc names its host").to_owned()
}
