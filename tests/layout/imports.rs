//! Which file imports which: a file imports another one if it uses, re-exports or names an item that is defined there.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use proc_macro2::{TokenStream, TokenTree};
use tests::Sources;

/// A path in segments: as it is written, or that of a module or item, which begins with its crate.
type Segments = Vec<String>;

const DEFINING: [&str; 7] = ["const", "enum", "fn", "static", "struct", "trait", "type"];
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
    let crates = Crates::of(sources);
    let mut imports = BTreeSet::new();
    for (module, paths) in &crates.paths {
        for (name, path) in paths {
            // A module by itself is nothing yet.
            let counts = |target: &Segments| name == "*" || !crates.paths.contains_key(target);
            if let Some(target) = crates.resolve(module, path, 0).filter(counts) {
                let (from, target) = (crates.files[module].clone(), crates.files[&target].clone());
                imports.insert(Import { from, target, path: path.join("::") });
            }
        }
    }
    imports.retain(|import| import.from != import.target);
    imports
}

/// All crates of a tree, as their tokens tell. A library is named as others call it, another crate as its file.
struct Crates<'a> {
    sources: &'a Sources,
    /// Where each module, and each item of one, is defined. A module is a file, or a block `mod … { }` within one.
    files: BTreeMap<Segments, String>,
    /// The paths of more than one segment that are written in a module, and those of each `use`, with the name that it
    /// gives them: `*` if it takes all.
    paths: BTreeMap<Segments, BTreeSet<(String, Segments)>>,
}

impl<'a> Crates<'a> {
    /// Panics if a file is not Rust, or is part of no crate.
    fn of(sources: &'a Sources) -> Self {
        let mut crates = Self { sources, files: BTreeMap::new(), paths: BTreeMap::new() };
        let mut files: Vec<&str> = sources.ending(&["rs"]).map(|(file, _)| file).collect();
        let is_root = |file: &str| file.ends_with("/lib.rs") || file.ends_with("/main.rs");
        files.sort_by_key(|file| !is_root(file));
        for file in files {
            if crates.files.values().any(|read| read == file) {
                continue;
            }
            let (folder, name) = file.rsplit_once('/').unwrap();
            // A test, an example and a build script may be crates of one file.
            let is_alone = name == "build.rs"
                || ["tests", "examples"].contains(&folder.rsplit('/').next().unwrap())
                    && !sources.0.contains_key(&format!("{folder}/main.rs"));
            assert!(is_root(file) || is_alone, "no crate has {file}");
            let package = folder.trim_end_matches("/src").rsplit('/').next().unwrap();
            let root = if name == "lib.rs" { package.replace('-', "_") } else { file.to_owned() };
            crates.read(&[root], file, folder, None);
        }
        crates
    }

    /// Reads a module, which is a block of its file or all of it. The files of the modules below it lie in `folder`.
    fn read(&mut self, module: &[String], file: &str, folder: &str, block: Option<TokenStream>) {
        let parse = || self.sources.0[file].parse().unwrap_or_else(|error| panic!("{file}: {error}"));
        let tokens = block.unwrap_or_else(parse);
        self.files.insert(module.to_vec(), file.to_owned());
        self.paths.insert(module.to_vec(), BTreeSet::new());
        self.scan(module, folder, tokens, true);
    }

    /// Reads tokens of a module: all of them, or a group of them.
    fn scan(&mut self, module: &[String], folder: &str, tokens: TokenStream, is_all: bool) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let file = self.files[module].clone();
        let mut rest = tokens.as_slice();
        while let [token, after @ ..] = rest {
            rest = after;
            match (token, after) {
                (TokenTree::Ident(word), [TokenTree::Ident(name), body, ..]) if word == "mod" => {
                    let (child, folder) = (with(module, &name.to_string()), format!("{folder}/{name}"));
                    match body {
                        TokenTree::Group(block) => self.read(&child, &file, &folder, Some(block.stream())),
                        _ => self.read(&child, &format!("{folder}.rs"), &folder, None),
                    }
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
                    self.files.entry(with(module, &name.to_string())).or_insert_with(|| file.clone());
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
                        self.paths.get_mut(module).unwrap().insert((String::new(), path));
                    }
                }
                // A lifetime, which may be `static`.
                (quote, [_, ..]) if is(quote, '\'') => rest = &after[1..],
                (TokenTree::Group(group), _) => self.scan(module, folder, group.stream(), false),
                _ => {}
            }
        }
    }

    /// Reads what a `use` names behind `before`.
    fn import(&mut self, module: &[String], before: &[String], tree: &[TokenTree]) {
        for branch in tree.split(|token| is(token, ',')).filter(|branch| !branch.is_empty()) {
            let words = branch.iter().filter(|token| matches!(token, TokenTree::Ident(_)) || is(token, '*'));
            let path: Segments = before.iter().cloned().chain(words.map(ToString::to_string)).collect();
            if let Some(TokenTree::Group(group)) = branch.last() {
                self.import(module, &path, &group.stream().into_iter().collect::<Vec<_>>());
                continue;
            }
            let (name, path) = match path.as_slice() {
                [path @ .., word, name] if word == "as" => (name, path),
                [path @ .., name] if name == "*" => (name, path),
                // `self` in braces is what stands before them.
                [.., name, word] if word == "self" => (name, &path[..]),
                _ => (path.last().unwrap(), &path[..]),
            };
            self.paths.get_mut(module).unwrap().insert((name.clone(), path.to_vec()));
        }
    }

    /// Where a path leads that is written in this module: to a module, or an item of one; `None` outside of the tree.
    fn resolve(&self, module: &[String], path: &[String], steps: usize) -> Option<Segments> {
        let (first, rest) = path.split_first()?;
        let library = || Some(vec![first.clone()]).filter(|library| self.paths.contains_key(library));
        let mut at = self.find(module, first, steps).or_else(library)?;
        for name in rest {
            // What is within an item is part of it.
            if self.paths.contains_key(&at) {
                at = self.find(&at, name, steps)?;
            }
        }
        Some(at)
    }

    /// What a name means in a module.
    fn find(&self, module: &[String], name: &str, steps: usize) -> Option<Segments> {
        let inside = with(module, name);
        match name {
            _ if steps == MOST_STEPS => return None,
            "crate" => return Some(module[..1].to_vec()),
            "self" => return Some(module.to_vec()),
            "super" => return Some(module[..module.len() - 1].to_vec()),
            _ if self.files.contains_key(&inside) => return Some(inside),
            _ => {}
        }
        // `use name;` names the crate, not itself.
        let uses = self.paths[module].iter().filter(|(known, path)| known == name && path.len() > 1);
        let globs = self.paths[module].iter().filter(|(known, _)| known == "*").map(|(_, path)| with(path, name));
        uses.map(|(_, path)| path.clone()).chain(globs).find_map(|path| self.resolve(module, &path, steps + 1))
    }
}

fn with(path: &[String], name: &str) -> Segments {
    [path, &[name.to_owned()]].concat()
}

fn is(token: &TokenTree, char: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == char)
}
