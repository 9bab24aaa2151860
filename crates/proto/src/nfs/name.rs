//! Names of NFS's procedures and states.

use std::borrow::Cow;

/// A procedure's name, in version 4 an operation's.
pub(super) fn procedure(version: u8, number: u32) -> Cow<'static, str> {
    let names = match version {
        2 => VERSION2,
        3 => VERSION3,
        _ => VERSION4,
    };
    let name = names.split_ascii_whitespace().nth(number as usize);
    name.map_or_else(|| number.to_string().into(), Cow::Borrowed)
}

const VERSION2: &str = "NULL GETATTR SETATTR ROOT LOOKUP READLINK READ WRITECACHE WRITE CREATE REMOVE \
    RENAME LINK SYMLINK MKDIR RMDIR READDIR STATFS";

const VERSION3: &str = "NULL GETATTR SETATTR LOOKUP ACCESS READLINK READ WRITE CREATE MKDIR SYMLINK MKNOD \
    REMOVE RMDIR RENAME LINK READDIR READDIRPLUS FSSTAT FSINFO PATHCONF COMMIT";

const VERSION4: &str = "NULL COMPOUND 2 ACCESS CLOSE COMMIT CREATE DELEGPURGE DELEGRETURN GETATTR GETFH \
    LINK LOCK LOCKT LOCKU LOOKUP LOOKUPP NVERIFY OPEN OPENATTR OPEN_CONFIRM OPEN_DOWNGRADE PUTFH \
    PUTPUBFH PUTROOTFH READ READDIR READLINK REMOVE RENAME RENEW RESTOREFH SAVEFH SECINFO SETATTR \
    SETCLIENTID SETCLIENTID_CONFIRM VERIFY WRITE RELEASE_LOCKOWNER BACKCHANNEL_CTL \
    BIND_CONN_TO_SESSION EXCHANGE_ID CREATE_SESSION DESTROY_SESSION FREE_STATEID GET_DIR_DELEGATION \
    GETDEVICEINFO GETDEVICELIST LAYOUTCOMMIT LAYOUTGET LAYOUTRETURN SECINFO_NO_NAME SEQUENCE SET_SSV \
    TEST_STATEID WANT_DELEGATION DESTROY_CLIENTID RECLAIM_COMPLETE ALLOCATE COPY COPY_NOTIFY \
    DEALLOCATE IO_ADVISE LAYOUTERROR LAYOUTSTATS OFFLOAD_CANCEL OFFLOAD_STATUS READ_PLUS SEEK \
    WRITE_SAME CLONE";

/// How a procedure ended. Version 4 names its states differently in records than 2 and 3.
pub(super) fn status(version: u8, number: u32) -> Cow<'static, str> {
    if number == 0 {
        return if version == 4 {
            "NFS4_OK".into()
        } else {
            "OK".into()
        };
    }
    let known = STATES.iter().find(|(known, _)| *known == number);
    match (known, version) {
        (Some((_, name)), 4) => format!("NFS4{name}").into(),
        (Some((_, name)), _) => (*name).into(),
        (None, _) => number.to_string().into(),
    }
}

const STATES: &[(u32, &str)] = &[
    (1, "ERR_PERM"),
    (2, "ERR_NOENT"),
    (5, "ERR_IO"),
    (6, "ERR_NXIO"),
    (13, "ERR_ACCES"),
    (17, "ERR_EXIST"),
    (18, "ERR_XDEV"),
    (19, "ERR_NODEV"),
    (20, "ERR_NOTDIR"),
    (21, "ERR_ISDIR"),
    (22, "ERR_INVAL"),
    (27, "ERR_FBIG"),
    (28, "ERR_NOSPC"),
    (30, "ERR_ROFS"),
    (31, "ERR_MLINK"),
    (63, "ERR_NAMETOOLONG"),
    (66, "ERR_NOTEMPTY"),
    (69, "ERR_DQUOT"),
    (70, "ERR_STALE"),
    (71, "ERR_REMOTE"),
    (10_001, "ERR_BADHANDLE"),
    (10_002, "ERR_NOT_SYNC"),
    (10_003, "ERR_BAD_COOKIE"),
    (10_004, "ERR_NOTSUPP"),
    (10_005, "ERR_TOOSMALL"),
    (10_006, "ERR_SERVERFAULT"),
    (10_007, "ERR_BADTYPE"),
    (10_008, "ERR_JUKEBOX"),
];
