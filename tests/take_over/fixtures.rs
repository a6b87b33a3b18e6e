//! Databases of web apps, and what they are before and after.

use std::collections::BTreeSet;

use migrations::Sources;
use ops::{
    admin_db::AdminDb,
    schema::{self, plan},
    take_over::structure::{self, Note, TABLES},
};
use testkit::World;

/// A database that was made otherwise than ours.
pub const OTHER_APP: &str = include_str!("other_app.sql");
pub const HANGING: &str = include_str!("hanging.sql");
const FORM: &str = include_str!("form.sql");

/// A database of a role that is no superuser, as a web app has made it.
pub struct WebApp {
    world: World,
    pub role: String,
}

impl WebApp {
    pub async fn new(made_by: &str) -> Self {
        let world = World::empty().await;
        let role = format!("web_app_{}", world.database);
        world.sql(&format!("create role {role} login password 'x' createrole; create role {role}_reporting")).await;
        world.sql(&format!("grant app_owner, service_role, {role}_reporting to {role}")).await;
        world.sql(&format!("alter database {} owner to {role}", world.database)).await;
        let web_app = Self { world, role };
        let made_by = made_by.replace("REPORTING", &format!("{}_reporting", web_app.role));
        web_app.connect().await.run(&made_by).await.unwrap();
        web_app
    }

    /// As the web app itself, which so takes its own database over.
    pub async fn connect(&self) -> AdminDb {
        let port = self.world.stack.postgres_port;
        AdminDb::connect(&format!("postgres://{}:x@127.0.0.1:{port}/{}", self.role, self.world.database)).await.unwrap()
    }

    pub async fn notes(&self, aside: &[&str]) -> Vec<Note> {
        let mut database = self.connect().await;
        database.run("begin").await.unwrap();
        let aside: Vec<String> = aside.iter().map(|&name| name.to_owned()).collect();
        let notes = structure::inspect(&mut database, &sources(), &aside).await.unwrap();
        database.run("commit").await.unwrap();
        notes
    }

    /// What blocks: subjects and sentences.
    pub async fn blocked(&self) -> Vec<String> {
        let blocking = self.notes(&[]).await.into_iter().filter(|note| note.blocks);
        blocking.map(|note| format!("{} {}", note.subject, note.done)).collect()
    }

    /// Takes the structure over; `rows` makes the rows right in between.
    pub async fn take_over(&self, rows: &str, aside: &[&str]) -> AdminDb {
        let mut database = self.connect().await;
        let aside: Vec<String> = aside.iter().map(|&name| name.to_owned()).collect();
        database.run("begin").await.unwrap();
        structure::begin(&mut database, &sources(), &aside).await.unwrap();
        structure::change(&mut database).await.unwrap();
        database.run(rows).await.unwrap();
        structure::finish(&mut database, &sources()).await.unwrap();
        database.run("commit; reset all").await.unwrap();
        database
    }
}

pub fn sources() -> Sources {
    schema::sources().unwrap()
}

pub async fn lines(database: &mut AdminDb, query: &str) -> BTreeSet<String> {
    let eight = format!("array['{}']", TABLES.join("', '"));
    all(database, &query.replace("EIGHT", &eight)).await.into_iter().collect()
}

pub async fn form(database: &mut AdminDb) -> BTreeSet<String> {
    database.run("set search_path = pg_catalog").await.unwrap();
    let form = lines(database, FORM).await;
    database.run("reset search_path").await.unwrap();
    form
}

/// What the migrations make of an empty database.
pub async fn ours() -> BTreeSet<String> {
    let web_app = WebApp::new("select").await;
    let mut database = web_app.connect().await;
    database.run(&plan::script(&sources()).unwrap()).await.unwrap();
    form(&mut database).await
}

/// What a database has beyond ours; it must have all that ours has.
pub async fn beyond_ours(database: &mut AdminDb) -> Vec<String> {
    // Conditions lose brackets when they are made again, and mean the same.
    let bare = |line: &String| line.replace(['(', ')'], "");
    let (ours, theirs) = (ours().await, form(database).await);
    let (known, found): (BTreeSet<_>, BTreeSet<_>) =
        (ours.iter().map(bare).collect(), theirs.iter().map(bare).collect());
    let missing: Vec<_> = known.difference(&found).collect();
    let beyond: Vec<_> = theirs.into_iter().filter(|line| !known.contains(&bare(line))).collect();
    assert!(missing.is_empty(), "missing: {missing:#?}\nbeyond: {beyond:#?}");
    beyond
}

pub async fn all(database: &mut AdminDb, sql: &str) -> Vec<String> {
    database.texts(sql).await.unwrap().into_iter().flatten().collect()
}

/// The lines with the same role's name in every test.
pub fn plain(lines: impl IntoIterator<Item = String>, web_app: &WebApp) -> Vec<String> {
    lines.into_iter().map(|line| line.replace(&web_app.role, "web_app")).collect()
}
