//! The modules of all crates of a tree, as their syntax tells: what each defines, imports and names.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};
use syn::{
    Ident, Item, ItemMod, ItemUse, Macro, UseTree,
    visit::{self, Visit},
};

use tests::Sources;

/// A path as it is written, in segments.
pub type Segments = Vec<String>;

/// A module: a file, or a block `mod … { }` within one.
#[derive(Default)]
pub struct Module {
    pub file: String,
    pub parent: Option<usize>,
    pub children: BTreeMap<String, usize>,
    /// The names of the items that are defined here.
    pub items: BTreeSet<String>,
    /// What is imported or re-exported, by the name that it has here.
    pub uses: Vec<(String, Segments)>,
    /// What all is imported of: `use …::*`.
    pub globs: Vec<Segments>,
    /// The paths of more than one segment that are named here.
    pub paths: BTreeSet<Segments>,
}

/// The modules of all crates of a tree.
pub struct Modules {
    pub all: Vec<Module>,
    /// The root of each library, by the name that others call it by.
    pub libraries: BTreeMap<String, usize>,
}

impl Modules {
    /// Panics if a file is not Rust, or is part of no crate.
    pub fn of(sources: &Sources) -> Self {
        let mut modules = Self { all: Vec::new(), libraries: BTreeMap::new() };
        for (file, _) in sources.ending(&["rs"]).filter(|(file, _)| is_root(sources, file)) {
            let (folder, name) = file.rsplit_once('/').unwrap();
            let root = modules.read(sources, file, folder.to_owned(), None);
            if name == "lib.rs" {
                let package = folder.trim_end_matches("/src").rsplit('/').next().unwrap();
                modules.libraries.insert(package.replace('-', "_"), root);
            }
        }
        let read: BTreeSet<&str> = modules.all.iter().map(|module| module.file.as_str()).collect();
        let unread: Vec<&str> =
            sources.ending(&["rs"]).map(|(file, _)| file).filter(|file| !read.contains(file)).collect();
        assert!(unread.is_empty(), "no crate has these files: {unread:?}");
        modules
    }

    /// Reads the file of a module, and those of the modules below it, which lie in `folder`.
    fn read(&mut self, sources: &Sources, file: &str, folder: String, parent: Option<usize>) -> usize {
        let syntax = syn::parse_file(&sources.0[file]).unwrap_or_else(|error| panic!("{file}: {error}"));
        let module = self.add(file, parent);
        Reader { modules: self, sources, module, folder }.visit_file(&syntax);
        module
    }

    fn add(&mut self, file: &str, parent: Option<usize>) -> usize {
        self.all.push(Module { file: file.to_owned(), parent, ..Module::default() });
        self.all.len() - 1
    }
}

/// Whether a crate begins here: a library, a program, or a test or example that is one file.
fn is_root(sources: &Sources, file: &str) -> bool {
    let (folder, name) = file.rsplit_once('/').unwrap();
    let alone = ["tests", "examples"].contains(&folder.rsplit('/').next().unwrap())
        && !sources.0.contains_key(&format!("{folder}/main.rs"));
    ["lib.rs", "main.rs"].contains(&name) || alone
}

struct Reader<'a> {
    modules: &'a mut Modules,
    sources: &'a Sources,
    module: usize,
    /// Where the files of the modules below this one lie.
    folder: String,
}

impl Reader<'_> {
    fn module(&mut self) -> &mut Module {
        &mut self.modules.all[self.module]
    }

    fn import(&mut self, before: &[String], tree: &UseTree) {
        let with = |name: &Ident| before.iter().cloned().chain([name.to_string()]).collect::<Segments>();
        // `self` in braces is what stands before them.
        let named = |name: &Ident| if name == "self" && !before.is_empty() { before.to_vec() } else { with(name) };
        match tree {
            UseTree::Path(path) => self.import(&with(&path.ident), &path.tree),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.import(before, tree)),
            UseTree::Glob(_) => self.module().globs.push(before.to_vec()),
            UseTree::Name(name) => {
                let path = named(&name.ident);
                self.module().uses.push((path.last().unwrap().clone(), path));
            }
            UseTree::Rename(rename) => {
                let path = named(&rename.ident);
                self.module().uses.push((rename.rename.to_string(), path));
            }
        }
    }

    /// Paths in what a macro is given, which is not syntax yet.
    fn tokens(&mut self, tokens: TokenStream) {
        let (mut path, mut colons) = (Segments::new(), 0);
        for token in tokens {
            match &token {
                TokenTree::Ident(name) if colons == 2 => path.push(name.to_string()),
                TokenTree::Ident(name) => {
                    self.name(std::mem::take(&mut path));
                    path = vec![name.to_string()];
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => {
                    colons += 1;
                    continue;
                }
                other => {
                    self.name(std::mem::take(&mut path));
                    if let TokenTree::Group(group) = other {
                        self.tokens(group.stream());
                    }
                }
            }
            colons = 0;
        }
        self.name(path);
    }

    fn name(&mut self, path: Segments) {
        if path.len() > 1 {
            self.module().paths.insert(path);
        }
    }
}

impl Visit<'_> for Reader<'_> {
    fn visit_item(&mut self, item: &Item) {
        let name = match item {
            Item::Const(item) => Some(&item.ident),
            Item::Enum(item) => Some(&item.ident),
            Item::Fn(item) => Some(&item.sig.ident),
            Item::Macro(item) => item.ident.as_ref(),
            Item::Static(item) => Some(&item.ident),
            Item::Struct(item) => Some(&item.ident),
            Item::Trait(item) => Some(&item.ident),
            Item::Type(item) => Some(&item.ident),
            _ => None,
        };
        if let Some(name) = name {
            self.module().items.insert(name.to_string());
        }
        visit::visit_item(self, item);
    }

    fn visit_item_mod(&mut self, item: &ItemMod) {
        let name = item.ident.to_string();
        let folder = format!("{}/{name}", self.folder);
        let child = if let Some((_, items)) = &item.content {
            let file = self.module().file.clone();
            let module = self.modules.add(&file, Some(self.module));
            let mut reader = Reader { modules: self.modules, sources: self.sources, module, folder };
            items.iter().for_each(|item| reader.visit_item(item));
            module
        } else {
            let file = format!("{folder}.rs");
            self.modules.read(self.sources, &file, folder, Some(self.module))
        };
        self.module().children.insert(name, child);
    }

    fn visit_item_use(&mut self, item: &ItemUse) {
        self.import(&[], &item.tree);
    }

    fn visit_path(&mut self, path: &syn::Path) {
        self.name(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &Macro) {
        self.visit_path(&call.path);
        self.tokens(call.tokens.clone());
    }
}
