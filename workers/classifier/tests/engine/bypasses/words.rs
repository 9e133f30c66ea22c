//! Tricks with single words: how a command's name or its operand is spelled.

use super::caught;
use crate::common::noticed;

#[test]
fn removing_quotes_gives_the_word_back() {
    caught(&[
        "r''m -rf /etc",
        "\"rm\" -rf /etc",
        "'r'\"m\" -rf /etc",
        "r\\m -rf /etc",
        "\\rm -rf /etc",
        "$\"rm\" -rf /etc",
        "rm -rf /e\"t\"c",
        "rm -r\\\n  -f /etc",
        "r\\\nm -rf /etc",
        "\"\"rm\"\" -rf /etc''",
    ]);
}

#[test]
fn ansi_c_quoting_is_decoded() {
    caught(&[
        "$'\\x72m' -rf /etc",
        "$'\\162\\155' -rf /et'c'",
        "$'rm' -rf $'/\\u0065tc'",
        "rm -rf $'\\x2fetc'",
        "$'\\x72'$'\\x6d' -rf /etc",
        "bash -c $'rm\\x20-rf\\x20/etc'",
    ]);
}

#[test]
fn ifs_stands_for_blanks() {
    caught(&[
        "rm${IFS}-rf${IFS}/etc",
        "rm$IFS-rf$IFS/etc",
        "IFS=,; x=rm,-rf,/etc; $x",
        "IFS=:; x='rm:-rf:/etc'; $x",
        "rm${IFS%??}-rf${IFS%??}/etc",
        "x='rm -rf /etc'; $x",
        "IFS=; rm -rf /etc",
    ]);
}

#[test]
fn braces_make_words() {
    caught(&[
        "{rm,-rf,/etc}",
        "rm -rf /{etc,usr}",
        "rm -rf /{e,x}tc",
        "{r,}m -rf /etc",
        "rm -rf /e{t..t}c",
        "r{m,m} -rf /etc",
        "rm {-r,-f} /etc",
    ]);
}

#[test]
fn a_pattern_in_the_command_word_names_what_it_matches() {
    caught(&[
        "/bin/r? -rf /etc",
        "/bin/r[m] -rf /etc",
        "/???/rm -rf /etc",
        "/usr/bin/[r]m -rf /etc",
        "/b*/rm -rf /etc",
    ]);
    noticed(&["r? -rf build", "./* -x"]);
}

#[test]
fn parts_in_variables_are_put_together() {
    caught(&[
        "X=rm; $X -rf /etc",
        "a=r; b=m; $a$b -rf /etc",
        "a=r b=m; ${a}${b} -rf /etc",
        "x=/etc; rm -rf $x",
        "x=/; rm -rf ${x}etc",
        "x=r; x+=m; $x -rf /etc",
        "v=rm; w=v; ${!w} -rf /etc",
        "declare -n w=v; v=rm; $w -rf /etc",
        "declare v=rm; $v -rf /etc",
        "export v=rm; $v -rf /etc",
        "typeset v=rm; $v -rf /etc",
        "let x=1; v=rm; $v -rf /etc",
    ]);
}

#[test]
fn arrays_and_positional_parameters_are_followed() {
    caught(&[
        "a=(rm -rf /etc); \"${a[@]}\"",
        "a=(rm -rf /etc); ${a[*]}",
        "a=(/etc -rf rm); ${a[2]} ${a[1]} ${a[0]}",
        "a[5]=rm; ${a[5]} -rf /etc",
        "a=([3]=rm); ${a[3]} -rf /etc",
        "declare -A m; m[x]=rm; ${m[x]} -rf /etc",
        "declare -A m=([x]=rm [y]=/etc); ${m[x]} -rf ${m[y]}",
        "set -- rm -rf /etc; \"$@\"",
        "set -- rm -rf /etc; $1 $2 $3",
        "set -- x rm -rf /etc; shift; $*",
        "a=(x rm -rf /etc); \"${a[@]:1}\"",
        "set -- x rm -rf /etc; \"${@:2}\"",
        "a=(rm); a+=(-rf /etc); \"${a[@]}\"",
    ]);
}

#[test]
fn expansions_that_change_a_value_are_computed() {
    caught(&[
        "s=xrmx; ${s:1:2} -rf /etc",
        "s=xrm; ${s: -2} -rf /etc",
        "s=rmxx; ${s:0:-2} -rf /etc",
        "i=1; s=xrmx; ${s:i:2} -rf /etc",
        "s=rXm; ${s/X/} -rf /etc",
        "s=rXXm; ${s//X} -rf /etc",
        "s=Xrm; ${s/#X/} -rf /etc",
        "s=rmX; ${s/%X/} -rf /etc",
        "s=RM; ${s,,} -rf /etc",
        "s=RM; ${s@L} -rf /etc",
        "s=rM; ${s,,M} -rf /etc",
        "s='\\x72m'; ${s@E} -rf /etc",
        "s='$(rm -rf /etc)'; echo ${s@P}",
        "s=a/rm; ${s##*/} -rf /etc",
        "s=rm.txt; ${s%.*} -rf /etc",
        "s=xxrm; ${s#xx} -rf /etc",
        "x='/etc/foo'; rm -rf ${x%/*}",
        "x='/etc/foo'; rm -rf \"${x%/foo}\"",
        "rm -rf ${nope:-/etc}",
        "rm -rf ${nope-/etc}",
        "x=1; rm -rf ${x:+/etc}",
        "rm -rf ${y:=/etc}",
        "${y:=rm} -rf /etc",
        "rm -rf ${a:-${b:-${c:-/etc}}}",
        "s=etc; rm -rf /${s[0]}",
        "s=EtC; rm -rf /${s,,}",
        "s=ETC; t=${s,,}; rm -rf /$t",
        "s=rm; ${s@Q} -rf /etc",
        "x=$(($((1))+0)); a=(x rm); ${a[x]} -rf /etc",
        "a=(x rm); ${a[1+0]} -rf /etc",
        "a=(x rm); ${a[-1]} -rf /etc",
    ]);
}

#[test]
fn builtins_that_store_text_are_followed() {
    caught(&[
        "printf -v k rm; $k -rf /etc",
        "printf -v k 'r%s' m; $k -rf /etc",
        "read -r k <<< rm; $k -rf /etc",
        "read a b <<< 'rm /etc'; $a -rf $b",
        "IFS=: read a b <<< 'rm:/etc'; $a -rf $b",
        "echo rm | { read k; $k -rf /etc; }",
        "read -a a <<< 'rm -rf /etc'; \"${a[@]}\"",
        "mapfile -t k <<< rm; ${k[0]} -rf /etc",
        "readarray -t k < <(echo rm); ${k[0]} -rf /etc",
        "while read -r d; do rm -rf $d; done <<< /etc",
        "echo /etc | while read d; do rm -rf \"$d\"; done",
        "k=$(</dev/stdin) <<< rm; rm -rf /etc",
        "printf '%s\\n' /etc /usr | while IFS= read -r d; do rm -rf -- \"$d\"; done",
    ]);
}

#[test]
fn eval_and_source_run_their_text() {
    caught(&[
        "eval 'rm -rf /etc'",
        "eval rm -rf /etc",
        "eval eval eval rm -rf /etc",
        "eval \"$(echo rm -rf /etc)\"",
        "eval $'rm -rf\\x20/etc'",
        "builtin eval rm -rf /etc",
        "command eval rm -rf /etc",
        "x='rm -rf /etc'; eval \"$x\"",
        "eval \"r\"\"m -rf /etc\"",
        "source <(echo 'rm -rf /etc')",
        ". <(printf 'rm -rf /etc')",
        ". /dev/stdin <<< 'rm -rf /etc'",
        "source /dev/stdin <<E\nrm -rf /etc\nE",
        "echo 'rm -rf /etc' | source /dev/stdin",
        "echo 'rm -rf /etc' | . /dev/fd/0",
        "bash /dev/stdin <<< 'rm -rf /etc'",
        "bash <(echo 'rm -rf /etc')",
        "bash <<< 'rm -rf /etc'",
        "bash <<E\nrm -rf /etc\nE",
        "bash -s <<< 'rm -rf /etc'",
        "sh < <(echo rm -rf /etc)",
        "bash /dev/fd/3 3<<< 'rm -rf /etc'",
        "bash 3<<< 'rm -rf /etc' <&3",
    ]);
}

#[test]
fn encodings_are_decoded() {
    caught(&[
        "eval \"$(echo cm0gLXJmIC9ldGM= | base64 -d)\"",
        "echo cm0gLXJmIC9ldGM= | base64 -d | sh",
        "echo cm0gLXJmIC9ldGM= | base64 --decode | sh",
        "echo cm0gLXJmIC9ldGM= | base64 -di | sh",
        "base64 -d <<< cm0gLXJmIC9ldGM= | sh",
        "base64 -d <<<cm0gLXJmIC9ldGM=|bash",
        "bash -c \"$(base64 -d <<< cm0gLXJmIC9ldGM=)\"",
        "echo 726d202d7266202f657463 | xxd -r -p | bash",
        "xxd -r -p <<< 726d202d7266202f657463 | bash",
        "echo 'cte/ fr- mr' | rev | sh",
        "echo 'ez -es /rgp' | tr a-z n-za-m | sh",
        "echo 'ez -es /rgp' | tr 'a-zA-Z' 'n-za-mN-ZA-M' | sh",
        "echo 'RM -RF /ETC' | tr A-Z a-z | sh",
        "echo 'rmX-rfX/etc' | tr X ' ' | sh",
        "echo 'rm -rf /etcX' | tr -d X | sh",
        "echo cm0gLXJmIC9ldGM= | openssl base64 -d | sh",
        "echo cm0gLXJmIC9ldGM= | openssl enc -base64 -d -A | sh",
        "echo OJWSALLSMYQC6ZLUMM====== | base32 -d | sh",
        "echo 'xx rm -rf /etc' | cut -c4- | sh",
        "echo 'a:rm -rf /etc' | cut -d: -f2 | sh",
        "echo 'rm -rf /Xtc' | sed s/X/e/ | sh",
        "echo 'rm -rf /Xtc' | sed -e 's/X/e/' | sh",
        "printf 'x\\nrm -rf /etc\\n' | tail -n 1 | sh",
        "printf 'rm -rf /etc\\nx\\n' | head -1 | sh",
        "printf 'rm -rf /etc' | cat | tee x | sh",
        "echo 'rm -rf /etc' | awk '{print}' | sh",
        "printf '%b' '\\162\\155 -rf /etc' | sh",
        "printf '\\x72\\x6d -rf /etc' | sh",
        "echo -e '\\x72m -rf /etc' | sh",
        "printf '%s' r m ' -rf' ' /etc' | sh",
        "printf '%c%c -rf /etc' r m | sh",
        "printf 'rm -rf %s' /etc | bash",
        "echo rm -rf /etc | fold -w 100 | sh",
        "printf 'rm\\n-rf\\n/etc' | paste -sd' ' | sh",
        "printf 'rm\\n-rf\\n/etc' | tr '\\n' ' ' | sh",
        "printf 'rm\\n-rf\\n/etc\\n' | xargs | sh",
        "printf 'b\\nrm -rf /etc\\n' | sort -r | sh",
        "echo \"$(echo 'rm -rf /etc')\" | sh",
    ]);
    noticed(&[
        "echo H4sIAAAAAAAAAytKVShKTVPQTy1J5gIAAAAA | base64 -d | gunzip | sh",
        "echo x | python3 -c 'import sys' | sh",
    ]);
}

#[test]
fn letters_that_look_like_others_are_told() {
    noticed(&[
        "ls\u{a0}-la",
        "ec\u{200b}ho a",
        "g\u{456}t status",
        "ls \u{202e}a",
        "echo \u{1b}[2J",
        "ls\rrm",
        "\u{ff52}m x",
        "ls \u{2028}rm",
    ]);
    caught(&["rm\u{200b} -rf /etc; rm -rf /etc"]);
}

#[test]
fn dots_and_unset_variables_do_not_hide_where_a_path_leads() {
    caught(&[
        "rm -rf build/../../../../etc",
        "rm -rf ./../../../../etc",
        "rm -rf \"$UNSET\"/*",
        "rm -rf $UNSET/*",
        "rm -rf ${UNSET}/etc",
        "rm -rf /home/dev/project/../..",
        "rm -rf /usr/../etc",
        "rm -rf //etc",
        "rm -rf /./etc/.",
        "rm -rf /etc/",
        "rm -rf /proc/self/root/etc",
        "rm -rf ~",
        "rm -rf \"$HOME\"",
        "rm -rf ~/../dev",
        "rm -rf ~dev",
        "rm -rf ~+/../../..",
        "rm -rf \"$PWD/../../..\"",
    ]);
}

#[test]
fn what_is_left_of_a_temporary_path_is_no_temporary_path() {
    noticed(&[
        "X=$(mktemp -d); rm -rf ${X##*}/*",
        "X=$(mktemp -d); rm -rf ${X%%*}/home",
        "X=$(mktemp -d); rm -rf ${X:0:1}home",
        "X=$(mktemp -d); echo x > ${X%%*}/etc/passwd",
        "T=$(mktemp); rm -rf ${T%/*}",
    ]);
    crate::common::silent(&["X=$(mktemp -d); rm -rf \"${X%/}\"", "X=$(mktemp -d); rm -rf $X/out"]);
}
