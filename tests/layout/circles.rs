//! No file imports another one that imports it, be it through others.

use std::collections::{BTreeMap, BTreeSet};

use crate::imports::{Import, imports};
use tests::Sources;

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

#[test]
fn the_layout_has_no_circle_of_imports() {
    let imports = imports(&Sources::of_the_checkout(&["shared", "functions", "tools", "tests"]));
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
