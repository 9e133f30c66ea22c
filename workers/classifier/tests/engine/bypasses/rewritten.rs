//! Spellings that rewriting a command found.

use crate::common::shell;
use palisade_protocol::verdict::Class;

#[test]
fn a_continued_line_is_one_line_inside_of_a_name_too() {
    for command in [
        "rm -rf $HO\\\nME",
        "rm -rf $\\\nHOME",
        "rm -rf \"$\\\n{HO\\\nME}\"",
        "$\\\n(echo rm) -rf /etc",
        "rm -rf $\\\n'/etc'",
    ] {
        assert_eq!(shell(command).0.class, Class::Catastrophic, "{command:?}");
    }
}

#[test]
fn env_splits_only_the_text_that_it_is_given_to_split() {
    for command in
        ["env -S bash -c 'rm -rf /etc'", "env -S 'bash -c' 'rm -rf /etc'", "env -S'A=1 bash' -c 'rm -rf /etc'"]
    {
        assert_eq!(shell(command).0.class, Class::Catastrophic, "{command}");
    }
    assert_eq!(shell("env -S ls 'rm -rf /etc'").0.class, Class::Safe);
}

#[test]
fn what_certainly_runs_is_followed_with_certainty() {
    for command in
        ["true && k='rm -rf /srv'; $k", "false || set -- rm -rf /srv; \"$@\"", "echo a && k='rm -rf /srv' && $k"]
    {
        assert_eq!(shell(command).0.class, Class::Catastrophic, "{command}");
    }
    // It may have failed, and a function may stand in its place.
    for command in ["ls && d=src; rm -rf $d/*", "true() { return 1; }; true && d=src; rm -rf $d/*"] {
        assert!(shell(command).0.class >= Class::Destructive, "{command}");
    }
}

#[test]
fn a_function_that_is_defined_anew_while_it_runs_is_read() {
    assert_eq!(shell("f() { f() { rm -rf /etc; }; f; }; f").0.class, Class::Catastrophic);
    assert_eq!(shell(":(){ :|:& };:").0.class, Class::Catastrophic);
}

#[test]
fn a_pattern_in_the_place_of_a_command_is_what_it_matches() {
    for command in ["/bin/r? -rf /etc", "eval '/sbin/mkfs.ex[t]4 -q /dev/vdb1'", "/usr/bin/../bin/find /etc -delete"] {
        assert_eq!(shell(command).0.class, Class::Catastrophic, "{command}");
    }
}
