//! Secrets at rest: AES-256-GCM under a key of Secrets Manager, bound to the row they lie in.

use std::{collections::BTreeMap, fmt};

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use uuid::Uuid;

/// The member `encryption_keys` of the secret: which key encrypts, and all that still decrypt, each 32
/// bytes in base64 under an id of lower-case letters, digits and dashes.
#[derive(Clone, Debug, Deserialize)]
pub struct EncryptionKeys {
    current: String,
    keys: BTreeMap<String, SecretString>,
}

impl EncryptionKeys {
    /// The keys in a member of the secret, if it has their form.
    pub fn from_json(member: &serde_json::Value) -> Option<Self> {
        Self::deserialize(member).ok()
    }
}

/// Encrypts and decrypts; made once per secret.
pub struct Cipher {
    current: String,
    keys: BTreeMap<String, RandomizedNonceKey>,
}

/// The place that a secret lies in. What was encrypted for one place decrypts in no other.
#[derive(Clone, Copy, Debug)]
pub struct Location {
    /// `table.column`.
    pub column: &'static str,
    pub row: Uuid,
}

impl Cipher {
    /// Checks every key. The error never repeats one.
    pub fn new(stored: &EncryptionKeys) -> Result<Self, &'static str> {
        let mut keys = BTreeMap::new();
        for (id, key) in &stored.keys {
            let is_id =
                !id.is_empty() && id.len() <= 32 && id.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
            if !is_id {
                return Err("names a key with an id that is not of a-z, 0-9 and dashes");
            }
            let bytes = BASE64.decode(key.expose_secret().as_bytes()).map_err(|_| "holds a key that is not base64")?;
            let key = RandomizedNonceKey::new(&AES_256_GCM, &bytes).map_err(|_| "holds a key that is not 32 bytes")?;
            keys.insert(id.clone(), key);
        }
        if !keys.contains_key(&stored.current) {
            return Err("names a current key that it does not hold");
        }
        Ok(Self { current: stored.current.clone(), keys })
    }

    /// `enc:<key id>:<base64url of nonce, ciphertext and tag>`, under the current key.
    pub fn encrypt(&self, place: Location, secret: &SecretString) -> Ciphertext {
        let key = &self.keys[&self.current];
        let mut bytes = secret.expose_secret().as_bytes().to_vec();
        let nonce = key
            .seal_in_place_append_tag(Aad::from(place.associated_data()), &mut bytes)
            .expect("a secret is far below the limit of the cipher");
        let sealed = [nonce.as_ref().as_slice(), &bytes].concat();
        Ciphertext(format!("enc:{}:{}", self.current, BASE64URL_NOPAD.encode(&sealed)))
    }

    /// The secret, if it was encrypted for this place under a key we still have.
    pub fn decrypt(&self, place: Location, sealed: &str) -> Result<SecretString, &'static str> {
        let (id, encoded) =
            sealed.strip_prefix("enc:").and_then(|rest| rest.split_once(':')).ok_or("is not encrypted")?;
        let key = self.keys.get(id).ok_or("is under a key that the secret does not hold")?;
        let bytes = BASE64URL_NOPAD.decode(encoded.as_bytes()).map_err(|_| "is not base64url")?;
        let (nonce, ciphertext) = bytes.split_at_checked(NONCE_LEN).ok_or("is too short")?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| "is too short")?;
        let mut ciphertext = ciphertext.to_vec();
        let plain = key
            .open_in_place(nonce, Aad::from(place.associated_data()), &mut ciphertext)
            .map_err(|_| "was encrypted for another place or has been changed")?;
        String::from_utf8(plain.to_vec()).map(SecretString::from).map_err(|_| "is not text")
    }

    /// The key that encrypts from now on.
    pub fn current_key_id(&self) -> &str {
        &self.current
    }
}

impl fmt::Debug for Cipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cipher").field("current", &self.current).finish_non_exhaustive()
    }
}

/// Ciphertext on its way to the database. It is not for answers, so it does not go there by accident.
#[derive(Clone, serde::Serialize)]
#[serde(transparent)]
pub struct Ciphertext(String);

impl fmt::Debug for Ciphertext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[sealed]")
    }
}

impl Ciphertext {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Location {
    fn associated_data(self) -> String {
        format!("{}:{}", self.column, self.row)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn cipher(current: &str) -> Cipher {
        let keys = json!({
            "current": current,
            "keys": { "k1": BASE64.encode(&[1; 32]), "k2": BASE64.encode(&[2; 32]) },
        });
        Cipher::new(&serde_json::from_value(keys).unwrap()).unwrap()
    }

    const PLACE: Location = Location { column: "hopsworks_clusters.api_key", row: Uuid::nil() };

    #[test]
    fn what_was_encrypted_for_a_place_decrypts_there_under_any_key_we_have() {
        let secret = SecretString::from("key-of-a-cluster");
        let sealed = cipher("k1").encrypt(PLACE, &secret);
        assert!(sealed.as_str().starts_with("enc:k1:"));
        let decrypted = cipher("k2").decrypt(PLACE, sealed.as_str()).unwrap();
        assert_eq!(decrypted.expose_secret(), "key-of-a-cluster");
        assert_eq!(format!("{decrypted:?}"), "SecretBox<str>([REDACTED])");
        assert_ne!(cipher("k1").encrypt(PLACE, &secret).as_str(), sealed.as_str(), "every nonce is new");
    }

    #[test]
    fn it_decrypts_nowhere_else_and_not_when_changed() {
        let sealed = cipher("k1").encrypt(PLACE, &SecretString::from("key"));
        let elsewhere = Location { row: Uuid::max(), ..PLACE };
        let other_column = Location { column: "clusters.hopsworks_api_key", ..PLACE };
        for place in [elsewhere, other_column] {
            assert!(cipher("k1").decrypt(place, sealed.as_str()).is_err());
        }
        for changed in [
            sealed.as_str().replace("k1", "k2"),
            sealed.as_str().replace("k1", "k3"),
            "plain".to_owned(),
            "enc:k1:AAAA".to_owned(),
        ] {
            assert!(cipher("k1").decrypt(PLACE, &changed).is_err(), "{changed}");
        }
    }

    #[test]
    fn keys_of_the_wrong_form_are_refused_without_being_repeated() {
        for wrong in [
            json!({ "current": "k1", "keys": {} }),
            json!({ "current": "k1", "keys": { "k1": "c2hvcnQ=" } }),
            json!({ "current": "K 1", "keys": { "K 1": BASE64.encode(&[1; 32]) } }),
        ] {
            let error = Cipher::new(&serde_json::from_value(wrong).unwrap()).unwrap_err();
            assert!(!error.contains("c2hvcnQ"), "{error}");
        }
    }
}
