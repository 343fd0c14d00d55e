//! What one job costs: login, read, revoke and a child that does nothing, with Vault in another process.
//!
//! Prints CPU of the whole process tree per run, memory, and the ratio to a script of `curl` and `jq`
//! that does the same, in one run: only ratios mean something on a machine that others use too.
//! `BUILD_TOKEN_BENCH_PROGRAM` names the program to measure, as the job's own binary without the lab.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

#[path = "../../../tests/openbao/real_server.rs"]
#[allow(dead_code)]
mod real_server;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use real_server::RealServer;
use serde_json::Value;

/// Runs per measurement: enough for the kernel's ticks of 10 ms to be about one percent.
const RUNS: u32 = 300;
const SECURITY: &str = "gitlab-org/security/omnibus-gitlab";
const SECRET: &str =
    "access_tokens/gitlab-com/gitlab-org/security/_group_access_tokens/build-token/token@ci";
const SCRIPT: &str = r#"
token=$(curl -sS --data "{\"role\":\"$VAULT_AUTH_ROLE\",\"jwt\":\"$VAULT_ID_TOKEN\"}" "$VAULT_SERVER_URL/v1/auth/gitlab-com/login" | jq -r .auth.client_token)
SECURITY_PRIVATE_TOKEN=$(curl -sS -H "X-Vault-Token: $token" "$VAULT_SERVER_URL/v1/ci/data/${BUILD_TOKEN_SECRET%/token@ci}" | jq -r .data.data.token)
export SECURITY_PRIVATE_TOKEN
true
curl -sS -X POST -H "X-Vault-Token: $token" "$VAULT_SERVER_URL/v1/auth/token/revoke-self"
"#;

fn main() {
    let program = std::env::var_os("BUILD_TOKEN_BENCH_PROGRAM").map_or_else(
        || PathBuf::from(env!("CARGO_BIN_EXE_build-token")),
        PathBuf::from,
    );
    println!(
        "program: {} ({} MiB)",
        program.display(),
        fs::metadata(&program).unwrap().len() >> 20
    );
    let run = || job(&program, &["run", "-q", "--", "true"]);

    let lab = Lab::up(&[]);
    let environment = lab.environment();
    let nothing = cpu(|| job(&PathBuf::from("true"), &[]), &environment);
    let plain = cpu(run, &environment);
    let mut without = environment.clone();
    without.push(("CI_PROJECT_PATH".into(), "gitlab-org/omnibus-gitlab".into()));
    let not_entitled = cpu(run, &without);
    let mut openbao = environment.clone();
    openbao.push(("BAO_ADDR".into(), lab.vault.clone()));
    openbao.retain(|(name, _)| name != "VAULT_SERVER_URL");
    let inline = cpu(run, &openbao);
    println!("the child alone (true)                {nothing:6.2} ms CPU");
    println!("not entitled                          {not_entitled:6.2} ms CPU");
    println!("login + read + revoke, http           {plain:6.2} ms CPU   (at most 4)");
    println!("inline, http                          {inline:6.2} ms CPU");
    println!(
        "memory, http                          {:6.1} MiB      (at most 8)",
        memory(&program, &environment)
    );
    if on_path("curl") && on_path("jq") {
        let script = cpu(|| job(&PathBuf::from("sh"), &["-c", SCRIPT]), &environment);
        println!("the same with curl and jq             {script:6.2} ms CPU");
        println!(
            "ratio                                 {:6.1}          (at least 18)",
            script / plain
        );
    }
    let (trips, inline_trips) = (
        round_trips(run_shell(&program), &environment),
        round_trips(run_shell(&program), &openbao),
    );
    println!(
        "the child starts after                {trips:6.1} round trips of requests, and one for TCP (3 in all)"
    );
    println!(
        "inline                                {inline_trips:6.1} round trips of requests, and one for TCP (2 in all)"
    );
    let tls = Lab::up(&["--tls"]);
    println!(
        "login + read + revoke, TLS, one CA    {:6.2} ms CPU   (at most 5)",
        cpu(run, &tls.environment())
    );
    match RealServer::start() {
        None => println!("no real server: see tests/openbao/build"),
        Some(real) => {
            let lab = Lab::up(&["--vault", &real.url, "--root-token", &real.root_token]);
            println!(
                "login + read + revoke, real OpenBao   {:6.2} ms CPU   (at most 4)",
                cpu(run, &lab.environment())
            );
        }
    }
}

/// One run's command.
fn job(program: &PathBuf, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments);
    command
}

/// A run whose child tells when it started.
fn run_shell(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.args(["run", "-q", "--", "date", "+%s.%N"]);
    command
}

/// How many times the delay of a proxy fits between our start and the child's: the proxy holds every
/// request back, the revocation's too.
fn round_trips(mut command: Command, environment: &[(String, String)]) -> f64 {
    const DELAY: Duration = Duration::from_millis(200);
    let url =
        |name: &&(String, String)| ["VAULT_SERVER_URL", "BAO_ADDR"].contains(&name.0.as_str());
    let (name, upstream) = environment.iter().find(url).unwrap().clone();
    let proxy = delaying_proxy(upstream.trim_start_matches("http://").to_owned(), DELAY);
    let started = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs_f64();
    let output = command
        .env_clear()
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .env(name, format!("http://{proxy}"))
        .output()
        .unwrap();
    let child: f64 = String::from_utf8(output.stdout)
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    (child - started) / DELAY.as_secs_f64()
}

/// Holds back what the client sends; what the server answers goes through at once.
fn delaying_proxy(upstream: String, delay: Duration) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let server = TcpStream::connect(&upstream).unwrap();
            let (mut from_client, mut to_client) = (client.try_clone().unwrap(), client);
            let (mut from_server, mut to_server) = (server.try_clone().unwrap(), server);
            thread::spawn(move || {
                let mut buffer = vec![0; 64 * 1024];
                while let Ok(length @ 1..) = from_client.read(&mut buffer) {
                    thread::sleep(delay);
                    if to_server.write_all(&buffer[..length]).is_err() {
                        break;
                    }
                }
            });
            thread::spawn(move || std::io::copy(&mut from_server, &mut to_client));
        }
    });
    address
}

/// Milliseconds of CPU per run, of the process and all its children.
fn cpu(command: impl Fn() -> Command, environment: &[(String, String)]) -> f64 {
    let once = || {
        let status = command()
            .env_clear()
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(status.success());
    };
    once();
    let before = ticks_of_children();
    (0..RUNS).for_each(|_| once());
    let milliseconds_per_tick = 10.0;
    (ticks_of_children() - before) as f64 * milliseconds_per_tick / f64::from(RUNS)
}

/// `cutime` and `cstime` of this process (proc(5)), in hundredths of a second.
fn ticks_of_children() -> u64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat[stat.rfind(')').unwrap() + 2..].split(' ').collect();
    fields[13].parse::<u64>().unwrap() + fields[14].parse::<u64>().unwrap()
}

/// The peak of the process's memory in MiB, as its child reads it when the session is revoked.
fn memory(program: &PathBuf, environment: &[(String, String)]) -> f64 {
    let script = "sleep 0.2; grep VmHWM /proc/$PPID/status";
    let output = job(program, &["run", "-q", "--", "sh", "-c", script])
        .env_clear()
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.split_whitespace()
        .nth(1)
        .unwrap()
        .parse::<f64>()
        .unwrap()
        / 1024.0
}

fn on_path(name: &str) -> bool {
    std::env::split_paths(&std::env::var_os("PATH").unwrap())
        .any(|directory| directory.join(name).is_file())
}

/// A lab in another process.
struct Lab {
    child: Child,
    vault: String,
    gitlab: String,
    authority: Option<String>,
}

impl Lab {
    fn up(options: &[&str]) -> Lab {
        let mut child = Command::new(env!("CARGO_BIN_EXE_build-token"))
            .args(["-q", "lab", "up"])
            .args(options)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        let text = |value: &Value| value.as_str().map(str::to_owned);
        Lab {
            child,
            vault: text(&ready["vault"]["url"]).unwrap(),
            gitlab: text(&ready["gitlab"]["url"]).unwrap(),
            authority: text(&ready["vault"]["ca_cert"]),
        }
    }

    /// The security project's job.
    fn environment(&self) -> Vec<(String, String)> {
        let mut mint = Command::new(env!("CARGO_BIN_EXE_build-token"));
        mint.args(["lab", "mint", "--project", SECURITY])
            .env("BUILD_TOKEN_LAB", &self.gitlab);
        if let Some(authority) = &self.authority {
            mint.env("SSL_CERT_FILE", authority);
        }
        let id_token = String::from_utf8(mint.output().unwrap().stdout)
            .unwrap()
            .trim()
            .to_owned();
        let role = SECURITY.replace('/', "_");
        let reach = format!("{}/gitlab-org/security/", self.gitlab);
        let mut environment: Vec<(String, String)> = [
            ("PATH", std::env::var("PATH").unwrap().as_str()),
            ("HOME", "/nonexistent"),
            ("CI_PROJECT_PATH", SECURITY),
            ("SECURITY_PROJECT_PATH", SECURITY),
            ("VAULT_SERVER_URL", &self.vault),
            ("VAULT_AUTH_PATH", "gitlab-com"),
            ("VAULT_AUTH_ROLE", &role),
            ("VAULT_ID_TOKEN", &id_token),
            ("BUILD_TOKEN_SECRET", SECRET),
            ("BUILD_TOKEN_REACH", &reach),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        if let Some(authority) = &self.authority {
            environment.push(("VAULT_CACERT".to_owned(), authority.clone()));
        }
        environment
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
