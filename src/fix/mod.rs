//! Edits: where a remedy goes in the text, and what becomes of the text when all that fit are made.
//!
//! Nothing here reads or writes a file: texts come in through [`Sources`] and go out as [`Changed`]; what is written, and
//! whether, is the command line's to decide. Edits are made in rounds on an overlay of the sources, and each round looks at
//! the code anew, so an edit is only made while what it mends is still found, and making all of them twice changes nothing
//! more.

mod apply;
mod diff;
mod layout;
mod place;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

pub use apply::apply;
pub use diff::{lines, unified};

use crate::check::analysis::Analysis;
use crate::check::{Checked, Shown};
use crate::discover::{Overlay, normalize};
use crate::finding::{Confidence, Suggestion};
use crate::parse::STACK;
use crate::parse::around::Tree;
use crate::remedy::{Applicability, Change};
use crate::source::{FileId, Sources};

/// Rounds over the code: what overlaps waits for the next one, and what is mended may let more be seen.
const ROUNDS: usize = 12;

/// Finds the bytes of every remedy of what is shown.
pub fn suggest(analysis: &Analysis, mut checked: Checked) -> Checked {
    let reads = checked
        .findings
        .iter()
        .flat_map(|s| &s.finding.remedies)
        .any(|r| matches!(r.change, Change::OnceBound { .. }));
    let place = || place_all(analysis, &checked);
    let placed = if reads { deep(&place) } else { place() };
    for (shown, suggestions) in checked.findings.iter_mut().zip(placed) {
        shown.suggestions = suggestions;
    }
    checked
}

/// Runs what reads Rust on a stack that holds the deepest nesting we read.
fn deep<T: Send>(work: &(dyn Fn() -> T + Sync)) -> T {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK);
        match thread.spawn_scoped(scope, work) {
            Ok(handle) => handle
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            // No thread to be had: what is here must do.
            Err(_) => work(),
        }
    })
}

fn place_all(analysis: &Analysis, checked: &Checked) -> Vec<Vec<Suggestion>> {
    let mut trees: BTreeMap<FileId, Option<Rc<Tree>>> = BTreeMap::new();
    checked
        .findings
        .iter()
        .map(|shown| {
            let (finding, id) = (&shown.finding, shown.finding.primary.span.file);
            let Some(source) = analysis.sources.get(id) else {
                return Vec::new();
            };
            let mut tree = || {
                let tree = trees.entry(id);
                tree.or_insert_with(|| Tree::read(&source.text).map(Rc::new))
                    .clone()
            };
            let placed = finding.remedies.iter().filter_map(|remedy| {
                let sure = finding.confidence == Confidence::Certain;
                Some(Suggestion {
                    message: remedy.message.clone(),
                    applicability: match remedy.applicability {
                        Applicability::MachineApplicable if !sure => Applicability::MaybeIncorrect,
                        other => other,
                    },
                    edits: place::edits(source, id, remedy, &mut tree)?,
                })
            });
            placed.collect()
        })
        .collect()
}

/// A file whose text is another after the fixes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// As findings name it.
    pub name: String,
    /// Where it was read from.
    pub path: PathBuf,
    /// Its text before.
    pub before: String,
    /// Its text after.
    pub after: String,
}

/// What became of the fixes.
#[derive(Debug)]
pub struct Fixed {
    /// What was found in the end.
    pub analysis: Analysis,
    /// What is shown of it.
    pub checked: Checked,
    /// The files that changed, by name.
    pub changed: Vec<Changed>,
    /// How many findings were fixed.
    pub made: usize,
    /// What was left as it was, and why; each a sentence for the user.
    pub left: Vec<String>,
}

/// Which suggestions are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The least safe.
    pub least: Applicability,
    /// The lints whose findings are mended; all, if none is named.
    pub only: Option<Vec<&'static str>>,
}

impl Wanted {
    /// Whether findings of this lint are mended.
    fn is_about(&self, lint: &str) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(&lint))
    }
}

/// One look at the code: what is found, and what is shown of it.
pub type Look<'a, E> = dyn Fn(&dyn Sources) -> Result<(Analysis, Checked), E> + 'a;

/// What tells findings of one kind in one place apart from others when lines move.
type Kind = (String, &'static str, String);

/// Makes every suggestion that is wanted, in memory, from what the first look found until nothing is
/// left to make.
pub fn fix<E>(
    first: (Analysis, Checked),
    look: &Look<'_, E>,
    base: &dyn Sources,
    wanted: &Wanted,
) -> Result<Fixed, E> {
    let mut state = State {
        base,
        texts: BTreeMap::new(),
        made: 0,
        left: BTreeSet::new(),
        useless: BTreeSet::new(),
    };
    let (mut analysis, mut checked) = first;
    for _ in 0..ROUNDS {
        let round = state.round(&analysis, &checked, wanted);
        if round.is_empty() {
            break;
        }
        let before = kinds(&analysis, &checked);
        (analysis, checked) = look(&state.sources())?;
        if state.judge(round, &before, &kinds(&analysis, &checked)) {
            (analysis, checked) = look(&state.sources())?;
        }
    }
    Ok(Fixed {
        changed: state.changed(),
        analysis,
        checked,
        made: state.made,
        left: state.left.into_iter().collect(),
    })
}

struct State<'a> {
    base: &'a dyn Sources,
    /// The new texts by path, with the names of their files.
    texts: BTreeMap<PathBuf, (String, String)>,
    made: usize,
    left: BTreeSet<String>,
    /// Kinds whose fix did not help.
    useless: BTreeSet<Kind>,
}

/// What one round did to one file.
struct Step {
    name: String,
    path: PathBuf,
    before: String,
    made: BTreeMap<Kind, usize>,
}

impl State<'_> {
    /// The sources with the new texts before them.
    fn sources(&self) -> Overlay<'_> {
        let texts = self.texts.iter();
        let bytes = texts.map(|(path, (_, text))| (path.clone(), text.clone().into_bytes()));
        Overlay::new(bytes.collect(), self.base)
    }

    /// The files that differ from those below, by name.
    fn changed(&self) -> Vec<Changed> {
        let changed = self.texts.iter().filter_map(|(path, (name, after))| {
            let before = String::from_utf8(self.base.read(path).ok()?).ok()?;
            (before != *after).then(|| Changed {
                name: name.clone(),
                path: path.clone(),
                before,
                after: after.clone(),
            })
        });
        let mut out: Vec<Changed> = changed.collect();
        out.sort_by(|a, b| a.name.cmp(&b.name));
        out
    }

    fn set(&mut self, path: &Path, name: &str, text: String) {
        self.texts.insert(normalize(path), (name.to_owned(), text));
    }

    /// Makes one round of edits on the texts.
    fn round(&mut self, analysis: &Analysis, checked: &Checked, wanted: &Wanted) -> Vec<Step> {
        let mut by_file: BTreeMap<FileId, Vec<(Kind, &Suggestion)>> = BTreeMap::new();
        for shown in &checked.findings {
            let kind = kind(analysis, shown);
            let mut suggestions = shown.suggestions.iter();
            if let Some(suggestion) = suggestions.find(|s| s.applicability <= wanted.least)
                && wanted.is_about(shown.finding.lint)
                && !self.useless.contains(&kind)
            {
                let file = shown.finding.primary.span.file;
                by_file.entry(file).or_default().push((kind, suggestion));
            }
        }
        let mut steps = Vec::new();
        for (id, wanted) in by_file {
            let Some(source) = analysis.sources.get(id) else {
                continue;
            };
            // What is shown may have been decoded: only a text that is the file's very bytes can be written back.
            let bytes = self.sources().read(&source.path);
            if !bytes.is_ok_and(|bytes| bytes == source.text.as_bytes()) {
                self.leave(&source.name, "its bytes are not the text that was read");
                self.useless.extend(wanted.into_iter().map(|(k, _)| k));
                continue;
            }
            let suggestions: Vec<&Suggestion> = wanted.iter().map(|(_, s)| *s).collect();
            let (text, done) = apply(&source.text, &suggestions);
            if text == *source.text {
                continue;
            }
            let readable = deep(&|| Tree::read(&text).is_some());
            if !readable {
                self.leave(&source.name, "it could not be read as Rust after the edits");
                self.useless.extend(wanted.into_iter().map(|(k, _)| k));
                continue;
            }
            let mut made: BTreeMap<Kind, usize> = BTreeMap::new();
            for ((kind, _), done) in wanted.into_iter().zip(done) {
                *made.entry(kind).or_default() += usize::from(done);
            }
            self.set(&source.path, &source.name, text);
            steps.push(Step {
                name: source.name.clone(),
                path: source.path.clone(),
                before: source.text.to_string(),
                made,
            });
        }
        steps
    }

    /// Takes back what did not help: a fix is no fix while what it was made for is still found, or something else is found
    /// in its stead. Says whether anything was taken back.
    fn judge(
        &mut self,
        round: Vec<Step>,
        before: &BTreeMap<Kind, usize>,
        after: &BTreeMap<Kind, usize>,
    ) -> bool {
        let count = |of: &BTreeMap<Kind, usize>, kind: &Kind| of.get(kind).copied().unwrap_or(0);
        let mut back = false;
        for step in round {
            let remains =
                |(kind, made): (&Kind, &usize)| count(after, kind) + made > count(before, kind);
            let failed: Vec<Kind> = step
                .made
                .iter()
                .filter(|m| remains(*m))
                .map(|(k, _)| k.clone())
                .collect();
            let worse: Vec<&Kind> = after
                .keys()
                .filter(|k| k.0 == step.name && count(after, k) > count(before, k))
                .collect();
            if failed.is_empty() && worse.is_empty() {
                self.made += step.made.values().sum::<usize>();
                continue;
            }
            back = true;
            let all = failed.is_empty();
            for kind in step.made.keys().filter(|k| all || failed.contains(k)) {
                self.leave(
                    &step.name,
                    &format!("the fix for `{}` did not settle it", kind.1),
                );
                self.useless.insert(kind.clone());
            }
            self.set(&step.path, &step.name, step.before);
        }
        back
    }

    fn leave(&mut self, name: &str, why: &str) {
        self.left
            .insert(format!("`{name}` was left as it was: {why}"));
    }
}

fn kind(analysis: &Analysis, shown: &Shown) -> Kind {
    let finding = &shown.finding;
    let file = analysis.sources.get(finding.primary.span.file);
    let name = file.map_or(String::new(), |f| f.name.clone());
    (name, finding.lint, finding.definition.clone())
}

fn kinds(analysis: &Analysis, checked: &Checked) -> BTreeMap<Kind, usize> {
    let mut out: BTreeMap<Kind, usize> = BTreeMap::new();
    for shown in &checked.findings {
        *out.entry(kind(analysis, shown)).or_default() += 1;
    }
    out
}

/// How many findings could be mended as well if somebody looks at it.
pub fn unsafe_ones(checked: &Checked, wanted: &Wanted) -> usize {
    let best = |s: &&Shown| s.suggestions.iter().map(|s| s.applicability).min();
    checked
        .findings
        .iter()
        .filter(|s| wanted.is_about(s.finding.lint))
        .filter(|s| best(s) == Some(Applicability::MaybeIncorrect))
        .count()
}
