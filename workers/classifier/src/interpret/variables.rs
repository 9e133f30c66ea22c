//! What a variable makes of the programs that read it.

use super::Machine;
use super::runners::{LANGUAGES, SHELLS};
use crate::paths::{Zone, is_guard_name};
use palisade_language::parser::parse_template;
use palisade_language::words::Value;
use palisade_protocol::verdict::Class;

/// Variables that make a program run or load something else, and how their value is used.
const RUNS_SCRIPT: &[&str] = &[
    "GIT_PAGER",
    "PAGER",
    "MANPAGER",
    "EDITOR",
    "VISUAL",
    "GIT_EDITOR",
    "GIT_SEQUENCE_EDITOR",
    "GIT_SSH_COMMAND",
    "GIT_SSH",
    "GIT_ASKPASS",
    "SSH_ASKPASS",
    "SUDO_ASKPASS",
    "BROWSER",
    "LESSOPEN",
    "LESSCLOSE",
    "PROMPT_COMMAND",
    "GIT_EXTERNAL_DIFF",
    "KUBECTL_EXTERNAL_DIFF",
    "KUBE_EDITOR",
    "SYSTEMD_PAGER",
    "SYSTEMD_EDITOR",
    "SUDO_EDITOR",
    "DELTA_PAGER",
    "BAT_PAGER",
    "AWS_PAGER",
    "GH_PAGER",
    "GH_BROWSER",
    "GH_EDITOR",
    "GIT_PROXY_COMMAND",
    "FCEDIT",
    "RUSTC_WRAPPER",
    "RUSTC_WORKSPACE_WRAPPER",
    "CC",
    "CXX",
    "TAR_OPTIONS",
    "RSYNC_RSH",
    "CVS_RSH",
    "SHELL",
    "PERLDB",
    "GIT_TRACE_SETUP",
];

const LOADS_CODE: &[&str] = &[
    "LD_PRELOAD",
    "LD_LIBRARY_PATH",
    "LD_AUDIT",
    "TF_CLI_CONFIG_FILE",
    "GH_HOST",
    "CURL_HOME",
    "WGETRC",
    "NETRC",
    "GNUPGHOME",
    "OPENSSL_CONF",
    "OPENSSL_MODULES",
    "DYLD_INSERT_LIBRARIES",
    "DYLD_LIBRARY_PATH",
    "PYTHONSTARTUP",
    "PYTHONPATH",
    "PYTHONHOME",
    "PERL5OPT",
    "PERL5LIB",
    "PERL5DB",
    "RUBYOPT",
    "RUBYLIB",
    "NODE_OPTIONS",
    "NODE_PATH",
    "JAVA_TOOL_OPTIONS",
    "_JAVA_OPTIONS",
    "JDK_JAVA_OPTIONS",
    "CLASSPATH",
    "PHPRC",
    "PHP_INI_SCAN_DIR",
    "LUA_INIT",
    "R_PROFILE",
    "GIT_CONFIG",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_COUNT",
    "GIT_CONFIG_PARAMETERS",
    "GIT_EXEC_PATH",
    "GIT_TEMPLATE_DIR",
    "GIT_DIR",
    "RIPGREP_CONFIG_PATH",
    "GCONV_PATH",
    "BASHOPTS",
    "SHELLOPTS",
    "EMACSLOADPATH",
    "VIMINIT",
    "EXINIT",
    "INPUTRC",
    "TERMINFO",
    "ANSIBLE_CONFIG",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "http_proxy",
    "https_proxy",
    "ALL_PROXY",
    "PIP_INDEX_URL",
    "PIP_EXTRA_INDEX_URL",
    "NPM_CONFIG_REGISTRY",
    "NODE_TLS_REJECT_UNAUTHORIZED",
    "GIT_SSL_NO_VERIFY",
    "KUBECONFIG",
    "DOCKER_HOST",
    "CARGO_BUILD_RUSTC",
    "CARGO_BUILD_RUSTC_WRAPPER",
    "RUSTC",
    "HISTFILE",
    "LESSKEY",
    "LESSKEYIN",
    "LESSKEY_SYSTEM",
    "LESSKEY_CONTENT",
    "GOCACHEPROG",
    "ERL_AFLAGS",
    "ERL_FLAGS",
    "ERL_ZFLAGS",
    "ELIXIR_ERL_OPTIONS",
    "DOTNET_STARTUP_HOOKS",
    "CORECLR_PROFILER_PATH",
    "CLOUDSDK_PYTHON",
    "BASH_LOADABLES_PATH",
    "PYTHONUSERBASE",
    "VIMRUNTIME",
    "ZDOTDIR",
    "GTK_MODULES",
    "QT_PLUGIN_PATH",
    "GIO_MODULE_DIR",
    "GST_PLUGIN_PATH",
    "R_PROFILE_USER",
    "R_ENVIRON_USER",
    "JULIA_LOAD_PATH",
    "LUA_PATH",
    "LUA_CPATH",
    "GUILE_LOAD_PATH",
    "TCLLIBPATH",
    "KRB5_CONFIG",
    "LOCPATH",
];

/// Variables that say where a whole tool chain lies, or where programs find a person's settings.
const PLACES: &[&str] = &["HOME", "XDG_CONFIG_HOME", "JAVA_HOME", "GOROOT", "RUSTUP_HOME", "M2_HOME", "GRADLE_HOME"];

/// Variables that hold options of compilers and build tools, and the options that load, run and write nothing: exact, or as
/// beginnings that end in `*`.
const FLAGS: &[(&str, &[&str])] = &[
    ("RUSTFLAGS", RUST),
    ("CARGO_BUILD_RUSTFLAGS", RUST),
    ("CARGO_ENCODED_RUSTFLAGS", RUST),
    ("RUSTDOCFLAGS", RUST),
    ("CFLAGS", C),
    ("CXXFLAGS", C),
    ("CPPFLAGS", C),
    ("LDFLAGS", C),
    ("GOFLAGS", &["-mod=*", "-race", "-v", "-tags=*", "-count=*", "-trimpath", "-buildvcs=*", "-p=*"]),
    (
        "PYTEST_ADDOPTS",
        &[
            "-q",
            "-v",
            "-vv",
            "-x",
            "-s",
            "-l",
            "-ra",
            "--tb=*",
            "--color=*",
            "-k*",
            "-m*",
            "--maxfail=*",
            "--durations=*",
            "-n*",
        ],
    ),
    ("JAVA_TOOL_OPTIONS", JAVA),
    ("JAVA_OPTS", JAVA),
    ("MAVEN_OPTS", JAVA),
    ("GRADLE_OPTS", JAVA),
    ("SBT_OPTS", JAVA),
    ("JDK_JAVA_OPTIONS", JAVA),
    (
        "NODE_OPTIONS",
        &[
            "--max-old-space-size=*",
            "--max_old_space_size=*",
            "--no-warnings",
            "--trace-warnings",
            "--trace-deprecation",
            "--no-deprecation",
            "--enable-source-maps",
            "--experimental-vm-modules",
            "--unhandled-rejections=*",
            "--openssl-legacy-provider",
            "--stack-trace-limit=*",
            "--throw-deprecation",
            "--dns-result-order=*",
        ],
    ),
    ("RUBYOPT", &["-w", "-W*", "--yjit", "--disable=*"]),
    ("MAKEFLAGS", &["-j*", "-k", "-s", "-B", "-i", "-n", "--no-print-directory", "--silent", "--output-sync*"]),
];
const JAVA: &[&str] = &[
    "-Xmx*",
    "-Xms*",
    "-Xss*",
    "-XX:+Use*",
    "-XX:Max*",
    "-Dfile.encoding=*",
    "-Duser.*",
    "-Djava.awt.headless=*",
    "-Dorg.gradle.*",
    "-Dmaven.test.*",
    "-ea",
    "-Djava.net.prefer*",
];
const RUST: &[&str] = &[
    "-D",
    "-W",
    "-A",
    "warnings",
    "-Dwarnings",
    "-Awarnings",
    "-C",
    "-g",
    "-O",
    "--cfg",
    "unused*",
    "dead_code",
    "tokio_unstable",
    "target-cpu=*",
    "target-feature=*",
    "opt-level=*",
    "debuginfo=*",
    "codegen-units=*",
    "lto=*",
    "lto",
    "panic=*",
    "strip=*",
    "instrument-coverage",
    "-Ctarget-cpu=*",
    "-Ctarget-feature=*",
    "-Copt-level=*",
    "-Cdebuginfo=*",
    "-Cinstrument-coverage",
];
const C: &[&str] = &[
    "-I*",
    "-L*",
    "-l*",
    "-D*",
    "-U*",
    "-O*",
    "-g*",
    "-m*",
    "-std=*",
    "-pthread",
    "-pipe",
    "-Wall",
    "-Wextra",
    "-Werror*",
    "-Wno-*",
    "-pedantic",
    "-fPIC",
    "-fpic",
    "-fPIE",
    "-fsanitize=*",
    "-fno-*",
    "-fstack-*",
    "-static",
    "-s",
    "-w",
];

/// Whether a word is `pattern`, or begins as `pattern*` says.
fn word_fits(pattern: &str, word: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == word, |begin| word.starts_with(begin))
}

/// Families of variables whose members name programs, plug-ins or places to install from.
fn loads_by_name(name: &str) -> bool {
    let cargo = name.starts_with("CARGO_")
        && ["_RUNNER", "_LINKER", "_RUSTC", "_WRAPPER", "_RUSTFLAGS", "_RUSTDOC", "_HOME", "_AR"]
            .iter()
            .any(|end| name.ends_with(end));
    cargo
        || name.to_ascii_lowercase().starts_with("npm_config_")
        || name.ends_with("_DOWNLOAD_HOST")
        || name.ends_with("_BINARY_HOST")
        || ["GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_", "PIP_", "UV_INDEX", "YARN_"]
            .iter()
            .any(|begin| name.starts_with(begin))
        || matches!(
            name,
            "PYTEST_ADDOPTS"
                | "PYTEST_PLUGINS"
                | "PYTHONBREAKPOINT"
                | "GRADLE_OPTS"
                | "MAVEN_OPTS"
                | "JAVA_OPTS"
                | "SBT_OPTS"
                | "COMPILER_PATH"
                | "GCC_EXEC_PREFIX"
                | "GNUMAKEFLAGS"
                | "MFLAGS"
                | "MAKEFILES"
                | "GIT_SSH_VARIANT"
                | "GIT_WORK_TREE"
                | "PERL_MM_OPT"
                | "BUNDLE_GEMFILE"
                | "CMAKE_TOOLCHAIN_FILE"
        )
}

/// Whether a variable gives programs options, and all of them are known to load and run nothing.
fn gives_plain_options(name: &str, value: &Value) -> bool {
    let Some((_, plain)) = FLAGS.iter().find(|(flags, _)| *flags == name) else { return false };
    value
        .known()
        .is_some_and(|text| text.split_whitespace().all(|word| plain.iter().any(|begin| word_fits(begin, word))))
}

impl Machine<'_> {
    /// Whether a part of `PATH` is a directory that programs are meant to lie in. What a project keeps in a directory of its own is
    /// found before the system's where it stands `first`.
    fn holds_programs(&self, part: &str, first: bool) -> bool {
        let named = part.ends_with("bin") || part.ends_with("/shims") || part == "/usr/games";
        if part == "…" || (part.starts_with('…') && named) {
            return true;
        }
        let place = self.place(&Value::text(part));
        let installed = ["node_modules/.bin", "venv/bin", "vendor/bin", "target/debug/bin", "/.bin"];
        named
            && match place.zone {
                Zone::Home | Zone::Startup | Zone::System => true,
                Zone::Workspace => !first || installed.iter().any(|end| place.path.ends_with(end)),
                _ => false,
            }
    }

    /// Whether a value names something in a directory that everybody may write.
    fn names_temporary(&self, value: &Value) -> bool {
        let text = value.display();
        let mut words =
            text.split([' ', ':', '=', ',', '\n', '\'', '"']).filter_map(|word| word.find('/').map(|at| &word[at..]));
        words.any(|path| self.place(&Value::text(path)).zone == Zone::Temp)
    }

    /// What a variable's new value makes of the programs that read it.
    pub(super) fn influence(&mut self, name: &str, value: &Value) {
        if is_guard_name(&name.to_ascii_lowercase()) {
            self.note(Class::Catastrophic, "guard.environment", "sets a variable of Palisade's");
        }
        if self.foreign_source(name, value) {
            return;
        }
        if let Some(function) =
            name.strip_prefix("BASH_FUNC_").and_then(|rest| rest.strip_suffix("%%").or(rest.strip_suffix("()")))
        {
            return self.function_by_variable(function, value);
        }
        match name {
            "CLAUDE_CONFIG_DIR"
            | "CODEX_HOME"
            | "OPENCODE_CONFIG"
            | "OPENCODE_CONFIG_DIR"
            | "GEMINI_CLI_SYSTEM_SETTINGS_PATH"
                if !value.is_empty() =>
            {
                self.note(
                    Class::Catastrophic,
                    "guard.environment",
                    "lets an agent run under other settings, without its hooks",
                );
            }
            "HISTFILE" | "HISTSIZE" | "HISTFILESIZE" | "SAVEHIST"
                if matches!(value.known().as_deref(), Some("" | "0" | "/dev/null")) =>
            {
                self.note(Class::Destructive, "log.history", "keeps the shell from recording what is done");
            }
            "XDG_RUNTIME_DIR" | "XDG_STATE_HOME" if self.names_temporary(value) => {
                self.note(Class::Destructive, "guard.environment", "changes where Palisade's hooks look for it");
            }
            "BASH_ENV" | "ENV" => {
                if let Some(text) = self.content(value) {
                    self.script_value(&text, "exec.environment");
                } else {
                    let class = if self.names_temporary(value) { Class::Catastrophic } else { Class::Ambiguous };
                    self.note(class, "exec.environment", format!("makes shells run {} first", value.display()));
                }
            }
            "PS4" | "PS1" | "PS2" | "PS0" => {
                if let Some(text) = value.known() {
                    let (parts, _) = parse_template(&text, self.depth + 1, self.budget);
                    let nested = std::mem::replace(&mut self.nested, true);
                    self.template(&parts);
                    self.nested = nested;
                }
            }
            "PATH" => {
                let text = value.display();
                let system = |part: &str| part.starts_with('…') || part == "/bin" || part == "/usr/bin";
                let parts: Vec<&str> = text.split(':').collect();
                let first = parts.iter().position(|part| system(part)).unwrap_or(parts.len());
                let odd = parts.iter().enumerate().any(|(at, part)| !self.holds_programs(part, at < first));
                if odd {
                    let class = if self.names_temporary(value) { Class::Catastrophic } else { Class::Ambiguous };
                    self.note(class, "exec.path", "makes programs be found in another place");
                }
            }
            "LESS"
                if value.known().is_none_or(|text| {
                    let writes = ["-o", "-O", "--log", "-k", "--lesskey"].iter().any(|option| text.contains(option));
                    writes || text.contains('+') && text.contains(['!', '|', '#'])
                }) =>
            {
                self.note(Class::Ambiguous, "exec.environment", "has the pager run a command or write a file");
            }
            "GIT_ALLOW_PROTOCOL" => {
                let usual = ["http", "https", "git", "ssh", "file"];
                if value
                    .known()
                    .is_none_or(|text| text.split(':').any(|part| !part.is_empty() && !usual.contains(&part)))
                {
                    self.note(Class::Ambiguous, "exec.environment", "lets git fetch by running a command");
                }
            }
            _ if PLACES.contains(&name) => {
                if matches!(self.place(value).zone, Zone::Temp | Zone::Workspace | Zone::WorkspaceRoot) {
                    let class =
                        if self.place(value).zone == Zone::Temp { Class::Destructive } else { Class::Ambiguous };
                    self.note(
                        class,
                        "exec.environment",
                        format!("moves by {name} where programs find settings or tools"),
                    );
                }
            }
            _ if ["_TRACE", "_LOG_FILE", "_LOGFILE", "_TRACE_FILE"].iter().any(|end| name.ends_with(end))
                || name.starts_with("GIT_TRACE") =>
            {
                if value.prefix().starts_with(['/', '~', '.']) || value.pieces.len() > 1 {
                    let place = self.place(value);
                    self.write_effect(&place, true, false);
                }
            }
            "HISTFILE" | "HISTSIZE" | "HISTFILESIZE" | "SAVEHIST"
                if value.known().is_none_or(|text| text.is_empty() || text == "0" || text == "/dev/null") =>
            {
                self.note(Class::Ambiguous, "log.history", "keeps the shell from recording what it runs");
            }
            "XDG_RUNTIME_DIR" if !value.prefix().starts_with("/run/user/") && !value.is_empty() => {
                self.note(
                    Class::Ambiguous,
                    "guard.environment",
                    "moves the place where services of the user are reached",
                );
            }
            "XDG_STATE_HOME" | "XDG_DATA_HOME"
                if !matches!(self.place(value).zone, Zone::Home | Zone::OwnTemp | Zone::Workspace) =>
            {
                self.note(
                    Class::Ambiguous,
                    "guard.environment",
                    format!("moves by {name} where programs keep their state"),
                );
            }
            "LD_DEBUG_OUTPUT" | "LD_PROFILE_OUTPUT" => {
                let place = self.place(value);
                self.write_effect(&place, true, false);
            }
            "GOPROXY" | "AWS_ENDPOINT_URL" => {
                const OWN: [&str; 5] = ["localhost", "127.0.0.1", "proxy.golang.org", "direct", "off"];
                let text = value.display();
                let own = text.split([',', '|']).all(|part| OWN.iter().any(|host| part.contains(host)));
                if !own && !text.is_empty() {
                    self.note(Class::Ambiguous, "exec.environment", format!("changes by {name} whom programs talk to"));
                }
            }
            "TAR_OPTIONS" | "MAKEFLAGS" | "GNUMAKEFLAGS" | "ZSTD_CLEVEL" | "LESS" | "FZF_DEFAULT_OPTS"
                if ["exec=", "$(shell", "execute(", "+!"].iter().any(|mark| value.display().contains(mark)) =>
            {
                let text = value.display().replace("\\ ", " ");
                let command = ["exec=", "$(shell", "execute(", "+!"].iter().find_map(|mark| text.split_once(mark));
                let command = command.map_or("", |(_, rest)| rest.split(')').next().unwrap_or(rest)).to_owned();
                self.note(Class::Ambiguous, "exec.environment", format!("makes by {name} programs run a command"));
                self.hooked_script(&command);
            }
            "DOCKER_HOST" | "DOCKER_CONTEXT"
                if value.display().starts_with("tcp://") && !super::web::is_local(&value.display()) =>
            {
                self.note(Class::Catastrophic, "exec.environment", "hands what is built or run to another host");
            }
            _ if RUNS_SCRIPT.contains(&name) => match value.known() {
                Some(text) if text.trim().is_empty() => {}
                Some(text) => {
                    self.hooked_script(&text);
                }
                None => self.note(Class::Ambiguous, "exec.environment", format!("lets {name} run something unknown")),
            },
            _ if gives_plain_options(name, value) => {}
            _ if FLAGS.iter().any(|(flags, _)| *flags == name)
                && !LOADS_CODE.contains(&name)
                && !loads_by_name(name) =>
            {
                if let Some(text) = value.known() {
                    self.within(&text, "$(shell ");
                }
                self.note(Class::Ambiguous, "exec.environment", format!("gives programs options by {name}"));
            }
            _ if LOADS_CODE.contains(&name) || loads_by_name(name) => {
                // A module path inside of the project is the project's own code.
                let own = matches!(
                    name,
                    "PYTHONPATH" | "LD_LIBRARY_PATH" | "DYLD_LIBRARY_PATH" | "NODE_PATH" | "RUBYLIB" | "PERL5LIB"
                ) && value.known().is_some_and(|path| {
                    path.split(':').all(|part| {
                        let place = self.place(&Value::text(part));
                        matches!(place.zone, Zone::Workspace | Zone::WorkspaceRoot) || part.is_empty()
                    })
                });
                if own || value.is_empty() {
                    return;
                }
                if let Some(text) = value.known() {
                    // git's own lists of settings hold the command behind the setting's name.
                    let command = text.rsplit('=').next().unwrap_or("").trim_matches(['\'', ' ']);
                    self.carried_text(command);
                }
                let class = if self.names_temporary(value) { Class::Catastrophic } else { Class::Ambiguous };
                self.note(class, "exec.environment", format!("changes by {name} what programs load or talk to"));
            }
            _ => self.odd_variable(name, value),
        }
    }

    /// bash takes a function of each variable of this form, whatever starts it: what the function does may happen at any command.
    fn function_by_variable(&mut self, function: &str, value: &Value) {
        self.note(
            Class::Ambiguous,
            "exec.environment",
            format!("makes {function} a function of every shell that starts"),
        );
        match value.known() {
            Some(text) => {
                self.hooked_script(&format!("{function} {text}\n{function}"));
            }
            None => {
                self.note(Class::Ambiguous, "exec.environment", "lets a variable hold a function that is not known")
            }
        }
    }

    /// A variable that is on no list, by what its name and its value say together.
    fn odd_variable(&mut self, name: &str, value: &Value) {
        const RUN: [&str; 14] = [
            "_DIFF",
            "_PAGER",
            "_EDITOR",
            "_COMMAND",
            "_CMD",
            "_HOOK",
            "_OPTS",
            "_OPTIONS",
            "_CONF",
            "_CONFIG",
            "_CONFIG_FILE",
            "_RC",
            "_PLUGIN",
            "_LAUNCHER",
        ];
        let upper = name.chars().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_');
        let runs = RUN.iter().any(|end| name.ends_with(end))
            || ["COMMAND", "PROG", "EDIT"].iter().any(|end| name.ends_with(end));
        if !upper || !(runs || name == "LESS") {
            return;
        }
        let text = value.display();
        let program = text.split_whitespace().next().unwrap_or("");
        let command = ["PAGER", "EDITOR", "COMMAND", "CMD", "PROG", "LAUNCHER", "EDIT"];
        if command.iter().any(|end| name.ends_with(end)) && program.contains('/') {
            self.hooked_script(&text);
            return;
        }
        let first = program.rsplit('/').next().unwrap_or("");
        let runs = SHELLS.contains(&first)
            || LANGUAGES.contains(&first)
            || matches!(first, "curl" | "wget" | "rm")
            || text.contains("+!");
        if runs {
            self.note(Class::Ambiguous, "exec.environment", format!("makes by {name} programs run a command"));
            self.hooked_script(text.trim_start_matches("+!"));
        } else if !name.ends_with("_DIR") && self.names_temporary(value) {
            self.note(Class::Catastrophic, "exec.environment", format!("changes by {name} what programs load"));
        }
    }
}
