//! Texts that are small and expensive: deep, long, doubling, or crossing one limit after the other.

pub mod languages;
pub mod sql;
pub mod worlds;

/// Those of the shell and of what surrounds it, each with its name.
pub fn inputs() -> Vec<(String, String)> {
    let mut out: Vec<(String, String)> = Vec::new();
    let mut add = |name: &str, text: String| out.push((name.to_owned(), text));
    for unit in [
        "$(",
        "`$(",
        "\"$(",
        "{ ",
        "((",
        "$((",
        "${a:-",
        "<(",
        "if ",
        "f() { ",
        "eval \"",
        "a=(",
        "<<E ",
        "{a,",
        "echo $(",
        "sh -c '",
        "! ",
        "while ",
        "coproc ",
        "$[",
        "a[",
        "( ",
        "case x in x) ",
        "[[ ! ",
        "${a[",
        "${!a",
        "$'\\x",
        "\\\n",
        "a=b ",
        "2>&1 ",
        "<<<a ",
        "*",
        "?",
        "[a-",
        "~",
        "'",
        "\"",
        "\\",
        "#",
        ";;",
        "&",
        "|",
        "\n",
        ":;",
        "x;",
        "a|",
        "a&&",
        "\u{202e}",
        "é",
        "{1..9}",
        "{a,b}",
        "$a",
        "$@",
        "${a//b/c}",
        "${a#*}",
        "!",
        "-",
        "/",
        "/..",
        "../",
        "=",
        "export a=",
    ] {
        add(&format!("{unit:?} repeated"), unit.repeat(64 * 1024 / unit.len()));
    }
    let calls: String = (0..40).map(|at| format!("f{at}() {{ f{0}; f{0}; f{0}; }}; ", at + 1)).collect();
    add("calls that triple", calls + "f0");
    add("a value that doubles", format!("a=aaaaaaaa; {}echo $a", "a=$a$a$a$a; ".repeat(40)));
    add("a value that doubles, used often", format!("a=aaaaaaaa; {}{}", "a=$a$a; ".repeat(13), "b=$a;".repeat(2000)));
    add("loops in loops", format!("{}:{}", "for i in 1 2 3 4 5 6 7 8; do ".repeat(12), "; done".repeat(12)));
    add("while in while", format!("{}x=$x$x{}", "while a; do ".repeat(30), "; done".repeat(30)));
    let variables = |count: usize| (0..count).map(|at| format!("v{at}=1;")).collect::<String>();
    add("branches with much state", format!("{}{}", variables(3000), "if a; then b; fi;".repeat(1500)));
    add("subshells with much state", format!("{}{}", variables(2000), "(a);".repeat(5000)));
    add("substitutions with much state", format!("{}{}", variables(2000), "$(a);".repeat(4000)));
    add("programs with much state", format!("{}{}", variables(2000), "ls;".repeat(6000)));
    add("short cuts with much state", format!("{}a{}", variables(2000), "||a".repeat(4000)));
    add(
        "large values in much state",
        format!("a={};{}{}", "x".repeat(8000), "b$i=$a;".repeat(100), "(a);".repeat(5000)),
    );
    add("functions with much state", format!("f(){{ :; }};{}{}", variables(1500), "f;".repeat(8000)));
    add("braces that multiply", format!("echo {}", "{a,b,c,d}".repeat(40)));
    add("ranges that multiply", format!("echo {}", "{1..1000}".repeat(8)));
    add("a large range", "echo {1..999999999}".to_owned());
    add("fields that multiply", format!("set -- {}; {}", "a ".repeat(1000), "echo $@ $@ $@; ".repeat(2000)));
    add("fields handed on", format!("f(){{ g \"$@\" \"$@\"; }}; g(){{ f \"$@\" \"$@\"; }}; f {}", "a ".repeat(500)));
    add("eval of itself", format!("x='eval \"$x$x\"'; eval \"$x\" {}", "a".repeat(1000)));
    add("eval in eval", format!("x='{}'; {}", "ls;".repeat(2000), "eval \"$x\";".repeat(200)));
    add("alias of itself", format!("alias a='a;a'\n{}", "a;".repeat(4000)));
    add(
        "aliases in turn",
        format!("{}\na0", (0..60).map(|at| format!("alias a{at}='a{0};a{0}';", at + 1)).collect::<String>()),
    );
    add("many pipes", "a|".repeat(4000) + "b");
    add("many sequences", "echo $(seq 1000) ".repeat(2000));
    add("many operands", "rm ".to_owned() + &"a ".repeat(30_000));
    add("many paths", "rm ".to_owned() + &"../a/b/../c ".repeat(5000));
    add("many options", "git push ".to_owned() + &"-o x ".repeat(12_000));
    add("many redirections", "a ".to_owned() + &">b ".repeat(8000));
    add("many here-documents", "cat <<E\n$(ls)\nE\n".repeat(64));
    add("a here-document of substitutions", format!("cat <<E\n{}\nE\n", "$(ls) ".repeat(8000)));
    add("patterns over a long value", format!("a={}; {}", "x".repeat(20_000), "b=${a##*y};".repeat(2000)));
    add("replacing in a long value", format!("a={}; {}", "x".repeat(20_000), "b=${a//x/yy};".repeat(2000)));
    add("a star for each letter", format!("a={}; b=${{a##{}y}}", "x".repeat(20_000), "*x".repeat(10_000)));
    add("arithmetic", format!("echo $(( {}1 ))", "1+(".repeat(15_000)));
    add("arithmetic in itself", format!("a=a+a; echo $((a)) {}", "$((a+a))".repeat(4000)));
    add("decoding", format!("{} ls", "echo bHM= | base64 -d | base64 | base64 -d | ".repeat(1300)));
    add("filters", format!("echo {} {}", "x".repeat(20_000), "| tr x y | rev | sed s/y/xx/g ".repeat(1000)));
    add("printing", format!("printf '{}' {}", "%s".repeat(10_000), "a ".repeat(10_000)));
    add("printing widely", "printf '%099999999d' 1".to_owned());
    add("a lot of a letter", "head -c 999999999 /dev/zero | tr '\\0' x".to_owned());
    add("python", format!("python3 -c '{}'", "os.system(\"ls\");".repeat(3500)));
    add("python in depth", format!("python3 -c '{}'", "os.system(".repeat(6000)));
    add("statements of SQL", format!("psql -c '{}'", "select * from t;".repeat(3500)));
    add("SQL in depth", format!("psql -c 'select {}'", "(".repeat(60_000)));
    add("awk", format!("awk '{}'", "BEGIN{system(\"ls\")}".repeat(3000)));
    add("sed", format!("sed '{}'", "s/a/b/e;".repeat(7000)));
    add("find", format!("find . {}", "-exec rm {} \\; ".repeat(4000)));
    add("xargs in xargs", format!("echo a | {}rm", "xargs ".repeat(10_000)));
    add("wrappers", format!("{}rm", "env ".repeat(16_000)));
    add("shells in shells", shells(9));
    add("splitting in splitting", format!("env -S {}ls", "'-S ".repeat(15_000)));
    add("a pattern for a program", "/bin/[a-z]? x;".repeat(4500));
    add("directories", "cd a; pushd b;".repeat(4000));
    add("traps", "trap 'trap \"ls\" EXIT' EXIT;".repeat(2000));
    add("declarations", (0..3000).map(|at| format!("declare -n a{at}=a{};", at + 1)).collect());
    add("indirection", (0..3000).map(|at| format!("a{at}=a{};b=${{!a{at}}};", at + 1)).collect());
    add("arrays that grow", "a+=(x);".repeat(8000));
    add("a token of many", format!("echo {}", "sk-".repeat(20_000)));
    add("secrets", "password=hunter2 ".repeat(3800));
    add("addresses", "curl https://a:b@c/d?token=e ".repeat(2200));
    out
}

/// `sh -c "sh -c \"…\""`, which grows with each level.
fn shells(levels: usize) -> String {
    (0..levels)
        .fold("ls".to_owned(), |text, _| format!("sh -c \"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
}
