//! The resolution's rules, one table each, and the example's file as a snapshot.

use std::collections::BTreeMap;

use super::super::overrides::OMNIBUS;
use super::*;

const FILE: &str = "\
gitlab-rails:
  remote: git@dev.example:gitlab/gitlabhq.git
  alternative: https://gitlab.example/g/foss.git
  security: https://gitlab.example/g/security/foss.git
gitlab-rails-ee:
  remote: git@dev.example:gitlab/gitlab-ee.git
  alternative: https://gitlab.example/g/gitlab.git
  security: https://gitlab.example/g/security/gitlab.git
prometheus:
  remote: git@dev.example:mirror/prometheus.git
  alternative: https://gitlab.example/g/mirror/prometheus.git
omnibus:
  remote: https://dev.example/gitlab/omnibus.git
";

const REACH: &str = "https://gitlab.example/g/security/";

fn answer(text: &str, variables: &[(&str, &str)], offer: Offer) -> Resolution {
    let variables: BTreeMap<_, _> = variables.iter().copied().collect();
    let lookup = |name: &str| variables.get(name).map(|value| (*value).to_owned());
    let reach = |url: &str| url.starts_with(REACH);
    let question = Question {
        lookup: &lookup,
        reach: &reach,
        channel: None,
        overrides: OMNIBUS,
        offer,
    };
    resolve(text, ".custom_sources.yml", &question).unwrap()
}

const TOKEN: Offer = Offer {
    build_token: true,
    job_token: false,
};

fn component<'a>(resolution: &'a Resolution, name: &str) -> &'a Component {
    let found = resolution.components.iter().find(|one| one.name == name);
    found.unwrap()
}

#[test]
fn each_channel_names_its_remotes() {
    for (variables, channel, remote, needs_token) in [
        (
            vec![("SECURITY_SOURCES", "true")],
            Channel::Security,
            "https://gitlab.example/g/security/gitlab.git",
            true,
        ),
        (
            vec![],
            Channel::Alternative,
            "https://gitlab.example/g/gitlab.git",
            false,
        ),
        (
            vec![("ALTERNATIVE_SOURCES", "false")],
            Channel::Remote,
            "git@dev.example:gitlab/gitlab-ee.git",
            false,
        ),
    ] {
        let resolution = answer(FILE, &variables, TOKEN);
        let rails = component(&resolution, "gitlab-rails-ee");
        assert_eq!(resolution.channel, channel);
        assert_eq!(rails.remote.as_deref(), Some(remote));
        assert_eq!(rails.from, Some(Origin::Channel(channel)));
        assert_eq!(rails.needs_token, needs_token);
        assert_eq!(rails.notes, []);
    }
}

#[test]
fn without_a_security_remote_the_other_channel_is_used_and_no_token() {
    for (alternative, fallback, remote) in [
        (
            "true",
            Channel::Alternative,
            "https://gitlab.example/g/mirror/prometheus.git",
        ),
        (
            "false",
            Channel::Remote,
            "git@dev.example:mirror/prometheus.git",
        ),
    ] {
        let variables = [
            ("SECURITY_SOURCES", "true"),
            ("ALTERNATIVE_SOURCES", alternative),
        ];
        let resolution = answer(FILE, &variables, TOKEN);
        let prometheus = component(&resolution, "prometheus");
        assert_eq!(prometheus.remote.as_deref(), Some(remote));
        assert_eq!(prometheus.from, Some(Origin::Channel(fallback)));
        assert!(!prometheus.needs_token);
        assert_eq!(
            prometheus.notes,
            [ComponentNote::NoSecurityRemote { fallback }]
        );
    }
}

#[test]
fn a_component_without_any_remote_in_the_channel_says_so() {
    let resolution = answer(FILE, &[], TOKEN);
    let omnibus = component(&resolution, "omnibus");
    assert_eq!((&omnibus.remote, &omnibus.from), (&None, &None));
    assert_eq!(omnibus.notes, [ComponentNote::NoRemote]);
}

#[test]
fn a_variable_goes_before_the_file_in_every_channel_for_every_component_that_shares_it() {
    let inside = "https://gitlab.example/g/security/fork.git";
    for channel in [vec![], vec![("SECURITY_SOURCES", "true")]] {
        let mut variables = channel;
        variables.push(("GITLAB_ALTERNATIVE_REPO", inside));
        let resolution = answer(FILE, &variables, TOKEN);
        for name in ["gitlab-rails", "gitlab-rails-ee"] {
            let rails = component(&resolution, name);
            assert_eq!(rails.remote.as_deref(), Some(inside));
            assert_eq!(
                rails.from,
                Some(Origin::Variable("GITLAB_ALTERNATIVE_REPO".into()))
            );
            assert!(rails.needs_token);
        }
    }
    let empty = answer(FILE, &[("GITLAB_ALTERNATIVE_REPO", " ")], TOKEN);
    assert_eq!(
        component(&empty, "gitlab-rails").from,
        Some(Origin::Channel(Channel::Alternative))
    );
}

#[test]
fn a_variable_cannot_send_the_token_outside_the_reach_or_over_anything_but_https() {
    for (value, note) in [
        (
            "https://evil.example/g/security/gitlab.git",
            ComponentNote::OutsideReach,
        ),
        (
            "git@gitlab.example:g/security/gitlab.git",
            ComponentNote::NotHttps,
        ),
        (
            "http://gitlab.example/g/security/gitlab.git",
            ComponentNote::NotHttps,
        ),
        (
            "ext::https://gitlab.example/g/security/gitlab.git",
            ComponentNote::NotHttps,
        ),
    ] {
        let resolution = answer(FILE, &[("GITLAB_ALTERNATIVE_REPO", value)], TOKEN);
        let rails = component(&resolution, "gitlab-rails");
        assert!(!rails.needs_token, "{value}");
        assert_eq!(rails.notes, [note], "{value}");
    }
}

#[test]
fn a_variable_that_is_no_remote_is_an_error_that_names_it() {
    let lookup = |name: &str| {
        (name == "GITALY_SERVER_ALTERNATIVE_REPO").then(|| "https://u:s3cret@/g\n.git".to_owned())
    };
    let question = Question {
        lookup: &lookup,
        reach: &|_| true,
        channel: None,
        overrides: OMNIBUS,
        offer: TOKEN,
    };
    let error = resolve("gitaly:\n  remote: h:g\n", "x", &question).unwrap_err();
    assert!(
        matches!(&error, SourcesError::Variable { variable, .. } if variable == "GITALY_SERVER_ALTERNATIVE_REPO")
    );
    assert!(!format!("{error:?} {error}").contains("s3cret"));
}

#[test]
fn credentials_in_remotes_are_cut_and_reported() {
    let text = "a:\n  alternative: https://u:s3cret@gitlab.example/a.git\n";
    let resolution = answer(text, &[], TOKEN);
    let a = component(&resolution, "a");
    assert_eq!(a.remote.as_deref(), Some("https://gitlab.example/a.git"));
    assert_eq!(a.notes, [ComponentNote::CredentialInRemote]);
    let printed = format!(
        "{resolution:?}{}",
        serde_json::to_string(&resolution).unwrap()
    );
    assert!(!printed.contains("s3cret"), "{printed}");
}

#[test]
fn the_job_token_is_used_only_when_it_was_asked_for_by_name() {
    let security = [("SECURITY_SOURCES", "true"), ("CI_JOB_TOKEN", "present")];
    for (build_token, job_token, credential, note) in [
        (true, false, Some(Credential::BuildToken), None),
        (true, true, Some(Credential::BuildToken), None),
        (false, false, None, Some(Note::NoCredential)),
        (
            false,
            true,
            Some(Credential::JobToken),
            Some(Note::JobToken),
        ),
    ] {
        let offer = Offer {
            build_token,
            job_token,
        };
        let resolution = answer(FILE, &security, offer);
        assert_eq!(resolution.credential(offer), credential);
        assert_eq!(resolution.notes, note.into_iter().collect::<Vec<_>>());
    }
    let public = answer(FILE, &[], Offer::default());
    assert_eq!(public.notes, [], "nothing needs a token there");
    assert_eq!(public.credential(TOKEN), None);
}

#[test]
fn what_the_build_would_do_otherwise_is_noted() {
    let variables = [
        ("SECURITY_SOURCES", "True"),
        ("ALTERNATIVE_PRIVATE_TOKEN", "s3cret-s3cret"),
    ];
    let resolution = answer(FILE, &variables, TOKEN);
    assert_eq!(resolution.channel, Channel::Alternative);
    let misread = Misread {
        variable: "SECURITY_SOURCES",
        value: "True".into(),
        counts: "true",
    };
    assert_eq!(
        resolution.notes,
        [Note::Misread(misread), Note::AlternativePrivateToken]
    );
    assert!(!format!("{resolution:?}").contains("s3cret"));
}

#[test]
fn another_deployment_brings_its_own_table() {
    let lookup = |name: &str| (name == "A_REPO").then(|| "https://gitlab.example/x.git".to_owned());
    let question = Question {
        lookup: &lookup,
        reach: &|_| true,
        channel: None,
        overrides: &[Override {
            variable: "A_REPO",
            components: &["a"],
        }],
        offer: TOKEN,
    };
    let resolution = resolve("a:\n  remote: h:a\n", "x", &question).unwrap();
    assert_eq!(
        resolution.components[0].from,
        Some(Origin::Variable("A_REPO".into()))
    );
}

#[test]
fn the_examples_file_in_the_channel_security() {
    let text = include_str!("../../../../../examples/omnibus/.custom_sources.yml");
    let reach = |url: &str| url.starts_with("https://gitlab.com/gitlab-org/security/");
    let lookup = |name: &str| (name == "SECURITY_SOURCES").then(|| "true".to_owned());
    let question = Question {
        lookup: &lookup,
        reach: &reach,
        channel: None,
        overrides: OMNIBUS,
        offer: TOKEN,
    };
    let resolution = resolve(text, ".custom_sources.yml", &question).unwrap();
    let lines: Vec<String> = resolution
        .components
        .iter()
        .map(|one| {
            format!(
                "{} {} {} {}",
                one.name,
                one.from.as_ref().map_or("-", Origin::as_str),
                if one.needs_token { "token" } else { "public" },
                one.remote.as_deref().unwrap_or("-"),
            )
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @"
    gitlab-rails security token https://gitlab.com/gitlab-org/security/gitlab-foss.git
    gitlab-rails-ee security token https://gitlab.com/gitlab-org/security/gitlab.git
    gitlab-shell security token https://gitlab.com/gitlab-org/security/gitlab-shell.git
    gitlab-pages security token https://gitlab.com/gitlab-org/security/gitlab-pages.git
    gitlab-kas security token https://gitlab.com/gitlab-org/security/cluster-integration/gitlab-agent.git
    gitaly security token https://gitlab.com/gitlab-org/security/gitaly.git
    gitlab-elasticsearch-indexer security token https://gitlab.com/gitlab-org/security/gitlab-elasticsearch-indexer.git
    registry security token https://gitlab.com/gitlab-org/security/container-registry.git
    omnibus alternative public https://gitlab.com/gitlab-org/omnibus.git
    prometheus alternative public https://gitlab.com/gitlab-org/build/omnibus-mirror/prometheus.git
    alertmanager alternative public https://gitlab.com/gitlab-org/build/omnibus-mirror/alertmanager.git
    ");
    assert_eq!(resolution.notes, []);
}

#[test]
fn the_printed_form_is_the_documented_one() {
    let resolution = answer(
        "a:\n  alternative: https://gitlab.example/a.git\nb:\n  remote: h:b\n",
        &[],
        TOKEN,
    );
    assert_eq!(
        serde_json::to_value(&resolution).unwrap(),
        serde_json::json!({
            "channel": "alternative",
            "components": [
                {"name": "a", "remote": "https://gitlab.example/a.git", "from": "alternative", "needs_token": false},
                {"name": "b", "remote": null, "from": null, "needs_token": false},
            ]
        })
    );
}
