//! The main job in one go: builds the release, starts a Palisade in a scratch directory, sends real hook payloads through
//! `palisade-hook`, and shows what was decided, what every process may do, and what the journal holds.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use palisade_tests::instance::{Instance, run_with_input, text};
use palisade_tests::{Built, payloads};
use std::io::IsTerminal;
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

/// What an agent asks, told in a word, and what must come of it.
const CALLS: [(&str, &str, i32); 5] = [
    ("safe", "git status && cargo test", 0),
    ("destructive, inside the project", "rm -rf build", 2),
    ("catastrophic", "rm -rf /var/lib /home", 2),
    ("catastrophic, obfuscated", "echo cm0gLXJmIC9ob21l | base64 -d | sh", 2),
    ("safe, with a secret", "PGPASSWORD=hunter2 psql -h db -U app -c 'select 1'", -1),
];

struct Paint(bool);

impl Paint {
    fn with(&self, code: &str, text: &str) -> String {
        if self.0 { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
    fn title(&self, text: &str) {
        println!("\n{}", self.with("1", text));
    }
}

/// A reader that has seen enough (`| head`) ends this program in the middle of a line: what it started must not outlive it.
fn stop_when_nobody_reads(instance: &Instance) {
    let (palisade, dir) = (instance.built.path("palisade"), instance.dir.clone());
    std::panic::set_hook(Box::new(move |panic| {
        eprintln!("the demonstration ends early: {panic}");
        let _ = Command::new(&palisade).arg("--state").arg(&dir).arg("stop").stdout(Stdio::null()).status();
        dir.parent().map(palisade_tests::instance::remove);
        std::process::exit(1);
    }));
}

fn main() -> ExitCode {
    let paint = Paint(std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none());
    eprintln!("building the release (the first time takes a few minutes) …");
    let built = Built::release();
    let instance = Instance::prepare(built, "");
    stop_when_nobody_reads(&instance);
    std::fs::create_dir_all(instance.workspace.join("build")).unwrap();
    let mut good = true;

    paint.title("1. Started in a scratch directory");
    let began = Instant::now();
    let up = instance.palisade(&["up"]);
    print!("{}", text(&up));
    println!("ready after {:.1} ms", began.elapsed().as_secs_f64() * 1e3);
    good &= up.status.success();
    print!("{}", text(&instance.palisade(&["status"])));

    paint.title("2. An agent's hook asks");
    let cwd = instance.workspace.to_string_lossy().into_owned();
    for (what, command, expected) in CALLS {
        let mut hook = Command::new(built.path("palisade-hook"));
        hook.arg("--state").arg(&instance.dir).arg("claude-code").current_dir(&instance.workspace);
        let payload = payloads::bash(command, &cwd);
        let began = Instant::now();
        let output = run_with_input(&mut hook, payload.as_bytes());
        let took = began.elapsed().as_secs_f64() * 1e3;
        let code = output.status.code().unwrap_or(-1);
        let asked = !output.stdout.is_empty();
        let answer = match (code, asked) {
            (0, false) => paint.with("32", "allowed"),
            (0, true) => paint.with("33", "asks   "),
            _ => paint.with("31", "denied "),
        };
        println!("{answer}  {command}");
        println!("         {what}; {took:.2} ms, process start included");
        let reason = String::from_utf8_lossy(&output.stderr);
        if !reason.trim().is_empty() {
            println!("         {}", reason.trim());
        }
        good &= expected == -1 || code == expected;
    }

    paint.title("3. What every process may do: declared, and observed now");
    let permissions = instance.palisade(&["permissions", "--observed"]);
    print!("{}", text(&permissions));
    good &= permissions.status.success();

    paint.title("4. The journal: decisions, the secret redacted, and its check");
    let log = instance.palisade(&["log", "--kind", "decision"]);
    print!("{}", text(&log));
    good &= log.status.success() && !text(&log).contains("hunter2");
    let verify = instance.palisade(&["verify"]);
    print!("{}", text(&verify));
    good &= verify.status.code() == Some(20);

    paint.title("5. Stopped in order");
    let stop = instance.stop();
    print!("{}", text(&stop));
    good &= stop.status.success();
    if good {
        println!("\n{}", paint.with("32", "everything went as it should"));
        ExitCode::SUCCESS
    } else {
        println!("\n{}", paint.with("31", "something did not go as it should; see above"));
        ExitCode::FAILURE
    }
}
