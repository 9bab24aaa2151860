//! Names of numbers in IKE messages: RFC 2409, appendix A, and IANA's registry for version 2.

use std::borrow::Cow;

/// What a number stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Encryption,
    Hash,
    Authentication,
    Group,
    Prf,
}

const OLD_ENCRYPTION: &[&str] = &[
    "EncDesCbc",
    "EncIdeaCbc",
    "EncBlowfishCbc",
    "EncRc5R16B64Cbc",
    "EncTripleDesCbc",
    "EncCastCbc",
    "EncAesCbc",
    "EncCamelliaCbc",
];
const OLD_HASH: &[&str] = &[
    "HashMd5",
    "HashSha",
    "HashTiger",
    "HashSha2_256",
    "HashSha2_384",
    "HashSha2_512",
];
const OLD_AUTHENTICATION: &[&str] = &[
    "AuthPreSharedKey",
    "AuthDssSignatures",
    "AuthRsaSignatures",
    "AuthEncryptionWithRsa",
    "AuthRevisedEncryptionWithRsa",
];
const OLD_GROUP: &[&str] = &[
    "GroupDefault768BitModpGroup",
    "GroupAlternate1024BitModpGroup",
    "GroupEc2nOnGp2p155",
    "GroupEc2nOnGp2p185",
    "GroupModp1536",
];
const NEW_PRF: &[&str] = &[
    "PRF_HMAC_MD5",
    "PRF_HMAC_SHA1",
    "PRF_HMAC_TIGER",
    "PRF_AES128_XCBC",
    "PRF_HMAC_SHA2_256",
    "PRF_HMAC_SHA2_384",
    "PRF_HMAC_SHA2_512",
    "PRF_AES128_CMAC",
];
const NEW_INTEGRITY: &[&str] = &[
    "AUTH_HMAC_MD5_96",
    "AUTH_HMAC_SHA1_96",
    "AUTH_DES_MAC",
    "AUTH_KPDK_MD5",
    "AUTH_AES_XCBC_96",
    "AUTH_HMAC_MD5_128",
    "AUTH_HMAC_SHA1_160",
    "AUTH_AES_CMAC_96",
    "AUTH_AES_128_GMAC",
    "AUTH_AES_192_GMAC",
    "AUTH_AES_256_GMAC",
    "AUTH_HMAC_SHA2_256_128",
    "AUTH_HMAC_SHA2_384_192",
    "AUTH_HMAC_SHA2_512_256",
];
const NEW_ENCRYPTION: &[&str] = &[
    "ENCR_DES_IV64",
    "ENCR_DES",
    "ENCR_3DES",
    "ENCR_RC5",
    "ENCR_IDEA",
    "ENCR_CAST",
    "ENCR_BLOWFISH",
    "ENCR_3IDEA",
    "ENCR_DES_IV32",
    "",
    "ENCR_NULL",
    "ENCR_AES_CBC",
    "ENCR_AES_CTR",
    "ENCR_AES_CCM_8",
    "ENCR_AES_CCM_12",
    "ENCR_AES_CCM_16",
    "",
    "ENCR_AES_GCM_8",
    "ENCR_AES_GCM_12",
    "ENCR_AES_GCM_16",
];

/// The name of a number from 1 on in a table.
fn from_one(table: &[&'static str], number: u16) -> Option<&'static str> {
    let name = table.get(usize::from(number).checked_sub(1)?)?;
    Some(*name).filter(|name| !name.is_empty())
}

fn group(number: u16) -> Option<&'static str> {
    Some(match number {
        1 => "Modp768",
        2 => "Modp1024",
        5 => "Modp1536",
        14 => "Modp2048",
        15 => "Modp3072",
        16 => "Modp4096",
        17 => "Modp6144",
        18 => "Modp8192",
        19 => "Ecp256",
        20 => "Ecp384",
        21 => "Ecp521",
        31 => "Curve25519",
        32 => "Curve448",
        _ => return None,
    })
}

/// The name of an algorithm, or its number.
pub(super) fn algorithm(major: u8, kind: Kind, number: u16) -> Cow<'static, str> {
    let name = match (major, kind) {
        (1, Kind::Encryption) => from_one(OLD_ENCRYPTION, number),
        (1, Kind::Hash) => from_one(OLD_HASH, number),
        (1, Kind::Authentication) => from_one(OLD_AUTHENTICATION, number),
        (1, Kind::Group) => match from_one(OLD_GROUP, number) {
            None => {
                return group(number).map_or(number.to_string().into(), |name| {
                    format!("Group{name}").into()
                });
            }
            name => name,
        },
        (_, Kind::Encryption) if number == 28 => Some("ENCR_CHACHA20_POLY1305"),
        (_, Kind::Encryption) => from_one(NEW_ENCRYPTION, number),
        (_, Kind::Authentication) => from_one(NEW_INTEGRITY, number),
        (_, Kind::Group) => group(number),
        (2, Kind::Prf) => from_one(NEW_PRF, number),
        _ => None,
    };
    name.map_or_else(|| number.to_string().into(), Cow::Borrowed)
}

/// The unit of an agreement's duration.
pub(super) fn life_type(number: u16) -> Option<&'static str> {
    match number {
        1 => Some("LifeTypeSeconds"),
        2 => Some("LifeTypeKilobytes"),
        _ => None,
    }
}

/// What a message is part of.
pub(super) fn exchange(number: u8) -> Option<&'static str> {
    Some(match number {
        0 => "None",
        1 => "Base",
        2 => "IdentityProtection",
        3 => "AuthenticationOnly",
        4 => "Aggressive",
        5 => "Informational",
        6 => "Transaction",
        32 => "QuickMode",
        33 => "NewGroupMode",
        34 => "IKE_SA_INIT",
        35 => "IKE_AUTH",
        36 => "CREATE_CHILD_SA",
        37 => "INFORMATIONAL",
        38 => "IKE_SESSION_RESUME",
        _ => return None,
    })
}

/// The name of a payload.
pub(super) fn payload(major: u8, kind: u8) -> Option<&'static str> {
    Some(match (major, kind) {
        (1, 1) | (2, 33) => "SecurityAssociation",
        (1, 2) => "Proposal",
        (1, 3) => "Transform",
        (1, 4) | (2, 34) => "KeyExchange",
        (1, 5) => "Identification",
        (1, 6) | (2, 37) => "Certificate",
        (1, 7) | (2, 38) => "CertificateRequest",
        (1, 8) => "Hash",
        (1, 9) => "Signature",
        (1, 10) | (2, 40) => "Nonce",
        (1, 11) => "Notification",
        (1, 12) | (2, 42) => "Delete",
        (1, 13) | (2, 43) => "VendorID",
        (1, 15) => "SaKekPayload",
        (1, 16) => "SaTekPayload",
        (1, 20) => "NatDiscovery",
        (1, 21) => "NatOriginalAddress",
        (2, 35) => "IDInitiator",
        (2, 36) => "IDResponder",
        (2, 39) => "Authentication",
        (2, 41) => "Notify",
        (2, 44) => "TSInitiator",
        (2, 45) => "TSResponder",
        (2, 46) => "EncryptedAndAuthenticated",
        (2, 47) => "Configuration",
        (2, 48) => "ExtensibleAuthentication",
        (2, 53) => "EncryptedFragment",
        _ => return None,
    })
}

/// What a notification says (RFC 7296, section 3.10.1), or its number.
pub(super) fn notification(kind: u16) -> Cow<'static, str> {
    let name = match kind {
        1 => "UNSUPPORTED_CRITICAL_PAYLOAD",
        4 => "INVALID_IKE_SPI",
        5 => "INVALID_MAJOR_VERSION",
        7 => "INVALID_SYNTAX",
        9 => "INVALID_MESSAGE_ID",
        11 => "INVALID_SPI",
        14 => "NO_PROPOSAL_CHOSEN",
        17 => "INVALID_KE_PAYLOAD",
        24 => "AUTHENTICATION_FAILED",
        34 => "SINGLE_PAIR_REQUIRED",
        35 => "NO_ADDITIONAL_SAS",
        36 => "INTERNAL_ADDRESS_FAILURE",
        37 => "FAILED_CP_REQUIRED",
        38 => "TS_UNACCEPTABLE",
        39 => "INVALID_SELECTORS",
        43 => "TEMPORARY_FAILURE",
        44 => "CHILD_SA_NOT_FOUND",
        16_384 => "INITIAL_CONTACT",
        16_385 => "SET_WINDOW_SIZE",
        16_388 => "NAT_DETECTION_SOURCE_IP",
        16_389 => "NAT_DETECTION_DESTINATION_IP",
        16_390 => "COOKIE",
        16_391 => "USE_TRANSPORT_MODE",
        16_393 => "REKEY_SA",
        16_404 => "MULTIPLE_AUTH_SUPPORTED",
        16_406 => "REDIRECT_SUPPORTED",
        16_430 => "IKEV2_FRAGMENTATION_SUPPORTED",
        16_431 => "SIGNATURE_HASH_ALGORITHMS",
        _ => return kind.to_string().into(),
    };
    name.into()
}
