//! Paths as text: made canonical, compared, and told apart by whose home or which mount they lead to.

/// Removes `.`, `..`, doubled and trailing slashes, without looking at links.
pub(crate) fn normalize(path: &str) -> String {
    let (root, rest) = match path.strip_prefix('~') {
        Some(rest) => ("~", rest),
        None => ("", path),
    };
    let mut parts: Vec<&str> = Vec::new();
    let mut above = false;
    for part in rest.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                if parts.pop().is_none() && root == "~" {
                    above = true;
                }
            }
            other => parts.push(other),
        }
    }
    let joined = parts.join("/");
    match (root, above, joined.is_empty()) {
        // Above a home directory: the homes, or the root.
        ("~", true, _) => format!("/home{}{joined}", if joined.is_empty() { "" } else { "/" }),
        ("~", false, true) => "~".to_owned(),
        ("~", false, false) => format!("~/{joined}"),
        _ => format!("/{joined}"),
    }
}

/// Whether `path` is `tree` or lies in it.
pub(super) fn within(path: &str, tree: &str) -> bool {
    tree == "/" || path == tree || path.strip_prefix(tree).is_some_and(|rest| rest.starts_with('/'))
}

/// The home directory that holds `path`.
pub(super) fn home_of(path: &str) -> Option<&str> {
    if within(path, "/root") {
        return Some("/root");
    }
    let homes = ["/home/", "/Users/"].into_iter().find(|homes| path.starts_with(homes))?;
    let user = path[homes.len()..].split('/').next().filter(|user| !user.is_empty())?;
    Some(&path[..homes.len() + user.len()])
}

/// The part of a path below a home directory.
pub(super) fn home_part(path: &str) -> Option<&str> {
    if let Some(rest) = path.strip_prefix("~/") {
        return Some(rest);
    }
    let home = home_of(path)?;
    path.strip_prefix(home)?.strip_prefix('/')
}

pub(super) fn is_mount_like(path: &str) -> bool {
    let parts = path.matches('/').count();
    ["/mnt", "/media", "/srv", "/opt"].contains(&path) || (within(path, "/mnt") && parts <= 2)
}
