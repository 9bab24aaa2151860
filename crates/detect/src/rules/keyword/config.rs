//! `config`: what of a matching transaction is not put out.

use super::super::draft::Draft;
use super::super::problem::Fault;
use super::super::state::FlowChange;
use super::super::syntax::Word;
use super::Applies::Application;
use super::Effect::Value;
use super::{Keyword, keyword};

pub(super) const KEYWORDS: &[Keyword] = &[keyword(
    "config",
    Application,
    "Keeps records of the matching transaction from being put out: `logging disable, type tx, scope tx`.",
    Value(config),
)];

fn config(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let (mut subject, mut kind, mut scope) = ("", "", "");
    for part in value.split(',') {
        let part = part.trim();
        let (name, rest) = part
            .split_once(' ')
            .unwrap_or((part, Word { text: "", ..part }));
        match (name.text, rest.text.trim()) {
            (name @ ("logging" | "tracking"), "disable") => subject = name,
            ("type", rest) => kind = rest,
            ("scope", rest) => scope = rest,
            _ => {
                let message = "config has logging disable, type tx and scope tx";
                return Err(Fault::error(part.at, message));
            }
        }
    }
    if (subject, kind, scope) != ("logging", "tx", "tx") {
        let message = "only the records of a transaction can be kept back: logging disable, type tx, scope tx";
        return Err(Fault::unsupported(value.at, message));
    }
    draft.flow_changes.push(FlowChange::HideTransaction);
    Ok(())
}
