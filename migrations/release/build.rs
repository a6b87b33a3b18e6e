//! Computes the name of the release from the SQL files, as `make migrate` does.

use std::{error::Error, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).ok_or("this crate lies in migrations/")?;
    println!("cargo::rerun-if-changed={}", checkout.join("shared/sql").display());
    println!("cargo::rerun-if-changed={}", checkout.join("functions").display());
    println!("cargo::rustc-env=RELEASE_SCHEMA={}", migrations::Release::read(checkout)?.schema);
    Ok(())
}
