//! Keywords about how far a transaction has come.

use super::super::application::Hook;
use super::super::draft::Draft;
use super::super::problem::Fault;
use super::super::syntax::Word;
use super::Applies::Application;
use super::Effect::{Ignored, Value};
use super::{Keyword, keyword};

pub(super) const KEYWORDS: &[Keyword] = &[
    keyword(
        "app-layer-state",
        Application,
        "The step that a transaction has reached, or with `>` left.",
        Value(state),
    ),
    keyword(
        "ssl_state",
        Application,
        "The hello that was sent in a TLS session: `client_hello` or `server_hello`.",
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
    if value.text.starts_with('<') {
        let message = "steps before one are not there yet";
        return Err(Fault::unsupported(value.at, message));
    }
    let (is_past, name) = match value.strip_prefix(">") {
        Some(name) => (true, name),
        None => (false, value),
    };
    let Some(hook) = Hook::parse(name, draft.protocol)? else {
        return Ok(());
    };
    wait_for(draft, if is_past { hook.past() } else { hook }, value)
}

fn ssl_state(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let step = match value.text {
        "client_hello" => "client_hello_done",
        "server_hello" => "server_hello",
        _ => {
            let message = "only client_hello and server_hello are there yet";
            return Err(Fault::unsupported(value.at, message));
        }
    };
    let step = Word {
        text: step,
        at: value.at,
    };
    match Hook::parse(step, draft.protocol.or_named("tls"))? {
        Some(hook) => wait_for(draft, hook, value),
        None => Ok(()),
    }
}

fn wait_for(draft: &mut Draft<'_, '_>, hook: Hook, at: Word<'_>) -> Result<(), Fault> {
    if draft.asked.hook.is_some_and(|known| known != hook) {
        return Err(Fault::error(at.at, "a rule waits for one step"));
    }
    draft.asked.hook = Some(hook);
    Ok(())
}
