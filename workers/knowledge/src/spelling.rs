//! The names under which one program is installed: with its version, or beside a system's own tool of the name.

use crate::program::{page, program};

/// Families of which several versions are installed side by side: `clang-format-14`, `gcc-12`, `php-fpm8.2`.
const VERSIONED: &[&str] = &[
    "compilers",
    "object-tools",
    "linters",
    "interpreters",
    "databases",
    "servers",
    "packages-languages",
    "dev-programs",
];

/// Families that other systems install with a `g` before each name: `gls`, `grm`.
const PREFIXED: &[&str] = &["coreutils-files", "coreutils-list", "text-read", "text-filter"];

/// The name under which a program is known, if it is known at all.
pub fn usual_name(name: &str) -> &str {
    if program(name).is_some() {
        return name;
    }
    let of = |name: &str, families: &[&str]| page(name).is_some_and(|page| families.contains(&page.family.name));
    let bare = name.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
    let bare = bare.strip_suffix('-').unwrap_or(bare);
    if bare.len() < name.len() && of(bare, VERSIONED) {
        return bare;
    }
    match name.strip_prefix('g') {
        Some(rest) if of(rest, PREFIXED) => rest,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::usual_name;

    #[test]
    fn a_version_or_a_prefix_makes_no_other_program() {
        for (installed, known) in [("gcc-12", "gcc"), ("clang-format-14", "clang-format"), ("grm", "rm"), ("gls", "ls")]
        {
            assert_eq!(usual_name(installed), known);
        }
        for other in ["go", "git", "gdb", "grep", "s3", "test-1", "ls-2", "g", "14", "unheard-of-7"] {
            assert_eq!(usual_name(other), other);
        }
    }
}
