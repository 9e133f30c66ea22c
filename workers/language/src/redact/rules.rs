//! What counts as a secret: tables, each row with its source in the wild. Their examples are in [`super::examples`].

/// A token that says by its beginning what it is: the beginning, and how many token characters must follow at least.
pub(super) const PREFIXES: &[(&str, usize)] = &[
    ("ghp_", 16), // GitHub: personal, oauth, user, server, refresh
    ("gho_", 16),
    ("ghu_", 16),
    ("ghs_", 16),
    ("ghr_", 16),
    ("github_pat_", 16),
    ("glpat-", 12), // GitLab: personal, deploy, runner, trigger
    ("gldt-", 12),
    ("glrt-", 12),
    ("glptt-", 12),
    ("sk-", 16), // OpenAI, Anthropic (sk-ant-), and their like
    ("sk_live_", 10),
    ("sk_test_", 10),
    ("rk_live_", 10),
    ("rk_test_", 10),
    ("whsec_", 16),
    ("xoxa-", 8), // Slack
    ("xoxb-", 8),
    ("xoxp-", 8),
    ("xoxr-", 8),
    ("xoxs-", 8),
    ("xapp-", 10),
    ("AKIA", 16), // AWS access key ids
    ("ASIA", 16),
    ("AIza", 30), // Google
    ("ya29.", 20),
    ("GOCSPX-", 16),
    ("npm_", 30),
    ("pypi-", 30),
    ("hvs.", 16), // Vault
    ("hvb.", 16),
    ("dop_v1_", 30), // DigitalOcean
    ("doo_v1_", 30),
    ("shpat_", 20), // Shopify
    ("SG.", 30),    // SendGrid
    ("hf_", 20),    // Hugging Face
    ("dckr_pat_", 16),
    ("tskey-", 16),
    ("lin_api_", 16),
    ("secret_", 32), // Notion
    ("ntn_", 30),
    ("PMAK-", 24),
    ("sntrys_", 24),
    ("glsa_", 24), // Grafana
    ("AGE-SECRET-KEY-1", 20),
    ("eyJ", 20), // JSON web tokens
];

/// What is shorter than this is none of them: most words of a command are looked at no further.
pub(super) const TOKEN_MIN: usize = {
    let (mut least, mut at) = (usize::MAX, 0);
    while at < PREFIXES.len() {
        let length = PREFIXES[at].0.len() + PREFIXES[at].1;
        if length < least {
            least = length;
        }
        at += 1;
    }
    least
};

/// Names whose value is a secret, as a part of the lower-case name.
pub(super) const SECRET_PARTS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "secret",
    "token",
    "apikey",
    "api_key",
    "api-key",
    "accesskey",
    "access_key",
    "access-key",
    "privatekey",
    "private_key",
    "private-key",
    "secretkey",
    "authkey",
    "auth_key",
    "auth-key",
    "credential",
    "encryption_key",
    "signing_key",
    "master_key",
    "account_key",
    "accountkey",
    "sharedaccesskey",
    "service_key",
    "connectionstring",
];

/// Names whose value is a secret, as a whole segment between `_`, `-` and `.`.
pub(super) const SECRET_SEGMENTS: &[&str] = &["pass", "pwd", "pw", "passin", "passout", "pgpassword"];

/// Names that only look like one: ends that say that the value is something about the secret.
pub(super) const HARMLESS_ENDS: &[&str] = &[
    "_file",
    "-file",
    "_path",
    "-path",
    "_ttl",
    "-ttl",
    "_limit",
    "_dir",
    "_url",
    "-url",
    "_uri",
    "_name",
    "-name",
    "_count",
    "_policy",
    "_type",
    "-type",
    "_length",
    "_expiry",
    "_expires",
    "_in",
    "-stdin",
    "tokens",
    "tokenizer",
    "less",
    "_manager",
    "-manager",
    "_enabled",
    "_version",
    "-store",
    "_store",
    "_prompt",
    "secrets",
    "-format",
    "_format",
    "_field",
    "_header",
];

/// A program's option whose value is a secret.
pub(super) struct SecretOption {
    /// Basenames of the program.
    pub programs: &'static [&'static str],
    /// The option.
    pub option: &'static str,
    /// The value may stand in the same word.
    pub attached: bool,
    /// The value may be the next word.
    pub separate: bool,
    /// Only what follows this character of the value is secret (`user:password`); 0: all of it.
    pub after: u8,
}

const fn option(
    programs: &'static [&'static str],
    option: &'static str,
    attached: bool,
    separate: bool,
    after: u8,
) -> SecretOption {
    SecretOption { programs, option, attached, separate, after }
}

const MYSQL: &[&str] = &[
    "mysql",
    "mysqldump",
    "mysqladmin",
    "mysqlimport",
    "mysqlcheck",
    "mysqlshow",
    "mysqlsh",
    "mariadb",
    "mariadb-dump",
    "mariadb-admin",
];
const MONGO: &[&str] = &["mongo", "mongosh", "mongodump", "mongorestore", "mongoimport", "mongoexport", "cqlsh"];

/// The options, by program.
pub(super) const OPTIONS: &[SecretOption] = &[
    option(MYSQL, "-p", true, false, 0),
    option(MONGO, "-p", true, true, 0),
    option(&["redis-cli", "valkey-cli"], "-a", false, true, 0),
    option(&["curl"], "-u", true, true, b':'),
    option(&["curl"], "--user", true, true, b':'),
    option(&["curl"], "--proxy-user", true, true, b':'),
    option(&["curl"], "-U", true, true, b':'),
    option(&["curl"], "-b", false, true, b'='),
    option(&["http", "https", "xh"], "-a", false, true, b':'),
    option(&["http", "https", "xh"], "--auth", true, true, b':'),
    option(&["wget"], "--password", true, true, 0),
    option(&["sshpass"], "-p", true, true, 0),
    option(
        &["docker", "podman", "nerdctl", "helm", "buildah", "skopeo", "oc", "az", "heroku"],
        "-p",
        false,
        true,
        b'\x01',
    ),
    option(&["zip", "unzip", "zipcloak", "sqlcmd", "ipmitool", "bcp"], "-P", true, true, 0),
    option(&["7z", "7za", "7zr", "rar", "unrar"], "-p", true, false, 0),
    option(&["ldapsearch", "ldapmodify", "ldapadd", "ldapdelete", "ldappasswd"], "-w", true, true, 0),
    option(&["smbclient", "rpcclient", "net"], "-U", true, true, b'%'),
    option(&["gpg", "gpg2"], "--passphrase", true, true, 0),
    option(&["ssh-keygen"], "-N", true, true, 0),
    option(&["ssh-keygen"], "-P", true, true, 0),
    option(&["openssl"], "-k", false, true, 0),
    option(&["openssl"], "-pass", false, true, b':'),
    option(&["openssl"], "-passin", false, true, b':'),
    option(&["openssl"], "-passout", false, true, b':'),
    option(&["plink", "pscp", "psftp"], "-pw", false, true, 0),
    option(&["keytool", "jarsigner"], "-storepass", false, true, 0),
    option(&["keytool", "jarsigner"], "-keypass", false, true, 0),
    option(&["sqlplus"], "-p", true, true, 0),
    option(&["vault"], "-token", false, true, 0),
    option(&["influx"], "-t", false, true, 0),
];

/// For each length of a name in [`OPTIONS`], which letters such names begin with, as bits: most words are ruled out by it.
const FIRSTS: [u128; 32] = {
    let mut firsts = [0; 32];
    let mut at = 0;
    while at < OPTIONS.len() {
        let mut name = 0;
        while name < OPTIONS[at].programs.len() {
            let bytes = OPTIONS[at].programs[name].as_bytes();
            firsts[bytes.len()] |= 1 << bytes[0];
            name += 1;
        }
        at += 1;
    }
    firsts
};

/// Whether a program of this name has options in [`OPTIONS`].
pub(super) fn takes_secrets(name: &str) -> bool {
    let first = name.bytes().next().filter(u8::is_ascii).unwrap_or(0);
    FIRSTS.get(name.len()).is_some_and(|firsts| firsts >> first & 1 == 1)
        && OPTIONS.iter().any(|option| option.programs.contains(&name))
}

/// Programs that read a secret from their input, and the option that makes them (empty: always).
pub(super) const READERS: &[(&str, &str)] = &[
    ("chpasswd", ""),
    ("sudo", "-S"),
    ("docker", "--password-stdin"),
    ("podman", "--password-stdin"),
    ("helm", "--password-stdin"),
    ("passwd", "--stdin"),
    ("gh", "--with-token"),
    ("cryptsetup", "-"),
    ("vault", "login"),
];
