//! Imports run one way: from a higher room to a lower one, never in a circle. What is deployed knows no tool, and no
//! function another.

use std::collections::{BTreeMap, BTreeSet};

use crate::imports::{Import, imports};
use tests::Sources;

/// The packages, lowest first.
const PACKAGES: [&str; 9] = [
    "migrations",
    "shared",
    "tools/ops",
    "tools/testkit",
    "functions",
    "tools/dev",
    "tools/contract",
    "tools/proof",
    "tests",
];
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
        ["shared", "migrations"].contains(&other_package)
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
        [package @ ("tests" | "migrations"), ..] => (&file[..package.len()], 0),
        [first, second, ..] => (&file[..first.len() + 1 + second.len()], 0),
        _ => panic!("{file} lies in no package"),
    }
}

/// The imports that are part of a circle: from what they import, imports lead back.
fn in_circles(imports: &BTreeSet<Import>) -> Vec<String> {
    let mut next = BTreeMap::<&str, BTreeSet<&str>>::new();
    for import in imports {
        next.entry(&import.from).or_default().insert(&import.target);
    }
    let leads_back = |import: &&Import| {
        let (mut seen, mut ahead) = (BTreeSet::new(), vec![import.target.as_str()]);
        while let Some(file) = ahead.pop() {
            if seen.insert(file) {
                ahead.extend(next.get(file).into_iter().flatten());
            }
        }
        seen.contains(import.from.as_str())
    };
    imports.iter().filter(leads_back).map(ToString::to_string).collect()
}

fn faults(sources: &Sources) -> Vec<String> {
    imports(sources).iter().filter(|import| !is_allowed(import)).map(ToString::to_string).collect()
}

#[test]
fn the_layout_lets_no_lower_room_import_a_higher_one() {
    let found = faults(&Sources::of_the_checkout(&["migrations", "shared", "functions", "tools", "tests"]));
    assert!(found.is_empty(), "these run against the order:\n{}", found.join("\n"));
}

#[test]
fn the_layout_has_no_circle_of_imports() {
    let imports = imports(&Sources::of_the_checkout(&["migrations", "shared", "functions", "tools", "tests"]));
    let files: BTreeSet<&String> = imports.iter().flat_map(|import| [&import.from, &import.target]).collect();
    let edges: BTreeSet<_> = imports.iter().map(|import| (&import.from, &import.target)).collect();
    assert!(files.len() > 250 && edges.len() > 800, "{} files, {} imports", files.len(), edges.len());
    let found = in_circles(&imports);
    assert!(found.is_empty(), "these make circles:\n{}", found.join("\n"));
}

#[test]
fn a_circle_in_the_layout_is_found_with_what_makes_it() {
    let sources = Sources::of(&[
        ("shared/src/lib.rs", "pub mod a; pub mod b; mod c; mod d; pub use c::C; pub use d::*;"),
        // Two files, by a re-export and by what a macro is given.
        ("shared/src/a.rs", "use super::{b as other, C}; pub fn a() { format!(\"{}\", other::b()); }"),
        ("shared/src/b.rs", "pub fn b() {} mod tests { use super::*; use crate::a; fn c() { a::a() } }"),
        // Three files, by a glob; what is imported from outside is nobody's.
        ("shared/src/c.rs", "use std::fmt; use crate::D; pub struct C(D);"),
        ("shared/src/d.rs", "mod e; pub struct D; fn d() { e::e() }"),
        ("shared/src/d/e.rs", "pub fn e() -> crate::c::C { todo!() }"),
    ]);
    assert_eq!(
        in_circles(&imports(&sources)),
        [
            "shared/src/a.rs -> shared/src/b.rs (other::b)",
            "shared/src/b.rs -> shared/src/a.rs (a::a)",
            "shared/src/c.rs -> shared/src/d.rs (crate::D)",
            "shared/src/d.rs -> shared/src/d/e.rs (e::e)",
            "shared/src/d/e.rs -> shared/src/c.rs (crate::c::C)",
        ]
    );
}

#[test]
fn the_layout_lets_a_module_use_a_child_that_knows_nothing_of_it() {
    let sources = Sources::of(&[
        ("tools/ops/src/lib.rs", "pub mod a; pub use a::A; fn new() -> A { a::A }"),
        ("tools/ops/src/a.rs", "mod b; pub struct A;"),
        ("tools/ops/src/a/b.rs", "use super::super::A; fn b() -> A { self::c::C::c() } mod c { pub struct C; }"),
    ]);
    assert_eq!(in_circles(&imports(&sources)), Vec::<String>::new());
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
