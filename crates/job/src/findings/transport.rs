//! Why no answer came from a server: each cause with its code and the words that say it.

use build_token_http::{Error as Http, Phase, RedirectRefusal, TlsProblem};
use build_token_report::{Code, Finding, Reason};

use crate::lifetime;

/// The finding for a request that got no answer.
pub(super) fn finding(error: &Http) -> Finding {
    let code = code(error);
    let finding = Finding::new(code);
    match error {
        Http::Roots { path, text } => finding.with("file", path.display()).with("problem", text),
        _ if matches!(code, Code::R09 | Code::R10 | Code::R18 | Code::C22) => {
            finding.because("problem", words(error))
        }
        _ => {
            let finding = finding.because("text", words(error));
            match remedy(error, code) {
                Some(remedy) => finding.because("remedy", Reason::new(remedy)),
                None => finding,
            }
        }
    }
}

/// What to do, where the code alone does not say it.
fn remedy(error: &Http, code: Code) -> Option<&'static str> {
    let authority = TlsProblem::AuthorityAsServer;
    match (code, error) {
        (Code::V01, Http::Tls { problem, .. }) if *problem == authority => {
            Some("reason-fix-server-certificate")
        }
        (Code::V01, _) => Some("reason-fix-authority"),
        (Code::V03, Http::Proxy { .. }) => Some("reason-fix-proxy"),
        (Code::V03, _) => Some("reason-fix-way"),
        _ => None,
    }
}

fn code(error: &Http) -> Code {
    match error {
        Http::Tls { problem, .. } => match problem {
            TlsProblem::UnknownAuthority | TlsProblem::AuthorityAsServer => Code::V01,
            TlsProblem::NameMismatch { .. } => Code::V02,
            TlsProblem::Expired { .. } | TlsProblem::NotYetValid { .. } => Code::V23,
            TlsProblem::Other => Code::V05,
        },
        Http::PlainAnswer { .. } => Code::V05,
        Http::NotHttp { .. } | Http::Truncated { .. } | Http::TooLarge { .. } => Code::R10,
        Http::Timeout { .. } => Code::V18,
        Http::Redirect { why, .. } => match why {
            RedirectRefusal::Downgrade => Code::V05,
            RedirectRefusal::Elsewhere | RedirectRefusal::Unreadable => Code::R09,
        },
        Http::TooManyRedirects { .. } => Code::R09,
        Http::Roots { .. } => Code::C23,
        Http::ProxySetting { .. } => Code::C22,
        Http::BadHeader { .. } => Code::R18,
        Http::NoSuchHost { .. }
        | Http::Refused { .. }
        | Http::Unreachable { .. }
        | Http::Closed { .. }
        | Http::Proxy { .. }
        | Http::Other { .. } => Code::V03,
    }
}

/// What happened, as a sentence.
pub(super) fn words(error: &Http) -> Reason {
    match error {
        Http::NoSuchHost { host, text } => Reason::new("reason-no-such-host")
            .with("host", host)
            .with("text", text),
        Http::Refused { .. } => Reason::new("reason-refused"),
        Http::Unreachable { text, .. } => Reason::new("reason-unreachable").with("text", text),
        Http::Closed { text, .. } => Reason::new("reason-closed").with("text", text),
        Http::Tls {
            host,
            problem,
            text,
        } => tls(host, problem, text),
        Http::PlainAnswer { answer, .. } => {
            Reason::new("reason-plain-answer").with("answer", answer)
        }
        Http::NotHttp { origin, .. } if origin.starts_with("http:") => {
            Reason::new("reason-not-http-perhaps-tls")
        }
        Http::NotHttp { .. } => Reason::new("reason-not-http"),
        Http::Timeout { phase, .. } => late(*phase),
        Http::Truncated { received, .. } => Reason::new("reason-truncated").with("bytes", received),
        Http::TooLarge { limit, .. } => Reason::new("reason-too-large").with("bytes", limit),
        Http::Redirect { to, why, .. } => Reason::new(match why {
            RedirectRefusal::Downgrade => "reason-redirect-plain",
            RedirectRefusal::Elsewhere => "reason-redirect-elsewhere",
            RedirectRefusal::Unreadable => "reason-redirect-unreadable",
        })
        .with("target", to),
        Http::TooManyRedirects { to, .. } => {
            Reason::new("reason-redirect-again").with("target", to)
        }
        Http::ProxySetting { variable } => {
            Reason::new("reason-proxy-setting").with("variable", variable)
        }
        Http::Proxy { proxy, text } => Reason::new("reason-proxy")
            .with("proxy", proxy)
            .with("text", text.trim_start_matches("io: ")),
        Http::BadHeader { .. } => Reason::new("reason-line-break-plain"),
        Http::Roots { text, .. } | Http::Other { text, .. } => {
            Reason::new("reason-other").with("text", text)
        }
    }
}

fn tls(host: &str, problem: &TlsProblem, text: &str) -> Reason {
    let time = |seconds: &Option<u64>| {
        let seconds = seconds.and_then(|seconds| i64::try_from(seconds).ok());
        seconds.map_or_else(|| text.to_owned(), lifetime::format)
    };
    match problem {
        TlsProblem::UnknownAuthority => Reason::new("reason-tls-unknown"),
        TlsProblem::AuthorityAsServer => Reason::new("reason-tls-authority"),
        TlsProblem::NameMismatch { presented } if !presented.is_empty() => {
            Reason::new("reason-tls-name")
                .with("names", presented.join(", "))
                .with("host", host)
        }
        TlsProblem::Expired { at } => Reason::new("reason-tls-expired").with("at", time(at)),
        TlsProblem::NotYetValid { from } => {
            Reason::new("reason-tls-early").with("from", time(from))
        }
        TlsProblem::NameMismatch { .. } | TlsProblem::Other => {
            Reason::new("reason-tls-other").with("text", text)
        }
    }
}

/// Where the deadline came.
fn late(phase: Phase) -> Reason {
    Reason::new(match phase {
        Phase::Waiting => "reason-late-waiting",
        Phase::Resolving => "reason-late-resolving",
        Phase::Connecting => "reason-late-connecting",
        Phase::Proxy => "reason-late-proxy",
        Phase::Handshake => "reason-late-handshake",
        Phase::Sending => "reason-late-sending",
        Phase::Answer => "reason-late-answer",
        Phase::Body => "reason-late-body",
    })
}
