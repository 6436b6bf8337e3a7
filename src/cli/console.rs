//! Writing: coloured or plain, to standard output, standard error or a file, and what a closed pipe means.

use std::io::{self, ErrorKind};

use codespan_reporting::term::termcolor::{Ansi, Color, ColorSpec, NoColor, WriteColor};

use super::{Env, options};

/// Writes to standard output. Whoever reads may stop (`| head`): that is no failure, and nothing more is written.
pub(super) fn stdout(
    env: &mut Env<'_>,
    color: bool,
    write: impl FnOnce(&mut dyn WriteColor) -> io::Result<()>,
) -> io::Result<()> {
    let written = if color {
        write(&mut Ansi::new(&mut *env.stdout))
    } else {
        write(&mut NoColor::new(&mut *env.stdout))
    };
    match written.and_then(|()| env.stdout.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// An error, with what to do about it.
pub(super) fn error(env: &mut Env<'_>, what: &str, advice: Option<&str>) {
    say(env, "error", Color::Red, what);
    if let Some(advice) = advice {
        say(env, "help", Color::Cyan, advice);
    }
}

/// Something the user should know.
pub(super) fn note(env: &mut Env<'_>, text: &str) {
    say(env, "note", Color::Green, text);
}

/// A plain line on standard error.
pub(super) fn line(env: &mut Env<'_>, text: &str) {
    // Nobody is left to tell when standard error fails; the exit code still says it.
    let _ = writeln!(env.stderr, "{text}");
}

fn say(env: &mut Env<'_>, word: &str, color: Color, text: &str) {
    let write = |out: &mut dyn WriteColor| -> io::Result<()> {
        out.set_color(ColorSpec::new().set_fg(Some(color)).set_bold(true))?;
        write!(out, "{word}")?;
        out.reset()?;
        writeln!(out, ": {}", crate::report::plain(text))
    };
    let colored = options::color(None, env.var, env.stderr_is_terminal);
    let _ = if colored {
        write(&mut Ansi::new(&mut *env.stderr))
    } else {
        write(&mut NoColor::new(&mut *env.stderr))
    };
}
