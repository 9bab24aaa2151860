//! Names of numbers in SMB: commands, states, dialects, dispositions and control functions.

use std::borrow::Cow;

/// What client and server talk ([MS-SMB2] 2.2.4, [MS-CIFS] 2.2.4.52).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Dialect {
    /// Not negotiated yet, or not seen.
    #[default]
    Unknown,
    /// One of version 1, by its text.
    Old(&'static str),
    /// One of version 2 or 3, by its number.
    Number(u16),
}

impl Dialect {
    /// Its name in records.
    pub(crate) fn name(self) -> Cow<'static, str> {
        match self {
            Self::Unknown => "unknown".into(),
            Self::Old(name) => name.into(),
            Self::Number(number) => numbered(number),
        }
    }

    /// A dialect of version 1 by its text; the few that exist.
    pub(crate) fn old(text: &[u8]) -> Self {
        let known = OLD.iter().find(|known| known.as_bytes() == text);
        known.map_or(Self::Unknown, |known| Self::Old(known))
    }
}

const OLD: &[&str] = &[
    "NT LM 0.12",
    "NT LANMAN 1.0",
    "LANMAN1.0",
    "LANMAN1.2",
    "LANMAN2.1",
    "LM1.2X002",
    "DOS LANMAN2.1",
    "DOS LM1.2X002",
    "MICROSOFT NETWORKS 1.03",
    "MICROSOFT NETWORKS 3.0",
    "PC NETWORK PROGRAM 1.0",
    "PCLAN1.0",
    "XENIX CORE",
    "Samba",
    "Windows for Workgroups 3.1a",
    "SMB 2.002",
    "SMB 2.???",
];

fn numbered(number: u16) -> Cow<'static, str> {
    match number {
        0x0202 => "2.02".into(),
        0x0210 => "2.10".into(),
        0x0222 => "2.22".into(),
        0x0224 => "2.24".into(),
        0x02ff => "2.??".into(),
        0x0300 => "3.00".into(),
        0x0302 => "3.02".into(),
        0x0310 => "3.10".into(),
        0x0311 => "3.11".into(),
        other => other.to_string().into(),
    }
}

/// A command's name in records.
pub(crate) fn command(version: u8, command: u16) -> Cow<'static, str> {
    if version == 1 {
        let known = SMB1
            .iter()
            .find(|(number, _)| u16::from(*number) == command);
        return known.map_or_else(|| command.to_string().into(), |(_, name)| (*name).into());
    }
    SMB2.get(usize::from(command))
        .map_or_else(|| command.to_string().into(), |name| (*name).into())
}

const SMB1: &[(u8, &str)] = &[
    (0x00, "SMB1_COMMAND_CREATE_DIRECTORY"),
    (0x01, "SMB1_COMMAND_DELETE_DIRECTORY"),
    (0x02, "SMB1_COMMAND_OPEN"),
    (0x03, "SMB1_COMMAND_CREATE"),
    (0x04, "SMB1_COMMAND_CLOSE"),
    (0x05, "SMB1_COMMAND_FLUSH"),
    (0x06, "SMB1_COMMAND_DELETE"),
    (0x07, "SMB1_COMMAND_RENAME"),
    (0x08, "SMB1_COMMAND_QUERY_INFORMATION"),
    (0x09, "SMB1_COMMAND_SET_INFORMATION"),
    (0x0a, "SMB1_COMMAND_READ"),
    (0x0b, "SMB1_COMMAND_WRITE"),
    (0x0c, "SMB1_COMMAND_LOCK_BYTE_RANGE"),
    (0x0d, "SMB1_COMMAND_UNLOCK_BYTE_RANGE"),
    (0x0e, "SMB1_COMMAND_CREATE_TEMPORARY"),
    (0x0f, "SMB1_COMMAND_CREATE_NEW"),
    (0x10, "SMB1_COMMAND_CHECK_DIRECTORY"),
    (0x11, "SMB1_COMMAND_PROCESS_EXIT"),
    (0x12, "SMB1_COMMAND_SEEK"),
    (0x13, "SMB1_COMMAND_LOCK_AND_READ"),
    (0x14, "SMB1_COMMAND_WRITE_AND_UNLOCK"),
    (0x24, "SMB1_COMMAND_LOCKING_ANDX"),
    (0x25, "SMB1_COMMAND_TRANS"),
    (0x26, "SMB1_COMMAND_TRANS_SECONDARY"),
    (0x2b, "SMB1_COMMAND_ECHO"),
    (0x2c, "SMB1_COMMAND_WRITE_AND_CLOSE"),
    (0x2d, "SMB1_COMMAND_OPEN_ANDX"),
    (0x2e, "SMB1_COMMAND_READ_ANDX"),
    (0x2f, "SMB1_COMMAND_WRITE_ANDX"),
    (0x32, "SMB1_COMMAND_TRANS2"),
    (0x33, "SMB1_COMMAND_TRANS2_SECONDARY"),
    (0x34, "SMB1_COMMAND_FIND_CLOSE2"),
    (0x70, "SMB1_COMMAND_TREE_CONNECT"),
    (0x71, "SMB1_COMMAND_TREE_DISCONNECT"),
    (0x72, "SMB1_COMMAND_NEGOTIATE_PROTOCOL"),
    (0x73, "SMB1_COMMAND_SESSION_SETUP_ANDX"),
    (0x74, "SMB1_COMMAND_LOGOFF_ANDX"),
    (0x75, "SMB1_COMMAND_TREE_CONNECT_ANDX"),
    (0x80, "SMB1_COMMAND_QUERY_INFO_DISK"),
    (0x81, "SMB1_COMMAND_SEARCH"),
    (0x82, "SMB1_COMMAND_FIND"),
    (0x83, "SMB1_COMMAND_FIND_UNIQUE"),
    (0x84, "SMB1_COMMAND_FIND_CLOSE"),
    (0xa0, "SMB1_COMMAND_NT_TRANS"),
    (0xa1, "SMB1_COMMAND_NT_TRANS_SECONDARY"),
    (0xa2, "SMB1_COMMAND_NT_CREATE_ANDX"),
    (0xa4, "SMB1_COMMAND_NT_CANCEL"),
    (0xa5, "SMB1_COMMAND_NT_RENAME"),
];

const SMB2: &[&str] = &[
    "SMB2_COMMAND_NEGOTIATE_PROTOCOL",
    "SMB2_COMMAND_SESSION_SETUP",
    "SMB2_COMMAND_SESSION_LOGOFF",
    "SMB2_COMMAND_TREE_CONNECT",
    "SMB2_COMMAND_TREE_DISCONNECT",
    "SMB2_COMMAND_CREATE",
    "SMB2_COMMAND_CLOSE",
    "SMB2_COMMAND_FLUSH",
    "SMB2_COMMAND_READ",
    "SMB2_COMMAND_WRITE",
    "SMB2_COMMAND_LOCK",
    "SMB2_COMMAND_IOCTL",
    "SMB2_COMMAND_CANCEL",
    "SMB2_COMMAND_KEEPALIVE",
    "SMB2_COMMAND_FIND",
    "SMB2_COMMAND_CHANGE_NOTIFY",
    "SMB2_COMMAND_GET_INFO",
    "SMB2_COMMAND_SET_INFO",
    "SMB2_COMMAND_OPLOCK_BREAK",
];

/// What becomes of a file that is created or opened.
pub(crate) fn disposition(number: u32) -> &'static str {
    const NAMES: [&str; 6] = [
        "FILE_SUPERSEDE",
        "FILE_OPEN",
        "FILE_CREATE",
        "FILE_OPEN_IF",
        "FILE_OVERWRITE",
        "FILE_OVERWRITE_IF",
    ];
    NAMES.get(number as usize).copied().unwrap_or("UNKNOWN")
}

/// Kind of a share in version 2.
pub(crate) fn share_type(number: u8) -> &'static str {
    match number {
        1 => "FILE",
        2 => "PIPE",
        3 => "PRINT",
        _ => "UNKNOWN",
    }
}

/// A control function.
pub(crate) fn function(code: u32) -> Cow<'static, str> {
    let known = FUNCTIONS.iter().find(|(number, _)| *number == code);
    known.map_or_else(
        || format!("0x{code:08x}").into(),
        |(_, name)| (*name).into(),
    )
}

const FUNCTIONS: &[(u32, &str)] = &[
    (0x0006_0194, "FSCTL_DFS_GET_REFERRALS"),
    (0x0006_01b0, "FSCTL_DFS_GET_REFERRALS_EX"),
    (0x0009_00a4, "FSCTL_SET_REPARSE_POINT"),
    (0x0009_00a8, "FSCTL_GET_REPARSE_POINT"),
    (0x0009_00ac, "FSCTL_DELETE_REPARSE_POINT"),
    (0x0009_00c0, "FSCTL_CREATE_OR_GET_OBJECT_ID"),
    (0x0009_00c4, "FSCTL_SET_SPARSE"),
    (0x0009_40cf, "FSCTL_QUERY_ALLOCATED_RANGES"),
    (0x0009_80c8, "FSCTL_SET_ZERO_DATA"),
    (0x0011_0018, "FSCTL_PIPE_WAIT"),
    (0x0011_400c, "FSCTL_PIPE_PEEK"),
    (0x0011_c017, "FSCTL_PIPE_TRANSCEIVE"),
    (0x0014_0078, "FSCTL_SRV_REQUEST_RESUME_KEY"),
    (0x0014_01d4, "FSCTL_LMR_REQUEST_RESILIENCY"),
    (0x0014_01fc, "FSCTL_QUERY_NETWORK_INTERFACE_INFO"),
    (0x0014_0204, "FSCTL_VALIDATE_NEGOTIATE_INFO"),
    (0x0014_4064, "FSCTL_SRV_ENUMERATE_SNAPSHOTS"),
    (0x0014_40f2, "FSCTL_SRV_COPYCHUNK"),
    (0x0014_80f2, "FSCTL_SRV_COPYCHUNK_WRITE"),
    (0x0014_41bb, "FSCTL_SRV_READ_HASH"),
    (0x0009_8344, "FSCTL_DUPLICATE_EXTENTS_TO_FILE"),
];

/// The name of an NT state ([MS-ERREF] 2.3).
pub(crate) fn status(code: u32) -> Option<&'static str> {
    let known = STATES
        .binary_search_by_key(&code, |(number, _)| *number)
        .ok()?;
    STATES.get(known).map(|(_, name)| *name)
}

/// Ordered by number.
const STATES: &[(u32, &str)] = &[
    (0x0000_0000, "STATUS_SUCCESS"),
    (0x0000_0103, "STATUS_PENDING"),
    (0x0000_0104, "STATUS_REPARSE"),
    (0x0000_0105, "STATUS_MORE_ENTRIES"),
    (0x0000_0107, "STATUS_SOME_NOT_MAPPED"),
    (0x0000_010b, "STATUS_NOTIFY_CLEANUP"),
    (0x0000_010c, "STATUS_NOTIFY_ENUM_DIR"),
    (0x4000_0000, "STATUS_OBJECT_NAME_EXISTS"),
    (0x8000_0005, "STATUS_BUFFER_OVERFLOW"),
    (0x8000_0006, "STATUS_NO_MORE_FILES"),
    (0x8000_001a, "STATUS_NO_MORE_ENTRIES"),
    (0x8000_002d, "STATUS_STOPPED_ON_SYMLINK"),
    (0xc000_0001, "STATUS_UNSUCCESSFUL"),
    (0xc000_0002, "STATUS_NOT_IMPLEMENTED"),
    (0xc000_0003, "STATUS_INVALID_INFO_CLASS"),
    (0xc000_0004, "STATUS_INFO_LENGTH_MISMATCH"),
    (0xc000_0008, "STATUS_INVALID_HANDLE"),
    (0xc000_000d, "STATUS_INVALID_PARAMETER"),
    (0xc000_000e, "STATUS_NO_SUCH_DEVICE"),
    (0xc000_000f, "STATUS_NO_SUCH_FILE"),
    (0xc000_0010, "STATUS_INVALID_DEVICE_REQUEST"),
    (0xc000_0011, "STATUS_END_OF_FILE"),
    (0xc000_0016, "STATUS_MORE_PROCESSING_REQUIRED"),
    (0xc000_0017, "STATUS_NO_MEMORY"),
    (0xc000_0022, "STATUS_ACCESS_DENIED"),
    (0xc000_0023, "STATUS_BUFFER_TOO_SMALL"),
    (0xc000_0033, "STATUS_OBJECT_NAME_INVALID"),
    (0xc000_0034, "STATUS_OBJECT_NAME_NOT_FOUND"),
    (0xc000_0035, "STATUS_OBJECT_NAME_COLLISION"),
    (0xc000_0039, "STATUS_OBJECT_PATH_INVALID"),
    (0xc000_003a, "STATUS_OBJECT_PATH_NOT_FOUND"),
    (0xc000_003b, "STATUS_OBJECT_PATH_SYNTAX_BAD"),
    (0xc000_0043, "STATUS_SHARING_VIOLATION"),
    (0xc000_0054, "STATUS_FILE_LOCK_CONFLICT"),
    (0xc000_0055, "STATUS_LOCK_NOT_GRANTED"),
    (0xc000_0056, "STATUS_DELETE_PENDING"),
    (0xc000_005e, "STATUS_NO_LOGON_SERVERS"),
    (0xc000_0061, "STATUS_PRIVILEGE_NOT_HELD"),
    (0xc000_0064, "STATUS_NO_SUCH_USER"),
    (0xc000_006a, "STATUS_WRONG_PASSWORD"),
    (0xc000_006d, "STATUS_LOGON_FAILURE"),
    (0xc000_006e, "STATUS_ACCOUNT_RESTRICTION"),
    (0xc000_006f, "STATUS_INVALID_LOGON_HOURS"),
    (0xc000_0070, "STATUS_INVALID_WORKSTATION"),
    (0xc000_0071, "STATUS_PASSWORD_EXPIRED"),
    (0xc000_0072, "STATUS_ACCOUNT_DISABLED"),
    (0xc000_007e, "STATUS_RANGE_NOT_LOCKED"),
    (0xc000_007f, "STATUS_DISK_FULL"),
    (0xc000_009a, "STATUS_INSUFFICIENT_RESOURCES"),
    (0xc000_00ac, "STATUS_PIPE_NOT_AVAILABLE"),
    (0xc000_00ad, "STATUS_INVALID_PIPE_STATE"),
    (0xc000_00ae, "STATUS_PIPE_BUSY"),
    (0xc000_00b0, "STATUS_PIPE_DISCONNECTED"),
    (0xc000_00b1, "STATUS_PIPE_CLOSING"),
    (0xc000_00b5, "STATUS_IO_TIMEOUT"),
    (0xc000_00ba, "STATUS_FILE_IS_A_DIRECTORY"),
    (0xc000_00bb, "STATUS_NOT_SUPPORTED"),
    (0xc000_00c9, "STATUS_NETWORK_NAME_DELETED"),
    (0xc000_00ca, "STATUS_NETWORK_ACCESS_DENIED"),
    (0xc000_00cb, "STATUS_BAD_DEVICE_TYPE"),
    (0xc000_00cc, "STATUS_BAD_NETWORK_NAME"),
    (0xc000_00d0, "STATUS_REQUEST_NOT_ACCEPTED"),
    (0xc000_0101, "STATUS_DIRECTORY_NOT_EMPTY"),
    (0xc000_0103, "STATUS_NOT_A_DIRECTORY"),
    (0xc000_0120, "STATUS_CANCELLED"),
    (0xc000_0121, "STATUS_CANNOT_DELETE"),
    (0xc000_0128, "STATUS_FILE_CLOSED"),
    (0xc000_014b, "STATUS_PIPE_BROKEN"),
    (0xc000_015b, "STATUS_LOGON_TYPE_NOT_GRANTED"),
    (0xc000_0184, "STATUS_INVALID_DEVICE_STATE"),
    (0xc000_018d, "STATUS_TRUSTED_RELATIONSHIP_FAILURE"),
    (0xc000_0190, "STATUS_TRUST_FAILURE"),
    (0xc000_0193, "STATUS_ACCOUNT_EXPIRED"),
    (0xc000_0203, "STATUS_USER_SESSION_DELETED"),
    (0xc000_0205, "STATUS_INSUFF_SERVER_RESOURCES"),
    (0xc000_020c, "STATUS_CONNECTION_DISCONNECTED"),
    (0xc000_0224, "STATUS_PASSWORD_MUST_CHANGE"),
    (0xc000_0225, "STATUS_NOT_FOUND"),
    (0xc000_0234, "STATUS_ACCOUNT_LOCKED_OUT"),
    (0xc000_0257, "STATUS_PATH_NOT_COVERED"),
    (0xc000_035c, "STATUS_NETWORK_SESSION_EXPIRED"),
    (0xc000_0413, "STATUS_AUTHENTICATION_FIREWALL_FAILED"),
    (0xc000_205a, "STATUS_SMB_TOO_MANY_UIDS"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_in_order() {
        assert!(STATES.is_sorted_by_key(|(number, _)| *number));
        assert_eq!(status(0xc000_0022), Some("STATUS_ACCESS_DENIED"));
        assert_eq!(status(7), None);
    }
}
