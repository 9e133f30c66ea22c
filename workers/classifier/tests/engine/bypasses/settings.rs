//! What a shell keeps for itself: what another process does to it is forgotten, what may have run leaves both.

use super::caught;
use crate::common::{noticed, silent};

#[test]
fn an_alias_that_may_be_gone_still_stands() {
    caught(&[
        "alias x='rm -rf /etc'; false && unalias x; x",
        "alias x='rm -rf /etc'; (unalias x); x",
        "alias x='rm -rf /etc'; unalias x | cat; x",
        "alias x='rm -rf /etc'; $(unalias x); x",
        "alias x='rm -rf /etc'; if test -e a; then alias x=ls; fi; x",
        "alias x=ls; test -e a && alias x='rm -rf /etc'; x",
        "alias x='rm -rf /etc'; f() { unalias x; }; test -e a && f; x",
    ]);
    silent(&["alias ll='ls -l'; unalias ll; ls", "(alias ls='rm -rf /etc'); ls"]);
}

#[test]
fn a_trap_runs_where_its_process_ends() {
    caught(&[
        "(trap 'rm -rf /etc' EXIT)",
        "(trap 'rm -rf /etc' EXIT; ls); ls",
        "(cd /etc; trap 'rm -rf .' EXIT)",
        "echo $(trap 'rm -rf /etc' EXIT)",
        "test -e a && trap 'rm -rf /etc' EXIT",
        "trap 'rm -rf /etc' EXIT; (trap 'ls' EXIT)",
    ]);
    silent(&["(trap 'ls' EXIT); ls"]);
}

#[test]
fn a_descriptor_of_another_process_is_not_this_ones() {
    caught(&["exec 3<<< 'rm -rf /etc'; (exec 3<<< ls); sh <&3", "exec 3<<< 'rm -rf /etc'; sh <&3"]);
    noticed(&["exec 3<<< ls; test -e a && exec 3<<< 'rm -rf /etc'; sh <&3"]);
}
