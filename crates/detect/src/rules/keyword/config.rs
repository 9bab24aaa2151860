//! `config`: what of a matching transaction is not put out, and which packets are in no flow.

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
    "Keeps records of the matching transaction from being put out: `logging disable, type tx, scope tx`; or, \
     behind `tcp:pre_flow` and its like, packets out of flows: `tracking disable, type flow, scope packet`.",
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
                let message = "config has logging or tracking disable, a type and a scope";
                return Err(Fault::error(part.at, message));
            }
        }
    }
    match (subject, kind, scope) {
        ("logging", "tx", "tx") => draft.flow_changes.push(FlowChange::HideTransaction),
        ("tracking", "flow", "packet") if draft.before_flow => draft.untracks = true,
        ("tracking", "flow", "packet") => {
            let message = "packets are kept out of flows before they are in one: the header says tcp:pre_flow";
            return Err(Fault::error(value.at, message));
        }
        _ => {
            let message = "there are two kinds: logging disable, type tx, scope tx, and tracking disable, \
                           type flow, scope packet";
            return Err(Fault::error(value.at, message));
        }
    }
    Ok(())
}
