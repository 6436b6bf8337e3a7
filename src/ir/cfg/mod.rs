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
    /// The target.
    pub target: Target,
}

impl Default for CfgEnv {
    fn default() -> Self {
        CfgEnv {
            test: Some(false),
            features: None,
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

/// Whether a predicate holds only in test builds: it would be false without `test`, and is not otherwise.
pub fn only_in_tests(list: &[Cfg]) -> bool {
    list.iter().any(mentions_test)
}

fn mentions_test(cfg: &Cfg) -> bool {
    match cfg {
        Cfg::Flag(name) => *name == "test",
        Cfg::All(list) => list.iter().any(mentions_test),
        Cfg::Any(list) => !list.is_empty() && list.iter().all(mentions_test),
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
    fn a_feature_is_unknown_without_a_manifest() {
        let json = Cfg::KeyValue(Name::new("feature"), Name::new("json"));
        assert_eq!(CfgEnv::default().eval(&json), None);
        let none = CfgEnv {
            features: Some(FxHashSet::default()),
            ..CfgEnv::default()
        };
        assert_eq!(none.eval(&json), Some(false));
    }
}
