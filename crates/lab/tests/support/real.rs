//! A real Vault or OpenBao, when one is at hand.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use build_token_lab::VaultBackend;

/// Names a server that runs already: its URL and its root token, with a space between them.
const VARIABLE: &str = "BUILD_TOKEN_TEST_SERVER";

/// A server for one test, stopped at its end if the test started it.
pub struct RealServer {
    pub backend: VaultBackend,
    child: Option<Child>,
}

impl RealServer {
    /// The server that the environment names, or one from the program that is built into
    /// `target/openbao`. Says so where there is neither.
    pub fn find() -> Option<Self> {
        if let Ok(server) = std::env::var(VARIABLE) {
            let (url, root_token) = server
                .split_once(' ')
                .expect("BUILD_TOKEN_TEST_SERVER is a URL, a space and a root token");
            let (url, root_token) = (url.to_owned(), root_token.to_owned());
            return Some(Self {
                backend: VaultBackend::Real { url, root_token },
                child: None,
            });
        }
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
        let program = root.join("target/openbao/openbao-test-server");
        if !program.exists() {
            skip(&program);
            return None;
        }
        let mut child = Command::new(program)
            .args(["-listen", "127.0.0.1:0", "-root-token", "root"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let output = child.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut line).unwrap();
        let url = line
            .trim()
            .strip_prefix("READY ")
            .expect("the server says where it is")
            .to_owned();
        let root_token = "root".to_owned();
        Some(Self {
            backend: VaultBackend::Real { url, root_token },
            child: Some(child),
        })
    }
}

#[allow(
    clippy::print_stderr,
    reason = "a test that is skipped has to be heard"
)]
fn skip(program: &Path) {
    eprintln!(
        "SKIPPED, no real server: {VARIABLE} is not set, {} is not built",
        program.display()
    );
}

impl Drop for RealServer {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
