//! Tokens as a forger writes them: any header, any payload, any signature.

use aws_lc_rs::hmac;
use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::Algorithm;
use testkit::issuer::SigningKey;

/// How a forged token is signed.
pub enum Signature<'a> {
    /// By an RSA key, with this algorithm whatever the header says.
    Rsa(&'a SigningKey, Algorithm),
    /// By HMAC-SHA256 under these bytes.
    Hmac(&'a [u8]),
    /// Not at all.
    None,
}

/// A token of raw JSON texts.
pub fn token(header: &str, payload: &str, signature: Signature<'_>) -> String {
    let message = format!("{}.{}", segment(header), segment(payload));
    let signature = match signature {
        Signature::Rsa(key, algorithm) => {
            jsonwebtoken::crypto::sign(message.as_bytes(), &key.encoding_key(), algorithm).expect("an RSA key signs")
        }
        Signature::Hmac(secret) => {
            let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message.as_bytes());
            BASE64URL_NOPAD.encode(tag.as_ref())
        }
        Signature::None => String::new(),
    };
    format!("{message}.{signature}")
}

fn segment(text: &str) -> String {
    BASE64URL_NOPAD.encode(text.as_bytes())
}
