//! The clients of the catalogue, each with every one of its settings.

mod async_http;
mod blocking;
#[cfg(feature = "libcurl")]
mod curl_based;
mod reqwest;
mod rpc;

use std::future::Future;
use std::sync::Arc;

use crate::connections::{self, Done};
use crate::server::Manner;
use crate::waits::{Case, Setting};
use crate::{locked, waits};

// The static libcurl waits with `select`, which takes no descriptor above 1023: it is run without the others, who take those.

/// Every case of [`waits`].
pub fn waits() -> Vec<waits::Case> {
    if let Some((waits, _)) = libcurl() {
        return waits;
    }
    let lists = [
        reqwest::waits(),
        blocking::waits(),
        async_http::waits(),
        rpc::waits(),
    ];
    lists.into_iter().flatten().collect()
}

/// Every case of [`connections`].
pub fn connections() -> Vec<connections::Case> {
    if let Some((_, connections)) = libcurl() {
        return connections;
    }
    let lists = [
        reqwest::connections(),
        blocking::connections(),
        async_http::connections(),
    ];
    lists.into_iter().flatten().collect()
}

/// The clients on top of libcurl, where they are asked for.
fn libcurl() -> Option<(Vec<waits::Case>, Vec<connections::Case>)> {
    #[cfg(feature = "libcurl")]
    return Some((curl_based::waits(), curl_based::connections()));
    #[cfg(not(feature = "libcurl"))]
    None
}

/// One family of one package in one line of versions.
struct Line {
    package: &'static str,
    line: &'static str,
    family: &'static str,
    features: &'static [&'static str],
}

/// The features that facts are chosen by, where they do not depend on any.
pub const PLAIN: &[&str] = &["default"];

impl Line {
    fn case(
        &self,
        setting: Setting,
        exchange: impl Fn(&str) -> Result<(), String> + Send + Sync + 'static,
    ) -> Case {
        self.case_without(&[], setting, exchange)
    }

    fn case_without(
        &self,
        without: &'static [Manner],
        setting: Setting,
        exchange: impl Fn(&str) -> Result<(), String> + Send + Sync + 'static,
    ) -> Case {
        Case {
            package: self.package,
            version: locked(self.package, self.line),
            family: self.family,
            features: self.features,
            setting,
            without,
            exchange: Arc::new(exchange),
        }
    }

    fn connections(
        &self,
        path: &'static str,
        requests: impl Fn(&str, Done, &dyn Fn()) + Send + Sync + 'static,
    ) -> connections::Case {
        connections::Case {
            package: self.package,
            version: locked(self.package, self.line),
            features: self.features,
            path,
            requests: Arc::new(requests),
        }
    }
}

/// Why something failed.
fn why(error: impl std::fmt::Debug) -> String {
    format!("{error:?}")
}

/// Runs a future on a runtime of its own.
fn on_tokio<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(future)
}
