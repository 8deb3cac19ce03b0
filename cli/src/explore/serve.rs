//! Sockets: the answers of [`super::api`] over HTTP/1.1 on loopback, through hyper, with a limit on everything.
//!
//! One request per connection: nothing can hide behind a first request. A request is answered from a few threads, so that one that
//! searches for long keeps nobody waiting; when its client goes, its search ends.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use checker::Stop;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, Version};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::api;
use super::first_line::FirstLine;
use super::gate::{Admitted, Gate, Head, Route};
use super::reply::{Reply, Status};
use super::session::Session;

/// How much the server takes, and how long it waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The port; 0 for one that is free.
    pub port: u16,
    /// Connections at one time; one more is turned away at once.
    pub connections_max: usize,
    /// Bytes of a request's head.
    pub head_bytes_max: usize,
    /// Headers of a request.
    pub headers_max: usize,
    /// Requests that are worked on at one time; others wait.
    pub workers_max: usize,
    /// Searches among them.
    pub searches_max: usize,
    /// Time for a request's head to arrive.
    pub head_time: Duration,
    /// Time for a request's body to arrive.
    pub body_time: Duration,
    /// Time for a connection from first to last.
    pub connection_time: Duration,
    /// After an answer: how long a client that still sends may pause before the connection is closed. What it sends is thrown away.
    pub farewell_time: Duration,
    /// How much it may send then, in bytes.
    pub farewell_bytes_max: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            port: 0,
            connections_max: 256,
            head_bytes_max: 16 << 10,
            headers_max: 64,
            workers_max: 4,
            searches_max: 2,
            head_time: Duration::from_secs(10),
            body_time: Duration::from_secs(10),
            connection_time: Duration::from_secs(300),
            farewell_time: Duration::from_millis(500),
            farewell_bytes_max: 8 << 20,
        }
    }
}

/// A running server; ends when dropped.
pub struct Explorer {
    local: SocketAddr,
    address: String,
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Explorer {
    /// Starts to serve.
    pub fn start(session: Arc<Session>, settings: &Settings) -> io::Result<Explorer> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, settings.port))?;
        listener.set_nonblocking(true)?;
        let local = listener.local_addr()?;
        let gate = Gate::new(&local.to_string(), &token()?);
        let address = gate.address();
        let server = Arc::new(Server {
            session,
            gate,
            workers: Arc::new(Semaphore::new(settings.workers_max)),
            searches: Arc::new(Semaphore::new(settings.searches_max)),
            settings: settings.clone(),
            connections: Mutex::default(),
        });
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(settings.workers_max)
            .build()?;
        let (end, ended) = oneshot::channel();
        let thread = std::thread::Builder::new().name("explore".to_string()).spawn(move || {
            runtime.block_on(async move {
                let accepting = tokio::spawn(accept(listener, server.clone()));
                let _ = ended.await;
                accepting.abort();
                let _ = accepting.await;
                // connections end here, and with them the searches for them
                let mut connections = std::mem::take(&mut *server.connections());
                connections.shutdown().await;
            });
            runtime.shutdown_timeout(Duration::from_secs(2));
        })?;
        Ok(Explorer { local, address, end: Some(end), thread: Some(thread) })
    }

    /// The address to open, token and all.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Where it listens.
    pub fn local(&self) -> SocketAddr {
        self.local
    }

    /// The secret part of the address.
    pub fn token(&self) -> &str {
        self.address.trim_end_matches('/').rsplit('/').next().unwrap_or("")
    }
}

impl Drop for Explorer {
    fn drop(&mut self) {
        if let Some(end) = self.end.take() {
            let _ = end.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// 128 bits that nobody can guess.
fn token() -> io::Result<String> {
    let mut bytes = [0u8; 16];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

struct Server {
    session: Arc<Session>,
    gate: Gate,
    workers: Arc<Semaphore>,
    searches: Arc<Semaphore>,
    settings: Settings,
    connections: Mutex<JoinSet<()>>,
}

impl Server {
    fn connections(&self) -> MutexGuard<'_, JoinSet<()>> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn accept(listener: std::net::TcpListener, server: Arc<Server>) {
    let Ok(listener) = TcpListener::from_std(listener) else { return };
    let places = Arc::new(Semaphore::new(server.settings.connections_max));
    loop {
        match (listener.accept().await, places.clone().try_acquire_owned()) {
            (Ok((stream, _)), Ok(place)) => {
                let mut connections = server.connections();
                while connections.try_join_next().is_some() {}
                connections.spawn(connection(stream, server.clone(), place));
            }
            (Ok((stream, _)), Err(_)) => turn_away(stream),
            // out of descriptors, or a client that went before it was accepted
            (Err(_), _) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

/// One connection too many: it costs no more than this.
fn turn_away(stream: TcpStream) {
    let _ = stream.try_write(b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
}

async fn connection(mut stream: TcpStream, server: Arc<Server>, _place: OwnedSemaphorePermit) {
    let settings = &server.settings;
    let mut http = http1::Builder::new();
    http.keep_alive(false)
        .half_close(false)
        .auto_date_header(false)
        .max_buf_size(settings.head_bytes_max)
        .max_headers(settings.headers_max)
        .timer(TokioTimer::new())
        .header_read_timeout(settings.head_time);
    let first_line = FirstLine::of(&mut stream);
    let fragment = first_line.fragment();
    let service = service_fn(|request| respond(request, server.clone(), fragment.load(Relaxed)));
    let served = timeout(settings.connection_time, http.serve_connection(TokioIo::new(first_line), service)).await;
    if matches!(served, Ok(Ok(()) | Err(_))) {
        let _ = timeout(settings.body_time, farewell(&mut stream, settings)).await;
    }
}

/// Reads on after the answer as long as more comes: closed with something unread, the connection would be reset, and the answer lost.
async fn farewell(stream: &mut TcpStream, settings: &Settings) {
    let _ = stream.shutdown().await;
    let mut scrap = [0u8; 16 << 10];
    let mut read = 0;
    while read < settings.farewell_bytes_max
        && let Ok(Ok(count)) = timeout(settings.farewell_time, stream.read(&mut scrap)).await
        && count > 0
    {
        read += count;
    }
}

async fn respond(
    request: Request<Incoming>,
    server: Arc<Server>,
    fragment: bool,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let reply = match admitted(&request, &server.gate, fragment) {
        Ok(admitted) => match body(request, admitted, &server).await {
            Ok(body) => work(server, admitted.route, body).await,
            Err(refused) => refused,
        },
        Err(refused) => refused,
    };
    let mut response = Response::builder().status(reply.status.code());
    for (name, value) in reply.headers() {
        response = response.header(name, value);
    }
    // the names and values are our own: they are well formed
    Ok(response.body(Full::new(Bytes::from(reply.body))).unwrap_or_default())
}

fn admitted(request: &Request<Incoming>, gate: &Gate, fragment: bool) -> Result<Admitted, Reply> {
    let uri = request.uri();
    let a_path = uri.scheme().is_none() && uri.authority().is_none() && uri.path().starts_with('/');
    gate.admit(&Head {
        method: request.method().as_str(),
        path: a_path.then(|| uri.path()),
        query: uri.query().is_some() || fragment,
        current: request.version() == Version::HTTP_11,
        headers: request.headers().iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect(),
    })
}

/// The body, which is as long as was said.
async fn body(request: Request<Incoming>, admitted: Admitted, server: &Server) -> Result<Bytes, Reply> {
    if admitted.body_bytes == 0 {
        return Ok(Bytes::new());
    }
    let collected = Limited::new(request.into_body(), admitted.body_bytes).collect();
    match timeout(server.settings.body_time, collected).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(_)) => Err(Reply::refused(Status::BadRequest)),
        Err(_) => Err(Reply::refused(Status::RequestTimeout)),
    }
}

/// Answers on a thread of its own; the search ends when this future is dropped, which it is when the client goes.
async fn work(server: Arc<Server>, route: Route, body: Bytes) -> Reply {
    let unavailable = Reply::refused(Status::Unavailable);
    let search = match route {
        Route::Find | Route::Compare => match server.searches.clone().acquire_owned().await {
            Ok(permit) => Some(permit),
            Err(_) => return unavailable,
        },
        Route::Document
        | Route::Script
        | Route::Style
        | Route::Page
        | Route::Version
        | Route::Run
        | Route::Next
        | Route::Open => None,
    };
    let Ok(worker) = server.workers.clone().acquire_owned().await else { return unavailable };
    let stop = Stop::new();
    let _waiting = Waiting(stop.clone());
    let answered = tokio::task::spawn_blocking(move || {
        let _permits = (search, worker);
        api::answer(&server.session, route, &body, &stop)
    });
    answered.await.unwrap_or_else(|_| Reply::refused(Status::Internal))
}

/// Somebody waits for an answer; when nobody does any more, the work is stopped.
struct Waiting(Stop);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.ask();
    }
}
