//! Palisade's wire: message types, limits, framing and file-descriptor passing.
//!
//! Two wires: client ↔ supervisor over stream sockets ([`frame`], [`guard`], [`control`]), and supervisor ↔ worker over
//! `SOCK_SEQPACKET` pairs ([`packet`], [`worker`], [`classify`], [`opener`] with [`facts`], [`journal`],
//! [`reader`], [`compile`]). All enums are closed;
//! what does not decode ends the connection or the worker that sent it. Every limit stands in [`limits`].
//!
//! This crate depends on nothing else of Palisade.

pub mod bounded;
pub mod call;
pub mod classify;
pub mod codec;
pub mod compile;
pub mod control;
pub mod event;
pub mod facts;
pub mod frame;
pub mod guard;
pub mod hello;
pub mod journal;
pub mod layout;
pub mod limits;
#[cfg(feature = "hostile")]
pub mod misbehave;
pub mod opener;
pub mod packet;
pub mod reader;
pub mod verdict;
pub mod worker;
