//! What a place turns out to be when it is looked at: links followed, and what lies there.

use super::Machine;
use crate::facts::Seen;
use crate::findings::Finding;
use crate::paths::{Place, Zone};
use palisade_protocol::facts::{Entry, EntryKind};
use palisade_protocol::verdict::Class;

/// What is at a place.
#[derive(Debug, Clone)]
pub(super) enum There {
    /// Nobody looked: only the name speaks.
    ByName,
    /// It matters, and it is not known.
    Unknown,
    /// Nothing.
    Nothing,
    /// This; `mount`: another file system begins here.
    Entry { entry: Entry, mount: bool },
}

/// A place that was looked at.
pub(super) struct Sight {
    /// Where it really lies.
    pub(super) place: Place,
    pub(super) there: There,
}

impl Machine<'_> {
    /// Looks at a place. `follow`: a link's end is what matters, and not the link.
    pub(super) fn look(&mut self, place: &Place, follow: bool) -> Sight {
        let mut place = place.clone();
        if !place.exact || place.named.is_empty() || !worth_looking(place.zone) {
            return Sight { place, there: There::ByName };
        }
        match self.world.path(&place.named) {
            Seen::ByName => Sight { place, there: There::ByName },
            Seen::Unknown => Sight { place, there: There::Unknown },
            Seen::Absent(real) => {
                if let Some(real) = real {
                    self.relocate(&mut place, real);
                }
                Sight { place, there: There::Nothing }
            }
            Seen::Is(found) => {
                let (real, entry) = match found.target {
                    Some(target) if follow => (target.real, target.entry),
                    // It leads nowhere yet: what is written through it appears where nobody has looked.
                    None if follow && found.entry.kind == EntryKind::Link => {
                        place.zone = Zone::Unknown;
                        return Sight { place, there: There::Unknown };
                    }
                    _ => (found.real, found.entry),
                };
                match String::from_utf8(real.into_vec()) {
                    Ok(real) => self.relocate(&mut place, real),
                    Err(_) => return Sight { place, there: There::Unknown },
                }
                Sight { place, there: There::Entry { entry, mount: found.mount } }
            }
        }
    }

    /// A link leads elsewhere: then what lies there counts, if that is worse; what the name says is never forgotten.
    fn relocate(&mut self, place: &mut Place, real: String) {
        if real == place.path {
            return;
        }
        let zone = self.map.zone(&real);
        // A link from one place of the project to another is where it leads; out of anything that is guarded there is no way.
        if zone > place.zone || (place.zone <= Zone::Workspace && zone <= Zone::Workspace) {
            place.zone = zone;
            place.path = real;
        }
    }

    /// What is not known of a place is said once, where it could make the answer worse.
    pub(super) fn unobserved(&mut self, place: &Place) {
        let says = format!("touches {}, and what lies there could not be looked at", place.path);
        self.find(Finding::new(Class::Ambiguous, "facts.absent", says).to(place.path.clone(), true));
    }
}

/// Places whose names do not already say the worst.
fn worth_looking(zone: Zone) -> bool {
    matches!(zone, Zone::Temp | Zone::Workspace | Zone::Hook | Zone::Home | Zone::Elsewhere | Zone::WorkspaceRoot)
}
