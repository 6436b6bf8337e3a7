//! Known findings, so that a team can begin with the new ones: what is in the baseline is not shown again.
//!
//! A finding is known again by the definition it stands in, its lint and the code of its line, so that neither moved
//! lines nor moved files matter. Equal ones are counted.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::analysis::Analysis;
use crate::discover::workspace::TargetKind;
use crate::finding::Finding;
use crate::lints;
use crate::parse::comments;
use crate::source::FileId;

/// The version of the file's form.
const VERSION: u32 = 1;

const HEADER: &str = "\
# Findings that were there when the baseline was written: `--baseline` keeps silent about them.
# Made by `cargo linger --write-baseline FILE`, which also drops what is mended.
";

/// By what a finding is known again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fingerprint {
    /// The package, as in its manifest.
    pub package: String,
    /// The path of the definition it stands in; of the file, if it stands in none.
    pub definition: String,
    /// The lint's id.
    pub lint: String,
    /// The code of the line it begins on, without comments and blanks that mean nothing.
    pub code: String,
    /// Whether it is test code, which not every run looks at.
    pub test: bool,
}

/// Known findings, with how many of each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baseline {
    entries: BTreeMap<Fingerprint, u32>,
}

/// Why a baseline cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}:{line}: {what}")]
pub struct BaselineError {
    /// The file, as it is shown.
    pub name: String,
    /// 1-based.
    pub line: usize,
    /// What is wrong; lower case, no full stop.
    pub what: String,
}

/// The file as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    #[serde(default, rename = "finding", skip_serializing_if = "Vec::is_empty")]
    findings: Vec<Entry>,
}

/// An entry of it, in the order in which people ask.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    lint: String,
    #[serde(rename = "in")]
    definition: String,
    code: String,
    package: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    test: bool,
    #[serde(default = "one", skip_serializing_if = "is_one")]
    count: u32,
}

fn one() -> u32 {
    1
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a reference"
)]
fn is_one(count: &u32) -> bool {
    *count == 1
}

impl Baseline {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// If it is not one of ours, or of a version this one does not know.
    pub fn read(name: &str, text: &str) -> Result<Baseline, BaselineError> {
        let error = |at: usize, what: String| BaselineError {
            name: name.to_owned(),
            line: text.get(..at).unwrap_or(text).matches('\n').count() + 1,
            what,
        };
        let file: File = toml::from_str(text).map_err(|problem| {
            let what = problem.message().lines().collect::<Vec<_>>().join(", ");
            error(problem.span().map_or(0, |span| span.start), what)
        })?;
        if file.version != VERSION {
            let at = text.find("version").unwrap_or(0);
            let what = format!(
                "this is version {} of a baseline, and only version {VERSION} is known: write it anew, or use a newer cargo linger",
                file.version
            );
            return Err(error(at, what));
        }
        let mut entries = BTreeMap::new();
        for entry in file.findings {
            let Entry {
                lint,
                definition,
                code,
                package,
                test,
                count,
            } = entry;
            let known = Fingerprint {
                package,
                definition,
                lint,
                code,
                test,
            };
            *entries.entry(known).or_insert(0) += count;
        }
        Ok(Baseline { entries })
    }

    /// The text of the file, the same for the same findings.
    pub fn text(&self) -> String {
        let findings = self.entries.iter().map(|(known, count)| Entry {
            lint: known.lint.clone(),
            definition: known.definition.clone(),
            code: known.code.clone(),
            package: known.package.clone(),
            test: known.test,
            count: *count,
        });
        let file = File {
            version: VERSION,
            findings: findings.collect(),
        };
        // Strings, numbers and tables of them: nothing that TOML cannot hold.
        let body = toml::to_string(&file).unwrap_or_default();
        format!("{HEADER}{body}")
    }

    /// Adds a finding. One about a file that was not understood is never known: what else is in there is not either.
    pub fn add(&mut self, analysis: &Analysis, finding: &Finding) {
        if finding.lint != lints::unparsed_file::LINT.id {
            *self
                .entries
                .entry(fingerprint(analysis, finding))
                .or_insert(0) += 1;
        }
    }

    /// Adds entries of another one that this one does not have.
    pub fn keep(&mut self, others: impl IntoIterator<Item = (Fingerprint, u32)>) {
        for (known, count) in others {
            self.entries.entry(known).or_insert(count);
        }
    }

    /// How many findings it holds.
    pub fn len(&self) -> usize {
        self.entries.values().map(|count| *count as usize).sum()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// All entries, in order.
    pub fn entries(&self) -> impl Iterator<Item = (&Fingerprint, u32)> {
        self.entries.iter().map(|(known, count)| (known, *count))
    }

    /// Takes a finding out, if it is in there.
    pub(super) fn take(&mut self, analysis: &Analysis, finding: &Finding) -> bool {
        let Some(count) = self.entries.get_mut(&fingerprint(analysis, finding)) else {
            return false;
        };
        let known = *count > 0;
        *count = count.saturating_sub(1);
        known
    }

    /// Splits what is left after all findings were taken out: what is mended, and what this run did not look at.
    pub(super) fn left(self, analysis: &Analysis, tests: bool) -> Left {
        let unparsed = analysis
            .findings
            .iter()
            .any(|f| f.lint == lints::unparsed_file::LINT.id);
        let left = self.entries.into_iter().filter(|(_, count)| *count > 0);
        // A file that was not understood may hold any of them.
        let (mended, unseen) =
            left.partition(|(known, _)| !unparsed && seen(analysis, known, tests));
        Left { mended, unseen }
    }
}

/// What no finding matched.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Left {
    /// Entries whose code was looked at.
    pub mended: Vec<(Fingerprint, u32)>,
    /// Entries of packages, targets or tests that this run leaves out.
    pub unseen: Vec<(Fingerprint, u32)>,
}

/// Whether this run looked at the code an entry is about, or would have if it were still there.
fn seen(analysis: &Analysis, known: &Fingerprint, tests: bool) -> bool {
    if known.test && !tests {
        return false;
    }
    let krate = known.definition.split("::").next().unwrap_or_default();
    let mut packages = analysis.workspace.packages.iter();
    let Some(package) = packages.find(|package| package.name == known.package) else {
        return true;
    };
    let target = package.targets.iter().find(|target| {
        target.name.as_str() == krate
            && (known.test
                || !matches!(
                    target.kind,
                    TargetKind::Test | TargetKind::Bench | TargetKind::Example
                ))
    });
    package.selected && target.is_none_or(|target| target.selected)
}

/// By what a finding is known again.
pub fn fingerprint(analysis: &Analysis, finding: &Finding) -> Fingerprint {
    let file = finding.primary.span.file;
    let name = analysis
        .sources
        .get(file)
        .map_or("", |source| source.name.as_str());
    let package = analysis
        .owner_of(file)
        .map_or("", |(package, _)| package.name.as_str());
    Fingerprint {
        package: package.to_owned(),
        definition: if finding.definition.is_empty() {
            name.to_owned()
        } else {
            finding.definition.clone()
        },
        lint: finding.lint.to_owned(),
        code: code(analysis, finding),
        test: finding.in_test,
    }
}

/// The code of the line a finding begins on.
fn code(analysis: &Analysis, finding: &Finding) -> String {
    let span = finding.primary.span;
    let Some(source) = analysis.sources.get(span.file) else {
        return String::new();
    };
    let line = source.line_text(source.line_index(span.lo));
    let mut code = String::with_capacity(line.len());
    let mut at = 0;
    for comment in comments::comments(FileId(0), line) {
        code.push_str(line.get(at..comment.span.lo as usize).unwrap_or_default());
        at = comment.span.hi as usize;
    }
    code.push_str(line.get(at..).unwrap_or_default());
    squeezed(&code)
}

/// Without the blanks a formatter may move: only those between two words are left, as one.
fn squeezed(code: &str) -> String {
    let mut out = String::with_capacity(code.len());
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut blank = false;
    for c in code.chars() {
        if c.is_whitespace() {
            blank = true;
            continue;
        }
        if blank && is_word(c) && out.chars().next_back().is_some_and(is_word) {
            out.push(' ');
        }
        blank = false;
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn baseline(count: u32) -> Baseline {
        let known = |definition: &str| Fingerprint {
            package: "api".into(),
            definition: definition.into(),
            lint: "unread_body".into(),
            code: "let r = \"\\\"\";".into(),
            test: definition.ends_with('t'),
        };
        Baseline {
            entries: [(known("api::f"), count), (known("api::t"), 1)].into(),
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let text = baseline(3).text();
        assert!(text.starts_with("# "), "{text}");
        assert_eq!(Baseline::read("b.toml", &text), Ok(baseline(3)));
        assert_eq!(
            Baseline::read("b.toml", &Baseline::default().text()),
            Ok(Baseline::default())
        );
    }

    #[test]
    fn errors_say_where() {
        for (text, says) in [
            ("version = 2\n", "b.toml:1: this is version 2"),
            (
                "# x\nversion = 1\nfindings = 1\n",
                "b.toml:3: unknown field `findings`",
            ),
            (
                "version = 1\n[[finding]]\nlint = \"x\"\n",
                "b.toml:2: missing field `in`",
            ),
            ("hello", "b.toml:1: "),
        ] {
            let error = Baseline::read("b.toml", text).expect_err(text).to_string();
            assert!(error.starts_with(says), "{error}");
        }
    }

    #[test]
    fn blanks_that_mean_nothing_are_none() {
        assert_eq!(squeezed("  let  x = f( a , b );\t"), "let x=f(a,b);");
        assert_eq!(squeezed("let x=f(a,b);"), "let x=f(a,b);");
    }
}
