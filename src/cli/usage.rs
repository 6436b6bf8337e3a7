//! What the user asked for cannot be done: why, and what to do about it.

use crate::check::analysis::AnalyzeError;
use crate::check::levels::LevelError;
use crate::config::ConfigError;
use crate::git::GitError;

/// Why the arguments cannot be followed, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageError {
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub advice: Option<String>,
}

impl UsageError {
    /// One with something to do about it.
    pub(super) fn new(what: impl Into<String>, advice: impl Into<String>) -> Self {
        UsageError {
            what: what.into(),
            advice: Some(advice.into()),
        }
    }

    /// One that says by itself what to do, or where nothing can be advised.
    pub(super) fn plain(what: impl Into<String>) -> Self {
        UsageError {
            what: what.into(),
            advice: None,
        }
    }
}

impl From<AnalyzeError> for UsageError {
    fn from(error: AnalyzeError) -> Self {
        UsageError {
            what: error.what,
            advice: error.advice,
        }
    }
}

impl From<LevelError> for UsageError {
    fn from(error: LevelError) -> Self {
        UsageError {
            what: error.to_string(),
            advice: Some(error.advice()),
        }
    }
}

impl From<ConfigError> for UsageError {
    fn from(error: ConfigError) -> Self {
        UsageError {
            what: error.to_string(),
            advice: error.advice,
        }
    }
}

impl From<GitError> for UsageError {
    fn from(error: GitError) -> Self {
        UsageError {
            what: error.what,
            advice: error.advice,
        }
    }
}
