//! What writing, deleting and changing rights at a place means: one table from zone to class.

use super::Machine;
use super::losses::Loss;
use super::observe::There;
use crate::findings::Finding;
use crate::paths::{Place, Zone};
use palisade_language::words::{Origin, Value};
use palisade_protocol::verdict::{Class, Extent, Operation, Recovery};

/// Names that are caches by definition: whatever made them makes them again.
const CACHES: &[&str] = &[
    "__pycache__",
    ".pytest_cache",
    ".mypy_cache",
    ".ruff_cache",
    ".tox-cache",
    ".parcel-cache",
    ".turbo",
    ".eslintcache",
    ".DS_Store",
];

impl Machine<'_> {
    /// The copy that `sed -iSUFFIX` and `perl -iSUFFIX` keep of what they edit: a `*` is the file's name, and a path leads elsewhere.
    pub(super) fn kept_copy(&mut self, suffix: &str, file: &Value) {
        if !suffix.contains('/') {
            return;
        }
        let name = file.display();
        let copy = suffix.replace('*', name.rsplit('/').next().unwrap_or(""));
        let place = self.place(&Value::text(copy));
        self.write_effect(&place, false, false);
    }

    /// A file is created or changed. `empties`: nothing is written, so what was there is lost.
    pub(super) fn write_effect(&mut self, place: &Place, append: bool, empties: bool) {
        self.forget(place);
        let sight = self.look(place, true);
        let place = &sight.place;
        let path = self.said(place);
        if matches!(sight.there, There::Unknown) {
            self.unobserved(place);
        }
        if place.zone == Zone::Secret && self.is_made_here(place) {
            let finding = self.effect(Class::Safe, "fs.write", format!("writes {path}"), Operation::Write, place);
            return self.find(finding);
        }
        let emptied = (empties && place.zone == Zone::Workspace).then(|| self.loss(&sight, false)).flatten();
        let kept = match emptied {
            Some(Loss::Nothing) => Recovery::Needless,
            Some(Loss::Kept(how)) => how,
            _ => Recovery::Unknown,
        };
        let (class, rule, says): (Class, &'static str, String) = match place.zone {
            Zone::Null | Zone::OwnTemp => return,
            Zone::Temp => (Class::Safe, "fs.write", format!("writes {path}")),
            Zone::Workspace if empties => {
                let mut finding = Finding::new(Class::Destructive, "fs.truncate", format!("empties {path}"))
                    .does(Operation::Write)
                    .to(shown(place), true);
                finding.contained = !place.loose && self.map.contains();
                finding.recovery = kept;
                return self.find(finding);
            }
            Zone::Workspace => (Class::Safe, "fs.write", format!("writes {path}")),
            Zone::Hook => {
                (Class::Ambiguous, "persist.project", format!("changes {path}, which tools and agents act on"))
            }
            Zone::WorkspaceRoot => (Class::Ambiguous, "fs.write", "writes into the project's directory".to_owned()),
            Zone::Unknown if ["/dev/tcp/", "/dev/udp/"].iter().any(|begin| place.path.starts_with(begin)) => {
                (Class::Ambiguous, "net.connect", format!("writes to another host by {path}"))
            }
            Zone::Unknown if empties => {
                (Class::Destructive, "fs.truncate", "empties a file that is not known before it runs".to_owned())
            }
            Zone::Home | Zone::Elsewhere if empties => {
                (Class::Destructive, "fs.truncate", format!("empties {path}, outside of the project"))
            }
            Zone::Home | Zone::Elsewhere => {
                (Class::Ambiguous, "fs.write.outside", format!("writes {path}, outside of the project"))
            }
            Zone::Unknown => {
                (Class::Ambiguous, "fs.write.unknown", "writes to a place that is not known before it runs".to_owned())
            }
            Zone::Git if is_history(&place.path) => {
                (Class::Catastrophic, "fs.write.git", format!("changes git's own record at {path}"))
            }
            Zone::Git => (Class::Destructive, "fs.write.git", format!("changes git's own files at {path}")),
            Zone::Startup if append => {
                (Class::Destructive, "persist.startup", format!("adds to {path}, which runs at every start"))
            }
            Zone::Startup => {
                (Class::Catastrophic, "persist.startup", format!("replaces {path}, which runs at every start"))
            }
            Zone::Secret if place.path.contains("/.ssh") => {
                (Class::Catastrophic, "auth.key", format!("changes {path}, which decides who may log in"))
            }
            Zone::Secret => (Class::Ambiguous, "secret.write", format!("changes {path}, which may hold secrets")),
            // Files are written into it, whoever's home lies there too.
            Zone::HomeRoot if place.exact && crate::paths::is_temporary(&place.path) => {
                (Class::Safe, "fs.write", format!("writes into {path}"))
            }
            Zone::HomeRoot => (Class::Destructive, "fs.write.home", format!("writes over {path}")),
            Zone::Protected => {
                (Class::Catastrophic, "fs.write.protected", format!("changes {path}, which the policy protects"))
            }
            Zone::Guard => (
                Class::Catastrophic,
                "guard.change",
                format!("changes {path}, which Palisade or the agent's own guard rests on"),
            ),
            Zone::Kernel => {
                (Class::Catastrophic, "kernel.setting", format!("writes {path}, which changes the running kernel"))
            }
            Zone::System | Zone::Root => {
                (Class::Catastrophic, "fs.write.system", format!("writes {path}, which the system needs"))
            }
            Zone::Device => (Class::Catastrophic, "disk.write.device", format!("writes the raw device {path}")),
        };
        let operation = if place.zone == Zone::Device { Operation::Device } else { Operation::Write };
        let finding = self.effect(class, rule, says, operation, place);
        self.find(finding);
    }

    /// Whether a file that is called like a key lies among what the project's own tools make, or in its directory for what is only
    /// there for a while: nobody's key is lost or changed by writing it.
    fn is_made_here(&mut self, place: &Place) -> bool {
        let holds = place.exact && self.map.holds(&place.path) && !place.path.contains("/.ssh");
        let root = self.world.start().or_else(|| self.cwd.clone()).unwrap_or_default();
        let inner = place.path.strip_prefix(root.as_str()).unwrap_or("");
        let made = |name: &str| crate::facts::is_skipped(name) || matches!(name, "tmp" | "temp" | ".tmp");
        if !holds || !inner.rsplit_once('/').is_some_and(|(above, _)| above.split('/').any(made)) {
            return false;
        }
        let plain = Place { zone: Zone::Workspace, ..place.clone() };
        let sight = self.look(&plain, true);
        sight.place.zone == Zone::Workspace && !matches!(sight.there, There::Unknown)
    }

    /// A file, or with `recursive` a tree, is removed.
    pub(super) fn delete_effect(&mut self, place: &Place, recursive: bool) {
        if self.delete_matches(place, recursive) {
            return;
        }
        let sight = self.look(place, false);
        // By names alone the workspace is only where the call starts; what is beside that may be found to be in it.
        let beside = self.world.asks() && matches!(sight.place.zone, Zone::Temp | Zone::Home | Zone::Elsewhere);
        let own = matches!(sight.place.zone, Zone::Workspace | Zone::Hook) || beside;
        let loss = match sight.there {
            // `/tmp/build-$$`: a number can name nothing but what is there for a while.
            There::ByName if numbered(&sight.place) => Some(Loss::Kept(Recovery::Needless)),
            There::ByName if !own || !sight.place.exact => None,
            There::Nothing if transient(&sight.place) => Some(Loss::Nothing),
            There::Entry { mount: false, .. } if transient(&sight.place) => Some(Loss::Kept(Recovery::Needless)),
            _ if own => self.loss(&sight, recursive),
            _ => None,
        };
        let extent = self.extent(&sight, recursive);
        self.delete_lost(&sight.place, recursive, loss, extent);
    }

    /// A place that was looked at is removed, and this is what is lost by it.
    pub(super) fn delete_lost(&mut self, place: &Place, recursive: bool, loss: Option<Loss>, extent: Option<Extent>) {
        let path = self.said(place);
        let kept = match loss {
            Some(Loss::Nothing) => Some(("fs.delete.nothing", Recovery::Needless, "which is not there")),
            Some(Loss::Kept(how)) => Some(("fs.delete.kept", how, why_kept(how, place.zone))),
            _ => None,
        };
        if let Some((rule, how, why)) = kept {
            let finding = Finding::new(Class::Destructive, rule, format!("deletes {path}, {why}"));
            let finding = finding.does(Operation::Delete).to(shown(place), true).kept(how).inside();
            return self.find(finding.measured(extent));
        }
        let name = place.path.rsplit('/').next().unwrap_or("");
        let tree = if recursive { "everything below " } else { "" };
        let rule = if recursive { "fs.delete.recursive" } else { "fs.delete" };
        let (class, says): (Class, String) = match place.zone {
            Zone::OwnTemp if self.holds_moved(&place.path) => {
                (Class::Destructive, format!("deletes {path}, where it moved something"))
            }
            Zone::OwnTemp => return,
            Zone::Workspace if place.exact && (CACHES.contains(&name) || name.ends_with(".pyc")) => return,
            Zone::Workspace if place.everything && recursive => {
                let directory = path.trim_end_matches("/…");
                let directory = if directory == "." { "this directory" } else { directory };
                (Class::Catastrophic, format!("deletes everything in {directory}"))
            }
            Zone::Workspace if loss == Some(Loss::Beyond) => {
                let finding = Finding::new(Class::Destructive, rule, format!("deletes {tree}{path}"))
                    .does(Operation::Delete)
                    .to(shown(place), true);
                return self.find(finding.measured(extent));
            }
            Zone::Workspace => (Class::Destructive, format!("deletes {tree}{path}")),
            Zone::Hook | Zone::Temp | Zone::Elsewhere => (Class::Destructive, format!("deletes {tree}{path}")),
            Zone::Home if recursive => (Class::Catastrophic, format!("deletes {tree}{path} in a home directory")),
            Zone::Home => (Class::Destructive, format!("deletes {path} in a home directory")),
            Zone::Unknown if recursive || place.origin != Some(Origin::Output) => {
                (Class::Catastrophic, "deletes what is not known before it runs".to_owned())
            }
            Zone::Unknown => (Class::Destructive, "deletes what is not known before it runs".to_owned()),
            Zone::Git if recursive || name == ".git" => {
                (Class::Catastrophic, format!("deletes git's own files at {path}"))
            }
            Zone::Git => (Class::Destructive, format!("deletes git's own file {path}")),
            Zone::WorkspaceRoot => (Class::Catastrophic, "deletes the whole project, its history included".to_owned()),
            Zone::Startup | Zone::Secret => {
                (Class::Catastrophic, format!("deletes {path}, which cannot be made again"))
            }
            Zone::HomeRoot => (Class::Catastrophic, format!("deletes {tree}{path}, a whole home directory or more")),
            Zone::Protected => (Class::Catastrophic, format!("deletes {path}, which the policy protects")),
            Zone::Guard => {
                (Class::Catastrophic, format!("deletes {path}, which Palisade or the agent's own guard rests on"))
            }
            Zone::Kernel | Zone::System => {
                (Class::Catastrophic, format!("deletes {tree}{path}, which the system needs"))
            }
            Zone::Root => (Class::Catastrophic, "deletes the whole system".to_owned()),
            Zone::Device | Zone::Null => (Class::Catastrophic, format!("deletes the device {path}")),
        };
        let finding = self.effect(class, rule, says, Operation::Delete, place);
        self.find(finding.measured(extent));
    }

    /// Rights or owners change. `widens`: others than the owner gain something.
    pub(super) fn rights_effect(&mut self, place: &Place, recursive: bool, widens: bool) {
        let sight = self.look(place, true);
        let place = &sight.place;
        if matches!(sight.there, There::Unknown) {
            self.unobserved(place);
        }
        let path = self.said(place);
        let (class, says): (Class, String) = match place.zone {
            Zone::Null | Zone::OwnTemp | Zone::Temp => return,
            Zone::Workspace | Zone::Hook | Zone::WorkspaceRoot if !widens => return,
            Zone::Git if !widens && !recursive => return,
            Zone::Git => (Class::Ambiguous, format!("changes who may use {path}")),
            Zone::Secret | Zone::Startup | Zone::Home if !widens && !recursive => return,
            Zone::Workspace | Zone::Hook | Zone::WorkspaceRoot => {
                (Class::Ambiguous, format!("gives others rights to {path}"))
            }
            Zone::Secret => (Class::Catastrophic, format!("changes who may read {path}")),
            Zone::Home | Zone::Startup | Zone::Elsewhere | Zone::Unknown => {
                (Class::Destructive, format!("changes who may use {path}"))
            }
            Zone::HomeRoot => (Class::Catastrophic, format!("changes who may use {path}")),
            Zone::Guard | Zone::Protected => {
                (Class::Catastrophic, format!("changes who may use {path}, which is guarded"))
            }
            Zone::Kernel | Zone::System | Zone::Root | Zone::Device => {
                (Class::Catastrophic, format!("changes who may use {path}, which the system needs"))
            }
        };
        let finding = self.effect(class, "perm.change", says, Operation::Permission, place);
        self.find(finding);
    }

    fn effect(&self, class: Class, rule: &'static str, says: String, operation: Operation, place: &Place) -> Finding {
        let bounded = place.exact || !matches!(place.zone, Zone::Unknown);
        let mut finding = Finding::new(class, rule, says).does(operation).to(shown(place), bounded);
        // A name that is not written out could be `.git` or lead out of the project by a link of its own making.
        if place.zone == Zone::Workspace && !place.loose && self.map.contains() {
            finding = finding.inside();
        }
        finding
    }

    /// A place as a sentence names it.
    fn said(&self, place: &Place) -> String {
        let whole = shown(place);
        let short = self.map.short(&whole);
        if short == "…" { "./…".to_owned() } else { short.to_owned() }
    }
}

/// Whether a path in a `.git` directory holds commits or where they are.
fn is_history(path: &str) -> bool {
    let Some((_, inner)) = path.split_once("/.git/") else { return false };
    ["refs", "objects", "logs", "packed-refs", "HEAD", "worktrees"]
        .iter()
        .any(|name| inner.split('/').next() == Some(name))
}

/// What is there for a while only: below a temporary directory, and reached by its name and not by climbing out of somewhere.
fn transient(place: &Place) -> bool {
    let climbs = place.named.split('/').any(|part| part == "..");
    place.zone == Zone::Temp && place.exact && !climbs && place.path.matches('/').count() >= 2
}

/// A name in a temporary directory that is written out but for a number.
fn numbered(place: &Place) -> bool {
    place.zone == Zone::Temp && place.origin == Some(Origin::Number) && place.pattern.is_none() && !place.everything
}

fn why_kept(how: Recovery, zone: Zone) -> &'static str {
    match how {
        _ if zone == Zone::Temp => "which is only there for a while",
        Recovery::Tracked => "which git has as it is",
        Recovery::Rebuilt => "which git ignores and the project's own tools make again",
        _ => "of which nothing would be missed",
    }
}

fn shown(place: &Place) -> String {
    match (place.path.as_str(), place.exact) {
        ("", _) => "…".to_owned(),
        (path, true) => path.to_owned(),
        ("/", false) => "/…".to_owned(),
        (path, false) => format!("{path}/…"),
    }
}
