//! What uses up the host: processes without a bound, files without an end, programs that keep what never ends.

use crate::common::{all_are, silent};
use palisade_protocol::verdict::Class;

#[test]
fn processes_that_nothing_bounds_bring_the_host_down() {
    all_are(
        Class::Catastrophic,
        &[
            "yes | xargs -P 0 -n 1 sh -c 'sleep 1d'",
            "seq 100000000 | xargs -P0 -n1 sleep",
            "while true; do sleep 1000 & done",
            "for i in {1..1000000}; do sleep 9999 & done",
            "for i in $(seq 1 1000000); do sleep 9999 & done",
            "for i in $(seq 100); do sha512sum /dev/zero & done",
        ],
    );
    silent(&[
        "seq 100 | xargs -P4 -n1 echo",
        "for f in a b c; do gzip -k $f & done; wait",
        "yes | head -n 3 | xargs -P0 -n1 echo",
    ]);
}

#[test]
fn a_file_without_an_end_fills_the_disk() {
    all_are(
        Class::Catastrophic,
        &[
            "dd if=/dev/zero of=/var/tmp/fill bs=1M",
            "dd if=/dev/zero of=/tmp/fill bs=1G count=900",
            "cat /dev/zero > /tmp/fill",
            "nice cat /dev/urandom > /tmp/fill",
            "yes > /tmp/fill",
            "head -c 900G /dev/zero > /tmp/x",
            "fallocate -l \"$(df --output=avail -B1 / | tail -n1)\" /var/tmp/fill",
        ],
    );
    silent(&[
        "dd if=/dev/zero of=/tmp/a bs=1M count=10",
        "head -c 1M /dev/urandom > tmp/x",
        "head -c 16 /dev/urandom | xxd -p",
    ]);
}

#[test]
fn what_never_ends_is_kept_by_nobody() {
    all_are(
        Class::Destructive,
        &[
            "tail /dev/zero",
            "sort /dev/zero",
            "tac < /dev/urandom",
            "yes | sort",
            "cat /dev/zero | tail",
            "x=$(cat /dev/zero)",
        ],
    );
    silent(&[
        "tr -dc a-z < /dev/urandom | head -c 20",
        "grep -ao '[a-z]' /dev/urandom | head -c 20",
        "yes | head -n 3 | sort",
    ]);
}
