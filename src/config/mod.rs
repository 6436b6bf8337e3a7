//! Configuration: what a workspace and its packages ask for, with the place of each wish.
//!
//! It stands in `linger.toml` beside `Cargo.lock` or in `[workspace.metadata.linger]`; a package adds its own in
//! `[package.metadata.linger]`. What is built in comes first, then the workspace, then the package, then the command
//! line; only `forbid` holds against what comes later.

mod catalog;
mod error;
mod file;
mod read;
#[cfg(test)]
mod schema;

use std::path::{Path, PathBuf};

pub use error::ConfigError;
use error::Text;
use file::{File, PackageFile};

use crate::check::analysis::OwnFacts;
use crate::check::glob::Glob;
use crate::check::levels::{Origin, Rule};
use crate::discover::workspace::{Notice, Workspace};
use crate::discover::{self, display_name, normalize};
use crate::finding::Confidence;
use crate::source::Sources;

/// The name of the file.
pub const NAME: &str = "linger.toml";

/// A value and who asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting<T> {
    /// What is asked for.
    pub value: T,
    /// Where.
    pub origin: Origin,
}

/// What a workspace asks for.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// The folder that its globs and paths are meant from.
    pub dir: PathBuf,
    /// The file it stands in, as it is shown; none, if there is no configuration.
    pub file: Option<String>,
    /// Levels, in the order in which they hold.
    pub rules: Vec<Rule>,
    /// How sure a finding must be.
    pub min_confidence: Option<Setting<Confidence>>,
    /// Whether test code is reported on.
    pub test_code: Option<Setting<bool>>,
    /// What is not reported on.
    pub exclude: Vec<Setting<Glob>>,
    /// The file of findings to be silent about.
    pub baseline: Option<Setting<PathBuf>>,
    /// Facts about crates of one's own.
    pub catalog: Vec<OwnFacts>,
    /// The manifest whose package speaks for the whole workspace, being alone.
    root_package: Option<PathBuf>,
    /// Whether nothing is to be read, from packages neither.
    ignored: bool,
}

/// What a package adds.
#[derive(Debug, Clone, Default)]
pub struct PackageConfig {
    /// Its folder, which its globs are meant from.
    pub dir: PathBuf,
    /// Levels, in the order in which they hold.
    pub rules: Vec<Rule>,
    /// What is not reported on.
    pub exclude: Vec<Setting<Glob>>,
}

/// Where to look for a configuration.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// `--config`: this file and no other. Its paths are meant from the workspace's root all the same.
    pub file: Option<PathBuf>,
    /// `--no-config`: nowhere.
    pub none: bool,
    /// What discover is asked, to find the same workspace.
    pub workspace: discover::Options,
}

impl Config {
    /// Finds and reads the configuration of the workspace.
    ///
    /// # Errors
    ///
    /// If there is one that cannot be read or followed, or two.
    pub fn load(sources: &dyn Sources, search: &Search) -> Result<Config, ConfigError> {
        let manifest = discover::root_manifest(sources, &search.workspace);
        let start = discover::start(sources, &search.workspace);
        let dir = match &manifest {
            Some(manifest) => manifest.parent().unwrap_or(Path::new("")).to_path_buf(),
            // Without a manifest, the nearest file upward speaks for what lies below it.
            None => start
                .ancestors()
                .find(|dir| sources.is_file(&dir.join(NAME)))
                .map_or(start.clone(), Path::to_path_buf),
        };
        let nothing = Config {
            dir: dir.clone(),
            ..Config::default()
        };
        if search.none {
            return Ok(Config {
                ignored: true,
                ..nothing
            });
        }
        if let Some(given) = &search.file {
            let cwd = normalize(&search.workspace.cwd);
            let path = normalize(&cwd.join(given));
            return whole(sources, &path, &display_name(&cwd, &path), &dir);
        }
        let own = sources.is_file(&dir.join(NAME));
        let from_manifest = match manifest {
            Some(manifest) => in_manifest(sources, &manifest, &dir, own)?,
            None => None,
        };
        match (own, from_manifest) {
            (true, Some(other)) => Err(two(&other)),
            (true, None) => whole(sources, &dir.join(NAME), NAME, &dir),
            (false, found) => Ok(found.unwrap_or(nothing)),
        }
    }

    /// What the packages of a workspace add, in the order of their folders, and what the user should know.
    ///
    /// # Errors
    ///
    /// If one of them cannot be followed, or an override names a package that is not there.
    pub fn packages(
        &self,
        sources: &dyn Sources,
        workspace: &Workspace,
    ) -> Result<(Vec<PackageConfig>, Vec<Notice>), ConfigError> {
        let (mut found, mut notices) = (Vec::new(), Vec::new());
        if self.ignored {
            return Ok((found, notices));
        }
        for package in &workspace.packages {
            let Some(manifest) = &package.manifest else {
                continue;
            };
            let stray = package.dir.join(NAME);
            if package.dir != self.dir && package.selected && sources.is_file(&stray) {
                notices.push(Notice {
                    file: Some(display_name(&workspace.root, &stray)),
                    text: format!(
                        "this file is not read: the one of the workspace lies beside Cargo.lock, and a package adds its \
                         own in `[package.metadata.linger]` (looked in `{}`)",
                        display_name(&workspace.root, &self.dir)
                    ),
                });
            }
            if self.root_package.as_ref() == Some(manifest) {
                continue;
            }
            let Some(text) = text(sources, manifest) else {
                continue;
            };
            let name = display_name(&self.dir, manifest);
            let text = Text {
                name: &name,
                text: &text,
            };
            if let Some(file) =
                read::table::<PackageFile>(&text, &["package", "metadata", "linger"])?
            {
                found.push(read::package(&text, file, &package.dir)?);
            }
        }
        Ok((found, notices))
    }
}

/// A file that is all configuration.
fn whole(
    sources: &dyn Sources,
    path: &Path,
    name: &str,
    dir: &Path,
) -> Result<Config, ConfigError> {
    let problem = |what: String| ConfigError {
        at: None,
        what,
        advice: None,
    };
    let bytes = sources.read(path).map_err(|error| {
        problem(format!(
            "the configuration `{name}` cannot be read: {error}"
        ))
    })?;
    let text = String::from_utf8(bytes)
        .map_err(|_| problem(format!("the configuration `{name}` is not UTF-8")))?;
    let text = Text {
        name,
        text: text.trim_start_matches('\u{feff}'),
    };
    read::workspace(sources, &text, read::file(&text)?, dir)
}

/// What the manifest of the root says about the workspace; also what its package says, if it is alone and nothing else
/// speaks for the workspace.
fn in_manifest(
    sources: &dyn Sources,
    manifest: &Path,
    dir: &Path,
    own: bool,
) -> Result<Option<Config>, ConfigError> {
    let Some(text) = text(sources, manifest) else {
        return Ok(None);
    };
    let text = Text {
        name: discover::MANIFEST,
        text: &text,
    };
    if let Some(file) = read::table::<File>(&text, &["workspace", "metadata", "linger"])? {
        return read::workspace(sources, &text, file, dir).map(Some);
    }
    let shared = read::table::<toml::Value>(&text, &["workspace"])?.is_some();
    if shared || own {
        return Ok(None);
    }
    let Some(file) = read::table::<File>(&text, &["package", "metadata", "linger"])? else {
        return Ok(None);
    };
    let config = read::workspace(sources, &text, file, dir)?;
    Ok(Some(Config {
        root_package: Some(manifest.to_path_buf()),
        ..config
    }))
}

/// The text of a manifest; what is wrong with the file itself is discover's to say.
fn text(sources: &dyn Sources, manifest: &Path) -> Option<String> {
    let text = String::from_utf8(sources.read(manifest).ok()?).ok()?;
    let has_some = text.contains("linger");
    has_some.then(|| text.trim_start_matches('\u{feff}').to_owned())
}

fn two(other: &Config) -> ConfigError {
    ConfigError {
        at: None,
        what: format!(
            "the workspace is configured twice: in {NAME} and in `[workspace.metadata.linger]` of {}",
            other.file.as_deref().unwrap_or(discover::MANIFEST)
        ),
        advice: Some("keep one of the two".to_owned()),
    }
}
