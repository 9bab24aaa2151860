//! Kinds of encryption in Kerberos, by number or by name (RFC 3961 and its successors).

use super::super::super::number::{Comparison, signed};
use super::super::super::problem::{Fault, nearest};
use super::super::super::syntax::Word;

const KINDS: &[(&str, i64)] = &[
    ("des-cbc-crc", 1),
    ("des-cbc-md4", 2),
    ("des-cbc-md5", 3),
    ("des3-cbc-md5", 5),
    ("des3-cbc-sha1", 7),
    ("dsawithsha1-cmsoid", 9),
    ("md5withrsaencryption-cmsoid", 10),
    ("sha1withrsaencryption-cmsoid", 11),
    ("rc2cbc-envoid", 12),
    ("rsaencryption-envoid", 13),
    ("rsaes-oaep-env-oid", 14),
    ("des-ede3-cbc-env-oid", 15),
    ("des3-cbc-sha1-kd", 16),
    ("aes128-cts-hmac-sha1-96", 17),
    ("aes256-cts-hmac-sha1-96", 18),
    ("aes128-cts-hmac-sha256-128", 19),
    ("aes256-cts-hmac-sha384-192", 20),
    ("rc4-hmac", 23),
    ("rc4-hmac-exp", 24),
    ("camellia128-cts-cmac", 25),
    ("camellia256-cts-cmac", 26),
    ("subkey-keymaterial", 65),
    ("rc4-md4", -128),
    ("rc4-hmac-old", -133),
    ("rc4-hmac-old-exp", -135),
];

/// Reads `weak` or a list of kinds, either with `!`: alternatives, each in a list of its own that must hold.
pub(super) fn wanted(value: Word<'_>) -> Result<Vec<Vec<Comparison>>, Fault> {
    let (negated, value) = match value.strip_prefix("!") {
        Some(rest) => (true, rest.trim()),
        None => (false, value),
    };
    // All but AES and Camellia (RFC 6649, RFC 8429).
    if value.text == "weak" {
        let strong = vec![Comparison::Between(16, 21), Comparison::Between(24, 27)];
        let weak = vec![
            Comparison::Less(17),
            Comparison::Between(20, 25),
            Comparison::Greater(26),
        ];
        return Ok(vec![if negated { strong } else { weak }]);
    }
    let kinds = value.split(',').map(kind).collect::<Result<Vec<_>, _>>()?;
    Ok(if negated {
        let each = kinds.into_iter();
        each.map(|kind| vec![Comparison::NotEqual(kind)]).collect()
    } else {
        vec![kinds.into_iter().map(Comparison::Equal).collect()]
    })
}

/// Parsers tell kinds below 0 as they are, in two's complement.
fn kind(word: Word<'_>) -> Result<u64, Fault> {
    let lower = word.text.to_ascii_lowercase();
    if let Some((_, kind)) = KINDS.iter().find(|(name, _)| *name == lower) {
        return Ok(kind.cast_unsigned());
    }
    if lower.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
        return signed(word).map(i64::cast_unsigned);
    }
    let near = nearest(&lower, KINDS.iter().map(|(name, _)| *name));
    let message = "this is no kind of encryption";
    Err(Fault::error(word.at, message).meant(near))
}
