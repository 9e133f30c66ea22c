//! One effect in many spellings: `rm -rf /etc`, written in every way that came to mind. None passes in silence, and nearly all
//! are known for what they are.

use crate::common::shell;
use palisade_protocol::verdict::Class;

const FLAGS: &[&str] = &[
    "rm -rf /etc",
    "rm -fr /etc",
    "rm -r -f /etc",
    "rm -R --force /etc",
    "rm --recursive --force /etc",
    "rm --recur --forc /etc",
    "rm /etc -rf",
    "rm -rf -- /etc",
    "rm -rfv /etc/",
    "rm -rf /etc/*",
    "rm -rf //etc",
    "rm -rf /usr/../etc",
    "rm -rf /etc/.",
    "/bin/rm -rf /etc",
    "/usr/bin/rm -rf /etc",
    "rm -rf -- -x /etc",
    "rm -rf \\\n/etc",
    "rm -rf --one-file-system -- /etc",
    "rm -drf /etc",
    "rm -rf build ./x /etc",
];

const QUOTING: &[&str] = &[
    "'rm' -rf /etc",
    "\"rm\" -rf /etc",
    "r''m -rf /etc",
    "r\"\"m -rf /etc",
    "r\\m -rf /etc",
    "\\r\\m -rf /etc",
    "$'rm' -rf /etc",
    "$'\\x72\\x6d' -rf /etc",
    "$'\\162\\155' -rf /etc",
    "$'\\u0072m' -rf /etc",
    "$\"rm\" -rf /etc",
    "rm '-rf' '/etc'",
    "rm -rf /'etc'",
    "rm -rf \"/e\"tc",
    "rm \"-r\"f /etc",
    "rm -rf /et$'c'",
    "r$''m -rf /etc",
    "rm${nope} -rf /etc",
];

const VARIABLES: &[&str] = &[
    "x=rm; $x -rf /etc",
    "x=rm y=/etc; $x -rf $y",
    "x='rm -rf /etc'; $x",
    "x=r; y=m; $x$y -rf /etc",
    "x=rm\n${x} -rf /etc",
    "x=/etc; rm -rf \"$x\"",
    "x=/etc; rm -rf ${x}",
    "x=/; y=etc; rm -rf $x$y",
    "x=${y:-rm}; $x -rf /etc",
    "rm${IFS}-rf${IFS}/etc",
    "a=(rm -rf /etc); ${a[@]}",
    "a=(rm -rf /etc); \"${a[@]}\"",
    "set rm -rf /etc; $@",
    "set -- /etc; rm -rf $1",
    "v=rm; w=v; ${!w} -rf /etc",
    "s=xrmx; ${s:1:2} -rf /etc",
    "s=rXm; ${s/X/} -rf /etc",
    "s=RM; ${s,,} -rf /etc",
    "s=mr; t=${s:1}${s:0:1}; $t -rf /etc",
    "printf -v k 'r%s' m; $k -rf /etc",
    "read -r k <<< rm; $k -rf /etc",
    "mapfile -t k <<< rm; $k -rf /etc",
    "{rm,-rf,/etc}",
    "rm -rf /{etc,}",
    "s=rm.x; ${s%.x} -rf /etc",
    "s=a/rm; ${s##*/} -rf /etc",
    "x='\\x72m'; ${x@E} -rf /etc",
    "declare -A m=([a]=rm); ${m[a]} -rf /etc",
    "x=rm; y='$x -rf /etc'; eval $y",
    "/bin/r? -rf /etc",
];

const SUBSTITUTION: &[&str] = &[
    "$(echo rm) -rf /etc",
    "`echo rm` -rf /etc",
    "$(printf %s rm) -rf /etc",
    "$(printf 'rm -rf /etc')",
    "rm -rf $(echo /etc)",
    "rm -rf /$(echo etc)",
    "eval rm -rf /etc",
    "eval 'rm -rf /etc'",
    "eval \"$(echo rm -rf /etc)\"",
    "echo rm -rf /etc | sh",
    "echo 'rm -rf /etc' | bash -s",
    "printf 'rm -rf %s' /etc | bash",
    "sh <<< 'rm -rf /etc'",
    "sh <<E\nrm -rf /etc\nE",
    "bash <(echo rm -rf /etc)",
    ". <(echo rm -rf /etc)",
    ". /dev/stdin <<< 'rm -rf /etc'",
    "echo cm0gLXJmIC9ldGM= | base64 -d | sh",
    "echo 726d202d7266202f657463 | xxd -r -p | sh",
    "echo 'cte/ fr- mr' | rev | sh",
    "echo 'ez -es /rgp' | tr a-z n-za-m | sh",
    "echo 'rm_-rf_/etc' | tr _ ' ' | sh",
    "$(tr A-Z a-z <<< RM) -rf /etc",
    "$(rev <<< mr) -rf /etc",
    "echo \"$(rm -rf /etc)\"",
    "echo $(($(rm -rf /etc)))",
    "x=$(rm -rf /etc)",
    "$(which rm) -rf /etc",
    "$(command -v rm) -rf /etc",
    "$(type -p rm) -rf /etc",
    "bash -c \"$(base64 -d <<< cm0gLXJmIC9ldGM=)\"",
    "sh -c \"$(printf '\\162\\155 -rf /etc')\"",
    "cat <<E\n$(rm -rf /etc)\nE",
    "echo cm0gLXJmIC9ldGM= | openssl base64 -d | sh",
];

const WRAPPERS: &[&str] = &[
    "sudo rm -rf /etc",
    "sudo -u root -n rm -rf /etc",
    "doas rm -rf /etc",
    "env rm -rf /etc",
    "env -i A=b rm -rf /etc",
    "env -S 'rm -rf /etc'",
    "nice -n 10 rm -rf /etc",
    "ionice -c 3 rm -rf /etc",
    "timeout 10 rm -rf /etc",
    "nohup rm -rf /etc",
    "setsid rm -rf /etc",
    "stdbuf -o0 rm -rf /etc",
    "time rm -rf /etc",
    "command rm -rf /etc",
    "exec rm -rf /etc",
    "builtin exec rm -rf /etc",
    "busybox rm -rf /etc",
    "chroot / rm -rf /etc",
    "unshare -m rm -rf /etc",
    "flock /tmp/l rm -rf /etc",
    "xargs rm -rf <<< /etc",
    "echo /etc | xargs -I{} rm -rf {}",
    "find /etc -delete",
    "find / -name etc -exec rm -rf {} +",
    "strace rm -rf /etc",
    "watch rm -rf /etc",
    "some-wrapper rm -rf /etc",
    "some-wrapper --opt v rm -rf /etc",
    "sh -c 'rm -rf /etc'",
    "bash -lc 'rm -rf /etc'",
    "bash -c '$0 $1 $2' rm -rf /etc",
    "su -c 'rm -rf /etc'",
    "script -qc 'rm -rf /etc' x",
    "ssh host rm -rf /etc",
    "parallel rm -rf ::: /etc",
    "systemd-run rm -rf /etc",
    "docker run -v /:/h a rm -rf /h/etc",
    "/lib64/ld-linux-x86-64.so.2 /bin/rm -rf /etc",
];

const FLOW: &[&str] = &[
    "true && rm -rf /etc",
    "false || rm -rf /etc",
    "ls; rm -rf /etc",
    "ls & rm -rf /etc",
    "ls | rm -rf /etc",
    "ls\nrm -rf /etc",
    "(rm -rf /etc)",
    "{ rm -rf /etc; }",
    "! rm -rf /etc",
    "if true; then rm -rf /etc; fi",
    "while :; do rm -rf /etc; done",
    "until rm -rf /etc; do :; done",
    "for i in 1; do rm -rf /etc; done",
    "for ((;;)); do rm -rf /etc; done",
    "case a in a) rm -rf /etc;; esac",
    "f() { rm -rf /etc; }; f",
    "function f { rm -rf $1; }; f /etc",
    "alias z='rm -rf /etc'\nz",
    "ls() { rm -rf /etc; }; ls",
    "trap 'rm -rf /etc' EXIT",
    "coproc rm -rf /etc",
    "cd / && rm -rf etc",
    "cd /usr; rm -rf ../etc",
    ">/dev/null rm -rf /etc",
    "A=1 rm -rf /etc",
    "echo 'rm -rf /etc' > x; sh x",
    "select d in /etc; do rm -rf $d; done",
    "# x\nrm -rf /etc",
];

const SIDE_DOORS: &[&str] = &[
    "python3 -c 'import shutil; shutil.rmtree(\"/etc\")'",
    "python3 -c 'import os; os.system(\"rm -rf /etc\")'",
    "perl -e 'system \"rm -rf /etc\"'",
    "ruby -e 'system \"rm -rf /etc\"'",
    "node -e 'require(\"fs\").rmSync(\"/etc\",{recursive:true,force:true})'",
    "php -r 'exec(\"rm -rf /etc\");'",
    "awk 'BEGIN{system(\"rm -rf /etc\")}'",
    "sed '1e rm -rf /etc' x",
    "vim -c '!rm -rf /etc'",
    "man -P 'rm -rf /etc' ls",
    "tar cf x --checkpoint=1 --checkpoint-action=exec='rm -rf /etc' y",
    "git -c alias.x='!rm -rf /etc' x",
    "git -c core.fsmonitor='rm -rf /etc' status",
    "GIT_PAGER='rm -rf /etc' git log",
    "BASH_ENV=<(echo rm -rf /etc) bash -c :",
    "PS4='$(rm -rf /etc)' bash -xc :",
    "printf 'a:\\n\\trm -rf /etc\\n' | make -f -",
    "rg --pre 'rm -rf /etc' x",
    "sort --compress-program 'rm -rf /etc' x",
    "mv /etc /tmp/x",
    "rsync -a --delete empty/ /etc/",
    "find /etc -type f -exec shred -u {} +",
    "psql -c '\\! rm -rf /etc'",
    "sqlite3 x '.shell rm -rf /etc'",
    "unlink /etc/passwd",
    "shred -u /etc/passwd",
    "rmdir /etc",
    "busybox unlink /etc/passwd",
    "lua -e 'os.execute(\"rm -rf /etc\")'",
    "expect -c 'exec rm -rf /etc'",
    "tclsh <<< 'exec rm -rf /etc'",
    "emacs --batch --eval '(delete-directory \"/etc\" t)'",
    "crontab <<< '* * * * * rm -rf /etc'",
    "at now <<< 'rm -rf /etc'",
    "git bisect run rm -rf /etc",
    "cp -r --remove-destination x /etc",
    "mount --bind /tmp/empty /etc",
    "ln -sfn /tmp/x /etc",
];

fn group(rows: &[&str], spared: &[&str]) {
    let mut wrong = Vec::new();
    for row in rows {
        let (verdict, _) = shell(row);
        let bar = if spared.contains(row) { Class::Ambiguous } else { Class::Catastrophic };
        if verdict.class < bar {
            wrong.push(format!("{} ({}): {row}", verdict.class, verdict.rule));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn flags_in_any_order_and_length() {
    group(FLAGS, &[]);
}

#[test]
fn quotes_of_every_kind() {
    group(QUOTING, &[]);
}

#[test]
fn words_from_variables() {
    group(VARIABLES, &[]);
}

#[test]
fn words_from_other_commands_and_encodings() {
    group(SUBSTITUTION, &[]);
}

#[test]
fn behind_other_programs() {
    group(WRAPPERS, &[]);
}

#[test]
fn anywhere_in_a_script() {
    group(FLOW, &[]);
}

#[test]
fn by_other_verbs_and_languages() {
    // What languages that are not read run is not known, only that something runs.
    group(
        SIDE_DOORS,
        &[
            "lua -e 'os.execute(\"rm -rf /etc\")'",
            "tclsh <<< 'exec rm -rf /etc'",
            "emacs --batch --eval '(delete-directory \"/etc\" t)'",
            "mount --bind /tmp/empty /etc",
        ],
    );
}

#[test]
fn the_bar_is_none_silent_and_nearly_all_denied() {
    let rows: Vec<&&str> =
        [FLAGS, QUOTING, VARIABLES, SUBSTITUTION, WRAPPERS, FLOW, SIDE_DOORS].into_iter().flatten().collect();
    let classes: Vec<Class> = rows.iter().map(|row| shell(row).0.class).collect();
    let denied = classes.iter().filter(|class| **class == Class::Catastrophic).count();
    assert!(rows.len() >= 140, "{}", rows.len());
    assert!(classes.iter().all(|class| *class > Class::Safe));
    assert!(denied * 100 >= rows.len() * 97, "{denied} of {}", rows.len());
}
