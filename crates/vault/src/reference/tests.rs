//! Every form that people paste, and everything that is refused.

use super::*;

const PATH: &str = "access_tokens/gitlab-com/gitlab-org/security/_group_access_tokens/build-token";

fn variables(name: &str) -> Option<String> {
    match name {
        "MOUNT" => Some("ci".to_owned()),
        "BASE" => Some("gitlab-com/my/project".to_owned()),
        "FIELD" => Some("token".to_owned()),
        "EMPTY" => Some(String::new()),
        "UP" => Some("../other".to_owned()),
        "EVIL" => Some("x@evil".to_owned()),
        _ => None,
    }
}

fn parsed(text: &str) -> Parsed {
    SecretRef::parse(text, &variables).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The normal form with the version, and the notes.
fn read(text: &str) -> (String, Vec<Note>) {
    let Parsed { reference, notes } = parsed(text);
    let version = reference
        .version()
        .map(|version| format!("?{version}"))
        .unwrap_or_default();
    (format!("{reference}{version}"), notes)
}

fn problem(text: &str) -> RefProblem {
    SecretRef::parse(text, &variables).unwrap_err().problem
}

fn ignored(host: &str) -> Note {
    Note::ServerIgnored {
        host: host.to_owned(),
    }
}

#[test]
fn the_reference_deployment_in_all_its_forms() {
    let normal = format!("{PATH}/token@ci");
    let encoded = PATH.replace('/', "%2F");
    let host = || ignored("vault.example.com");
    use Note::{DefaultField, MetadataPath, MountRepeated};
    for (text, notes) in [
        (normal.clone(), vec![]),
        (format!("  {normal}\n"), vec![]),
        (format!("ci/{PATH}#token"), vec![]),
        (format!("ci/data/{PATH}#token"), vec![]),
        (format!("ci/data/{PATH}"), vec![DefaultField]),
        (
            format!("ci/metadata/{PATH}"),
            vec![MetadataPath, DefaultField],
        ),
        (format!("ci/metadata/{PATH}#token"), vec![MetadataPath]),
        (
            format!("ci/metadata/{PATH}/token@ci"),
            vec![MountRepeated, MetadataPath],
        ),
        (format!("ci/data/{PATH}/token@ci"), vec![MountRepeated]),
        (format!("/v1/ci/data/{PATH}#token"), vec![]),
        (
            format!("/v1/ci/metadata/{PATH}"),
            vec![MetadataPath, DefaultField],
        ),
        (
            format!("https://vault.example.com/v1/ci/data/{PATH}"),
            vec![host(), DefaultField],
        ),
        (
            format!("https://u:p@vault.example.com/v1/ci/data/{PATH}#token"),
            vec![host()],
        ),
        (
            format!("https://vault.example.com/ui/vault/secrets/ci/kv/{encoded}/details#token"),
            vec![host()],
        ),
        (
            format!("https://vault.example.com/ui/vault/secrets/ci/kv/{encoded}"),
            vec![host(), DefaultField],
        ),
        (
            format!("/ui/vault/secrets/ci/kv/list/{PATH}/"),
            vec![DefaultField],
        ),
        (
            format!("https://vault.example.com/ui/vault/secrets/ci/show/{PATH}"),
            vec![host(), DefaultField],
        ),
    ] {
        assert_eq!(read(&text), (normal.clone(), notes), "{text}");
    }
}

#[test]
fn versions() {
    for text in [
        "ci/a/b#token?version=3",
        "ci/a/b?version=3#token",
        "ci/data/a/b?version=3#token",
        "/v1/ci/data/a/b?version=3#token",
        "https://vault/ui/vault/secrets/ci/kv/a%2Fb/details?version=3#token",
        "https://vault/ui/vault/secrets/ci/show/a/b?x=y&version=3#token",
    ] {
        assert_eq!(read(text).0, "a/b/token@ci?3", "{text}");
    }
    assert_eq!(read("ci/a/b#token?version=0").0, "a/b/token@ci");
    for bad in ["-1", "x", "", "4294967296", "1.5"] {
        let text = format!("ci/a#token?version={bad}");
        assert_eq!(
            problem(&text),
            RefProblem::Version {
                text: bad.to_owned()
            }
        );
    }
}

#[test]
fn the_namespace_of_a_url_is_noted() {
    let text = "https://vault/ui/vault/secrets/ci/kv/a/details?namespace=admin%2Fx&version=2";
    let (_, notes) = read(text);
    let namespace = "admin/x".to_owned();
    assert_eq!(
        notes,
        [
            ignored("vault"),
            Note::NamespaceIgnored { namespace },
            Note::DefaultField
        ]
    );
}

#[test]
fn gitlabs_short_form_is_read_as_gitlab_reads_it() {
    for (text, mount, path, field) in [
        ("a/b/c", "kv-v2", "a/b", "c"),
        ("a/b@c/d@e", "e", "a/b@c", "d"),
        ("a/b@team/kv", "team/kv", "a", "b"),
        ("@/b", "kv-v2", "@", "b"),
        ("v1/a/b@ci", "ci", "v1/a", "b"),
    ] {
        let reference = parsed(text).reference;
        let found = (reference.mount(), reference.path(), reference.field());
        assert_eq!(found, (mount, path, field), "{text}");
    }
    assert_eq!(read("a/b").1, [Note::DefaultMount]);
}

#[test]
fn likely_mistakes_are_kept_and_noted() {
    let word = |word: &str| Note::ApiWordInPath {
        word: word.to_owned(),
    };
    assert_eq!(
        read("data/a/b@ci"),
        ("data/a/b@ci".into(), vec![word("data")])
    );
    assert_eq!(
        read("metadata/a/b@ci"),
        ("metadata/a/b@ci".into(), vec![word("metadata")])
    );
    assert_eq!(
        read("ci/a/b@ci"),
        ("ci/a/b@ci".into(), vec![Note::MountInPath])
    );
    assert_eq!(read("cix/a/b@ci").1, []);
}

#[test]
fn a_mount_of_several_segments() {
    assert_eq!(read("team/kv/data/a/b#c").0, "a/b/c@team/kv");
    assert_eq!(
        read("https://vault/ui/vault/secrets/team%2Fkv/kv/a/details#c").0,
        "a/c@team/kv"
    );
    assert_eq!(read("ci/data/a/data/b#c").0, "a/data/b/c@ci");
}

#[test]
fn variables_are_expanded_after_the_short_form_is_taken_apart() {
    assert_eq!(
        read("${BASE}/$FIELD@$MOUNT").0,
        "gitlab-com/my/project/token@ci"
    );
    assert_eq!(
        read("$MOUNT/data/$BASE#$FIELD").0,
        "gitlab-com/my/project/token@ci"
    );
    assert_eq!(read("a/$EVIL/token@ci").0, "a/x@evil/token@ci");
    let error = SecretRef::parse("${NOPE}/token@ci", &variables).unwrap_err();
    assert_eq!(
        error.problem,
        RefProblem::UndefinedVariable {
            name: "NOPE".into()
        }
    );
    assert_eq!(error.parts.path, "${NOPE}");
    assert_eq!(
        (error.parts.mount, error.parts.field),
        ("ci".into(), "token".into())
    );
}

#[test]
fn what_is_refused() {
    use Part::{Field, Mount, Path};
    use RefProblem::{Character, DotSegment, Empty, EmptySegment, UnknownUrl};
    for (text, expected) in [
        ("", Empty(Path)),
        ("token", Empty(Path)),
        ("token@ci", Empty(Path)),
        ("ci#token", Empty(Path)),
        ("a/token@", Empty(Mount)),
        ("a/@ci", Empty(Field)),
        ("ci/a#", Empty(Field)),
        ("a//b/token@ci", EmptySegment(Path)),
        ("/a/token@ci", EmptySegment(Path)),
        ("$EMPTY/a/token@ci", EmptySegment(Path)),
        ("ci/data/a/", EmptySegment(Path)),
        ("a/token@ci/", EmptySegment(Mount)),
        ("/ci/a#token", Empty(Mount)),
        ("../a/token@ci", DotSegment(Path)),
        ("a/./token@ci", DotSegment(Path)),
        ("$UP/token@ci", DotSegment(Path)),
        ("ci/data/../sys/x#token", DotSegment(Path)),
        ("a/token@../sys", DotSegment(Mount)),
        ("/v1/ci/data/a%2F..%2F..%2Fsys#token", DotSegment(Path)),
        (
            "a\tb/token@ci",
            Character {
                part: Path,
                character: '\t',
            },
        ),
        (
            "/v1/ci/data/a%0Ab",
            Character {
                part: Path,
                character: '\n',
            },
        ),
        (
            "a/b#to/ken",
            Character {
                part: Field,
                character: '/',
            },
        ),
        (
            "a@b/c#token",
            Character {
                part: Mount,
                character: '@',
            },
        ),
        ("https://vault.example.com/", UnknownUrl),
        ("https://vault.example.com/ui/vault/dashboard", UnknownUrl),
        ("/ui/vault/secrets/ci", UnknownUrl),
    ] {
        assert_eq!(problem(text), expected, "{text:?}");
    }
}

#[test]
fn the_parts_of_what_is_refused_are_shown() {
    let error = SecretRef::parse("a//b/token@ci", &variables).unwrap_err();
    let expected = Parts {
        mount: "ci".into(),
        path: "a//b".into(),
        field: "token".into(),
        version: None,
    };
    assert_eq!(*error.parts, expected);
}

#[test]
fn what_a_reference_says() {
    let reference = parsed("a b/c\"d/token@ci").reference;
    assert_eq!(reference.ci_short(), "a b/c\"d/token@ci");
    assert_eq!(reference.api_read_path(), "ci/data/a b/c\"d");
    assert_eq!(reference.api_metadata_path(), "ci/metadata/a b/c\"d");
    let policy = "path \"ci/data/a b/c\\\"d\" {\n  capabilities = [\"read\"]\n}";
    assert_eq!(reference.policy(), policy);
    assert_eq!(reference.target(), "/v1/ci/data/a%20b/c%22d");
    assert_eq!(
        parsed("ci/a#b?version=7").reference.target(),
        "/v1/ci/data/a?version=7"
    );
}

#[test]
fn the_normal_form_is_read_back_as_itself() {
    for text in [
        "a/b@ci",
        "ci/data/a/b",
        "x/y/z",
        "/v1/team/kv/data/a%20b#c",
        "ci/$BASE#t",
    ] {
        let reference = parsed(text).reference;
        assert_eq!(
            parsed(&reference.to_string()).reference,
            reference,
            "{text}"
        );
    }
}
