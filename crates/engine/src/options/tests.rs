use super::*;

fn smb(command: &str) -> SmbRow<'_> {
    SmbRow {
        command,
        ..SmbRow::default()
    }
}

#[test]
fn exchanges_of_smb_have_suricatas_kinds() {
    let kinds = [
        "SMB1_COMMAND_NEGOTIATE_PROTOCOL",
        "SMB1_COMMAND_SESSION_SETUP_ANDX",
        "SMB2_COMMAND_TREE_CONNECT",
        "SMB1_COMMAND_NT_CREATE_ANDX",
        "SMB2_COMMAND_WRITE",
        "SMB2_COMMAND_CLOSE",
    ]
    .map(|command| smb_type(&smb(command)));
    assert_eq!(
        kinds,
        [
            "negotiate",
            "session_setup",
            "tree_connect",
            "create",
            "file",
            "generic"
        ]
    );
}

#[test]
fn a_remote_call_is_one_whatever_carries_it() {
    let row = SmbRow {
        dcerpc: Some("{}"),
        ..smb("SMB2_COMMAND_WRITE")
    };
    assert_eq!(smb_type(&row), "dcerpc");
}

#[test]
fn only_the_kinds_of_smb_that_are_wanted_are_shown() {
    let types = vec!["file".to_owned()];
    assert!(shows_smb(&types, &smb("SMB2_COMMAND_READ").into()));
    assert!(!shows_smb(&types, &smb("SMB2_COMMAND_CLOSE").into()));
    assert!(shows_smb(&[], &smb("SMB2_COMMAND_CLOSE").into()));
}
