//! The whole worker but its confinement: a real channel, real files, a real full disk.

use nix::sys::socket::{AddressFamily, SockFlag, SockType, socketpair};
use palisade_journal::journal::Journal;
use palisade_journal::serve::{End, serve};
use palisade_protocol::bounded::Blob;
use palisade_protocol::journal::{Append, Failure, Mark, Reply, Request};
use palisade_protocol::packet::{Buffer, Channel, Packet, Wait};
use palisade_segment::walk::{Position, Walk};
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

const CHAIN: [u8; 32] = [9; 32];

struct Worker {
    channel: Channel<Request, Reply>,
    buffer: Buffer,
    thread: JoinHandle<End>,
}

fn append_only(path: PathBuf) -> File {
    OpenOptions::new().create_new(true).append(true).open(path).expect("a new file")
}

impl Worker {
    fn start(dir: &Path) -> Self {
        let (ours, theirs) =
            socketpair(AddressFamily::Unix, SockType::SeqPacket, None, SockFlag::SOCK_CLOEXEC).expect("a pair");
        let journal = Journal::new(append_only(dir.join("log")), append_only(dir.join("dat")));
        let thread = std::thread::spawn(move || serve(&Channel::new(theirs), journal));
        Self { channel: Channel::new(ours), buffer: Buffer::default(), thread }
    }

    fn ask(&self, id: u64, body: Request) {
        self.channel.send(&Packet { id, body }, Wait::Block).expect("sends");
    }

    fn answer(&mut self) -> (u64, Reply) {
        let Packet { id, body } = self.channel.receive(&mut self.buffer, Wait::Block).expect("an answer");
        (id, body)
    }

    fn begin(&mut self) {
        self.ask(0, Request::Begin { seq: 0, chain: CHAIN, boot_id: [1; 16] });
        assert_eq!(self.answer(), (0, Reply::Begun));
    }

    fn end(self) -> End {
        drop(self.channel);
        self.thread.join().expect("no panic")
    }
}

fn append(payload: &[u8], durable: bool) -> Request {
    let payload = Blob::new(payload).expect("fits");
    Request::Append(Append { kind: 5, flags: 0, wall_ns: 1, boot_ns: 1, payload, durable })
}

fn read_back(dir: &Path) -> (u64, u64) {
    let [log, dat] = ["log", "dat"].map(|name| File::open(dir.join(name)).expect("the file"));
    let mut walk = Walk::new(log, dat, Position::start(0, CHAIN));
    while walk.next().expect("reads").is_some() {}
    let ending = walk.finish().expect("reads");
    (ending.position.next_seq, ending.torn().0)
}

fn scratch(name: &str) -> PathBuf {
    let dir = std::env::temp_dir().join(format!("palisade-journal-{name}-{}", std::process::id()));
    std::fs::create_dir(&dir).expect("a new directory");
    dir
}

#[test]
fn ten_thousand_records_in_flight_are_all_answered_in_order_and_are_in_the_files() {
    let dir = scratch("load");
    let mut worker = Worker::start(&dir);
    worker.begin();
    let (mut asked, mut recorded, mut durable) = (0u64, Vec::<Mark>::new(), 0u64);
    while recorded.len() < 10_000 || durable < 1000 {
        // A supervisor with 64 requests outstanding; one in ten waits for the disk.
        while asked < 10_000 && asked - (recorded.len() as u64) < 64 {
            asked += 1;
            worker.ask(asked, append(&asked.to_le_bytes(), asked % 10 == 0));
        }
        match worker.answer() {
            (id, Reply::Recorded(mark)) => {
                assert_eq!((id, mark.seq), (recorded.len() as u64 + 1, recorded.len() as u64));
                recorded.push(mark);
            }
            (id, Reply::Durable) => {
                durable += 1;
                assert_eq!(id, durable * 10);
                assert!(recorded.len() as u64 >= id, "durable comes after recorded");
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(matches!(worker.end(), End::Closed));
    assert_eq!(read_back(&dir), (10_000, 0));
    std::fs::remove_dir_all(dir).expect("removed");
}

#[test]
fn what_was_asked_before_the_channel_closed_is_written() {
    let dir = scratch("closed");
    let mut worker = Worker::start(&dir);
    worker.begin();
    (1..=20).for_each(|id| worker.ask(id, append(b"last words", false)));
    assert!(matches!(worker.end(), End::Closed));
    assert_eq!(read_back(&dir), (20, 0));
    std::fs::remove_dir_all(dir).expect("removed");
}

#[test]
fn a_request_out_of_order_ends_the_worker() {
    let dir = scratch("order");
    let worker = Worker::start(&dir);
    worker.ask(1, append(b"too early", false));
    let Worker { channel, thread, .. } = worker;
    assert!(matches!(thread.join().expect("no panic"), End::Protocol(_)));
    drop(channel);
    assert_eq!(read_back(&dir), (0, 0));
    std::fs::remove_dir_all(dir).expect("removed");
}

#[test]
fn a_full_disk_keeps_every_record_that_was_acknowledged() {
    use nix::mount::{MsFlags, mount, umount};
    let dir = scratch("full");
    let options = Some("size=256k,mode=0700");
    if let Err(why) = mount(Some("tmpfs"), &dir, Some("tmpfs"), MsFlags::empty(), options) {
        assert_eq!(why, nix::errno::Errno::EPERM);
        let skipped =
            format!("SKIPPED a_full_disk_keeps_every_record_that_was_acknowledged: no tmpfs can be mounted ({why})\n");
        // Past the test runner's capture, which is of the printing macros.
        std::io::Write::write_all(&mut std::io::stderr(), skipped.as_bytes()).expect("said loudly");
        std::fs::remove_dir(dir).expect("removed");
        return;
    }
    let mut worker = Worker::start(&dir);
    worker.begin();
    let (mut recorded, mut durable) = (0, 0);
    let failed = 'full: loop {
        for id in 0..16 {
            worker.ask(id, append(&[b'x'; 700], id == 15));
        }
        let mut answers = 0;
        while answers < 16 {
            match worker.answer() {
                (_, Reply::Recorded(mark)) => {
                    (recorded, answers) = (mark.seq + 1, answers + 1);
                }
                (_, Reply::Durable) => durable = recorded,
                (_, Reply::Failed(why)) => break 'full why,
                other => panic!("{other:?}"),
            }
        }
    };
    assert_eq!(failed, Failure::Full);
    assert!(recorded > 200 && durable > 0, "{recorded} {durable}");
    worker.ask(99, Request::Ping);
    while worker.answer() != (99, Reply::Durable) {}
    worker.ask(100, append(b"", true));
    assert_eq!(worker.answer(), (100, Reply::Failed(Failure::Poisoned)));
    assert!(matches!(worker.end(), End::Closed));
    assert_eq!(read_back(&dir).0, recorded);
    umount(&dir).expect("unmounted");
    std::fs::remove_dir(dir).expect("removed");
}
