//! The API has the routes of the contract and no other, each behind the right door.

use std::collections::BTreeSet;

use contract::openapi;
use serde_json::{Value, json};
use tests::published;

use crate::translated::{ANSWERING, Template, template};

const SIGNED: (&str, &str) = ("POST", "/api/auth/sync-user");

/// Method, path and definition of each route.
fn routes(template: &Template) -> Vec<(String, String, Value)> {
    let mut routes = Vec::new();
    for (path, methods) in template.properties("Api")["Body"]["paths"].as_object().unwrap() {
        for (method, route) in methods.as_object().unwrap() {
            routes.push((method.to_uppercase(), path.clone(), route.clone()));
        }
    }
    routes
}

#[tokio::test]
async fn every_published_route_leads_to_its_function_and_there_is_no_other() {
    let integration = |method: &String, path: &String, function: &str| format!("{method} {path} -> {function}");
    let deployed: BTreeSet<String> = routes(template().await)
        .iter()
        .map(|(method, path, route)| {
            let integration_uri = &route["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"];
            let alias = |id: &str| integration_uri.as_str().unwrap().contains(&format!("/${{{id}Aliaslive}}/"));
            let (_, function) = ANSWERING.iter().find(|(id, _)| alias(id)).expect("a route leads to an alias");
            integration(method, path, function)
        })
        .collect();
    let published: BTreeSet<String> = published()
        .iter()
        .map(|(method, path, operation)| integration(method, path, operation["tags"][0].as_str().unwrap()))
        .collect();
    assert_eq!(deployed, published);
}

#[tokio::test]
async fn every_route_calls_with_the_payload_that_the_functions_read() {
    for (method, path, route) in routes(template().await) {
        assert_eq!(route["x-amazon-apigateway-integration"]["payloadFormatVersion"], "2.0", "{method} {path}");
    }
}

#[tokio::test]
async fn every_route_but_the_signed_one_wants_a_token_for_this_api() {
    let template = template().await;
    for (method, path, route) in routes(template) {
        let door = if (method.as_str(), path.as_str()) == SIGNED { "NONE" } else { "Auth0" };
        assert_eq!(route["security"], json!([{ door: [] }]), "{method} {path}");
    }
    let schemes = &template.properties("Api")["Body"]["components"]["securitySchemes"];
    let authorizer = &schemes["Auth0"]["x-amazon-apigateway-authorizer"];
    assert_eq!(schemes.as_object().unwrap().len(), 1);
    assert_eq!(authorizer["type"], "jwt");
    assert_eq!(authorizer["jwtConfiguration"]["issuer"], json!({ "Ref": "Auth0Issuer" }));
    assert_eq!(authorizer["jwtConfiguration"]["audience"], json!([{ "Ref": "Auth0Audience" }]));
}

#[tokio::test]
async fn the_api_may_call_each_function_for_its_own_routes_and_nobody_else_may() {
    let template = template().await;
    let mut allowed = BTreeSet::new();
    for (id, permission) in template.of_type("AWS::Lambda::Permission") {
        assert_eq!(permission["Principal"], "apigateway.amazonaws.com", "{id}");
        let alias = permission["FunctionName"]["Ref"].as_str().unwrap();
        let [source, names] = &permission["SourceArn"]["Fn::Sub"].as_array().unwrap()[..] else { panic!("{id}") };
        assert_eq!(names["__ApiId__"], json!({ "Ref": "Api" }), "{id}");
        let route = source.as_str().unwrap().split("/${__Stage__}/").nth(1).unwrap();
        allowed.insert(format!("{route} -> {alias}"));
    }
    // In a rule about routes, any value of a variable is `*`.
    let rule = |path: &str| {
        let parts: Vec<&str> = path.split('/').map(|part| if part.starts_with('{') { "*" } else { part }).collect();
        parts.join("/")
    };
    let needed: BTreeSet<String> = published()
        .iter()
        .map(|(method, path, operation)| {
            let (id, _) = ANSWERING.iter().find(|(_, name)| operation["tags"][0] == *name).unwrap();
            format!("{method}{} -> {id}Aliaslive", rule(path))
        })
        .collect();
    assert_eq!(allowed, needed);
}

#[tokio::test]
async fn the_route_without_a_token_has_a_limit_of_its_own() {
    let stages: Vec<_> = template().await.of_type("AWS::ApiGatewayV2::Stage").collect();
    assert_eq!(stages.len(), 1);
    let limits = &stages[0].1["RouteSettings"][format!("{} {}", SIGNED.0, SIGNED.1)];
    // SAM puts the parameter's value in its place: here its default.
    assert_eq!((&limits["ThrottlingRateLimit"], &limits["ThrottlingBurstLimit"]), (&json!(50), &json!(50)));
}

#[tokio::test]
async fn a_browser_may_send_and_see_every_header_of_the_contract() {
    let cors = &template().await.properties("Api")["Body"]["x-amazon-apigateway-cors"];
    let listed = |member: &str| -> BTreeSet<String> {
        let list = cors[member].as_array().unwrap_or_else(|| panic!("no {member} in {cors}"));
        list.iter().map(|entry| entry.as_str().unwrap().to_lowercase()).collect()
    };
    let (mut sent, mut seen, mut methods) =
        (BTreeSet::from(["authorization".to_owned(), "content-type".to_owned()]), BTreeSet::new(), BTreeSet::new());
    let document = openapi::document().unwrap();
    for (method, _, operation) in published() {
        methods.insert(method.to_lowercase());
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            if parameter["in"] == "header" {
                sent.insert(parameter["name"].as_str().unwrap().to_lowercase());
            }
        }
        for response in operation["responses"].as_object().unwrap().values() {
            let response = response["$ref"].as_str().map_or(response, |at| document.pointer(&at[1..]).unwrap());
            seen.extend(response["headers"].as_object().into_iter().flatten().map(|(name, _)| name.to_lowercase()));
        }
    }
    assert_eq!(cors["allowOrigins"], json!([{ "Ref": "WebAppOrigin" }]));
    assert!(listed("allowHeaders").is_superset(&sent), "{sent:?}");
    assert!(listed("exposeHeaders").is_superset(&seen), "{seen:?}");
    assert_eq!(listed("allowMethods"), methods);
    assert!(seen.len() > 4 && sent.len() > 3, "{seen:?} {sent:?}");
}
