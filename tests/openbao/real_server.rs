//! A real OpenBao or Vault for tests: the one that is named, one on PATH, or the one that is built from
//! `tests/openbao` into `target/openbao`. Where there is none the tests say so, loudly; with
//! `BUILD_TOKEN_REQUIRE_REAL_SERVER=1`, as in CI, they fail.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

/// A server that runs as long as this value lives, or one that runs anyway.
pub struct RealServer {
    pub url: String,
    pub root_token: String,
    child: Option<Child>,
    /// A server that was named is everybody's: one test at a time.
    _turn: Option<MutexGuard<'static, ()>>,
}

static TURN: Mutex<()> = Mutex::new(());

impl RealServer {
    /// Finds or starts one.
    pub fn start() -> Option<RealServer> {
        RealServer::named().or_else(RealServer::fresh)
    }

    /// Starts one that nobody has used.
    pub fn fresh() -> Option<RealServer> {
        if let Some(built) = built().filter(|path| path.is_file()) {
            return Some(RealServer::spawn(
                Command::new(built).args(["-listen", "127.0.0.1:0", "-root-token", "root"]),
                |line| line.strip_prefix("READY ").map(str::to_owned),
            ));
        }
        if let Some(server) = ["bao", "vault"].into_iter().find_map(on_path) {
            // Their development servers cannot choose a free port by themselves.
            let port = free_port();
            let address = format!("127.0.0.1:{port}");
            let mut command = Command::new(server);
            command.args([
                "server",
                "-dev",
                "-dev-root-token-id=root",
                "-dev-no-store-token",
            ]);
            command.arg(format!("-dev-listen-address={address}"));
            let url = format!("http://{address}");
            return Some(RealServer::spawn(&mut command, |line| {
                line.contains("Development mode should NOT be used")
                    .then(|| url.clone())
            }));
        }
        missing();
        None
    }

    /// `BUILD_TOKEN_TEST_SERVER="http://127.0.0.1:8200 root"`: an address and the root token.
    fn named() -> Option<RealServer> {
        let value = std::env::var("BUILD_TOKEN_TEST_SERVER").ok()?;
        let (url, root_token) = value
            .trim()
            .split_once(' ')
            .expect("an address and a root token");
        Some(RealServer {
            url: url.to_owned(),
            root_token: root_token.to_owned(),
            child: None,
            _turn: Some(TURN.lock().unwrap_or_else(PoisonError::into_inner)),
        })
    }

    fn spawn(command: &mut Command, url_of: impl Fn(&str) -> Option<String>) -> RealServer {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the server");
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let url = lines
            .map_while(Result::ok)
            .find_map(|line| url_of(&line))
            .expect("the server gets ready");
        RealServer {
            url,
            root_token: "root".to_owned(),
            child: Some(child),
            _turn: None,
        }
    }
}

impl Drop for RealServer {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The tests' programs are in `target/PROFILE/deps`.
fn built() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    let target = program.ancestors().nth(3)?;
    Some(target.join("openbao/openbao-test-server"))
}

fn on_path(name: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|directory| directory.join(name))
        .find(|file| file.is_file())
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("its address").port()
}

fn missing() {
    assert!(
        std::env::var_os("BUILD_TOKEN_REQUIRE_REAL_SERVER").is_none(),
        "BUILD_TOKEN_REQUIRE_REAL_SERVER is set, and there is no real server"
    );
    static SAID: Once = Once::new();
    SAID.call_once(|| {
        // Past the test harness, which keeps the words of tests that pass to itself.
        let said = "\n*** NO REAL SERVER: only the lab is tested. `bash tests/openbao/build` builds one. ***\n";
        let _ = std::io::stderr().write_all(said.as_bytes());
    });
}
