//! git's and GitLab's own words on stderr, recognised. The texts are GitLab's
//! (`lib/gitlab/git_access.rb`, `Gitlab::Auth`) and git's (`http.c`, `credential.c`, `remote-curl.c`).

/// As much of foreign words as is kept, in characters.
pub(super) const LONGEST: usize = 300;

/// What the text says, by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Words {
    SubmoduleFailed {
        path: String,
        url: String,
    },
    JobTokenNotAllowed {
        from: String,
        to: String,
    },
    JobTokenPermissions {
        project: String,
    },
    Overloaded,
    HttpDisabled,
    UserBlocked {
        message: String,
    },
    /// The user has the project and may not download.
    DownloadForbidden,
    /// The token's scopes do not allow to download anything.
    DownloadForbiddenEverywhere,
    NoRepository,
    ProjectNotFound,
    AccessDenied,
    NoUsername {
        host: String,
    },
    NoPassword {
        host: String,
    },
    MalformedUrl,
    /// 403 without GitLab's reason.
    Forbidden,
    Unreachable,
    Unknown,
}

impl Words {
    /// Reads what git wrote. The order is from the most particular text to the most general.
    pub(super) fn read(stderr: &str) -> Words {
        let has = |text: &str| stderr.contains(text);
        let find = |start: &str| stderr.lines().find_map(|line| line.split_once(start));
        if let Some((_, rest)) = find("fatal: clone of '")
            && let Some((url, rest)) = rest.split_once("' into submodule path '")
        {
            let path = rest.split('\'').next().unwrap_or_default();
            return Words::SubmoduleFailed {
                path: one_line(path),
                url: one_line(url),
            };
        }
        if let Some((_, rest)) = find("Authentication by CI/CD job token not allowed from ") {
            let (from, to) = rest.split_once(" to ").unwrap_or((rest, ""));
            return Words::JobTokenNotAllowed {
                from: one_line(from),
                to: one_line(to.trim_end().trim_end_matches('.')),
            };
        }
        if let Some((_, rest)) =
            find("Insufficient permissions to pull from the repository of project ")
        {
            let project = one_line(rest.trim_end().trim_end_matches('.'));
            return Words::JobTokenPermissions { project };
        }
        if has("unable to handle this request due to load")
            || has("returned error: 429")
            || has("remote: Retry later")
        {
            return Words::Overloaded;
        }
        if has("Git access over HTTP is not allowed") || has("Pulling over HTTP is not allowed") {
            return Words::HttpDisabled;
        }
        if let Some(message) = stderr
            .lines()
            .filter_map(|line| line.strip_prefix("remote: "))
            .find(|line| line.starts_with("Your account ") || line.contains("IP address"))
        {
            let message = one_line(message);
            return Words::UserBlocked { message };
        }
        if has("You are not allowed to download code from this project") {
            return Words::DownloadForbidden;
        }
        if has("You are not allowed to download code.") {
            return Words::DownloadForbiddenEverywhere;
        }
        if has("A repository for this project does not exist yet") {
            return Words::NoRepository;
        }
        if has("The project you were looking for could not be found") || is_not_found(stderr) {
            return Words::ProjectNotFound;
        }
        if let Some((_, rest)) = find("could not read Username for '") {
            return Words::NoUsername { host: host(rest) };
        }
        if let Some((_, rest)) = find("could not read Password for '") {
            return Words::NoPassword { host: host(rest) };
        }
        if has("contains a newline in its")
            || has("credential url cannot be parsed")
            || has("URL using bad/illegal format")
            || has("URL rejected: ")
        {
            return Words::MalformedUrl;
        }
        if has("HTTP Basic: Access denied")
            || has("Authentication failed for ")
            || has("returned error: 401")
        {
            return Words::AccessDenied;
        }
        if has("returned error: 403") {
            return Words::Forbidden;
        }
        if UNREACHABLE.iter().any(|text| has(text)) {
            return Words::Unreachable;
        }
        Words::Unknown
    }
}

/// How curl and ssh say that nobody usable answered.
const UNREACHABLE: &[&str] = &[
    "Could not resolve host",
    "Could not resolve proxy",
    "Failed to connect to",
    "Couldn't connect to server",
    "Connection refused",
    "Connection timed out",
    "Connection reset by peer",
    "Network is unreachable",
    "No route to host",
    "SSL certificate problem",
    "server certificate verification failed",
    "SSL peer certificate",
    "gnutls_handshake() failed",
    "SSL routines",
    "Empty reply from server",
];

fn is_not_found(stderr: &str) -> bool {
    stderr.lines().any(|line| {
        line.starts_with("fatal: repository '") && line.trim_end().ends_with("' not found")
    })
}

/// The host of the quoted URL whose rest this is, without user information.
fn host(quoted: &str) -> String {
    let url = quoted.split('\'').next().unwrap_or_default();
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or_default();
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    one_line(host)
}

/// The line that says why: the server's own, else git's first complaint, else the last line.
pub(super) fn conclusion(stderr: &str) -> String {
    let lines: Vec<&str> = stderr
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let server = lines.iter().find_map(|line| line.strip_prefix("remote: "));
    let git = lines
        .iter()
        .copied()
        .find(|line| line.starts_with("fatal: "));
    one_line(server.or(git).or(lines.last().copied()).unwrap_or_default())
}

/// Foreign words, safe to print: on one line, bounded, without control characters and without what
/// stands before the `@` of a URL.
pub(super) fn one_line(text: &str) -> String {
    let clean: String = text
        .chars()
        .map(|character| {
            if character.is_control() {
                ' '
            } else {
                character
            }
        })
        .take(LONGEST)
        .collect();
    let mut rest = clean.trim();
    let mut kept = String::new();
    while let Some((before, after)) = rest.split_once("://") {
        kept.push_str(before);
        kept.push_str("://");
        let end = after
            .find(|character: char| character.is_whitespace() || "/?#'\"".contains(character))
            .unwrap_or(after.len());
        let (authority, tail) = after.split_at(end);
        kept.push_str(
            authority
                .rsplit_once('@')
                .map_or(authority, |(_, host)| host),
        );
        rest = tail;
    }
    kept.push_str(rest);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_kept_on_one_line_without_credentials() {
        for (text, expected) in [
            ("fatal: a\nb", "fatal: a b"),
            (
                "fatal: unable to access 'https://u:s3cret@h.example/a/': no",
                "fatal: unable to access 'https://h.example/a/': no",
            ),
            (
                "https://a@b/ and https://c:d@e/",
                "https://b/ and https://e/",
            ),
            ("https://u:s3cret@", "https://"),
        ] {
            assert_eq!(one_line(text), expected);
        }
        assert_eq!(one_line(&"x".repeat(1000)).chars().count(), LONGEST);
    }

    #[test]
    fn the_servers_words_go_before_gits_and_those_before_the_rest() {
        let all = "warning: a\nremote: no\nremote: more\nfatal: b\n\nhint: c\n";
        assert_eq!(conclusion(all), "no");
        assert_eq!(
            conclusion("warning: a\nfatal: b\nfatal: c\n\nhint: d\n"),
            "fatal: b"
        );
        assert_eq!(conclusion("a\nb\n\n"), "b");
        assert_eq!(conclusion(""), "");
    }
}
