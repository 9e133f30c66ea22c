//! The first frame or packet in each direction: who speaks which version.

use crate::bounded::Text;
use crate::limits::{BUILD_ID, PROTOCOL_VERSION};
use serde::{Deserialize, Serialize};

/// `PLSD`: tells a stray client of another service apart from an old one of ours.
pub const MAGIC: u32 = 0x504c_5344;

/// The first frame of a client and of the supervisor. Its layout never changes between versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Hello {
    /// [`MAGIC`].
    pub magic: u32,
    /// [`PROTOCOL_VERSION`] of the sender.
    pub version: u16,
    /// [`BUILD_ID`] of the sender.
    pub build: Text<64>,
}

impl Hello {
    /// This build's own.
    pub fn ours() -> Self {
        Self { magic: MAGIC, version: PROTOCOL_VERSION, build: Text::cut(BUILD_ID) }
    }

    /// Refuses a peer that speaks another protocol, in a sentence that names both sides.
    pub fn check(&self) -> Result<(), String> {
        if self.magic != MAGIC {
            return Err("the peer does not speak the Palisade protocol".to_owned());
        }
        if self.version != PROTOCOL_VERSION {
            return Err(format!(
                "protocol version {} (build {}) on their side, {PROTOCOL_VERSION} (build {BUILD_ID}) on ours: \
                 restart Palisade after an upgrade",
                self.version, self.build
            ));
        }
        Ok(())
    }
}
