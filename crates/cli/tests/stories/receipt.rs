//! The receipt: what a run did, for machines, with no secret in it.

use build_token_http::Method;
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::setting::{SECRET_PATH, told};
use crate::story;
use crate::support::{CANONICAL, FORK, Job, Ran, SECURITY, World};

/// Runs `script` and reads the receipt; what changes from run to run has names.
fn receipt(world: &World, job: &Job, script: &str) -> (Ran, Value) {
    let ran = job.script(&["--receipt", "receipt.json"], script);
    let mut text = std::fs::read_to_string(world.path().join("receipt.json")).expect("a receipt");
    assert!(
        !text.contains(world.lab.build_token().expose()),
        "the receipt has the token"
    );
    for (value, name) in [
        (world.lab.vault_url(), "<vault>"),
        (world.lab.gitlab_url(), "<gitlab>"),
        (SECRET_PATH, "<secret>"),
    ] {
        text = text.replace(value, name);
    }
    let mut receipt: Value = serde_json::from_str(&text).expect("JSON");
    for span in ["acquire", "total"] {
        assert!(receipt["timings_ms"][span].is_u64(), "{receipt}");
        receipt["timings_ms"][span] = json!("<ms>");
    }
    // Their texts are what the job's log has; a receipt has them whole.
    for finding in receipt["findings"].as_array_mut().expect("a list") {
        let keys: Vec<&String> = finding.as_object().expect("an object").keys().collect();
        assert_eq!(
            keys,
            [
                "code",
                "severity",
                "title",
                "what",
                "why",
                "fix",
                "places",
                "evidence",
                "request_id"
            ]
        );
        *finding = json!({ "code": finding["code"], "accessor": finding["evidence"]["accessor"] });
    }
    (ran, receipt)
}

story! {
    fn a_granted_job(world) {
        world.metadata(json!({ "expires_at": "2099-01-31", "reach": world.reach() }));
        let (_, receipt) = receipt(world, &world.job(SECURITY), "exit 7");
        assert_json_snapshot!(receipt, @r#"
        {
          "schema": 1,
          "grants": [
            {
              "name": "SECURITY_PRIVATE_TOKEN",
              "decision": "granted",
              "source": "vault",
              "secret": {
                "mount": "ci",
                "path": "<secret>",
                "field": "token",
                "version": 1
              },
              "fingerprint": "b9aa41cc",
              "expires_at": "2099-01-31T00:00:00Z"
            }
          ],
          "vault": {
            "url": "<vault>",
            "flow": "login",
            "requests": 3,
            "connections": 1,
            "session": "revoked"
          },
          "delivery": {
            "env": true,
            "git": "helper",
            "mask": true,
            "isolation": "none"
          },
          "child": {
            "exit_code": 7
          },
          "timings_ms": {
            "acquire": "<ms>",
            "total": "<ms>"
          },
          "findings": []
        }
        "#);
    }
}

story! {
    fn a_job_that_is_not_entitled(world) {
        let (_, receipt) = receipt(world, &world.job(CANONICAL), "kill -9 $$");
        assert_json_snapshot!(receipt, @r#"
        {
          "schema": 1,
          "grants": [
            {
              "name": "SECURITY_PRIVATE_TOKEN",
              "decision": "not-entitled",
              "source": null,
              "secret": null,
              "fingerprint": null,
              "expires_at": null
            }
          ],
          "vault": null,
          "delivery": {
            "env": false,
            "git": "none",
            "mask": true,
            "isolation": "none"
          },
          "child": {
            "exit_code": 137
          },
          "timings_ms": {
            "acquire": "<ms>",
            "total": "<ms>"
          },
          "findings": []
        }
        "#);
    }
}

story! {
    fn a_job_that_vault_refuses(world) {
        let mut job = world.job(FORK);
        job.env("SECURITY_PROJECT_PATH", FORK);
        let (ran, receipt) = receipt(world, &job, "echo built");
        assert_eq!(ran.exit_code, 77);
        assert_json_snapshot!(receipt, @r#"
        {
          "schema": 1,
          "grants": [
            {
              "name": "SECURITY_PRIVATE_TOKEN",
              "decision": "failed",
              "source": null,
              "secret": null,
              "fingerprint": null,
              "expires_at": null
            }
          ],
          "vault": {
            "url": "<vault>",
            "flow": "login",
            "requests": 1,
            "connections": 1,
            "session": "none"
          },
          "delivery": {
            "env": false,
            "git": "none",
            "mask": true,
            "isolation": "none"
          },
          "child": null,
          "timings_ms": {
            "acquire": "<ms>",
            "total": "<ms>"
          },
          "findings": [
            {
              "code": "BT-J06",
              "accessor": null
            }
          ]
        }
        "#);
    }
}

story! {
    fn a_job_whose_variable_was_adopted(world) {
        let mut job = world.job(SECURITY);
        job.env("SECURITY_PRIVATE_TOKEN", world.lab.build_token().expose());
        let (_, receipt) = receipt(world, &job, "true");
        assert_json_snapshot!(receipt, @r#"
        {
          "schema": 1,
          "grants": [
            {
              "name": "SECURITY_PRIVATE_TOKEN",
              "decision": "granted",
              "source": "environment",
              "secret": null,
              "fingerprint": "b9aa41cc",
              "expires_at": null
            }
          ],
          "vault": null,
          "delivery": {
            "env": true,
            "git": "helper",
            "mask": true,
            "isolation": "none"
          },
          "child": {
            "exit_code": 0
          },
          "timings_ms": {
            "acquire": "<ms>",
            "total": "<ms>"
          },
          "findings": []
        }
        "#);
    }
}

story! {
    fn a_session_that_may_not_be_revoked_is_reported_with_its_accessor(world) {
        world.role(json!({ "token_no_default_policy": true }));
        world.metadata(json!({ "reach": world.reach() }));
        let before = world.sessions();
        let (ran, receipt) = receipt(world, &world.job_with_role(), "echo built");
        let accessor = receipt["findings"][0]["accessor"].as_str().expect("an accessor").to_owned();
        insta::assert_snapshot!(told(&ran, world, &[(&accessor, "<accessor>")]), @"
        exit 0
        ------- stdout -------
        built
        [EOF]
        ------- stderr -------
        warning[BT-R04]: a Vault session could not be revoked
          what: The session with accessor <accessor> at <vault> (namespace: none) lives for 900s more at most: 1 error occurred: * permission denied
          why: Vault did not take the revocation; the token was read before, and nobody but us had the session.
          fix: `bao token revoke -accessor <accessor>`; a policy needs update on auth/token/revoke-self, which `default` has.
        [EOF]
        ");
        assert_eq!(world.sessions(), before + 1);
        // The command that the message names has to be the right one.
        world.done(Method::Post, "auth/token/revoke-accessor", json!({ "accessor": accessor }));
        assert_eq!(world.sessions(), before);
        let receipt: Value = serde_json::from_str(&receipt.to_string().replace(&accessor, "<accessor>")).expect("JSON");
        assert_json_snapshot!(receipt, @r#"
        {
          "schema": 1,
          "grants": [
            {
              "name": "SECURITY_PRIVATE_TOKEN",
              "decision": "granted",
              "source": "vault",
              "secret": {
                "mount": "ci",
                "path": "<secret>",
                "field": "token",
                "version": 1
              },
              "fingerprint": "b9aa41cc",
              "expires_at": null
            }
          ],
          "vault": {
            "url": "<vault>",
            "flow": "login",
            "requests": 3,
            "connections": 1,
            "session": "leaked"
          },
          "delivery": {
            "env": true,
            "git": "helper",
            "mask": true,
            "isolation": "none"
          },
          "child": {
            "exit_code": 0
          },
          "timings_ms": {
            "acquire": "<ms>",
            "total": "<ms>"
          },
          "findings": [
            {
              "code": "BT-R04",
              "accessor": "<accessor>"
            }
          ]
        }
        "#);
    }
}

story! {
    fn a_session_that_outlives_a_refused_read_is_reported_too(world) {
        world.role(json!({ "token_no_default_policy": true }));
        let mut job = world.job_with_role();
        job.env("BUILD_TOKEN_SECRET", "stories/nothing/token@ci");
        let before = world.sessions();
        let (ran, receipt) = receipt(world, &job, "echo built");
        assert_eq!(world.sessions(), before + 1);
        assert_eq!(ran.codes(), ["BT-C20", "BT-R04"], "{}", ran.stderr);
        assert_eq!(receipt["vault"]["session"], "leaked");
    }
}

story! {
    fn a_session_that_outlives_a_command_that_was_not_found_is_reported_too(world) {
        world.role(json!({ "token_no_default_policy": true }));
        let before = world.sessions();
        let ran = world.job_with_role().run(&["run", "--receipt", "receipt.json", "--", "no-such-program"]);
        assert_eq!(world.sessions(), before + 1);
        assert_eq!(ran.codes(), ["BT-R01", "BT-R04"], "{}", ran.stderr);
    }
}

story! {
    fn a_token_that_dies_before_the_job_has_to_end_is_warned_about(world) {
        world.metadata(json!({ "expires_at": "2026-11-23", "reach": world.reach() }));
        let mut job = world.job(SECURITY);
        job.env("CI_JOB_STARTED_AT", "2026-11-22T23:30:00Z").env("CI_JOB_TIMEOUT", "3600");
        let ran = job.script(&[], "echo built");
        insta::assert_snapshot!(ran.snapshot(world), @"
        exit 0
        ------- stdout -------
        built
        [EOF]
        ------- stderr -------
        warning[BT-R05]: SECURITY_PRIVATE_TOKEN expires before the job has to end
          what: The token expires at 2026-11-23T00:00:00Z; the job may run until 2026-11-23T00:30:00Z.
          why: GitLab ends a token at 00:00 UTC of its date, in the middle of a job too.
          fix: Have it rotated before; a job that is started after the rotation gets the new one.
        [EOF]
        ");
        let ran = job.env("CI_JOB_TIMEOUT", "1200").script(&[], "echo built");
        assert_eq!((ran.exit_code, ran.stderr.as_str()), (0, ""));
    }
}

#[test]
fn a_receipt_that_cannot_be_written_does_not_change_the_exit_code() {
    let world = World::embedded();
    let ran = world
        .job(CANONICAL)
        .script(&["-q", "--receipt", "nowhere/receipt.json"], "exit 3");
    insta::assert_snapshot!(told(&ran, &world, &[]), @"
    exit 3
    ------- stdout -------
    [EOF]
    ------- stderr -------
    error[BT-R24]: <project>/nowhere/receipt.json cannot be written
      what: No such file or directory (os error 2)
      why: It was named by --receipt.
      fix: Name a place that can be written.
    [EOF]
    ");
    let ran = world
        .job(CANONICAL)
        .script(&["--receipt", "nowhere/receipt.json"], "exit 3");
    assert_eq!((ran.exit_code, ran.codes()), (3, vec!["BT-R24"]));
}
