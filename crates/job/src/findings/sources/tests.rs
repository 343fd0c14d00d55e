//! Every cause becomes its code, and every text is whole in both languages.

use std::collections::BTreeSet;
use std::time::Duration;

use build_token_gitlab::AccessLevel;
use build_token_identity::JobContext;
use build_token_report::{Language, Texts, human};

use super::*;
use crate::sources::check::{Absence, GitVersion, Preferred, Refusal, TokenState};
use crate::sources::{OMNIBUS, Offer, Origin, Question, Transport, resolve};

/// The texts in both languages: nothing is left out, and no message is missing.
fn whole_in_both_languages(finding: &Finding) -> String {
    let render = |language| human(finding, &Texts::new(language), false);
    let (english, japanese) = (render(Language::English), render(Language::Japanese));
    for text in [&english, &japanese] {
        assert!(!text.contains("{$") && !text.contains("{ $"), "{text}");
        assert!(!text.contains("reason-"), "{text}");
        assert!(!text.contains(": \n"), "{text}");
    }
    assert_ne!(english, japanese);
    english
}

fn component() -> Component {
    Component {
        name: "gitaly".into(),
        remote: Some("https://gitlab.example/g/security/gitaly.git".into()),
        from: Some(Origin::Channel(Channel::Security)),
        needs_token: true,
        transport: Some(Transport::Https),
        notes: Vec::new(),
    }
}

fn found(outcome: Outcome) -> Option<Finding> {
    let one = Checked {
        name: "gitaly".into(),
        remote: component().remote,
        outcome,
        words: Some("git's own words".into()),
        request_id: Some("01ID".into()),
    };
    checked(&one, &component(), Some(Credential::BuildToken))
}

fn refused(refusal: Refusal) -> Finding {
    found(Outcome::Refused(Box::new(refusal))).unwrap()
}

fn refusals() -> Vec<Refusal> {
    let project = || Some("g/security/gitaly".to_owned());
    let token = |state| Refusal::Token { state };
    let role = |level| Refusal::RoleTooLow {
        project: project(),
        level,
    };
    let absent = |absence| Refusal::ProjectNotFound {
        project: project(),
        absence,
    };
    let scope = |similar: &[&str], truncated| Absence::OutOfScope {
        similar: similar.iter().map(|one| (*one).to_owned()).collect(),
        truncated,
    };
    let foreign = |public| Refusal::ForeignCredential { public };
    let limited = |retry_after| Refusal::RateLimited { retry_after };
    let preferred = |preferred| Refusal::PreferredCredential { preferred };
    let host = || "gitlab.example".to_owned();
    let version = GitVersion {
        major: 2,
        minor: 25,
    };
    vec![
        token(TokenState::Revoked),
        token(TokenState::Expired {
            expires_at: Some("2031-01-01".into()),
        }),
        token(TokenState::Expired { expires_at: None }),
        token(TokenState::Unknown),
        token(TokenState::MissingScope {
            scopes: vec!["read_registry".into(), "k8s_proxy".into()],
        }),
        token(TokenState::MissingScope { scopes: Vec::new() }),
        token(TokenState::NotAnAccessToken),
        token(TokenState::ProofRequired),
        token(TokenState::GoodForTheApi),
        token(TokenState::JobToken),
        token(TokenState::NotKnown),
        role(Some(AccessLevel::GUEST)),
        role(Some(AccessLevel::DEVELOPER)),
        role(None),
        absent(scope(&[], false)),
        absent(scope(&[], true)),
        absent(scope(&["g/security/gitaly-x"], false)),
        absent(scope(&["g/security/gitaly-x"], true)),
        absent(Absence::NoRepository),
        absent(Absence::NeverSent),
        absent(Absence::NoTokenOffered),
        absent(Absence::NotKnown),
        Refusal::ProjectNotFound {
            project: None,
            absence: Absence::NotKnown,
        },
        Refusal::JobTokenNotAllowed {
            from: "a".into(),
            to: "b".into(),
        },
        Refusal::JobTokenPermissions {
            project: "b".into(),
        },
        Refusal::NoCredential { host: host() },
        Refusal::NoPassword { host: host() },
        foreign(Some(true)),
        foreign(Some(false)),
        foreign(None),
        limited(Some(Duration::from_secs(30))),
        limited(None),
        Refusal::ProactiveAuthIgnored { version },
        Refusal::OtherHelper,
        Refusal::StaleCredential,
        Refusal::Submodule {
            path: "kit".into(),
            url: "https://other.example/kit.git".into(),
        },
        Refusal::HttpDisabled,
        Refusal::UserBlocked {
            message: "Your account has been blocked.".into(),
        },
        Refusal::MalformedUrl,
        Refusal::GitTooOld { version },
        preferred(Some(Preferred::ExtraHeader)),
        preferred(Some(Preferred::Rewrite)),
        preferred(Some(Preferred::Netrc)),
        preferred(None),
    ]
}

#[test]
fn every_refusal_has_its_code_and_is_told_whole() {
    let mut codes = BTreeSet::new();
    let mut texts = BTreeSet::new();
    for refusal in refusals() {
        let code = refusal.code();
        let finding = refused(refusal);
        assert_eq!(finding.code, code);
        assert_eq!(finding.severity, Severity::Error);
        assert_eq!(finding.request_id.as_deref(), Some("01ID"));
        codes.insert(code.as_str());
        texts.insert(whole_in_both_languages(&finding));
    }
    let expected: BTreeSet<&str> = [
        "BT-G01", "BT-G02", "BT-G03", "BT-G04", "BT-G05", "BT-G06", "BT-G07", "BT-G08", "BT-G09",
        "BT-G10", "BT-G11", "BT-G12", "BT-G13", "BT-G21", "BT-G22", "BT-G23", "BT-G26", "BT-G27",
    ]
    .into();
    assert_eq!(codes, expected);
    // No two causes say the same.
    assert_eq!(texts.len(), refusals().len());
}

#[test]
fn a_project_out_of_scope_names_the_similar_ones() {
    let finding = refused(Refusal::ProjectNotFound {
        project: Some("g/security/gitaly".into()),
        absence: Absence::OutOfScope {
            similar: vec!["g/security/gitaly-2".into(), "g/gitaly".into()],
            truncated: false,
        },
    });
    insta::assert_snapshot!(whole_in_both_languages(&finding), @r"
    error[BT-G03]: gitaly is not there for git
      what: git was refused at https://gitlab.example/g/security/gitaly.git: git's own words
      why: The token is good, and does not reach g/security/gitaly. It reaches these, which look similar: g/security/gitaly-2, g/gitaly.
      fix: Correct the remote, or have the token made in the group that holds the project.
      request id: 01ID
    ");
}

#[test]
fn a_missing_credential_is_explained_by_what_was_meant() {
    let host = || Refusal::NoCredential {
        host: "gitlab.example".into(),
    };
    let reason = |needs_token, credential| {
        let mut component = component();
        component.needs_token = needs_token;
        let one = Checked {
            name: "gitaly".into(),
            remote: component.remote.clone(),
            outcome: Outcome::Refused(Box::new(host())),
            words: None,
            request_id: None,
        };
        let finding = checked(&one, &component, credential).unwrap();
        whole_in_both_languages(&finding);
        finding.reasons["detail"].name
    };
    assert_eq!(
        reason(true, Some(Credential::BuildToken)),
        "reason-helper-silent"
    );
    assert_eq!(reason(true, None), "reason-no-token-for-it");
    assert_eq!(
        reason(false, Some(Credential::BuildToken)),
        "reason-not-meant"
    );
}

#[test]
fn what_is_no_refusal_has_its_code_too() {
    let after = Duration::from_secs(30);
    for (outcome, code) in [
        (Outcome::Reachable { head: None }, None),
        (Outcome::NoRemote, None),
        (Outcome::NotAsked, Some(Code::C27)),
        (Outcome::TimedOut { after }, Some(Code::R31)),
        (Outcome::Unreachable, Some(Code::R32)),
        (Outcome::Failed, Some(Code::R33)),
    ] {
        let finding = found(outcome);
        assert_eq!(finding.as_ref().map(|finding| finding.code), code);
        finding.as_ref().map(whole_in_both_languages);
    }
}

const FILE: &str = "\
private:
  alternative: https://gitlab.example/g/private.git
  security: https://u:pw@gitlab.example/g/security/private.git
elsewhere:
  security: https://other.example/elsewhere.git
over-ssh:
  security: git@gitlab.example:g/security/over-ssh.git
public:
  alternative: https://gitlab.example/g/public.git
nowhere:
  remote: https://gitlab.example/g/nowhere.git
";

fn prospect(variables: &[(&str, &str)]) -> Prospect {
    let reach = ("BUILD_TOKEN_REACH", "https://gitlab.example/g/security/");
    let variables = variables.iter().chain([&reach]);
    let context = JobContext::from_variables(
        variables.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
    );
    Prospect::of(None, &context).unwrap()
}

/// The codes of what is said about [`FILE`], each text checked.
fn said(variables: &[(&str, &str)], offer: Offer, prospect: &Prospect) -> Vec<(Code, Severity)> {
    let lookup = |name: &str| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    let question = Question {
        lookup: &lookup,
        reach: &|url| prospect.covers(url),
        channel: Some(Channel::Security),
        overrides: OMNIBUS,
        offer,
    };
    let resolution = resolve(FILE, "sources.yml", &question).unwrap();
    let facts = Facts {
        file: "sources.yml",
        prospect,
    };
    notes(&resolution, facts)
        .iter()
        .map(|finding| {
            let text = whole_in_both_languages(finding);
            assert!(!text.contains("pw"), "{text}");
            (finding.code, finding.severity)
        })
        .collect()
}

#[test]
fn everything_worth_knowing_is_said() {
    use Severity::{Note, Warning};
    let here = [("CI_PROJECT_PATH", "a"), ("SECURITY_PROJECT_PATH", "b")];
    let variables = [
        ("SECURITY_SOURCES", "yes"),
        ("ALTERNATIVE_PRIVATE_TOKEN", "x"),
    ];
    assert_eq!(
        said(&variables, Offer::default(), &prospect(&here)),
        [
            (Code::Y27, Warning),
            (Code::Y26, Warning),
            (Code::G24, Warning),
            (Code::C30, Note),
            (Code::C24, Warning),
            (Code::C28, Warning),
            (Code::C28, Warning),
            (Code::C29, Warning),
        ]
    );
}

#[test]
fn a_job_token_in_the_place_of_the_build_token_is_told() {
    let offer = Offer {
        build_token: false,
        job_token: true,
    };
    // The condition cannot be decided here, so no comparison can be named either.
    let told = said(&[], offer, &prospect(&[]));
    assert_eq!(told[0], (Code::R22, Severity::Warning));
    let told = said(&[], Offer::default(), &prospect(&[]));
    assert_eq!(told[0], (Code::Y26, Severity::Warning));
}

#[test]
fn what_makes_the_list_useless_is_placed_and_shows_no_value() {
    let read = |text: &str, variable: Option<&str>| {
        let lookup = |name: &str| {
            let asked = name == "GITALY_SERVER_ALTERNATIVE_REPO";
            variable.filter(|_| asked).map(str::to_owned)
        };
        let question = Question {
            lookup: &lookup,
            reach: &|_| false,
            channel: None,
            overrides: OMNIBUS,
            offer: Offer::default(),
        };
        error(&resolve(text, "sources.yml", &question).unwrap_err())
    };
    for (finding, code) in [
        (read("", None), Code::C04),
        (read("a:\n  security: 'true'\n", None), Code::C27),
        (read("a:\n  security: ''\n", None), Code::C27),
        (read("a:\n  security: 'https:///x'\n", None), Code::C27),
        (read("a:\n  security: \"/x\\ny\"\n", None), Code::C27),
        (read("a:\n  secure: /x\n", None), Code::C03),
        (read("gitaly:\n  remote: /x\n", Some("true")), Code::C27),
    ] {
        assert_eq!(finding.code, code);
        whole_in_both_languages(&finding);
    }
    let finding = read("a:\n  security: 'true'\n", None);
    assert_eq!(
        (finding.places[0].line, finding.places[0].column),
        (Some(2), Some(13))
    );
}

#[test]
fn what_cannot_be_exported_is_told() {
    let ambiguous = ExportNote::Ambiguous {
        variable: "GITLAB_ALTERNATIVE_REPO".into(),
        components: vec!["gitlab-rails".into(), "gitlab-rails-ee".into()],
    };
    let alone = ExportNote::NoVariable {
        component: "registry".into(),
    };
    for (note, code) in [(ambiguous, Code::C31), (alone, Code::C32)] {
        let finding = export(&note);
        assert_eq!(finding.code, code);
        whole_in_both_languages(&finding);
    }
}
