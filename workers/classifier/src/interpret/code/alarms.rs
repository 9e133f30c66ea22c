//! What a piece of code says as a whole that no single name of it does: a shell on a socket, a request that deletes, a cloud's
//! library that is told to, every process killed. It only adds to what its calls say.

use super::super::Machine;
use crate::findings::Finding;
use palisade_protocol::verdict::{Class, Operation};

/// Ways in which languages connect.
const SOCKETS: &[&str] = &[
    "socket",
    "TCPSocket",
    "/inet/tcp/",
    "net.connect",
    "createConnection",
    "fsockopen",
    "IO::Socket",
    "TCPClient",
    "require(\"net\")",
    "require('net')",
    "Net::Socket",
];
/// Ways in which they run a program, or pass lines to one.
const STARTS: &[&str] =
    &["spawn", "exec", "popen", "Popen", "pty", "dup2", "|&", "|getline", "proc_open", "system(", "Process"];
const SHELLS: &[&str] =
    &["sh", "bash", "zsh", "dash", "/bin/sh", "/bin/bash", "sh -i", "bash -i", "/bin/sh -i", "cmd.exe"];

/// Libraries that administer clouds and clusters.
const CLOUDS: &[&str] = &[
    "boto3",
    "azure.mgmt",
    "google.cloud",
    "googleapiclient",
    "aws-sdk",
    "digitalocean",
    "kubernetes",
    "openstack",
    "hcloud",
    "linode_api4",
    "@google-cloud",
    "@azure",
    "libcloud",
];
/// Beginnings of names by which they are told to remove something.
const REMOVES: &[&str] = &[
    "delete",
    "begin_delete",
    "terminate",
    "destroy",
    "Delete",
    "Terminate",
    "purge",
    "schedule_key_deletion",
    "begin_purge",
];

/// Ways in which a request that deletes is made.
const REQUESTS: &[&str] = &[
    "requests.delete(",
    "httpx.delete(",
    "axios.delete(",
    "method:\"DELETE\"",
    "method:'DELETE'",
    "Net::HTTP::Delete",
    "'-XDELETE'",
];

/// PowerShell's commands that remove, stop or open what many depend on.
const POWERSHELL: &[&str] = &[
    "Remove-Az",
    "Remove-AD",
    "Remove-EC2",
    "Remove-S3",
    "Remove-RDS",
    "Remove-LocalUser",
    "Stop-Computer",
    "Restart-Computer",
    "Format-Volume",
    "Clear-Disk",
    "Clear-EventLog",
    "Set-MpPreference",
    "Remove-VM",
    "Remove-Mg",
    "Disable-NetFirewall",
    "Set-NetFirewallProfile",
    "New-LocalUser",
    "Initialize-Disk",
    "Remove-Partition",
    "Uninstall-WindowsFeature",
];

impl Machine<'_> {
    /// Looks at a piece of code as a whole.
    pub(super) fn code_alarms(&mut self, language: &str, code: &str) {
        let names: Vec<&str> = code.split(|letter: char| !letter.is_alphanumeric() && letter != '_').collect();
        let shell = ['"', '\'', '`'].iter().any(|quote| code.split(*quote).any(|text| SHELLS.contains(&text.trim())));
        let holds = |list: &[&str]| list.iter().any(|part| code.contains(part));
        if holds(SOCKETS) && (holds(STARTS) && shell || code.contains("|&") && code.contains("getline")) {
            self.note(Class::Catastrophic, "net.tunnel", format!("hands a shell to another host from {language} code"));
        }
        let packed: String = code.chars().filter(|letter| !letter.is_whitespace()).collect();
        let kills = packed.split("kill").skip(1).any(|rest| {
            let rest: String = rest.chars().take(24).collect();
            rest.contains(",-1") || rest.starts_with("(-1")
        });
        if kills {
            self.note(Class::Catastrophic, "process.kill", format!("ends every process from {language} code"));
        }
        let local = ["localhost", "127.0.0.1", "[::1]"].iter().any(|host| code.contains(host));
        if !local && REQUESTS.iter().any(|part| packed.contains(part)) {
            self.find(
                Finding::new(Class::Catastrophic, "net.delete", "deletes something through a service's interface")
                    .does(Operation::Network),
            );
        }
        let removes = || names.iter().any(|name| REMOVES.iter().any(|begin| name.starts_with(begin)));
        if holds(CLOUDS) && removes() {
            self.note(
                Class::Catastrophic,
                "cloud.delete",
                format!("deletes something in the cloud from {language} code"),
            );
        }
        if matches!(language, "pwsh" | "powershell") && holds(POWERSHELL) {
            self.note(Class::Catastrophic, "system.settings", "removes or stops what many depend on");
        }
    }
}
