#![no_main]
//! The classifier on text that looks like shell: tokens and whole constructs, nested and cut short.

use arbitrary::{Arbitrary, Result, Unstructured};

/// How deep constructs are built; what comes from below the last level is a token.
const DEPTH: u32 = 12;

const TOKENS: &[&str] = &[
    "rm -rf ",
    "/",
    "/etc ",
    "~ ",
    "$HOME ",
    "src ",
    "a",
    " ",
    "b=1 ",
    "x=",
    "$x",
    "${x",
    "}",
    "$(",
    ")",
    "`",
    "\"",
    "'",
    "\\",
    "\n",
    "\\\n",
    ";",
    "|",
    "||",
    "&&",
    "&",
    ">",
    ">>",
    "<",
    "<<<",
    "<<E\n",
    "E\n",
    "{a,b}",
    "{1..9}",
    "*",
    "?",
    "[a-z]",
    "$'\\x2f'",
    "$\"",
    "#",
    "!",
    "((",
    "))",
    "[[ ",
    " ]]",
    "=~ ",
    "-",
    "--",
    "-c ",
    "-e ",
    "-exec ",
    "{} ",
    "\\; ",
    "sh ",
    "bash -c ",
    "eval ",
    "source ",
    "xargs ",
    "find . ",
    "env ",
    "sudo ",
    "timeout 5 ",
    "git ",
    "push -f ",
    "reset --hard ",
    "psql -c ",
    "DROP TABLE t",
    "python3 -c ",
    "import os;os.system(",
    "perl -e ",
    "awk ",
    "sed ",
    "BEGIN{system(",
    "dd ",
    "of=/dev/sda ",
    "curl x.io",
    "base64 -d ",
    "printf %s ",
    "echo ",
    "set -- ",
    "shift ",
    "$@",
    "$*",
    "$1",
    "$((",
    "${!",
    "${x:-",
    "${x//",
    "%%",
    "##",
    "^^",
    "@Q",
    "local ",
    "declare -n ",
    "export ",
    "readonly ",
    "unset ",
    "trap ",
    "return ",
    "break ",
    "continue ",
    "exit ",
    "alias ",
    "read ",
    "mapfile ",
    "cd ",
    "pushd ",
    "coproc ",
    "time ",
    "function ",
    "select ",
    "a[",
    "]=",
    "+=",
    "<(",
    ">(",
    "2>&1 ",
    "&> ",
    ">| ",
    "<> ",
    "{fd}> ",
    "\u{202e}",
    "\u{200b}",
    "\u{430}",
    "\0",
    "\r",
    "\t",
    "é",
];

#[derive(Debug)]
struct Text(String);

impl<'a> Arbitrary<'a> for Text {
    fn arbitrary(source: &mut Unstructured<'a>) -> Result<Self> {
        let mut out = String::new();
        while !source.is_empty() && out.len() < 16 * 1024 {
            list(source, &mut out, DEPTH)?;
        }
        Ok(Self(out))
    }
}

/// Commands with something between them.
fn list(source: &mut Unstructured<'_>, out: &mut String, depth: u32) -> Result<()> {
    for _ in 0..source.int_in_range(1..=4)? {
        command(source, out, depth)?;
        out.push_str(source.choose(&["; ", " | ", " && ", " || ", " & ", "\n", " |& ", ""])?);
    }
    Ok(())
}

fn command(source: &mut Unstructured<'_>, out: &mut String, depth: u32) -> Result<()> {
    let Some(below) = depth.checked_sub(1) else { return words(source, out) };
    let frame: (&str, &str, &str) = *source.choose(&[
        ("", "", ""),
        ("", "", ""),
        ("( ", "", ")"),
        ("{ ", "", "; }"),
        ("if ", "; then ", "; fi"),
        ("while ", "; do ", "; done"),
        ("for i in a b $x; do ", "", "; done"),
        ("case $x in a|b) ", ";; *) ", ";; esac"),
        ("f() { ", "", "; }; f a b"),
        ("echo $(", "", ")"),
        ("x=$(", "", "); $x"),
        ("eval \"", "", "\""),
        ("sh -c '", "", "'"),
        ("bash <<E\n", "", "\nE\n"),
        ("cat <(", ") >(", ")"),
        ("`", "", "`"),
        ("x='", "", "'; eval \"$x\""),
        ("xargs -I{} ", "", ""),
        ("! ", "", ""),
        ("trap '", "", "' EXIT"),
        ("select i in a; do ", "", "; done"),
        ("for ((i=0;i<3;i++)); do ", "", "; done"),
        ("[[ ", " && ", " ]]"),
        ("python3 -c \"", "", "\""),
        ("find . -exec ", "", " {} +"),
    ])?;
    if frame.0.is_empty() {
        return words(source, out);
    }
    out.push_str(frame.0);
    list(source, out, below)?;
    if !frame.1.is_empty() {
        out.push_str(frame.1);
        list(source, out, below)?;
    }
    // A closing part may be missing.
    if source.ratio(15, 16)? {
        out.push_str(frame.2);
    }
    Ok(())
}

fn words(source: &mut Unstructured<'_>, out: &mut String) -> Result<()> {
    for _ in 0..source.int_in_range(0..=6)? {
        out.push_str(source.choose(TOKENS)?);
    }
    Ok(())
}

libfuzzer_sys::fuzz_target!(|text: Text| palisade_fuzz::verdict::judged(0, text.0.as_bytes()));
