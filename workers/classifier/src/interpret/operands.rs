//! What a program does to its operands, by what the knowledge base says that they are.

use super::Machine;
use crate::paths::{Place, Zone};
use palisade_knowledge::Operands;
use palisade_language::words::{Origin, Piece, Value};
use palisade_protocol::verdict::Class;

/// Links of one script that are followed.
const LINKS_MAX: usize = 64;

impl Machine<'_> {
    /// Applies what operands are; where what comes out of them is from.
    pub(super) fn operands(
        &mut self,
        kind: Operands,
        operands: &[Value],
        recursive: bool,
        name: &str,
        input: &Option<Value>,
    ) -> Option<Origin> {
        let mut origin = None;
        match kind {
            Operands::Words => {}
            Operands::Read => {
                for value in operands {
                    origin = origin.max(self.read_effect(value).origin());
                }
            }
            Operands::Pattern => {
                for value in operands.iter().skip(1) {
                    origin = origin.max(self.read_effect(value).origin());
                }
            }
            Operands::Write => {
                for value in operands.iter().filter(|value| value.known().as_deref() != Some("-")) {
                    let carries = matches!(name, "tee" | "sponge" | "pee");
                    if let ([Piece::Stream(number)], true) = (value.pieces.as_slice(), carries) {
                        self.pour(*number, input.clone().unwrap_or(Value::unknown(Origin::Input)));
                        continue;
                    }
                    let place = self.place(value);
                    let before = self.written.get(&place.path).cloned();
                    let empties = carries && input.as_ref().is_some_and(Value::is_empty);
                    self.write_effect(&place, false, empties);
                    match (before, input) {
                        (_, Some(content)) if carries => self.remember(&place, content.clone(), false),
                        (Some(before), _) if matches!(name, "touch" | "mkdir") => self.remember(&place, before, false),
                        _ => {}
                    }
                }
            }
            Operands::Delete => {
                if operands.is_empty() {
                    // As in `rg --pre 'rm -f'`: whoever runs it adds the files.
                    self.note(Class::Destructive, "fs.delete", "deletes whatever it is given");
                }
                for value in operands {
                    let place = self.place(value);
                    self.delete_effect(&place, recursive);
                    self.delete_elsewhere(value, &place);
                }
            }
            Operands::Link => self.links(operands),
            Operands::Filter => {
                for (at, value) in operands.iter().enumerate() {
                    if at == 0 {
                        origin = origin.max(self.read_effect(value).origin());
                    } else if value.known().as_deref() != Some("-") {
                        let place = self.place(value);
                        self.write_effect(&place, false, false);
                    }
                }
            }
            Operands::Copy | Operands::Move => {
                if let Some((last, sources)) = operands.split_last() {
                    let mut content = Value::default();
                    for source in sources {
                        let read = self.read_effect(source);
                        content.append(&read);
                        if kind == Operands::Move {
                            let place = self.place(source);
                            if !matches!(
                                place.zone,
                                crate::paths::Zone::Workspace
                                    | crate::paths::Zone::Temp
                                    | crate::paths::Zone::OwnTemp
                                    | crate::paths::Zone::Hook
                            ) {
                                self.delete_effect(&place, true);
                            }
                        }
                    }
                    if !sources.is_empty() {
                        let place = self.place(last);
                        let ours = |source: &Value| self.place(source).zone == crate::paths::Zone::OwnTemp;
                        if kind == Operands::Move && !sources.iter().all(ours) {
                            self.moved(&place);
                        }
                        if kind == Operands::Move && place.zone == crate::paths::Zone::Null {
                            // A rename takes the device's place; by anyone but root it fails.
                            self.delete_effect(&place, true);
                            sources.iter().for_each(|source| {
                                let lost = self.place(source);
                                self.delete_effect(&lost, true);
                            });
                        }
                        let empties = sources
                            .iter()
                            .all(|source| matches!(source.known().as_deref(), Some("/dev/null" | "/dev/zero")));
                        self.planted_file(&place, sources, &content);
                        self.write_effect(&place, false, empties);
                        self.remember(&place, content, false);
                    }
                }
            }
        }
        origin
    }

    /// What is deleted if the directory could not be changed to the one that was meant.
    fn delete_elsewhere(&mut self, value: &Value, meant: &Place) {
        let Some(elsewhere) = self.elsewhere.clone().filter(|_| meant.everything) else { return };
        let place = self.map.place(value, Some(&elsewhere));
        if place.path != meant.path {
            self.note(
                Class::Destructive,
                "fs.delete.elsewhere",
                format!("deletes everything in {elsewhere} if it cannot change to the directory that it names"),
            );
        }
    }

    /// What is written through a link lands at its source, and only the link's name is seen then.
    fn links(&mut self, operands: &[Value]) {
        let Some((last, sources)) = operands.split_last() else { return };
        let sources = if sources.is_empty() { operands } else { sources };
        let target = self.place(last);
        if target.path.ends_with("_history")
            && sources.iter().any(|source| source.known().as_deref() == Some("/dev/null"))
        {
            self.note(Class::Catastrophic, "log.history", "keeps the shell from recording what is done");
        }
        for source in sources {
            let mut leads = vec![self.place(source)];
            let text = source.prefix();
            if operands.len() > 1 && text.contains("..") && !text.starts_with(['/', '~']) {
                // A relative link is read from where it lies: in the directory that is named, or in the name's own.
                let from = |up: &str| Value::text(format!("{}/{up}{text}", target.path));
                leads = vec![self.place(&from("../")), self.place(&from(""))];
            }
            // Where facts are observed, what goes through a link is judged by where that leads, here and in later calls.
            let near = self.world.observed();
            let own = |place: &Place| match place.zone {
                Zone::Workspace | Zone::OwnTemp | Zone::Null => true,
                Zone::Temp | Zone::Home | Zone::Elsewhere => near && place.exact,
                _ => false,
            };
            for lead in leads.iter().filter(|lead| lead.zone != Zone::Workspace) {
                let name = lead.path.rsplit('/').next().unwrap_or("");
                for link in [target.path.clone(), format!("{}/{name}", target.path)] {
                    if self.links.len() < LINKS_MAX && target.exact {
                        self.links.push((link, lead.path.clone()));
                    }
                }
            }
            if !leads.iter().all(own) {
                let shown = source.display();
                self.note(
                    Class::Ambiguous,
                    "fs.link",
                    format!("makes a link to {shown}, outside of the project's files"),
                );
            }
        }
        if operands.len() > 1 {
            let content = sources.first().and_then(|source| self.content(source));
            self.write_effect(&target, false, false);
            if let Some(content) = content {
                self.remember(&target, content, false);
            }
        }
    }
}
