//! Who is known at the local issuer, and what their tokens say.

use ops::environment::{AUDIENCE, CLAIMS_NAMESPACE};
use serde_json::{Value, json};
use shared::clock::Clock;
use testkit::issuer::{self, Person, WebApp};

/// By which the issuer knows the console.
pub const CLIENT_ID: &str = "console";

/// An administrator without a seat, an account owner, and a member of that team.
pub fn known() -> [Person; 3] {
    [("admin", "Ada Administrator"), ("ann", "Ann Example"), ("bob", "Bob Example")].map(|(id, name)| person(id, name))
}

/// Whoever signs in at the issuer as `<id>@example.com`, with a name.
pub fn person(id: &str, name: &str) -> Person {
    Person { name: Some(name.to_owned()), ..Person::at(&format!("{id}@example.com")) }
}

/// The console, at this origin.
pub fn web_app(origin: &str) -> WebApp {
    WebApp {
        client_id: CLIENT_ID.to_owned(),
        origin: origin.to_owned(),
        audience: AUDIENCE.to_owned(),
        claims_namespace: CLAIMS_NAMESPACE.to_owned(),
        people: known().to_vec(),
    }
}

/// The claims of a person's token that is good for an hour from now.
pub fn claims(issuer: &str, person: &Person) -> Value {
    let mut claims = claims_of(issuer, &person.sub);
    issuer::add_email(&mut claims, CLAIMS_NAMESPACE, &person.email);
    if let Some(name) = &person.name {
        claims[format!("{CLAIMS_NAMESPACE}/name")] = json!(name);
    }
    claims
}

/// The same of anybody, machines too, without a profile.
pub fn claims_of(issuer: &str, sub: &str) -> Value {
    issuer::claims(issuer, AUDIENCE, sub, Clock::System.now().timestamp())
}
