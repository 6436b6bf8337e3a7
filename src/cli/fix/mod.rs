//! `--fix` and `--diff`: which edits are made, where they go, and what is said about it.

pub mod options;
mod tree;
mod write;

use std::io;

use self::options::FixOptions;
use super::env::{Env, Tool};
use super::exit::{self, misused, print};
use super::options::Options;
use super::usage::UsageError;
use super::{adopt, console};
use crate::check::analysis::Analysis;
use crate::check::{Checked, Policy};
use crate::fix::{self, Changed, Fixed};
use crate::remedy::Applicability;
use crate::report::Verbosity;
use crate::report::summary::number;
use crate::source::Sources;

/// Mends what the first look found; what is left to report, or the exit code if the run ends here.
pub(super) fn execute(
    tool: &Tool<'_>,
    options: &Options,
    wanted: &FixOptions,
    policy: &Policy<'_>,
    first: (Analysis, Checked),
    env: &mut Env<'_>,
) -> Result<(Analysis, Checked), u8> {
    let mut tree = None;
    if !wanted.diff {
        let root = options.analyze.cwd.join(&first.0.workspace.root);
        tree = tree::check(&root, wanted).map_err(|refusal| refused(env, &refusal))?;
    }
    let code = if first.1.passes() {
        exit::PASSED
    } else {
        exit::FINDINGS
    };
    let look = |sources: &dyn Sources| -> Result<(Analysis, Checked), UsageError> {
        let analysis = (tool.analyze)(&options.analyze, sources)?;
        let (adopt, config) = (&options.adopt, &options.config);
        let checked = adopt::again(adopt, &analysis, policy, config, tool, env)?;
        let checked = fix::suggest(&analysis, checked);
        Ok((analysis, checked))
    };
    let fixed = fix::fix(first, &look, tool.sources, &wanted.wanted);
    let fixed = fixed.map_err(|error| misused(&error, env))?;
    for text in &fixed.left {
        console::note(env, text);
    }
    if wanted.diff {
        return Err(show(&fixed, options, wanted, code, env));
    }
    let path = |changed: &Changed| options.analyze.cwd.join(&changed.path);
    if let Some(tree) = tree {
        let paths: Vec<_> = fixed.changed.iter().map(path).collect();
        tree.covers(&paths)
            .map_err(|refusal| refused(env, &refusal))?;
    }
    for changed in &fixed.changed {
        write::replace(&path(changed), changed).map_err(|error| {
            let what = format!("cannot write `{}`: {error}", changed.name);
            console::error(
                env,
                &what,
                Some("files before it in the alphabet are fixed, those after it are not"),
            );
            exit::FAILED
        })?;
    }
    if options.verbosity > Verbosity::Quiet {
        console::line(env, &summary(&fixed, wanted, "fixed"));
    }
    Ok((fixed.analysis, fixed.checked))
}

fn refused(env: &mut Env<'_>, (what, advice): &(String, String)) -> u8 {
    console::error(env, what, Some(advice));
    exit::FAILED
}

/// Prints the diff: nothing else goes to standard output, so that it can be piped on.
fn show(fixed: &Fixed, options: &Options, wanted: &FixOptions, code: u8, env: &mut Env<'_>) -> u8 {
    let write = |out: &mut dyn io::Write| {
        let mut diffs = fixed.changed.iter().map(fix::unified);
        diffs.try_for_each(|diff| out.write_all(diff.as_bytes()))
    };
    let printed = print(env, write);
    if printed != exit::PASSED {
        return printed;
    }
    if options.verbosity > Verbosity::Quiet {
        console::line(env, &summary(fixed, wanted, "would fix"));
    }
    code
}

/// One line: what was done, and what `--unsafe-fixes` would do besides.
fn summary(fixed: &Fixed, wanted: &FixOptions, verb: &str) -> String {
    let files = |changed: &[Changed]| number(changed.len(), "file", "files");
    let mut out = format!(
        "cargo linger: {verb} {} in {}",
        number(fixed.made, "finding", "findings"),
        files(&fixed.changed)
    );
    let more = fix::unsafe_ones(&fixed.checked, &wanted.wanted);
    if wanted.wanted.least == Applicability::MachineApplicable && more > 0 {
        out.push_str(&format!("; --unsafe-fixes would fix {more} more"));
    }
    out
}
