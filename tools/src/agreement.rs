//! Compares `inventory`'s calls with the compiler's own list: clippy's `disallowed_methods` on the same package.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use flate2::read::GzDecoder;
use serde::Deserialize;
use serde_json::Value;

use crate::Result;
use crate::product::{self, Ended, Product};

/// Clippy compiles the whole dependency tree of a package.
const CLIPPY_LIMIT: Duration = Duration::from_secs(1800);

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The `clippy.toml` whose `disallowed-methods` are the listed paths
    #[arg(long)]
    paths: PathBuf,
    /// Folder that holds the packages of recorded lists, as NAME-VERSION
    #[arg(long)]
    corpus: Option<PathBuf>,
    /// JSON object: for each package, the files the compiler saw; without it every file that has a site
    #[arg(long)]
    files: Option<PathBuf>,
    /// Recorded lists (`.jsonl` or `.jsonl.gz`), or folders of packages to run clippy on
    #[arg(required = true)]
    lists: Vec<PathBuf>,
}

/// One call as the compiler resolved it. Lines and columns are 1-based, columns in characters.
#[derive(Debug, Clone, Deserialize)]
struct Site {
    file: String,
    line: u32,
    end_line: u32,
    col: u32,
    end_col: u32,
    path: String,
    #[serde(rename = "macro")]
    in_macro: Option<String>,
}

#[derive(Deserialize)]
struct Head {
    #[serde(rename = "_meta")]
    meta: Meta,
}

#[derive(Deserialize)]
struct Meta {
    #[serde(rename = "crate")]
    name: String,
    package: String,
    args: Vec<String>,
}

/// A package with the compiler's list of its calls.
struct List {
    name: String,
    root: PathBuf,
    args: Vec<String>,
    sites: Vec<Site>,
}

#[derive(Deserialize)]
struct Inventory {
    calls: Vec<Call>,
}

#[derive(Deserialize)]
struct Call {
    file: String,
    line: u32,
    column: u32,
    path: String,
}

/// What two paths of one item share however it is re-exported: crate, blocking or not, type, name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Shape {
    krate: String,
    blocking: bool,
    ty: Option<String>,
    name: String,
}

impl Shape {
    fn of(path: &str) -> Self {
        let parts: Vec<&str> = path.split("::").collect();
        let ty = parts.iter().rev().nth(1);
        let is_type = |t: &&&str| t.starts_with(|c: char| c.is_ascii_uppercase());
        Self {
            krate: parts.first().copied().unwrap_or_default().to_owned(),
            blocking: parts.contains(&"blocking"),
            ty: ty.filter(is_type).map(|t| (*t).to_owned()),
            name: parts.last().copied().unwrap_or_default().to_owned(),
        }
    }
}

/// `futures` shows what `futures_util` holds: the family's name is what both share.
fn facade(krate: &str) -> &str {
    krate.split('_').next().unwrap_or(krate)
}

#[derive(Default)]
struct Tally {
    found: u32,
    missed: u32,
    wrong: u32,
}

#[derive(Default)]
struct Totals {
    paths: Tally,
    methods: Tally,
    by_path: BTreeMap<String, Tally>,
}

/// Prints each difference with its line, then the figures per path. Content whatever they are.
pub(crate) fn run(args: &Args, product: &Product) -> Result<bool> {
    let listed = listed(&args.paths)?;
    let seen: BTreeMap<String, Vec<String>> = match &args.files {
        Some(path) => serde_json::from_str(&fs::read_to_string(path)?)?,
        None => BTreeMap::new(),
    };
    let mut totals = Totals::default();
    for path in &args.lists {
        let list = if path.is_dir() {
            ask_clippy(path, &args.paths)?
        } else {
            recorded(path, args.corpus.as_deref())?
        };
        if !list.root.is_dir() {
            println!("! {}: {} is not there", list.name, list.root.display());
            continue;
        }
        compare(&list, seen.get(&list.name), &listed, product, &mut totals)?;
    }
    println!("| path | found | missed | wrong |");
    println!("| --- | ---: | ---: | ---: |");
    for (path, t) in &totals.by_path {
        println!("| {path} | {} | {} | {} |", t.found, t.missed, t.wrong);
    }
    for (what, t) in [
        ("constructors and free functions", &totals.paths),
        ("methods", &totals.methods),
    ] {
        println!(
            "{what}: {} found, {} missed, {} wrong",
            t.found, t.missed, t.wrong
        );
    }
    Ok(true)
}

fn compare(
    list: &List,
    seen: Option<&Vec<String>>,
    listed: &BTreeSet<Shape>,
    product: &Product,
    totals: &mut Totals,
) -> Result<()> {
    let wanted = ["--all-features", "--all-targets", "--workspace"];
    let args: Vec<String> = list
        .args
        .iter()
        .filter(|a| wanted.contains(&a.as_str()))
        .cloned()
        .collect();
    let ours: Inventory = product.inventory(&list.root, &args)?;
    let mut at: BTreeMap<(&str, u32), Vec<(Shape, &Call)>> = BTreeMap::new();
    for call in &ours.calls {
        let key = (call.file.as_str(), call.line);
        at.entry(key)
            .or_default()
            .push((Shape::of(&call.path), call));
    }
    let mut met: BTreeSet<(&str, u32, u32)> = BTreeSet::new();
    for site in &list.sites {
        let shape = Shape::of(&site.path);
        let mut found = false;
        for line in site.line..=site.end_line {
            for (other, call) in at.get(&(site.file.as_str(), line)).into_iter().flatten() {
                if facade(&other.krate) == facade(&shape.krate) && other.name == shape.name {
                    found = true;
                    met.insert((&call.file, call.line, call.column));
                }
            }
        }
        let kind = if by_path(site, &shape) {
            &mut totals.paths
        } else {
            &mut totals.methods
        };
        let path = totals.by_path.entry(site.path.clone()).or_default();
        if found {
            kind.found += 1;
            path.found += 1;
        } else {
            kind.missed += 1;
            path.missed += 1;
            let inside = site.in_macro.as_deref();
            let inside = inside.map_or(String::new(), |m| format!(" in {m}!"));
            println!(
                "missed {} {}:{} {}{inside}",
                list.name, site.file, site.line, site.path
            );
        }
    }
    let files: BTreeSet<&str> = match seen {
        Some(seen) => seen.iter().map(String::as_str).collect(),
        None => list.sites.iter().map(|s| s.file.as_str()).collect(),
    };
    for call in &ours.calls {
        let shape = Shape::of(&call.path);
        let said = met.contains(&(call.file.as_str(), call.line, call.column));
        if said || !files.contains(call.file.as_str()) || !listed.contains(&shape) {
            continue;
        }
        let kind = if shape.ty.is_some() {
            &mut totals.methods
        } else {
            &mut totals.paths
        };
        kind.wrong += 1;
        totals.by_path.entry(call.path.clone()).or_default().wrong += 1;
        println!(
            "wrong {} {}:{} {}",
            list.name, call.file, call.line, call.path
        );
    }
    Ok(())
}

/// A path call spans the whole path, a method call the method's name.
fn by_path(site: &Site, shape: &Shape) -> bool {
    let wide = site.line != site.end_line
        || site.end_col.saturating_sub(site.col) as usize > shape.name.len();
    shape.ty.is_none() || (wide && site.in_macro.is_none())
}

/// The listed paths. Clippy cannot see a trait's method behind an inherent path: those are left out.
fn listed(path: &Path) -> Result<BTreeSet<Shape>> {
    let text = fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let table: toml::Table = toml::from_str(&text)?;
    let methods = table
        .get("disallowed-methods")
        .and_then(toml::Value::as_array)
        .ok_or("no `disallowed-methods` there")?;
    let path = |m: &toml::Value| {
        let inner = m.get("path").and_then(toml::Value::as_str);
        inner.or_else(|| m.as_str()).map(Shape::of)
    };
    let mut out: BTreeSet<Shape> = methods.iter().filter_map(path).collect();
    out.retain(|s| s.name != "default");
    Ok(out)
}

fn recorded(path: &Path, corpus: Option<&Path>) -> Result<List> {
    let file = File::open(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let packed = path.extension().is_some_and(|e| e == "gz");
    let text: Box<dyn Read> = if packed {
        Box::new(GzDecoder::new(file))
    } else {
        Box::new(file)
    };
    let mut lines = BufReader::new(text).lines();
    let head: Head = serde_json::from_str(&lines.next().ok_or("an empty list")??)?;
    let mut sites = Vec::new();
    for line in lines {
        sites.push(serde_json::from_str(&line?)?);
    }
    // An application's name stands before a word about where it comes from.
    let folder = head.meta.package.split(' ').next().unwrap_or_default();
    Ok(List {
        name: head.meta.name,
        root: corpus.unwrap_or(Path::new(".")).join(folder),
        args: head.meta.args,
        sites,
    })
}

/// Runs clippy on a copy of nothing: the package must compile where it stands.
fn ask_clippy(root: &Path, paths: &Path) -> Result<List> {
    let config = paths.parent().unwrap_or(Path::new(".")).canonicalize()?;
    let mut command = Command::new("cargo");
    command
        .args(["clippy", "--message-format=json", "--all-targets", "--"])
        .args([
            "--cap-lints",
            "warn",
            "--force-warn",
            "clippy::disallowed_methods",
        ])
        .env("CLIPPY_CONF_DIR", config)
        .current_dir(root);
    let out = match product::run(&mut command, CLIPPY_LIMIT)? {
        Ended::Hung => return Err(format!("{}: clippy did not end", root.display()).into()),
        Ended::Done { code: 0, out, .. } => out,
        Ended::Done { err, .. } => {
            return Err(format!("{}: clippy failed: {err}", root.display()).into());
        }
    };
    let mut sites = BTreeMap::new();
    for line in out.lines() {
        let Ok(message) = serde_json::from_str::<Value>(line) else {
            continue;
        };
        if let Some(site) = site(&message) {
            sites.insert(
                (site.file.clone(), site.line, site.col, site.path.clone()),
                site,
            );
        }
    }
    Ok(List {
        name: root
            .file_name()
            .map_or_else(String::new, |n| n.to_string_lossy().into_owned()),
        root: root.to_path_buf(),
        args: vec!["--all-targets".into()],
        sites: sites.into_values().collect(),
    })
}

/// The site of a `disallowed_methods` message; one in an expansion stands at the outermost invocation.
fn site(message: &Value) -> Option<Site> {
    let code = message.pointer("/message/code/code")?.as_str()?;
    if code != "clippy::disallowed_methods" {
        return None;
    }
    let text = message.pointer("/message/message")?.as_str()?;
    let path = text.split('`').nth(1)?.to_owned();
    let spans = message.pointer("/message/spans")?.as_array()?;
    let mut span = spans.iter().find(|s| s["is_primary"] == true)?;
    let mut in_macro = None;
    while let Some(outer) = span.get("expansion").filter(|e| !e.is_null()) {
        in_macro = outer["macro_decl_name"].as_str().map(str::to_owned);
        span = outer.get("span")?;
    }
    let number = |key: &str| span[key].as_u64().and_then(|n| u32::try_from(n).ok());
    Some(Site {
        file: span["file_name"].as_str()?.to_owned(),
        line: number("line_start")?,
        end_line: number("line_end")?,
        col: number("column_start")?,
        end_col: number("column_end")?,
        path,
        in_macro,
    })
}
