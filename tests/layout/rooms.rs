//! Imports run one way: from a higher room to a lower one. What is deployed knows no tool, and no function another.

use crate::imports::{Import, imports};
use tests::Sources;

/// The packages, lowest first.
const PACKAGES: [&str; 8] =
    ["shared", "tools/ops", "tools/testkit", "functions", "tools/dev", "tools/contract", "tools/proof", "tests"];
/// The rooms of `shared`, lowest first. What stands beside them is in the first, but for what a function is made of.
const SHARED: [&[&str]; 6] = [&[], &["domain"], &["db"], &["auth"], &["http"], &["app", "lib", "scheduled", "serve"]];

fn is_allowed(import: &Import) -> bool {
    let ((package, room), (other_package, other_room)) = (place(&import.from), place(&import.target));
    let height = |package: &str| PACKAGES.iter().position(|known| package.starts_with(known)).expect("a known package");
    if package == other_package {
        room >= other_room
    } else if import.from.contains("/tests/") {
        // What tests a package may use the test kit. Only tools may be tested with functions.
        package.starts_with("tools/") || ["shared", "tools/ops", "tools/testkit"].contains(&other_package)
    } else if package.starts_with("functions/") {
        other_package == "shared"
    } else {
        height(package) > height(other_package)
    }
}

/// The package of a file, and the height of its room in `shared`.
fn place(file: &str) -> (&str, usize) {
    let parts: Vec<&str> = file.split('/').collect();
    match parts[..] {
        ["shared", "src", name, ..] => {
            let name = name.trim_end_matches(".rs");
            ("shared", SHARED.iter().position(|room| room.contains(&name)).unwrap_or(0))
        }
        ["tests", ..] => ("tests", 0),
        [first, second, ..] => (&file[..first.len() + 1 + second.len()], 0),
        _ => panic!("{file} lies in no package"),
    }
}

fn faults(sources: &Sources) -> Vec<String> {
    imports(sources).iter().filter(|import| !is_allowed(import)).map(ToString::to_string).collect()
}

#[test]
fn the_layout_lets_no_lower_room_import_a_higher_one() {
    let found = faults(&Sources::of_the_checkout(&["shared", "functions", "tools", "tests"]));
    assert!(found.is_empty(), "these run against the order:\n{}", found.join("\n"));
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
    assert_eq!(
        faults(&sources),
        [
            "functions/usage/src/lib.rs -> functions/credits/src/lib.rs (credits::routes)",
            "functions/usage/src/lib.rs -> tools/ops/src/lib.rs (ops::Run)",
            "functions/usage/tests/main.rs -> functions/credits/src/lib.rs (credits::routes)",
            "shared/src/clock.rs -> shared/src/domain/user.rs (crate::domain::user::User)",
            "shared/src/domain/user.rs -> shared/src/app.rs (crate::app::App)",
            "tools/ops/src/lib.rs -> functions/credits/src/lib.rs (credits::routes)",
            "tools/ops/src/lib.rs -> tools/testkit/src/lib.rs (testkit::World)",
            "tools/testkit/src/lib.rs -> functions/credits/src/lib.rs (credits::routes)",
        ]
    );
}
