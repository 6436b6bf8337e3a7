//! The compiler as a witness: every path the catalogue has a fact about is named where rustdoc looks it up.

use std::collections::BTreeSet;
use std::path::Path;

use linger::catalog::{Catalog, CrateView};
use semver::Version;

/// A package whose modules name the paths of the crates it depends on.
struct Witnesses {
    /// Its folder.
    folder: &'static str,
    /// The lock file that says which versions.
    lock: &'static str,
    /// What follows a crate's name in code there: the line of its versions, or nothing.
    by_line: bool,
    /// Packages and lines of their versions.
    crates: &'static [(&'static str, &'static str)],
}

/// The core crates: looked up in CI.
const CORE: Witnesses = Witnesses {
    folder: "fixtures/paths",
    lock: include_str!("../fixtures/Cargo.lock"),
    by_line: true,
    crates: &[
        ("actix-rt", "2"),
        ("actix-web", "4"),
        ("async-channel", "2"),
        ("async-executor", "1"),
        ("async-io", "2"),
        ("async-lock", "3"),
        ("async-std", "1"),
        ("async-task", "4"),
        ("attohttpc", "0.31"),
        ("awc", "3"),
        ("axum", "0.8"),
        ("blocking", "1"),
        ("crossbeam-channel", "0.5"),
        ("flume", "0.11"),
        ("futures-channel", "0.3"),
        ("futures-executor", "0.3"),
        ("futures-lite", "2"),
        ("futures-util", "0.3"),
        ("http", "0.2"),
        ("http", "1"),
        ("http-body", "0.4"),
        ("http-body", "1"),
        ("http-body-util", "0.1"),
        ("hyper", "0.14"),
        ("hyper", "1"),
        ("hyper-timeout", "0.5"),
        ("hyper-util", "0.1"),
        ("minreq", "2"),
        ("minreq", "3"),
        ("once_cell", "1"),
        ("parking_lot", "0.12"),
        ("rayon-core", "1"),
        ("reqwest", "0.9"),
        ("reqwest", "0.10"),
        ("reqwest", "0.11"),
        ("reqwest", "0.12"),
        ("reqwest", "0.13"),
        ("reqwest-eventsource", "0.6"),
        ("reqwest-middleware", "0.2"),
        ("reqwest-middleware", "0.3"),
        ("reqwest-middleware", "0.4"),
        ("reqwest-middleware", "0.5"),
        ("smol", "2"),
        ("std", ""),
        ("surf", "2"),
        ("tokio", "1"),
        ("tokio-stream", "0.1"),
        ("tokio-util", "0.7"),
        ("tonic", "0.14"),
        ("tower", "0.5"),
        ("tower-http", "0.6"),
        ("tower-service", "0.3"),
        ("tracing", "0.1"),
        ("ureq", "1"),
        ("ureq", "2"),
        ("ureq", "3"),
    ],
};

/// The others, which take long to build or need a C compiler: looked up by hand.
const OTHERS: Witnesses = Witnesses {
    folder: "fixtures/others",
    lock: include_str!("../fixtures/others/Cargo.lock"),
    by_line: false,
    crates: &[
        ("alloy-provider", "2"),
        ("alloy-rpc-client", "2"),
        ("alloy-transport-http", "2"),
        ("async-openai", "0.43"),
        ("elasticsearch", "8"),
        ("graphql_client", "0.14"),
        ("jsonrpsee-http-client", "0.26"),
        ("kube-client", "5"),
        ("meilisearch-sdk", "0.33"),
        ("oauth2", "4"),
        ("object_store", "0.14"),
        ("octocrab", "0.54"),
        ("qdrant-client", "1"),
        ("rust-s3", "0.37"),
        ("serenity", "0.12"),
        ("teloxide-core", "0.13"),
        ("tokio-tungstenite", "0.30"),
    ],
};

/// Files with facts that no compiler has looked at, each with its reason.
const UNWITNESSED: &[(&str, &str)] = &[
    (
        "async-tungstenite",
        "written after its source; as tokio-tungstenite",
    ),
    ("compio-runtime", "written after its source"),
    ("curl", "builds libcurl; run in witness/ with a feature"),
    ("glommio", "written after its source; io_uring"),
    ("isahc", "builds libcurl; run in witness/ with a feature"),
    ("monoio", "written after its source; io_uring"),
    ("opensearch", "written after its source; as elasticsearch"),
    ("opentelemetry-otlp", "written after its source"),
    (
        "solana-rpc-client",
        "takes longer to build than all others together",
    ),
    ("wreq", "builds BoringSSL"),
];

/// Paths that no link can name, by how they start, each with its reason.
const UNLINKED: &[(&str, &str)] = &[
    (
        "hyper::client::conn::http1::UpgradeableConnection",
        "returned by `with_upgrades`, in a private module",
    ),
    (
        "actix_web::route::Route::",
        "code names it `actix_web::Route`; the module is private",
    ),
    (
        "actix_web::resource::Resource::",
        "code names it `actix_web::Resource`; the module is private",
    ),
    ("ureq::WithAgent", "returned by `with_agent`, not exported"),
    (
        "reqwest::ClientBuilder::http3_max_idle_timeout",
        "HTTP/3 needs `--cfg reqwest_unstable`",
    ),
    (
        "reqwest::ClientBuilder::set_quic_max_idle_timeout",
        "HTTP/3 needs `--cfg reqwest_unstable`",
    ),
    (
        "reqwest::blocking::ClientBuilder::http3_max_idle_timeout",
        "HTTP/3 needs `--cfg reqwest_unstable`",
    ),
    ("tokio::signal::windows::", "there on Windows only"),
    ("tokio::task::Builder::", "needs `--cfg tokio_unstable`"),
    (
        "tokio::task::join_set::Builder::",
        "needs `--cfg tokio_unstable`",
    ),
];

fn builtin() -> Catalog {
    Catalog::builtin().unwrap_or_else(|e| panic!("{e}"))
}

/// The version of a line that a lock file has.
fn locked(lock: &str, package: &str, line: &str) -> String {
    let entry = format!("name = \"{package}\"\nversion = \"{line}.");
    let at = lock
        .find(&entry)
        .unwrap_or_else(|| panic!("no {package} {line} is locked"));
    lock[at..].split('"').nth(3).unwrap_or_default().to_owned()
}

/// The module that names every path of a view's facts, under the name that its crate has there.
fn module(view: &CrateView<'_>, line: &str, alias: &str) -> String {
    let lib = view.lib_name();
    let types = view.types.keys().copied();
    let paths: BTreeSet<&str> = types.chain(view.calls.keys().copied()).collect();
    let mut text = format!(
        "//! {} {line}: every path the catalogue has a fact about.\n//!\n",
        view.file.krate
    );
    for path in paths {
        let (krate, rest) = path.split_once("::").unwrap_or((path, ""));
        let unlinked = UNLINKED.iter().any(|(start, _)| path.starts_with(start));
        // What the file says of another crate is witnessed with that crate.
        if krate == lib && !unlinked {
            text.push_str(&format!("//! - [`{alias}::{rest}`]\n"));
        }
    }
    text
}

/// Holds a package's modules to what they are made from; `BLESS=1` writes them.
fn hold(witnesses: &Witnesses) {
    let catalog = builtin();
    let mut modules = BTreeSet::new();
    for (package, line) in witnesses.crates {
        let at = match *line {
            "" => catalog
                .file(package)
                .map_or(String::new(), |f| f.newest.clone()),
            line => locked(witnesses.lock, package, line),
        };
        let version = Version::parse(&at).unwrap_or_else(|e| panic!("{package} {at}: {e}"));
        let view = catalog
            .crate_for(package, &version, &["default".to_owned()])
            .unwrap_or_else(|| panic!("{package} is not described"));
        let lib = view.lib_name();
        let (name, alias) = match (*line, witnesses.by_line) {
            ("", _) => (format!("{lib}_"), lib),
            (_, false) => (lib.clone(), lib),
            (line, true) => {
                let alias = format!("{lib}_{}", line.replace('.', "_"));
                (alias.clone(), alias)
            }
        };
        let mut text = module(&view, line, &alias);
        if witnesses.by_line {
            text.push_str("\nuse crate::traits::*;\n");
        }
        shipped(&format!("{}/src/paths/{name}.rs", witnesses.folder), &text);
        modules.insert(name);
    }
    let mut all = String::from(
        "//! Every path the catalogue has a fact about: made by `BLESS=1 cargo test --test witness`.\n\n",
    );
    for name in &modules {
        all.push_str(&format!("pub mod {name};\n"));
    }
    shipped(&format!("{}/src/paths/mod.rs", witnesses.folder), &all);
}

/// Holds a file of the repository to what it is made from; `BLESS=1` writes it.
fn shipped(path: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        there.replace("\r\n", "\n") == text,
        "{} is not up to date: run BLESS=1 cargo test --test witness",
        path.display()
    );
}

#[test]
fn every_path_of_the_core_crates_is_looked_up() {
    hold(&CORE);
}

#[test]
fn the_paths_of_the_others_can_be_looked_up() {
    hold(&OTHERS);
}

#[test]
fn every_file_with_facts_has_a_witness() {
    let catalog = builtin();
    let witnessed = CORE.crates.iter().chain(OTHERS.crates).map(|(p, _)| *p);
    let excused = UNWITNESSED.iter().map(|(p, _)| *p);
    let known: BTreeSet<&str> = witnessed.chain(excused).collect();
    let mut without = Vec::new();
    for (package, _) in linger::catalog::FILES {
        let file = catalog
            .file(package)
            .unwrap_or_else(|| panic!("{package} is not described"));
        if !(file.types.is_empty() && file.calls.is_empty()) && !known.contains(package) {
            without.push(*package);
        }
    }
    assert!(without.is_empty(), "no witness for {without:?}");
}
