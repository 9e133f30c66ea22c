//! `make`: its command line, and the makefiles that can be read: what comes in, what the script wrote, what lies there.

use super::super::Machine;
use crate::paths::Zone;
use palisade_language::words::Value;
use palisade_protocol::verdict::Class;
use std::collections::BTreeMap;

/// The names that make looks for, in its order.
const MAKEFILES: [&str; 3] = ["GNUmakefile", "makefile", "Makefile"];

/// Stands for what make puts in: a file of the project, as far as anybody can say.
const STANDS_FOR: &str = "made-by-make";

/// Prerequisites followed.
const RULES_MAX: usize = 64;

/// Letters that have a value, and those whose value is a number or nothing.
const VALUED: &str = "CfoWIE";
const NUMBERED: &str = "jl";

/// What a command line of make says.
#[derive(Debug, Default)]
struct Asked {
    /// Where it goes first, each from the one before.
    directories: Vec<Value>,
    files: Vec<Value>,
    texts: Vec<Value>,
    targets: Vec<String>,
    settings: Vec<(String, String)>,
}

impl Machine<'_> {
    /// Reads what make would run. `None` leaves the command line to the knowledge base.
    pub(super) fn make(&mut self, args: &[Value], input: &Option<Value>) -> Option<Value> {
        let asked = asked(args);
        for text in asked.texts.iter().filter_map(Value::known) {
            self.note(Class::Ambiguous, "exec.option", "has make read a text as a makefile");
            self.every_recipe(&text);
        }
        for (name, value) in &asked.settings {
            if matches!(name.as_str(), "SHELL" | ".SHELLFLAGS" | "MAKE") {
                self.note(Class::Ambiguous, "exec.option", format!("has make run recipes by {value}"));
                self.script(value, None);
            } else {
                self.within(value, "$(shell ");
                self.carried_text(value);
            }
        }
        // Paths count from the directory that make goes to.
        let mut above = Value::default();
        for directory in &asked.directories {
            if directory.prefix().starts_with(['/', '~']) || above.pieces.is_empty() {
                above = directory.clone();
            } else {
                above.append(directory);
            }
            above.push_text("/");
        }
        let from_there = |file: &Value| match file.prefix().starts_with('/') || above.pieces.is_empty() {
            true => file.clone(),
            false => {
                let mut path = above.clone();
                path.append(file);
                path
            }
        };
        if asked.files.is_empty() {
            let usual: Vec<Value> = MAKEFILES.iter().map(|name| from_there(&Value::text(*name))).collect();
            if let Some(content) = usual.iter().find_map(|file| self.content(file)) {
                return Some(self.made(&content));
            }
            if let Some(text) = usual.iter().find_map(|file| self.text_of(file)) {
                self.project_recipes(&text, asked.targets);
            }
            return None;
        }
        let mut out = None;
        for file in &asked.files {
            let comes_in = matches!(file.known().as_deref(), Some("-" | "/dev/stdin"));
            let path = from_there(file);
            if let Some(content) = if comes_in { input.clone() } else { self.content(&path) } {
                out = Some(self.made(&content));
            } else if let Some(text) = self.text_of(&path) {
                self.project_recipes(&text, asked.targets.clone());
            } else if comes_in || self.place(&path).zone != Zone::Workspace {
                let says = format!("runs the makefile {}, which was not read", path.display());
                self.note(Class::Ambiguous, "program.unread", says);
            }
        }
        out
    }

    /// A makefile that comes in or that the script wrote: nobody has looked at it, so all of it counts.
    fn made(&mut self, content: &Value) -> Value {
        match content.known() {
            Some(text) => self.every_recipe(&text),
            None => self.script_value(content, "exec.make"),
        }
    }

    fn every_recipe(&mut self, text: &str) -> Value {
        self.within(text, "$(shell ");
        self.script(&recipes(text, None), None)
    }

    /// A makefile that lies there: the recipes of the targets and of what they depend on.
    fn project_recipes(&mut self, text: &str, targets: Vec<String>) {
        let recipes = if self.budget.take(text.len()) { recipes(text, Some(targets)) } else { String::new() };
        if !recipes.is_empty() {
            self.project_text(&recipes);
        }
    }
}

/// Reads make's command line as getopt(3) would.
fn asked(args: &[Value]) -> Asked {
    let mut asked = Asked::default();
    let (mut at, mut options) = (0, true);
    while let Some(arg) = args.get(at) {
        at += 1;
        let text = arg.known().unwrap_or_else(|| arg.prefix().to_owned());
        if options && text == "--" {
            options = false;
        } else if let Some(long) = text.strip_prefix("--").filter(|_| options) {
            let (name, attached) = long.split_once('=').map_or((long, false), |(name, _)| (name, true));
            let letter = match name {
                "directory" => 'C',
                "file" | "makefile" => 'f',
                "eval" => 'E',
                "old-file" | "assume-old" | "what-if" | "new-file" | "assume-new" | "include-dir" => 'o',
                _ => continue,
            };
            let value = match attached {
                true => Some(crate::knowledge::tail(arg, name.len() + 3)),
                false => args.get(at).cloned(),
            };
            at += usize::from(!attached);
            asked.take(letter, value);
        } else if options && text.len() > 1 && text.starts_with('-') {
            for (index, letter) in text.char_indices().skip(1) {
                let end = index + letter.len_utf8();
                let rest = end < text.len() || arg.known().is_none();
                if VALUED.contains(letter) {
                    let value = if rest { Some(crate::knowledge::tail(arg, end)) } else { args.get(at).cloned() };
                    at += usize::from(!rest);
                    asked.take(letter, value);
                    break;
                }
                let number = |value: &Value| value.known().is_some_and(|text| text.parse::<f32>().is_ok());
                if NUMBERED.contains(letter) {
                    at += usize::from(!rest && args.get(at).is_some_and(number));
                    break;
                }
            }
        } else if let Some((name, value)) = text.split_once('=').filter(|(name, _)| !name.contains(' ')) {
            asked.settings.push((name.trim_end_matches([':', '+', '?']).to_owned(), value.to_owned()));
        } else {
            asked.targets.extend(arg.known());
        }
    }
    asked
}

impl Asked {
    fn take(&mut self, letter: char, value: Option<Value>) {
        match letter {
            'C' => self.directories.extend(value),
            'f' => self.files.extend(value),
            'E' => self.texts.extend(value),
            _ => {}
        }
    }
}

/// The recipes of `targets` (empty: of the first one) and of their prerequisites, as text for a shell; without any, all of them.
fn recipes(text: &str, targets: Option<Vec<String>>) -> String {
    let joined = text.replace("\\\n", " ");
    let mut rules: Vec<(Vec<&str>, Vec<&str>, Vec<&str>)> = Vec::new();
    let mut variables: BTreeMap<&str, &str> = BTreeMap::new();
    for line in joined.lines() {
        if let Some(recipe) = line.strip_prefix('\t') {
            if let Some((_, _, recipes)) = rules.last_mut() {
                recipes.push(recipe);
            }
        } else if let Some((name, value)) = assignment(line) {
            variables.insert(name, value);
        } else if let Some((heads, rest)) = line.split_once(':').filter(|(heads, rest)| {
            !heads.starts_with('#') && !rest.starts_with('=') && !heads.contains('=') && !heads.trim().is_empty()
        }) {
            let (needs, inline) = rest.split_once(';').unwrap_or((rest, ""));
            let recipes = if inline.is_empty() { Vec::new() } else { vec![inline] };
            rules.push((heads.split_whitespace().collect(), needs.split_whitespace().collect(), recipes));
        }
    }
    let shown = |recipe: &&str| expanded(recipe.trim_start().trim_start_matches(['@', '-', '+']), &variables) + "\n";
    let Some(mut targets) = targets else { return rules.iter().flat_map(|(.., recipes)| recipes).map(shown).collect() };
    if targets.is_empty() {
        let first = rules.iter().flat_map(|(heads, ..)| heads).find(|head| !head.starts_with('.'));
        targets.extend(first.map(|head| (*head).to_owned()));
    }
    let mut out = String::new();
    let mut at = 0;
    while at < targets.len() {
        let target = targets[at].clone();
        at += 1;
        for (_, needs, recipes) in rules.iter().filter(|(heads, ..)| heads.iter().any(|head| *head == target)) {
            for need in needs {
                if targets.len() < RULES_MAX && !targets.iter().any(|known| known == need) {
                    targets.push((*need).to_owned());
                }
            }
            out.extend(recipes.iter().map(shown));
        }
    }
    out
}

/// `NAME = VALUE` and its relatives.
fn assignment(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once('=')?;
    let name = name.trim_end_matches([':', '?', '+', '!']).trim();
    let name = name.strip_prefix("export ").unwrap_or(name).trim();
    (!name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-.".contains(letter)))
        .then(|| (name, value.trim()))
}

/// A recipe's line with make's variables replaced: by their text where that is plain, and otherwise by a name that stands for them.
fn expanded(line: &str, variables: &BTreeMap<&str, &str>) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let close = match rest.chars().next() {
            Some('$') => {
                out.push('$');
                rest = &rest[1..];
                continue;
            }
            Some('(') => ')',
            Some('{') => '}',
            Some(letter) => {
                out.push_str(STANDS_FOR);
                rest = &rest[letter.len_utf8()..];
                continue;
            }
            None => break,
        };
        let inner = &rest[1..rest.find(close).unwrap_or(rest.len())];
        rest = rest.get(inner.len() + 2..).unwrap_or("");
        match (inner.strip_prefix("shell "), variables.get(inner)) {
            (Some(command), _) => out.push_str(&format!("$({command})")),
            (None, Some(value)) if !value.contains(['$', '#']) => out.push_str(value),
            _ => out.push_str(STANDS_FOR),
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recipes_of_a_target_are_its_own_and_those_of_what_it_needs() {
        let text = "CC := gcc\n.PHONY: all\nall: build\n\t@echo done\nbuild: src/a.c ; $(CC) -c src/a.c\nclean:\n\t-rm -rf \\\n  build $$HOME\n";
        assert_eq!(recipes(text, Some(Vec::new())), "echo done\ngcc -c src/a.c\n");
        assert_eq!(recipes(text, Some(vec!["clean".into()])), "rm -rf    build $HOME\n");
        assert_eq!(recipes(text, Some(vec!["none".into()])), "");
        let text = "OUT := build\nX = $(Y)\nclean:\n\trm -rf $(OUT)/* $(X)/a $@ ${OUT} $(shell pwd)\n";
        assert_eq!(recipes(text, Some(Vec::new())), "rm -rf build/* made-by-make/a made-by-make build $(pwd)\n");
    }

    #[test]
    fn a_command_line_is_read_as_make_reads_it() {
        let read = |line: &str| {
            let words: Vec<Value> = line.split(' ').map(Value::text).collect();
            let asked = asked(&words);
            let shown = |values: &[Value]| values.iter().map(Value::display).collect::<Vec<_>>().join(",");
            format!("{} {} {}", shown(&asked.directories), shown(&asked.files), asked.targets.join(","))
        };
        for (line, expected) in [
            ("-j 4 a", "  a"),
            ("-j4 a", "  a"),
            ("-j a", "  a"),
            ("-l 2.5 -o x -W y -I z a", "  a"),
            ("-skj 8 a b", "  a,b"),
            ("-f other.mk a", " other.mk a"),
            ("-fother.mk -Csub", "sub other.mk "),
            ("--directory=sub --makefile other.mk a", "sub other.mk a"),
            ("--directory sub --file=other.mk", "sub other.mk "),
            ("-C sub -C deeper X=1 -- -a", "sub,deeper  -a"),
        ] {
            assert_eq!(read(line), expected, "{line}");
        }
    }
}
