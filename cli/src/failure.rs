//! How a command ends when it does not end well: one sentence with the next step in it, and the exit code.

use palisade_hook::connect::ConnectError;
use palisade_hook::instance::Instance;
use palisade_protocol::guard::{Refusal, RefusalCode};
use std::fmt;
use std::io::ErrorKind;

/// The exit codes are `palisade_hook`'s where both have them.
pub use palisade_hook::answer::{EXIT_CONFIGURATION, EXIT_DENIED, EXIT_USAGE};

/// Something failed.
pub const EXIT_FAILED: u8 = 1;
/// A question that nobody answered.
pub const EXIT_ASKED: u8 = 3;
/// What was observed differs from what is declared.
pub const EXIT_DIFFERS: u8 = 65;
/// The supervisor cannot be reached.
pub const EXIT_UNREACHABLE: u8 = 69;
/// Not now.
pub const EXIT_TRY_AGAIN: u8 = 75;
/// Not permitted.
pub const EXIT_NOT_PERMITTED: u8 = 77;

/// A failed command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The exit code.
    pub code: u8,
    /// What failed, why, and what to do next.
    pub text: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

impl std::error::Error for Failure {}

impl Failure {
    /// Something failed.
    pub fn failed(text: impl fmt::Display) -> Self {
        Self { code: EXIT_FAILED, text: text.to_string() }
    }

    /// The command line is wrong.
    pub fn usage(text: impl fmt::Display) -> Self {
        Self { code: EXIT_USAGE, text: text.to_string() }
    }

    /// The installation is not as it must be.
    pub fn configuration(text: impl fmt::Display) -> Self {
        Self { code: EXIT_CONFIGURATION, text: text.to_string() }
    }

    /// This user may not do that.
    pub fn not_permitted(text: impl fmt::Display) -> Self {
        Self { code: EXIT_NOT_PERMITTED, text: text.to_string() }
    }

    /// A file or directory failed.
    pub fn file(path: &std::path::Path, why: &std::io::Error) -> Self {
        let text = format!("{}: {why}", path.display());
        if why.kind() == ErrorKind::PermissionDenied { Self::not_permitted(text) } else { Self::failed(text) }
    }

    /// The supervisor cannot be spoken to.
    pub fn connection(why: &ConnectError, instance: &Instance) -> Self {
        let code = match why {
            ConnectError::Socket(nix::errno::Errno::EACCES | nix::errno::Errno::EPERM) => {
                return Self::not_permitted(format!(
                    "{} is for root, its owner and the group palisade: ask one of them, or join the group",
                    instance.shown.control_socket().display()
                ));
            }
            ConnectError::Refused(refusal) => return Self::refused(refusal),
            ConnectError::Malformed(_) => EXIT_FAILED,
            _ => EXIT_UNREACHABLE,
        };
        let text = match why {
            ConnectError::Dead => format!("no supervisor runs: start it with `{}`", instance.command("up")),
            ConnectError::Version(why) => format!("the supervisor cannot be spoken to: {why}"),
            why => format!("the supervisor cannot be reached: {why}; look at it with `{}`", instance.command("status")),
        };
        Self { code, text }
    }

    /// The supervisor refused.
    pub fn refused(refusal: &Refusal) -> Self {
        let code = match refusal.code {
            RefusalCode::Permission => EXIT_NOT_PERMITTED,
            RefusalCode::Quota | RefusalCode::Stopping => EXIT_TRY_AGAIN,
            RefusalCode::Version => EXIT_UNREACHABLE,
            RefusalCode::Unavailable | RefusalCode::Malformed => EXIT_FAILED,
        };
        Self { code, text: format!("the supervisor refused: {}", refusal.text) }
    }
}
