//! Side doors: options and words by which programs do more than what their entries say of them, in whatever form they are used.

include!(concat!(env!("OUT_DIR"), "/doors.rs"));

/// One option or word, and what it makes of the program.
#[derive(Debug)]
pub struct Door {
    /// The option: as it is, `begin*` with the value attached, `option=pattern` where only some values count, `@pattern` for an
    /// operand.
    pub by: &'static str,
    /// What it does with its value.
    pub does: Does,
}

/// What a program does with an option's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Does {
    /// Runs it as a command of the shell.
    Runs,
    /// Runs it as code of this language.
    Code(&'static str),
    /// Loads code from the file that it names.
    Loads,
    /// Writes the file that it names.
    Writes,
    /// Writes files into the directory that it names.
    Fills,
    /// Something that runs or loads code; what exactly is not read.
    Asks,
    /// Any argument may hold commands behind this mark and a bracket.
    Within,
    /// Its operands are another command.
    Carries,
}

/// The side doors of the program of this name.
pub fn doors(program: &str) -> &'static [Door] {
    DOORS.binary_search_by_key(&program, |(name, _)| name).map_or(&[], |at| DOORS[at].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doors_are_found_by_the_programs_name() {
        assert!(DOORS.is_sorted_by(|one, next| one.0 < next.0));
        assert!(doors("pylint").iter().any(|door| door.does == Does::Code("python")));
        assert!(doors("no-such-program").is_empty());
    }
}
