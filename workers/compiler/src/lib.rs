//! The compiler worker: the operator's TOML in, the binary configuration out. The only place where configuration is parsed.
//!
//! [`text`] is the shape of the file, [`compile()`] the meaning; [`subordinates`] reads whose the subordinate uids are. `docs/configuration.md` describes every key.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod compile;
pub mod subordinates;
pub mod text;

pub use compile::compile;

use palisade_protocol::bounded::Text;
use palisade_protocol::compile::{Reply, Request};

/// Answers one request.
pub fn answer(request: Request) -> Reply {
    match request {
        Request::Compile(text) => match compile(&text) {
            Ok(config) => Reply::Compiled(Box::new(config)),
            Err(rejection) => Reply::Rejected(Text::cut(&rejection.to_string())),
        },
        Request::Subordinates { subuid, passwd } => Reply::Subordinates(subordinates::subordinates(&subuid, &passwd)),
        #[cfg(feature = "hostile")]
        Request::Probe(number) => Reply::Probed(palisade_sandbox::hostile::probe(number)),
    }
}
