//! For GitHub's actions: annotations as workflow commands, everything in full in a folded group, and a job summary.

use std::io;

use codespan_reporting::term::termcolor::WriteColor;

use super::place::{self, From, Located};
use super::{Report, escape, human, pages, summary};
use crate::source::SourceFile;

/// GitHub shows ten errors and ten warnings of a step, and drops the rest without a word.
const SHOWN: usize = 10;
/// A summary may hold a megabyte; a table longer than this is read by nobody.
const ROWS: usize = 500;

/// Writes annotations, the findings in full, and the summary line.
pub fn write(report: &Report<'_>, out: &mut dyn WriteColor) -> io::Result<()> {
    let found = place::all(report, From::Repository, SourceFile::position);
    let mut hidden = 0;
    for fails in [true, false] {
        let mut of_kind = found.iter().filter(|at| at.shown.fails() == fails);
        for at in of_kind.by_ref().take(SHOWN) {
            writeln!(out, "{}", annotation(at))?;
        }
        hidden += of_kind.count();
    }
    if !found.is_empty() {
        let beyond = match hidden {
            0 => String::new(),
            n => format!("; {n} of them beyond the {SHOWN} of a kind that GitHub annotates"),
        };
        writeln!(out, "::group::cargo linger: all findings in full{beyond}")?;
        for at in &found {
            for line in human::rendered(report, at.shown)?.lines() {
                writeln!(out, "{}", inert(line))?;
            }
        }
        writeln!(out, "::endgroup::")?;
    }
    writeln!(out, "{}", inert(&summary::line(report)))
}

fn annotation(at: &Located<'_>) -> String {
    let kind = at.shown.severity();
    let mut properties = vec![
        format!("file={}", property(&at.file)),
        format!("line={}", at.start.line),
        format!("endLine={}", at.end.line),
    ];
    // Columns count only where they are of one line.
    if at.start.line == at.end.line {
        properties.push(format!("col={}", at.start.column));
        properties.push(format!("endColumn={}", at.end.column));
    }
    properties.push(format!("title={}", property(&at.code())));
    format!("::{kind} {}::{}", properties.join(","), data(&at.in_full()))
}

/// The text of a command: one line, by GitHub's rules.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// A line of the log that the runner does not take for a command, whatever stands in it.
fn inert(line: &str) -> String {
    let line = line.replace("##[", "## [");
    if line.trim_start().starts_with("::") {
        format!("| {line}")
    } else {
        line
    }
}

/// Writes the job summary: every finding in a table, not only those that GitHub annotates.
pub fn job_summary(report: &Report<'_>, out: &mut dyn WriteColor) -> io::Result<()> {
    let found = place::all(report, From::Repository, SourceFile::position);
    writeln!(out, "### {}", cell(&summary::line(report)))?;
    if !found.is_empty() {
        writeln!(out, "\n| level | place | lint | says |\n|---|---|---|---|")?;
    }
    for at in found.iter().take(ROWS) {
        let code = cell(&at.code());
        let lint = match pages::of(at.finding().lint) {
            Some(page) => format!("[{code}]({page})"),
            None => code,
        };
        let place = cell(&format!("{}:{}", at.file, at.start.line));
        let message = cell(&at.message());
        writeln!(
            out,
            "| {} | {place} | {lint} | {message} |",
            at.shown.severity()
        )?;
    }
    if let Some(more) = found.len().checked_sub(ROWS).filter(|more| *more > 0) {
        writeln!(out, "\nand {more} more")?;
    }
    writeln!(out)
}

/// Text that stays text in a cell of a Markdown table.
fn cell(text: &str) -> String {
    let text = escape::line(text);
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '|' | '`' | '*' | '_' | '[' | ']' | '\\' | '#' | '@' | '~' => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_becomes_a_command_or_ends_one() {
        assert_eq!(data("100%\r\na: b, c"), "100%25%0D%0Aa: b, c");
        assert_eq!(property("a:b,c%\n"), "a%3Ab%2Cc%25%0A");
        assert_eq!(inert("  ::add-mask::x"), "|   ::add-mask::x");
        assert_eq!(inert("1 | ##[group]x"), "1 | ## [group]x");
        assert_eq!(inert("1 | a::b()"), "1 | a::b()");
        assert_eq!(cell("a|b <c> `d`"), r"a\|b &lt;c> \`d\`");
    }
}
