//! P-256 keys: the device's, which may live in hardware, and the merchant's.

#[cfg(feature = "aws-lc")]
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, VerificationAlgorithm as _};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey, VerifyingKey};
use p256::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// Why a key was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not a public key on the curve P-256.
    #[error("must be a P-256 public key (kty EC, crv P-256, x and y of 32 bytes in base64url)")]
    Public,
    /// Not a private key in PKCS#8.
    #[error("must be a P-256 private key in PKCS#8 PEM")]
    Private,
    /// Not an ECDSA signature in DER.
    #[error("must be an ECDSA P-256 signature in DER (a sequence of r and s)")]
    Signature,
    /// Not 32 bytes in base64url.
    #[error("must be the SHA-256 of a key, 43 characters of base64url")]
    Fingerprint,
}

/// The device's key store could not sign, with what it says about that.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignerError {
    /// The key is there but cannot be used now, such as before the phone was first unlocked.
    #[error("the device's key is locked: {0}")]
    Locked(String),
    /// The key is gone: the device must be paired again with a new one.
    #[error("the device's key is lost: {0}")]
    Lost(String),
    /// Anything else.
    #[error("the device's key could not sign: {0}")]
    Failed(String),
}

impl SignerError {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Locked(_) => "key_locked",
            Self::Lost(_) => "key_lost",
            Self::Failed(_) => "key_failed",
        }
    }
}

/// Signs with a device's key, wherever it lives: in software, or in a hardware key store.
pub trait DeviceSigner: Send + Sync {
    /// The key's public half.
    fn public_key(&self) -> PublicKey;

    /// ECDSA P-256 over the SHA-256 of the message; `r` and `s` of 32 bytes each, big-endian.
    ///
    /// # Errors
    /// If the key store refuses or has lost the key.
    fn sign(&self, message: &[u8]) -> Result<[u8; 64], SignerError>;
}

/// What stands before the point in the X.509 form of every P-256 key (RFC 5480): the lengths, `id-ecPublicKey`, `prime256v1`.
const SPKI_P256: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// A P-256 public key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Jwk", into = "Jwk")]
pub struct PublicKey(VerifyingKey);

/// A public key as JSON writes it (RFC 7517): an elliptic curve key on P-256. Its coordinates are checked when it is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Jwk {
    /// Always `EC`.
    pub kty: String,
    /// Always `P-256`.
    pub crv: String,
    /// 32 bytes, base64url without padding.
    pub x: String,
    /// 32 bytes, base64url without padding.
    pub y: String,
}

impl PublicKey {
    /// From an uncompressed point of 65 bytes (SEC 1: `04`, x, y), as hardware key stores give it.
    ///
    /// # Errors
    /// If it is no point on the curve.
    pub fn from_sec1(bytes: &[u8]) -> Result<Self, KeyError> {
        VerifyingKey::from_sec1_bytes(bytes).map(Self).map_err(|_| KeyError::Public)
    }

    /// From an X.509 `SubjectPublicKeyInfo` in DER, as Android's key store gives it: exactly 91 bytes with an uncompressed
    /// point. P-256 has one such form; any other is refused.
    ///
    /// # Errors
    /// If it is another form, of another curve, or no point on the curve.
    pub fn from_spki(der: &[u8]) -> Result<Self, KeyError> {
        let point = der.strip_prefix(&SPKI_P256).filter(|point| point.len() == 65);
        Self::from_sec1(point.ok_or(KeyError::Public)?)
    }

    /// The uncompressed point: `04`, x, y.
    pub fn to_sec1(&self) -> [u8; 65] {
        let point = self.0.to_sec1_point(false);
        point.as_bytes().try_into().expect("an uncompressed P-256 point has 65 bytes")
    }

    /// Whether the signature (`r` and `s`, 64 bytes) is this key's over the message.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        #[cfg(feature = "aws-lc")]
        {
            ECDSA_P256_SHA256_FIXED.verify_sig(&self.to_sec1(), message, signature).is_ok()
        }
        #[cfg(not(feature = "aws-lc"))]
        {
            self.verifies_in_rust(message, signature)
        }
    }

    #[cfg(any(test, not(feature = "aws-lc")))]
    fn verifies_in_rust(&self, message: &[u8], signature: &[u8]) -> bool {
        use p256::ecdsa::signature::Verifier as _;
        Signature::from_slice(signature).is_ok_and(|signature| self.0.verify(message, &signature).is_ok())
    }

    /// SHA-256 of the uncompressed point.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint(Sha256::digest(self.to_sec1()).into())
    }
}

/// `r` and `s`, 32 bytes each, of a signature in DER (`ECDSA-Sig-Value`, RFC 3279), as Android's and Apple's key stores
/// give it.
///
/// # Errors
/// If it is not strict DER to its last byte, or `r` or `s` is not between one and the curve's order.
pub fn signature_from_der(der: &[u8]) -> Result<[u8; 64], KeyError> {
    let signature = Signature::from_der(der).map_err(|_| KeyError::Signature)?;
    Ok(signature.to_bytes().into())
}

impl TryFrom<Jwk> for PublicKey {
    type Error = KeyError;

    fn try_from(jwk: Jwk) -> Result<Self, KeyError> {
        if jwk.kty != "EC" || jwk.crv != "P-256" {
            return Err(KeyError::Public);
        }
        let mut point = vec![4];
        for coordinate in [&jwk.x, &jwk.y] {
            let bytes = BASE64_URL_SAFE_NO_PAD.decode(coordinate).map_err(|_| KeyError::Public)?;
            if bytes.len() != 32 {
                return Err(KeyError::Public);
            }
            point.extend(bytes);
        }
        Self::from_sec1(&point)
    }
}

impl From<PublicKey> for Jwk {
    fn from(key: PublicKey) -> Self {
        let point = key.to_sec1();
        let part = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        Self { kty: "EC".to_owned(), crv: "P-256".to_owned(), x: part(&point[1..33]), y: part(&point[33..]) }
    }
}

impl std::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PublicKey({})", self.fingerprint())
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for PublicKey {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        Jwk::schema()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for PublicKey {}

/// The SHA-256 of a key, as base64url: what a pairing link pins.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// From its 32 bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&BASE64_URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl std::fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for Fingerprint {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| KeyError::Fingerprint)?;
        bytes.try_into().map(Self).map_err(|_| KeyError::Fingerprint)
    }
}

impl TryFrom<String> for Fingerprint {
    type Error = KeyError;

    fn try_from(text: String) -> Result<Self, KeyError> {
        text.parse()
    }
}

impl From<Fingerprint> for String {
    fn from(fingerprint: Fingerprint) -> String {
        fingerprint.to_string()
    }
}

/// A private key kept in software. Its memory is wiped when it is dropped; Debug shows only the public half.
#[derive(Clone)]
pub struct SoftwareKey(SigningKey);

impl SoftwareKey {
    /// A key from 32 random bytes; none for the few values (about one in 2³²) that are no key: draw again.
    pub fn from_random(bytes: &Zeroizing<[u8; 32]>) -> Option<Self> {
        SigningKey::from_slice(bytes.as_slice()).ok().map(Self)
    }

    /// Reads a PKCS#8 PEM (`PRIVATE KEY`).
    ///
    /// # Errors
    /// If it is not one, or not on P-256.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        SigningKey::from_pkcs8_pem(pem).map(Self).map_err(|_| KeyError::Private)
    }

    /// A secret of its own that goes with the key: what the key's owner keeps to itself is sealed with it. It tells nothing of
    /// the key, and the key's signatures tell nothing of it.
    pub fn sealing_secret(&self) -> Zeroizing<[u8; 32]> {
        let private = Zeroizing::new(<[u8; 32]>::from(self.0.to_bytes()));
        Zeroizing::new(
            Sha256::new().chain_update(b"saoma sealing secret 1").chain_update(private).finalize().into(),
        )
    }

    /// Writes a PKCS#8 PEM.
    pub fn to_pem(&self) -> Zeroizing<String> {
        self.0.to_pkcs8_pem(p256::pkcs8::LineEnding::LF).expect("a P-256 key always has a PKCS#8 form")
    }
}

impl DeviceSigner for SoftwareKey {
    fn public_key(&self) -> PublicKey {
        PublicKey(*self.0.verifying_key())
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], SignerError> {
        let signature: Signature = self.0.sign(message);
        Ok(signature.to_bytes().into())
    }
}

impl std::fmt::Debug for SoftwareKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SoftwareKey({})", self.public_key().fingerprint())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    pub(crate) fn key(seed: u8) -> SoftwareKey {
        SoftwareKey::from_random(&Zeroizing::new([seed; 32])).unwrap()
    }

    #[test]
    fn a_key_signs_and_its_public_half_verifies() {
        let signature = key(1).sign(b"12.80").unwrap();
        assert!(key(1).public_key().verifies(b"12.80", &signature));
        assert!(!key(1).public_key().verifies(b"12.81", &signature));
        assert!(!key(2).public_key().verifies(b"12.80", &signature));
        assert!(!key(1).public_key().verifies(b"12.80", &signature[1..]));
    }

    proptest! {
        /// With and without aws-lc: other words, numbers and lengths make no difference between them.
        #[test]
        fn every_way_of_verifying_says_the_same(
            message: Vec<u8>,
            (place, bits) in (0..64usize, any::<u8>()),
            length in 0..80usize,
            is_mirrored: bool,
        ) {
            let public_key = key(7).public_key();
            let mut signature = Signature::from_slice(&key(7).sign(&message).unwrap()).unwrap();
            if is_mirrored {
                // The curve's other signature with the same meaning: the order less s.
                signature = Signature::from_scalars(signature.r(), -signature.s()).unwrap();
            }
            let whole = signature.to_bytes();
            prop_assert!(public_key.verifies(&message, &whole));
            let (mut changed, mut cut) = (whole, whole.to_vec());
            changed[place] ^= bits;
            cut.resize(length, 0);
            for other in [&changed[..], &cut, &[0; 64], &[0xff; 64]] {
                let verdict = public_key.verifies(&message, other);
                prop_assert_eq!(verdict, public_key.verifies_in_rust(&message, other));
                prop_assert_eq!(verdict, other == &whole[..]);
            }
        }
    }

    #[test]
    fn keys_survive_their_text_forms() {
        let pem = key(3).to_pem();
        assert_eq!(SoftwareKey::from_pem(&pem).unwrap().public_key(), key(3).public_key());
        let json = serde_json::to_string(&key(3).public_key()).unwrap();
        assert_eq!(serde_json::from_str::<PublicKey>(&json).unwrap(), key(3).public_key());
        let fingerprint = key(3).public_key().fingerprint();
        assert_eq!(fingerprint.to_string().parse(), Ok(fingerprint));
    }

    #[test]
    fn a_point_off_the_curve_is_refused() {
        let mut jwk = Jwk::from(key(4).public_key());
        jwk.y = Jwk::from(key(5).public_key()).y;
        assert_eq!(PublicKey::try_from(jwk), Err(KeyError::Public));
    }

    #[test]
    fn debug_shows_no_private_half() {
        let shown = format!("{:?}", key(6));
        assert!(shown.contains(&key(6).public_key().fingerprint().to_string()));
        assert!(!shown.contains("060606"));
    }
}
