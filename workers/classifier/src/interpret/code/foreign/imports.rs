//! Imports: which module or function a name stands for from then on.

use super::language::Language;
use super::lexer::Token;
use super::pure;
use super::reader::Reader;
use super::thing::Thing;

/// Tokens of one import.
const IMPORT_MAX: usize = 200;

impl Reader<'_, '_> {
    /// Imports, in every language's own words; `false` if it is none.
    pub(super) fn import(&mut self) -> bool {
        use Language::{Elixir, Js, Julia, Perl, Php, Python, R, Ruby};
        let own = match self.name_at(0) {
            "from" => self.language == Python,
            "import" => matches!(self.language, Python | Js | Julia | Elixir),
            "use" | "using" => matches!(self.language, Perl | Php | Julia),
            "require" => matches!(self.language, Ruby | R | Elixir),
            "library" | "loadNamespace" => self.language == R,
            _ => self.language == Elixir,
        };
        if !own {
            return false;
        }
        let end = self.tokens[self.at..]
            .iter()
            .take(IMPORT_MAX)
            .position(|token| matches!(token, Token::Line | Token::Op(";")))
            .map_or(self.tokens.len().min(self.at + IMPORT_MAX), |end| self.at + end);
        let words: Vec<Token> = self.tokens[self.at..end].to_vec();
        let word = self.name_at(0).to_owned();
        match (self.language, word.as_str()) {
            (Language::Python, "import") => {
                self.at = end;
                let mut names: Vec<(String, String)> = Vec::new();
                for part in words[1..].split(|token| *token == Token::Op(",")) {
                    let text: Vec<String> = part.iter().map(shown).collect();
                    let (module, alias) = match text.iter().position(|word| word == "as") {
                        Some(at) => (text[..at].concat(), text[at + 1..].concat()),
                        None => (text.concat(), text.concat()),
                    };
                    names.push((module, alias));
                }
                for (module, alias) in names {
                    self.imported(&module);
                    if alias != module {
                        self.bind(&alias, Thing::Named(module));
                    }
                }
                true
            }
            (Language::Python, "from") => {
                let Some(at) = words.iter().position(|token| *token == Token::Name("import".into())) else {
                    return false;
                };
                // In parentheses the names may go on over lines.
                let mut names: Vec<Token> = words[at + 1..].to_vec();
                self.at = end;
                if names.first() == Some(&Token::Op("(")) && !names.contains(&Token::Op(")")) {
                    while self.at < self.tokens.len() && !self.is(")") {
                        names.push(self.tokens[self.at].clone());
                        self.at += 1;
                    }
                    self.at += 1;
                }
                let module: String = words[1..at].iter().map(shown).collect();
                self.imported(&module);
                for part in names.split(|token| *token == Token::Op(",")) {
                    let text: Vec<String> = part
                        .iter()
                        .filter(|token| !matches!(token, Token::Op("(" | ")") | Token::Line))
                        .map(shown)
                        .collect();
                    match text.as_slice() {
                        [star] if star == "*" => self.doubt |= !pure::in_module(&format!("{module}.x")),
                        [name] => self.bind(name, Thing::Named(format!("{module}.{name}"))),
                        [name, _, alias] => self.bind(alias, Thing::Named(format!("{module}.{name}"))),
                        _ => {}
                    }
                }
                true
            }
            (Language::Js, "import")
                if words.iter().any(|token| matches!(token, Token::Text(_))) && !self.is_at(1, "(") =>
            {
                self.at = end;
                let module = words
                    .iter()
                    .rev()
                    .find_map(
                        |token| if let Token::Text(parts) = token { Some(super::lexer::text_of(parts)) } else { None },
                    )
                    .unwrap_or_default();
                let module = module.trim_start_matches("node:").to_owned();
                self.imported(&module);
                let module = canonical(&module);
                let (mut inside, mut last) = (false, String::new());
                let mut renamed = false;
                for token in &words[1..] {
                    match token {
                        Token::Op("{") => inside = true,
                        Token::Op("}") => inside = false,
                        Token::Name(name) if name == "as" => renamed = true,
                        Token::Name(name) if name == "from" => break,
                        Token::Name(name) if inside => {
                            let original = if std::mem::take(&mut renamed) { last.clone() } else { name.clone() };
                            self.bind(name, Thing::Named(format!("{module}.{original}")));
                            last = name.clone();
                        }
                        Token::Name(name) => self.bind(name, Thing::Named(module.clone())),
                        _ => {}
                    }
                }
                true
            }
            (Language::Ruby, "require") => {
                let text = words.iter().find_map(|token| {
                    if let Token::Text(parts) = token { Some(super::lexer::text_of(parts)) } else { None }
                });
                let Some(module) = text else { return false };
                self.at = end;
                self.imported(&module);
                true
            }
            (Language::Perl | Language::Php | Language::Julia, "use" | "using" | "import")
            | (Language::Elixir, "alias" | "import" | "require") => {
                self.at = (self.at + 1).min(end);
                let mut module = String::new();
                while let Some(Token::Name(_) | Token::Op("::" | "." | "\\")) = self.peek() {
                    module.push_str(&shown(&self.tokens[self.at]));
                    self.at += 1;
                }
                self.imported(&module);
                self.at = end;
                true
            }
            (Language::R, "library" | "require" | "loadNamespace") => {
                let module: String = words.iter().skip(2).take(1).map(shown).collect();
                self.imported(&module);
                self.at = end.min(self.at + 4);
                true
            }
            _ => false,
        }
    }

    /// A module is loaded. One that is not known is code that was not read.
    pub(super) fn imported(&mut self, module: &str) {
        let module = module.trim_start_matches("node:").trim_end_matches("/promises");
        let root = module.split(['.', '/']).next().unwrap_or("");
        let known = pure::is_module(module) || pure::is_module(root) || module.is_empty();
        if !(known || module.ends_with(".json")) {
            self.not_known(&format!("the module {module}"));
        }
    }
}

/// A module's name without what only says where it comes from.
pub(super) fn canonical(module: &str) -> String {
    match module.trim_start_matches("node:") {
        "fs/promises" => "fs.promises".to_owned(),
        "fs-extra" | "graceful-fs" => "fs".to_owned(),
        other => other.to_owned(),
    }
}

fn shown(token: &Token) -> String {
    match token {
        Token::Name(name) => name.clone(),
        Token::Op(operator) => (*operator).to_owned(),
        Token::Text(parts) => super::lexer::text_of(parts),
        _ => String::new(),
    }
}
