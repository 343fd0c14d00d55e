//! The addresses and networks that roles and tokens can be bound to.

use std::{fmt, net::IpAddr, str::FromStr};

use super::quote::quoted;

/// An address, or a network in CIDR notation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Network {
    /// The network of one address.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        let prefix = if address.is_ipv4() { 32 } else { 128 };
        Self { address, prefix }
    }

    /// Whether an address is in it.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let (own, other, bits) = match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                (u128::from(own.to_bits()), u128::from(other.to_bits()), 32)
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => (own.to_bits(), other.to_bits(), 128),
            _ => return false,
        };
        let host_bits = bits - u32::from(self.prefix);
        // A shift by all 128 bits would overflow; then everything fits.
        host_bits == 128 || own >> host_bits == other >> host_bits
    }
}

impl FromStr for Network {
    type Err = String;

    /// The error is the server's text.
    fn from_str(text: &str) -> Result<Self, String> {
        let invalid = || {
            let text = quoted(text);
            format!(
                "error parsing address {text}: Unable to convert {text} to an IPv4 or IPv6 address, or a UNIX Socket"
            )
        };
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => {
                (address, Some(prefix.parse::<u8>().map_err(|_| invalid())?))
            }
            None => (text, None),
        };
        let whole = Self::of(address.parse().map_err(|_| invalid())?);
        match prefix {
            Some(prefix) if prefix > whole.prefix => Err(invalid()),
            prefix => Ok(Self {
                prefix: prefix.unwrap_or(whole.prefix),
                ..whole
            }),
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::of(self.address) {
            write!(out, "{}", self.address)
        } else {
            write!(out, "{}/{}", self.address, self.prefix)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_hold_their_addresses() {
        for (network, address, inside) in [
            ("10.0.0.0/8", "10.1.2.3", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("127.0.0.1", "127.0.0.1", true),
            ("127.0.0.1/32", "127.0.0.2", false),
            ("0.0.0.0/0", "8.8.8.8", true),
            ("::/0", "::1", true),
            ("::1", "127.0.0.1", false),
            ("10.0.0.0/8", "::ffff:10.0.0.1", true),
        ] {
            let network: Network = network.parse().unwrap();
            assert_eq!(
                network.contains(address.parse().unwrap()),
                inside,
                "{network} {address}"
            );
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in ["xx", "10.0.0.0/33", "10.0.0.0/x", "", "/8"] {
            assert!(
                text.parse::<Network>()
                    .unwrap_err()
                    .starts_with("error parsing address "),
                "{text}"
            );
        }
    }
}
