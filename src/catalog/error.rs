//! What can be wrong with a catalogue file, and where.

use std::fmt;

/// Something wrong with a catalogue file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {problem}")]
pub struct LoadError {
    /// The file as it is shown: `reqwest.toml`.
    pub file: String,
    /// Line, 1-based.
    pub line: usize,
    /// What.
    pub problem: Box<Problem>,
}

/// What is wrong, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Not TOML, or a value of the wrong kind.
    #[error("{0}")]
    Syntax(String),
    /// A key nobody reads.
    #[error("unknown key `{key}`{}", did_you_mean(.nearest.as_deref()))]
    UnknownKey {
        /// As written.
        key: String,
        /// The nearest key there is.
        nearest: Option<String>,
    },
    /// A word that is none of those allowed here.
    #[error("unknown value `{value}`{}", did_you_mean(.nearest.as_deref()))]
    UnknownValue {
        /// As written.
        value: String,
        /// The nearest word allowed.
        nearest: Option<String>,
    },
    /// Not a version.
    #[error("`{text}` is not a version ({reason}): write all three numbers, `0.12.28`")]
    BadVersion {
        /// As written.
        text: String,
        /// What `semver` says.
        reason: String,
    },
    /// Not a requirement.
    #[error(
        "`{text}` is not a version requirement ({reason}): write it as in Cargo.toml, `>=0.12.4, <0.13`"
    )]
    BadRequirement {
        /// As written.
        text: String,
        /// What `semver` says.
        reason: String,
    },
    /// A requirement no known version meets.
    #[error("no version of the crate meets `{text}`: mend the range")]
    EmptyRange {
        /// As written.
        text: String,
    },
    /// Not a `cfg` predicate.
    #[error(
        "`{text}` is not a `cfg` predicate ({reason}): write it as in `#[cfg(..)]`, without the `cfg`"
    )]
    BadTarget {
        /// As written.
        text: String,
        /// What is wrong.
        reason: String,
    },
    /// Interface text that cannot be read.
    #[error("the interface cannot be read: {reason}")]
    BadInterface {
        /// What is wrong.
        reason: String,
    },
    /// A fact about something the interface does not declare.
    #[error("no `[[api]]` block of this file declares `{path}`{}", or_declare(.nearest.as_deref()))]
    UnknownPath {
        /// As written.
        path: String,
        /// The nearest path declared.
        nearest: Option<String>,
    },
    /// A family that no `[[family]]` of the file describes for the versions at hand.
    #[error("no `[[family]]` is named `{family}` for version {version}{}", did_you_mean(.nearest.as_deref()))]
    UnknownFamily {
        /// As written.
        family: String,
        /// A version it is missing for.
        version: String,
        /// The nearest name.
        nearest: Option<String>,
    },
    /// A slot that no `[[slot]]` of the family describes for the versions at hand.
    #[error("family `{family}` has no slot `{slot}` for version {version}{}", did_you_mean(.nearest.as_deref()))]
    UnknownSlot {
        /// The family.
        family: String,
        /// As written.
        slot: String,
        /// A version it is missing for.
        version: String,
        /// The nearest name.
        nearest: Option<String>,
    },
    /// A setter on a type without settings.
    #[error(
        "`{path}` writes a slot, but `{on}` has no family: give the type one, or the call `family = \"..\"`"
    )]
    NoFamily {
        /// The call.
        path: String,
        /// What it is called on.
        on: String,
    },
    /// Two entries about one thing apply at once.
    #[error(
        "`{what}` is described twice for version {version}, also in line {other}: narrow `versions`, `features` or `target`"
    )]
    Twice {
        /// The path or name.
        what: String,
        /// A version for which both apply.
        version: String,
        /// The line of the first.
        other: usize,
    },
    /// Two files describe one package.
    #[error(
        "another file describes `{package}` already: give `crate` and `also` the names of other packages"
    )]
    PackageTwice {
        /// The package.
        package: String,
    },
}

fn did_you_mean(nearest: Option<&str>) -> Suffix<'_> {
    Suffix(", did you mean", nearest, "?")
}

fn or_declare(nearest: Option<&str>) -> Suffix<'_> {
    match nearest {
        Some(_) => Suffix(": declare it, or did you mean", nearest, "?"),
        None => Suffix(": declare it there", None, ""),
    }
}

struct Suffix<'a>(&'static str, Option<&'a str>, &'static str);

impl fmt::Display for Suffix<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Suffix(lead, nearest, tail) = self;
        match nearest {
            Some(word) => write!(f, "{lead} `{word}`{tail}"),
            None if lead.starts_with(':') => f.write_str(lead),
            None => Ok(()),
        }
    }
}

/// The word nearest to `word`, if one is near enough to be meant.
pub fn nearest<'a>(word: &str, among: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let best = among
        .into_iter()
        .map(|w| (strsim::damerau_levenshtein(word, w), w))
        .min()?;
    (best.0 <= 2.max(word.len() / 4)).then(|| best.1.to_owned())
}
