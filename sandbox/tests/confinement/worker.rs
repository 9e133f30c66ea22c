//! The worker's side.

use crate::rig::{Answer, Ask};
use palisade_protocol::packet::Packet;
use palisade_protocol::worker::Kind;
use palisade_sandbox::{Confined, ExitOnOom, enter, read_all, serve};
use std::collections::HashMap;
use std::fs::File;
use std::hint::black_box;
use std::io::Write;
use std::os::fd::OwnedFd;

#[global_allocator]
static HEAP: ExitOnOom = ExitOnOom;

pub fn main(kind: Kind) {
    let mut confined: Confined = enter(kind);
    let mut granted = [confined.take(4), confined.take(5)];
    if kind == Kind::Reader {
        return serve_with_descriptors(confined, granted);
    }
    serve(confined, move |request: Packet<Ask>| vec![answer(request.body, &mut granted)])
}

/// A reader has `recvmsg(2)` instead of `recvfrom(2)`.
fn serve_with_descriptors(mut confined: Confined, mut granted: [Option<OwnedFd>; 2]) {
    use palisade_protocol::packet::{Buffer, Wait};
    let channel = confined.channel::<Answer, Ask>();
    let mut buffer = Buffer::default();
    loop {
        match channel.receive_with(&mut buffer, Wait::Block) {
            Ok((Packet { id, body }, _)) => {
                let body = answer(body, &mut granted);
                if channel.send(&Packet { id, body }, Wait::Block).is_err() {
                    palisade_sandbox::end(76);
                }
            }
            // An ordinary end, with everything that it drops.
            Err(_) => return,
        }
    }
}

fn answer(ask: Ask, granted: &mut [Option<OwnedFd>; 2]) -> Answer {
    match ask {
        Ask::Echo(number) => return Answer::Echo(number),
        Ask::Work => work(),
        Ask::ReadGrant => {
            let fd = granted[1].take().expect("granted");
            return Answer::Bytes(read_all(fd, 4096).expect("reads"));
        }
        Ask::Append => append(granted),
        Ask::Panic => panic!("the user's secret"),
        Ask::Abort => std::process::abort(),
        Ask::Overflow => {
            black_box(overflow(1));
        }
        Ask::Exhaust => {
            let mut all: Vec<Vec<u8>> = Vec::new();
            loop {
                all.push(black_box(vec![1; 1 << 20]));
            }
        }
        Ask::Breach => {
            black_box(nix::unistd::getuid());
        }
        Ask::Open => {
            let _ = black_box(File::open("/dev/null"));
        }
    }
    Answer::Done
}

fn work() {
    let mut table = HashMap::new();
    for number in 0..10_000_u32 {
        table.insert(number.to_string(), vec![0_u8; number as usize % 500]);
    }
    let mut growing = Vec::new();
    for step in 0..4_000_000_u32 {
        growing.push(step);
    }
    growing.truncate(10);
    growing.shrink_to_fit();
    let large: Vec<Vec<u8>> = (1..40).map(|step| vec![1; step * 100_000]).collect();
    drop(black_box((table, growing, large)));
}

fn append(granted: &mut [Option<OwnedFd>; 2]) {
    for place in granted {
        if let Some(fd) = place.take() {
            let mut file = File::from(fd);
            file.write_all(b"record").expect("appends");
            file.sync_data().expect("is durable");
            *place = Some(file.into());
        }
    }
}

fn overflow(depth: u64) -> u64 {
    let frame = black_box([depth; 64]);
    if frame[0] == 0 { 0 } else { overflow(depth + 1) + frame[1] }
}
