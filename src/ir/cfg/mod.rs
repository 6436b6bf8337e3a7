//! `cfg` predicates, evaluated against a stated target: three-valued, never the host.

mod target;
mod text;

use rustc_hash::FxHashSet;

pub use target::Target;
pub use text::parse;

use super::item::Cfg;
use crate::name::Name;

/// What is known about the build.
#[derive(Clone, Debug)]
pub struct CfgEnv {
    /// Whether test code is looked at; `None` if that depends on who asks.
    pub test: Option<bool>,
    /// Features that are on; `None` if there is no manifest to tell.
    pub features: Option<FxHashSet<Name>>,
    /// Whether features that nobody in sight turns on may be on elsewhere: a user of the package may, and a release may.
    pub open: bool,
    /// The target.
    pub target: Target,
}

impl Default for CfgEnv {
    fn default() -> Self {
        CfgEnv {
            test: Some(false),
            features: None,
            open: false,
            target: Target::default(),
        }
    }
}

impl CfgEnv {
    /// Whether a predicate holds; `None` where it cannot be told.
    pub fn eval(&self, cfg: &Cfg) -> Option<bool> {
        eval(cfg, &|leaf| self.leaf(leaf))
    }

    /// Whether all predicates hold; `None` where that cannot be told.
    pub fn all(&self, list: &[Cfg]) -> Option<bool> {
        decide(list, &|leaf| self.leaf(leaf), false)
    }

    /// Whether all predicates may hold: only a definite *no* takes code away.
    pub fn may_hold(&self, list: &[Cfg]) -> bool {
        self.all(list) != Some(false)
    }

    /// The first of these predicates that does not hold.
    pub fn failing<'c>(&self, list: &'c [Cfg]) -> Option<&'c Cfg> {
        list.iter().find(|cfg| self.eval(cfg) == Some(false))
    }

    /// Whether what stands under all these is in some build, if not in this one: under features that are off here and may be
    /// on elsewhere. Such code is looked at, behind what is in the build at hand.
    pub fn elsewhere(&self, list: &[Cfg]) -> bool {
        let leaf = |cfg: &Cfg| match cfg {
            Cfg::KeyValue(key, value) if *key == "feature" && !is_for_tests(value.as_str()) => {
                self.leaf(cfg).filter(|on| *on)
            }
            _ => self.leaf(cfg),
        };
        self.open && !self.may_hold(list) && decide(list, &leaf, false) != Some(false)
    }

    /// Whether all that keeps these predicates open are flags of the project's own. Such a flag stands for a property of
    /// the build (an alias of a target, mostly), and what is written under it is written for a build that somebody makes.
    pub fn open_by_own_flags(&self, list: &[Cfg]) -> bool {
        // Both a build with `debug_assertions` and one without are made of everything.
        let own = |cfg: &Cfg| matches!(cfg, Cfg::Flag(name) if *name != "debug_assertions");
        self.all(list).is_none()
            && [true, false].iter().all(|as_if| {
                let leaf = |cfg: &Cfg| self.leaf(cfg).or_else(|| own(cfg).then_some(*as_if));
                decide(list, &leaf, false).is_some()
            })
    }

    /// Whether no build has both what stands under the one and what stands under the other.
    pub fn exclude(&self, one: &[Cfg], other: &[Cfg]) -> bool {
        let mut holds = Vec::new();
        one.iter().for_each(|cfg| implied(cfg, true, &mut holds));
        let given = |cfg: &Cfg| holds.iter().find(|(of, _)| *of == cfg).map(|(_, on)| *on);
        let leaf = |cfg: &Cfg| given(cfg).or_else(|| self.leaf(cfg));
        decide(other, &leaf, false) == Some(false)
    }

    fn leaf(&self, cfg: &Cfg) -> Option<bool> {
        match cfg {
            Cfg::Flag(name) => match name.as_str() {
                "test" => self.test,
                "panic_unwind" => Some(true),
                "doc" | "doctest" | "docsrs" | "miri" | "loom" | "fuzzing" | "kani" => Some(false),
                _ => self.target.leaf(cfg),
            },
            Cfg::KeyValue(key, value) if *key == "feature" => {
                self.features.as_ref().map(|on| on.contains(value))
            }
            _ => self.target.leaf(cfg),
        }
    }
}

/// The parts whose value follows from a predicate that holds, or that does not.
fn implied<'c>(cfg: &'c Cfg, on: bool, out: &mut Vec<(&'c Cfg, bool)>) {
    match (cfg, on) {
        (Cfg::Not(of), _) => implied(of, !on, out),
        (Cfg::All(of), true) | (Cfg::Any(of), false) => {
            of.iter().for_each(|part| implied(part, on, out));
        }
        (Cfg::Flag(_) | Cfg::KeyValue(..), _) => out.push((cfg, on)),
        (Cfg::All(_) | Cfg::Any(_) | Cfg::Unknown, _) => {}
    }
}

/// A predicate's three values, from those of its parts that are no lists.
fn eval(cfg: &Cfg, leaf: &dyn Fn(&Cfg) -> Option<bool>) -> Option<bool> {
    match cfg {
        Cfg::All(of) => decide(of, leaf, false),
        Cfg::Any(of) => decide(of, leaf, true),
        Cfg::Not(of) => eval(of, leaf).map(|b| !b),
        Cfg::Flag(_) | Cfg::KeyValue(..) | Cfg::Unknown => leaf(cfg),
    }
}

/// `any` (`decisive` true) and `all` (`decisive` false): one decisive part settles it, whatever is unknown beside it; one
/// unknown part leaves it open.
fn decide(of: &[Cfg], leaf: &dyn Fn(&Cfg) -> Option<bool>, decisive: bool) -> Option<bool> {
    let mut all_known = true;
    for cfg in of {
        match eval(cfg, leaf) {
            Some(answer) if answer == decisive => return Some(decisive),
            Some(_) => {}
            None => all_known = false,
        }
    }
    all_known.then_some(!decisive)
}

/// Whether a feature of this name is there for tests, as such features are called everywhere.
fn is_for_tests(feature: &str) -> bool {
    let mut words = feature.split(['-', '_']);
    words.any(|w| {
        matches!(
            w,
            "test"
                | "tests"
                | "testing"
                | "mock"
                | "mocks"
                | "bench"
                | "benchmarks"
                | "fuzz"
                | "fuzzing"
        )
    })
}

/// Whether a predicate holds only in builds that are not shipped: it would be false without `test` or `debug_assertions`.
pub fn never_shipped(list: &[Cfg]) -> bool {
    list.iter().any(is_left_out)
}

fn is_left_out(cfg: &Cfg) -> bool {
    match cfg {
        Cfg::Flag(name) => *name == "test" || *name == "debug_assertions",
        Cfg::All(list) => list.iter().any(is_left_out),
        Cfg::Any(list) => !list.is_empty() && list.iter().all(is_left_out),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flag(name: &str) -> Cfg {
        Cfg::Flag(Name::new(name))
    }

    #[test]
    fn unknown_predicates_stay_alternatives_and_definite_ones_decide() {
        let env = CfgEnv::default();
        assert_eq!(env.eval(&flag("tokio_unstable")), None);
        assert_eq!(
            env.eval(&Cfg::All(vec![flag("tokio_unstable"), flag("windows")])),
            Some(false)
        );
        assert_eq!(
            env.eval(&Cfg::Any(vec![flag("tokio_unstable"), flag("unix")])),
            Some(true)
        );
        let wasm = Cfg::KeyValue(Name::new("target_arch"), Name::new("wasm32"));
        assert_eq!(env.eval(&Cfg::Not(Box::new(wasm))), Some(true));
    }

    #[test]
    fn a_flag_of_the_projects_own_is_told_from_what_every_project_is_built_with_and_without() {
        let env = CfgEnv::default();
        let (web, debug) = (flag("web"), flag("debug_assertions"));
        let not = |of: &Cfg| Cfg::Not(Box::new(of.clone()));
        assert!(env.open_by_own_flags(&[not(&web)]));
        assert!(!env.open_by_own_flags(&[not(&debug)]));
        assert!(!env.open_by_own_flags(&[Cfg::All(vec![web.clone(), debug])]));
        assert!(!env.open_by_own_flags(&[flag("windows")]), "decided");
        assert!(env.exclude(std::slice::from_ref(&web), &[not(&web)]));
        assert!(env.exclude(&[not(&web)], &[Cfg::All(vec![web.clone(), flag("unix")])]));
        assert!(!env.exclude(&[web], &[flag("native")]));
    }

    #[test]
    fn a_feature_is_unknown_without_a_manifest() {
        let json = Cfg::KeyValue(Name::new("feature"), Name::new("json"));
        assert_eq!(CfgEnv::default().eval(&json), None);
        let none = CfgEnv {
            features: Some(FxHashSet::default()),
            ..CfgEnv::default()
        };
        assert_eq!(none.eval(&json), Some(false));
        assert!(!none.elsewhere(&[json]));
    }

    #[test]
    fn a_feature_that_is_off_may_be_on_elsewhere_unless_it_is_for_tests() {
        let env = CfgEnv {
            features: Some(FxHashSet::from_iter([Name::new("on")])),
            open: true,
            ..CfgEnv::default()
        };
        let feature = |name: &str| Cfg::KeyValue(Name::new("feature"), Name::new(name));
        let not = |of: Cfg| Cfg::Not(Box::new(of));
        assert!(env.elsewhere(&[feature("json")]));
        assert!(!env.elsewhere(&[feature("json"), flag("windows")]));
        assert!(!env.elsewhere(&[feature("test-utils")]));
        assert!(
            !env.elsewhere(&[not(feature("json"))]),
            "it is in this build"
        );
        assert!(!env.elsewhere(&[not(feature("on"))]), "it was asked for");
    }
}
