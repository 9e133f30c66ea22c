//! The journal's format on disk, pure: nothing in here opens, reads or writes a file by itself, but for `files`, `store` and
//! `spool`, which no worker builds.
//!
//! A journal is a [`genesis`] note and segments in [`directory`] order. A segment is a pair of files: fixed-size [`frame`]s,
//! each chained to the one before it, and their payloads behind salts. [`walk`] reads a pair back and trusts none of it.
//! `docs/formats.md` is the same in prose.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod directory;
#[cfg(feature = "files")]
pub mod files;
pub mod frame;
pub mod genesis;
pub mod hash;
#[cfg(feature = "lanes")]
mod lanes;
#[cfg(feature = "files")]
pub mod spool;
#[cfg(feature = "files")]
mod store;
pub mod walk;
pub mod window;
