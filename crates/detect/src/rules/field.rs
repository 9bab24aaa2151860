//! The names of transactions' fields over all protocols that have a parser.
//!
//! A sticky buffer is any name in any [`Application::buffers`], an integer keyword any in
//! [`Application::numbers`]: a new parser brings its keywords with it. One name may stand in
//! several protocols (`http.uri` in HTTP/1 and HTTP/2), each with a place of its own.

use std::collections::HashMap;

use wirewatch_proto::{Application, Field, Side};

/// The content of a file, which also comes without a transaction.
pub(crate) const FILE_DATA: u16 = 0;
/// A file's name.
pub(crate) const FILE_NAME: u16 = 1;
/// What a file's first bytes say it is.
pub(crate) const FILE_MAGIC: u16 = 2;

const FILE_FIELDS: [&str; 3] = ["file.data", "file.name", "file.magic"];

/// Fields that both sides of a transaction have, with the names they have for one: rules about whole transactions say
/// which they mean (`file.data:to_client`).
const OF_SIDES: [(&str, [&str; 2]); 9] = [
    ("file.data", ["file.data:to_server", "file.data:to_client"]),
    (
        "http.header",
        ["http.header:to_server", "http.header:to_client"],
    ),
    (
        "http.header.raw",
        ["http.header.raw:to_server", "http.header.raw:to_client"],
    ),
    (
        "http.header_names",
        ["http.header_names:to_server", "http.header_names:to_client"],
    ),
    (
        "http.cookie",
        ["http.cookie:to_server", "http.cookie:to_client"],
    ),
    (
        "http.protocol",
        ["http.protocol:to_server", "http.protocol:to_client"],
    ),
    (
        "http.content_type",
        ["http.content_type:to_server", "http.content_type:to_client"],
    ),
    (
        "http.content_len",
        ["http.content_len:to_server", "http.content_len:to_client"],
    ),
    (
        "http.start",
        ["http.start:to_server", "http.start:to_client"],
    ),
];

/// Where a field stands in one application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// Its number for the client's and the server's side; they differ where two fields are one.
    numbers: [usize; 2],
    pub(crate) side: Option<Side>,
    pub(crate) progress: u8,
    pub(crate) many: bool,
}

impl Place {
    /// Its number in the application's table, as this side sees it.
    pub(crate) fn number(&self, side: Side) -> usize {
        let [client, server] = self.numbers;
        match side {
            Side::Client => client,
            Side::Server => server,
        }
    }
}

/// One kind of fields, by name and by application.
#[derive(Debug, Default)]
struct Names {
    numbers: HashMap<&'static str, u16>,
    /// By number, then by application.
    places: Vec<Vec<Option<Place>>>,
}

/// All fields.
#[derive(Debug)]
pub(crate) struct Fields {
    pub(crate) applications: &'static [&'static Application],
    buffers: Names,
    numbers: Names,
}

impl Names {
    fn add(&mut self, name: &'static str, applications: usize) -> u16 {
        let next = u16::try_from(self.places.len()).unwrap_or(u16::MAX);
        *self.numbers.entry(name).or_insert_with(|| {
            self.places.push(vec![None; applications]);
            next
        })
    }

    fn add_all(&mut self, application: usize, count: usize, fields: &'static [Field]) {
        for (number, field) in fields.iter().enumerate() {
            let name = self.add(field.name, count);
            let places = self.places.get_mut(usize::from(name));
            if let Some(place) = places.and_then(|places| places.get_mut(application)) {
                *place = Some(Place {
                    numbers: [number; 2],
                    side: field.side,
                    progress: field.progress,
                    many: field.many,
                });
            }
        }
    }

    /// Adds the names that fields of both sides have for one.
    fn add_sides(&mut self, applications: usize) {
        for (name, sided) in OF_SIDES {
            let Some(both) = self.numbers.get(name).copied() else {
                continue;
            };
            for (side, name) in [Side::Client, Side::Server].into_iter().zip(sided) {
                let field = self.add(name, applications);
                for index in 0..applications {
                    let place = self.place(both, index).filter(|place| place.side.is_none());
                    let place = place.map(|place| Place {
                        side: Some(side),
                        ..place
                    });
                    let places = self.places.get_mut(usize::from(field));
                    if let Some(slot) = places.and_then(|places| places.get_mut(index)) {
                        *slot = place;
                    }
                }
            }
        }
    }

    fn place(&self, field: u16, application: usize) -> Option<Place> {
        *self.places.get(usize::from(field))?.get(application)?
    }
}

impl Fields {
    pub(crate) fn new(applications: &'static [&'static Application]) -> Self {
        let count = applications.len();
        let (mut buffers, mut numbers) = (Names::default(), Names::default());
        for name in FILE_FIELDS {
            buffers.add(name, count);
        }
        for (index, application) in applications.iter().enumerate() {
            buffers.add_all(index, count, application.buffers);
            numbers.add_all(index, count, application.numbers);
            if let Some(body) = bodies(application)
                && let Some(places) = buffers.places.get_mut(usize::from(FILE_DATA))
                && let Some(place @ None) = places.get_mut(index)
            {
                *place = Some(body);
            }
        }
        buffers.add_sides(count);
        Self {
            applications,
            buffers,
            numbers,
        }
    }

    /// The number of the buffer with this name.
    pub(crate) fn buffer(&self, name: &str) -> Option<u16> {
        self.buffers.numbers.get(name).copied()
    }

    /// The number of the integer with this name.
    pub(crate) fn number(&self, name: &str) -> Option<u16> {
        self.numbers.numbers.get(name).copied()
    }

    /// Where a buffer stands in one application.
    pub(crate) fn buffer_place(&self, field: u16, application: usize) -> Option<Place> {
        self.buffers.place(field, application)
    }

    /// Where an integer stands in one application.
    pub(crate) fn number_place(&self, field: u16, application: usize) -> Option<Place> {
        self.numbers.place(field, application)
    }

    /// Whether a transaction of any protocol can have several of this buffer.
    pub(crate) fn is_many(&self, field: u16) -> bool {
        let places = self.buffers.places.get(usize::from(field));
        places
            .into_iter()
            .flatten()
            .flatten()
            .any(|place| place.many)
    }

    /// The name of a buffer.
    pub(crate) fn buffer_name(&self, field: u16) -> &'static str {
        let mut names = self.buffers.numbers.iter();
        names
            .find(|(_, number)| **number == field)
            .map_or("field", |(name, _)| name)
    }

    /// The name of an integer.
    pub(crate) fn number_name(&self, field: u16) -> &'static str {
        let mut names = self.numbers.numbers.iter();
        names
            .find(|(_, number)| **number == field)
            .map_or("field", |(name, _)| name)
    }

    /// Every name, for suggestions.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        let buffers = self.buffers.numbers.keys();
        let names = buffers.chain(self.numbers.numbers.keys()).copied();
        names.filter(|name| !name.contains(':'))
    }

    /// The application's place in the list.
    pub(crate) fn index_of(&self, application: &'static Application) -> Option<usize> {
        let mut all = self.applications.iter();
        all.position(|known| std::ptr::eq(*known, application))
    }
}

/// The bodies of both sides as one field: the content of the file that is sent.
fn bodies(application: &Application) -> Option<Place> {
    let find = |name| application.buffer(name);
    let (client, server) = (find("http.request_body")?, find("http.response_body")?);
    let progress = |number: usize| application.buffers.get(number).map(|field| field.progress);
    Some(Place {
        numbers: [client, server],
        side: None,
        progress: progress(client)?.max(progress(server)?),
        many: false,
    })
}

/// Whether a file brings this buffer even when its transaction does not.
pub(crate) fn is_of_file(field: u16) -> bool {
    field <= FILE_MAGIC
}
