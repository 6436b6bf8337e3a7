//! Facts about crates of one's own: files that the configuration names, and tables in it.

use std::path::{Path, PathBuf};

use super::error::{ConfigError, Text};
use crate::check::analysis::OwnFacts;
use crate::discover::{display_name, glob_matches};
use crate::source::Sources;

/// More folders than this are not searched for a `**`.
const MOST_FOLDERS: usize = 10_000;

/// The files a glob leads to, read. There has to be one.
pub(super) fn files(
    sources: &dyn Sources,
    text: &Text<'_>,
    at: usize,
    glob: &str,
    dir: &Path,
) -> Result<Vec<OwnFacts>, ConfigError> {
    let mut found = vec![dir.to_path_buf()];
    for part in glob.split('/').filter(|part| !matches!(*part, "" | ".")) {
        found = found
            .iter()
            .flat_map(|dir| below(sources, dir, part))
            .collect();
    }
    found.retain(|path| sources.is_file(path));
    if found.is_empty() {
        let advice = format!("paths are meant from `{}`", dir.display());
        return Err(text.error(at, format!("no file matches `{glob}`"), advice));
    }
    let read = |path: &PathBuf| {
        let name = display_name(dir, path);
        let bytes = sources
            .read(path)
            .map_err(|error| text.error(at, format!("`{name}` cannot be read: {error}"), None))?;
        match String::from_utf8(bytes) {
            Ok(text) => Ok(OwnFacts { name, text }),
            Err(_) => Err(text.error(at, format!("`{name}` is not UTF-8"), None)),
        }
    };
    found.iter().map(read).collect()
}

/// What one part of a glob leads to from a folder.
fn below(sources: &dyn Sources, dir: &Path, part: &str) -> Vec<PathBuf> {
    if part == "**" {
        return folders(sources, dir);
    }
    if !part.contains(['*', '?', '[']) {
        return vec![dir.join(part)];
    }
    let named = |path: &PathBuf| {
        path.file_name()
            .is_some_and(|name| glob_matches(part, &name.to_string_lossy()))
    };
    sources
        .list(dir)
        .unwrap_or_default()
        .into_iter()
        .filter(named)
        .collect()
}

/// A folder and all below it, without hidden ones and `target`.
fn folders(sources: &dyn Sources, dir: &Path) -> Vec<PathBuf> {
    let mut all = vec![dir.to_path_buf()];
    let mut at = 0;
    while let Some(dir) = all.get(at).cloned() {
        at += 1;
        let inside = sources
            .list(&dir)
            .unwrap_or_default()
            .into_iter()
            .filter(|path| {
                let name = path
                    .file_name()
                    .map(|name| name.to_string_lossy().into_owned());
                name.is_some_and(|name| !name.starts_with('.') && name != "target")
            });
        all.extend(
            inside
                .filter(|path| sources.is_dir(path))
                .take(MOST_FOLDERS - all.len().min(MOST_FOLDERS)),
        );
    }
    all
}

/// A table as a file of its own, each line where it stands in the configuration: what is wrong in it is found there.
pub(super) fn table(
    text: &Text<'_>,
    at: usize,
    table: &toml::Table,
) -> Result<OwnFacts, ConfigError> {
    let lifted = lifted(text.text, at).filter(|l| l.parse::<toml::Table>().as_ref() == Ok(table));
    if let Some(lifted) = lifted {
        let name = text.name.to_owned();
        return Ok(OwnFacts { name, text: lifted });
    }
    // Written as `catalog = [{ .. }]`, say.
    let name = format!("{} (the table here)", text.origin(at));
    match toml::to_string(table) {
        Ok(text) => Ok(OwnFacts { name, text }),
        Err(error) => Err(text.error(at, format!("these facts cannot be read: {error}"), None)),
    }
}

/// The text of one `[[..catalog]]` table with its own tables at the top, all else blank.
fn lifted(text: &str, at: usize) -> Option<String> {
    let start = text.get(..at)?.rfind('\n').map_or(0, |newline| newline + 1);
    let mut lines = text.get(start..)?.lines();
    let header = lines.next()?.trim();
    let name = header.strip_prefix("[[")?.split("]]").next()?.trim();
    let mut out = "\n".repeat(text.get(..start)?.matches('\n').count() + 1);
    let mut inside = None;
    for line in lines {
        let trimmed = line.trim_start();
        let mut shown = line.to_owned();
        if inside.is_none() && trimmed.starts_with('[') {
            let brackets = if trimmed.starts_with("[[") { "[[" } else { "[" };
            let of_table = trimmed
                .get(brackets.len()..)
                .and_then(|t| t.strip_prefix(name));
            match of_table.and_then(|rest| rest.strip_prefix('.')) {
                Some(rest) => shown = format!("{brackets}{rest}"),
                None => break,
            }
        }
        for quotes in ["\"\"\"", "\'\'\'"] {
            if inside.is_none_or(|open| open == quotes) && line.matches(quotes).count() % 2 == 1 {
                inside = inside.map_or(Some(quotes), |_| None);
            }
        }
        out.push_str(&shown);
        out.push('\n');
    }
    Some(out)
}
