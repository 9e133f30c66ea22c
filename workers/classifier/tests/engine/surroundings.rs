//! Where a command stands, and what surrounds it: directories, links, variables, git's settings. Each row was once silent.

use crate::common::{noticed, shell_at, silent};
use palisade_protocol::verdict::Class;

#[test]
fn a_directory_of_keys_hooks_or_start_up_files_is_no_workspace() {
    for (cwd, command) in [
        ("/home/dev/.ssh", "echo x > authorized_keys"),
        ("/home/dev/.config", "echo x > autostart/x.desktop"),
        ("/home/dev/.config", "echo x > systemd/user/x.service"),
        ("/home/dev/.local/bin", "echo x > ls"),
        ("/home/dev/bin", "echo x > ls"),
        ("/home/dev/project/.git", "echo x > config"),
        ("/home/dev/project/.git/hooks", "echo x > pre-commit"),
        ("/home/dev/project/.husky", "echo x > pre-commit"),
        ("/home/dev/.claude", "echo x > settings.json"),
    ] {
        assert_ne!(shell_at(cwd, command).class, Class::Safe, "{cwd}: {command}");
    }
    for cwd in ["/home/dev/project/sub", "/home/dev/.dotfiles", "/tmp/x", "/srv/app", "/workspace"] {
        assert_eq!(shell_at(cwd, "echo x > a.txt").class, Class::Safe, "{cwd}");
    }
}

#[test]
fn a_link_out_of_the_project_is_asked_about() {
    noticed(&[
        "ln -s / x",
        "ln -s ~/.bashrc l; echo x > l",
        "ln -s ~/.ssh",
        "ln -sf ../../.ssh keys",
        "ln -s ../../.ssh sub/keys",
        "ln -t . -s ~/.bashrc",
        "link ~/.bashrc l",
        "ln . x",
    ]);
    silent(&["ln -s a b", "ln -sf ../lib/x bin/x", "ln -s src/a.txt", "ln -s /dev/null x"]);
}

#[test]
fn a_program_is_trusted_by_no_more_than_where_it_lies() {
    noticed(&[
        "/tmp/zz.bin/ls",
        "/tmp/venv/bin/ls",
        "/tmp/node_modules/.bin/tsc",
        "~/evil/venv/bin/python -c 'print(1)'",
        "./ls",
        "bin/ls",
        ". /var/tmp/env.sh",
        ". /dev/shm/env.sh",
        ". /var/tmp/bin/activate",
        "source ./x/activate",
        "source ./env.sh",
        "PATH=/var/tmp ls",
        "PATH=/dev/shm/bin:$PATH ls",
        "PATH=/opt:$PATH ls",
        "export PATH=$PWD:$PATH",
        "RUSTFLAGS='-C linker=/tmp/evil' cargo build",
        "RUSTFLAGS=-Clinker=/tmp/evil cargo build",
        "GOFLAGS=-toolexec=/tmp/evil go build",
        "MAKEFLAGS='--eval=x:;id' make",
        "CFLAGS=-fplugin=/tmp/x.so make",
        "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER=/tmp/evil cargo test",
        "CARGO_HOME=/tmp/evil cargo build",
        "PYTEST_ADDOPTS='-p evil' pytest",
        "npm_config_script_shell=/tmp/evil npm test",
        "printf 'rm -rf ~' > node_modules/.bin/tsc; node_modules/.bin/tsc",
    ]);
    silent(&[
        "/usr/bin/ls",
        "node_modules/.bin/tsc --noEmit",
        "./node_modules/.bin/eslint src",
        "web/node_modules/.bin/eslint src",
        ".venv/bin/pytest -q",
        "./gradlew build",
        "source .venv/bin/activate",
        ". ~/.cargo/env",
        "source ~/.nvm/nvm.sh",
        "export PATH=\"$HOME/.cargo/bin:$PATH\"",
        "export PATH=$PWD/node_modules/.bin:$PATH",
        "PATH=/usr/local/go/bin:$PATH go test ./...",
        "RUSTFLAGS='-D warnings' cargo check",
        "RUSTFLAGS='-C target-cpu=native' cargo build",
        "CFLAGS='-O2 -Wall -I/usr/include' make",
        "MAKEFLAGS=-j4 make",
        "GOFLAGS=-mod=mod go build ./...",
    ]);
}

#[test]
fn git_with_other_settings_or_elsewhere_is_asked_about() {
    noticed(&[
        "git -c remote.l.uploadpack=/tmp/evil fetch l",
        "git -c remote.l.receivepack=/tmp/evil push l",
        "git -c remote.l.vcs=evil fetch l",
        "git -c submodule.x.update='!rm -rf x' submodule update",
        "git -c core.hooksPath=/tmp/evil commit -m x",
        "git -c core.worktree=/etc status",
        "git -c core.fsmonitor=/tmp/evil status",
        "git -c core.fsmonitor status",
        "git -c interactive.diffFilter=/tmp/evil log",
        "git -c alias.st=push st",
        "git -c anything.else=1 log",
        "git --config-env=core.pager=X log",
        "git --config-env core.pager=X log",
        "git -C /tmp/evil status",
        "git -C ~/other status",
        "git --git-dir=/tmp/evil status",
        "git --git-dir /tmp/evil status",
        "git --work-tree=/etc status",
    ]);
    silent(&[
        "git -c color.ui=never log",
        "git -c core.pager=cat log",
        "git -c user.name=a -c user.email=b commit -m x",
        "git -c core.quotepath=off ls-files",
        "git -C sub status",
        "git -C /home/dev/project log",
        "git --git-dir=.git log",
        "git --no-pager diff",
    ]);
}
