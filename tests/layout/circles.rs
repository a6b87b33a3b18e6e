//! No file imports another one that imports it, be it through others.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::imports::Imports;
use tests::Sources;

/// The circles, shortest first: for each file that is part of one, the shortest that it is part of.
fn circles(imports: &Imports) -> Vec<Vec<&str>> {
    let mut circles: Vec<Vec<&str>> = Vec::new();
    let found = imports.0.keys().filter_map(|file| shortest(imports, file));
    let mut known = BTreeSet::new();
    for circle in found {
        if known.insert(circle.iter().copied().collect::<BTreeSet<_>>()) {
            circles.push(circle);
        }
    }
    circles.sort_by_key(Vec::len);
    circles
}

/// The shortest way from a file back to itself.
fn shortest<'a>(imports: &'a Imports, start: &'a str) -> Option<Vec<&'a str>> {
    let (mut came_from, mut next) = (BTreeMap::new(), VecDeque::from([start]));
    while let Some(file) = next.pop_front() {
        for target in imports.0.get(file).into_iter().flat_map(BTreeMap::keys) {
            if target == start {
                let mut circle = vec![file];
                while let Some(before) = came_from.get(circle.last()?) {
                    circle.push(*before);
                }
                circle.reverse();
                return Some(circle);
            }
            if !came_from.contains_key(target.as_str()) {
                came_from.insert(target.as_str(), file);
                next.push_back(target);
            }
        }
    }
    None
}

/// A circle with what makes it one.
fn told(imports: &Imports, circle: &[&str]) -> String {
    let steps = circle.iter().zip(circle.iter().cycle().skip(1));
    let lines = steps.map(|(file, target)| {
        let paths: Vec<&str> = imports.0[*file][*target].iter().map(String::as_str).collect();
        format!("  {file} -> {target} ({})", paths.join(", "))
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_layout_has_no_circle_of_imports() {
    let imports = Imports::of(&Sources::of_the_checkout(&["shared", "functions", "tools", "tests"]));
    let edges: usize = imports.0.values().map(BTreeMap::len).sum();
    assert!(imports.0.len() > 250 && edges > 800, "{} files, {edges} imports", imports.0.len());
    let found: Vec<String> = circles(&imports).iter().map(|circle| told(&imports, circle)).collect();
    assert!(found.is_empty(), "{} circles:\n{}", found.len(), found.join("\n\n"));
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
    let imports = Imports::of(&sources);
    assert_eq!(
        circles(&imports),
        [vec!["shared/src/a.rs", "shared/src/b.rs"], vec!["shared/src/c.rs", "shared/src/d.rs", "shared/src/d/e.rs"],]
    );
    assert_eq!(
        told(&imports, &circles(&imports)[0]),
        "  shared/src/a.rs -> shared/src/b.rs (other::b)\n  shared/src/b.rs -> shared/src/a.rs (a::a)"
    );
}

#[test]
fn the_layout_lets_a_module_use_a_child_that_knows_nothing_of_it() {
    let sources = Sources::of(&[
        ("tools/ops/src/lib.rs", "pub mod a; pub use a::A; fn new() -> A { a::A }"),
        ("tools/ops/src/a.rs", "mod b; pub struct A;"),
        ("tools/ops/src/a/b.rs", "use super::super::A; fn b() -> A { self::c::C::c() } mod c { pub struct C; }"),
    ]);
    assert_eq!(circles(&Imports::of(&sources)), Vec::<Vec<&str>>::new());
}
