//! Levels: what is done about findings of each lint, from defaults, configuration and the command line, as rustc
//! resolves them.

use std::fmt;

use super::place::{Filter, Place};
use crate::lint::{Group, Level, Lint};

/// One level option of the command line: `-W unread_body`, `-D linger::timeouts`, `-D warnings`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LevelArg {
    /// The level asked for.
    pub level: Level,
    /// The lint or group, as written.
    pub name: String,
}

/// Where a setting comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// It is what holds unless somebody says otherwise.
    BuiltIn,
    /// A file.
    File {
        /// As it is shown.
        name: String,
        /// 1-based.
        line: u32,
    },
    /// The command line, as written.
    CommandLine(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::BuiltIn => f.write_str("built in"),
            Origin::File { name, line } => write!(f, "{name}:{line}"),
            Origin::CommandLine(written) => f.write_str(written),
        }
    }
}

/// One level, where it holds and who says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The lint or group, as written.
    pub name: String,
    /// The level asked for.
    pub level: Level,
    /// Who says so.
    pub origin: Origin,
    /// Where it holds.
    pub filter: Filter,
}

impl From<&LevelArg> for Rule {
    fn from(arg: &LevelArg) -> Self {
        Rule {
            name: arg.name.clone(),
            level: arg.level,
            origin: Origin::CommandLine(written(arg)),
            filter: Filter::default(),
        }
    }
}

/// The level of every lint of a run, wherever it is asked for.
#[derive(Debug, Clone)]
pub struct Levels {
    defaults: Vec<(&'static str, Level)>,
    /// In the order in which they were given: what comes later overrules what came before.
    rules: Vec<Resolved>,
}

/// A rule whose name was looked up.
#[derive(Debug, Clone)]
struct Resolved {
    rule: Rule,
    lints: Vec<&'static str>,
    /// `-D warnings` and its like: about every lint that is a warning in the end.
    warnings: bool,
}

/// A level that cannot be followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LevelError {
    /// No lint and no group has this name.
    #[error("{}unknown lint or group `{name}`", place(.origin))]
    Unknown {
        /// As written.
        name: String,
        /// The nearest name there is.
        nearest: Option<String>,
        /// Where.
        origin: Origin,
    },
    /// A forbidden lint would be lowered.
    #[error("`{later}` would lower `{id}`, which `{earlier}` forbids")]
    Forbidden {
        /// The lint.
        id: &'static str,
        /// What forbade it.
        earlier: Origin,
        /// What came after.
        later: Origin,
    },
}

fn place(origin: &Origin) -> String {
    match origin {
        Origin::File { name, line } => format!("{name}:{line}: "),
        _ => String::new(),
    }
}

impl LevelError {
    /// What to do about it.
    pub fn advice(&self) -> String {
        match self {
            LevelError::Unknown {
                nearest: Some(nearest),
                ..
            } => {
                format!("did you mean `{nearest}`? `cargo linger list` shows all")
            }
            LevelError::Unknown { nearest: None, .. } => "`cargo linger list` shows all".to_owned(),
            LevelError::Forbidden { .. } => {
                "remove one of the two, or use `deny` in place of `forbid`".to_owned()
            }
        }
    }
}

/// A group of the command line: its name, and which lints are in it.
type GroupDef = (&'static str, fn(&Lint) -> bool);

/// The groups, the widest first. `all` leaves the tool's own lints out: that a file could not be read must not go silent
/// with the rest.
const GROUPS: &[GroupDef] = &[
    ("all", |lint| lint.group != Group::Tool),
    ("pedantic", |lint| {
        lint.group != Group::Tool && lint.level == Level::Allow
    }),
    ("timeouts", |lint| lint.group == Group::Timeouts),
    ("bodies", |lint| lint.group == Group::Bodies),
    ("tasks", |lint| lint.group == Group::Tasks),
    ("clients", |lint| lint.group == Group::Clients),
];

/// Every lint that is a warning in the end, whatever made it one.
const WARNINGS: &str = "warnings";

/// A name as the table has it: `linger::Timeouts-x` is `Timeouts_x`.
pub fn normalize(name: &str) -> String {
    let name = name.trim();
    name.strip_prefix("linger::")
        .unwrap_or(name)
        .replace('-', "_")
}

/// Whether this (normalised) name is that of a group.
pub fn is_group(name: &str) -> bool {
    name == WARNINGS || GROUPS.iter().any(|(group, _)| *group == name)
}

/// The names of the groups, `warnings` among them.
pub fn groups() -> impl Iterator<Item = &'static str> {
    GROUPS.iter().map(|(group, _)| *group).chain([WARNINGS])
}

/// How narrow a name is, for tables without an order of their own: a lint more than a group, a group more than `all`.
pub fn narrowness(name: &str) -> usize {
    let name = normalize(name);
    let group = GROUPS.iter().position(|(group, _)| *group == name);
    match group {
        // The four topics do not overlap.
        Some(at) => at.min(2),
        None => 3,
    }
}

/// The lint with this name, in any of its spellings.
pub fn find(lints: &[&'static Lint], name: &str) -> Option<&'static Lint> {
    let name = normalize(name);
    lints.iter().copied().find(|lint| lint.id == name)
}

/// The ids of the lints that an option's name is about: one, or those of a group.
///
/// # Errors
///
/// If there is no such lint and no such group.
pub fn members(
    lints: &[&'static Lint],
    option: &str,
    name: &str,
) -> Result<Vec<&'static str>, LevelError> {
    let found = look_up(
        lints,
        Rule {
            name: name.to_owned(),
            level: Level::Warn,
            origin: Origin::CommandLine(format!("{option} {name}")),
            filter: Filter::default(),
        },
    )?;
    if found.warnings {
        return Ok(lints.iter().map(|lint| lint.id).collect());
    }
    Ok(found.lints)
}

/// The candidate nearest to a mistyped name, if one is near enough to be meant.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = normalize(name).to_lowercase();
    let scored = candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&name, candidate), candidate));
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))?;
    (best.0 >= 0.8).then_some(best.1)
}

impl Levels {
    /// The defaults, then the options in the order they were given.
    pub fn resolve(lints: &[&'static Lint], args: &[LevelArg]) -> Result<Levels, LevelError> {
        Levels::layered(lints, args.iter().map(Rule::from))
    }

    /// The defaults, then the rules in their order.
    pub fn layered(
        lints: &[&'static Lint],
        rules: impl IntoIterator<Item = Rule>,
    ) -> Result<Levels, LevelError> {
        let mut levels = Levels {
            defaults: lints.iter().map(|lint| (lint.id, lint.level)).collect(),
            rules: Vec::new(),
        };
        for rule in rules {
            let resolved = look_up(lints, rule)?;
            levels.holds_to_forbid(&resolved)?;
            levels.rules.push(resolved);
        }
        Ok(levels)
    }

    /// Whether a rule leaves what an earlier one forbids. Two that are each about a part of the code may miss each
    /// other; where they meet, the earlier one holds.
    fn holds_to_forbid(&self, later: &Resolved) -> Result<(), LevelError> {
        if later.warnings || later.rule.level >= Level::Deny {
            return Ok(());
        }
        for earlier in self.rules.iter().filter(|r| r.rule.level == Level::Forbid) {
            let meet = earlier.rule.filter.is_everywhere() || later.rule.filter.is_everywhere();
            let lowered = later.lints.iter().find(|id| earlier.lints.contains(*id));
            if let (true, Some(id)) = (meet, lowered) {
                return Err(LevelError::Forbidden {
                    id,
                    earlier: earlier.rule.origin.clone(),
                    later: later.rule.origin.clone(),
                });
            }
        }
        Ok(())
    }

    /// The level of a lint where no rule is about a part of the code; of an id that is not in the table, `warn`.
    pub fn of(&self, id: &str) -> Level {
        self.settle(id, Filter::is_everywhere).0
    }

    /// The level of a lint at a place. Where it is not known whether the place is test code, the lowest it may have.
    pub fn at(&self, id: &str, place: &Place<'_>) -> Level {
        self.explained_at(id, place).0
    }

    /// The same, and who says so.
    pub fn explained_at(&self, id: &str, place: &Place<'_>) -> (Level, Origin) {
        let with = |unknown| self.settle(id, |filter| filter.holds(place).unwrap_or(unknown));
        let (without, test) = (with(false), with(true));
        if test.0 < without.0 { test } else { without }
    }

    /// The level of a lint where no rule is about a part of the code, and who says so.
    pub fn explained(&self, id: &str) -> (Level, Origin) {
        self.settle(id, Filter::is_everywhere)
    }

    /// The rules that are about a part of the code, in their order.
    pub fn partial(&self) -> impl Iterator<Item = &Rule> {
        self.rules
            .iter()
            .map(|resolved| &resolved.rule)
            .filter(|rule| !rule.filter.is_everywhere())
    }

    fn settle(&self, id: &str, holds: impl Fn(&Filter) -> bool) -> (Level, Origin) {
        let default = self.defaults.iter().find(|(known, _)| *known == id);
        let mut level = (
            default.map_or(Level::Warn, |(_, level)| *level),
            Origin::BuiltIn,
        );
        let mut warnings: Option<(Level, Origin)> = None;
        for Resolved {
            rule,
            lints,
            warnings: all,
        } in &self.rules
        {
            let slot = match (all, lints.contains(&id)) {
                (true, _) => warnings.get_or_insert((Level::Warn, Origin::BuiltIn)),
                (false, true) => &mut level,
                (false, false) => continue,
            };
            // `deny` asks for nothing that `forbid` does not give, and nothing lowers it.
            if slot.0 != Level::Forbid && holds(&rule.filter) {
                *slot = (rule.level, rule.origin.clone());
            }
        }
        match warnings {
            Some(warnings) if level.0 == Level::Warn && warnings.1 != Origin::BuiltIn => warnings,
            _ => level,
        }
    }
}

fn look_up(lints: &[&'static Lint], rule: Rule) -> Result<Resolved, LevelError> {
    let name = normalize(&rule.name);
    let group = GROUPS
        .iter()
        .find(|(group, _)| *group == name)
        .map(|(_, holds)| holds);
    let members: Vec<&'static str> = lints
        .iter()
        .filter(|lint| group.map_or(lint.id == name, |holds| holds(lint)))
        .map(|lint| lint.id)
        .collect();
    let warnings = name == WARNINGS;
    if members.is_empty() && group.is_none() && !warnings {
        return Err(unknown(lints, rule));
    }
    Ok(Resolved {
        rule,
        lints: members,
        warnings,
    })
}

/// An option as the user wrote it.
fn written(arg: &LevelArg) -> String {
    let flag = match arg.level {
        Level::Allow => "-A",
        Level::Warn => "-W",
        Level::Deny => "-D",
        Level::Forbid => "-F",
    };
    format!("{flag} {}", arg.name)
}

fn unknown(lints: &[&'static Lint], rule: Rule) -> LevelError {
    let known = lints.iter().map(|lint| lint.id).chain(groups());
    let prefixed = matches!(rule.origin, Origin::CommandLine(_));
    let nearest = nearest(&rule.name, known).map(|found| {
        if prefixed && found != WARNINGS && is_group(found) {
            format!("linger::{found}")
        } else {
            found.to_owned()
        }
    });
    LevelError::Unknown {
        name: rule.name,
        nearest,
        origin: rule.origin,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn lint(id: &'static str, group: Group, level: Level) -> Lint {
        Lint {
            id,
            group,
            level,
            since: "0.1.0",
            doc: "",
            judges: &[],
            check: |_, _| {},
        }
    }

    static CLIENT: Lint = lint("client_without_timeout", Group::Timeouts, Level::Warn);
    static UNREAD: Lint = lint("unread_body", Group::Bodies, Level::Warn);
    static UNBOUNDED: Lint = lint("unbounded_body", Group::Bodies, Level::Allow);
    static UNPARSED: Lint = lint("unparsed_file", Group::Tool, Level::Deny);
    static LINTS: &[&Lint] = &[&CLIENT, &UNREAD, &UNBOUNDED, &UNPARSED];

    fn resolve(options: &str) -> Result<Levels, LevelError> {
        let mut words = options.split_whitespace();
        let mut args = Vec::new();
        while let (Some(flag), Some(name)) = (words.next(), words.next()) {
            let level = match flag {
                "-A" => Level::Allow,
                "-W" => Level::Warn,
                "-D" => Level::Deny,
                _ => Level::Forbid,
            };
            args.push(LevelArg {
                level,
                name: name.to_owned(),
            });
        }
        Levels::resolve(LINTS, &args)
    }

    fn level(options: &str, id: &str) -> Level {
        resolve(options).expect("the options are good").of(id)
    }

    #[test]
    fn the_last_option_wins() {
        assert_eq!(level("", "unread_body"), Level::Warn);
        assert_eq!(
            level("-D unread_body -A unread_body", "unread_body"),
            Level::Allow
        );
        assert_eq!(
            level("-A linger::bodies -D unread-body", "unread_body"),
            Level::Deny
        );
        assert_eq!(
            level("-D unread_body -A linger::bodies", "unread_body"),
            Level::Allow
        );
    }

    #[test]
    fn spellings_of_one_name_are_the_same() {
        for name in [
            "unread_body",
            "unread-body",
            "linger::unread_body",
            "linger::unread-body",
        ] {
            assert_eq!(
                level(&format!("-D {name}"), "unread_body"),
                Level::Deny,
                "{name}"
            );
        }
    }

    #[test]
    fn groups_hold_their_members_and_only_those() {
        assert_eq!(level("-D timeouts", "client_without_timeout"), Level::Deny);
        assert_eq!(level("-D timeouts", "unread_body"), Level::Warn);
        assert_eq!(level("-W linger::pedantic", "unbounded_body"), Level::Warn);
        assert_eq!(level("-D linger::pedantic", "unread_body"), Level::Warn);
        assert_eq!(level("-A linger::all", "unbounded_body"), Level::Allow);
        assert_eq!(level("-A linger::all", "unparsed_file"), Level::Deny);
    }

    #[test]
    fn warnings_are_judged_at_the_end() {
        assert_eq!(level("-D warnings", "unread_body"), Level::Deny);
        assert_eq!(
            level("-D warnings -W unbounded_body", "unbounded_body"),
            Level::Deny
        );
        assert_eq!(level("-D warnings", "unbounded_body"), Level::Allow);
        assert_eq!(
            level("-A unread_body -D warnings", "unread_body"),
            Level::Allow
        );
        assert_eq!(level("-A warnings", "unparsed_file"), Level::Deny);
    }

    #[test]
    fn forbid_is_not_lowered() {
        let error = resolve("-F unread_body -A linger::bodies").expect_err("it lowers");
        assert_eq!(
            error.to_string(),
            "`-A linger::bodies` would lower `unread_body`, which `-F unread_body` forbids"
        );
        assert_eq!(
            level("-F unread_body -D unread_body", "unread_body"),
            Level::Forbid
        );
        assert!(resolve("-F all -W unread_body").is_err());
    }

    #[test]
    fn an_unknown_name_comes_with_the_nearest() {
        let nearest = |name: &str| match resolve(&format!("-W {name}")) {
            Err(LevelError::Unknown { nearest, .. }) => nearest,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            nearest("clinet_without_timeout").as_deref(),
            Some("client_without_timeout")
        );
        assert_eq!(
            nearest("linger::timeout").as_deref(),
            Some("linger::timeouts")
        );
        assert_eq!(nearest("warning").as_deref(), Some("warnings"));
        assert_eq!(nearest("zzz"), None);
    }
}
