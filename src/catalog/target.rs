//! `cfg` predicates against a stated target, never the host.

use crate::ir::item::Cfg;
use crate::name::Name;

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

    /// Whether the predicate holds; `None` where neither the target nor `feature` knows.
    pub fn eval(&self, cfg: &Cfg, feature: &dyn Fn(&str) -> Option<bool>) -> Option<bool> {
        match cfg {
            Cfg::Flag(name) => match name.as_str() {
                "unix" | "windows" => Some(self.family == name.as_str()),
                "true" => Some(true),
                "false" => Some(false),
                _ => None,
            },
            Cfg::KeyValue(key, value) => {
                let is = |known: &str| Some(known == value.as_str());
                match key.as_str() {
                    "feature" => feature(value),
                    "target_os" => is(&self.os),
                    "target_arch" => is(&self.arch),
                    "target_env" => is(&self.env),
                    "target_family" => is(self.family),
                    "target_pointer_width" => is(self.width),
                    "target_vendor" => Some(self.triple.split('-').nth(1) == Some(value.as_str())),
                    "panic" => is("unwind"),
                    _ => None,
                }
            }
            // One that fails (or holds) decides, whatever is unknown beside it.
            Cfg::All(of) => self.decide(of, feature, false),
            Cfg::Any(of) => self.decide(of, feature, true),
            Cfg::Not(of) => self.eval(of, feature).map(|b| !b),
            Cfg::Unknown => None,
        }
    }

    fn decide(
        &self,
        of: &[Cfg],
        feature: &dyn Fn(&str) -> Option<bool>,
        decisive: bool,
    ) -> Option<bool> {
        let mut all_known = true;
        for cfg in of {
            match self.eval(cfg, feature) {
                Some(answer) if answer == decisive => return Some(decisive),
                Some(_) => {}
                None => all_known = false,
            }
        }
        all_known.then_some(!decisive)
    }
}

/// Reads a predicate: `any(target_os = "linux", not(unix))`.
pub fn parse(text: &str) -> Result<Cfg, String> {
    let mut rest = text.trim();
    let cfg = predicate(&mut rest, 0)?;
    match rest.trim() {
        "" => Ok(cfg),
        more => Err(format!("`{more}` is left over")),
    }
}

/// Deeper nesting than anybody writes.
const DEEPEST: usize = 32;

fn predicate(rest: &mut &str, depth: usize) -> Result<Cfg, String> {
    if depth > DEEPEST {
        return Err("nested too deeply".to_owned());
    }
    let word = identifier(rest)?;
    if eat(rest, '(') {
        let mut of = Vec::new();
        while !eat(rest, ')') {
            of.push(predicate(rest, depth + 1)?);
            if !eat(rest, ',') && !rest.trim_start().starts_with(')') {
                return Err(format!("expected `,` or `)` at `{}`", rest.trim_start()));
            }
        }
        return match word.as_str() {
            "all" => Ok(Cfg::All(of)),
            "any" => Ok(Cfg::Any(of)),
            "not" => match of.pop() {
                Some(one) if of.is_empty() => Ok(Cfg::Not(Box::new(one))),
                _ => Err("`not` takes one predicate".to_owned()),
            },
            other => Err(format!("`{other}(..)` is not one of `all`, `any`, `not`")),
        };
    }
    if eat(rest, '=') {
        let quoted = rest.trim_start();
        let inner = quoted.strip_prefix('"').and_then(|q| q.split_once('"'));
        let Some((value, after)) = inner else {
            return Err(format!("expected a quoted value after `{word} =`"));
        };
        *rest = after;
        return Ok(Cfg::KeyValue(Name::new(&word), Name::new(value)));
    }
    Ok(Cfg::Flag(Name::new(&word)))
}

fn identifier(rest: &mut &str) -> Result<String, String> {
    let text = rest.trim_start();
    let end = text
        .find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(text.len());
    let (word, after) = text.split_at(end);
    if word.is_empty() {
        return Err(format!("expected a name at `{text}`"));
    }
    *rest = after;
    Ok(word.to_owned())
}

fn eat(rest: &mut &str, what: char) -> bool {
    match rest.trim_start().strip_prefix(what) {
        Some(after) => {
            *rest = after;
            true
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{Target, parse};

    fn holds(predicate: &str, triple: &str) -> Option<bool> {
        let cfg = parse(predicate).unwrap_or_else(|e| panic!("{predicate}: {e}"));
        Target::new(triple).eval(&cfg, &|_| None)
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

    #[test]
    fn what_is_no_predicate_is_said() {
        for wrong in [
            "",
            "any(",
            "any(unix",
            "some(unix)",
            "target_os = linux",
            "unix unix",
            "not(unix, windows)",
            "a = \"b",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
        assert!(parse(&"not(".repeat(100_000)).is_err());
    }
}
