//! Configuration: each key does what it says, the nearer one wins, and a slip is named with its place.

#[path = "support/cli.rs"]
mod cli;

use std::path::Path;

use cli::{Ran, linger};
use linger::discover::Memory;

const WORKSPACE: &str = "[workspace]\nmembers = [\"crates/*\"]\nresolver = \"3\"\n";
const API: &str = "[package]\nname = \"api\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[dependencies]\ntokio = \"1\"\nreqwest = \"0.12\"\n";
const TASK: &str =
    "pub fn go() {\n    tokio::spawn(async { work().await });\n}\nasync fn work() {}\n";
const REQUEST: &str = "pub async fn get() -> reqwest::Result<String> {\n    reqwest::get(\"http://a\").await?.text().await\n}\n";
const IN_TEST: &str = "#[cfg(test)]\nmod tests {\n    #[test]\n    fn t() {\n        tokio::spawn(async {});\n    }\n}\n";

/// Two packages. `api` has a detached task in `task.rs` and a request without timeout in `web/get.rs`, `cli` has a task.
fn workspace(extra: &[(&str, &str)]) -> Memory {
    let cli = API.replace("\"api\"", "\"cli\"");
    let mut files = vec![
        ("Cargo.toml", WORKSPACE),
        ("crates/api/Cargo.toml", API),
        (
            "crates/api/src/lib.rs",
            "pub mod task;\npub mod web;\nmod tested;\n",
        ),
        ("crates/api/src/task.rs", TASK),
        ("crates/api/src/tested.rs", IN_TEST),
        ("crates/api/src/web/mod.rs", "pub mod get;\n"),
        ("crates/api/src/web/get.rs", REQUEST),
        ("crates/cli/Cargo.toml", cli.as_str()),
        ("crates/cli/src/lib.rs", TASK),
    ];
    for (name, text) in extra {
        files.retain(|(known, _)| known != name);
        files.push((name, text));
    }
    let files = files
        .into_iter()
        .map(|(name, text)| (Path::new("/w").join(name), text));
    Memory::new(files)
}

fn run(extra: &[(&str, &str)], args: &str) -> Ran {
    linger(&workspace(extra), Path::new("/w"), args)
}

/// `file lint level` of all that is shown with this `linger.toml`.
fn shown(config: &str, args: &str) -> Vec<String> {
    shown_in(&[("linger.toml", config)], args)
}

fn shown_in(extra: &[(&str, &str)], args: &str) -> Vec<String> {
    let ran = run(extra, &format!("--message-format short {args}"));
    assert!(ran.code < 2, "{}", ran.err);
    let line = |line: &str| {
        let file = line
            .split(':')
            .next()
            .unwrap_or_default()
            .replace("crates/", "");
        let rest = line.split(": ").nth(1).unwrap_or_default();
        let (level, lint) = rest.split_once("[linger::").unwrap_or_default();
        format!("{file} {} {level}", lint.trim_end_matches(']'))
    };
    ran.out.lines().map(line).collect()
}

const API_TASK: &str = "api/src/task.rs detached_task warning";
const API_TEST: &str = "api/src/tested.rs detached_task warning";
const API_GET: &str = "api/src/web/get.rs request_without_timeout warning";
const CLI_TASK: &str = "cli/src/lib.rs detached_task warning";
const ALL: [&str; 3] = [API_TASK, API_GET, CLI_TASK];

#[test]
fn without_a_configuration_what_is_built_in_holds() {
    assert_eq!(shown_in(&[], ""), ALL);
    assert_eq!(shown("", ""), ALL);
}

#[test]
fn levels_hold_for_lints_and_groups_and_the_narrower_name_wins() {
    assert_eq!(shown("[lints]\ntasks = 'allow'", ""), [API_GET]);
    assert_eq!(
        shown("[lints]\nall = 'allow'\ndetached_task = 'warn'", ""),
        [API_TASK, CLI_TASK]
    );
    assert_eq!(
        shown(
            "[lints]\ndetached-task = 'deny'\nall = 'allow'\ntasks = 'warn'",
            ""
        ),
        [
            "api/src/task.rs detached_task error",
            "cli/src/lib.rs detached_task error"
        ]
    );
    assert_eq!(
        run(&[("linger.toml", "[lints]\nwarnings = 'deny'")], "").code,
        1
    );
}

#[test]
fn the_command_line_overrules_but_not_what_is_forbidden() {
    assert_eq!(
        shown("[lints]\nall = 'allow'", "-W linger::timeouts"),
        [API_GET]
    );
    let ran = run(
        &[("linger.toml", "\n[lints]\ndetached_task = 'forbid'")],
        "-A all",
    );
    assert_eq!(ran.code, 2);
    assert!(
        ran.err
            .contains("`-A all` would lower `detached_task`, which `linger.toml:3` forbids"),
        "{}",
        ran.err
    );
    let silenced = TASK.replace(
        "    tokio",
        "    // linger: allow(detached_task): it may\n    tokio",
    );
    let files = [
        ("linger.toml", "lints = { detached_task = 'forbid' }"),
        ("crates/cli/src/lib.rs", &silenced),
    ];
    assert!(shown_in(&files, "").contains(&CLI_TASK.replace("warning", "error")));
}

#[test]
fn overrides_hold_for_paths_packages_and_test_code() {
    let with = |place: &str| {
        shown(
            &format!("[[overrides]]\n{place}\nlints = {{ all = 'allow' }}"),
            "",
        )
    };
    assert_eq!(with("paths = ['crates/api/src/web']"), [API_TASK, CLI_TASK]);
    assert_eq!(
        with("paths = ['**/lib.rs', 'crates/*/src/task.rs']"),
        [API_GET]
    );
    assert_eq!(with("packages = ['a*']"), [CLI_TASK]);
    assert_eq!(
        with("packages = ['a*']\npaths = ['**/task.rs']"),
        [API_GET, CLI_TASK]
    );
    let tests = "[[overrides]]\ntest-code = true\nlints = { all = 'allow' }";
    assert_eq!(
        shown("", "--tests"),
        [API_TASK, API_TEST, API_GET, CLI_TASK]
    );
    assert_eq!(shown(tests, "--tests"), ALL);
    assert_eq!(
        shown(&tests.replace("true", "false"), "--tests"),
        [API_TEST]
    );
}

#[test]
fn a_later_override_overrules_an_earlier_one() {
    let config = "[[overrides]]\npackages = ['api']\nlints = { all = 'allow' }\n\
                  [[overrides]]\npaths = ['crates/api/src/task.rs']\nlints = { detached_task = 'deny' }";
    assert_eq!(
        shown(config, ""),
        ["api/src/task.rs detached_task error", CLI_TASK]
    );
}

#[test]
fn exclude_silences_files_that_are_still_read() {
    assert_eq!(
        shown("exclude = ['crates/api/src/web', '**/task.rs']", ""),
        [CLI_TASK]
    );
    // The client is built in the file left out, and the send elsewhere is judged by what it does there.
    let client = "pub fn client() -> reqwest::Client {\n    reqwest::Client::new()\n}\n";
    let lib = "mod made;\npub async fn get() -> reqwest::Result<String> {\n    made::client().get(\"http://a\").send().await?.text().await\n}\n";
    let files = [
        ("crates/cli/src/lib.rs", lib),
        ("crates/cli/src/made.rs", client),
    ];
    let broken = [
        ("linger.toml", "exclude = ['crates/cli/src/broken.rs']"),
        ("crates/cli/src/lib.rs", "mod broken;\n"),
        ("crates/cli/src/broken.rs", "fn {{ template }}"),
    ];
    assert!(
        shown_in(&files, "")
            .iter()
            .any(|line| line.starts_with("cli/src/made.rs client_without_timeout"))
    );
    assert_eq!(run(&broken, "").code, 0);
    assert_eq!(run(&broken, "--no-config").code, 1);
}

#[test]
fn confidence_and_test_code_are_set_and_overruled() {
    let count = |config: &str, args: &str| shown(config, args).len();
    assert_eq!(
        count("min-confidence = 'certain'", ""),
        shown("", "--min-confidence certain").len()
    );
    assert!(count("min-confidence = 'certain'", "") < 3);
    assert_eq!(
        count("min-confidence = 'certain'", "--min-confidence likely"),
        3
    );
    assert_eq!(
        shown("test-code = true", ""),
        [API_TASK, API_TEST, API_GET, CLI_TASK]
    );
    assert_eq!(shown("test-code = true", "--lib"), ALL);
}

#[test]
fn a_manifest_can_hold_the_configuration() {
    let workspace = format!("{WORKSPACE}[workspace.metadata.linger.lints]\ntasks = 'allow'\n");
    assert_eq!(shown_in(&[("Cargo.toml", &workspace)], ""), [API_GET]);
    let twice = run(&[("Cargo.toml", &workspace), ("linger.toml", "")], "");
    assert_eq!(twice.code, 2);
    assert!(twice.err.contains("configured twice"), "{}", twice.err);
}

#[test]
fn a_package_adds_its_own() {
    let package = format!(
        "{API}[package.metadata.linger]\nexclude = ['src/web']\nlints = {{ detached_task = 'deny' }}\n\
         [[package.metadata.linger.overrides]]\npaths = ['src/tested.rs']\nlints = {{ all = 'allow' }}\n"
    );
    let files = [
        ("crates/api/Cargo.toml", package.as_str()),
        ("linger.toml", "[lints]\ntasks = 'allow'"),
    ];
    assert_eq!(
        shown_in(&files, "--tests"),
        ["api/src/task.rs detached_task error"]
    );
    assert_eq!(shown_in(&files, "-W detached_task"), [API_TASK, CLI_TASK]);
    assert_eq!(shown_in(&files, "--no-config"), ALL);
    let levels = format!("{API}[package.metadata.linger]\nlints = {{ detached_task = 'deny' }}\n");
    let forbidden = [
        ("crates/api/Cargo.toml", levels.as_str()),
        ("linger.toml", "[lints]\ntasks = 'forbid'"),
    ];
    let lowered = [
        (
            "crates/api/Cargo.toml",
            &*levels.replace("'deny'", "'allow'"),
        ),
        forbidden[1],
    ];
    assert_eq!(run(&forbidden, "").code, 1);
    let ran = run(&lowered, "");
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.contains(
            "`crates/api/Cargo.toml:9` would lower `detached_task`, which `linger.toml:2` forbids"
        ),
        "{}",
        ran.err
    );
}

#[test]
fn a_package_that_is_alone_speaks_for_all() {
    let manifest = format!(
        "{API}[package.metadata.linger]\nmin-confidence = 'certain'\nlints.tasks = 'allow'\n"
    );
    let files = Memory::new([
        ("/p/Cargo.toml", manifest.as_str()),
        ("/p/src/lib.rs", TASK),
    ]);
    assert_eq!(
        linger(&files, Path::new("/p"), "-q --min-confidence possible").out,
        ""
    );
    let shown = linger(&files, Path::new("/p"), "config").out;
    assert!(shown.contains("configured in Cargo.toml"), "{shown}");
    assert!(
        shown.contains("certain") && shown.contains("Cargo.toml:9"),
        "{shown}"
    );
}

#[test]
fn files_without_a_manifest_have_the_nearest_configuration_upward() {
    let files = Memory::new([
        ("/s/linger.toml", "lints.tasks = 'allow'"),
        ("/s/deep/a.rs", TASK),
    ]);
    assert!(
        linger(
            &files,
            Path::new("/s/deep"),
            "-q --no-config --message-format short"
        )
        .out
        .contains("detached_task")
    );
    assert_eq!(
        linger(&files, Path::new("/s/deep"), "-q --message-format short").out,
        ""
    );
}

#[test]
fn another_file_can_be_named_and_one_in_the_wrong_place_is() {
    let files = [(
        "ci/strict.toml",
        "[lints]\nwarnings = 'deny'\n[[overrides]]\npaths = ['crates/api']\nlints = { all = 'allow' }",
    )];
    assert_eq!(
        shown_in(&files, "--config ci/strict.toml"),
        [CLI_TASK.replace("warning", "error")]
    );
    let stray = run(&[("crates/api/linger.toml", "lints.all = 'allow'")], "");
    assert!(
        stray
            .err
            .contains("note: crates/api/linger.toml: this file is not read"),
        "{}",
        stray.err
    );
    let missing = run(&[], "--config nowhere.toml");
    assert_eq!(missing.code, 2);
    assert!(
        missing
            .err
            .contains("the configuration `nowhere.toml` cannot be read"),
        "{}",
        missing.err
    );
}

#[test]
fn own_facts_reach_the_engine() {
    let facts = "crate = 'acme-http'\nnewest = '1.0.0'\nlines = []\n";
    let files = [
        ("linger.toml", "catalog = ['facts/*.toml']"),
        ("facts/acme.toml", facts),
    ];
    let good = run(&files, "");
    assert!(good.code < 2, "{}", good.err);
    let bad = run(
        &[
            files[0],
            ("facts/acme.toml", "crate = 'acme-http'\nnewst = '1.0.0'\n"),
        ],
        "",
    );
    assert_eq!(bad.code, 2);
    assert!(
        bad.err
            .contains("error: facts/acme.toml:2: unknown key `newst`"),
        "{}",
        bad.err
    );
    let none = run(&[("linger.toml", "\ncatalog = ['fact/*.toml']")], "");
    assert_eq!(none.code, 2);
    assert!(
        none.err
            .contains("linger.toml:2:12: no file matches `fact/*.toml`"),
        "{}",
        none.err
    );
    let table = run(
        &[(
            "linger.toml",
            "[[catalog]]\ncrate = 'acme-http'\nnewst = '1.0.0'\n",
        )],
        "",
    );
    assert!(
        table
            .err
            .contains("linger.toml:3: unknown key `newst`, did you mean `newest`?"),
        "{}",
        table.err
    );
    let deep = "min-confidence = 'likely'\n\n[[catalog]]\ncrate = 'acme-http'\nnewest = '1.0.0'\n\n[[catalog.api]]\n\
                text = \'\'\'\nstruct Client;\n\'\'\'\n\n[[catalog.type]]\npath = 'acme_http::Cleint'\nrole = 'client'\n\n\
                [lints]\ntasks = 'warn'\n";
    let deep = run(&[("linger.toml", deep)], "");
    assert!(
        deep.err.contains(
            "linger.toml:13: no `[[api]]` block of this file declares `acme_http::Cleint`"
        ) && deep.err.contains("did you mean `acme_http::Client`?"),
        "{}",
        deep.err
    );
}

#[test]
fn a_mistake_in_own_facts_is_named_with_its_place() {
    // Lines 1 to 12; what is under test follows.
    let own = "min-confidence = 'likely'\n\n[[catalog]]\ncrate = 'acme-http'\nnewest = '1.4.0'\nlines = ['0.9.2']\n\n\
               [[catalog.api]]\ntext = '''\nstruct Client;\n'''\n\n";
    let client = "[[catalog.type]]\npath = 'acme_http::Client'\nrole = 'task-set'\n";
    let cases = [
        (
            client.replace("role", "roll"),
            15,
            "unknown key `roll`, did you mean `role`?",
        ),
        (
            client.replace("task-set", "task-sets"),
            15,
            "unknown value `task-sets`, did you mean `task-set`?",
        ),
        (
            client.replace("role", "versions = 'before 1'\nrole"),
            15,
            "`before 1` is not a version requirement",
        ),
        (
            client.replace("role", "versions = '>=1, <1'\nrole"),
            15,
            "no version of the crate meets",
        ),
        (
            client.replace("role", "target = 'some(unix)'\nrole"),
            15,
            "is not a `cfg` predicate",
        ),
        (
            client.replace("Client", "Cleint"),
            14,
            "did you mean `acme_http::Client`?",
        ),
        (
            format!("{client}\n{client}"),
            18,
            "`acme_http::Client` is described twice for version 1.4.0, also in line 14",
        ),
        (
            format!(
                "{}\n{}",
                client.replace("role", "versions = '<1'\nrole"),
                client.replace("role", "versions = '>=0.9'\nrole")
            ),
            19,
            "`acme_http::Client` is described twice for version 0.*, also in line 14",
        ),
    ];
    for (entry, line, says) in cases {
        let ran = run(&[("linger.toml", &format!("{own}{entry}"))], "");
        assert_eq!(ran.code, 2, "{entry}{}", ran.err);
        let place = format!("linger.toml:{line}: ");
        assert!(
            ran.err.contains(&place) && ran.err.contains(says),
            "{entry}{place}{says}\n{}",
            ran.err
        );
    }
}

#[test]
fn a_slip_is_named_with_its_place_and_the_nearest_word() {
    for (config, says) in [
        (
            "\nmin-confidance = 'likely'",
            "linger.toml:2:1: unknown key `min-confidance`\nhelp: did you mean `min-confidence`?",
        ),
        (
            "min-confidence = 'liekly'",
            "linger.toml:1:18: unknown value `liekly`\nhelp: did you mean `likely`?",
        ),
        (
            "[lints]\nunread_bodies = 'warn'",
            "linger.toml:2: unknown lint or group `unread_bodies`\nhelp: did you mean `unread_body`?",
        ),
        (
            "[lints]\ntask = 'warn'",
            "linger.toml:2: unknown lint or group `task`\nhelp: did you mean `tasks`?",
        ),
        (
            "[lints]\ntasks = 'wran'",
            "linger.toml:2:9: unknown value `wran`\nhelp: did you mean `warn`?",
        ),
        (
            "[lints]\nunread_body = 'warn'\nunread-body = 'deny'",
            "`unread_body` has a level already, in another spelling",
        ),
        (
            "zzz = 1",
            "unknown key `zzz`\nhelp: known here: lints, min-confidence,",
        ),
        (
            "exclude = ['../x']",
            "linger.toml:1:12: the glob `../x` cannot be read\nhelp: globs do not climb",
        ),
        (
            "[[overrides]]\nlints = { all = 'warn' }",
            "linger.toml:2:11: this override does not say where it holds",
        ),
        ("lints = 3", "linger.toml:1:9: "),
        ("lints = {", "linger.toml:1:"),
    ] {
        let ran = run(&[("linger.toml", config)], "");
        assert_eq!(ran.code, 2, "{config}");
        assert!(ran.err.contains(says), "{config}\n{}", ran.err);
    }
    let package = format!("{API}[package.metadata.linger]\nlint = {{}}\n");
    let ran = run(&[("crates/api/Cargo.toml", &package)], "");
    assert!(
        ran.err
            .contains("crates/api/Cargo.toml:9:1: unknown key `lint`\nhelp: did you mean `lints`?"),
        "{}",
        ran.err
    );
    let workspace = format!("{WORKSPACE}[workspace.metadata.linger]\nlint = {{}}\n");
    let ran = run(&[("Cargo.toml", &workspace)], "");
    assert!(
        ran.err.contains("Cargo.toml:5:1: unknown key `lint`"),
        "{}",
        ran.err
    );
}

#[test]
fn what_is_in_force_is_shown_with_where_it_comes_from() {
    let package = format!(
        "{API}[package.metadata.linger]\nexclude = ['src/web']\nlints = {{ detached_task = 'deny' }}\n"
    );
    let config = "min-confidence = 'certain'\nexclude = ['vendor']\nbaseline = 'old.toml'\n[lints]\ntimeouts = 'deny'\n\
                  [[overrides]]\npaths = ['x']\ntest-code = true\nlints = { tasks = 'allow' }\n";
    let files = [
        ("linger.toml", config),
        ("crates/api/Cargo.toml", package.as_str()),
    ];
    let human = run(&files, "config -A unread_body --min-confidence possible");
    assert_eq!(human.code, 0, "{}", human.err);
    for line in [
        "configured in linger.toml",
        "  min-confidence  possible            --min-confidence",
        "  test-code       false               built in",
        "  exclude         vendor              linger.toml:2",
        "  exclude         crates/api/src/web  crates/api/Cargo.toml:9",
        "  baseline        old.toml            linger.toml:3",
        "  request_without_timeout   deny   linger.toml:5",
        "  unread_body               allow  -A unread_body",
        "  held_response             warn   built in",
        "  tasks          allow  linger.toml:9             below x, in test code",
        "  detached_task  deny   crates/api/Cargo.toml:10  in package crates/api",
    ] {
        // How wide a column is, is for the longest name to say.
        let words = |line: &str| {
            line.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert!(
            human.out.lines().any(|is| words(is) == words(line)),
            "{line:?} in\n{}",
            human.out
        );
    }
    let json: serde_json::Value =
        serde_json::from_str(&run(&files, "config --message-format json").out).expect("JSON");
    assert_eq!(json["schema"], "linger.config/1");
    assert_eq!(
        json["settings"][0],
        serde_json::json!({ "key": "min-confidence", "value": "certain", "from": "linger.toml:1" })
    );
    assert_eq!(json["overrides"][0]["test_code"], true);
    assert_eq!(run(&[("linger.toml", "x = 1")], "config").code, 2);
}
