//! The secrets that webhooks are signed with: the Auth0 Action's, in the form of the Standard Webhooks specification, and
//! Stripe's.

use aws_lc_rs::{constant_time::verify_slices_are_equal, hmac};
use data_encoding::{BASE64, HEXLOWER};
use secrecy::{ExposeSecret, SecretSlice, SecretString};

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
        is_among(&self.tag(id, timestamp_s, body), tags)
    }

    fn tag(&self, id: &str, timestamp_s: i64, body: &[u8]) -> hmac::Tag {
        tag(self.0.expose_secret(), &format!("{id}.{timestamp_s}."), body)
    }
}

/// The secret of a webhook endpoint at Stripe, such as `whsec_…`. Unlike the Action's, its text as a whole is the key.
#[derive(Clone, Debug)]
pub struct StripeSecret(SecretString);

impl StripeSecret {
    /// The error never repeats the text.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let key = text.strip_prefix("whsec_").ok_or("must start with whsec_")?;
        if !(24..=255).contains(&key.len()) || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("must hold 24 to 255 letters and digits after whsec_");
        }
        Ok(Self(text.into()))
    }

    /// The `v1` signature of a body.
    pub fn sign(&self, timestamp_s: i64, body: &[u8]) -> String {
        HEXLOWER.encode(self.tag(timestamp_s, body).as_ref())
    }

    /// Whether one of these tags is this secret's for the body, which is hashed once.
    pub fn accepts(&self, timestamp_s: i64, body: &[u8], tags: &[Tag]) -> bool {
        is_among(&self.tag(timestamp_s, body), tags)
    }

    fn tag(&self, timestamp_s: i64, body: &[u8]) -> hmac::Tag {
        tag(self.0.expose_secret().as_bytes(), &format!("{timestamp_s}."), body)
    }
}

fn tag(key: &[u8], before: &str, body: &[u8]) -> hmac::Tag {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
    context.update(before.as_bytes());
    context.update(body);
    context.sign()
}

/// All are compared, each in constant time.
fn is_among(own: &hmac::Tag, tags: &[Tag]) -> bool {
    tags.iter().fold(false, |found, tag| found | verify_slices_are_equal(own.as_ref(), tag).is_ok())
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
        let error = StripeSecret::parse("whsec_short").unwrap_err();
        assert!(!error.contains("short"));
        let secret = StripeSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        assert_eq!(format!("{secret:?}"), "StripeSecret(SecretBox<str>([REDACTED]))");
    }
}
