//! Programs and scripts that a project has of its own. They run as `make` and `npm run` run them: what a build has made, what is
//! committed as it stands, and what is not there at all pass unread, as long as nothing in the same call has brought files along.

use super::super::Machine;
use super::super::observe::There;
use crate::facts::Standing;
use crate::paths::Zone;
use palisade_language::words::Value;
use palisade_protocol::facts::EntryKind;
use palisade_protocol::verdict::Class;

/// Directories that builds write their programs to.
const BUILT: &[&str] = &[
    "target/debug",
    "target/release",
    "target",
    "build",
    "dist",
    "out",
    "_build",
    ".build",
    "zig-out/bin",
    "bazel-bin",
    "cmake-build-debug",
    "cmake-build-release",
    "builddir",
    "node_modules/.bin",
    "vendor/bin",
    ".venv/bin",
    "venv/bin",
    "env/bin",
    "obj",
    "Debug",
    "Release",
    "result/bin",
    ".stack-work",
    "dist-newstyle",
];

/// What a name says that does more than build, test and run.
const MORE: &[&str] = &[
    "deploy",
    "publish",
    "release",
    "destroy",
    "drop",
    "reset",
    "nuke",
    "wipe",
    "purge",
    "teardown",
    "delete",
    "remove",
    "install",
    "prod",
    "migrate",
    "seed",
    "rollback",
    "provision",
    "bootstrap",
    "upload",
    "push",
    "restore",
    "rotate",
    "payload",
    "exploit",
    "miner",
    "xmrig",
    "minerd",
    "kinsing",
    "backdoor",
    "implant",
    "beacon",
];

/// Families of programs that bring no code along that could then run.
const LEAVES: &[&str] = &[
    "text-read",
    "coreutils-list",
    "shell",
    "wrappers",
    "system-info",
    "build-tools",
    "test-runners",
    "linters",
    "rust",
    "compilers",
    "packages-node",
    "packages-languages",
    "interpreters",
    "dev-programs",
    "dev-web",
    "dev-languages",
    "dev-services",
    "object-tools",
    "tools-node",
    "tools-python",
    "tools-languages",
    "documents",
];
const LEAVES_BY_NAME: &[&str] = &[
    "mkdir",
    "chmod",
    "touch",
    "rm",
    "rmdir",
    "cp",
    "grep",
    "egrep",
    "rg",
    "jq",
    "tr",
    "uniq",
    "find",
    "kill",
    "pkill",
    "ps",
    "pgrep",
    "lsof",
    "tee",
    "createdb",
    "pg_isready",
    "mysqladmin",
];

/// Whether projects have a script by this name: where it is not there, running it fails.
fn usual(path: &str) -> bool {
    const PLACES: [&str; 14] = [
        "scripts", "script", "bin", "tools", "ci", "hack", "src", "lib", "app", "cmd", "test", "tests", "spec",
        "examples",
    ];
    const WORDS: [&str; 24] = [
        "test",
        "tests",
        "build",
        "lint",
        "check",
        "format",
        "fmt",
        "dev",
        "start",
        "serve",
        "server",
        "run",
        "main",
        "app",
        "index",
        "bench",
        "cli",
        "watch",
        "generate",
        "clean",
        "coverage",
        "configure",
        "gradlew",
        "mvnw",
    ];
    let (directory, name) = path.trim_start_matches('/').rsplit_once('/').unwrap_or(("", path.trim_start_matches('/')));
    directory.split('/').any(|part| PLACES.contains(&part))
        || name.split(|letter: char| !letter.is_ascii_alphanumeric()).any(|word| WORDS.contains(&word))
}

impl Machine<'_> {
    /// Notes that a program was started that may have put files anywhere.
    pub(in super::super) fn started_by_name(&mut self, base: &str, args: &[Value]) {
        let leaves = LEAVES_BY_NAME.contains(&base)
            || super::SHELLS.contains(&base)
            || palisade_knowledge::page(base).is_some_and(|page| LEAVES.contains(&page.family.name));
        let verb = || args.iter().filter_map(Value::known).find(|word| !word.starts_with('-')).unwrap_or_default();
        let leaves = leaves
            || base == "git"
                && matches!(
                    verb().as_str(),
                    "status"
                        | "log"
                        | "diff"
                        | "add"
                        | "commit"
                        | "rev-parse"
                        | "branch"
                        | "fetch"
                        | "ls-files"
                        | "describe"
                        | "show"
                        | "config"
                        | "push"
                )
            || matches!(base, "docker" | "podman") && verb() == "compose"
            || base == "docker-compose";
        self.brought |= !leaves;
    }

    /// What a compiler makes of files that lie in the project as they are: a program of the project's own.
    pub(in super::super) fn compiles_own(&self, name: &str, sources: &[(usize, Value)]) -> bool {
        let family = palisade_knowledge::page(name).map_or("", |page| page.family.name);
        let compiles = matches!(family, "compilers" | "rust") || matches!(name, "go" | "zig");
        let own = sources.iter().all(|(_, source)| {
            let place = self.place(source);
            source.known().as_deref() != Some("-")
                && place.zone == Zone::Workspace
                && !self.written.contains_key(&place.path)
        });
        compiles && own && !sources.is_empty()
    }

    /// What builds, installs or tests after a clone in the same call may run the code that was fetched.
    pub(in super::super) fn after_clone(&mut self, base: &str, args: &[Value]) {
        const BUILDS: [&str; 15] = [
            "tools-node",
            "tools-python",
            "tools-languages",
            "build-tools",
            "test-runners",
            "packages-node",
            "packages-languages",
            "rust",
            "interpreters",
            "containers",
            "dev-programs",
            "dev-web",
            "dev-languages",
            "dev-services",
            "compilers",
        ];
        let help = args.len() == 1 && args[0].prefix().starts_with("--");
        let code = args.iter().any(|arg| matches!(arg.known().as_deref(), Some("-c" | "-e")));
        let builds = palisade_knowledge::page(base).is_some_and(|page| BUILDS.contains(&page.family.name));
        if self.cloned && builds && !help && !code {
            self.note(Class::Ambiguous, "git.clone", format!("runs {base} where it may take up what was just fetched"));
        }
    }

    /// An installation of the project runs what describes it: whether this very call wrote that, and what it says then.
    pub(in super::super) fn installs_written(&mut self, base: &str, args: &[Value]) {
        const MANAGERS: [&str; 12] =
            ["npm", "pnpm", "yarn", "bun", "pip", "pip3", "uv", "composer", "bundle", "bundler", "poetry", "pdm"];
        const VERBS: [&str; 9] = ["install", "i", "in", "ci", "sync", "update", "up", "wheel", "clean-install"];
        let verb = args.iter().filter_map(Value::known).any(|word| VERBS.contains(&word.as_str()));
        let lists = |path: &str| {
            let name = path.rsplit('/').next().unwrap_or("");
            matches!(
                name,
                "package.json"
                    | "package-lock.json"
                    | ".npmrc"
                    | "composer.json"
                    | "Gemfile"
                    | "yarn.lock"
                    | "pnpm-lock.yaml"
            ) || name.ends_with(".txt") && args.iter().any(|arg| arg.known().is_some_and(|arg| arg.ends_with(name)))
        };
        if MANAGERS.contains(&base) && (verb || args.is_empty()) && self.written.keys().any(|path| lists(path)) {
            self.note(Class::Ambiguous, "exec.written", "installs by a list of packages that it wrote itself");
        }
        if !matches!(base, "pip" | "pip3" | "uv" | "poetry" | "pdm" | "hatch" | "rye" | "pipenv" | "flit") {
            return;
        }
        let name = |path: &str| path.rsplit('/').next().unwrap_or("").to_owned();
        let describes = |path: &str| matches!(name(path).as_str(), "setup.py" | "pyproject.toml" | "setup.cfg");
        let written: Vec<(String, Value)> = self
            .written
            .iter()
            .filter(|(path, _)| describes(path))
            .map(|(path, content)| (name(path), content.clone()))
            .collect();
        for (file, content) in written {
            match content.known() {
                Some(code) if file == "setup.py" => {
                    self.foreign("python", &code);
                }
                Some(text) if !text.contains("backend-path") => {}
                _ => self.note(Class::Ambiguous, "exec.written", format!("installs by {file}, which it wrote itself")),
            }
        }
    }

    /// Whether a file of the project may run without having been read.
    pub(in super::super) fn runs_unread(&mut self, file: &Value) -> bool {
        let place = self.place(file);
        if file.prefix().contains("://") || !place.exact || place.zone != Zone::Workspace || place.named.is_empty() {
            return false;
        }
        let root = self.world.start().or_else(|| self.cwd.clone()).unwrap_or_default();
        let inner = place.path.strip_prefix(root.as_str()).unwrap_or(&place.path).to_ascii_lowercase();
        let name = inner.rsplit('/').next().unwrap_or("");
        let words = name.split(|letter: char| !letter.is_ascii_alphanumeric());
        let more = words.into_iter().any(|word| MORE.contains(&word));
        let sight = self.look(&place, true);
        self.world.wants_git(&sight.place.named);
        if more || self.brought || sight.place.zone != Zone::Workspace {
            return false;
        }
        let directory = inner.rsplit_once('/').map_or("", |(directory, _)| directory).trim_start_matches('/');
        let built = BUILT.iter().any(|known| {
            directory == *known
                || directory.strip_prefix(known).is_some_and(|rest| rest.starts_with('/'))
                || directory.ends_with(&format!("/{known}"))
        });
        match &sight.there {
            // Nobody looked, and a build makes no `ls`.
            There::ByName => built && !crate::knowledge::knows(inner.rsplit('/').next().unwrap_or("")),
            There::Unknown => false,
            There::Nothing => built || usual(&inner),
            There::Entry { entry, .. } => {
                let standing = match self.world.repository() {
                    Some(repository) => {
                        let path = &sight.place.path;
                        repository.inner(path).map(|inner| repository.standing(inner, entry, self.budget))
                    }
                    None => None,
                };
                entry.kind == EntryKind::File
                    && (built && standing != Some(Standing::Own) || standing == Some(Standing::Clean))
            }
        }
    }
}
