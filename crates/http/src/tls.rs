//! TLS with rustls: our roots, read at the first handshake, and a server name of our choice.

use std::fmt;
use std::io::{self, Read, Write};
use std::sync::{Arc, OnceLock};

use rustls::client::Resumption;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use ureq::Error;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, Transport,
    TransportAdapter,
};

use crate::error::Phase;
use crate::roots::Roots;
use crate::watch;

/// Wraps a transport in TLS where the URL asks for it.
pub(crate) struct Tls {
    roots: Roots,
    /// Checked instead of the URL's host.
    server_name: Option<String>,
    /// Requests go through a proxy. Where that one itself speaks TLS, the server name is not for it.
    proxied: bool,
    config: OnceLock<Arc<ClientConfig>>,
}

impl Tls {
    pub fn new(roots: Roots, server_name: Option<String>, proxied: bool) -> Tls {
        Tls {
            roots,
            server_name,
            proxied,
            config: OnceLock::new(),
        }
    }

    fn config(&self) -> Result<Arc<ClientConfig>, Error> {
        if let Some(config) = self.config.get() {
            return Ok(Arc::clone(config));
        }
        let roots = self
            .roots
            .load()
            .map_err(|error| Error::Other(Box::new(error)))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        // One connection serves the whole job: there is nothing to resume.
        config.resumption = Resumption::disabled();
        Ok(Arc::clone(self.config.get_or_init(|| Arc::new(config))))
    }

    /// ureq connects to a proxy with the settings of a request that has none.
    fn is_to_proxy(&self, details: &ConnectionDetails) -> bool {
        self.proxied && details.config.proxy().is_none()
    }

    fn name(&self, details: &ConnectionDetails) -> Result<ServerName<'static>, Error> {
        let host = details.uri.host().unwrap_or_default();
        let bare = host
            .strip_prefix('[')
            .and_then(|h| h.strip_suffix(']'))
            .unwrap_or(host);
        let name = match &self.server_name {
            Some(name) if !self.is_to_proxy(details) => name.as_str(),
            _ => bare,
        };
        ServerName::try_from(name.to_owned()).map_err(|_| Error::Tls("not a server name"))
    }
}

impl<In: Transport> Connector<In> for Tls {
    type Out = Either<In, TlsTransport>;

    fn connect(
        &self,
        details: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        let Some(transport) = chained else {
            return Ok(None);
        };
        if !details.needs_tls() || transport.is_tls() {
            return Ok(Some(Either::A(transport)));
        }
        if !self.is_to_proxy(details) {
            watch::enter(Phase::Handshake);
        }
        let mut connection = ClientConnection::new(self.config()?, self.name(details)?)?;
        let mut socket = TransportAdapter::new(transport.boxed(), details.current_time.clone());
        socket.set_timeout(watch::shorten(details.timeout));
        let mut handshake = Handshake {
            socket: &mut socket,
            first: Vec::new(),
        };
        if let Err(error) = connection.complete_io(&mut handshake) {
            return Err(handshake.explain(error));
        }
        let buffers = LazyBuffers::new(
            details.config.input_buffer_size(),
            details.config.output_buffer_size(),
        );
        Ok(Some(Either::B(TlsTransport {
            buffers,
            stream: StreamOwned::new(connection, socket),
        })))
    }
}

/// A socket that remembers the first bytes that came, to tell TLS from plain HTTP.
struct Handshake<'a> {
    socket: &'a mut TransportAdapter,
    first: Vec<u8>,
}

/// How much of a plain answer is kept: a status line.
const FIRST: usize = 64;

impl Handshake<'_> {
    fn explain(&self, error: io::Error) -> Error {
        if self.first.starts_with(b"HTTP/") {
            let line = self
                .first
                .split(|b| b.is_ascii_control())
                .next()
                .unwrap_or_default();
            let answer = String::from_utf8_lossy(line).into_owned();
            return Error::Other(Box::new(PlainAnswer(answer)));
        }
        Error::from(error)
    }
}

impl Read for Handshake<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let amount = self.socket.read(buffer)?;
        let room = FIRST.saturating_sub(self.first.len());
        self.first.extend_from_slice(&buffer[..amount.min(room)]);
        Ok(amount)
    }
}

impl Write for Handshake<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.socket.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.flush()
    }
}

/// Plain HTTP where TLS was expected, with its status line.
#[derive(Debug, thiserror::Error)]
#[error("plain http: {0}")]
pub(crate) struct PlainAnswer(pub String);

pub(crate) struct TlsTransport {
    buffers: LazyBuffers,
    stream: StreamOwned<ClientConnection, TransportAdapter>,
}

impl Transport for TlsTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.stream.get_mut().set_timeout(timeout);
        self.stream.write_all(&self.buffers.output()[..amount])?;
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.stream.get_mut().set_timeout(timeout);
        let amount = self.stream.read(self.buffers.input_append_buf())?;
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    fn is_open(&mut self) -> bool {
        self.stream.get_mut().get_mut().is_open()
    }

    fn is_tls(&self) -> bool {
        true
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("roots", &self.roots)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for TlsTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TlsTransport")
    }
}
