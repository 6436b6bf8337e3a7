//! `cfg` predicates, evaluated against a stated target: three-valued, never the host.

use rustc_hash::FxHashSet;

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

/// The facts of a target that `cfg` asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// `target_arch`.
    pub arch: String,
    /// `target_os`.
    pub os: String,
    /// `target_family`.
    pub family: String,
    /// `target_env`.
    pub env: String,
}

impl Default for Target {
    fn default() -> Self {
        Target {
            arch: "x86_64".into(),
            os: "linux".into(),
            family: "unix".into(),
            env: "gnu".into(),
        }
    }
}

impl Target {
    /// Reads a target triple; parts that are not known are left empty and make their predicates false.
    pub fn from_triple(triple: &str) -> Self {
        let parts: Vec<&str> = triple.split('-').collect();
        let arch = match parts.first().copied().unwrap_or_default() {
            "i586" | "i686" => "x86",
            "armv7" | "arm" | "thumbv7em" => "arm",
            other => other,
        };
        let has = |name: &str| parts.contains(&name);
        let (os, family) = if has("linux") {
            ("linux", "unix")
        } else if has("darwin") {
            ("macos", "unix")
        } else if has("windows") {
            ("windows", "windows")
        } else if arch.starts_with("wasm") {
            (if has("wasi") { "wasi" } else { "unknown" }, "wasm")
        } else if has("android") {
            ("android", "unix")
        } else if has("ios") {
            ("ios", "unix")
        } else if has("freebsd") {
            ("freebsd", "unix")
        } else {
            (parts.get(2).copied().unwrap_or("none"), "unix")
        };
        let env = ["gnu", "musl", "msvc"]
            .into_iter()
            .find(|e| parts.last().is_some_and(|l| l.starts_with(e)));
        Target {
            arch: arch.into(),
            os: os.into(),
            family: family.into(),
            env: env.unwrap_or_default().into(),
        }
    }
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
        match cfg {
            Cfg::Flag(name) => self.flag(*name),
            Cfg::KeyValue(key, value) => self.key_value(*key, *value),
            Cfg::All(list) => self.all(list),
            Cfg::Any(list) => {
                let values: Vec<_> = list.iter().map(|c| self.eval(c)).collect();
                if values.contains(&Some(true)) {
                    Some(true)
                } else if values.contains(&None) {
                    None
                } else {
                    Some(false)
                }
            }
            Cfg::Not(inner) => self.eval(inner).map(|b| !b),
            Cfg::Unknown => None,
        }
    }

    /// Whether all predicates hold; `None` where that cannot be told.
    pub fn all(&self, list: &[Cfg]) -> Option<bool> {
        let mut result = Some(true);
        for cfg in list {
            match self.eval(cfg) {
                Some(false) => return Some(false),
                Some(true) => {}
                None => result = None,
            }
        }
        result
    }

    /// Whether all predicates may hold: only a definite *no* takes code away.
    pub fn may_hold(&self, list: &[Cfg]) -> bool {
        self.all(list) != Some(false)
    }

    fn flag(&self, name: Name) -> Option<bool> {
        match name.as_str() {
            "test" => self.test,
            "unix" | "windows" | "wasm" => Some(self.target.family == name.as_str()),
            "panic_unwind" => Some(true),
            "doc" | "doctest" | "docsrs" | "miri" | "loom" | "fuzzing" | "kani" => Some(false),
            _ => None,
        }
    }

    fn key_value(&self, key: Name, value: Name) -> Option<bool> {
        match key.as_str() {
            "feature" => self.features.as_ref().map(|on| on.contains(&value)),
            "target_arch" => Some(self.target.arch == value.as_str()),
            "target_os" => Some(self.target.os == value.as_str()),
            "target_family" => Some(self.target.family == value.as_str()),
            "target_env" => Some(self.target.env == value.as_str()),
            "target_pointer_width" => Some((value == "64") == self.target.arch.contains("64")),
            "target_has_atomic" => Some(true),
            _ => None,
        }
    }
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
