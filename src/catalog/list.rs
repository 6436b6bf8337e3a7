//! The build script: lists the catalogue's files, so that a crate is described by adding one.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::{env, fs, io};

/// Where the files are, seen from the package's folder.
const FOLDER: &str = "src/catalog/crates";

fn main() -> io::Result<()> {
    writeln!(io::stdout(), "cargo::rerun-if-changed={FOLDER}")?;
    let root = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default();
    let mut files = Vec::new();
    for entry in fs::read_dir(Path::new(&root).join(FOLDER))? {
        let path = entry?.path();
        if path.extension() == Some(OsStr::new("toml"))
            && let (Some(name), Some(full)) = (path.file_stem(), path.to_str())
        {
            files.push((name.to_string_lossy().into_owned(), full.to_owned()));
        }
    }
    files.sort();
    let mut rows = String::new();
    for (name, path) in files {
        let _ = writeln!(rows, "    ({name:?}, include_str!({path:?})),");
    }
    let out = env::var_os("OUT_DIR").unwrap_or_default();
    fs::write(Path::new(&out).join("catalog.rs"), format!("&[\n{rows}]\n"))
}
