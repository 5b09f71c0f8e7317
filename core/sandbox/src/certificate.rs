//! RSA keys and the self-made X.509 certificates over them, as WeChat Pay issues both.

use std::time::Duration;

use getrandom::SysRng;
use jiff::{SignedDuration, Timestamp};
use rsa::{
    PrivateKey,
    pkcs1v15::SigningKey,
    pkcs8::{EncodePrivateKey, EncodePublicKey, LineEnding},
};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use x509_cert::{
    TbsCertificate,
    builder::{Builder, CertificateBuilder, profile::BuilderProfile},
    der::{EncodePem, asn1::UtcTime},
    ext::Extension,
    name::Name,
    serial_number::SerialNumber,
    spki::{SubjectPublicKeyInfo, SubjectPublicKeyInfoRef},
    time::{Time, Validity},
};

use crate::random::Random;

const RSA_BITS: usize = 2048;
/// Platform and merchant certificates live five years (WeChat Pay protocol A.6.1, A.6.5).
const LIFE: SignedDuration = SignedDuration::from_hours(5 * 365 * 24);
/// A certificate is good from a little before it was made, for readers whose clocks are behind.
const EARLIER: SignedDuration = SignedDuration::from_hours(24);

/// A private key, with its public half, both in PEM.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct KeyPair {
    /// PKCS#8, `PRIVATE KEY`.
    pub(crate) private_key_pem: String,
    /// SPKI, `PUBLIC KEY`.
    pub(crate) public_key_pem: String,
}

impl KeyPair {
    /// Makes a key of 2048 bits from the system's randomness. Takes about a second.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub(crate) fn make() -> Result<(Self, PrivateKey), rsa::Error> {
        let key = PrivateKey::new(&mut SysRng, RSA_BITS)?;
        let private_key_pem =
            key.to_pkcs8_pem(LineEnding::LF).expect("a key just made can be written").to_string();
        let public_key_pem =
            key.to_public_key().to_public_key_pem(LineEnding::LF).expect("a key just made can be written");
        Ok((Self { private_key_pem, public_key_pem }, key))
    }
}

/// A certificate with its private key.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Certified {
    /// 40 upper-case hexadecimal digits, the first not zero.
    pub(crate) serial_no: String,
    pub(crate) certificate_pem: String,
    pub(crate) private_key_pem: String,
    pub(crate) effective_at: Timestamp,
    pub(crate) expires_at: Timestamp,
}

impl Certified {
    /// Makes a key and a certificate over it, signed by itself, good from now for five years.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub(crate) fn make(common_name: &str, random: &Random, now: Timestamp) -> Result<Self, rsa::Error> {
        let (pair, key) = KeyPair::make()?;
        let effective_at = whole_seconds(now - EARLIER);
        let expires_at = whole_seconds(now + LIFE);
        // The first byte begins with a digit from 1 to 7: some clients drop leading zeros, and a higher one would make
        // the number negative.
        let first = 0x10 + u8::try_from(random.digits(2).parse::<u32>().unwrap_or(0)).unwrap_or(0);
        let serial_no = format!("{first:02X}{}", random.hex_upper(38));
        let serial = SerialNumber::new(&hex::decode(&serial_no).expect("written as hexadecimal above"))
            .expect("a positive number of twenty bytes");
        let name = format!("CN={common_name},O=Saoma Sandbox,C=CN").parse::<Name>().expect("a plain name");
        let validity = Validity::new(x509_time(effective_at), x509_time(expires_at));
        let key_info =
            SubjectPublicKeyInfo::from_key(&key.to_public_key()).expect("a key just made can be written");
        let certificate = CertificateBuilder::new(SignedByItself(name), serial, validity, key_info)
            .and_then(|builder| builder.build(&SigningKey::<Sha256>::new(key)))
            .expect("all parts are well-formed");
        Ok(Self {
            serial_no,
            certificate_pem: certificate
                .to_pem(LineEnding::LF)
                .expect("a certificate just made can be written"),
            private_key_pem: pair.private_key_pem,
            effective_at,
            expires_at,
        })
    }
}

/// A plain certificate that vouches for itself.
struct SignedByItself(Name);

impl BuilderProfile for SignedByItself {
    fn get_issuer(&self, subject: &Name) -> Name {
        subject.clone()
    }

    fn get_subject(&self) -> Name {
        self.0.clone()
    }

    fn build_extensions(
        &self,
        _: SubjectPublicKeyInfoRef<'_>,
        _: SubjectPublicKeyInfoRef<'_>,
        _: &TbsCertificate,
    ) -> x509_cert::builder::Result<Vec<Extension>> {
        Ok(Vec::new())
    }
}

fn whole_seconds(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).expect("within the calendar, like the time it came from")
}

fn x509_time(time: Timestamp) -> Time {
    let since_epoch = Duration::from_secs(u64::try_from(time.as_second()).unwrap_or(0));
    Time::UtcTime(
        UtcTime::from_unix_duration(since_epoch).expect("certificates made before 2045 end before 2050"),
    )
}

#[cfg(test)]
mod tests {
    use saoma_wechatpay::keys::{RsaSigner, RsaVerifier, Signer, certificate_serial};

    use super::*;

    #[test]
    fn a_certificate_names_its_serial_and_belongs_to_its_key() {
        let made = Certified::make("Tenpay.com sign", &Random::seeded(1, 1), Timestamp::now()).unwrap();
        assert_eq!(made.serial_no.len(), 40);
        assert!(made.serial_no.bytes().all(|b| b.is_ascii_digit() || (b'A'..=b'F').contains(&b)));
        assert!(!made.serial_no.starts_with('0'));
        assert_eq!(certificate_serial(&made.certificate_pem).unwrap().as_str(), made.serial_no);
        assert!(made.private_key_pem.starts_with("-----BEGIN PRIVATE KEY-----\n"));

        let signature =
            RsaSigner::from_pem(&made.serial_no, &made.private_key_pem).unwrap().sign(b"text").unwrap();
        let verifier = RsaVerifier::from_certificate_pem(&made.certificate_pem).unwrap();
        assert!(verifier.verify_signature(b"text", &signature).is_ok());
        assert!(verifier.verify_signature(b"other", &signature).is_err());
    }
}
