//! Calls that ran while no supervisor answered (I7): clients count them in the spool, and here the counts become gaps.

use super::{Journal, chronicle};
use nix::errno::Errno;
use palisade_protocol::event::Peer;
use palisade_segment::spool::Spool;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

/// A client that found no supervisor has counted its call or denied it by then: nobody writes to what is taken.
const SETTLED: Duration = Duration::from_secs(5);

/// How often the spool is looked at after that: for what a suspended client counted late, and for a uid's further files.
const EVERY: Duration = Duration::from_secs(60);

/// Entries that are looked at in one go: whoever made them, however many, nobody else waits for the rest.
const STRETCH: usize = 256;

/// Records counts for as long as the journal is written.
pub async fn watch(journal: Rc<Journal>, spool: Spool) {
    tokio::time::sleep(SETTLED).await;
    loop {
        if let Err(errno) = look(&journal, &spool).await {
            crate::log::line(&format!("the spool cannot be read: {errno}"));
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Records one count of every uid and removes it, and removes what is no count of its owner's.
async fn look(journal: &Rc<Journal>, spool: &Spool) -> Result<(), Errno> {
    let mut told = BTreeSet::new();
    for (number, found) in spool.look()?.enumerate() {
        let found = found?;
        if number % STRETCH == STRETCH - 1 {
            tokio::task::yield_now().await;
        }
        if let Some(count) = found.count {
            let missing =
                "safe calls ran while no supervisor answered; each was judged by a confined classifier of the client";
            let event = chronicle::gap(Some(count.since_ns), missing, Some(count.calls));
            let peer = Some(Peer::absent(count.uid, count.gid));
            if !told.insert(count.uid) || journal.record_durably(peer, event).await.is_err() {
                continue;
            }
        }
        spool.remove(&found);
    }
    Ok(())
}
