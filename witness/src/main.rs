//! Prints what was seen beside what the catalogue says, and fails if they disagree.

use std::process::ExitCode;

use linger::catalog::Catalog;

fn main() -> ExitCode {
    let catalog = match Catalog::builtin() {
        Ok(catalog) => catalog,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(2);
        }
    };
    let verdicts = witness::judge::judge(&catalog, &witness::measure());
    for verdict in &verdicts {
        let mark = if verdict.holds { "ok   " } else { "WRONG" };
        println!(
            "{mark} {}: {}; {}",
            verdict.fact, verdict.says, verdict.seen
        );
    }
    let wrong = verdicts.iter().filter(|v| !v.holds).count();
    println!("{} facts witnessed, {wrong} wrong", verdicts.len());
    // Threads that wait for ever are left behind.
    std::process::exit(i32::from(wrong > 0));
}
