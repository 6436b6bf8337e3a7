//! The ledger of precision: every finding on a fixed set of public packages, with a verdict by a reader.
//!
//! `ledger/packages.tsv` names the packages and the seed they were drawn by; a package with a third field counts only for
//! the lints in it, parted by commas: of a lint too rare for the draw, all that the whole list holds is judged.
//! `ledger/verdicts.tsv` holds a line for each finding: package, lint, confidence, `file:line`, verdict (`true`,
//! `debatable`, `false`), and a word why. A line whose confidence is `missed` is a site that should have been found.
//! Versions on the registry never change, so lines hold.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use clap::Subcommand;

use crate::Result;
use crate::product::{self, Confidence, Finding, Product};

/// One crate, none of its dependencies.
const DOWNLOAD_LIMIT: Duration = Duration::from_secs(120);

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Folder of `packages.tsv` and `verdicts.tsv`
    #[arg(long, default_value = "tools/ledger")]
    dir: PathBuf,
    /// Folder that holds the packages as NAME-VERSION; without it cargo downloads them, one by one
    #[arg(long)]
    corpus: Option<PathBuf>,
    #[command(subcommand)]
    command: What,
}

#[derive(Subcommand)]
enum What {
    /// Run on every package of the ledger and say what changed; fails if anything has no verdict
    Replay,
    /// Print the precision of each lint, from the verdicts alone
    Table,
    /// Draw N lines of a list by a seed: the same lines for the same seed and list, on any machine
    Draw {
        seed: u64,
        count: usize,
        list: PathBuf,
    },
    /// Print each finding that has no verdict, with its source line, ready to be judged
    Open,
}

/// A line of `verdicts.tsv`.
struct Verdict {
    package: String,
    lint: String,
    confidence: String,
    place: String,
    judged: String,
    why: String,
}

type Key = (String, String, String);

/// A line of `packages.tsv`.
struct Package {
    /// Name and version, joined by a dash.
    name: String,
    /// The lints it counts for; empty: all.
    lints: Vec<String>,
}

impl Package {
    fn counts_for(&self, lint: &str) -> bool {
        self.lints.is_empty() || self.lints.iter().any(|l| l == lint)
    }
}

impl Verdict {
    fn key(&self) -> Key {
        (self.package.clone(), self.lint.clone(), self.place.clone())
    }
}

pub(crate) fn run(args: &Args, product: &Product) -> Result<bool> {
    match &args.command {
        What::Replay => replay(args, product),
        What::Table => {
            table(&verdicts(&args.dir)?);
            Ok(true)
        }
        What::Draw { seed, count, list } => {
            draw(*seed, *count, list)?;
            Ok(true)
        }
        What::Open => open(args, product),
    }
}

/// What is shown by default on each package, less what only speaks about the tool's own comments.
fn findings(args: &Args, product: &Product) -> Result<Vec<(String, PathBuf, Finding)>> {
    let mut out = Vec::new();
    for package in packages(&args.dir)? {
        let root = fetch(&package.name, args.corpus.as_deref())?;
        for finding in product.check(&root, false)? {
            if finding.confidence >= Confidence::Likely && package.counts_for(&finding.lint) {
                out.push((package.name.clone(), root.clone(), finding));
            }
        }
    }
    Ok(out)
}

fn replay(args: &Args, product: &Product) -> Result<bool> {
    let known: BTreeMap<Key, Verdict> = verdicts(&args.dir)?
        .into_iter()
        .map(|v| (v.key(), v))
        .collect();
    let mut met = BTreeSet::new();
    let mut unjudged = 0;
    for (package, _, finding) in findings(args, product)? {
        let place = format!("{}:{}", finding.file, finding.line);
        let key = (package, finding.lint.clone(), place);
        match known.get(&key) {
            None => {
                unjudged += 1;
                println!("new {} {} {}: {}", key.0, key.1, key.2, finding.message);
            }
            Some(v) if v.confidence == "missed" => {
                println!("found at last {} {} {}: {}", key.0, key.1, key.2, v.why);
            }
            Some(v) if v.confidence != finding.confidence.as_str() => {
                let now = finding.confidence.as_str();
                println!(
                    "{} {} {}: {} before, {now} now",
                    key.0, key.1, key.2, v.confidence
                );
            }
            Some(_) => {}
        }
        met.insert(key);
    }
    for (key, v) in known
        .iter()
        .filter(|(k, v)| v.confidence != "missed" && !met.contains(k))
    {
        println!(
            "lost {} {} {} ({}): {}",
            key.0, key.1, key.2, v.judged, v.why
        );
    }
    println!("{} found, {unjudged} without a verdict", met.len());
    let kept: Vec<Verdict> = known
        .into_values()
        .filter(|v| v.confidence == "missed" || met.contains(&v.key()))
        .collect();
    table(&kept);
    Ok(unjudged == 0)
}

fn open(args: &Args, product: &Product) -> Result<bool> {
    let known: BTreeSet<Key> = verdicts(&args.dir)?.iter().map(Verdict::key).collect();
    for (package, root, finding) in findings(args, product)? {
        let place = format!("{}:{}", finding.file, finding.line);
        if known.contains(&(package.clone(), finding.lint.clone(), place.clone())) {
            continue;
        }
        println!(
            "{package}\t{}\t{}\t{place}",
            finding.lint,
            finding.confidence.as_str()
        );
        let text = fs::read_to_string(root.join(&finding.file)).unwrap_or_default();
        let line = text.lines().nth(finding.line.saturating_sub(1) as usize);
        println!("    {}", line.unwrap_or_default().trim());
    }
    Ok(true)
}

/// Per lint: how many of each verdict, and the share of wrong ones; the same for what is called certain.
fn table(verdicts: &[Verdict]) {
    let mut by: BTreeMap<&str, [u32; 4]> = BTreeMap::new();
    let mut certain = [0; 4];
    for v in verdicts {
        let slot = match (v.confidence.as_str(), v.judged.as_str()) {
            ("missed", _) => 3,
            (_, "true") => 0,
            (_, "debatable") => 1,
            _ => 2,
        };
        by.entry(&v.lint).or_default()[slot] += 1;
        if v.confidence == "certain" {
            certain[slot] += 1;
        }
    }
    println!("| lint | true | debatable | wrong | wrong in a hundred | missed, where looked for |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: |");
    let all = by.values().fold([0; 4], |mut sum, row| {
        sum.iter_mut().zip(row).for_each(|(s, r)| *s += r);
        sum
    });
    let named = by.iter().map(|(lint, row)| (format!("`{lint}`"), *row));
    let sums = [
        ("together".to_owned(), all),
        ("called certain".to_owned(), certain),
    ];
    for (name, [good, debatable, wrong, missed]) in named.chain(sums) {
        let shown = good + debatable + wrong;
        let share = if shown == 0 {
            "–".to_owned()
        } else {
            format!("{:.1}", f64::from(wrong) * 100.0 / f64::from(shown))
        };
        println!("| {name} | {good} | {debatable} | {wrong} | {share} | {missed} |");
    }
}

fn packages(dir: &Path) -> Result<Vec<Package>> {
    let path = dir.join("packages.tsv");
    let text = fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let rows = text
        .lines()
        .filter(|l| !l.starts_with('#') && !l.is_empty());
    Ok(rows
        .map(|l| {
            let mut fields = l.split('\t');
            let name = fields.by_ref().take(2).collect::<Vec<_>>().join("-");
            let searched = fields.flat_map(|f| f.split(',')).map(str::to_owned);
            Package {
                name,
                lints: searched.collect(),
            }
        })
        .collect())
}

fn verdicts(dir: &Path) -> Result<Vec<Verdict>> {
    let path = dir.join("verdicts.tsv");
    let text = fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let mut out = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.starts_with('#') || line.is_empty() {
            continue;
        }
        let fields: Vec<&str> = line.split('\t').collect();
        let [package, lint, confidence, place, verdict, why] = fields.as_slice() else {
            return Err(format!("{}:{}: six fields wanted", path.display(), index + 1).into());
        };
        let sure = *confidence == "missed" || Confidence::parse(confidence).is_some();
        if !sure || !["true", "debatable", "false"].contains(verdict) {
            return Err(format!(
                "{}:{}: `{confidence}` or `{verdict}` is no word of the ledger",
                path.display(),
                index + 1
            )
            .into());
        }
        let own = |s: &&str| (*s).to_owned();
        out.push(Verdict {
            package: own(package),
            lint: own(lint),
            confidence: own(confidence),
            place: own(place),
            judged: own(verdict),
            why: own(why),
        });
    }
    Ok(out)
}

/// Where a package's sources are. `cargo info` downloads and unpacks that one crate.
fn fetch(package: &str, corpus: Option<&Path>) -> Result<PathBuf> {
    if let Some(dir) = corpus {
        return Ok(dir
            .join(package)
            .canonicalize()
            .map_err(|e| format!("{package}: {e}"))?);
    }
    if let Some(found) = unpacked(package)? {
        return Ok(found);
    }
    let (name, version) = split(package).ok_or_else(|| format!("{package}: no version"))?;
    let mut command = Command::new("cargo");
    command
        .args(["info", "-q", "--registry", "crates-io"])
        .arg(format!("{name}@{version}"))
        .current_dir(env::temp_dir());
    product::run(&mut command, DOWNLOAD_LIMIT)?;
    unpacked(package)?.ok_or_else(|| format!("{package}: cargo could not get it").into())
}

/// `name-1.2.3-rc.1` into name and version: a version begins at the first dash before a digit and a dot.
fn split(package: &str) -> Option<(&str, &str)> {
    package.match_indices('-').find_map(|(at, _)| {
        let rest = &package[at + 1..];
        let number = rest.split('.').next()?;
        let version = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
        (version && rest.contains('.')).then_some((&package[..at], rest))
    })
}

fn unpacked(package: &str) -> Result<Option<PathBuf>> {
    let home = match (env::var_os("CARGO_HOME"), env::home_dir()) {
        (Some(home), _) => PathBuf::from(home),
        (None, Some(home)) => home.join(".cargo"),
        (None, None) => return Err("neither CARGO_HOME nor a home folder is known".into()),
    };
    let Ok(registries) = fs::read_dir(home.join("registry/src")) else {
        return Ok(None);
    };
    for registry in registries {
        let dir = registry?.path().join(package);
        if dir.is_dir() {
            return Ok(Some(dir));
        }
    }
    Ok(None)
}

/// A shuffle by splitmix64, so that anyone can draw the same lines again.
fn draw(seed: u64, count: usize, list: &Path) -> Result<()> {
    let text = fs::read_to_string(list).map_err(|e| format!("{}: {e}", list.display()))?;
    let mut lines: Vec<&str> = text.lines().filter(|l| !l.is_empty()).collect();
    lines.sort_unstable();
    lines.dedup();
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    let mut keyed: Vec<(u64, &str)> = lines.into_iter().map(|l| (next(), l)).collect();
    keyed.sort_unstable();
    println!("# drawn with seed {seed}, {count} of {}", keyed.len());
    for (_, line) in keyed.into_iter().take(count) {
        println!("{line}");
    }
    Ok(())
}
