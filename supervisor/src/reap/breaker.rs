//! When a worker may be started again: back-off, breaker, quarantine. One for each (kind, uid), so that one user's crashes
//! never take a verdict from another.

use super::Class;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Abnormal ends within [`WINDOW`] that open the breaker.
const LIMIT: usize = 5;
const WINDOW: Duration = Duration::from_secs(60);

/// How long an open breaker starts nothing; then one probe may try.
const OPEN: Duration = Duration::from_secs(60);

/// Failed probes after which only a restart of the supervisor helps.
const PROBES: u32 = 3;

/// The first wait, doubled with each further crash up to [`LONGEST`]. The first crash waits for nothing: a retry follows at once.
const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(30);

/// Whether a worker may be started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Yes.
    Clear,
    /// Not before this moment.
    BackingOff(Instant),
    /// The breaker is open for a while; then one probe.
    Open,
    /// Too many probes failed.
    Failed,
    /// Two breaches: the executable does what it must not.
    Quarantined,
}

impl Standing {
    /// The word in `status`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Clear => "clear",
            Self::BackingOff(_) => "backing off",
            Self::Open => "open",
            Self::Failed => "failed",
            Self::Quarantined => "quarantined",
        }
    }
}

/// The memory of how a worker's predecessors ended.
#[derive(Debug, Default)]
pub struct Breaker {
    recent: VecDeque<Instant>,
    not_before: Option<Instant>,
    open_until: Option<Instant>,
    failed_probes: u32,
    breaches: u32,
}

impl Breaker {
    /// Whether a worker may be started at `now`.
    pub fn standing(&self, now: Instant) -> Standing {
        if self.breaches >= 2 {
            return Standing::Quarantined;
        }
        if self.failed_probes >= PROBES {
            return Standing::Failed;
        }
        if self.open_until.is_some_and(|until| now < until) {
            return Standing::Open;
        }
        match self.not_before {
            Some(until) if now < until => Standing::BackingOff(until),
            _ => Standing::Clear,
        }
    }

    /// A worker ended at `now`; nothing follows from one that ended in order.
    pub fn buried(&mut self, now: Instant, class: &Class) {
        match class {
            Class::Stopped => return,
            Class::Breach => self.breaches += 1,
            _ => {}
        }
        if self.open_until.is_some() {
            // The probe failed: stay open for another while. What a slow disk, a lack of memory or a killer does to workers gets
            // better by itself, so only a worker's own defects end in `Failed`.
            self.failed_probes += u32::from(!matches!(class, Class::Hung | Class::Killed));
            self.open_until = Some(now + OPEN);
            return;
        }
        self.recent.push_back(now);
        while self.recent.front().is_some_and(|at| now.duration_since(*at) >= WINDOW) {
            self.recent.pop_front();
        }
        if self.recent.len() >= LIMIT {
            self.open_until = Some(now + OPEN);
            self.recent.clear();
        } else if let Some(doublings) = self.recent.len().checked_sub(2) {
            let wait = FIRST.saturating_mul(1 << doublings.min(16)).min(LONGEST);
            self.not_before = Some(now + wait.mul_f64(jitter()));
        }
    }

    /// A worker has answered. Closes a breaker that let it try.
    pub fn answered(&mut self, now: Instant) {
        if self.open_until.is_some_and(|until| now >= until) {
            self.open_until = None;
            self.failed_probes = 0;
        }
    }

    /// Whether there is nothing to remember.
    pub fn is_fresh(&self, now: Instant) -> bool {
        self.breaches == 0
            && self.open_until.is_none()
            && self.recent.iter().all(|at| now.duration_since(*at) >= WINDOW)
    }
}

/// 0.8 to 1.2, so that workers that died together do not start together.
fn jitter() -> f64 {
    let random = getrandom::u32().unwrap_or_default();
    0.8 + 0.4 * f64::from(random) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_crash_restarts_at_once_and_the_second_waits() {
        let (mut breaker, start) = (Breaker::default(), Instant::now());
        breaker.buried(start, &Class::Panic);
        assert_eq!(breaker.standing(start), Standing::Clear);
        breaker.buried(start, &Class::Panic);
        assert!(matches!(breaker.standing(start), Standing::BackingOff(_)));
        assert_eq!(breaker.standing(start + Duration::from_millis(200)), Standing::Clear);
    }

    #[test]
    fn five_crashes_in_a_minute_open_the_breaker_and_a_good_probe_closes_it() {
        let (mut breaker, start) = (Breaker::default(), Instant::now());
        for _ in 0..LIMIT {
            breaker.buried(start, &Class::Panic);
        }
        assert!(matches!(breaker.standing(start + Duration::from_secs(59)), Standing::Open));
        let later = start + OPEN;
        assert_eq!(breaker.standing(later), Standing::Clear);
        breaker.answered(later);
        assert_eq!(breaker.standing(later), Standing::Clear);
        assert!(breaker.is_fresh(later));
    }

    #[test]
    fn three_failed_probes_end_in_failed_and_two_breaches_in_quarantine() {
        let (mut breaker, mut now) = (Breaker::default(), Instant::now());
        for _ in 0..LIMIT {
            breaker.buried(now, &Class::Panic);
        }
        for _ in 0..PROBES {
            now += OPEN;
            breaker.buried(now, &Class::Panic);
        }
        assert_eq!(breaker.standing(now + OPEN), Standing::Failed);
        let mut breached = Breaker::default();
        breached.buried(now, &Class::Breach);
        assert_eq!(breached.standing(now), Standing::Clear);
        breached.buried(now, &Class::Breach);
        assert_eq!(breached.standing(now), Standing::Quarantined);
    }

    #[test]
    fn a_machine_that_is_slow_for_long_is_tried_again_and_again() {
        let (mut breaker, mut now) = (Breaker::default(), Instant::now());
        for _ in 0..LIMIT {
            breaker.buried(now, &Class::Killed);
        }
        for round in 0..10 * PROBES {
            assert_eq!(breaker.standing(now), Standing::Open);
            now += OPEN;
            assert_eq!(breaker.standing(now), Standing::Clear);
            breaker.buried(now, if round % 2 == 0 { &Class::Hung } else { &Class::Killed });
        }
    }

    #[test]
    fn old_crashes_are_forgotten() {
        let (mut breaker, start) = (Breaker::default(), Instant::now());
        for minute in 0..10 {
            breaker.buried(start + WINDOW * minute, &Class::Panic);
        }
        assert_eq!(breaker.standing(start + WINDOW * 9), Standing::Clear);
    }
}
