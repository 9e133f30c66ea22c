//! Taking a worker on: started, verified and linked, with its start, its end and its refusal on the record.

use super::{Journal, chronicle};
use crate::channel::link::{Ended, Link};
use crate::channel::permits::Dialect;
use crate::spawn::SpawnError;
use palisade_protocol::bounded::Text;
use palisade_protocol::event::What;
use palisade_protocol::worker::Kind;
use palisade_sandbox::{Ids, StartError};
use std::os::fd::OwnedFd;
use std::rc::Rc;

/// Starts a worker that serves `serves`, with these descriptors beside its channel. `buried` hears how it ended, once.
///
/// Readers come and go with each query: one that served in order leaves no event, or reading the record would lengthen it.
pub async fn hire<D: Dialect>(
    journal: &Rc<Journal>,
    grants: Vec<(u32, OwnedFd)>,
    serves: Option<Ids>,
    buried: impl FnOnce(&Ended) + 'static,
) -> Result<Rc<Link<D>>, SpawnError> {
    let spawned = journal.spawner.spawn(D::KIND, grants, serves).await;
    let serves = serves.map(|ids| ids.uid);
    if let Err(SpawnError::Start(StartError::Differs { differences, .. })) = &spawned {
        let did = format!("refused before its first request: {}", differences.join("; "));
        crate::log::line(&format!("worker={} {did}", D::KIND.word()));
        journal.note(None, What::Breach { kind: D::KIND, pid: 0, did: Text::cut(&did) });
    }
    let (verified, lease) = spawned?;
    let (link, told) = Link::<D>::establish(verified, lease, serves)?;
    let (lasting, pid) = (D::KIND != Kind::Reader, link.record().pid);
    if lasting {
        chronicle::worker_started(journal, link.record());
    }
    let journal = Rc::clone(journal);
    tokio::task::spawn_local(async move {
        let Ok(ended) = told.await else { return };
        buried(&ended);
        if lasting || ended.class.abnormal() {
            chronicle::worker_ended(&journal, D::KIND, pid, serves, ended);
        }
    });
    Ok(link)
}
