//! What Zeek's postgresql.log has of a request and its answer.

use wirewatch_records::{PgsqlCommandRow, Row};

use super::{Kind, MAX_NAME, QUERY, Talk};
use crate::exchange::Exchange;
use crate::waiting::{Cut, bounded};

/// What a client says of itself when it begins.
#[derive(Debug, Default)]
pub(super) struct Session {
    user: Option<Vec<u8>>,
    database: Option<Vec<u8>>,
    application: Option<Vec<u8>>,
}

impl Session {
    /// Reads a message that begins a connection: its version, then names with values.
    pub(super) fn read(message: &[u8]) -> Option<Self> {
        let mut cut = Cut(message);
        cut.be32()?;
        let mut session = Self::default();
        while let (Some(name), Some(value)) = (cut.text(), cut.text()) {
            let place = match name {
                b"user" => &mut session.user,
                b"database" => &mut session.database,
                b"application_name" => &mut session.application,
                _ => continue,
            };
            *place = Some(bounded(value, MAX_NAME).to_vec());
        }
        Some(session)
    }
}

/// The row; what only belongs to a login has none of its own.
pub(super) fn row(exchange: &Exchange<Talk>, put: &mut dyn FnMut(&Row<'_>)) {
    let talk = &exchange.detail;
    let frontend = match talk.kind {
        Kind::Tls => "ssl_request",
        Kind::Startup => "startup",
        Kind::Batch => "extended_query",
        Kind::Query if exchange.first(QUERY).is_some() => "simple_query",
        Kind::Query | Kind::Password | Kind::CopyIn => return,
    };
    let failure = talk.failure.as_deref();
    let is_answered = talk.is_completed || failure.is_some();
    let session = talk.session.as_deref();
    let of = |part: fn(&Session) -> &Option<Vec<u8>>| session.and_then(|one| part(one).as_deref());
    put(&Row::PgsqlCommand(PgsqlCommandRow {
        user: of(|session| &session.user),
        database: of(|session| &session.database),
        application_name: of(|session| &session.application),
        frontend: Some(frontend),
        frontend_arg: exchange.first(QUERY),
        success: is_answered.then_some(failure.is_none()),
        rows: talk.is_completed.then_some(talk.rows),
        backend: failure.map(|_| "error"),
        backend_arg: failure,
    }));
}
