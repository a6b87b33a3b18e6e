//! What the issuer's tokens say.

use serde_json::{Value, json};

/// Claims of an access token as Auth0 writes them, good for an hour from `now_s`.
pub fn claims(issuer: &str, audience: &str, sub: &str, now_s: i64) -> Value {
    json!({
        "iss": issuer,
        "aud": [audience, format!("{issuer}userinfo")],
        "sub": sub,
        "iat": now_s,
        "exp": now_s + 3600,
        "azp": "web-app",
        "scope": "openid profile email",
        "permissions": [],
    })
}

/// Adds an e-mail address, verified, as the login Action does.
pub fn add_email(claims: &mut Value, namespace: &str, email: &str) {
    claims[format!("{namespace}/email")] = json!(email);
    claims[format!("{namespace}/email_verified")] = json!(true);
}
