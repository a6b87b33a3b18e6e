//! Which file imports which: a file imports another one if it uses, re-exports or names an item that is defined there.

use std::{collections::BTreeSet, fmt};

use crate::modules::{Modules, Segments};
use tests::Sources;

/// Re-exports that lead to each other end here.
const MOST_STEPS: usize = 16;

/// A file, another one that it imports, and what of it.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub struct Import {
    pub from: String,
    pub target: String,
    path: String,
}

impl fmt::Display for Import {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} -> {} ({})", self.from, self.target, self.path)
    }
}

pub fn imports(sources: &Sources) -> BTreeSet<Import> {
    let modules = Modules::of(sources);
    let mut imports = BTreeSet::new();
    for (at, module) in &modules.all {
        for (name, path) in &module.paths {
            let target = modules.resolve(at, path, 0).and_then(|target| match modules.all.get(&target) {
                // A module by itself is nothing yet.
                Some(module) => (name == "*").then_some(module),
                None => modules.all.get(&target[..target.len() - 1]),
            });
            if let Some(target) = target.filter(|target| target.file != module.file) {
                let (from, target) = (module.file.clone(), target.file.clone());
                imports.insert(Import { from, target, path: path.join("::") });
            }
        }
    }
    imports
}

impl Modules<'_> {
    /// Where a path leads that is written in this module: to a module, or an item of one; `None` outside of the tree.
    fn resolve(&self, module: &[String], path: &[String], steps: usize) -> Option<Segments> {
        let (first, rest) = path.split_first()?;
        let library = || Some(vec![first.clone()]).filter(|library| self.all.contains_key(library));
        let mut at = self.find(module, first, steps).or_else(library)?;
        for name in rest {
            // What is within an item is part of it.
            if self.all.contains_key(&at) {
                at = self.find(&at, name, steps)?;
            }
        }
        Some(at)
    }

    /// What a name means in a module.
    fn find(&self, module: &[String], name: &str, steps: usize) -> Option<Segments> {
        match name {
            _ if steps == MOST_STEPS => return None,
            "crate" => return Some(module[..1].to_vec()),
            "self" => return Some(module.to_vec()),
            "super" => return Some(module[..module.len() - 1].to_vec()),
            _ => {}
        }
        let with_name = |path: &[String]| [path, &[name.to_owned()]].concat();
        let (here, inside) = (&self.all[module], with_name(module));
        if self.all.contains_key(&inside) || here.items.contains(name) {
            return Some(inside);
        }
        // `use name;` names the crate, not itself.
        let uses = here.paths.iter().filter(|(known, path)| known == name && path.len() > 1);
        let globs = here.paths.iter().filter(|(known, _)| known == "*").map(|(_, path)| with_name(path));
        uses.map(|(_, path)| path.clone()).chain(globs).find_map(|path| self.resolve(module, &path, steps + 1))
    }
}
