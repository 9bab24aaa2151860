//! Which country an address is in, by a database in `MaxMind`'s format.

use std::sync::Arc;

use maxminddb::{PathElement, Reader};
use wirewatch_decode::{Datagram, to_ip};

use super::reputation::Ends;

/// Countries of one rule.
pub(crate) const MAX_COUNTRIES: usize = 256;
/// Where a record has the two letters of its country.
const COUNTRY: [PathElement<'static>; 2] =
    [PathElement::Key("country"), PathElement::Key("iso_code")];

/// A database of countries.
pub struct Countries {
    reader: Reader<Vec<u8>>,
}

impl std::fmt::Debug for Countries {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let metadata = self.reader.metadata();
        write!(out, "Countries({})", metadata.database_type)
    }
}

impl Countries {
    /// Reads a database.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn new(bytes: Vec<u8>) -> Result<Self, String> {
        let reader = Reader::from_source(bytes).map_err(|error| error.to_string())?;
        Ok(Self { reader })
    }

    /// Whether an address is in one of the countries.
    fn is_in(&self, address: u128, countries: &[[u8; 2]]) -> bool {
        let version = if address >> 32 == 0xffff { 4 } else { 6 };
        let found = self.reader.lookup(to_ip(address, version)).ok();
        let code = found.and_then(|found| found.decode_path::<&str>(&COUNTRY).ok().flatten());
        code.is_some_and(|code| countries.iter().any(|one| one == code.as_bytes()))
    }
}

/// One `geoip`.
#[derive(Debug, Clone)]
pub(crate) struct CountryTest {
    pub(crate) known: Arc<Countries>,
    pub(crate) ends: Ends,
    pub(crate) countries: Box<[[u8; 2]]>,
    pub(crate) negated: bool,
}

impl PartialEq for CountryTest {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.known, &other.known)
            && (self.ends, self.negated) == (other.ends, other.negated)
            && self.countries == other.countries
    }
}

impl Eq for CountryTest {}

impl CountryTest {
    pub(crate) fn holds(&self, datagram: &Datagram) -> bool {
        let fits = |address| self.known.is_in(address, &self.countries) != self.negated;
        datagram.version != 0 && self.ends.hold(datagram, fits)
    }
}
