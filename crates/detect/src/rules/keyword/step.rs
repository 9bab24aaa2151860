//! Keywords about how far a transaction has come.

use super::super::application::{Hook, NumberTest, Which};
use super::super::draft::Draft;
use super::super::number::Comparison;
use super::super::problem::Fault;
use super::super::syntax::Word;
use super::Applies::Application;
use super::Effect::{Ignored, Value};
use super::{Keyword, keyword};

pub(super) const KEYWORDS: &[Keyword] = &[
    keyword(
        "app-layer-state",
        Application,
        "The step that a transaction has reached, or with `>` left, or with `<` not reached.",
        Value(state),
    ),
    keyword(
        "ssl_state",
        Application,
        "The message that was sent in a TLS session: `client_hello`, `server_hello`, `client_keyx` or `server_keyx`, or with `|` any of several.",
        Value(ssl_state),
    ),
    keyword(
        "tls.store",
        Application,
        "Has no effect: certificates are not kept as files.",
        Ignored,
    ),
    keyword(
        "tls_store",
        Application,
        "The older spelling of `tls.store`.",
        Ignored,
    ),
];

/// `STEP` or `>STEP`, by the names that hooks have.
fn state(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    type Bound = fn(Hook) -> Hook;
    let (bound, name): (Bound, _) = match (value.strip_prefix(">"), value.strip_prefix("<")) {
        (Some(name), _) => (Hook::past, name),
        (_, Some(name)) => (Hook::before, name),
        (None, None) => (|hook| hook, value),
    };
    let Some(hook) = Hook::parse(name, draft.protocol)? else {
        return Ok(());
    };
    wait_for(draft, bound(hook), value)
}

/// Hellos and key exchanges are told as numbers, with the side that sent them.
const CLIENT: u64 = 1;
const SERVER: u64 = 2;

fn ssl_state(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let (mut hellos, mut keys) = (Vec::new(), Vec::new());
    for state in value.split('|') {
        let state = state.trim();
        match state.text {
            "client_hello" => hellos.push(CLIENT),
            "server_hello" => hellos.push(SERVER),
            "client_keyx" => keys.push(CLIENT),
            "server_keyx" => keys.push(SERVER),
            _ => {
                let message =
                    "the states are client_hello, server_hello, client_keyx and server_keyx";
                return Err(Fault::unsupported(state.at, message));
            }
        }
    }
    // Who exchanges keys has said hello before.
    keys.retain(|side| !hellos.contains(side));
    let (name, sides) = match (hellos.is_empty(), keys.is_empty()) {
        (false, true) => ("tls.hello", hellos),
        (true, _) => ("tls.key_exchange", keys),
        (false, false) => {
            let message = "the hello of one side or the keys of the other are not there yet";
            return Err(Fault::unsupported(value.at, message));
        }
    };
    let Some(field) = draft.context.fields.number(name) else {
        return Err(Fault::unsupported(value.at, "TLS has no parser"));
    };
    draft.asked.numbers.push(NumberTest {
        field,
        wanted: sides.into_iter().map(Comparison::Equal).collect(),
        which: Which::Any,
    });
    Ok(())
}

fn wait_for(draft: &mut Draft<'_, '_>, hook: Hook, at: Word<'_>) -> Result<(), Fault> {
    if draft.asked.hook.is_some_and(|known| known != hook) {
        return Err(Fault::error(at.at, "a rule waits for one step"));
    }
    draft.asked.hook = Some(hook);
    Ok(())
}
