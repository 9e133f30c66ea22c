//! Names of users, from `/etc/passwd` alone: a static program cannot ask the name service.

use std::collections::HashMap;

/// The local users.
#[derive(Debug, Default)]
pub struct Users {
    by_uid: HashMap<u32, String>,
}

impl Users {
    /// Reads them; none where the file cannot be read.
    pub fn local() -> Self {
        Self::parse(&std::fs::read_to_string("/etc/passwd").unwrap_or_default())
    }

    fn parse(text: &str) -> Self {
        let entry = |line: &str| {
            let mut fields = line.split(':');
            let name = fields.next()?.to_owned();
            Some((fields.nth(1)?.parse().ok()?, name))
        };
        let mut by_uid = HashMap::new();
        for (uid, name) in text.lines().filter_map(entry) {
            // The first entry of a uid is its name, as getpwuid(3) has it.
            by_uid.entry(uid).or_insert(name);
        }
        Self { by_uid }
    }

    /// The name, or the number where there is none.
    pub fn name(&self, uid: u32) -> String {
        self.by_uid.get(&uid).cloned().unwrap_or_else(|| uid.to_string())
    }

    /// The uid that a name or a number means.
    pub fn uid(&self, word: &str) -> Option<u32> {
        let named = self.by_uid.iter().find(|(_, name)| *name == word).map(|(uid, _)| *uid);
        named.or_else(|| word.parse().ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_are_both_understood() {
        let users = Users::parse(
            "root:x:0:0:root:/root:/bin/sh\ntoor:x:0:0::/:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\nodd\n",
        );
        assert_eq!((users.uid("ann"), users.uid("1001"), users.uid("bob")), (Some(1000), Some(1001), None));
        assert_eq!((users.name(0), users.name(7)), ("root".to_owned(), "7".to_owned()));
    }
}
