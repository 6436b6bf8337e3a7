//! A whole corpus in one command: what panics, hangs, cannot be run or says another thing in another run.

use std::time::Duration;

use crate::Result;
use crate::product::{Ended, Packages, Product, name};

/// How the product tells of a panic that it caught.
const CAUGHT: &str = "cargo linger itself failed";

/// Names shown of the slowest.
const SHOWN: usize = 5;

/// Runs on every folder twice, with one thread from the folder itself and with two from above it; true if every run came to
/// its end and both said the same.
pub(crate) fn run(args: &Packages, product: &Product) -> Result<bool> {
    let roots = args.roots()?;
    let mut slowest: Vec<(Duration, String)> = Vec::new();
    let mut wrong = 0;
    for root in &roots {
        let (first, took) = product.report(root, root, 1)?;
        let (second, _) = product.report(root, &args.corpus, 2)?;
        if let Some(what) = fault(&first, &second) {
            wrong += 1;
            println!("{}: {what}", name(root));
        }
        slowest.push((took, name(root)));
    }
    slowest.sort_by(|a, b| b.cmp(a));
    println!(
        "{} folders, {wrong} with a fault; slowest with one thread:",
        roots.len()
    );
    for (took, name) in slowest.iter().take(SHOWN) {
        println!("  {:.1} s  {name}", took.as_secs_f64());
    }
    Ok(wrong == 0 && !roots.is_empty())
}

/// What is wrong with two runs on one folder, if anything is.
fn fault(first: &Ended, second: &Ended) -> Option<String> {
    let (
        Ended::Done { code, out, err },
        Ended::Done {
            code: again,
            out: other,
            err: beside,
        },
    ) = (first, second)
    else {
        return Some("hung".to_owned());
    };
    // What is found quotes the code, which may speak of panics itself.
    let caught = [out, other].into_iter().any(|said| said.contains(CAUGHT));
    if caught
        || [err, beside]
            .into_iter()
            .any(|said| said.contains("panicked"))
    {
        return Some("panicked".to_owned());
    }
    for (code, said) in [(code, err), (again, beside)] {
        if *code > 1 {
            let last = said.lines().last().unwrap_or_default();
            return Some(format!("exit {code}: {last}"));
        }
    }
    (out != other).then(|| "one thread and two say different things".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn done(code: i32, out: &str, err: &str) -> Ended {
        let (out, err) = (out.to_owned(), err.to_owned());
        Ended::Done { code, out, err }
    }

    #[test]
    fn a_panic_a_hang_an_error_and_a_difference_are_faults_and_findings_are_none() {
        let well = || done(1, "a finding", "");
        assert_eq!(fault(&well(), &well()), None);
        assert!(fault(&well(), &Ended::Hung).is_some());
        assert!(fault(&well(), &done(1, "another", "")).is_some());
        assert!(fault(&done(2, "", "error: no manifest"), &well()).is_some());
        assert!(fault(&well(), &done(2, "a finding", "error: no memory")).is_some());
        assert!(fault(&well(), &done(1, "a finding", "thread 'main' panicked at")).is_some());
    }
}
