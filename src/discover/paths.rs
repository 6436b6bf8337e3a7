//! Paths without the file system: normal form, names relative to the root, globs, and "up from here".

use std::path::{Component, Path, PathBuf};

/// `path` without `.` and with `..` resolved in the text, as cargo does it: links are not looked at.
pub fn normalize(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => match out.components().next_back() {
                Some(Component::Normal(_)) => {
                    out.pop();
                }
                // Above the root of the file system there is only the root.
                Some(Component::RootDir | Component::Prefix(_)) => {}
                _ => out.push(".."),
            },
            _ => out.push(part),
        }
    }
    out
}

/// How a file is shown: relative to `root`, with `/`; files outside the root start with `../`.
///
/// The text of the two paths alone decides, so both must be of one kind (absolute, or relative to the same folder).
pub fn display_name(root: &Path, path: &Path) -> String {
    let (root, path) = (normalize(root), normalize(path));
    let common = root
        .components()
        .zip(path.components())
        .take_while(|(a, b)| a == b)
        .count();
    let climbs = root.components().count() - common;
    let foreign = root.is_absolute() != path.is_absolute()
        || root
            .components()
            .skip(common)
            .any(|part| part == Component::ParentDir)
        || (common == 0 && root.is_absolute());
    let mut parts: Vec<String> = Vec::new();
    if foreign {
        // No way leads from the one to the other: the path itself is the best name.
        return path.to_string_lossy().replace('\\', "/");
    }
    parts.extend(std::iter::repeat_n("..".to_owned(), climbs));
    parts.extend(
        path.components()
            .skip(common)
            .map(|part| part.as_os_str().to_string_lossy().into_owned()),
    );
    if parts.is_empty() {
        ".".to_owned()
    } else {
        parts.join("/")
    }
}

/// The deepest folder that holds all of `dirs`.
pub(super) fn common_ancestor<'p>(mut dirs: impl Iterator<Item = &'p Path>) -> Option<PathBuf> {
    let first = dirs.next()?.to_path_buf();
    Some(dirs.fold(first, |common, dir| {
        common
            .components()
            .zip(dir.components())
            .take_while(|(a, b)| a == b)
            .map(|(a, _)| a)
            .collect()
    }))
}

/// Whether a word of a path or a package name holds a wildcard.
pub(super) fn is_glob(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

/// Whether `text` matches `pattern` with `*`, `?`, `[ab]`, `[a-z]` and `[!a]`, as cargo's globs have them.
///
/// Goes back only to the last `*`, so the time is bounded by the product of the lengths.
pub fn glob_matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    loop {
        let step = match (pattern.get(p), text.get(t)) {
            (Some('*'), _) => {
                star = Some((p + 1, t));
                p += 1;
                continue;
            }
            (None, None) => return true,
            (Some('?'), Some(_)) => Some(p + 1),
            (Some('['), Some(c)) => match class(&pattern, p) {
                Some((end, set)) => set_has(set, *c).then_some(end),
                None => (*c == '[').then_some(p + 1),
            },
            (Some(want), Some(have)) if want == have => Some(p + 1),
            _ => None,
        };
        match (step, star) {
            (Some(next), _) => (p, t) = (next, t + 1),
            (None, Some((after, from))) if from < text.len() => {
                star = Some((after, from + 1));
                (p, t) = (after, from + 1);
            }
            (None, _) => return false,
        }
    }
}

/// The set of a `[..]` that opens at `open`, and where the pattern goes on behind it.
fn class(pattern: &[char], open: usize) -> Option<(usize, &[char])> {
    // A `]` right after `[` or `[!` stands for itself.
    let negated = usize::from(pattern.get(open + 1) == Some(&'!'));
    let from = open + 1 + negated;
    let close = from + 1 + pattern.get(from + 1..)?.iter().position(|c| *c == ']')?;
    Some((close + 1, pattern.get(open + 1..close)?))
}

fn set_has(set: &[char], c: char) -> bool {
    let (negated, mut set) = match set {
        ['!', rest @ ..] => (true, rest),
        all => (false, all),
    };
    let mut found = false;
    loop {
        set = match set {
            [lo, '-', hi, rest @ ..] => {
                found |= (*lo..=*hi).contains(&c);
                rest
            }
            [one, rest @ ..] => {
                found |= *one == c;
                rest
            }
            [] => return found != negated,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_resolved_in_the_text() {
        assert_eq!(normalize(Path::new("/a/./b/../c")), Path::new("/a/c"));
        assert_eq!(normalize(Path::new("/../a")), Path::new("/a"));
        assert_eq!(normalize(Path::new("../a/..")), Path::new(".."));
    }

    #[test]
    fn names_are_relative_and_may_climb() {
        let name = |root: &str, path: &str| display_name(Path::new(root), Path::new(path));
        assert_eq!(name("/ws", "/ws/src/lib.rs"), "src/lib.rs");
        assert_eq!(name("/ws/app", "/ws/lib/src/lib.rs"), "../lib/src/lib.rs");
        assert_eq!(name("/ws", "/ws"), ".");
        assert_eq!(name("", "src/lib.rs"), "src/lib.rs");
        assert_eq!(name("ws", "/elsewhere/a.rs"), "/elsewhere/a.rs");
        assert_eq!(name("../ws", "a.rs"), "a.rs");
    }

    #[test]
    fn globs_match_as_cargo_s() {
        for (pattern, text, want) in [
            ("*", "anything", true),
            ("crate-*", "crate-a", true),
            ("*-core", "a-core-b", false),
            ("a*b*c", "a-b-b-c", true),
            ("?", "", false),
            ("[ab]x", "bx", true),
            ("[!ab]x", "bx", false),
            ("[a-c]", "d", false),
            ("[", "[", true),
            ("[]]", "]", true),
        ] {
            assert_eq!(glob_matches(pattern, text), want, "{pattern} on {text}");
        }
    }

    #[test]
    fn a_hostile_glob_ends() {
        assert!(!glob_matches(
            &"*a".repeat(200),
            &"a".repeat(5000).replace("aa", "ab")
        ));
    }
}
