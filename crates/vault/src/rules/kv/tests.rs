use proptest::prelude::*;
use serde_json::json;

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn number(engine: &mut Engine, path: &str) -> u64 {
    engine
        .write(path, json!({ "a": 1 }), None, at(0))
        .unwrap()
        .0
}

/// What a read finds, in a word.
fn found(engine: &Engine, version: i64, now: i64) -> String {
    match engine.read("s", version, at(now)).unwrap() {
        Found::Nothing => "nothing".to_owned(),
        Found::Gone(number, version, _) if version.destroyed => format!("destroyed {number}"),
        Found::Gone(number, ..) => format!("deleted {number}"),
        Found::Data(number, ..) => format!("data {number}"),
    }
}

#[test]
fn versions_come_and_go() {
    let mut engine = Engine::default();
    for expected in 1..=3 {
        assert_eq!(number(&mut engine, "s"), expected);
    }
    assert_eq!(found(&engine, 0, 1), "data 3");
    assert_eq!(found(&engine, -1, 1), "data 3");
    assert_eq!(found(&engine, 2, 1), "data 2");
    assert_eq!(found(&engine, 9, 1), "nothing");
    engine.delete_current("s", at(5));
    assert_eq!(found(&engine, 0, 6), "deleted 3");
    assert_eq!(found(&engine, 2, 6), "data 2");
    engine.undelete("s", &[3], at(7));
    assert_eq!(found(&engine, 0, 8), "data 3");
    engine.destroy("s", &[3, 77]);
    assert_eq!(found(&engine, 0, 8), "destroyed 3");
    engine.undelete("s", &[3], at(9));
    assert_eq!(found(&engine, 0, 10), "destroyed 3");
    engine.remove("s");
    assert_eq!(found(&engine, 0, 10), "nothing");
}

#[test]
fn check_and_set_guards_writes() {
    let mut engine = Engine::default();
    let mut write = |cas: Value| {
        engine
            .write("s", json!({}), Some(&cas), at(0))
            .map(|(number, _)| number)
    };
    assert_eq!(write(json!(1)), Err(Refusal::CasMismatch));
    assert_eq!(write(json!(0)), Ok(1));
    assert_eq!(write(json!(0)), Err(Refusal::CasMismatch));
    assert_eq!(write(json!("1")), Ok(2));
    assert_eq!(write(json!(1.5)), Err(Refusal::CasUnreadable));
    assert_eq!(write(json!([])), Err(Refusal::CasUnreadable));
    engine.settings.cas_required = true;
    assert_eq!(
        engine.write("s", json!({}), None, at(0)).err(),
        Some(Refusal::CasMissing)
    );
    assert_eq!(
        engine.write("t", json!({}), None, at(0)).err(),
        Some(Refusal::CasMissing)
    );
}

#[test]
fn old_versions_are_pruned_by_the_larger_limit() {
    for (mount, own, kept) in [(0, 0, 10), (3, 0, 3), (0, 2, 2), (3, 2, 3), (2, 5, 5)] {
        let mut engine = Engine::default();
        engine.settings.max_versions = mount;
        let settings = SettingsChange {
            max_versions: Some(own),
            ..SettingsChange::default()
        };
        let change = MetadataChange {
            settings,
            ..MetadataChange::default()
        };
        engine.write_metadata("s", &change, at(0)).unwrap();
        for _ in 0..15 {
            number(&mut engine, "s");
        }
        let entry = engine.entry("s").unwrap();
        assert_eq!(
            entry.versions().count(),
            kept,
            "mount {mount}, secret {own}"
        );
        assert_eq!(entry.oldest, 15 - kept as u64 + 1);
        assert_eq!(found(&engine, 15 - kept as i64, 1), "nothing");
    }
}

#[test]
fn versions_delete_themselves_when_told_to() {
    for (mount, own, deleted_at) in [
        (0, 0, None),
        (60, 0, Some(60)),
        (0, 90, Some(90)),
        (60, 90, Some(60)),
        (-1, 90, None),
    ] {
        let mut engine = Engine::default();
        engine.settings.delete_version_after = mount;
        let settings = SettingsChange {
            delete_version_after: Some(own),
            ..SettingsChange::default()
        };
        let change = MetadataChange {
            settings,
            ..MetadataChange::default()
        };
        engine.write_metadata("s", &change, at(0)).unwrap();
        number(&mut engine, "s");
        let expected = |now| match deleted_at {
            Some(end) if end < now => "deleted 1",
            _ => "data 1",
        };
        for now in [59, 61, 91] {
            assert_eq!(
                found(&engine, 0, now),
                expected(now),
                "mount {mount}, secret {own}, at {now}"
            );
        }
    }
}

#[test]
fn metadata_has_a_check_of_its_own() {
    let mut engine = Engine::default();
    let change = |cas| MetadataChange {
        settings: SettingsChange {
            cas_required: Some(false),
            ..SettingsChange::default()
        },
        cas,
        ..MetadataChange::default()
    };
    assert_eq!(
        engine.write_metadata("s", &change(Some(7)), at(0)),
        Err(Refusal::MetadataCasNotZero)
    );
    assert_eq!(engine.write_metadata("s", &change(Some(0)), at(0)), Ok(()));
    assert_eq!(engine.entry("s").unwrap().metadata_version, 1);
    assert_eq!(
        engine.write_metadata("s", &change(Some(0)), at(0)),
        Err(Refusal::MetadataCasMismatch)
    );
    assert_eq!(
        engine.patch_metadata("s", &change(Some(1)), at(0)),
        Ok(true)
    );
    assert_eq!(
        engine.patch_metadata("none", &change(None), at(0)),
        Ok(false)
    );
    engine.settings.metadata_cas_required = true;
    assert_eq!(
        engine.write_metadata("s", &change(None), at(0)),
        Err(Refusal::MetadataCasMissing)
    );
}

#[test]
fn notes_are_bounded_and_printable() {
    let check = |given: Value| check_custom_metadata(&given, false).map(|notes| notes.len());
    assert_eq!(check(json!({ "a": 1, "b": true })), Ok(2));
    let many: Value = (0..65)
        .map(|index| (index.to_string(), json!("v")))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let cases = [
        (many, "payload must contain at most 64 keys, provided 65"),
        (
            json!({ "": "v" }),
            "length of key \"\" is 0 but must be 0 < len(key) <= 128",
        ),
        (
            json!({ "k": "" }),
            "length of value for key \"k\" is 0 but must be 0 < len(value) <= 512",
        ),
        (
            json!({ "k": "a\nb" }),
            "value for key \"k\" contains unprintable characters",
        ),
    ];
    for (given, text) in cases {
        let expected =
            format!("1 error occurred:\n\t* custom_metadata validation failed: {text}\n\n");
        assert_eq!(check(given), Err(expected));
    }
    let text = "custom_metadata validation failed: '' expected type 'string', got unconvertible type '[]interface {}'";
    assert_eq!(check(json!({ "k": [] })), Err(text.to_owned()));
}

#[test]
fn patches_merge() {
    let mut engine = Engine::default();
    engine
        .write("s", json!({ "a": 1, "m": { "x": 1, "y": 2 } }), None, at(0))
        .unwrap();
    let patch = json!({ "a": null, "m": { "x": null, "z": 3 }, "n": { "o": null } });
    engine.patch("s", &patch, None, at(1)).unwrap();
    let Found::Data(2, _, _, data) = engine.read("s", 0, at(2)).unwrap() else {
        panic!("no second version")
    };
    assert_eq!(*data, json!({ "m": { "y": 2, "z": 3 }, "n": {} }));
    assert_eq!(
        engine.patch("s", &Value::Null, None, at(1)).err(),
        Some(Refusal::NotAPatch)
    );
    assert_eq!(
        engine.patch("none", &json!({}), None, at(1)).err(),
        Some(Refusal::NothingToPatch)
    );
}

#[test]
fn structure_shows_no_values() {
    let data = json!({ "a": { "b": { "c": "secret" } }, "d": ["secret"], "e": {} });
    assert_eq!(
        subkeys(&data, 0),
        json!({ "a": { "b": { "c": null } }, "d": null, "e": null })
    );
    assert_eq!(
        subkeys(&data, 1),
        json!({ "a": null, "d": null, "e": null })
    );
    assert_eq!(
        subkeys(&data, 2),
        json!({ "a": { "b": null }, "d": null, "e": null })
    );
}

#[test]
fn lists_are_sorted_and_show_directories() {
    let mut engine = Engine::default();
    for path in ["z", "a/b", "a/c/d", "b", "a!", "Z", "a"] {
        number(&mut engine, path);
    }
    assert_eq!(engine.list(""), ["Z", "a", "a!", "a/", "b", "z"]);
    assert_eq!(engine.list("a/"), ["b", "c/"]);
    assert_eq!(engine.list("none/"), Vec::<String>::new());
    assert_eq!(engine.scan(""), ["Z", "a", "a!", "b", "z", "a/b", "a/c/d"]);
}

#[test]
fn a_trailing_slash_finds_the_secret_but_not_its_data() {
    let mut engine = Engine::default();
    number(&mut engine, "s");
    assert!(engine.entry("s/").is_some());
    assert_eq!(
        engine.read("s/", 0, at(1)).err(),
        Some(Refusal::DataNotFound)
    );
    engine.delete_current("s/", at(1));
    assert!(matches!(
        engine.read("s/", 0, at(2)),
        Ok(Found::Gone(1, ..))
    ));
}

proptest! {
    #[test]
    fn listing_finds_each_path_once(paths in prop::collection::btree_set("[ab](/[ab]){0,3}", 0..12)) {
        let mut engine = Engine::default();
        for path in &paths {
            number(&mut engine, path);
        }
        let mut scanned = engine.scan("");
        scanned.sort();
        prop_assert_eq!(scanned, paths.into_iter().collect::<Vec<_>>());
    }
}
