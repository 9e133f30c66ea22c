//! Tricks with structure: where in a script the command stands, and what stands before it.

use super::caught;
use crate::common::noticed;

#[test]
fn substitutions_run_wherever_they_stand() {
    caught(&[
        "echo \"$(rm -rf /etc)\"",
        "echo \"it's $(rm -rf /etc)\"",
        "echo \"$(echo ')'; rm -rf /etc)\"",
        "echo $(( $(rm -rf /etc) ))",
        "echo $(( a[$(rm -rf /etc)] ))",
        "echo $[ $(rm -rf /etc) ]",
        "(( x = $(rm -rf /etc) ))",
        "a[$(rm -rf /etc)]=1",
        "echo ${a[$(rm -rf /etc)]}",
        "x=${y:-$(rm -rf /etc)}",
        "echo ${x:$(rm -rf /etc)}",
        "echo ${x/$(rm -rf /etc)/}",
        "echo ${x:?$(rm -rf /etc)}",
        "x=$(rm -rf /etc)",
        "x=`rm -rf /etc`",
        "export x=$(rm -rf /etc)",
        "local x=$(rm -rf /etc)",
        "x=(1 $(rm -rf /etc))",
        "cat <<E\n$(rm -rf /etc)\nE",
        "cat <<E\n`rm -rf /etc`\nE",
        "cat <<-E\n\t${x:-$(rm -rf /etc)}\n\tE",
        "cat <<< $(rm -rf /etc)",
        "cat < $(rm -rf /etc)",
        "ls 2>$(rm -rf /etc)",
        "echo \"`echo \\`rm -rf /etc\\``\"",
        "[[ -n $(rm -rf /etc) ]]",
        "[ -n \"$(rm -rf /etc)\" ]",
        "case $(rm -rf /etc) in x) ;; esac",
        "case x in $(rm -rf /etc)) ;; esac",
        "for i in $(rm -rf /etc); do :; done",
        "for ((i=$(rm -rf /etc);;)); do :; done",
        "select i in $(rm -rf /etc); do :; done",
        "diff <(rm -rf /etc) x",
        "tee >(rm -rf /etc) < x",
        "tee >(sh) <<< 'rm -rf /etc'",
        "echo 'rm -rf /etc' > >(sh)",
        "let x=$(rm -rf /etc)",
        "echo {a,$(rm -rf /etc)}",
        "[ -v 'a[$(rm -rf /etc)]' ]",
        "test -v 'a[$(rm -rf /etc)]'",
        "x='a[$(rm -rf /etc)]'; echo $(( x ))",
        "x='a[$(rm -rf /etc)]'; (( x ))",
        "x='a[$(rm -rf /etc)]'; let x",
        "x='a[$(rm -rf /etc)]'; [[ $x -eq 1 ]]",
        "printf -v 'a[$(rm -rf /etc)]' x",
        "read 'a[$(rm -rf /etc)]' <<< x",
        "declare 'a[$(rm -rf /etc)]=1'",
    ]);
}

#[test]
fn a_redirection_or_an_assignment_before_the_command_hides_it_not() {
    caught(&[
        ">/dev/null rm -rf /etc",
        "2>&1 >x rm -rf /etc",
        "</dev/null rm -rf /etc",
        "<<< x rm -rf /etc",
        "A=1 rm -rf /etc",
        "A=1 B=2 C='x y' rm -rf /etc",
        "A=$(true) rm -rf /etc",
        "a[1]=2 rm -rf /etc",
        "A+=1 rm -rf /etc",
        "{fd}>x rm -rf /etc",
        "&>x rm -rf /etc",
        "A=1 >x B=2 rm -rf /etc",
    ]);
}

#[test]
fn every_separator_begins_a_command() {
    caught(&[
        "true && rm -rf /etc",
        "false || rm -rf /etc",
        "a & rm -rf /etc",
        "a |& rm -rf /etc",
        "a;rm -rf /etc",
        "a\nrm -rf /etc",
        "a\r\nrm -rf /etc",
        "a # b\nrm -rf /etc",
        "# a\nrm -rf /etc",
        "a\n\n\n\trm -rf /etc",
        "rm\t-rf\t/etc",
        "{ rm -rf /etc; }",
        "(rm -rf /etc)",
        "( ( rm -rf /etc ) )",
        "! rm -rf /etc",
        "! ! rm -rf /etc",
        "time rm -rf /etc",
        "time -p ! rm -rf /etc",
        "coproc rm -rf /etc",
        "coproc X { rm -rf /etc; }",
        "echo a; ; rm -rf /etc",
        "&& rm -rf /etc",
        ") rm -rf /etc",
        "} ; rm -rf /etc",
        "echo \\\nx; rm -rf /etc",
        "cat <<E; rm -rf /etc\nx\nE",
        "cat <<E\nx\nE\nrm -rf /etc",
        "cat <<'E' && rm -rf /etc\nx\nE",
    ]);
}

#[test]
fn every_branch_and_loop_is_followed() {
    caught(&[
        "if rm -rf /etc; then :; fi",
        "if x; then rm -rf /etc; fi",
        "if x; then :; elif rm -rf /etc; then :; fi",
        "if x; then :; else rm -rf /etc; fi",
        "while rm -rf /etc; do :; done",
        "while :; do rm -rf /etc; break; done",
        "until rm -rf /etc; do :; done",
        "until false; do rm -rf /etc; done",
        "for ((;;)); do rm -rf /etc; done",
        "for ((i=0;i<1;i++)); { rm -rf /etc; }",
        "for d in /etc /usr; do rm -rf $d; done",
        "for x in rm; do $x -rf /etc; done",
        "for x; do rm -rf /etc; done",
        "select d in /etc; do rm -rf $d; done",
        "case x in x) rm -rf /etc;; esac",
        "case x in y) ;; *) rm -rf /etc;; esac",
        "case x in x) :;& y) rm -rf /etc;; esac",
        "case x in x) :;;& *) rm -rf /etc;; esac",
        "case x in (x) D=/etc;; esac; rm -rf $D",
        "if x; then D=/etc; else D=build; fi; rm -rf $D",
        "x || D=/etc; rm -rf $D",
        "D=/etc; x && D=build; rm -rf $D",
        "D=/etc; if x; then D=build; fi; rm -rf $D",
        "D=/etc; (D=build); rm -rf $D",
        "D=/etc; echo | D=build; rm -rf $D",
        "D=build; while x; do D=/etc; done; rm -rf $D",
        "[[ -d /etc ]] && rm -rf /etc",
        "(( 1 )) && rm -rf /etc",
        "test -d /etc && rm -rf $_",
    ]);
}

#[test]
fn a_directory_that_was_entered_is_where_relative_paths_lead() {
    caught(&[
        "cd / && rm -rf etc",
        "cd /; rm -rf *",
        "cd /etc && rm -rf .",
        "cd /; cd usr; rm -rf ../etc",
        "(cd /; rm -rf etc)",
        "pushd /; rm -rf etc",
        "cd ../../..; rm -rf etc",
        "cd ~; rm -rf *",
        "cd; rm -rf .",
        "cd $UNSET && rm -rf *",
        "cd \"$(dirname /etc/x)\" && rm -rf *",
        "CDPATH=/; cd etc; rm -rf ../usr",
        "env -C / rm -rf etc",
        "find / -maxdepth 0 -execdir rm -rf etc ;",
        "sh -c 'cd /; rm -rf etc'",
        "cd /etc; cd -; cd /; rm -rf usr",
        "builtin cd /; rm -rf etc",
        "command cd /; rm -rf etc",
    ]);
    noticed(&["cd build; rm -rf *", "cd x; git clean -fdx"]);
}

#[test]
fn functions_and_aliases_run_what_they_hold() {
    caught(&[
        "f() { rm -rf /etc; }; f",
        "f() ( rm -rf /etc ); f",
        "function f { rm -rf \"$1\"; }; f /etc",
        "function f() { \"$@\"; }; f rm -rf /etc",
        "f() { $1 -rf /etc; }; f rm",
        "f() { g() { rm -rf /etc; }; }; f; g",
        "f() { local d=$1; rm -rf \"$d\"; }; f /etc",
        "ls() { rm -rf /etc; }; ls",
        "cd() { rm -rf /etc; }; cd x",
        "git() { rm -rf /etc; }; git status",
        "alias x='rm -rf /etc'; x",
        "alias ls='rm -rf /etc'\nls",
        "alias r=rm; r -rf /etc",
        "shopt -s expand_aliases; alias ls='rm -rf'\nls /etc",
        "alias a='b '; alias b=rm\na -rf /etc",
        "eval 'f() { rm -rf /etc; }'; f",
        "f() { rm -rf /etc; }; export -f f; bash -c f",
        "command_not_found_handle() { rm -rf /etc; }; nonexistent-thing",
        "f() for x in 1; do rm -rf /etc; done; f",
        "f() if true; then rm -rf /etc; fi; f",
        "unset -f ls; ls() { rm -rf /etc; }; ls",
        "hash -p /bin/rm ls; ls -rf /etc",
    ]);
    noticed(&["enable -f /tmp/x.so ls", "hash -p /tmp/x ls; ls"]);
}

#[test]
fn traps_run_what_they_are_given() {
    caught(&[
        "trap 'rm -rf /etc' EXIT",
        "trap 'rm -rf /etc' 0",
        "trap 'rm -rf /etc' DEBUG; ls",
        "trap 'rm -rf /etc' ERR; false",
        "trap 'rm -rf /etc' INT TERM",
        "trap -- 'rm -rf /etc' RETURN; . x",
        "f() { rm -rf /etc; }; trap f EXIT",
        "trap \"$(echo rm -rf /etc)\" EXIT",
        "x=/etc; trap 'rm -rf $x' EXIT",
        "PROMPT_COMMAND='rm -rf /etc'",
    ]);
    noticed(&["trap \"$UNKNOWN\" EXIT"]);
}

#[test]
fn many_harmless_commands_hide_no_harmful_one() {
    caught(&[
        &format!("{}rm -rf /etc", "true; ".repeat(300)),
        &format!("{}rm -rf /etc", "true && ".repeat(60)),
        &format!("{}rm -rf /etc", "\n".repeat(5000)),
        &format!("{} rm -rf /etc{}", "{ ".repeat(10), "; }".repeat(10)),
        &format!("{}rm -rf /etc{}", "$(".repeat(8), ")".repeat(8)),
        &format!("echo {}; rm -rf /etc", "a".repeat(60 * 1024)),
        &format!("echo {}; rm -rf /etc", "a".repeat(100 * 1024)),
        &format!("echo {}; rm -rf /etc", "a".repeat(1200 * 1024)),
        &format!("{}rm -rf /etc", "$(".repeat(40)),
        &format!("{}rm -rf /etc", "case x in x) ".repeat(22)),
        &format!("echo {}{}; rm -rf /etc", "${x:-".repeat(30), "}".repeat(30)),
        &format!("echo $(({}1{})); rm -rf /etc", "(".repeat(30), ")".repeat(30)),
        &format!("echo {{1..1000000000}} {{a..z}}{}; rm -rf /etc", "{a,b}".repeat(30)),
        &format!("echo x{}; rm -rf /etc", " | cat".repeat(500)),
        &format!(": '{}'; rm -rf /etc", "\n".repeat(6000)),
    ]);
}

#[test]
fn nested_shells_are_read_to_the_ground() {
    caught(&[
        "bash -c \"bash -c 'rm -rf /etc'\"",
        "sh -c \"sh -c \\\"sh -c 'rm -rf /etc'\\\"\"",
        "bash -c \"bash -c \\\"bash -c \\\\\\\"bash -c 'rm -rf /etc'\\\\\\\"\\\"\"",
        "eval \"eval \\\"eval 'rm -rf /etc'\\\"\"",
        "bash -c 'eval \"$1\"' _ 'rm -rf /etc'",
        "bash -c '$0 $1' rm '-rf /etc'",
        "bash -c '$0 $1 $2' rm -rf /etc",
        "bash -c '\"$@\"' _ rm -rf /etc",
        "bash -c 'rm -rf \"$1\"' _ /etc",
        "sh -c 'rm -rf $0' /etc",
        "bash -o pipefail -euc 'rm -rf /etc'",
        "bash -lic 'rm -rf /etc'",
        "bash --norc --noprofile -c 'rm -rf /etc'",
        "bash -c -- 'rm -rf /etc'",
        "bash +x -c 'rm -rf /etc'",
        "x='rm -rf /etc' bash -c '$x'",
        "x='rm -rf /etc' bash -c 'eval \"$x\"'",
        "export x=/etc; sh -c 'rm -rf $x'",
        "fish -c 'rm -rf /etc'",
        "zsh -c 'rm -rf /etc'",
        "ksh -c 'rm -rf /etc'",
        "/bin/../bin/sh -c 'rm -rf /etc'",
        "$SHELL -c 'rm -rf /etc'",
        "${SHELL:-bash} -c 'rm -rf /etc'",
        "bash -c \"$(cat <<'E'\nrm -rf /etc\nE\n)\"",
    ]);
}

#[test]
fn what_is_written_and_then_run_is_read() {
    caught(&[
        "printf 'rm -rf /etc' > x.sh; sh x.sh",
        "echo 'rm -rf /etc' > x.sh && bash ./x.sh",
        "echo 'rm -rf /etc' > x; chmod +x x; ./x",
        "cat > x.sh <<'E'\nrm -rf /etc\nE\nbash x.sh",
        "cat <<'E' > x.sh\nrm -rf /etc\nE\n. ./x.sh",
        "echo 'rm -rf /etc' | tee x.sh; sh x.sh",
        "tee x.sh <<< 'rm -rf /etc' >/dev/null; sh x.sh",
        "echo 'rm -rf /etc' > a; cp a b; sh b",
        "echo 'rm -rf /etc' > a; mv a b; sh b",
        "echo 'rm -rf /etc' > a; ln -s a b; sh b",
        "echo 'rm -rf' > x.sh; echo ' /etc' >> x.sh; rm -rf /etc",
        "echo 'echo' > x.sh; echo 'rm -rf /etc' >> x.sh; sh x.sh",
        "echo 'DROP DATABASE prod;' > q.sql; psql -f q.sql",
        "printf 'a:\\n\\trm -rf /etc\\n' > Makefile; make a",
        "printf 'a:\\n\\trm -rf /etc\\n' | make -f -",
        "make -f <(printf 'a:\\n\\trm -rf /etc\\n')",
        "echo 'import shutil; shutil.rmtree(\"/etc\")' > x.py; python3 x.py",
        "cat > x.sh <<< 'rm -rf /etc'; sh < x.sh",
        "echo 'rm -rf /etc' > x.sh; xargs -a x.sh -I{} sh -c {}",
        "echo /etc > list; xargs rm -rf < list",
        "echo /etc > list; xargs -a list rm -rf",
        "dd of=x.sh <<< 'rm -rf /etc'; sh x.sh",
        "sed 's/X/rm/' <<< 'X -rf /etc' > x.sh; sh x.sh",
    ]);
    super::held(&["echo 'rm -rf /etc' > .git/hooks/pre-commit; git commit -m x"]);
}
