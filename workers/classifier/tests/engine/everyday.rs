//! Ordinary work is silent, and what it would lose is said exactly. Rows written for this project.

use crate::common::shell;
use palisade_protocol::verdict::Class;

#[test]
fn ordinary_work_is_safe() {
    let rows = [
        "ls -la",
        "cd src && ls",
        "git status",
        "git diff HEAD~1 -- src",
        "git add -A && git commit -m 'fix: rm -rf of the cache'",
        "git log --oneline | head -20",
        "git push origin main",
        "git fetch --all",
        "cargo build --release 2>&1 | tail -5",
        "cargo test -- --nocapture",
        "npm test",
        "npm run build",
        "pytest -q tests/test_a.py",
        "make -j4",
        "go test ./...",
        "tsc --noEmit",
        "ruff check .",
        "cat README.md | grep -n Usage",
        "grep -rn 'rm -rf /' .",
        "rg TODO src",
        "find . -name '*.rs' | xargs wc -l",
        "find . -type f -name '*.md' -exec grep -l x {} +",
        "sed -n '1,20p' a.txt",
        "sed -i 's/a/b/' src/a.rs",
        "awk '{print $2}' a.txt | sort | uniq -c",
        "echo 'mkfs /dev/sda' >> notes.md",
        "printf '%s\\n' a b > list.txt",
        "cat > src/x.rs <<'E'\nfn main() { /* rm -rf / */ }\nE",
        "mkdir -p build/out && touch build/out/a",
        "cp a.txt b.txt",
        "mv a.txt docs/",
        "ln -s a b",
        "chmod +x run.sh",
        "tar czf /tmp/a.tgz src",
        "curl -s https://example.com/a.json | jq .name",
        "docker ps -a",
        "kubectl get pods -n dev",
        "terraform plan",
        "psql -c \"select 'drop table x'\"",
        "python3 -c 'print(1)'",
        "node -e 'console.log(1)'",
        "test -f a && echo yes",
        "for f in *.txt; do wc -l \"$f\"; done",
        "if [ -d src ]; then ls src; fi",
        "while read -r l; do echo \"$l\"; done < a.txt",
        "D=$(mktemp -d); cp a \"$D\"; rm -rf \"$D\"",
        "which rm; man dd; type shutdown",
        "rm --help",
        "git commit --help",
        "kubectl delete pod x --dry-run=client",
        "sudo -l",
        "env | cut -d= -f1",
        "date +%F",
        "ps aux | grep node",
        "tail -f /var/log/syslog",
        "bash -c 'cargo build && cargo test'",
        "timeout 60 cargo test",
        "time make",
        "diff <(sort a) <(sort b)",
        "x=$(git rev-parse HEAD); echo \"$x\"",
        "find . -name '*.pyc' -delete",
        "rm -rf __pycache__",
        "GIT_PAGER=cat git log",
        "export RUST_LOG=debug; cargo run",
        "source .venv/bin/activate && pytest",
        "gh pr view 12",
        "uv run pytest",
        "bundle exec rspec",
        "! grep -q x a.txt",
        "(cd web && npm run lint)",
        "yarn test --watch=false",
    ];
    let wrong: Vec<String> = rows
        .iter()
        .filter_map(|row| {
            let (verdict, _) = shell(row);
            (verdict.class != Class::Safe).then(|| format!("{} {}: {row}", verdict.class, verdict.rule))
        })
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_delete_inside_the_project_is_destructive_and_contained() {
    for row in
        ["rm -rf build", "rm -rf ./node_modules", "rm src/a.rs", "find . -name '*.log' -delete", ": > src/main.rs"]
    {
        let (verdict, _) = shell(row);
        assert_eq!((verdict.class, verdict.contained), (Class::Destructive, true), "{row}");
        assert!(!verdict.recoverable, "no fact has been observed");
    }
}

#[test]
fn what_is_not_inside_is_never_contained() {
    for row in [
        "rm -rf .",
        "rm -rf .git",
        "rm -rf ..",
        "rm a /tmp/b",
        "rm -rf $X",
        "rm -rf build/../..",
        "rm -rf build; git reset --hard",
        "rm -rf *",
        "find . -not -name '*.md' -delete",
        "find . -name config -delete",
        "find . -name '*g*' -exec rm -rf {} +",
        "find . -name '*.pack' -delete",
        "rm -rf .g*",
        "rm -rf $(ls -A)",
        "rm -rf build; ./unread.sh",
    ] {
        assert!(!shell(row).0.contained, "{row}");
    }
}

#[test]
fn a_verdict_says_what_where_and_why() {
    let (verdict, text) = shell("echo hi; rm -rf /var/lib --token=hunter22");
    assert_eq!(verdict.rule.as_str(), "fs.delete.recursive");
    assert_eq!(verdict.reason.as_str(), "This call deletes everything below /var/lib, which the system needs.");
    assert_eq!((verdict.spans[0].start, verdict.spans[0].end), (9, 41));
    assert_eq!(verdict.effects[0].target.as_str(), "/var/lib");
    assert!(!text.contains("hunter22"));
}

#[test]
fn helping_flags_never_raise_a_verdict() {
    for row in ["rm -rf /etc", "git push --force", "kubectl delete ns prod", "mkfs.ext4 /dev/sda", "systemctl stop x"] {
        let helped = format!("{row} --help");
        assert!(shell(&helped).0.class <= shell(row).0.class, "{helped}");
    }
}
