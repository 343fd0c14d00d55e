//! Which proxy a request goes through, as the environment's usual variables say it.

use std::fmt;
use std::net::IpAddr;

use ureq::{Proxy, ProxyProtocol};

use crate::url::{Scheme, Url};

/// The proxy for https requests and the hosts that are reached without it.
///
/// Loopback is never reached through a proxy; and since plain http is spoken on loopback only, a
/// proxy always makes a tunnel and never sees a request.
#[derive(Clone, Default, PartialEq)]
pub struct ProxySettings {
    choice: Choice,
    exceptions: Vec<String>,
}

#[derive(Clone, Default, PartialEq)]
enum Choice {
    #[default]
    Direct,
    Through(Proxy),
    Unusable {
        variable: &'static str,
    },
}

/// The way to one URL.
pub(crate) enum Way<'a> {
    Direct,
    Through(&'a Proxy),
    /// A proxy is configured and its URL cannot be used.
    Unusable {
        variable: &'static str,
    },
}

impl ProxySettings {
    /// Reads `HTTPS_PROXY`, then `HTTP_PROXY`, and `NO_PROXY`, each in either case; the first
    /// that is set and not empty wins.
    pub fn from_environment(lookup: &dyn Fn(&str) -> Option<String>) -> ProxySettings {
        let first = |names: &[&'static str]| {
            let set = |name: &&'static str| {
                lookup(name)
                    .filter(|value| !value.trim().is_empty())
                    .map(|value| (*name, value))
            };
            names.iter().find_map(set)
        };
        let proxy = first(&["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"]);
        let (_, exceptions) = first(&["NO_PROXY", "no_proxy"]).unwrap_or_default();
        ProxySettings {
            choice: match proxy {
                None => Choice::Direct,
                Some((variable, url)) => match Proxy::new(url.trim()) {
                    Ok(proxy) if speaks_connect(&proxy) => Choice::Through(proxy),
                    _ => Choice::Unusable { variable },
                },
            },
            exceptions: exceptions
                .split([',', ' '])
                .filter(|entry| !entry.is_empty())
                .map(str::to_ascii_lowercase)
                .collect(),
        }
    }

    /// The proxy itself, whether or not a URL is excepted from it.
    pub(crate) fn proxy(&self) -> Option<&Proxy> {
        match &self.choice {
            Choice::Through(proxy) => Some(proxy),
            Choice::Direct | Choice::Unusable { .. } => None,
        }
    }

    pub(crate) fn way_to(&self, url: &Url) -> Way<'_> {
        let excepted = url.scheme() == Scheme::Http
            || url.is_loopback()
            || self.exceptions.iter().any(|entry| matches(entry, url));
        match &self.choice {
            _ if excepted => Way::Direct,
            Choice::Direct => Way::Direct,
            Choice::Through(proxy) => Way::Through(proxy),
            Choice::Unusable { variable } => Way::Unusable { variable },
        }
    }
}

fn speaks_connect(proxy: &Proxy) -> bool {
    matches!(proxy.protocol(), ProxyProtocol::Http | ProxyProtocol::Https)
}

/// Host and port of a proxy, without its credentials.
pub(crate) fn shown(proxy: &Proxy) -> String {
    format!("{}:{}", proxy.host(), proxy.port())
}

/// `*`, a name with all names below it, `.name` or `*.name` for those below only, an address, a
/// network in CIDR form; a name or an address may have a port.
fn matches(entry: &str, url: &Url) -> bool {
    let host = url
        .host()
        .trim_start_matches('[')
        .trim_end_matches([']', '.']);
    if entry == "*" {
        return true;
    }
    if let (Some((network, bits)), Ok(address)) = (entry.split_once('/'), host.parse()) {
        return in_network(address, network, bits).unwrap_or(false);
    }
    if entry.parse::<IpAddr>().is_ok() {
        return entry == host;
    }
    let (name, port) = match entry.rsplit_once(':') {
        Some((name, port)) => (name, Some(port)),
        None => (entry, None),
    };
    if port.is_some_and(|port| port != url.port().to_string()) {
        return false;
    }
    let name = name.trim_start_matches('[').trim_end_matches(']');
    match name.strip_prefix("*.").or(name.strip_prefix('.')) {
        Some(parent) => is_below(host, parent),
        None => host == name || is_below(host, name),
    }
}

fn is_below(host: &str, parent: &str) -> bool {
    !parent.is_empty()
        && host
            .strip_suffix(parent)
            .is_some_and(|rest| rest.ends_with('.'))
}

fn in_network(address: IpAddr, network: &str, bits: &str) -> Option<bool> {
    let bits: u32 = bits.parse().ok()?;
    let shared = |a: u128, b: u128, size: u32| {
        let differing = size.checked_sub(bits)?;
        Some((a ^ b).checked_shr(differing).unwrap_or(0) == 0)
    };
    match (address, network.parse().ok()?) {
        (IpAddr::V4(a), IpAddr::V4(b)) => shared(a.to_bits().into(), b.to_bits().into(), 32),
        (IpAddr::V6(a), IpAddr::V6(b)) => shared(a.to_bits(), b.to_bits(), 128),
        _ => Some(false),
    }
}

/// Never shows the proxy's credentials.
impl fmt::Debug for ProxySettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let proxy = match &self.choice {
            Choice::Direct => "none".to_owned(),
            Choice::Through(proxy) => shown(proxy),
            Choice::Unusable { .. } => "unusable".to_owned(),
        };
        f.debug_struct("ProxySettings")
            .field("proxy", &proxy)
            .field("exceptions", &self.exceptions)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(variables: &[(&str, &str)]) -> ProxySettings {
        ProxySettings::from_environment(&|name| {
            variables
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    fn way(settings: &ProxySettings, url: &str) -> String {
        match settings.way_to(&Url::parse(url).unwrap()) {
            Way::Direct => "direct".to_owned(),
            Way::Through(proxy) => shown(proxy),
            Way::Unusable { variable } => format!("unusable {variable}"),
        }
    }

    const VAULT: &str = "https://vault.example.com:8200/";

    #[test]
    fn the_first_variable_that_is_set_wins() {
        assert_eq!(way(&settings(&[]), VAULT), "direct");
        assert_eq!(way(&settings(&[("HTTPS_PROXY", " ")]), VAULT), "direct");
        assert_eq!(
            way(&settings(&[("http_proxy", "http://d:4")]), VAULT),
            "d:4"
        );
        assert_eq!(
            way(
                &settings(&[("HTTP_PROXY", "http://c:3"), ("http_proxy", "d:4")]),
                VAULT
            ),
            "c:3"
        );
        assert_eq!(
            way(
                &settings(&[("https_proxy", "b:2"), ("HTTP_PROXY", "c:3")]),
                VAULT
            ),
            "b:2"
        );
        assert_eq!(
            way(
                &settings(&[("HTTPS_PROXY", "a"), ("https_proxy", "b:2")]),
                VAULT
            ),
            "a:80"
        );
    }

    #[test]
    fn a_proxy_that_cannot_be_used_is_not_passed_over() {
        for proxy in ["socks5://proxy:1080", "ftp://proxy", "http://"] {
            assert_eq!(
                way(&settings(&[("HTTPS_PROXY", proxy)]), VAULT),
                "unusable HTTPS_PROXY",
                "{proxy}"
            );
        }
    }

    #[test]
    fn loopback_is_never_reached_through_a_proxy() {
        let all = settings(&[("HTTPS_PROXY", "proxy:3128")]);
        for url in [
            "https://localhost/",
            "https://127.0.0.1/",
            "http://127.0.0.1:1/",
            "https://[::1]/",
        ] {
            assert_eq!(way(&all, url), "direct", "{url}");
        }
    }

    #[test]
    fn exceptions_by_name_port_address_and_network() {
        let through = |entry: &str, url: &str| {
            way(
                &settings(&[("HTTPS_PROXY", "p:1"), ("no_proxy", entry)]),
                url,
            ) == "p:1"
        };
        for entry in [
            "*",
            "vault.example.com",
            "x, Example.com",
            ".example.com",
            "*.example.com",
            "example.com:8200",
        ] {
            assert!(!through(entry, VAULT), "{entry}");
        }
        for entry in [
            "ample.com",
            ".vault.example.com",
            "example.com:443",
            "10.0.0.0/8",
            ":8200",
        ] {
            assert!(through(entry, VAULT), "{entry}");
        }
        for entry in ["10.0.0.0/8", "10.1.2.3", "0.0.0.0/0", "10.1.2.3/32"] {
            assert!(!through(entry, "https://10.1.2.3/"), "{entry}");
        }
        for entry in [
            "10.0.0.0/16",
            "10.1.2.4",
            "10.0.0.0/99",
            "10.0.0.0/x",
            "2001:db8::/32",
        ] {
            assert!(through(entry, "https://10.1.2.3/"), "{entry}");
        }
        assert!(!through("2001:db8::/32", "https://[2001:db8::7]/"));
        assert!(!through("2001:db8::7", "https://[2001:db8::7]/"));
        assert!(through("2001:db9::/32", "https://[2001:db8::7]/"));
    }

    #[test]
    fn debug_shows_no_credentials() {
        let settings = settings(&[("HTTPS_PROXY", "http://user:password@proxy:3128")]);
        let shown = format!("{settings:?}");
        assert!(
            shown.contains("proxy:3128") && !shown.contains("password"),
            "{shown}"
        );
    }
}
