//! How a place that is asked about was read, and if it was not, why.

use std::path::{Path, PathBuf};

use rustc_hash::FxHashSet;

use super::builds::Builds;
use super::is_read;
use super::read::Files;
use crate::check::asked::{Answer, Ask, Reading};
use crate::discover::workspace::{Package, Workspace};
use crate::discover::{display_name, layout};
use crate::ir::FileIr;
use crate::ir::cfg::{CfgEnv, never_shipped};
use crate::ir::item::{Cfg, Item, ItemKind};
use crate::source::{FileId, Span};

/// All that tells how files were read.
pub(super) struct Readings<'a, 's> {
    pub(super) workspace: &'a Workspace,
    pub(super) files: &'a Files<'s>,
    pub(super) builds: &'a Builds,
    /// The files of some crate.
    pub(super) reached: &'a FxHashSet<FileId>,
}

/// More modules lead to no file.
const DEPTH: usize = 32;

impl Readings<'_, '_> {
    /// The answer to a question.
    pub(super) fn answer(&self, ask: &Ask) -> Answer {
        let name = display_name(&self.workspace.root, &ask.file);
        let Some(id) = self.files.find(&ask.file) else {
            let reading = self.unread(ask, &name);
            return Answer {
                ask: ask.clone(),
                name,
                place: None,
                reading,
            };
        };
        let place = self.files.source(id).and_then(|s| ask.place(s, id));
        let reading = if self.reached.contains(&id) {
            self.inside(id, &ask.file, place)
        } else {
            self.undeclared(&ask.file, 0)
        };
        Answer {
            ask: ask.clone(),
            name,
            place,
            reading,
        }
    }

    /// How a place in a file of some crate was read.
    fn inside(&self, id: FileId, path: &Path, place: Option<Span>) -> Reading {
        if let Some(fault) = self.files.fault(id) {
            return Reading::Unparsed(fault.to_owned());
        }
        let Some(ir) = self.files.ir(id) else {
            return Reading::Read;
        };
        let cfg = self.builds.of(path).cfg;
        if let Some(off) = failing(&ir.cfg, cfg) {
            return reading_off(Span::new(id, 0, 0), off);
        }
        let Some(place) = place else {
            return Reading::Read;
        };
        if let Some((at, off)) = off_item(&ir.items, place, cfg) {
            return reading_off(at, off);
        }
        let inner = ir
            .bodies
            .iter()
            .find_map(|b| off_item(&b.items, place, cfg));
        let part = ir.off.iter().find(|(at, _)| begins_in(place, *at));
        if let Some((at, off)) = inner.or(part.map(|(at, cfg)| (*at, cfg))) {
            return reading_off(at, off);
        }
        match ir.unread.iter().find(|at| begins_in(place, **at)) {
            Some(at) => Reading::Macro(*at),
            None => Reading::Read,
        }
    }

    /// Why no crate holds a file that was read.
    fn undeclared(&self, path: &Path, depth: usize) -> Reading {
        if depth > DEPTH {
            return Reading::Undeclared;
        }
        for (above, ir) in self.files.all() {
            let Some(declared) = declaration(above, ir, path) else {
                continue;
            };
            if !self.reached.contains(&ir.file) {
                // What it hangs on is not read itself.
                return self.undeclared(above, depth + 1);
            }
            let cfg = self.builds.of(above).cfg;
            if let Some(off) = failing(&ir.cfg, cfg) {
                return reading_off(Span::new(ir.file, 0, 0), off);
            }
            if let Some((at, off)) = declared.iter().find_map(|item| {
                let off = failing(&item.cfg, cfg)?;
                Some((item.name_span, off))
            }) {
                return reading_off(at, off);
            }
        }
        Reading::Undeclared
    }

    /// Why a file was not read at all.
    fn unread(&self, ask: &Ask, name: &str) -> Reading {
        let file = Some(name);
        if let Some(notice) = self
            .files
            .refused()
            .iter()
            .find(|n| n.file.as_deref() == file)
        {
            return Reading::Refused(notice.text.clone());
        }
        let around = |p: &&Package| ask.file.starts_with(&p.dir);
        let packages = self.workspace.packages.iter().filter(around);
        let Some(package) = packages.max_by_key(|p| p.dir.as_os_str().len()) else {
            return Reading::Undeclared;
        };
        let beside = |root: &PathBuf| {
            let folder = root.parent().filter(|dir| *dir != package.dir);
            ask.file == *root || folder.is_some_and(|dir| ask.file.starts_with(dir))
        };
        let unread = package.targets.iter().filter(|t| !is_read(t));
        match unread
            .filter(|t| beside(&t.root))
            .max_by_key(|t| t.root == ask.file)
        {
            Some(target) => Reading::Unselected {
                kind: target.kind,
                package: package.name.clone(),
            },
            None => Reading::Undeclared,
        }
    }
}

/// Whether a place begins in another: a comment behind it is nobody's.
fn begins_in(place: Span, at: Span) -> bool {
    at.file == place.file && at.lo <= place.lo && place.lo < at.hi
}

fn reading_off(at: Span, cfg: &Cfg) -> Reading {
    Reading::Off {
        at,
        condition: cfg.to_string(),
        test: never_shipped(std::slice::from_ref(cfg)),
    }
}

/// The first condition that does not hold, unless what stands under them is looked at for another build.
fn failing<'c>(all: &'c [Cfg], env: &CfgEnv) -> Option<&'c Cfg> {
    env.failing(all).filter(|_| !env.elsewhere(all))
}

/// The outermost item around a place that is not in the build.
fn off_item<'i>(items: &'i [Item], place: Span, env: &CfgEnv) -> Option<(Span, &'i Cfg)> {
    let item = items.iter().find(|item| begins_in(place, item.span))?;
    if let Some(off) = failing(&item.cfg, env) {
        return Some((item.name_span, off));
    }
    off_item(inner(item), place, env)
}

fn inner(item: &Item) -> &[Item] {
    match &item.kind {
        ItemKind::Mod {
            inline: Some(items),
            ..
        }
        | ItemKind::Trait { items, .. }
        | ItemKind::Impl { items, .. } => items,
        _ => &[],
    }
}

/// The `mod` by which one file leads to another, behind the inline modules it stands in.
fn declaration<'i>(above: &Path, ir: &'i FileIr, wanted: &Path) -> Option<Vec<&'i Item>> {
    layout::places(above)
        .into_iter()
        .find_map(|place| declared_in(&ir.items, &place, wanted, 0))
}

fn declared_in<'i>(
    items: &'i [Item],
    place: &layout::Place,
    wanted: &Path,
    depth: usize,
) -> Option<Vec<&'i Item>> {
    if depth > DEPTH {
        return None;
    }
    items.iter().find_map(|item| {
        let ItemKind::Mod { inline, paths, .. } = &item.kind else {
            return None;
        };
        let Some(inner) = inline else {
            let mut files = place.files(item.name, paths);
            return files.any(|(file, _)| file == wanted).then(|| vec![item]);
        };
        let mut found = declared_in(inner, &place.inside(item.name), wanted, depth + 1)?;
        found.insert(0, item);
        Some(found)
    })
}
