//! PowerShell: its text is never proven harmless, and what it plainly does to the system counts.

use super::super::Machine;
use super::foreign::decode_bytes;
use crate::findings::Finding;
use crate::paths::Zone;
use palisade_language::words::{Origin, Value};
use palisade_protocol::verdict::{Class, Operation};

/// Commands that remove, stop or open what many depend on. PowerShell reads them in any case, and so they are compared.
const SETTINGS: &[&str] = &[
    "remove-az",
    "remove-ad",
    "remove-ec2",
    "remove-s3",
    "remove-rds",
    "remove-mg",
    "remove-vm",
    "remove-localuser",
    "new-localuser",
    "set-mppreference",
    "disable-netfirewall",
    "set-netfirewallprofile",
    "uninstall-windowsfeature",
];
/// Commands that wipe disks or logs, or stop the machine.
const WIPES: &[&str] = &[
    "clear-disk",
    "format-volume",
    "initialize-disk",
    "remove-partition",
    "clear-eventlog",
    "wevtutil cl",
    "stop-computer",
    "restart-computer",
    "vssadmin delete",
    "cipher /w",
    "disable-computerrestore",
];

impl Machine<'_> {
    /// `pwsh`, `powershell`: their options may be cut short (`-enc`).
    pub(super) fn powershell(&mut self, args: &[Value], input: &Option<Value>) -> Value {
        let mut at = 0;
        while let Some(arg) = args.get(at) {
            let text = arg.known().unwrap_or_else(|| arg.prefix().to_owned());
            at += 1;
            let option = text.trim_start_matches(['-', '/']).to_ascii_lowercase();
            let is = |name: &str, least: usize| option.len() >= least && name.starts_with(&option);
            if !text.starts_with('-') {
                // A script, or what `-Command` would be given.
                return match self.content(arg).and_then(|content| content.known()) {
                    Some(code) => self.power(&code),
                    None if text.contains(' ') => self.power(&rest(&args[at - 1..])),
                    None => {
                        self.note(
                            Class::Ambiguous,
                            "program.unread",
                            format!("runs the script {text}, which was not read"),
                        );
                        Value::unknown(Origin::Output)
                    }
                };
            }
            if is("version", 1) || matches!(option.as_str(), "help" | "h" | "?" | "-version") {
                return Value::unknown(Origin::Output);
            }
            if is("command", 1) || is("commandwithargs", 8) || option == "cwa" {
                if args.get(at).and_then(Value::known).as_deref() == Some("-") {
                    break;
                }
                let code = rest(args.get(at..).unwrap_or(&[]));
                if args[at..].iter().any(|arg| arg.origin() == Some(Origin::Network)) {
                    self.script_value(&Value::unknown(Origin::Network), "exec.code");
                }
                return self.power(&code);
            }
            if is("encodedcommand", 1) || option == "ec" {
                let decoded = args.get(at).and_then(Value::known).and_then(|text| decode_bytes(&text));
                return match decoded {
                    Some(bytes) => {
                        let units: Vec<u16> =
                            bytes.chunks_exact(2).map(|two| u16::from_le_bytes([two[0], two[1]])).collect();
                        self.power(&String::from_utf16_lossy(&units))
                    }
                    None => {
                        self.note(Class::Destructive, "code.unknown", "runs encoded PowerShell that cannot be decoded");
                        Value::unknown(Origin::Output)
                    }
                };
            }
            if is("file", 1) {
                let script = args.get(at).cloned().unwrap_or_default();
                match self.content(&script).and_then(|content| content.known()) {
                    Some(code) => return self.power(&code),
                    None if script.known().as_deref() == Some("-") => break,
                    None => {
                        let shown = script.display();
                        self.note(
                            Class::Ambiguous,
                            "program.unread",
                            format!("runs the script {shown}, which was not read"),
                        );
                        return Value::unknown(Origin::Output);
                    }
                }
            }
            // Of the others some have a value.
            let valued = [
                "executionpolicy",
                "inputformat",
                "outputformat",
                "windowstyle",
                "workingdirectory",
                "configurationname",
                "settingsfile",
            ];
            at += usize::from(option == "ep" || option == "ex" || valued.iter().any(|name| is(name, 2)));
        }
        match input {
            Some(input) => match input.known() {
                Some(code) => self.power(&code),
                None => self.script_value(input, "exec.stdin"),
            },
            None => {
                self.note(Class::Ambiguous, "exec.interactive", "starts PowerShell, which reads code");
                Value::unknown(Origin::Output)
            }
        }
    }

    /// PowerShell's text.
    fn power(&mut self, code: &str) -> Value {
        if !self.budget.take(code.len() * 4 + 64) {
            return Value::unknown(Origin::Output);
        }
        let text = code.replace('`', "").to_ascii_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
        self.note(Class::Ambiguous, "code.powershell", "runs PowerShell, whose effects are not all known");
        if has(&["invoke-expression", "iex ", "iex(", "| iex", "|iex", ".invoke("])
            && has(&[
                "invoke-webrequest",
                "iwr ",
                "irm ",
                "invoke-restmethod",
                "downloadstring",
                "curl ",
                "wget ",
                "net.webclient",
            ])
        {
            self.note(Class::Catastrophic, "remote.exec.code", "runs what comes from another host");
        }
        self.code_alarms("PowerShell", code);
        if has(SETTINGS) {
            self.note(Class::Catastrophic, "system.settings", "removes or stops what many depend on");
        }
        if has(WIPES) {
            self.note(
                Class::Catastrophic,
                "code.powershell",
                "wipes disks or logs, or stops the machine, by PowerShell",
            );
        }
        let removes = [
            "remove-item",
            "del ",
            "rm ",
            "ri ",
            "rd ",
            "rmdir ",
            "erase ",
            "[io.directory]::delete",
            "[system.io.directory]::delete",
            "[io.file]::delete",
            "clear-content",
            "set-content",
            "out-file",
            "add-content",
            "new-item",
            "move-item",
        ];
        for line in code.replace('`', "").split([';', '\n', '|', '{', '}']) {
            let lower = line.to_ascii_lowercase();
            if !removes.iter().any(|verb| lower.contains(verb)) {
                continue;
            }
            let deletes =
                !["set-content", "out-file", "add-content", "new-item"].iter().any(|verb| lower.contains(verb));
            for word in line.split(|character: char| character.is_whitespace() || "()\"',".contains(character)).skip(1)
            {
                if word.starts_with('-') || word.is_empty() {
                    continue;
                }
                self.powershell_path(word, deletes);
            }
            if deletes {
                self.find(
                    Finding::new(Class::Destructive, "fs.delete.code", "deletes files by PowerShell")
                        .does(Operation::Delete),
                );
            }
        }
        // Programs of the system that it starts.
        for line in code.split([';', '\n']) {
            let first = line.trim_start_matches(['&', ' ']).split_whitespace().next().unwrap_or("");
            if !first.is_empty() && !first.contains(['-', '$', '[', '(', '"', '\'', '=']) {
                self.script(line.trim_start_matches(['&', ' ']), None);
            }
        }
        Value::unknown(Origin::Output)
    }

    /// A path in PowerShell's ways: `$HOME`, `$env:HOME`, `C:\`.
    fn powershell_path(&mut self, word: &str, deletes: bool) {
        let lower = word.to_ascii_lowercase();
        if lower.starts_with("c:") || lower.contains("\\windows") || lower.contains("$env:systemroot") {
            self.note(Class::Catastrophic, "fs.delete.recursive", "changes the system's own files by PowerShell");
            return;
        }
        let word = word.replace("$HOME", "~").replace("$env:HOME", "~").replace('\\', "/");
        if word.starts_with('$') {
            return;
        }
        let star = word.find('*').unwrap_or(word.len());
        let mut value = Value::text(&word[..star]);
        if star < word.len() {
            value.push(palisade_language::words::Piece::Glob(word[star..].to_owned()));
        }
        let place = self.place(&value);
        if place.zone > Zone::Workspace {
            match deletes {
                true => self.delete_effect(&place, true),
                false => self.write_effect(&place, false, false),
            }
        }
    }
}

fn rest(args: &[Value]) -> String {
    args.iter().map(Value::display).collect::<Vec<_>>().join(" ")
}
