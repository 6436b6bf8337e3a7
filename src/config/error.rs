//! What can be wrong with a configuration, where, and what to do about it.

use crate::check::levels::{self, Origin};

/// Why a configuration cannot be followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{what}", .at.as_ref().map(|at| format!("{at}: ")).unwrap_or_default())]
pub struct ConfigError {
    /// `linger.toml:3:5`, if it has a place.
    pub at: Option<String>,
    /// What is wrong; lower case, no full stop.
    pub what: String,
    /// What to do.
    pub advice: Option<String>,
}

/// A text with its name, to say where in it something is.
#[derive(Debug, Clone)]
pub(super) struct Text<'a> {
    /// As it is shown.
    pub name: &'a str,
    pub text: &'a str,
}

impl Text<'_> {
    /// Line and column of a byte, 1-based.
    fn position(&self, at: usize) -> (usize, usize) {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before
            .rsplit('\n')
            .next()
            .unwrap_or_default()
            .chars()
            .count()
            + 1;
        (line, column)
    }

    /// Where a setting stands.
    pub(super) fn origin(&self, at: usize) -> Origin {
        Origin::File {
            name: self.name.to_owned(),
            line: self.position(at).0 as u32,
        }
    }

    pub(super) fn error(
        &self,
        at: usize,
        what: impl Into<String>,
        advice: impl Into<Option<String>>,
    ) -> ConfigError {
        let (line, column) = self.position(at);
        ConfigError {
            at: Some(format!("{}:{line}:{column}", self.name)),
            what: what.into(),
            advice: advice.into(),
        }
    }

    /// An error of the TOML reader, in our words: it names the word it stumbled on and those it knows, in backquotes.
    pub(super) fn reworded(&self, error: &toml::de::Error) -> ConfigError {
        let at = error.span().map_or(0, |span| span.start);
        let message = error.message();
        let mut words = message.split('`').skip(1).step_by(2);
        let kind = ["unknown field", "unknown variant"]
            .into_iter()
            .find(|kind| message.starts_with(kind));
        let (Some(kind), Some(first)) = (kind, words.next()) else {
            return self.error(at, one_line(message), None);
        };
        let known: Vec<&str> = words.collect();
        let thing = if kind == "unknown field" {
            "key"
        } else {
            "value"
        };
        let advice = match levels::nearest(first, known.iter().copied()) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None if known.is_empty() => "nothing can be set here".to_owned(),
            None => format!("known here: {}", known.join(", ")),
        };
        self.error(at, format!("unknown {thing} `{first}`"), advice)
    }
}

fn one_line(message: &str) -> String {
    let lines = message
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join(", ")
}
