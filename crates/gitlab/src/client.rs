//! The calls that a token may make about itself.

use build_token_http::{Client, Deadline, Method, Request, Response, Retry};
use build_token_secret::Secret;
use serde::Deserialize;

use crate::answer;
use crate::error::{Error, Refusal};
use crate::instance::Instance;
use crate::token::{AccessLevel, Associations, Group, Project, TokenSelf};

/// GitLab's largest page.
const PAGE: usize = 100;
/// How many pages are asked for: a thousand projects explain a refusal, or nothing does.
const PAGES: usize = 10;

/// A GitLab that is asked about tokens.
pub struct GitLab<'a> {
    instance: Instance,
    http: &'a Client,
}

impl<'a> GitLab<'a> {
    /// Asks this instance through this client. No request is made yet.
    #[must_use]
    pub fn new(instance: Instance, http: &'a Client) -> GitLab<'a> {
        GitLab { instance, http }
    }

    /// The instance that is asked.
    #[must_use]
    pub fn instance(&self) -> &Instance {
        &self.instance
    }

    /// What the token is: its name, scopes and end. Works with any scope.
    ///
    /// # Errors
    /// [`Error`]; a token that is revoked, expired or unknown is a [`Refusal`] of its own.
    pub fn token_self(&self, token: &Secret, deadline: Deadline) -> Result<TokenSelf, Error> {
        let call = "/personal_access_tokens/self";
        answer::read(&self.send(Method::Get, call, token, Retry::Read, deadline)?)
    }

    /// The groups and projects where the token's user has at least this role (GitLab 17.4).
    ///
    /// The role is never left out: without one GitLab lists every public project too. At most a
    /// thousand of each are read; [`Associations::truncated`] says whether there are more.
    ///
    /// # Errors
    /// [`Error`]; [`Refusal::NotFound`] from a GitLab that does not have the call.
    pub fn token_associations(
        &self,
        token: &Secret,
        min_access_level: AccessLevel,
        deadline: Deadline,
    ) -> Result<Associations, Error> {
        #[derive(Deserialize)]
        struct Page {
            groups: Vec<Group>,
            projects: Vec<Project>,
        }

        let mut all = Associations::default();
        for number in 1..=PAGES {
            let call = format!(
                "/personal_access_tokens/self/associations\
                 ?min_access_level={}&per_page={PAGE}&page={number}",
                min_access_level.0
            );
            let response = self.send(Method::Get, &call, token, Retry::Read, deadline)?;
            let page: Page = answer::read(&response)?;
            // The paging headers describe one list only, so the lists' own lengths decide.
            let more = page.groups.len() >= PAGE || page.projects.len() >= PAGE;
            all.groups.extend(page.groups);
            all.projects.extend(page.projects);
            if !more {
                return Ok(all);
            }
        }
        all.truncated = true;
        Ok(all)
    }

    /// Revokes the token itself, for everybody who has it. Works with any scope, cannot be undone.
    ///
    /// Asked once: when the answer is lost, the token is asked whether it still lives, so that `Ok`
    /// always means that it is dead. A token that was dead before is a refusal.
    ///
    /// # Errors
    /// [`Error`]: of the call, when the token is not known to be dead.
    pub fn revoke_self(&self, token: &Secret, deadline: Deadline) -> Result<(), Error> {
        let call = "/personal_access_tokens/self";
        match self.send(Method::Delete, call, token, Retry::Never, deadline) {
            Ok(response) => answer::accepted(&response),
            Err(lost @ Error::Transport(_)) => match self.token_self(token, deadline) {
                Err(error) if error.refusal() == Some(&Refusal::Revoked) => Ok(()),
                _ => Err(lost),
            },
            Err(error) => Err(error),
        }
    }

    fn send(
        &self,
        method: Method,
        call: &str,
        token: &Secret,
        retry: Retry,
        deadline: Deadline,
    ) -> Result<Response, Error> {
        let request = Request::new(method, self.instance.api(call)?)
            .header("accept", "application/json")
            .secret_header("private-token", token.clone());
        Ok(self.http.send(&request, retry, deadline)?)
    }
}

#[cfg(test)]
mod tests;
