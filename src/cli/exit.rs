//! How a run ends: its exit codes, and the ends that every command shares.

use std::io;

use super::console;
use super::env::Env;
use super::usage::UsageError;

/// Nothing at deny level.
pub const PASSED: u8 = 0;
/// Findings at deny level.
pub const FINDINGS: u8 = 1;
/// The job could not be done.
pub const FAILED: u8 = 2;

/// What the user asked for cannot be done.
pub(super) fn misused(error: &UsageError, env: &mut Env<'_>) -> u8 {
    console::error(env, &error.what, error.advice.as_deref());
    FAILED
}

/// Prints an answer to standard output.
pub(super) fn print(
    env: &mut Env<'_>,
    write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
) -> u8 {
    match console::stdout(env, false, |mut out| write(&mut out)) {
        Ok(()) => PASSED,
        Err(error) => unwritable("standard output", &error, env),
    }
}

/// A place that cannot be written to.
pub(super) fn unwritable(place: &str, error: &io::Error, env: &mut Env<'_>) -> u8 {
    console::error(env, &format!("cannot write to {place}: {error}"), None);
    FAILED
}
