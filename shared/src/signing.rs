//! The secret that the Auth0 Action signs with, in the form of the Standard Webhooks specification.

use aws_lc_rs::{constant_time::verify_slices_are_equal, hmac};
use data_encoding::BASE64;
use secrecy::{ExposeSecret, SecretSlice};

/// An HMAC-SHA256.
pub type Tag = [u8; 32];

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
        format!("v1,{}", BASE64.encode(self.tag(id, timestamp_s, body).as_ref()))
    }

    /// Whether one of these tags (each without its `v1,`) is this secret's for the message. The message is hashed
    /// once, however many tags there are.
    pub fn accepts(&self, id: &str, timestamp_s: i64, body: &[u8], tags: &[Tag]) -> bool {
        let own = self.tag(id, timestamp_s, body);
        // All are compared, each in constant time.
        tags.iter().fold(false, |found, tag| found | verify_slices_are_equal(own.as_ref(), tag).is_ok())
    }

    fn tag(&self, id: &str, timestamp_s: i64, body: &[u8]) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, self.0.expose_secret()));
        context.update(format!("{id}.{timestamp_s}.").as_bytes());
        context.update(body);
        context.sign()
    }
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
