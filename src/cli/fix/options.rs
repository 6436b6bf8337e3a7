//! What is mended, as the arguments mean it.

use crate::check::levels;
use crate::cli::args::FixArgs;
use crate::cli::usage::UsageError;
use crate::fix::Wanted;
use crate::lint::Lint;
use crate::remedy::Applicability;

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

impl FixOptions {
    /// What the arguments ask for, or what is wrong with them.
    ///
    /// # Errors
    ///
    /// If a flag has nothing to act on, or a lint is not known.
    pub fn resolve(
        args: &FixArgs,
        lints: &[&'static Lint],
    ) -> Result<Option<FixOptions>, UsageError> {
        if !args.fix && !args.diff {
            let alone = [
                ("--unsafe-fixes", args.unsafe_fixes),
                ("--fix-only", !args.fix_only.is_empty()),
                ("--allow-dirty", args.allow_dirty),
                ("--allow-no-vcs", args.allow_no_vcs),
            ];
            return match alone.into_iter().find(|(_, given)| *given) {
                Some((flag, _)) => Err(UsageError::plain(format!(
                    "{flag} means nothing without --fix"
                ))),
                None => Ok(None),
            };
        }
        let mut only = Vec::new();
        for name in &args.fix_only {
            only.extend(levels::members(lints, "--fix-only", name)?);
        }
        let least = if args.unsafe_fixes {
            Applicability::MaybeIncorrect
        } else {
            Applicability::MachineApplicable
        };
        Ok(Some(FixOptions {
            wanted: Wanted {
                least,
                only: (!only.is_empty()).then_some(only),
            },
            diff: args.diff,
            allow_dirty: args.allow_dirty,
            allow_no_vcs: args.allow_no_vcs,
        }))
    }
}
