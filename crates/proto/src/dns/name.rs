//! Names in messages: labels, and pointers to where the rest of a name stands already.
//!
//! RFC 1035, section 4.1.4. Pointers may point anywhere here, as some software takes them; how
//! many of them and how many labels are followed is bounded.

use super::message::Span;

/// Bytes of a name that are kept. A right one has at most 253; Suricata keeps as many as this.
pub(crate) const MAX_NAME_BYTES: usize = 1025;
/// Labels of a name that are read: more than a right one can have.
const MAX_LABELS: usize = 255;
/// Pointers that are followed in one name. A right one seldom needs two; a message full of names that
/// run in circles must not cost more than one full of names.
const MAX_POINTERS: usize = 64;

/// What is odd about a name that was read all the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Oddities {
    /// It is longer than what is kept.
    pub(crate) too_long: bool,
    /// Its pointers run in a circle.
    pub(crate) loops: bool,
    /// It has more pointers than are followed, and no circle was seen.
    pub(crate) too_many_pointers: bool,
    /// It has more labels than are read.
    pub(crate) too_many_labels: bool,
}

/// A name that was read.
pub(crate) struct Name {
    /// Where it stands in the store.
    pub(crate) span: Span,
    /// Where in the message the name ends.
    pub(crate) end: usize,
    /// What is odd about it.
    pub(crate) oddities: Oddities,
}

/// Reads the name at an offset and appends it to `store` with dots between its labels.
pub(crate) fn read(message: &[u8], start: usize, store: &mut Vec<u8>) -> Option<Name> {
    let begin = store.len();
    let (mut offset, mut end) = (start, None);
    let (mut labels, mut pointers) = (0, 0);
    let mut oddities = Oddities::default();
    // In a circle of up to half of the pointers this one comes again.
    let mut landmark = None;
    loop {
        let length = *message.get(offset)?;
        match length {
            0 => break,
            1..=63 => {
                let after = offset + 1 + usize::from(length);
                let label = message.get(offset + 1..after)?;
                offset = after;
                labels += 1;
                if labels > MAX_LABELS {
                    oddities.too_many_labels = true;
                    break;
                }
                append(store, begin, label, &mut oddities);
            }
            0xc0.. => {
                let low = *message.get(offset + 1)?;
                end.get_or_insert(offset + 2);
                pointers += 1;
                if pointers == MAX_POINTERS / 2 {
                    landmark = Some(offset);
                } else if landmark == Some(offset) {
                    oddities.loops = true;
                    break;
                }
                if pointers > MAX_POINTERS {
                    oddities.too_many_pointers = true;
                    break;
                }
                offset = usize::from(length & 0x3f) << 8 | usize::from(low);
            }
            _ => return None,
        }
    }
    let span = Span::new(begin, store.len());
    let end = match end {
        Some(end) => end,
        // The rest of a name that was given up still has to be passed over.
        None if oddities.too_many_labels => skip(message, offset)?,
        None => offset + 1,
    };
    Some(Name {
        span,
        end,
        oddities,
    })
}

fn append(store: &mut Vec<u8>, begin: usize, label: &[u8], oddities: &mut Oddities) {
    if oddities.too_long {
        return;
    }
    if store.len() > begin {
        store.push(b'.');
    }
    let room = MAX_NAME_BYTES.saturating_sub(store.len() - begin);
    oddities.too_long = label.len() > room;
    store.extend_from_slice(label.get(..room).unwrap_or(label));
}

/// Where the labels from an offset on end.
fn skip(message: &[u8], mut offset: usize) -> Option<usize> {
    loop {
        match *message.get(offset)? {
            0 => return Some(offset + 1),
            length @ 1..=63 => offset += 1 + usize::from(length),
            0xc0.. => return Some(offset + 2),
            _ => return None,
        }
    }
}
