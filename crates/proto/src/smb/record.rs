//! Records of SMB's exchanges.

use std::borrow::Cow;

use wirewatch_records::{Kind, Row, SmbFilesRow, SmbMappingRow, SmbRow, json};

use super::book::Book;
use super::exchange::{
    Create, Exchange, Handle, Native, Session, Status, What, command_name, microseconds, seconds,
};
use super::name;
use crate::ntlmssp;
use crate::protocol::Side;
use crate::sink::Sink;

/// The name of a share's own folder.
const ROOT: &[u8] = b"<share_root>";

/// Gives the record as far as it is known.
pub(super) fn put(exchange: &Exchange, put: &mut dyn FnMut(&Row<'_>)) {
    let command = command_name(exchange);
    let dialect = exchange.dialect.name();
    let (status, status_code) = states(exchange.status);
    let row = SmbRow {
        // Suricata counts from 1 here.
        id: exchange.id.saturating_add(1),
        dialect: &dialect,
        command: &command,
        status: status.as_deref(),
        status_code: status_code.as_deref(),
        session_id: exchange.session,
        tree_id: exchange.tree,
        ..SmbRow::default()
    };
    match &exchange.what {
        What::Plain | What::Close(_) => put(&Row::Smb(row)),
        What::Negotiate(_) | What::Session(_) | What::Tree(_) => beginning(exchange, &row, put),
        _ => use_of_files(exchange, &row, put),
    }
}

fn states(status: Option<Status>) -> (Option<Cow<'static, str>>, Option<String>) {
    match status {
        None => (None, None),
        Some(Status::Nt(code)) => {
            let name = name::status(code)
                .map_or_else(|| format!("UNKNOWN_{code:08X}").into(), Cow::Borrowed);
            (Some(name), Some(format!("0x{code:x}")))
        }
        Some(Status::Dos(0, 0)) => (Some("STATUS_SUCCESS".into()), Some("0x0".into())),
        Some(Status::Dos(class, code)) => {
            let class = match class {
                1 => "ERRDOS",
                2 => "ERRSRV",
                3 => "ERRHRD",
                _ => "ERRCMD",
            };
            (Some(class.into()), Some(format!("0x{code:x}")))
        }
    }
}

fn beginning(exchange: &Exchange, row: &SmbRow<'_>, put: &mut dyn FnMut(&Row<'_>)) {
    match &exchange.what {
        What::Negotiate(told) => {
            let names: Vec<Cow<'_, str>> =
                told.offered.iter().map(|dialect| dialect.name()).collect();
            let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
            let guids =
                [told.client_guid, told.server_guid].map(|guid| guid.map(|guid| guid.to_string()));
            let [client, server] = &guids;
            put(&Row::Smb(SmbRow {
                client_dialects: &names,
                client_guid: client.as_deref(),
                server_guid: server.as_deref(),
                max_read_size: told.max_read,
                max_write_size: told.max_write,
                ..*row
            }));
        }
        What::Session(session) => login(session, row, put),
        What::Tree(tree) => {
            let service = object(|out| {
                if !tree.service.client.is_empty() {
                    json::wire(out, b"\"request\":", &tree.service.client);
                }
                if !tree.service.server.is_empty() {
                    json::wire(out, b"\"response\":", &tree.service.server);
                }
            });
            put(&Row::Smb(SmbRow {
                share: (!tree.is_pipe).then_some(&tree.name),
                named_pipe: tree.is_pipe.then_some(&tree.name),
                share_type: tree.share_type.map(name::share_type),
                service: service.as_deref(),
                ..*row
            }));
        }
        _ => {}
    }
}

fn login(session: &Session, row: &SmbRow<'_>, put: &mut dyn FnMut(&Row<'_>)) {
    let ntlmssp = session.identity.as_ref().and_then(|identity| {
        object(|out| {
            json::wire(out, b"\"domain\":", &identity.domain);
            json::wire(out, b"\"user\":", &identity.user);
            json::wire(out, b"\"host\":", &identity.host);
            if let Some(version) = identity.version {
                json::text(out, b"\"version\":", &version.to_string());
            }
        })
    });
    let kerberos = session
        .ticket
        .as_ref()
        .and_then(|ticket| object(|out| ticket.members(out)));
    let [request, response] =
        [Side::Client, Side::Server].map(|side| native(session.native.of(side).as_ref()));
    put(&Row::Smb(SmbRow {
        ntlmssp: ntlmssp.as_deref(),
        kerberos: kerberos.as_deref(),
        request: request.as_deref(),
        response: response.as_deref(),
        ..*row
    }));
}

fn native(native: Option<&Native>) -> Option<String> {
    let native = native?;
    object(|out| {
        json::wire(out, b"\"native_os\":", &native.os);
        json::wire(out, b"\"native_lm\":", &native.lm);
    })
}

fn use_of_files(exchange: &Exchange, row: &SmbRow<'_>, put: &mut dyn FnMut(&Row<'_>)) {
    match &exchange.what {
        What::Create(create) => created(create, row, put),
        What::File(used) => put(&Row::Smb(SmbRow {
            filename: Some(&used.name),
            share: Some(&*used.share).filter(|share| !share.is_empty()),
            fuid: Some(&used.handle.to_string()),
            ..*row
        })),
        What::Rename(rename) => {
            let names = object(|out| {
                json::wire(out, b"\"from\":", &rename.from);
                json::wire(out, b"\"to\":", &rename.to);
            });
            let fuid = rename.handle.as_ref().map(Handle::to_string);
            put(&Row::Smb(SmbRow {
                rename: names.as_deref(),
                fuid: fuid.as_deref(),
                ..*row
            }));
        }
        What::Delete(delete) => {
            let (class, level) = if delete.handle.is_some() {
                ("SET_FILE_INFO", "disposition")
            } else {
                ("SET_PATH_INFO", "disposition")
            };
            let info = object(|out| {
                json::text(out, b"\"class\":", class);
                json::text(out, b"\"info_level\":", level);
                json::boolean(out, b"\"delete_on_close\":", delete.pending);
            });
            let fuid = delete.handle.as_ref().map(Handle::to_string);
            put(&Row::Smb(SmbRow {
                filename: Some(&delete.name),
                access: Some(access(delete.pending)),
                set_info: info.as_deref(),
                fuid: fuid.as_deref(),
                ..*row
            }));
        }
        What::Control(code) => put(&Row::Smb(SmbRow {
            function: Some(&name::function(*code)),
            ..*row
        })),
        What::Call(_, call) => {
            let members = object(|out| call.members(out));
            put(&Row::Smb(SmbRow {
                dcerpc: members.as_deref(),
                ..*row
            }));
        }
        _ => {}
    }
}

fn created(create: &Create, row: &SmbRow<'_>, put: &mut dyn FnMut(&Row<'_>)) {
    let opened = create.opened.unwrap_or_default();
    let time = |index: usize| {
        create
            .opened
            .map(|opened| opened.times.get(index).copied().map_or(0, seconds))
    };
    let fuid = create.opened.map(|opened| opened.handle.to_string());
    put(&Row::Smb(SmbRow {
        filename: Some(shown(&create.name)),
        disposition: Some(name::disposition(create.disposition)),
        access: Some(access(create.delete_on_close)),
        created: time(0),
        accessed: time(1),
        modified: time(2),
        changed: time(3),
        size: create.opened.map(|_| opened.size),
        fuid: fuid.as_deref(),
        ..*row
    }));
}

fn access(deletes: bool) -> &'static str {
    if deletes { "delete on close" } else { "normal" }
}

fn shown(name: &[u8]) -> &[u8] {
    if name.is_empty() { ROOT } else { name }
}

/// A JSON object as text; none when it would be empty.
fn object(members: impl FnOnce(&mut Vec<u8>)) -> Option<String> {
    let mut out = Vec::new();
    let mark = json::open(&mut out, b"{");
    members(&mut out);
    json::close(&mut out, mark);
    out.pop();
    String::from_utf8(out).ok().filter(|text| !text.is_empty())
}

/// What Zeek's logs have of an exchange that is over.
pub(super) fn logs(book: &Book, exchange: &Exchange, sink: &mut dyn Sink) {
    let success = exchange.is_success();
    match &exchange.what {
        What::Tree(tree) if success => {
            let share_type = match (tree.is_pipe, tree.share_type) {
                (true, _) => "PIPE",
                (false, Some(3)) => "PRINT",
                _ => "DISK",
            };
            let row = SmbMappingRow {
                path: &tree.name,
                service: Some(&*tree.service.server).filter(|text| !text.is_empty()),
                native_file_system: Some(&*tree.file_system).filter(|text| !text.is_empty()),
                share_type,
            };
            sink.record(Some(exchange.id), Side::Client, &Row::SmbMapping(row));
        }
        What::Session(session) => {
            if let Some(identity) = &session.identity {
                ntlmssp::tell(
                    identity,
                    book.challenge.as_ref(),
                    exchange.status.map(Status::is_success),
                    Some(exchange.id),
                    sink,
                );
            }
        }
        What::Create(_) | What::Rename(_) | What::Delete(_) if success => {
            files(book, exchange, sink);
        }
        _ => {}
    }
}

fn files(book: &Book, exchange: &Exchange, sink: &mut dyn Sink) {
    if !sink.wants(Kind::SmbFiles) || book.is_pipe(exchange.session, exchange.tree) == Some(true) {
        return;
    }
    let path = book.share_name(exchange.session, exchange.tree);
    let mut tell = |action, name, previous, handle: Option<Handle>| {
        let open = handle.and_then(|handle| book.find(handle));
        let time = |index: usize| {
            let times = open.and_then(|open| open.times)?;
            microseconds(*times.get(index)?)
        };
        let row = SmbFilesRow {
            action,
            path,
            name: shown(name),
            size: open.and_then(|open| open.size),
            prev_name: previous,
            created: time(0),
            accessed: time(1),
            modified: time(2),
            changed: time(3),
        };
        sink.record(Some(exchange.id), Side::Client, &Row::SmbFiles(row));
    };
    match &exchange.what {
        What::Create(create) => {
            let handle = create.opened.map(|opened| opened.handle);
            tell("SMB::FILE_OPEN", &create.name, None, handle);
            if create.delete_on_close {
                tell("SMB::FILE_DELETE", &create.name, None, handle);
            }
        }
        What::Rename(rename) => tell(
            "SMB::FILE_RENAME",
            &rename.to,
            Some(&rename.from),
            rename.handle,
        ),
        What::Delete(delete) if delete.pending => {
            tell("SMB::FILE_DELETE", &delete.name, None, delete.handle);
        }
        _ => {}
    }
}
