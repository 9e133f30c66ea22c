//! What code does that does not run, or runs in another process, holds for nothing that follows. Most of these rows once were
//! judged safe; the others stand beside them so that they stay what they are.

use crate::common::{noticed, shell, silent};
use palisade_protocol::verdict::Class;

/// Each row stands between `x=sh` and a use of it, and leaves it alone.
fn leaves_alone(rows: &[&str]) {
    let rows: Vec<String> = rows.iter().map(|row| format!("x=sh; {row}; $x -c 'a=rm; $a -rf ~'")).collect();
    noticed(&rows.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn other_processes_change_nothing_here() {
    leaves_alone(&[
        "x=ls & wait",
        "{ x=ls; } & wait",
        "true && x=ls & wait",
        "coproc { x=ls; }; wait",
        "sh -c 'x=ls'",
        "bash -c 'x=ls; export x'",
        "echo ls | xargs -I{} sh -c 'x={}'",
        "echo 'x=ls' | sh",
        "env x=ls true",
        "A=1 sh -c 'x=ls'",
    ]);
    noticed(&[
        "f(){ x=rm; $x -rf ~; }; (f(){ ls; }); f",
        "f(){ x=rm; $x -rf ~; }; f(){ ls; } & f",
        "f(){ x=rm; $x -rf ~; }; echo | f(){ ls; }; f",
        "f(){ x=rm; $x -rf ~; }; sh -c 'f(){ ls; }'; f",
        "f(){ x=rm; $x -rf ~; }; : $(f(){ ls; }); f",
        "(git(){ :; }); git reset --hard",
        "git(){ :; } & git reset --hard",
        "cd /tmp/x & rm -rf *",
        "sudo cd /tmp/x; rm -rf *",
        "echo /tmp/x | xargs cd; rm -rf *",
        "set -- sh; sh -c 'set -- ls'; $1 -c 'rm -rf ~'",
        "y=ls; f(){ y=sh; }; A=1 f; $y -c 'rm -rf ~'",
        "x=ls; x=sh : ; $x -c 'rm -rf ~'",
        "x=ls; echo sh | read x; $x -c 'rm -rf ~'",
    ]);
}

#[test]
fn loops_and_branches_may_not_run() {
    leaves_alone(&[
        "while false; do x=ls; done",
        "until true; do x=ls; done",
        "for ((;0;)); do x=ls; done",
        "for i in 1; do break; x=ls; done",
        "for i in 1; do for j in 1; do break 2; done; x=ls; done",
        "for i in 1; do continue; x=ls; done",
        "while :; do break; x=ls; done",
        "for i in $(cat none); do x=ls; done",
        "for i in $none; do x=ls; done",
        "select i in a; do x=ls; done",
        "false && x=ls",
        "true || x=ls",
        "if false; then x=ls; fi",
        "case a in b) x=ls;; esac",
        "case a in b) x=ls;; *) x=ls; esac; case a in a) x=sh;; esac",
        "false && eval x=ls",
    ]);
    noticed(&[
        "f(){ x=rm; $x -rf ~; }; false && f(){ ls; }; f",
        "f(){ x=rm; $x -rf ~; }; : || f(){ ls; }; f",
        "f(){ x=rm; $x -rf ~; }; if false; then f(){ ls; }; fi; f",
        "f(){ x=rm; $x -rf ~; }; while false; do f(){ ls; }; done; f",
        "if false; then git(){ :; }; fi; git reset --hard",
        "ls(){ x=rm; $x -rf ~; }; ls=1; unset ls; ls",
        "set -- sh; while false; do set -- ls; done; $1 -c 'rm -rf ~'",
        "set -- ls; while read l; do $1 -c 'rm -rf ~'; set -- sh; done",
        "x=ls; while read l; do $x -c 'rm -rf ~'; eval x=sh; done",
        "g(){ x=sh; }; x=ls; while read l; do $x -c 'rm -rf ~'; g; done",
        "x=ls; for i in *; do $x -c 'rm -rf ~'; eval x=sh; done",
        "x=ls; case a in a) x=sh ;& b) $x -c 'rm -rf ~';; esac",
        "if false; then cd /tmp/x; fi; rm -rf *",
        "true || cd /tmp/x; rm -rf *",
        "while false; do cd /tmp/x; done; rm -rf *",
        "x=; : ${x:+${x:=ls}}; ${x:-sh} -c 'rm -rf ~'",
        "x=ls; : ${y:+${x:=ls}}; x=; : ${x:+${x:=ls}}; ${x:-sh} -c 'rm -rf ~'",
        "x=sh; trap '$x -c \"rm -rf ~\"' EXIT; exit; x=ls",
    ]);
}

#[test]
fn functions_keep_their_own_variables_and_end_where_they_return() {
    leaves_alone(&[
        "f(){ local x=ls; }; f",
        "f(){ typeset x=ls; }; f",
        "f(){ declare x=ls; }; f",
        "f(){ local x; x=ls; }; f",
        "f2(){ return; x=ls; }; f2",
        "f2(){ if true; then return; fi; x=ls; }; f2",
        "f2(){ eval 'return; x=ls'; }; f2",
        "f2(){ eval 'return'; x=ls; }; f2",
        "eval 'return; x=ls'",
        "source <(echo 'return; x=ls')",
        "f2(){ for i in 1; do return; done; x=ls; }; f2",
    ]);
    noticed(&[
        "x=ls; f(){ if false; then local x; fi; x=sh; }; f; $x -c 'rm -rf ~'",
        "x=ls; f(){ local x; declare -g x=sh; }; f; $x -c 'rm -rf ~'",
    ]);
}

#[test]
fn what_cannot_be_set_or_is_set_under_another_name_is_not_known() {
    leaves_alone(&[
        "readonly x; export x=ls",
        "declare -r x; declare x=ls",
        "typeset -r x; declare x=ls",
        "readonly x; read x <<< ls",
        "readonly x; x=ls",
    ]);
    noticed(&[
        "x=ls; getopts sh: x -s; $x -c 'rm -rf ~'",
        "declare -n y=x; x=ls; y=sh; $x -c 'rm -rf ~'",
        "x=ls; declare -n y=x; y=sh; $x -c 'rm -rf ~'",
        "x=ls; f(){ local -n y=$1; y=sh; }; f x; $x -c 'rm -rf ~'",
        "${0:-ls} -c 'rm -rf ~'",
        ": sh; ${_:-ls} -c 'rm -rf ~'",
        "OPTARG=ls; getopts s: o -s sh; $OPTARG -c 'rm -rf ~'",
        "f(){ a=rm; $a -rf ~; }; readonly -f f; f(){ ls; }; f",
        "x=ls; unset 'x[0]'; ${x:-sh} -c 'rm -rf ~'",
        "x=ls; unset ${y}x; ${x:-sh} -c 'rm -rf ~'",
        "x=ls; read \"${y}x\" <<< sh; $x -c 'rm -rf ~'",
        "x=ls; printf -v \"${y}x\" sh; $x -c 'rm -rf ~'",
        "x=ls; export \"${y}x=sh\"; $x -c 'rm -rf ~'",
        "set -- ls; set -x sh; $1 -c 'rm -rf ~'",
        "set -- ls; set - sh; $1 -c 'rm -rf ~'",
        "set -- ls; set +x sh; $1 -c 'rm -rf ~'",
        "set -- ls; set -o errexit sh; $1 -c 'rm -rf ~'",
        "set -- $(cat f) ls; $2 -c 'rm -rf ~'",
        "set -- ls sh; shift $n; $1 -c 'rm -rf ~'",
        "mapfile -s 1 -t a <<< $'ls\\nsh'; $a -c 'rm -rf ~'",
        "mapfile -C 'rm -rf ~ #' -c 1 x <<< a",
        "alias git=echo; git reset --hard",
    ]);
}

#[test]
fn ordinary_scripts_stay_known() {
    silent(&[
        "setup(){ D=$(mktemp -d); }; setup; rm -rf \"$D\"",
        "f(){ [ -n \"$1\" ] || return; tmp=$(mktemp -d); rm -rf \"$tmp\"; }; f a",
        "log(){ local level=$1; shift; echo \"$level: $*\"; }; log info a; log warn b",
        "n=0; for f in *.txt; do n=$((n+1)); done; echo $n",
        "for i in 1 2 3; do echo $i; sleep 1; done & wait",
        "mkdir -p out && cd out\necho a > a.txt\ntouch b.txt",
        "while read -r l; do k=${l%%=*}; echo \"$k\"; done < a.txt",
        "for f in src/*.rs; do if grep -q x \"$f\"; then continue; fi; wc -l \"$f\"; done",
        "OUT=out; if [ -n \"$1\" ]; then OUT=$1; fi; ls \"$OUT\"",
        "export A=1; export A=2; echo $A",
        "if [ -d web ]; then cd web; fi; npm test",
        "x=a; for i in 1 2; do x=$x$i; done; echo $x",
        "case $1 in a) m=debug;; *) m=release;; esac; cargo build --profile $m",
    ]);
    for row in
        ["f(){ local d=/etc; rm -rf $d; }; f", "for d in /etc; do rm -rf $d; done & wait", "A=1 f(){ rm -rf /etc; }; f"]
    {
        assert_eq!(shell(row).0.class, Class::Catastrophic, "{row}");
    }
}
