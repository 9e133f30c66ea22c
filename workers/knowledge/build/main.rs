//! Compiles `programs/*.toml`, `rules/*.toml` and `side-doors.toml` into static tables, so that no process parses anything to know what a program does.
//!
//! [`schema`] is the shape of the files, [`check`] what must hold of them, [`emit`] the tables. What is malformed fails the build
//! with the file and the entry in the message.

mod check;
mod emit;
mod schema;

use std::path::{Path, PathBuf};
use std::{env, fs};

/// What programs do by options that their entries do not speak of.
const DOORS: &str = "side-doors.toml";

fn main() {
    for folder in ["build", "programs", "rules", DOORS] {
        println!("cargo::rerun-if-changed={folder}");
    }
    let rules = read::<schema::Rules>("rules");
    let programs = read::<schema::Programs>("programs");
    let doors: schema::Doors = parse(Path::new(DOORS));
    let checked = check::rules(&rules).and_then(|ids| check::programs(&programs, &ids));
    if let Err(why) = checked.and_then(|()| check::doors(&doors, &programs)) {
        fail(&why);
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    write(&out.join("rules.rs"), &emit::rules(&rules));
    write(&out.join("programs.rs"), &emit::programs(&programs));
    write(&out.join("doors.rs"), &emit::doors(&doors));
}

fn parse<T: serde::de::DeserializeOwned>(path: &Path) -> T {
    let text = fs::read_to_string(path).unwrap_or_else(|why| fail(&format!("{}: {why}", path.display())));
    toml::from_str(&text).unwrap_or_else(|why| fail(&format!("{}: {why}", path.display())))
}

/// The files of a folder, by their names without the ending, in the order of these names.
fn read<T: serde::de::DeserializeOwned>(folder: &str) -> Vec<(String, T)> {
    let listed = fs::read_dir(folder).unwrap_or_else(|why| fail(&format!("{folder}: {why}")));
    let mut paths: Vec<PathBuf> = listed.map(|entry| entry.expect("a directory entry").path()).collect();
    paths.sort();
    let named = |path: &PathBuf| (path.file_stem().unwrap_or_default().to_string_lossy().into_owned(), parse(path));
    paths.iter().filter(|path| path.extension().is_some_and(|end| end == "toml")).map(named).collect()
}

fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap_or_else(|why| fail(&format!("{}: {why}", path.display())));
}

fn fail(why: &str) -> ! {
    eprintln!("{why}");
    println!("cargo::error={}", why.replace('\n', " "));
    std::process::exit(1);
}
