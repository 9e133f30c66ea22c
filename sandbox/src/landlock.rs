//! Step 12: a Landlock domain, empty but for declared reading. Each protection is asked for by name; what the kernel lacks is reported, never skipped
//! in silence.

use crate::matrix::Reads;
use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, PathBeneath, Ruleset, RulesetAttr,
    RulesetCreated, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
};
use nix::fcntl::{OFlag, open};
use nix::sys::stat::Mode;
use sha2::{Digest, Sha256};

/// What was enforced.
pub struct Enforced {
    /// Names of protections that this kernel does not have.
    pub missing: Vec<&'static str>,
    /// See [`digest`].
    pub digest: [u8; 32],
}

/// Restricts this thread: everything that the named protections handle is denied, but for `reads`.
///
/// `grant_below` is one more directory that may be listed; only tests of the verification name one.
pub fn restrict(protections: &[&'static str], reads: &[Reads], grant_below: Option<&str>) -> Result<Enforced, String> {
    // One ruleset in the good case; one more for each protection on a kernel that lacks some.
    let (created, missing) = match ruleset(protections) {
        Ok(created) => (Some(created), Vec::new()),
        Err(_) => {
            let (here, missing): (Vec<_>, Vec<_>) = protections.iter().partition(|name| ruleset(&[**name]).is_ok());
            let created = if here.is_empty() { None } else { Some(ruleset(&here).map_err(|why| why.to_string())?) };
            (created, missing)
        }
    };
    let digest = digest(protections, &missing, reads, grant_below);
    if let Some(mut created) = created {
        // Where the kernel does not handle files, nothing is denied that would have to be excepted.
        if !missing.contains(&"landlock.fs") {
            created = reads.iter().try_fold(created, read_below).map_err(|why| why.to_string())?;
        }
        let created = except(created, grant_below)?;
        let status = created.restrict_self().map_err(|why| why.to_string())?;
        if status.ruleset != RulesetStatus::FullyEnforced || !status.no_new_privs {
            return Err(format!("Landlock is {:?}", status.ruleset));
        }
    }
    Ok(Enforced { missing, digest })
}

/// One rule for each directory in a directory. A link in it is passed over: what it leads to has a rule of its own, or none.
fn read_below(mut created: RulesetCreated, reads: &Reads) -> Result<RulesetCreated, Box<dyn std::error::Error>> {
    for entry in std::fs::read_dir(reads.below)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() && !reads.except.iter().any(|name| entry.file_name() == *name) {
            // Not `PathFd`: with musl the standard library takes O_PATH for a part of the access mode and drops it, and a directory
            // that this user may not list would fail to open.
            let dir = open(&entry.path(), OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty())?;
            let rule = PathBeneath::new(dir, AccessFs::ReadFile | AccessFs::ReadDir);
            created = created.add_rule(rule)?;
        }
    }
    Ok(created)
}

/// SHA-256 over the name and rights of each enforced protection and over each rule as declared, in the declaration's order.
pub fn digest(
    protections: &[&str],
    missing: &[impl AsRef<str>],
    reads: &[Reads],
    grant_below: Option<&str>,
) -> [u8; 32] {
    let mut hash = Sha256::new();
    for name in protections.iter().filter(|name| missing.iter().all(|lacking| lacking.as_ref() != **name)) {
        let (fs, net, scope) = rights(name);
        hash.update(format!("{name} {:x} {:x} {:x}\n", fs.bits(), net.bits(), scope.bits()));
    }
    for Reads { below, except, .. } in reads {
        hash.update(format!("reads below {below} but {except:?}\n"));
    }
    if let Some(path) = grant_below {
        hash.update(format!("rule {path}\n"));
    }
    hash.finalize().into()
}

/// Never best effort: a right that the kernel does not know is an error here.
fn ruleset(protections: &[&str]) -> Result<RulesetCreated, RulesetError> {
    let mut ruleset = Ruleset::default().set_compatibility(CompatLevel::HardRequirement);
    let none = (BitFlags::<AccessFs>::EMPTY, BitFlags::<AccessNet>::EMPTY, BitFlags::<Scope>::EMPTY);
    let (fs, net, scope) = protections.iter().fold(none, |(fs, net, scope), name| {
        let (more_fs, more_net, more_scope) = rights(name);
        (fs | more_fs, net | more_net, scope | more_scope)
    });
    if !fs.is_empty() {
        ruleset = ruleset.handle_access(fs)?;
    }
    if !net.is_empty() {
        ruleset = ruleset.handle_access(net)?;
    }
    if !scope.is_empty() {
        ruleset = ruleset.scope(scope)?;
    }
    ruleset.create()
}

/// What a name stands for. The set is that of ABI 6 (Linux 6.12), asked for by right and never by ABI number: kernels with
/// backported patches report numbers that they do not keep.
fn rights(name: &str) -> (BitFlags<AccessFs>, BitFlags<AccessNet>, BitFlags<Scope>) {
    let (fs, net, scope) = (BitFlags::EMPTY, BitFlags::EMPTY, BitFlags::EMPTY);
    match name {
        "landlock.fs" => (AccessFs::from_all(ABI::V1), net, scope),
        "landlock.refer" => (AccessFs::Refer.into(), net, scope),
        "landlock.truncate" => (AccessFs::Truncate.into(), net, scope),
        "landlock.net" => (fs, AccessNet::from_all(ABI::V4), scope),
        "landlock.ioctl-dev" => (AccessFs::IoctlDev.into(), net, scope),
        "landlock.scope-abstract" => (fs, net, Scope::AbstractUnixSocket.into()),
        "landlock.scope-signal" => (fs, net, Scope::Signal.into()),
        // An unknown name handles nothing; the tests below keep the declarations to known ones.
        _ => (fs, net, scope),
    }
}

#[cfg(not(feature = "overgrant"))]
fn except(created: RulesetCreated, _: Option<&str>) -> Result<RulesetCreated, String> {
    Ok(created)
}

#[cfg(feature = "overgrant")]
fn except(created: RulesetCreated, grant_below: Option<&str>) -> Result<RulesetCreated, String> {
    use landlock::PathFd;
    let Some(path) = grant_below else { return Ok(created) };
    let fd = PathFd::new(path).map_err(|why| why.to_string())?;
    created.add_rule(PathBeneath::new(fd, AccessFs::ReadDir)).map_err(|why| why.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declaration;
    use palisade_protocol::worker::Kind;

    fn names(kind: Kind) -> Vec<&'static str> {
        declaration(kind).landlock.iter().map(|protection| protection.name).collect()
    }

    #[test]
    fn every_declared_protection_stands_for_a_right_and_together_they_are_abi_6() {
        for kind in Kind::ALL {
            let names = names(kind);
            assert!(names.iter().all(|name| rights(name) != rights("")), "{names:?}");
            let fs = names.iter().fold(BitFlags::EMPTY, |fs, name| fs | rights(name).0);
            assert_eq!(fs, AccessFs::from_all(ABI::V6));
            let net = names.iter().fold(BitFlags::EMPTY, |net, name| net | rights(name).1);
            assert_eq!(net, AccessNet::from_all(ABI::V6));
            let scope = names.iter().fold(BitFlags::EMPTY, |scope, name| scope | rights(name).2);
            assert_eq!(scope, Scope::from_all(ABI::V6));
        }
    }

    #[test]
    fn a_missing_protection_and_a_rule_each_change_the_digest() {
        let names = names(Kind::Classifier);
        let none: [&str; 0] = [];
        let reads = declaration(Kind::Opener).reads;
        let fewer = [Reads { except: &["dev"], ..reads[0] }];
        let digests = [
            digest(&names, &none, &[], None),
            digest(&names, &["landlock.net"], &[], None),
            digest(&names, &none, &[], Some("/")),
            digest(&names, &none, reads, None),
            digest(&names, &none, &fewer, None),
        ];
        assert_eq!(std::collections::BTreeSet::from(digests).len(), digests.len());
    }
}
