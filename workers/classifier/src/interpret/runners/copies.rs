//! Programs that copy raw data, and files between hosts: `dd`, `scp`.

use super::super::Machine;
use super::super::exhaustion::{HUGE, bytes};
use crate::findings::Finding;
use crate::paths::{Place, Zone};
use palisade_language::words::{Origin, Value};
use palisade_protocol::verdict::{Class, Operation};

impl Machine<'_> {
    pub(super) fn dd(&mut self, args: &[Value], input: &Option<Value>) -> Value {
        let mut origin = input.as_ref().and_then(Value::origin);
        let mut to_file = false;
        let mut empties = false;
        let word = |begin: &str| args.iter().any(|arg| arg.prefix().starts_with(begin));
        let endless = ["if=/dev/zero", "if=/dev/urandom", "if=/dev/random"].iter().any(|begin| word(begin));
        let counted = args.iter().filter_map(Value::known).find_map(|arg| bytes(arg.strip_prefix("count=")?));
        let block = args.iter().filter_map(Value::known).find_map(|arg| bytes(arg.strip_prefix("bs=")?));
        let fills = endless && (!word("count=") || counted.unwrap_or(0).saturating_mul(block.unwrap_or(512)) >= HUGE);
        for arg in args {
            let prefix = arg.prefix();
            if prefix.starts_with("if=") {
                let value = crate::knowledge::tail(arg, 3);
                empties |= matches!(value.known().as_deref(), Some("/dev/null" | "/dev/zero"));
                origin = origin.max(self.read_effect(&value).origin());
            } else if prefix.starts_with("of=") {
                to_file = true;
                let place = self.place(&crate::knowledge::tail(arg, 3));
                if fills && !matches!(place.zone, Zone::Null | Zone::Device) {
                    self.note(Class::Catastrophic, "resource.disk", "writes until the disk is full");
                }
                self.write_effect(&place, false, empties && place.zone != Zone::Temp);
                if let Some(content) = input.as_ref().filter(|_| args.len() == 1) {
                    self.remember(&place, content.clone(), false);
                }
            }
        }
        if to_file { Value::default() } else { Value::unknown(origin.unwrap_or(Origin::Output)) }
    }

    pub(super) fn scp(&mut self, args: &[Value]) -> Value {
        const VALUES: &str = "PioclFJSDX";
        let mut operands: Vec<Value> = Vec::new();
        let mut at = 0;
        while let Some(arg) = args.get(at) {
            let text = arg.known().unwrap_or_else(|| arg.prefix().to_owned());
            if text.starts_with('-') && text.len() > 1 {
                if text.chars().last().is_some_and(|letter| VALUES.contains(letter)) {
                    let value = args.get(at + 1).map(Value::display).unwrap_or_default();
                    if text.ends_with(['S', 'D']) {
                        self.hooked_script(&value);
                    }
                    if text.ends_with('o') && value.to_ascii_lowercase().starts_with("proxycommand") {
                        self.hooked_script(value.split_once(['=', ' ']).map_or("", |(_, command)| command));
                        self.note(Class::Ambiguous, "exec.option", "runs a command through an option of scp");
                    }
                    at += 1;
                }
            } else {
                operands.push(arg.clone());
            }
            at += 1;
        }
        if let Some((last, sources)) = operands.split_last() {
            for source in sources.iter().filter(|source| !source.display().contains(':')) {
                self.read_effect(source);
            }
            if last.display().contains(':') {
                self.sent = true;
                self.find(
                    Finding::new(Class::Ambiguous, "net.copy", "copies to another host").does(Operation::Network),
                );
            } else {
                let place = self.place(last);
                self.write_effect(
                    &Place {
                        zone: if place.zone == Zone::WorkspaceRoot { Zone::Workspace } else { place.zone },
                        ..place
                    },
                    false,
                    false,
                );
            }
        }
        Value::default()
    }
}
