//! What each crate really does, per version: data with reasons and sources, loaded and checked here.

pub mod grammars;
pub mod schema;
