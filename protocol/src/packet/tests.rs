//! Channels of packets, over real socket pairs.

use super::*;
use nix::sys::socket::{AddressFamily, SockFlag, SockType, socketpair};

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Message {
    Plain(u32),
    Pair,
}

impl CarriesFds for Message {
    fn fds(&self) -> usize {
        match self {
            Self::Plain(_) => 0,
            Self::Pair => 2,
        }
    }
}

type End = Channel<Message, Message>;

fn pair() -> (End, End) {
    let (a, b) =
        socketpair(AddressFamily::Unix, SockType::SeqPacket, None, SockFlag::SOCK_CLOEXEC).expect("socketpair");
    (Channel::new(a), Channel::new(b))
}

fn raw(to: &End, bytes: &[u8], fds: &[BorrowedFd<'_>]) {
    send_bytes(to.as_fd(), bytes, fds, Wait::Block).expect("sends");
}

#[test]
fn a_message_arrives_with_exactly_its_descriptors() {
    let (a, b) = pair();
    let packet = Packet { id: 1, body: Message::Pair };
    a.send_with(&packet, &[a.as_fd(), b.as_fd()], Wait::Block).expect("sends");
    let (got, fds) = b.receive_with(&mut Buffer::default(), Wait::No).expect("receives");
    assert_eq!((got, fds.len()), (packet, 2));
}

#[test]
fn one_descriptor_more_or_less_than_the_message_says_is_refused() {
    let (a, b) = pair();
    let fd = a.as_fd();
    let plain = codec::encode(&Packet { id: 1, body: Message::Plain(7) }).expect("encodes");
    let two = codec::encode(&Packet { id: 1, body: Message::Pair }).expect("encodes");
    for (bytes, fds) in [(&plain, vec![fd]), (&two, vec![fd]), (&two, vec![fd, fd, fd]), (&two, vec![])] {
        raw(&a, bytes, &fds);
        let got = b.receive_with(&mut Buffer::default(), Wait::No);
        assert!(matches!(got, Err(PacketError::Descriptors { .. } | PacketError::TooLong)), "{got:?}");
    }
}

#[test]
fn descriptors_sent_to_a_plain_receiver_are_dropped_by_the_kernel() {
    let (a, b) = pair();
    let (theirs, watched) = pair();
    let plain = codec::encode(&Packet { id: 1, body: Message::Plain(7) }).expect("encodes");
    raw(&a, &plain, &[theirs.as_fd()]);
    drop(theirs);
    assert!(b.receive(&mut Buffer::default(), Wait::No).is_ok());
    // Had the descriptor been installed, the pair's other end would still be open and this would wait.
    assert!(matches!(watched.receive(&mut Buffer::default(), Wait::No), Err(PacketError::Closed)));
}

#[test]
fn a_strict_receiver_tells_descriptors_and_empty_packets_from_messages_and_from_the_end() {
    let (a, b) = pair();
    let mut buffer = Buffer::default();
    let mut receive = || receive_strictly(b.as_fd(), &mut buffer, Wait::No).map(<[u8]>::to_vec);
    raw(&a, b"plain", &[]);
    assert!(matches!(receive(), Ok(bytes) if bytes == b"plain"));
    raw(&a, b"with one", &[a.as_fd()]);
    assert!(matches!(receive(), Err(PacketError::Smuggled)));
    send(a.as_fd().as_raw_fd(), &[], MsgFlags::empty()).expect("the kernel takes it");
    assert!(matches!(receive(), Err(PacketError::Empty)));
    send(a.as_fd().as_raw_fd(), &vec![0; PACKET_MAX + 9], MsgFlags::empty()).expect("the kernel takes it");
    assert!(matches!(receive(), Err(PacketError::TooLong)));
    assert!(matches!(receive(), Err(PacketError::WouldBlock)));
    drop(a);
    assert!(matches!(receive(), Err(PacketError::Closed)));
}

#[test]
fn an_oversize_packet_is_refused_whole() {
    let (a, b) = pair();
    assert!(matches!(send_bytes(a.as_fd(), &vec![0; PACKET_MAX + 1], &[], Wait::Block), Err(PacketError::TooLong)));
    send(a.as_fd().as_raw_fd(), &vec![0; PACKET_MAX + 1], MsgFlags::empty()).expect("the kernel takes it");
    assert!(matches!(b.receive(&mut Buffer::default(), Wait::No), Err(PacketError::TooLong)));
    send(a.as_fd().as_raw_fd(), &vec![0; PACKET_MAX + 9], MsgFlags::empty()).expect("the kernel takes it");
    assert!(matches!(b.receive_with(&mut Buffer::default(), Wait::No), Err(PacketError::TooLong)));
}

#[test]
fn what_a_peer_sent_before_it_went_with_our_packets_unread_is_still_received() {
    let (a, b) = pair();
    let packet = Packet { id: 1, body: Message::Plain(7) };
    a.send(&packet, Wait::No).expect("sends");
    b.send(&packet, Wait::No).expect("sends");
    drop(a);
    assert_eq!(b.receive(&mut Buffer::default(), Wait::No).expect("receives"), packet);
    assert!(matches!(b.receive(&mut Buffer::default(), Wait::No), Err(PacketError::Closed)));
}

#[test]
fn a_closed_peer_is_told_apart_from_an_idle_one() {
    let (a, b) = pair();
    assert!(matches!(b.receive(&mut Buffer::default(), Wait::No), Err(PacketError::WouldBlock)));
    drop(a);
    assert!(matches!(b.receive(&mut Buffer::default(), Wait::No), Err(PacketError::Closed)));
}
