//! What runs beside the secret is small enough to be read: the job's binary has no async runtime, no
//! server and no lab in it.

use std::process::Command;

/// The packages of the job's binary, as cargo resolves them.
fn packages() -> Vec<String> {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--package",
            "build-token",
            "--no-default-features",
            "--edges",
            "normal",
        ])
        .args([
            "--prefix",
            "none",
            "--offline",
            "--locked",
            "--format",
            "{p}",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo tree");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines()
        .filter_map(|line| line.split_whitespace().next())
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_jobs_binary_has_no_async_runtime_and_no_server() {
    let packages = packages();
    assert!(
        packages.iter().any(|name| name == "build-token-job"),
        "the job's side is in it"
    );
    for absent in [
        "tokio",
        "axum",
        "hyper",
        "build-token-lab",
        "rcgen",
        "tower",
    ] {
        assert!(
            !packages.iter().any(|name| name == absent),
            "{absent} is in the job's binary"
        );
    }
}
