//! Programs that change whose a file is and who may use it: `chmod`, `chown` and their like.

use super::super::Machine;
use crate::paths::Zone;
use palisade_language::words::Value;
use palisade_protocol::verdict::Class;

impl Machine<'_> {
    pub(super) fn rights(&mut self, name: &str, args: &[Value]) -> Value {
        let reference = args.iter().any(|arg| arg.prefix().starts_with("--reference"));
        let texts: Vec<&Value> = args.iter().collect();
        let recursive = texts.iter().filter_map(|arg| arg.known()).any(|text| {
            text == "--recursive" || (text.starts_with('-') && !text.starts_with("--") && text.contains('R'))
        });
        let is_mode = |text: &str| {
            let mode = text.trim_start_matches('-');
            mode.chars().all(|letter| "rwxXstugoa+-=,".contains(letter))
        };
        let mut operands: Vec<&Value> = texts
            .iter()
            .copied()
            .filter(|arg| {
                let text = arg.known().unwrap_or_else(|| arg.prefix().to_owned());
                !text.starts_with('-')
                    || (name == "chmod" && is_mode(&text) && !matches!(text.as_str(), "-R" | "-v" | "-f" | "-c"))
            })
            .collect();
        let mode = if reference || operands.is_empty() { String::new() } else { operands.remove(0).display() };
        let widens = match name {
            "chmod" => widens(&mode) || recursive && shuts(&mode),
            _ => true,
        };
        for operand in operands {
            let place = self.place(operand);
            if place.zone == Zone::Guard {
                self.note(Class::Catastrophic, "guard.change", "changes who may use Palisade");
            }
            self.rights_effect(&place, recursive, widens);
        }
        Value::default()
    }
}

/// Whether a mode takes from the owner what is needed to read a file or enter a directory.
fn shuts(mode: &str) -> bool {
    if let Ok(octal) = u32::from_str_radix(mode, 8) {
        return octal & 0o400 == 0;
    }
    mode.split(',').any(|clause| {
        let Some((who, what)) = clause.split_once('-') else { return false };
        (who.is_empty() || who.contains(['u', 'a'])) && what.contains('r')
    })
}

/// Whether a mode gives others than the owner something, or runs with the owner's rights.
fn widens(mode: &str) -> bool {
    if let Ok(octal) = u32::from_str_radix(mode, 8) {
        return octal & 0o6000 != 0 || octal & 0o022 != 0;
    }
    mode.split(',').any(|clause| {
        let (who, what) = clause.split_once(['+', '=']).unwrap_or(("", ""));
        what.contains('s')
            || (what.contains('w') && (who.contains(['o', 'a', 'g']) || who.is_empty()))
            || what.contains('t') && who.is_empty()
    })
}
