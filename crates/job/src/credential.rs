//! git's credential protocol (git-credential(1)): what git asks, what we answer.

use std::collections::BTreeMap;
use std::io::{self, BufRead};

use build_token_secret::Secret;

use crate::reach::Reach;

/// The user name that goes with a build token. GitLab takes any that is not blank; this one does not
/// pretend to be a job token in GitLab's logs.
pub const USER_NAME: &str = "build-token";
/// The user name that goes with a job token; GitLab takes no other (`Gitlab::Auth`).
pub const JOB_TOKEN_USER_NAME: &str = "gitlab-ci-token";

/// The longest question that is read: git's own lines are limited to far less.
const LONGEST: usize = 64 * 1024;

/// What git wants of a helper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// A credential.
    Get,
    /// That a credential that worked is kept. We keep nothing.
    Store,
    /// That a credential that was refused is forgotten.
    Erase,
}

impl Operation {
    /// The operation's name, as git gives it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Operation::Get => "get",
            Operation::Store => "store",
            Operation::Erase => "erase",
        }
    }

    /// The operation of that name; git may invent new ones, which a helper has to ignore.
    #[must_use]
    pub fn named(name: &str) -> Option<Operation> {
        match name {
            "get" => Some(Operation::Get),
            "store" => Some(Operation::Store),
            "erase" => Some(Operation::Erase),
            _ => None,
        }
    }
}

/// A question: what git says of the credential.
pub struct Question {
    attributes: BTreeMap<String, String>,
    password: Option<Secret>,
}

impl Question {
    /// Reads `key=value` lines up to an empty line or the end.
    ///
    /// # Errors
    /// The input cannot be read, is too long, or is not of this form.
    pub fn read(input: impl BufRead) -> io::Result<Question> {
        let mut attributes = BTreeMap::new();
        let mut password = None;
        let mut limited = input.take(LONGEST as u64);
        let mut line = String::new();
        loop {
            line.clear();
            limited.read_line(&mut line)?;
            if limited.limit() == 0 {
                // Cut off, a path would say something else.
                let too_long = io::ErrorKind::FileTooLarge;
                return Err(io::Error::new(too_long, "a question of more than 64 KiB"));
            }
            let text = line.trim_end_matches(['\n', '\r']);
            if text.is_empty() {
                break;
            }
            let (key, value) = text
                .split_once('=')
                .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "a line without `=`"))?;
            if key == "password" {
                password = Some(Secret::new(value));
            } else {
                attributes.insert(key.to_owned(), value.to_owned());
            }
        }
        Ok(Question {
            attributes,
            password,
        })
    }

    /// The password that git has tried.
    #[must_use]
    pub fn password(&self) -> Option<&Secret> {
        self.password.as_ref()
    }

    /// The URL that git speaks of, for messages: without user information.
    #[must_use]
    pub fn url(&self) -> String {
        format!(
            "{}://{}/{}",
            self.attribute("protocol"),
            self.attribute("host"),
            self.attribute("path")
        )
    }

    /// Whether the credential is for a repository within one of `reach`.
    #[must_use]
    pub fn lies_within(&self, reach: &[Reach]) -> bool {
        let (protocol, host, path) = (
            self.attribute("protocol"),
            self.attribute("host"),
            self.attribute("path"),
        );
        reach
            .iter()
            .any(|reach| reach.covers_credential(protocol, host, path))
    }

    /// The answer that gives git the token, with this user name. One that the URL has is kept, since
    /// git wants one that agrees.
    #[must_use]
    pub fn answer(&self, user_name: &str, token: &Secret) -> String {
        let user = match self.attribute("username") {
            "" => user_name,
            given => given,
        };
        // git's protocol is the one place where the token has to be said in clear.
        format!("username={user}\npassword={}\n", token.expose())
    }

    fn attribute(&self, key: &str) -> &str {
        self.attributes.get(key).map_or("", String::as_str)
    }

    /// The question in git's form, for the process that has the token.
    #[must_use]
    pub fn forward(&self, operation: Operation) -> String {
        let mut text = format!("{}\n", operation.as_str());
        for key in ["protocol", "host", "path", "username"] {
            if let Some(value) = self.attributes.get(key) {
                text.push_str(&format!("{key}={value}\n"));
            }
        }
        if let Some(password) = &self.password {
            text.push_str(&format!("password={}\n", password.expose()));
        }
        text.push('\n');
        text
    }
}

/// The answer that makes git stop instead of asking the next helper or a person.
pub const QUIT: &str = "quit=1\n";

#[cfg(test)]
mod tests {
    use super::*;

    fn question(text: &str) -> Question {
        Question::read(text.as_bytes()).unwrap()
    }

    #[test]
    fn git_gets_the_token_for_what_lies_within_the_reach() {
        let reach = [Reach::parse("https://gitlab.com/gitlab-org/security/").unwrap()];
        let asked = question(
            "capability[]=authtype\nprotocol=https\nhost=gitlab.com\npath=gitlab-org/security/x.git\n\nrest",
        );
        assert!(asked.lies_within(&reach));
        assert_eq!(
            asked.answer(USER_NAME, &Secret::new("glpat-secret")),
            "username=build-token\npassword=glpat-secret\n"
        );
        assert!(
            !question("protocol=https\nhost=gitlab.com\npath=gitlab-org/other/x.git\n")
                .lies_within(&reach)
        );
        assert!(!question("protocol=https\nhost=gitlab.com\n").lies_within(&reach));
        assert!(
            !question("protocol=http\nhost=gitlab.com\npath=gitlab-org/security/x.git\n")
                .lies_within(&reach)
        );
    }

    #[test]
    fn a_user_name_in_the_url_is_kept() {
        let asked =
            question("protocol=https\nhost=gitlab.com\nusername=gitlab-ci-token\npath=g/x\n");
        assert_eq!(
            asked.answer(USER_NAME, &Secret::new("t")),
            "username=gitlab-ci-token\npassword=t\n"
        );
    }

    #[test]
    fn a_line_that_is_not_of_the_protocol_is_an_error() {
        assert!(Question::read("nonsense\n".as_bytes()).is_err());
        assert!(Question::read(&b"host=\xff\n"[..]).is_err());
    }

    #[test]
    fn a_question_that_is_too_long_is_not_cut_off() {
        let path = format!("protocol=https\npath=g/{}/../x\n", "a".repeat(LONGEST));
        assert!(Question::read(path.as_bytes()).is_err());
    }

    #[test]
    fn what_is_forwarded_can_be_read_back() {
        let asked = question("protocol=https\nhost=h\npath=p\npassword=old\n");
        let forwarded = asked.forward(Operation::Erase);
        let (operation, rest) = forwarded.split_once('\n').unwrap();
        assert_eq!(Operation::named(operation), Some(Operation::Erase));
        assert_eq!(question(rest).password().map(Secret::expose), Some("old"));
    }
}
