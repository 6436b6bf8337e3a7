//! Changes that mean nothing change no finding; changes that mean something do. And the same input is the same output.

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use linger::check::analysis::{Analysis, AnalyzeOptions};
use linger::discover::{Disk, Memory};
use linger::engine;
use linger::source::{Sources, Span};
use proc_macro2::{TokenStream, TokenTree};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// All fixtures in memory, each Rust file changed.
fn changed(change: impl Fn(&str) -> String) -> Memory {
    let mut files = BTreeMap::new();
    for entry in walkdir::WalkDir::new(fixtures())
        .into_iter()
        .filter_map(Result::ok)
        .filter(|e| e.file_type().is_file())
    {
        let path = entry.into_path();
        let Ok(text) = std::fs::read_to_string(&path) else {
            continue;
        };
        let is_rust = path.extension().is_some_and(|e| e == "rs");
        let text = if is_rust { change(&text) } else { text };
        files.insert(path, text.into_bytes());
    }
    Memory(files)
}

/// What was found: file, lint, and the text pointed at, white space left out.
fn essence(analysis: &Analysis) -> Vec<(String, String, String)> {
    let words = |span: Span| {
        let text = analysis.sources.slice(span);
        text.split_whitespace().collect::<String>()
    };
    let name = |span: Span| {
        let file = analysis.sources.get(span.file);
        file.map(|f| f.name.clone()).unwrap_or_default()
    };
    let mut out: Vec<_> = analysis
        .findings
        .iter()
        .filter(|f| f.lint != "unparsed_file")
        .map(|f| {
            let span = f.primary.span;
            (
                name(span),
                format!("{} {:?}", f.lint, f.confidence),
                words(span),
            )
        })
        .collect();
    out.sort();
    out
}

fn same(what: &str, before: &[(String, String, String)], after: &[(String, String, String)]) {
    let lost: Vec<_> = before.iter().filter(|f| !after.contains(f)).collect();
    let new: Vec<_> = after.iter().filter(|f| !before.contains(f)).collect();
    assert!(
        lost.is_empty() && new.is_empty() && before.len() == after.len(),
        "{what} changed findings\nlost: {lost:#?}\nnew: {new:#?}"
    );
}

#[test]
fn layout_comments_and_unrelated_code_change_no_finding() {
    let plain = essence(&support::analyze(&fixtures(), &Disk));
    assert!(plain.len() > 100);
    let after =
        |change: &dyn Fn(&str) -> String| essence(&support::analyze(&fixtures(), &changed(change)));
    same("copying", &plain, &after(&str::to_owned));
    same(
        "blank lines",
        &plain,
        &after(&|text| text.replace('\n', "\n\n\t")),
    );
    same(
        "carriage returns",
        &plain,
        &after(&|text| text.replace('\n', "\r\n")),
    );
    same(
        "unrelated code",
        &plain,
        &after(&|text| {
            format!(
                "{text}\nmod unrelated_code {{ pub struct S; impl S {{ pub fn f(&self, n: u32) -> u32 {{ n + 1 }} }} }}\n"
            )
        }),
    );
    // Token by token on one line: the layout of a program that formats itself away.
    same(
        "printing tokens",
        &plain,
        &after(&|text| {
            TokenStream::from_str(text)
                .map_or_else(|_| text.to_owned(), |tokens| tokens.to_string())
        }),
    );
}

/// Renames every local that a plain `let` makes, wherever the name is a whole token that is no field, method or path.
fn rename_locals(text: &str) -> String {
    let Ok(tokens) = TokenStream::from_str(text) else {
        return text.to_owned();
    };
    let (mut names, mut others) = (Vec::new(), Vec::new());
    roles(tokens.clone(), &mut names, &mut others);
    names.retain(|name| !others.contains(name) && !captured(text, name));
    renamed(tokens, &names).to_string()
}

/// A name inside of a format string cannot be told from text here.
fn captured(text: &str, name: &str) -> bool {
    text.contains(&format!("{{{name}}}")) || text.contains(&format!("{{{name}:"))
}

fn roles(tokens: TokenStream, lets: &mut Vec<String>, others: &mut Vec<String>) {
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    for (i, tree) in trees.iter().enumerate() {
        let before = i
            .checked_sub(1)
            .and_then(|i| trees.get(i))
            .map(ToString::to_string);
        let earlier = i
            .checked_sub(2)
            .and_then(|i| trees.get(i))
            .map(ToString::to_string);
        let after = trees.get(i + 1).map(ToString::to_string);
        match tree {
            TokenTree::Group(group) => roles(group.stream(), lets, others),
            TokenTree::Ident(ident) => {
                let name = ident.to_string();
                let before = before.unwrap_or_default();
                let is_let =
                    before == "let" || before == "mut" && earlier.as_deref() == Some("let");
                if is_let && name != "mut" && name.starts_with(|c: char| c.is_lowercase()) {
                    lets.push(name);
                } else if matches!(
                    before.as_str(),
                    "." | ":" | "fn" | "mod" | "struct" | "use" | "|" | "'"
                ) || matches!(after.as_deref(), Some(":" | "!" | "|"))
                {
                    others.push(name);
                }
            }
            _ => {}
        }
    }
}

fn renamed(tokens: TokenStream, names: &[String]) -> TokenStream {
    tokens
        .into_iter()
        .map(|tree| match tree {
            TokenTree::Group(group) => {
                let inner = renamed(group.stream(), names);
                TokenTree::Group(proc_macro2::Group::new(group.delimiter(), inner))
            }
            TokenTree::Ident(ident) if names.iter().any(|n| ident == n) => TokenTree::Ident(
                proc_macro2::Ident::new(&format!("zz_{ident}"), ident.span()),
            ),
            other => other,
        })
        .collect()
}

#[test]
fn the_names_of_locals_change_no_finding() {
    let without = |list: Vec<(String, String, String)>| -> Vec<_> {
        list.into_iter()
            .map(|(file, lint, text)| (file, lint, text.replace("zz_", "")))
            .collect()
    };
    let renamed_somewhere = std::cell::Cell::new(0);
    let memory = changed(|text| {
        let new = rename_locals(text);
        renamed_somewhere.set(renamed_somewhere.get() + new.matches("zz_").count());
        new
    });
    assert!(renamed_somewhere.get() > 300, "{renamed_somewhere:?}");
    let plain = without(essence(&support::analyze(&fixtures(), &Disk)));
    // `let _handle` and `let handle` are one to us, too: a name alone saves nobody.
    same(
        "renaming",
        &plain,
        &without(essence(&support::analyze(&fixtures(), &memory))),
    );
}

/// Sources that tell of their files in another order each time.
struct Shuffled<'s>(&'s dyn Sources, u64);

impl Shuffled<'_> {
    fn shuffle(&self, mut files: Vec<PathBuf>) -> Vec<PathBuf> {
        files.sort_by_key(|path| {
            let bytes = path.as_os_str().as_encoded_bytes();
            bytes.iter().fold(self.1, |hash, byte| {
                (hash ^ u64::from(*byte))
                    .wrapping_mul(0x0100_0000_01b3)
                    .rotate_left(23)
            })
        });
        files
    }
}

impl Sources for Shuffled<'_> {
    fn read(&self, path: &Path) -> std::io::Result<Vec<u8>> {
        self.0.read(path)
    }
    fn is_file(&self, path: &Path) -> bool {
        self.0.is_file(path)
    }
    fn is_dir(&self, path: &Path) -> bool {
        self.0.is_dir(path)
    }
    fn walk(&self, dir: &Path, ending: &str) -> Vec<PathBuf> {
        self.shuffle(self.0.walk(dir, ending))
    }
    fn list(&self, dir: &Path) -> std::io::Result<Vec<PathBuf>> {
        Ok(self.shuffle(self.0.list(dir)?))
    }
}

fn everything(sources: &dyn Sources, threads: usize) -> String {
    let options = AnalyzeOptions {
        threads: Some(threads),
        ..support::whole_workspace(&fixtures())
    };
    let mut analysis = match engine::analyze(&options, sources) {
        Ok(analysis) => analysis,
        Err(error) => panic!("{error}"),
    };
    analysis.timings.clear();
    format!("{analysis:#?}")
}

#[test]
fn neither_threads_nor_the_order_of_files_nor_the_run_changes_a_thing() {
    let first = everything(&Disk, 1);
    assert!(first.contains("request_without_timeout"));
    for (threads, seed) in [(1, 1), (2, 2), (7, 3)] {
        let again = everything(&Shuffled(&Disk, seed), threads);
        let differs = first.lines().zip(again.lines()).find(|(a, b)| a != b);
        assert!(
            first == again,
            "{threads} threads, order {seed}: {differs:#?}"
        );
    }
}

/// The lints found in a package with these files.
fn lints(files: &[(&str, &str)]) -> Vec<&'static str> {
    let manifest = "[package]\nname = \"p\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\ntokio = { version = \"1\", features = [\"full\"] }\nreqwest = \"0.12\"\n";
    let all = files.iter().copied().chain([("Cargo.toml", manifest)]);
    let memory = Memory::new(all.map(|(name, text)| (Path::new("/w").join(name), text)));
    let analysis = support::analyze(Path::new("/w"), &memory);
    let mut found: Vec<_> = analysis.findings.iter().map(|f| f.lint).collect();
    found.sort_unstable();
    found
}

#[test]
fn where_an_item_stands_and_what_it_is_called_by_changes_no_finding() {
    let request =
        "pub async fn get() -> String { reqwest::get(\"u\").await.unwrap().text().await.unwrap() }";
    let here = lints(&[("src/lib.rs", request)]);
    assert!(here.contains(&"request_without_timeout"), "{here:?}");
    let inline = format!("pub mod a {{ pub mod b {{ {request} }} }} pub use a::b::get;");
    assert_eq!(here, lints(&[("src/lib.rs", &inline)]));
    for file in ["src/a/b.rs", "src/a/b/mod.rs"] {
        let files = [
            ("src/lib.rs", "pub mod a;"),
            ("src/a.rs", "pub mod b;"),
            (file, request),
        ];
        assert_eq!(here, lints(&files), "{file}");
    }
    for alias in [
        "use reqwest::get as fetch; pub async fn get() -> String { fetch(\"u\").await.unwrap().text().await.unwrap() }",
        "use reqwest as http; pub async fn get() -> String { http::get(\"u\").await.unwrap().text().await.unwrap() }",
        "mod web { pub use reqwest::*; } pub async fn get() -> String { web::get(\"u\").await.unwrap().text().await.unwrap() }",
        "extern crate reqwest as http; pub async fn get() -> String { http::get(\"u\").await.unwrap().text().await.unwrap() }",
        "pub async fn get() -> String { let f = reqwest::get(\"u\"); let r = f.await.unwrap(); r.text().await.unwrap() }",
        "macro_rules! fetch { ($u:expr) => { reqwest::get($u).await } } pub async fn get() -> String { fetch!(\"u\").unwrap().text().await.unwrap() }",
    ] {
        assert_eq!(here, lints(&[("src/lib.rs", alias)]), "{alias}");
    }
}

/// A chain in one piece, split over lets, under other names of the type, and beside strangers that share its names: with a
/// bound and without one, each says what the chain says.
#[test]
fn how_a_chain_is_written_and_what_stands_beside_it_changes_no_finding() {
    let strangers = "mod other { pub struct Client; impl Client { pub fn new() -> Self { Client } pub fn send(self) {} } \
                     pub fn spawn<T>(_: T) {} } pub fn theirs() { other::Client::new().send(); other::spawn(async {}); }";
    for bound in ["", ".timeout(std::time::Duration::from_secs(5))"] {
        let chain =
            |head: &str, body: &str| format!("{head} pub async fn get() -> String {{ {body} }}");
        let read = "r.text().await.unwrap()";
        let whole = chain(
            "use reqwest::Client;",
            &format!(
                "let r = Client::builder(){bound}.build().unwrap().get(\"u\").send().await.unwrap(); {read}"
            ),
        );
        let said = lints(&[("src/lib.rs", &whole)]);
        assert_eq!(
            said.contains(&"client_without_timeout"),
            bound.is_empty(),
            "{said:?}"
        );
        let split = format!(
            "let b = Client::builder(); let b = b{bound}; let c = b.build().unwrap(); let q = c.get(\"u\"); \
             let f = q.send(); let r = f.await.unwrap(); {read}"
        );
        for other in [
            chain("use reqwest::Client;", &split),
            chain(
                "use reqwest::Client as Http;",
                &split.replace("Client", "Http"),
            ),
            chain(
                "type Http = reqwest::Client;",
                &split.replace("Client", "Http"),
            ),
            format!("{whole} {strangers}"),
        ] {
            assert_eq!(said, lints(&[("src/lib.rs", &other)]), "{other}");
        }
    }
}

#[test]
fn a_bound_added_silences_and_a_bound_taken_away_fires() {
    let text = |bound: &str, call: &str| {
        format!(
            "use std::time::Duration; pub async fn get() -> String {{ let c = reqwest::Client::builder(){bound}.build().unwrap(); \
             let r = {call}; r.unwrap().text().await.unwrap() }}"
        )
    };
    let send = "c.get(\"u\").send().await";
    let fires = |bound: &str, call: &str| {
        let found = lints(&[("src/lib.rs", &text(bound, call))]);
        found
            .iter()
            .any(|l| l.contains("without_timeout") || *l == "stalled_body")
    };
    let five = "Duration::from_secs(5)";
    assert!(fires("", send));
    assert!(fires(&format!(".connect_timeout({five})"), send));
    assert!(!fires(&format!(".timeout({five})"), send));
    assert!(!fires(&format!(".read_timeout({five})"), send));
    assert!(!fires(
        "",
        &format!("c.get(\"u\").timeout({five}).send().await")
    ));
    // A bound around all of the waiting is one, wherever the client has none.
    let all = format!(
        "pub async fn all() {{ let _ = tokio::time::timeout({five}, async {{ reqwest::get(\"u\").await.unwrap().text().await }}).await; }}"
    );
    assert!(
        !lints(&[("src/lib.rs", &all)])
            .iter()
            .any(|l| l.contains("timeout")),
        "{all}"
    );
}
