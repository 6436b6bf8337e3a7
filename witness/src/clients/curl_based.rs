//! curl and isahc, which is built on it.

use std::io::Read;
use std::time::Duration;

use curl::easy::Easy;
use isahc::ReadResponseExt;
use isahc::config::Configurable;

use super::{Line, PLAIN, why};
use crate::connections::{self, Done, REQUESTS};
use crate::waits::{BOUND, Case, Setting};

const CURL: Line = Line {
    package: "curl",
    line: "0.4",
    family: "curl",
    features: PLAIN,
};
const ISAHC: Line = Line {
    package: "isahc",
    line: "1",
    family: "isahc",
    features: PLAIN,
};

fn curl(
    setting: Setting,
    set: impl Fn(&mut Easy) -> Result<(), curl::Error> + Send + Sync + 'static,
) -> Case {
    CURL.case(setting, move |url| {
        let mut easy = Easy::new();
        easy.url(url).map_err(why)?;
        set(&mut easy).map_err(why)?;
        let mut transfer = easy.transfer();
        transfer
            .write_function(|data| Ok(data.len()))
            .map_err(why)?;
        transfer.perform().map_err(why)
    })
}

fn isahc(
    setting: Setting,
    set: impl Fn(isahc::HttpClientBuilder) -> isahc::HttpClientBuilder + Send + Sync + 'static,
) -> Case {
    ISAHC.case(setting, move |url| {
        let client = set(isahc::HttpClient::builder()).build().map_err(why)?;
        let mut response = client.get(url).map_err(why)?;
        response
            .body_mut()
            .read_to_end(&mut Vec::new())
            .map_err(why)?;
        Ok(())
    })
}

/// Every setting.
pub fn waits() -> Vec<Case> {
    vec![
        curl(Setting::Default, |_| Ok(())),
        curl(Setting::Set("timeout"), |e| e.timeout(BOUND)),
        curl(Setting::Off("timeout"), |e| e.timeout(Duration::ZERO)),
        curl(Setting::Set("connect_timeout"), |e| {
            e.connect_timeout(BOUND)
        }),
        // Nine bytes in three seconds are not slow enough for this.
        curl(Setting::Set("low_speed_time"), |e| {
            e.low_speed_limit(1)?;
            e.low_speed_time(BOUND)
        }),
        curl(Setting::Set("low_speed_limit"), |e| e.low_speed_limit(1)),
        curl(Setting::Set("dns_cache_timeout"), |e| {
            e.dns_cache_timeout(BOUND)
        }),
        curl(Setting::Set("tcp_keepalive"), |e| {
            e.tcp_keepalive(true)?;
            e.tcp_keepidle(BOUND)
        }),
        isahc(Setting::Default, |b| b),
        isahc(Setting::Set("timeout"), |b| b.timeout(BOUND)),
        isahc(Setting::Set("connect_timeout"), |b| {
            b.connect_timeout(BOUND)
        }),
        isahc(Setting::Set("low_speed_timeout"), |b| {
            b.low_speed_timeout(1, BOUND)
        }),
        isahc(Setting::Set("tcp_keepalive"), |b| b.tcp_keepalive(BOUND)),
        isahc(Setting::Set("connection_cache_ttl"), |b| {
            b.connection_cache_ttl(BOUND)
        }),
    ]
}

/// isahc's bodies: curl hands out none.
pub fn connections() -> Vec<connections::Case> {
    vec![ISAHC.connections("isahc::Body", |url, done, held| {
        let client = isahc::HttpClient::new().expect("a client");
        let mut kept = Vec::new();
        for _ in 0..REQUESTS {
            let mut response = client.get(url).expect("an answer");
            match done {
                Done::Read => drop(response.bytes().expect("a body")),
                Done::Dropped => drop(response.into_body()),
                Done::Held => kept.push(response.into_body()),
            }
        }
        held();
    })]
}
