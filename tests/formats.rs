//! Every format carries the same findings: all of them are written in one run, and each is read back with what reads it.

use std::collections::BTreeMap;
use std::fs;
use std::io::BufReader;
use std::path::Path;
use std::process::{Command, Output};

use cargo_metadata::Message;
use linger::report::FORMATS;
use serde_json::Value;

/// What a finding is in any format: file, line, level, lint, message.
type Row = (String, u64, String, String, String);

/// A workspace in a folder of a repository, with more leaks than GitHub annotates, text that needs escaping, carriage
/// returns, and characters that are one, two and four bytes long.
fn workspace(repository: &Path) {
    let api = repository.join("services/api");
    fs::create_dir_all(repository.join(".git")).expect("a folder");
    fs::create_dir_all(api.join("src/sub dir")).expect("a folder");
    let manifest = "[package]\nname = \"api\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\
                    [dependencies]\ntokio = \"1\"\nreqwest = \"0.12\"\n";
    fs::write(api.join("Cargo.toml"), manifest).expect("it writes");
    let mut lib = String::from("#[path = \"sub dir/odd,name.rs\"]\r\nmod odd;\r\n");
    for i in 0..12 {
        lib.push_str(&format!(
            "pub async fn leak_{i}(client: &reqwest::Client) -> bool {{\r\n    \
             /* 𝄞é */ client.get(\"u\").send().await.is_ok()\r\n}}\r\n"
        ));
    }
    fs::write(api.join("src/lib.rs"), lib).expect("it writes");
    let odd = "pub fn start() {\n    /* 𝄞é */ tokio::spawn(async { tick().await });\n}\nasync fn tick() {}\n\
               pub async fn up() -> bool {\n    let client = reqwest::Client::new();\n    \
               match client.get(\"u\").send().await {\n        Ok(response) => response.status().is_success(),\n        \
               Err(_) => false,\n    }\n}\n";
    fs::write(api.join("src/sub dir/odd,name.rs"), odd).expect("it writes");
}

fn linger(dir: &Path, args: &[&str], summary: Option<&Path>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-linger"));
    command.current_dir(dir).args(args);
    command.env_remove("GITHUB_STEP_SUMMARY");
    if let Some(file) = summary {
        command.env("GITHUB_STEP_SUMMARY", file);
    }
    command.output().expect("it runs")
}

/// The reports of one run, by format.
fn reports() -> BTreeMap<&'static str, String> {
    let repository = tempfile::tempdir().expect("a folder");
    let out = tempfile::tempdir().expect("a folder");
    workspace(repository.path());
    let mut args = vec!["linger".to_owned(), "-D".into(), "detached_task".into()];
    for format in FORMATS {
        let file = out.path().join(format.name);
        args.push(format!(
            "--message-format={}={}",
            format.name,
            file.display()
        ));
    }
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let summary = out.path().join("summary");
    fs::write(&summary, "of an earlier step\n").expect("it writes");
    let ran = linger(
        &repository.path().join("services/api"),
        &args,
        Some(&summary),
    );
    let code = ran.status.code();
    assert_eq!(code, Some(1), "{}", String::from_utf8_lossy(&ran.stderr));
    let mut all: BTreeMap<&str, String> = BTreeMap::new();
    for name in FORMATS.iter().map(|format| format.name).chain(["summary"]) {
        let text = fs::read_to_string(out.path().join(name)).expect("it was written");
        all.insert(name, text);
    }
    all
}

#[test]
fn every_format_carries_the_same_findings() {
    let all = reports();
    let book = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/src/formats.md");
    let book = fs::read_to_string(book).expect("it reads");
    let expected = short(&all["short"]);
    assert!(expected.len() > 12, "{expected:?}");
    assert!(
        expected.iter().any(|row| row.2 == "error")
            && expected.iter().any(|row| row.2 == "warning")
    );
    for format in FORMATS {
        let text = &all[format.name];
        let found = match format.name {
            "short" => short(text),
            "human" => human(text),
            "json" => json(text),
            "sarif" => sarif(text),
            "github" => human(text),
            "gitlab" => gitlab(text),
            "junit" => junit(text),
            "checkstyle" => checkstyle(text),
            "rdjson" => rdjson(text),
            other => panic!("nothing reads `{other}` back: add it here"),
        };
        // As the book says; `github` has both, and its log is read here.
        let row = format!("| `{}` |", format.name);
        let row = book.lines().find(|line| line.starts_with(&row));
        let row = row.expect("the book tells of every format");
        let from_repository = row.ends_with("| the repository |") && format.name != "github";
        let found: Vec<Row> = found
            .into_iter()
            .map(|(file, line, level, lint, message)| {
                let file = if from_repository {
                    file.strip_prefix("services/api/")
                        .expect("from the repository")
                        .to_owned()
                } else {
                    file
                };
                (file, line, level, lint, message)
            })
            .collect();
        assert_eq!(found, expected, "{}", format.name);
    }
}

/// `file:line:col: level[linger::id]: message`.
fn short(text: &str) -> Vec<Row> {
    let row = |line: &str| {
        let mut parts = line.splitn(4, ':');
        let (file, at) = (parts.next().expect("a file"), parts.next().expect("a line"));
        let (head, message) = parts
            .nth(1)
            .expect("a message")
            .split_once("]: ")
            .expect("a lint");
        let (level, lint) = head.trim().split_once('[').expect("a level");
        (
            file.to_owned(),
            at.parse().expect("a number"),
            level.to_owned(),
            lint.to_owned(),
            message.to_owned(),
        )
    };
    text.lines().map(row).collect()
}

/// `level[linger::id]: message`, and below it `--> file:line:col`.
fn human(text: &str) -> Vec<Row> {
    let mut out = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some((level, rest)) = line.split_once("[linger::") else {
            continue;
        };
        if !["warning", "error"].contains(&level) {
            continue;
        }
        let (lint, message) = rest.split_once("]: ").expect("a message");
        let place = lines
            .next()
            .and_then(|line| line.split_once("--> "))
            .expect("a place")
            .1;
        let mut parts = place.splitn(3, ':');
        out.push((
            parts.next().expect("a file").to_owned(),
            parts.next().and_then(|n| n.parse().ok()).expect("a line"),
            level.to_owned(),
            format!("linger::{lint}"),
            message.to_owned(),
        ));
    }
    out
}

fn json(text: &str) -> Vec<Row> {
    let mut out = Vec::new();
    for message in Message::parse_stream(BufReader::new(text.as_bytes())) {
        let Message::CompilerMessage(message) = message.expect("it reads") else {
            continue;
        };
        let message = message.message;
        let primary = message
            .spans
            .iter()
            .find(|span| span.is_primary)
            .expect("a place");
        let level = serde_json::to_value(message.level).expect("a level");
        out.push((
            primary.file_name.clone(),
            primary.line_start as u64,
            level.as_str().expect("a word").to_owned(),
            message.code.expect("a code").code,
            message.message,
        ));
    }
    out
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

fn sarif(text: &str) -> Vec<Row> {
    let log: serde_sarif::sarif::Sarif = serde_json::from_str(text).expect("it reads");
    let results = log.runs[0].results.clone().expect("results");
    let row = |result: serde_sarif::sarif::Result| {
        let location = result.locations.expect("places")[0]
            .physical_location
            .clone()
            .expect("a place");
        let uri = location
            .artifact_location
            .and_then(|file| file.uri)
            .expect("a file");
        let level = serde_json::to_value(result.level).expect("a level");
        (
            uri.replace("%20", " ").replace("%2C", ","),
            location
                .region
                .and_then(|region| region.start_line)
                .expect("a line") as u64,
            level.as_str().expect("a word").to_owned(),
            result.rule_id.expect("a rule"),
            first_line(&result.message.text.expect("a message")),
        )
    };
    results.into_iter().map(row).collect()
}

fn gitlab(text: &str) -> Vec<Row> {
    let all: Vec<Value> = serde_json::from_str(text).expect("an array");
    let row = |issue: &Value| {
        let word = |value: &Value| value.as_str().expect("a word").to_owned();
        let level = match issue["severity"].as_str() {
            Some("major") => "error",
            Some("minor") => "warning",
            other => panic!("{other:?}"),
        };
        (
            word(&issue["location"]["path"]),
            issue["location"]["lines"]["begin"]
                .as_u64()
                .expect("a line"),
            level.to_owned(),
            word(&issue["check_name"]),
            word(&issue["description"]),
        )
    };
    all.iter().map(row).collect()
}

fn junit(text: &str) -> Vec<Row> {
    let document = roxmltree::Document::parse(text).expect("XML");
    let cases = document
        .descendants()
        .filter(|node| node.has_tag_name("testcase"));
    let row = |case: roxmltree::Node<'_, '_>| {
        let failure = case
            .children()
            .find(|node| node.has_tag_name("failure"))
            .expect("a failure");
        let attribute = |node: roxmltree::Node<'_, '_>, name| {
            node.attribute(name).expect("it is there").to_owned()
        };
        let lint = attribute(case, "name")
            .split(' ')
            .next()
            .unwrap_or_default()
            .to_owned();
        (
            attribute(case, "file"),
            attribute(case, "line").parse().expect("a number"),
            attribute(failure, "type"),
            lint,
            attribute(failure, "message"),
        )
    };
    cases.map(row).collect()
}

fn checkstyle(text: &str) -> Vec<Row> {
    let document = roxmltree::Document::parse(text).expect("XML");
    let errors = document
        .descendants()
        .filter(|node| node.has_tag_name("error"));
    let row = |error: roxmltree::Node<'_, '_>| {
        let attribute = |name| error.attribute(name).expect("it is there").to_owned();
        let file = error
            .parent()
            .and_then(|file| file.attribute("name"))
            .expect("a file");
        (
            file.to_owned(),
            attribute("line").parse().expect("a number"),
            attribute("severity"),
            attribute("source"),
            attribute("message"),
        )
    };
    errors.map(row).collect()
}

fn rdjson(text: &str) -> Vec<Row> {
    let all: Value = serde_json::from_str(text).expect("an object");
    let row = |diagnostic: &Value| {
        let word = |value: &Value| value.as_str().expect("a word").to_owned();
        (
            word(&diagnostic["location"]["path"]),
            diagnostic["location"]["range"]["start"]["line"]
                .as_u64()
                .expect("a line"),
            word(&diagnostic["severity"]).to_lowercase(),
            word(&diagnostic["code"]["value"]),
            first_line(&word(&diagnostic["message"])),
        )
    };
    all["diagnostics"]
        .as_array()
        .expect("an array")
        .iter()
        .map(row)
        .collect()
}

#[test]
fn github_annotates_within_its_limits_and_the_job_summary_holds_the_rest() {
    let all = reports();
    let github = &all["github"];
    let expected = short(&all["short"]);
    let count = |kind: &str| github.lines().filter(|line| line.starts_with(kind)).count();
    let of = |level: &str| expected.iter().filter(|row| row.2 == level).count();
    assert_eq!((count("::error "), count("::warning ")), (of("error"), 10));
    let beyond = of("warning") - 10;
    assert!(beyond > 0);
    let group = format!("::group::cargo linger: all findings in full; {beyond} of them beyond");
    assert_eq!((count(&group), count("::endgroup::")), (1, 1), "{github}");
    assert_eq!(
        github
            .lines()
            .filter(|line| line.trim_start().starts_with("::"))
            .count(),
        12 + of("error")
    );

    let error = github
        .lines()
        .find(|line| line.starts_with("::error "))
        .expect("an error");
    assert!(
        error.starts_with(
            "::error file=services/api/src/sub dir/odd%2Cname.rs,line=2,endLine=2,col=14,endColumn=26,\
             title=linger%3A%3Adetached_task::"
        ),
        "{error}"
    );
    assert!(error.contains("%0Ahelp: "), "{error}");

    let rows = all["summary"]
        .lines()
        .filter(|line| line.starts_with("| warning |") || line.starts_with("| error |"));
    assert_eq!(rows.count(), expected.len());
    assert!(
        all["summary"].starts_with("of an earlier step\n### cargo linger: "),
        "{}",
        all["summary"]
    );
    assert!(all["summary"].contains(r"services/api/src/sub dir/odd,name.rs:2"));
}

#[test]
fn sarif_tells_rules_evidence_and_utf16_columns() {
    let log: Value = serde_json::from_str(&reports()["sarif"]).expect("JSON");
    let run = &log["runs"][0];
    assert_eq!(run["columnKind"], "utf16CodeUnits");
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    assert_eq!(rules.len(), linger::lints::LINTS.len());
    let mut names = Vec::new();
    for result in run["results"].as_array().expect("results") {
        let rule = &rules[result["ruleIndex"].as_u64().expect("an index") as usize];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(
            rule["help"]["markdown"]
                .as_str()
                .expect("a page")
                .contains("## Limits")
        );
        assert!(
            !rule["fullDescription"]["text"]
                .as_str()
                .expect("a text")
                .is_empty()
        );
        names.push(
            result["partialFingerprints"]["lingerFingerprint/v1"]
                .as_str()
                .expect("a name"),
        );
    }
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count, "fingerprints repeat");

    let task = run["results"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|r| r["ruleId"] == "linger::detached_task");
    let place = &task.expect("a task")["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uriBaseId"], "%SRCROOT%");
    // `𝄞` is one character and two units: 4 spaces, `/* 𝄞é */ `.
    assert_eq!(place["region"]["startColumn"], 15);
    let client = run["results"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|r| r["ruleId"] == "linger::client_without_timeout");
    let client = client.expect("a client");
    let steps = &client["codeFlows"][0]["threadFlows"][0]["locations"];
    assert!(steps.as_array().expect("steps").len() > 1);
    assert_eq!(
        client["relatedLocations"][0]["message"]["text"],
        "sent here"
    );
}

#[test]
fn a_clean_workspace_is_a_valid_report_in_every_format() {
    let dir = tempfile::tempdir().expect("a folder");
    fs::create_dir_all(dir.path().join("src")).expect("a folder");
    fs::write(
        dir.path().join("Cargo.toml"),
        "[package]\nname = \"a\"\nversion = \"0.1.0\"\n",
    )
    .expect("it writes");
    fs::write(dir.path().join("src/lib.rs"), "pub fn f() {}\n").expect("it writes");
    for format in FORMATS {
        let ran = linger(dir.path(), &["--message-format", format.name], None);
        let text = String::from_utf8(ran.stdout).expect("UTF-8");
        assert!(ran.status.success(), "{}", format.name);
        match format.name {
            "human" | "github" => assert!(
                text.starts_with("cargo linger: nothing recognised"),
                "{text}"
            ),
            "short" => assert_eq!(text, ""),
            "json" => assert!(json(&text).is_empty()),
            "sarif" => assert!(sarif(&text).is_empty()),
            "gitlab" => assert_eq!(text, "[]\n"),
            "junit" => assert!(text.contains("name=\"no findings\""), "{text}"),
            "checkstyle" => assert!(checkstyle(&text).is_empty()),
            "rdjson" => assert!(rdjson(&text).is_empty()),
            other => panic!("nothing reads `{other}` back: add it here"),
        }
    }
}

#[test]
fn fingerprints_stay_when_lines_move() {
    let dir = tempfile::tempdir().expect("a folder");
    workspace(dir.path());
    let api = dir.path().join("services/api");
    let names = || -> Vec<String> {
        let ran = linger(&api, &["--message-format", "gitlab"], None);
        let all: Vec<Value> = serde_json::from_slice(&ran.stdout).expect("an array");
        all.iter()
            .map(|issue| issue["fingerprint"].as_str().expect("a name").to_owned())
            .collect()
    };
    let before = names();
    let lib = fs::read_to_string(api.join("src/lib.rs")).expect("it reads");
    let moved = format!(
        "// A line.\n\n{}",
        lib.replace("    /* 𝄞é */ client", "        /* 𝄞é */ client")
    );
    fs::write(api.join("src/lib.rs"), moved).expect("it writes");
    assert_eq!(names(), before);
}
