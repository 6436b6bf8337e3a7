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
    "alloy",
    "alloy-provider",
    "alloy-rpc-client",
    "alloy-transport-http",
    "anyhow",
    "arc-swap",
    "async-channel",
    "async-executor",
    "async-graphql",
    "async-io",
    "async-lock",
    "async-openai",
    "async-std",
    "async-stream",
    "async-task",
    "async-tungstenite",
    "attohttpc",
    "awc",
    "aws-config",
    "axum",
    "blocking",
    "cfg-if",
    "color-eyre",
    "curl",
    "dashmap",
    "elasticsearch",
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
    "graphql_client",
    "http",
    "http-body",
    "http-body-util",
    "hyper",
    "hyper-timeout",
    "hyper-util",
    "isahc",
    "jsonrpsee",
    "jsonrpsee-http-client",
    "kube",
    "kube-client",
    "lambda_runtime",
    "lazy_static",
    "lock_api",
    "log",
    "meilisearch-sdk",
    "minreq",
    "oauth2",
    "object_store",
    "octocrab",
    "once_cell",
    "openidconnect",
    "opensearch",
    "opentelemetry-otlp",
    "parking_lot",
    "pin-utils",
    "poem",
    "poem-openapi",
    "qdrant-client",
    "rayon",
    "rayon-core",
    "reqwest",
    "reqwest-eventsource",
    "reqwest-middleware",
    "reqwest-retry",
    "rocket",
    "rust-s3",
    "salvo",
    "sentry",
    "serde_json",
    "serenity",
    "smol",
    "solana-rpc-client",
    "std",
    "surf",
    "tauri",
    "tauri-plugin-http",
    "teloxide",
    "teloxide-core",
    "tokio",
    "tokio-stream",
    "tokio-tungstenite",
    "tokio-util",
    "tonic",
    "tower",
    "tower-http",
    "tower-layer",
    "tower-service",
    "tracing",
    "tracing-futures",
    "typespec_client_core",
    "ureq",
    "wreq",
}
