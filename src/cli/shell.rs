//! Completions and a man page, from the one declaration of the command line.

use std::io;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::args;

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// Writes a completion script.
pub(super) fn completions(args: &CompletionsArgs, out: &mut dyn io::Write) -> io::Result<()> {
    let mut command = args::Args::command();
    // Shells complete the program, which cargo runs as its subcommand.
    command.set_bin_name("cargo-linger");
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "cargo-linger", &mut script);
    out.write_all(&script)
}

/// Writes the man page: one, with the pages of all commands after the main one.
pub(super) fn man(out: &mut dyn io::Write) -> io::Result<()> {
    let mut command = args::Args::command();
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
