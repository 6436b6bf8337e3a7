//! Nothing a project holds makes a run crash, hang, double its work without end, or read what it has no business to read.

mod support;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use linger::check::analysis::Analysis;
use linger::discover::{Disk, Memory};
use linger::source::Sources;

/// No run here may take longer, on a slow machine and without optimisation.
const PATIENCE: Duration = Duration::from_secs(60);

const MANIFEST: &str = "[package]\nname = \"p\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[dependencies]\ntokio = \"1\"\nreqwest = \"0.12\"\n";
/// A fault that has to be found whatever stands beside it.
const WITNESS: &str =
    "pub async fn witness() { reqwest::get(\"http://a\").await.unwrap().text().await.unwrap(); }\n";

fn memory(files: &[(&str, &str)]) -> Memory {
    let all = files
        .iter()
        .map(|(name, text)| (Path::new("/w").join(name), *text));
    Memory::new(all.chain([(PathBuf::from("/w/Cargo.toml"), MANIFEST)]))
}

fn timed(dir: &Path, sources: &dyn Sources) -> Analysis {
    let start = Instant::now();
    let analysis = support::analyze(dir, sources);
    let took = start.elapsed();
    assert!(took < PATIENCE, "took {took:?}");
    analysis
}

/// Runs on texts, each a module, beside a witness; the witness must be found.
fn beside_witness(what: &str, texts: &[String]) {
    let mut lib = WITNESS.to_owned();
    let mut files = Vec::new();
    for (i, text) in texts.iter().enumerate() {
        let _ = writeln!(lib, "mod odd{i};");
        files.push((format!("src/odd{i}.rs"), text.as_str()));
    }
    let mut all: Vec<(&str, &str)> = files.iter().map(|(n, t)| (n.as_str(), *t)).collect();
    all.push(("src/lib.rs", &lib));
    // An overflow ends the test without a word: this is the last one.
    eprintln!("{what}");
    let analysis = timed(Path::new("/w"), &memory(&all));
    assert_eq!(witnesses(&analysis), 1, "{what}: the witness is lost");
}

fn count(analysis: &Analysis, lint: &str) -> usize {
    let all = analysis.findings.iter();
    all.filter(|f| f.lint == lint).count()
}

fn unparsed(analysis: &Analysis) -> usize {
    count(analysis, "unparsed_file")
}

fn witnesses(analysis: &Analysis) -> usize {
    count(analysis, "request_without_timeout")
}

#[test]
fn nesting_of_every_kind_is_read_or_refused_but_never_overflows() {
    let wrapped = |n: usize, open: &str, core: &str, close: &str| {
        format!("{}{core}{}", open.repeat(n), close.repeat(n))
    };
    for n in [990, 100_000] {
        let of = |text: String| format!("pub fn f() {{ let x = {text}; }}");
        let all = [
            ("parentheses", of(wrapped(n, "(", "1", ")"))),
            ("blocks", of(wrapped(n, "{", "1", "}"))),
            ("arrays", of(wrapped(n, "[", "1", "]"))),
            ("calls", of(wrapped(n, "f(", "1", ")"))),
            ("macro calls", of(wrapped(n, "vec![", "1", "]"))),
            ("closures", of(wrapped(n, "|x| ", "1", ""))),
            ("async blocks", of(wrapped(n, "async move { ", "1", " }"))),
            ("branches", of(wrapped(n, "if a { ", "1", " } else { 2 }"))),
            ("matches", of(wrapped(n, "match a { _ => ", "1", " }"))),
            ("loops", of(wrapped(n, "loop { ", "1", " }"))),
            ("negations", of(wrapped(n, "!", "a", ""))),
            ("borrows", of(wrapped(n, "& ", "a", ""))),
            ("sums", of(wrapped(n, "1 + ", "1", ""))),
            ("chains", of(wrapped(n, "", "a", ".b()"))),
            ("questions", of(wrapped(n, "", "a", "?"))),
            ("awaits", of(wrapped(n, "", "a", ".await"))),
            ("casts", of(wrapped(n, "", "a", " as u8"))),
            ("assignments", of(wrapped(n, "a = ", "1", ""))),
            ("returns", of(wrapped(n, "return ", "1", ""))),
            ("else ifs", of(wrapped(n, "if a { 1 } else ", "{ 2 }", ""))),
            (
                "patterns",
                format!("pub fn f() {{ let {} = x; }}", wrapped(n, "(", "a", ",)")),
            ),
            (
                "types",
                format!("pub type T = {};", wrapped(n, "Vec<", "u8", ">")),
            ),
            (
                "references",
                format!("pub type T = {};", wrapped(n, "&", "u8", "")),
            ),
            (
                "tuples",
                format!("pub type T = {};", wrapped(n, "(", "u8", ",)")),
            ),
            (
                "functions",
                format!("pub type T = {};", wrapped(n, "fn() -> ", "u8", "")),
            ),
            ("modules", wrapped(n, "mod m { ", "", " }")),
            ("inner functions", wrapped(n, "fn f() { ", "", " }")),
            (
                "attributes",
                format!("#[a{}] fn f() {{}}", wrapped(n, "(", "", ")")),
            ),
            (
                "imports",
                format!("use a::{};", wrapped(n, "{b::", "c", "}")),
            ),
            (
                "rules",
                format!(
                    "macro_rules! m {{ ({}) => {{}} }}",
                    wrapped(n, "$(", "a", ")*")
                ),
            ),
        ];
        for (what, text) in &all {
            // What is deep beyond all reason is refused at a glance; what may be read is read alone.
            if n < 1000 {
                beside_witness(&format!("{n} {what}"), std::slice::from_ref(text));
            }
        }
        beside_witness(&format!("{n} levels"), &all.map(|(_, text)| text));
    }
}

#[test]
fn definitions_in_circles_end() {
    for text in [
        "pub type A = B; pub type B = A; pub fn f(x: A) { x.go().go(); }",
        "pub type A<T> = A<Vec<T>>; pub fn f(x: A<u8>) { x.go(); }",
        "pub type A<T> = B<A<T>, A<T>>; pub struct B<X, Y>(X, Y); pub fn f(x: A<u8>) { x.go(); }",
        "mod a { pub use super::b::*; } mod b { pub use super::a::*; } use a::X; pub fn f() { X::new(); }",
        "pub use self::a as b; pub use self::b as a; pub fn f() { a(); b(); }",
        "pub struct S { s: Box<S>, t: T } pub struct T { s: Vec<S> } pub fn f(x: S) { x.s.s.s.t.s[0].t; }",
        "use std::ops::Deref; pub struct W<T>(T); impl<T> Deref for W<T> { type Target = W<W<T>>; fn deref(&self) -> &W<W<T>> { loop {} } } pub fn f(x: W<u8>) { x.go(); }",
        "pub trait A: B {} pub trait B: A { type X: A; fn x(&self) -> Self::X; } pub fn f<T: A>(t: T) { t.x().x().x(); }",
        "pub trait A<T> { type X; fn x(&self, t: T) -> Self::X; } pub fn f<S: A<T::X>, T: A<S::X>>(s: S, t: T, x: S::X, y: T::X) { s.x(y).go(); t.x(x).go(); }",
        "pub trait A<T> { type X; fn x(&self, t: T) -> Self::X; } impl<S: A<T::X>, T: A<S::X>> A<T> for Vec<S> { type X = <S as A<T::X>>::X; fn x(&self, t: T) -> Self::X { loop {} } } pub fn f(v: Vec<Vec<u8>>) { v.x(v).x(v); }",
        "impl<T> Iterator for T where T: Iterator { type Item = T::Item; fn next(&mut self) -> Option<T::Item> { None } }",
        "pub fn f<T>(x: T) { f(Some(x)); f((x, x)); f(|| x); }",
        "pub fn f() -> impl Fn() { let g = f(); move || { g(); f()(); } }",
        "pub async fn a() { b().await; tokio::spawn(a()); } pub async fn b() { a().await; tokio::spawn(b()); }",
        "macro_rules! m { ($($x:tt)*) => { m!($($x)* $($x)*); } } m!(a b); pub fn f() { m!(c); }",
        "macro_rules! m { ($x:expr) => { m!(($x, $x)) } } pub fn f() { m!(1); }",
        "macro_rules! m { () => { macro_rules! n { () => { m!(); } } n!(); } } m!();",
        "const A: u64 = B; const B: u64 = A; pub fn f() { tokio::time::sleep(std::time::Duration::from_secs(A)); }",
        "static A: &S = &B; static B: &S = &A; pub struct S; pub fn f() { A.x(); }",
    ] {
        beside_witness(text, &[text.to_owned()]);
    }
}

/// Types of traits with arguments, in the arguments of others and deeper than anybody looks.
#[test]
fn associated_types_in_one_another_end() {
    for n in 1..24 {
        let deep = (0..n).fold("T".to_owned(), |of, _| format!("<{of} as A<T::X>>::X"));
        let texts = [
            format!("pub trait A<T> {{ type X; }} pub fn f<T: A<T::X>>(x: {deep}) {{ x.go(); }}"),
            format!("pub trait A<T> {{ type X; }} pub fn f<T: A<{deep}>>(x: T::X) {{ x.go(); }}"),
        ];
        beside_witness("associated types", &texts);
    }
}

#[test]
fn macros_that_nest_what_they_are_given_end() {
    for n in [30, 300, 900] {
        let (open, close) = ("(".repeat(n), ")".repeat(n));
        let text = format!(
            "macro_rules! m {{ ($x:expr) => {{ m!({open}$x{close}) }} }} pub fn f() {{ m!(1); }}"
        );
        beside_witness(&format!("{n} parentheses per step"), &[text]);
    }
}

#[test]
fn wide_inputs_take_time_in_proportion() {
    let mut many = String::new();
    let mut calls = String::from("pub async fn all(c: &reqwest::Client) {\n");
    for i in 0..3000 {
        let _ = writeln!(
            many,
            "pub async fn f{i}(c: &reqwest::Client) {{ let r = c.get(\"u\").send().await; drop(r); }}"
        );
        let _ = writeln!(calls, "f{i}(c).await;");
    }
    many.push_str(&calls);
    many.push('}');
    beside_witness("many functions", &[many]);
    let branches = "if a { x = y.clone(); } else { y = x.clone(); }\n".repeat(800);
    let text = format!(
        "pub fn f(a: bool, mut x: reqwest::Client, mut y: reqwest::Client) {{ {branches} x.get(\"u\"); }}"
    );
    beside_witness("many branches", &[text]);
    let long = format!("pub const X: &[u8] = &[{}];", "1, ".repeat(200_000));
    beside_witness("a long array", &[long]);
    let mut globs = String::new();
    for i in 0..300 {
        let _ = writeln!(
            globs,
            "pub mod m{i} {{ pub use super::*; pub struct S{i}; }}\npub use m{i}::*;"
        );
    }
    beside_witness("globs that import one another", &[globs]);
    let mut traits = String::new();
    for i in 0..9 {
        let others: Vec<String> = (0..9)
            .filter(|j| *j != i)
            .map(|j| format!("T{j}"))
            .collect();
        let _ = writeln!(traits, "pub trait T{i}: {} {{}}", others.join(" + "));
    }
    traits.push_str("pub fn f<T: T0>(t: T, x: T::X, y: T::Y) { t.go(x, y).go(x, y); }");
    beside_witness("traits that require one another", &[traits]);
}

/// Pieces of a real source cut out, doubled and exchanged: much of it parses, nobody would write it.
fn mixed(source: &str, mut seed: u64) -> String {
    let mut next = |below: usize| {
        // xorshift: any fixed sequence will do.
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed % below as u64).unwrap_or(0)
    };
    let lines = next(2) == 0;
    let mut pieces: Vec<&str> = if lines {
        source.split_inclusive('\n').collect()
    } else {
        source.split_inclusive([' ', '(', '{', '.', ';']).collect()
    };
    for _ in 0..=next(12) {
        let (from, to) = (next(pieces.len()), next(pieces.len()));
        match next(4) {
            0 => pieces.swap(from, to),
            1 => pieces[from] = pieces[to],
            2 => pieces[from] = "",
            _ => pieces.insert(to, pieces[from]),
        }
    }
    pieces.concat()
}

/// Forty texts in each run of the tests; `LINGER_MIXED=100000` for a night.
#[test]
fn real_sources_cut_up_and_mixed_do_no_harm() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let sources: Vec<String> = Disk
        .walk(&fixtures, ".rs")
        .iter()
        .filter_map(|path| std::fs::read_to_string(path).ok())
        .collect();
    let turns: u64 = std::env::var("LINGER_MIXED")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(40);
    let lib = format!("mod odd;\n{WITNESS}");
    for turn in 1..=turns {
        let pick = usize::try_from(turn).unwrap_or(0) % sources.len();
        let text = mixed(&sources[pick], turn.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let analysis = timed(
            Path::new("/w"),
            &memory(&[("src/lib.rs", &lib), ("src/odd.rs", &text)]),
        );
        let lost = analysis
            .findings
            .iter()
            .all(|f| f.lint != "request_without_timeout");
        let ours = analysis
            .findings
            .iter()
            .any(|f| f.primary.text.contains("itself failed"));
        assert!(!lost && !ours, "turn {turn}:\n{text}");
    }
}

#[test]
fn tangles_of_files_end() {
    let doubling =
        "#[path = \"odd0.rs\"] mod a; #[path = \"odd0.rs\"] mod b; include!(\"odd0.rs\");";
    beside_witness("a file that declares itself twice", &[doubling.to_owned()]);
    let lib = format!("mod m0;\n{WITNESS}");
    let mut files = vec![("src/lib.rs".to_owned(), lib)];
    for i in 0..40 {
        let next = format!(
            "#[path = \"m{0}.rs\"] mod a; #[path = \"m{0}.rs\"] mod b;",
            i + 1
        );
        files.push((format!("src/m{i}.rs"), next));
    }
    files.push(("src/m40.rs".to_owned(), "pub fn f() {}".to_owned()));
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(n, t)| (n.as_str(), t.as_str()))
        .collect();
    assert!(!timed(Path::new("/w"), &memory(&files)).findings.is_empty());
}

#[test]
fn ten_thousand_modules_are_read() {
    let mut lib = WITNESS.to_owned();
    let mut files = Vec::new();
    for i in 0..10_000 {
        let _ = writeln!(lib, "mod m{i};");
        files.push((format!("src/m{i}.rs"), "pub fn f() {}"));
    }
    let mut all: Vec<(&str, &str)> = files.iter().map(|(n, t)| (n.as_str(), *t)).collect();
    all.push(("src/lib.rs", &lib));
    let analysis = timed(Path::new("/w"), &memory(&all));
    assert_eq!(analysis.resources.counts.files, 10_001);
}

/// Sources that fail on one file as only a mistake of ours could.
struct Failing(Memory);

impl Sources for Failing {
    fn read(&self, path: &Path) -> std::io::Result<Vec<u8>> {
        assert!(!path.ends_with("odd.rs"), "a mistake of ours");
        self.0.read(path)
    }
    fn is_file(&self, path: &Path) -> bool {
        self.0.is_file(path)
    }
    fn is_dir(&self, path: &Path) -> bool {
        self.0.is_dir(path)
    }
    fn walk(&self, dir: &Path, ending: &str) -> Vec<PathBuf> {
        self.0.walk(dir, ending)
    }
    fn list(&self, dir: &Path) -> std::io::Result<Vec<PathBuf>> {
        self.0.list(dir)
    }
}

#[test]
fn a_panic_on_one_file_is_reported_as_ours_and_the_rest_goes_on() {
    let lib = format!("mod odd;\n{WITNESS}");
    let sources = Failing(memory(&[("src/lib.rs", &lib), ("src/odd.rs", "")]));
    let analysis = timed(Path::new("/w"), &sources);
    assert_eq!(witnesses(&analysis), 1, "{:?}", analysis.findings);
    let ours = analysis.findings.iter().find(|f| f.lint == "unparsed_file");
    let text = ours.map(|f| f.primary.text.as_str()).unwrap_or_default();
    assert!(
        text.contains("itself failed here") && text.contains("a mistake of ours"),
        "{text}"
    );
}

/// A package on the disk with a witness and these further lines in its root.
fn on_disk(lines: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(dir.path().join("src")).expect("a folder");
    std::fs::write(dir.path().join("Cargo.toml"), MANIFEST).expect("written");
    std::fs::write(dir.path().join("src/lib.rs"), format!("{lines}\n{WITNESS}")).expect("written");
    dir
}

#[test]
fn a_source_that_is_not_utf8_is_reported_where_it_ceases_to_be_and_the_rest_goes_on() {
    let dir = on_disk("mod latin;");
    let text = b"pub fn f() {} // gr\xf6\xdfe\n";
    std::fs::write(dir.path().join("src/latin.rs"), text).expect("written");
    let analysis = timed(dir.path(), &Disk);
    assert_eq!((unparsed(&analysis), witnesses(&analysis)), (1, 1));
    let found = analysis.findings.iter().find(|f| f.lint == "unparsed_file");
    let primary = found.map(|f| &f.primary).expect("found");
    assert_eq!(primary.span.lo, 19);
    assert!(primary.text.contains("not UTF-8"), "{}", primary.text);
}

#[test]
fn a_file_that_only_a_build_makes_is_counted_as_not_seen() {
    let lib = format!("include!(concat!(env!(\"OUT_DIR\"), \"/bindings.rs\"));\n{WITNESS}");
    let analysis = timed(Path::new("/w"), &memory(&[("src/lib.rs", &lib)]));
    assert_eq!(witnesses(&analysis), 1);
    assert_eq!(analysis.resources.counts.generated, 1);
}

fn said(analysis: &Analysis, what: &str) -> bool {
    analysis
        .notices
        .iter()
        .any(|n| format!("{}: {}", n.file.as_deref().unwrap_or_default(), n.text).contains(what))
}

#[cfg(unix)]
#[test]
fn what_is_no_regular_file_is_not_waited_for() {
    let dir = on_disk("mod fifo; mod device; mod folder; mod missing; mod circle;");
    let src = dir.path().join("src");
    let made = std::process::Command::new("mkfifo")
        .arg(src.join("fifo.rs"))
        .status();
    assert!(made.is_ok_and(|s| s.success()));
    std::os::unix::fs::symlink("/dev/zero", src.join("device.rs")).expect("linked");
    std::os::unix::fs::symlink("circle.rs", src.join("circle.rs")).expect("linked");
    std::os::unix::fs::symlink("..", src.join("up")).expect("linked");
    std::fs::create_dir(src.join("folder.rs")).expect("a folder");
    let analysis = timed(dir.path(), &Disk);
    assert_eq!((unparsed(&analysis), witnesses(&analysis)), (0, 1));
    for name in ["fifo.rs", "device.rs", "folder.rs", "circle.rs"] {
        assert!(said(&analysis, name), "{name}: {:?}", analysis.notices);
    }
    assert!(!said(&analysis, "missing.rs"));
}

#[cfg(unix)]
#[test]
fn files_outside_of_the_repository_are_never_read() {
    let outside = tempfile::tempdir().expect("a folder");
    let secret = outside.path().join("secret.rs");
    std::fs::write(&secret, "password = hunter2").expect("written");
    let up = format!(
        "../../{}/secret.rs",
        outside
            .path()
            .file_name()
            .and_then(|n| n.to_str())
            .unwrap_or_default()
    );
    let lines = format!(
        "#[path = {secret:?}] mod a;\n#[path = \"{up}\"] mod b;\nmod link;\n#[path = \"by/secret.rs\"] mod c;\ninclude!({secret:?});"
    );
    let dir = on_disk(&lines);
    std::os::unix::fs::symlink(&secret, dir.path().join("src/link.rs")).expect("linked");
    std::os::unix::fs::symlink(outside.path(), dir.path().join("src/by")).expect("linked");
    let analysis = timed(dir.path(), &Disk);
    assert_eq!(unparsed(&analysis), 0, "{:?}", analysis.findings);
    assert!(
        analysis
            .sources
            .iter()
            .all(|(_, f)| !f.text.contains("hunter2"))
    );
    for name in ["secret.rs", "src/link.rs", "src/by/secret.rs"] {
        assert!(said(&analysis, name), "{name}: {:?}", analysis.notices);
    }
    // Within one repository a package may share files with another.
    let shared = dir.path().join("member");
    std::fs::create_dir_all(shared.join("src")).expect("a folder");
    std::fs::create_dir(dir.path().join(".git")).expect("a folder");
    std::fs::write(
        shared.join("Cargo.toml"),
        format!("{MANIFEST}\n[workspace]\n"),
    )
    .expect("written");
    std::fs::write(
        shared.join("src/lib.rs"),
        "#[path = \"../../common.rs\"] mod common;",
    )
    .expect("written");
    std::fs::write(dir.path().join("common.rs"), WITNESS).expect("written");
    let analysis = timed(&shared, &Disk);
    assert_eq!(witnesses(&analysis), 1, "{:?}", analysis.notices);
}

#[test]
fn a_file_of_more_than_fifty_megabytes_is_refused_by_name() {
    let dir = on_disk("mod odd;");
    let file = std::fs::File::create(dir.path().join("src/odd.rs")).expect("made");
    file.set_len(51 << 20).expect("grown");
    let analysis = timed(dir.path(), &Disk);
    assert_eq!((unparsed(&analysis), witnesses(&analysis)), (1, 1));
}
