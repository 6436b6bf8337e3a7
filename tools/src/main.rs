//! Measures cargo linger on code that nobody here wrote: fixed defects, the compiler's own list of calls, the ledger.

mod acquired;
mod agreement;
mod corpus;
mod history;
mod ledger;
mod product;
mod rival;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// What may go wrong here ends the run with its message.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

#[derive(Parser)]
#[command(name = "linger-tools", about)]
struct Args {
    /// The binary to measure
    #[arg(long, default_value = "target/release/cargo-linger", global = true)]
    bin: PathBuf,
    /// Seconds after which a run counts as hung
    #[arg(long, default_value_t = 120, global = true)]
    limit: u64,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Score fixed defects: flagged before, silent after; look-alikes silent; and how many findings that costs
    History(history::Args),
    /// Compare `inventory`'s calls with the compiler's own resolution
    Agreement(agreement::Args),
    /// List calls that acquire a client, request or task of which `inventory` has nothing
    Acquired(product::Packages),
    /// Run on every folder of a corpus, twice: what panics, hangs or differs between runs
    Corpus(product::Packages),
    /// Replay the ledger of precision, draw its packages, or list findings without a verdict
    Ledger(ledger::Args),
}

fn main() -> ExitCode {
    let args = Args::parse();
    let bin = args.bin.canonicalize().unwrap_or(args.bin);
    let product = product::Product::new(bin, args.limit);
    let done = match &args.command {
        Command::History(args) => history::run(args, &product),
        Command::Agreement(args) => agreement::run(args, &product),
        Command::Acquired(args) => acquired::run(args, &product),
        Command::Corpus(args) => corpus::run(args, &product),
        Command::Ledger(args) => ledger::run(args, &product),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}
