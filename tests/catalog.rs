//! The catalogue: complete, sound, chosen by version, and its mistakes named with file and line.

#[path = "support/cli.rs"]
mod cli;

use std::collections::BTreeSet;
use std::path::Path;

use linger::catalog::schema::{CallFact, CrateFile, DropDoes, Role};
use linger::catalog::{Catalog, CrateView, FILES, Problem};
use linger::discover::Memory;
use linger::flow::facts::{CrateFacts, Facts};
use linger::flow::resource::VersionSource;
use linger::ir::cfg::CfgEnv;
use linger::ir::cfg::Target;
use linger::ir::item::Item;
use linger::lower::lower_interface;
use linger::name::Name;
use linger::report::clients;
use linger::resolve::def::{CrateId, Dep, Origin};
use linger::resolve::sig::Types;
use linger::resolve::tree::{CrateInput, Root};
use rustc_hash::FxHashMap;
use semver::{Version, VersionReq};

fn builtin() -> Catalog {
    Catalog::builtin().unwrap_or_else(|e| panic!("{e}"))
}

fn files(catalog: &Catalog) -> Vec<(&'static str, &CrateFile)> {
    FILES
        .iter()
        .map(|(name, _)| {
            (
                *name,
                catalog
                    .file(name)
                    .unwrap_or_else(|| panic!("{name} is not read")),
            )
        })
        .collect()
}

fn version(text: &str) -> Version {
    Version::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"))
}

fn view<'a>(catalog: &'a Catalog, package: &str, at: &str) -> CrateView<'a> {
    with_features(catalog, package, at, &["default"])
}

fn with_features<'a>(
    catalog: &'a Catalog,
    package: &str,
    at: &str,
    features: &[&str],
) -> CrateView<'a> {
    let features: Vec<String> = features.iter().map(ToString::to_string).collect();
    catalog
        .crate_for(package, &version(at), &features)
        .unwrap_or_else(|| panic!("{package} is not described"))
}

fn family<'a>(view: &CrateView<'a>, path: &str) -> &'a str {
    view.types
        .get(path)
        .and_then(|t| t.family.as_deref())
        .unwrap_or_else(|| panic!("{path} has no family"))
}

fn default<'a>(view: &CrateView<'a>, family: &str, slot: &str) -> Option<&'a str> {
    view.slots
        .get(&(family, slot))
        .unwrap_or_else(|| panic!("no slot {slot}"))
        .default
        .as_deref()
}

#[test]
fn the_list_is_the_folder() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/catalog/crates");
    let entries =
        std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let there: BTreeSet<String> = entries
        .filter_map(|e| Some(e.ok()?.path().file_stem()?.to_string_lossy().into_owned()))
        .collect();
    let listed: BTreeSet<String> = FILES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(
        listed, there,
        "what is built in and src/catalog/crates differ"
    );
    assert_eq!(listed.len(), FILES.len(), "a file is listed twice");
    assert!(
        FILES.is_sorted_by_key(|(name, _)| *name),
        "the list is in order"
    );
}

#[test]
fn the_built_in_files_have_no_mistakes() {
    let catalog = builtin();
    let problems: Vec<String> = catalog.problems().iter().map(ToString::to_string).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    for (name, file) in files(&catalog) {
        assert_eq!(file.krate, name, "a file has the name of its crate");
        assert!(catalog.describes(name));
    }
}

#[test]
fn macros_stay_in_files_that_are_read_at_the_start() {
    // Their text is looked for before anything is parsed.
    let catalog = builtin();
    for (name, text) in FILES {
        let file = catalog.file(name).unwrap_or_else(|| panic!("{name}"));
        assert_eq!(
            text.contains("[[macro]]"),
            !file.macros.is_empty(),
            "{name}"
        );
    }
}

/// `crate-1.2.3: src/file.rs:45`, several of them separated by `; `.
fn is_source(text: &str) -> bool {
    let names_a_line = text
        .split(['.', ';'])
        .any(|part| part.starts_with("rs:") && part[3..].starts_with(|c: char| c.is_ascii_digit()));
    let names_a_version = text.split_once(": ").is_some_and(|(krate, _)| {
        krate
            .split('-')
            .any(|part| part.starts_with(|c: char| c.is_ascii_digit()))
            || krate == "tokio"
    });
    names_a_line && names_a_version
}

fn owes_a_reason(call: &CallFact) -> bool {
    !call.sends.is_empty()
        || call.reads.is_some()
        || call.bounds.is_some()
        || call.slot_mut.is_some()
        || call.one_shot
        || call.same
        || call.limits
}

/// Files that speak of clients without having one: what their facts rest on is asked for as well.
const BESIDE_CLIENTS: &[&str] = &[
    "http",
    "http-body",
    "http-body-util",
    "reqwest-retry",
    "tower-http",
];

/// The files of clients: those with settings, or with calls that send. Those of runtimes are held to the same by their own
/// tests.
fn clients(catalog: &Catalog) -> Vec<(&'static str, &CrateFile)> {
    let mut found = files(catalog);
    found.retain(|(name, file)| {
        let settings = !(file.family.is_empty() && file.slots.is_empty());
        let client = file.types.iter().any(|t| t.role == Role::Client);
        let sends = file.calls.iter().any(|c| !c.sends.is_empty());
        settings || client || sends || BESIDE_CLIENTS.contains(name)
    });
    found
}

#[test]
fn every_fact_has_its_reason_and_source() {
    let catalog = builtin();
    let mut missing = Vec::new();
    for (name, file) in clients(&catalog) {
        for slot in &file.slots {
            if slot.because.is_empty() || !is_source(&slot.source) {
                missing.push(format!("{name}: slot {}: {}", slot.name, slot.source));
            }
        }
        for family in &file.family {
            if !is_source(&family.source) {
                missing.push(format!("{name}: family {}: {}", family.name, family.source));
            }
        }
        for fact in &file.types {
            if fact.drop.is_some()
                && !(fact.because.is_some() && fact.source.as_deref().is_some_and(is_source))
            {
                missing.push(format!("{name}: type {}", fact.path));
            }
        }
        for call in file.calls.iter().filter(|c| owes_a_reason(c)) {
            if call.because.is_none() || !call.source.as_deref().is_some_and(is_source) {
                missing.push(format!("{name}: call {}", call.path));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn slots_and_types_say_what_messages_need() {
    let catalog = builtin();
    for (name, file) in clients(&catalog) {
        for slot in &file.slots {
            let phases = [slot.covers.connect, slot.covers.head, slot.covers.body];
            let all = phases.iter().all(Option::is_some);
            // How many connections are kept, or whose cookies, is nothing that could be taken for a bound.
            let keeps = slot.keeps || slot.remembers;
            assert!(
                !keeps || phases.iter().all(Option::is_none) && slot.near.is_none(),
                "{name}: slot {} says what is kept, and is no bound",
                slot.name
            );
            assert!(
                all || keeps || slot.near.is_some(),
                "{name}: slot {} covers less than all and does not say so",
                slot.name
            );
            for text in slot.near.iter().chain([&slot.because]) {
                assert!(
                    !text.ends_with('.'),
                    "{name}: slot {}: notes are clauses, without a full stop",
                    slot.name
                );
            }
        }
        for fact in file.types.iter().filter(|t| t.role == Role::Response) {
            assert!(
                fact.drop.is_some() && fact.hold_note.is_some(),
                "{name}: {} does not say what drop and hold cost",
                fact.path
            );
            assert_eq!(
                fact.drop == Some(DropDoes::Disconnects),
                fact.drop_note.is_some(),
                "{name}: {}",
                fact.path
            );
        }
        for family in &file.family {
            assert!(
                family.default_note.contains("{version}"),
                "{name}: the note of {} names no version",
                family.name
            );
        }
    }
}

#[test]
fn reqwest_by_version() {
    let catalog = builtin();
    let old = view(&catalog, "reqwest", "0.9.24");
    assert_eq!(family(&old, "reqwest::Client"), "reqwest-blocking");
    assert_eq!(family(&old, "reqwest::async::Client"), "reqwest-async");
    assert_eq!(default(&old, "reqwest-blocking", "timeout"), Some("30 s"));
    assert!(old.families["reqwest-blocking"].blocking);

    let before = view(&catalog, "reqwest", "0.12.3");
    assert_eq!(family(&before, "reqwest::Client"), "reqwest-async");
    assert!(!before.types.contains_key("reqwest::async::Client"));
    assert!(
        !before
            .slots
            .contains_key(&("reqwest-async", "read_timeout"))
    );
    assert!(
        !before
            .calls
            .contains_key("reqwest::ClientBuilder::read_timeout")
    );
    assert!(
        !before.families["reqwest-async"]
            .client_advice
            .contains("read_timeout")
    );

    let after = view(&catalog, "reqwest", "0.12.4");
    assert!(after.slots.contains_key(&("reqwest-async", "read_timeout")));
    assert!(
        after.families["reqwest-async"]
            .client_advice
            .contains("read_timeout")
    );
    assert!(
        !after
            .slots
            .contains_key(&("reqwest-async", "tcp_user_timeout"))
    );
    assert_eq!(default(&after, "reqwest-async", "timeout"), None);

    let newer = view(&catalog, "reqwest", "0.12.23");
    assert_eq!(
        default(&newer, "reqwest-async", "tcp_user_timeout"),
        Some("30 s")
    );
    assert_eq!(
        default(&newer, "reqwest-async", "tcp_keepalive"),
        Some("15 s")
    );
    assert_eq!(default(&newer, "reqwest-blocking", "timeout"), Some("30 s"));
    let sends = &newer.calls["reqwest::blocking::RequestBuilder::send"];
    assert!(
        sends
            .iter()
            .any(|c| c.path == "reqwest::RequestBuilder::send"),
        "`also` leads to the same fact"
    );

    // A pre-release counts as the version it leads to.
    assert!(
        view(&catalog, "reqwest", "0.13.0-rc.1")
            .slots
            .contains_key(&("reqwest-async", "read_timeout"))
    );
}

#[test]
fn reqwest_by_target() {
    let catalog = builtin().with_target(Target::new("aarch64-apple-darwin"));
    let mac = view(&catalog, "reqwest", "0.12.23");
    assert!(
        !mac.slots
            .contains_key(&("reqwest-async", "tcp_user_timeout"))
    );
    assert!(
        !mac.families["reqwest-async"]
            .default_note
            .contains("TCP_USER_TIMEOUT")
    );
}

#[test]
fn ureq_by_version() {
    let catalog = builtin();
    let chained = view(&catalog, "ureq", "3.4.0");
    let alone = view(&catalog, "ureq", "3.4.1");
    let sends = |v: &CrateView<'_>| {
        v.slots[&("ureq", "timeout_send_request")]
            .covers
            .head
            .is_some()
    };
    assert!(
        sends(&chained) && !sends(&alone),
        "the phase timeouts changed with 3.4.1"
    );
    assert!(!alone.slots.contains_key(&("ureq", "timeout_per_read")));
    assert!(
        view(&catalog, "ureq", "3.5.0")
            .slots
            .contains_key(&("ureq", "timeout_per_read"))
    );
    assert_eq!(default(&alone, "ureq", "timeout_connect"), None);
    assert_eq!(
        default(&view(&catalog, "ureq", "2.12.1"), "ureq", "timeout_connect"),
        Some("30 s")
    );
    let one = view(&catalog, "ureq", "1.5.5");
    assert_eq!(default(&one, "ureq", "timeout_connect"), None);
    assert!(one.types.contains_key("ureq::Request") && !alone.types.contains_key("ureq::Request"));
}

#[test]
fn surf_by_feature() {
    let catalog = builtin();
    let covers = |features: &[&str]| {
        let covers =
            with_features(&catalog, "surf", "2.3.2", features).slots[&("surf", "timeout")].covers;
        [
            covers.connect.is_some(),
            covers.head.is_some(),
            covers.body.is_some(),
        ]
    };
    assert_eq!(covers(&["default"]), [true, true, true]);
    assert_eq!(covers(&["h1-client-rustls"]), [false, true, false]);
    assert_eq!(covers(&["hyper-client"]), [true, true, false]);
    assert_eq!(
        covers(&["default", "h1-client"]),
        [true, true, true],
        "curl goes before h1"
    );
    assert_eq!(covers(&[]), [false, false, false]);
}

#[test]
fn the_version_without_a_lock_file() {
    let catalog = builtin();
    let newest = |package: &str, requirement: &str| {
        let req = VersionReq::parse(requirement).unwrap_or_else(|e| panic!("{requirement}: {e}"));
        catalog
            .newest_matching(package, &req)
            .unwrap_or_else(|| panic!("{package}"))
            .to_string()
    };
    assert_eq!(newest("reqwest", "0.9"), "0.9.24");
    assert_eq!(newest("reqwest", "0.11"), "0.11.27");
    assert_eq!(newest("reqwest", "0.12.5"), "0.12.28");
    assert_eq!(newest("reqwest", "=0.12.3"), "0.12.3");
    assert_eq!(newest("reqwest", "*"), newest("reqwest", ">=0.13"));
    assert_eq!(newest("reqwest", "7"), "7.0.0");
    assert_eq!(newest("ureq", "2"), "2.12.1");
    assert_eq!(newest("wreq", "*"), "0.16.3");
    assert_eq!(newest("wreq", "6.0.0-rc"), "6.0.0-rc.31");
    assert!(
        catalog
            .newest_matching("no-such-crate", &VersionReq::STAR)
            .is_none()
    );
    assert_eq!(
        view(&catalog, "reqwest-middleware", "0.4.2").dependencies["reqwest"].to_string(),
        "^0.12"
    );
}

#[test]
fn another_name_of_a_crate_leads_to_the_same_file() {
    let catalog = builtin();
    assert_eq!(view(&catalog, "rquest", "5.3.0").file.krate, "wreq");
    let seeds: Vec<(String, String)> = catalog
        .seeds()
        .map(|(package, lib, _)| (package.to_owned(), lib))
        .collect();
    assert!(seeds.contains(&("hyper-util".to_owned(), "hyper_util".to_owned())));
    assert!(seeds.contains(&("rquest".to_owned(), "rquest".to_owned())));
}

/// A copy of a built-in file with one thing changed, and what is said about it.
fn falsified(name: &str, from: &str, to: &str) -> (String, usize) {
    let text = FILES
        .iter()
        .find(|(n, _)| *n == name)
        .map_or_else(|| panic!("{name}"), |(_, text)| *text);
    let at = text
        .find(from)
        .unwrap_or_else(|| panic!("{name} has no `{from}`"));
    let line = 1 + text[..at].matches('\n').count();
    let copy = text.replacen(from, to, 1);
    let said = builtin().add(&format!("{name}.toml"), copy).err();
    (
        said.unwrap_or_else(|| panic!("`{to}` went unnoticed"))
            .to_string(),
        line,
    )
}

#[test]
fn mistakes_are_named_with_file_and_line() {
    let cases: &[(&str, &str, &str, &str)] = &[
        (
            "reqwest",
            "default-note = ",
            "defualt-note = ",
            "unknown key `defualt-note`, did you mean `default-note`?",
        ),
        (
            "reqwest",
            "newest = ",
            "newst = ",
            "unknown key `newst`, did you mean `newest`?",
        ),
        (
            "reqwest",
            "role = \"client\"",
            "role = \"clent\"",
            "unknown value `clent`, did you mean `client`?",
        ),
        (
            "reqwest",
            "drop = \"disconnects\"",
            "drop = \"explodes\"",
            "unknown value `explodes`",
        ),
        (
            "ureq",
            "set = [{ slot = \"timeout_read\"",
            "set = [{ slot = \"timeout_reed\"",
            "did you mean `timeout_read`?",
        ),
        (
            "reqwest",
            "newest = \"0.13.5\"",
            "newest = \"0.13\"",
            "`0.13` is not a version",
        ),
        (
            "reqwest",
            "versions = \"<0.12.4\"",
            "versions = \"before 0.12.4\"",
            "`before 0.12.4` is not a version requirement",
        ),
        (
            "reqwest",
            "versions = \">=0.12.4, <0.12.23\"",
            "versions = \">=0.12.4, <0.12.4\"",
            "no version of the crate meets",
        ),
        (
            "reqwest",
            "target = 'any(",
            "target = 'some(",
            "is not a `cfg` predicate (`some(..)` is not one of",
        ),
        (
            "reqwest",
            "path = \"reqwest::Request\"",
            "path = \"reqwest::Reqest\"",
            "declares `reqwest::Reqest`: declare it, or did you mean `reqwest::Request`?",
        ),
        (
            "reqwest",
            "family = \"reqwest-async\"",
            "family = \"reqwest-asinc\"",
            "no `[[family]]` is named `reqwest-asinc` for version",
        ),
        (
            "reqwest",
            "sets = \"connect_timeout\"",
            "sets = \"conect_timeout\"",
            "has no slot `conect_timeout` for version",
        ),
        (
            "reqwest",
            "struct ClientBuilder;",
            "let ClientBuilder;",
            "the interface cannot be read",
        ),
        ("ureq", "crate = \"ureq\"", "crate = ureq", ""),
    ];
    for (name, from, to, expected) in cases {
        let (said, line) = falsified(name, from, to);
        assert!(said.contains(expected), "{to}: {said}");
        let place = said
            .strip_prefix(&format!("{name}.toml:"))
            .unwrap_or_else(|| panic!("{said}"));
        let named: usize = place
            .split(':')
            .next()
            .and_then(|n| n.parse().ok())
            .unwrap_or_else(|| panic!("{said}"));
        assert_eq!(named, line, "{to}: {said}");
    }
}

#[test]
fn two_entries_about_one_thing_are_a_mistake() {
    let slot = "\n[[slot]]\nfamily = \"ureq\"\nname = \"timeout_global\"\nversions = \">=3.2\"\nbecause = \"x\"\nsource = \"x\"\n";
    let call = "\n[[call]]\npath = \"ureq::Body::into_reader\"\nreads = \"whole\"\n";
    let kind = "\n[[type]]\npath = \"ureq::Agent\"\nversions = \"<2\"\nrole = \"client\"\nfamily = \"ureq\"\n";
    let text = FILES
        .iter()
        .find(|(n, _)| *n == "ureq")
        .map_or_else(|| panic!("ureq"), |(_, text)| *text);
    for (extra, what) in [
        (slot, "ureq/timeout_global"),
        (call, "ureq::Body::into_reader"),
        (kind, "ureq::Agent"),
    ] {
        let mut catalog = builtin();
        match catalog.add("mine.toml", format!("{text}{extra}")) {
            Err(error) => {
                assert!(
                    matches!(&*error.problem, Problem::Twice { what: w, .. } if w == what),
                    "{error}"
                );
                assert!(
                    error.line > text.matches('\n').count(),
                    "the second one is named: {error}"
                );
                assert!(
                    error.to_string().contains("is described twice for version"),
                    "{error}"
                );
            }
            Ok(()) => panic!("{what} went unnoticed"),
        }
    }
    // The same entry for other versions, features or targets is none.
    let apart = "\n[[type]]\npath = \"ureq::Agent\"\nfeatures = [\"x\"]\nrole = \"client\"\nfamily = \"ureq\"\n";
    let text = text.replacen(
        "path = \"ureq::Agent\"\n",
        "path = \"ureq::Agent\"\nfeatures = [\"!x\"]\n",
        1,
    );
    builtin()
        .add("mine.toml", format!("{text}{apart}"))
        .unwrap_or_else(|e| panic!("{e}"));
}

#[test]
fn a_file_of_the_users_own() {
    let text = r#"
        crate = "our-http"
        newest = "1.0.0"
        [[api]]
        text = "struct Client; impl Client { fn new() -> Client; fn fetch(&self, path: &str) -> String; fn bound(self) -> Client; }"
        [[type]]
        path = "our_http::Client"
        role = "client"
        family = "reqwest:reqwest-async"
        [[call]]
        path = "our_http::Client::bound"
        sets = "timeout"
        [[call]]
        path = "our_http::Client::fetch"
        sends = ["connect", "head", "body"]
    "#;
    let mut catalog = builtin();
    catalog
        .add("our-http.toml", text.to_owned())
        .unwrap_or_else(|e| panic!("{e}"));
    let view = catalog
        .crate_for("our-http", &version("1.2.0"), &[])
        .unwrap_or_else(|| panic!("not found"));
    assert_eq!(view.calls["our_http::Client::fetch"].len(), 1);
    assert_eq!(view.lib_name(), "our_http");
    let wrong = text.replace("\"timeout\"", "\"timout\"");
    let said = builtin()
        .add("our-http.toml", wrong)
        .err()
        .map(|e| e.to_string())
        .unwrap_or_default();
    assert!(
        said.contains("family `reqwest:reqwest-async` has no slot `timout`")
            && said.contains("`timeout`"),
        "{said}"
    );
}

/// Every file in every line of versions, resolved together as a run would.
#[test]
fn every_fact_leads_to_a_definition() {
    let catalog = builtin();
    let mut views: Vec<(&str, CrateView<'_>)> = Vec::new();
    for (name, file) in files(&catalog) {
        for text in std::iter::once(&file.newest).chain(&file.lines) {
            views.push((name, view(&catalog, name, text)));
        }
    }
    let lowered: Vec<Vec<Item>> = views
        .iter()
        .map(|(name, view)| {
            let each = view.api.iter().map(|a| lower_interface(&a.text));
            each.flat_map(|items| items.unwrap_or_else(|e| panic!("{name}: {e:?}")))
                .collect()
        })
        .collect();
    let id = |index: usize| CrateId(u32::try_from(index).unwrap_or(u32::MAX));
    let std = views.iter().position(|(name, _)| *name == "std");
    let crates = views.iter().zip(&lowered).map(|((name, view), items)| {
        let mut deps: FxHashMap<Name, Dep> = FxHashMap::default();
        for (index, (other, there)) in views.iter().enumerate() {
            let wanted = view.dependencies.get(*other);
            let fits = wanted.map_or(there.version == version(&there.file.newest), |req| {
                req.matches(&there.version)
            });
            if other != name && fits {
                deps.insert(Name::new(&there.lib_name()), Dep::Crate(id(index)));
            }
        }
        deps.extend(
            std.into_iter()
                .flat_map(|s| ["core", "alloc"].map(|n| (Name::new(n), Dep::Crate(id(s))))),
        );
        CrateInput {
            name: Name::new(&view.lib_name()),
            origin: Origin::Catalog {
                package: (*name).to_owned(),
                version: view.version.clone(),
                known_by: VersionSource::Newest,
            },
            edition: 2024,
            deps,
            cfg: CfgEnv::default(),
            root: Root::Interface(items),
        }
    });
    let program = linger::resolve::build(crates.collect(), &FxHashMap::default(), std);
    let types = Types::build(&program);
    let mut lost: BTreeSet<String> = BTreeSet::new();
    let held: BTreeSet<&str> = clients(&catalog).iter().map(|(name, _)| *name).collect();
    for (index, (name, view)) in views
        .iter()
        .enumerate()
        .filter(|(_, (name, _))| held.contains(name))
    {
        let entry = CrateFacts {
            krate: id(index),
            package: (*name).to_owned(),
            version: view.version.clone(),
            known_by: VersionSource::Newest,
            types: view.types.values().copied().collect(),
            calls: view
                .calls
                .iter()
                .flat_map(|(p, l)| l.iter().map(|f| (*p, *f)))
                .collect(),
            slots: view.slots.values().copied().collect(),
            families: view.families.values().copied().collect(),
            attributes: view.attributes.clone(),
            edits: view.edits.clone(),
        };
        let facts = Facts::build(&program, &types, &[entry]);
        lost.extend(
            facts
                .dangling
                .iter()
                .map(|path| format!("{name} {}: {path}", view.version)),
        );
    }
    assert!(
        lost.is_empty(),
        "facts for these versions whose interface lacks them:\n{lost:#?}"
    );
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
        "{} is not up to date: run BLESS=1 cargo test --test catalog",
        path.display()
    );
}

#[test]
fn the_page_of_clients_is_made_from_the_catalogue() {
    shipped("docs/src/clients.md", &clients::page(&builtin()));
}

#[test]
fn a_client_is_explained_in_its_version() {
    let catalog = builtin();
    let said = |package: &str, at: &str| {
        let mut out = Vec::new();
        clients::explain(
            &view(&catalog, package, at),
            "as Cargo.lock has it",
            &mut out,
        )
        .unwrap_or_else(|e| panic!("{e}"));
        String::from_utf8(out).unwrap_or_else(|e| panic!("{e}"))
    };
    let older = said("reqwest", "0.11.27");
    assert!(older.starts_with("# reqwest 0.11.27 (as Cargo.lock has it)\n"));
    assert!(older.contains("- connecting: nothing ends it by default"));
    assert!(!older.contains("read_timeout"), "{older}");
    let newer = said("reqwest", "0.12.28");
    assert!(newer.contains("- connecting: ends after 30 s by default"));
    assert!(newer.contains("| `read_timeout` | none | in all | in all | per read |"));
    assert!(newer.contains("`reqwest::blocking::ClientBuilder::timeout` sets `timeout`"));
    let switched = said("awc", "3.11.0");
    assert!(switched.contains("`awc::ClientBuilder::disable_timeout` switches off `timeout`"));
}

#[test]
fn two_versions_of_a_client_in_one_lock_file_are_judged_each_by_its_own() {
    let member = |name: &str, wants: &str| {
        format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[dependencies]\nreqwest = \"{wants}\"\n"
        )
    };
    let mut lock = "version = 4\n".to_owned();
    for (package, at) in [("old", "0.9.24"), ("new", "0.12.28")] {
        let registry = "registry+https://acme.example/index";
        lock.push_str(&format!(
            "[[package]]\nname = \"reqwest\"\nversion = \"{at}\"\nsource = \"{registry}\"\n\
             [[package]]\nname = \"{package}\"\nversion = \"0.1.0\"\ndependencies = [\"reqwest {at}\"]\n"
        ));
    }
    // The same text: it blocks and gives up after 30 s in the one, and waits without end in the other.
    let code = "pub fn client() -> reqwest::Client {\n    reqwest::Client::new()\n}\n";
    let memory = Memory::new([
        (
            "/w/Cargo.toml",
            "[workspace]\nmembers = [\"old\", \"new\"]\n",
        ),
        ("/w/Cargo.lock", &lock),
        ("/w/old/Cargo.toml", &member("old", "0.9")),
        ("/w/old/src/lib.rs", code),
        ("/w/new/Cargo.toml", &member("new", "0.12")),
        ("/w/new/src/lib.rs", code),
    ]);
    let ran = cli::linger(
        &memory,
        Path::new("/w"),
        "--workspace --message-format short",
    );
    assert!(ran.code < 2, "{}", ran.err);
    let found: Vec<&str> = ran.out.lines().collect();
    assert_eq!(found.len(), 1, "{}", ran.out);
    assert!(
        found[0].starts_with("new/src/lib.rs:2:") && found[0].contains("client_without_timeout"),
        "{}",
        ran.out
    );
}

/// tauri is not built here: it needs the system's web view.
#[test]
fn the_runtime_that_tauri_keeps_gives_handles() {
    let manifest = "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[dependencies]\ntauri = \"2\"\n";
    let code = r#"
use tauri::async_runtime::{self, JoinHandle};
async fn forever() { loop { std::future::ready(()).await; } }
#[tauri::command]
pub async fn lost() { async_runtime::spawn(forever()); }
#[tauri::command]
pub async fn lost_by_handle() { async_runtime::handle().spawn(forever()); }
#[tauri::command]
pub async fn awaited() { let _ = async_runtime::spawn(forever()).await; }
#[tauri::command]
pub async fn stopped() { let task: JoinHandle<()> = async_runtime::spawn(forever()); task.abort(); }
"#;
    let memory = Memory::new([("/w/Cargo.toml", manifest), ("/w/src/lib.rs", code)]);
    let ran = cli::linger(&memory, Path::new("/w"), "--message-format short");
    let found: Vec<&str> = ran.out.lines().collect();
    assert_eq!(found.len(), 2, "{}", ran.out);
    for (said, line) in found.iter().zip([5, 7]) {
        let here = said.starts_with(&format!("src/lib.rs:{line}:"));
        assert!(here && said.contains("endless_task"), "{}", ran.out);
    }
}

/// The first fenced block of a language on the page about the catalogue.
fn fence(language: &str) -> String {
    let page = include_str!("../docs/src/catalogue.md");
    let opening = format!("```{language}\n");
    let from = page
        .find(&opening)
        .unwrap_or_else(|| panic!("no {language} block"))
        + opening.len();
    let block = page[from..].split("\n```").next().unwrap_or_default();
    format!("{block}\n")
}

#[test]
fn the_worked_example_does_what_the_page_says() {
    let manifest = "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[dependencies]\nacme-http = \"1\"\n";
    let lock = "version = 4\n[[package]]\nname = \"acme-http\"\nversion = \"1.4.0\"\nsource = \"registry+https://acme.example/index\"\n\
                [[package]]\nname = \"app\"\nversion = \"0.1.0\"\ndependencies = [\"acme-http\"]\n";
    let code = fence("rust");
    let memory = Memory::new([
        ("/w/Cargo.toml", manifest),
        ("/w/Cargo.lock", lock),
        ("/w/src/lib.rs", &code),
        ("/w/linger.toml", &fence("toml")),
    ]);
    let ran = cli::linger(&memory, Path::new("/w"), "");
    assert!(ran.code < 2, "{}", ran.err);
    let line = 1 + code
        .lines()
        .position(|l| l.contains("// found"))
        .unwrap_or_else(|| panic!("no line is marked"));
    assert_eq!(
        ran.out.matches("warning[linger::").count(),
        1,
        "{}",
        ran.out
    );
    assert!(
        ran.out.contains(&format!("src/lib.rs:{line}:")),
        "{}",
        ran.out
    );
    for said in fence("text").lines() {
        assert!(ran.out.contains(said.trim()), "{said}\n{}", ran.out);
    }
    let silent = cli::linger(&memory, Path::new("/w"), "--no-config");
    assert!(!silent.out.contains("warning["), "{}", silent.out);
}
