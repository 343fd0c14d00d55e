//! Names to addresses: once per host, without a thread where no resolver is needed.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::sync::mpsc;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use ureq::Error;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver as Resolve};
use ureq::unversioned::transport::NextTimeout;

use crate::error::Phase;
use crate::url::is_localhost;
use crate::watch;

type Lookup = dyn Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync;

/// How many addresses of one host are tried.
const MOST: usize = 8;

/// Resolves each host once: ureq asks for every request, kept-alive connection or not.
pub(crate) struct Resolver {
    lookup: Arc<Lookup>,
    known: Mutex<Vec<(String, Vec<IpAddr>)>>,
}

impl Default for Resolver {
    fn default() -> Self {
        Resolver::new(|host| {
            Ok((host, 0)
                .to_socket_addrs()?
                .map(|found| found.ip())
                .collect())
        })
    }
}

impl Resolver {
    fn new(lookup: impl Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync + 'static) -> Resolver {
        Resolver {
            lookup: Arc::new(lookup),
            known: Mutex::new(Vec::new()),
        }
    }

    fn addresses(&self, host: &str, timeout: NextTimeout) -> Result<Vec<IpAddr>, Error> {
        let bare = host
            .strip_prefix('[')
            .and_then(|h| h.strip_suffix(']'))
            .unwrap_or(host);
        if let Ok(address) = bare.parse() {
            return Ok(vec![address]);
        }
        if is_localhost(host) {
            return Ok(vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]);
        }
        // The list is only ever appended to, so it is sound even if a thread died holding it.
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, addresses)) = known().iter().find(|(name, _)| name == host) {
            return Ok(addresses.clone());
        }
        let addresses = self.look_up(host, timeout)?;
        known().push((host.to_owned(), addresses.clone()));
        Ok(addresses)
    }

    /// `getaddrinfo` knows no deadline, so it runs beside us and is left behind when it is late.
    fn look_up(&self, host: &str, timeout: NextTimeout) -> Result<Vec<IpAddr>, Error> {
        let no_such_host = |text: String| {
            Error::Other(Box::new(NoSuchHost {
                host: host.to_owned(),
                text,
            }))
        };
        let (sender, receiver) = mpsc::sync_channel(1);
        let (lookup, name) = (Arc::clone(&self.lookup), host.to_owned());
        thread::Builder::new()
            .name("resolver".to_owned())
            .spawn(move || {
                // Nobody listens any more when the deadline came first.
                let _ = sender.send(lookup(&name));
            })?;
        match receiver.recv_timeout(*timeout.after) {
            Ok(Ok(addresses)) if addresses.is_empty() => Err(no_such_host("no address".to_owned())),
            Ok(Ok(addresses)) => Ok(addresses),
            Ok(Err(error)) => Err(no_such_host(error.to_string())),
            Err(_) => Err(Error::Timeout(timeout.reason)),
        }
    }
}

impl Resolve for Resolver {
    fn resolve(
        &self,
        uri: &Uri,
        _: &ureq::config::Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        watch::enter(Phase::Resolving);
        let host = uri.host().ok_or(Error::HostNotFound)?;
        let port = uri
            .port_u16()
            .unwrap_or(if uri.scheme_str() == Some("http") {
                80
            } else {
                443
            });
        let mut result = self.empty();
        for address in self.addresses(host, timeout)?.into_iter().take(MOST) {
            result.push(SocketAddr::new(address, port));
        }
        Ok(result)
    }
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Resolver")
    }
}

/// The name is not known.
#[derive(Debug, thiserror::Error)]
#[error("{host}: {text}")]
pub(crate) struct NoSuchHost {
    pub host: String,
    pub text: String,
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    use super::*;

    fn within(span: Duration) -> NextTimeout {
        NextTimeout {
            after: span.into(),
            ..NextTimeout::default()
        }
    }

    fn resolve(resolver: &Resolver, url: &str) -> Result<Vec<String>, Error> {
        let found = resolver.resolve(
            &url.parse().unwrap(),
            &ureq::config::Config::default(),
            within(Duration::from_secs(5)),
        )?;
        Ok(found.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn addresses_and_localhost_need_no_resolver() {
        let resolver = Resolver::new(|host| panic!("{host} was looked up"));
        assert_eq!(
            resolve(&resolver, "https://192.0.2.7/x").unwrap(),
            ["192.0.2.7:443"]
        );
        assert_eq!(
            resolve(&resolver, "http://[::1]:8200/").unwrap(),
            ["[::1]:8200"]
        );
        for host in ["localhost", "vault.localhost"] {
            let found = resolve(&resolver, &format!("http://{host}:82/")).unwrap();
            assert_eq!(found, ["127.0.0.1:82", "[::1]:82"]);
        }
    }

    #[test]
    fn a_name_is_looked_up_once() {
        let asked = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&asked);
        let resolver = Resolver::new(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
            Ok(vec![IpAddr::from([192, 0, 2, 1])])
        });
        for _ in 0..3 {
            assert_eq!(
                resolve(&resolver, "https://vault.test/").unwrap(),
                ["192.0.2.1:443"]
            );
        }
        assert_eq!(asked.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn an_unknown_name_is_not_remembered_and_says_so() {
        let resolver = Resolver::new(|_| Err(io::Error::other("Name or service not known")));
        for _ in 0..2 {
            let Err(Error::Other(error)) = resolve(&resolver, "https://vault.test/") else {
                panic!("no error")
            };
            let error = error.downcast_ref::<NoSuchHost>().unwrap();
            assert_eq!(error.to_string(), "vault.test: Name or service not known");
        }
    }

    #[test]
    fn a_resolver_that_hangs_is_left_behind() {
        let (hold, wait) = mpsc::channel::<()>();
        let wait = Mutex::new(wait);
        let resolver = Resolver::new(move |_| {
            let _ = wait.lock().unwrap().recv();
            Ok(Vec::new())
        });
        let uri = "https://vault.test/".parse().unwrap();
        let timeout = within(Duration::from_millis(20));
        let error = resolver
            .resolve(&uri, &ureq::config::Config::default(), timeout)
            .unwrap_err();
        assert!(matches!(error, Error::Timeout(_)));
        drop(hold);
    }
}
