//! How the text around an edit is laid out: line breaks and indentation.

/// One step of indentation where the text does not show another.
const STEP: &str = "    ";

/// A text's manners.
pub(super) struct Layout<'a> {
    text: &'a str,
    /// Its line break.
    pub(super) newline: &'static str,
    /// One step of its indentation.
    step: &'static str,
}

impl<'a> Layout<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let crlf = text
            .split_once('\n')
            .is_some_and(|(line, _)| line.ends_with('\r'));
        Layout {
            text,
            newline: if crlf { "\r\n" } else { "\n" },
            step: step(text),
        }
    }

    /// What stands on the line before this byte.
    pub(super) fn line_before(&self, at: usize) -> &'a str {
        let before = self.text.get(..at).unwrap_or_default();
        let line = before
            .rfind('\n')
            .map_or(before, |n| before.get(n + 1..).unwrap_or_default());
        line.trim_start_matches('\u{feff}')
    }

    /// The indentation of the line that holds this byte.
    pub(super) fn indent(&self, at: usize) -> &'a str {
        let line = self.line_before(at);
        let end = line.len() - line.trim_start_matches([' ', '\t']).len();
        line.get(..end).unwrap_or_default()
    }

    /// One step deeper than the line that holds this byte.
    pub(super) fn deeper(&self, at: usize) -> String {
        format!("{}{}", self.indent(at), self.step)
    }

    /// Statements as lines at an indentation, the first without it; `{it}` is filled in.
    pub(super) fn lines(&self, text: &str, indent: &str, it: &str) -> String {
        let mut out = String::new();
        for (index, line) in text.trim_end().lines().enumerate() {
            if index > 0 {
                out.push_str(self.newline);
                out.push_str(indent);
            }
            let rest = line.trim_start_matches(' ');
            let steps = (line.len() - rest.len()) / STEP.len();
            out.push_str(&self.step.repeat(steps));
            out.push_str(&rest.replace("{it}", it));
        }
        out
    }
}

/// The indentation of the first line that has one; code begins flush left, so that is one step.
fn step(text: &str) -> &'static str {
    let indented = text.lines().find_map(|line| {
        let rest = line.trim_start_matches([' ', '\t']);
        let (indent, _) = line.split_at(line.len() - rest.len());
        // The stars of a comment stand in the second column.
        (!indent.is_empty() && !rest.is_empty() && !rest.starts_with('*')).then_some(indent)
    });
    match indented {
        Some(indent) if indent.starts_with('\t') => "\t",
        Some("  ") => "  ",
        _ => STEP,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_what_the_first_indented_line_has() {
        let steps = [
            "/*\n * x\n */\nfn f() {\n  a\n}",
            "a",
            "{\n\n    a",
            "{\n\ta",
        ];
        assert_eq!(steps.map(step), ["  ", STEP, STEP, "\t"]);
    }

    #[test]
    fn lines_follow_their_neighbours() {
        let layout = Layout::of("fn f() {\r\n\tlet a = 1;\r\n}");
        assert_eq!((layout.newline, layout.indent(14)), ("\r\n", "\t"));
        assert_eq!(layout.deeper(14), "\t\t");
        assert_eq!(
            layout.lines("a({it});\n    b\n", "\t", "x"),
            "a(x);\r\n\t\tb"
        );
    }
}
