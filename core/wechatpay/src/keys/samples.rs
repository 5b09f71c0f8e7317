//! Keys that anybody can download with a client library's tests: recognised by hash, so that no product is ever
//! guarded by one (WeChat Pay protocol E.1).

#[cfg(feature = "aws-lc")]
use super::AwsLcSigner;
use super::{RsaSigner, RsaVerifier};
use crate::{aead::Apiv3Key, v2::ApiKey};

/// SHA-256 (lower-case hexadecimal) of the SubjectPublicKeyInfo of published sample keys: those of the official Go and Java client libraries'
/// tests, merchants' and "WeChat Pay's" alike.
pub const PUBLISHED_KEYS: &[&str] = &[
    "8a5b82f18120806bb2c6b46e1a2f8687ceaa20a45bc2b649e37e6d9878336dc5",
    "2a0e4e568e0c661b66bcdef81b8d031164a906e500bce45cb675745f4c413bc6",
    "115fa947183b3bb0fc0992b4bbbdccd960f8bbfcd7876565aa23aa4404bb133a",
    "2975505c2515cb14654af80fbb1d3128e81cdb1c20f53cae025730880ea50086",
    "18419635734de0b059567994e816bfd007ac79f1b449f07e352edfe2c15ed812",
    "49f044781fbf7ff57245d61ce8a67b9a45c6845f1ae92d3ab83576cf2778026e",
    "3ac067ab0ba946250a2ece380d1a67ea9aa5d6d7e33f93d2fffc0e1216ef9132",
    "f1e3dff7bf9f2c5036266c5c717acb444baa231fd53c82f16f777d70e02005ed",
];

/// SHA-256 (lower-case hexadecimal) of published sample APIv3 keys.
pub const PUBLISHED_APIV3_KEYS: &[&str] = &[
    "e4fb974a142232e36cee857a0f008a56b15809966cb56651051cdd2493fbd9ac",
    "ae639c1de2fd71f93a9f00b211149ac5cafc2cfe2f766119aaeb0dbfacb9df71",
];

/// SHA-256 (lower-case hexadecimal) of published sample keys of API v2: the vendor's documents', client libraries' tests',
/// and this project's own.
pub const PUBLISHED_API_KEYS: &[&str] = &[
    "4ad1bc7cf3cf09f9293fc2d83eb1b5bf6bd2b4c56191ad89b336a0b2d772fbf7",
    "098e70b53972973d03d142eb33eccd0ef0dc8c99f9a05ef6211354e6bb8d1e29",
    "f509918f5d1b58ba4407c8fc54a28367642a92c75b4f7744d9b098b66aaba110",
    "e92c1deb820294e3a3cb6e3bbad580e4eb9aad4e01cae405674dcf16cb7bbafb",
];

impl ApiKey {
    /// Whether the key stands in a client library's tests or in documents, so that anybody may know it.
    #[must_use]
    pub fn is_published_sample(&self) -> bool {
        PUBLISHED_API_KEYS.contains(&self.sha256().as_str())
    }
}

impl Apiv3Key {
    /// Whether the key stands in a client library's tests or in documents, so that anybody may know it.
    #[must_use]
    pub fn is_published_sample(&self) -> bool {
        PUBLISHED_APIV3_KEYS.contains(&self.sha256().as_str())
    }
}

impl RsaSigner {
    /// Whether the private key was published with a client library's tests.
    #[must_use]
    pub fn is_published_sample(&self) -> bool {
        self.fingerprint().is_published_sample()
    }
}

#[cfg(feature = "aws-lc")]
impl AwsLcSigner {
    /// Whether the private key was published with a client library's tests.
    #[must_use]
    pub fn is_published_sample(&self) -> bool {
        self.fingerprint().is_published_sample()
    }
}

impl RsaVerifier {
    /// Whether the key was published with a client library's tests.
    #[must_use]
    pub fn is_published_sample(&self) -> bool {
        self.fingerprint().is_published_sample()
    }
}
