//! What a project's own scripts, makefiles and packages run: read where an opener could read them.

use super::super::Machine;
use super::super::observe::There;
use super::SHELLS;
use crate::facts::Seen;
use crate::paths::Zone;
use palisade_language::words::{Origin, Value};
use palisade_protocol::verdict::Class;

/// Bytes of a file that are copied for one unit of the budget.
const BYTES_A_UNIT: usize = 16;

/// Bytes up to which a script is taken for one that was made for a single purpose.
const SCRIPT_MAX: usize = 4096;

impl Machine<'_> {
    /// The text of a file, as observed; `None` if it is not known or not all of it.
    pub(in super::super) fn text_of(&mut self, file: &Value) -> Option<String> {
        let place = self.place(file);
        let near = matches!(place.zone, Zone::Workspace | Zone::Temp | Zone::Hook | Zone::Home | Zone::Elsewhere);
        if !place.exact || !near || place.named.is_empty() {
            return None;
        }
        let Seen::Is(content) = self.world.content(&place.named) else { return None };
        if !content.complete || !self.budget.take(content.bytes.len() / BYTES_A_UNIT + 1) {
            return None;
        }
        std::str::from_utf8(&content.bytes).ok().map(str::to_owned)
    }

    /// Whether a file of the project is not there, and nothing in this call may have brought it: then what reads it fails.
    pub(in super::super) fn is_absent(&mut self, file: &Value) -> bool {
        let place = self.place(file);
        place.exact
            && place.zone == Zone::Workspace
            && !self.brought
            && !self.cloned
            && matches!(self.look(&place, true).there, There::Nothing)
    }

    /// The same for a file that is run by its name: only what a shell reads.
    pub(in super::super) fn shell_text_of(&mut self, file: &Value) -> Option<String> {
        self.text_of(file).filter(|text| match text.strip_prefix("#!") {
            None => !text.starts_with("\u{7f}ELF"),
            Some(rest) => {
                let line = rest.lines().next().unwrap_or("");
                let words: Vec<&str> = line.split_whitespace().collect();
                let shell = |word: &&str| word.rsplit('/').next().is_some_and(|base| SHELLS.contains(&base));
                words.iter().any(shell) && words.len() <= 3
            }
        })
    }

    /// Text that a project's tool runs. The tools themselves pass unread, so only what must never pass counts here; whether what it
    /// does to the project's own files is wanted is the project's business.
    pub(in super::super) fn project_text(&mut self, text: &str) {
        self.only_worst(&[], |machine| drop(machine.script(text, None)));
    }

    /// A script of the project in another language, read as code on a command line is. That it is committed proves nothing: who runs
    /// it may have committed it a moment ago.
    pub(in super::super) fn runs_project_code(&mut self, interpreter: &str, file: &Value) -> bool {
        // Its text is asked for together with all else, whatever comes of that.
        self.text_of(file);
        let runs = self.runs_unread(file);
        if runs {
            self.project_code(interpreter, file);
        }
        runs
    }

    fn project_code(&mut self, interpreter: &str, file: &Value) {
        let Some(text) = self.text_of(file) else { return };
        // What a text says as a whole speaks of a short one only; a program of some size has all these words somewhere.
        let vague: &[&str] = match text.len() {
            0..=SCRIPT_MAX => &[],
            _ => &["net.tunnel", "net.delete", "process.kill", "cloud.delete", "guard.stop"],
        };
        self.only_worst(vague, |machine| drop(machine.foreign(interpreter, &text)));
    }

    /// The same for a file that is run by its name, by the interpreter that its first line names.
    pub(in super::super) fn project_program(&mut self, file: &Value) {
        let Some(text) = self.text_of(file) else { return };
        let Some(line) = text.strip_prefix("#!").and_then(|rest| rest.lines().next()) else { return };
        let words = line.split_whitespace().filter_map(|word| word.rsplit('/').next());
        let interpreter = words.map(str::to_owned).find(|word| word != "env" && !word.starts_with('-'));
        if let Some(interpreter) = interpreter.filter(|word| !SHELLS.contains(&word.as_str())) {
            self.project_code(&interpreter, file);
        }
    }

    /// Evaluates with only what must never pass counting.
    fn only_worst(&mut self, vague: &[&str], run: impl FnOnce(&mut Self)) {
        let outer = std::mem::take(self.findings);
        self.apart(|machine| {
            run(machine);
            Value::default()
        });
        let inner = std::mem::replace(self.findings, outer);
        for finding in inner.into_list() {
            if finding.class == Class::Catastrophic && !vague.contains(&finding.rule) {
                self.find(finding);
            }
        }
    }

    /// `npm pkg set scripts.NAME=COMMAND`: what it writes down is run later.
    pub(super) fn package_settings(&mut self, args: &[Value]) {
        let words: Vec<String> = args.iter().map(Value::display).collect();
        if words.first().is_some_and(|word| word == "pkg") && words.iter().any(|word| word.contains("ependencies")) {
            self.note(Class::Ambiguous, "pkg.install", "changes which packages the project needs");
        }
        if let ["pkg", "set", settings @ ..] = words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            for (_, command) in settings.iter().filter_map(|setting| setting.strip_prefix("scripts.")?.split_once('='))
            {
                self.project_text(command);
            }
        }
    }

    /// `npx NAME ARG…` and its like: a tool that is known by its name is what its name says. What a registry would have to be asked
    /// for stays unknown.
    pub(super) fn fetched_program(&mut self, name: &str, args: &[Value], input: &Option<Value>) -> Option<Value> {
        let words: Vec<String> = args.iter().map(|arg| arg.known().unwrap_or_default()).collect();
        let start = match (name, words.first().map(String::as_str)) {
            ("npx" | "bunx" | "pnpx", _) => 0,
            ("npm" | "pnpm" | "yarn" | "bun", Some("dlx" | "x")) => 1,
            _ => return None,
        };
        let mut at = start;
        let package = |at: usize| match words[at].as_str() {
            "-p" | "--package" => words.get(at + 1).cloned(),
            word => word.strip_prefix("--package=").map(str::to_owned),
        };
        let command =
            words.iter().skip(start).position(|word| !word.starts_with('-')).map_or(words.len(), |at| start + at);
        if let Some(package) = (start..command).find_map(package) {
            match is_from_elsewhere(&package) {
                true => self.note(Class::Catastrophic, "remote.exec.package", "runs code straight from an address"),
                // The program may be called like a tool that everybody knows.
                false => {
                    self.note(Class::Ambiguous, "program.package", format!("runs a program of the package {package}"))
                }
            }
        }
        while let Some(word) = words.get(at).filter(|word| word.starts_with('-')) {
            match word.as_str() {
                "-y" | "--yes" | "--no" | "--no-install" | "-q" | "--quiet" | "--prefer-offline" | "--offline"
                | "--bun" => at += 1,
                "--" => {
                    at += 1;
                    break;
                }
                _ => return None,
            }
        }
        let word = words.get(at)?;
        if is_from_elsewhere(word) {
            // What stands before the `@` is only what it is called.
            self.note(Class::Catastrophic, "remote.exec.package", "runs code straight from an address");
        }
        let program = word.split('@').next().filter(|base| !base.is_empty() && !base.contains(['/', ':']))?;
        let family = palisade_knowledge::page(program)?.family.name;
        let tool =
            matches!(family, "linters" | "test-runners" | "compilers" | "dev-programs" | "dev-web" | "tools-node")
                || matches!(program, "tsx" | "ts-node") && words.get(at + 1).is_some_and(|file| !file.starts_with('-'));
        tool.then(|| {
            let named = [std::slice::from_ref(&Value::text(program)), &args[at + 1..]].concat();
            self.argv(&named, input.clone())
        })
    }

    /// Programs whose operands are commands or places in a way of their own; `None` leaves the rest to the knowledge base.
    pub(super) fn own_words(&mut self, name: &str, args: &[Value]) -> Option<Value> {
        let words: Vec<String> = args.iter().map(|arg| arg.known().unwrap_or_default()).collect();
        match (name, words.first().map(String::as_str)) {
            ("concurrently", _) => {
                const VALUED: [&str; 8] =
                    ["-n", "--names", "-c", "--prefix-colors", "-p", "--prefix", "-m", "--max-processes"];
                let mut at = 0;
                while let Some(word) = words.get(at) {
                    at += 1;
                    // `npm:NAME` is a script of the package's own.
                    let script =
                        ["npm:", "pnpm:", "yarn:", "bun:", "node:"].iter().any(|begin| word.starts_with(begin));
                    if VALUED.contains(&word.as_str()) {
                        at += 1;
                    } else if (word.contains(' ') || !script) && !word.starts_with('-') {
                        self.script_value(&args[at - 1], "exec.option");
                    }
                }
                None
            }
            ("hatch" | "pdm" | "rye" | "poetry" | "pipenv" | "uv", Some("run")) => {
                self.project_run(matches!(name, "hatch" | "pdm"), &args[1..])
            }
            ("clj" | "clojure", Some(first))
                if ["-M:", "-X:", "-T:", "-P"].iter().any(|begin| first.starts_with(begin))
                    && !words.iter().any(|word| matches!(word.as_str(), "-Sdeps" | "-e" | "--eval" | "-i" | "-"))
                    && words.iter().all(|word| !word.is_empty()) =>
            {
                // Aliases of the project's own `deps.edn`.
                Some(Value::unknown(Origin::Output))
            }
            ("manage.py", Some("shell")) => match args.get(1).and_then(Value::known).as_deref() {
                Some("-c" | "--command") if args.len() == 3 => {
                    let code = args[2].known()?;
                    Some(self.foreign("python", &code))
                }
                _ => None,
            },
            // Names of the project's scripts, and commands.
            ("start-server-and-test" | "start-test" | "server-test", _) => {
                for arg in args.iter().filter(|arg| arg.prefix().contains(' ')) {
                    self.script_value(arg, "exec.option");
                }
                None
            }
            ("mvn" | "mvnw", _) => {
                self.maven(&words);
                None
            }
            ("R", Some("CMD")) => {
                const HARMLESS: [&str; 6] = ["check", "build", "config", "Rd2pdf", "Rdconv", "Rdiff"];
                if !words.get(1).is_some_and(|word| HARMLESS.contains(&word.as_str())) {
                    self.note(Class::Ambiguous, "program.unread", "runs a command of R that is not known");
                }
                Some(Value::unknown(Origin::Output))
            }
            ("cargo", Some("clean")) if !words.iter().any(|word| word == "--dry-run" || word == "-n") => {
                for (at, arg) in args.iter().enumerate() {
                    let directory = match arg.prefix() {
                        "--target-dir" => args.get(at + 1).cloned(),
                        text if text.starts_with("--target-dir=") => Some(crate::knowledge::tail(arg, 13)),
                        _ => None,
                    };
                    if let Some(directory) = directory {
                        let place = self.place(&directory);
                        self.delete_effect(&place, true);
                    }
                }
                None
            }
            _ => None,
        }
    }

    /// `poetry run NAME`: a script that the project names itself, as `npm run NAME`; a program that is known is what its name says.
    fn project_run(&mut self, groups: bool, args: &[Value]) -> Option<Value> {
        const MORE: [&str; 12] = [
            "deploy", "publish", "release", "destroy", "drop", "reset", "purge", "upload", "migrate", "seed", "prod",
            "install",
        ];
        let name = args.first()?.known()?;
        let script = name.rsplit(':').next().unwrap_or("");
        let plain = !script.is_empty()
            && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-:.".contains(letter))
            && !name.starts_with('-')
            && (groups || !name.contains(':'))
            && !name.contains("..");
        let more = name.split(|letter: char| !letter.is_ascii_alphanumeric()).any(|word| MORE.contains(&word));
        if !plain || more || crate::knowledge::knows(script) || super::SHELLS.contains(&script) || name.ends_with(".py")
        {
            return None;
        }
        self.carried(&args[1..], &None);
        Some(Value::unknown(Origin::Output))
    }

    /// `kubectl cp POD:PATH FILE`: out of a container into a file here.
    pub(super) fn copied_out(&mut self, args: &[Value]) -> Option<Value> {
        let operands: Vec<&Value> = args.iter().filter(|arg| !arg.prefix().starts_with('-')).collect();
        let [from, to] = operands.as_slice() else { return None };
        let (source, target) = (from.known()?, to.known()?);
        let inside = source.split_once(':').is_some_and(|(name, path)| !name.contains('/') || path.starts_with('/'));
        if !inside || source.starts_with(['/', '.', '~']) || target.contains(':') || operands.len() != args.len() {
            return None;
        }
        let place = self.place(to);
        self.write_effect(&place, false, false);
        self.remember(&place, Value::unknown(Origin::Output), false);
        Some(Value::default())
    }

    /// Maven runs the goals of plugins that are named by their coordinates, and fetches those first.
    fn maven(&mut self, words: &[String]) {
        const USUAL: [&str; 9] = [
            "org.apache.maven.plugins",
            "org.codehaus.mojo",
            "org.springframework.boot",
            "org.jacoco",
            "org.owasp",
            "org.sonarsource.scanner.maven",
            "com.diffplug.spotless",
            "org.pitest",
            "io.quarkus",
        ];
        for word in words.iter().filter(|word| !word.starts_with('-') && word.matches(':').count() >= 2) {
            let group = word.split(':').next().unwrap_or("");
            if !USUAL.contains(&group) {
                self.note(Class::Ambiguous, "remote.exec.package", format!("fetches and runs the plugin {word}"));
            }
        }
        let setting = |name: &str| words.iter().find_map(|word| word.strip_prefix(name));
        if let Some(program) = setting("-Dexec.executable=") {
            let line =
                format!("{program} {}", setting("-Dexec.args=").or(setting("-Dexec.commandlineArgs=")).unwrap_or(""));
            self.script(&line, None);
        }
    }

    /// `npm run NAME` and its like, by `package.json`.
    pub(super) fn package_script(&mut self, args: &[Value]) {
        let words: Vec<String> = args.iter().map_while(Value::known).collect();
        let name = match words.iter().filter(|word| !word.starts_with('-')).map(String::as_str).collect::<Vec<_>>()[..]
        {
            ["run" | "run-script" | "rum", name, ..] => name.to_owned(),
            [
                name
                @ ("test" | "start" | "stop" | "restart" | "build" | "dev" | "lint" | "install" | "ci" | "prepare"),
                ..,
            ] => name.to_owned(),
            ["t" | "tst", ..] => "test".to_owned(),
            _ => return,
        };
        let Some(text) = self.text_of(&Value::text("package.json")) else { return };
        let Ok(package) = serde_json::from_str::<serde_json::Value>(&text) else { return };
        for name in [format!("pre{name}"), name.clone(), format!("post{name}")] {
            if let Some(script) = package["scripts"][&name].as_str() {
                self.project_text(script);
            }
        }
    }
}

/// Whether a package is named by where it comes from, `NAME@https://…` or `NAME@npm:OTHER`, and not by a version.
fn is_from_elsewhere(package: &str) -> bool {
    let from = package.get(1..).and_then(|rest| rest.split_once('@')).map_or("", |(_, from)| from);
    from.contains(['/', ':'])
}
