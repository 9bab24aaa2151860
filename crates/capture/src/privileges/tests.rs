use super::{DropOptions, capture_advice, drop_privileges};
use crate::Error;

#[test]
fn an_unknown_user_is_refused_before_anything_is_given_up() {
    // SAFETY: takes nothing and cannot fail.
    if unsafe { libc::geteuid() } != 0 {
        eprintln!("skipped: only root can become another user");
        return;
    }
    let options = DropOptions {
        user: Some("no-such-user-here".to_owned()),
        ..DropOptions::default()
    };
    assert!(matches!(
        drop_privileges(&options),
        Err(Error::Unusable { .. })
    ));
}

#[test]
fn the_advice_names_a_command() {
    let advice = capture_advice();
    assert!(
        advice.contains("sudo") || advice.contains("--cap-add=NET_RAW"),
        "{advice}"
    );
}
