//! Routing: an authenticated request goes to the workers that may serve it, and what comes back becomes one answer.

pub mod judge;
pub mod pool;
