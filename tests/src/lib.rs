//! What the end-to-end tests, the demonstration and the benchmark share: real executables, real instances, a raw client.

#![allow(clippy::unwrap_used, clippy::expect_used)]

pub mod built;
pub mod client;
pub mod grow;
pub mod instance;
pub mod other;
pub mod payloads;
pub mod skip;
pub mod system;

pub use built::Built;
pub use client::Client;
pub use instance::Instance;
pub use system::System;
