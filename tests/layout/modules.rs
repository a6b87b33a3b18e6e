//! The modules of all crates of a tree, as their tokens tell: what each defines and names.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};
use tests::Sources;

/// A path in segments: as it is written, or that of a module, which begins with its crate.
pub type Segments = Vec<String>;

const DEFINING: [&str; 7] = ["const", "enum", "fn", "static", "struct", "trait", "type"];

/// A module: a file, or a block `mod … { }` within one.
#[derive(Default)]
pub struct Module {
    pub file: String,
    /// The names of the items that are defined here.
    pub items: BTreeSet<String>,
    /// The paths of more than one segment that are written here, and those of each `use`, with
    /// the name that it gives them: `*` if it takes all.
    pub paths: BTreeSet<(String, Segments)>,
}

/// The modules of all crates of a tree. A library is named as others call it, another crate as its file.
pub struct Modules<'a> {
    sources: &'a Sources,
    pub all: BTreeMap<Segments, Module>,
}

impl<'a> Modules<'a> {
    /// Panics if a file is not Rust, or is part of no crate.
    pub fn of(sources: &'a Sources) -> Self {
        let mut modules = Self { sources, all: BTreeMap::new() };
        let (roots, others): (Vec<&str>, Vec<&str>) = sources
            .ending(&["rs"])
            .map(|(file, _)| file)
            .partition(|file| file.ends_with("/lib.rs") || file.ends_with("/main.rs"));
        for file in roots.iter().chain(&others) {
            if modules.all.values().any(|module| module.file == *file) {
                continue;
            }
            let (folder, name) = file.rsplit_once('/').unwrap();
            // A test or an example may be a crate of one file.
            let alone = ["tests", "examples"].contains(&folder.rsplit('/').next().unwrap())
                && !sources.0.contains_key(&format!("{folder}/main.rs"));
            assert!(roots.contains(file) || alone, "no crate has {file}");
            let package = folder.trim_end_matches("/src").rsplit('/').next().unwrap();
            let root = if name == "lib.rs" { package.replace('-', "_") } else { (*file).to_owned() };
            modules.read(vec![root], file, folder);
        }
        modules
    }

    /// Reads the file of a module, and those of the modules below it, which lie in `folder`.
    fn read(&mut self, module: Segments, file: &str, folder: &str) {
        let tokens: TokenStream = self.sources.0[file].parse().unwrap_or_else(|error| panic!("{file}: {error}"));
        self.all.insert(module.clone(), Module { file: file.to_owned(), ..Module::default() });
        self.scan(&module, folder, tokens, true);
    }

    /// Reads tokens of a module: all of them, or a group of them.
    fn scan(&mut self, module: &Segments, folder: &str, tokens: TokenStream, is_all: bool) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut rest = tokens.as_slice();
        while let [token, after @ ..] = rest {
            rest = after;
            match (token, after) {
                (TokenTree::Ident(word), [TokenTree::Ident(name), body, ..]) if word == "mod" => {
                    self.child(module, folder, &name.to_string(), body);
                    rest = &after[2..];
                }
                (TokenTree::Ident(word), _) if word == "use" => {
                    let tree = after.split(|token| is(token, ';')).next().unwrap();
                    self.import(module, &[], tree);
                    rest = &after[tree.len()..];
                }
                (TokenTree::Ident(word), [TokenTree::Ident(name), ..])
                    if is_all && DEFINING.iter().any(|known| word == *known) =>
                {
                    self.module(module).items.insert(name.to_string());
                }
                (TokenTree::Ident(first), _) => {
                    let mut path = vec![first.to_string()];
                    while let [colon, other, TokenTree::Ident(name), after @ ..] = rest
                        && is(colon, ':')
                        && is(other, ':')
                    {
                        path.push(name.to_string());
                        rest = after;
                    }
                    if path.len() > 1 {
                        self.module(module).paths.insert((String::new(), path));
                    }
                }
                // A lifetime, which may be `static`.
                (quote, [_, ..]) if is(quote, '\'') => rest = &after[1..],
                (TokenTree::Group(group), _) => self.scan(module, folder, group.stream(), false),
                _ => {}
            }
        }
    }

    fn module(&mut self, path: &Segments) -> &mut Module {
        self.all.get_mut(path).unwrap()
    }

    /// Reads a module within another one: a block, or a file.
    fn child(&mut self, parent: &Segments, folder: &str, name: &str, body: &TokenTree) {
        let folder = format!("{folder}/{name}");
        let child = [&parent[..], &[name.to_owned()]].concat();
        if let TokenTree::Group(block) = body {
            let file = self.all[parent].file.clone();
            self.all.insert(child.clone(), Module { file, ..Module::default() });
            self.scan(&child, &folder, block.stream(), true);
        } else {
            self.read(child, &format!("{folder}.rs"), &folder);
        }
    }

    /// Reads what a `use` names behind `before`.
    fn import(&mut self, module: &Segments, before: &[String], tree: &[TokenTree]) {
        for branch in tree.split(|token| is(token, ',')).filter(|branch| !branch.is_empty()) {
            let words = branch.iter().filter(|token| matches!(token, TokenTree::Ident(_)) || is(token, '*'));
            let mut path: Segments = before.iter().cloned().chain(words.map(ToString::to_string)).collect();
            if let Some(TokenTree::Group(group)) = branch.last() {
                self.import(module, &path, &group.stream().into_iter().collect::<Vec<_>>());
                continue;
            }
            let mut name = path.last().unwrap().clone();
            if path.iter().any(|word| word == "as") {
                path.truncate(path.len() - 2);
            } else if name == "self" && path.len() > 1 {
                // `self` in braces is what stands before them.
                name = path[path.len() - 2].clone();
            } else if name == "*" {
                path.pop();
            }
            self.module(module).paths.insert((name, path));
        }
    }
}

fn is(token: &TokenTree, char: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == char)
}
