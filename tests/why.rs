//! `cargo linger why FILE:LINE`: what is known there, what each lint makes of it, and how far the place was read at all.

#[path = "support/cli.rs"]
mod cli;
mod support;

use std::collections::BTreeSet;
use std::path::Path;

use cli::{Ran, linger};
use linger::check::analysis::Analysis;
use linger::discover::{Disk, Memory};
use linger::flow::resource::{Kind, Subject};
use linger::lints::LINTS;
use serde_json::Value;

const MANIFEST: &str = "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
     [dependencies]\nreqwest = { version = \"0.12\", features = [\"blocking\"] }\ntokio = { version = \"1\", features = [\"full\"] }\n\
     unheard_of = \"1\"\n[features]\nextra = []\n";

/// A lock file that says which versions are used.
fn lock() -> String {
    let package = |name: &str, version: &str| {
        let registry = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
        format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n{registry}\n")
    };
    let app = "[[package]]\nname = \"app\"\nversion = \"0.1.0\"\ndependencies = [\"reqwest\", \"tokio\", \"unheard_of\"]\n";
    let others = [
        ("reqwest", "0.12.24"),
        ("tokio", "1.47.1"),
        ("unheard_of", "1.0.0"),
    ];
    let others: String = others
        .map(|(name, version)| package(name, version))
        .concat();
    format!("version = 4\n{app}{others}")
}

/// A package with these files beside its manifest and lock file.
struct App(Memory);

impl App {
    fn new(files: &[(&str, &str)]) -> Self {
        let lock = lock();
        let shared = [("Cargo.toml", MANIFEST), ("Cargo.lock", lock.as_str())];
        let all = shared.iter().chain(files);
        App(Memory::new(
            all.map(|(name, text)| (format!("/app/{name}"), *text)),
        ))
    }

    /// A package with one file, its library.
    fn lib(text: &str) -> Self {
        App::new(&[("src/lib.rs", text)])
    }

    fn run(&self, args: &str) -> Ran {
        linger(&self.0, Path::new("/app"), args)
    }

    /// The answer, which must be one.
    fn why(&self, args: &str) -> Answer {
        let ran = self.run(&format!("why --message-format json {args}"));
        assert_eq!(ran.code, 0, "{}", ran.err);
        let json = serde_json::from_str(&ran.out);
        Answer(json.unwrap_or_else(|error| panic!("{error}: {}", ran.out)))
    }

    /// The answer about the line that ends with this comment.
    fn why_marked(&self, mark: &str) -> Answer {
        for (path, text) in &self.0.0 {
            let text = String::from_utf8_lossy(text);
            if let Some(at) = text.lines().position(|line| line.ends_with(mark)) {
                return self.why(&format!("{}:{}", path.display(), at + 1));
            }
        }
        panic!("no line is marked {mark}")
    }

    /// What people read.
    fn text(&self, args: &str) -> String {
        let ran = self.run(&format!("why {args}"));
        assert_eq!(ran.code, 0, "{}", ran.err);
        ran.out
    }
}

#[derive(Debug)]
struct Answer(Value);

impl Answer {
    fn kinds(&self) -> Vec<&str> {
        let rows = self.0["resources"].as_array().into_iter().flatten();
        rows.filter_map(|row| row["kind"].as_str()).collect()
    }

    fn one(&self, kind: &str) -> &Value {
        let rows = self.0["resources"].as_array().into_iter().flatten();
        let mut of_kind = rows.filter(|row| row["kind"] == kind);
        match (of_kind.next(), of_kind.next()) {
            (Some(row), None) => row,
            _ => panic!("not one {kind} in {:#}", self.0),
        }
    }

    fn reading(&self) -> &Value {
        &self.0["reading"]
    }
}

/// What a lint says of a resource: `shown certain`, `hidden likely by directive`, `silent: bounded: ..`.
fn said(resource: &Value, lint: &str) -> String {
    let rows = resource["lints"].as_array().into_iter().flatten();
    let rows = rows.filter(|row| row["lint"] == lint);
    let text = |value: &Value| value.as_str().unwrap_or("?").to_owned();
    let words: Vec<String> = rows
        .map(
            |row| match (row["verdict"].as_str(), row["shown"].as_bool()) {
                (Some("silent"), _) => {
                    format!("silent: {}: {}", text(&row["because"]), text(&row["text"]))
                }
                (_, Some(true)) => format!("shown {}", text(&row["confidence"])),
                _ => format!(
                    "hidden {} by {}",
                    text(&row["confidence"]),
                    text(&row["hidden"]["by"])
                ),
            },
        )
        .collect();
    words.join("; ")
}

/// The line of the place that a lint gives as its reason to be silent.
fn reason_line(resource: &Value, lint: &str) -> Option<u64> {
    let rows = resource["lints"].as_array()?;
    rows.iter().find(|row| row["lint"] == lint)?["place"]["line"].as_u64()
}

/// `line: what` of the evidence that says what became of a resource.
fn became(resource: &Value) -> Vec<String> {
    let rows = resource["evidence"].as_array().into_iter().flatten();
    rows.filter_map(|row| Some(format!("{}: {}", row["line"], row["what"].as_str()?)))
        .collect()
}

const BOUNDED: &str = "\
use std::time::Duration;
pub async fn get(url: &str) -> reqwest::Result<String> {
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(5))
        .build()?;
    let response = client.get(url).send().await?;
    response.text().await
}
";

#[test]
fn of_a_bounded_client_it_says_which_setting_bounds_which_phase_and_where() {
    let app = App::lib(BOUNDED);
    let answer = app.why("src/lib.rs:5");
    let client = answer.one("client");
    assert_eq!(client["path"], "reqwest::ClientBuilder::build");
    assert_eq!(
        (&client["crate"], &client["version"]),
        (&"reqwest".into(), &"0.12.24".into())
    );
    assert_eq!(
        (&client["known_by"], &client["within"]),
        (&"lock".into(), &"app::get".into())
    );
    let head = &client["bounds"][0]["head"];
    assert_eq!(
        (&head["kind"], &head["from"]),
        (&"total".into(), &"set".into())
    );
    assert_eq!(
        (&head["by"], &head["place"]["line"]),
        (&"timeout".into(), &4.into())
    );
    assert!(said(client, "client_without_timeout").starts_with("silent: bounded: "));
    assert_eq!(reason_line(client, "client_without_timeout"), Some(4));
}

#[test]
fn a_line_tells_of_every_resource_with_evidence_on_it() {
    let app = App::lib(BOUNDED);
    // Where the builder begins, and where the bound is set: the client, and the request it bounds.
    assert_eq!(app.why("src/lib.rs:3").kinds(), ["client"]);
    assert_eq!(app.why("src/lib.rs:4").kinds(), ["client", "request"]);
    assert_eq!(
        app.why("src/lib.rs:6").kinds(),
        ["client", "request", "response"]
    );
    assert_eq!(app.why("src/lib.rs:7").kinds(), ["request", "response"]);
    assert_eq!(
        app.why("src/lib.rs:1-8").kinds(),
        ["client", "request", "response"]
    );
    // A column takes what stands there alone.
    assert_eq!(app.why("src/lib.rs:4:12").kinds(), ["client", "request"]);
    let column = app.why("src/lib.rs:4:22");
    assert!(column.kinds().is_empty());
    assert_eq!(
        column.0["calls"].as_array().map(Vec::len),
        Some(1),
        "{:#}",
        column.0
    );
}

#[test]
fn of_a_request_it_says_what_bounds_it_through_each_client() {
    let app = App::lib(
        "use std::time::Duration;
pub async fn get(slow: bool) -> reqwest::Result<()> {
    let open = reqwest::Client::new();
    let bounded = reqwest::Client::builder().timeout(Duration::from_secs(5)).build()?;
    let client = if slow { open } else { bounded };
    let response = client.get(\"http://a\").send().await?; // sent
    drop(response);
    Ok(())
}
",
    );
    let answer = app.why_marked("// sent");
    let request = answer.one("request");
    let heads: Vec<_> = (0..2)
        .map(|i| {
            (
                &request["bounds"][i]["client"]["line"],
                &request["bounds"][i]["head"]["kind"],
            )
        })
        .collect();
    assert_eq!(
        heads,
        [(&3.into(), &"none".into()), (&4.into(), &"total".into())]
    );
    let said = said(request, "client_without_timeout");
    assert!(
        said.contains("shown certain") && said.contains("silent: bounded"),
        "{said}"
    );
}

#[test]
fn a_response_that_is_handed_on_escapes_and_it_says_where() {
    let app = App::lib(
        "pub async fn get(url: &str) -> reqwest::Result<()> {
    let response = reqwest::get(url).await?; // made
    unheard_of::take(response);
    Ok(())
}
",
    );
    let answer = app.why_marked("// made");
    let response = answer.one("response");
    assert_eq!(response["outcome"], "escaped");
    assert_eq!(became(response), ["3: escaped"]);
    assert!(said(response, "unread_body").starts_with("silent: escaped"));
    assert_eq!(reason_line(response, "unread_body"), Some(3));
    let held = said(response, "held_response");
    assert!(held.starts_with("silent: harmless"), "{held}");
    // The request is open all the same.
    assert_eq!(
        said(answer.one("request"), "request_without_timeout"),
        "shown certain"
    );
}

const DROPPED: &str = "\
pub struct Worker { thread: Option<std::thread::JoinHandle<()>> }
impl Worker {
    pub fn start() -> Self {
        let thread = std::thread::spawn(|| println!());
        Worker { thread: Some(thread) }
    }
}
impl Drop for Worker {
    fn drop(&mut self) {
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
";

#[test]
fn a_handle_that_is_stored_and_joined_in_drop_is_followed_there() {
    let app = App::lib(DROPPED);
    let answer = app.why("src/lib.rs:4");
    let task = answer.one("task");
    assert_eq!(
        (&task["outcome"], &task["ends"]),
        (&"joined".into(), &"by-itself".into())
    );
    assert_eq!(became(task), ["5: stored", "11: joined"]);
    let detached = said(task, "detached_task");
    assert!(detached.starts_with("silent: paid"), "{detached}");
    assert_eq!(reason_line(task, "detached_task"), Some(11));
    assert!(said(task, "endless_task").starts_with("silent: harmless"));
    // The join tells of the task it joins.
    assert_eq!(app.why("src/lib.rs:11").kinds(), ["task"]);
}

#[test]
fn a_finding_that_is_not_shown_says_what_hides_it() {
    let leak = "pub fn f() {\n    tokio::spawn(async {}); // leak\n}\n";
    let hidden = |files: &[(&str, &str)], args: &str| {
        let app = App::new(files);
        let answer = app.why(&format!("src/lib.rs:2 {args}"));
        let task = answer.one("task").clone();
        let row = task["lints"].as_array().and_then(|rows| {
            rows.iter()
                .find(|row| row["lint"] == "detached_task")
                .cloned()
        });
        (said(&task, "detached_task"), row.unwrap_or_default())
    };
    let lib = |text: &'static str| [("src/lib.rs", text)];
    let plain = hidden(&[("src/lib.rs", leak)], "").0;
    assert_eq!(plain, "shown likely");

    let allowed = "pub fn f() {\n    tokio::spawn(async {}); // linger: allow(detached_task): it is short\n}\n";
    let (said, row) = hidden(&lib(allowed), "");
    assert_eq!(said, "hidden likely by directive");
    assert_eq!(
        row["hidden"]["text"],
        "// linger: allow(detached_task): it is short"
    );
    assert_eq!(
        (&row["hidden"]["place"]["line"], &row["level"]),
        (&2.into(), &"warn".into())
    );
    // What is forbidden no comment hides.
    assert_eq!(hidden(&lib(allowed), "-F detached_task").0, "shown likely");

    let (said, row) = hidden(&[("src/lib.rs", leak)], "-A detached_task");
    assert_eq!(said, "hidden likely by level");
    assert_eq!(row["hidden"]["text"], "allowed (-A detached_task)");
    let config = (
        "linger.toml",
        "# ours\n[lints]\ndetached_task = \"allow\"\n",
    );
    let (said, row) = hidden(&[("src/lib.rs", leak), config], "");
    assert_eq!(said, "hidden likely by level");
    assert_eq!(row["hidden"]["text"], "allowed (linger.toml:3)");

    let exclude = ("linger.toml", "exclude = [\"src/**\"]\n");
    assert_eq!(
        hidden(&[("src/lib.rs", leak), exclude], "").0,
        "hidden likely by exclude"
    );
    let sure = hidden(&[("src/lib.rs", leak)], "--min-confidence certain");
    assert_eq!(sure.0, "hidden likely by confidence");
    assert_eq!(
        sure.1["hidden"]["text"],
        "only likely: `--min-confidence likely` shows it"
    );
    let baseline = "version = 1\n[[finding]]\nlint = \"detached_task\"\nin = \"app::f\"\n\
         code = \"tokio::spawn(async{});\"\npackage = \"app\"\n";
    let known = ("known.toml", baseline);
    let (said, _) = hidden(&[("src/lib.rs", leak), known], "--baseline known.toml");
    assert_eq!(said, "hidden likely by baseline");
    let generated = "// @generated\npub fn f() { tokio::spawn(async {}); }\n";
    assert_eq!(hidden(&lib(generated), "").0, "hidden likely by generated");
    let test = "#[test]\nfn f() { tokio::spawn(async {}); }\n";
    assert_eq!(hidden(&lib(test), "").0, "hidden likely by test-code");
    assert_eq!(hidden(&lib(test), "--tests").0, "shown likely");
}

#[test]
fn another_lint_that_speaks_for_a_site_is_named() {
    let app = App::lib("pub fn f() {\n    std::thread::spawn(|| loop { print!() });\n}\n");
    let answer = app.why("src/lib.rs:2");
    let task = answer.one("task");
    assert!(said(task, "endless_task").starts_with("shown"));
    let detached = said(task, "detached_task");
    assert!(detached.starts_with("silent: elsewhere"), "{detached}");
    assert!(detached.contains("endless_task"), "{detached}");
}

#[test]
fn a_plain_line_was_read_and_the_nearest_resources_are_named() {
    let app = App::lib(DROPPED);
    let answer = app.why("src/lib.rs:2");
    assert!(answer.kinds().is_empty());
    assert_eq!(answer.reading()["kind"], "read");
    let near = &answer.0["nearby"];
    assert_eq!(
        (&near[0]["kind"], &near[0]["line"]),
        (&"task".into(), &4.into())
    );
    assert_eq!(near.as_array().map(Vec::len), Some(1));
}

#[test]
fn calls_that_are_not_known_are_told_apart() {
    let app = App::lib(
        "fn own() {}
pub fn f(given: unheard_of::Thing) {
    given.act(); unheard_of::free(); own(); nobody_knows(); String::new(); (|| ())(); tokio::spawn(async {});
}
",
    );
    let answer = app.why("src/lib.rs:3");
    let calls: Vec<(&str, &str, &str)> = answer.0["calls"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|c| {
            let word = |key: &str| c[key].as_str().unwrap_or("");
            (word("text"), word("leads_to"), word("path"))
        })
        .collect();
    for wanted in [
        ("unheard_of::free", "unknown-crate", "unheard_of::free"),
        ("own", "workspace", "app::own"),
        ("nobody_knows", "unresolved", ""),
        ("String::new", "signature", "alloc::string::String::new"),
        ("tokio::spawn", "fact", "tokio::task::spawn"),
    ] {
        let (text, leads_to, _) = wanted;
        assert!(
            calls.iter().any(|c| c.0 == text && c.1 == leads_to),
            "{wanted:?}: {calls:#?}"
        );
    }
    assert!(
        calls.iter().any(|c| c.0 == "act" && c.1 != "fact"),
        "{calls:?}"
    );
}

#[test]
fn a_file_that_is_not_read_says_why() {
    let app = App::new(&[
        (
            "src/lib.rs",
            "#[cfg(windows)]\nmod off;\n#[cfg(all(unix, feature = \"extra\"))]\nmod extra;\n#[cfg(test)]\nmod tests;\nmod broken;\nmod whole;\n",
        ),
        ("src/off.rs", "pub fn f() {}\nmod below;\n"),
        (
            "src/off/below.rs",
            "pub fn f() { tokio::spawn(async {}); }\n",
        ),
        ("src/extra.rs", "pub fn f() { tokio::spawn(async {}); }\n"),
        ("src/tests.rs", "#[test]\nfn f() {}\n"),
        ("src/forgotten.rs", "pub fn f() {}\n"),
        ("src/broken.rs", "pub fn f( {}\n"),
        ("src/whole.rs", "#![cfg(not(unix))]\npub fn f() {}\n"),
        ("tests/it.rs", "#[test]\nfn f() {}\n"),
        ("examples/show/main.rs", "mod part;\nfn main() {}\n"),
        ("examples/show/part.rs", "pub fn f() {}\n"),
        ("benches/b.rs", "fn main() {}\n"),
        ("build.rs", "fn main() {}\n"),
        ("notes/other.rs", "fn main() {}\n"),
    ]);
    let reading = |file: &str, args: &str| app.why(&format!("{file}:1 {args}")).reading().clone();
    let off = reading("src/off.rs", "");
    assert_eq!(
        (&off["kind"], &off["condition"]),
        (&"off".into(), &"windows".into())
    );
    assert_eq!(
        (&off["place"]["file"], &off["place"]["line"]),
        (&"src/lib.rs".into(), &2.into())
    );
    // What hangs on it is off with it.
    assert_eq!(reading("src/off/below.rs", ""), off);
    assert_eq!(
        reading("src/off.rs", "--target x86_64-pc-windows-msvc")["kind"],
        "read"
    );
    // A feature that is off may be on elsewhere, unless the build is named.
    assert_eq!(app.why("src/extra.rs:1").kinds(), ["task"]);
    let extra = reading("src/extra.rs", "--features default");
    assert_eq!(extra["condition"], "all(unix, feature = \"extra\")");
    assert_eq!(app.why("src/extra.rs:1 --features extra").kinds(), ["task"]);
    assert!(
        reading("src/tests.rs", "")["text"]
            .as_str()
            .is_some_and(|t| t.contains("--tests"))
    );
    assert_eq!(reading("src/tests.rs", "--tests")["kind"], "read");
    assert_eq!(reading("src/forgotten.rs", "")["kind"], "undeclared");
    assert_eq!(reading("src/broken.rs", "")["kind"], "unparsed");
    assert_eq!(reading("src/whole.rs", "")["condition"], "not(unix)");
    for (file, flag) in [
        ("tests/it.rs", "--tests"),
        ("examples/show/main.rs", "--examples"),
        ("examples/show/part.rs", "--examples"),
        ("benches/b.rs", "--benches"),
    ] {
        let unselected = reading(file, "");
        assert_eq!(unselected["kind"], "unselected", "{file}");
        assert!(
            unselected["text"]
                .as_str()
                .is_some_and(|t| t.contains(flag)),
            "{unselected}"
        );
        assert_eq!(reading(file, flag)["kind"], "read", "{file}");
    }
    assert_eq!(reading("build.rs", "")["kind"], "unselected");
    // What belongs to no target is read on its own, as a check of it would.
    assert_eq!(reading("notes/other.rs", "")["kind"], "read");
}

#[test]
fn a_part_of_a_file_that_is_not_read_says_why() {
    let app = App::lib(
        "pub fn f() {
    #[cfg(windows)]
    {
        tokio::spawn(async {}); // block
    }
    match 1 {
        #[cfg(not(unix))]
        1 => drop(tokio::spawn(async {})), // arm
        _ => {}
    }
}
mod inner {
    #[cfg(feature = \"test-utils\")]
    pub fn g() { tokio::spawn(async {}); } // function
}
#[cfg(test)]
mod tests {
    fn h() { tokio::spawn(async {}); } // test
}
macro_rules! odd { ($($t:tt)*) => {}; }
fn i() {
    unheard_of::words! { these ! are + no / code; // macro
    }
}
",
    );
    for (mark, kind, condition) in [
        ("// block", "off", Some("windows")),
        ("// arm", "off", Some("not(unix)")),
        ("// function", "off", Some("feature = \"test-utils\"")),
        ("// test", "off", Some("test")),
        ("// macro", "macro", None),
    ] {
        let answer = app.why_marked(mark);
        assert_eq!(answer.reading()["kind"], kind, "{mark}");
        assert_eq!(answer.reading()["condition"].as_str(), condition, "{mark}");
        assert!(answer.reading()["place"].is_object(), "{mark}");
        assert!(answer.kinds().is_empty(), "{mark}");
    }
}

#[test]
fn what_cannot_be_asked_is_an_error_and_an_answer_is_none() {
    let app = App::lib("pub fn f() {\n    tokio::spawn(async {});\n}\n");
    for (args, says) in [
        ("why src/lib.rs", "a place is written FILE:LINE"),
        ("why src/gone.rs:1", "`src/gone.rs`: no such file"),
        ("why src:1", "`src`: no such file"),
        ("why src/lib.rs:9", "`src/lib.rs` has no line 9: it has 3"),
        (
            "why src/lib.rs:3:5",
            "line 3 of `src/lib.rs` has no column 5",
        ),
        (
            "why src/lib.rs:1 --message-format sarif",
            "it has human, json",
        ),
        (
            "why src/lib.rs:1 -A no_lint",
            "unknown lint or group `no_lint`",
        ),
        (
            "why src/lib.rs:1 --baseline gone.toml",
            "`gone.toml` cannot be read",
        ),
    ] {
        let ran = app.run(args);
        assert_eq!(ran.code, 2, "{args}");
        assert!(ran.err.contains(says), "{args}: {}", ran.err);
        assert_eq!(ran.out, "", "{args}");
    }
    // A finding at deny level is no failure of the answer.
    assert_eq!(app.run("why src/lib.rs:2 -D all").code, 0);
}

#[test]
fn a_file_of_another_workspace_is_judged_as_that_one_has_it() {
    let locked = lock();
    let memory = Memory::new([
        ("/a/Cargo.toml", MANIFEST),
        ("/a/src/lib.rs", ""),
        ("/b/Cargo.toml", MANIFEST),
        ("/b/Cargo.lock", locked.as_str()),
        ("/b/src/lib.rs", "pub fn f() { tokio::spawn(async {}); }\n"),
    ]);
    let ran = linger(&memory, Path::new("/a"), "why /b/src/lib.rs:1");
    assert!(ran.out.contains("(tokio 1.47.1)"), "{}{}", ran.out, ran.err);
}

#[test]
fn people_read_a_paragraph_per_resource() {
    let app = App::lib(
        "pub struct Worker { task: tokio::task::JoinHandle<()> }
impl Worker {
    pub fn start() -> Self {
        Worker { task: tokio::spawn(async {}) }
    }
}
impl Drop for Worker {
    fn drop(&mut self) {
        self.task.abort();
    }
}
",
    );
    let text = app.text("src/lib.rs:4");
    assert_eq!(
        text,
        "\
--> src/lib.rs:4
4 |         Worker { task: tokio::spawn(async {}) }

task: tokio::task::spawn (tokio 1.47.1) in app::Worker::start
  outcome  aborted
  ends     by-itself

  src/lib.rs:4:9   stored in `Worker::task`
  src/lib.rs:4:24  spawned here
  src/lib.rs:9:19  stopped, or stopped when its handle is dropped

  detached_task    silent: somebody can stop it (src/lib.rs:9:19)
  endless_task     silent: it ends by itself
  unbounded_spawn  silent: no loop without end spawns it, or something there limits how many run

"
    );
    assert!(!text.contains("calls here"));
    assert!(app.text("src/lib.rs:4 -v").contains("calls here"));
    assert!(!app.text("src/lib.rs:4 -q").contains("-->"));
}

fn kind_of(kind: Kind, analysis: &Analysis) -> Vec<Subject> {
    let all = &analysis.resources;
    let (len, make): (usize, fn(usize) -> Subject) = match kind {
        Kind::Client => (all.clients.len(), Subject::client),
        Kind::Request => (all.requests.len(), Subject::request),
        Kind::Response => (all.responses.len(), Subject::response),
        Kind::Task => (all.tasks.len(), Subject::task),
    };
    (0..len).map(make).collect()
}

#[test]
fn every_lint_says_of_every_resource_it_judges_what_it_reports_or_why_it_does_not() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    for dir in [fixtures.clone(), fixtures.join("others")] {
        let analysis = support::analyze(&dir, &Disk);
        for lint in LINTS {
            let found = analysis.findings.iter().chain(&analysis.generated);
            let found = found.filter(|f| f.lint == lint.id);
            let spoken: BTreeSet<Subject> = found.flat_map(|f| f.about.iter().copied()).collect();
            let silent = analysis.silent.iter().filter(|s| s.lint == lint.id);
            let silent: BTreeSet<Subject> = silent.map(|s| s.about).collect();
            let judged: BTreeSet<Subject> = lint
                .judges
                .iter()
                .flat_map(|k| kind_of(*k, &analysis))
                .collect();
            let all: BTreeSet<Subject> = spoken.union(&silent).copied().collect();
            assert_eq!(all, judged, "{}", lint.id);
            // Both at once is right only for a request through several clients, or read in several places.
            for both in spoken.intersection(&silent) {
                assert_eq!(both.kind, Kind::Request, "{}: {both:?}", lint.id);
            }
        }
        // Every finding about resources says about which.
        for finding in &analysis.findings {
            let lint = LINTS.iter().find(|l| l.id == finding.lint);
            let judges = lint.is_some_and(|l| !l.judges.is_empty());
            assert_eq!(judges, !finding.about.is_empty(), "{}", finding.lint);
        }
    }
}

#[test]
fn what_a_check_shows_an_answer_shows() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/article-leaking");
    let shown = linger(&Disk, &dir, "--message-format short -q");
    let mut count = 0;
    for line in shown.out.lines() {
        let mut parts = line.splitn(4, ':');
        let (file, at) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
        let lint = line
            .split(['[', ']'])
            .nth(1)
            .and_then(|l| l.strip_prefix("linger::"));
        let place = dir.join("..").join(file);
        let args = format!("why --message-format json {}:{at}", place.display());
        let ran = linger(&Disk, &dir, &args);
        let answer = Answer(serde_json::from_str(&ran.out).expect("JSON"));
        let rows = answer.0["resources"].as_array().into_iter().flatten();
        let says: Vec<String> = rows.map(|row| said(row, lint.unwrap_or(""))).collect();
        assert!(says.iter().any(|s| s.contains("shown")), "{line}: {says:?}");
        count += 1;
    }
    assert_eq!(count, 3, "{}", shown.out);
}
