//! Who plays: WeChat Pay's keys and the play merchants. Made once, kept in the store, told in `sandbox.json`.

use std::{collections::BTreeMap, fmt, sync::Arc, thread};

use jiff::Timestamp;
use saoma_wechatpay::{
    aead::Apiv3Key,
    keys::{AwsLcSigner, RsaVerifier, Serial, Signer},
    v2::ApiKey,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    certificate::{Certified, KeyPair},
    random::Random,
    trade::Rate,
};

/// How a merchant verifies what WeChat Pay signs (WeChat Pay protocol A.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum VerifyWith {
    Certificate,
    PublicKey,
}

/// All of it, as it is kept.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Identity {
    /// Platform certificates, oldest first; the last one signs unless a client asks for another.
    pub(crate) certificates: Vec<Certified>,
    pub(crate) public_key_id: String,
    pub(crate) public_key: KeyPair,
    pub(crate) merchants: Vec<Merchant>,
}

/// A play merchant.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Merchant {
    pub(crate) mchid: String,
    pub(crate) appid: String,
    pub(crate) name: String,
    pub(crate) api: Certified,
    pub(crate) api_v3_key: String,
    pub(crate) api_v2_key: String,
    pub(crate) verify_with: VerifyWith,
    #[serde(default)]
    pub(crate) rate: Rate,
    /// The merchants it acts for, if it is a service provider.
    #[serde(default)]
    pub(crate) sub_merchants: Vec<SubMerchant>,
}

/// A merchant without keys of its own here: a service provider speaks for it (WeChat Pay protocol B.3).
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SubMerchant {
    pub(crate) mchid: String,
    pub(crate) appid: String,
    pub(crate) name: String,
}

impl Identity {
    /// Makes keys, certificates and three merchants, the last a service provider. Key generation runs on all processors and takes a second or two.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub(crate) fn make(random: &Random, now: Timestamp) -> Result<Self, rsa::Error> {
        let [for_platform, for_first, for_second, for_partner] = std::array::from_fn(|_| random.apart());
        let (platform, public_key, first, second, partner) = thread::scope(|scope| {
            let platform = scope.spawn(|| Certified::make("Tenpay.com sign", &for_platform, now));
            let public_key = scope.spawn(|| KeyPair::make().map(|(pair, _)| pair));
            let first = scope.spawn(|| Certified::make("Play merchant one", &for_first, now));
            let second = scope.spawn(|| Certified::make("Play merchant two", &for_second, now));
            let partner = scope.spawn(|| Merchant::partner(&for_partner, now));
            (joined(platform), joined(public_key), joined(first), joined(second), joined(partner))
        });
        let first = Merchant::make(random, "绿豆咖啡", first?, VerifyWith::Certificate);
        let second = Merchant::make(random, "青石快递", second?, VerifyWith::PublicKey);
        Ok(Self {
            certificates: vec![platform?],
            public_key_id: format!("PUB_KEY_ID_01{}{}", second.mchid, random.digits(22)),
            public_key: public_key?,
            merchants: vec![first, second, partner?],
        })
    }

    /// Whether it is an earlier version's, which had no service provider.
    pub(crate) fn lacks_partner(&self) -> bool {
        !self.merchants.iter().any(Merchant::is_partner)
    }

    /// What tools read to play a merchant: the content of `sandbox.json`.
    pub(crate) fn for_tools(&self, base_url: &str) -> serde_json::Value {
        let newest = self.newest_certificate();
        let merchants = self.merchants.iter().map(|merchant| {
            json!({
                "mchid": merchant.mchid,
                "appid": merchant.appid,
                "name": merchant.name,
                "certificate_serial_no": merchant.api.serial_no,
                "private_key_pem": merchant.api.private_key_pem,
                "certificate_pem": merchant.api.certificate_pem,
                "api_v3_key": merchant.api_v3_key,
                "api_v2_key": merchant.api_v2_key,
                "verify_with": merchant.verify_with,
                "fee_rate": merchant.rate.told(),
                "sub_merchants": merchant.sub_merchants,
            })
        });
        json!({
            "base_url": base_url,
            "platform": {
                "certificate_pem": newest.certificate_pem,
                "certificate_serial_no": newest.serial_no,
                "public_key_id": self.public_key_id,
                "public_key_pem": self.public_key.public_key_pem,
            },
            "merchants": merchants.collect::<Vec<_>>(),
        })
    }

    fn newest_certificate(&self) -> &Certified {
        self.certificates.last().expect("an identity is made with a certificate and never loses one")
    }
}

impl Merchant {
    fn make(random: &Random, name: &str, api: Certified, verify_with: VerifyWith) -> Self {
        Self {
            mchid: format!("1900{}", random.digits(6)),
            appid: format!("wx{}", random.hex_upper(16).to_lowercase()),
            name: name.to_owned(),
            api,
            api_v3_key: random.letters_digits(32),
            api_v2_key: random.letters_digits(32),
            verify_with,
            rate: Rate::default(),
            sub_merchants: Vec::new(),
        }
    }

    /// A service provider with two sub-merchants. Takes about a second.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub(crate) fn partner(random: &Random, now: Timestamp) -> Result<Self, rsa::Error> {
        let api = Certified::make("Play service provider", random, now)?;
        let sub_merchants = ["南门豆浆", "北街修车"].map(|name| SubMerchant {
            mchid: format!("1600{}", random.digits(6)),
            appid: format!("wx{}", random.hex_upper(16).to_lowercase()),
            name: name.to_owned(),
        });
        Ok(Self {
            sub_merchants: sub_merchants.into(),
            ..Self::make(random, "扫码服务商", api, VerifyWith::PublicKey)
        })
    }

    pub(crate) fn is_partner(&self) -> bool {
        !self.sub_merchants.is_empty()
    }

    pub(crate) fn sub_merchant(&self, mchid: &str) -> Option<&SubMerchant> {
        self.sub_merchants.iter().find(|sub| sub.mchid == mchid)
    }
}

fn joined<T>(handle: thread::ScopedJoinHandle<'_, T>) -> T {
    handle.join().expect("making a key does not panic")
}

/// The identity, ready to sign and to verify.
pub(crate) struct Keys {
    identity: Identity,
    /// WeChat Pay's signers, platform certificates first, oldest first, the public key last.
    signers: Vec<Arc<dyn Signer>>,
    parties: BTreeMap<String, Arc<Party>>,
}

/// A merchant, with what it takes to judge its requests.
pub(crate) struct Party {
    pub(crate) merchant: Merchant,
    pub(crate) serial: Serial,
    pub(crate) verifier: RsaVerifier,
    pub(crate) api_v3_key: Apiv3Key,
    pub(crate) api_v2_key: ApiKey,
}

/// A key that was kept is not readable.
#[derive(Debug, thiserror::Error)]
#[error("{what} is not readable: {reason}")]
pub(crate) struct BadKey {
    what: String,
    reason: String,
}

impl Keys {
    /// Reads all keys.
    ///
    /// # Errors
    /// When one of them is damaged.
    pub(crate) fn read(identity: Identity) -> Result<Self, BadKey> {
        fn bad(what: &str) -> impl FnOnce(&dyn fmt::Display) -> BadKey {
            move |error| BadKey { what: what.to_owned(), reason: error.to_string() }
        }
        let mut signers: Vec<Arc<dyn Signer>> = Vec::new();
        let certified = identity.certificates.iter().map(|c| (&c.serial_no, &c.private_key_pem));
        for (serial, pem) in
            certified.chain([(&identity.public_key_id, &identity.public_key.private_key_pem)])
        {
            let signer = AwsLcSigner::from_pem(serial, pem).map_err(|e| bad(serial)(&e))?;
            signers.push(Arc::new(signer));
        }
        let mut parties = BTreeMap::new();
        for merchant in &identity.merchants {
            let what = format!("merchant {}", merchant.mchid);
            let party = Party {
                serial: Serial::new(&merchant.api.serial_no).map_err(|e| bad(&what)(&e))?,
                verifier: RsaVerifier::from_certificate_pem(&merchant.api.certificate_pem)
                    .map_err(|e| bad(&what)(&e))?,
                api_v3_key: Apiv3Key::new(merchant.api_v3_key.as_bytes()).map_err(|e| bad(&what)(&e))?,
                api_v2_key: ApiKey::new(merchant.api_v2_key.as_bytes()).map_err(|e| bad(&what)(&e))?,
                merchant: merchant.clone(),
            };
            parties.insert(merchant.mchid.clone(), Arc::new(party));
        }
        Ok(Self { identity, signers, parties })
    }

    /// What customers see of a merchant or sub-merchant.
    pub(crate) fn name_of(&self, mchid: &str) -> Option<&str> {
        self.identity.merchants.iter().find_map(|merchant| {
            if merchant.mchid == mchid {
                return Some(merchant.name.as_str());
            }
            merchant.sub_merchant(mchid).map(|sub| sub.name.as_str())
        })
    }

    /// Whether money can be this merchant's or sub-merchant's.
    pub(crate) fn has_account(&self, mchid: &str) -> bool {
        let merchants = &mut self.identity.merchants.iter();
        merchants.any(|merchant| merchant.mchid == mchid || merchant.sub_merchant(mchid).is_some())
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The merchant with this number.
    pub(crate) fn party(&self, mchid: &str) -> Option<&Arc<Party>> {
        self.parties.get(mchid)
    }

    /// The key that signs for a merchant: the one its request names with `Wechatpay-Serial`, if the merchant can have it,
    /// else its default. An empty or unknown serial is never an error (WeChat Pay protocol A.3, J).
    pub(crate) fn signer_for(&self, merchant: &Merchant, wanted: Option<&str>) -> Arc<dyn Signer> {
        let (public_key, certificates) = self.signers.split_last().expect("the public key is always there");
        let wanted = wanted.and_then(|serial| Serial::new(serial.trim()).ok());
        let names = |signer: &Arc<dyn Signer>| {
            wanted
                .as_ref()
                .is_some_and(|wanted| Serial::new(signer.serial_no()).is_ok_and(|own| own == *wanted))
        };
        let chosen = match merchant.verify_with {
            VerifyWith::PublicKey => public_key,
            VerifyWith::Certificate if names(public_key) => public_key,
            VerifyWith::Certificate => certificates
                .iter()
                .find(|signer| names(signer))
                .or(certificates.last())
                .expect("there is always a certificate"),
        };
        Arc::clone(chosen)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::LazyLock;

    use super::*;

    /// One set of keys for all tests: making them is slow.
    pub(crate) static IDENTITY: LazyLock<Identity> =
        LazyLock::new(|| Identity::make(&Random::seeded(1, 1), Timestamp::now()).unwrap());

    fn keys() -> Keys {
        Keys::read(IDENTITY.clone()).unwrap()
    }

    #[test]
    fn merchants_have_the_shapes_of_real_ones() {
        for merchant in &IDENTITY.merchants {
            assert_eq!(merchant.mchid.len(), 10);
            assert!(merchant.mchid.bytes().all(|b| b.is_ascii_digit()));
            assert!(merchant.appid.starts_with("wx") && merchant.appid.len() == 18);
            for key in [&merchant.api_v3_key, &merchant.api_v2_key] {
                assert!(key.len() == 32 && key.bytes().all(|b| b.is_ascii_alphanumeric()));
            }
        }
        let modes = IDENTITY.merchants.iter().map(|m| m.verify_with).collect::<Vec<_>>();
        assert_eq!(modes, [VerifyWith::Certificate, VerifyWith::PublicKey, VerifyWith::PublicKey]);
        let digits = IDENTITY.public_key_id.strip_prefix("PUB_KEY_ID_").unwrap();
        assert!(digits.len() == 34 && digits.bytes().all(|b| b.is_ascii_digit()));
    }

    #[test]
    fn the_key_a_client_names_signs_and_any_other_name_means_the_default() {
        let keys = keys();
        let [with_certificate, with_public_key, _] = &keys.identity().merchants[..] else {
            panic!("three merchants")
        };
        let serial = keys.identity().certificates[0].serial_no.clone();
        let id = keys.identity().public_key_id.clone();
        let signs = |merchant, wanted: Option<&str>| keys.signer_for(merchant, wanted).serial_no().to_owned();

        for wanted in [None, Some(""), Some("0123"), Some("nonsense!"), Some(serial.as_str())] {
            assert_eq!(signs(with_certificate, wanted), serial, "{wanted:?}");
            assert_eq!(signs(with_public_key, wanted), id, "{wanted:?}");
        }
        assert_eq!(signs(with_certificate, Some(&id)), id);
        assert_eq!(signs(with_public_key, Some(&id)), id);
    }

    #[test]
    fn after_a_rotation_the_new_certificate_signs_and_the_old_one_only_if_asked_for() {
        let mut identity = IDENTITY.clone();
        let old = identity.certificates[0].serial_no.clone();
        let new = Certified::make("Tenpay.com sign", &Random::seeded(2, 1), Timestamp::now()).unwrap();
        identity.certificates.push(new.clone());
        let keys = Keys::read(identity).unwrap();
        let merchant = &keys.identity().merchants[0];
        assert_eq!(keys.signer_for(merchant, None).serial_no(), new.serial_no);
        assert_eq!(keys.signer_for(merchant, Some(&old.to_lowercase())).serial_no(), old);
    }

    #[test]
    fn tools_get_every_key_a_merchant_needs() {
        let told = IDENTITY.for_tools("http://127.0.0.1:1");
        assert_eq!(told["base_url"], "http://127.0.0.1:1");
        assert!(
            told["platform"]["public_key_pem"].as_str().unwrap().starts_with("-----BEGIN PUBLIC KEY-----\n")
        );
        assert_eq!(told["merchants"][0]["verify_with"], "certificate");
        assert_eq!(told["merchants"][1]["verify_with"], "public_key");
        assert!(
            told["merchants"][1]["certificate_pem"]
                .as_str()
                .unwrap()
                .starts_with("-----BEGIN CERTIFICATE-----\n")
        );
    }
}
