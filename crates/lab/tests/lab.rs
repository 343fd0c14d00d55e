//! Starting, stopping, and a lab in another process.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::net::TcpStream;

use build_token_http::Method;
use build_token_lab::{Lab, LabError, Options};
use serde_json::{Value, json};
use support::{ask, gitlab, vault};

fn admin(lab: &Lab, method: Method, endpoint: &str, body: &Value) -> support::Answer {
    ask(
        lab,
        method,
        &format!("{}/-/lab/{endpoint}", lab.gitlab_url()),
        &[],
        body,
    )
}

#[test]
fn all_ports_answer_when_it_has_started_and_none_when_it_has_stopped() {
    let lab = Lab::start(Options::default()).unwrap();
    let ports = [lab.vault_url(), lab.gitlab_url()]
        .map(|url| url.strip_prefix("http://").unwrap().to_owned());
    let (status, health) = vault(&lab, Method::Get, "sys/health", "", &Value::Null);
    assert_eq!((status, &health["sealed"]), (200, &json!(false)));
    assert_eq!(
        gitlab(
            &lab,
            Method::Get,
            "projects/1",
            lab.admin_token().expose(),
            &Value::Null
        )
        .0,
        200
    );
    drop(lab);
    for port in ports {
        assert!(TcpStream::connect(port).is_err());
    }
}

#[test]
fn the_ready_line_says_everything_that_a_script_needs() {
    let lab = Lab::start(Options {
        tls: true,
        ..Options::default()
    })
    .unwrap();
    let ready = lab.ready();
    assert_eq!(ready["schema"], 1);
    assert_eq!(ready["vault"]["url"], lab.vault_url());
    assert_eq!(ready["vault"]["root_token"], "root");
    assert_eq!(ready["gitlab"]["url"], lab.gitlab_url());
    assert_eq!(ready["gitlab"]["issuer"], lab.issuer());
    assert_eq!(ready["gitlab"]["admin_token"], lab.admin_token().expose());
    assert_eq!(ready["pid"], std::process::id());
    let ca_cert = ready["vault"]["ca_cert"].as_str().unwrap();
    assert!(
        std::fs::read_to_string(ca_cert)
            .unwrap()
            .starts_with("-----BEGIN CERTIFICATE")
    );
    drop(lab);
    assert!(!std::path::Path::new(ca_cert).exists());
}

#[test]
fn an_empty_lab_is_a_fresh_server() {
    let root_token = "another".to_owned();
    let lab = Lab::start(Options {
        empty: true,
        root_token,
        ..Options::default()
    })
    .unwrap();
    let mounts = vault(&lab, Method::Get, "sys/mounts", "another", &Value::Null).1;
    assert_eq!(mounts["data"]["secret/"]["options"]["version"], "2");
    assert_eq!(mounts["data"].get("ci/"), None);
    let project = gitlab(
        &lab,
        Method::Get,
        "projects/1",
        lab.admin_token().expose(),
        &Value::Null,
    );
    assert_eq!(project.0, 404);
}

#[test]
fn it_listens_on_this_machine_only_and_says_when_a_port_is_taken() {
    let everywhere = "0.0.0.0:0".parse().unwrap();
    let refused = Lab::start(Options {
        gitlab_listen: everywhere,
        ..Options::default()
    });
    assert!(matches!(refused, Err(LabError::NotLoopback { address }) if address == everywhere));

    let lab = Lab::start(Options::default()).unwrap();
    let taken = lab
        .vault_url()
        .strip_prefix("http://")
        .unwrap()
        .parse()
        .unwrap();
    let refused = Lab::start(Options {
        vault_listen: taken,
        ..Options::default()
    });
    assert!(matches!(refused, Err(LabError::Listen { address, .. }) if address == taken));
}

#[test]
fn another_process_can_mint_read_the_log_and_move_the_clock() {
    let lab = Lab::start(Options::default()).unwrap();
    let mint = json!({ "project": "gitlab-org/gitaly", "ref": "x", "claims": { "a": 1 } });
    let (status, minted) = admin(&lab, Method::Post, "mint", &mint);
    assert_eq!(status, 200);
    assert_eq!(minted["id_token"].as_str().unwrap().split('.').count(), 3);
    assert_eq!(
        admin(
            &lab,
            Method::Post,
            "mint",
            &json!({ "project": "no/where" })
        )
        .0,
        404
    );
    assert_eq!(
        admin(&lab, Method::Post, "mint", &json!({ "projekt": "a" })).0,
        400
    );

    vault(&lab, Method::Get, "sys/health", "", &Value::Null);
    let requests = admin(&lab, Method::Get, "requests", &Value::Null).1;
    let last = requests["requests"]
        .as_array()
        .unwrap()
        .last()
        .unwrap()
        .clone();
    assert_eq!(
        (&last["server"], &last["path"]),
        (&json!("vault"), &json!("/v1/sys/health"))
    );
    assert_eq!(last["credential"], "none");
    assert_eq!(admin(&lab, Method::Delete, "requests", &Value::Null).0, 204);
    assert!(lab.requests().is_empty());

    let time = json!({ "time": "2031-05-01T00:00:00Z" });
    assert_eq!(admin(&lab, Method::Post, "clock", &time).0, 200);
    let day = json!({ "shift_seconds": 86_400 });
    let now = admin(&lab, Method::Post, "clock", &day).1;
    assert!(
        now["now"]
            .as_str()
            .unwrap()
            .starts_with("2031-05-02T00:00:"),
        "{now}"
    );
    assert_eq!(admin(&lab, Method::Get, "clock", &Value::Null).0, 200);
    assert_eq!(admin(&lab, Method::Get, "elsewhere", &Value::Null).0, 404);
}

#[test]
fn a_vault_that_was_sealed_is_unsealed_with_the_key_of_the_ready_line() {
    let lab = Lab::start(Options::default()).unwrap();
    let key = lab.ready()["vault"]["unseal_keys"][0].clone();
    let none = Value::Null;
    assert_eq!(vault(&lab, Method::Put, "sys/seal", "root", &none).0, 204);
    assert_eq!(vault(&lab, Method::Get, "sys/mounts", "root", &none).0, 503);
    let unseal = json!({ "key": key });
    assert_eq!(
        vault(&lab, Method::Put, "sys/unseal", "", &unseal).1["sealed"],
        false
    );
    assert_eq!(vault(&lab, Method::Get, "sys/mounts", "root", &none).0, 200);
}
