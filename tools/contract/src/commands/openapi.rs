//! `make openapi`: writes the published description of the API from the types.

use std::fs;

use anyhow::{Context, Result};
use ops::{progress::step, schema};

use crate::openapi;

pub fn run() -> Result<()> {
    let text = openapi::yaml()?;
    fs::write(schema::checkout().join(openapi::FILE), text).context(format!("writing {}", openapi::FILE))?;
    step(&format!("{} says what the types say", openapi::FILE));
    Ok(())
}
