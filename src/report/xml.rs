//! Two XML formats that dashboards read: test reports as `JUnit` has them, and checkstyle's.

use std::io;

use codespan_reporting::term::termcolor::WriteColor;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::Report;
use super::place::{self, From, Located};
use crate::source::SourceFile;

type Xml<'a> = Writer<&'a mut dyn WriteColor>;

/// Writes a `JUnit` report: a suite per file, a failed case per finding; one passed case, if there is nothing.
pub fn junit(report: &Report<'_>, out: &mut dyn WriteColor) -> io::Result<()> {
    let found = place::all(report, From::Workspace, SourceFile::position);
    let count = found.len().to_string();
    document(out, |xml| {
        let suites = xml
            .create_element("testsuites")
            .with_attribute(("name", "cargo linger"))
            .with_attribute(("tests", found.len().max(1).to_string().as_str()))
            .with_attribute(("failures", count.as_str()));
        suites.write_inner_content(|xml| {
            if found.is_empty() {
                return passed(xml);
            }
            for file in by_file(&found) {
                suite(xml, file)?;
            }
            Ok(())
        })?;
        Ok(())
    })
}

fn passed(xml: &mut Xml<'_>) -> io::Result<()> {
    let suite = xml.create_element("testsuite").with_attributes([
        ("name", "cargo linger"),
        ("tests", "1"),
        ("failures", "0"),
    ]);
    suite.write_inner_content(|xml| {
        let case = xml
            .create_element("testcase")
            .with_attributes([("name", "no findings"), ("classname", "cargo linger")]);
        case.write_empty().map(drop)
    })?;
    Ok(())
}

fn suite(xml: &mut Xml<'_>, file: &[Located<'_>]) -> io::Result<()> {
    let name = text(file.first().map_or("", |at| &at.file));
    let count = file.len().to_string();
    let suite = xml
        .create_element("testsuite")
        .with_attribute(("name", name.as_str()))
        .with_attribute(("tests", count.as_str()))
        .with_attribute(("failures", count.as_str()));
    suite.write_inner_content(|xml| file.iter().try_for_each(|at| case(xml, at)))?;
    Ok(())
}

fn case(xml: &mut Xml<'_>, at: &Located<'_>) -> io::Result<()> {
    let file = text(&at.file);
    let line = at.start.line.to_string();
    // Dashboards tell cases apart by class and name, so a name says where it stands.
    let name = format!("{} at {line}:{}", at.code(), at.start.column);
    let case = xml
        .create_element("testcase")
        .with_attribute(("name", name.as_str()))
        .with_attribute(("classname", file.as_str()))
        .with_attribute(("file", file.as_str()))
        .with_attribute(("line", line.as_str()));
    case.write_inner_content(|xml| {
        let failure = xml
            .create_element("failure")
            .with_attribute(("type", at.shown.severity()))
            .with_attribute(("message", text(&at.message()).as_str()));
        let place = format!("{file}:{line}:{}", at.start.column);
        let body = text(&format!("{place}: {}", at.in_full()));
        failure.write_text_content(BytesText::new(&body)).map(drop)
    })?;
    Ok(())
}

/// Writes a checkstyle report: the findings of each file.
pub fn checkstyle(report: &Report<'_>, out: &mut dyn WriteColor) -> io::Result<()> {
    let found = place::all(report, From::Workspace, SourceFile::position);
    document(out, |xml| {
        let root = xml
            .create_element("checkstyle")
            .with_attribute(("version", "4.3"));
        root.write_inner_content(|xml| by_file(&found).try_for_each(|file| errors(xml, file)))?;
        Ok(())
    })
}

fn errors(xml: &mut Xml<'_>, file: &[Located<'_>]) -> io::Result<()> {
    let name = text(file.first().map_or("", |at| &at.file));
    let element = xml
        .create_element("file")
        .with_attribute(("name", name.as_str()));
    element.write_inner_content(|xml| {
        file.iter().try_for_each(|at| {
            let error = xml
                .create_element("error")
                .with_attribute(("line", at.start.line.to_string().as_str()))
                .with_attribute(("column", at.start.column.to_string().as_str()))
                .with_attribute(("severity", at.shown.severity()))
                .with_attribute(("message", text(&at.message()).as_str()))
                .with_attribute(("source", at.code().as_str()));
            error.write_empty().map(drop)
        })
    })?;
    Ok(())
}

fn document(
    out: &mut dyn WriteColor,
    root: impl FnOnce(&mut Xml<'_>) -> io::Result<()>,
) -> io::Result<()> {
    let mut xml = Writer::new_with_indent(out, b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    root(&mut xml)?;
    writeln!(xml.into_inner())
}

/// Findings come sorted by file.
fn by_file<'f, 'a>(found: &'f [Located<'a>]) -> impl Iterator<Item = &'f [Located<'a>]> {
    found.chunk_by(|a, b| a.file == b.file)
}

/// What no XML may hold, escaped or not, is left out; what acts on a terminal is already written out.
fn text(text: &str) -> String {
    text.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}
