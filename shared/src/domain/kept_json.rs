//! JSON that we only keep: read from its own text, so that every number stays as it was written. A `Value` would round
//! a number to 64 bits, and could not hold some that PostgreSQL stores.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error as _, MapAccess, Visitor},
};
use serde_json::value::RawValue;

/// A value whose parts are still text.
pub enum Node<'a> {
    /// All members in their order, also those of one name.
    Object(Vec<(String, &'a RawValue)>),
    List(Vec<&'a RawValue>),
    Text(String),
    Number(&'a str),
    /// `true`, `false` or `null`.
    Word(&'a str),
}

impl<'a> Node<'a> {
    /// Reads one level. It fails at a text that is none: half a surrogate pair.
    pub fn read(raw: &'a RawValue) -> serde_json::Result<Self> {
        let text = raw.get();
        match text.as_bytes().first() {
            Some(b'{') => serde_json::from_str(text).map(|Members(members)| Self::Object(members)),
            Some(b'[') => serde_json::from_str(text).map(Self::List),
            Some(b'"') => serde_json::from_str(text).map(Self::Text),
            Some(b't' | b'f' | b'n') => Ok(Self::Word(text)),
            _ => Ok(Self::Number(text)),
        }
    }
}

struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

/// Reads two types from the members of one object. (serde's `flatten` reads numbers before they get to what keeps
/// them.)
pub fn both<'de, D, A, B>(deserializer: D) -> Result<(A, B), D::Error>
where
    D: Deserializer<'de>,
    A: DeserializeOwned,
    B: DeserializeOwned,
{
    let object = Box::<RawValue>::deserialize(deserializer)?;
    let one = serde_json::from_str(object.get()).map_err(D::Error::custom)?;
    Ok((one, serde_json::from_str(object.get()).map_err(D::Error::custom)?))
}
