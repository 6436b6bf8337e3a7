//! Interfaces that are read only as far as a program can come across them say the same as interfaces read whole.

mod support;

use std::path::{Path, PathBuf};

use linger::check::analysis::AnalyzeOptions;
use linger::discover::Memory;
use linger::engine;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// One package of the fixtures as a workspace of its own: what it says is little, so that much is left out.
fn alone(name: &str) -> Memory {
    let root = std::fs::read_to_string(fixtures().join("Cargo.toml")).expect("a manifest");
    let (before, rest) = root.split_once("members = [").expect("members");
    let (_, after) = rest.split_once(']').expect("an end of the members");
    let manifest = format!("{before}members = [\"{name}\"]{after}");
    let lock = std::fs::read_to_string(fixtures().join("Cargo.lock")).expect("a lock file");
    let mut files = vec![("Cargo.toml".into(), manifest), ("Cargo.lock".into(), lock)];
    for entry in walkdir::WalkDir::new(fixtures().join(name)) {
        let path = entry.expect("a readable folder").into_path();
        if let Ok(text) = std::fs::read_to_string(&path) {
            let name = path
                .strip_prefix(fixtures())
                .expect("a file of the fixtures");
            files.push((name.to_path_buf(), text));
        }
    }
    Memory::new(
        files
            .into_iter()
            .map(|(name, text)| (Path::new("/w").join(name), text)),
    )
}

fn everything(sources: &Memory, whole_interfaces: bool) -> String {
    let options = AnalyzeOptions {
        whole_interfaces,
        ..support::whole_workspace(Path::new("/w"))
    };
    let analysis = engine::analyze(&options, sources).expect("a run");
    format!("{:#?} {:#?}", analysis.findings, analysis.resources)
}

#[test]
fn what_is_left_out_of_the_interfaces_changes_nothing() {
    let mut packages = 0;
    for entry in std::fs::read_dir(fixtures()).expect("fixtures") {
        let path = entry.expect("a readable folder").path();
        if !path.join("Cargo.toml").exists() {
            continue;
        }
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let sources = alone(&name);
        let (whole, excerpt) = (everything(&sources, true), everything(&sources, false));
        let differs = whole.lines().zip(excerpt.lines()).find(|(a, b)| a != b);
        assert!(whole == excerpt, "{name}: {differs:#?}");
        packages += usize::from(whole.contains("client_without_timeout"));
    }
    assert!(packages > 5, "the packages have something to say");
}
