//! One line per finding: `file:line:col: warning[linger::id]: message`.

use std::io;

use codespan_reporting::term::termcolor::WriteColor;

use super::{Report, escape};

/// Writes all findings.
pub fn write(report: &Report<'_>, out: &mut dyn WriteColor) -> io::Result<()> {
    for shown in &report.checked.findings {
        let finding = &shown.finding;
        if let Some(source) = report.analysis.sources.get(finding.primary.span.file) {
            let at = source.position(finding.primary.span.lo);
            write!(
                out,
                "{}:{}:{}: ",
                escape::line(&source.name),
                at.line,
                at.column
            )?;
        }
        let message = escape::line(&finding.message);
        writeln!(
            out,
            "{}[linger::{}]: {message}",
            shown.severity(),
            finding.lint
        )?;
    }
    Ok(())
}
