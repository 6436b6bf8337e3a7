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
    let (before, after): (Vec<&str>, Vec<&str>) = (text.lines().collect(), after.lines().collect());
    // Only what lies between the common ends is compared: the file may be long.
    let head = common(before.iter(), after.iter());
    let (before, after) = (
        before.get(head..).unwrap_or_default(),
        after.get(head..).unwrap_or_default(),
    );
    let tail = common(before.iter().rev(), after.iter().rev());
    TextDiff::from_slices(without(before, tail), without(after, tail))
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

/// How many lines two sides begin with alike.
fn common<'l>(a: impl Iterator<Item = &'l &'l str>, b: impl Iterator<Item = &'l &'l str>) -> usize {
    a.zip(b).take_while(|(a, b)| a == b).count()
}

fn without<'s, 'l>(lines: &'s [&'l str], tail: usize) -> &'s [&'l str] {
    lines
        .get(..lines.len().saturating_sub(tail))
        .unwrap_or_default()
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
