//! The lints: one folder each. This list is the only one.

pub mod unknown_lint;
pub mod unparsed_file;
pub mod unused_allow;

use crate::lint::Lint;

/// Every lint, in alphabetical order.
pub static LINTS: &[&Lint] = &[
    &unknown_lint::LINT,
    &unparsed_file::LINT,
    &unused_allow::LINT,
];
