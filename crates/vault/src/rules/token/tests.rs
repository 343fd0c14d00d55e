use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

#[test]
fn times_to_live_are_capped() {
    let limits = Limits::default();
    let none = Lifetime::default();
    let cases = [
        (none, SYSTEM_TTL, vec![]),
        (Lifetime { ttl: 60, ..none }, 60, vec![]),
        (
            Lifetime {
                ttl: 60,
                increment: 90,
                ..none
            },
            90,
            vec![],
        ),
        (
            Lifetime {
                ttl: 9999 * 3600,
                ..none
            },
            SYSTEM_TTL,
            vec![
                "TTL of \"9999h\" exceeded the effective max_ttl of \"768h\"; TTL value is capped accordingly",
            ],
        ),
        (
            Lifetime {
                ttl: 172_800,
                max_ttl: 86_400,
                ..none
            },
            86_400,
            vec![
                "TTL of \"48h\" exceeded the effective max_ttl of \"24h\"; TTL value is capped accordingly",
            ],
        ),
        (
            Lifetime {
                period: 3600,
                ttl: 60,
                ..none
            },
            3600,
            vec![],
        ),
        (
            Lifetime {
                period: 3600,
                explicit_max_ttl: 1800,
                ..none
            },
            1800,
            vec![
                "period of \"1h\" exceeded the effective max_ttl of \"30m\"; period value is capped accordingly",
            ],
        ),
    ];
    for (lifetime, ttl, warnings) in cases {
        let expected = (ttl, warnings.into_iter().map(str::to_owned).collect());
        assert_eq!(
            lifetime.grant(limits, at(100), at(100)),
            Ok(expected),
            "{lifetime:?}"
        );
    }
}

#[test]
fn renewals_end_at_the_limit_counted_from_the_issue() {
    let limits = Limits::default();
    let lifetime = Lifetime {
        ttl: 600,
        max_ttl: 1000,
        ..Lifetime::default()
    };
    assert_eq!(lifetime.grant(limits, at(0), at(500)).unwrap().0, 500);
    assert_eq!(lifetime.grant(limits, at(0), at(1000)), Err(PastMaxTtl));
    let periodic = Lifetime {
        period: 600,
        ..Lifetime::default()
    };
    assert_eq!(
        periodic.grant(limits, at(0), at(SYSTEM_TTL * 3)).unwrap().0,
        600
    );
    let bounded = Lifetime {
        explicit_max_ttl: 700,
        ..periodic
    };
    assert_eq!(bounded.grant(limits, at(0), at(650)).unwrap().0, 50);
    assert_eq!(bounded.grant(limits, at(0), at(700)), Err(PastMaxTtl));
}

fn token(accessor: &str, ends: Option<i64>) -> Token {
    Token {
        accessor: accessor.to_owned(),
        expires: ends.map(at),
        ..Token::default()
    }
}

#[test]
fn children_die_with_their_parent_unless_orphaned() {
    let mut tokens = Tokens::default();
    tokens.add("a", token("A", None), None);
    tokens.add("b", token("B", None), Some("a"));
    tokens.add("c", token("C", None), Some("b"));
    tokens.add("d", token("D", None), Some("c"));
    tokens.revoke_alone("b");
    assert!(tokens.get("c").is_some_and(|token| token.orphan));
    tokens.revoke("a");
    assert_eq!(tokens.len(), 2);
    tokens.revoke("c");
    assert!(tokens.is_empty());
}

#[test]
fn nothing_is_remembered_of_dead_tokens() {
    let mut tokens = Tokens::default();
    tokens.add("root", token("R", None), None);
    for index in 0..100 {
        let value = format!("t{index}");
        tokens.add(&value, token(&value, Some(100 + index)), Some("root"));
    }
    tokens.expire(at(149));
    assert_eq!(tokens.len(), 51);
    for index in 50..100 {
        tokens.revoke(&format!("t{index}"));
    }
    assert_eq!(tokens.footprint(), [1, 1, 0, 0]);
}

#[test]
fn uses_are_counted_down_to_the_last() {
    let mut tokens = Tokens::default();
    tokens.add(
        "t",
        Token {
            num_uses: 2,
            ..token("T", None)
        },
        None,
    );
    assert_eq!(tokens.spend("t"), Use::Counted);
    assert_eq!(tokens.spend("t"), Use::Last);
    assert_eq!(tokens.spend("t"), Use::Refused);
    assert_eq!(tokens.spend("unknown"), Use::Refused);
    tokens.change("t", |token| token.num_uses = 0);
    assert_eq!(tokens.spend("t"), Use::Counted);
}

#[test]
fn a_changed_end_is_the_end() {
    let mut tokens = Tokens::default();
    tokens.add("t", token("T", Some(10)), None);
    tokens.change("t", |token| token.live_for(10, at(5)));
    tokens.expire(at(14));
    assert!(tokens.get("t").is_some());
    tokens.expire(at(15));
    assert!(tokens.is_empty());
}

#[test]
fn policies_are_made_tidy() {
    let own = |names: &[&str]| {
        names
            .iter()
            .map(|name| (*name).to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        sanitize_policies(&own(&[" B", "a", "", "b"]), true),
        own(&["a", "b", "default"])
    );
    assert_eq!(
        sanitize_policies(&own(&["x", "Root"]), true),
        own(&["root"])
    );
    assert_eq!(sanitize_policies(&[], false), own(&[]));
}
