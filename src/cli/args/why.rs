//! Which place `cargo linger why` is asked about.

use std::path::PathBuf;

use clap::Args;

use super::config::ConfigArgs;
use super::levels::{ConfidenceArg, LevelArgs};
use super::output::OutputArgs;
use super::select::WorkspaceArgs;

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
    /// The file.
    pub file: PathBuf,
    /// The first line, counted from 1.
    pub from: u32,
    /// The last one.
    pub to: u32,
    /// A column of it, counted from 1.
    pub column: Option<u32>,
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
