//! What is done about findings: levels as rustc has them, and how sure a finding must be.

use clap::{ArgMatches, Args, ValueEnum};

use crate::check::levels::LevelArg;
use crate::finding::Confidence;
use crate::lint::Level;

/// Levels, as rustc has them; the last one about a lint wins.
#[derive(Debug, Args)]
pub struct LevelArgs {
    /// Do not report a lint or group
    #[arg(short = 'A', long, value_name = "LINT", help_heading = "Levels")]
    pub allow: Vec<String>,
    /// Report a lint or group
    #[arg(short = 'W', long, value_name = "LINT", help_heading = "Levels")]
    pub warn: Vec<String>,
    /// Report a lint or group and fail (`-D warnings`: whatever is reported)
    #[arg(short = 'D', long, value_name = "LINT", help_heading = "Levels")]
    pub deny: Vec<String>,
    /// As --deny, and nothing can lower it, no comment either
    #[arg(short = 'F', long, value_name = "LINT", help_heading = "Levels")]
    pub forbid: Vec<String>,
}

/// How sure a finding must be.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum ConfidenceArg {
    /// Something unseen decides
    Possible,
    /// All that is seen says so
    Likely,
    /// Nothing in sight can make it right
    Certain,
}

impl From<ConfidenceArg> for Confidence {
    fn from(arg: ConfidenceArg) -> Self {
        match arg {
            ConfidenceArg::Possible => Confidence::Possible,
            ConfidenceArg::Likely => Confidence::Likely,
            ConfidenceArg::Certain => Confidence::Certain,
        }
    }
}

/// The level options in their order, which only the matches know.
pub(super) fn levels(matches: &ArgMatches) -> Vec<LevelArg> {
    let flags = [
        ("allow", Level::Allow),
        ("warn", Level::Warn),
        ("deny", Level::Deny),
        ("forbid", Level::Forbid),
    ];
    let mut all: Vec<(usize, LevelArg)> = Vec::new();
    for (id, level) in flags {
        // A command without level options does not know their names.
        let Ok(Some(names)) = matches.try_get_many::<String>(id) else {
            continue;
        };
        let places = matches.indices_of(id).into_iter().flatten();
        all.extend(places.zip(names).map(|(at, name)| {
            (
                at,
                LevelArg {
                    level,
                    name: name.clone(),
                },
            )
        }));
    }
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, arg)| arg).collect()
}
