//! Writes what a team begins with: a configuration, a hook, a workflow. Nothing that exists is replaced unasked.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::args::InitArgs;
use super::console;
use super::env::{Env, Tool};
use super::exit::{self, misused, print};
use super::usage::UsageError;
use crate::discover;
use crate::report;

const CONFIGURATION: &str = include_str!("linger.toml");
const PRE_COMMIT: &str = include_str!("pre-commit.yaml");
const GITHUB: &str = include_str!("github.yaml");
const GITLAB: &str = include_str!("gitlab.yaml");

/// One file to write.
struct Draft {
    path: PathBuf,
    text: String,
    /// What is left to do.
    next: &'static str,
}

/// Writes what is asked for, or says why not.
pub(super) fn run(args: &InitArgs, tool: &Tool<'_>, env: &mut Env<'_>) -> u8 {
    let drafts = match drafts(args, tool, env) {
        Ok(drafts) => drafts,
        Err(error) => return misused(&error, env),
    };
    if args.print {
        return print(env, |out| {
            drafts
                .iter()
                .try_for_each(|draft| out.write_all(draft.text.as_bytes()))
        });
    }
    let exists = |draft: &&Draft| tool.sources.is_file(&draft.path);
    let there: Vec<String> = drafts
        .iter()
        .filter(exists)
        .map(|draft| format!("`{}`", shown(&draft.path, env)))
        .collect();
    if !there.is_empty() && !args.force {
        let error = UsageError::new(
            format!("{} exists, and nothing was written", there.join(" and ")),
            "`--print` shows what would be written, to be taken over by hand; `--force` replaces it",
        );
        return misused(&error, env);
    }
    for draft in &drafts {
        let word = if exists(&draft) { "replaced" } else { "wrote" };
        let path = shown(&draft.path, env);
        if let Err(error) = store(draft) {
            console::error(env, &format!("cannot write `{path}`: {error}"), None);
            return exit::FAILED;
        }
        let line = format!("{word} {path}: {}", draft.next);
        let code = print(env, |out| writeln!(out, "{}", report::plain(&line)));
        if code != exit::PASSED {
            return code;
        }
    }
    exit::PASSED
}

fn drafts(args: &InitArgs, tool: &Tool<'_>, env: &Env<'_>) -> Result<Vec<Draft>, UsageError> {
    let options = discover::Options {
        manifest_path: args.manifest_path.as_ref().map(|path| env.cwd.join(path)),
        cwd: env.cwd.clone(),
        ..discover::Options::default()
    };
    let Some(manifest) = discover::root_manifest(tool.sources, &options) else {
        return Err(UsageError::new(
            "no Cargo.toml here or above",
            "run it in a workspace, or name one with --manifest-path",
        ));
    };
    let workspace = manifest.parent().unwrap_or(&manifest).to_path_buf();
    let prefix = report::prefix(&workspace, tool.sources);
    let climb = prefix.split('/').filter(|name| !name.is_empty()).count();
    let repository = workspace.ancestors().nth(climb).unwrap_or(&workspace);
    let directory = match prefix.trim_end_matches('/') {
        "" => ".",
        folder => folder,
    };
    let filled = |text: &str| {
        text.replace("{version}", env!("CARGO_PKG_VERSION"))
            .replace("{directory}", &quoted(directory))
    };
    let all = [
        (
            args.pre_commit,
            repository.join(".pre-commit-config.yaml"),
            hook(&prefix),
            "`pre-commit install` sets it up in a clone",
        ),
        (
            args.github,
            repository.join(".github/workflows/linger.yml"),
            filled(GITHUB),
            "commit it, and pull requests are checked",
        ),
        (
            args.gitlab,
            repository.join(".gitlab/linger.yml"),
            filled(GITLAB),
            "add `include: {local: .gitlab/linger.yml}` to .gitlab-ci.yml",
        ),
    ];
    let mut drafts: Vec<Draft> = Vec::new();
    for (asked, path, text, next) in all {
        if asked {
            drafts.push(Draft { path, text, next });
        }
    }
    if drafts.is_empty() {
        drafts.push(Draft {
            path: workspace.join("linger.toml"),
            text: CONFIGURATION.to_owned(),
            next: "`cargo linger config` shows what is in force",
        });
    }
    Ok(drafts)
}

/// The hook runs at the repository's root, with the staged files as arguments; those of other folders are not its own.
fn hook(prefix: &str) -> String {
    let (manifest, files) = match prefix {
        "" => (String::new(), String::new()),
        folder => (
            format!(
                " --manifest-path {}",
                quoted(&format!("{folder}Cargo.toml"))
            ),
            format!("\n        files: {}", quoted(&format!("^{folder}"))),
        ),
    };
    PRE_COMMIT
        .replace("{manifest}", &manifest)
        .replace("{files}", &files)
}

/// A word for YAML and shells: quoted where it is not plain.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '-' | '_' | '^');
    if word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{word}'")
    }
}

fn shown(path: &Path, env: &Env<'_>) -> String {
    path.strip_prefix(&env.cwd)
        .unwrap_or(path)
        .display()
        .to_string()
}

fn store(draft: &Draft) -> io::Result<()> {
    if let Some(folder) = draft.path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(&draft.path, &draft.text)
}
