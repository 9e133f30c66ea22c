//! I2: what the child attests and what the kernel reports, against what is declared.

use crate::{Declaration, Ids, Mode, declaration, landlock, seccomp};
use palisade_protocol::bounded::{List, Text};
pub use palisade_protocol::control::KernelView;
use palisade_protocol::control::{Limit, Observed};
use palisade_protocol::worker::{FdReport, Kind, Ready};
use std::io;

/// What the child said of itself: the fd table before exec, the lock-down after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attested {
    /// Every open descriptor.
    pub fds: List<FdReport, 64>,
    /// The lock-down.
    pub ready: Ready,
}

/// Reads `/proc/PID/status` and `/proc/PID/limits`, which the kernel shows to every uid (`proc(5)`).
pub fn kernel_view(pid: u32) -> io::Result<KernelView> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let limits = std::fs::read_to_string(format!("/proc/{pid}/limits"))?;
    parse(&status, &limits)
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, format!("/proc/{pid}/status cannot be understood")))
}

/// Every difference between declared and observed, one sentence each; none means that they agree.
pub fn differences(
    kind: Kind,
    mode: Mode,
    ids: Option<Ids>,
    attested: &Attested,
    kernel: &KernelView,
    accepted_missing: &[impl AsRef<str>],
) -> Vec<String> {
    let declared = declaration(kind);
    let mut found = Vec::new();
    identity(mode, ids, kernel, &mut found);
    capabilities(declared, mode, kernel, &mut found);
    descriptors(declared, attested, &mut found);
    limits(declared, mode, kernel, &mut found);
    lock_down(kind, attested, kernel, &mut found);
    for name in missing(attested, accepted_missing) {
        found.push(format!("the kernel lacks {name}, and the configuration does not accept that"));
    }
    found
}

/// The protections that a worker reported missing and nobody has accepted as missing.
pub fn missing(attested: &Attested, accepted: &[impl AsRef<str>]) -> Vec<String> {
    let accepted = |name: &str| accepted.iter().any(|known| known.as_ref() == name);
    attested.ready.missing.iter().filter(|name| !accepted(name)).map(|name| name.as_str().to_owned()).collect()
}

/// SHA-256 of the seccomp program that the worker `kind` must have installed. The program names the process's own id, which
/// counts as 0 here.
pub fn expected_seccomp(kind: Kind) -> [u8; 32] {
    // A declaration that does not compile cannot be matched by any worker.
    seccomp::attested(declaration(kind), &[]).unwrap_or_default()
}

/// The seccomp program that the worker `kind` with process id `pid` must have installed, as the kernel gives it out
/// (`PTRACE_SECCOMP_GET_FILTER`, ptrace(2)): 8 bytes an instruction.
pub fn seccomp_program(kind: Kind, pid: u32) -> Vec<u8> {
    let program = seccomp::program(declaration(kind), pid, &[]).unwrap_or_default();
    seccomp::bytes(&program)
}

/// SHA-256 of the Landlock rights that the worker `kind` must have asked for, where everything is enforced.
pub fn expected_landlock(kind: Kind) -> [u8; 32] {
    let none: [&str; 0] = [];
    expected_landlock_without(kind, &none)
}

/// The same where the kernel lacks `missing`.
pub fn expected_landlock_without(kind: Kind, missing: &[impl AsRef<str>]) -> [u8; 32] {
    let declared = declaration(kind);
    let names: Vec<_> = declared.landlock.iter().map(|protection| protection.name).collect();
    landlock::digest(&names, missing, declared.reads, None)
}

fn identity(mode: Mode, ids: Option<Ids>, kernel: &KernelView, found: &mut Vec<String>) {
    let expected = match (mode, ids) {
        (Mode::System, Some(ids)) => ids,
        (Mode::System, None) => return found.push("no uid was given for it".to_owned()),
        (Mode::Rootless, _) => Ids { uid: nix::unistd::geteuid().as_raw(), gid: nix::unistd::getegid().as_raw() },
    };
    if kernel.uids != [expected.uid; 4] {
        found.push(format!("its uids are {:?}, declared is {}", kernel.uids, expected.uid));
    }
    if kernel.gids != [expected.gid; 4] {
        found.push(format!("its gids are {:?}, declared is {}", kernel.gids, expected.gid));
    }
    if mode == Mode::System && !kernel.groups.is_empty() {
        found.push(format!("it is in the groups {:?}, declared is none", &kernel.groups[..]));
    }
    if kernel.threads != 1 {
        found.push(format!("it has {} threads, declared is 1", kernel.threads));
    }
}

fn capabilities(declared: &Declaration, mode: Mode, kernel: &KernelView, found: &mut Vec<String>) {
    let expected = set(declared.capabilities.of(mode));
    let [inheritable, permitted, effective, bounding, ambient] = kernel.caps;
    let sets =
        [("permitted", permitted, expected), ("effective", effective, expected), ("inheritable", inheritable, 0)];
    for (name, observed, expected) in sets.into_iter().chain([("ambient", ambient, 0)]) {
        if observed != expected {
            found.push(format!("its {name} capabilities are {}, declared is {}", names(observed), names(expected)));
        }
    }
    if let Some(expected) = declared.bounding.of(mode).map(set)
        && bounding != expected
    {
        found.push(format!("its capability bounding set is {}, declared is {}", names(bounding), names(expected)));
    }
    if !kernel.no_new_privs {
        found.push("no_new_privs is not set".to_owned());
    }
}

fn descriptors(declared: &Declaration, attested: &Attested, found: &mut Vec<String>) {
    for fd in attested.fds.iter() {
        match declared.fds.iter().find(|known| known.number == fd.number) {
            None => found.push(format!("descriptor {} ({:?}, {:?}) is not declared", fd.number, fd.kind, fd.access)),
            Some(known) if (known.kind, known.access) != (fd.kind, fd.access) => found.push(format!(
                "descriptor {} is a {:?} open for {:?}, declared is a {:?} open for {:?}",
                fd.number, fd.kind, fd.access, known.kind, known.access
            )),
            Some(_) => {}
        }
    }
    for known in declared.fds {
        if attested.fds.iter().filter(|fd| fd.number == known.number).count() != 1 {
            found.push(format!("descriptor {} is declared and not there", known.number));
        }
    }
}

/// A lower limit than declared is no grant: the starter's own hard limit may be lower.
fn limits(declared: &Declaration, mode: Mode, kernel: &KernelView, found: &mut Vec<String>) {
    for limit in declared.limits {
        let most = limit.value.of(mode);
        match kernel.limits.iter().find(|row| row.name.as_str() == limit.row) {
            Some(row) if row.soft <= most && row.hard <= most => {}
            Some(row) => {
                found.push(format!("its limit {} is {} (hard {}), declared is {most}", limit.name, row.soft, row.hard))
            }
            None => found.push(format!("the kernel does not report its limit {}", limit.name)),
        }
    }
}

fn lock_down(kind: Kind, attested: &Attested, kernel: &KernelView, found: &mut Vec<String>) {
    let ready = &attested.ready;
    if let Err(why) = ready.hello.check() {
        found.push(why);
    }
    if ready.kind != kind {
        found.push(format!("it is a {}, declared is a {}", ready.kind.word(), kind.word()));
    }
    // A further filter, inherited from whoever started the supervisor, only takes away.
    if kernel.seccomp_mode != 2 || kernel.seccomp_filters == 0 {
        found.push(format!(
            "seccomp is in mode {} with {} filters, declared is a filter",
            kernel.seccomp_mode, kernel.seccomp_filters
        ));
    }
    if ready.seccomp != expected_seccomp(kind) {
        found.push("its seccomp program is not the declared one".to_owned());
    }
    for name in ready.missing.iter().filter(|name| declaration(kind).protections().all(|known| known != name.as_str()))
    {
        found.push(format!("it calls a protection missing that nobody knows: {name}"));
    }
    let missing: Vec<&str> = ready.missing.iter().map(Text::as_str).collect();
    if ready.landlock != expected_landlock_without(kind, &missing) {
        found.push("its Landlock rights and rules are not the declared ones".to_owned());
    }
}

fn set(names: &[&str]) -> u64 {
    let known = names.iter().filter_map(|name| name.parse::<caps::Capability>().ok());
    known.fold(0, |set, capability| set | capability.bitmask())
}

/// A capability set in words.
pub fn names(set: u64) -> String {
    if set == 0 {
        return "none".to_owned();
    }
    let mut all: Vec<_> = caps::all().into_iter().filter(|known| set & known.bitmask() != 0).collect();
    all.sort_by_key(caps::Capability::index);
    if all.len() > 8 {
        return format!("{set:#x} ({} of them)", set.count_ones());
    }
    all.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

fn parse(status: &str, limits: &str) -> Option<KernelView> {
    let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim);
    let four = |name: &str| -> Option<[u32; 4]> {
        let values: Vec<u32> = field(name)?.split_whitespace().map(str::parse).collect::<Result<_, _>>().ok()?;
        values.try_into().ok()
    };
    let capabilities = |name: &str| u64::from_str_radix(field(name)?, 16).ok();
    let groups = field("Groups")?.split_whitespace().map(str::parse).collect::<Result<Vec<u32>, _>>().ok()?;
    Some(KernelView {
        uids: four("Uid")?,
        gids: four("Gid")?,
        groups: List::first(groups),
        caps: [
            capabilities("CapInh")?,
            capabilities("CapPrm")?,
            capabilities("CapEff")?,
            capabilities("CapBnd")?,
            capabilities("CapAmb")?,
        ],
        no_new_privs: field("NoNewPrivs")? == "1",
        seccomp_mode: field("Seccomp")?.parse().ok()?,
        seccomp_filters: field("Seccomp_filters")?.parse().ok()?,
        threads: field("Threads")?.parse().ok()?,
        limits: List::first(limits.lines().skip(1).filter_map(limit_row).collect()),
    })
}

/// `Max open files            1024                 4096                 files`: the name is set in 26 columns.
fn limit_row(line: &str) -> Option<Limit> {
    let (name, values) = line.split_at_checked(26)?;
    let mut values = values.split_whitespace().map(|value| match value {
        "unlimited" => Some(u64::MAX),
        number => number.parse().ok(),
    });
    Some(Limit { name: Text::cut(name.trim_end()), soft: values.next()??, hard: values.next()?? })
}

/// What is seen of a worker, as it is shown. `ids` is what it was given in a system run.
pub fn observed(
    kind: Kind,
    pid: u32,
    ids: Option<Ids>,
    attested: &Attested,
    kernel: Option<KernelView>,
    differences: &[String],
) -> Observed {
    Observed {
        kind,
        pid,
        serves: None,
        uid: given_uid(ids),
        gid: given_gid(ids),
        kernel,
        fds: attested.fds.clone(),
        seccomp: attested.ready.seccomp,
        landlock: attested.ready.landlock,
        missing: attested.ready.missing.clone(),
        verified: false,
        differences: List::first(differences.iter().map(|text| Text::cut(text)).collect()),
    }
}

/// The uid that a worker runs as: its own in a system run, else its starter's.
pub fn given_uid(ids: Option<Ids>) -> u32 {
    ids.map_or_else(|| nix::unistd::geteuid().as_raw(), |ids| ids.uid)
}

/// The gid that a worker runs as: its own in a system run, else its starter's.
fn given_gid(ids: Option<Ids>) -> u32 {
    ids.map_or_else(|| nix::unistd::getegid().as_raw(), |ids| ids.gid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use palisade_protocol::hello::Hello;
    use palisade_protocol::worker::{FdAccess, FdType};

    const IDS: Ids = Ids { uid: 61_016, gid: 61_016 };

    fn as_declared(kind: Kind) -> (Attested, KernelView) {
        let declared = declaration(kind);
        let fds = declared.fds.iter();
        let fds = fds.map(|fd| FdReport { number: fd.number, kind: fd.kind, access: fd.access }).collect();
        let ready = Ready {
            hello: Hello::ours(),
            kind,
            seccomp: expected_seccomp(kind),
            landlock: expected_landlock(kind),
            missing: List::default(),
        };
        let limits = declared.limits.iter().map(|limit| Limit {
            name: Text::cut(limit.row),
            soft: limit.value.system,
            hard: limit.value.system,
        });
        let kernel = KernelView {
            uids: [IDS.uid; 4],
            gids: [IDS.gid; 4],
            groups: List::default(),
            caps: [0; 5],
            no_new_privs: true,
            seccomp_mode: 2,
            seccomp_filters: 1,
            threads: 1,
            limits: List::first(limits.collect()),
        };
        (Attested { fds: List::first(fds), ready }, kernel)
    }

    fn found(change: impl FnOnce(&mut Attested, &mut KernelView)) -> Vec<String> {
        let (mut attested, mut kernel) = as_declared(Kind::Classifier);
        change(&mut attested, &mut kernel);
        let none: [&str; 0] = [];
        differences(Kind::Classifier, Mode::System, Some(IDS), &attested, &kernel, &none)
    }

    #[test]
    fn what_is_as_declared_has_no_difference() {
        assert_eq!(found(|_, _| ()), Vec::<String>::new());
    }

    #[test]
    fn each_single_deviation_is_exactly_one_difference() {
        type Change = fn(&mut Attested, &mut KernelView);
        let changes: [(&str, Change); 17] = [
            ("uids", |_, kernel| kernel.uids[2] = 0),
            ("gids", |_, kernel| kernel.gids[3] = 0),
            ("groups", |_, kernel| kernel.groups = List::first(vec![4])),
            ("threads", |_, kernel| kernel.threads = 2),
            ("inheritable", |_, kernel| kernel.caps[0] = 1),
            ("permitted", |_, kernel| kernel.caps[1] = 1 << 10),
            ("effective", |_, kernel| kernel.caps[2] = 1 << 40),
            ("bounding", |_, kernel| kernel.caps[3] = 1),
            ("ambient", |_, kernel| kernel.caps[4] = 1),
            ("no_new_privs", |_, kernel| kernel.no_new_privs = false),
            ("seccomp is in mode", |_, kernel| kernel.seccomp_filters = 0),
            ("descriptor 4", |attested, _| {
                let mut fds = attested.fds.clone().into_vec();
                fds.push(FdReport { number: 4, kind: FdType::File, access: FdAccess::Read });
                attested.fds = List::first(fds);
            }),
            ("descriptor 5", |attested, _| {
                let mut fds = attested.fds.clone().into_vec();
                fds[4].access = FdAccess::ReadWrite;
                attested.fds = List::first(fds);
            }),
            ("limit AS", |_, kernel| {
                let mut limits = kernel.limits.clone().into_vec();
                limits.iter_mut().filter(|row| row.name.as_str() == "Max address space").for_each(|row| row.hard += 1);
                kernel.limits = List::first(limits);
            }),
            ("seccomp program", |attested, _| attested.ready.seccomp[0] ^= 1),
            ("Landlock", |attested, _| attested.ready.landlock[0] ^= 1),
            ("it is a reader", |attested, _| attested.ready.kind = Kind::Reader),
        ];
        for (names, change) in changes {
            let found = found(change);
            assert!(found.len() == 1 && found[0].contains(names), "{names}: {found:?}");
        }
    }

    #[test]
    fn a_missing_protection_differs_until_it_is_accepted_by_name() {
        let (mut attested, kernel) = as_declared(Kind::Journal);
        attested.ready.missing = List::first(vec![Text::cut("landlock.net")]);
        attested.ready.landlock = expected_landlock_without(Kind::Journal, &["landlock.net"]);
        let check =
            |accepted: &[&str]| differences(Kind::Journal, Mode::System, Some(IDS), &attested, &kernel, accepted);
        assert_eq!(check(&["landlock.scope-signal"]).len(), 1);
        assert_eq!(check(&["landlock.net"]), Vec::<String>::new());
    }

    #[test]
    fn the_kernels_view_of_this_process_is_understood() {
        let view = kernel_view(std::process::id()).unwrap();
        assert_eq!(view.uids[1], nix::unistd::geteuid().as_raw());
        assert!(view.limits.iter().any(|row| row.name.as_str() == "Max open files" && row.soft > 0));
        assert!(view.limits.len() >= 16, "{:?}", view.limits);
    }
}
