//! hyper, hyper-util, awc and surf on h1.

use std::time::Duration;

use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{self, Client};
use hyper_util::rt::{TokioExecutor, TokioIo};

use super::{Line, PLAIN, on_tokio, why};
use crate::connections::{self, Done, REQUESTS};
use crate::waits::{BOUND, Case, Setting};

const HYPER_0_14: Line = Line {
    package: "hyper",
    line: "0.14",
    family: "hyper-client",
    features: PLAIN,
};
const HYPER_CONN: Line = Line {
    package: "hyper",
    line: "1",
    family: "hyper-conn",
    features: PLAIN,
};
const HYPER_UTIL: Line = Line {
    package: "hyper-util",
    line: "0.1",
    family: "hyper-util",
    features: PLAIN,
};
const AWC: Line = Line {
    package: "awc",
    line: "3",
    family: "awc",
    features: PLAIN,
};
const SURF: Line = Line {
    package: "surf",
    line: "2",
    family: "surf",
    features: &["h1-client-no-tls", "h1-client"],
};

type Nothing = Empty<bytes::Bytes>;

type Around = hyper_timeout::TimeoutConnector<hyper_0_14::client::HttpConnector>;

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
            hyper_0_14::body::to_bytes(response.into_body())
                .await
                .map_err(why)?;
            Ok(())
        })
    })
}

/// With a connector that has timeouts of its own around hyper's.
fn hyper_0_14_around(
    setting: Setting,
    of_around: impl Fn(&mut Around) + Send + Sync + 'static,
) -> Case {
    HYPER_0_14.case(setting, move |url| {
        on_tokio(async {
            let mut around = Around::new(hyper_0_14::client::HttpConnector::new());
            of_around(&mut around);
            let client: hyper_0_14::Client<_> = hyper_0_14::Client::builder().build(around);
            let response = client.get(url.parse().map_err(why)?).await.map_err(why)?;
            hyper_0_14::body::to_bytes(response.into_body())
                .await
                .map_err(why)?;
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
    client: impl Fn() -> awc::Client + Send + Sync + 'static,
    of_body: Option<Duration>,
) -> Case {
    AWC.case(setting, move |url| {
        actix_rt::System::new().block_on(async {
            let mut response = client().get(url).send().await.map_err(why)?;
            if let Some(bound) = of_body {
                response = response.timeout(bound);
            }
            response.body().await.map_err(why)?;
            Ok(())
        })
    })
}

fn surf(
    setting: Setting,
    set: impl Fn(surf::Config) -> surf::Config + Send + Sync + 'static,
) -> Case {
    SURF.case(setting, move |url| {
        async_std::task::block_on(async {
            let client: surf::Client = set(surf::Config::new()).try_into().map_err(why)?;
            let mut response = client.get(url).send().await.map_err(why)?;
            response.body_bytes().await.map_err(why)?;
            Ok(())
        })
    })
}

/// A client whose connector has one setting.
macro_rules! connector {
    ($setter:ident) => {
        || {
            awc::Client::builder()
                .connector(awc::Connector::new().$setter(BOUND))
                .finish()
        }
    };
}

/// Every setting that HTTP/1 knows.
pub fn waits() -> Vec<Case> {
    vec![
        hyper_0_14(Setting::Default, |_| (), |_| ()),
        hyper_0_14(
            Setting::Set("connect_timeout"),
            |c| c.set_connect_timeout(Some(BOUND)),
            |_| (),
        ),
        hyper_0_14_around(Setting::Set("set_connect_timeout"), |c| {
            c.set_connect_timeout(Some(BOUND));
        }),
        hyper_0_14_around(Setting::Set("set_read_timeout"), |c| {
            c.set_read_timeout(Some(BOUND));
        }),
        hyper_0_14(
            Setting::Set("keepalive"),
            |c| c.set_keepalive(Some(BOUND)),
            |_| (),
        ),
        hyper_0_14(
            Setting::Set("pool_idle_timeout"),
            |_| (),
            |b| {
                b.pool_idle_timeout(BOUND);
            },
        ),
        hyper_0_14(
            Setting::Set("pool_max_idle_per_host"),
            |_| (),
            |b| {
                b.pool_max_idle_per_host(1);
            },
        ),
        HYPER_CONN.case(Setting::Default, |url| {
            on_tokio(async {
                let address = url.trim_start_matches("http://").trim_end_matches('/');
                let stream = tokio::net::TcpStream::connect(address).await.map_err(why)?;
                let (mut sender, connection) =
                    hyper::client::conn::http1::handshake(TokioIo::new(stream))
                        .await
                        .map_err(why)?;
                tokio::spawn(connection);
                let request = hyper::Request::get("/")
                    .header("host", address)
                    .body(Nothing::new());
                let response = sender
                    .send_request(request.map_err(why)?)
                    .await
                    .map_err(why)?;
                response.into_body().collect().await.map_err(why)?;
                Ok(())
            })
        }),
        hyper_util(Setting::Default, |_| (), |_| ()),
        hyper_util(
            Setting::Set("connect_timeout"),
            |c| c.set_connect_timeout(Some(BOUND)),
            |_| (),
        ),
        hyper_util(
            Setting::Set("keepalive"),
            |c| c.set_keepalive(Some(BOUND)),
            |_| (),
        ),
        hyper_util(
            Setting::Set("tcp_user_timeout"),
            |c| c.set_tcp_user_timeout(Some(BOUND)),
            |_| (),
        ),
        hyper_util(
            Setting::Set("pool_idle_timeout"),
            |_| (),
            |b| {
                b.pool_idle_timeout(BOUND)
                    .pool_timer(hyper_util::rt::TokioTimer::new());
            },
        ),
        hyper_util(
            Setting::Set("pool_max_idle_per_host"),
            |_| (),
            |b| {
                b.pool_max_idle_per_host(1);
            },
        ),
        awc(Setting::Default, awc::Client::default, None),
        awc(
            Setting::Set("timeout"),
            || awc::Client::builder().timeout(BOUND).finish(),
            None,
        ),
        awc(
            Setting::Off("timeout"),
            || awc::Client::builder().disable_timeout().finish(),
            None,
        ),
        awc(Setting::Set("connect_timeout"), connector!(timeout), None),
        awc(
            Setting::Set("handshake_timeout"),
            connector!(handshake_timeout),
            None,
        ),
        awc(
            Setting::Set("conn_keep_alive"),
            connector!(conn_keep_alive),
            None,
        ),
        awc(
            Setting::Set("conn_lifetime"),
            connector!(conn_lifetime),
            None,
        ),
        awc(
            Setting::Set("disconnect_timeout"),
            connector!(disconnect_timeout),
            None,
        ),
        awc(
            Setting::Set("body_timeout"),
            awc::Client::default,
            Some(BOUND),
        ),
        surf(Setting::Default, |c| c),
        surf(Setting::Set("timeout"), |c| c.set_timeout(Some(BOUND))),
        surf(Setting::Off("timeout"), |c| c.set_timeout(None)),
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
                    let response = client
                        .get(url.parse().expect("a URL"))
                        .await
                        .expect("an answer");
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
        Line {
            package: "hyper",
            line: "1",
            family: "hyper-util",
            features: PLAIN,
        }
        .connections("hyper::body::Incoming", |url, done, held| {
            on_tokio(async {
                let client: Client<_, Nothing> = Client::builder(TokioExecutor::new()).build_http();
                let mut kept = Vec::new();
                for _ in 0..REQUESTS {
                    let response = client
                        .get(url.parse().expect("a URL"))
                        .await
                        .expect("an answer");
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
        }),
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
