//! Every event that a test makes is held to `docs/events.schema.json`, in the database that all tests copy.

use std::fs;

use anyhow::{Context, Result};
use ops::{
    admin_db::{AdminDb, literal},
    schema,
};
use serde_json::Value;

use crate::stack::{StackAddress, TEMPLATE};

/// The schema, as receivers read it.
pub fn read() -> Result<Value> {
    let file = schema::checkout().join("docs/events.schema.json");
    let text = fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is no JSON", file.display()))
}

/// From now on, whoever copies the tests' template can tell of nothing else.
pub async fn hold(stack: &StackAddress) -> Result<()> {
    let types = literal(&read()?["$defs"].to_string());
    let mut template = AdminDb::connect(&stack.direct_url(TEMPLATE)).await?;
    let fill = format!(
        "insert into catalogue.types select key, value #>> '{{properties,subject,pattern}}', value #> '{{properties,data}}' \
         from jsonb_each({types}::jsonb)"
    );
    let sql = format!("{}; {fill}", include_str!("catalogue.sql"));
    Ok(template.run(&sql).await?)
}
