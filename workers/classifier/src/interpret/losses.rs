//! What would really be lost: deletions judged by what lies there, what git has of it, and what a build makes again.

use super::Machine;
use super::observe::{Sight, There};
use crate::facts::{Seen, Standing, expanded};
use crate::findings::Finding;
use crate::paths::{Place, Zone};
use palisade_protocol::facts::{Entry, EntryKind, Tree};
use palisade_protocol::verdict::{Class, Extent, Operation, Recovery};
use std::collections::BTreeMap;

/// What it costs to look at one entry of a tree, in units of the budget; what git says of it is charged where that is asked.
pub(super) const ENTRY_COST: usize = 4;

/// Directories that a pattern matches and that are looked at one by one.
const MATCHES_MAX: usize = 256;

/// Entries below one directory, by their paths from there on.
struct Below<'t> {
    entries: Vec<(&'t [u8], &'t Entry)>,
    complete: bool,
}

impl<'t> Below<'t> {
    fn all(tree: &'t Tree) -> Self {
        let entries = tree.entries.iter().map(|(path, entry)| (path.as_slice(), entry)).collect();
        Self { entries, complete: tree.complete }
    }
}

/// What becomes of something that is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loss {
    /// Nothing is there.
    Nothing,
    /// It is had again, in this way.
    Kept(Recovery),
    /// It is gone, but a snapshot can hold all of it.
    Within,
    /// More is lost than can be said, or it lies on another file system.
    Beyond,
}

/// Places of moves that are told apart.
const MOVES_MAX: usize = 32;

impl Machine<'_> {
    /// Notes that the script moves something to this place, or into it.
    pub(super) fn moved(&mut self, place: &Place) {
        // Any place, where it is not known which or there are too many.
        let path = if place.exact && self.moved_to.len() < MOVES_MAX { place.path.as_str() } else { "" };
        if !self.moved_to.iter().any(|known| known == path) {
            self.moved_to.push(path.to_owned());
        }
    }

    /// What deleting a place of the workspace would lose. `None` where nobody looked.
    pub(super) fn loss(&mut self, sight: &Sight, recursive: bool) -> Option<Loss> {
        let moved = self.holds_moved(&sight.place.path);
        self.loss_as_seen(sight, recursive).map(|loss| if moved { Loss::Beyond } else { loss })
    }

    /// Whether the script may have moved something to this place, into it or above it.
    pub(super) fn holds_moved(&self, path: &str) -> bool {
        let inside = |path: &str, tree: &str| {
            tree.is_empty() || path.strip_prefix(tree).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.moved_to.iter().any(|to| inside(path, to) || inside(to, path))
    }

    /// The same, if all is as it was when somebody looked.
    fn loss_as_seen(&mut self, sight: &Sight, recursive: bool) -> Option<Loss> {
        self.world.wants_git(&sight.place.named);
        let (entry, mount) = match &sight.there {
            There::ByName => {
                if recursive {
                    self.world.tree(&sight.place.named);
                }
                return None;
            }
            There::Unknown => return Some(Loss::Beyond),
            There::Nothing => return Some(Loss::Nothing),
            There::Entry { entry, mount } => (entry.clone(), *mount),
        };
        if mount {
            return Some(Loss::Beyond);
        }
        let kind = entry.kind;
        if matches!(kind, EntryKind::Device) {
            return Some(Loss::Beyond);
        }
        if kind != EntryKind::Directory || !recursive {
            return Some(self.loss_of(&sight.place.path, &entry));
        }
        if let Loss::Kept(how) = self.loss_of(&sight.place.path, &entry) {
            return Some(Loss::Kept(how));
        }
        match self.world.tree(&sight.place.named) {
            Seen::Is(tree) => Some(self.loss_of_tree(&sight.place.path, &Below::all(&tree))),
            _ => Some(Loss::Beyond),
        }
    }

    /// One thing by its real path.
    fn loss_of(&mut self, real: &str, entry: &Entry) -> Loss {
        let Some(repository) = self.world.repository() else { return Loss::Within };
        let Some(inner) = repository.inner(real) else { return Loss::Within };
        match repository.standing(inner, entry, self.budget) {
            Standing::Clean => Loss::Kept(Recovery::Tracked),
            Standing::Generated => Loss::Kept(Recovery::Rebuilt),
            Standing::Own if entry.kind == EntryKind::File && entry.size == 0 => Loss::Kept(Recovery::Needless),
            Standing::Own => Loss::Within,
        }
    }

    /// All that lies below a directory.
    fn loss_of_tree(&mut self, real: &str, tree: &Below<'_>) -> Loss {
        if !tree.complete || !self.budget.take(ENTRY_COST * tree.entries.len() + 1) {
            return Loss::Beyond;
        }
        let device = tree.entries.first().map(|(_, entry)| entry.device);
        let mut all = Loss::Kept(Recovery::Needless);
        for (path, entry) in &tree.entries {
            let Ok(path) = std::str::from_utf8(path) else { return Loss::Beyond };
            // A repository in the project has a history of its own.
            let foreign = path.split('/').any(|name| name.eq_ignore_ascii_case(".git"));
            if foreign || Some(entry.device) != device || entry.kind == EntryKind::Device {
                return Loss::Beyond;
            }
            if entry.kind == EntryKind::Directory && !self.is_skipped(path) {
                continue;
            }
            all = match (all, self.loss_of(&format!("{real}/{path}"), entry)) {
                (Loss::Kept(so_far), Loss::Kept(how)) => Loss::Kept(so_far.max(how)),
                _ => Loss::Within,
            };
        }
        // What was not looked at any more could be anything.
        if self.budget.exhausted() { Loss::Beyond } else { all }
    }

    /// How much lies at a place that is deleted; none where that was not seen.
    pub(super) fn extent(&mut self, sight: &Sight, recursive: bool) -> Option<Extent> {
        let There::Entry { entry, .. } = &sight.there else { return None };
        if entry.kind != EntryKind::Directory {
            return Some(alone(entry));
        }
        match self.world.tree(&sight.place.named) {
            Seen::Is(tree) if recursive && self.budget.take(tree.entries.len() + 1) => {
                Some(self.extent_of_tree(&Below::all(&tree)))
            }
            _ => None,
        }
    }

    /// Whether all that has a name below a directory of the project is had again, and how. `None`: not, or not known.
    pub(super) fn found_kept(&mut self, start: &Place, pattern: &str) -> Option<Recovery> {
        let generated = crate::facts::is_skipped(pattern);
        if pattern.contains(['/', '[', '\\']) || pattern.eq_ignore_ascii_case(".git") {
            return None;
        }
        self.world.wants_git(&format!("{}/x", start.named));
        let sight = self.look(start, false);
        if crate::facts::is_made(pattern) {
            let inside = |root: &str| sight.place.path == root || sight.place.path.starts_with(&format!("{root}/"));
            let made = self
                .world
                .repository()
                .is_some_and(|repository| inside(&repository.root) && repository.tracks_nothing_named(pattern));
            if made {
                return Some(Recovery::Rebuilt);
            }
        }
        self.world.wants_git(&sight.place.named);
        let tree = self.world.tree(&start.named);
        if matches!(self.loss_of_named(&sight), Some(Loss::Kept(Recovery::Rebuilt))) {
            return Some(Recovery::Rebuilt);
        }
        let tree = match tree {
            Seen::Is(tree) if tree.complete => tree,
            _ => return None,
        };
        if !generated && !pattern.contains('.') {
            return None;
        }
        if !self.budget.take((ENTRY_COST + pattern.len()) * tree.entries.len() + 1) {
            return None;
        }
        let mut all = Recovery::Needless;
        for (path, entry) in tree.entries.iter() {
            let path = std::str::from_utf8(path).ok()?;
            let name = path.rsplit('/').next().unwrap_or(path);
            let own = path.split('/').any(|part| part.eq_ignore_ascii_case(".git"));
            let real = format!("{}/{path}", sight.place.path.trim_end_matches('/'));
            let found = palisade_language::words::fits(pattern, name);
            let entered = entry.kind != EntryKind::Directory || !self.is_skipped(path);
            match (found, entered) {
                _ if own && !found => {}
                (true, _) if own => return None,
                (true, _) => match self.loss_of(&real, entry) {
                    Loss::Kept(how) => all = all.max(how),
                    _ => return None,
                },
                // What lies in a directory that was not entered has names that nobody saw.
                (false, false) => match self.loss_of(&real, entry) {
                    Loss::Kept(how) => all = all.max(how),
                    _ => return None,
                },
                (false, true) => {}
            }
        }
        (!self.budget.exhausted()).then_some(all)
    }

    fn loss_of_named(&mut self, sight: &Sight) -> Option<Loss> {
        match &sight.there {
            There::Entry { entry, mount: false } => Some(self.loss_of(&sight.place.path, entry)),
            _ => None,
        }
    }

    fn extent_of_tree(&self, tree: &Below<'_>) -> Extent {
        let mut all = Extent { files: 0, bytes: 0, complete: tree.complete };
        for (path, entry) in &tree.entries {
            if entry.kind != EntryKind::Directory {
                all.files = all.files.saturating_add(1);
                all.bytes = all.bytes.saturating_add(entry.size);
            } else if std::str::from_utf8(path).map_or(true, |path| self.is_skipped(path)) {
                all.complete = false;
            }
        }
        all
    }

    /// A directory that was not entered because of its name stands for all that it holds.
    fn is_skipped(&self, path: &str) -> bool {
        crate::facts::is_skipped(path.rsplit('/').next().unwrap_or(path))
    }

    /// Deletes what a pattern matches, where that is known. False where it is not.
    pub(super) fn delete_matches(&mut self, place: &Place, recursive: bool) -> bool {
        // Everything in the workspace is the workspace.
        let root = place.everything && self.map.zone(&place.path) == Zone::WorkspaceRoot;
        let known =
            place.pattern.clone().filter(|pattern| place.zone == Zone::Workspace && !root && !pattern.starts_with('.'));
        let Some(pattern) = known else { return false };
        self.world.wants_git(&format!("{}/x", place.named));
        let tree = match self.world.tree(&place.named) {
            Seen::Is(tree) => tree,
            _ => return false,
        };
        if !self.budget.take((ENTRY_COST + pattern.len()) * tree.entries.len() + 1) {
            return false;
        }
        // A shell with other options, or a bash that has `GLOBIGNORE`, matches dotted names, none, or nothing at all.
        if self.settings.odd_globs || self.env.is_set("GLOBIGNORE") {
            return false;
        }
        let Some(found) = expanded(&pattern, &tree) else { return false };
        if found.is_empty() {
            let says = format!("deletes what {pattern} matches, which is nothing");
            self.find(
                Finding::new(Class::Destructive, "fs.delete", says)
                    .does(Operation::Delete)
                    .kept(Recovery::Needless)
                    .inside(),
            );
            return true;
        }
        let base = place.named.trim_end_matches(['/', '.']).to_owned();
        let mut inside = below(&found, &tree);
        for (path, entry) in found.iter().take(MATCHES_MAX) {
            let zone = self.map.zone(&format!("{}/{path}", place.path));
            let exact = Place {
                path: format!("{}/{path}", place.path.trim_end_matches('/')),
                named: format!("{base}/{path}"),
                pattern: None,
                zone,
                exact: true,
                everything: false,
                loose: false,
                origin: None,
            };
            let mut extent = Some(alone(entry));
            let loss = match entry.kind {
                EntryKind::Directory if recursive => {
                    let below = inside.remove(*path).unwrap_or(Below { entries: Vec::new(), complete: tree.complete });
                    extent = (!self.is_skipped(path)).then(|| self.extent_of_tree(&below));
                    match self.loss_of(&exact.path, entry) {
                        Loss::Kept(how) => Loss::Kept(how),
                        _ if self.is_skipped(path) => Loss::Beyond,
                        _ => self.loss_of_tree(&exact.path, &below),
                    }
                }
                _ => self.loss_of(&exact.path, entry),
            };
            self.delete_lost(&exact, recursive, Some(loss), extent);
        }
        found.len() <= MATCHES_MAX
    }
}

/// What is no directory, or a directory that must be empty to go.
fn alone(entry: &Entry) -> Extent {
    let files = u32::from(entry.kind != EntryKind::Directory);
    Extent { files, bytes: if files == 0 { 0 } else { entry.size }, complete: true }
}

/// What lies below each of these directories, which all lie as deep: the tree is gone through once.
fn below<'t>(found: &[(&'t str, &Entry)], tree: &'t Tree) -> BTreeMap<&'t str, Below<'t>> {
    let mut inside: BTreeMap<&str, Below<'_>> =
        found.iter().map(|(path, _)| (*path, Below { entries: Vec::new(), complete: tree.complete })).collect();
    let depth = found.first().map_or(0, |(path, _)| path.matches('/').count());
    for (path, entry) in tree.entries.iter() {
        let mut ends = path.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at);
        if let Some(end) = ends.nth(depth)
            && let Ok(directory) = std::str::from_utf8(&path[..end])
            && let Some(below) = inside.get_mut(directory)
        {
            below.entries.push((&path[end + 1..], entry));
        }
    }
    inside
}
