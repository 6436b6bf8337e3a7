//! From the path and place of a call to a definition.

use super::{DefIndex, FileIndex, Macros, Module};
use crate::name::Name;
use crate::parse::outline::{EntryKind, Leaf};

/// How many imports one search may follow: those of everything (`use super::*`) may lead in circles.
const STEPS: u32 = 256;

/// What a search ended with. One that ended with nothing known goes on elsewhere; one that met what it cannot tell does not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Found {
    Def(DefIndex),
    /// Something of this name is there, and is not ours or not known to be there.
    Other,
}

/// Where a path leads.
#[derive(Clone, Copy)]
enum Way {
    Module(usize),
    /// Out of the workspace.
    Outside,
    Nowhere,
}

impl Macros<'_> {
    /// The definition that a macro's path means at a byte of a file; `global` if it begins with `::`.
    pub fn find(&self, file: FileIndex, at: u32, path: &[Name], global: bool) -> Option<DefIndex> {
        let (name, prefix) = path.split_last()?;
        if !self.knows(*name) {
            return None;
        }
        let (module, at) = self.module_at(file, at)?;
        let steps = &mut { STEPS };
        let found = match prefix {
            [] if global => return None,
            [] => self.bare(module, at, *name, steps),
            prefix => match self.lead(module, prefix, global, steps) {
                Way::Module(module) => self.in_module(module, *name, steps),
                Way::Outside | Way::Nowhere => None,
            },
        };
        match found {
            Some(Found::Def(def)) => Some(def),
            Some(Found::Other) | None => None,
        }
    }

    fn module(&self, module: usize) -> Option<&Module<'_>> {
        self.modules.get(module)
    }

    /// The innermost module around a byte.
    fn module_at(&self, file: FileIndex, at: u32) -> Option<(usize, u32)> {
        let mut module = *self.by_file.get(&file)?;
        loop {
            let here = self.module(module)?;
            let inside = here.entries.iter().enumerate().find(|(_, e)| {
                matches!(
                    e.kind,
                    EntryKind::Mod {
                        inline: Some(_),
                        ..
                    }
                ) && e.lo <= at
                    && at < e.hi
            });
            let Some((_, child)) = inside.and_then(|(i, _)| here.children.get_key_value(&i)) else {
                return Some((module, at));
            };
            module = *child;
        }
    }

    /// What a name without a path means.
    fn bare(&self, module: usize, at: u32, name: Name, steps: &mut u32) -> Option<Found> {
        self.textual(module, at, name)
            .or_else(|| self.in_module(module, name, steps))
            .or_else(|| self.everywhere(module, name))
    }

    /// The latest definition above, in this module or those around it.
    fn textual(&self, module: usize, at: u32, name: Name) -> Option<Found> {
        let (mut module, mut at) = (module, at);
        loop {
            let here = self.module(module)?;
            if let Some(found) = self.above(module, at, name) {
                return Some(found);
            }
            let (parent, entry) = here.parent?;
            at = self.module(parent)?.entries.get(entry)?.lo;
            module = parent;
        }
    }

    /// The latest definition of a module that ends above `at`, those of its `#[macro_use]` modules among them.
    fn above(&self, module: usize, at: u32, name: Name) -> Option<Found> {
        let here = self.module(module)?;
        let entries = here.entries.iter().zip(&here.there).enumerate().rev();
        for (index, (entry, there)) in entries.filter(|(_, (e, _))| e.hi <= at) {
            let found = match &entry.kind {
                EntryKind::Rules { name: defined, .. } if *defined == name => {
                    Some(Found::Def(DefIndex {
                        module,
                        entry: index,
                    }))
                }
                EntryKind::Mod { macro_use, .. } => here
                    .children
                    .get(&index)
                    .filter(|child| *macro_use || self.module(**child).is_some_and(|c| c.macro_use))
                    .and_then(|child| self.above(*child, u32::MAX, name)),
                _ => None,
            };
            match (found, there) {
                (None, _) | (_, Some(false)) => {}
                (found, Some(true)) => return found,
                (_, None) => return Some(Found::Other),
            }
        }
        None
    }

    /// What a name means in a module's own namespace: exported there, or imported.
    fn in_module(&self, module: usize, name: Name, steps: &mut u32) -> Option<Found> {
        *steps = steps.checked_sub(1)?;
        let here = self.module(module)?;
        if here.parent.is_none()
            && let Some(found) = self.exported(here.krate, name)
        {
            return Some(found);
        }
        let mut globs = Vec::new();
        for (entry, there) in here.entries.iter().zip(&here.there) {
            let EntryKind::Use(leaves) = &entry.kind else {
                continue;
            };
            if *there == Some(false) {
                continue;
            }
            for leaf in leaves {
                match leaf.bound {
                    Some(bound) if bound == name => {
                        let found = self.imported(module, entry.lo, leaf, steps);
                        if found.is_some() {
                            return if there.is_some() {
                                found
                            } else {
                                Some(Found::Other)
                            };
                        }
                    }
                    Some(_) => {}
                    None => globs.push(leaf),
                }
            }
        }
        globs.into_iter().find_map(
            |leaf| match self.lead(module, &leaf.path, leaf.global, steps) {
                Way::Module(from) if from != module => self.in_module(from, name, steps),
                _ => None,
            },
        )
    }

    /// The macro that an import brings, if it brings one: it may be about a type or a function of the same name.
    fn imported(&self, module: usize, at: u32, leaf: &Leaf, steps: &mut u32) -> Option<Found> {
        let (name, prefix) = leaf.path.split_last()?;
        if prefix.is_empty() {
            // `pub(crate) use name;` is about what is in textual scope.
            return self
                .textual(module, at, *name)
                .or_else(|| self.everywhere(module, *name));
        }
        match self.lead(module, prefix, leaf.global, steps) {
            Way::Module(from) => self.in_module(from, *name, steps),
            Way::Outside => Some(Found::Other),
            Way::Nowhere => None,
        }
    }

    /// What `#[macro_use] extern crate` at the crate's root brings.
    fn everywhere(&self, module: usize, name: Name) -> Option<Found> {
        let krate = self.crates.get(self.module(module)?.krate)?;
        let root = self.module(krate.root?)?;
        root.entries.iter().find_map(|entry| match entry.kind {
            EntryKind::Extern {
                name: of,
                macro_use: true,
                ..
            } => self.exported(*krate.deps.get(&of)?, name),
            _ => None,
        })
    }

    /// The one definition of a name that a crate exports.
    fn exported(&self, krate: usize, name: Name) -> Option<Found> {
        let defs = self.crates.get(krate)?.exported.get(&name)?;
        let mut found = None;
        for def in defs {
            match self.there(def.module, def.entry) {
                Some(false) => {}
                Some(true) if found.is_none() => found = Some(Found::Def(*def)),
                _ => return Some(Found::Other),
            }
        }
        found
    }

    /// Whether an entry is there, as far as it and the modules around it depend on conditions.
    fn there(&self, module: usize, entry: usize) -> Option<bool> {
        let (mut module, mut entry, mut all) = (module, entry, Some(true));
        loop {
            let here = self.module(module)?;
            match here.there.get(entry)? {
                Some(false) => return Some(false),
                Some(true) => {}
                None => all = None,
            }
            match here.parent {
                Some(around) => (module, entry) = around,
                None => return all,
            }
        }
    }

    /// The module a path leads to.
    fn lead(&self, from: usize, path: &[Name], global: bool, steps: &mut u32) -> Way {
        let (Some(left), Some((first, rest))) = (steps.checked_sub(1), path.split_first()) else {
            return Way::Nowhere;
        };
        *steps = left;
        let mut way = if global {
            self.dependency(from, *first)
        } else {
            self.first(from, *first, steps)
        };
        for name in rest {
            let Way::Module(module) = way else {
                return way;
            };
            way = match name.as_str() {
                "self" => way,
                "super" => self.parent(module),
                _ => self.child(module, *name, steps),
            };
        }
        way
    }

    fn first(&self, from: usize, name: Name, steps: &mut u32) -> Way {
        match name.as_str() {
            "crate" => self.root(from),
            "self" => Way::Module(from),
            "super" => self.parent(from),
            _ => match self.child(from, name, steps) {
                Way::Nowhere => self.dependency(from, name),
                way => way,
            },
        }
    }

    fn root(&self, from: usize) -> Way {
        let mut module = from;
        while let Some((parent, _)) = self.module(module).and_then(|m| m.parent) {
            module = parent;
        }
        Way::Module(module)
    }

    fn parent(&self, module: usize) -> Way {
        match self.module(module).and_then(|m| m.parent) {
            Some((parent, _)) => Way::Module(parent),
            None => Way::Nowhere,
        }
    }

    /// A crate by the name code gives it: what is not of the workspace is outside.
    fn dependency(&self, from: usize, name: Name) -> Way {
        let Some(krate) = self.module(from).and_then(|m| self.crates.get(m.krate)) else {
            return Way::Nowhere;
        };
        match krate.deps.get(&name) {
            Some(dep) => match self.crates.get(*dep).and_then(|k| k.root) {
                Some(root) => Way::Module(root),
                None => Way::Nowhere,
            },
            None => Way::Outside,
        }
    }

    /// The module of this name in a module: declared there, or imported.
    fn child(&self, module: usize, name: Name, steps: &mut u32) -> Way {
        let Some(here) = self.module(module) else {
            return Way::Nowhere;
        };
        for (index, entry) in here.entries.iter().enumerate() {
            match &entry.kind {
                EntryKind::Mod { name: declared, .. } if *declared == name => {
                    if let Some(child) = here.children.get(&index)
                        && here.there.get(index) != Some(&Some(false))
                    {
                        return Way::Module(*child);
                    }
                }
                EntryKind::Extern {
                    name: of, alias, ..
                } if *alias == name => {
                    return if of.as_str() == "self" {
                        self.root(module)
                    } else {
                        self.dependency(module, *of)
                    };
                }
                EntryKind::Use(leaves) => {
                    let named = leaves.iter().find(|l| l.bound == Some(name));
                    // `use name;` only says what is known.
                    let other = named.filter(|l| l.global || l.path.as_slice() != [name]);
                    if let Some(leaf) = other {
                        match self.lead(module, &leaf.path, leaf.global, steps) {
                            Way::Nowhere => {}
                            way => return way,
                        }
                    }
                }
                _ => {}
            }
        }
        Way::Nowhere
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use rustc_hash::FxHashMap;

    use super::super::{CrateInput, Home, Macros};
    use crate::ir::cfg::CfgEnv;
    use crate::name::Name;
    use crate::parse::blank::Tests;
    use crate::parse::outline::Outline;
    use crate::parse::prepare;

    /// A workspace of crates, each with the crates it names.
    struct World {
        texts: Vec<(PathBuf, String, Outline)>,
        crates: Vec<(PathBuf, FxHashMap<Name, usize>)>,
        env: CfgEnv,
    }

    /// One crate of these files, whose root is `lib.rs`.
    fn krate(files: &[(&str, &str)]) -> World {
        world(&[("lib.rs", &[])], files)
    }

    fn world(crates: &[(&str, &[(&str, usize)])], files: &[(&str, &str)]) -> World {
        let texts = files.iter().map(|(path, text)| {
            let outline = prepare(text, Tests::Left).1;
            (PathBuf::from(path), (*text).to_owned(), outline)
        });
        let crates = crates.iter().map(|(root, deps)| {
            let deps = deps
                .iter()
                .map(|(name, at)| (Name::new(name), *at))
                .collect();
            (PathBuf::from(root), deps)
        });
        let features = ["on"].into_iter().map(Name::new).collect();
        World {
            texts: texts.collect(),
            crates: crates.collect(),
            env: CfgEnv {
                features: Some(features),
                ..CfgEnv::default()
            },
        }
    }

    impl World {
        /// What the definition says that the call `path!()` means; the call is the one after `HERE` in that file.
        fn means(&self, file: &str, path: &str) -> Option<&'static str> {
            Some(Name::new(&self.found(file, path)?.0).as_str())
        }

        fn found(&self, file: &str, path: &str) -> Option<(String, Option<Home>)> {
            let crates: Vec<CrateInput<'_>> = self
                .crates
                .iter()
                .map(|(root, deps)| CrateInput {
                    roots: vec![root.clone()],
                    deps: deps.clone(),
                    cfg: &self.env,
                })
                .collect();
            let files: Vec<(&Path, &Outline)> = self
                .texts
                .iter()
                .map(|(p, _, o)| (p.as_path(), o))
                .collect();
            let macros = Macros::build(&crates, &files);
            let index = self.texts.iter().position(|(p, ..)| p == Path::new(file));
            let index = index.expect("a file of the world");
            let at = self.texts[index].1.find("HERE").expect("a call") as u32;
            let global = path.starts_with("::");
            let path: Vec<Name> = path
                .split("::")
                .filter(|s| !s.is_empty())
                .map(Name::new)
                .collect();
            let def = macros.find(index, at, &path, global)?;
            let arms = macros
                .arms(def)
                .split_once("=>")
                .map_or("", |(_, body)| body);
            let said = arms.trim_matches(|c: char| !c.is_alphanumeric());
            Some((said.to_owned(), macros.home(def, index)))
        }
    }

    const CALL: &str = "fn f() { HERE }";

    #[test]
    fn a_module_knows_what_was_defined_above_it_and_the_latest_of_a_name() {
        let text = "macro_rules! m { () => { one } } macro_rules! m { () => { two } } mod a; \
                    macro_rules! m { () => { three } } macro_rules! late { () => { four } }";
        let world = krate(&[("lib.rs", text), ("a.rs", CALL)]);
        assert_eq!(world.means("a.rs", "m"), Some("two"));
        assert_eq!(world.means("a.rs", "late"), None);
        assert_eq!(world.means("a.rs", "unheard_of"), None);
    }

    #[test]
    fn a_definition_stays_in_its_module_unless_that_hands_it_on() {
        let define = |text: &str| format!("macro_rules! m {{ () => {{ {text} }} }}");
        let (kept, handed) = (define("kept"), define("handed"));
        for (root, means) in [
            ("mod kept; mod a;", None),
            ("#[macro_use] mod kept; mod a;", Some("kept")),
            ("mod a; #[macro_use] mod kept;", None),
            (
                "#[macro_use] mod kept; #[macro_use] mod handed; mod a;",
                Some("handed"),
            ),
            ("#[macro_use] mod kept; mod handed; mod a;", Some("kept")),
            (
                "#[macro_use] mod kept { macro_rules! m { () => { inline } } } mod a;",
                Some("inline"),
            ),
        ] {
            let files = [
                ("lib.rs", root),
                ("a.rs", CALL),
                ("kept.rs", &kept),
                ("handed.rs", &handed),
            ];
            assert_eq!(krate(&files).means("a.rs", "m"), means, "{root}");
        }
    }

    #[test]
    fn a_module_may_hand_on_by_itself_and_through_another() {
        let world = krate(&[
            ("lib.rs", "#[macro_use] mod outer; mod a;"),
            ("outer/mod.rs", "mod inner;"),
            (
                "outer/inner.rs",
                "#![macro_use] macro_rules! m { () => { deep } }",
            ),
            ("a.rs", CALL),
        ]);
        assert_eq!(world.means("a.rs", "m"), Some("deep"));
    }

    #[test]
    fn inside_of_an_inline_module_the_text_above_counts() {
        let text = "macro_rules! m { () => { outer } } mod a { fn f() { HERE } macro_rules! m { () => { late } } } \
                    mod b { macro_rules! m { () => { other } } }";
        assert_eq!(
            krate(&[("lib.rs", text)]).means("lib.rs", "m"),
            Some("outer")
        );
    }

    #[test]
    fn what_is_exported_stands_at_the_root_wherever_it_is_defined() {
        let world = krate(&[
            (
                "lib.rs",
                "mod a; mod deep { pub mod er { #[macro_export] macro_rules! m { () => { exported } } } }",
            ),
            ("a.rs", CALL),
        ]);
        assert_eq!(world.means("a.rs", "crate::m"), Some("exported"));
        assert_eq!(world.means("a.rs", "super::m"), Some("exported"));
        assert_eq!(world.means("a.rs", "m"), None);
        assert_eq!(world.means("a.rs", "crate::deep::er::m"), None);
    }

    #[test]
    fn imports_lead_to_definitions_under_any_name() {
        let root = "mod macros; mod a; pub(crate) use macros as short;";
        let macros =
            "macro_rules! m { () => { mine } } pub(crate) use m; pub(crate) use m as again;";
        for (import, path) in [
            ("use crate::macros::m;", "m"),
            ("use super::macros::{x, m as n};", "n"),
            ("use crate::macros::*;", "m"),
            ("use crate::macros;", "macros::again"),
            ("use crate::short::again as other;", "other"),
            ("", "crate::short::m"),
        ] {
            let text = format!("{import} {CALL}");
            let files = [("lib.rs", root), ("macros.rs", macros), ("a.rs", &text)];
            assert_eq!(
                krate(&files).means("a.rs", path),
                Some("mine"),
                "{import} {path}"
            );
        }
    }

    #[test]
    fn what_is_imported_from_outside_is_not_ours() {
        let world = krate(&[
            (
                "lib.rs",
                "mod a; mod b { #[macro_export] macro_rules! bail { () => { ours } } }",
            ),
            ("a.rs", "use anyhow::bail; use crate::*; fn f() { HERE }"),
        ]);
        assert_eq!(world.means("a.rs", "bail"), None);
        assert_eq!(world.means("a.rs", "anyhow::bail"), None);
    }

    #[test]
    fn the_text_above_comes_before_any_import() {
        let world = krate(&[
            ("lib.rs", "macro_rules! bail { () => { ours } } mod a;"),
            ("a.rs", "use anyhow::*; fn f() { HERE }"),
        ]);
        assert_eq!(world.means("a.rs", "bail"), Some("ours"));
    }

    #[test]
    fn imports_that_lead_in_circles_end() {
        let glob = "pub use super::b::*; pub use super::c::*; pub use super::a::*; fn f() { HERE }";
        let world = krate(&[
            (
                "lib.rs",
                "mod a; mod b; mod c; mod d { #[macro_export] macro_rules! m { () => { x } } }",
            ),
            ("a.rs", glob),
            ("b.rs", glob),
            ("c.rs", "pub use super::a::*; pub use self::m as m;"),
        ]);
        assert_eq!(world.means("a.rs", "m"), None);
    }

    #[test]
    fn another_crates_macros_are_reached_by_the_name_it_has_here() {
        let files = [
            (
                "core/lib.rs",
                "pub mod e { #[macro_export] macro_rules! m { () => { core } } } pub use crate as house;",
            ),
            ("app/main.rs", "use tools::m as n; mod a; fn f() { HERE }"),
            ("app/a.rs", CALL),
        ];
        let world = world(
            &[("core/lib.rs", &[]), ("app/main.rs", &[("tools", 0)])],
            &files,
        );
        let home = Some(Home::Named(Name::new("tools")));
        for (file, path) in [
            ("app/a.rs", "tools::m"),
            ("app/a.rs", "::tools::m"),
            ("app/main.rs", "n"),
            ("app/a.rs", "tools::house::m"),
        ] {
            assert_eq!(
                world.found(file, path),
                Some(("core".to_owned(), home)),
                "{path}"
            );
        }
        assert_eq!(world.means("app/a.rs", "m"), None);
        assert_eq!(
            world.means("app/a.rs", "core::m"),
            None,
            "that is not its name here"
        );
        assert_eq!(
            world.means("app/a.rs", "tools::e::m"),
            None,
            "it stands at the root"
        );
    }

    #[test]
    fn extern_crate_may_bring_all_macros_everywhere() {
        for (extern_crate, means) in [
            ("#[macro_use] extern crate tools;", Some("core")),
            ("extern crate tools;", None),
        ] {
            let app = format!("{extern_crate} mod a;");
            let files = [
                (
                    "core.rs",
                    "#[macro_export] macro_rules! m { () => { core } }",
                ),
                ("app/main.rs", app.as_str()),
                ("app/a.rs", CALL),
            ];
            let world = world(
                &[("core.rs", &[]), ("app/main.rs", &[("tools", 0)])],
                &files,
            );
            assert_eq!(world.means("app/a.rs", "m"), means, "{extern_crate}");
        }
    }

    #[test]
    fn of_two_definitions_the_one_in_the_build_is_meant_and_none_if_nobody_knows() {
        let pair = |on: &str, off: &str| {
            format!(
                "#[cfg({on})] macro_rules! m {{ () => {{ on }} }} #[cfg({off})] macro_rules! m {{ () => {{ off }} }} mod a;"
            )
        };
        for (on, off, means) in [
            ("feature = \"on\"", "not(feature = \"on\")", Some("on")),
            ("feature = \"else\"", "not(feature = \"else\")", Some("off")),
            ("some_flag", "not(some_flag)", None),
        ] {
            let text = pair(on, off);
            assert_eq!(
                krate(&[("lib.rs", &text), ("a.rs", CALL)]).means("a.rs", "m"),
                means,
                "{on}"
            );
        }
        let exported = "#[cfg(feature = \"else\")] mod x { #[macro_export] macro_rules! m { () => { no } } } \
                        #[cfg(not(feature = \"else\"))] mod y { #[macro_export] macro_rules! m { () => { yes } } } mod a;";
        let world = krate(&[("lib.rs", exported), ("a.rs", CALL)]);
        assert_eq!(world.means("a.rs", "crate::m"), Some("yes"));
    }

    #[test]
    fn files_stand_where_attributes_and_folders_say() {
        let world = krate(&[
            (
                "lib.rs",
                "#[macro_use] #[path = \"odd/place.rs\"] mod m; mod a;",
            ),
            ("odd/place.rs", "#[macro_use] mod child;"),
            ("odd/child.rs", "macro_rules! m { () => { found } }"),
            ("a/mod.rs", "mod b;"),
            ("a/b.rs", CALL),
        ]);
        assert_eq!(world.means("a/b.rs", "m"), Some("found"));
    }
}
