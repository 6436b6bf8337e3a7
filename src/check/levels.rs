//! Levels: what is done about findings of each lint, from defaults and the command line, as rustc resolves them.

use crate::lint::{Group, Level, Lint};

/// One level option of the command line: `-W unread_body`, `-D linger::timeouts`, `-D warnings`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LevelArg {
    /// The level asked for.
    pub level: Level,
    /// The lint or group, as written.
    pub name: String,
}

/// The level of every lint of a run.
#[derive(Debug, Clone)]
pub struct Levels {
    entries: Vec<Entry>,
    /// What `-D warnings` and its like made of warnings.
    warnings: Option<Level>,
}

#[derive(Debug, Clone)]
struct Entry {
    id: &'static str,
    level: Level,
    /// The option that forbade it, as written, for the message of a later one that would lower it.
    forbidden_by: Option<String>,
}

/// A level option that cannot be followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LevelError {
    /// No lint and no group has this name.
    #[error("unknown lint or group `{name}`")]
    Unknown {
        /// As written.
        name: String,
        /// The nearest name there is.
        nearest: Option<String>,
    },
    /// A forbidden lint would be lowered.
    #[error("`{later}` would lower `{id}`, which `{earlier}` forbids")]
    Forbidden {
        /// The lint.
        id: &'static str,
        /// The option that forbade it.
        earlier: String,
        /// The option that came after.
        later: String,
    },
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
                "remove one of the two, or use `-D` in place of `-F`".to_owned()
            }
        }
    }
}

/// A group of the command line: its name, and which lints are in it.
type GroupDef = (&'static str, fn(&Lint) -> bool);

/// The groups. `all` leaves the tool's own lints out: that a file could not be read must not go silent with the rest.
const GROUPS: &[GroupDef] = &[
    ("timeouts", |lint| lint.group == Group::Timeouts),
    ("bodies", |lint| lint.group == Group::Bodies),
    ("tasks", |lint| lint.group == Group::Tasks),
    ("clients", |lint| lint.group == Group::Clients),
    ("all", |lint| lint.group != Group::Tool),
    ("pedantic", |lint| {
        lint.group != Group::Tool && lint.level == Level::Allow
    }),
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

/// The lint with this name, in any of its spellings.
pub fn find(lints: &[&'static Lint], name: &str) -> Option<&'static Lint> {
    let name = normalize(name);
    lints.iter().copied().find(|lint| lint.id == name)
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
        let entries = lints
            .iter()
            .map(|lint| Entry {
                id: lint.id,
                level: lint.level,
                forbidden_by: None,
            })
            .collect();
        let mut levels = Levels {
            entries,
            warnings: None,
        };
        for arg in args {
            levels.apply(lints, arg)?;
        }
        Ok(levels)
    }

    fn apply(&mut self, lints: &[&'static Lint], arg: &LevelArg) -> Result<(), LevelError> {
        let name = normalize(&arg.name);
        if name == WARNINGS {
            if self.warnings != Some(Level::Forbid) {
                self.warnings = Some(arg.level);
            }
            return Ok(());
        }
        let group = GROUPS
            .iter()
            .find(|(group, _)| *group == name)
            .map(|(_, holds)| holds);
        let members: Vec<&'static str> = lints
            .iter()
            .filter(|lint| group.map_or(lint.id == name, |holds| holds(lint)))
            .map(|lint| lint.id)
            .collect();
        if members.is_empty() && group.is_none() {
            return Err(unknown(lints, &arg.name));
        }
        for id in members {
            self.set(id, arg)?;
        }
        Ok(())
    }

    fn set(&mut self, id: &'static str, arg: &LevelArg) -> Result<(), LevelError> {
        let Some(entry) = self.entries.iter_mut().find(|entry| entry.id == id) else {
            return Ok(());
        };
        match &entry.forbidden_by {
            // `deny` asks for nothing that `forbid` does not give.
            Some(_) if arg.level >= Level::Deny => {}
            Some(earlier) => {
                return Err(LevelError::Forbidden {
                    id,
                    earlier: earlier.clone(),
                    later: written(arg),
                });
            }
            None => {
                entry.level = arg.level;
                entry.forbidden_by = (arg.level == Level::Forbid).then(|| written(arg));
            }
        }
        Ok(())
    }

    /// The level of a lint; of an id that is not in the table, `warn`.
    pub fn of(&self, id: &str) -> Level {
        let level = self
            .entries
            .iter()
            .find(|entry| entry.id == id)
            .map_or(Level::Warn, |entry| entry.level);
        match self.warnings {
            Some(warnings) if level == Level::Warn => warnings,
            _ => level,
        }
    }
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

fn unknown(lints: &[&'static Lint], name: &str) -> LevelError {
    let groups = GROUPS.iter().map(|(group, _)| *group).chain([WARNINGS]);
    let nearest = nearest(name, lints.iter().map(|lint| lint.id).chain(groups)).map(|found| {
        let is_own_group = found != WARNINGS && is_group(found);
        if is_own_group {
            format!("linger::{found}")
        } else {
            found.to_owned()
        }
    });
    LevelError::Unknown {
        name: name.to_owned(),
        nearest,
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
