//! Globs over paths: `*`, `?` and `[ab]` within one name, `**` across folders. A pattern that names a folder holds for
//! all below it.

use std::path::Path;

use crate::discover::{display_name, glob_matches};

/// A glob, relative to the folder of the file it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glob {
    text: String,
    parts: Vec<String>,
}

impl Glob {
    /// Reads a pattern.
    ///
    /// # Errors
    ///
    /// What is wrong with it, and what to write instead.
    pub fn new(text: &str) -> Result<Glob, String> {
        if text.contains('\\') {
            return Err(format!(
                "write `{}`: `/` separates folders everywhere",
                text.replace('\\', "/")
            ));
        }
        if text.starts_with('/') {
            return Err("globs are relative to the folder of the file they stand in: leave the first `/` out".to_owned());
        }
        if text.contains(['{', '}']) {
            return Err("`{a,b}` is not read: write two globs".to_owned());
        }
        let parts = text.split('/').filter(|part| !matches!(*part, "" | "."));
        let parts: Vec<String> = parts.map(str::to_owned).collect();
        if parts.iter().any(|part| part == "..") {
            return Err(
                "globs do not climb: what lies outside has a configuration of its own".to_owned(),
            );
        }
        if parts.is_empty() {
            return Err("an empty glob matches nothing: `**` is everything".to_owned());
        }
        Ok(Glob {
            text: text.to_owned(),
            parts,
        })
    }

    /// As written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it holds for `path`, or for a folder above it, seen from `base`.
    pub fn holds(&self, base: &Path, path: &Path) -> bool {
        if !path.starts_with(base) {
            return false;
        }
        let name = display_name(base, path);
        self.matches(&name.split('/').collect::<Vec<_>>())
    }

    /// Whether the pattern matches the path or the first part of it. Goes back only to the last `**`, so the time is
    /// bounded by the product of the lengths.
    fn matches(&self, path: &[&str]) -> bool {
        let (mut at, mut have) = (0, 0);
        let mut back: Option<(usize, usize)> = None;
        loop {
            let step = match (self.parts.get(at).map(String::as_str), path.get(have)) {
                // The rest of the path lies below what the pattern names.
                (None, _) => return true,
                (Some("**"), _) => {
                    back = Some((at + 1, have));
                    at += 1;
                    // `a/**` is what lies in `a`, and not `a` itself.
                    if at == self.parts.len() {
                        return have < path.len();
                    }
                    continue;
                }
                (Some(want), Some(name)) => glob_matches(want, name),
                (Some(_), None) => return false,
            };
            match (step, back) {
                (true, _) => (at, have) = (at + 1, have + 1),
                (false, Some((after, from))) => {
                    back = Some((after, from + 1));
                    (at, have) = (after, from + 1);
                }
                (false, None) => return false,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(glob: &str, path: &str) -> bool {
        Glob::new(glob)
            .unwrap_or_else(|error| panic!("{glob}: {error}"))
            .holds(Path::new("/w"), &Path::new("/w").join(path))
    }

    #[test]
    fn a_glob_holds_for_files_and_for_all_below_a_folder() {
        for (glob, path, want) in [
            ("src/a.rs", "src/a.rs", true),
            ("src", "src/deep/a.rs", true),
            ("src/", "src/a.rs", true),
            ("./src", "src/a.rs", true),
            ("a.rs", "src/a.rs", false),
            ("*.rs", "src/a.rs", false),
            ("src/*", "src/a.rs", true),
            ("crates/*/examples", "crates/api/examples/x/main.rs", true),
            (
                "crates/*/examples",
                "crates/api/src/examples/main.rs",
                false,
            ),
            ("**/generated", "a/b/generated/x.rs", true),
            ("**/generated", "generated/x.rs", true),
            ("**/*_pb.rs", "a/b/user_pb.rs", true),
            ("**/*_pb.rs", "a/b/user.rs", false),
            ("src/**", "src/a/b.rs", true),
            ("src/**", "srcs/a.rs", false),
            ("**", "x.rs", true),
            ("a/**/z/*.rs", "a/b/z/c/z/y.rs", true),
            ("a/**/z/*.rs", "a/z/y.rs", true),
            ("a/**/z/*.rs", "a/y.rs", false),
        ] {
            assert_eq!(holds(glob, path), want, "{glob} on {path}");
        }
        let outside = Glob::new("**").expect("a glob");
        assert!(!outside.holds(Path::new("/w"), Path::new("/elsewhere/a.rs")));
    }

    #[test]
    fn what_no_glob_can_mean_is_said() {
        for (glob, says) in [
            ("src\\a.rs", "write `src/a.rs`"),
            ("/src", "relative"),
            ("../x", "do not climb"),
            ("{a,b}.rs", "two globs"),
            ("", "matches nothing"),
        ] {
            let error = Glob::new(glob).expect_err(glob);
            assert!(error.contains(says), "{glob}: {error}");
        }
    }

    #[test]
    fn a_hostile_glob_ends() {
        let glob = Glob::new(&"**/a/".repeat(200)).expect("a glob");
        let path: Vec<&str> = std::iter::repeat_n("a", 199).chain(["b"]).collect();
        assert!(!glob.matches(&path));
    }
}
