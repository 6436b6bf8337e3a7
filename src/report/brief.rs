//! Hundreds of findings on a terminal: the first ones, and how many of which lint there are in which file.

use std::collections::BTreeMap;
use std::io;

use codespan_reporting::term::termcolor::{ColorSpec, WriteColor};

use super::Report;
use super::columns::aligned;
use crate::check::Shown;

/// More findings than this scroll away unread.
pub const MANY: usize = 100;
/// So many are shown then, errors first.
const FIRST: usize = 20;
/// So many files are named.
const FILES: usize = 10;

/// The findings to show one by one.
pub(super) fn first<'a>(report: &Report<'a>) -> Vec<&'a Shown> {
    let mut all: Vec<&Shown> = report.checked.findings.iter().collect();
    if is_cut(report) {
        all.sort_by_key(|shown| !shown.fails());
        all.truncate(FIRST);
    }
    all
}

/// Whether some are left out.
pub(super) fn is_cut(report: &Report<'_>) -> bool {
    report.brief && report.checked.findings.len() > MANY
}

/// Says what was left out, by lint and by file.
pub(super) fn rest(report: &Report<'_>, out: &mut dyn WriteColor) -> io::Result<()> {
    if !is_cut(report) {
        return Ok(());
    }
    let all = &report.checked.findings;
    let name = |shown: &Shown| {
        let source = report.analysis.sources.get(shown.finding.primary.span.file);
        source.map_or(String::new(), |source| source.name.clone())
    };
    title(&format!("all {} findings by lint", all.len()), out)?;
    aligned(
        &counted(
            all.iter()
                .map(|shown| format!("linger::{}", shown.finding.lint)),
            usize::MAX,
        ),
        out,
    )?;
    title("and by file", out)?;
    aligned(&counted(all.iter().map(name), FILES), out)?;
    writeln!(
        out,
        "\n{} of them are shown above: `-v` shows all, `--message-format short` each on a line, and \
         `--write-baseline FILE` begins with those that are new",
        FIRST.min(all.len())
    )
}

fn title(text: &str, out: &mut dyn WriteColor) -> io::Result<()> {
    out.set_color(ColorSpec::new().set_bold(true))?;
    write!(out, "{text}")?;
    out.reset()?;
    writeln!(out)
}

/// The most frequent names with their counts, and how many names are left.
fn counted(names: impl Iterator<Item = String>, most: usize) -> Vec<Vec<String>> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for name in names {
        *counts.entry(name).or_default() += 1;
    }
    let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let left = counts.len().saturating_sub(most);
    let width = counts
        .first()
        .map_or(1, |(_, count)| count.to_string().len());
    let mut rows: Vec<Vec<String>> = counts
        .into_iter()
        .take(most)
        .map(|(name, count)| vec![format!("{count:>width$}"), name])
        .collect();
    if left > 0 {
        rows.push(vec![" ".repeat(width), format!("and {left} more")]);
    }
    rows
}
