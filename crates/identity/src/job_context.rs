//! The CI variables of the job, taken once from the environment and passed on from there.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use zeroize::Zeroizing;

/// The variables of one job. Some of them are secrets, so `Debug` shows only names, and the
/// values are zeroed on drop.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct JobContext {
    variables: BTreeMap<String, Zeroizing<String>>,
}

impl JobContext {
    /// Takes the variables over. Of two with one name the later counts.
    pub fn from_variables(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let variables = variables
            .into_iter()
            .map(|(name, value)| (name, Zeroizing::new(value)))
            .collect();
        Self { variables }
    }

    /// A variable as it is set, possibly empty; `None` when it does not exist.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(|value| value.as_str())
    }

    /// All variables, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.variables
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether this is a CI job at all: `CI` or `GITLAB_CI` is `true`, or there is a `CI_JOB_ID`. A pipeline
    /// variable can give all of them another value, and can take none of them away.
    pub fn in_ci(&self) -> bool {
        ["CI", "GITLAB_CI"]
            .iter()
            .any(|name| self.get(name) == Some("true"))
            || self.get("CI_JOB_ID").is_some()
    }

    /// `CI_PROJECT_DIR`: where the project is checked out.
    pub fn project_dir(&self) -> Option<&str> {
        self.not_empty("CI_PROJECT_DIR")
    }

    /// `CI_PROJECT_PATH`: the project that the job runs in, with its groups.
    pub fn project_path(&self) -> Option<&str> {
        self.not_empty("CI_PROJECT_PATH")
    }

    /// `CI_JOB_TIMEOUT`: how long the job may take, counted from
    /// [`job_started_at`](Self::job_started_at). In whole seconds.
    pub fn job_timeout(&self) -> Option<Duration> {
        let seconds = self.not_empty("CI_JOB_TIMEOUT")?.parse().ok()?;
        Some(Duration::from_secs(seconds))
    }

    /// `CI_JOB_STARTED_AT`: when the job started, as GitLab writes it, in ISO 8601.
    pub fn job_started_at(&self) -> Option<&str> {
        self.not_empty("CI_JOB_STARTED_AT")
    }

    fn not_empty(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }
}

impl FromIterator<(String, String)> for JobContext {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(variables: I) -> Self {
        Self::from_variables(variables)
    }
}

impl fmt::Debug for JobContext {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JobContext ")?;
        formatter
            .debug_set()
            .entries(self.variables.keys())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(variables: &[(&str, &str)]) -> JobContext {
        variables
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect()
    }

    #[test]
    fn variables_are_found_by_name() {
        let context = context(&[("B", "2"), ("A", ""), ("B", "3")]);
        assert_eq!(context.get("A"), Some(""));
        assert_eq!(context.get("B"), Some("3"));
        assert_eq!(context.get("b"), None);
        let all: Vec<_> = context.iter().collect();
        assert_eq!(all, [("A", ""), ("B", "3")]);
    }

    #[test]
    fn ci_says_that_it_is_ci() {
        assert!(context(&[("CI", "true")]).in_ci());
        assert!(context(&[("GITLAB_CI", "true")]).in_ci());
        assert!(!context(&[("CI", "false"), ("GITLAB_CI", "")]).in_ci());
        assert!(context(&[("CI", "false"), ("GITLAB_CI", ""), ("CI_JOB_ID", "")]).in_ci());
        assert!(!context(&[]).in_ci());
    }

    #[test]
    fn gitlabs_variables_have_their_own_names() {
        let context = context(&[
            ("CI_PROJECT_DIR", "/builds/group/project"),
            ("CI_PROJECT_PATH", "group/project"),
            ("CI_JOB_TIMEOUT", "3600"),
            ("CI_JOB_STARTED_AT", "2026-01-02T03:04:05Z"),
        ]);
        assert_eq!(context.project_dir(), Some("/builds/group/project"));
        assert_eq!(context.project_path(), Some("group/project"));
        assert_eq!(context.job_timeout(), Some(Duration::from_secs(3600)));
        assert_eq!(context.job_started_at(), Some("2026-01-02T03:04:05Z"));
    }

    #[test]
    fn what_is_empty_or_no_number_is_not_there() {
        let context = context(&[("CI_PROJECT_DIR", ""), ("CI_JOB_TIMEOUT", "1h")]);
        assert_eq!(context.project_dir(), None);
        assert_eq!(context.project_path(), None);
        assert_eq!(context.job_timeout(), None);
        assert_eq!(context.job_started_at(), None);
    }

    #[test]
    fn debug_shows_names_only() {
        let shown = format!("{:?}", context(&[("TOKEN", "glpat-hidden")]));
        assert_eq!(shown, r#"JobContext {"TOKEN"}"#);
    }
}
