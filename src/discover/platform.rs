//! Whether a `[target.…]` table of a manifest holds for the target the analysis speaks of.

/// What the analysis speaks of, whatever the host is.
const TARGET: &str = "x86_64-unknown-linux-gnu";

/// Deeper nesting is not read: nobody writes it, and a hostile manifest must not exhaust the stack.
const DEEPEST: usize = 32;

/// What `key` (`cfg(unix)`, or a triple) is for the stated target; `None` if that cannot be known.
pub(super) fn holds(key: &str) -> Option<bool> {
    let key = key.trim();
    let Some(inner) = key
        .strip_prefix("cfg(")
        .and_then(|rest| rest.strip_suffix(')'))
    else {
        return Some(key == TARGET);
    };
    predicate(inner, DEEPEST)
}

fn predicate(text: &str, depth: usize) -> Option<bool> {
    let text = text.trim();
    let depth = depth.checked_sub(1)?;
    let inner = |name: &str| {
        text.strip_prefix(name)?
            .trim_start()
            .strip_prefix('(')?
            .strip_suffix(')')
    };
    if let Some(inner) = inner("not") {
        return predicate(inner, depth).map(|value| !value);
    }
    if let Some(inner) = inner("any") {
        return fold(inner, depth, true);
    }
    if let Some(inner) = inner("all") {
        return fold(inner, depth, false);
    }
    match text.split_once('=') {
        Some((key, value)) => pair(key.trim(), value.trim().trim_matches('"')),
        None => match text {
            "unix" | "true" => Some(true),
            "windows" | "false" => Some(false),
            _ => None,
        },
    }
}

/// `any` (`decisive` true) and `all` (`decisive` false): one decisive part settles it, one unknown part leaves it open.
fn fold(list: &str, depth: usize, decisive: bool) -> Option<bool> {
    let mut result = Some(!decisive);
    for part in split(list) {
        match predicate(part, depth) {
            Some(value) if value == decisive => return Some(decisive),
            Some(_) => {}
            None => result = None,
        }
    }
    result
}

/// The parts between commas that stand in no inner parentheses.
fn split(list: &str) -> impl Iterator<Item = &str> {
    let mut open = 0_i32;
    list.split(move |c| {
        open += i32::from(c == '(') - i32::from(c == ')');
        c == ',' && open == 0
    })
    .filter(|part| !part.trim().is_empty())
}

fn pair(key: &str, value: &str) -> Option<bool> {
    let ours = match key {
        "target_os" => "linux",
        "target_family" => "unix",
        "target_arch" => "x86_64",
        "target_env" => "gnu",
        "target_vendor" => "unknown",
        "target_pointer_width" => "64",
        "target_endian" => "little",
        _ => return None,
    };
    Some(value == ours)
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
