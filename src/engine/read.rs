//! Reading and lowering files, in parallel, each at most once.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::builds::Builds;
use super::fence::Fence;
use crate::catalog::grammars::Grammars;
use crate::check::suppress::{self, Directive};
use crate::discover::display_name;
use crate::discover::workspace::Notice;
use crate::finding::{Confidence, Finding};
use crate::guard::{Fault, guard};
use crate::ir::FileIr;
use crate::ir::item::{Item, ItemKind};
use crate::lint::{Cx, Said};
use crate::lints::unparsed_file;
use crate::lower::{self, Build};
use crate::parse::blank::Tests;
use crate::parse::comments;
use crate::parse::words::Words;
use crate::source::{FileId, SourceFile, SourceMap, Sources, Span};

/// The files of a run.
pub(super) struct Files<'s> {
    sources: &'s dyn Sources,
    root: PathBuf,
    grammars: &'s Grammars,
    tests: Tests,
    builds: &'s Builds,
    fence: Fence<'s>,
    seen: FxHashSet<PathBuf>,
    loaded: Vec<Loaded>,
    /// What stands where a file was looked for and is not read.
    refused: Vec<Notice>,
}

struct Loaded {
    path: PathBuf,
    source: SourceFile,
    ir: FileIr,
    fault: Option<(Span, String)>,
    directives: Vec<Directive>,
}

impl<'s> Files<'s> {
    pub(super) fn new(
        sources: &'s dyn Sources,
        root: PathBuf,
        grammars: &'s Grammars,
        tests: Tests,
        builds: &'s Builds,
        fence: Fence<'s>,
    ) -> Self {
        Files {
            sources,
            builds,
            root,
            fence,
            refused: Vec::new(),
            grammars,
            tests,
            seen: FxHashSet::default(),
            loaded: Vec::new(),
        }
    }

    /// Reads files that were not read yet; `false` if there was none. New files are numbered behind the known ones, sorted by
    /// name: which files a round brings depends on their texts alone, so the numbers do too.
    pub(super) fn load<P: Into<Wanted>>(&mut self, wanted: Vec<P>) -> bool {
        let mut fresh: Vec<(String, Wanted)> = Vec::new();
        for file in wanted {
            let file: Wanted = file.into();
            if !self.seen.insert(file.path.clone()) {
                continue;
            }
            let name = display_name(&self.root, &file.path);
            if !self.sources.is_file(&file.path) {
                self.refused.extend(no_file(self.sources, &file.path, name));
            } else if self.fence.holds(&file.path) {
                fresh.push((name, file));
            } else {
                let text = "it lies outside of the repository or leads out of it by a link, so it is not read".to_owned();
                let file = Some(name);
                self.refused.push(Notice { file, text });
            }
        }
        fresh.sort_by(|a, b| a.0.cmp(&b.0));
        let first = self.loaded.len();
        let (sources, grammars, tests, builds) =
            (self.sources, self.grammars, self.tests, self.builds);
        let new: Vec<Loaded> = fresh
            .into_par_iter()
            .enumerate()
            .map(|(i, (name, file))| {
                let id = FileId((first + i) as u32);
                let (again, path) = (name.clone(), file.path.clone());
                let mut build = builds.of(&file.path);
                build.edition = file.edition.unwrap_or(build.edition);
                guard(|| load(sources, grammars, tests, build, id, name, file.path))
                    .unwrap_or_else(|fault| failed(id, again, path, &fault))
            })
            .collect();
        self.loaded.extend(new);
        self.loaded.len() > first
    }

    /// The file that was read from here.
    pub(super) fn find(&self, path: &Path) -> Option<FileId> {
        let index = self.loaded.iter().position(|l| l.path == path)?;
        Some(FileId(index as u32))
    }

    /// All files, with where they lie.
    pub(super) fn all(&self) -> impl Iterator<Item = (&Path, &FileIr)> {
        self.loaded.iter().map(|l| (l.path.as_path(), &l.ir))
    }

    fn get(&self, id: FileId) -> Option<&Loaded> {
        self.loaded.get(id.0 as usize)
    }

    /// A file's text.
    pub(super) fn source(&self, id: FileId) -> Option<&SourceFile> {
        Some(&self.get(id)?.source)
    }

    /// What a file was lowered to.
    pub(super) fn ir(&self, id: FileId) -> Option<&FileIr> {
        Some(&self.get(id)?.ir)
    }

    /// Why a file could not be read, if it could not.
    pub(super) fn fault(&self, id: FileId) -> Option<&str> {
        self.get(id)?.fault.as_ref().map(|(_, text)| text.as_str())
    }

    /// What was asked for and not read, to be said.
    pub(super) fn refused(&self) -> &[Notice] {
        &self.refused
    }

    /// What all of them say.
    pub(super) fn words(&self) -> Words {
        let mut words = Words::default();
        for file in &self.loaded {
            words.add(&file.ir.words);
        }
        words
    }

    pub(super) fn by_path(&self) -> FxHashMap<PathBuf, &FileIr> {
        self.loaded
            .iter()
            .map(|l| (l.path.clone(), &l.ir))
            .collect()
    }

    pub(super) fn source_map(&self) -> (SourceMap, Vec<FileId>) {
        (
            SourceMap::new(self.loaded.iter().map(|l| l.source.clone()).collect()),
            Vec::new(),
        )
    }

    /// A finding for each file of a crate that could not be read or parsed.
    pub(super) fn unparsed(&self, reached: &FxHashSet<FileId>) -> Vec<Finding> {
        let mut out = Said::default();
        let mut cx = Cx::new(&unparsed_file::LINT, &mut out);
        for (index, file) in self.loaded.iter().enumerate() {
            let Some((span, message)) = &file.fault else {
                continue;
            };
            if !reached.contains(&FileId(index as u32)) {
                continue;
            }
            drop(
                cx.report(*span, Confidence::Certain, "this file was not analysed: it could not be read as Rust")
                    .here(message.clone())
                    .note("what stands in it is unknown to the run: the other files were analysed without it")
                    .within(&file.source.name, false),
            );
        }
        out.findings
    }

    pub(super) fn directives(&self, reached: &FxHashSet<FileId>) -> Vec<Directive> {
        let with_ids = self.loaded.iter().enumerate();
        with_ids
            .filter(|(i, _)| reached.contains(&FileId(*i as u32)))
            .flat_map(|(_, l)| l.directives.iter().cloned())
            .collect()
    }
}

/// What to say of a path that is no regular file: nothing if there is nothing, for a `mod` may have two places.
fn no_file(sources: &dyn Sources, path: &Path, name: String) -> Option<Notice> {
    let error = sources.read(path).err()?;
    (error.kind() != ErrorKind::NotFound).then(|| Notice {
        file: Some(name),
        text: format!("it is not read: {error}"),
    })
}

/// A file to read, in this edition.
pub(super) struct Wanted {
    path: PathBuf,
    /// `None`: that of the package around.
    edition: Option<u16>,
}

impl From<(PathBuf, u16)> for Wanted {
    fn from((path, edition): (PathBuf, u16)) -> Self {
        Wanted {
            path,
            edition: Some(edition),
        }
    }
}

impl From<PathBuf> for Wanted {
    fn from(path: PathBuf) -> Self {
        Wanted {
            path,
            edition: None,
        }
    }
}

fn load(
    sources: &dyn Sources,
    grammars: &Grammars,
    tests: Tests,
    build: Build<'_>,
    id: FileId,
    name: String,
    path: PathBuf,
) -> Loaded {
    let mut fault = None;
    let text = match sources.read(&path).map(String::from_utf8) {
        Ok(Ok(text)) => text,
        Ok(Err(bad)) => {
            let at = bad.utf8_error().valid_up_to() as u32;
            fault = Some((
                Span::new(id, at, at),
                "the text is not UTF-8 from here on; Rust source has to be".to_owned(),
            ));
            String::from_utf8_lossy(bad.as_bytes()).into_owned()
        }
        Err(error) => {
            fault = Some((Span::new(id, 0, 0), format!("it cannot be read: {error}")));
            String::new()
        }
    };
    let text: Arc<str> = text.into();
    let source = SourceFile::new(name, path.clone(), text.clone());
    let mut ir = empty(id);
    if fault.is_none() {
        match guard(|| lower::lower_file(id, &text, build, grammars, tests)) {
            Ok(Ok(lowered)) => ir = lowered,
            Ok(Err(error)) => fault = Some((error.span, error.message)),
            Err(ours) => fault = Some((Span::new(id, 0, 0), ours.message())),
        }
    }
    let directives = if text.contains("linger:") {
        directives(&source, id, &ir)
    } else {
        Vec::new()
    };
    Loaded {
        path,
        source,
        ir,
        fault,
        directives,
    }
}

/// A file on which we failed before its text was known.
fn failed(id: FileId, name: String, path: PathBuf, fault: &Fault) -> Loaded {
    Loaded {
        source: SourceFile::new(name, path.clone(), String::new().into()),
        path,
        ir: empty(id),
        fault: Some((Span::new(id, 0, 0), fault.message())),
        directives: Vec::new(),
    }
}

fn empty(file: FileId) -> FileIr {
    FileIr {
        file,
        cfg: Vec::new(),
        items: Vec::new(),
        bodies: Vec::new(),
        unread: Vec::new(),
        generated: Vec::new(),
        off: Vec::new(),
        words: Words::default(),
    }
}

fn directives(source: &SourceFile, id: FileId, ir: &FileIr) -> Vec<Directive> {
    let comments: Vec<Span> = comments::comments(id, &source.text)
        .iter()
        .map(|c| c.span)
        .collect();
    let mut extents = Vec::new();
    item_extents(&ir.items, &mut extents);
    for body in &ir.bodies {
        item_extents(&body.items, &mut extents);
        extents.extend(
            body.blocks
                .iter()
                .flat_map(|b| b.stmts.iter().map(|s| s.span)),
        );
        extents.extend(body.loops.iter().map(|l| l.span));
    }
    suppress::read(source, &comments, &extents)
}

fn item_extents(items: &[Item], out: &mut Vec<Span>) {
    for item in items {
        out.push(item.span);
        match &item.kind {
            ItemKind::Mod {
                inline: Some(inner),
                ..
            } => item_extents(inner, out),
            ItemKind::Trait { items, .. } | ItemKind::Impl { items, .. } => {
                item_extents(items, out);
            }
            _ => {}
        }
    }
}
