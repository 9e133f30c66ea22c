//! Variables that say where code comes from, and variables that switch off what would check it.

use super::Machine;
use crate::paths::Zone;
use palisade_language::words::Value;
use palisade_protocol::verdict::Class;

/// Parts of a variable's name that say that packages or programs are fetched from its value.
const FETCHES: &[&str] = &[
    "INDEX_URL",
    "INDEX",
    "REGISTRY",
    "MIRROR",
    "DOWNLOAD_HOST",
    "DOWNLOAD_URL",
    "GOPROXY",
    "REPO_URL",
    "CHANNEL_URL",
];

/// Hosts from which everybody fetches, and this one.
const USUAL: &[&str] = &[
    "pypi.org",
    "registry.npmjs.org",
    "registry.yarnpkg.com",
    "proxy.golang.org",
    "rubygems.org",
    "repo.maven.apache.org",
    "crates.io",
    "index.crates.io",
    "static.rust-lang.org",
    "nodejs.org",
    "localhost",
    "127.0.0.1",
];

/// Variables that switch off a check of what is fetched or committed, and the values that do.
const UNCHECKED: &[(&str, &[&str])] = &[
    ("GOSUMDB", &["off"]),
    ("GONOSUMDB", &["*"]),
    ("GONOSUMCHECK", &["1"]),
    ("GOINSECURE", &["*"]),
    ("NODE_TLS_REJECT_UNAUTHORIZED", &["0"]),
    ("GIT_SSL_NO_VERIFY", &["1", "true"]),
    ("PYTHONHTTPSVERIFY", &["0"]),
    ("DOCKER_CONTENT_TRUST", &["0"]),
    ("COSIGN_VERIFY", &["0", "false"]),
    ("HOMEBREW_NO_VERIFY_ATTESTATIONS", &["1"]),
];

/// The same for the checks before a commit: they are only asked for there, and `HUSKY=0 npm ci` installs no hooks.
const UNHOOKED: &[(&str, &[&str])] = &[
    ("HUSKY", &["0"]),
    ("HUSKY_SKIP_HOOKS", &["1", "true"]),
    ("LEFTHOOK", &["0", "false"]),
    ("OVERCOMMIT_DISABLE", &["1"]),
    ("PRE_COMMIT_ALLOW_NO_CONFIG", &["1"]),
];

/// Variables that say which directory is a cache: a cleaning empties it, whatever else lies there.
const CACHES: &[&str] = &[
    "GOMODCACHE",
    "GOCACHE",
    "UV_CACHE_DIR",
    "PIP_CACHE_DIR",
    "NPM_CONFIG_CACHE",
    "YARN_CACHE_FOLDER",
    "CCACHE_DIR",
    "SCCACHE_DIR",
    "POETRY_CACHE_DIR",
    "NUGET_PACKAGES",
    "COMPOSER_CACHE_DIR",
    "CONDA_PKGS_DIRS",
];

impl Machine<'_> {
    /// git makes or sends a commit: whether a variable switches off what would look at it first.
    pub(super) fn commits_unchecked(&mut self) {
        for (name, values) in UNHOOKED {
            let set = self.env.variable(name).is_some() && values.contains(&self.env.get(name).display().as_str());
            if set {
                self.note(Class::Destructive, "supply.unchecked", format!("switches a check off by {name}"));
            }
        }
    }

    /// Whether a variable's value makes code come from elsewhere or unchecked; it is noted then.
    pub(super) fn foreign_source(&mut self, name: &str, value: &Value) -> bool {
        let text = value.display();
        let upper = name.to_ascii_uppercase();
        if UNCHECKED.iter().any(|(known, values)| *known == upper && values.contains(&text.as_str())) {
            self.note(Class::Destructive, "supply.unchecked", format!("switches a check off by {name}"));
            return true;
        }
        if CACHES.contains(&upper.as_str()) && !value.is_empty() {
            let place = self.place(value);
            let named = place.path.split('/').any(|part| part.to_ascii_lowercase().contains("cache"));
            let own = matches!(place.zone, Zone::Workspace | Zone::Temp | Zone::OwnTemp);
            if !own && !named {
                self.note(
                    Class::Destructive,
                    "dev.cache",
                    format!("makes {} a cache, which a cleaning empties", place.path),
                );
            }
        }
        let elsewhere = FETCHES.iter().any(|part| upper.contains(part)) && text.split([',', '|']).any(is_foreign);
        if elsewhere {
            self.note(Class::Catastrophic, "supply.index", format!("makes by {name} code come from another place"));
        }
        elsewhere
    }
}

/// Whether a text is the address of a host from which not everybody fetches.
fn is_foreign(address: &str) -> bool {
    let Some((_, rest)) = address.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or("");
    let host = authority.rsplit('@').next().unwrap_or("");
    let host =
        host.rsplit_once(':').map_or(host, |(host, port)| if port.parse::<u16>().is_ok() { host } else { authority });
    !host.is_empty() && !USUAL.contains(&host)
}

#[cfg(test)]
mod tests {
    use super::is_foreign;

    #[test]
    fn an_address_is_foreign_by_its_host() {
        assert!(is_foreign("http://6.6.6.6/simple"));
        assert!(is_foreign("https://pypi.org.evil.example/simple"));
        assert!(is_foreign("https://pypi.org@evil.example/simple"));
        assert!(!is_foreign("https://pypi.org/simple"));
        assert!(!is_foreign("http://localhost:4873/"));
        assert!(!is_foreign("direct"));
    }
}
