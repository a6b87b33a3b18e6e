//! The secret that the Auth0 Action signs with, in the form of the Standard Webhooks specification.

use aws_lc_rs::hmac;
use data_encoding::BASE64;
use secrecy::{ExposeSecret, SecretSlice};

/// A `whsec_…` secret; its key holds 24 to 64 bytes.
#[derive(Clone, Debug)]
pub struct SigningSecret(SecretSlice<u8>);

impl SigningSecret {
    /// Reads `whsec_<base64>`. The error never repeats the text.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let encoded = text.strip_prefix("whsec_").ok_or("must start with whsec_")?;
        let key = BASE64.decode(encoded.as_bytes()).map_err(|_| "must be base64 after whsec_")?;
        if !(24..=64).contains(&key.len()) {
            return Err("must hold 24 to 64 bytes");
        }
        Ok(Self(key.into()))
    }

    /// The `v1,…` signature of a message.
    pub fn sign(&self, id: &str, timestamp_s: i64, body: &[u8]) -> String {
        let tag = hmac::sign(&self.key(), &content(id, timestamp_s, body));
        format!("v1,{}", BASE64.encode(tag.as_ref()))
    }

    /// Whether the tag, without its `v1,`, is this secret's for the message.
    pub fn accepts(&self, id: &str, timestamp_s: i64, body: &[u8], tag: &[u8]) -> bool {
        hmac::verify(&self.key(), &content(id, timestamp_s, body), tag).is_ok()
    }

    fn key(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, self.0.expose_secret())
    }
}

fn content(id: &str, timestamp_s: i64, body: &[u8]) -> Vec<u8> {
    [format!("{id}.{timestamp_s}.").as_bytes(), body].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's reference implementations.
    #[test]
    fn the_published_example_verifies() {
        let secret = SigningSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature = secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_never_shows_itself() {
        let error = SigningSecret::parse("whsec_c2hvcnQ=").unwrap_err();
        assert!(!error.contains("c2hvcnQ"));
        let secret = SigningSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        assert_eq!(format!("{secret:?}"), "SigningSecret(SecretBox<[u8]>([REDACTED]))");
    }
}
