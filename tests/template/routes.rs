//! The API has the routes of the contract and no other, each behind the right door.

use std::collections::BTreeSet;

use contract::openapi;
use serde_json::{Value, json};
use testkit::cors::Cors;
use tests::published;

use crate::translated::{ANSWERING, TEMPLATE, of_type, properties, text};

const SIGNED: &str = "POST /api/auth/sync-user";
const SIGNED_BY_STRIPE: &str = "POST /api/payments/stripe";

/// Method and path of each route, and its definition.
fn routes() -> impl Iterator<Item = (String, &'static Value)> {
    let paths = properties("Api")["Body"]["paths"].as_object().unwrap();
    let of_path = |(path, methods): (&'static String, &'static Value)| {
        let methods = methods.as_object().unwrap().iter();
        methods.map(move |(method, route)| (format!("{} {path}", method.to_uppercase()), route))
    };
    paths.iter().flat_map(of_path)
}

/// The published routes, each with the function that it leads to.
fn functions_by_route() -> impl Iterator<Item = (String, &'static str)> {
    published().into_iter().map(|(method, path, operation)| {
        let function = ANSWERING.into_iter().find(|(_, name)| operation["tags"][0] == *name);
        (format!("{method} {path}"), function.unwrap().0)
    })
}

#[test]
fn every_published_route_leads_to_its_function_and_there_is_no_other() {
    let deployed: BTreeSet<_> = routes()
        .map(|(called, route)| {
            let uri = text(&route["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"]);
            let alias = |id: &str| uri.contains(&format!("/${{{id}Aliaslive}}/"));
            let (id, _) = ANSWERING.into_iter().find(|(id, _)| alias(id)).expect("a route leads to an alias");
            (called, id)
        })
        .collect();
    assert_eq!(deployed, functions_by_route().collect());
}

#[test]
fn every_route_calls_with_the_payload_that_the_functions_read() {
    for (called, route) in routes() {
        assert_eq!(route["x-amazon-apigateway-integration"]["payloadFormatVersion"], "2.0", "{called}");
    }
}

#[test]
fn every_route_but_the_signed_ones_wants_a_token_for_this_api() {
    for (called, route) in routes() {
        let door = if [SIGNED, SIGNED_BY_STRIPE].contains(&&*called) { "NONE" } else { "Auth0" };
        assert_eq!(route["security"], json!([{ door: [] }]), "{called}");
    }
    let schemes = &properties("Api")["Body"]["components"]["securitySchemes"];
    let authorizer = &schemes["Auth0"]["x-amazon-apigateway-authorizer"];
    assert_eq!(schemes.as_object().unwrap().len(), 1);
    assert_eq!(authorizer["type"], "jwt");
    assert_eq!(authorizer["jwtConfiguration"]["issuer"], json!({ "Ref": "Auth0Issuer" }));
    assert_eq!(authorizer["jwtConfiguration"]["audience"], json!([{ "Ref": "Auth0Audience" }]));
}

#[test]
fn the_api_may_call_each_function_for_its_own_routes_and_nobody_else_may() {
    let mut allowed = BTreeSet::new();
    for (id, permission) in of_type("AWS::Lambda::Permission") {
        assert_eq!(permission["Principal"], "apigateway.amazonaws.com", "{id}");
        let [source, names] = &permission["SourceArn"]["Fn::Sub"].as_array().unwrap()[..] else { panic!("{id}") };
        assert_eq!(names["__ApiId__"], json!({ "Ref": "Api" }), "{id}");
        let route = text(source).split("/${__Stage__}/").nth(1).unwrap();
        allowed.insert(format!("{route} -> {}", text(&permission["FunctionName"]["Ref"])));
    }
    // In a rule about routes, any value of a variable is `*`, and no space follows the method.
    let rule = |(called, id): (String, &str)| {
        let called = called.replacen(' ', "", 1);
        let parts: Vec<&str> = called.split('/').map(|part| if part.starts_with('{') { "*" } else { part }).collect();
        format!("{} -> {id}Aliaslive", parts.join("/"))
    };
    assert_eq!(allowed, functions_by_route().map(rule).collect());
}

/// Nobody's requests count in the limit of the Action's route: it must be far above the logins, and leave instances of
/// the function for the users' own route.
#[test]
fn the_actions_route_and_the_users_own_have_limits_apart() {
    let stages: Vec<_> = of_type("AWS::ApiGatewayV2::Stage").collect();
    assert_eq!(stages.len(), 1);
    // SAM puts the parameter's value in its place: here its default.
    let limit =
        |route: &str, kind: &str| stages[0].1["RouteSettings"][route][format!("Throttling{kind}Limit")].as_u64();
    let [signed, own] = [SIGNED, "POST /api/auth/me"].map(|route| limit(route, "Rate").unwrap());
    assert!(signed >= 10 * own && own > 0, "{signed} and {own} a second");
    assert_eq!(limit("POST /api/auth/me", "Burst"), Some(own));
    let (bursts, sizes) = (&TEMPLATE["Mappings"]["SignedBurst"], &TEMPLATE["Mappings"]["Concurrency"]);
    for (cap, functions) in sizes.as_object().unwrap() {
        let [at_once, instances] = [&bursts[cap], functions].map(|sizes| sizes["SyncUser"].as_u64().unwrap());
        // A refusal takes 5 ms at most: so many instances are busy with them all the time.
        assert!(at_once + signed * 5 / 1000 < instances, "{cap}: {at_once} at once of {instances} instances");
    }
    assert_eq!(limit(SIGNED, "Burst"), bursts["200"]["SyncUser"].as_u64());
    // Stripe's route leaves instances for administrators. What it refuses, Stripe sends again for days.
    for (cap, functions) in sizes.as_object().unwrap() {
        let [at_once, instances] = [&bursts[cap], functions].map(|sizes| sizes["Payments"].as_u64().unwrap());
        assert!(at_once < instances, "{cap}: {at_once} at once of {instances} instances");
    }
    assert_eq!(limit(SIGNED_BY_STRIPE, "Burst"), bursts["200"]["Payments"].as_u64());
    assert!(limit(SIGNED_BY_STRIPE, "Rate").unwrap() * 5 / 1000 < sizes["200"]["Payments"].as_u64().unwrap());
}

#[test]
fn a_browser_may_send_and_see_every_header_of_the_contract() {
    let (mut sent, mut seen, mut methods) =
        (BTreeSet::from(["authorization".to_owned(), "content-type".to_owned()]), BTreeSet::new(), BTreeSet::new());
    let document = openapi::document().unwrap();
    for (method, _, operation) in published() {
        methods.insert(method.to_lowercase());
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let headers = parameters.filter(|parameter| parameter["in"] == "header");
        sent.extend(headers.map(|parameter| text(&parameter["name"]).to_lowercase()));
        for response in operation["responses"].as_object().unwrap().values() {
            let response = response["$ref"].as_str().map_or(response, |at| document.pointer(&at[1..]).unwrap());
            seen.extend(response["headers"].as_object().into_iter().flatten().map(|(name, _)| name.to_lowercase()));
        }
    }
    let cors = &properties("Api")["Body"]["x-amazon-apigateway-cors"];
    let listed = |member: &str| -> BTreeSet<String> {
        let list = cors[member].as_array().unwrap_or_else(|| panic!("no {member} in {cors}"));
        list.iter().map(|entry| text(entry).to_lowercase()).collect()
    };
    assert_eq!(cors["allowOrigins"], json!([{ "Ref": "WebAppOrigin" }]));
    assert!(listed("allowHeaders").is_superset(&sent), "{sent:?}");
    assert!(listed("exposeHeaders").is_superset(&seen), "{seen:?}");
    assert_eq!(listed("allowMethods"), methods);
    // What `make dev` allows is read from the template's text.
    let local = Cors::deployed(String::new());
    for (member, read) in
        [("allowMethods", &local.methods), ("allowHeaders", &local.headers), ("exposeHeaders", &local.exposed)]
    {
        assert_eq!(cors[member], json!(read), "{member}");
    }
    assert_eq!(cors["maxAge"], json!(local.max_age_s));
    assert!(seen.len() > 4 && sent.len() > 3, "{seen:?} {sent:?}");
}
