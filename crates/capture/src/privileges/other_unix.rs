//! Users and groups of other Unix systems, which have no capabilities.

use std::io;

use super::{DropOptions, Dropped};
use crate::Error;

pub(super) fn drop_privileges(options: &DropOptions) -> Result<Dropped, Error> {
    if options.user.is_some() {
        return Err(Error::Unusable {
            what: "giving up privileges".to_owned(),
            reason: "a user can be named on Linux only; elsewhere it is the one who called sudo"
                .to_owned(),
        });
    }
    // SAFETY: takes nothing and cannot fail.
    let root = unsafe { libc::geteuid() } == 0;
    let number = |name: &str| std::env::var(name).ok()?.parse::<u32>().ok();
    let target = match (number("SUDO_UID"), number("SUDO_GID")) {
        (Some(uid), Some(gid)) if root && uid != 0 => Some((uid, gid)),
        _ => None,
    };
    if let Some((uid, gid)) = target {
        // SAFETY: the list has one member, as stated.
        result(unsafe { libc::setgroups(1, &raw const gid) })?;
        // SAFETY: takes a number only.
        result(unsafe { libc::setgid(gid) })?;
        // SAFETY: takes a number only.
        result(unsafe { libc::setuid(uid) })?;
    }
    Ok(Dropped {
        // SAFETY: takes nothing and cannot fail.
        uid: unsafe { libc::getuid() },
        // SAFETY: takes nothing and cannot fail.
        gid: unsafe { libc::getgid() },
        changed_user: target.is_some(),
        capabilities: Vec::new(),
        other_threads: 0,
    })
}

fn result(status: libc::c_int) -> Result<(), Error> {
    if status == 0 {
        return Ok(());
    }
    Err(Error::Io {
        what: "giving up privileges".to_owned(),
        error: io::Error::last_os_error(),
    })
}
