//! Whether what is there could be had back: refuses to fix over changes that git could not bring back.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::options::FixOptions;
use crate::git::{self, GitError, Repo};

/// Files named in a message.
const SHOWN: usize = 8;

/// Where others keep what was: they are asked nothing, but something is there to bring it back.
const OTHERS: [&str; 5] = [".hg", ".jj", ".pijul", ".fslckout", "_FOSSIL_"];

/// A refusal and what to do about it.
type Refusal = (String, String);

/// A working tree and the files git knows in it.
pub(super) struct Tree {
    repo: Repo,
    tracked: BTreeSet<PathBuf>,
}

/// Refuses if the tree around `dir` has changes that git does not hold, or is in no version control. What is staged git
/// holds: it is no hindrance.
pub(super) fn check(dir: &Path, wanted: &FixOptions) -> Result<Option<Tree>, Refusal> {
    if git::around(dir).is_none() {
        let kept = dir
            .ancestors()
            .any(|dir| OTHERS.iter().any(|other| dir.join(other).exists()));
        if kept || wanted.allow_no_vcs {
            return Ok(None);
        }
        return Err((
            "there is no version control here that could bring back what --fix changes".to_owned(),
            "look with --diff first, or pass --allow-no-vcs".to_owned(),
        ));
    }
    if wanted.allow_dirty {
        return Ok(None);
    }
    let unreadable = |error: GitError| {
        (
            error.what,
            "see that all is committed, then pass --allow-dirty".to_owned(),
        )
    };
    let repo = Repo::open(dir).map_err(unreadable)?;
    let held = repo.held().map_err(unreadable)?;
    if held.unsaved.is_empty() {
        return Ok(Some(Tree {
            repo,
            tracked: held.tracked,
        }));
    }
    Err((
        format!(
            "the working tree has uncommitted changes, which --fix could mix with its own: {}",
            listed(&held.unsaved)
        ),
        "commit or stash them, look with --diff, or pass --allow-dirty".to_owned(),
    ))
}

impl Tree {
    /// Refuses to change files that git could not bring back.
    pub(super) fn covers(&self, paths: &[PathBuf]) -> Result<(), Refusal> {
        let unknown: Vec<PathBuf> = paths
            .iter()
            .filter_map(|path| {
                let path = fs::canonicalize(path).ok()?;
                // One outside the tree is not tracked in it, whatever it is called.
                let inside = self.repo.inside(&path);
                let tracked = inside.as_ref().is_some_and(|p| self.tracked.contains(p));
                (!tracked).then(|| inside.unwrap_or(path))
            })
            .collect();
        if unknown.is_empty() {
            return Ok(());
        }
        Err((
            format!(
                "git does not track what --fix would change: {}",
                listed(&unknown)
            ),
            "add and commit it, look with --diff, or pass --allow-dirty".to_owned(),
        ))
    }
}

fn listed(paths: &[PathBuf]) -> String {
    let name = |path: &PathBuf| format!("`{}`", path.to_string_lossy().replace('\\', "/"));
    let shown: Vec<String> = paths.iter().take(SHOWN).map(name).collect();
    let more = paths.len().saturating_sub(SHOWN);
    let tail = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    shown.join(", ") + &tail
}
