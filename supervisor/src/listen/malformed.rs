//! Malformed frames are counted, and recorded at most once a second for each uid.

use crate::record::Journal;
use palisade_protocol::bounded::Text;
use palisade_protocol::event::{Peer, What};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

/// Between two records of one uid.
const PERIOD: Duration = Duration::from_secs(1);

/// Uids counted at once; further ones wait for the next period uncounted.
const UIDS: usize = 256;

struct Count {
    count: u64,
    last: String,
    peer: Peer,
}

/// The counts of this period.
pub struct Malformed {
    counts: RefCell<BTreeMap<u32, Count>>,
    journal: Rc<Journal>,
}

impl Malformed {
    /// Records to `journal`.
    pub fn new(journal: Rc<Journal>) -> Rc<Self> {
        Rc::new(Self { counts: RefCell::default(), journal })
    }

    /// One malformed frame of `uid`. The first of a period opens it; its end records the count.
    pub fn count(self: &Rc<Self>, uid: u32, why: &str, stamp: impl FnOnce() -> Peer) {
        let mut counts = self.counts.borrow_mut();
        if let Some(count) = counts.get_mut(&uid) {
            count.count += 1;
            why.clone_into(&mut count.last);
            return;
        }
        if counts.len() >= UIDS {
            return;
        }
        counts.insert(uid, Count { count: 1, last: why.to_owned(), peer: stamp() });
        let own = Rc::clone(self);
        tokio::task::spawn_local(async move {
            tokio::time::sleep(PERIOD).await;
            let counted = own.counts.borrow_mut().remove(&uid);
            if let Some(Count { count, last, peer }) = counted {
                own.journal.note(Some(peer), What::Malformed { count, last: Text::cut(&last) });
            }
        });
    }
}
