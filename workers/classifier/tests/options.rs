//! Options that turn a program that only reads into one that writes, deletes or runs something. Each row was once silent.

#![allow(clippy::unwrap_used)]

mod common;

use common::{noticed, silent};

#[test]
fn help_excuses_nothing_that_is_also_done() {
    noticed(&[
        "truncate -s 0 -- /etc/passwd --help",
        "tee -- /etc/passwd --help",
        "rm -rf -- /etc --help",
        "mv -- a /etc/passwd --help",
        "shred -- a --help",
        "lvremove -- vg/data --help",
        "systemctl stop -- nginx --help",
        "kill -9 -- 1 --help",
        "kubectl delete ns prod -- --help",
        "docker run --privileged -v /:/host alpine rm -rf /host -- --help",
        "docker run alpine sh -c 'rm -rf x' --help",
        "npx some-package --help",
        "shutdown -h",
        "halt -h",
        "rm help",
        "rm version",
        "tee ~/.bashrc --help",
        "git commit -m --help --no-verify",
    ]);
    silent(&[
        "rm --help",
        "git commit --help",
        "kubectl delete --help",
        "docker --version",
        "docker run --help",
        "npx --help",
    ]);
}

#[test]
fn sed_and_awk_are_read_with_all_their_options() {
    noticed(&[
        "sed --expr='1e rm -rf x' a",
        "sed --expr '1e rm -rf x' a",
        "sed -ne'1e rm -rf x' a",
        "sed --in s/a/b/ ~/.bashrc",
        "sed -ni s/a/b/ ~/.bashrc",
        "sed -Ei.bak s/a/b/ ~/.bashrc",
        "sed --fil=evil a",
        "sed -nf evil a",
        "sed -e 's/.*/id\\' -e 'x/e' a",
        "awk -v f=/etc/passwd 'BEGIN{print(1) >f}'",
        "awk '{print $1 > $2}' a",
        "awk '{printf(\"x\") >> f}' a",
        "awk 'BEGIN{print 1 > \"/etc/\" \"passwd\"}'",
        "awk 'BEGIN{x = a / system(\"rm -rf ~\") / 1}'",
        "awk '/\"/ {system(\"rm -rf ~\")} /\"/'",
        "gawk -e'BEGIN{system(\"rm -rf ~\")}'",
        "gawk --source='BEGIN{system(\"rm -rf ~\")}'",
        "gawk --sour 'BEGIN{system(\"rm -rf ~\")}'",
        "gawk 'BEGIN{f=\"system\"; @f(\"rm -rf ~\")}'",
        "gawk '@load \"/tmp/evil\"; {print}' a",
        "gawk -f/tmp/evil a",
        "gawk -nf /tmp/evil a",
        "gawk -iinplace '{print}' a",
        "gawk --profile=/etc/passwd '{print}' a",
        "gawk -o/etc/passwd '{print}' a",
        "gawk --lo=/tmp/evil '{print}' a",
    ]);
    silent(&[
        "sed -n '1,20p' a.txt",
        "sed --quiet -e 1p -e 2p a",
        "sed -E 's/(a)/\\1/' a",
        "sed -i.bak 's/a/b/' src/a.rs",
        "awk -F: '{print $1}' a",
        "awk -v x=1 '$1 > 5 {print $2 / 2}' a",
        "awk '{if ($1 > 5) print $2; else print ($3 > 2)}' a",
        "awk '/foo/ {print $0}' a",
        "awk '{print $1 > \"out.txt\"}' a",
        "awk '{print > \"/dev/stderr\"}' a",
        "awk 'NR>1 && $3 >= 10 {s+=$3} END {print s/NR}' a",
        "awk '{a[$1]++} END {for (k in a) print k, a[k]}' a",
    ]);
}

#[test]
fn tar_and_rsync_are_read_with_all_their_options() {
    noticed(&[
        "tar -xf a --use-compress-prog='rm -rf ~'",
        "tar -cf a --checkpoint=1 --checkpoint-act=exec='rm -rf ~' .",
        "tar -cf a --remove-f src",
        "tar cfv ~/.bashrc x",
        "tar -cvf ~/.bashrc x",
        "tar -cvf~/.bashrc x",
        "tar -xvf x.tar -C/etc",
        "tar -xC /etc -f x.tar",
        "tar xCf /etc x.tar",
        "tar --extract --dir=/etc --file x.tar",
        "tar -xf x.tar -C src -C /etc",
        "tar -cf a -T list",
        "tar -cf a -g ~/.bashrc src",
        "tar -cf a --unknown-option src",
        "rsync -ae 'sh -c id' a:x b",
        "rsync -a --exclude -n --delete e/ ~/victim/",
        "rsync -a --rsync-path='rm -rf x' a:x b",
        "rsync -a --backup-dir=/etc a b",
        "rsync -a --log-file=/home/dev/.bashrc a b",
        "rsync -a --remove-source-files ~/x b",
        "rsync -e 'nc -n' a b:x",
        "rsync -a --unknown a b",
    ]);
    silent(&[
        "tar czf /tmp/a.tgz src",
        "tar -xzf a.tgz",
        "tar -xf a.tgz -C build --strip-components=1",
        "tar --exclude=.git --exclude node_modules -czf a.tgz src",
        "tar tf a.tgz",
        "tar --help",
        "rsync -av --exclude node_modules src/ build/",
        "rsync -avn --delete src/ build/",
        "rsync -a --dry-run --delete src/ ~/x/",
    ]);
}

#[test]
fn an_option_or_operand_that_writes_or_runs_is_seen() {
    noticed(&[
        "compgen -C 'rm -rf x'",
        "complete -C 'rm -rf x' ls",
        "strace -o '|rm -rf x' ls",
        "ltrace -o '!rm -rf x' ls",
        "xxd -p /dev/null ~/.bashrc",
        "uniq a ~/.bashrc",
        "ptx -G a ~/.bashrc",
        "sdiff -o ~/.bashrc a b",
        "mv -t /tmp/x ~/.ssh",
        "mv --target-dir=/tmp/x ~/.ssh",
        "cp --t=/etc x",
        "iconv -o ~/.bashrc a",
        "info -o ~/.bashrc ls",
        "dmidecode --dump-bin ~/.bashrc",
        "install -d /etc/x",
        "csplit -f ~/.bashrc a 1",
        "split a ~/.bashrc",
        "rdfind -deleteduplicates true src",
        "exiftool -if 'system(\"rm -rf x\")' a.jpg",
        "exiftool -config /tmp/evil a.jpg",
        "mlr put 'end{exec(\"rm\",[\"-rf\",\"x\"])}' a",
        "mlr --prepipe 'rm -rf x' cat a",
        "npx concurrently 'rm -rf x'",
        "npx tsx -e 'process.exit()'",
        "cargo test --config 'target.x.runner=\"/tmp/evil\"'",
        "cargo clean --target-dir src",
        "cargo build --target-dir /etc/x",
        "pytest --basetemp=src",
        "uv venv --clear src",
        "virtualenv --clear src",
        "go build -o ~/.bashrc .",
        "go vet -vettool=/tmp/evil .",
        "go vet --vettool /tmp/evil .",
        "gcc -wrapper /tmp/evil a.c",
        "gcc -fplugin=/tmp/x.so a.c",
        "ffmpeg -i a.mp4 ~/.bashrc",
        "convert a.png ~/.bashrc",
        "pandoc --lua-filter=/tmp/x a.md",
        "smartctl -s off /dev/sda",
        "hostname evil",
        "enable -f /tmp/x.so x",
        "hash -p /tmp/evil ls",
        "kubectl delete ns prod --dry-run=none",
        "git push --dry origin +main",
    ]);
    silent(&[
        "strace -o trace.txt ls",
        "xxd -p a.bin",
        "xxd a.bin out.txt",
        "uniq -c a",
        "mv -t docs a b",
        "cp -t docs a b",
        "iconv -f latin1 -t utf8 a",
        "install -d build/x",
        "exiftool -j a.jpg",
        "mlr --icsv --ojson cat a.csv",
        "npx tsc --noEmit",
        "cargo test --target-dir target/x",
        "cargo clean -p x",
        "pytest -q --junitxml=report.xml",
        "uv venv .venv",
        "uv venv",
        "go build -o bin/app ./cmd/app",
        "go test -run TestX -coverprofile=c.out ./...",
        "gcc -O2 -Wall -o app a.c",
        "ffmpeg -i a.mp4 b.webm",
        "hostname",
        "kubectl delete pod x --dry-run=client",
    ]);
}
