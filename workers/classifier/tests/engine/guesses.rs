//! Text that a program seems to write, and that the real one does not: each row once was judged safe while a shell that runs
//! it deletes or overwrites something. Where the text is not certain, the verdict is a question at least.

use crate::common::{noticed, shell, silent};
use palisade_protocol::verdict::Class;

#[test]
fn numbers_with_a_sign_are_not_plain_counts() {
    noticed(&[
        "$(printf 'ls\\nrm\\n' | tail -n +2) -rf ~",
        "$(printf 'ls\\nrm\\n' | tail -n+2) -rf ~",
        "$(printf 'ls\\nrm\\n' | tail -n +2 | head -n +1) -rf ~",
        "$(printf 'rm' | tail -c +1) -rf ~",
        "$(echo ls rm | cut -d' ' -f+1) -rf ~",
        "$(seq +1 3) -rf ~",
    ]);
}

#[test]
fn a_suffix_that_is_the_whole_name_stays() {
    noticed(&["$(basename rm rm) ls -rf ~", "$(basename /bin/rm rm) ls -rf ~"]);
}

#[test]
fn bytes_are_not_characters() {
    noticed(&[
        "$(echo 'éérm' | cut -c5-6) ls -rf ~",
        "$(echo 'éérm' | tail -c3) ls -rf ~",
        "$(printf 'rmé' | head -c2 | tr é x) -rf ~",
    ]);
}

#[test]
fn sets_and_delimiters_that_mean_something_else_are_not_read() {
    noticed(&[
        "$(echo fg | tr a-k '[x*1]lsxxrm') -rf ~",
        "$(echo 'ab' | tr '\\141\\142' rm) -rf ~",
        "$(echo 'rm::ls' | cut -d:: -f1) -rf ~",
        "$(echo ls:rm | cut -c1-2 -d: -f2) -rf ~",
    ]);
}

#[test]
fn widths_and_precisions_are_not_ignored() {
    noticed(&[
        "$(printf %.2s sha256sum) -c 'rm -rf ~'",
        "$(printf %.2s rmdir) -rf ~",
        "$(printf '%2$s' ls rm) -rf ~",
        "$(printf '%b' 'r\\155') -rf ~",
    ]);
}

#[test]
fn a_last_line_without_its_end_is_joined_to_the_line_before() {
    noticed(&["$(printf 'ipefs\\nw' | tac) -a /dev/sda", "$(printf 'm\\nr' | tac) -rf ~"]);
}

#[test]
fn encodings_are_read_as_strictly_as_the_real_programs_read_them() {
    noticed(&[
        "$(printf bHM= | openssl base64 -d) $(printf r)m -rf ~",
        "$(printf 'bHM= cm0=' | base64 -d) -rf ~",
        "$(printf 'cm0=bHM=' | base64 -d) -rf ~",
        "$(printf '6c7372\\n6' | xxd -r -p) -rf ~",
    ]);
}

#[test]
fn what_shells_decode_differently_is_asked_about_and_what_bash_makes_of_it_is_convicted() {
    noticed(&[
        "printf ': \"x\\\" ; rm -rf ~ # \"' | sh",
        "sh -c \"echo ': #\\nrm -rf ~' | sh\"",
        "echo ': #\\nrm -rf ~' | sh",
        "echo ': #\\nrm -rf ~' > x.sh; sh x.sh",
        "eval \"$(echo ': #\\nrm -rf ~')\"",
        "$(echo 'ls\\c') -rf ~",
        "printf ': #\\x0arm -rf ~' | sh",
        "echo -e 'ls' | sh",
        "printf '%b' ': #\\x0arm -rf ~' | sh",
        "x=$(echo 'ls\\n'); $x",
        "echo 'a\\nb' | xargs -I{} sh -c {}",
        "trap \"$(echo ': #\\nrm -rf ~')\" EXIT",
    ]);
    for row in [
        "echo -e 'rm\\x20-rf /etc' | sh",
        "echo -e 'rm -rf /etc' | sh",
        "sh -c \"$(printf 'rm \\x2drf /etc')\"",
        "$(echo -e 'r\\x6d') -rf /etc",
        "$(echo -e 'r\\x6d\\t-rf\\t/etc')",
        "rm -rf $(echo -e '/et\\x63')",
        "echo -e '/et\\x63' | xargs rm -rf",
        "eval \"$(echo -e 'r\\x6d -rf /etc')\"",
        "echo -e 'r\\x6d -rf /etc' > x.sh; sh x.sh",
        "printf cm0gLXJmIC9ldGM= | openssl base64 -d | sh",
        "printf 'r\\x6d -rf /etc' | head -1 | sh",
    ] {
        assert_eq!(shell(row).0.class, Class::Catastrophic, "{row}");
    }
}

#[test]
fn text_that_is_only_shown_or_kept_is_nobodys_question() {
    silent(&[
        "echo -e 'a\\tb'",
        "echo -e 'a\\nb' | sort",
        "echo 'a\\nb' > notes.md",
        "git commit -m \"$(echo -e 'fix: a\\n\\nb')\"",
        "printf '%-20s|%5d\\n' a 3",
        "printf '%s\\n' a b | tail -n +2",
        "echo \"$x\" | cut -d: -f2 | tr -d '\\n'",
        "printf 'a\\x41' | xxd | head -1",
        "printf '\\033[1mbold\\033[0m\\n'",
        "echo -e \"\\e[32mok\\e[0m\"",
    ]);
}
