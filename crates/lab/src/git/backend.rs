//! Runs the real `git http-backend` as a CGI program and streams both ways, so that no pack is
//! ever held in memory.

use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::Stdio;
use std::task::{Context, Poll, ready};

use http_body_util::BodyExt;
use hyper::body::{Body as HttpBody, Bytes, Frame, Incoming};
use hyper::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::{OnceCell, mpsc};

use crate::server::{Request, Response};

/// How much of a pack is in flight at once: this many bytes, twice.
const CHUNK: usize = 64 * 1024;

/// `git http-backend`, looked for when it is first needed: a lab that only serves Vault runs no
/// git at all.
#[derive(Default)]
pub(crate) struct Backend {
    exec_path: OnceCell<PathBuf>,
}

/// What the program is told beside the request itself.
pub(crate) struct Invocation<'a> {
    /// The directory that holds the repositories.
    pub root: &'a Path,
    /// The repository and what is asked of it: `/7.git/info/refs`.
    pub path: String,
}

impl Backend {
    /// Answers one request. An error means that git could not be run or made no sense.
    pub async fn serve(
        &self,
        request: Request,
        invocation: Invocation<'_>,
    ) -> io::Result<Response> {
        let exec_path = self.exec_path.get_or_try_init(exec_path).await?;
        let mut child = command(exec_path, &request, &invocation).spawn()?;
        if let Some(input) = child.stdin.take() {
            tokio::spawn(feed(request.into_body(), input));
        }
        let output = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let mut output = BufReader::with_capacity(CHUNK, output);
        let head = read_head(&mut output).await?;
        let (sender, receiver) = mpsc::channel(2);
        tokio::spawn(drain(output, child, sender));
        head.body(StreamedBody { receiver }.boxed_unsync())
            .map_err(io::Error::other)
    }
}

/// Where git keeps its programs, as git itself says.
async fn exec_path() -> io::Result<PathBuf> {
    let output = Command::new("git").arg("--exec-path").output().await?;
    let text = String::from_utf8(output.stdout).map_err(io::Error::other)?;
    match text.trim_end() {
        "" => Err(io::ErrorKind::NotFound.into()),
        path => Ok(PathBuf::from(path)),
    }
}

/// The program with the variables of CGI (RFC 3875) and no other of ours: a user's git
/// configuration must not change what the lab serves.
fn command(exec_path: &Path, request: &Request, invocation: &Invocation<'_>) -> Command {
    let mut command = Command::new(exec_path.join("git-http-backend"));
    command
        .env_clear()
        .env("PATH", exec_path)
        .env("HOME", invocation.root)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_PROJECT_ROOT", invocation.root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("REQUEST_METHOD", request.method().as_str())
        .env("PATH_INFO", &invocation.path)
        .env("QUERY_STRING", request.uri().query().unwrap_or_default())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    let forwarded = [
        (CONTENT_TYPE, "CONTENT_TYPE"),
        (CONTENT_LENGTH, "CONTENT_LENGTH"),
        (CONTENT_ENCODING, "HTTP_CONTENT_ENCODING"),
        (HeaderName::from_static("git-protocol"), "GIT_PROTOCOL"),
    ];
    for (header, variable) in forwarded {
        if let Some(value) = text(request.headers(), &header) {
            command.env(variable, value);
        }
    }
    command
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Passes the request's body on. When the program stops reading, the rest is of no interest.
async fn feed(mut body: Incoming, mut input: ChildStdin) {
    while let Some(Ok(frame)) = body.frame().await {
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if input.write_all(&data).await.is_err() {
            return;
        }
    }
}

/// Reads the header lines that a CGI program writes before its body.
async fn read_head(
    output: &mut BufReader<ChildStdout>,
) -> io::Result<hyper::http::response::Builder> {
    let mut head = hyper::Response::builder();
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let line = line.trim_end();
        if line.is_empty() {
            return Ok(head);
        }
        let (name, value) = line.split_once(':').ok_or(io::ErrorKind::InvalidData)?;
        let value = value.trim();
        head = match name.eq_ignore_ascii_case("status") {
            true => head.status(value.split(' ').next().unwrap_or_default()),
            false => head.header(name, value),
        };
    }
}

/// Passes the program's output on until it ends, or until the client no longer wants it: then the
/// program is killed, by dropping it.
async fn drain(
    mut output: BufReader<ChildStdout>,
    mut child: Child,
    sender: mpsc::Sender<io::Result<Bytes>>,
) {
    loop {
        let mut chunk = Vec::with_capacity(CHUNK);
        let read = output.read_buf(&mut chunk).await;
        let message = match read {
            Ok(0) => break,
            Ok(_) => Ok(Bytes::from(chunk)),
            Err(error) => Err(error),
        };
        if sender.send(message).await.is_err() {
            return;
        }
    }
    // git has told the client itself when something went wrong; here it is only reaped.
    let _ = child.wait().await;
}

/// A body that arrives from [`drain`].
struct StreamedBody {
    receiver: mpsc::Receiver<io::Result<Bytes>>,
}

impl HttpBody for StreamedBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let message = ready!(self.receiver.poll_recv(context));
        Poll::Ready(message.map(|chunk| chunk.map(Frame::data)))
    }
}
