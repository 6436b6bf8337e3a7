//! One `Cargo.toml` as text says it: read once, complaints collected, nothing inherited yet.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml::{Table, Value};

use super::paths::{display_name, normalize};
use super::workspace::Notice;
use crate::source::{SourceFile, Sources};

/// The name every manifest has.
pub const MANIFEST: &str = "Cargo.toml";

/// A manifest that is well-formed TOML.
#[derive(Debug)]
pub(super) struct Document {
    /// Where it lies.
    pub path: PathBuf,
    /// Its folder.
    pub dir: PathBuf,
    /// All it says.
    pub table: Table,
}

impl Document {
    /// `[package]`, or `[project]` as it was called once.
    pub(super) fn package(&self) -> Option<&Table> {
        self.table
            .get("package")
            .or_else(|| self.table.get("project"))?
            .as_table()
    }

    /// `[workspace]`.
    pub(super) fn workspace(&self) -> Option<&Table> {
        self.table.get("workspace")?.as_table()
    }

    /// A list of texts under `[workspace]`.
    pub(super) fn workspace_list(&self, key: &str) -> Vec<&str> {
        self.workspace()
            .map_or_else(Vec::new, |table| texts(table.get(key)))
    }

    /// Whether this workspace leaves out the package in `dir`: `exclude` names a folder above it, and `members` none.
    pub(super) fn excludes(&self, dir: &Path) -> bool {
        let names = |key| {
            self.workspace_list(key)
                .into_iter()
                .any(|below| dir.starts_with(normalize(&self.dir.join(below))))
        };
        names("exclude") && !names("members")
    }
}

/// A section by its name; `dev_dependencies` was once as good as `dev-dependencies`.
pub(super) fn section<'t>(table: &'t Table, name: &str) -> Option<&'t Table> {
    table
        .get(name)
        .or_else(|| table.get(&name.replace('-', "_")))?
        .as_table()
}

/// The texts of a list; what is not a text is passed over.
pub(super) fn texts(value: Option<&Value>) -> Vec<&str> {
    value
        .and_then(Value::as_array)
        .map_or_else(Vec::new, |list| {
            list.iter().filter_map(Value::as_str).collect()
        })
}

/// Whether a value is `{ workspace = true }`.
pub(super) fn is_inherited(value: &Value) -> bool {
    value.get("workspace").and_then(Value::as_bool) == Some(true)
}

/// Where an error lies, in words: `line 3, column 5`.
pub(super) fn place(text: &str, error: &toml::de::Error) -> String {
    let Some(span) = error.span() else {
        return String::new();
    };
    let position =
        SourceFile::new(String::new(), PathBuf::new(), Arc::from(text)).position(span.start as u32);
    format!("line {}, column {}: ", position.line, position.column)
}

/// Reads manifests, each once, and keeps what there is to complain about.
pub(super) struct Manifests<'s> {
    /// Where they are read from.
    pub sources: &'s dyn Sources,
    known: BTreeMap<PathBuf, Option<Arc<Document>>>,
    notices: Vec<(Option<PathBuf>, String)>,
}

impl<'s> Manifests<'s> {
    pub(super) fn new(sources: &'s dyn Sources) -> Self {
        Manifests {
            sources,
            known: BTreeMap::new(),
            notices: Vec::new(),
        }
    }

    /// The manifest at `path`; `None` if there is none, or none that can be read, which is noted.
    pub(super) fn read(&mut self, path: &Path) -> Option<Arc<Document>> {
        if let Some(known) = self.known.get(path) {
            return known.clone();
        }
        let document = if self.sources.is_file(path) {
            match parse(self.sources, path) {
                Ok(document) => Some(Arc::new(document)),
                Err(problem) => {
                    let text = format!(
                        "{problem}; mend the manifest: until then the files below it are read without its targets and features"
                    );
                    self.note(Some(path), text);
                    None
                }
            }
        } else {
            None
        };
        self.known.insert(path.to_path_buf(), document.clone());
        document
    }

    /// Keeps something the user should know, about the file at `path` if there is one.
    pub(super) fn note(&mut self, path: Option<&Path>, text: String) {
        self.notices.push((path.map(Path::to_path_buf), text));
    }

    /// How much was noted by now.
    pub(super) fn mark(&self) -> usize {
        self.notices.len()
    }

    /// Forgets what was noted after `mark`; what could not be read is noted again when it is asked for again.
    pub(super) fn roll_back(&mut self, mark: usize) {
        self.notices.truncate(mark);
        self.known.retain(|_, document| document.is_some());
    }

    /// All that was noted, in order, each once.
    pub(super) fn into_notices(self, root: &Path) -> Vec<Notice> {
        let named = |(path, text): (Option<PathBuf>, String)| Notice {
            file: path.map(|path| display_name(root, &path)),
            text,
        };
        let mut notices: Vec<Notice> = self.notices.into_iter().map(named).collect();
        notices.sort();
        notices.dedup();
        notices
    }
}

fn parse(sources: &dyn Sources, path: &Path) -> Result<Document, String> {
    let bytes = sources
        .read(path)
        .map_err(|error| format!("cannot be read ({error})"))?;
    let text = utf8(&bytes)?;
    let table = toml::from_str::<Table>(text)
        .map_err(|error| format!("{}{}", place(text, &error), one_line(error.message())))?;
    let dir = path.parent().unwrap_or(Path::new("")).to_path_buf();
    Ok(Document {
        path: path.to_path_buf(),
        dir,
        table,
    })
}

/// The text without its byte order mark, or where it stops being UTF-8.
pub(super) fn utf8(bytes: &[u8]) -> Result<&str, String> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = before.split(|byte| *byte == b'\n').count();
        format!("line {line}: not UTF-8")
    })?;
    Ok(text.trim_start_matches('\u{feff}'))
}

/// A message of a library, fit for a notice.
pub(super) fn one_line(message: &str) -> String {
    message
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join(", ")
}
