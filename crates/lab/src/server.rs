//! One listener: accepts connections, speaks HTTP/1.1 over them, plain or in TLS, and hands each
//! request to a service.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::wire;

/// A body that is there at once, or that streams.
pub(crate) type Body = UnsyncBoxBody<Bytes, io::Error>;
/// A request whose body has not been read yet.
pub(crate) type Request = hyper::Request<Incoming>;
/// The answer to it.
pub(crate) type Response = hyper::Response<Body>;

/// Who answers the requests of one listener.
pub(crate) trait Service: Send + Sync + 'static {
    /// Answers one request that came from `remote`.
    fn answer(&self, request: Request, remote: IpAddr) -> impl Future<Output = Response> + Send;
}

/// Accepts until the runtime is shut down.
pub(crate) async fn serve(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    service: Arc<impl Service>,
) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                let (tls, service) = (tls.clone(), Arc::clone(&service));
                tokio::spawn(connection(stream, tls, peer.ip(), service));
            }
            // Out of file descriptors, most likely: let connections end before the next try.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

async fn connection(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    remote: IpAddr,
    service: Arc<impl Service>,
) {
    // Small answers must not wait for the client's acknowledgement; without this they are slow.
    let _ = stream.set_nodelay(true);
    match tls {
        None => exchange(stream, remote, service).await,
        Some(tls) => {
            if let Ok(stream) = tls.accept(stream).await {
                exchange(stream, remote, service).await;
            }
        }
    }
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    remote: IpAddr,
    service: Arc<impl Service>,
) {
    let answer = service_fn(|request| {
        let service = Arc::clone(&service);
        async move { Ok::<_, Infallible>(service.answer(request, remote).await) }
    });
    // A client that goes away in the middle is its own affair.
    let _ = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(stream), answer)
        .await;
}

/// A request's body is longer than its server reads.
#[derive(Debug)]
pub(crate) struct TooLong;

/// Reads a request to its end, or to `limit` bytes of body. A client that goes away while it
/// sends has sent an empty body: nobody will read the answer.
pub(crate) async fn read(
    request: Request,
    remote: IpAddr,
    limit: usize,
) -> Result<wire::Request, TooLong> {
    let (head, body) = request.into_parts();
    let headers = head
        .headers
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        })
        .collect();
    let body = match Limited::new(body, limit).collect().await {
        Ok(body) => body.to_bytes().to_vec(),
        Err(error) if error.is::<LengthLimitError>() => return Err(TooLong),
        Err(_) => Vec::new(),
    };
    Ok(wire::Request {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers,
        body,
        remote,
    })
}

/// Turns a plain response into one that can be written. A header that HTTP cannot carry is left
/// out; a status that it does not know is a 500.
pub(crate) fn write(response: wire::Response) -> Response {
    let mut builder = hyper::Response::builder().status(response.status);
    for (name, value) in &response.headers {
        if let (Ok(name), Ok(value)) = (
            hyper::header::HeaderName::try_from(name.as_str()),
            hyper::header::HeaderValue::try_from(value.as_str()),
        ) {
            builder = builder.header(name, value);
        }
    }
    builder
        .body(whole(response.body))
        .unwrap_or_else(|_| status_only(hyper::StatusCode::INTERNAL_SERVER_ERROR))
}

/// A body that is there at once.
pub(crate) fn whole(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into())
        .map_err(|never| match never {})
        .boxed_unsync()
}

/// A response without a body.
pub(crate) fn status_only(status: hyper::StatusCode) -> Response {
    let mut response = hyper::Response::new(whole(Bytes::new()));
    *response.status_mut() = status;
    response
}
