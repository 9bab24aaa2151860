//! FTP's data connections: a file, or a listing, from one side to the other.

use wirewatch_records::{FtpDataRow, Row};

use crate::application::{Application, Next, Parser};
use crate::exchange::{Detail, Exchange, either};
use crate::protocol::Side;
use crate::sink::{FilePart, Sink};
use crate::waiting::split;

/// The parser. Only the control connection tells that a flow is one of these.
pub(crate) static FTP_DATA: Application = Application {
    names: &["ftp-data"],
    new: |_| Box::new(Data::new()),
    frames: &[],
    // A download is the server's, an upload the client's, whoever opened the data connection.
    buffers: &[
        either("ftpdata_command", BEGUN),
        either("ftpdata_file_name", BEGUN),
    ],
    numbers: &[],
    events: &[],
};

const COMMAND: usize = 0;
const FILE_NAME: usize = 1;
const BEGUN: u8 = 1;

struct Data {
    transfer: Exchange<Transfer>,
    /// Whose bytes these are on the control connection: the client's when it stores.
    sender: Side,
    /// The side of this flow that sends.
    open: Option<Side>,
    is_over: bool,
}

#[derive(Debug)]
struct Transfer;

impl Detail for Transfer {
    fn row(transfer: &Exchange<Self>, put: &mut dyn FnMut(&Row<'_>)) {
        let row = FtpDataRow {
            command: transfer.first(COMMAND),
            filename: transfer.first(FILE_NAME),
        };
        put(&row.into());
    }
}

impl Data {
    fn new() -> Self {
        Self {
            transfer: Exchange::new(0, &FTP_DATA, Transfer),
            sender: Side::Server,
            open: None,
            is_over: false,
        }
    }

    fn close(&mut self, complete: bool, sink: &mut dyn Sink) {
        if let Some(side) = self.open.take() {
            sink.file(&self.transfer, side, 0, FilePart::Close { complete });
        }
        if !std::mem::replace(&mut self.is_over, true) {
            self.transfer.finish(Side::Client, sink);
        }
    }
}

impl Parser for Data {
    fn about(&mut self, about: &[u8]) {
        let (command, name) = split(about, b' ');
        let command = command.to_ascii_uppercase();
        self.sender = match command.as_slice() {
            b"STOR" | b"STOU" | b"APPE" => Side::Client,
            _ => Side::Server,
        };
        self.transfer.put(COMMAND, self.sender, &command);
        if matches!(command.as_slice(), b"RETR" | b"STOR") {
            self.transfer.put(FILE_NAME, self.sender, name);
        }
    }

    fn data(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next {
        if self.open.is_none() {
            let name = self.transfer.first(FILE_NAME).unwrap_or_default();
            let part = FilePart::Open { name, size: None };
            sink.file(&self.transfer, side, 0, part);
            self.open = Some(side);
            self.transfer.reach(self.sender, BEGUN, sink);
        }
        if self.open == Some(side) {
            sink.file(&self.transfer, side, 0, FilePart::Data(bytes));
        }
        Next::More
    }

    fn gap(&mut self, side: Side, length: u64, sink: &mut dyn Sink) -> Next {
        if self.open == Some(side) {
            sink.file(&self.transfer, side, 0, FilePart::Gap(length));
        }
        Next::More
    }

    fn end(&mut self, side: Side, sink: &mut dyn Sink) {
        if self.open.is_none_or(|open| open == side) {
            self.close(true, sink);
        }
    }

    fn held(&self) -> usize {
        self.transfer.held()
    }
}
