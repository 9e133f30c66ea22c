//! `su` and `runuser`: a command as another user.

use super::super::Machine;
use palisade_language::words::Value;
use palisade_protocol::verdict::Class;

impl Machine<'_> {
    pub(super) fn other_user(&mut self, name: &str, args: &[Value], input: &Option<Value>) -> Option<Value> {
        let mut operands: Vec<Value> = Vec::new();
        let (mut named, mut at) = (false, 0);
        let mut script = None;
        while let Some(arg) = args.get(at) {
            let text = arg.known().unwrap_or_else(|| arg.prefix().to_owned());
            at += 1;
            let value = |prefix: usize, at: &mut usize| {
                if text.len() > prefix || arg.known().is_none() {
                    return Some(crate::knowledge::tail(arg, prefix));
                }
                *at += 1;
                args.get(*at - 1).cloned()
            };
            match text.as_str() {
                // A command of its own may follow the dashes; `su` takes options behind them too.
                "--" if name == "runuser" && named => {
                    operands.extend_from_slice(args.get(at..).unwrap_or(&[]));
                    break;
                }
                "--" | "-" | "-l" | "--login" | "-m" | "-p" | "-f" | "--fast" | "-P" | "--pty" => {}
                "--command" | "--session-command" => script = value(usize::MAX, &mut at),
                "-s"
                | "-g"
                | "-G"
                | "-w"
                | "-T"
                | "--shell"
                | "--group"
                | "--supp-group"
                | "--whitelist-environment" => at += 1,
                "-u" | "--user" => {
                    named = true;
                    at += 1;
                }
                _ if text.starts_with("--command=") => script = Some(crate::knowledge::tail(arg, 10)),
                _ if text.starts_with("--session-command=") => script = Some(crate::knowledge::tail(arg, 18)),
                _ if text.starts_with("-c") => script = value(2, &mut at),
                // `-lc`
                _ if text.starts_with('-') && !text.starts_with("--") && text.ends_with('c') => {
                    script = value(usize::MAX, &mut at)
                }
                _ if text.starts_with("-u") => named = true,
                _ if text.starts_with('-') => {}
                _ => {
                    operands.push(arg.clone());
                    if named {
                        operands.extend_from_slice(args.get(at..).unwrap_or(&[]));
                        break;
                    }
                }
            }
        }
        self.note(Class::Ambiguous, "priv.user", "runs something as another user");
        match (script, input) {
            (Some(script), _) => Some(self.script_value(&script, "exec.shell")),
            (None, _) if named && !operands.is_empty() => Some(self.argv(&operands, input.clone())),
            (None, Some(input)) if operands.len() < 2 => Some(self.script_value(input, "exec.stdin")),
            _ => {
                self.carried(&operands, input);
                None
            }
        }
    }
}
