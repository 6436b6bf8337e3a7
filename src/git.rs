//! What git knows: which lines changed since a commit, and what is staged.
//!
//! Reads the repository's own files through `gix`: no git is run, no hook, no filter and no configuration but the
//! repository's. It is the one reader beside [`Sources`].

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use gix::bstr::ByteSlice;
use gix::index::entry::Stage;
use imara_diff::{Algorithm, Diff, InternedInput};

use crate::check::changed::Lines;
use crate::discover::normalize;
use crate::source::Sources;

/// More files than this did not move: they went with their feature.
const MOST_GONE: usize = 200;

/// Why git cannot say what was asked, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct GitError {
    /// What is wrong; lower case, no full stop.
    pub what: String,
    /// What to do.
    pub advice: Option<String>,
}

impl GitError {
    fn new(what: impl Into<String>, advice: impl Into<String>) -> Self {
        GitError {
            what: what.into(),
            advice: Some(advice.into()),
        }
    }

    /// From an error of the library: the repository is damaged, or of a kind it cannot read.
    fn unreadable(what: &str, error: &dyn std::error::Error) -> Self {
        GitError {
            what: format!("{what} cannot be read: {error}"),
            advice: None,
        }
    }
}

/// A repository with a working tree.
pub struct Repo {
    git: gix::Repository,
    root: PathBuf,
    /// The root with all links followed: the same folder may have several names.
    real_root: PathBuf,
}

/// What the working tree, or what is staged, is held against.
pub struct Base<'r> {
    tree: gix::Tree<'r>,
    /// The staged files: only these can be part of a commit.
    staged: Option<BTreeSet<PathBuf>>,
    /// Rust files that were there and are no more, with their texts: where a new file may come from.
    gone: OnceCell<Vec<Vec<u8>>>,
}

/// What git could bring back of the files in a working tree.
#[derive(Debug, Default)]
pub struct Held {
    /// The files git knows, relative to the root.
    pub tracked: BTreeSet<PathBuf>,
    /// Those of them whose text git does not hold: changed, or gone, and not staged.
    pub unsaved: Vec<PathBuf>,
}

/// The root of the working tree that a folder lies in, if git keeps one there.
pub fn around(dir: &Path) -> Option<&Path> {
    dir.ancestors().find(|dir| dir.join(".git").exists())
}

impl Repo {
    /// The repository that a folder lies in.
    ///
    /// # Errors
    ///
    /// If there is none, or none with a working tree.
    pub fn open(dir: &Path) -> Result<Repo, GitError> {
        let none = || {
            GitError::new(
                format!("`{}` is in no git repository", dir.display()),
                "`--since` and `--staged` ask git what changed; leave them out",
            )
        };
        let top = around(dir).ok_or_else(none)?;
        let mut repo = gix::open_opts(top, gix::open::Options::isolated())
            .map_err(|error| GitError::unreadable("the git repository", &error))?;
        // Walking a history reads each commit more than once.
        repo.object_cache_size_if_unset(4 << 20);
        let root = repo.workdir().ok_or_else(none)?;
        let root = normalize(&dir.join(root));
        Ok(Repo {
            real_root: root.canonicalize().unwrap_or_else(|_| root.clone()),
            root,
            git: repo,
        })
    }

    /// The state that a branch left `rev` at.
    ///
    /// # Errors
    ///
    /// If `rev` is unknown, or the history up to there is not in this clone.
    pub fn since(&self, rev: &str) -> Result<Base<'_>, GitError> {
        let shallow = self.git.is_shallow();
        let deepen = "this clone is shallow: fetch the whole history (`fetch-depth: 0` in actions/checkout, \
                      `GIT_DEPTH: 0` in GitLab, or `git fetch --unshallow`)";
        let unknown = |error: String| {
            let what = format!("the revision `{rev}` is not in this repository");
            if shallow {
                return GitError::new(what, deepen);
            }
            GitError::new(what, format!("fetch it, or check its spelling ({error})"))
        };
        let commit = self
            .git
            .rev_parse_single(rev)
            .map_err(|error| unknown(error.to_string()))?
            .object()
            .map_err(|error| unknown(error.to_string()))?
            .peel_to_commit()
            .map_err(|error| unknown(error.to_string()))?;
        let head = self
            .git
            .head_commit()
            .map_err(|error| GitError::unreadable("HEAD", &error))?;
        let base = self.git.merge_base(commit.id, head.id).map_err(|_| {
            let what = format!("`{rev}` and HEAD have no common commit in this repository");
            if shallow {
                return GitError::new(what, deepen);
            }
            GitError::new(what, "name a revision that HEAD comes from")
        })?;
        let tree = base
            .object()
            .map(gix::Object::try_into_commit)
            .map_err(|error| GitError::unreadable("a commit", &error))?
            .map_err(|error| GitError::unreadable("a commit", &error))?
            .tree()
            .map_err(|error| GitError::unreadable("a commit", &error))?;
        Ok(Base {
            tree,
            staged: None,
            gone: OnceCell::new(),
        })
    }

    /// The last commit, which what is staged is held against; before the first, nothing.
    ///
    /// # Errors
    ///
    /// If the index or HEAD cannot be read.
    pub fn head(&self, index: Option<&Path>) -> Result<Base<'_>, GitError> {
        let id = self
            .git
            .head_tree_id_or_empty()
            .map_err(|error| GitError::unreadable("HEAD", &error))?;
        let tree = if id == self.git.empty_tree().id {
            self.git.empty_tree()
        } else {
            self.git
                .find_tree(id)
                .map_err(|error| GitError::unreadable("HEAD", &error))?
        };
        let index = self.index(index)?;
        let paths = index
            .entries()
            .iter()
            .map(|entry| self.path(entry.path(&index)));
        Ok(Base {
            tree,
            staged: Some(paths.collect()),
            gone: OnceCell::new(),
        })
    }

    /// The texts to be committed that differ from those on the disk.
    ///
    /// # Errors
    ///
    /// If the index or one of its objects cannot be read.
    pub fn staged(
        &self,
        index: Option<&Path>,
        sources: &dyn Sources,
    ) -> Result<BTreeMap<PathBuf, Vec<u8>>, GitError> {
        let index = self.index(index)?;
        let mut out = BTreeMap::new();
        for entry in index.entries() {
            let path = self.path(entry.path(&index));
            let is_ours = path
                .extension()
                .is_some_and(|end| end == "rs" || end == "toml")
                || path.ends_with("Cargo.lock");
            let is_file = entry.mode.contains(gix::index::entry::Mode::FILE);
            if !is_ours || !is_file || entry.stage() != Stage::Unconflicted {
                continue;
            }
            if is_unchanged(&path, entry, index.timestamp().unix_seconds()) {
                continue;
            }
            let same = sources
                .read(&path)
                .is_ok_and(|bytes| self.is_text_of(entry, &bytes));
            if !same {
                let blob = self
                    .git
                    .find_blob(entry.id)
                    .map_err(|error| GitError::unreadable("a staged file", &error))?;
                out.insert(path, blob.data.clone());
            }
        }
        Ok(out)
    }

    /// What git could bring back of what lies in the working tree.
    ///
    /// # Errors
    ///
    /// If the index cannot be read.
    pub fn held(&self) -> Result<Held, GitError> {
        use gix::index::entry::Flags;

        let index = self.index(None)?;
        let mut out = Held::default();
        for entry in index.entries() {
            // Links, submodules and folders of a sparse tree hold no text of ours.
            if !entry.mode.contains(gix::index::entry::Mode::FILE) {
                continue;
            }
            let name = gix::path::from_bstr(entry.path(&index)).into_owned();
            let path = self.root.join(&name);
            let told_not_to_look = Flags::ASSUME_VALID | Flags::SKIP_WORKTREE;
            let saved = entry.flags.intersects(told_not_to_look)
                || is_unchanged(&path, entry, index.timestamp().unix_seconds())
                || std::fs::read(&path).is_ok_and(|bytes| self.is_text_of(entry, &bytes));
            // Of a conflict git holds all sides, but not what was made of them.
            if (!saved || entry.stage() != Stage::Unconflicted) && !out.unsaved.contains(&name) {
                out.unsaved.push(name.clone());
            }
            out.tracked.insert(name);
        }
        Ok(out)
    }

    /// Whether these bytes are what an entry of the index stands for, as they are or with the line breaks git keeps.
    fn is_text_of(&self, entry: &gix::index::Entry, bytes: &[u8]) -> bool {
        let is = |bytes: &[u8]| {
            let kind = gix::objs::Kind::Blob;
            gix::objs::compute_hash(self.git.object_hash(), kind, bytes)
                .is_ok_and(|id| id == entry.id)
        };
        is(bytes) || bytes.find(b"\r\n").is_some() && is(&bytes.replace(b"\r\n", b"\n"))
    }

    /// The changed lines of a file with this text; `None` if nothing changed.
    ///
    /// # Errors
    ///
    /// If an object cannot be read.
    pub fn changed(
        &self,
        base: &Base<'_>,
        path: &Path,
        text: &str,
    ) -> Result<Option<Lines>, GitError> {
        let path = normalize(path);
        let Some(inside) = self.inside(&path) else {
            // What lies outside is no part of this repository's changes.
            return Ok(None);
        };
        if let Some(staged) = &base.staged
            && !staged.contains(&self.root.join(&inside))
        {
            return Ok(None);
        }
        let unreadable = |error: &dyn std::error::Error| GitError::unreadable("a tree", error);
        let entry = base
            .tree
            .lookup_entry_by_path(&inside)
            .map_err(|error| unreadable(&error))?;
        let Some(entry) = entry.filter(|entry| entry.mode().is_blob()) else {
            let mut above = inside
                .ancestors()
                .skip(1)
                .filter(|dir| !dir.as_os_str().is_empty());
            let in_submodule = above.any(|dir| {
                let entry = base.tree.lookup_entry_by_path(dir);
                entry.is_ok_and(|entry| entry.is_some_and(|entry| entry.mode().is_commit()))
            });
            return Ok((!in_submodule).then(|| self.moved(base, text)));
        };
        let object = entry.object().map_err(|error| unreadable(&error))?;
        let lines = changed_lines(&object.data, text.as_bytes());
        Ok((!lines.is_empty()).then_some(Lines::Some(lines)))
    }

    /// The changed lines of a new file: all of them, unless most come from a file that is gone.
    fn moved(&self, base: &Base<'_>, text: &str) -> Lines {
        let gone = base.gone.get_or_init(|| self.gone(base));
        let length = text.lines().count() as u32;
        let kept = |old: &Vec<u8>| {
            let lines = changed_lines(old, text.as_bytes());
            let changed: u32 = lines.iter().map(ExactSizeIterator::len).sum::<usize>() as u32;
            (length.saturating_sub(changed), lines)
        };
        let best = gone
            .iter()
            .map(|old| (kept(old), old.lines().count() as u32));
        let best = best.max_by_key(|((kept, _), _)| *kept);
        match best {
            // Half of the lines of both, as git has it.
            Some(((kept, lines), old)) if kept > 0 && 4 * kept >= length + old => {
                Lines::Some(lines)
            }
            _ => Lines::All,
        }
    }

    /// The texts of Rust files that are gone. One that cannot be read is none that was moved.
    fn gone(&self, base: &Base<'_>) -> Vec<Vec<u8>> {
        let is_gone = |path: &Path| match &base.staged {
            Some(staged) => !staged.contains(path),
            None => !path.exists(),
        };
        let files = base
            .tree
            .traverse()
            .breadthfirst
            .files()
            .unwrap_or_default();
        files
            .into_iter()
            .filter(|file| file.mode.is_blob() && file.filepath.ends_with(b".rs"))
            .filter(|file| is_gone(&self.path(file.filepath.as_ref())))
            .take(MOST_GONE)
            .filter_map(|file| Some(self.git.find_blob(file.oid).ok()?.take_data()))
            .collect()
    }

    fn index(&self, given: Option<&Path>) -> Result<gix::index::File, GitError> {
        let unreadable = |error: &dyn std::error::Error| GitError::unreadable("the index", error);
        match given {
            Some(path) => {
                let kind = self.git.object_hash();
                let options = gix::index::decode::Options::default();
                gix::index::File::at(path, kind, true, options).map_err(|error| unreadable(&error))
            }
            None if !self.git.index_path().exists() => {
                let state = gix::index::State::new(self.git.object_hash());
                Ok(gix::index::File::from_state(state, self.git.index_path()))
            }
            None => self.git.open_index().map_err(|error| unreadable(&error)),
        }
    }

    fn path(&self, name: &gix::bstr::BStr) -> PathBuf {
        self.root.join(gix::path::from_bstr(name))
    }

    /// A path relative to the root, whichever of its names it has.
    pub fn inside(&self, path: &Path) -> Option<PathBuf> {
        let plain = path.strip_prefix(&self.root).ok().map(Path::to_path_buf);
        plain.or_else(|| {
            let real = path.parent()?.canonicalize().ok()?.join(path.file_name()?);
            real.strip_prefix(&self.real_root)
                .ok()
                .map(Path::to_path_buf)
        })
    }
}

/// Whether a file was not written since it was staged, by size and time, as git decides it.
fn is_unchanged(path: &Path, entry: &gix::index::Entry, written: i64) -> bool {
    let Ok(metadata) = std::fs::metadata(path) else {
        return false;
    };
    let modified = metadata
        .modified()
        .ok()
        .and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    let Some(modified) = modified else {
        return false;
    };
    let time = entry.stat.mtime;
    // What changed while the index was written may have kept size and time.
    let safe = i64::from(time.secs) < written;
    safe && u64::from(entry.stat.size) == metadata.len()
        && u64::from(time.secs) == modified.as_secs()
        && time.nsecs == modified.subsec_nanos()
}

/// The lines of `after` that are not in `before`, and those beside what was taken out: what bounds a call may have
/// stood there.
fn changed_lines(before: &[u8], after: &[u8]) -> Vec<std::ops::Range<u32>> {
    // The line breaks of Windows are no change.
    let lines = |text: &[u8]| -> Vec<Vec<u8>> {
        let lines = text.lines_with_terminator();
        lines
            .map(|line| line.trim_end_with(|c| matches!(c, '\r' | '\n')).to_vec())
            .collect()
    };
    let (before, after) = (lines(before), lines(after));
    let mut input: InternedInput<&[u8]> = InternedInput::default();
    input.update_before(before.iter().map(Vec::as_slice));
    input.update_after(after.iter().map(Vec::as_slice));
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_lines(&input);
    let mut out = Vec::new();
    for hunk in diff.hunks() {
        let mut range = hunk.after.clone();
        if range.is_empty() {
            range = range.start.saturating_sub(1)..range.end + 1;
        }
        out.push(range);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(
        clippy::single_range_in_vec_init,
        reason = "one range of lines is meant, not its lines"
    )]
    fn changed_lines_are_those_of_the_new_text() {
        let lines = |before: &str, after: &str| changed_lines(before.as_bytes(), after.as_bytes());
        assert_eq!(lines("a\nb\nc\n", "a\nb\nc\n"), []);
        assert_eq!(lines("a\nb\nc\n", "a\nx\nc\n"), [1..2]);
        assert_eq!(lines("a\nb\n", "a\nx\ny\nb\n"), [1..3]);
        assert_eq!(
            lines("a\nb\nc\n", "a\nc\n"),
            [0..2],
            "beside what was taken out"
        );
        assert_eq!(lines("a\nb\n", "b\n"), [0..1]);
        assert_eq!(lines("a\nb\n", "a\r\nb\r\n"), [], "only line breaks");
        assert_eq!(lines("", "a\n"), [0..1]);
    }
}
