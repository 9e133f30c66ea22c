//! A scratch instance, the real client, and a double of the supervisor that speaks the real protocol.
//!
//! The double judges nothing: it answers what a test tells it to, so that the client's framing and wording can be seen.

use palisade_protocol::bounded::Text;
use palisade_protocol::call::{Assembly, Call};
use palisade_protocol::frame;
use palisade_protocol::guard::{Answer, FromGuard, ToGuard};
use palisade_protocol::hello::Hello;
use palisade_protocol::layout::Layout;
use palisade_protocol::verdict::{Class, Decision};
use std::io::{Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::JoinHandle;

/// The client's executable.
pub const HOOK: &str = env!("CARGO_BIN_EXE_palisade-hook");

/// A private directory for one instance, gone with the test.
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("palisade-hook-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::DirBuilder::new().mode(0o700).create(&path).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn layout(&self) -> Layout {
        Layout::within(&self.0)
    }

    /// Runs the client with this payload.
    pub fn hook(&self, payload: &[u8]) -> Output {
        self.command(payload, Stdio::piped())
    }

    /// The same, with stdout going elsewhere.
    pub fn command(&self, payload: &[u8], stdout: Stdio) -> Output {
        let mut child = Command::new(HOOK)
            .arg("--state")
            .arg(&self.0)
            .arg("claude-code")
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(stdout)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let payload = payload.to_owned();
        let writer = std::thread::spawn(move || {
            // A client that refuses what is too long does not read it all.
            let _ = stdin.write_all(&payload);
        });
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        output
    }

    /// Listens where the supervisor would and serves one connection.
    pub fn serve<T: Send + 'static>(&self, serve: impl FnOnce(UnixStream) -> T + Send + 'static) -> JoinHandle<T> {
        let socket = self.layout().guard_socket();
        std::fs::create_dir_all(socket.parent().unwrap()).unwrap();
        let listener = UnixListener::bind(socket).unwrap();
        std::thread::spawn(move || serve(listener.accept().unwrap().0))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A shell command as Claude Code proposes it.
pub fn shell(command: &str) -> Vec<u8> {
    shell_in_mode(command, "default")
}

/// The same in another permission mode.
pub fn shell_in_mode(command: &str, mode: &str) -> Vec<u8> {
    let command = serde_json::to_string(command).unwrap();
    format!(
        r#"{{"session_id":"7c1e","cwd":"/home/a/p","permission_mode":"{mode}","hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{{"command":{command},"description":"d"}},"tool_use_id":"toolu_01A"}}"#
    )
    .into_bytes()
}

/// Greets, and takes a whole proposal.
pub fn take(stream: &mut UnixStream) -> (Call, Vec<u8>) {
    assert_eq!(frame::read::<ToGuard>(stream).unwrap(), ToGuard::Hello(Hello::ours()));
    frame::write(stream, &FromGuard::Hello(Hello::ours())).unwrap();
    let ToGuard::Propose { call, body } = frame::read(stream).unwrap() else { panic!("a proposal is due") };
    let mut assembly = Assembly::begin(body).unwrap();
    while !assembly.complete() {
        let ToGuard::Chunk(chunk) = frame::read(stream).unwrap() else { panic!("a chunk is due") };
        assembly.add(&chunk).unwrap();
    }
    (*call, assembly.into_bytes())
}

/// A decision on record.
pub fn answer(decision: Decision, class: Class) -> FromGuard {
    FromGuard::Answer(Box::new(Answer {
        decision,
        class,
        rule: Text::cut("fs.delete.recursive"),
        reason: Text::cut("It deletes a tree."),
        seq: Some(42),
    }))
}

/// What is left on the stream until the client hangs up.
pub fn rest(stream: &mut UnixStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    bytes
}

/// Asserts a deny: the JSON object, the same reason in plain text on stderr, exit 2. Returns the reason.
pub fn denied(output: &Output) -> String {
    let stdout = String::from_utf8(output.stdout.clone()).unwrap();
    let value: serde_json::Value = serde_json::from_str(&stdout).unwrap_or_else(|_| panic!("one object: {stdout:?}"));
    let reason = value["hookSpecificOutput"]["permissionDecisionReason"].as_str().unwrap();
    let expected = serde_json::json!({"hookSpecificOutput": {
        "hookEventName": "PreToolUse", "permissionDecision": "deny", "permissionDecisionReason": reason}});
    assert_eq!(value, expected);
    assert_eq!(String::from_utf8_lossy(&output.stderr), format!("{reason}\n"));
    assert_eq!(output.status.code(), Some(2));
    assert!(!reason.is_empty() && reason.chars().count() <= 2000 && !reason.contains('\n'));
    reason.to_owned()
}

/// Asserts that there is no objection: nothing printed, exit 0.
pub fn passed(output: &Output) {
    assert_eq!((output.stdout.as_slice(), output.stderr.as_slice()), (&b""[..], &b""[..]));
    assert_eq!(output.status.code(), Some(0));
}
