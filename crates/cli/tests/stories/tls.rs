//! Vault and GitLab over TLS. Certificates that have expired, or name another host, have their tests in
//! the http crate; here a person's settings count.

use crate::setting::told;
use crate::support::{SECURITY, World};

#[test]
fn the_authority_that_is_named_is_trusted() {
    let world = World::with_tls();
    let clone = format!(
        "git clone --quiet {} clone && ls clone",
        world.lab.git_url(SECURITY)
    );
    let ran = world.job(SECURITY).script(&[], &clone);
    assert_eq!(
        (ran.exit_code, ran.stdout.as_str(), ran.stderr.as_str()),
        (0, "README.md\n", "")
    );
}

#[test]
fn an_authority_that_nobody_named_is_not_trusted() {
    let world = World::with_tls();
    let ran = world
        .job(SECURITY)
        .without("VAULT_CACERT")
        .script(&[], "echo built");
    insta::assert_snapshot!(told(&ran, &world, &[]), @"
    exit 69
    ------- stdout -------
    [EOF]
    ------- stderr -------
    error[BT-V01]: the certificate of <vault> comes from an unknown authority
      what: build-token refused the connection. Nobody who is trusted here has signed its certificate.
      why: The server has a private or self-signed certificate, and its authority is not among those that are trusted here: the ones in the named file or directory, else the system's.
      fix: Put the authority's certificate into a file and name it in BAO_CACERT or VAULT_CACERT (or SSL_CERT_FILE).
    [EOF]
    ");
    assert_eq!(world.vault_requests(), Vec::<String>::new());
}

#[test]
fn the_name_that_is_expected_has_to_be_in_the_certificate() {
    let world = World::with_tls();
    let ran = world
        .job(SECURITY)
        .env("VAULT_TLS_SERVER_NAME", "vault.example.com")
        .script(&[], "echo built");
    insta::assert_snapshot!(told(&ran, &world, &[]), @"
    exit 69
    ------- stdout -------
    [EOF]
    ------- stderr -------
    error[BT-V02]: the certificate of <vault> is for another name
      what: build-token refused the connection. Its certificate is for localhost, 127.0.0.1, 0::1, and not for vault.example.com.
      why: The server is reached under a name that is not in its certificate: an alias, a port forwarding, an address.
      fix: Use the name in the certificate, or say which one to expect in BAO_TLS_SERVER_NAME or VAULT_TLS_SERVER_NAME.
    [EOF]
    ");
    assert_eq!(world.vault_requests(), Vec::<String>::new());
}

#[test]
fn plain_http_at_a_tls_port_is_a_mistake_in_the_url() {
    let world = World::with_tls();
    let plain = world.lab.vault_url().replace("https://", "http://");
    let ran = world
        .job(SECURITY)
        .env("VAULT_SERVER_URL", &plain)
        .script(&[], "echo built");
    insta::assert_snapshot!(told(&ran, &world, &[(&plain, "<plain>")]), @"
    exit 69
    ------- stdout -------
    [EOF]
    ------- stderr -------
    error[BT-R10]: <plain> did not answer as Vault does
      what: POST /v1/auth/gitlab-com/login: What came cannot be read as HTTP. A port for TLS that is asked in plain http answers so.
      why: Something else listens there: a proxy, a login page, another service; or the answer was cut on its way.
      fix: Check the server's URL, and what lies between; `curl -i <plain>/v1/sys/health` shows it.
    [EOF]
    ");
}

/// A switch that lets git trust anybody is taken out, and git then refuses what it does not know.
#[test]
fn git_checks_certificates_whatever_was_inherited() {
    let world = World::with_tls();
    let list = format!("git ls-remote {} HEAD", world.lab.git_url(SECURITY));
    let ran = world
        .job(SECURITY)
        .without("GIT_SSL_CAINFO")
        .env("GIT_SSL_NO_VERIFY", "0")
        .script(&[], &list);
    insta::assert_snapshot!(told(&ran, &world, &[]), @"
    exit 128
    ------- stdout -------
    [EOF]
    ------- stderr -------
    warning[BT-R07]: GIT_SSL_NO_VERIFY was taken out
      what: GIT_SSL_NO_VERIFY was set, so git would have sent the token to anybody.
      why: git looks only whether the variable is there; even 0 switches the check off.
      fix: Remove it, and name the authority's certificate in GIT_SSL_CAINFO.
    fatal: unable to access '<gitlab>/gitlab-org/security/omnibus-gitlab.git/': server certificate verification failed. CAfile: none CRLfile: none
    [EOF]
    ");
    assert_eq!(world.git_requests(), Vec::<String>::new());
}
