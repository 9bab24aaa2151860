//! A login with NTLM that goes on: what both sides have said, until the server accepts it or not.

use wirewatch_records::{Kind, NtlmRow, Row};

use super::{Challenge, Identity, Message, find};
use crate::mime::base64;
use crate::protocol::Side;
use crate::sink::{Fact, Sink};
use crate::waiting::bounded;

/// Letters of base64 that are decoded: the longest message has two responses and three names, less than 3 KiB.
const MAX_TEXT: usize = 4 << 10;

/// What was said.
#[derive(Debug, Default)]
pub(crate) struct Talk {
    challenge: Option<Challenge>,
    identity: Option<Identity>,
}

impl Talk {
    /// Reads a message out of a security blob; true when the client says who it is.
    pub(crate) fn hear(&mut self, blob: &[u8]) -> bool {
        match find(blob) {
            Some(Message::Challenge(challenge)) => self.challenge = Some(challenge),
            Some(Message::Authenticate(identity)) => {
                self.identity = Some(identity);
                return true;
            }
            Some(Message::Negotiate) | None => {}
        }
        false
    }

    /// The same of a blob in base64.
    pub(crate) fn hear_text(&mut self, text: &[u8]) -> bool {
        self.hear(&base64(bounded(text, MAX_TEXT)))
    }

    /// Whether the server has asked.
    pub(crate) fn is_challenged(&self) -> bool {
        self.challenge.is_some()
    }

    /// Who logs in, once the client has said it.
    pub(crate) fn user(&self) -> Option<&[u8]> {
        self.identity.as_ref().map(|identity| &*identity.user)
    }

    /// The server has answered: tells the login, when the client said who it is.
    pub(crate) fn answered(
        &mut self,
        success: bool,
        transaction: Option<u64>,
        sink: &mut dyn Sink,
    ) {
        let Some(identity) = self.identity.take() else {
            return;
        };
        let challenge = self.challenge.take();
        tell(
            &identity,
            challenge.as_ref(),
            Some(success),
            transaction,
            sink,
        );
        // Without a name somebody is anonymous.
        if !identity.user.is_empty() {
            sink.learn(Fact::Login {
                user: &identity.user,
                plain_password: false,
                accepted: Some(success),
            });
        }
    }
}

/// Puts out the record of a login with NTLM.
pub(crate) fn tell(
    identity: &Identity,
    challenge: Option<&Challenge>,
    success: Option<bool>,
    transaction: Option<u64>,
    sink: &mut dyn Sink,
) {
    fn some(name: &[u8]) -> Option<&[u8]> {
        Some(name).filter(|name| !name.is_empty())
    }
    let row = NtlmRow {
        username: some(&identity.user),
        hostname: some(&identity.host),
        domainname: some(&identity.domain),
        server_nb_computer_name: challenge.and_then(|told| some(&told.netbios_computer)),
        server_dns_computer_name: challenge.and_then(|told| some(&told.dns_computer)),
        server_tree_name: challenge.and_then(|told| some(&told.dns_tree)),
        success,
    };
    if sink.wants(Kind::Ntlm) {
        sink.record(transaction, Side::Client, &Row::Ntlm(row));
    }
}
