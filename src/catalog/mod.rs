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
    "actix-rt",
    "actix-web",
    "anyhow",
    "arc-swap",
    "async-channel",
    "async-executor",
    "async-graphql",
    "async-io",
    "async-lock",
    "async-std",
    "async-stream",
    "async-task",
    "attohttpc",
    "awc",
    "axum",
    "blocking",
    "cfg-if",
    "color-eyre",
    "curl",
    "dashmap",
    "eyre",
    "futures",
    "futures-channel",
    "futures-core",
    "futures-executor",
    "futures-io",
    "futures-lite",
    "futures-sink",
    "futures-task",
    "futures-util",
    "http",
    "http-body",
    "http-body-util",
    "hyper",
    "hyper-timeout",
    "hyper-util",
    "isahc",
    "lambda_runtime",
    "lazy_static",
    "lock_api",
    "log",
    "minreq",
    "once_cell",
    "parking_lot",
    "pin-utils",
    "poem",
    "poem-openapi",
    "rayon",
    "rayon-core",
    "reqwest",
    "reqwest-eventsource",
    "reqwest-middleware",
    "reqwest-retry",
    "rocket",
    "salvo",
    "serde_json",
    "smol",
    "std",
    "surf",
    "tauri",
    "tokio",
    "tokio-stream",
    "tokio-util",
    "tonic",
    "tower",
    "tower-http",
    "tower-layer",
    "tower-service",
    "tracing",
    "tracing-futures",
    "ureq",
    "wreq",
}
