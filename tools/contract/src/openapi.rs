//! The published description of the API, made from the routes and types of all functions.

pub mod examples;
mod headers;
mod operation;
mod parameters;
mod problems;
mod schemas;
mod security;

use anyhow::{Result, anyhow, bail};
use serde_json::{Map, Value, json};
use shared::app::Routes;

use self::schemas::Schemas;
pub use self::{operation::method, problems::refusals};

/// Where it lies in the checkout.
pub const FILE: &str = "openapi.yaml";

const HEADING: &str = "# Made by `make openapi` from the routes and types of functions/. Do not edit.\n";

/// Every function with its routes, in the order in which they are published.
pub fn functions() -> [(&'static str, Routes); 7] {
    [
        (sync_user::NAME, sync_user::routes()),
        (admin_users::NAME, admin_users::routes()),
        (assign_cluster::NAME, assign_cluster::routes()),
        (team::NAME, team::routes()),
        (credits::NAME, credits::routes()),
        (payments::NAME, payments::routes()),
        (usage::NAME, usage::routes()),
    ]
}

pub fn yaml() -> Result<String> {
    let document = yaml_serde::to_string(&document()?)?;
    Ok(format!("{HEADING}{document}"))
}

pub fn document() -> Result<Value> {
    let mut document: Value = yaml_serde::from_str(include_str!("openapi/base.yaml"))?;
    document["info"]["version"] = json!(env!("CARGO_PKG_VERSION"));
    let mut schemas = Schemas::new();
    let examples = examples::read()?;
    let mut paths = Map::new();
    for (function, routes) in functions() {
        for operation in routes.operations() {
            let method = method(operation)?;
            let example = examples.get(operation.id);
            let example = example.ok_or_else(|| anyhow!("{} has no example", operation.id))?;
            let described = operation::describe(function, operation, example, &mut schemas);
            let path = paths.entry(operation.path).or_insert_with(|| json!({}));
            if !path[method].is_null() {
                bail!("{method} {} is there twice", operation.path);
            }
            path[method] = described;
        }
    }
    document["paths"] = paths.into();
    document["components"]["responses"] = problems::components(&mut schemas);
    document["components"]["schemas"] = schemas.finish()?.into();
    Ok(document)
}
