//! hyper, hyper-util and awc.

use std::time::Duration;

use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{self, Client};
use hyper_util::rt::{TokioExecutor, TokioIo};

use super::{Line, on_tokio, why};
use crate::connections::{self, Done, REQUESTS};
use crate::waits::{BOUND, Case, Setting};

const HYPER_0_14: Line = Line { package: "hyper", line: "0.14", family: "hyper-client" };
const HYPER_CONN: Line = Line { package: "hyper", line: "1", family: "hyper-conn" };
const HYPER_UTIL: Line = Line { package: "hyper-util", line: "0.1", family: "hyper-util" };
const AWC: Line = Line { package: "awc", line: "3", family: "awc" };

type Nothing = Empty<bytes::Bytes>;

fn hyper_0_14(
    setting: Setting,
    of_connector: impl Fn(&mut hyper_0_14::client::HttpConnector) + Send + Sync + 'static,
    of_builder: impl Fn(&mut hyper_0_14::client::Builder) + Send + Sync + 'static,
) -> Case {
    HYPER_0_14.case(setting, move |url| {
        on_tokio(async {
            let mut connector = hyper_0_14::client::HttpConnector::new();
            of_connector(&mut connector);
            let mut builder = hyper_0_14::Client::builder();
            of_builder(&mut builder);
            let client: hyper_0_14::Client<_> = builder.build(connector);
            let response = client.get(url.parse().map_err(why)?).await.map_err(why)?;
            hyper_0_14::body::to_bytes(response.into_body()).await.map_err(why)?;
            Ok(())
        })
    })
}

fn hyper_util(
    setting: Setting,
    of_connector: impl Fn(&mut HttpConnector) + Send + Sync + 'static,
    of_builder: impl Fn(&mut legacy::Builder) + Send + Sync + 'static,
) -> Case {
    HYPER_UTIL.case(setting, move |url| {
        on_tokio(async {
            let mut connector = HttpConnector::new();
            of_connector(&mut connector);
            let mut builder = Client::builder(TokioExecutor::new());
            of_builder(&mut builder);
            let client: Client<_, Nothing> = builder.build(connector);
            let response = client.get(url.parse().map_err(why)?).await.map_err(why)?;
            response.into_body().collect().await.map_err(why)?;
            Ok(())
        })
    })
}

fn awc(
    setting: Setting,
    of_connector: impl Fn(awc::Connector<awc::connect::Tcp>) -> awc::Connector<awc::connect::Tcp> + Send + Sync + 'static,
    of_builder: impl Fn(awc::ClientBuilder) -> awc::ClientBuilder + Send + Sync + 'static,
    of_body: Option<Duration>,
) -> Case {
    AWC.case(setting, move |url| {
        actix_rt::System::new().block_on(async {
            let client = of_builder(awc::Client::builder().connector(of_connector(awc::Connector::new()))).finish();
            let mut response = client.get(url).send().await.map_err(why)?;
            if let Some(bound) = of_body {
                response = response.timeout(bound);
            }
            response.body().await.map_err(why)?;
            Ok(())
        })
    })
}

/// Every setting that HTTP/1 knows.
pub fn waits() -> Vec<Case> {
    vec![
        hyper_0_14(Setting::Default, |_| (), |_| ()),
        hyper_0_14(Setting::Set("connect_timeout"), |c| c.set_connect_timeout(Some(BOUND)), |_| ()),
        hyper_0_14(Setting::Set("keepalive"), |c| c.set_keepalive(Some(BOUND)), |_| ()),
        hyper_0_14(Setting::Set("pool_idle_timeout"), |_| (), |b| {
            b.pool_idle_timeout(BOUND);
        }),
        HYPER_CONN.case(Setting::Default, |url| {
            on_tokio(async {
                let address = url.trim_start_matches("http://").trim_end_matches('/');
                let stream = tokio::net::TcpStream::connect(address).await.map_err(why)?;
                let (mut sender, connection) =
                    hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(why)?;
                tokio::spawn(connection);
                let request = hyper::Request::get("/").header("host", address).body(Nothing::new());
                let response = sender.send_request(request.map_err(why)?).await.map_err(why)?;
                response.into_body().collect().await.map_err(why)?;
                Ok(())
            })
        }),
        hyper_util(Setting::Default, |_| (), |_| ()),
        hyper_util(Setting::Set("connect_timeout"), |c| c.set_connect_timeout(Some(BOUND)), |_| ()),
        hyper_util(Setting::Set("keepalive"), |c| c.set_keepalive(Some(BOUND)), |_| ()),
        hyper_util(Setting::Set("tcp_user_timeout"), |c| c.set_tcp_user_timeout(Some(BOUND)), |_| ()),
        hyper_util(Setting::Set("pool_idle_timeout"), |_| (), |b| {
            b.pool_idle_timeout(BOUND).pool_timer(hyper_util::rt::TokioTimer::new());
        }),
        awc(Setting::Default, |c| c, |b| b, None),
        awc(Setting::Set("timeout"), |c| c, |b| b.timeout(BOUND), None),
        awc(Setting::Off("timeout"), |c| c, awc::ClientBuilder::disable_timeout, None),
        awc(Setting::Set("connect_timeout"), |c| c.timeout(BOUND), |b| b, None),
        awc(Setting::Set("handshake_timeout"), |c| c.handshake_timeout(BOUND), |b| b, None),
        awc(Setting::Set("conn_keep_alive"), |c| c.conn_keep_alive(BOUND), |b| b, None),
        awc(Setting::Set("conn_lifetime"), |c| c.conn_lifetime(BOUND), |b| b, None),
        awc(Setting::Set("disconnect_timeout"), |c| c.disconnect_timeout(BOUND), |b| b, None),
        awc(Setting::Set("body_timeout"), |c| c, |b| b, Some(BOUND)),
    ]
}

/// The pool takes a connection back in a task of its own.
const BETWEEN: Duration = Duration::from_millis(20);

/// Bodies and responses.
pub fn connections() -> Vec<connections::Case> {
    vec![
        HYPER_0_14.connections("hyper::body::Body", |url, done, held| {
            on_tokio(async {
                let client = hyper_0_14::Client::new();
                let mut kept = Vec::new();
                for _ in 0..REQUESTS {
                    let response = client.get(url.parse().expect("a URL")).await.expect("an answer");
                    let body = response.into_body();
                    match done {
                        Done::Read => drop(hyper_0_14::body::to_bytes(body).await.expect("a body")),
                        Done::Dropped => drop(body),
                        Done::Held => kept.push(body),
                    }
                    tokio::time::sleep(BETWEEN).await;
                }
                held();
            });
        }),
        Line { package: "hyper", line: "1", family: "hyper-util" }.connections(
            "hyper::body::Incoming",
            |url, done, held| {
                on_tokio(async {
                    let client: Client<_, Nothing> = Client::builder(TokioExecutor::new()).build_http();
                    let mut kept = Vec::new();
                    for _ in 0..REQUESTS {
                        let response = client.get(url.parse().expect("a URL")).await.expect("an answer");
                        let body = response.into_body();
                        match done {
                            Done::Read => drop(body.collect().await.expect("a body")),
                            Done::Dropped => drop(body),
                            Done::Held => kept.push(body),
                        }
                        tokio::time::sleep(BETWEEN).await;
                    }
                    held();
                });
            },
        ),
        AWC.connections("awc::ClientResponse", |url, done, held| {
            actix_rt::System::new().block_on(async {
                let client = awc::Client::default();
                let mut kept = Vec::new();
                for _ in 0..REQUESTS {
                    let mut response = client.get(url).send().await.expect("an answer");
                    match done {
                        Done::Read => drop(response.body().limit(1 << 24).await.expect("a body")),
                        Done::Dropped => drop(response),
                        Done::Held => kept.push(response),
                    }
                    actix_rt::time::sleep(BETWEEN).await;
                }
                held();
            });
        }),
    ]
}
