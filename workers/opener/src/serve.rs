//! The worker's side of the conversation.

use crate::observe;
use palisade_protocol::codec::{decode, encode_facts};
use palisade_protocol::facts::{Part, Questions};
use palisade_protocol::opener::{Reply, Request};

/// Answers one request. Questions come from a classifier that may have been taken over, through whoever stands between: what
/// cannot be read is not our peer's fault, and has no answers.
pub fn answer(request: Request) -> Vec<Reply> {
    match request {
        Request::Observe { questions } => {
            let answers = decode::<Questions>(&questions).ok().and_then(|asked| encode_facts(&observe(&asked)).ok());
            match answers {
                Some(bytes) => Part::parts(&bytes).map(Reply::Observed).collect(),
                None => vec![Reply::Observed(Part::none())],
            }
        }
        #[cfg(feature = "hostile")]
        Request::Probe(number) => vec![Reply::Probed(palisade_sandbox::hostile::probe(number))],
    }
}
