//! `sources env`: the resolution as variables, so that a build that reads them uses the same
//! remotes, without a credential inside.
//!
//! A remote that comes from a variable is used by Omnibus GitLab as it is; one that comes from its
//! file in the channel `security` gets the token written into the URL. So exporting the variables
//! is what keeps the token out of URLs.

use super::channel::{ALTERNATIVE_SOURCES, Channel, SECURITY_SOURCES};
use super::overrides::Override;
use super::resolve::Resolution;
use crate::shell::quoted;

/// Variables to set, and what cannot be said with variables.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exports {
    /// Names and values, in the order in which they are printed.
    pub variables: Vec<(String, String)>,
    /// What the user should know.
    pub notes: Vec<ExportNote>,
}

/// What the exported variables do not cover.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExportNote {
    /// Components that share a variable have different remotes: the variable is left alone. Asking
    /// for one of the components by name decides.
    Ambiguous {
        /// The variable.
        variable: String,
        /// The components.
        components: Vec<String>,
    },
    /// A component needs a token, and no variable can name its remote: the build will put a token
    /// into its URL by itself.
    NoVariable {
        /// The component.
        component: String,
    },
}

impl Exports {
    /// The variables for this resolution. `asked` limits the components; empty means all.
    #[must_use]
    pub fn of(resolution: &Resolution, overrides: &[Override<'_>], asked: &[String]) -> Exports {
        let wanted: Vec<_> = resolution
            .components
            .iter()
            .filter(|component| asked.is_empty() || asked.contains(&component.name))
            .collect();
        let mut exports = Exports {
            variables: channel_variables(resolution.channel),
            notes: Vec::new(),
        };
        for entry in overrides {
            let sharing: Vec<_> = wanted
                .iter()
                .filter(|component| entry.components.contains(&component.name.as_str()))
                .filter_map(|component| Some((&component.name, component.remote.as_ref()?)))
                .collect();
            let Some((_, remote)) = sharing.first() else {
                continue;
            };
            if sharing.iter().all(|(_, other)| other == remote) {
                let variable = (entry.variable.to_owned(), (*remote).clone());
                exports.variables.push(variable);
            } else {
                exports.notes.push(ExportNote::Ambiguous {
                    variable: entry.variable.to_owned(),
                    components: sharing.iter().map(|(name, _)| (*name).clone()).collect(),
                });
            }
        }
        let uncovered = wanted.iter().filter(|component| {
            component.needs_token
                && !overrides
                    .iter()
                    .any(|entry| entry.components.contains(&component.name.as_str()))
        });
        exports
            .notes
            .extend(uncovered.map(|component| ExportNote::NoVariable {
                component: component.name.clone(),
            }));
        exports
    }

    /// `export NAME='value'` lines for a shell's `eval`.
    #[must_use]
    pub fn shell(&self) -> String {
        self.variables
            .iter()
            .map(|(name, value)| format!("export {name}={}\n", quoted(value)))
            .collect()
    }
}

/// The two variables that make the build choose the same channel.
fn channel_variables(channel: Channel) -> Vec<(String, String)> {
    let set = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    match channel {
        // Components without a mirror come from the fallback, which `ALTERNATIVE_SOURCES` decides
        // and which stays as it is.
        Channel::Security => vec![set(SECURITY_SOURCES, "true")],
        Channel::Alternative => vec![
            set(SECURITY_SOURCES, "false"),
            set(ALTERNATIVE_SOURCES, "true"),
        ],
        Channel::Remote => vec![
            set(SECURITY_SOURCES, "false"),
            set(ALTERNATIVE_SOURCES, "false"),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::super::overrides::OMNIBUS;
    use super::super::remote::Transport;
    use super::super::resolve::{Component, Origin};
    use super::*;

    fn component(name: &str, remote: &str, needs_token: bool) -> Component {
        Component {
            name: name.into(),
            remote: Some(remote.into()),
            from: Some(Origin::Channel(Channel::Security)),
            needs_token,
            transport: Some(Transport::Https),
            notes: Vec::new(),
        }
    }

    fn security(components: Vec<Component>) -> Resolution {
        Resolution {
            channel: Channel::Security,
            components,
            notes: Vec::new(),
        }
    }

    #[test]
    fn every_overridable_component_becomes_a_line() {
        let resolution = security(vec![
            component("gitaly", "https://h.example/s/gitaly.git", true),
            component("gitlab-kas", "https://h.example/it's.git", true),
            component("prometheus", "https://h.example/p.git", false),
        ]);
        let exports = Exports::of(&resolution, OMNIBUS, &[]);
        assert_eq!(
            exports.shell(),
            "export SECURITY_SOURCES='true'\n\
             export GITALY_SERVER_ALTERNATIVE_REPO='https://h.example/s/gitaly.git'\n\
             export GITLAB_KAS_ALTERNATIVE_REPO='https://h.example/it'\\''s.git'\n"
        );
        assert_eq!(exports.notes, []);
    }

    #[test]
    fn a_shared_variable_is_exported_only_when_it_is_clear_for_whom() {
        let resolution = security(vec![
            component("gitlab-rails", "https://h.example/foss.git", true),
            component("gitlab-rails-ee", "https://h.example/ee.git", true),
        ]);
        let both = Exports::of(&resolution, OMNIBUS, &[]);
        assert_eq!(both.variables.len(), 1);
        assert_eq!(
            both.notes,
            [ExportNote::Ambiguous {
                variable: "GITLAB_ALTERNATIVE_REPO".into(),
                components: vec!["gitlab-rails".into(), "gitlab-rails-ee".into()],
            }]
        );
        let one = Exports::of(&resolution, OMNIBUS, &["gitlab-rails-ee".into()]);
        assert_eq!(
            one.variables[1],
            (
                "GITLAB_ALTERNATIVE_REPO".into(),
                "https://h.example/ee.git".into()
            )
        );
        assert_eq!(one.notes, []);
    }

    #[test]
    fn a_private_component_without_a_variable_is_reported() {
        let resolution = security(vec![component("registry", "https://h.example/r.git", true)]);
        assert_eq!(
            Exports::of(&resolution, OMNIBUS, &[]).notes,
            [ExportNote::NoVariable {
                component: "registry".into()
            }]
        );
    }

    #[test]
    fn the_channel_is_exported_so_that_the_build_agrees() {
        for (channel, lines) in [
            (Channel::Security, "export SECURITY_SOURCES='true'\n"),
            (
                Channel::Alternative,
                "export SECURITY_SOURCES='false'\nexport ALTERNATIVE_SOURCES='true'\n",
            ),
            (
                Channel::Remote,
                "export SECURITY_SOURCES='false'\nexport ALTERNATIVE_SOURCES='false'\n",
            ),
        ] {
            let resolution = Resolution {
                channel,
                components: Vec::new(),
                notes: Vec::new(),
            };
            assert_eq!(
                Exports::of(&resolution, OMNIBUS, &[]).shell(),
                lines,
                "{channel}"
            );
        }
    }
}
