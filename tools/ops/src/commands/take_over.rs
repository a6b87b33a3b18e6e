//! `make take-over`: says what would be done with a database that another application has made, and with APPLY=yes does it.

use std::io::Write;

use anyhow::{Context, Result, bail};

use super::rotate_keys;
use crate::{
    admin_db::AdminDb,
    environment,
    progress::step,
    schema,
    take_over::{self, Choices, State},
};

/// Prints the plan, or does it and prints the plan with its proof.
pub async fn run(direct_url: Option<String>, choices: &Choices, apply: bool) -> Result<()> {
    let mut database = AdminDb::connect(&environment::direct_url(direct_url.clone())?).await?;
    if take_over::state(&mut database).await? == State::Ours {
        step("nothing to do: this database is the back office's already; next: `make migrate`");
        return Ok(());
    }
    let sources = schema::sources()?;
    let mut out = std::io::stdout().lock();
    if !apply {
        let plan = take_over::inspect(&mut database, &sources, choices).await?;
        write!(out, "{plan}").context("printing the plan")?;
        if !plan.obstacles().is_empty() {
            bail!("this database cannot be taken over yet");
        }
        step("nothing was changed; next: stop the web app's writes, then the same with APPLY=yes (docs/take-over.md)");
        return Ok(());
    }
    let cipher = match rotate_keys::find_secret(direct_url).await {
        Ok((_, secret)) => Some(rotate_keys::cipher(&secret)?),
        Err(error) => {
            // Needed only where there are keys.
            step(&format!("no key to encrypt with: {error:#}"));
            None
        }
    };
    take_over::apply(&mut database, &sources, cipher.as_ref(), choices).await?;
    step(
        "the database is taken over; what was changed is in app.taken_over; next: `make migrate`, which has nothing to do, and `make deploy`",
    );
    Ok(())
}
