//! What each crate really does, per version: data with reasons and sources, loaded and checked here.
//!
//! [`FILES`] is the list of the built-in files; [`load::Catalog`] reads them when a package asks for them.

mod check;
pub mod error;
pub mod grammars;
pub mod interface;
pub mod load;
pub mod schema;
#[cfg(test)]
mod shape;
pub mod stubs;
mod versions;

pub use load::{Catalog, CrateView, LoadError, Problem};

/// The built-in files, those in `crates/`: the package's name and the text. The build script `list.rs` finds them.
pub const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/catalog.rs"));
