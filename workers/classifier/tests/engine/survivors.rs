//! What mutation testing found unobserved: rows aimed at mutants of the engine's core that other tests let live.

use crate::common::shell;
use crate::common::workspace::Workspace;
use palisade_protocol::verdict::{Class, Recovery};

#[test]
fn emptying_a_file_that_is_not_there_loses_nothing() {
    let workspace = Workspace::usual();
    let recovery = |command: &str| {
        let verdict = workspace.judge(command);
        verdict.effects.iter().map(|effect| effect.recovery).collect::<Vec<_>>()
    };
    assert_eq!(recovery("truncate -s 0 src/absent.rs"), [Recovery::Needless]);
    assert_ne!(recovery("truncate -s 0 .env"), [Recovery::Needless]);
}

#[test]
fn a_temporary_tree_is_lost_only_where_it_is_there_and_a_home_is_no_temporary_tree() {
    let workspace = Workspace::usual();
    assert_eq!(workspace.judge("rm -rf /tmp/palisade-never-there").rule.as_str(), "fs.delete.nothing");
    assert_ne!(workspace.judge("rm -rf /home/never-there/x").class, Class::Safe);
    assert!(workspace.judge("rm -rf /home/never-there/x").class >= Class::Destructive);
}

#[test]
fn one_of_gits_own_files_is_less_than_all_of_them() {
    assert_eq!(shell("rm .git/index.lock").0.class, Class::Destructive);
    assert_eq!(shell("rm .git").0.class, Class::Catastrophic);
    assert_eq!(shell("rm -rf .git/refs").0.class, Class::Catastrophic);
}

#[test]
fn a_file_of_the_home_is_less_than_a_tree_of_it() {
    assert_eq!(shell("rm ~/notes.txt").0.class, Class::Destructive);
    assert_eq!(shell("rm -r ~/notes").0.class, Class::Catastrophic);
}

#[test]
fn a_project_opened_to_everyone_is_asked_about_and_closing_it_is_not() {
    assert_eq!(shell("chmod -R o+w src").0.class, Class::Ambiguous);
    assert_eq!(shell("chmod -R go-w src").0.class, Class::Safe);
    assert_eq!(shell("chmod -R 000 .git").0.class, Class::Ambiguous);
    assert_eq!(shell("chmod 600 .git/config").0.class, Class::Safe);
}

#[test]
fn a_pattern_that_reaches_into_git_is_git() {
    assert!(shell("rm -rf src/*/.git/objects").0.class > shell("rm -rf src/*/objects").0.class);
}

#[test]
fn what_starts_with_a_session_lies_below_the_runtime_directory_too() {
    assert!(shell("echo x > /run/user/1000/systemd/user/a.service").0.class >= Class::Ambiguous);
    assert_eq!(shell("echo x > /run/user/1000/scratch").0.class, Class::Safe);
}

#[test]
fn all_homes_and_one_home_are_more_than_what_is_in_it() {
    for home in ["/home", "/Users", "/home/somebody", "~"] {
        assert_eq!(shell(format!("rm {home}/")).0.class, Class::Catastrophic, "{home}");
    }
}
