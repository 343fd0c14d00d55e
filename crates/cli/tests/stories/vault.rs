//! Every refusal of a Vault that works: each has its own code, and none leaves a session behind.

use build_token_http::Method;
use serde_json::{Value, json};

use crate::setting::{ROLE, SECRET_PATH, told};
use crate::story;
use crate::support::{CANONICAL, Job, SECURITY, World};

/// What is wrong, and how it comes to be.
type Case = (&'static str, fn(&World, &mut Job));

const REFUSALS_AT_LOGIN: &[Case] = &[
    ("wrong mount", |_, job| {
        job.env("VAULT_AUTH_PATH", "gitlab-con");
    }),
    ("wrong namespace", |_, job| {
        job.env("VAULT_NAMESPACE", "nobody");
    }),
    ("missing role", |_, job| {
        job.without("VAULT_AUTH_ROLE");
    }),
    ("wrong role", |_, job| {
        job.env("VAULT_AUTH_ROLE", "gitlab-org_security_omnibus");
    }),
    ("wrong audience", |world, job| {
        claims(world, job, json!({ "aud": "https://vault.gitlab.net/" }))
    }),
    ("wrong issuer", |world, job| {
        claims(world, job, json!({ "iss": "https://gitlab.example.com" }))
    }),
    ("wrong subject", |world, _| {
        world.role(json!({ "bound_subject": "project_path:somebody/else" }))
    }),
    ("wrong project", |world, job| {
        job.env("VAULT_ID_TOKEN", world.id_token(CANONICAL));
    }),
    ("unprotected ref", |world, job| {
        world.role(json!({ "bound_claims": { "project_id": ["2"], "ref_protected": "true" } }));
        claims(
            world,
            job,
            json!({ "ref": "feature", "ref_protected": "false" }),
        );
    }),
    ("missing claim", |world, _| {
        world.role(json!({ "bound_claims": { "environment": "production" } }))
    }),
    ("unusable user claim", |world, _| {
        world.role(json!({ "user_claim": "nobody" }))
    }),
    ("expired long ago", |world, job| {
        claims(
            world,
            job,
            json!({ "exp": 1_600_000_000, "iat": 1_599_999_000, "nbf": 1_599_999_000 }),
        )
    }),
    ("expired for a server without leeway", |world, job| {
        world.role(json!({ "clock_skew_leeway": -1, "expiration_leeway": -1 }));
        claims(world, job, json!({ "exp": now(world) - 20 }));
    }),
    ("not valid yet", |world, job| {
        claims(
            world,
            job,
            json!({ "nbf": now(world) + 900, "exp": now(world) + 1800 }),
        )
    }),
    ("bad signature", |world, job| {
        let id_token = world.id_token(SECURITY);
        let (signed, signature) = id_token.rsplit_once('.').expect("a signature");
        let other: String = signature.chars().rev().collect();
        job.env("VAULT_ID_TOKEN", format!("{signed}.{other}"));
    }),
    ("role for browsers", |world, _| {
        world.role(json!({ "role_type": "oidc", "allowed_redirect_uris": ["http://localhost"] }));
    }),
    ("role without an audience", |world, _| {
        world.role(json!({ "bound_audiences": null }))
    }),
];

const REFUSALS_AT_READING: &[Case] = &[
    ("missing policy", |world, _| {
        world.role(json!({ "token_policies": ["nothing"] }))
    }),
    ("missing path", |_, job| {
        secret(job, "stories/nothing/token@ci")
    }),
    ("deleted version", |world, job| {
        secret(
            job,
            &world.store("deleted", json!({ "token": "glpat-deleted-deleted1" })),
        );
        world.done(Method::Delete, "ci/data/stories/deleted", Value::Null);
    }),
    ("destroyed version", |world, job| {
        secret(
            job,
            &world.store("destroyed", json!({ "token": "glpat-destroyed-destr1" })),
        );
        world.done(
            Method::Post,
            "ci/destroy/stories/destroyed",
            json!({ "versions": [1] }),
        );
    }),
    ("KV version 1", |world, job| {
        world.done(
            Method::Post,
            "sys/mounts/old",
            json!({ "type": "kv", "options": { "version": "1" } }),
        );
        world.done(
            Method::Post,
            "old/secret",
            json!({ "token": "glpat-version-oneone1" }),
        );
        secret(job, "secret/token@old");
    }),
    ("no such mount", |_, job| {
        secret(job, "secret/token@nowhere")
    }),
    ("missing field", |world, job| {
        secret(
            job,
            &world.store(
                "fields",
                json!({ "user": "bot", "password": "glpat-wrong-field-1" }),
            ),
        );
    }),
    ("number", |world, job| {
        secret(job, &world.store("number", json!({ "token": 12345 })))
    }),
    ("object", |world, job| {
        secret(
            job,
            &world.store("object", json!({ "token": { "value": "x" } })),
        )
    }),
    ("empty value", |world, job| {
        secret(job, &world.store("empty", json!({ "token": "" })))
    }),
    ("line break", |world, job| {
        secret(
            job,
            &world.store("line", json!({ "token": "glpat-with-a-line-brk\n" })),
        )
    }),
];

fn claims(world: &World, job: &mut Job, claims: Value) {
    job.env("VAULT_ID_TOKEN", world.id_token_with(SECURITY, claims));
}

fn secret(job: &mut Job, reference: &str) {
    job.env("BUILD_TOKEN_SECRET", reference);
}

fn now(world: &World) -> i64 {
    world.lab.clock().now().as_second()
}

/// Runs a job for each case: its exit code, its code, what happened, and where an inline login is told
/// differently. The command must not run, and no session may be left.
fn table(world: &World, cases: &[Case]) -> String {
    let mut table = String::new();
    for (name, arrange) in cases {
        world.role(json!({}));
        let mut job = world.job_with_role();
        arrange(world, &mut job);
        job.canary("wrong field", "glpat-wrong-field-1")
            .canary("broken line", "glpat-with-a-line-brk");
        let before = world.sessions();
        let ran = job.script(&[], "echo the command ran");
        assert_eq!(
            (ran.stdout.as_str(), world.sessions()),
            ("", before),
            "{name}"
        );
        let what = ran
            .stderr
            .lines()
            .find_map(|line| line.trim_start().strip_prefix("what:"))
            .unwrap_or("-");
        table += &format!(
            "{name}: exit {} {:?}\n   {}\n",
            ran.exit_code,
            ran.codes(),
            what.trim()
        );
        let inline = job.script(&["--flow", "inline"], "echo the command ran");
        if (inline.exit_code, inline.codes()) != (ran.exit_code, ran.codes()) {
            table += &format!(
                "   inline: exit {} {:?}\n",
                inline.exit_code,
                inline.codes()
            );
        }
    }
    table
        .replace(world.lab.vault_url(), "<vault>")
        .replace(world.lab.gitlab_url(), "<gitlab>")
}

story! {
    fn every_refusal_at_login_says_what_is_wrong_and_leaves_no_session(world) {
        insta::assert_snapshot!(crate::setting::without_changes(&table(world, REFUSALS_AT_LOGIN)), @r#"
        wrong mount: exit 77 ["BT-V06"]
           Vault at <vault> answered 403 to the login at auth/gitlab-con (namespace: none): permission denied
        wrong namespace: exit 65 ["BT-C21"]
           Vault at <vault> answered: namespace not found
        missing role: exit 77 ["BT-Y02"]
           Vault at <vault> answered the login at auth/gitlab-com with: missing role
        wrong role: exit 77 ["BT-Y03"]
           Vault at <vault> answered the login at auth/gitlab-com with: role "gitlab-org_security_omnibus" could not be found
        wrong audience: exit 77 ["BT-J01"]
           The ID token has aud https://vault.gitlab.net/; Vault at <vault> (auth/gitlab-com, role story) answered: error validating token: invalid audience (aud) claim: audience claim does not match any expected audience
        wrong issuer: exit 77 ["BT-J03"]
           The ID token has iss https://gitlab.example.com; Vault at <vault> (auth/gitlab-com) answered: error validating token: invalid issuer (iss) claim
        wrong subject: exit 77 ["BT-J04"]
           The ID token has sub project_path:gitlab-org/security/omnibus-gitlab:ref_type:branch:ref:main; Vault at <vault> (auth/gitlab-com, role story) answered: error validating token: invalid subject (sub) claim
        wrong project: exit 77 ["BT-J06"]
           The ID token has project_id "1"; Vault at <vault> (auth/gitlab-com, role story) answered: error validating claims: claim "project_id" does not match any associated bound claim values
        unprotected ref: exit 77 ["BT-J05"]
           The ID token has ref_protected "false" on ref feature; Vault at <vault> (auth/gitlab-com, role story) answered: error validating claims: claim "ref_protected" does not match any associated bound claim values
        missing claim: exit 77 ["BT-J07"]
           Vault at <vault> (auth/gitlab-com, role story) answered: error validating claims: claim "environment" is missing
        unusable user claim: exit 77 ["BT-J09"]
           Vault at <vault> (auth/gitlab-com, role story) answered: claim "nobody" not found in token
        expired long ago: exit 78 ["BT-J11"]
           The ID token expired at <time>; now it is <time>.
        expired for a server without leeway: exit 78 ["BT-J11"]
           The ID token expired at <time>; now it is <time>.
        not valid yet: exit 78 ["BT-J12"]
           The ID token is valid from <time>; Vault at <vault> answered at <time> of its clock: error validating token: invalid not before (nbf) claim: token not yet valid
        bad signature: exit 77 ["BT-J13"]
           The ID token is from <gitlab>; Vault at <vault> (auth/gitlab-com) answered: error validating token: error verifying token signature: failed to verify id token signature
        role for browsers: exit 77 ["BT-J08"]
           Vault at <vault> (auth/gitlab-com) answered: role with oidc role_type is not allowed
        role without an audience: exit 77 ["BT-J02"]
           The ID token has aud https://vault.gitlab.net; Vault at <vault> (auth/gitlab-com, role story) answered: audience claim found in JWT but no audiences bound to the role
        "#);
    }
}

story! {
    fn every_refusal_at_reading_says_what_is_wrong_and_leaves_no_session(world) {
        insta::assert_snapshot!(crate::setting::without_changes(&table(world, REFUSALS_AT_READING)), @r#"
        missing policy: exit 77 ["BT-V07"]
           Vault at <vault> answered 403 to GET /v1/ci/data/access_tokens/gitlab-com/gitlab-org/security/_group_access_tokens/build-token (namespace: none): 1 error occurred: * permission denied
        missing path: exit 65 ["BT-C20"]
           Vault at <vault> (namespace: none) answered 404 to GET /v1/ci/data/stories/nothing.
        deleted version: exit 65 ["BT-V12"]
           ci/data/stories/deleted at <vault>: version latest was deleted at <time>.
        destroyed version: exit 65 ["BT-V13"]
           ci/data/stories/destroyed at <vault>: version latest is gone for good.
        KV version 1: exit 65 ["BT-V15"]
           Vault at <vault> answered 404 to GET /v1/old/data/secret: no explanation
           inline: exit 65 ["BT-C20"]
        no such mount: exit 65 ["BT-V14"]
           Vault at <vault> (namespace: none) answered: no handler for route "nowhere/data/secret". route entry not found.
        missing field: exit 65 ["BT-Y08"]
           ci/data/stories/fields was read from <vault>, version latest; its fields are: password, user.
        number: exit 65 ["BT-Y17"]
           ci/data/stories/number at <vault> has a number in token, where a token should be.
        object: exit 65 ["BT-Y17"]
           ci/data/stories/object at <vault> has a object in token, where a token should be.
        empty value: exit 65 ["BT-R16"]
           The field token of ci/data/stories/empty at <vault> is an empty string.
        line break: exit 65 ["BT-G23"]
           What was found: a line break or another control character.
        "#);
    }
}

story! {
    fn a_policy_that_is_missing_is_spelt_out(world) {
        world.role(json!({ "token_policies": ["nothing"] }));
        let ran = world.job_with_role().script(&[], "echo built");
        insta::assert_snapshot!(told(&ran, world, &[(SECRET_PATH, "<secret>")]), @r#"
        exit 77
        ------- stdout -------
        [EOF]
        ------- stderr -------
        error[BT-V07]: no policy of this session allows reading the secret
          what: Vault at <vault> answered 403 to GET /v1/ci/data/<secret> (namespace: none): 1 error occurred: * permission denied
          why: The session has the policies default, nothing, and they do not give `read` here. The path of KV version 2 has `data/` in it, the most specific path decides alone, and a policy that does not exist is not reported at login. OpenBao from 2.6 on skips a templated path whose value has a slash, unless the policy has allow_slashes_in_identity_templates.
          fix: Compare the path with the place where the token is stored: Vault says the same where nothing is. If it is right, add to a policy of the role: path "ci/data/<secret>" { capabilities = ["read"] }
        [EOF]
        "#);
    }
}

story! {
    fn a_sealed_server_is_asked_again_and_then_the_job_may_be_tried_again(world) {
        world.done(Method::Put, "sys/seal", Value::Null);
        let ran = world.job(SECURITY).script(&["--deadline", "300ms"], "echo built");
        insta::assert_snapshot!(told(&ran, world, &[]), @"
        exit 75
        ------- stdout -------
        [EOF]
        ------- stderr -------
        error[BT-V16]: Vault is not ready
          what: <vault> answered 503: Vault is sealed
          why: It is sealed: until it is unsealed it cannot read its own storage.
          fix: Ask Vault's administrators to unseal it (`bao operator unseal`); then start the job again.
        [EOF]
        ");
    }
}

story! {
    fn a_secret_that_was_deleted_can_be_read_in_an_older_version(world) {
        world.role(json!({}));
        let reference = world.store("twice", json!({ "token": "glpat-first-version-01" }));
        world.store("twice", json!({ "token": "glpat-second-version-2" }));
        world.done(Method::Delete, "ci/data/stories/twice", Value::Null);
        let reference = reference.replace("/token@ci", "#token").replace("stories", "ci/stories");
        let ran = world
            .job_with_role()
            .env("BUILD_TOKEN_SECRET", format!("{reference}?version=1"))
            .script(&["-v"], "echo built");
        insta::assert_snapshot!(told(&ran, world, &[]), @"
        exit 0
        ------- stdout -------
        built
        [EOF]
        ------- stderr -------
        build-token: SECURITY_PRIVATE_TOKEN: granted, from ci/stories/twice#token, fingerprint 7709c04f
        build-token: Vault session revoked after 3 requests on 1 connection(s)
        [EOF]
        ");
    }
}

story! {
    fn the_mounts_default_role_is_used_where_none_is_named(world) {
        world.role(json!({}));
        world.done(Method::Post, "auth/gitlab-com/config", json!({
            "jwks_url": format!("{}/oauth/discovery/keys", world.lab.gitlab_url()),
            "bound_issuer": world.lab.gitlab_url(),
            "default_role": ROLE,
        }));
        let ran = world.job(SECURITY).without("VAULT_AUTH_ROLE").script(&[], "echo built");
        assert_eq!((ran.exit_code, ran.stdout.as_str(), ran.stderr.as_str()), (0, "built\n", ""));
    }
}

story! {
    fn a_reference_that_was_copied_from_the_api_is_understood_and_explained_once(world) {
        let job = |reference: String| {
            let mut job = world.job(SECURITY);
            job.env("BUILD_TOKEN_SECRET", reference);
            job.script(&[], "echo ${SECURITY_PRIVATE_TOKEN:+granted}")
        };
        let ran = job(format!("ci/metadata/{SECRET_PATH}"));
        insta::assert_snapshot!(told(&ran, world, &[(SECRET_PATH, "<secret>")]), @"
        exit 0
        ------- stdout -------
        granted
        [EOF]
        ------- stderr -------
        note[BT-Y06]: `metadata/` does not belong in a secret reference
          what: ci/metadata/<secret> has `metadata/` in it; read as <secret>/token@ci.
          why: `data/` and `metadata/` are part of Vault's API paths: `metadata/` shows up in the UI and in policies, and the value is read at ci/data/<secret>.
          fix: Write <secret>/token@ci.
        [EOF]
        ");
        for plain in [format!("ci/{SECRET_PATH}#token"), format!("{SECRET_PATH}/token@ci")] {
            let ran = job(plain);
            assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("granted\n", ""));
        }
    }
}
