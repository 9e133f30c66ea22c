//! Compiles `permissions/*.toml` into constants, so that no process parses TOML to know what it may do.
//!
//! A declaration that does not make sense fails the build with the file's name in the message.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::{env, fs};

const FILES: [&str; 6] = ["supervisor", "classifier", "journal", "reader", "compiler", "opener"];

/// Resource, its name in `/proc/PID/limits`, its constant.
const LIMITS: [(&str, &str, &str); 7] = [
    ("CORE", "Max core file size", "RLIMIT_CORE"),
    ("NOFILE", "Max open files", "RLIMIT_NOFILE"),
    ("AS", "Max address space", "RLIMIT_AS"),
    ("FSIZE", "Max file size", "RLIMIT_FSIZE"),
    ("MEMLOCK", "Max locked memory", "RLIMIT_MEMLOCK"),
    ("STACK", "Max stack size", "RLIMIT_STACK"),
    ("NPROC", "Max processes", "RLIMIT_NPROC"),
];

/// A cell: one content for both modes, or one for each.
#[derive(Deserialize, Clone)]
#[serde(untagged)]
enum Cell<T> {
    Same(T),
    Each { system: T, rootless: T },
}

impl<T: Clone> Cell<T> {
    fn system(&self) -> T {
        match self {
            Self::Same(content) | Self::Each { system: content, .. } => content.clone(),
        }
    }
    fn rootless(&self) -> T {
        match self {
            Self::Same(content) | Self::Each { rootless: content, .. } => content.clone(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    worker: Option<String>,
    capability: Option<String>,
    compromise: Option<String>,
    fds_later: Option<String>,
    #[serde(default)]
    as_asking_user: bool,
    uid: Option<Cell<String>>,
    capabilities: Option<Cell<Vec<String>>>,
    bounding: Option<Bounding>,
    #[serde(default)]
    cells: BTreeMap<String, Cell<String>>,
    #[serde(default)]
    fd: Vec<Fd>,
    #[serde(default)]
    limit: Vec<Limit>,
    #[serde(default)]
    landlock: Vec<Protection>,
    #[serde(default)]
    reads: Vec<Reads>,
    #[serde(default)]
    hardening: Vec<Protection>,
    #[serde(default)]
    syscall: Vec<Syscall>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Bounding {
    system: Option<Vec<String>>,
    rootless: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fd {
    number: u32,
    r#type: String,
    access: String,
    purpose: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Limit {
    name: String,
    value: Cell<u64>,
    #[serde(default)]
    after_exec: bool,
    why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Protection {
    name: String,
    why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reads {
    below: String,
    except: Vec<String>,
    why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Syscall {
    name: String,
    #[serde(default)]
    when: Vec<String>,
    /// Only where debug assertions are compiled in.
    #[serde(default)]
    debug_only: bool,
    why: String,
}

fn main() {
    println!("cargo::rerun-if-changed=permissions");
    println!("cargo::rerun-if-changed=build.rs");
    let base = read("base");
    let mut out = String::new();
    for name in FILES {
        let file = read(name);
        assert_eq!(file.worker.as_deref(), Some(name), "permissions/{name}.toml: `worker` is not the file's name");
        declaration(&mut out, name, &file, (name != "supervisor").then_some(&base));
    }
    let to = format!("{}/declarations.rs", env::var("OUT_DIR").expect("cargo sets OUT_DIR"));
    fs::write(&to, out).unwrap_or_else(|why| panic!("{to}: {why}"));
}

fn read(name: &str) -> File {
    let path = format!("permissions/{name}.toml");
    let text = fs::read_to_string(&path).unwrap_or_else(|why| panic!("{path}: {why}"));
    toml::from_str(&text).unwrap_or_else(|why| panic!("{path}: {why}"))
}

/// Writes one declaration. What a worker's file says replaces a base cell or limit and adds to lists.
fn declaration(out: &mut String, name: &str, file: &File, base: Option<&File>) {
    let text = |content: &Option<String>, key: &str| {
        content.clone().unwrap_or_else(|| panic!("permissions/{name}.toml: `{key}` is missing"))
    };
    let uid = file.uid.as_ref().or(base.and_then(|base| base.uid.as_ref())).expect("`uid` is missing");
    let capabilities = file
        .capabilities
        .as_ref()
        .or(base.and_then(|base| base.capabilities.as_ref()))
        .expect("`capabilities` missing");
    let bounding =
        file.bounding.as_ref().or(base.and_then(|base| base.bounding.as_ref())).expect("`bounding` is missing");
    let cell = |key: &str| {
        let cell = file.cells.get(key).or(base.and_then(|base| base.cells.get(key)));
        let cell = cell.unwrap_or_else(|| panic!("permissions/{name}.toml: cell `{key}` is missing"));
        format!("PerMode {{ system: {:?}, rootless: {:?} }}", cell.system(), cell.rootless())
    };
    for key in file.cells.keys() {
        assert!(
            ["filesystem", "network", "exec"].contains(&&**key),
            "permissions/{name}.toml: no cell is called `{key}`"
        );
    }
    let _ = writeln!(out, "pub static {}: Declaration = Declaration {{", name.to_uppercase());
    let _ = writeln!(out, "worker: {name:?},");
    let _ = writeln!(out, "capability: {:?},", text(&file.capability, "capability"));
    let _ = writeln!(out, "compromise: {:?},", text(&file.compromise, "compromise"));
    let _ = writeln!(out, "uid: PerMode {{ system: {:?}, rootless: {:?} }},", uid.system(), uid.rootless());
    for names in [capabilities.system(), capabilities.rootless()] {
        assert!(base.is_none() || names.is_empty(), "permissions/{name}.toml: a worker has no Linux capability");
    }
    let _ = writeln!(
        out,
        "capabilities: PerMode {{ system: &{:?}, rootless: &{:?} }},",
        capabilities.system(),
        capabilities.rootless()
    );
    let set = |names: &Option<Vec<String>>| match names {
        Some(names) => format!("Some(&{names:?})"),
        None => "None".to_owned(),
    };
    let _ = writeln!(
        out,
        "bounding: PerMode {{ system: {}, rootless: {} }},",
        set(&bounding.system),
        set(&bounding.rootless)
    );
    for key in ["filesystem", "network", "exec"] {
        let _ = writeln!(out, "{key}: {},", cell(key));
    }
    let _ = writeln!(out, "fds_later: {:?},", file.fds_later.clone().unwrap_or_default());
    let _ = writeln!(out, "as_asking_user: {},", file.as_asking_user);
    out.push_str("reads: &[");
    for Reads { below, except, why } in &file.reads {
        let _ = writeln!(out, "Reads {{ below: {below:?}, except: &{except:?}, why: {why:?} }},");
    }
    out.push_str("],\n");
    fds(out, name, base.into_iter().flat_map(|base| &base.fd).chain(&file.fd));
    syscalls(out, name, base.into_iter().flat_map(|base| &base.syscall).chain(&file.syscall));
    limits(out, name, base.into_iter().flat_map(|base| &base.limit).chain(&file.limit));
    protections(out, "landlock", base.into_iter().flat_map(|base| &base.landlock).chain(&file.landlock));
    protections(out, "hardening", base.into_iter().flat_map(|base| &base.hardening).chain(&file.hardening));
    out.push_str("};\n");
}

fn protections<'a>(out: &mut String, field: &str, protections: impl Iterator<Item = &'a Protection>) {
    let _ = writeln!(out, "{field}: &[");
    for protection in protections {
        let _ = writeln!(out, "Protection {{ name: {:?}, why: {:?} }},", protection.name, protection.why);
    }
    out.push_str("],\n");
}

fn fds<'a>(out: &mut String, name: &str, fds: impl Iterator<Item = &'a Fd>) {
    let mut last = None;
    out.push_str("fds: &[");
    for fd in fds {
        assert!(last < Some(fd.number), "permissions/{name}.toml: descriptors must be in order, each once");
        assert!(fd.number < 6, "permissions/{name}.toml: a worker closes every descriptor from 6 on");
        last = Some(fd.number);
        let kind = match &*fd.r#type {
            "file" => "File",
            "device" => "Device",
            "pipe" => "Pipe",
            "socket" => "Socket",
            other => panic!("permissions/{name}.toml: no descriptor is a `{other}`"),
        };
        let access = match &*fd.access {
            "read" => "Read",
            "write" => "Write",
            "append" => "Append",
            "read-write" => "ReadWrite",
            other => panic!("permissions/{name}.toml: no descriptor is open for `{other}`"),
        };
        let _ = writeln!(
            out,
            "Fd {{ number: {}, kind: FdType::{kind}, access: FdAccess::{access}, purpose: {:?} }},",
            fd.number, fd.purpose
        );
    }
    out.push_str("],\n");
}

fn limits<'a>(out: &mut String, name: &str, limits: impl Iterator<Item = &'a Limit>) {
    let mut merged: Vec<&Limit> = Vec::new();
    for limit in limits {
        match merged.iter_mut().find(|known| known.name == limit.name) {
            Some(known) => *known = limit,
            None => merged.push(limit),
        }
    }
    out.push_str("limits: &[");
    for limit in merged {
        let (_, row, constant) = LIMITS
            .iter()
            .find(|(known, _, _)| *known == limit.name)
            .unwrap_or_else(|| panic!("permissions/{name}.toml: no limit is called `{}`", limit.name));
        assert!(
            !limit.after_exec || limit.value.system() == limit.value.rootless(),
            "permissions/{name}.toml: `{}` is set after exec, where the mode is not known",
            limit.name
        );
        let _ = writeln!(
            out,
            "Limit {{ name: {:?}, row: {row:?}, resource: libc::{constant} as u32, \
             value: PerMode {{ system: {}, rootless: {} }}, after_exec: {}, why: {:?} }},",
            limit.name,
            limit.value.system(),
            limit.value.rootless(),
            limit.after_exec,
            limit.why
        );
    }
    out.push_str("],\n");
}

/// A system call named twice (in the base and in the worker's file) gets the alternatives of both.
fn syscalls<'a>(out: &mut String, name: &str, calls: impl Iterator<Item = &'a Syscall>) {
    let mut merged: BTreeMap<&str, (Vec<&str>, Vec<&str>)> = BTreeMap::new();
    let debug = env::var_os("CARGO_CFG_DEBUG_ASSERTIONS").is_some();
    for call in calls.filter(|call| debug || !call.debug_only) {
        let known = merged.contains_key(&*call.name);
        let (when, why) = merged.entry(&call.name).or_default();
        assert!(
            !known || !(when.is_empty() || call.when.is_empty()),
            "permissions/{name}.toml: `{}` is named twice, once without a rule",
            call.name
        );
        when.extend(call.when.iter().map(String::as_str));
        why.push(&call.why);
    }
    out.push_str("syscalls: &[");
    for (call, (when, why)) in merged {
        let rules: Vec<String> = when.iter().map(|rule| compile_rule(name, rule)).collect();
        let _ = writeln!(
            out,
            "Syscall {{ name: {call:?}, number: libc::SYS_{call} as i64, when: &{when:?}, rules: &[{}], why: {:?} }},",
            rules.join(", "),
            why.join("; ")
        );
    }
    out.push_str("],\n");
}

/// `argN == V && argN & MASK == V` as a Rust expression.
fn compile_rule(name: &str, rule: &str) -> String {
    let fail =
        || -> ! { panic!("permissions/{name}.toml: `{rule}` is not `argN == V` or `argN & MASK == V`, joined by &&") };
    let conditions: Vec<String> = rule
        .split("&&")
        .map(|condition| {
            let Some((left, value)) = condition.split_once("==") else { fail() };
            let (argument, mask) = match left.split_once('&') {
                Some((argument, mask)) => (argument, constant(mask)),
                None => (left, "0xffff_ffff".to_owned()),
            };
            let Some(argument) = argument.trim().strip_prefix("arg").and_then(|number| number.parse::<u8>().ok())
            else {
                fail()
            };
            if argument > 5 {
                fail()
            }
            let value = match value.trim() {
                "own-pid" => "Value::OwnPid".to_owned(),
                value => format!("Value::Is({})", constant(value)),
            };
            format!("Condition {{ argument: {argument}, mask: {mask}, value: {value} }}")
        })
        .collect();
    format!("&[{}]", conditions.join(", "))
}

/// A number, or constants of the C headers joined by `|`.
fn constant(text: &str) -> String {
    let parts: Vec<String> = text
        .split('|')
        .map(str::trim)
        .map(|part| match part.chars().next() {
            Some('0'..='9') => format!("{part}_u64"),
            _ => format!("libc::{part} as u64"),
        })
        .collect();
    parts.join(" | ")
}
