//! The listeners on a runtime in a thread of its own, so that a lab can be started and dropped
//! anywhere, also inside another runtime.

use std::net::TcpListener;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

use crate::error::LabError;
use crate::server::serve;
use crate::services::{GitLabService, VaultService};

/// Requests are handled on this many threads, beside those that wait for Vault.
const WORKERS: usize = 2;

/// How long requests that are being answered may take to end when the lab stops.
const FAREWELL: Duration = Duration::from_millis(100);

/// The listeners, until they are dropped.
pub(crate) struct Servers {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Servers {
    /// Serves the embedded Vault, if there is one, and GitLab, in TLS or without.
    pub fn start(
        vault: Option<(TcpListener, VaultService)>,
        gitlab: (TcpListener, GitLabService),
        tls: Option<TlsAcceptor>,
    ) -> Result<Self, LabError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(WORKERS)
            .thread_name("lab")
            .enable_all()
            .build()?;
        {
            let _inside = runtime.enter();
            if let Some((listener, service)) = vault {
                let listener = tokio::net::TcpListener::from_std(listener)?;
                runtime.spawn(serve(listener, tls.clone(), Arc::new(service)));
            }
            let (listener, service) = gitlab;
            let listener = tokio::net::TcpListener::from_std(listener)?;
            runtime.spawn(serve(listener, tls, Arc::new(service)));
        }
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("lab-runtime".to_owned())
            .spawn(move || wait(runtime, stopped))?;
        Ok(Self {
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

fn wait(runtime: Runtime, stopped: oneshot::Receiver<()>) {
    // Told to stop, or forgotten: both end here.
    let _ = runtime.block_on(stopped);
    runtime.shutdown_timeout(FAREWELL);
}

impl Drop for Servers {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The thread that would hear it is gone only if it has stopped already.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            // A panic of a server has been reported by its own thread.
            let _ = thread.join();
        }
    }
}
