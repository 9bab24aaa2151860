//! Keywords about how far a transaction has come.

use super::super::application::{Hook, NumberTest};
use super::super::draft::Draft;
use super::super::number::Comparison;
use super::super::problem::{Fault, nearest};
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
        "The message that was sent in a TLS session: `client_hello`, `server_hello`, `client_keyx` or `server_keyx`, or with `|` or commas any of several, and with `!` any other.",
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

const STATES: [&str; 4] = ["client_hello", "server_hello", "client_keyx", "server_keyx"];

fn ssl_state(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let (mut hellos, mut keys) = (Vec::new(), Vec::new());
    // Newer rules write commas.
    for state in value.split(if value.text.contains('|') { '|' } else { ',' }) {
        let (negated, state) = match state.strip_prefix("!") {
            Some(rest) => (true, rest),
            None => (false, state),
        };
        let (meant, others, side) = match state.text {
            "client_hello" => (&mut hellos, &mut keys, CLIENT),
            "server_hello" => (&mut hellos, &mut keys, SERVER),
            "client_keyx" => (&mut keys, &mut hellos, CLIENT),
            "server_keyx" => (&mut keys, &mut hellos, SERVER),
            "unknown" => {
                let message = "a session that has told nothing yet is not asked about";
                return Err(Fault::unsupported(state.at, message));
            }
            other => {
                let near = nearest(other, STATES.into_iter());
                let message =
                    "the states are client_hello, server_hello, client_keyx and server_keyx";
                return Err(Fault::error(state.at, message).meant(near));
            }
        };
        if negated {
            // Any other message will do.
            meant.push(Comparison::NotEqual(side));
            others.push(Comparison::Greater(0));
        } else {
            meant.push(Comparison::Equal(side));
        }
    }
    let fields = &draft.context.fields;
    let (Some(hello), Some(key)) = (
        fields.number("tls.hello"),
        fields.number("tls.key_exchange"),
    ) else {
        return Err(Fault::unsupported(value.at, "TLS has no parser"));
    };
    let test = match (hellos.is_empty(), keys.is_empty()) {
        (true, _) => NumberTest::any(key, keys),
        (false, true) => NumberTest::any(hello, hellos),
        (false, false) => {
            draft.asked.again = true;
            NumberTest {
                or: Some((key, keys.into())),
                ..NumberTest::any(hello, hellos)
            }
        }
    };
    draft.asked.numbers.push(test);
    Ok(())
}

fn wait_for(draft: &mut Draft<'_, '_>, hook: Hook, at: Word<'_>) -> Result<(), Fault> {
    if draft.asked.hook.is_some_and(|known| known != hook) {
        return Err(Fault::error(at.at, "a rule waits for one step"));
    }
    draft.asked.hook = Some(hook);
    Ok(())
}
