//! Every limit of this library, in one place, each with its reason. An input over one of them is answered with caution, unread.

/// Bytes of one text. The same as a command may have on the wire.
pub const TEXT_MAX: usize = 64 * 1024;

/// How deep constructs may nest: each level is a few stack frames, and forty levels fit a 256 KiB stack.
pub const DEPTH_MAX: u32 = 40;

/// Control operators (`;`, `|`, `&`, newline, redirections) in one text.
pub const OPERATORS_MAX: usize = 8192;

/// Here-documents in one text.
pub const HEREDOCS_MAX: usize = 64;

/// Work units for one judgement, parsing and evaluating together. A unit is about a byte looked at or a node visited.
pub const STEPS_MAX: u32 = 600_000;

/// Fields that one word may expand to (braces, `$@`).
pub const FIELDS_MAX: usize = 256;

/// Bytes that one value may grow to.
pub const VALUE_MAX: usize = 64 * 1024;

/// Faults kept of one parse; the first ones name the place, the rest add nothing.
pub const FAULTS_MAX: usize = 16;

/// A share of work that is used up, never refilled. The same budget goes through parsing and evaluating, so nesting scripts
/// in scripts buys no extra work.
#[derive(Debug)]
pub struct Budget {
    left: u32,
    whole: u32,
}

impl Budget {
    /// `steps` units of work.
    pub fn new(steps: u32) -> Self {
        Self { left: steps, whole: steps }
    }

    /// Takes `steps` units; false once they are used up, and from then on.
    pub fn take(&mut self, steps: usize) -> bool {
        let steps = u32::try_from(steps).unwrap_or(u32::MAX);
        if steps > self.left {
            self.left = 0;
            return false;
        }
        self.left -= steps;
        self.left > 0
    }

    /// Whether nothing is left.
    pub fn exhausted(&self) -> bool {
        self.left == 0
    }

    /// Units used so far.
    pub fn used(&self) -> u32 {
        self.whole - self.left
    }
}
