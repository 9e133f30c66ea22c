//! Inputs that overflowed a peer's stack or took it exponential time. Named after what they once broke.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use palisade_protocol::limits::CLIENT_DEADLINE;
use palisade_protocol::verdict::Decision;
use palisade_tests::client::is_late;
use palisade_tests::{Client, Instance};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// The whole answer, the one retry on a fresh worker included.
const AT_MOST: Duration = Duration::from_millis(100);

#[test]
fn a_peers_stack_overflows_and_exponential_parses_end_in_caution_while_others_are_served() {
    let instance = Instance::start();
    let socket = instance.layout().guard_socket();
    let inputs: [(&str, String); 8] = [
        ("negations in a test", format!("[[ {}", "! ".repeat(5100))),
        ("nested coprocesses", "coproc ".repeat(3900)),
        ("old arithmetic", "$[".repeat(8100)),
        ("subscripts", "a[".repeat(18_000)),
        ("nested subshells", "( ".repeat(26)),
        ("nested cases", "case x in x) ".repeat(22)),
        ("many nested subshells", "( ".repeat(30_000)),
        ("many nested cases", "case x in x) ".repeat(5000)),
    ];
    let (done, cwd) = (AtomicBool::new(false), instance.workspace.to_string_lossy().into_owned());
    std::thread::scope(|scope| {
        let bystander = scope.spawn(|| {
            let mut client = Client::connect(&socket);
            let (mut took, mut late) = (Vec::new(), 0);
            while !done.load(Ordering::Relaxed) {
                let began = Instant::now();
                let mut answer = client.judge(b"ls -la", &cwd).expect("answered");
                if is_late(&answer) {
                    late += 1;
                    answer = client.judge(b"ls -la", &cwd).expect("answered");
                }
                assert_eq!(answer.decision, Decision::Allow, "{answer:?}");
                took.push(began.elapsed());
            }
            took.sort_unstable();
            (took, late)
        });
        let mut findings = Vec::new();
        for (what, input) in &inputs {
            let mut client = Client::connect(&socket);
            let mut best = Duration::MAX;
            for _ in 0..20 {
                let began = Instant::now();
                let answer = client.judge(input.as_bytes(), &cwd).expect("answered");
                best = best.min(began.elapsed());
                if answer.decision == Decision::Allow {
                    findings.push(format!("{what} was allowed"));
                }
                // A busy machine is late more often than not, an expensive input is late every time.
                if best <= AT_MOST {
                    break;
                }
            }
            if best > AT_MOST {
                findings.push(format!("{what} took {best:?}"));
            }
        }
        done.store(true, Ordering::Relaxed);
        let (took, late) = bystander.join().expect("the bystander was served");
        assert!(findings.is_empty(), "{findings:?}");
        assert!(late <= 3, "{late} of {} answers came too late", took.len());
        assert!(took[took.len() / 2] < CLIENT_DEADLINE, "{took:?}");
    });
    assert_eq!(instance.workers("classifier").len(), 1);
}
