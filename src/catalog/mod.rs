//! What each crate really does, per version: data with reasons and sources, loaded and checked here.
//!
//! [`FILES`] is the list of the built-in files; [`load::Catalog`] reads them when a package asks for them.

mod check;
pub mod error;
pub mod grammars;
pub mod interface;
pub mod load;
pub mod schema;
pub mod target;

pub use load::{Catalog, CrateView, LoadError, Problem};

macro_rules! files {
    ($($name:literal,)*) => {
        /// The built-in files: the package's name and the text. One file per crate in `crates/`, one line here.
        pub const FILES: &[(&str, &str)] = &[$(($name, include_str!(concat!("crates/", $name, ".toml"))),)*];
    };
}

files! {
    "futures",
    "futures-channel",
    "futures-core",
    "futures-executor",
    "futures-io",
    "futures-sink",
    "futures-task",
    "futures-util",
    "http",
    "http-body",
    "http-body-util",
    "hyper",
    "hyper-util",
    "pin-utils",
    "reqwest",
    "std",
    "tokio",
    "tower-layer",
    "tower-service",
    "ureq",
}
