//! Holds what was seen against a catalogue.

use std::collections::BTreeSet;
use std::time::Duration;

use linger::catalog::schema::{Cover, Covers, DropDoes, Pays, Role, Slot};
use linger::catalog::{Catalog, CrateView};
use semver::Version;

use crate::Seen;
use crate::clients::PLAIN;
use crate::connections::{Count, REQUESTS};
use crate::server::Manner;
use crate::tasks::{Act, Fate};
use crate::waits::{BOUND, PATIENCE, Setting, Wait, Went};

/// How much later than it is due a wait may end: many run at once on few cores.
const LATE: Duration = PATIENCE.saturating_sub(BOUND);

/// One fact held against what was seen.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The fact by name: `reqwest 0.12.28 reqwest-async timeout: head`.
    pub fact: String,
    /// What the catalogue says.
    pub says: String,
    /// What was seen.
    pub seen: String,
    /// Whether they agree.
    pub holds: bool,
}

/// All facts that were witnessed.
pub fn judge(catalog: &Catalog, seen: &Seen) -> Vec<Verdict> {
    let waits = seen.waits.iter().filter_map(|w| wait(catalog, w));
    let connections = seen.connections.iter().flat_map(|c| count(catalog, c));
    let tasks = seen.tasks.iter().map(|t| fate(catalog, t));
    waits.chain(connections).chain(tasks).collect()
}

/// Slots of the families seen that no case sets, by name: facts without a witness.
pub fn unwitnessed(catalog: &Catalog, seen: &Seen) -> BTreeSet<String> {
    let mut set = BTreeSet::new();
    let mut known = BTreeSet::new();
    for wait in &seen.waits {
        if let Setting::Set(slot) = wait.setting {
            set.insert(format!("{} {} {slot}", wait.package, wait.version));
        }
        let view = view(catalog, wait.package, &wait.version, wait.features);
        for slot in view.slots_of(wait.family) {
            known.insert(format!("{} {} {}", wait.package, wait.version, slot.name));
        }
    }
    known.difference(&set).cloned().collect()
}

/// Types whose drop or hold is described and that no case drops or holds, by name: facts without a witness.
pub fn uncounted(catalog: &Catalog, seen: &Seen) -> BTreeSet<String> {
    let clients = seen
        .waits
        .iter()
        .map(|w| (w.package, &w.version, w.features));
    let runtimes = seen.tasks.iter().map(|t| (t.package, &t.version, PLAIN));
    let mut known = BTreeSet::new();
    for (package, version, features) in clients.chain(runtimes) {
        for (path, fact) in view(catalog, package, version, features).types {
            if fact.drop.is_some() || fact.hold_note.is_some() {
                known.insert(format!("{package} {version} {path}"));
            }
        }
    }
    for count in &seen.connections {
        known.remove(&format!(
            "{} {} {}",
            count.package, count.version, count.path
        ));
    }
    for fate in &seen.tasks {
        known.remove(&format!("{} {} {}", fate.package, fate.version, fate.path));
    }
    known
}

fn view<'a>(
    catalog: &'a Catalog,
    package: &str,
    version: &str,
    features: &[&str],
) -> CrateView<'a> {
    let version = Version::parse(version).expect("cases name whole versions");
    let features: Vec<String> = features.iter().map(|f| (*f).to_owned()).collect();
    catalog
        .crate_for(package, &version, &features)
        .unwrap_or_else(|| panic!("the catalogue does not describe {package}"))
}

fn phase(manner: Manner) -> &'static str {
    match manner {
        Manner::Deaf => "connect",
        Manner::Silent => "head",
        Manner::Stalls => "body",
        Manner::Trickles => "body as a whole",
    }
}

fn cover(covers: Covers, manner: Manner) -> Option<Cover> {
    match manner {
        Manner::Deaf => covers.connect,
        Manner::Silent => covers.head,
        Manner::Stalls => covers.body,
        Manner::Trickles => covers.body.filter(|c| *c == Cover::Total),
    }
}

/// When a wait has to end if the slot holds: after the bound under test, or after its default.
fn ends(slot: &Slot, setting: Setting, manner: Manner) -> Option<Duration> {
    cover(slot.covers, manner)?;
    match setting {
        Setting::Set(name) if name == slot.name => Some(BOUND),
        Setting::Off(name) if name == slot.name => None,
        _ => slot.default.as_deref().and_then(seconds),
    }
}

/// `30 s`.
fn seconds(text: &str) -> Option<Duration> {
    let number = text.strip_suffix(" s")?;
    number.parse().ok().map(Duration::from_secs)
}

/// What a wait says of the catalogue: nothing, if it has to end after we stopped looking.
fn wait(catalog: &Catalog, wait: &Wait) -> Option<Verdict> {
    let view = view(catalog, wait.package, &wait.version, wait.features);
    let due = view
        .slots_of(wait.family)
        .filter_map(|slot| ends(slot, wait.setting, wait.manner))
        .min();
    let holds = match (&wait.went, due) {
        (Went::Waits, Some(due)) if due >= wait.setting.patience() => return None,
        (Went::Waits, due) => due.is_none(),
        // A body that trickles comes whole if nothing bounds it as a whole, or the bound is longer than it takes.
        (Went::Came(after), due) => {
            wait.manner == Manner::Trickles && due.is_none_or(|d| d > *after)
        }
        (Went::Failed(after, _), Some(due)) => *after + BOUND / 4 >= due && *after <= due + LATE,
        (Went::Failed(..), None) => false,
    };
    let setting = match wait.setting {
        Setting::Default => "by default".to_owned(),
        Setting::Set(slot) => slot.to_owned(),
        Setting::Off(slot) => format!("{slot} switched off"),
    };
    Some(Verdict {
        fact: format!(
            "{} {} {} {setting}: {}",
            wait.package,
            wait.version,
            wait.family,
            phase(wait.manner)
        ),
        says: match due {
            Some(due) => format!("ends after {} s", due.as_secs()),
            None => "unbounded".to_owned(),
        },
        seen: match &wait.went {
            Went::Failed(after, _) if holds => format!("failed after {:.1} s", after.as_secs_f32()),
            Went::Failed(after, why) => {
                format!("failed after {:.1} s ({why})", after.as_secs_f32())
            }
            Went::Came(after) => format!("came after {:.1} s", after.as_secs_f32()),
            Went::Waits => format!("waits after {} s", wait.setting.patience().as_secs()),
        },
        holds,
    })
}

fn count(catalog: &Catalog, count: &Count) -> Vec<Verdict> {
    let view = view(catalog, count.package, &count.version, count.features);
    let about = format!("{} {} {}", count.package, count.version, count.path);
    let Some(fact) = view
        .types
        .get(count.path)
        .filter(|t| t.role == Role::Response)
    else {
        return vec![missing(about)];
    };
    let Some(used) = count.used else {
        return vec![Verdict {
            fact: about,
            says: "what drop and hold cost".to_owned(),
            seen: "the client failed".to_owned(),
            holds: false,
        }];
    };
    let drop = Verdict {
        fact: format!("{about}: drop"),
        says: match fact.drop {
            Some(DropDoes::Disconnects) => "each costs its connection".to_owned(),
            _ => "costs nothing beyond reading it".to_owned(),
        },
        seen: format!(
            "{} connections for {REQUESTS} dropped, {} for {REQUESTS} read",
            used.dropped, used.read
        ),
        holds: if fact.drop == Some(DropDoes::Disconnects) {
            used.dropped == REQUESTS && used.read < REQUESTS
        } else {
            used.dropped <= used.read
        },
    };
    let holding = fact.hold_note.is_some();
    let hold = Verdict {
        fact: format!("{about}: hold"),
        says: if holding {
            "each keeps its connection"
        } else {
            "keeps nothing"
        }
        .to_owned(),
        seen: format!("{} connections open for {REQUESTS} held", used.held),
        holds: if holding {
            used.held == REQUESTS
        } else {
            used.held < REQUESTS
        },
    };
    vec![drop, hold]
}

fn missing(fact: String) -> Verdict {
    Verdict {
        fact,
        says: "nothing".to_owned(),
        seen: "it is there".to_owned(),
        holds: false,
    }
}

fn fate(catalog: &Catalog, fate: &Fate) -> Verdict {
    let view = view(catalog, fate.package, &fate.version, PLAIN);
    let about = format!("{} {} {}", fate.package, fate.version, fate.path);
    let (says, holds) = match fate.act {
        Act::Dropped => {
            let drop = view.types.get(fate.path).and_then(|t| t.drop);
            match drop {
                Some(DropDoes::Detaches) => ("dropping it lets the task run on", fate.alive),
                Some(DropDoes::Aborts | DropDoes::Joins) => {
                    ("dropping it ends the task", !fate.alive)
                }
                Some(DropDoes::Nothing) => ("dropping it does nothing", fate.alive),
                Some(DropDoes::Disconnects) | None => return missing(about),
            }
        }
        Act::Called => {
            let facts = view.calls.get(fate.path).cloned().unwrap_or_default();
            let aborts = facts.iter().any(|f| f.pays == Some(Pays::Abort));
            let bounds = facts.iter().any(|f| f.bounds.is_some());
            match (aborts, bounds) {
                (true, _) => ("it stops the task", !fate.alive),
                (_, true) => ("it ends the wait for its future", !fate.alive),
                (false, false) => ("it stops nothing", fate.alive),
            }
        }
    };
    Verdict {
        fact: about,
        says: says.to_owned(),
        seen: if fate.alive { "alive" } else { "gone" }.to_owned(),
        holds,
    }
}
