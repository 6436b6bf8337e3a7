//! Completions and a man page, from the one declaration of the command line.

use std::io;

use clap::CommandFactory;
use clap_complete::Shell;

use super::args::{Args, CompletionsArgs};

/// What shells run.
const PROGRAM: &str = "cargo-linger";

/// Writes a completion script: of the program, which cargo runs as its subcommand.
pub(super) fn completions(args: &CompletionsArgs, out: &mut dyn io::Write) -> io::Result<()> {
    let mut command = Args::command();
    let mut script = Vec::new();
    if args.shell != Shell::Bash {
        clap_complete::generate(args.shell, &mut command, PROGRAM, &mut script);
        return out.write_all(&script);
    }
    // In Bash's script a program with a hyphen loses its subcommands: they are set under one name and looked up under
    // another. So it is made for a plain name, and only what is completed is ours.
    clap_complete::generate(args.shell, &mut command, "linger", &mut script);
    for line in String::from_utf8_lossy(&script).lines() {
        match line.strip_suffix(" linger") {
            Some(start) if start.trim_start().starts_with("complete -F ") => {
                writeln!(out, "{start} {PROGRAM}")?;
            }
            _ => writeln!(out, "{line}")?,
        }
    }
    Ok(())
}

/// Writes the man page: one, with the pages of all commands after the main one.
pub(super) fn man(out: &mut dyn io::Write) -> io::Result<()> {
    let mut command = Args::command();
    command.build();
    let page = clap_mangen::Man::new(command.clone());
    page.render(out)?;
    for sub in command
        .get_subcommands()
        .filter(|sub| sub.get_name() != "help")
    {
        let page = clap_mangen::Man::new(sub.clone());
        writeln!(
            out,
            ".SH \"CARGO LINGER {}\"",
            sub.get_name().to_uppercase()
        )?;
        page.render_description_section(out)?;
        page.render_options_section(out)?;
    }
    Ok(())
}
