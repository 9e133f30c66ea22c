//! Which names lie in which zone: the trees of the system, of homes and of projects, and names that hold secrets.

use super::lexical::{home_part, within};
use super::{Place, Zone};

pub(super) fn device(path: &str) -> Option<Zone> {
    let name = path.strip_prefix("/dev/")?;
    let harmless = ["null", "zero", "full", "random", "urandom", "tty", "stdin", "stdout", "stderr", "ptmx", "shm"];
    if harmless.contains(&name) || name.starts_with("fd/") || name.starts_with("pts/") || name == "fd" {
        return Some(Zone::Null);
    }
    if name.starts_with("shm/") {
        return Some(Zone::Temp);
    }
    if name.starts_with("tcp/") || name.starts_with("udp/") {
        return Some(Zone::Unknown);
    }
    Some(Zone::Device)
}

/// Whether a bare name is one of Palisade's programs or variables.
pub(crate) fn is_guard_name(name: &str) -> bool {
    name.starts_with("palisade")
}

/// Directories that agents are configured in.
const AGENTS: &[&str] = &[
    ".claude",
    ".codex",
    ".gemini",
    ".cursor",
    ".continue",
    ".aider",
    ".opencode",
    ".windsurf",
    ".copilot",
    ".qwen",
    ".crush",
    ".factory",
    ".kiro",
    ".roo",
    ".junie",
];

/// Directories whose files make tools or agents run something.
const HOOKS: &[&str] =
    &[".github", ".husky", ".vscode", ".idea", ".devcontainer", ".circleci", ".githooks", ".woodpecker", ".clinerules"];

/// Whether a path is git's own, in any project. Some file systems do not tell `.GIT` from `.git`.
pub(super) fn in_git(path: &str) -> bool {
    path.split('/').any(|part| part.eq_ignore_ascii_case(".git"))
}

/// Whether nothing below a directory is a project's: keys, start-up files, hooks and guards lie there.
pub(super) fn sensitive(path: &str) -> bool {
    if is_guard(path)
        || in_git(path)
        || within(path, "/run/user")
        || device(path).is_some_and(|zone| zone != Zone::Temp)
    {
        return true;
    }
    if path.split('/').any(|part| AGENTS.contains(&part) || HOOKS.contains(&part)) {
        return true;
    }
    home_part(path).is_some_and(|inner| {
        matches!(in_home(inner), Zone::Secret | Zone::Startup)
            || matches!(inner, ".config" | ".local" | ".local/share" | ".cargo" | "Library")
    })
}

/// Palisade's own and the agents' configuration, wherever it lies.
pub(super) fn is_guard(path: &str) -> bool {
    let mut parts = path.rsplit('/');
    let (file, dir) = (parts.next().unwrap_or(""), parts.next());
    if is_palisade(path) || file == "managed-settings.json" || within(path, "/etc/claude-code") {
        return true;
    }
    // All the others are hidden directories: most paths have none.
    if !path.starts_with('.') && !path.contains("/.") {
        return false;
    }
    if let Some(inner) = home_part(path)
        && inner.split('/').next().is_some_and(|first| AGENTS.contains(&first) || first == ".claude.json")
    {
        return !inner.contains("/projects/") || inner.starts_with(".claude/projects") || inner.starts_with(".codex");
    }
    let settings =
        file.starts_with("settings") || file.ends_with(".json") || file.ends_with(".toml") || file == "hooks";
    AGENTS.contains(&file)
        || dir.is_some_and(|dir| AGENTS.contains(&dir)) && settings
        || [dir, parts.next()].contains(&Some("hooks")) && path.contains("/.claude/")
}

/// Programs whose names are nobody else's, wherever they lie.
const PROGRAMS: &[&str] = &[
    "palisaded",
    "palisade-hook",
    "palisade-classifier",
    "palisade-journal",
    "palisade-reader",
    "palisade-compiler",
    "palisade-opener",
];

/// Where installations lie: there everything whose name begins with ours is ours. A project that is called so is a project.
const INSTALLED: &[&str] =
    &["/etc", "/usr", "/run", "/var/lib", "/var/log", "/var/run", "/opt", "/lib", "/bin", "/sbin"];

/// The same in a home.
const INSTALLED_AT_HOME: &[&str] = &[".local", ".config", ".cache", ".cargo", "bin"];

fn is_palisade(path: &str) -> bool {
    if !path.contains("palisade") {
        return false;
    }
    let ours = |path: &str| path.split('/').any(|part| part.starts_with("palisade"));
    let installed = |inner: &str| {
        let mut parts = inner.split('/');
        parts.next().is_some_and(|first| INSTALLED_AT_HOME.contains(&first)) && ours(inner)
    };
    path.split('/').any(|part| part == ".palisade" || PROGRAMS.contains(&part))
        || (INSTALLED.iter().any(|dir| within(path, dir)) && ours(path) && home_part(path).is_none())
        || home_part(path).is_some_and(installed)
}

/// A place in the workspace, by its path from the root of it.
pub(super) fn inside(inner: &str) -> Zone {
    if in_git(inner) {
        return Zone::Git;
    }
    let name = inner.rsplit('/').next().unwrap_or("");
    let hook = inner.split('/').any(|part| HOOKS.contains(&part) || AGENTS.contains(&part))
        || name.starts_with(".lintstagedrc")
        || name.starts_with(".pre-commit")
        || [".cargo/config", ".cargo/config.toml"]
            .iter()
            .any(|end| inner == *end || inner.ends_with(&format!("/{end}")))
        || matches!(
            name,
            ".envrc"
                | ".mcp.json"
                | ".gitlab-ci.yml"
                | "CLAUDE.md"
                | "AGENTS.md"
                | "GEMINI.md"
                | ".cursorrules"
                | ".windsurfrules"
                | ".gitmodules"
                | ".gitattributes"
                | ".npmrc"
                | ".yarnrc.yml"
                | "gradle-wrapper.properties"
                | ".pypirc"
                | "lefthook.yml"
                | ".lefthook.yml"
                | ".travis.yml"
                | "Jenkinsfile"
                | "azure-pipelines.yml"
                | "bitbucket-pipelines.yml"
                | ".drone.yml"
                | ".pnpmfile.cjs"
                | ".bazelrc"
                | ".huskyrc"
                | ".gdbinit"
                | ".lldbinit"
                | ".vimrc"
                | ".exrc"
                | ".nvimrc"
                | "sitecustomize.py"
                | "usercustomize.py"
        );
    if hook {
        return Zone::Hook;
    }
    if is_secret_name(inner) { Zone::Secret } else { Zone::Workspace }
}

/// A place in a home directory.
pub(super) fn in_home(inner: &str) -> Zone {
    let first = inner.split('/').next().unwrap_or("");
    let name = inner.rsplit('/').next().unwrap_or("");
    let keys = matches!(
        first,
        ".ssh"
            | ".gnupg"
            | ".aws"
            | ".azure"
            | ".kube"
            | ".docker"
            | ".password-store"
            | ".netrc"
            | ".rhosts"
            | ".shosts"
            | ".pgpass"
            | ".git-credentials"
            | ".pypirc"
            | ".vault-token"
            | ".my.cnf"
            | ".mozilla"
            | ".thunderbird"
            | ".npmrc"
            | ".gem"
    ) || [
        ".config/gcloud",
        ".config/gh",
        ".config/google-chrome",
        ".config/chromium",
        ".config/op",
        ".local/share/keyrings",
        ".cargo/credentials",
        ".config/rclone",
        ".config/sops",
    ]
    .iter()
    .any(|tree| inner.starts_with(tree));
    if keys {
        return Zone::Secret;
    }
    let startup = matches!(
        first,
        ".bashrc"
            | ".bash_profile"
            | ".bash_login"
            | ".bash_logout"
            | ".bash_aliases"
            | ".profile"
            | ".zshrc"
            | ".zshenv"
            | ".zprofile"
            | ".zlogin"
            | ".inputrc"
            | ".vimrc"
            | ".vim"
            | ".emacs"
            | ".emacs.d"
            | ".tmux.conf"
            | ".screenrc"
            | ".xinitrc"
            | ".xprofile"
            | ".xsessionrc"
            | ".pam_environment"
            | ".gitconfig"
            | ".curlrc"
            | ".wgetrc"
            | ".gdbinit"
            | ".psqlrc"
            | ".pythonrc"
            | ".pdbrc"
            | ".irbrc"
            | ".cshrc"
            | ".tcshrc"
            | ".login"
            | ".hgrc"
            | ".mailcap"
            | ".crontab"
            | ".Rprofile"
            | ".nanorc"
            | ".kshrc"
            | ".mkshrc"
            | ".muttrc"
            | ".lesskey"
            | ".lessfilter"
            | ".xbindkeysrc"
            | ".sqliterc"
            | ".lldbinit"
            | ".octaverc"
            | ".juliarc.jl"
            | ".ghci"
            | ".exrc"
            | ".selected_editor"
    ) || [
        ".config/systemd",
        ".config/autostart",
        ".config/fish",
        ".config/nvim",
        ".config/environment.d",
        ".config/git",
        ".config/pip",
        ".pip",
        ".local/bin",
        "bin",
        ".local/share/systemd",
        ".local/share/applications",
        ".local/share/dbus-1",
        ".local/share/nautilus/scripts",
        ".local/share/kservices5",
        ".ipython",
        ".jupyter",
        ".config/sxhkd",
        ".config/openbox",
        ".config/awesome",
        ".config/sway",
        ".config/xfce4",
        ".config/mpv",
        ".config/Code/User",
        ".config/user-tmpfiles.d",
        ".config/zsh",
        ".config/tmux",
        ".config/plasma-workspace",
        ".config/hypr",
        ".config/i3",
        ".local/lib",
        ".cargo/config",
        ".config/mise",
        ".config/direnv",
        "Library/LaunchAgents",
    ]
    .iter()
    .any(|tree| {
        inner == *tree || inner.strip_prefix(tree).is_some_and(|rest| rest.starts_with('/') || rest.starts_with('.'))
    });
    if startup || name == "usercustomize.py" || name == "sitecustomize.py" {
        return Zone::Startup;
    }
    if is_secret_name(inner) { Zone::Secret } else { Zone::Home }
}

/// File names that hold keys or credentials wherever they lie.
fn is_secret_name(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or("");
    let fixture = path
        .split('/')
        .any(|part| matches!(part, "fixtures" | "testdata" | "examples" | "example" | "tests" | "test" | "docs"));
    let sample =
        [".example", ".sample", ".template", ".dist", ".md", ".new", ".pub"].iter().any(|end| name.ends_with(end));
    if sample || fixture {
        return false;
    }
    name == ".env"
        || name.starts_with(".env.")
        || name.ends_with(".env")
        || (name.starts_with("id_")
            && ["rsa", "dsa", "ecdsa", "ed25519"].iter().any(|kind| name[3..].starts_with(kind)))
        || [".pem", ".key", ".p12", ".pfx", ".jks", ".keystore", ".kdbx", ".ppk", ".asc", ".gpg", ".age"]
            .iter()
            .any(|end| name.ends_with(end))
        || matches!(
            name,
            ".netrc"
                | ".pgpass"
                | ".git-credentials"
                | "credentials"
                | "credentials.json"
                | "service-account.json"
                | "secrets.yml"
                | "secrets.yaml"
                | "secrets.json"
                | ".htpasswd"
                | "kubeconfig"
                | "terraform.tfstate"
                | "master.key"
                | "logins.json"
                | "key4.db"
                | ".vault-token"
                | "wallet.dat"
        )
}

/// The system's trees and what hurts in them.
pub(super) fn system(path: &str) -> Option<Zone> {
    if within(path, "/proc") || within(path, "/sys") {
        return Some(Zone::Kernel);
    }
    let trees = [
        "/bin",
        "/boot",
        "/dev",
        "/etc",
        "/lib",
        "/lib32",
        "/lib64",
        "/libx32",
        "/opt",
        "/run",
        "/sbin",
        "/srv",
        "/usr",
        "/var",
        "/snap",
        "/nix",
        "/lost+found",
        "/System",
        "/Library",
        "/Applications",
        "/efi",
        "/mnt",
        "/media",
        "/backup",
        "/backups",
        "/data",
    ];
    trees.iter().any(|tree| within(path, tree)).then_some(Zone::System)
}

/// Whether reading this place yields what is not for everyone.
pub(crate) fn is_secret_read(place: &Place) -> bool {
    let path = place.path.as_str();
    let name = path.rsplit('/').next().unwrap_or("");
    if name.ends_with(".pub") || matches!(name, "known_hosts" | "config") && path.contains("/.ssh/") {
        return false;
    }
    place.zone == Zone::Secret
        || matches!(path, "/etc/shadow" | "/etc/gshadow" | "/etc/sudoers" | "/etc/krb5.keytab")
        || within(path, "/etc/ssl/private")
        || (within(path, "/etc/ssh") && name.ends_with("_key"))
        || within(path, "/run/secrets")
        || within(path, "/var/run/secrets")
        || (within(path, "/etc/letsencrypt") && name.ends_with(".pem"))
        || within(path, "/var/lib/kubelet/pki")
        || within(path, "/etc/wireguard")
        || (path.starts_with("/proc/") && (name == "environ" || name == "mem"))
        || name.ends_with("_history")
        || (within(path, "/etc/kubernetes") && name.ends_with(".conf"))
        || within(path, "/var/lib/palisade")
}
