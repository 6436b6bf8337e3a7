//! `cargo linger why`: which place is asked about.

use std::path::PathBuf;

use clap::Args;

use super::adopt::AdoptArgs;
use super::args::{ConfidenceArg, LevelArgs, OutputArgs, SelectArgs, WorkspaceArgs};
use super::config::{self, ConfigArgs};
use super::options::{self, Options, UsageError};
use super::{Env, Tool};
use crate::check::Scope;
use crate::check::asked::Ask;
use crate::check::levels::LevelArg;
use crate::discover::normalize;
use crate::source::{FileId, SourceFile};

/// Arguments of `why`.
#[derive(Debug, Args)]
pub struct WhyArgs {
    /// A line of a file, a column of it, or some lines
    #[arg(value_name = "FILE:LINE[:COLUMN|-LINE]", value_parser = place)]
    pub place: Place,
    /// Of which workspace, built how.
    #[command(flatten)]
    pub of: WorkspaceArgs,
    /// What to do about findings.
    #[command(flatten)]
    pub levels: LevelArgs,
    /// How sure a finding must be to be shown [default: likely]
    #[arg(long, value_name = "LEVEL")]
    pub min_confidence: Option<ConfidenceArg>,
    /// Known findings, which are not shown
    #[arg(long, value_name = "FILE", help_heading = "New findings only")]
    pub baseline: Option<PathBuf>,
    /// Which configuration holds.
    #[command(flatten)]
    pub config: ConfigArgs,
    /// How to show it.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// A place as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    file: PathBuf,
    from: u32,
    to: u32,
    column: Option<u32>,
}

fn place(text: &str) -> Result<Place, String> {
    let no_place = || "a place is written FILE:LINE, FILE:LINE:COLUMN or FILE:LINE-LINE".to_owned();
    let number = |text: &str| text.parse::<u32>().ok().filter(|n| *n > 0);
    let (before, last) = text.rsplit_once(':').ok_or_else(no_place)?;
    let place = |file: &str, from, to, column| {
        let file = Some(file)
            .filter(|file| !file.is_empty())
            .ok_or_else(no_place)?;
        Ok(Place {
            file: file.into(),
            from,
            to,
            column,
        })
    };
    if let Some((from, to)) = last.split_once('-') {
        let (from, to) = number(from).zip(number(to)).ok_or_else(no_place)?;
        if from > to {
            return Err(format!("line {from} comes after line {to}"));
        }
        return place(before, from, to, None);
    }
    let last = number(last).ok_or_else(no_place)?;
    let lined = before
        .rsplit_once(':')
        .and_then(|(file, line)| Some((file, number(line)?)));
    match lined {
        Some((file, line)) => place(file, line, line, Some(last)),
        None => place(before, last, last, None),
    }
}

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
    let unreadable = |what: String| UsageError { what, advice: None };
    let bytes = match tool.sources.read(&file) {
        Ok(bytes) => bytes,
        Err(_) if !tool.sources.is_file(&file) => {
            return Err(unreadable(format!("`{shown}`: no such file")));
        }
        Err(error) => return Err(unreadable(format!("`{shown}` cannot be read: {error}"))),
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
        unreadable(format!(
            "`{shown}` has no line {}: it has {lines}",
            place.to
        ))
    } else {
        let column = place.column.unwrap_or_default();
        unreadable(format!(
            "line {} of `{shown}` has no column {column}",
            place.from
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_file_and_a_line_a_column_or_lines() {
        let read = |text: &str| {
            let place = place(text).ok()?;
            let file = place.file.to_string_lossy().into_owned();
            Some((file, place.from, place.to, place.column))
        };
        let at = |file: &str, from, to, column| Some((file.to_owned(), from, to, column));
        assert_eq!(read("src/a.rs:3"), at("src/a.rs", 3, 3, None));
        assert_eq!(read("src/a.rs:3:7"), at("src/a.rs", 3, 3, Some(7)));
        assert_eq!(read("a.rs:3-5"), at("a.rs", 3, 5, None));
        assert_eq!(read("C:\\a.rs:3"), at("C:\\a.rs", 3, 3, None));
        for wrong in [
            "src/a.rs",
            "src/a.rs:x",
            "a.rs:0",
            ":3",
            "a.rs:5-3",
            "a.rs:",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
