//! tonic: calls with nothing in them, to a server that is none.

use std::time::Duration;

use bytes::{Buf, BufMut};
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::transport::Endpoint;
use tonic::{Request, Status};

use super::{Line, PLAIN, on_tokio, why};
use crate::server::Manner;
use crate::waits::{BOUND, Case, Setting};

const TONIC: Line = Line {
    package: "tonic",
    line: "0.14",
    family: "tonic",
    features: PLAIN,
};

/// No HTTP/2 server here: it stalls and trickles in HTTP/1.
const HTTP_1: &[Manner] = &[Manner::Stalls, Manner::Trickles];

/// Messages without content.
#[derive(Clone, Copy, Default)]
struct Empty;

impl Encoder for Empty {
    type Item = ();
    type Error = Status;

    fn encode(&mut self, (): (), buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put_slice(&[]);
        Ok(())
    }
}

impl Decoder for Empty {
    type Item = ();
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<()>, Status> {
        buffer.advance(buffer.remaining());
        Ok(Some(()))
    }
}

impl Codec for Empty {
    type Encode = ();
    type Decode = ();
    type Encoder = Empty;
    type Decoder = Empty;

    fn encoder(&mut self) -> Empty {
        Empty
    }

    fn decoder(&mut self) -> Empty {
        Empty
    }
}

fn tonic(
    setting: Setting,
    set: impl Fn(Endpoint) -> Endpoint + Send + Sync + 'static,
    of_request: Option<Duration>,
) -> Case {
    TONIC.case_without(HTTP_1, setting, move |url| {
        on_tokio(async {
            let endpoint = set(Endpoint::from_shared(url.to_owned()).map_err(why)?);
            let mut client = tonic::client::Grpc::new(endpoint.connect_lazy());
            client.ready().await.map_err(why)?;
            let mut request = Request::new(());
            if let Some(bound) = of_request {
                request.set_timeout(bound);
            }
            let path = tonic::codegen::http::uri::PathAndQuery::from_static("/a.B/C");
            client.unary(request, path, Empty).await.map_err(why)?;
            Ok(())
        })
    })
}

/// Every setting.
pub fn waits() -> Vec<Case> {
    vec![
        tonic(Setting::Default, |e| e, None),
        tonic(Setting::Set("timeout"), |e| e.timeout(BOUND), None),
        tonic(Setting::Set("timeout"), |e| e, Some(BOUND)),
        tonic(
            Setting::Set("connect_timeout"),
            |e| e.connect_timeout(BOUND),
            None,
        ),
        tonic(
            Setting::Set("tcp_keepalive"),
            |e| e.tcp_keepalive(Some(BOUND)),
            None,
        ),
    ]
}
