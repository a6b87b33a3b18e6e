//! Which file imports which: a file imports another one if it uses, re-exports or names an item that is defined there.

use std::collections::{BTreeMap, BTreeSet};

use crate::modules::{Modules, Segments};
use tests::Sources;

/// For each file the files that it imports, and from each of those what.
pub struct Imports(pub BTreeMap<String, BTreeMap<String, BTreeSet<String>>>);

/// Re-exports that lead to each other end here.
const MOST_STEPS: usize = 16;

#[derive(Clone, Copy)]
enum Target {
    Module(usize),
    /// An item of this module, or something within one.
    Item(usize),
}

impl Imports {
    pub fn of(sources: &Sources) -> Self {
        let modules = Modules::of(sources);
        let mut imports = BTreeMap::<_, BTreeMap<_, BTreeSet<_>>>::new();
        for (index, module) in modules.all.iter().enumerate() {
            let from = imports.entry(module.file.clone()).or_default();
            let mut add = |target: usize, path: &Segments| {
                let file = &modules.all[target].file;
                if file != &module.file {
                    from.entry(file.clone()).or_default().insert(path.join("::"));
                }
            };
            for path in module.uses.iter().map(|(_, path)| path).chain(&module.paths) {
                if let Some(Target::Item(target)) = modules.resolve(index, path, 0) {
                    add(target, path);
                }
            }
            for path in &module.globs {
                if let Some(Target::Module(target) | Target::Item(target)) = modules.resolve(index, path, 0) {
                    add(target, path);
                }
            }
        }
        Self(imports)
    }
}

impl Modules {
    /// Where a path leads that is written in this module; `None` outside of the tree.
    fn resolve(&self, module: usize, path: &[String], steps: usize) -> Option<Target> {
        let (first, rest) = path.split_first()?;
        let mut target = match first.as_str() {
            "crate" => {
                let mut root = module;
                while let Some(parent) = self.all[root].parent {
                    root = parent;
                }
                Target::Module(root)
            }
            "self" => Target::Module(module),
            "super" => Target::Module(self.all[module].parent?),
            name => self
                .find(module, name, steps)
                .or_else(|| self.libraries.get(name).map(|library| Target::Module(*library)))?,
        };
        for name in rest {
            target = match target {
                Target::Module(module) if name == "super" => Target::Module(self.all[module].parent?),
                Target::Module(module) => self.find(module, name, steps)?,
                item @ Target::Item(_) => item,
            };
        }
        Some(target)
    }

    /// What a name means in a module.
    fn find(&self, module: usize, name: &str, steps: usize) -> Option<Target> {
        if steps == MOST_STEPS {
            return None;
        }
        let here = &self.all[module];
        if let Some(child) = here.children.get(name) {
            return Some(Target::Module(*child));
        }
        if here.items.contains(name) {
            return Some(Target::Item(module));
        }
        // `use name;` names the crate, not itself.
        let uses = here.uses.iter().filter(|(known, path)| known == name && path.len() > 1);
        uses.map(|(_, path)| path.clone())
            .chain(here.globs.iter().map(|glob| glob.iter().cloned().chain([name.to_owned()]).collect()))
            .find_map(|path: Segments| self.resolve(module, &path, steps + 1))
    }
}
