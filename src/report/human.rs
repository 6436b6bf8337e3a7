//! For people: source lines with labels, notes and help, in the compiler's manner, and a summary.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;

use codespan_reporting::diagnostic::{Diagnostic, Label, LabelStyle, Severity};
use codespan_reporting::files::{Error, Files};
use codespan_reporting::term::termcolor::{Ansi, NoColor, WriteColor};
use codespan_reporting::term::{self, Chars, Config};

use super::escape::{self, Shown as ShownText};
use super::{Report, Verbosity, brief, pages, place, summary};
use crate::check::Shown;
use crate::check::analysis::Analysis;
use crate::finding::{Label as Place, Suggestion};
use crate::fix;
use crate::remedy::Applicability;
use crate::source::FileId;

/// Writes all findings and the summary.
pub fn write(report: &Report<'_>, out: &mut dyn WriteColor) -> io::Result<()> {
    for shown in brief::first(report) {
        match pages::of(shown.finding.lint).filter(|_| report.links) {
            Some(page) => with_link(report, shown, &page, out)?,
            None => one(report, shown, out)?,
        }
    }
    brief::rest(report, out)?;
    if report.verbosity > Verbosity::Quiet {
        summary::write(report, out)?;
        if let Some(first) = report.checked.findings.first() {
            writeln!(
                out,
                "`cargo linger explain {}` says more about a lint",
                first.finding.lint
            )?;
        }
    }
    Ok(())
}

/// One finding as plain text, for formats that carry it along.
pub fn rendered(report: &Report<'_>, shown: &Shown) -> io::Result<String> {
    let mut out = NoColor::new(Vec::new());
    one(report, shown, &mut out)?;
    Ok(String::from_utf8_lossy(&out.into_inner()).into_owned())
}

/// As [`one`], with the lint's name leading to its page. The renderer knows no links, so the name is looked up in what it
/// wrote: the first one stands in the heading.
fn with_link(
    report: &Report<'_>,
    shown: &Shown,
    page: &str,
    out: &mut dyn WriteColor,
) -> io::Result<()> {
    let bytes = if out.supports_color() {
        let mut text = Ansi::new(Vec::new());
        one(report, shown, &mut text)?;
        text.into_inner()
    } else {
        rendered(report, shown)?.into_bytes()
    };
    let text = String::from_utf8_lossy(&bytes);
    out.write_all(linked(&text, &place::code(shown.finding.lint), page).as_bytes())
}

fn linked(text: &str, code: &str, page: &str) -> String {
    let link = format!("[\u{1b}]8;;{page}\u{1b}\\{code}\u{1b}]8;;\u{1b}\\]");
    text.replacen(&format!("[{code}]"), &link, 1)
}

fn one(report: &Report<'_>, shown: &Shown, out: &mut dyn WriteColor) -> io::Result<()> {
    let sources = Sources::of(report.analysis, shown);
    // ASCII, as the compiler draws: it survives every terminal, log and font, and editors link `--> file:line:col`.
    let config = Config {
        chars: Chars::ascii(),
        ..Config::default()
    };
    term::emit_to_write_style(out, &config, &sources, &diagnostic(report, &sources, shown)).map_err(
        |error| match error {
            Error::Io(error) => error,
            // Every position was clamped to its file; what is left is a mistake of ours, and the caller says so.
            other => io::Error::other(other.to_string()),
        },
    )
}

fn diagnostic(report: &Report<'_>, sources: &Sources<'_>, shown: &Shown) -> Diagnostic<FileId> {
    let finding = &shown.finding;
    let severity = if shown.fails() {
        Severity::Error
    } else {
        Severity::Warning
    };
    let primary = sources.label(LabelStyle::Primary, &finding.primary);
    let others = finding
        .labels
        .iter()
        .filter_map(|place| sources.label(LabelStyle::Secondary, place));
    let mut notes: Vec<String> = finding
        .notes
        .iter()
        .map(|note| bullet("note", note))
        .collect();
    notes.extend(finding.helps.iter().map(|help| bullet("help", help)));
    let changes = shown
        .suggestions
        .iter()
        .filter_map(|s| change(report.analysis, s));
    notes.extend(changes.map(|text| bullet("help", &text)));
    if report.verbosity == Verbosity::Verbose {
        let within = if finding.definition.is_empty() {
            ""
        } else {
            " in "
        };
        let sure = finding.confidence.as_str();
        notes.push(bullet(
            "note",
            &format!("this is {sure}{within}{}", finding.definition),
        ));
    }
    Diagnostic::new(severity)
        .with_code(format!("linger::{}", finding.lint))
        .with_message(escape::line(&finding.message))
        .with_labels(primary.into_iter().chain(others).collect())
        .with_notes(notes)
}

/// A change as lines taken out and put in, without the indentation they share.
fn change(analysis: &Analysis, suggestion: &Suggestion) -> Option<String> {
    let source = analysis.sources.get(suggestion.edits.first()?.span.file)?;
    let flag = match suggestion.applicability {
        Applicability::MachineApplicable => "--fix",
        Applicability::MaybeIncorrect => "--fix --unsafe-fixes",
        Applicability::HasPlaceholders => "by hand",
    };
    let mut out = format!("{} ({flag}):", suggestion.message);
    let lines = fix::lines(&source.text, suggestion);
    let shared = lines
        .iter()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(_, line)| line.len() - line.trim_start_matches([' ', '\t']).len())
        .min()
        .unwrap_or(0);
    for (sign, line) in &lines {
        let line = line.get(shared..).unwrap_or_default().trim_end();
        out.push_str(&format!("\n{sign} {line}"));
    }
    Some(out)
}

fn bullet(kind: &str, text: &str) -> String {
    format!("{kind}: {}", escape::lines(text))
}

/// The files of one finding, harmless, as the renderer wants them.
struct Sources<'a> {
    analysis: &'a Analysis,
    shown: BTreeMap<FileId, ShownText>,
}

impl<'a> Sources<'a> {
    fn of(analysis: &'a Analysis, shown: &Shown) -> Self {
        let places = std::iter::once(&shown.finding.primary).chain(&shown.finding.labels);
        let mut texts = BTreeMap::new();
        for place in places {
            let id = place.span.file;
            if let Some(source) = analysis.sources.get(id) {
                texts
                    .entry(id)
                    .or_insert_with(|| ShownText::new(&source.text));
            }
        }
        Sources {
            analysis,
            shown: texts,
        }
    }

    fn label(&self, style: LabelStyle, place: &Place) -> Option<Label<FileId>> {
        let text = self.shown.get(&place.span.file)?;
        let range = text.position(place.span.lo)..text.position(place.span.hi);
        Some(Label::new(style, place.span.file, range).with_message(escape::line(&place.text)))
    }

    fn text(&self, id: FileId) -> Result<&ShownText, Error> {
        self.shown.get(&id).ok_or(Error::FileMissing)
    }
}

impl<'a> Files<'a> for Sources<'a> {
    type FileId = FileId;
    type Name = String;
    type Source = &'a str;

    fn name(&'a self, id: FileId) -> Result<String, Error> {
        let source = self.analysis.sources.get(id).ok_or(Error::FileMissing)?;
        Ok(escape::line(&source.name).into_owned())
    }

    fn source(&'a self, id: FileId) -> Result<&'a str, Error> {
        Ok(&self.text(id)?.text)
    }

    fn line_index(&'a self, id: FileId, byte: usize) -> Result<usize, Error> {
        Ok(self.text(id)?.line_index(byte))
    }

    fn line_range(&'a self, id: FileId, index: usize) -> Result<Range<usize>, Error> {
        let text = self.text(id)?;
        text.line_range(index).ok_or(Error::LineTooLarge {
            given: index,
            max: text.line_index(text.text.len()),
        })
    }

    // Columns are those of the file, not of the text as it is shown, so that every format names the same place.
    fn column_number(&'a self, id: FileId, _: usize, byte: usize) -> Result<usize, Error> {
        let source = self.analysis.sources.get(id).ok_or(Error::FileMissing)?;
        Ok(source.position(self.text(id)?.original(byte)).column as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_name_in_the_heading_leads_to_the_page() {
        let text = "warning[linger::a]: see [linger::a]\n";
        assert_eq!(
            linked(text, "linger::a", "https://forge.example/a"),
            "warning[\u{1b}]8;;https://forge.example/a\u{1b}\\linger::a\u{1b}]8;;\u{1b}\\]: see [linger::a]\n"
        );
    }
}
