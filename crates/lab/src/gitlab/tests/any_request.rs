//! Whatever a client sends: an answer, and never one that blames the server.

use proptest::prelude::*;

use super::Fixture;
use crate::seed::{ADMIN_TOKEN, BUILD_TOKEN};
use crate::wire::Request;

/// What paths are made of: the API's own words, and anything.
fn segment() -> impl Strategy<Value = String> {
    const WORDS: &[&str] = &[
        "api",
        "v4",
        "groups",
        "projects",
        "access_tokens",
        "personal_access_tokens",
        "self",
        "associations",
        "2",
        "0",
        "gitlab-org%2Fsecurity",
        "%",
        "%ff",
        "..",
        "-",
        "jwks",
        "oauth",
    ];
    prop_oneof![4 => prop::sample::select(WORDS).prop_map(str::to_owned), 1 => ".{0,8}"]
}

fn parameter() -> impl Strategy<Value = String> {
    const WORDS: &[&str] = &[
        "page=0",
        "per_page=0",
        "page=99999999999999999999",
        "page=18446744073709551615",
        "min_access_level=300",
        "state=active",
        "expires_at=-9999-01-01",
        "scopes[]=api",
        "scopes=",
        "name=x",
        "access_level=-1",
        "=",
        "%zz=%",
        "private_token=x",
    ];
    prop_oneof![3 => prop::sample::select(WORDS).prop_map(str::to_owned), 1 => ".{0,12}"]
}

prop_compose! {
    fn request()(
        method in prop::sample::select(&["GET", "POST", "DELETE", "HEAD", "LIST", ""][..]),
        api in any::<bool>(),
        segments in prop::collection::vec(segment(), 0..6),
        query in prop::collection::vec(parameter(), 0..4),
        token in prop::sample::select(&[ADMIN_TOKEN, BUILD_TOKEN, "", "x"][..]),
        json in any::<bool>(),
        body in prop_oneof![
            prop::collection::vec(parameter(), 0..4).prop_map(|pairs| pairs.join("&")),
            Just(r#"{"name":[],"scopes":{"a":1},"access_level":1e99,"expires_at":7}"#.to_owned()),
            Just(r#"{"name":"x","scopes":["api"],"expires_at":"2030-07-01"}"#.to_owned()),
            ".{0,20}",
        ],
    ) -> Request {
        let prefix = if api { "/api/v4/" } else { "/" };
        let content_type = if json { "application/json" } else { "text/plain" };
        Request {
            method: method.to_owned(),
            path: format!("{prefix}{}", segments.join("/")),
            query: query.join("&"),
            headers: vec![
                ("Private-Token".to_owned(), token.to_owned()),
                ("Content-Type".to_owned(), content_type.to_owned()),
            ],
            body: body.into_bytes(),
            remote: std::net::Ipv4Addr::LOCALHOST.into(),
        }
    }
}

#[test]
fn nothing_breaks_it() {
    let fixture = Fixture::new();
    proptest!(|(request in request())| {
        let response = fixture.gitlab.handle(&request);
        prop_assert!((200..500).contains(&response.status), "{response:?}");
    });
}
