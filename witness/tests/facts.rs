//! Every fact that is run holds, and one of each kind that is falsified does not.

// The clients on top of libcurl are run alone, by `cargo run`.
#![cfg(not(feature = "libcurl"))]

use std::sync::LazyLock;

use linger::catalog::{Catalog, FILES};
use witness::Seen;
use witness::judge::{judge, uncounted, unwitnessed};

/// One run for all tests.
static SEEN: LazyLock<Seen> = LazyLock::new(witness::measure);

fn builtin() -> Catalog {
    Catalog::builtin().expect("the catalogue is sound")
}

#[test]
fn what_the_catalogue_says_is_so() {
    let verdicts = judge(&builtin(), &SEEN);
    let mut wrong = Vec::new();
    for verdict in &verdicts {
        let line = format!("{}: {}; {}", verdict.fact, verdict.says, verdict.seen);
        println!("{} {line}", if verdict.holds { "ok   " } else { "WRONG" });
        if !verdict.holds {
            wrong.push(line);
        }
    }
    assert!(
        wrong.is_empty(),
        "{} facts are wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(
        verdicts.len() > 350,
        "only {} facts were witnessed",
        verdicts.len()
    );
}

/// Settings that plain HTTP/1 on this machine cannot show, each with its reason.
const UNSHOWN: &[(&str, &str)] = &[
    (
        "cookies",
        "bounds nothing: it tells one client from another",
    ),
    (
        "http2_keep_alive",
        "pings an HTTP/2 peer, and there is none here",
    ),
    (
        "http3_max_idle_timeout",
        "behind an unstable feature, on QUIC",
    ),
];

#[test]
fn every_setting_of_the_clients_run_here_is_shown() {
    let left: Vec<String> = unwitnessed(&builtin(), &SEEN)
        .into_iter()
        .filter(|name| {
            !UNSHOWN
                .iter()
                .any(|(slot, _)| name.ends_with(&format!(" {slot}")))
        })
        .collect();
    assert!(left.is_empty(), "no case sets:\n{}", left.join("\n"));
}

/// Types that are not dropped and held here, each with its reason.
const UNCOUNTED: &[(&str, &str)] = &[
    ("ureq::BodyWithConfig", "a `ureq::Body` with settings"),
    (
        "tonic::codec::Streaming",
        "needs an HTTP/2 peer, and there is none here",
    ),
    (
        "surf::Response",
        "on h1 the requests after a dropped one fail: there is nothing to count",
    ),
];

#[test]
fn what_drops_and_holds_here_is_counted() {
    let left: Vec<String> = uncounted(&builtin(), &SEEN)
        .into_iter()
        .filter(|name| {
            !UNCOUNTED
                .iter()
                .any(|(path, _)| name.ends_with(&format!(" {path}")))
        })
        .collect();
    assert!(
        left.is_empty(),
        "no case drops or holds:\n{}",
        left.join("\n")
    );
}

/// A copy of the catalogue with one thing changed.
fn falsified(file: &str, after: &str, from: &str, to: &str) -> Catalog {
    let (_, text) = FILES
        .iter()
        .find(|(name, _)| *name == file)
        .expect("a file");
    let at = text
        .find(after)
        .unwrap_or_else(|| panic!("{file} has no `{after}`"));
    let (before, rest) = text.split_at(at);
    assert!(
        rest.contains(from),
        "{file} has no `{from}` after `{after}`"
    );
    let mut catalog = builtin();
    catalog
        .add(
            &format!("{file}.toml"),
            format!("{before}{}", rest.replacen(from, to, 1)),
        )
        .unwrap_or_else(|e| panic!("{e}"));
    catalog
}

#[test]
fn a_false_fact_of_each_kind_is_named() {
    let everything = "{ connect = \"total\", head = \"total\", body = \"total\" }";
    let cases = [
        // A bound that is not there.
        (
            "reqwest",
            "name = \"connect_timeout\"",
            "{ connect = \"total\" }",
            everything,
            "reqwest-async connect_timeout: head",
        ),
        // A bound left out.
        (
            "minreq",
            "name = \"timeout\"",
            everything,
            "{ head = \"total\" }",
            "minreq timeout: connect",
        ),
        // Per read where it is in all, and the other way round.
        (
            "attohttpc",
            "name = \"timeout\"",
            "body = \"total\"",
            "body = \"idle\"",
            "attohttpc timeout: body as a whole",
        ),
        (
            "ureq",
            "name = \"timeout_per_read\"",
            "body = \"idle\"",
            "body = \"total\"",
            "ureq timeout_per_read: body as a whole",
        ),
        // A default that is not there, and one left out.
        (
            "ureq",
            "name = \"timeout_global\"",
            "covers",
            "default = \"10 s\"\ncovers",
            "ureq by default: head",
        ),
        (
            "awc",
            "name = \"timeout\"",
            "default = \"5 s\"\n",
            "",
            "awc by default: head",
        ),
        (
            "reqwest",
            "family = \"reqwest-blocking\"\nname = \"timeout\"",
            "default = \"30 s\"",
            "default = \"5 s\"",
            "reqwest-blocking by default: head",
        ),
        // What dropping and holding cost.
        (
            "ureq",
            "path = \"ureq::Body\"",
            "drop = \"disconnects\"",
            "drop = \"nothing\"",
            "ureq::Body: drop",
        ),
        (
            "minreq",
            "path = \"minreq::ResponseLazy\"",
            "drop = \"nothing\"",
            "drop = \"disconnects\"",
            "minreq::ResponseLazy: drop",
        ),
        (
            "attohttpc",
            "path = \"attohttpc::Response\"",
            "hold-note",
            "drop-note",
            "attohttpc::Response: hold",
        ),
        // What dropping a handle does, and what ends a task.
        (
            "tokio",
            "path = \"tokio::task::JoinHandle\"",
            "drop = \"detaches\"",
            "drop = \"aborts\"",
            "tokio::task::JoinHandle",
        ),
        (
            "async-task",
            "path = \"async_task::Task\"",
            "drop = \"aborts\"",
            "drop = \"detaches\"",
            "async_task::Task",
        ),
        (
            "tokio",
            "path = \"tokio::task::JoinHandle::abort\"",
            "pays = \"abort\"",
            "pays = \"join\"",
            "tokio::task::JoinHandle::abort",
        ),
        (
            "tokio",
            "path = \"tokio::time::timeout\"",
            "bounds = ",
            "spawns = ",
            "tokio::time::timeout",
        ),
    ];
    for (file, after, from, to, named) in cases {
        let catalog = falsified(file, after, from, to);
        let wrong: Vec<String> = judge(&catalog, &SEEN)
            .into_iter()
            .filter(|v| !v.holds)
            .map(|v| v.fact)
            .collect();
        assert!(
            wrong.iter().any(|fact| fact.contains(named)),
            "`{to}` in {file} went unnoticed; wrong: {wrong:#?}"
        );
    }
}
