//! What a client does by default, and what bounds what: one client in one version, or the page of all.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{self, Write};

use semver::Version;

use crate::catalog::schema::{Cover, Covers, CrateFile, Family, Role, Slot};
use crate::catalog::{Catalog, CrateView, FILES};

/// The phases of a request, in order.
const PHASES: [&str; 3] = ["connecting", "head", "body"];

/// Writes what is known of one client in one version. `known_by` says how the version is known: `locked`.
pub fn explain(view: &CrateView<'_>, known_by: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "# {} {} ({known_by})", view.file.krate, view.version)?;
    for family in view.families.values() {
        write!(out, "\n{}", section(view, family, "##"))?;
    }
    if view.families.is_empty() {
        writeln!(
            out,
            "\nIt has no settings of its own: requests go through a client that is described elsewhere, or it sends none."
        )?;
    }
    Ok(())
}

/// The page of all clients, in Markdown.
pub fn page(catalog: &Catalog) -> String {
    let mut text = String::from(HEAD);
    let files: Vec<&CrateFile> = FILES
        .iter()
        .filter_map(|(name, _)| catalog.file(name))
        .filter(|file| !file.family.is_empty())
        .collect();
    text.push_str("\n| client | connecting | head | body | blocking |\n|---|---|---|---|---|\n");
    for file in &files {
        for version in lines(file) {
            let Some(view) = view(catalog, file, &version) else {
                continue;
            };
            for family in view.families.values() {
                let [connect, head, body] = defaults(&view, family);
                let blocking = if family.blocking { "yes" } else { "" };
                let name = shown(file, family);
                let _ = writeln!(
                    text,
                    "| {name} {version} | {connect} | {head} | {body} | {blocking} |"
                );
            }
        }
    }
    for file in files {
        let Ok(newest) = Version::parse(&file.newest) else {
            continue;
        };
        let Some(view) = view(catalog, file, &newest) else {
            continue;
        };
        let _ = writeln!(text, "\n## {} {newest}", file.krate);
        for family in view.families.values() {
            let _ = write!(text, "\n{}", section(&view, family, "###"));
        }
    }
    text
}

const HEAD: &str = "\
# Clients

What each client bounds by default, and what each of its settings bounds, on Linux. Made from the catalogue
(`src/catalog/crates`), where each fact has its reason and source; `cargo linger explain --client NAME` says the same for
the version that your Cargo.lock has.

A request waits three times: for the connection, for the response's head, and for its body. A bound is *in all* (the phase
ends in that time) or *per read* (each read does, so that a slow transfer may go on). An empty cell: nothing ends that wait.
";

/// The versions shown: the last of each line, the newest first.
fn lines(file: &CrateFile) -> Vec<Version> {
    let all: BTreeSet<Version> = std::iter::once(&file.newest)
        .chain(&file.lines)
        .filter_map(|v| Version::parse(v).ok())
        .collect();
    all.into_iter().rev().collect()
}

fn view<'c>(catalog: &'c Catalog, file: &CrateFile, version: &Version) -> Option<CrateView<'c>> {
    catalog.crate_for(&file.krate, version, &["default".to_owned()])
}

/// The crate's name, and the family's where there are several.
fn shown(file: &CrateFile, family: &Family) -> String {
    let several: BTreeSet<&str> = file.family.iter().map(|f| f.name.as_str()).collect();
    if several.len() > 1 {
        format!("{} ({})", file.krate, family.name)
    } else {
        file.krate.clone()
    }
}

fn cells(covers: Covers) -> [Option<Cover>; 3] {
    [covers.connect, covers.head, covers.body]
}

/// What ends each phase if nothing is set: the surest bound there is.
fn defaults(view: &CrateView<'_>, family: &Family) -> [String; 3] {
    let mut out = [const { String::new() }; 3];
    for wanted in [Cover::Idle, Cover::Total] {
        for slot in view.slots_of(&family.name) {
            let Some(default) = &slot.default else {
                continue;
            };
            for (cell, cover) in out.iter_mut().zip(cells(slot.covers)) {
                if cover == Some(wanted) {
                    *cell = match cover {
                        Some(Cover::Idle) => format!("{default} per read"),
                        _ => default.clone(),
                    };
                }
            }
        }
    }
    out
}

fn section(view: &CrateView<'_>, family: &Family, heading: &str) -> String {
    let mut text = String::new();
    let fill = |t: &str| t.replace("{version}", &view.version.to_string());
    let _ = writeln!(text, "{heading} {}\n", family.name);
    let _ = writeln!(text, "{}.\n", fill(&family.default_note));
    for (phase, bound) in PHASES.iter().zip(defaults(view, family)) {
        let bound = if bound.is_empty() {
            "nothing ends it by default".to_owned()
        } else {
            format!("ends after {bound} by default")
        };
        let _ = writeln!(text, "- {phase}: {bound}");
    }
    let slots: Vec<&Slot> = view.slots_of(&family.name).collect();
    if slots.is_empty() {
        let _ = writeln!(text, "\nIt has no setting that bounds anything.");
    } else {
        text.push_str(
            "\n| setting | default | connecting | head | body | why |\n|---|---|---|---|---|---|\n",
        );
        for slot in slots {
            let [connect, head, body] = cells(slot.covers).map(|c| match c {
                Some(Cover::Total) => "in all",
                Some(Cover::Idle) => "per read",
                None => "",
            });
            let default = slot.default.as_deref().unwrap_or("none");
            let why = slot.near.as_ref().unwrap_or(&slot.because);
            let _ = writeln!(
                text,
                "| `{}` | {default} | {connect} | {head} | {body} | {why} |",
                slot.name
            );
        }
        setters(view, family, &mut text);
    }
    let _ = writeln!(text, "\nTo bound it: {}.", fill(&family.client_advice));
    responses(view, family, &mut text);
    text
}

/// Which calls write the settings, where their name is not the setting's.
fn setters(view: &CrateView<'_>, family: &Family, text: &mut String) {
    let slots: BTreeSet<&str> = view
        .slots_of(&family.name)
        .map(|s| s.name.as_str())
        .collect();
    let mut lines = BTreeSet::new();
    for (path, facts) in &view.calls {
        let on = path.rsplit_once("::").map_or("", |(on, _)| on);
        let of_type = view.types.get(on).and_then(|t| t.family.as_deref());
        for fact in facts {
            let mine = fact.family.as_deref().or(of_type) == Some(family.name.as_str());
            let set = fact.sets.iter().chain(&fact.slot_mut).map(|s| (s, "sets"));
            let cleared = fact.clears.iter().map(|s| (s, "switches off"));
            for (slot, does) in set.chain(cleared) {
                if mine && slots.contains(slot.as_str()) {
                    lines.insert(format!("- `{path}` {does} `{slot}`"));
                }
            }
        }
    }
    if !lines.is_empty() {
        text.push('\n');
    }
    for line in lines {
        let _ = writeln!(text, "{line}");
    }
}

/// What dropping and holding a response costs.
fn responses(view: &CrateView<'_>, family: &Family, text: &mut String) {
    let mut lines = BTreeSet::new();
    for fact in view.types.values() {
        if fact.role != Role::Response || fact.family.as_deref() != Some(family.name.as_str()) {
            continue;
        }
        if let Some(note) = &fact.drop_note {
            lines.insert(format!("- `{}`: {note}", fact.path));
        }
        if let Some(note) = &fact.hold_note {
            lines.insert(format!("- `{}`: {note}", fact.path));
        }
    }
    if !lines.is_empty() {
        text.push_str("\nUnread bodies:\n\n");
    }
    for line in lines {
        let _ = writeln!(text, "{line}");
    }
}
