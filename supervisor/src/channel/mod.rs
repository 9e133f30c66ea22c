//! The supervisor's end of a worker's channel: what may come back over it, and the live worker behind it.

pub mod link;
pub mod permits;
