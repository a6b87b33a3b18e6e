//! Packages without unit tests say so in their manifests (`test = false`), which saves linking a harness for each.
//! A unit test in one of them would never run.

use tests::Sources;

/// Unit tests in libraries, or programs without one, whose manifests have none run.
fn never_run(sources: &Sources) -> Vec<&str> {
    let with_tests = sources.ending(&["rs"]).filter(|(_, text)| text.contains("#[cfg(test)]"));
    let never_run = with_tests.filter(|(path, _)| {
        let package = path.split_once("/src/").map_or(*path, |(package, _)| package);
        let has_library = sources.0.contains_key(&format!("{package}/src/lib.rs"));
        let untested = if has_library { "[lib]\ntest = false" } else { "test = false" };
        sources.0.get(&format!("{package}/Cargo.toml")).is_some_and(|manifest| manifest.contains(untested))
    });
    never_run.map(|(path, _)| path).collect()
}

#[test]
fn every_unit_test_is_run() {
    let sources = Sources::of_the_checkout(&["functions", "migrations", "shared", "tools"]);
    assert_eq!(never_run(&sources), Vec::<&str>::new());
}

#[test]
fn a_unit_test_that_is_never_run_is_found() {
    let tested = "#[cfg(test)]\nmod tests {}\n";
    let sources = Sources::of(&[
        ("tools/a/Cargo.toml", "[package]\n\n[lib]\ntest = false\n"),
        ("tools/a/src/lib.rs", ""),
        ("tools/a/src/b/c.rs", tested),
        ("tools/a/src/d.rs", ""),
        ("tools/e/Cargo.toml", "[package]\n"),
        ("tools/e/src/f.rs", tested),
        ("tools/g/Cargo.toml", "[[bin]]\ntest = false\n"),
        ("tools/g/src/h.rs", tested),
    ]);
    assert_eq!(never_run(&sources), ["tools/a/src/b/c.rs", "tools/g/src/h.rs"]);
}
