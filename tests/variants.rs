//! Releases that differ from this checkout's: its text changed here and there, or its endpoints wrapped.

use migrations::{Release, SqlFile};
use ops::schema::{self, plan};
use testkit::World;

/// Of `jsonb`, too.
const ENDPOINT: &str = "(args jsonb) returns json";

pub fn file(name: &str, text: &str) -> SqlFile {
    SqlFile { name: name.to_owned(), text: text.to_owned() }
}

/// The release of this checkout.
pub fn current() -> Release {
    schema::sources().unwrap().release
}

/// The release of this checkout after these replacements, each of which finds its text.
pub fn changed(changes: &[(&str, &str)]) -> Release {
    let mut files = current().files;
    for (from, to) in changes {
        assert!(files.iter().any(|file| file.text.contains(from)), "no file has {from}");
        for file in &mut files {
            file.text = file.text.replace(from, to);
        }
    }
    Release::new(files)
}

/// A release whose endpoints do `body` with what this checkout's endpoint answers, `v_answer`; `helpers` are functions
/// that the body may call.
pub fn wrapped(helpers: &str, body: &str) -> Release {
    let mut files = current().files;
    let mut wrappers = helpers.to_owned();
    // What is granted to another role than `api` has another form of answer, and no example.
    let is_of_api = |file: &&mut SqlFile| !file.text.contains("\ngrant execute on function ");
    for file in files.iter_mut().filter(is_of_api) {
        let endpoints: Vec<String> = file.text.split("create function ").filter_map(endpoint).collect();
        for name in endpoints {
            let (from, to) =
                (format!("create function {name}{ENDPOINT}"), format!("create function own_{name}{ENDPOINT}"));
            file.text = file.text.replace(&from, &to);
            wrappers += &format!(
                ";\n{from}b language plpgsql security definer set search_path from current as $$\n\
                 declare c_name constant text := '{name}'; v_answer jsonb := own_{name}(args)::jsonb;\n\
                 begin {body} end $$"
            );
        }
    }
    files.push(file("shared/sql/wrappers.sql", &wrappers));
    Release::new(files)
}

fn endpoint(text: &str) -> Option<String> {
    let (name, _) = text.split_once(ENDPOINT)?;
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_').then(|| name.to_owned())
}

/// Puts a release into a world's database, beside those that are there; the world's functions call it from now on.
pub async fn enter(world: &mut World, release: &Release) {
    let step = plan::release(release).unwrap();
    world.sql(&format!("begin; {}{} commit", plan::SETTINGS, step.statement)).await;
    world.release.clone_from(&release.schema);
}
