//! ureq, minreq and attohttpc.

use std::io::Read;

use super::{Line, PLAIN, why};
use crate::connections::{self, Done, REQUESTS};
use crate::waits::{BOUND, Case, Setting};

const UREQ_2: Line = Line {
    package: "ureq",
    line: "2",
    family: "ureq",
    features: PLAIN,
};
const UREQ_3: Line = Line {
    package: "ureq",
    line: "3",
    family: "ureq",
    features: PLAIN,
};
const MINREQ_2: Line = Line {
    package: "minreq",
    line: "2",
    family: "minreq",
    features: PLAIN,
};
const MINREQ_3: Line = Line {
    package: "minreq",
    line: "3",
    family: "minreq",
    features: PLAIN,
};
const ATTOHTTPC: Line = Line {
    package: "attohttpc",
    line: "0.31",
    family: "attohttpc",
    features: PLAIN,
};

fn to_end(mut body: impl Read) -> Result<(), String> {
    body.read_to_end(&mut Vec::new()).map_err(why)?;
    Ok(())
}

fn ureq_2(
    setting: Setting,
    set: impl Fn(ureq_2::AgentBuilder) -> ureq_2::AgentBuilder + Send + Sync + 'static,
) -> Case {
    UREQ_2.case(setting, move |url| {
        let response = set(ureq_2::AgentBuilder::new()).build().get(url).call();
        to_end(response.map_err(why)?.into_reader())
    })
}

type Config3 = ureq_3::config::ConfigBuilder<ureq_3::typestate::AgentScope>;

fn ureq_3(setting: Setting, set: impl Fn(Config3) -> Config3 + Send + Sync + 'static) -> Case {
    UREQ_3.case(setting, move |url| {
        let agent = set(ureq_3::Agent::config_builder()).build().new_agent();
        let mut response = agent.get(url).call().map_err(why)?;
        to_end(response.body_mut().as_reader())
    })
}

fn attohttpc(
    setting: Setting,
    set: impl Fn(attohttpc::RequestBuilder) -> attohttpc::RequestBuilder + Send + Sync + 'static,
) -> Case {
    ATTOHTTPC.case(setting, move |url| {
        let response = set(attohttpc::get(url)).send().map_err(why)?;
        response.bytes().map_err(why)?;
        Ok(())
    })
}

/// Every setting.
pub fn waits() -> Vec<Case> {
    let some = Some(BOUND);
    vec![
        ureq_2(Setting::Default, |b| b),
        ureq_2(Setting::Set("timeout"), |b| b.timeout(BOUND)),
        UREQ_2.case(Setting::Set("timeout"), |url| {
            to_end(
                ureq_2::get(url)
                    .timeout(BOUND)
                    .call()
                    .map_err(why)?
                    .into_reader(),
            )
        }),
        ureq_2(Setting::Set("timeout_connect"), |b| {
            b.timeout_connect(BOUND)
        }),
        ureq_2(Setting::Set("timeout_read"), |b| b.timeout_read(BOUND)),
        ureq_2(Setting::Set("timeout_write"), |b| b.timeout_write(BOUND)),
        ureq_3(Setting::Default, |b| b),
        ureq_3(Setting::Set("timeout_global"), move |b| {
            b.timeout_global(some)
        }),
        UREQ_3.case(Setting::Set("timeout_global"), move |url| {
            let request = ureq_3::get(url).config().timeout_global(some).build();
            to_end(request.call().map_err(why)?.body_mut().as_reader())
        }),
        ureq_3(Setting::Set("timeout_per_call"), move |b| {
            b.timeout_per_call(some)
        }),
        ureq_3(Setting::Set("timeout_resolve"), move |b| {
            b.timeout_resolve(some)
        }),
        ureq_3(Setting::Set("timeout_connect"), move |b| {
            b.timeout_connect(some)
        }),
        ureq_3(Setting::Set("timeout_send_request"), move |b| {
            b.timeout_send_request(some)
        }),
        ureq_3(Setting::Set("timeout_await_100"), move |b| {
            b.timeout_await_100(some)
        }),
        ureq_3(Setting::Set("timeout_send_body"), move |b| {
            b.timeout_send_body(some)
        }),
        ureq_3(Setting::Set("timeout_recv_response"), move |b| {
            b.timeout_recv_response(some)
        }),
        ureq_3(Setting::Set("timeout_recv_body"), move |b| {
            b.timeout_recv_body(some)
        }),
        ureq_3(Setting::Set("timeout_per_read"), move |b| {
            b.timeout_per_read(some)
        }),
        ureq_3(Setting::Set("timeout_per_write"), move |b| {
            b.timeout_per_write(some)
        }),
        ureq_3(Setting::Set("max_idle_age"), |b| b.max_idle_age(BOUND)),
        MINREQ_2.case(Setting::Default, |url| {
            minreq_2::get(url).send().map(drop).map_err(why)
        }),
        MINREQ_2.case(Setting::Set("timeout"), |url| {
            minreq_2::get(url)
                .with_timeout(1)
                .send()
                .map(drop)
                .map_err(why)
        }),
        MINREQ_2.case(Setting::Set("timeout"), |url| {
            to_end(
                minreq_2::get(url)
                    .with_timeout(1)
                    .send_lazy()
                    .map_err(why)?,
            )
        }),
        MINREQ_3.case(Setting::Default, |url| {
            minreq_3::get(url).send().map(drop).map_err(why)
        }),
        MINREQ_3.case(Setting::Set("timeout"), |url| {
            minreq_3::get(url)
                .with_timeout(1)
                .send()
                .map(drop)
                .map_err(why)
        }),
        MINREQ_3.case(Setting::Set("timeout"), |url| {
            to_end(
                minreq_3::get(url)
                    .with_timeout(1)
                    .send_lazy()
                    .map_err(why)?,
            )
        }),
        attohttpc(Setting::Default, |b| b),
        attohttpc(Setting::Set("timeout"), |b| b.timeout(BOUND)),
        attohttpc(Setting::Set("connect_timeout"), |b| {
            b.connect_timeout(BOUND)
        }),
        attohttpc(Setting::Set("read_timeout"), |b| b.read_timeout(BOUND)),
    ]
}

/// Responses and bodies.
pub fn connections() -> Vec<connections::Case> {
    fn each<T>(done: Done, held: &dyn Fn(), send: impl Fn() -> T, read: impl Fn(T)) {
        let mut kept = Vec::new();
        for _ in 0..REQUESTS {
            let response = send();
            match done {
                Done::Read => read(response),
                Done::Dropped => drop(response),
                Done::Held => kept.push(response),
            }
        }
        held();
    }
    vec![
        UREQ_2.connections("ureq::Response", |url, done, held| {
            let agent = ureq_2::agent();
            let send = || agent.get(url).call().expect("an answer");
            each(done, held, send, |r| {
                to_end(r.into_reader()).expect("a body")
            });
        }),
        UREQ_3.connections("ureq::Body", |url, done, held| {
            let agent = ureq_3::Agent::new_with_defaults();
            let send = || agent.get(url).call().expect("an answer").into_body();
            each(done, held, send, |b| {
                to_end(b.into_reader()).expect("a body")
            });
        }),
        MINREQ_2.connections("minreq::ResponseLazy", |url, done, held| {
            let send = || minreq_2::get(url).send_lazy().expect("an answer");
            each(done, held, send, |r| to_end(r).expect("a body"));
        }),
        MINREQ_3.connections("minreq::ResponseLazy", |url, done, held| {
            let send = || minreq_3::get(url).send_lazy().expect("an answer");
            each(done, held, send, |r| to_end(r).expect("a body"));
        }),
        ATTOHTTPC.connections("attohttpc::Response", |url, done, held| {
            let send = || attohttpc::get(url).send().expect("an answer");
            each(done, held, send, |r| drop(r.bytes().expect("a body")));
        }),
    ]
}
