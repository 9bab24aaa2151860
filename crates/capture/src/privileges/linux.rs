//! Users, groups and capabilities of Linux: capabilities(7), `PR_SET_NO_NEW_PRIVS` of prctl(2).

use std::ffi::{CStr, CString};
use std::io;

use super::{DropOptions, Dropped};
use crate::Error;

/// Capabilities as bits, Linux `capability.h`.
pub(super) const NET_RAW: u64 = 1 << 13;
const DAC_READ_SEARCH: u64 = 1 << 2;
const SYS_PTRACE: u64 = 1 << 19;

const NAMES: [(u64, &str); 3] = [
    (NET_RAW, "CAP_NET_RAW"),
    (DAC_READ_SEARCH, "CAP_DAC_READ_SEARCH"),
    (SYS_PTRACE, "CAP_SYS_PTRACE"),
];

/// Capability sets are 64 bits wide in version 3 of the interface.
const CAPABILITIES: libc::c_ulong = 64;

/// Room for the strings of one entry of the user database.
const USER_ENTRY_LENGTH: usize = 16_384;

/// `struct __user_cap_header_struct`, version 3.
#[repr(C)]
struct Header {
    version: u32,
    pid: i32,
}

/// `struct __user_cap_data_struct`; two of them hold 64 capabilities.
#[repr(C)]
#[derive(Clone, Copy, Default)]
struct Data {
    effective: u32,
    permitted: u32,
    inheritable: u32,
}

const VERSION_3: u32 = 0x2008_0522;

/// Whom to become.
struct User {
    uid: libc::uid_t,
    gid: libc::gid_t,
    name: Option<CString>,
}

pub(super) fn drop_privileges(options: &DropOptions) -> Result<Dropped, Error> {
    let mut keep = NET_RAW;
    if options.keep_process_lookup {
        keep |= DAC_READ_SEARCH | SYS_PTRACE;
    }
    // SAFETY: takes nothing and cannot fail.
    let root = unsafe { libc::geteuid() } == 0;
    let user = if root { user_for(options)? } else { None };
    shrink_bounds(keep);
    if let Some(user) = &user {
        become_user(user)?;
    }
    let left = keep & permitted();
    set_capabilities(left).map_err(|error| failed("dropping capabilities", error))?;
    prctl(libc::PR_SET_NO_NEW_PRIVS, 1).map_err(|error| failed("no_new_privs", error))?;
    Ok(Dropped {
        // SAFETY: takes nothing and cannot fail.
        uid: unsafe { libc::getuid() },
        // SAFETY: takes nothing and cannot fail.
        gid: unsafe { libc::getgid() },
        changed_user: user.is_some(),
        capabilities: NAMES
            .iter()
            .filter(|(bit, _)| left & bit != 0)
            .map(|(_, name)| *name)
            .collect(),
        other_threads: threads().saturating_sub(1),
    })
}

fn user_for(options: &DropOptions) -> Result<Option<User>, Error> {
    if let Some(name) = &options.user {
        return named(name).map(Some);
    }
    let number = |name: &str| std::env::var(name).ok()?.parse::<u32>().ok();
    let (Some(uid), Some(gid)) = (number("SUDO_UID"), number("SUDO_GID")) else {
        return Ok(None);
    };
    Ok((uid != 0).then(|| User {
        uid,
        gid,
        name: std::env::var("SUDO_USER")
            .ok()
            .and_then(|name| CString::new(name).ok()),
    }))
}

fn named(name: &str) -> Result<User, Error> {
    let unknown = || Error::Unusable {
        what: format!("user {name}"),
        reason: "there is no such user".to_owned(),
    };
    let c_name = CString::new(name).map_err(|_| unknown())?;
    let mut strings = vec![0; USER_ENTRY_LENGTH];
    // SAFETY: all fields are numbers or pointers, for which zero is valid.
    let mut entry: libc::passwd = unsafe { std::mem::zeroed() };
    let mut found: *mut libc::passwd = std::ptr::null_mut();
    // SAFETY: all pointers are to memory of the stated size that lives until the call returns.
    unsafe {
        libc::getpwnam_r(
            c_name.as_ptr(),
            &raw mut entry,
            strings.as_mut_ptr(),
            strings.len(),
            &raw mut found,
        )
    };
    if found.is_null() {
        return Err(unknown());
    }
    Ok(User {
        uid: entry.pw_uid,
        gid: entry.pw_gid,
        name: Some(c_name),
    })
}

/// Groups, group and user, in this order: the first two need the last.
fn become_user(user: &User) -> Result<(), Error> {
    prctl(libc::PR_SET_KEEPCAPS, 1).map_err(|error| failed("keeping capabilities", error))?;
    let groups = match &user.name {
        // SAFETY: the name ends in a zero byte.
        Some(name) => unsafe { libc::initgroups(CStr::as_ptr(name), user.gid) },
        // SAFETY: the list has one member, as stated.
        None => unsafe { libc::setgroups(1, &raw const user.gid) },
    };
    result(groups).map_err(|error| failed("setting groups", error))?;
    // SAFETY: takes numbers only; the C library applies it to all threads.
    let group = unsafe { libc::setresgid(user.gid, user.gid, user.gid) };
    result(group).map_err(|error| failed("setting the group", error))?;
    // SAFETY: takes numbers only; the C library applies it to all threads.
    let uid = unsafe { libc::setresuid(user.uid, user.uid, user.uid) };
    result(uid).map_err(|error| failed("setting the user", error))?;
    prctl(libc::PR_SET_KEEPCAPS, 0).map_err(|error| failed("keeping capabilities", error))
}

/// Takes capabilities out of what programs started later can get. Needs `CAP_SETPCAP`; without it they are out of reach anyway.
fn shrink_bounds(keep: u64) {
    for capability in 0..CAPABILITIES {
        if keep & (1 << capability) == 0 {
            let _ = prctl(libc::PR_CAPBSET_DROP, capability);
        }
    }
}

/// Capabilities this thread can use now.
pub(super) fn effective() -> u64 {
    capabilities(|data| data.effective)
}

fn permitted() -> u64 {
    capabilities(|data| data.permitted)
}

fn capabilities(set: impl Fn(&Data) -> u32) -> u64 {
    let mut header = Header {
        version: VERSION_3,
        pid: 0,
    };
    let mut data = [Data::default(); 2];
    // SAFETY: both structures are the kernel's of this version, and live until the call returns.
    let status = unsafe { libc::syscall(libc::SYS_capget, &raw mut header, data.as_mut_ptr()) };
    let [low, high] = &data;
    if status == 0 {
        u64::from(set(low)) | (u64::from(set(high)) << 32)
    } else {
        0
    }
}

fn set_capabilities(keep: u64) -> io::Result<()> {
    let mut header = Header {
        version: VERSION_3,
        pid: 0,
    };
    let half = |bits: u64| Data {
        effective: bits as u32,
        permitted: bits as u32,
        inheritable: 0,
    };
    let data = [half(keep), half(keep >> 32)];
    // SAFETY: both structures are the kernel's of this version, and live until the call returns.
    let status = unsafe { libc::syscall(libc::SYS_capset, &raw mut header, data.as_ptr()) };
    if status == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").map_or(1, Iterator::count)
}

fn prctl(option: libc::c_int, value: libc::c_ulong) -> io::Result<()> {
    let zero: libc::c_ulong = 0;
    // SAFETY: the options used take numbers only.
    result(unsafe { libc::prctl(option, value, zero, zero, zero) })
}

fn result(status: libc::c_int) -> io::Result<()> {
    if status == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

fn failed(step: &str, error: io::Error) -> Error {
    Error::Io {
        what: format!("giving up privileges ({step})"),
        error,
    }
}
