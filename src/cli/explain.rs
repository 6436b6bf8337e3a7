//! `cargo linger explain`: one lint's page, or what a client does.

use semver::Version;

use super::args::ExplainArgs;
use super::console;
use super::env::{Env, Tool};
use super::exit::{FAILED, PASSED, print};
use crate::catalog::error::nearest;
use crate::catalog::{Catalog, FILES};
use crate::check::levels;
use crate::discover;
use crate::report::{clients, list};

/// Says it.
pub(super) fn run(args: &ExplainArgs, tool: &Tool<'_>, env: &mut Env<'_>) -> u8 {
    match (&args.client, &args.lint) {
        (Some(name), _) => client(name, args, tool, env),
        (None, Some(name)) => lint(name, tool, env),
        (None, None) => PASSED,
    }
}

fn lint(name: &str, tool: &Tool<'_>, env: &mut Env<'_>) -> u8 {
    if let Some(lint) = levels::find(tool.lints, name) {
        return print(env, |out| list::explain(lint, out));
    }
    let advice = match levels::nearest(name, tool.lints.iter().map(|lint| lint.id)) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => "`cargo linger list` shows all".to_owned(),
    };
    console::error(env, &format!("no lint is named `{name}`"), Some(&advice));
    FAILED
}

fn client(name: &str, args: &ExplainArgs, tool: &Tool<'_>, env: &mut Env<'_>) -> u8 {
    let catalog = match Catalog::builtin() {
        Ok(catalog) => catalog,
        Err(error) => {
            console::error(env, &error.to_string(), None);
            return FAILED;
        }
    };
    let Some(file) = catalog.file(name) else {
        let advice = match nearest(name, FILES.iter().map(|(name, _)| *name)) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => "it takes the name of a crate, as Cargo.toml has it".to_owned(),
        };
        let what = format!("no crate named `{name}` is described");
        console::error(env, &what, Some(&advice));
        return FAILED;
    };
    let mut versions = locked(name, args, tool, env);
    let known_by = if versions.is_empty() {
        versions.extend(Version::parse(&file.newest));
        "the newest version known here: no Cargo.lock tells which is used"
    } else {
        "as Cargo.lock has it"
    };
    let views = versions
        .iter()
        .filter_map(|v| catalog.crate_for(name, v, &["default".to_owned()]));
    print(env, |out| {
        for (index, view) in views.enumerate() {
            if index > 0 {
                writeln!(out)?;
            }
            clients::explain(&view, known_by, out)?;
        }
        Ok(())
    })
}

/// The versions of the workspace at hand; none if there is no workspace, or it does not use the crate.
fn locked(name: &str, args: &ExplainArgs, tool: &Tool<'_>, env: &Env<'_>) -> Vec<Version> {
    let options = discover::Options {
        manifest_path: args.manifest_path.clone(),
        cwd: env.cwd.clone(),
        ..discover::Options::default()
    };
    let workspace = discover::discover(tool.sources, &options);
    let mut locked = workspace.map(|mut w| w.locked.remove(name).unwrap_or_default());
    if let Ok(versions) = &mut locked {
        versions.sort();
        versions.dedup();
    }
    locked.unwrap_or_default()
}
