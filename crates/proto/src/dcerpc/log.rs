//! What Zeek's logs have of remote calls and of the logins in them.

use wirewatch_records::{DceRpcRow, Kind, Row};

use super::call::{Association, Call};
use super::interface;
use super::pdu::Header;
use crate::ntlmssp;
use crate::protocol::Side;
use crate::sink::Sink;

impl Association {
    /// Tells a call that is over.
    pub(crate) fn log(&self, transaction: u64, call: &Call, sink: &mut dyn Sink) {
        if !sink.wants(Kind::DceRpc) || !call.is_request() {
            return;
        }
        let (Some(interface), Some(operation)) = (call.interfaces.first(), call.operation) else {
            return;
        };
        let number = interface.uuid.to_string();
        let known = interface::known(interface.uuid);
        let name = known.and_then(|known| known.operation(operation));
        let unknown = format!("unknown-{operation}");
        let elapsed = sink.time().saturating_sub(call.asked_at) / 1_000;
        let answered = call.kinds.server;
        let row = DceRpcRow {
            rtt_us: answered.and_then(|_| u64::try_from(elapsed).ok()),
            named_pipe: Some(&*self.address).filter(|address| !address.is_empty()),
            endpoint: Some(known.map_or(number.as_str(), |known| known.name)),
            operation: Some(name.unwrap_or(&unknown)),
        };
        sink.record(Some(transaction), Side::Client, &Row::DceRpc(row));
    }

    /// Reads the credentials of a packet; a login is told when the client says who it is.
    pub(crate) fn credentials(
        &mut self,
        header: &Header,
        packet: &[u8],
        transaction: u64,
        sink: &mut dyn Sink,
    ) {
        const NTLM: u8 = 10;
        const NEGOTIATED: u8 = 9;
        let trailer = header.auth_length.saturating_add(8);
        let kind = packet
            .len()
            .checked_sub(trailer)
            .and_then(|place| packet.get(place));
        if header.auth_length == 0
            || !matches!(kind, Some(&(NTLM | NEGOTIATED)))
            || header.carries_stub()
        {
            return;
        }
        match ntlmssp::find(header.credentials(packet)) {
            Some(ntlmssp::Message::Challenge(challenge)) => self.challenge = Some(challenge),
            Some(ntlmssp::Message::Authenticate(identity)) => {
                let challenge = self.challenge.as_ref();
                ntlmssp::tell(&identity, challenge, None, Some(transaction), sink);
            }
            _ => {}
        }
    }
}
