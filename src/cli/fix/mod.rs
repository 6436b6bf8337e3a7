//! `--fix` and `--diff`: which edits are made, where they go, and what is said about it.

mod tree;
mod write;

use std::io;

use clap::Args as ClapArgs;

use super::options::{Options, UsageError};
use super::{Env, Tool, adopt, console, run};
use crate::check::analysis::Analysis;
use crate::check::{Checked, Policy, levels};
use crate::fix::{self, Changed, Fixed, Wanted};
use crate::lint::Lint;
use crate::remedy::Applicability;
use crate::report::Verbosity;
use crate::report::summary::number;
use crate::source::Sources;

/// What to mend.
#[derive(Debug, Clone, ClapArgs)]
#[allow(clippy::struct_excessive_bools)] // one per flag
pub struct FixArgs {
    /// Make the suggested changes that are certain and keep the code's meaning
    #[arg(
        long,
        conflicts_with_all = ["write_baseline", "staged", "stdin_path"],
        help_heading = "Fixes"
    )]
    pub fix: bool,
    /// With --fix or --diff: also those that somebody should look at
    #[arg(long, help_heading = "Fixes")]
    pub unsafe_fixes: bool,
    /// Show what --fix would change as a diff, and write nothing
    #[arg(long, conflicts_with = "write_baseline", help_heading = "Fixes")]
    pub diff: bool,
    /// With --fix or --diff: only what these lints or groups found
    #[arg(
        long,
        value_name = "LINT",
        value_delimiter = ',',
        help_heading = "Fixes"
    )]
    pub fix_only: Vec<String>,
    /// Fix also where the working tree has uncommitted changes
    #[arg(long, help_heading = "Fixes")]
    pub allow_dirty: bool,
    /// Fix also where there is no version control
    #[arg(long, help_heading = "Fixes")]
    pub allow_no_vcs: bool,
}

/// What is mended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FixOptions {
    /// The changes that are made.
    pub wanted: Wanted,
    /// Shown only.
    pub diff: bool,
    /// Uncommitted changes are no hindrance.
    pub allow_dirty: bool,
    /// Nor is the lack of version control.
    pub allow_no_vcs: bool,
}

impl FixArgs {
    /// What they ask for, or what is wrong with them.
    ///
    /// # Errors
    ///
    /// If a flag has nothing to act on, or a lint is not known.
    pub fn resolve(&self, lints: &[&'static Lint]) -> Result<Option<FixOptions>, UsageError> {
        if !self.fix && !self.diff {
            let alone = [
                ("--unsafe-fixes", self.unsafe_fixes),
                ("--fix-only", !self.fix_only.is_empty()),
                ("--allow-dirty", self.allow_dirty),
                ("--allow-no-vcs", self.allow_no_vcs),
            ];
            return match alone.into_iter().find(|(_, given)| *given) {
                Some((flag, _)) => Err(UsageError {
                    what: format!("{flag} means nothing without --fix"),
                    advice: None,
                }),
                None => Ok(None),
            };
        }
        let mut only = Vec::new();
        for name in &self.fix_only {
            only.extend(levels::members(lints, "--fix-only", name)?);
        }
        let least = if self.unsafe_fixes {
            Applicability::MaybeIncorrect
        } else {
            Applicability::MachineApplicable
        };
        Ok(Some(FixOptions {
            wanted: Wanted {
                least,
                only: (!only.is_empty()).then_some(only),
            },
            diff: self.diff,
            allow_dirty: self.allow_dirty,
            allow_no_vcs: self.allow_no_vcs,
        }))
    }
}

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
        run::PASSED
    } else {
        run::FINDINGS
    };
    let look = |sources: &dyn Sources| -> Result<(Analysis, Checked), UsageError> {
        let analysis = (tool.analyze)(&options.analyze, sources).map_err(|error| UsageError {
            what: error.what,
            advice: error.advice,
        })?;
        let (adopt, config) = (&options.adopt, &options.config);
        let checked = adopt::again(adopt, &analysis, policy, config, tool, env)?;
        let checked = fix::suggest(&analysis, checked);
        Ok((analysis, checked))
    };
    let fixed = fix::fix(first, &look, tool.sources, &wanted.wanted);
    let fixed = fixed.map_err(|error| run::misused(&error, env))?;
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
            run::FAILED
        })?;
    }
    if options.verbosity > Verbosity::Quiet {
        console::line(env, &summary(&fixed, wanted, "fixed"));
    }
    Ok((fixed.analysis, fixed.checked))
}

fn refused(env: &mut Env<'_>, (what, advice): &(String, String)) -> u8 {
    console::error(env, what, Some(advice));
    run::FAILED
}

/// Prints the diff: nothing else goes to standard output, so that it can be piped on.
fn show(fixed: &Fixed, options: &Options, wanted: &FixOptions, code: u8, env: &mut Env<'_>) -> u8 {
    let write = |out: &mut dyn io::Write| {
        let mut diffs = fixed.changed.iter().map(fix::unified);
        diffs.try_for_each(|diff| out.write_all(diff.as_bytes()))
    };
    if let Err(error) = console::stdout(env, false, |mut out| write(&mut out)) {
        console::error(
            env,
            &format!("cannot write to standard output: {error}"),
            None,
        );
        return run::FAILED;
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
