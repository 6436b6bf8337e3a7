//! Whether a `[target.…]` table of a manifest holds for the target the analysis speaks of.

use crate::ir::cfg::{Target, parse};

/// What `key` (`cfg(unix)`, or a triple) is for the stated target; `None` if that cannot be known.
pub(super) fn holds(key: &str) -> Option<bool> {
    let (key, target) = (key.trim(), Target::default());
    let inner = key.strip_prefix("cfg(").and_then(|r| r.strip_suffix(')'));
    match inner {
        Some(inner) => target.eval(&parse(inner).ok()?),
        None => Some(key == target.triple),
    }
}

#[cfg(test)]
mod tests {
    use super::holds;

    #[test]
    fn predicates_have_three_values() {
        for (key, want) in [
            ("x86_64-unknown-linux-gnu", Some(true)),
            ("wasm32-unknown-unknown", Some(false)),
            ("cfg(unix)", Some(true)),
            ("cfg(not(target_arch = \"wasm32\"))", Some(true)),
            ("cfg(target_family = \"wasm\")", Some(false)),
            ("cfg(any(windows, target_os = \"macos\"))", Some(false)),
            (
                "cfg(all(unix, not(any(target_os = \"ios\", windows))))",
                Some(true),
            ),
            ("cfg(tokio_unstable)", None),
            ("cfg(all(windows, tokio_unstable))", Some(false)),
            ("cfg(any(unix, tokio_unstable))", Some(true)),
            ("cfg(any())", Some(false)),
        ] {
            assert_eq!(holds(key), want, "{key}");
        }
    }

    #[test]
    fn deep_nesting_is_unknown_not_a_crash() {
        assert_eq!(
            holds(&format!(
                "cfg({}unix{})",
                "not(".repeat(9999),
                ")".repeat(9999)
            )),
            None
        );
    }
}
