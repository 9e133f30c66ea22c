//! Programs: what the knowledge base says about them, applied to their arguments.

use super::Machine;
use super::leaving::{copies_all, formats, keeps, prints_secrets};
use super::runners::{Discard, is_loader, may_carry};
use crate::findings::Finding;
use crate::knowledge::{has_subcommands, knows, read_line};
use crate::paths::Zone;
use palisade_knowledge::{Entry, Operands, Taken};
use palisade_language::words::{Origin, Value, names_secret};
use palisade_protocol::verdict::{Class, Operation};

/// Directories whose programs are the ones that their names say.
const PROGRAM_DIRECTORIES: &[&str] = &[
    "/bin",
    "/usr/bin",
    "/sbin",
    "/usr/sbin",
    "/usr/local/bin",
    "/usr/local/sbin",
    "/opt/homebrew/bin",
    "/usr/games",
    "/snap/bin",
];
const PROJECT_DIRECTORIES: &[&str] =
    &["node_modules/.bin", ".venv/bin", "venv/bin", "vendor/bin", "bin", "env/bin", "."];

/// Programs that a project brings along in its own tree.
const OWN_PROGRAMS: &[&str] = &[
    "gradlew",
    "mvnw",
    "rails",
    "rake",
    "configure",
    "manage.py",
    "artisan",
    "cake",
    "magento",
    "console",
    "occ",
    "yii",
    "craft",
    "ace",
    "spark",
    "drush",
];

/// Programs that change things, and that without an argument only show them.
const SHOWS_ALONE: &[&str] =
    &["mount", "systemctl", "nmcli", "ip", "nft", "ufw", "swapon", "losetup", "networkctl", "snap"];

impl Machine<'_> {
    /// A program is run by name.
    pub(super) fn program(&mut self, name: &str, args: &[Value], input: Option<Value>) -> Value {
        let normal;
        let name = if name.starts_with('/') && name.contains("/.") {
            normal = crate::paths::normalize(name);
            normal.as_str()
        } else {
            // zsh finds the program of a name that begins so.
            name.strip_prefix('=').filter(|rest| !rest.is_empty() && !rest.contains('=')).unwrap_or(name)
        };
        let base = palisade_knowledge::usual_name(name.rsplit('/').next().unwrap_or(name));
        if is_loader(base) {
            return self.loader(args, input);
        }
        if name.contains('/')
            && let Some(content) = self.content(&Value::text(name))
        {
            let path = self.place(&Value::text(name)).path;
            if self.made.contains(&path) && content.origin() == Some(Origin::Mixed) && !self.brought {
                return Value::unknown(Origin::Output);
            }
            return self.script_value(&content, "exec.written");
        }
        let file = Value::text(name);
        if name.contains('/') {
            let place = self.place(&file);
            if self
                .foreign_trees
                .iter()
                .any(|tree| place.path.strip_prefix(tree.as_str()).is_some_and(|rest| rest.starts_with('/')))
            {
                self.note(Class::Catastrophic, "remote.exec.pipe", "runs a program that it fetches from another host");
            }
        }
        if name.contains('/')
            && !PROGRAM_DIRECTORIES.iter().any(|known| name.starts_with(known))
            && !self.trusted_path(name, base)
            && let Some(text) = self.shell_text_of(&file)
        {
            return self.shell_file(&file, &text, args, input);
        }
        if name.contains('/') && !self.trusted_path(name, base) {
            let place = self.place(&file);
            if self.runs_unread(&file) {
                self.project_program(&file);
                if !knows(base) {
                    return Value::unknown(Origin::Output);
                }
            } else if place.path.starts_with("/etc/init.d/") {
                self.note(Class::Destructive, "service.change", "acts on a service");
            } else {
                self.unread(&place, name);
            }
            if !knows(base) {
                self.carried(args, &input);
                return self.runner(base, args, &input).unwrap_or(Value::unknown(Origin::Output));
            }
        }
        self.runs_away(base, args);
        self.suspect(base, args);
        self.side_doors(base, args);
        if knows(base) {
            self.tightened(base, args);
        }
        if base == "cargo" && args.first().is_some_and(|arg| arg.prefix().starts_with('+')) {
            // The toolchain.
            return self.program(base, &args[1..], input);
        }
        self.after_clone(base, args);
        self.leaves(base, args, &input);
        self.takes_fetched(base, args);
        self.exhausting(base, args, &[], false);
        self.fills_disk(base, args);
        self.installs_written(base, args);
        let out = match self.runner(base, args, &input) {
            Some(out) => out,
            None => self.by_knowledge(base, args, input),
        };
        self.started_by_name(base, args);
        out
    }

    /// A file with a shell's script in it is run.
    pub(super) fn shell_file(&mut self, file: &Value, text: &str, args: &[Value], input: Option<Value>) -> Value {
        let positional = self.env.positional.replace(args.to_vec());
        let out = match self.runs_unread(file) {
            true => {
                self.project_text(text);
                Value::unknown(Origin::Output)
            }
            false => self.script(text, input),
        };
        self.env.positional = positional;
        out
    }

    /// Whether a program that is named by its path is the one that its name says: the system's, or one that the project has
    /// installed for itself or begins with.
    fn trusted_path(&self, name: &str, base: &str) -> bool {
        let directory = name.strip_suffix(base).unwrap_or(name).trim_end_matches('/');
        if PROGRAM_DIRECTORIES.contains(&directory) {
            return true;
        }
        let place = self.place(&Value::text(name));
        if place.exact && place.path.rsplit_once('/').is_some_and(|(above, _)| PROGRAM_DIRECTORIES.contains(&above)) {
            return true;
        }
        if place.zone != Zone::Workspace || !knows(base) {
            return false;
        }
        let inside = directory.trim_start_matches("./");
        PROJECT_DIRECTORIES.iter().any(|known| {
            (inside == *known || inside.strip_suffix(known).is_some_and(|rest| rest.ends_with('/')))
                && (known.ends_with("bin") && known.contains('/') || OWN_PROGRAMS.contains(&base))
        })
    }

    fn by_knowledge(&mut self, name: &str, args: &[Value], input: Option<Value>) -> Value {
        if matches!(name, "echo" | "printf" | ":" | "true" | "false" | "test" | "[") {
            if matches!(name, "test" | "[") {
                self.tested(args);
            }
            return self.output(name, args, &input, args.iter().filter_map(Value::origin).max());
        }
        if name == "printenv" {
            // Nobody asks for `PATH` by it to send it away; all of them, or one that says so, are secrets.
            let named = |arg: &Value| arg.known().is_none_or(|name| names_secret(&name));
            let secret = args.is_empty() || args.iter().any(named);
            return Value::unknown(if secret { Origin::Secret } else { Origin::Output });
        }
        let Some(line) = read_line(name, args) else {
            return self.unknown_program(name, args, &input);
        };
        if line.entry.wrap.is_none() && (line.only_help || asks_about_itself(name, args, line.entry)) {
            return Value::unknown(Origin::Output);
        }
        let says = |text: &str| format!("{text} ({name})");
        let mut class = if line.calm || line.harmless { Class::Safe } else { line.entry.class };
        let mut spoken = (line.entry.rule, line.entry.says);
        if !line.calm {
            for raise in &line.raises {
                if raise.class > class || raise.class == class && raise.rule == "secret.print.key" {
                    class = raise.class;
                    spoken = (raise.rule, raise.says);
                }
            }
        }
        let acts = ["service.", "process.", "debug.", "system.", "disk.mount", "pkg."]
            .iter()
            .any(|begin| spoken.0.starts_with(begin));
        if (class > Class::Safe && acts || matches!(name, "pkill" | "killall" | "skill" | "xkill"))
            && Self::names_guard(args)
        {
            self.note(Class::Catastrophic, "guard.process", "acts on Palisade itself");
        }
        if matches!(name, "pidof" | "pgrep" | "systemctl" | "ps" | "pkill") && Self::names_guard(args) {
            self.guard_named = true;
        }
        if matches!(name, "awk" | "gawk" | "grep" | "egrep" | "sed" | "rg")
            && args.iter().any(|arg| arg.display().replace(['[', ']'], "").contains("palisade"))
            && (input.as_ref().is_some_and(|input| input.origin() == Some(Origin::Output) && input.known().is_none())
                || args.iter().any(|arg| arg.display().contains("/comm") || arg.display().contains("/cmdline")))
        {
            self.guard_named = true;
        }
        if matches!(name, "pidof" | "pgrep" | "ps") {
            self.keeper_named |= args.iter().filter_map(Value::known).any(|word| is_keeper(&word));
        }
        let attaches =
            matches!(name, "strace" | "ltrace" | "gdb" | "lldb" | "gcore" | "perf" | "bpftrace" | "sysdig" | "frida");
        if attaches && self.keeper_named {
            self.note(Class::Catastrophic, "secret.memory", "watches a process that holds keys or somebody's session");
        }
        if self.guard_named
            && matches!(
                name,
                "kill" | "renice" | "gdb" | "strace" | "ltrace" | "chrt" | "taskset" | "cgexec" | "prlimit"
            )
        {
            self.note(Class::Catastrophic, "guard.process", "acts on Palisade's own process");
        }
        if line.unlisted {
            self.note(
                Class::Ambiguous,
                "program.option",
                format!("gives {name} an option that is not known to be harmless"),
            );
        }
        if class == Class::Ambiguous && line.entry.wrap.is_none() && may_carry(spoken.0) {
            self.carried(args, &input);
        }
        let operands: Vec<Value> = line.operands.iter().map(|(_, value)| value.clone()).collect();
        if spoken.0 == "remote.exec.package" && operands.iter().any(from_nowhere) {
            class = class.max(Class::Catastrophic);
        }
        let packages =
            ["apt", "apt-get", "aptitude", "dpkg", "dnf", "yum", "rpm", "zypper", "apk", "opkg", "xbps-remove"];
        if spoken.0 == "pkg.remove" && packages.contains(&name) && operands.iter().any(|one| one.known().is_none()) {
            // The kernel and the way in may be among them.
            class = class.max(Class::Catastrophic);
        }
        if matches!(spoken.0, "net.send" | "net.connect") && class == Class::Ambiguous && asks_own_host(name, &operands)
        {
            class = Class::Safe;
        }
        let files = matches!(line.entry.operands, Operands::Delete);
        if class > Class::Safe && !(files && class == Class::Destructive) {
            let finding = Finding::new(class, spoken.0, says(spoken.1)).does(operation(spoken.0));
            let finding = match name == "git" && class == Class::Destructive && self.pushes_own_branch(args) {
                true => Finding { class: Class::Ambiguous, ..finding },
                false => finding,
            };
            let discards = if name == "git" { self.git_discards(args) } else { None };
            match discards.filter(|_| class < Class::Catastrophic) {
                None => self.find(finding),
                Some(Discard::Nothing) => {}
                Some(Discard::Kept(how)) => {
                    let says = "discards files that git has as they are, or that are made again".to_owned();
                    self.find(
                        Finding::new(Class::Destructive, "git.discard.kept", says).does(Operation::Delete).kept(how),
                    );
                }
                Some(Discard::Files) => {
                    let finding = Finding {
                        class: Class::Destructive,
                        ..finding.does(Operation::Delete).to("changed files of the project", true)
                    };
                    self.find(if self.map.contains() { finding.inside() } else { finding });
                }
            }
        }
        // Who logs in with what comes in does not print it.
        let mut origin = input.as_ref().and_then(Value::origin).filter(|_| !keeps(args));
        // What a program prints of secrets, or of all that is there, is that wherever it goes.
        let yields = match spoken.0 {
            "secret.print.key" if class > Class::Safe => {
                self.credential = true;
                Some(Origin::Secret)
            }
            "secret.read" | "secret.store" if class > Class::Safe => Some(Origin::Secret),
            _ if copies_all(name, args) => Some(Origin::Whole),
            _ if prints_secrets(name, args) => Some(Origin::Secret),
            _ => None,
        };
        // Of a cluster's secrets a list gives the names; a format gives what they hold.
        self.credential |= matches!(name, "kubectl" | "oc") && yields == Some(Origin::Secret) && formats(args);
        origin = origin.max(yields);
        // What is made of what another host sent, or comes from one, is another host's.
        const BRINGS: [&str; 12] =
            ["ftp", "tftp", "gh", "axel", "aria2c", "http", "https", "xh", "lynx", "ncftpget", "smbget", "curlie"];
        let made = input.as_ref().and_then(Value::origin) == Some(Origin::Network);
        let brings = (made || BRINGS.contains(&name)).then_some(Origin::Network);
        if BRINGS.contains(&name) {
            for (at, arg) in args.iter().enumerate() {
                if matches!(arg.known().as_deref(), Some("-o" | "-O" | "--output" | "--output-document"))
                    && let Some(file) = args.get(at + 1)
                {
                    let place = self.place(file);
                    self.write_effect(&place, false, false);
                    self.remember(&place, Value::unknown(Origin::Network), false);
                }
            }
        }
        for (kind, value) in &line.taken {
            match kind {
                Taken::Word => {}
                Taken::In => origin = origin.max(self.read_effect(value).origin()),
                Taken::Out => {
                    if let Some(command) = value.prefix().strip_prefix(['|', '!']) {
                        // strace, and what reads names as it does, writes to a command.
                        let command = command.to_owned();
                        self.script(&command, None);
                        self.note(Class::Ambiguous, "exec.option", says("writes to a command"));
                    } else if value.known().as_deref() != Some("-") {
                        let place = self.place(value);
                        self.write_effect(&place, false, false);
                        self.remember(&place, Value::unknown(yields.or(brings).unwrap_or(Origin::Mixed)), false);
                        if self.made.len() < 16 && self.compiles_own(name, &line.operands) {
                            self.made.push(place.path);
                        }
                    }
                }
                Taken::Shell => {
                    self.script_value(value, "exec.option");
                }
            }
        }
        if let Some(count) = line.entry.wrap.map(usize::from) {
            if let Some((begin, _)) = line.operands.get(count) {
                self.unspoken(name, &args[..*begin], &line);
            }
            if operands.len() > count {
                return self.argv(&operands[count..], input);
            }
            return match name {
                "env" if operands.is_empty() => Value::unknown(Origin::Secret),
                _ => Value::unknown(Origin::Output),
            };
        }
        if !line.calm {
            self.unspoken(name, args, &line);
        }
        let mut operands = operands;
        if matches!(line.entry.operands, Operands::Copy | Operands::Move | Operands::Link)
            && let Some((_, directory)) = line.taken.iter().find(|(kind, _)| *kind == Taken::Out)
        {
            // With `-t DIR` every operand is a source.
            operands.push(directory.clone());
        }
        // `install -d` makes every directory that it names.
        let makes = |arg: &Value| {
            let text = arg.prefix();
            text.starts_with("--d") || text.starts_with('-') && !text.starts_with("--") && text.contains('d')
        };
        let kind = match line.entry.operands {
            Operands::Copy if name == "install" && args.iter().any(makes) => Operands::Write,
            kind => kind,
        };
        if name == "zip" && !line.calm && operands.len() > 1 {
            // The first is the archive, the others go into it.
            let read = operands.split_off(1);
            for value in &read {
                origin = origin.max(self.read_effect(value).origin().filter(|origin| *origin >= Origin::Whole));
            }
            if operands[0].known().as_deref() == Some("-") {
                return Value::unknown(origin.unwrap_or(Origin::Whole));
            }
            let place = self.place(&operands[0]);
            self.write_effect(&place, false, false);
            self.remember(&place, Value::unknown(origin.unwrap_or(Origin::Whole)), false);
            return Value::unknown(Origin::Output);
        }
        if !line.calm {
            origin = origin.max(self.operands(kind, &operands, line.recursive, name, &input));
        }
        if yields == Some(Origin::Whole)
            && let Some(file) = operands.first().filter(|_| matches!(name, "git" | "zip" | "7z" | "7za"))
        {
            let place = self.place(file);
            self.remember(&place, Value::unknown(Origin::Whole), false);
        }
        if line.entry.net && args.iter().any(|arg| arg.origin() == Some(Origin::Secret)) && !keeps(args) {
            self.note(Class::Catastrophic, "secret.exfiltration", says("sends secrets to another host"));
        }
        if line.entry.net && class > Class::Safe {
            self.sent = true;
        }
        self.output(name, args, &input, origin)
    }

    /// Programs that run or install a file which this very call has fetched.
    fn takes_fetched(&mut self, name: &str, args: &[Value]) {
        const TAKE: [&str; 24] = [
            "java",
            "dpkg",
            "rpm",
            "apt",
            "apt-get",
            "dnf",
            "yum",
            "zypper",
            "pip",
            "pip3",
            "gem",
            "insmod",
            "installer",
            "pacman",
            "apk",
            "wine",
            "mono",
            "dotnet",
            "ansible-playbook",
            "snap",
            "flatpak",
            "ld.so",
            "luarocks",
            "opkg",
        ];
        if !TAKE.contains(&name) {
            return;
        }
        for arg in args.iter().filter(|arg| !arg.prefix().starts_with('-')) {
            let place = self.place(arg);
            let fetched =
                place.exact && self.written.get(&place.path).is_some_and(|text| text.origin() == Some(Origin::Network));
            if fetched {
                let says = format!("has {name} run or install what it fetches from another host");
                return self.note(Class::Catastrophic, "remote.exec.pipe", says);
            }
        }
    }

    fn unknown_program(&mut self, name: &str, args: &[Value], input: &Option<Value>) -> Value {
        if knows(name) {
            self.note(Class::Ambiguous, "program.subcommand", format!("uses {name} in a way that is not known"));
            self.destroys_by_word(name, args);
            self.carried(args, input);
            return Value::unknown(Origin::Output);
        }
        if let Some(out) = self.by_teaching(name, args, input) {
            return out;
        }
        // Whatever it is, somebody installed it, and these say that it is to do nothing.
        let nothing = |arg: &Value| {
            matches!(arg.known().as_deref(), Some("--version" | "--help" | "--dry-run" | "version" | "help"))
        };
        let asks = !args.is_empty() && args.iter().all(nothing) && !name.contains('/');
        if !asks {
            self.find(
                Finding::new(Class::Ambiguous, "program.unknown", format!("runs {name}, which is not known"))
                    .to(name, false),
            );
            self.destroys_by_word(name, args);
        }
        self.carried(args, input);
        self.output(name, args, input, None)
    }
}

/// Whether the one argument asks a program what it is. `-h` halts some programs, and `help` is a file's name to others.
fn asks_about_itself(name: &str, args: &[Value], entry: &Entry) -> bool {
    if name == "systemctl" && args.iter().all(|arg| arg.prefix().starts_with('-')) {
        // Without a verb it lists.
        return true;
    }
    let [only] = args else { return args.is_empty() && SHOWS_ALONE.contains(&name) };
    match only.known().as_deref() {
        Some("--help" | "--version") => true,
        Some("-h" | "-V" | "-version") => entry.class <= Class::Ambiguous && entry.operands == Operands::Words,
        Some("help" | "version") => has_subcommands(name),
        _ => false,
    }
}

/// Whether a client of the web talks to a service of this very host.
fn asks_own_host(name: &str, operands: &[Value]) -> bool {
    const CLIENTS: [&str; 9] = ["http", "https", "xh", "xhs", "httpie", "curlie", "websocat", "wscat", "grpcurl"];
    let words: Vec<String> = operands.iter().map(Value::display).filter(|word| !word.starts_with('-')).collect();
    let address = match words.first().map(String::as_str) {
        Some("GET" | "POST" | "PUT" | "PATCH" | "HEAD" | "OPTIONS" | "get" | "post" | "put" | "patch" | "head") => {
            words.get(1)
        }
        _ => words.first(),
    };
    const STORES: [&str; 10] =
        [":2375", ":2376", ":2379", ":6443", ":8001", ":8200", ":8500", ":9200", ":10250", ":5984"];
    let local = |address: &String| {
        (address.starts_with(':') || super::web::is_local(address)) && !STORES.iter().any(|port| address.contains(port))
    };
    CLIENTS.contains(&name)
        && address.is_some_and(local)
        && !words.iter().any(|word| word.contains(":@") || word.contains("=@"))
}

/// Whether code comes from an address that is none of the places where projects are published.
fn from_nowhere(operand: &Value) -> bool {
    const FORGES: [&str; 13] = [
        "github.com",
        "gitlab.com",
        "bitbucket.org",
        "codeberg.org",
        "sr.ht",
        "golang.org",
        "gopkg.in",
        "go.dev",
        "go.uber.org",
        "k8s.io",
        "honnef.co",
        "mvdan.cc",
        "localhost",
    ];
    let text = operand.display();
    let (scheme, rest) = match text.split_once("://") {
        Some((_, rest)) => (true, rest),
        None => (false, text.as_str()),
    };
    let authority = rest.split('/').next().unwrap_or("");
    // Without a scheme it is a module's path: its first part is a host, and what follows an `@` a version.
    let host =
        if scheme { authority.rsplit('@').next().unwrap_or("") } else { authority.split('@').next().unwrap_or("") };
    let host = host.split(':').next().unwrap_or("");
    let named = host.contains('.') && !host.starts_with('.') && (scheme || rest.contains('/'));
    named && !FORGES.iter().any(|forge| host == *forge || host.ends_with(&format!(".{forge}")))
}

/// Whether a process holds keys, passwords or somebody's session.
fn is_keeper(name: &str) -> bool {
    const KEEPERS: [&str; 20] = [
        "sshd",
        "ssh",
        "ssh-agent",
        "gpg-agent",
        "gnome-keyring-daemon",
        "gnome-keyring",
        "kwalletd",
        "sudo",
        "su",
        "login",
        "passwd",
        "firefox",
        "chrome",
        "chromium",
        "keepassxc",
        "1password",
        "vault",
        "bitwarden",
        "lightdm",
        "sssd",
    ];
    let name = name.trim_matches(['^', '$', '[', ']', ' ']);
    KEEPERS.contains(&name) || name.starts_with("sshd")
}

fn operation(rule: &str) -> Operation {
    match rule.split('.').next().unwrap_or("") {
        "fs" => Operation::Write,
        "disk" => Operation::Device,
        "perm" | "auth" => Operation::Permission,
        "net" | "cloud" | "cluster" | "forge" | "sync" | "infra" => Operation::Network,
        "secret" => Operation::Read,
        "service" | "system" | "kernel" | "boot" | "process" | "session" | "log" => Operation::System,
        "db" | "backup" | "queue" => Operation::Delete,
        _ => Operation::Execute,
    }
}
