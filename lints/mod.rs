//! The lints: one folder each. This list is the only one.
