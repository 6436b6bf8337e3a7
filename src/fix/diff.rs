//! Changes as a unified diff, as `git apply` takes it.

use similar::{ChangeTag, TextDiff};

use super::{Changed, apply};
use crate::finding::Suggestion;

/// Lines of context around a change.
const CONTEXT: usize = 3;

/// The change of one file.
pub fn unified(changed: &Changed) -> String {
    let diff = TextDiff::from_lines(&changed.before, &changed.after);
    diff.unified_diff()
        .context_radius(CONTEXT)
        .header(
            &format!("a/{}", changed.name),
            &format!("b/{}", changed.name),
        )
        .to_string()
}

/// The lines a suggestion takes out (`-`) and puts in (`+`), in order.
pub fn lines(text: &str, suggestion: &Suggestion) -> Vec<(char, String)> {
    let (after, _) = apply(text, &[suggestion]);
    let before_all: Vec<&str> = text.lines().collect();
    let after_all: Vec<&str> = after.lines().collect();
    // Only what lies between the common ends is compared: the file may be long.
    let same = |a: &[&str], b: &[&str]| a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let head = same(&before_all, &after_all);
    let backwards = |lines: &[&str]| -> Vec<String> {
        let rest = lines.get(head..).unwrap_or_default();
        rest.iter().rev().map(|l| (*l).to_owned()).collect()
    };
    let (before, after) = (backwards(&before_all), backwards(&after_all));
    let tail = before
        .iter()
        .zip(&after)
        .take_while(|(a, b)| a == b)
        .count();
    let middle = |lines: &[&str]| -> Vec<String> {
        let end = lines.len().saturating_sub(tail);
        let part = lines.get(head..end).unwrap_or_default();
        part.iter().map(|l| (*l).to_owned()).collect()
    };
    let (before, after) = (middle(&before_all), middle(&after_all));
    let before: Vec<&str> = before.iter().map(String::as_str).collect();
    let after: Vec<&str> = after.iter().map(String::as_str).collect();
    TextDiff::from_slices(&before, &after)
        .iter_all_changes()
        .filter_map(|change| {
            let sign = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => return None,
            };
            Some((sign, change.value().to_owned()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_names_both_sides_and_keeps_line_breaks() {
        let text = unified(&Changed {
            name: "src/a.rs".into(),
            path: "src/a.rs".into(),
            before: "a\r\nb\r\n".into(),
            after: "a\r\nc\r\n".into(),
        });
        assert_eq!(
            text,
            "--- a/src/a.rs\n+++ b/src/a.rs\n@@ -1,2 +1,2 @@\n a\r\n-b\r\n+c\r\n"
        );
    }
}
