//! The engine of `cargo linger`: finds, in Rust source, HTTP requests nothing bounds, response bodies nobody reads, and
//! spawned tasks nobody joins.
//!
//! # The way of the data
//!
//! ```text
//! paths/manifest -> discover -> parse -> macros -> lower -> resolve -> flow -> lint -> check -> fix -> report
//! ```
//!
//! | stage | takes → gives |
//! |---|---|
//! | [`discover`] | paths → packages, targets, files, locked versions |
//! | [`parse`] | text → syntax tree and comments, errors beside them; an outline ahead of the tree |
//! | [`macros`] | outlines → which `macro_rules!` of the workspace a call means |
//! | [`lower`] | tree → [`ir`]: items and control-flow graphs; the tree ends here |
//! | [`resolve`] | written paths → definitions; expressions → types |
//! | [`flow`] | bodies → [`flow::resource::Resources`] with bounds and outcomes |
//! | [`lints`] | resources → [`finding::Finding`]s |
//! | [`check`] | levels, suppressions, order |
//! | [`fix`] | remedies → edits, and texts with the edits made |
//! | [`report`] | findings → bytes |
//!
//! [`config`] says what a workspace asks for, ahead of all this. The [`catalog`] holds what each client crate really
//! does, per version, as data. A [`guard`] stands around each file and body.
//!
//! # Invariants
//!
//! * Parsing never fails the run, and analysis never panics: a panic on one file is caught, reported as ours, and the rest
//!   goes on.
//! * Nothing of the scanned project is executed; no process is spawned, no socket opened, nothing written but what the user
//!   named.
//! * Reads go through [`source::Sources`], those of a git repository through [`git`]; writes happen at the very end, in
//!   [`cli`].
//! * `syn` does not appear above [`lower`]. A lint names no crate, opens no file and cannot report under another's id.
//! * *Unknown* is a value, not a guess: what we cannot see yields no finding, or a weak one.
//! * Output depends only on input text and options: the same bytes at any thread count, in any directory.
//! * Modules import downwards only.

pub mod catalog;
pub mod check;
pub mod cli;
pub mod config;
pub mod discover;
pub mod engine;
pub mod finding;
pub mod fix;
pub mod flow;
pub mod git;
pub mod guard;
pub mod ir;
pub mod lint;
// The user's layout keeps the lints in a folder of their own beside `src`; a member crate there would be a cycle.
#[path = "../lints/mod.rs"]
pub mod lints;
pub mod lower;
pub mod macros;
pub mod name;
pub mod parse;
pub mod remedy;
pub mod report;
pub mod resolve;
#[cfg(test)]
mod shipped;
pub mod source;
