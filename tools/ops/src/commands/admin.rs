//! `make admin USER=…`: makes a user an administrator. Nothing else does: no e-mail address in a token makes one.

use anyhow::{Result, bail};

use crate::{
    admin_db::{AdminDb, literal},
    environment,
    progress::step,
    schema,
};

pub async fn run(user: &str, direct_url: Option<String>) -> Result<()> {
    let url = environment::direct_url(direct_url)?;
    let mut database = AdminDb::connect(&url).await?;
    let release = schema::sources()?.release.schema;
    database.require_release(&release).await?;
    let promoted = database.texts(&format!("select {release}.promote_admin({})", literal(user))).await?;
    if promoted != [Some("t".to_owned())] {
        bail!("no active user has the id {user}; a user has to log in once before");
    }
    step(&format!("{user} is an administrator now; next: `GET /api/admin/users` with that user's token"));
    Ok(())
}
