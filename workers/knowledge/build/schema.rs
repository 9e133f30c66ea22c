//! The shape of the files. `programs/README.md` tells a reader what each key means.

use serde::Deserialize;
use std::collections::BTreeMap;

/// `programs/<family>.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Programs {
    pub about: String,
    pub program: Vec<Program>,
}

/// A command line, and the class that it must be judged to have.
pub type Example = (String, String);

/// `serde` knows no flattened struct that refuses unknown keys: both shapes name the keys of an entry.
macro_rules! with_entry {
    ($(#[$about:meta])* $name:ident { $($(#[$of:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$about])*
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($(#[$of])* pub $field: $type,)*
            pub class: Option<String>,
            pub rule: Option<String>,
            pub says: Option<String>,
            pub operands: Option<String>,
            pub wrap: Option<u8>,
            #[serde(default)]
            pub net: bool,
            #[serde(default)]
            pub value: Flags,
            #[serde(default)]
            pub r#in: Flags,
            #[serde(default)]
            pub out: Flags,
            #[serde(default)]
            pub shell: Flags,
            #[serde(default)]
            pub recurse: Flags,
            #[serde(default)]
            pub only: Flags,
            #[serde(default)]
            pub calm: Flags,
            #[serde(default)]
            pub harmless: Flags,
            #[serde(default)]
            pub raise: Vec<Raise>,
            #[serde(default)]
            pub examples: Vec<Example>,
        }

        impl $name {
            /// What it says of the command line that fits it; `None` if it says nothing.
            pub fn entry(&self) -> Option<Entry<'_>> {
                Some(Entry {
                    class: self.class.as_deref()?,
                    rule: self.rule.as_deref(),
                    says: self.says.as_deref(),
                    operands: self.operands.as_deref().unwrap_or("words"),
                    wrap: self.wrap,
                    net: self.net,
                    value: self.value.list(),
                    r#in: self.r#in.list(),
                    out: self.out.list(),
                    shell: self.shell.list(),
                    recurse: self.recurse.list(),
                    only: self.only.list(),
                    calm: self.calm.list(),
                    harmless: self.harmless.list(),
                    raise: &self.raise,
                })
            }
        }
    };
}

with_entry! {
    /// A program, or several that are alike.
    Program {
        names: Vec<String>,
        about: String,
        #[serde(default)]
        form: Vec<Form>,
    }
}

with_entry! {
    /// What a program does with certain words behind its name.
    Form {
        words: Words,
    }
}

/// The keys that programs and forms share.
pub struct Entry<'a> {
    pub class: &'a str,
    pub rule: Option<&'a str>,
    pub says: Option<&'a str>,
    pub operands: &'a str,
    pub wrap: Option<u8>,
    pub net: bool,
    pub value: Vec<&'a str>,
    pub r#in: Vec<&'a str>,
    pub out: Vec<&'a str>,
    pub shell: Vec<&'a str>,
    pub recurse: Vec<&'a str>,
    pub only: Vec<&'a str>,
    pub calm: Vec<&'a str>,
    pub harmless: Vec<&'a str>,
    pub raise: &'a [Raise],
}

/// Options that make it worse.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Raise {
    pub to: String,
    pub rule: String,
    pub says: String,
    pub by: Flags,
}

/// Options, separated by blanks.
#[derive(Deserialize, Default)]
#[serde(transparent)]
pub struct Flags(pub String);

impl Flags {
    pub fn list(&self) -> Vec<&str> {
        self.0.split_whitespace().collect()
    }
}

/// One sequence of words, or several: words are separated by blanks, the alternatives of a word by `|`.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Words {
    One(String),
    Several(Vec<String>),
}

impl Words {
    /// Each sequence, each of its words with its alternatives. What is one word long is put together.
    pub fn paths(&self) -> Vec<Vec<Vec<&str>>> {
        let all: Vec<&String> = match self {
            Self::One(one) => vec![one],
            Self::Several(several) => several.iter().collect(),
        };
        let mut single: Vec<&str> = Vec::new();
        let mut out = Vec::new();
        for path in all {
            let words: Vec<Vec<&str>> = path.split_whitespace().map(|word| word.split('|').collect()).collect();
            match &words[..] {
                [alternatives] => single.extend(alternatives),
                _ => out.push(words),
            }
        }
        if !single.is_empty() {
            out.insert(0, vec![single]);
        }
        out
    }
}

/// `side-doors.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Doors {
    #[expect(dead_code, reason = "for whoever reads the file")]
    pub about: String,
    pub door: Vec<Door>,
}

/// Ways in which programs do more than what their entries say.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Door {
    pub of: Flags,
    #[serde(default)]
    pub runs: Flags,
    /// By language.
    #[serde(default)]
    pub code: BTreeMap<String, Flags>,
    #[serde(default)]
    pub loads: Flags,
    #[serde(default)]
    pub writes: Flags,
    #[serde(default)]
    pub fills: Flags,
    #[serde(default)]
    pub asks: Flags,
    #[serde(default)]
    pub within: Flags,
    #[serde(default)]
    pub carries: bool,
}

impl Door {
    /// Each option with what it does, as in Rust.
    pub fn each(&self) -> Vec<(&str, String)> {
        let plain = [
            (&self.runs, "Runs"),
            (&self.loads, "Loads"),
            (&self.writes, "Writes"),
            (&self.fills, "Fills"),
            (&self.asks, "Asks"),
            (&self.within, "Within"),
        ];
        let mut out: Vec<(&str, String)> = Vec::new();
        for (flags, does) in plain {
            out.extend(flags.list().into_iter().map(|flag| (flag, format!("Does::{does}"))));
        }
        for (language, flags) in &self.code {
            out.extend(flags.list().into_iter().map(|flag| (flag, format!("Does::Code({language:?})"))));
        }
        if self.carries {
            out.push(("", "Does::Carries".to_owned()));
        }
        out
    }
}

/// `rules/<category>.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    pub title: String,
    pub about: String,
    pub rule: Vec<Rule>,
}

/// One rule.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub id: String,
    pub class: String,
    pub means: String,
    pub why: String,
    pub undo: String,
    pub safer: Option<String>,
    pub command: Option<String>,
}
