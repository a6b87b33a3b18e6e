//! The superuser's password of one stack.

use std::{fs, path::Path};

use anyhow::Result;
use aws_lc_rs::{
    digest::{SHA256, digest},
    hmac::{HMAC_SHA256, Key, sign},
};
use data_encoding::{BASE64, HEXLOWER};
use ops::environment::write_secret;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// 128 random bits, written in hexadecimal digits.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Password([u8; 16]);

impl Password {
    /// That of the stack in this folder, the same at every start: whoever has read `.local/env` can go on.
    pub fn of(home: &Path) -> Result<Self> {
        let file = home.join("superuser-password");
        let known = fs::read_to_string(&file).ok().and_then(|text| HEXLOWER.decode(text.as_bytes()).ok());
        if let Some(known) = known.and_then(|bytes| bytes.try_into().ok()) {
            return Ok(Self(known));
        }
        let new = Self(Uuid::new_v4().into_bytes());
        write_secret(&file, &new.text())?;
        Ok(new)
    }

    pub fn text(self) -> String {
        HEXLOWER.encode(&self.0)
    }

    /// What PostgreSQL keeps of it, by RFC 5802. One round of hashing is enough for a password that nobody can guess, and
    /// tests log in thousands of times: with the usual 4096 rounds that takes minutes.
    pub fn verifier(self) -> String {
        let hmac = |key: &[u8], text: &[u8]| sign(&Key::new(HMAC_SHA256, key), text);
        let salt = Uuid::new_v4().into_bytes();
        let salted = hmac(self.text().as_bytes(), &[&salt[..], &[0, 0, 0, 1]].concat());
        let stored = digest(&SHA256, hmac(salted.as_ref(), b"Client Key").as_ref());
        let server = hmac(salted.as_ref(), b"Server Key");
        let [salt, stored, server] = [&salt[..], stored.as_ref(), server.as_ref()].map(|bytes| BASE64.encode(bytes));
        format!("SCRAM-SHA-256$1:{salt}${stored}:{server}")
    }
}
