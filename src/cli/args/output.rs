//! How results are shown: formats and their files, colours, how much is said.

use std::path::PathBuf;

use clap::{ArgAction, Args, ValueEnum};

use crate::check::levels::nearest;
use crate::report::{self, FORMATS, Format};

/// How to show it.
#[derive(Debug, Args)]
pub struct OutputArgs {
    /// Format, to standard output or a file (repeatable)
    #[arg(long, value_name = "FORMAT[=FILE]", value_parser = output, long_help = formats())]
    pub message_format: Vec<Output>,
    /// When to use colours
    #[arg(long, value_name = "WHEN")]
    pub color: Option<ColorArg>,
    /// Show findings only
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Also show how sure each finding is, and in an inventory which calls were recognised
    #[arg(short, long, action = ArgAction::SetTrue)]
    pub verbose: bool,
}

/// `FORMAT` or `FORMAT=FILE`.
#[derive(Debug, Clone)]
pub struct Output {
    /// The format.
    pub format: &'static Format,
    /// The file; standard output, if none.
    pub file: Option<PathBuf>,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorArg {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

fn output(text: &str) -> Result<Output, String> {
    let (name, file) = match text.split_once('=') {
        Some((name, file)) => (name, Some(PathBuf::from(file))),
        None => (text, None),
    };
    if file
        .as_ref()
        .is_some_and(|file| file.as_os_str().is_empty())
    {
        return Err(format!("no file after `{name}=`"));
    }
    let names = || FORMATS.iter().map(|format| format.name);
    match report::format(name) {
        Some(format) => Ok(Output { format, file }),
        None => Err(match nearest(name, names()) {
            Some(nearest) => format!("no format is named `{name}`; did you mean `{nearest}`?"),
            None => format!(
                "no format is named `{name}`; there are {}",
                names().collect::<Vec<_>>().join(", ")
            ),
        }),
    }
}

fn formats() -> String {
    let mut help = "Format, to standard output or a file (repeatable)\n\nFormats:".to_owned();
    for format in FORMATS {
        help.push_str("\n- ");
        help.push_str(format.name);
        help.push_str(": ");
        help.push_str(format.about);
    }
    help
}
