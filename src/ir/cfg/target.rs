//! The target that `cfg` predicates are asked of: a stated one, never the host.

use super::eval;
use crate::ir::item::Cfg;

/// A target that `cfg` predicates are asked of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// `x86_64-unknown-linux-gnu`.
    pub triple: String,
    arch: String,
    os: String,
    env: String,
    family: &'static str,
    width: &'static str,
}

impl Default for Target {
    fn default() -> Self {
        Target::new("x86_64-unknown-linux-gnu")
    }
}

impl Target {
    /// Reads a triple. What it does not say stays unknown and answers no predicate.
    pub fn new(triple: &str) -> Self {
        let mut parts = triple.split('-');
        let first = parts.next().unwrap_or_default();
        let rest: Vec<&str> = parts.collect();
        let arch = match first {
            "i586" | "i686" => "x86",
            a if a.starts_with("armv") || a.starts_with("thumb") => "arm",
            a if a.starts_with("riscv64") => "riscv64",
            a if a.starts_with("riscv32") => "riscv32",
            a => a,
        };
        let has = |word: &str| rest.iter().any(|p| p.starts_with(word));
        let os = match () {
            () if has("android") => "android",
            () if has("linux") => "linux",
            () if has("darwin") => "macos",
            () if has("windows") => "windows",
            () if has("wasi") => "wasi",
            () if rest.len() >= 2 => rest.get(1).copied().unwrap_or_default(),
            () => "",
        };
        let env = ["gnu", "musl", "msvc", "sgx", "uclibc"]
            .into_iter()
            .find(|e| has(e))
            .unwrap_or_default();
        let family = match os {
            "windows" => "windows",
            "linux" | "android" | "macos" | "ios" | "freebsd" | "netbsd" | "openbsd"
            | "dragonfly" | "solaris" | "illumos" | "fuchsia" => "unix",
            _ if arch.starts_with("wasm") => "wasm",
            _ => "",
        };
        let width = if arch.ends_with("64") || arch.starts_with("s390x") {
            "64"
        } else {
            "32"
        };
        Target {
            triple: triple.to_owned(),
            arch: arch.to_owned(),
            os: os.to_owned(),
            env: env.to_owned(),
            family,
            width,
        }
    }

    /// Whether the predicate holds; `None` where the target alone does not tell.
    pub fn eval(&self, cfg: &Cfg) -> Option<bool> {
        eval(cfg, &|leaf| self.leaf(leaf))
    }

    /// Whether a predicate that is no list of others holds.
    pub(super) fn leaf(&self, cfg: &Cfg) -> Option<bool> {
        let (key, value) = match cfg {
            Cfg::Flag(name) => {
                return match name.as_str() {
                    "unix" | "windows" | "wasm" => Some(self.family == name.as_str()),
                    "true" => Some(true),
                    "false" => Some(false),
                    _ => None,
                };
            }
            Cfg::KeyValue(key, value) => (key, value),
            _ => return None,
        };
        let is = |known: &str| Some(known == value.as_str());
        match key.as_str() {
            "target_os" => is(&self.os),
            "target_arch" => is(&self.arch),
            "target_env" => is(&self.env),
            "target_family" => is(self.family),
            "target_pointer_width" => is(self.width),
            "target_vendor" => is(self.triple.split('-').nth(1).unwrap_or_default()),
            "target_endian" if self.is_little() => is("little"),
            "target_has_atomic" => Some(true),
            "panic" => is("unwind"),
            _ => None,
        }
    }

    /// Whether the target is known to put the low byte first.
    fn is_little(&self) -> bool {
        let archs = ["x86", "aarch64", "arm", "riscv", "wasm"];
        archs.iter().any(|a| self.arch.starts_with(a)) && !self.arch.contains("_be")
    }
}

#[cfg(test)]
mod tests {
    use super::Target;
    use crate::ir::cfg::parse;

    fn holds(predicate: &str, triple: &str) -> Option<bool> {
        let cfg = parse(predicate).unwrap_or_else(|e| panic!("{predicate}: {e}"));
        Target::new(triple).eval(&cfg)
    }

    #[test]
    fn predicates_are_asked_of_the_stated_target() {
        let linux = "x86_64-unknown-linux-gnu";
        assert_eq!(
            holds(r#"any(target_os = "linux", target_os = "android")"#, linux),
            Some(true)
        );
        assert_eq!(
            holds(
                r#"any(target_os = "linux", target_os = "android")"#,
                "aarch64-apple-darwin"
            ),
            Some(false)
        );
        assert_eq!(
            holds(r#"not(target_arch = "wasm32")"#, "wasm32-unknown-unknown"),
            Some(false)
        );
        assert_eq!(
            holds(
                r#"all(unix, target_pointer_width = "64",)"#,
                "aarch64-linux-android"
            ),
            Some(true)
        );
        assert_eq!(holds("windows", "x86_64-pc-windows-msvc"), Some(true));
        assert_eq!(holds("tokio_unstable", linux), None);
        assert_eq!(holds("any(unix, tokio_unstable)", linux), Some(true));
        assert_eq!(holds("all(windows, tokio_unstable)", linux), Some(false));
    }
}
