//! What packages reach by path: the folders of path dependencies and patches, read for context.

use std::path::PathBuf;

use super::edges::{Edge, Kind};
use super::members::Forest;
use super::paths::display_name;
use super::unit::Unit;

impl Forest<'_> {
    /// Follows path dependencies from package to package until all are known, and links the edges.
    pub(super) fn follow_paths(&mut self) {
        let mut at = 0;
        // `units` grows while this runs.
        while let Some(unit) = self.units.get_mut(at) {
            let mut edges = std::mem::take(&mut unit.edges);
            let member = unit.member;
            // Nobody builds the tests of a package that is only read for context.
            for edge in edges
                .iter_mut()
                .filter(|edge| member || edge.kind != Kind::Dev)
            {
                edge.local = self.reach(at, edge);
            }
            if let Some(unit) = self.units.get_mut(at) {
                unit.edges = edges;
            }
            at += 1;
        }
    }

    /// The package an edge leads to, if that lies in a folder.
    fn reach(&mut self, from: usize, edge: &Edge) -> Option<usize> {
        let unit = self.units.get(from)?;
        let (group, dir, manifest) = (unit.group, unit.dir.clone(), unit.manifest.clone());
        if let Some(path) = &edge.path {
            let found = self.read_unit(path, group, false, false);
            if found.is_none() {
                let text = format!(
                    "the dependency `{}` should lie in `{}`, but there is no package; correct `path` or fetch it: \
                     until then its code is not seen",
                    edge.key,
                    display_name(&dir, path)
                );
                self.manifests.note(manifest.as_deref(), text);
            }
            return found;
        }
        let patches = self.groups.get(group)?.patches.iter();
        let patches = patches.filter(|(package, _)| *package == edge.package);
        let patches: Vec<PathBuf> = patches.map(|(_, path)| path.clone()).collect();
        // A patch of another version leaves the edge to the registry.
        patches.into_iter().find_map(|path| {
            let found = self.read_unit(&path, group, false, false)?;
            self.units
                .get(found)
                .is_some_and(|unit| fits(unit, edge))
                .then_some(found)
        })
    }
}

fn fits(unit: &Unit, edge: &Edge) -> bool {
    match (&edge.requirement, &unit.version) {
        (Some(requirement), Some(version)) => requirement.matches(version),
        _ => true,
    }
}
