//! Mail: SMTP, POP3 and IMAP.

use super::read::{byte, fits, is_text, says, starts, starts_any, weakly};
use crate::protocol::{FirstBytes, Protocol, Side, Transport, Verdict};

/// SMTP (RFC 5321) and LMTP.
pub(super) const SMTP: Protocol = Protocol {
    name: "smtp",
    transport: Transport::Tcp,
    ports: &[25, 587, 2525, 24],
    first: FirstBytes {
        client: &[
            (b'E', b'E'),
            (b'H', b'H'),
            (b'L', b'L'),
            (b'Q', b'R'),
            (b'e', b'e'),
            (b'h', b'h'),
        ],
        server: &[(b'2', b'2')],
    },
    probe: smtp,
};

fn smtp(side: Side, bytes: &[u8]) -> Verdict {
    match side {
        Side::Client => {
            let greeting = starts_any(
                bytes,
                &[
                    b"EHLO ", b"HELO ", b"LHLO ", b"ehlo ", b"helo ", b"Ehlo ", b"Helo ",
                ],
            );
            // FTP and POP3 know these, too: the port or the server decides.
            let other = weakly(starts_any(bytes, &[b"QUIT\r\n", b"RSET\r\n"]));
            let other = if other == Verdict::NoMatch {
                nameless_greeting(bytes)
            } else {
                other
            };
            if greeting == Verdict::NoMatch {
                other
            } else {
                greeting
            }
        }
        Side::Server => greeting(bytes, b"SMTP", b"FTP"),
    }
}

/// A greeting without the client's name, which servers take all the same.
fn nameless_greeting(bytes: &[u8]) -> Verdict {
    match bytes.split_first_chunk::<4>() {
        Some((word, [b'\r' | b'\n', ..])) => {
            fits(word.eq_ignore_ascii_case(b"EHLO") || word.eq_ignore_ascii_case(b"HELO"))
        }
        _ => Verdict::NoMatch,
    }
}

/// A `220` greeting, which SMTP and FTP share, that names the one and not the other.
pub(super) fn greeting(bytes: &[u8], own: &[u8], other: &[u8]) -> Verdict {
    match starts_any(bytes, &[b"220 ", b"220-"]) {
        Verdict::Match if !is_text(bytes, 32) => Verdict::NoMatch,
        Verdict::Match if says(bytes, own) => Verdict::Match,
        Verdict::Match if says(bytes, other) => Verdict::NoMatch,
        verdict => weakly(verdict),
    }
}

/// POP3 (RFC 1939).
pub(super) const POP3: Protocol = Protocol {
    name: "pop3",
    transport: Transport::Tcp,
    ports: &[110],
    first: FirstBytes {
        client: &[
            (b'A', b'A'),
            (b'C', b'C'),
            (b'S', b'S'),
            (b'U', b'U'),
            (b'u', b'u'),
        ],
        server: &[(b'+', b'+')],
    },
    probe: |side, bytes| match side {
        Side::Client => weakly(starts_any(
            bytes,
            &[
                b"USER ",
                b"user ",
                b"CAPA\r\n",
                b"STLS\r\n",
                b"APOP ",
                b"AUTH",
            ],
        )),
        Side::Server => match starts(bytes, b"+OK ") {
            Verdict::Match if !is_text(bytes, 16) => Verdict::NoMatch,
            verdict => verdict,
        },
    },
};

/// IMAP (RFC 9051).
pub(super) const IMAP: Protocol = Protocol {
    name: "imap",
    transport: Transport::Tcp,
    ports: &[143],
    first: FirstBytes {
        client: &[(b'0', b'9'), (b'A', b'Z'), (b'a', b'z'), (b'.', b'.')],
        server: &[(b'*', b'*')],
    },
    probe: |side, bytes| match side {
        Side::Client => imap_command(bytes),
        Side::Server => starts_any(bytes, &[b"* OK ", b"* PREAUTH ", b"* BYE "]),
    },
};

/// Clients number their commands with tags of a few letters and digits.
const LONGEST_TAG: usize = 12;
const IMAP_COMMANDS: &[&[u8]] = &[
    b"CAPABILITY",
    b"STARTTLS",
    b"AUTHENTICATE ",
    b"LOGIN ",
    b"ID (",
    b"ID NIL",
    b"LOGOUT\r\n",
    b"SELECT ",
];

fn imap_command(bytes: &[u8]) -> Verdict {
    let tag = bytes
        .iter()
        .take(LONGEST_TAG)
        .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'.')
        .count();
    match byte(bytes, tag) {
        None => Verdict::Unsure,
        Some(b' ') => one_of(bytes.get(tag + 1..).unwrap_or_default()),
        Some(_) => Verdict::NoMatch,
    }
}

fn one_of(command: &[u8]) -> Verdict {
    let known = IMAP_COMMANDS.iter().any(|known| {
        command
            .get(..known.len())
            .is_some_and(|part| part.eq_ignore_ascii_case(known))
    });
    let open = IMAP_COMMANDS.iter().any(|known| {
        known
            .get(..command.len())
            .is_some_and(|part| part.eq_ignore_ascii_case(command))
    });
    match (known, open) {
        (true, _) => Verdict::Match,
        (false, true) => Verdict::Unsure,
        (false, false) => Verdict::NoMatch,
    }
}
