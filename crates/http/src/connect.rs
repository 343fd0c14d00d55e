//! The chain of connectors: a proxy's tunnel or TCP, then TLS, watched at each step.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use ureq::Error;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, NextTimeout, TcpConnector, Transport,
};

use crate::error::Phase;
use crate::watch;

/// ureq's TCP connector, which counts the connections that it opens.
#[derive(Debug)]
pub(crate) struct Tcp {
    inner: TcpConnector,
    opened: Arc<AtomicU32>,
}

impl Tcp {
    pub fn new(opened: Arc<AtomicU32>) -> Tcp {
        Tcp {
            inner: TcpConnector::default(),
            opened,
        }
    }
}

impl<In: Transport> Connector<In> for Tcp {
    type Out = <TcpConnector as Connector<In>>::Out;

    fn connect(
        &self,
        details: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        let tunnelled = chained.is_some();
        if !tunnelled {
            watch::enter(Phase::Connecting);
        }
        let transport = self.inner.connect(details, chained)?;
        if !tunnelled {
            self.opened.fetch_add(1, Ordering::Relaxed);
            watch::connected();
        }
        Ok(transport)
    }
}

/// The chain's last link: notes when the request is being sent and the answer awaited, and ends
/// both in time.
#[derive(Debug, Default)]
pub(crate) struct Watched;

impl<In: Transport> Connector<In> for Watched {
    type Out = WatchedTransport<In>;

    fn connect(
        &self,
        _: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        Ok(chained.map(|inner| WatchedTransport {
            inner,
            just_read: false,
        }))
    }
}

#[derive(Debug)]
pub(crate) struct WatchedTransport<In> {
    inner: In,
    /// Something was read since the connection was last looked at.
    just_read: bool,
}

impl<In: Transport> Transport for WatchedTransport<In> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        watch::enter(Phase::Sending);
        self.inner.transmit_output(amount, watch::shorten(timeout))
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        watch::enter(Phase::Answer);
        self.just_read = true;
        self.inner.await_input(watch::shorten(timeout))
    }

    /// ureq asks after an answer and again before the next request. Only the latter, which tells
    /// whether the server closed the connection meanwhile, is worth the system calls.
    fn is_open(&mut self) -> bool {
        std::mem::take(&mut self.just_read) || self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}
