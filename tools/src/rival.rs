//! A pattern file run by ast-grep on the same folders, for a figure beside ours.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde::Deserialize;

use crate::Result;
use crate::product::{self, Confidence, Ended, Finding};

/// A rule file and the tool that runs it.
pub(crate) struct Rival {
    pub(crate) bin: PathBuf,
    pub(crate) rules: PathBuf,
    pub(crate) limit: Duration,
}

#[derive(Deserialize)]
struct Match {
    file: String,
    range: Range,
    #[serde(rename = "ruleId")]
    rule: String,
    #[serde(default)]
    severity: String,
}

#[derive(Deserialize)]
struct Range {
    start: Position,
}

#[derive(Deserialize)]
struct Position {
    line: u32,
}

impl Rival {
    /// Every match of a rule that warns; the others mark what a reader may want to see.
    pub(crate) fn check(&self, root: &Path) -> Result<Vec<Finding>> {
        let mut command = Command::new(&self.bin);
        command
            .args(["scan", "--json=stream", "--rule"])
            .arg(&self.rules)
            .arg(".")
            .current_dir(root);
        let out = match product::run(&mut command, self.limit)? {
            Ended::Hung => return Err(format!("{}: hung", root.display()).into()),
            Ended::Done { out, .. } => out,
        };
        let mut found = Vec::new();
        for line in out.lines() {
            let hit: Match = serde_json::from_str(line)?;
            if hit.severity == "hint" {
                continue;
            }
            found.push(Finding {
                file: hit.file.trim_start_matches("./").to_owned(),
                line: hit.range.start.line + 1,
                lint: hit.rule,
                confidence: Confidence::Certain,
                message: String::new(),
            });
        }
        found.sort();
        found.dedup();
        Ok(found)
    }
}
