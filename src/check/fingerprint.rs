//! A name for a finding that stays while lines move: for baselines, and for whatever tells old findings from new ones.

use std::collections::BTreeMap;

use super::Shown;
use super::analysis::Analysis;
use crate::finding::Finding;

/// One fingerprint per finding, in the order given: sixteen hexadecimal digits, different within a run.
///
/// It is made of the lint, the definition around the finding (the file, where there is none) and the text of its first
/// line without white space. Findings that agree in all of these are numbered in their order.
pub fn fingerprints(analysis: &Analysis, findings: &[Shown]) -> Vec<String> {
    let mut seen: BTreeMap<u64, u64> = BTreeMap::new();
    let number = |shown: &Shown| {
        let key = key(analysis, &shown.finding);
        let count = seen.entry(key).or_default();
        *count += 1;
        format!("{:016x}", fold(key, &(*count - 1).to_le_bytes()))
    };
    findings.iter().map(number).collect()
}

fn key(analysis: &Analysis, finding: &Finding) -> u64 {
    let span = finding.primary.span;
    let source = analysis.sources.get(span.file);
    let file = source.map_or("", |source| source.name.as_str());
    let around = match finding.definition.as_str() {
        "" => file,
        definition => definition,
    };
    let line = source.map_or("", |source| source.line_text(source.line_index(span.lo)));
    let line: String = line.split_whitespace().collect();
    [finding.lint, around, &line]
        .into_iter()
        .fold(OFFSET, |hash, part| fold(fold(hash, part.as_bytes()), &[0]))
}

/// FNV-1a: the standard library promises no hash that is the same in the next release.
const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;

fn fold(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
