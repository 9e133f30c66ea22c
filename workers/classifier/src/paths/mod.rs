//! Where a path leads: values are resolved lexically against the working directory, and each place has a zone.
//!
//! Nothing here looks at a file system. A symbolic link can make a name lie; facts come from the opener later, and until then
//! only the name speaks.

mod lexical;
mod zones;

pub(crate) use lexical::normalize;
pub(crate) use zones::{is_guard_name, is_secret_read};

use crate::facts::World;
use lexical::{home_of, home_part, is_mount_like, within};
use palisade_language::words::{Origin, Piece, Value};
use palisade_protocol::compile::Policy;
use zones::{device, in_git, in_home, inside, is_guard, sensitive, system};

/// Whether a path is a directory for temporary files itself.
pub(crate) fn is_temporary(path: &str) -> bool {
    matches!(path, "/tmp" | "/var/tmp" | "/dev/shm")
}

/// What lies at a place, in the order of how much its loss hurts where that can be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Zone {
    /// `/dev/null`, the standard streams: writing there changes nothing.
    Null,
    /// A temporary path that this very command made.
    OwnTemp,
    /// `/tmp` and its like.
    Temp,
    /// In the workspace.
    Workspace,
    /// In the workspace, and read by tools as configuration that runs code.
    Hook,
    /// In somebody's home directory.
    Home,
    /// Anywhere else.
    Elsewhere,
    /// Not known.
    Unknown,
    /// In a `.git` directory.
    Git,
    /// The workspace itself.
    WorkspaceRoot,
    /// Starts with a person's session: shell start-up files, units, autostart.
    Startup,
    /// Keys and credentials.
    Secret,
    /// A home directory itself, or all of them.
    HomeRoot,
    /// What the policy protects.
    Protected,
    /// Palisade's own and the agents' configuration.
    Guard,
    /// `/proc` and `/sys`.
    Kernel,
    /// The system's trees.
    System,
    /// `/`.
    Root,
    /// A raw device.
    Device,
}

/// A resolved path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// As far as it is known, absolute or beginning with `~`.
    pub path: String,
    /// The same as it was written, absolute, for the kernel to resolve: `..` behind a link leads elsewhere. Empty where only a
    /// person's home or nothing is known.
    pub named: String,
    /// A pattern of the shell, from the directory `named` on.
    pub pattern: Option<String>,
    /// What lies there.
    pub zone: Zone,
    /// The path names one thing: no pattern, nothing unknown.
    pub exact: bool,
    /// A pattern that matches nearly everything in its directory.
    pub everything: bool,
    /// What is not written out of it may be anything in its directory, dotted names included.
    pub loose: bool,
    /// Where what is unknown in it comes from.
    pub origin: Option<Origin>,
}

/// The surroundings that paths are resolved in.
#[derive(Debug, Clone)]
pub(crate) struct Map {
    /// The workspace by the names that it has: as the call's directory leads to it, and without links. By names alone it is the
    /// directory that the call starts in. Empty when that cannot be a workspace.
    workspaces: Vec<String>,
    /// The workspace is no repository's: what is destroyed in it is not contained.
    scratch: bool,
    /// The caller's home, as far as the working directory tells.
    home: Option<String>,
    protect: Vec<String>,
    /// Where the call starts, by all the names that are known of it: what lies below is told by its short name.
    starts: Vec<String>,
}

impl Map {
    pub(crate) fn new(policy: &Policy, cwd: &[u8], world: &World) -> Self {
        let cwd = std::str::from_utf8(cwd).ok().filter(|cwd| cwd.starts_with('/')).map(normalize);
        let home = cwd.as_deref().and_then(home_of).map(str::to_owned);
        let (mut workspaces, scratch) = match (&cwd, world.observed()) {
            (None, _) => (Vec::new(), true),
            (Some(cwd), false) => (vec![cwd.clone()], false),
            (Some(cwd), true) => observed_workspaces(cwd, world),
        };
        workspaces.retain(|root| can_be_workspace(root, home.as_deref()));
        let protect = policy.protect.iter().map(|path| normalize(&String::from_utf8_lossy(path))).collect();
        let starts = match cwd {
            Some(cwd) if workspaces.contains(&cwd) => workspaces.clone(),
            cwd => cwd.into_iter().collect(),
        };
        Self { workspaces, scratch, home, protect, starts }
    }

    /// Whether what is lost in the workspace is lost within reach: the workspace is a repository.
    pub(crate) fn contains(&self) -> bool {
        !self.scratch
    }

    /// Whether a path lies in the workspace.
    pub(crate) fn holds(&self, path: &str) -> bool {
        self.workspaces.iter().any(|root| within(path, root))
    }

    /// Where the call starts.
    pub(crate) fn start(cwd: &[u8]) -> Option<String> {
        std::str::from_utf8(cwd).ok().filter(|cwd| cwd.starts_with('/')).map(normalize)
    }

    /// A path as people say it who are where the call starts.
    pub(crate) fn short<'p>(&self, path: &'p str) -> &'p str {
        let below = |start: &String| path.strip_prefix(start.as_str())?.strip_prefix('/');
        match self.starts.iter().filter(|start| start.len() > 1).find_map(below) {
            Some(rest) if !rest.is_empty() => rest,
            _ => path,
        }
    }

    /// The root of the repository that the call was made in, where `cwd` is still the directory that it was made in: in another there may
    /// be another repository.
    pub(crate) fn root_around(&self, cwd: &str) -> Option<String> {
        let start = !self.scratch
            && (self.starts.iter().any(|start| start == cwd) || self.workspaces.iter().any(|root| root == cwd));
        self.workspaces.iter().rev().find(|root| start && within(cwd, root)).cloned()
    }

    /// Resolves a value that names a path, from `cwd` (`None`: not known).
    pub(crate) fn place(&self, value: &Value, cwd: Option<&str>) -> Place {
        let mut raw = String::new();
        let mut exact = true;
        let mut everything = false;
        let origin = value.origin();
        let mut reaches_git = false;
        let mut active = None;
        for (at, piece) in value.pieces.iter().enumerate() {
            match piece {
                Piece::Text(text) if exact => raw.push_str(text),
                Piece::Home if exact => raw.push_str(self.home.as_deref().unwrap_or("~")),
                Piece::Cwd if exact => match cwd {
                    Some(cwd) => raw.push_str(cwd),
                    None => return Place::unknown(Origin::Mixed),
                },
                Piece::Glob(_) => {
                    active = active.or(exact.then_some(at));
                    // What `*` matches lies in the directory before it; a dotted pattern there finds `..` and `.git` too.
                    let name = raw.rfind('/').map_or(raw.as_str(), |slash| &raw[slash + 1..]);
                    let rest: String = value.pieces[at..].iter().map(piece_text).collect();
                    everything |= exact
                        && (name.is_empty() || name == ".")
                        && !rest
                            .trim_start_matches(['*', '?', '[', ']', '!', '.', '^'])
                            .contains(|character: char| character.is_alphanumeric());
                    exact = false;
                }
                Piece::Unknown(_) | Piece::Dialect(_) => {
                    if raw.is_empty() {
                        let origin = if let Piece::Unknown(origin) = piece { *origin } else { Origin::Mixed };
                        return self.behind_unknown(origin, &value.pieces[at + 1..]);
                    }
                    // A number or a file name cannot climb out; anything else can hold `..`.
                    exact = false;
                }
                Piece::Stream(_) => {
                    return Place {
                        path: "/dev/fd".to_owned(),
                        named: String::new(),
                        pattern: None,
                        zone: Zone::Null,
                        exact: true,
                        everything: false,
                        loose: false,
                        origin: None,
                    };
                }
                Piece::Text(text) if text.contains("..") => return Place::unknown(origin.unwrap_or(Origin::Mixed)),
                Piece::Text(text) => reaches_git |= text.split('/').any(|part| part == ".git"),
                Piece::Home | Piece::Cwd => {}
            }
        }
        if raw.is_empty() && exact {
            return Place::unknown(Origin::Unset);
        }
        if !exact {
            // Only whole directories before the first unknown character are certain.
            let cut = raw.rfind('/').map_or(0, |slash| slash + 1);
            let stem = raw[cut..].to_owned();
            raw.truncate(cut);
            if raw.is_empty() {
                raw.push('.');
            }
            let mut place = self.resolve(&raw, cwd, false);
            place.pattern = active.and_then(|at| pattern(&stem, &value.pieces[at..]));
            if place.zone == Zone::HomeRoot && is_temporary(&place.path) && !stem.is_empty() && !everything {
                // Names that begin so, and none of them is the one that a home or a project lies below.
                let above = |root: &String| root.strip_prefix(place.path.as_str()).map(|rest| rest[1..].to_owned());
                let holds = self.workspaces.iter().filter_map(above).any(|rest| rest.starts_with(stem.as_str()));
                if !holds {
                    place.zone = Zone::Temp;
                }
            }
            place.everything = everything;
            place.loose = everything || origin.is_some() || stem.starts_with('.') || reaches_git;
            place.origin = origin;
            if reaches_git && place.zone == Zone::Workspace {
                place.zone = Zone::Git;
            }
            if stem == ".git" || stem == ".claude" {
                place.zone = if stem == ".git" { Zone::Git } else { Zone::Guard };
            }
            return place;
        }
        self.resolve(&raw, cwd, true)
    }

    fn resolve(&self, raw: &str, cwd: Option<&str>, exact: bool) -> Place {
        let named = match cwd {
            _ if raw.starts_with(['/', '~']) => raw.to_owned(),
            Some(cwd) => format!("{cwd}/{raw}"),
            None => return Place::unknown(Origin::Mixed),
        };
        let path = normalize(&named);
        let named = if named.starts_with('/') { named } else { String::new() };
        let mut zone = self.zone(&path);
        if !exact {
            // Inside of the directory, not the directory itself.
            zone = match zone {
                Zone::WorkspaceRoot => Zone::Workspace,
                other => other,
            };
        }
        Place { path, named, pattern: None, zone, exact, everything: false, loose: false, origin: None }
    }

    /// A path that begins with something unknown: `$X/rest`.
    fn behind_unknown(&self, origin: Origin, rest: &[Piece]) -> Place {
        match origin {
            Origin::Temporary if !rest.iter().any(|piece| piece_text(piece).contains("..")) => Place {
                path: "a temporary path".to_owned(),
                named: String::new(),
                pattern: None,
                zone: Zone::OwnTemp,
                exact: true,
                everything: false,
                loose: false,
                origin: Some(origin),
            },
            Origin::Project | Origin::Number => Place {
                path: String::new(),
                named: String::new(),
                pattern: None,
                zone: Zone::Workspace,
                exact: false,
                everything: false,
                loose: true,
                origin: Some(origin),
            },
            Origin::Unset if matches!(rest.first(), Some(Piece::Text(text)) if text.starts_with('/')) => {
                // Empty, it is a path from the root.
                let tail = Value { pieces: rest.to_vec() };
                let mut place = self.place(&tail, None);
                if !matches!(place.zone, Zone::Root | Zone::System | Zone::Device) {
                    place.zone = Zone::Unknown;
                }
                place.exact = false;
                place.origin = Some(origin);
                place
            }
            _ => Place::unknown(origin),
        }
    }

    /// The zone of a normalized path.
    pub(crate) fn zone(&self, path: &str) -> Zone {
        if let Some(zone) = device(path) {
            return zone;
        }
        if self.protect.iter().any(|tree| within(path, tree) || within(tree, path)) {
            return Zone::Protected;
        }
        if is_guard(path) {
            return Zone::Guard;
        }
        if path == "/" {
            return Zone::Root;
        }
        if self.workspaces.iter().any(|root| root == path) {
            return Zone::WorkspaceRoot;
        }
        for workspace in &self.workspaces {
            if let Some(inner) = path.strip_prefix(workspace.as_str()).and_then(|rest| rest.strip_prefix('/')) {
                return inside(inner);
            }
            if within(workspace, path) {
                // An ancestor of the workspace holds more than the workspace.
                return if home_of(path).is_none_or(|home| home == path) { Zone::HomeRoot } else { Zone::Home };
            }
        }
        if in_git(path) {
            return Zone::Git;
        }
        if within(path, "/run/user") {
            let starts = path.split('/').any(|part| matches!(part, "systemd" | "autostart" | "environment.d"));
            return if starts { Zone::Startup } else { Zone::Temp };
        }
        if ["/tmp", "/var/tmp", "/dev/shm", "/private/tmp"].iter().any(|temp| within(path, temp)) {
            return Zone::Temp;
        }
        if path == "~" || path == "/home" || path == "/Users" || home_of(path).is_some_and(|home| home == path) {
            return Zone::HomeRoot;
        }
        if let Some(inner) = home_part(path) {
            return in_home(inner);
        }
        system(path).unwrap_or(Zone::Elsewhere)
    }
}

/// The workspace of a call in `cwd`, which is absolute: the repository that holds it, by both of its names.
fn observed_workspaces(cwd: &str, world: &World) -> (Vec<String>, bool) {
    let real = world.start();
    let repository = world.repository().filter(|repository| !repository.mount);
    let (Some(repository), Some(real)) = (repository, &real) else { return (vec![cwd.to_owned()], true) };
    let Some(inner) = real.strip_prefix(repository.root.as_str()) else { return (vec![cwd.to_owned()], true) };
    let mut roots = vec![repository.root.clone()];
    if let Some(root) = cwd.strip_suffix(inner).filter(|root| *root != repository.root) {
        roots.push(root.to_owned());
    }
    (roots, false)
}

/// Whether a directory can be a workspace by where it lies.
fn can_be_workspace(root: &str, home: Option<&str>) -> bool {
    let home_itself = home.is_some_and(|home| home == root || home.starts_with(&format!("{root}/")));
    let deep =
        ["/srv", "/opt", "/data", "/mnt", "/media", "/var/www", "/usr/src"].iter().any(|tree| within(root, tree));
    !(home_itself
        || sensitive(root)
        || root == "/"
        || root == "/home"
        || is_mount_like(root)
        || (system(root).is_some() && !deep))
}

/// A pattern that begins with the characters `stem`; `None` if something in it is not known.
fn pattern(stem: &str, rest: &[Piece]) -> Option<String> {
    let mut out = String::new();
    let literal = |out: &mut String, text: &str| {
        for character in text.chars() {
            if "*?[]\\".contains(character) {
                out.push('\\');
            }
            out.push(character);
        }
    };
    literal(&mut out, stem);
    for piece in rest {
        match piece {
            Piece::Text(text) => literal(&mut out, text),
            Piece::Glob(text) => out.push_str(text),
            _ => return None,
        }
    }
    Some(out)
}

impl Place {
    fn unknown(origin: Origin) -> Self {
        Self {
            path: String::new(),
            named: String::new(),
            pattern: None,
            zone: Zone::Unknown,
            exact: false,
            everything: false,
            loose: false,
            origin: Some(origin),
        }
    }
}

fn piece_text(piece: &Piece) -> &str {
    match piece {
        Piece::Text(text) | Piece::Glob(text) | Piece::Dialect(text) => text,
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map() -> Map {
        Map::new(&Policy::default(), b"/home/dev/project", &World::by_name())
    }

    fn zone(path: &str) -> Zone {
        map().place(&Value::text(path), Some("/home/dev/project")).zone
    }

    #[test]
    fn each_place_has_its_zone() {
        for (path, expected) in [
            ("build", Zone::Workspace),
            ("./src/main.rs", Zone::Workspace),
            (".", Zone::WorkspaceRoot),
            ("src/..", Zone::WorkspaceRoot),
            ("..", Zone::HomeRoot),
            ("build/../../..", Zone::HomeRoot),
            ("../../..", Zone::Root),
            ("/home/dev/project/a", Zone::Workspace),
            (".git/config", Zone::Git),
            (".claude/settings.json", Zone::Guard),
            (".env", Zone::Secret),
            (".env.example", Zone::Workspace),
            (".github/workflows/x.yml", Zone::Hook),
            ("/home/dev", Zone::HomeRoot),
            ("/home/dev/Documents", Zone::Home),
            ("/home/dev/.ssh/id_rsa", Zone::Secret),
            ("/home/dev/.bashrc", Zone::Startup),
            ("/root/.profile", Zone::Startup),
            ("/etc/passwd", Zone::System),
            ("/var/lib/x", Zone::System),
            ("/tmp/x", Zone::Temp),
            ("/tmp/../etc", Zone::System),
            ("/dev/null", Zone::Null),
            ("/dev/sda", Zone::Device),
            ("/proc/sysrq-trigger", Zone::Kernel),
            ("/etc/palisade/palisade.toml", Zone::Guard),
            ("/home/dev/.claude/settings.json", Zone::Guard),
        ] {
            assert_eq!(zone(path), expected, "{path}");
        }
    }

    #[test]
    fn the_root_a_home_and_a_mount_are_no_workspace() {
        for cwd in [
            "/",
            "/home",
            "/home/dev",
            "/root",
            "/mnt/disk",
            "/etc",
            "",
            "/home/dev/.ssh",
            "/home/dev/.config",
            "/home/dev/.local/bin",
            "/home/dev/.local",
            "/home/dev/bin",
            "/home/dev/.claude",
            "/home/dev/project/.git",
            "/home/dev/project/.git/hooks",
            "/home/dev/project/.GIT",
            "/home/dev/project/.husky",
            "/run/user/1000/systemd/user",
        ] {
            let map = Map::new(&Policy::default(), cwd.as_bytes(), &World::by_name());
            assert!(map.workspaces.is_empty(), "{cwd}");
        }
        assert!(!map().workspaces.is_empty());
    }

    #[test]
    fn an_empty_variable_before_a_slash_is_the_root() {
        let value =
            Value { pieces: vec![Piece::Unknown(Origin::Unset), Piece::Text("/".into()), Piece::Glob("*".into())] };
        let place = map().place(&value, Some("/home/dev/project"));
        assert_eq!(place.zone, Zone::Root);
    }

    #[test]
    fn what_the_policy_protects_is_protected_with_all_that_holds_it() {
        let protect = palisade_protocol::bounded::List::first(vec![
            palisade_protocol::call::Path::new(*b"/home/dev/project/data").unwrap(),
        ]);
        let map = Map::new(&Policy { protect, ..Policy::default() }, b"/home/dev/project", &World::by_name());
        for path in ["data", "data/x", "."] {
            assert_eq!(map.place(&Value::text(path), Some("/home/dev/project")).zone, Zone::Protected, "{path}");
        }
        assert_eq!(map.place(&Value::text("src"), Some("/home/dev/project")).zone, Zone::Workspace);
    }
}
