//! Values: what a word may become, as far as it is known without running anything.

use crate::limits::VALUE_MAX;

/// A part of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Known text.
    Text(String),
    /// Text as bash writes it, where another shell may write something else. It is not known.
    Dialect(String),
    /// An active pattern: what it matches is not known here.
    Glob(String),
    /// The home directory of whoever runs the command.
    Home,
    /// The working directory.
    Cwd,
    /// Not known, and where it comes from.
    Unknown(Origin),
    /// A path to a process substitution's stream, by the number that the judge gave it.
    Stream(u32),
}

/// Where something unknown comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// A number: no blanks, no slashes.
    Number,
    /// A fresh temporary path that this very command made.
    Temporary,
    /// The working directory's own content: names or text from project files.
    Project,
    /// A variable that this command does not set: it may be empty.
    Unset,
    /// The output of a program.
    Output,
    /// Typed, piped in, or an argument.
    Input,
    /// One of several values.
    Mixed,
    /// A copy of all that a project, a database or a host holds.
    Whole,
    /// Something that is not for everyone.
    Secret,
    /// Another host.
    Network,
}

/// What a word, or the output of a command, is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Value {
    /// Its parts, in order.
    pub pieces: Vec<Piece>,
}

impl Value {
    /// Known text.
    pub fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() { Self::default() } else { Self { pieces: vec![Piece::Text(text)] } }
    }

    /// One piece.
    pub fn piece(piece: Piece) -> Self {
        Self { pieces: vec![piece] }
    }

    /// Nothing known.
    pub fn unknown(origin: Origin) -> Self {
        Self::piece(Piece::Unknown(origin))
    }

    /// The text, if all of it is known.
    pub fn known(&self) -> Option<String> {
        let mut all = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => all.push_str(text),
                _ => return None,
            }
        }
        Some(all)
    }

    /// Whether one shell may read this in another way than the next.
    pub fn is_dialect(&self) -> bool {
        self.pieces.iter().any(|piece| matches!(piece, Piece::Dialect(_)))
    }

    /// The same as bash reads it. That convicts; it acquits nobody.
    pub fn in_bash(&self) -> Self {
        let mut out = Self::default();
        for piece in &self.pieces {
            match piece {
                Piece::Dialect(text) => out.push_text(text),
                other => out.push(other.clone()),
            }
        }
        out
    }

    /// What is certain to be at the beginning.
    pub fn prefix(&self) -> &str {
        match self.pieces.first() {
            Some(Piece::Text(text)) => text,
            _ => "",
        }
    }

    /// Whether it is the empty text.
    pub fn is_empty(&self) -> bool {
        self.pieces.iter().all(|piece| matches!(piece, Piece::Text(text) if text.is_empty()))
    }

    /// The most worrying origin of what is unknown in it.
    pub fn origin(&self) -> Option<Origin> {
        self.pieces
            .iter()
            .filter_map(|piece| match piece {
                Piece::Unknown(origin) => Some(*origin),
                Piece::Dialect(_) => Some(Origin::Mixed),
                _ => None,
            })
            .max()
    }

    /// Bytes of known text in it.
    pub fn size(&self) -> usize {
        self.pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) | Piece::Glob(text) | Piece::Dialect(text) => text.len(),
                _ => 1,
            })
            .sum()
    }

    /// Appends text.
    pub fn push_text(&mut self, text: &str) {
        match self.pieces.last_mut() {
            _ if text.is_empty() => {}
            Some(Piece::Text(existing)) if existing.len() + text.len() <= VALUE_MAX => existing.push_str(text),
            Some(Piece::Text(_)) => self.push(Piece::Unknown(Origin::Mixed)),
            _ => self.pieces.push(Piece::Text(text.to_owned())),
        }
    }

    /// Appends a piece.
    pub fn push(&mut self, piece: Piece) {
        match piece {
            Piece::Text(text) => self.push_text(&text),
            Piece::Unknown(origin) if self.pieces.last() == Some(&Piece::Unknown(origin)) => {}
            other if self.pieces.len() < 256 => self.pieces.push(other),
            _ => self.pieces = vec![Piece::Unknown(Origin::Mixed)],
        }
    }

    /// Appends another value.
    pub fn append(&mut self, other: &Self) {
        for piece in &other.pieces {
            self.push(piece.clone());
        }
    }

    /// A rendering for people: what is unknown is shown as `…`.
    pub fn display(&self) -> String {
        let mut out = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) | Piece::Glob(text) | Piece::Dialect(text) => out.push_str(text),
                Piece::Home => out.push('~'),
                Piece::Cwd => out.push('.'),
                Piece::Unknown(_) => out.push('…'),
                Piece::Stream(_) => out.push_str("<(…)"),
            }
        }
        out
    }
}
