//! Keys in changes: they are encrypted before they go anywhere.

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;
use shared::{
    App, Result,
    cipher::{Ciphertext, Location},
};

/// An API key: 1 to 4096 visible ASCII characters. It is stored encrypted, and no answer ever shows it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String", extend("minLength" = 1, "maxLength" = 4096, "pattern" = "^[!-~]+$", "writeOnly" = true))]
pub struct Key(SecretString);

impl TryFrom<String> for Key {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        if !(1..=4096).contains(&text.len()) || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("must be 1 to 4096 visible ASCII characters");
        }
        Ok(Self(text.into()))
    }
}

impl Key {
    /// The key as it is stored in that place.
    pub async fn encrypt(key: Option<Self>, app: &App, place: Location) -> Result<Option<Ciphertext>> {
        match key {
            Some(Self(key)) => Ok(Some(app.secrets.get().await?.cipher()?.encrypt(place, &key))),
            None => Ok(None),
        }
    }
}
