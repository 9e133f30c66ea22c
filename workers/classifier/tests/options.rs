//! Options that turn a program that only reads into one that writes, deletes or runs something. Each row was once silent.

#![allow(clippy::unwrap_used)]

mod common;

use common::{noticed, silent};

#[test]
fn help_excuses_nothing_that_is_also_done() {
    noticed(&[
        "truncate -s 0 -- /etc/passwd --help",
        "tee -- /etc/passwd --help",
        "rm -rf -- /etc --help",
        "mv -- a /etc/passwd --help",
        "shred -- a --help",
        "lvremove -- vg/data --help",
        "systemctl stop -- nginx --help",
        "kill -9 -- 1 --help",
        "kubectl delete ns prod -- --help",
        "docker run --privileged -v /:/host alpine rm -rf /host -- --help",
        "docker run alpine sh -c 'rm -rf x' --help",
        "npx some-package --help",
        "shutdown -h",
        "halt -h",
        "rm help",
        "rm version",
        "tee ~/.bashrc --help",
        "git commit -m --help --no-verify",
    ]);
    silent(&[
        "rm --help",
        "git commit --help",
        "kubectl delete --help",
        "docker --version",
        "docker run --help",
        "npx --help",
    ]);
}
