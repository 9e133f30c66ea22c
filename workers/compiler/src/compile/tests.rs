use super::*;
use palisade_protocol::limits::CONFIG_MAX;

fn rejected(text: &str) -> String {
    compile(text.as_bytes()).expect_err(text).to_string()
}

#[test]
fn empty_text_gives_the_defaults() {
    let config = compile(b"").unwrap();
    let expected = Config {
        degraded: List::default(),
        fail_closed: false,
        attended: List::first(vec![Text::cut("claude-code")]),
        uid_base: 70_000,
        segment_max: 64 * 1024 * 1024,
        policy: Policy::default(),
    };
    assert_eq!(config, expected);
    assert_eq!(compile(b"# nothing but a comment\n\n"), Ok(expected));
}

#[test]
fn every_key_has_its_effect() {
    let config = compile(
        br#"
        degraded = ["landlock.scope-signal", "landlock.net", "landlock.net"]
        fail_mode = "closed"
        [agents.claude-code]
        attended = false
        [agents."my.agent"]
        attended = true
        [workers]
        uid_base = 300000
        [journal]
        segment_max = "768 MiB"
        [policy]
        protect = ["/srv/data/", "/", "/srv/data"]
        "#,
    )
    .unwrap();
    assert_eq!(config.degraded.iter().map(Text::as_str).collect::<Vec<_>>(), ["landlock.net", "landlock.scope-signal"]);
    assert!(config.fail_closed);
    assert_eq!(config.attended.iter().map(Text::as_str).collect::<Vec<_>>(), ["my.agent"]);
    assert_eq!((config.uid_base, config.segment_max), (300_000, 768 << 20));
    assert_eq!(config.policy.protect.iter().map(|path| &path[..]).collect::<Vec<_>>(), [&b"/"[..], b"/srv/data"]);
    assert!(!compile(b"fail_mode = 'cautious'").unwrap().fail_closed);
    assert_eq!(compile(b"journal.segment_max = 65536").unwrap().segment_max, 65_536);
}

#[test]
fn a_rejection_names_the_line_the_key_and_what_is_allowed() {
    for (text, parts) in [
        ("\nfoo = 1", &["line 2: ", "foo", "fail_mode"][..]),
        ("[workers]\nuid_bas = 1", &["line 2: ", "uid_bas", "uid_base"]),
        ("[agents.x]\n", &["line 1: ", "attended"]),
        ("[agents.x]\nattended = 'yes'", &["line 2: ", "boolean"]),
        ("[agents.X]\nattended = true", &["line 1: ", "agents.X", "a-z"]),
        ("fail_mode = \"open\"", &["line 1: ", "open", "cautious", "closed"]),
        ("degraded = [\n  'seccomp',\n]", &["line 2: ", "degraded", "seccomp", "landlock.net"]),
        ("[journal]\n\nsegment_max = '1 KiB'", &["line 3: ", "segment_max", "64 KiB to 768 MiB"]),
        ("[journal]\nsegment_max = '769 MiB'", &["line 2: ", "64 KiB to 768 MiB"]),
        ("[journal]\nsegment_max = -1", &["line 2: ", "MiB"]),
        ("[journal]\nsegment_max = true", &["line 2: ", "MiB"]),
        ("[policy]\nprotect = ['srv']", &["line 2: ", "policy.protect", "srv", "absolute"]),
        ("fail_mode = 'closed'\nfail_mode = 'closed'", &["line 2: ", "duplicate"]),
        ("a = [", &["line 1: "]),
    ] {
        let why = rejected(text);
        assert!(parts.iter().all(|part| why.contains(part)), "{text:?}: {why}");
        assert!(!why.contains('\n'), "{why:?}");
    }
    let why = compile(b"a = 1\n\xff").unwrap_err();
    assert_eq!(why.line, Some(2));
}

#[test]
fn uids_of_people_and_of_nobody_are_never_given_to_workers() {
    for base in [0, 999, 1000, -1, 65534, 65535, 65534 - 1023, (1 << 31) - 1024, 1 << 31, i64::MAX, i64::MIN] {
        let why = rejected(&format!("[workers]\nuid_base = {base}"));
        assert!(why.starts_with("line 2: workers.uid_base: "), "{why}");
    }
    for base in [1001, 65534 - 1024, 65536, (1 << 31) - 1025] {
        let config = compile(format!("workers.uid_base = {base}").as_bytes()).unwrap();
        assert_eq!(i64::from(config.uid_base), base);
    }
}

#[test]
fn a_protected_tree_is_written_in_one_way() {
    for wrong in ["", "a", "./a", "/a/../b", "/a/./b", "//a", "/a//b", "/a//", "/..", "/a\\u0000b"] {
        rejected(&format!("policy.protect = [\"{wrong}\"]"));
    }
    rejected(&format!("policy.protect = [\"/{}\"]", "a".repeat(PATH_MAX)));
}

#[test]
fn lists_are_bounded() {
    let trees: Vec<String> = (0..257).map(|at| format!("'/{at}'")).collect();
    assert!(rejected(&format!("policy.protect = [{}]", trees.join(","))).contains("256"));
    let agents: String = (0..64).map(|at| format!("[agents.a{at}]\nattended = true\n")).collect();
    assert!(rejected(&agents).contains("64"));
}

/// The parser's own limit on recursion does this; if a version of it had none, this test would end with a stack overflow.
#[test]
fn no_nesting_reaches_the_parsers_stack() {
    let deep = CONFIG_MAX / 2 - 16;
    for text in [
        "a.".repeat(deep) + "a = 1",
        "a . ".repeat(deep / 2) + "a = 1",
        format!("[{}a]", "a.".repeat(deep)),
        format!("[{}a]", "a . ".repeat(deep / 2)),
        format!("[{}a]", "'a' . ".repeat(deep / 4)),
        "agents.".to_owned() + &"a.".repeat(deep - 8) + "a = 1",
        "a = ".to_owned() + &"[".repeat(2 * deep),
        "a = ".to_owned() + &"[\n".repeat(deep),
        "a = ".to_owned() + &"{a = ".repeat(deep / 3),
        "a = ".to_owned() + &"{a.a.a.a.a.a.a.a = ".repeat(deep / 10),
    ] {
        assert!(text.len() <= CONFIG_MAX, "{}", text.len());
        let why = rejected(&text);
        assert!(why.contains("recur"), "{why}");
    }
}

#[test]
fn the_largest_text_is_compiled_in_little_time() {
    let line = "# a comment that is there to be long, and not to be read by anyone\n";
    let began = std::time::Instant::now();
    assert!(compile(line.repeat(CONFIG_MAX / line.len()).as_bytes()).is_ok());
    let agents: String = (0..)
        .map(|at| format!("[agents.a{at}]\nattended=false\n"))
        .scan(0, |length, agent| {
            *length += agent.len();
            (*length <= CONFIG_MAX).then_some(agent)
        })
        .collect();
    assert!(compile(agents.as_bytes()).is_ok());
    assert!(began.elapsed().as_secs() < 30, "{:?}", began.elapsed());
}

#[test]
fn a_program_is_taught_by_its_names_its_words_and_its_class() {
    let text = br#"
        [[program]]
        names = ["ship", "shipit"]
        words = "status|list  all"
        class = "safe"
        operands = "read"
        [[program]]
        names = ["git"]
        words = "push"
        class = "destructive"
        says = "publishes"
        "#;
    let policy = compile(text).unwrap().policy;
    let shown: Vec<_> =
        policy.programs.iter().map(|one| (&*one.names[0], &*one.words, one.class, &*one.says, one.operands)).collect();
    let default = "runs a program that the configuration names";
    let expected = [
        ("ship", "status|list all", Class::Safe, default, TaughtOperands::Read),
        ("git", "push", Class::Destructive, "publishes", TaughtOperands::Words),
    ];
    assert_eq!(shown, expected);
}

#[test]
fn a_program_that_is_not_in_order_is_refused_with_its_line() {
    let entry = |rest: &str| rejected(&format!("[[program]]\n{rest}"));
    assert!(entry("names = []\nclass = \"safe\"").starts_with("line 1: program: names"));
    for (rest, said) in [
        ("names = [\"a b\"]\nclass = \"safe\"", "names"),
        ("names = [\"/bin/a\"]\nclass = \"safe\"", "names"),
        ("names = [\"a\"]\nclass = \"fine\"", "class"),
        ("names = [\"a\"]", "class"),
        ("names = [\"a\"]\nclass = \"safe\"\nwords = \"-f\"", "words"),
        ("names = [\"a\"]\nclass = \"safe\"\nwords = \"a b c d e f g\"", "words"),
        ("names = [\"a\"]\nclass = \"safe\"\nwords = \"a||b\"", "words"),
        ("names = [\"a\"]\nclass = \"safe\"\nsays = \"\"", "says"),
        ("names = [\"a\"]\nclass = \"safe\"\noperands = \"run\"", "operands"),
        ("names = [\"a\"]\nclass = \"safe\"\ncalm = \"-n\"", "calm"),
    ] {
        assert!(entry(rest).contains(said), "{rest}: {}", entry(rest));
    }
    let many = "[[program]]\nnames = [\"a\"]\nclass = \"safe\"\n";
    assert!(compile(many.repeat(256).as_bytes()).is_ok());
    assert!(rejected(&many.repeat(257)).starts_with("program: "));
}
