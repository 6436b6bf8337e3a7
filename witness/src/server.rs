//! Servers that misbehave, each on a port of its own on 127.0.0.1.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use socket2::{Domain, Socket, Type};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Between two bytes of a body that trickles.
pub const TRICKLE: Duration = Duration::from_millis(300);
/// Bytes of a body that trickles: it takes well over a second and ends well before anybody loses patience.
pub const TRICKLED: usize = 9;

/// How a server treats its clients.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Manner {
    /// Its backlog is full: a SYN is dropped.
    Deaf,
    /// Accepts, reads the request and says nothing.
    Silent,
    /// Sends the head and the first byte of a body, then nothing.
    Stalls,
    /// Sends the head, then the body byte by byte.
    Trickles,
}

/// The servers of a run.
pub struct Servers {
    ports: Vec<(Manner, u16)>,
    // Whoever holds these keeps the backlog full.
    _backlog: (Socket, Vec<Socket>),
    _runtime: tokio::runtime::Runtime,
}

impl Servers {
    /// Starts one of each manner.
    pub fn start() -> Servers {
        let runtime = runtime();
        let (deaf, backlog) = deaf();
        let mut ports = vec![(Manner::Deaf, deaf)];
        for manner in [Manner::Silent, Manner::Stalls, Manner::Trickles] {
            let listener = runtime.block_on(listen());
            ports.push((manner, port(&listener)));
            runtime.spawn(async move {
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(misbehave(manner, stream));
                }
            });
        }
        Servers {
            ports,
            _backlog: backlog,
            _runtime: runtime,
        }
    }

    /// Where the server of this manner listens.
    pub fn url(&self, manner: Manner) -> String {
        let port = self.ports.iter().find(|(m, _)| *m == manner);
        format!(
            "http://127.0.0.1:{}/",
            port.expect("every manner has a server").1
        )
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
}

async fn listen() -> TcpListener {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .expect("a port")
}

fn port(listener: &TcpListener) -> u16 {
    listener.local_addr().expect("an address").port()
}

/// A listener nobody accepts from, its backlog filled.
fn deaf() -> (u16, (Socket, Vec<Socket>)) {
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    socket.bind(&any.into()).expect("a port");
    socket.listen(0).expect("a listener");
    let here = socket.local_addr().expect("an address");
    let mut filling = Vec::new();
    for _ in 0..8 {
        let one = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
        one.set_nonblocking(true).expect("a mode");
        // In progress for ever once the backlog is full.
        let _ = one.connect(&here);
        filling.push(one);
    }
    std::thread::sleep(Duration::from_millis(200));
    let port = here.as_socket().expect("an address").port();
    (port, (socket, filling))
}

async fn misbehave(manner: Manner, mut stream: TcpStream) {
    let _ = stream.set_nodelay(true);
    if manner != Manner::Silent && request(&mut stream).await.is_some() {
        let length = if manner == Manner::Stalls {
            1000
        } else {
            TRICKLED
        };
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n");
        let _ = stream.write_all(head.as_bytes()).await;
        if manner == Manner::Stalls {
            // One byte: more would keep a low-speed limit's average up for a while.
            let _ = stream.write_all(b".").await;
        } else {
            for _ in 0..TRICKLED {
                tokio::time::sleep(TRICKLE).await;
                let _ = stream.write_all(b".").await;
            }
        }
    }
    // Stays open until the client leaves.
    let mut rest = [0; 1024];
    while matches!(stream.read(&mut rest).await, Ok(n) if n > 0) {}
}

/// Reads to the end of a request's head.
async fn request(stream: &mut TcpStream) -> Option<()> {
    let mut seen = Vec::new();
    let mut piece = [0; 1024];
    while !seen.windows(4).any(|w| w == b"\r\n\r\n") {
        match stream.read(&mut piece).await {
            Ok(n) if n > 0 => seen.extend_from_slice(&piece[..n]),
            _ => return None,
        }
    }
    Some(())
}

/// A server that answers every request with a large body and counts its connections.
pub struct Counting {
    url: String,
    accepted: Arc<AtomicUsize>,
    open: Arc<AtomicUsize>,
    _runtime: tokio::runtime::Runtime,
}

impl Counting {
    /// Starts one.
    pub fn start() -> Counting {
        let runtime = runtime();
        let listener = runtime.block_on(listen());
        let url = format!("http://127.0.0.1:{}/", port(&listener));
        let (accepted, open) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (count, living) = (accepted.clone(), open.clone());
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                living.fetch_add(1, Ordering::SeqCst);
                let living = living.clone();
                tokio::spawn(async move {
                    answer(stream).await;
                    living.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Counting {
            url,
            accepted,
            open,
            _runtime: runtime,
        }
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Connections so far.
    pub fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }

    /// Connections now.
    pub fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }
}

async fn answer(mut stream: TcpStream) {
    const LENGTH: usize = 4_000_000;
    let _ = stream.set_nodelay(true);
    let body = vec![b'.'; LENGTH];
    while request(&mut stream).await.is_some() {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {LENGTH}\r\n\r\n");
        if stream.write_all(head.as_bytes()).await.is_err()
            || stream.write_all(&body).await.is_err()
        {
            return;
        }
    }
}
