//! Tokens that must not pass: from the traps of the library, and RFC 8725.

use jsonwebtoken::Algorithm;
use serde_json::{Value, json};
use testkit::{
    AUDIENCE, World,
    issuer::{KeySize, SigningKey},
};

use crate::forged_tokens::{Signature, token};

pub const HEADER: &str = r#"{"alg":"RS256","typ":"JWT","kid":"first"}"#;

fn changed(world: &World, change: impl FnOnce(&mut Value)) -> String {
    let mut claims = world.claims("auth0|ann");
    change(&mut claims);
    claims.to_string()
}

pub fn with(world: &World, claim: &str, value: Value) -> String {
    changed(world, |claims| claims[claim] = value)
}

pub fn without(world: &World, claim: &str) -> String {
    changed(world, |claims| {
        claims.as_object_mut().unwrap().remove(claim);
    })
}

/// Good signatures over payloads that must not pass.
pub fn wrong_payloads(world: &World) -> Vec<(&'static str, String)> {
    let good = world.claims("auth0|ann").to_string();
    let now = world.clock.now().timestamp();
    let issuer = world.issuer.url();
    let twice = |claim: &str| good.replacen('{', &format!("{{\"{claim}\":\"auth0|eve\","), 1);
    vec![
        ("no exp", without(world, "exp")),
        ("no iss", without(world, "iss")),
        ("no aud", without(world, "aud")),
        ("no sub", without(world, "sub")),
        ("no iat", without(world, "iat")),
        ("sub twice", twice("sub")),
        ("iss twice", twice("iss")),
        ("exp twice", good.replacen('{', &format!("{{\"exp\":{},", now + 60), 1)),
        ("expired", with(world, "exp", json!(now - 31))),
        ("exp as a text", with(world, "exp", json!((now + 60).to_string()))),
        ("exp as a fraction", with(world, "exp", json!(1e300))),
        ("exp as null", with(world, "exp", json!(null))),
        ("negative exp", with(world, "exp", json!(-1))),
        ("not yet valid", with(world, "nbf", json!(now + 60))),
        ("nbf as a text", with(world, "nbf", json!("0"))),
        ("issued in the future", with(world, "iat", json!(now + 60))),
        ("issued before 1970", with(world, "iat", json!(-62_200_000_000_i64))),
        ("another issuer", with(world, "iss", json!("https://evil.eu.auth0.com/"))),
        ("the issuer without its slash", with(world, "iss", json!(issuer.trim_end_matches('/')))),
        ("the issuer in capitals", with(world, "iss", json!(issuer.to_uppercase()))),
        ("a list of issuers", with(world, "iss", json!([issuer]))),
        ("a number for an issuer", with(world, "iss", json!(1))),
        ("another audience", with(world, "aud", json!("https://other.test"))),
        ("an id token: the client as audience", with(world, "aud", json!("web-app"))),
        ("an empty list of audiences", with(world, "aud", json!([]))),
        ("audiences of other types", with(world, "aud", json!([AUDIENCE, 1]))),
        ("an audience that begins like ours", with(world, "aud", json!(format!("{AUDIENCE}.evil.test")))),
        ("an empty subject", with(world, "sub", json!(""))),
        ("a number for a subject", with(world, "sub", json!(1))),
        ("a list of subjects", with(world, "sub", json!(["auth0|ann"]))),
        ("permissions of another type", with(world, "permissions", json!("usage:write"))),
        ("a list for a payload", "[]".to_owned()),
        ("no JSON in the payload", "hello".to_owned()),
    ]
}

/// Good claims under headers and signatures that must not pass.
pub fn wrong_headers(world: &World) -> Vec<(&'static str, String)> {
    let good = world.claims("auth0|ann").to_string();
    let rsa = |header: &str| token(header, &good, Signature::Rsa(&world.key, Algorithm::RS256));
    let stranger = SigningKey::generate("first", KeySize::Rsa2048).unwrap();
    let public_modulus = world.key.jwk()["n"].as_str().unwrap().to_owned();
    let own_key = format!(r#"{{"alg":"RS256","kid":"first","jwk":{}}}"#, stranger.jwk());
    let hs256 = r#"{"alg":"HS256","kid":"first"}"#;
    vec![
        ("alg none", token(r#"{"alg":"none","kid":"first"}"#, &good, Signature::None)),
        ("alg None", token(r#"{"alg":"None","kid":"first"}"#, &good, Signature::None)),
        ("no signature", token(HEADER, &good, Signature::None)),
        ("HS256 with the public key", token(hs256, &good, Signature::Hmac(public_modulus.as_bytes()))),
        ("RS256 said, HMAC done", token(HEADER, &good, Signature::Hmac(public_modulus.as_bytes()))),
        ("RS384", token(&HEADER.replace("RS256", "RS384"), &good, Signature::Rsa(&world.key, Algorithm::RS384))),
        ("RS512", token(&HEADER.replace("RS256", "RS512"), &good, Signature::Rsa(&world.key, Algorithm::RS512))),
        ("PS256", token(&HEADER.replace("RS256", "PS256"), &good, Signature::Rsa(&world.key, Algorithm::PS256))),
        ("ES256 said", rsa(&HEADER.replace("RS256", "ES256"))),
        ("EdDSA said", rsa(&HEADER.replace("RS256", "EdDSA"))),
        ("rs256 in small letters", rsa(&HEADER.replace("RS256", "rs256"))),
        ("another key under our id", stranger.sign(&world.claims("auth0|ann"))),
        ("a key id that nobody knows", rsa(&HEADER.replace("first", "second"))),
        ("no key id", rsa(r#"{"alg":"RS256","typ":"JWT"}"#)),
        ("a key id of another type", rsa(r#"{"alg":"RS256","kid":["first"]}"#)),
        ("alg twice", rsa(r#"{"alg":"none","alg":"RS256","kid":"first"}"#)),
        ("an unknown crit", rsa(r#"{"alg":"RS256","kid":"first","crit":["exp"],"exp":1}"#)),
        ("an empty crit", rsa(r#"{"alg":"RS256","kid":"first","crit":[]}"#)),
        ("b64 false", rsa(r#"{"alg":"RS256","kid":"first","b64":false,"crit":["b64"]}"#)),
        ("an embedded key", token(&own_key, &good, Signature::Rsa(&stranger, Algorithm::RS256))),
        ("jku", rsa(r#"{"alg":"RS256","kid":"first","jku":"https://evil.test/keys"}"#)),
        ("x5u", rsa(r#"{"alg":"RS256","kid":"first","x5u":"https://evil.test/cert"}"#)),
        ("x5c", rsa(r#"{"alg":"RS256","kid":"first","x5c":["AAAA"]}"#)),
        ("a logout token", rsa(r#"{"alg":"RS256","kid":"first","typ":"logout+jwt"}"#)),
        ("no JSON in the header", rsa("hello")),
    ]
}

/// Texts that are no such token at all.
pub fn wrong_texts(world: &World) -> Vec<(&'static str, String)> {
    let good = world.token("auth0|ann");
    let huge = changed(world, |claims| claims["padding"] = json!("x".repeat(9000)));
    let parts: Vec<&str> = good.split('.').collect();
    vec![
        ("nothing", String::new()),
        ("a word", "token".to_owned()),
        ("two segments", parts[..2].join(".")),
        ("four segments", format!("{good}.x")),
        ("five segments, as an encrypted one", format!("{good}.x.y")),
        ("padded", format!("{}=.{}.{}", parts[0], parts[1], parts[2])),
        ("a padded signature", format!("{good}==")),
        ("a space behind", format!("{good} x")),
        ("a changed payload", format!("{}.{}x.{}", parts[0], parts[1], parts[2])),
        ("two tokens", format!("{good},Bearer {good}")),
        ("over 8 KiB", token(HEADER, &huge, Signature::Rsa(&world.key, Algorithm::RS256))),
    ]
}
