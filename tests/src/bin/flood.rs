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
        // Several at once, so that they are held at once.
        "bodies" => at_once(100, socket, bodies),
        "proposals" => at_once(16, socket, proposals),
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

fn at_once(count: usize, socket: &str, flood: fn(&Path) -> !) {
    let threads: Vec<_> = (0..count)
        .map(|_| {
            let socket = socket.to_owned();
            std::thread::spawn(move || flood(Path::new(&socket)))
        })
        .collect();
    threads.into_iter().for_each(|thread| drop(thread.join()));
}

/// As many calls as the socket takes, on as many connections as may be, and none of the answers read.
fn proposals(socket: &Path) -> ! {
    let (body, _) = Body::split(b"rm -rf /");
    let proposal = frame::encode(&ToGuard::Propose { call: Box::new(shell_call("/")), body }).unwrap();
    let proposals = proposal.repeat(300);
    let hello = frame::encode(&ToGuard::Hello(Hello::ours())).unwrap();
    let mut held = VecDeque::new();
    loop {
        if let Ok(mut client) = Client::silent(socket)
            && client.stream.set_nonblocking(true).is_ok()
        {
            let _ = client.raw(&hello).and_then(|()| client.raw(&proposals));
            held.push_back(client);
        }
        if held.len() > 20 {
            held.pop_front();
        }
    }
}

fn bodies(socket: &Path) -> ! {
    let large = vec![b'x'; BODY_MAX];
    loop {
        let Ok(mut client) = Client::silent(socket) else { continue };
        let (body, chunks) = Body::split(&large);
        let mut frames =
            vec![ToGuard::Hello(Hello::ours()), ToGuard::Propose { call: Box::new(shell_call("/")), body }];
        frames.extend(chunks.into_iter().map(ToGuard::Chunk));
        // All but the last chunk: it is held for as long as the supervisor waits for the rest.
        frames.pop();
        let sent = frames.iter().try_for_each(|message| client.raw(&frame::encode(message).unwrap()));
        if sent.is_ok() {
            while client.read().is_ok() {}
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}
