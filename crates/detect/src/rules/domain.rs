//! Which part of a name somebody has registered.
//!
//! Countries that sell names below a second level use few words for it (`co`, `com`, `ac`, ...): these are
//! known here. A list of all public suffixes would be right in more cases, and out of date soon.

/// Second levels of country domains below which names are registered.
const SECOND_LEVELS: &[&[u8]] = &[
    b"ac", b"co", b"com", b"edu", b"firm", b"gen", b"go", b"gob", b"gov", b"gouv", b"gv", b"id",
    b"ind", b"info", b"ltd", b"me", b"mil", b"ne", b"net", b"nhs", b"nic", b"nom", b"or", b"org",
    b"plc", b"police", b"res", b"sch", b"school", b"web",
];

/// The part of a name that registrars keep: `co.uk` of `www.example.co.uk`.
pub(crate) fn top_level(name: &[u8]) -> &[u8] {
    let name = name.strip_suffix(b".").unwrap_or(name);
    let Some(last) = memchr::memrchr(b'.', name) else {
        return name;
    };
    let (front, country) = name.split_at(last);
    let second = memchr::memrchr(b'.', front);
    let start = second.map_or(0, |dot| dot + 1);
    let word = front.get(start..).unwrap_or_default();
    let is_country = country.len() == 3;
    let known = SECOND_LEVELS
        .iter()
        .any(|known| known.eq_ignore_ascii_case(word));
    // A name that is a second level itself has nothing above it to be below.
    if is_country && known && second.is_some() {
        return name.get(start..).unwrap_or_default();
    }
    country.get(1..).unwrap_or_default()
}

/// The registered domain: `example.co.uk` of `www.example.co.uk`.
pub(crate) fn registered(name: &[u8]) -> &[u8] {
    let name = name.strip_suffix(b".").unwrap_or(name);
    let top = top_level(name).len();
    let Some(front) = name
        .len()
        .checked_sub(top + 1)
        .and_then(|end| name.get(..end))
    else {
        return name;
    };
    let start = memchr::memrchr(b'.', front).map_or(0, |dot| dot + 1);
    name.get(start..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{registered, top_level};

    #[test]
    fn the_registered_part_of_a_name_is_found() {
        for (name, domain, top) in [
            ("www.example.com", "example.com", "com"),
            ("example.com", "example.com", "com"),
            ("a.b.example.co.uk", "example.co.uk", "co.uk"),
            ("example.co.uk.", "example.co.uk", "co.uk"),
            ("co.uk", "co.uk", "uk"),
            ("www.example.de", "example.de", "de"),
            ("localhost", "localhost", "localhost"),
            ("", "", ""),
        ] {
            assert_eq!(top_level(name.as_bytes()), top.as_bytes(), "{name}");
            assert_eq!(registered(name.as_bytes()), domain.as_bytes(), "{name}");
        }
    }
}
