//! How much may stand in one place: files in a folder, lines in a file, lines in all tools and tests.

use std::collections::BTreeMap;

use tests::Sources;

const MOST_FILES_IN_A_FOLDER: usize = 14;
const MOST_LINES_IN_A_FILE: usize = 300;
/// The house took 12,500; the rest is releases and what proves them, fuzzing, plans that outlive growth, the take-over of
/// databases of others (9,000), a bench beside earlier revisions and on slow disks (1,000), a stand-in for Hopsworks
/// (2,500), storms, chaos, a bench and a demo of accounts on it (1,000), a stand-in for OpenCost (1,400), a month of
/// usage replayed, and chaos of it (800), a bus of events that fails in part, fourteen months of statements, and states and
/// crossings in the storm of money (1,700), an issuer that people sign in at, and the console under it with data to look at,
/// in a browser (1,900). Whoever raises it has proved something new.
const MOST_LINES_OF_TOOLS_AND_TESTS: usize = 37_300;
/// Lists of packages, each with its source.
const LISTS: &str = "tools/requirements";

/// What people write by hand, and run.
const CODE: [&str; 6] = ["rs", "sql", "py", "js", "mjs", "sh"];

fn full_folders(sources: &Sources) -> Vec<String> {
    let mut folders = BTreeMap::<&str, usize>::new();
    for path in sources.0.keys() {
        let (folder, _) = path.rsplit_once('/').unwrap();
        // `http.rs` is the head of the folder `http`, and stands beside it.
        let inner = format!("{}/", path.trim_end_matches(".rs"));
        if folder != LISTS && !sources.0.keys().any(|path| path.starts_with(&inner)) {
            *folders.entry(folder).or_default() += 1;
        }
    }
    let full = folders.into_iter().filter(|(_, files)| *files > MOST_FILES_IN_A_FOLDER);
    full.map(|(folder, files)| format!("{folder}: {files} files")).collect()
}

fn long_files(sources: &Sources) -> Vec<String> {
    // The scripts of kept releases are made by `make release`.
    let written = sources.ending(&CODE).filter(|(path, _)| !path.starts_with("migrations/releases/"));
    let lines = written.map(|(path, text)| (path, text.lines().count()));
    lines
        .filter(|(_, lines)| *lines > MOST_LINES_IN_A_FILE)
        .map(|(path, lines)| format!("{path}: {lines} lines"))
        .collect()
}

fn lines(sources: &Sources) -> usize {
    sources.ending(&CODE).map(|(_, text)| text.lines().count()).sum()
}

/// The functions that a package depends on outside of its tests.
fn functions_needed<'a>(manifest: &'a str, functions: &[&str]) -> Vec<&'a str> {
    let from = manifest.split_once("\n[dependencies]\n").unwrap().1;
    let section = from.split("\n[").next().unwrap();
    let names = section.lines().filter_map(|line| line.split(['.', ' ', '=']).next());
    names.filter(|name| functions.contains(name)).collect()
}

#[test]
fn the_layout_has_no_full_folder() {
    assert_eq!(full_folders(&Sources::of_the_checkout(&["shared", "tools"])), Vec::<String>::new());
}

#[test]
fn the_layout_has_no_long_file() {
    let written = Sources::of_the_checkout(&["auth0", "client", "functions", "migrations", "shared", "tests", "tools"]);
    assert_eq!(long_files(&written), Vec::<String>::new());
}

#[test]
fn the_layout_keeps_tools_and_tests_small() {
    let lines = lines(&Sources::of_the_checkout(&["tests", "tools"]));
    assert!(lines <= MOST_LINES_OF_TOOLS_AND_TESTS, "tools/ and tests/ hold {lines} lines");
}

#[test]
fn the_layout_keeps_functions_out_of_the_operators_tool() {
    let sources = Sources::of_the_checkout(&["functions", "tools/ops"]);
    let manifests = sources.0.keys().filter_map(|path| path.strip_prefix("functions/")?.strip_suffix("/Cargo.toml"));
    let functions: Vec<&str> = manifests.collect();
    assert!(functions.contains(&"credits"));
    assert_eq!(functions_needed(&sources.0["tools/ops/Cargo.toml"], &functions), Vec::<&str>::new());
}

#[test]
fn too_much_in_the_layout_is_found() {
    let long = "line\n".repeat(MOST_LINES_IN_A_FILE + 1);
    let names: Vec<String> = (0..=MOST_FILES_IN_A_FOLDER).map(|number| format!("tools/full/{number}.txt")).collect();
    let mut files =
        vec![("tools/a/long.sql", long.as_str()), ("tools/a/long.md", long.as_str()), ("tools/a/b/c.rs", "\n\n")];
    files.extend(names.iter().map(|name| (name.as_str(), "")));
    files.extend([("tools/full/head.rs", ""), ("tools/full/head/inner.rs", "")]);
    let sources = Sources::of(&files);
    assert_eq!(full_folders(&sources), ["tools/full: 15 files"]);
    assert_eq!(long_files(&sources), ["tools/a/long.sql: 301 lines"]);
    assert_eq!(lines(&sources), MOST_LINES_IN_A_FILE + 3);
    let manifest = "[package]\n\n[dependencies]\ncredits.workspace = true\nusage = { path = \"\" }\nurl = \"2\"\n\n[dev-dependencies]\nteam.workspace = true\n";
    assert_eq!(functions_needed(manifest, &["credits", "team", "usage"]), ["credits", "usage"]);
}
