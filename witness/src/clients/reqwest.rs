//! reqwest, async and blocking, in three lines of versions.

use std::io::Read;
use std::time::Duration;

use super::{Line, PLAIN, on_tokio, why};
use crate::connections::{self, Done, REQUESTS};
use crate::waits::{BOUND, Case, Setting};

macro_rules! line {
    ($module:ident, $krate:ident, $line:literal, [$($newer:ident),*], [$($newer_blocking:ident),*]) => {
        mod $module {
            use super::*;
            use $krate as reqwest;

            const ASYNC: Line = Line { package: "reqwest", line: $line, family: "reqwest-async", features: PLAIN };
            const BLOCKING: Line = Line { package: "reqwest", line: $line, family: "reqwest-blocking", features: PLAIN };

            async fn send(request: reqwest::RequestBuilder) -> Result<(), String> {
                let response = request.send().await.map_err(why)?;
                response.bytes().await.map_err(why)?;
                Ok(())
            }

            fn through(
                setting: Setting,
                set: impl Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + Sync + 'static,
            ) -> Case {
                ASYNC.case(setting, move |url| {
                    on_tokio(async {
                        let client = set(reqwest::Client::builder()).build().map_err(why)?;
                        send(client.get(url)).await
                    })
                })
            }

            fn blocking(
                setting: Setting,
                set: impl Fn(reqwest::blocking::ClientBuilder) -> reqwest::blocking::ClientBuilder + Send + Sync + 'static,
                of_request: impl Fn(reqwest::blocking::RequestBuilder) -> reqwest::blocking::RequestBuilder + Send + Sync + 'static,
            ) -> Case {
                BLOCKING.case(setting, move |url| {
                    let client = set(reqwest::blocking::Client::builder()).build().map_err(why)?;
                    let mut response = of_request(client.get(url)).send().map_err(why)?;
                    response.read_to_end(&mut Vec::new()).map_err(why)?;
                    Ok(())
                })
            }

            pub fn waits() -> Vec<Case> {
                vec![
                    through(Setting::Default, |b| b),
                    through(Setting::Set("timeout"), |b| b.timeout(BOUND)),
                    ASYNC.case(Setting::Set("timeout"), |url| {
                        on_tokio(send(reqwest::Client::new().get(url).timeout(BOUND)))
                    }),
                    through(Setting::Off("timeout"), |b| b.timeout(Duration::MAX)),
                    through(Setting::Set("connect_timeout"), |b| b.connect_timeout(BOUND)),
                    through(Setting::Set("pool_idle_timeout"), |b| b.pool_idle_timeout(BOUND)),
                    through(Setting::Set("pool_max_idle_per_host"), |b| b.pool_max_idle_per_host(1)),
                    through(Setting::Set("tcp_keepalive"), |b| b.tcp_keepalive(BOUND)),
                    $(through(Setting::Set(stringify!($newer)), |b| b.$newer(BOUND)),)*
                    blocking(Setting::Default, |b| b, |r| r),
                    blocking(Setting::Set("timeout"), |b| b.timeout(BOUND), |r| r),
                    blocking(Setting::Off("timeout"), |b| b.timeout(None), |r| r),
                    blocking(Setting::Set("request_timeout"), |b| b, |r| r.timeout(BOUND)),
                    blocking(Setting::Set("connect_timeout"), |b| b.connect_timeout(BOUND), |r| r),
                    blocking(Setting::Set("pool_idle_timeout"), |b| b.pool_idle_timeout(BOUND), |r| r),
                    blocking(Setting::Set("tcp_keepalive"), |b| b.tcp_keepalive(BOUND), |r| r),
                    $(blocking(Setting::Set(stringify!($newer_blocking)), |b| b.$newer_blocking(BOUND), |r| r),)*
                ]
            }

            pub fn connections() -> Vec<connections::Case> {
                vec![
                    ASYNC.connections("reqwest::Response", |url, done, held| {
                        on_tokio(async {
                            let client = reqwest::Client::new();
                            let mut kept = Vec::new();
                            for _ in 0..REQUESTS {
                                let response = client.get(url).send().await.expect("an answer");
                                match done {
                                    Done::Read => drop(response.bytes().await.expect("a body")),
                                    Done::Dropped => drop(response),
                                    Done::Held => kept.push(response),
                                }
                                // The pool takes a connection back in a task of its own.
                                tokio::time::sleep(Duration::from_millis(20)).await;
                            }
                            held();
                        });
                    }),
                    BLOCKING.connections("reqwest::blocking::Response", |url, done, held| {
                        let client = reqwest::blocking::Client::new();
                        let mut kept = Vec::new();
                        for _ in 0..REQUESTS {
                            let response = client.get(url).send().expect("an answer");
                            match done {
                                Done::Read => drop(response.bytes().expect("a body")),
                                Done::Dropped => drop(response),
                                Done::Held => kept.push(response),
                            }
                            std::thread::sleep(Duration::from_millis(20));
                        }
                        held();
                    }),
                ]
            }
        }
    };
}

line!(v11, reqwest_0_11, "0.11", [], []);
line!(
    v12,
    reqwest_0_12,
    "0.12",
    [read_timeout, tcp_user_timeout],
    [tcp_user_timeout]
);
line!(
    v13,
    reqwest_0_13,
    "0.13",
    [read_timeout, tcp_user_timeout],
    [tcp_user_timeout]
);

/// Every setting that HTTP/1 knows.
pub fn waits() -> Vec<Case> {
    [v11::waits(), v12::waits(), v13::waits()]
        .into_iter()
        .flatten()
        .collect()
}

/// Responses of both kinds.
pub fn connections() -> Vec<connections::Case> {
    [v11::connections(), v12::connections(), v13::connections()]
        .into_iter()
        .flatten()
        .collect()
}
