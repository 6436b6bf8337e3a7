//! Reading and lowering files, in parallel, each at most once.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::builds::{Builds, macro_crates};
use super::fence::Fence;
use crate::catalog::grammars::Grammars;
use crate::check::suppress::{self, Directive};
use crate::discover::display_name;
use crate::discover::layout::{self, Place};
use crate::discover::workspace::{Notice, Workspace};
use crate::finding::{Confidence, Finding};
use crate::guard::{Fault, guard};
use crate::ir::FileIr;
use crate::ir::cfg::CfgEnv;
use crate::ir::item::{Item, ItemKind};
use crate::lint::{Cx, Said};
use crate::lints::unparsed_file;
use crate::lower;
use crate::macros::{CrateInput, Macros};
use crate::parse::blank::Tests;
use crate::parse::outline::{Entry, EntryKind, Outline};
use crate::parse::words::Words;
use crate::parse::{self, Ready, comments};
use crate::source::{FileId, SourceFile, SourceMap, Sources, Span};

/// The files of a run.
pub(super) struct Files<'s> {
    sources: &'s dyn Sources,
    root: PathBuf,
    /// The crates that the files make up, for their macros.
    crates: Vec<CrateInput<'s>>,
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
    text: Text,
    lowered: Lowered,
}

/// A file as it was read.
struct Text {
    path: PathBuf,
    /// The edition asked for.
    edition: Option<u16>,
    owns_folder: bool,
    source: SourceFile,
    outline: Outline,
    /// Why it could not be read, and at which byte.
    fault: Option<(u32, String)>,
}

/// And what became of it.
struct Lowered {
    ir: FileIr,
    /// Why the file could not be read or parsed, and where.
    fault: Option<(Span, String)>,
    directives: Vec<Directive>,
}

impl<'s> Files<'s> {
    pub(super) fn new(
        sources: &'s dyn Sources,
        workspace: &Workspace,
        grammars: &'s Grammars,
        tests: Tests,
        builds: &'s Builds,
        fence: Fence<'s>,
    ) -> Self {
        Files {
            sources,
            builds,
            root: workspace.root.clone(),
            crates: macro_crates(workspace, builds),
            fence,
            refused: Vec::new(),
            grammars,
            tests,
            seen: FxHashSet::default(),
            loaded: Vec::new(),
        }
    }

    /// Reads files that were not read yet, with those they declare; `false` if there was none. New files are numbered behind
    /// the known ones, sorted by name: which files a round brings depends on their texts alone, so the numbers do too.
    pub(super) fn load<P: Into<Wanted>>(&mut self, wanted: Vec<P>) -> bool {
        let (sources, grammars, tests, builds) =
            (self.sources, self.grammars, self.tests, self.builds);
        let mut read_now: Vec<(Text, Ready)> = Vec::new();
        let mut fresh = self.fresh(wanted.into_iter().map(Into::into).collect());
        while !fresh.is_empty() {
            let read: Vec<(Text, Ready)> = fresh
                .into_par_iter()
                .map(|(name, file)| {
                    let (again, path) = (name.clone(), file.path.clone());
                    guard(|| read(sources, tests, name, file))
                        .unwrap_or_else(|fault| failed(again, path, &fault))
                })
                .collect();
            let declared = read.iter().flat_map(|(text, _)| self.declared(text));
            let declared = declared.collect();
            read_now.extend(read);
            fresh = self.fresh(declared);
        }
        read_now.sort_by(|(a, _), (b, _)| a.source.name.cmp(&b.source.name));
        let (texts, ready): (Vec<Text>, Vec<Ready>) = read_now.into_iter().unzip();
        let first = self.loaded.len();
        // What is called in one file may be defined in any other.
        let known = self.loaded.iter().map(|l| &l.text);
        let outlines: Vec<(&Path, &Outline)> = known
            .chain(&texts)
            .map(|t| (t.path.as_path(), &t.outline))
            .collect();
        let macros = Macros::build(&self.crates, &outlines);
        let lowered: Vec<Lowered> = texts
            .par_iter()
            .zip(ready)
            .enumerate()
            .map(|(i, (text, ready))| {
                let id = FileId((first + i) as u32);
                lower(id, text, ready, builds, grammars, &macros)
            })
            .collect();
        let new = texts.into_iter().zip(lowered);
        self.loaded
            .extend(new.map(|(text, lowered)| Loaded { text, lowered }));
        self.loaded.len() > first
    }

    /// Those of these files that can be read and were not.
    fn fresh(&mut self, wanted: Vec<Wanted>) -> Vec<(String, Wanted)> {
        let mut fresh: Vec<(String, Wanted)> = Vec::new();
        for file in wanted {
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
        fresh
    }

    /// The files that a file's modules are in, as far as its outline tells: those that are not read yet.
    fn declared(&self, text: &Text) -> Vec<Wanted> {
        let is_root = |krate: &CrateInput<'_>| krate.roots.as_slice() == [text.path.as_path()];
        let owns_folder =
            text.owns_folder || layout::owns_folder(&text.path) || self.crates.iter().any(is_root);
        let mut out = Vec::new();
        let place = Place::of_file(&text.path, owns_folder);
        let cfg = self.builds.of(&text.path).cfg;
        self.declared_in(&text.outline.entries, &place, cfg, &mut out);
        out
    }

    fn declared_in(&self, entries: &[Entry], place: &Place, cfg: &CfgEnv, out: &mut Vec<Wanted>) {
        for entry in entries {
            let EntryKind::Mod {
                name,
                paths,
                inline,
                ..
            } = &entry.kind
            else {
                continue;
            };
            if !cfg.may_hold(&entry.cfg) && !cfg.elsewhere(&entry.cfg) {
                continue;
            }
            if let Some(inner) = inline {
                self.declared_in(inner, &place.inside(*name), cfg, out);
                continue;
            }
            let there = place
                .files(*name, paths)
                .find(|(path, _)| self.seen.contains(path) || self.sources.is_file(path));
            if let Some((path, owns_folder)) = there
                && !self.seen.contains(&path)
            {
                out.push(Wanted {
                    path,
                    edition: None,
                    owns_folder,
                });
            }
        }
    }

    /// The file that was read from here.
    pub(super) fn find(&self, path: &Path) -> Option<FileId> {
        let index = self.loaded.iter().position(|l| l.text.path == path)?;
        Some(FileId(index as u32))
    }

    /// All files, with where they lie.
    pub(super) fn all(&self) -> impl Iterator<Item = (&Path, &FileIr)> {
        self.loaded
            .iter()
            .map(|l| (l.text.path.as_path(), &l.lowered.ir))
    }

    fn get(&self, id: FileId) -> Option<&Loaded> {
        self.loaded.get(id.0 as usize)
    }

    /// A file's text.
    pub(super) fn source(&self, id: FileId) -> Option<&SourceFile> {
        Some(&self.get(id)?.text.source)
    }

    /// What a file was lowered to.
    pub(super) fn ir(&self, id: FileId) -> Option<&FileIr> {
        Some(&self.get(id)?.lowered.ir)
    }

    /// Why a file could not be read, if it could not.
    pub(super) fn fault(&self, id: FileId) -> Option<&str> {
        self.get(id)?
            .lowered
            .fault
            .as_ref()
            .map(|(_, text)| text.as_str())
    }

    /// What was asked for and not read, to be said.
    pub(super) fn refused(&self) -> &[Notice] {
        &self.refused
    }

    /// What all of them say.
    pub(super) fn words(&self) -> Words {
        let mut words = Words::default();
        for file in &self.loaded {
            words.add(&file.lowered.ir.words);
        }
        words
    }

    pub(super) fn by_path(&self) -> FxHashMap<PathBuf, &FileIr> {
        self.loaded
            .iter()
            .map(|l| (l.text.path.clone(), &l.lowered.ir))
            .collect()
    }

    pub(super) fn source_map(&self) -> SourceMap {
        SourceMap::new(self.loaded.iter().map(|l| l.text.source.clone()).collect())
    }

    /// A finding for each file of a crate that could not be read or parsed.
    pub(super) fn unparsed(&self, reached: &FxHashSet<FileId>) -> Vec<Finding> {
        let mut out = Said::default();
        let mut cx = Cx::new(&unparsed_file::LINT, &mut out);
        for (index, file) in self.loaded.iter().enumerate() {
            let Some((span, message)) = &file.lowered.fault else {
                continue;
            };
            if !reached.contains(&FileId(index as u32)) {
                continue;
            }
            drop(
                cx.report(*span, Confidence::Certain, "this file was not analysed: it could not be read as Rust")
                    .here(message.clone())
                    .note("what stands in it is unknown to the run: the other files were analysed without it")
                    .within(&file.text.source.name, false),
            );
        }
        out.findings
    }

    pub(super) fn directives(&self, reached: &FxHashSet<FileId>) -> Vec<Directive> {
        let with_ids = self.loaded.iter().enumerate();
        with_ids
            .filter(|(i, _)| reached.contains(&FileId(*i as u32)))
            .flat_map(|(_, l)| l.lowered.directives.iter().cloned())
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
    /// Whether what declares it says that its modules stand beside it.
    owns_folder: bool,
}

impl From<(PathBuf, u16)> for Wanted {
    fn from((path, edition): (PathBuf, u16)) -> Self {
        Wanted {
            path,
            edition: Some(edition),
            owns_folder: false,
        }
    }
}

impl From<PathBuf> for Wanted {
    fn from(path: PathBuf) -> Self {
        Wanted {
            path,
            edition: None,
            owns_folder: false,
        }
    }
}

fn read(sources: &dyn Sources, tests: Tests, name: String, file: Wanted) -> (Text, Ready) {
    let mut fault = None;
    let text = match sources.read(&file.path).map(String::from_utf8) {
        Ok(Ok(text)) => text,
        Ok(Err(bad)) => {
            let at = bad.utf8_error().valid_up_to() as u32;
            let text = "the text is not UTF-8 from here on; Rust source has to be";
            fault = Some((at, text.to_owned()));
            String::from_utf8_lossy(bad.as_bytes()).into_owned()
        }
        Err(error) => {
            fault = Some((0, format!("it cannot be read: {error}")));
            String::new()
        }
    };
    let (ready, outline) = if fault.is_none() {
        parse::prepare(&text, tests)
    } else {
        Default::default()
    };
    let source = SourceFile::new(name, file.path.clone(), text.into());
    let text = Text {
        path: file.path,
        edition: file.edition,
        owns_folder: file.owns_folder,
        source,
        outline,
        fault,
    };
    (text, ready)
}

/// A file on which we failed before its text was known.
fn failed(name: String, path: PathBuf, fault: &Fault) -> (Text, Ready) {
    let text = Text {
        source: SourceFile::new(name, path.clone(), String::new().into()),
        path,
        edition: None,
        owns_folder: false,
        outline: Outline::default(),
        fault: Some((0, fault.message())),
    };
    (text, Ready::default())
}

fn lower(
    id: FileId,
    text: &Text,
    ready: Ready,
    builds: &Builds,
    grammars: &Grammars,
    macros: &Macros<'_>,
) -> Lowered {
    let mut build = builds.of(&text.path);
    build.edition = text.edition.unwrap_or(build.edition);
    let mut ir = empty(id);
    let unread = text.fault.as_ref();
    let mut fault = unread.map(|(at, why)| (Span::new(id, *at, *at), why.clone()));
    if fault.is_none() {
        match guard(|| lower::lower_file(id, ready, build, grammars, macros)) {
            Ok(Ok(lowered)) => ir = lowered,
            Ok(Err(error)) => fault = Some((error.span, error.message)),
            Err(ours) => fault = Some((Span::new(id, 0, 0), ours.message())),
        }
    }
    let directives = if text.source.text.contains("linger:") {
        let found = guard(|| directives(&text.source, id, &ir));
        found.unwrap_or_else(|ours| {
            fault = Some((Span::new(id, 0, 0), ours.message()));
            Vec::new()
        })
    } else {
        Vec::new()
    };
    Lowered {
        ir,
        fault,
        directives,
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
