//! An id as it stands in a path, in a form that reaches us as it was sent.
//!
//! API Gateway decodes a path twice, cuts it at an encoded `?`, and takes an encoded `/` for one that separates. So an id
//! stands as it is only if it consists of characters that this cannot change. Any other id stands as `~` and the base64url
//! of its UTF-8, and every id may.

use std::{borrow::Cow, fmt::Display};

use data_encoding::BASE64URL_NOPAD;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;

/// Either form. The lookahead leaves out machines, as `UserId` does, and the names of folders, which clients resolve.
const PATTERN: &str =
    concat!(r"^(~[A-Za-z0-9_-]{2,}|", r"(?!\.{1,2}$|.*@clients$)[^\u0000-\u001f!-,/;-?\[-^`{}~\u007f-\u009f]{1,255})$");

/// An id of a path.
#[derive(Clone, Debug, Serialize)]
pub struct InPath<T> {
    id: T,
    /// It stood as it is. Then SQL must look whether another id, sent as it is, would arrive as the same.
    is_plain: bool,
}

impl<T: TryFrom<String, Error: Display>> TryFrom<String> for InPath<T> {
    type Error = Cow<'static, str>;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let (text, is_plain) = read(text)?;
        Ok(Self { id: T::try_from(text).map_err(|error| error.to_string())?, is_plain })
    }
}

/// The id, and whether it stood as it is.
fn read(text: String) -> Result<(String, bool), &'static str> {
    if let Some(encoded) = text.strip_prefix('~') {
        let bytes = BASE64URL_NOPAD.decode(encoded.as_bytes()).ok();
        let id = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
        return id.map(|id| (id, false)).ok_or("must be the id in base64url, without padding, after the `~`");
    }
    if is_plain(&text) {
        return Ok((text, true));
    }
    Err("must be written as `~` and the base64url of the id: it has characters that a path does not keep as they are")
}

fn is_plain(text: &str) -> bool {
    let stays = |c: char| c.is_ascii_alphanumeric() || " -.:@_|".contains(c) || c > '\u{9f}';
    text.chars().all(stays) && !matches!(text, "." | "..")
}

impl<T> JsonSchema for InPath<T> {
    fn schema_name() -> Cow<'static, str> {
        "InPath".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": PATTERN })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::user::UserId;

    fn id(text: &str) -> Option<(String, bool)> {
        InPath::<UserId>::try_from(text.to_owned()).ok().map(|named| (read_back(&named.id), named.is_plain))
    }

    fn read_back(id: &UserId) -> String {
        serde_json::from_value(serde_json::to_value(id).unwrap()).unwrap()
    }

    #[test]
    fn an_id_of_characters_that_survive_stands_as_it_is() {
        for text in ["auth0|ann", "samlp|acme|ann@corp.com", "oauth2|x|a b", "ad|z|\u{eb}\u{4e16}", "a.b-c_d:1", "..."]
        {
            assert_eq!(id(text), Some((text.to_owned(), true)));
        }
    }

    #[test]
    fn every_other_character_needs_the_encoded_form() {
        for c in ('\0'..='\u{9f}').filter(|c| !c.is_ascii_alphanumeric() && !" -.:@_|".contains(*c)) {
            assert_eq!(id(&format!("auth0|a{c}b")), None, "{c:?}");
        }
        for text in ["", ".", "..", "machine@clients"] {
            assert_eq!(id(text), None, "{text}");
        }
    }

    #[test]
    fn any_id_may_stand_encoded() {
        for text in ["auth0|ann", "samlp|acme|100%41", "a/b\\c?d#e", "~a", ".", "\u{1f600}"] {
            let encoded = format!("~{}", BASE64URL_NOPAD.encode(text.as_bytes()));
            assert_eq!(id(&encoded), Some((text.to_owned(), false)));
        }
    }

    #[test]
    fn what_is_no_base64url_of_an_id_is_refused() {
        let machine = format!("~{}", BASE64URL_NOPAD.encode(b"machine@clients"));
        // Nothing; padded; not the one form of its bytes; of base64; no UTF-8; a control character.
        for text in ["~", "~YQ==", "~YR", "~+/+/", "~_w", "~AA", &machine] {
            assert_eq!(id(text), None, "{text}");
        }
    }
}
