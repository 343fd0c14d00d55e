//! The outer form of ID tokens.

use proptest::prelude::*;

use super::super::jwt::{Jwt, Padding};

#[test]
fn structural_faults_have_the_parsers_texts() {
    let three = "go-jose/go-jose: compact JWS format must have three parts";
    for (token, expected) in [
        ("", three),
        ("a.b", three),
        ("a.b.c.d", three),
        ("!!.b.c", "illegal base64 data at input byte 0"),
        ("YWJj.b.c", "illegal base64 data at input byte 0"),
        (
            "YWJj.Yg.Yw",
            "invalid character 'a' looking for beginning of value",
        ),
        (
            "W10.Yg.Yw",
            "json: cannot unmarshal array into Go value of type jose.rawHeader",
        ),
        (
            "eyJhbGciOjN9.Yg.Yw",
            "failed to unmarshal algorithm: json: cannot unmarshal number into Go value of type string: \"3\"",
        ),
        ("{}", "go-jose/go-jose: missing payload in JWS message"),
    ] {
        assert_eq!(
            Jwt::parse(token, Padding::Refused).err().as_deref(),
            Some(expected),
            "{token}"
        );
    }
    let spaced = Jwt::parse(" eyJh bGciOiJSUzI1NiJ9.e30.Yg==\n", Padding::Allowed).unwrap();
    assert_eq!(
        (spaced.algorithm(), spaced.claims().unwrap().len()),
        ("RS256", 0)
    );
    assert!(Jwt::parse("eyJhbGciOiJSUzI1NiJ9.e30.Yg==", Padding::Refused).is_err());
}

proptest! {
    #[test]
    fn no_text_breaks_the_jwt_parser(token in "(\\PC|[.A-Za-z0-9_=-]){0,60}") {
        if let Ok(jwt) = Jwt::parse(&token, Padding::Allowed) {
            let _ = (jwt.check_algorithm(), jwt.claims(), jwt.key_id().len());
        }
    }
}
