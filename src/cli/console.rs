//! Writing: coloured or plain, to standard output, standard error or a file, and what a closed pipe means.

use std::io::{self, ErrorKind};

use codespan_reporting::term::termcolor::{Ansi, Color, ColorSpec, NoColor, WriteColor};

use super::args::ColorArg;
use super::env::Env;

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
    let colored = in_color(None, env.var, env.stderr_is_terminal);
    let _ = if colored {
        write(&mut Ansi::new(&mut *env.stderr))
    } else {
        write(&mut NoColor::new(&mut *env.stderr))
    };
}

/// Whether to use colours, as cargo decides it: the option, then `CARGO_TERM_COLOR`, then `NO_COLOR` and the terminal.
pub(super) fn in_color(
    option: Option<ColorArg>,
    var: &dyn Fn(&str) -> Option<String>,
    is_terminal: bool,
) -> bool {
    let from_cargo = || match var("CARGO_TERM_COLOR").as_deref() {
        Some("always") => Some(ColorArg::Always),
        Some("never") => Some(ColorArg::Never),
        _ => None,
    };
    match option.or_else(from_cargo).unwrap_or(ColorArg::Auto) {
        ColorArg::Always => true,
        ColorArg::Never => false,
        ColorArg::Auto => {
            let refused = var("NO_COLOR").is_some_and(|value| !value.is_empty());
            is_terminal && !refused && var("TERM").as_deref() != Some("dumb")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_follow_the_option_then_cargo_then_the_terminal() {
        let with = |set: &'static [(&str, &str)], option, terminal| {
            let var = |name: &str| {
                set.iter()
                    .find(|(key, _)| *key == name)
                    .map(|(_, value)| (*value).to_owned())
            };
            in_color(option, &var, terminal)
        };
        assert!(with(&[], None, true));
        assert!(!with(&[], None, false));
        assert!(!with(&[("NO_COLOR", "1")], None, true));
        assert!(with(&[("NO_COLOR", "")], None, true));
        assert!(!with(&[("TERM", "dumb")], None, true));
        assert!(with(
            &[("CARGO_TERM_COLOR", "always"), ("NO_COLOR", "1")],
            None,
            false
        ));
        assert!(!with(
            &[("CARGO_TERM_COLOR", "always")],
            Some(ColorArg::Never),
            true
        ));
        assert!(!with(
            &[("CARGO_TERM_COLOR", "always")],
            Some(ColorArg::Auto),
            false
        ));
    }
}
