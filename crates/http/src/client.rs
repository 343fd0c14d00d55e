//! The client: sends a request, follows at most one redirect, tries again where that is right.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use ureq::unversioned::transport::{ConnectProxyConnector, Connector};
use ureq::{Agent, AsSendBody, Body, Proxy};
use zeroize::Zeroizing;

use crate::connect::{Tcp, Watched};
use crate::error::{Error, Phase};
use crate::failure::Circumstances;
use crate::proxy::{self, ProxySettings, Way};
use crate::redirect;
use crate::request::Request;
use crate::resolve::Resolver;
use crate::response::Response;
use crate::retry::Retry;
use crate::roots::Roots;
use crate::time::{Deadline, Time};
use crate::tls::Tls;
use crate::url::Url;
use crate::watch;

/// How a client connects. The default trusts the system's roots and uses no proxy.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Settings {
    /// Whom to trust.
    pub roots: Roots,
    /// The name that certificates are checked against, instead of the URL's host.
    pub server_name: Option<String>,
    /// Which proxy to use.
    pub proxy: ProxySettings,
    /// What to call ourselves; empty for no such header.
    pub user_agent: String,
}

/// What a client did so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statistics {
    /// Requests sent, retries and redirects included.
    pub requests: u32,
    /// TCP connections opened.
    pub connections: u32,
}

/// A blocking HTTP/1.1 client that keeps its connection.
pub struct Client {
    direct: Agent,
    proxied: Option<Agent>,
    settings: Settings,
    time: Box<dyn Time>,
    requests: AtomicU32,
    connections: Arc<AtomicU32>,
}

/// Enough for an ID token of many kilobytes in one header.
const BUFFER: usize = 32 * 1024;

/// The longest headers of an answer; less than the buffer, or else too much looks like an end.
const MOST_HEADERS: usize = 16 * 1024;

impl Client {
    /// A client; nothing is opened or read before the first request.
    pub fn new(settings: Settings, time: impl Time + 'static) -> Client {
        let connections = Arc::new(AtomicU32::new(0));
        Client {
            direct: agent(&settings, None, &connections),
            proxied: settings
                .proxy
                .proxy()
                .map(|proxy| agent(&settings, Some(proxy), &connections)),
            settings,
            time: Box::new(time),
            requests: AtomicU32::new(0),
            connections,
        }
    }

    /// Sends a request, and again as `retry` allows, until `deadline`.
    ///
    /// A pause that would outlast the deadline is not begun: what happened last is the result.
    ///
    /// # Errors
    /// [`Error`] when there is no answer. Every status is an answer, redirects apart.
    pub fn send(
        &self,
        request: &Request,
        retry: Retry,
        deadline: Deadline,
    ) -> Result<Response, Error> {
        let mut tries = 0;
        loop {
            tries += 1;
            let outcome = self.follow(request, retry, deadline);
            match retry.pause(&outcome, tries, self.time.jitter()) {
                Some(pause) if pause < deadline.remaining(self.time.now()) => {
                    self.time.sleep(pause)
                }
                _ => return outcome,
            }
        }
    }

    /// What was sent and opened so far.
    pub fn statistics(&self) -> Statistics {
        Statistics {
            requests: self.requests.load(Ordering::Relaxed),
            connections: self.connections.load(Ordering::Relaxed),
        }
    }

    /// The clock that this client goes by.
    pub fn time(&self) -> &dyn Time {
        &*self.time
    }

    fn follow(
        &self,
        request: &Request,
        retry: Retry,
        deadline: Deadline,
    ) -> Result<Response, Error> {
        let response = self.reach(request, request.url(), retry, deadline)?;
        let Some(next) = redirect::target(request.url(), &response)? else {
            return Ok(response);
        };
        let response = self.reach(request, &next, retry, deadline)?;
        match redirect::target(&next, &response)? {
            None => Ok(response),
            Some(to) => Err(Error::TooManyRedirects {
                from: next.to_string(),
                to: to.to_string(),
            }),
        }
    }

    /// One exchange; a kept-alive connection that was closed meanwhile is replaced once.
    fn reach(
        &self,
        request: &Request,
        url: &Url,
        retry: Retry,
        deadline: Deadline,
    ) -> Result<Response, Error> {
        match self.exchange(request, url, deadline) {
            Err(Error::Closed { .. })
                if retry.repeats_on_stale_connection() && !watch::progress().connected =>
            {
                self.exchange(request, url, deadline)
            }
            outcome => outcome,
        }
    }

    fn exchange(
        &self,
        request: &Request,
        url: &Url,
        deadline: Deadline,
    ) -> Result<Response, Error> {
        let remaining = deadline.remaining(self.time.now());
        if remaining.is_zero() {
            return Err(Error::Timeout {
                origin: url.origin(),
                phase: Phase::Waiting,
            });
        }
        let (agent, proxy) = match (self.settings.proxy.way_to(url), &self.proxied) {
            (Way::Through(proxy), Some(agent)) => (agent, Some(proxy::shown(proxy))),
            (Way::Unusable { variable }, _) => {
                return Err(Error::ProxySetting { variable });
            }
            _ => (&self.direct, None),
        };
        let mut circumstances = Circumstances {
            url,
            proxy,
            server_name: self.settings.server_name.as_deref().unwrap_or(url.host()),
            received: 0,
        };

        let wire = request.wire(url)?;
        watch::start(remaining);
        self.requests.fetch_add(1, Ordering::Relaxed);
        let answer = match request.body_bytes() {
            Some(bytes) => run(agent, wire, bytes, remaining),
            None => run(agent, wire, (), remaining),
        };
        let (head, body) = answer
            .map_err(|error| circumstances.explain(error))?
            .into_parts();
        watch::enter(Phase::Body);
        let body = read(body, request.body_limit(), &mut circumstances)?;
        let headers = head.headers.iter().map(|(name, value)| {
            (
                name.to_string(),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            )
        });
        Ok(Response::new(head.status.as_u16(), headers.collect(), body))
    }
}

fn run(
    agent: &Agent,
    wire: ureq::http::request::Builder,
    body: impl AsSendBody,
    remaining: Duration,
) -> Result<ureq::http::Response<Body>, ureq::Error> {
    let request = agent.configure_request(wire.body(body)?);
    agent.run(request.timeout_global(Some(remaining)).build())
}

/// The whole body; what was read is wiped when the rest is missing or too much.
fn read(
    body: Body,
    limit: usize,
    circumstances: &mut Circumstances<'_>,
) -> Result<Zeroizing<Vec<u8>>, Error> {
    let origin = circumstances.url.origin();
    let announced = body.content_length().unwrap_or(0);
    let room = match usize::try_from(announced) {
        Ok(length) if length <= limit => length,
        _ => return Err(Error::TooLarge { origin, limit }),
    };
    let mut reader = body.into_reader();
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    let mut chunk = Zeroizing::new([0; 1024]);
    loop {
        match reader.read(&mut chunk[..]) {
            Ok(0) => return Ok(bytes),
            Ok(amount) if bytes.len() + amount > limit => {
                return Err(Error::TooLarge { origin, limit });
            }
            Ok(amount) => bytes.extend_from_slice(&chunk[..amount]),
            Err(error) => {
                circumstances.received = bytes.len();
                return Err(circumstances.explain(ureq::Error::from(error)));
            }
        }
    }
}

fn agent(settings: &Settings, proxy: Option<&Proxy>, connections: &Arc<AtomicU32>) -> Agent {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .user_agent(&settings.user_agent)
        .accept_encoding("")
        .proxy(proxy.cloned())
        .input_buffer_size(BUFFER)
        .output_buffer_size(BUFFER)
        .max_response_header_size(MOST_HEADERS)
        .build();
    let tls = Tls::new(
        settings.roots.clone(),
        settings.server_name.clone(),
        proxy.is_some(),
    );
    let connector =
        ().chain(ConnectProxyConnector::default())
            .chain(Tcp::new(Arc::clone(connections)))
            .chain(tls)
            .chain(Watched);
    Agent::with_parts(config, connector, Resolver::default())
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("settings", &self.settings)
            .field("statistics", &self.statistics())
            .finish_non_exhaustive()
    }
}
