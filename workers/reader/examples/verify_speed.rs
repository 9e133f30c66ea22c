//! Writes a journal of events of about 500 bytes to a scratch directory, then measures verify, scan and find over it, and the
//! memory they took: `cargo run --release -p palisade-reader --example verify_speed [EVENTS]`.

use palisade_protocol::bounded::Text;
use palisade_protocol::event::{Event, Previous, SCHEMA, What};
use palisade_protocol::reader::Query;
use palisade_reader::find::Find;
use palisade_reader::scan::Scan;
use palisade_reader::verify::Verify;
use palisade_segment::directory::Name;
use palisade_segment::frame::{Frame, Stamp};
use palisade_segment::genesis::{Genesis, chain, compose};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Instant;

/// Records in a segment: about 64 MiB of frames.
const SEGMENT: u64 = 560_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let events: u64 = std::env::args().nth(1).map_or(Ok(1_000_000), |count| count.parse())?;
    let dir = std::env::temp_dir().join(format!("palisade-verify-speed-{}", std::process::id()));
    std::fs::create_dir(&dir)?;
    let result = measure(&dir, events);
    std::fs::remove_dir_all(&dir)?;
    result
}

fn measure(dir: &Path, events: u64) -> Result<(), Box<dyn std::error::Error>> {
    let genesis = Genesis { origin: "bench".to_owned(), epoch_key_0: [1; 32], created_ns: 0, boot_id: [0; 16] };
    let note = compose(&genesis)?.into_bytes();
    let (names, bytes) = write(dir, chain(&genesis), events)?;
    let open =
        |name: &Name| Ok::<_, std::io::Error>([File::open(dir.join(name.log()))?, File::open(dir.join(name.dat()))?]);
    println!("{events} events, {} segments, {} MiB", names.len(), bytes >> 20);
    for round in 1..=3 {
        let began = Instant::now();
        let mut verify = Verify::new(&note, None);
        for name in &names {
            let [log, dat] = open(name)?;
            verify.segment(&name.to_string(), log, dat);
        }
        let report = verify.finish();
        said(&format!("verify, round {round}"), events, bytes, began);
        println!("    {}: {}", report.outcome.word(), report.finding);
    }
    let began = Instant::now();
    let mut scan = Scan::new(&note, None)?;
    for name in &names {
        let [log, dat] = open(name)?;
        scan.segment(&name.to_string(), log, dat).map_err(std::io::Error::from_raw_os_error)?;
    }
    println!("    ends before record {}", scan.finish().next_seq);
    said("scan", events, bytes, began);
    for (what, query) in [
        ("find, everything filtered by frame", Query { after_seq: Some(events), ..Query::default() }),
        ("find, every event decoded, newest 100", Query { limit: 100, ..Query::default() }),
    ] {
        let (began, mut rows) = (Instant::now(), 0);
        let mut find = Find::new(query, None);
        for name in &names {
            let [log, dat] = open(name)?;
            find.segment(log, dat, &mut |_| rows += 1).map_err(std::io::Error::from_raw_os_error)?;
        }
        find.finish(&mut |_| rows += 1);
        said(what, events, bytes, began);
    }
    let status = std::fs::read_to_string("/proc/self/status")?;
    println!("{}", status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("VmHWM unknown"));
    Ok(())
}

fn said(what: &str, events: u64, bytes: u64, began: Instant) {
    let seconds = began.elapsed().as_secs_f64();
    println!(
        "{what}: {seconds:.3} s, {:.2} M events/s, {:.2} GiB/s",
        events as f64 / seconds / 1e6,
        bytes as f64 / seconds / (1u64 << 30) as f64
    );
}

fn write(dir: &Path, mut before: [u8; 32], events: u64) -> Result<(Vec<Name>, u64), Box<dyn std::error::Error>> {
    let payload = |what| Event { v: SCHEMA, peer: None, what }.to_payload();
    let missing = Text::cut(&"a command of ordinary length ".repeat(15));
    let ordinary = payload(What::Gap { since_ns: Some(1), missing, count: Some(1) })?;
    let (mut names, mut bytes, mut previous) = (Vec::new(), 0, None);
    let mut seq = 0;
    while seq < events {
        let name = Name { first_seq: seq, again: 0 };
        let mut log = BufWriter::new(File::create(dir.join(name.log()))?);
        let mut dat = BufWriter::new(File::create(dir.join(name.dat()))?);
        let opening =
            payload(What::Segment { previous: previous.take(), because: Text::cut("size"), append_only: false })?;
        let (mut log_length, mut payload_length) = (0, 0);
        for at in 0..SEGMENT.min(events - seq) {
            let (kind, payload) = if at == 0 { (1, &opening) } else { (4, &ordinary) };
            let salted = [&[seq as u8; 32][..], payload].concat();
            let stamp = Stamp { kind, flags: 0, seq, wall_ns: seq, boot_ns: seq, boot_id: [1; 16] };
            let frame = Frame::following(&before, stamp, &salted);
            before = frame.chain;
            log.write_all(&frame.encode())?;
            dat.write_all(&salted)?;
            log_length += frame.encode().len() as u64;
            payload_length += salted.len() as u64;
            seq += 1;
        }
        log.flush()?;
        dat.flush()?;
        bytes += log_length + payload_length;
        let name_text = Text::cut(&name.to_string());
        previous = Some(Previous { name: name_text, log_length, payload_length, torn: 0, torn_sha256: [0; 32] });
        names.push(name);
    }
    Ok((names, bytes))
}
