//! The catalogue: complete, sound, and its mistakes named with file and line.

use linger::catalog::Catalog;

#[test]
fn the_built_in_files_have_no_mistakes() {
    let catalog = Catalog::builtin().unwrap_or_else(|e| panic!("{e}"));
    let problems: Vec<String> = catalog.problems().iter().map(ToString::to_string).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
