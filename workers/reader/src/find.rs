//! Returns events. A damaged journal is shown as far as its frames are sound; whether it may be believed is for `verify` to say.

use crate::rows::{Newest, Packer, encode};
use palisade_protocol::bounded::Blob;
use palisade_protocol::event::{Event, What};
use palisade_protocol::limits::ROWS_MAX;
use palisade_protocol::reader::{Query, Row};
use palisade_segment::frame::{FRAME_LEN, Frame};
use palisade_segment::hash::{SALT_LEN, commitment};
use palisade_segment::window::{Source, Window};

/// A query on its way through the segments.
#[derive(Debug)]
pub struct Find {
    query: Query,
    only_uid: Option<u32>,
    /// None where all rows are wanted: they are sent as they are found.
    newest: Option<Newest>,
    packer: Packer,
}

impl Find {
    /// A query, for all events or only those of one uid.
    pub fn new(query: Query, only_uid: Option<u32>) -> Self {
        let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
        Self { query, only_uid, newest: (limit > 0).then(|| Newest::new(limit)), packer: Packer::default() }
    }

    /// Looks through the next segment, up to its end or the first frame that is none.
    pub fn segment<S: Source>(&mut self, log: S, dat: S, send: &mut impl FnMut(Blob<ROWS_MAX>)) -> Result<(), i32> {
        let (mut log, mut dat) = (Window::new(log, 0), Window::new(dat, 0));
        while let Some(frame) =
            <&[u8; FRAME_LEN]>::try_from(log.peek(FRAME_LEN)?).ok().and_then(|bytes| Frame::decode(bytes).ok())
        {
            if self.wants_frame(&frame) {
                let event = read_event(&mut dat, &frame)?;
                if self.wants_event(event.as_ref()) {
                    self.found(row(&frame, event), send);
                }
            }
            log.skip(FRAME_LEN);
            dat.skip(frame.salted_len());
        }
        self.packer.flush(send);
        Ok(())
    }

    /// Sends the newest rows, where only those were wanted.
    pub fn finish(mut self, send: &mut impl FnMut(Blob<ROWS_MAX>)) {
        if let Some(newest) = &self.newest {
            newest.rows().for_each(|row| self.packer.push(row, send));
        }
        self.packer.flush(send);
    }

    fn found(&mut self, row: Row, send: &mut impl FnMut(Blob<ROWS_MAX>)) {
        match &mut self.newest {
            Some(newest) => newest.push(encode(row)),
            None => self.packer.push(&encode(row), send),
        }
    }

    /// What the frame alone can say; no payload is read for the others.
    fn wants_frame(&self, frame: &Frame) -> bool {
        let Query { since_ns, until_ns, after_seq, kind, .. } = &self.query;
        let stamp = &frame.stamp;
        since_ns.is_none_or(|since| stamp.wall_ns >= since)
            && until_ns.is_none_or(|until| stamp.wall_ns < until)
            && after_seq.is_none_or(|after| stamp.seq > after)
            && kind.is_none_or(|kind| stamp.kind == kind.number())
    }

    /// What takes the event. One that cannot be read matches no filter: above all it is nobody's own.
    fn wants_event(&self, event: Option<&Event>) -> bool {
        let Query { uid, agent, session, class, .. } = &self.query;
        let Some(event) = event else {
            return self.only_uid.is_none() && uid.is_none() && agent.is_none() && session.is_none() && class.is_none();
        };
        let of = |wanted: Option<u32>| {
            wanted.is_none_or(|wanted| event.peer.as_ref().is_some_and(|peer| peer.uid == wanted))
        };
        let decision = match &event.what {
            What::Decision(decision) => Some(decision),
            _ => None,
        };
        of(self.only_uid)
            && of(*uid)
            && agent.as_ref().is_none_or(|agent| decision.is_some_and(|made| made.agent == *agent))
            && session.as_ref().is_none_or(|session| decision.is_some_and(|made| made.session == *session))
            && class.is_none_or(|class| decision.is_some_and(|made| made.class >= class))
    }
}

/// The frame's event; none where the payload is missing, not the one committed to, or not an event that this program knows.
fn read_event<S: Source>(dat: &mut Window<S>, frame: &Frame) -> Result<Option<Event>, i32> {
    let salted = dat.peek(frame.salted_len())?;
    if salted.len() < frame.salted_len() || commitment(salted) != frame.commit {
        return Ok(None);
    }
    Ok(Event::from_payload(&salted[SALT_LEN..]).ok())
}

fn row(frame: &Frame, event: Option<Event>) -> Row {
    let stamp = &frame.stamp;
    Row { seq: stamp.seq, wall_ns: stamp.wall_ns, boot_ns: stamp.boot_ns, boot_id: stamp.boot_id, event }
}

#[cfg(test)]
mod tests;
