//! What we write and ship holds against schemas that others check it with: SARIF's official one, and ours for `linger.toml`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::Value;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A schema file, ready to judge.
struct Judge {
    schemas: Schemas,
    index: SchemaIndex,
}

impl Judge {
    fn of(path: &Path) -> Self {
        let text =
            fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let schema = serde_json::from_str(&text).expect("a schema is JSON");
        let mut schemas = Schemas::new();
        let mut compiler = Compiler::new();
        compiler
            .add_resource("schema.json", schema)
            .expect("a schema");
        let index = compiler
            .compile("schema.json", &mut schemas)
            .unwrap_or_else(|error| panic!("{}: {error:#}", path.display()));
        Judge { schemas, index }
    }

    /// What is wrong with a document.
    fn wrong(&self, document: &Value) -> Option<String> {
        let judged = self.schemas.validate(document, self.index);
        judged.err().map(|error| format!("{error:#}"))
    }
}

/// The official schema of SARIF 2.1.0, as the package that our tests read SARIF with carries it.
fn sarif_schema() -> PathBuf {
    // Packages that only other platforms need may not have been downloaded.
    let rustc = Command::new("rustc").arg("-vV").output().expect("rustc");
    let said = String::from_utf8(rustc.stdout).expect("UTF-8");
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    let platform = format!("--filter-platform={}", host.expect("a platform"));
    let metadata = cargo_metadata::MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .other_options(["--locked".into(), "--offline".into(), platform])
        .exec()
        .expect("cargo knows our dependencies");
    let package = metadata.packages.iter().find(|p| p.name == "serde-sarif");
    let manifest = package.expect("a dependency").manifest_path.clone();
    manifest
        .with_file_name("src/schema.json")
        .into_std_path_buf()
}

/// What a command prints as JSON on one of the shipped examples.
fn printed(fixture: &str, args: &[&str]) -> Value {
    let manifest = root().join("fixtures").join(fixture).join("Cargo.toml");
    let ran = Command::new(env!("CARGO_BIN_EXE_cargo-linger"))
        .arg("linger")
        .args(args)
        .arg("--manifest-path")
        .arg(manifest)
        .output()
        .expect("it runs");
    serde_json::from_slice(&ran.stdout).expect("JSON")
}

#[test]
fn sarif_is_valid_by_its_official_schema() {
    let judge = Judge::of(&sarif_schema());
    let sarif = |fixture| printed(fixture, &["--message-format", "sarif"]);
    let leaking = sarif("article-leaking");
    let results = leaking["runs"][0]["results"].as_array().map(Vec::len);
    assert!(results.is_some_and(|count| count > 2));
    for report in [&leaking, &sarif("article-repaired")] {
        assert_eq!(judge.wrong(report), None);
    }
    // The judge is awake.
    let mut broken = leaking.clone();
    broken["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] =
        0.into();
    assert!(
        judge
            .wrong(&broken)
            .is_some_and(|why| why.contains("startLine"))
    );
    let mut broken = leaking;
    broken["runs"][0]["results"][0]["levle"] = "error".into();
    assert!(
        judge
            .wrong(&broken)
            .is_some_and(|why| why.contains("levle"))
    );
}

#[test]
fn the_inventory_is_valid_by_the_shipped_schema() {
    let judge = Judge::of(&root().join("schema/inventory.schema.json"));
    // Of all examples, so that all kinds of rows and outcomes are there.
    let args = ["inventory", "--workspace", "--message-format", "json"];
    let inventory = printed("article-leaking", &args);
    for kind in ["clients", "requests", "responses", "tasks", "calls"] {
        let rows = inventory[kind].as_array().map_or(0, Vec::len);
        assert!(rows > 5, "{rows} {kind}");
    }
    assert_eq!(judge.wrong(&inventory), None);
    for (place, value) in [
        ("/tasks/0/outcome", "gone"),
        ("/clients/0/bounds/head/kind", "some"),
        ("/clients/0/bounds/head/from", "heaven"),
        ("/requests/0/line", "1"),
        ("/schema", "linger.inventory/0"),
    ] {
        let mut broken = inventory.clone();
        *broken.pointer_mut(place).expect("it is there") = value.into();
        assert!(judge.wrong(&broken).is_some(), "{place}");
    }
    let mut broken = inventory;
    let row = broken["responses"][0].as_object_mut();
    row.expect("a row").remove("outcome");
    assert!(judge.wrong(&broken).is_some());
}

#[test]
fn an_answer_is_valid_by_the_shipped_schema() {
    let judge = Judge::of(&root().join("schema/why.schema.json"));
    let place = root().join("fixtures/article-leaking/src/registry.rs");
    let place = format!("{}:1-14", place.display());
    let answer = printed(
        "article-leaking",
        &["why", &place, "--message-format", "json"],
    );
    let rows = answer["resources"].as_array().into_iter().flatten();
    let kinds: Vec<&Value> = rows.map(|row| &row["kind"]).collect();
    assert_eq!(kinds, ["client", "request", "response"]);
    assert_eq!(judge.wrong(&answer), None);
    for (place, value) in [
        ("/resources/0/kind", "thing"),
        ("/resources/0/lints/0/verdict", "perhaps"),
        ("/resources/0/bounds/0/head/kind", "some"),
        ("/resources/2/outcome", "gone"),
        ("/reading/kind", "skimmed"),
        ("/from", "1"),
        ("/schema", "linger.why/0"),
    ] {
        let mut broken = answer.clone();
        *broken.pointer_mut(place).expect("it is there") = value.into();
        assert!(judge.wrong(&broken).is_some(), "{place}");
    }
}

#[test]
fn the_shipped_schema_says_of_a_configuration_what_the_tool_says() {
    let judge = Judge::of(&root().join("schema/linger.schema.json"));
    let dir = tempfile::tempdir().expect("a folder");
    fs::create_dir_all(dir.path().join("src")).expect("a folder");
    let manifest = "[package]\nname = \"a\"\nversion = \"0.1.0\"\n";
    fs::write(dir.path().join("Cargo.toml"), manifest).expect("it writes");
    fs::write(dir.path().join("src/lib.rs"), "").expect("it writes");
    for (text, right) in [
        ("", true),
        ("[lints]\nall = \"deny\"\nunread_body = \"allow\"\n", true),
        (
            "exclude = [\"gen/**\"]\n[[overrides]]\npaths = [\"examples/**\"]\nlints = { all = \"allow\" }\n",
            true,
        ),
        ("min-confidence = \"certain\"\ntest-code = true\n", true),
        ("min-confidence = \"sure\"\n", false),
        ("test-kode = true\n", false),
        ("test-code = \"yes\"\n", false),
        ("[lints]\nall = \"loud\"\n", false),
        ("exclude = \"gen\"\n", false),
        ("[[overrides]]\npath = [\"examples/**\"]\n", false),
    ] {
        let document: Value = toml::from_str(text).expect("TOML");
        assert_eq!(judge.wrong(&document).is_none(), right, "{text}");
        fs::write(dir.path().join("linger.toml"), text).expect("it writes");
        let ran = Command::new(env!("CARGO_BIN_EXE_cargo-linger"))
            .current_dir(dir.path())
            .args(["linger", "config"])
            .output()
            .expect("it runs");
        assert_eq!(ran.status.success(), right, "{text}");
    }
}
