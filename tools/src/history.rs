//! Scores fixed defects of public repositories: flagged at the commit before, silent at the commit of the fix.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;
use serde::Deserialize;

use crate::Result;
use crate::product::{Confidence, Finding, Product};
use crate::rival::Rival;

/// A finding this far from the place of the defect still names it.
const NEAR: u32 = 8;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The pairs, one JSON object a line
    #[arg(long)]
    pairs: PathBuf,
    /// Snapshots of the pairs: `ID/before`, `ID/after`, and `ID/root` naming the workspace root inside each
    #[arg(long)]
    snapshots: PathBuf,
    /// Look-alikes that must be silent, one JSON object a line
    #[arg(long, requires = "negative_snapshots")]
    negatives: Option<PathBuf>,
    /// Snapshots of the look-alikes: `ID/at` and `ID/root`
    #[arg(long)]
    negative_snapshots: Option<PathBuf>,
    /// Only ids that match
    #[arg(long, default_value = "")]
    only: Regex,
    /// Print each pair with what was found near its place
    #[arg(short, long)]
    verbose: bool,
    /// Score this rule file, run by ast-grep, instead of the binary; a rule's id starts with its class (`T-…`)
    #[arg(long)]
    patterns: Option<PathBuf>,
    /// The ast-grep binary
    #[arg(long, default_value = "ast-grep")]
    ast_grep: PathBuf,
}

#[derive(Deserialize)]
struct Pair {
    id: String,
    class: char,
    file: String,
    line: u32,
    file_after: String,
    line_after: u32,
    grade: String,
    #[serde(default)]
    why: String,
}

#[derive(Deserialize)]
struct LookAlike {
    id: String,
    file: String,
    line: u32,
    class_it_resembles: char,
    #[serde(default)]
    why_fine: String,
}

/// The lints that speak of a class of defects.
fn lints(class: char) -> &'static [&'static str] {
    match class {
        'T' => &[
            "client_without_timeout",
            "request_without_timeout",
            "stalled_body",
            "endless_task",
        ],
        'B' => &["unread_body", "held_response"],
        'D' => &["detached_task", "endless_task"],
        'C' => &["client_per_request"],
        'U' => &["unbounded_spawn"],
        'S' => &[
            "stalled_body",
            "total_timeout_on_stream",
            "client_without_timeout",
        ],
        'K' => &["blocking_client_in_async"],
        'L' => &["unbounded_body"],
        _ => &[],
    }
}

/// Whether a finding speaks of a class. A rival's rule says so in its id.
fn speaks_of(finding: &Finding, class: char) -> bool {
    lints(class).contains(&finding.lint.as_str())
        || finding
            .lint
            .strip_prefix(class)
            .is_some_and(|rest| rest.starts_with('-'))
}

/// Weak findings count for the classes where meant ones are common.
fn threshold(class: char) -> Confidence {
    match class {
        'B' | 'D' => Confidence::Possible,
        _ => Confidence::Likely,
    }
}

/// What a pair came to at one threshold.
#[derive(Default, Clone, Copy)]
struct Tally {
    pairs: u32,
    flagged: u32,
    silent: u32,
    solved: u32,
}

/// Runs whichever is scored, once for each folder.
struct Runner<'a> {
    product: &'a Product,
    rival: Option<Rival>,
    seen: BTreeMap<PathBuf, Vec<Finding>>,
}

impl Runner<'_> {
    fn check(&mut self, root: &Path) -> Result<&[Finding]> {
        let key = root
            .canonicalize()
            .map_err(|e| format!("{}: {e}", root.display()))?;
        if !self.seen.contains_key(&key) {
            let found = match &self.rival {
                Some(rival) => rival.check(&key),
                None => self.product.check(&key, true),
            };
            // One folder that fails is said and counts as silent; the score of the others still stands.
            let found = found.unwrap_or_else(|error| {
                println!("! {error}");
                Vec::new()
            });
            self.seen.insert(key.clone(), outside_tests(found));
        }
        Ok(self.seen.get(&key).map_or(&[], Vec::as_slice))
    }
}

fn outside_tests(found: Vec<Finding>) -> Vec<Finding> {
    let test = |f: &Finding| {
        let mut parts = f.file.split('/');
        parts.any(|p| matches!(p, "tests" | "examples" | "benches"))
    };
    found.into_iter().filter(|f| !test(f)).collect()
}

/// Scores, prints, and is content whatever the score: the figures are the answer.
pub(crate) fn run(args: &Args, product: &Product) -> Result<bool> {
    let rival = args.patterns.as_ref().map(|rules| {
        rules.canonicalize().map(|rules| Rival {
            bin: args.ast_grep.clone(),
            rules,
            limit: product.limit(),
        })
    });
    let mut runner = Runner {
        product,
        rival: rival.transpose()?,
        seen: BTreeMap::new(),
    };
    let mut tallies: BTreeMap<(char, String), [Tally; 2]> = BTreeMap::new();
    for pair in read::<Pair>(&args.pairs)? {
        if !args.only.is_match(&pair.id) {
            continue;
        }
        let dir = args.snapshots.join(&pair.id);
        let roots = fs::read_to_string(dir.join("root"))
            .map_err(|e| format!("{}: {e}", dir.join("root").display()))?;
        let mut roots = roots.lines();
        let mut side = |name: &str, file: &str, line: u32| -> Result<Vec<Finding>> {
            let root = roots.next().unwrap_or(".").trim();
            let found = runner.check(&dir.join(name).join(root))?;
            Ok(near(found, root, file, line, pair.class))
        };
        let before = side("before", &pair.file, pair.line)?;
        let after = side("after", &pair.file_after, pair.line_after)?;
        let entry = tallies.entry((pair.class, pair.grade.clone())).or_default();
        let mut words = String::new();
        for (tally, least) in entry
            .iter_mut()
            .zip([threshold(pair.class), Confidence::Likely])
        {
            let flagged = before.iter().any(|f| f.confidence >= least);
            let silent = !after.iter().any(|f| f.confidence >= least);
            tally.pairs += 1;
            tally.flagged += u32::from(flagged);
            tally.silent += u32::from(silent);
            tally.solved += u32::from(flagged && silent);
            words.push_str(match (flagged, silent) {
                (true, true) => " solved",
                (true, false) => " flagged-after",
                (false, true) => " missed",
                (false, false) => " missed-and-flagged-after",
            });
        }
        if args.verbose {
            println!("{}{words} ({})", pair.id, pair.grade);
            println!("    {}:{}: {}", pair.file, pair.line, pair.why);
            show("before", &before);
            show("after", &after);
        }
    }
    table(&tallies);
    if let (Some(list), Some(dir)) = (&args.negatives, &args.negative_snapshots) {
        look_alikes(args, list, dir, &mut runner)?;
    }
    count(&runner);
    Ok(true)
}

fn table(tallies: &BTreeMap<(char, String), [Tally; 2]>) {
    println!("| class | grade | pairs | flagged | silent after | solved | solved by default |");
    println!("| --- | --- | ---: | ---: | ---: | ---: | ---: |");
    for ((class, grade), [own, default]) in tallies {
        println!(
            "| {class} | {grade} | {} | {} | {} | {} | {} |",
            own.pairs, own.flagged, own.silent, own.solved, default.solved
        );
    }
}

fn look_alikes(args: &Args, list: &Path, dir: &Path, runner: &mut Runner<'_>) -> Result<()> {
    let (mut all, mut silent) = (0, 0);
    for case in read::<LookAlike>(list)? {
        if !args.only.is_match(&case.id) {
            continue;
        }
        let dir = dir.join(&case.id);
        let root = fs::read_to_string(dir.join("root"))
            .map_err(|e| format!("{}: {e}", dir.join("root").display()))?;
        let root = root.trim();
        let found = runner.check(&dir.join("at").join(root))?;
        let least = threshold(case.class_it_resembles);
        let mut hits = near(found, root, &case.file, case.line, case.class_it_resembles);
        hits.retain(|f| f.confidence >= least);
        all += 1;
        silent += u32::from(hits.is_empty());
        if !hits.is_empty() || args.verbose {
            let word = if hits.is_empty() { "silent" } else { "FLAGGED" };
            println!("{} {word}", case.id);
            println!("    {}:{}: {}", case.file, case.line, case.why_fine);
            show("at", &hits);
        }
    }
    println!("look-alikes silent: {silent} of {all}");
    Ok(())
}

/// What all that costs: findings on all folders that were run, each folder once.
fn count(runner: &Runner<'_>) {
    let mut by: BTreeMap<&str, [u32; 2]> = BTreeMap::new();
    for finding in runner.seen.values().flatten() {
        let entry = by.entry(&finding.lint).or_default();
        entry[0] += 1;
        entry[1] += u32::from(finding.confidence >= Confidence::Likely);
    }
    println!(
        "findings on {} folders (all, by default):",
        runner.seen.len()
    );
    for (lint, [all, default]) in &by {
        println!("    {lint}: {all}, {default}");
    }
    let sum = |i: usize| by.values().map(|v| v[i]).sum::<u32>();
    println!("    together: {}, {}", sum(0), sum(1));
}

fn near(found: &[Finding], root: &str, file: &str, line: u32, class: char) -> Vec<Finding> {
    let file = match file.strip_prefix(root) {
        Some(rest) if root != "." && !root.is_empty() => rest.trim_start_matches('/'),
        _ => file,
    };
    let mut out: Vec<Finding> = found
        .iter()
        .filter(|f| f.file == file && f.line.abs_diff(line) <= NEAR && speaks_of(f, class))
        .cloned()
        .collect();
    out.dedup();
    out
}

fn show(side: &str, found: &[Finding]) {
    for f in found {
        println!(
            "    {side}: {} ({}) {}:{}: {}",
            f.lint,
            f.confidence.as_str(),
            f.file,
            f.line,
            f.message.lines().next().unwrap_or_default()
        );
    }
}

fn read<T: for<'a> Deserialize<'a>>(path: &Path) -> Result<Vec<T>> {
    let text = fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let mut out = Vec::new();
    for (index, line) in text.lines().enumerate().filter(|(_, l)| !l.is_empty()) {
        let item = serde_json::from_str(line)
            .map_err(|e| format!("{}:{}: {e}", path.display(), index + 1))?;
        out.push(item);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::lints;

    #[test]
    fn a_fix_that_takes_a_total_timeout_off_a_stream_is_told() {
        for told in ["stalled_body", "total_timeout_on_stream"] {
            assert!(lints('S').contains(&told), "{told}");
        }
    }
}
