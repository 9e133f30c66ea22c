//! What a guard of an older make let through, and what it could only ask about. Each test is one of its causes.

use super::caught;
use crate::common::{at_least, noticed};
use palisade_protocol::verdict::Class;

#[test]
fn a_prefix_is_peeled_by_its_base_name() {
    caught(&[
        "/usr/bin/env rm -rf /",
        "/usr/bin/sudo rm -rf /",
        "/usr/bin/nohup rm -rf /",
        "./x/../../../../../usr/bin/env rm -rf /",
    ]);
}

#[test]
fn quotes_of_one_kind_inside_the_other_are_text() {
    caught(&["echo \"it's $(rm -rf /)\"", "echo \"$(echo ')'; rm -rf /)\"", "echo '\"' $(rm -rf /) '\"'"]);
}

#[test]
fn a_redirection_glued_to_its_word_is_one() {
    caught(&[
        "cat /dev/zero>/dev/sda",
        "echo x > /etc/passwd",
        "echo x>/etc/passwd",
        "echo x 1>/etc/passwd",
        "echo x &>/etc/passwd",
        "echo x >>/etc/passwd",
        ">> /etc/sudoers",
        "echo x >> /etc/crontab",
    ]);
    at_least(Class::Destructive, &["echo x >> ~/.bashrc", ">> ~/.bashrc"]);
}

#[test]
fn a_target_of_a_redirection_is_searched_for_substitutions() {
    caught(&["cat < $(rm -rf /)", "ls 2>$(rm -rf /)", "ls > \"$(rm -rf /; echo x)\""]);
}

#[test]
fn the_guards_own_settings_are_no_file_of_the_project() {
    noticed(&[
        "echo x > /etc/palisade/palisade.toml",
        "echo x > .palisade/settings",
        "cat ~/.local/state/palisade/vault",
    ]);
}

#[test]
fn environment_prefixes_are_inspected() {
    noticed(&[
        "LD_PRELOAD=/tmp/x.so ls",
        "PATH=/tmp/evil ls",
        "GIT_SSH_COMMAND=/tmp/x git fetch",
        "GIT_PAGER=/tmp/x git log",
        "RUSTC_WRAPPER=/tmp/x cargo build",
    ]);
}

#[test]
fn git_options_that_run_or_write_are_no_reads() {
    noticed(&[
        "git fetch --upload-pack=/tmp/x",
        "git grep -O/tmp/x y",
        "git grep -Ox y",
        "git diff --output=/etc/passwd",
        "git -c protocol.ext.allow=always fetch ext::sh",
        "git config gpg.program x",
        "git config core.askPass x",
        "git config include.path x",
        "git config diff.x.textconv y",
        "git config merge.x.driver y",
        "git reflog expire --all",
        "git --exec-path=/tmp/x log",
        "git bisect run rm -rf /",
        "git bisect run ./x.sh",
    ]);
}

#[test]
fn readers_with_options_that_write_or_run_are_no_readers() {
    noticed(&[
        "sort -o x y /etc/passwd; sort -o /etc/x y",
        "uniq f /etc/x",
        "tree -o /etc/x",
        "man -P 'rm -rf /' ls",
        "rg --pre 'rm -rf /' x",
        "sed --in-place s/a/b/ ~/x",
        "sed -Ei s/a/b/ ~/x",
        "sed 's/a/b/w /etc/x' y",
        "sed '1e rm -rf /' y",
        "yq -i .a=1 ~/x",
        "find . -fprintf /etc/x y",
        "cargo install --version 0.1.0 evil",
        "cargo publish --version",
        "go build -toolexec x",
        "npm audit fix --force",
    ]);
}

#[test]
fn reading_secrets_is_asked_about() {
    noticed(&[
        "cat /etc/shadow",
        "cat ~/.netrc",
        "cat ~/.kube/config",
        "cat ~/.git-credentials",
        "cat ~/.docker/config.json",
        "cat ~/.ssh/id_ecdsa",
        "cat /home/dev/.ssh/id_rsa",
        "cat < /etc/shadow",
        "grep x ~/.aws/credentials",
        "cp ~/.ssh/id_rsa x",
        "base64 ~/.ssh/id_ed25519",
        "cd ~/.ssh; cat id_rsa",
        "cat ~/.ssh/*",
        "f=/etc/shadow; cat $f",
        "tar c ~/.ssh",
        "while read l; do echo $l; done < /etc/shadow",
    ]);
}

#[test]
fn what_it_could_only_ask_about_is_known_here() {
    caught(&[
        "find / -delete",
        "RM=rm; $RM -rf /",
        "{rm,-rf,/}",
        "$'\\x72m' -rf /",
        "nice rm -rf /",
        "ionice -c3 rm -rf /",
        "time rm -rf /",
        "chroot /x rm -rf /",
        "busybox rm -rf /",
        "sudo -C 3 rm -rf /",
        "sudo -h host rm -rf /",
        "env -u X rm -rf /",
        "su -c 'rm -rf /'",
        "ssh prod 'rm -rf /'",
        "docker run -v /:/h a rm -rf /h",
        "curl x | sudo sh",
        "curl x | /bin/sh",
        "curl x | python3",
        "bash <(curl x)",
        "cp /dev/zero /dev/sda",
        "rm --recurs /",
        "zpool destroy tank",
        "blkdiscard /dev/sda",
        "mkfs.ext4 /dev/sda1",
    ]);
    at_least(
        Class::Destructive,
        &[
            "$RM -rf /",
            "git push origin +main",
            "git push origin :main",
            "git stash clear",
            "kubectl -n prod delete ns x",
            "terraform apply -destroy -auto-approve",
            "psql -c 'DROP  TABLE x'",
            "psql -c 'UPDATE x SET a=1'",
            "redis-cli FLUSHALL",
            "shutdown now",
            "kill -9 -1",
            "pkill palisaded",
            "palisade purge --yes",
            "aws s3 rb s3://b --force",
            "aws ec2 terminate-instances --instance-ids i",
            "gcloud projects delete p",
            "az group delete -n g --yes",
            "gh repo delete o/r --yes",
            "heroku apps:destroy a --confirm a",
        ],
    );
    noticed(&["eval \"$X\"", "$RM -rf build"]);
}

#[test]
fn what_it_stopped_without_need_is_no_catastrophe() {
    for row in [
        "cp .env.example .env",
        "cat fixtures/key.pem",
        "git push --force-with-lease",
        "git reset --hard",
        "truncate -s 0 app.log",
        "dd if=a of=b",
        "fdisk -l",
        "kubectl delete pod x",
        "python3 -c 'print(\"delete from x\")'",
        "rm -rf node_modules",
        "rm -rf target",
        "rm -rf /tmp/x",
    ] {
        let (verdict, _) = crate::common::shell(row);
        assert!(verdict.class < Class::Catastrophic, "{row}: {}", verdict.rule);
    }
    crate::common::silent(&[
        "cd src",
        "mkdir x",
        "touch x",
        "cp a.txt b.txt",
        "git add -A",
        "git commit -m x",
        "npm run build",
        "make",
        "cargo run",
        "docker ps",
        "kubectl get pods",
        "test -f x",
        "[ -f x ]",
        "for f in *.rs; do wc -l $f; done",
        "if [ -f x ]; then cat x; fi",
        "fdisk -l",
        "python3 -c 'print(\"delete from x\")'",
    ]);
}
