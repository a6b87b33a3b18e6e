//! An invite as its sender sees it, and the token it is accepted with.

use aws_lc_rs::{
    digest::{SHA256, digest},
    rand,
};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use shared::{
    Error, Result,
    domain::{
        line::{Line, is_line},
        time::AnsweredTime,
    },
};
use uuid::Uuid;

/// An invite without its token.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Invite {
    pub id: Uuid,
    pub email: String,
    #[schemars(extend("enum" = ["open", "accepted", "expired", "withdrawn"]))]
    pub status: String,
    pub created_at: AnsweredTime,
    pub expires_at: AnsweredTime,
    pub accepted_at: Option<AnsweredTime>,
    pub accepted_by_user_id: Option<String>,
}

const MOST_CHARACTERS: usize = 1024;

/// The token of an invite. Ours are 32 random bytes in base64url, fit for a link. Those of a system that was taken over
/// may have any form, and go on working. Only hashes are stored.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "Line<MOST_CHARACTERS>")]
pub struct InviteToken(SecretString);

impl InviteToken {
    pub fn random() -> Result<Self> {
        let mut bytes = [0; 32];
        rand::fill(&mut bytes).map_err(|_| Error::Bug("the system has no randomness".to_owned()))?;
        Ok(Self(BASE64URL_NOPAD.encode(&bytes).into()))
    }

    /// For the one answer that shows it.
    pub fn reveal(&self) -> &str {
        self.0.expose_secret()
    }

    /// What the database gets: SHA-256 in hexadecimal digits.
    pub fn sha256(&self) -> String {
        HEXLOWER.encode(digest(&SHA256, self.reveal().as_bytes()).as_ref())
    }
}

impl TryFrom<String> for InviteToken {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        if is_line(&text, MOST_CHARACTERS) { Ok(Self(text.into())) } else { Err("must be the token of an invite") }
    }
}
