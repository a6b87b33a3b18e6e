//! Imports run one way: from a higher room to a lower one. What is deployed knows no tool, and no function another.

use crate::imports::Imports;
use tests::Sources;

/// The packages but the functions, lowest first; the functions are between `testkit` and `dev`.
const PACKAGES: [&str; 7] =
    ["shared", "tools/ops", "tools/testkit", "tools/dev", "tools/contract", "tools/proof", "tests"];
/// The rooms of `shared`, lowest first. What stands beside them is `base`, but for what a function is made of.
const SHARED: [&str; 6] = ["base", "domain", "db", "auth", "http", "top"];
const TOP: [&str; 4] = ["app", "lib", "scheduled", "serve"];

/// Why this import may not be; `None` if it may.
fn fault(from: &str, target: &str) -> Option<&'static str> {
    let (package, room) = place(from);
    let (other_package, other_room) = place(target);
    if package == other_package {
        return (package == "shared" && height(&SHARED, room) < height(&SHARED, other_room))
            .then_some("a lower room imports a higher one");
    }
    if from.contains("/tests/") {
        // What tests a package may use the test kit. Only tools may be tested with functions.
        let lent = ["shared", "tools/ops", "tools/testkit"].contains(&other_package) || package.starts_with("tools/");
        return (!lent).then_some("a test of a function imports more than shared, ops and the test kit");
    }
    if package.starts_with("functions/") {
        return (other_package != "shared").then_some("a function imports more than shared");
    }
    let functions = height(&PACKAGES, "tools/testkit");
    let other_height = height(&PACKAGES, other_package).or(functions);
    (height(&PACKAGES, package) < other_height
        || other_package.starts_with("functions/") && height(&PACKAGES, package) <= functions)
        .then_some("a lower package imports a higher one")
}

fn height(rooms: &[&str], room: &str) -> Option<usize> {
    rooms.iter().position(|known| *known == room)
}

/// The package of a file, and its room in `shared`.
fn place(file: &str) -> (&str, &str) {
    let parts: Vec<&str> = file.split('/').collect();
    match parts[..] {
        ["shared", "src", name, ..] => {
            let name = name.trim_end_matches(".rs");
            let room = if TOP.contains(&name) { "top" } else { name };
            ("shared", if SHARED.contains(&room) { room } else { "base" })
        }
        ["tests", ..] => ("tests", ""),
        [first, second, ..] => (&file[..first.len() + 1 + second.len()], ""),
        _ => panic!("{file} lies in no package"),
    }
}

fn faults(imports: &Imports) -> Vec<String> {
    let edges =
        imports.0.iter().flat_map(|(from, targets)| targets.iter().map(move |(target, paths)| (from, target, paths)));
    edges
        .filter_map(|(from, target, paths)| {
            let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
            fault(from, target).map(|fault| format!("{from} -> {target} ({}): {fault}", paths.join(", ")))
        })
        .collect()
}

#[test]
fn the_layout_lets_no_lower_room_import_a_higher_one() {
    let found = faults(&Imports::of(&Sources::of_the_checkout(&["shared", "functions", "tools", "tests"])));
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn an_import_against_the_layouts_order_is_found() {
    let sources = Sources::of(&[
        ("shared/src/lib.rs", "pub mod app; pub mod clock; pub mod domain;"),
        ("shared/src/app.rs", "use crate::{clock::Clock, domain::user::User}; pub struct App;"),
        ("shared/src/clock.rs", "use crate::domain::user::User; pub struct Clock;"),
        ("shared/src/domain.rs", "pub mod user;"),
        ("shared/src/domain/user.rs", "pub struct User; fn take(app: crate::app::App) {}"),
        ("functions/credits/src/lib.rs", "use shared::domain::user::User; pub fn routes() {}"),
        ("functions/usage/src/lib.rs", "use credits::routes; use ops::Run;"),
        ("functions/usage/tests/main.rs", "use {ops::Run, shared::app::App}; fn all() { credits::routes() }"),
        ("tools/ops/src/lib.rs", "pub struct Run; fn all() { vec![testkit::World, credits::routes()] }"),
        ("tools/ops/tests/secrets.rs", "use {credits::routes, testkit::World};"),
        ("tools/testkit/src/lib.rs", "use {ops::Run, credits::routes}; pub struct World;"),
        ("tools/proof/src/lib.rs", "use {credits::routes, testkit::World};"),
    ]);
    let found = faults(&Imports::of(&sources));
    let edges: Vec<&str> = found.iter().map(|fault| fault.split(" (").next().unwrap()).collect();
    assert_eq!(
        edges,
        [
            "functions/usage/src/lib.rs -> functions/credits/src/lib.rs",
            "functions/usage/src/lib.rs -> tools/ops/src/lib.rs",
            "functions/usage/tests/main.rs -> functions/credits/src/lib.rs",
            "shared/src/clock.rs -> shared/src/domain/user.rs",
            "shared/src/domain/user.rs -> shared/src/app.rs",
            "tools/ops/src/lib.rs -> functions/credits/src/lib.rs",
            "tools/ops/src/lib.rs -> tools/testkit/src/lib.rs",
            "tools/testkit/src/lib.rs -> functions/credits/src/lib.rs",
        ]
    );
}
