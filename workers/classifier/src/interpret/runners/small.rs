//! Small programs whose words say all that they do.

use super::super::Machine;
use crate::findings::Finding;
use crate::paths::Zone;
use palisade_language::words::{Origin, Value};
use palisade_protocol::verdict::{Class, Operation, Recovery};

impl Machine<'_> {
    /// What is moved to the trash can be taken out of it again. `None` where it is not all the project's.
    pub(super) fn trash(&mut self, args: &[Value]) -> Option<Value> {
        let (options, files): (Vec<&Value>, Vec<&Value>) = args.iter().partition(|arg| arg.prefix().starts_with('-'));
        let plain = |arg: &&Value| {
            matches!(arg.known().as_deref(), Some("-v" | "--verbose" | "-f" | "-r" | "-d" | "-i" | "--"))
        };
        if files.is_empty() || !options.iter().all(plain) {
            return None;
        }
        let places: Vec<_> = files.iter().map(|file| self.place(file)).collect();
        if !places.iter().all(|place| place.exact && place.zone == Zone::Workspace) {
            return None;
        }
        for place in places {
            let says = format!("moves {} to the trash, from where it can be taken back", place.path);
            self.find(
                Finding::new(Class::Destructive, "fs.trash", says)
                    .does(Operation::Delete)
                    .to(place.path, true)
                    .kept(Recovery::Needless)
                    .inside(),
            );
        }
        Some(Value::default())
    }

    /// `mix do TASK ARG… + TASK …`, in older versions with commas between: each task is one of its own.
    pub(super) fn mix_do(&mut self, args: &[Value]) -> Option<Value> {
        let mut tasks: Vec<Vec<Value>> = vec![Vec::new()];
        for arg in args {
            let word = arg.known()?;
            let (word, ends) = match word.strip_suffix(',') {
                Some(word) => (word.to_owned(), true),
                None => (word, false),
            };
            if word != "+" && !word.is_empty() {
                tasks.last_mut()?.push(Value::text(word.clone()));
            }
            if ends || word == "+" {
                tasks.push(Vec::new());
            }
        }
        for task in tasks.iter().filter(|task| !task.is_empty()) {
            self.argv(&[std::slice::from_ref(&Value::text("mix")), task].concat(), None);
        }
        Some(Value::unknown(Origin::Output))
    }

    /// `deno run [WHAT IT MAY] FILE`: a file of the project, as other interpreters run it.
    pub(super) fn own_deno(&mut self, args: &[Value]) -> Option<Value> {
        const PLAIN: [&str; 12] = [
            "-A",
            "--no-check",
            "--check",
            "--no-lock",
            "--quiet",
            "-q",
            "--cached-only",
            "--watch",
            "--no-prompt",
            "--no-remote",
            "--no-config",
            "-N",
        ];
        let plain =
            |word: &str| PLAIN.contains(&word) || word.starts_with("--allow-") || word.starts_with("--unstable");
        let at = args.iter().position(|arg| !arg.known().is_some_and(|word| plain(&word)))?;
        self.runs_unread(&args[at]).then(|| Value::unknown(Origin::Output))
    }

    /// `open FILE`: a page, a picture or a text of the project on the desktop.
    pub(super) fn opened(&mut self, args: &[Value]) -> Option<Value> {
        const SHOWN: [&str; 12] =
            [".html", ".htm", ".svg", ".png", ".jpg", ".jpeg", ".gif", ".pdf", ".md", ".txt", ".csv", ".json"];
        let shown = |arg: &Value| {
            let place = self.place(arg);
            place.exact
                && place.zone == Zone::Workspace
                && !self.written.contains_key(&place.path)
                && SHOWN.iter().any(|end| place.path.ends_with(end))
        };
        (!args.is_empty() && args.iter().all(shown)).then(Value::default)
    }

    /// A page as text: `lynx -dump URL`. What it prints comes from another host.
    pub(super) fn text_browser(&mut self, args: &[Value]) -> Option<Value> {
        let words: Vec<String> = args.iter().map(Value::known).collect::<Option<_>>()?;
        let prints = words.iter().any(|word| matches!(word.as_str(), "-dump" | "-source" | "-dump_source"));
        let plain = words.iter().filter(|word| word.starts_with('-')).all(|word| {
            matches!(word.as_str(), "-dump" | "-source" | "-nolist" | "-nomargins" | "-dump_source")
                || word.starts_with("-width=")
        });
        (prints && plain).then(|| Value::unknown(Origin::Network))
    }
}
