//! `cargo linger why`: the place it is asked about, found in its file.

use super::args::{AdoptArgs, Place, SelectArgs, WhyArgs};
use super::config;
use super::env::{Env, Tool};
use super::options::{self, Options};
use super::usage::UsageError;
use crate::check::Scope;
use crate::check::asked::Ask;
use crate::check::levels::LevelArg;
use crate::discover::normalize;
use crate::source::{FileId, SourceFile};

impl Options {
    /// Resolves the arguments of `why`.
    pub(super) fn why(
        args: WhyArgs,
        levels: &[LevelArg],
        tool: &Tool<'_>,
        env: &Env<'_>,
    ) -> Result<Self, UsageError> {
        let ask = ask(&args.place, tool, env)?;
        let select = SelectArgs {
            // A check of this file would begin there too.
            paths: vec![ask.file.clone()],
            of: args.of,
        };
        let why = options::writer("an answer", |format| format.why);
        let mut resolved = options::resolve(select, &args.config, args.output, why, tool, env)?;
        config::levels(&resolved.config, &[], levels, tool)?;
        resolved.scope = Scope::new(&env.cwd, &[], resolved.analyze.targets.test_code());
        resolved.analyze.ask = Some(ask);
        Ok(Options {
            levels: levels.to_vec(),
            min_confidence: config::min_confidence(&resolved.config, args.min_confidence),
            adopt: AdoptArgs {
                baseline: args.baseline,
                ..AdoptArgs::default()
            },
            ..resolved
        })
    }
}

/// The place, if there is such a one.
fn ask(place: &Place, tool: &Tool<'_>, env: &Env<'_>) -> Result<Ask, UsageError> {
    let file = normalize(&env.cwd.join(&place.file));
    let shown = place.file.display();
    let bytes = match tool.sources.read(&file) {
        Ok(bytes) => bytes,
        Err(_) if !tool.sources.is_file(&file) => {
            return Err(UsageError::plain(format!("`{shown}`: no such file")));
        }
        Err(error) => {
            return Err(UsageError::plain(format!(
                "`{shown}` cannot be read: {error}"
            )));
        }
    };
    let text = String::from_utf8_lossy(&bytes);
    let source = SourceFile::new(String::new(), file.clone(), text.into());
    let ask = Ask {
        file,
        from: place.from,
        to: place.to,
        column: place.column,
    };
    if ask.place(&source, FileId(0)).is_some() {
        return Ok(ask);
    }
    let lines = source.text.lines().count();
    Err(if place.to as usize > lines {
        UsageError::plain(format!(
            "`{shown}` has no line {}: it has {lines}",
            place.to
        ))
    } else {
        let column = place.column.unwrap_or_default();
        UsageError::plain(format!(
            "line {} of `{shown}` has no column {column}",
            place.from
        ))
    })
}
