//! The examples that readers copy are good: their files are read, and every value is one.

use std::fs;
use std::path::PathBuf;

use build_token_identity::JobContext;
use build_token_job::config::ConfigFile;
use build_token_job::{connection, grants};
use build_token_vault::SecretRef;

fn example(name: &str) -> (ConfigFile, String) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../examples")
        .join(name)
        .join(".build-token.yml");
    let text = fs::read_to_string(&path).expect("the example is there");
    (
        ConfigFile::parse(name, &text).expect("it is understood"),
        text,
    )
}

#[test]
fn every_example_pins_what_the_documentation_tells_to_pin() {
    for name in ["omnibus", "minimal"] {
        let (file, text) = example(name);
        let nothing = JobContext::default();
        let grants = grants::resolve(Some(&file), &nothing, &[]).expect("its grants are good");
        assert!(!grants.is_empty(), "{name}");
        for grant in grants {
            let secret = grant.secret.expect("the secret is pinned").value;
            let parsed = SecretRef::parse(&secret, &|_| None).expect("it is a reference");
            assert_eq!(parsed.notes, [], "{name}: {secret}");
            assert!(!grant.reach.is_empty(), "{name}: {}", grant.name);
        }
        connection::resolve(Some(&file), &nothing, None).expect("the server is pinned");
        assert!(!text.contains('\t'));
    }
}
