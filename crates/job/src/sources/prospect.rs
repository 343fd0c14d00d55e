//! Which build tokens a job may have for its sources, decided without asking anybody.

use build_token_identity::JobContext;

use crate::config::ConfigFile;
use crate::gate::{self, Decision, GateError};
use crate::grants::{self, GrantError};
use crate::obtain::Token;
use crate::reach::Reach;

/// The grants that count for the sources: those that the job is entitled to; where there is none, all
/// of them, so that it can still be said which components would need a token.
#[derive(Debug, Clone)]
pub struct Prospect {
    /// The grants, in the file's order.
    pub grants: Vec<Considered>,
}

/// One grant, considered.
#[derive(Debug, Clone)]
pub struct Considered {
    /// The name of the variable.
    pub name: String,
    /// Where its token may be sent.
    pub reach: Vec<Reach>,
    /// What the gate said.
    pub decision: Result<Decision, GateError>,
}

impl Considered {
    fn is_granted(&self) -> bool {
        self.decision == Ok(Decision::Granted)
    }

    fn covers(&self, url: &str) -> bool {
        self.reach.iter().any(|reach| reach.covers(url))
    }
}

impl Prospect {
    /// Considers the grants of this job.
    ///
    /// # Errors
    /// What is wrong with the grants. A condition that cannot be decided is none of these: it grants
    /// nothing, and [`undecided`](Prospect::undecided) tells of it.
    pub fn of(file: Option<&ConfigFile>, context: &JobContext) -> Result<Prospect, GrantError> {
        let mut grants: Vec<Considered> = grants::resolve(file, context, &[])?
            .into_iter()
            .map(|grant| Considered {
                decision: gate::decide(&grant, context),
                name: grant.name,
                reach: grant.reach,
            })
            .collect();
        if grants.iter().any(Considered::is_granted) {
            grants.retain(Considered::is_granted);
        }
        Ok(Prospect { grants })
    }

    /// Whether the job is entitled to any of them.
    #[must_use]
    pub fn entitled(&self) -> bool {
        self.grants.iter().any(Considered::is_granted)
    }

    /// The conditions that cannot be decided for this job.
    pub fn undecided(&self) -> impl Iterator<Item = &GateError> {
        self.grants
            .iter()
            .filter_map(|grant| grant.decision.as_ref().err())
    }

    /// Where their tokens may be sent.
    #[must_use]
    pub fn reach(&self) -> Vec<Reach> {
        self.grants
            .iter()
            .flat_map(|grant| grant.reach.iter().cloned())
            .collect()
    }

    /// Whether one of their tokens may be sent to `url`.
    #[must_use]
    pub fn covers(&self, url: &str) -> bool {
        self.grants.iter().any(|grant| grant.covers(url))
    }

    /// The names of the grants whose token may be sent to one of these.
    #[must_use]
    pub fn names_for(&self, urls: &[&str]) -> Vec<String> {
        self.grants
            .iter()
            .filter(|grant| urls.iter().any(|url| grant.covers(url)))
            .map(|grant| grant.name.clone())
            .collect()
    }

    /// Takes over what was learnt with the tokens: the secrets' own metadata may narrow a reach.
    pub fn learn(&mut self, tokens: &[Token]) {
        for grant in &mut self.grants {
            if let Some(token) = tokens.iter().find(|token| token.name == grant.name) {
                grant.reach.clone_from(&token.reach);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "tokens:\n\
        \x20 A: { when: $WHO == \"a\", reach: [https://h.example/a/] }\n\
        \x20 B: { when: $WHO == \"b\", reach: [https://h.example/b/] }\n";

    fn prospect(who: Option<&str>) -> Prospect {
        let file = ConfigFile::parse("f.yml", FILE).unwrap();
        let variables = who.map(|who| ("WHO".to_owned(), who.to_owned()));
        Prospect::of(Some(&file), &JobContext::from_variables(variables)).unwrap()
    }

    #[test]
    fn only_what_the_job_is_entitled_to_counts() {
        let prospect = prospect(Some("b"));
        assert!(prospect.entitled());
        assert!(prospect.covers("https://h.example/b/x.git"));
        assert!(!prospect.covers("https://h.example/a/x.git"));
        let urls = ["https://h.example/a/x.git", "https://h.example/b/x.git"];
        assert_eq!(prospect.names_for(&urls), ["B"]);
    }

    #[test]
    fn a_job_that_is_not_entitled_sees_what_would_need_a_token() {
        let prospect = prospect(Some("c"));
        assert!(!prospect.entitled());
        assert!(prospect.covers("https://h.example/a/x.git"));
        assert!(prospect.covers("https://h.example/b/x.git"));
        assert_eq!(prospect.undecided().count(), 0);
    }

    #[test]
    fn what_cannot_be_decided_grants_nothing_and_is_told() {
        let prospect = prospect(None);
        assert!(!prospect.entitled());
        assert_eq!(prospect.undecided().count(), 2);
    }
}
