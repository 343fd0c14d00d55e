//! Which variable replaces which component's remote. Data: another deployment has another table.

/// A variable that goes before the file, in every channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Override<'a> {
    /// The variable.
    pub variable: &'a str,
    /// The components that it replaces. Two editions of one program may share a variable.
    pub components: &'a [&'a str],
}

/// Omnibus GitLab's table (`lib/gitlab/version.rb`).
pub const OMNIBUS: &[Override<'static>] = &[
    Override {
        variable: "GITLAB_ALTERNATIVE_REPO",
        components: &["gitlab-rails", "gitlab-rails-ee"],
    },
    Override {
        variable: "GITLAB_SHELL_ALTERNATIVE_REPO",
        components: &["gitlab-shell"],
    },
    Override {
        variable: "GITLAB_PAGES_ALTERNATIVE_REPO",
        components: &["gitlab-pages"],
    },
    Override {
        variable: "GITALY_SERVER_ALTERNATIVE_REPO",
        components: &["gitaly"],
    },
    Override {
        variable: "GITLAB_ELASTICSEARCH_INDEXER_ALTERNATIVE_REPO",
        components: &["gitlab-elasticsearch-indexer"],
    },
    Override {
        variable: "GITLAB_KAS_ALTERNATIVE_REPO",
        components: &["gitlab-kas"],
    },
];

/// The variable that replaces this component's remote.
pub(super) fn variable_of<'a>(table: &[Override<'a>], component: &str) -> Option<&'a str> {
    table
        .iter()
        .find(|entry| entry.components.contains(&component))
        .map(|entry| entry.variable)
}
