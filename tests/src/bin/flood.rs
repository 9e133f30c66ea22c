//! A client that takes what it can get: connections that say nothing, frames that never end, bodies that are never complete, calls
//! without end. Runs until it is killed.
//!
//! usage: flood SOCKET idle|slow|bodies|proposals

#![allow(clippy::unwrap_used, clippy::expect_used)]

use palisade_protocol::call::Body;
use palisade_protocol::frame;
use palisade_protocol::guard::ToGuard;
use palisade_protocol::hello::Hello;
use palisade_protocol::limits::BODY_MAX;
use palisade_tests::Client;
use palisade_tests::client::shell_call;
use std::collections::VecDeque;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

/// Connections held at once: more than any uid may have.
const HELD: usize = 600;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [socket, how] = words.as_slice() else { panic!("two arguments") };
    println!("flooding");
    std::io::stdout().flush().unwrap();
    match how.as_str() {
        // Several at once, so that they are held at once. They wait for the supervisor, and leave the processor to it.
        "bodies" => at_once(100, socket, &almost_a_body(), bodies),
        "proposals" => at_once(4, socket, &calls(), proposals),
        how => connections(Path::new(socket), how == "slow"),
    }
}

fn connections(socket: &Path, slow: bool) -> ! {
    let hello = frame::encode(&ToGuard::Hello(Hello::ours())).unwrap();
    let mut held = VecDeque::new();
    loop {
        if let Ok(mut client) = Client::silent(socket) {
            if slow {
                // A hello, and then a large frame of which nothing more comes.
                let _ = client.raw(&hello);
                let _ = client.raw(&[0, 0xf0, 0, 0, 1]);
            }
            held.push_back(client);
        }
        if held.len() > HELD {
            held.pop_front();
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

fn at_once(count: usize, socket: &str, bytes: &[u8], flood: fn(&Path, &[u8]) -> !) {
    std::thread::scope(|scope| {
        for _ in 0..count {
            scope.spawn(|| -> () { flood(Path::new(socket), bytes) });
        }
    });
}

/// A hello and more calls than the socket takes.
fn calls() -> Vec<u8> {
    let (body, _) = Body::split(b"rm -rf /");
    let proposal = frame::encode(&ToGuard::Propose { call: Box::new(shell_call("/")), body }).unwrap();
    let hello = frame::encode(&ToGuard::Hello(Hello::ours())).unwrap();
    [hello, proposal.repeat(300)].concat()
}

/// As many calls as the socket takes, on as many connections as may be, and none of the answers read.
fn proposals(socket: &Path, calls: &[u8]) -> ! {
    let mut held = VecDeque::new();
    loop {
        if let Ok(mut client) = Client::silent(socket)
            && client.stream.set_nonblocking(true).is_ok()
        {
            let _ = client.raw(calls);
            held.push_back(client);
        }
        if held.len() > 20 {
            held.pop_front();
        }
    }
}

/// A hello and a body of the largest size, all but its last chunk: it is held for as long as the supervisor waits for the rest.
fn almost_a_body() -> Vec<u8> {
    let (body, chunks) = Body::split(&vec![b'x'; BODY_MAX]);
    let mut frames = vec![ToGuard::Hello(Hello::ours()), ToGuard::Propose { call: Box::new(shell_call("/")), body }];
    frames.extend(chunks.into_iter().map(ToGuard::Chunk));
    frames.pop();
    frames.iter().flat_map(|message| frame::encode(message).unwrap()).collect()
}

fn bodies(socket: &Path, bytes: &[u8]) -> ! {
    loop {
        let Ok(mut client) = Client::silent(socket) else { continue };
        if client.raw(bytes).is_ok() {
            while client.read().is_ok() {}
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}
