//! Long options as GNU getopt reads them: every beginning counts that fits one option only.

/// The option of `known` that `given` means; `None` if it is none of them, or might be several.
pub(super) fn long(given: &str, known: &[&'static str]) -> Option<&'static str> {
    if let Some(exact) = known.iter().find(|option| **option == given) {
        return Some(exact);
    }
    let mut fitting = known.iter().filter(|option| given.len() > 2 && option.starts_with(given));
    match (fitting.next(), fitting.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::long;

    #[test]
    fn a_beginning_counts_if_it_fits_one_option() {
        let known = ["--expression", "--extended", "--file"];
        assert_eq!(long("--expr", &known), Some("--expression"));
        assert_eq!(long("--f", &known), Some("--file"));
        assert_eq!(long("--ex", &known), None);
        assert_eq!(long("--", &known), None);
        assert_eq!(long("--other", &known), None);
    }
}
