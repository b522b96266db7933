use adx_signing::{
    Digest,
    key::KeyPurpose,
    log::LogPolicy,
    tuf::{
        control::{
            ControlError, ControlFile as _, IndexFile, IndexRoot, IndexShard, MAX_CONTROL_BYTES, PublisherKeys,
            RegisteredKey, Revocations, RevokedKey, RevokedPackage, shard_of,
        },
        key_history::Authorization,
    },
};

use crate::{at, key};

#[test]
fn a_key_counts_between_its_leaves() {
    let registered = RegisteredKey {
        public: key("one").public(),
        purposes: [KeyPurpose::Release].into(),
        added_by: Authorization::First,
        added_at_leaf: 10,
        removed_at_leaf: Some(20),
        removed_by: None,
        not_after: Some(at("2027-01-01T00:00:00Z")),
    };
    let keys = PublisherKeys {
        namespaces: [("adx".parse().expect("a namespace"), vec![registered])].into(),
        ..Default::default()
    };
    let early = at("2026-01-01T00:00:00Z");
    let at_leaf = |leaf, time, purpose| keys.at(&"adx".parse().expect("a namespace"), purpose, leaf, time).len();
    for (leaf, counted) in [(0, 0), (10, 0), (11, 1), (19, 1), (20, 0), (21, 0)] {
        assert_eq!(at_leaf(leaf, early, KeyPurpose::Release), counted, "leaf {leaf}");
    }
    assert_eq!(at_leaf(11, at("2027-01-01T00:00:00Z"), KeyPurpose::Release), 1);
    assert_eq!(at_leaf(11, at("2027-01-01T00:00:01Z"), KeyPurpose::Release), 0);
    assert_eq!(at_leaf(11, early, KeyPurpose::KeyChange), 0);
    assert!(keys.at(&"other".parse().expect("a namespace"), KeyPurpose::Release, 11, early).is_empty());
    assert_eq!(PublisherKeys::from_json(&keys.to_json()), Ok(keys));
}

#[test]
fn a_package_is_revoked_by_itself_or_by_its_key() {
    let (package, stolen) = (Digest::of(b"package"), key("stolen").public().id());
    let revoked = RevokedPackage {
        module: "adx/hello".parse().expect("a module"),
        version: "1.0.0".parse().expect("a version"),
        at: at("2026-01-01T00:00:00Z"),
        reason: "it mines".to_owned(),
    };
    let revoked_key = RevokedKey { from_leaf: 7, at: at("2026-01-01T00:00:00Z"), reason: "it was stolen".to_owned() };
    let list = Revocations {
        packages: [(package, revoked)].into(),
        keys: [(stolen, revoked_key)].into(),
        ..Default::default()
    };
    let other = Digest::of(b"other");
    assert_eq!(list.reason(&package, &[], 0), Some("it mines"));
    assert_eq!(list.reason(&other, &[key("one").public().id(), stolen], 7), Some("it was stolen"));
    assert_eq!(list.reason(&other, &[stolen], 6), None);
    assert_eq!(list.reason(&other, &[], 7), None);
    assert_eq!(Revocations::from_json(&list.to_json()), Ok(list));
}

/// Whoever has the control key signs any text; the entry counts, and people are shown a plain line.
#[test]
fn a_reason_is_one_plain_line_whatever_was_signed() {
    let sha256 = Digest::of(b"package");
    let keyid = key("stolen").public().id();
    let read = |reason: &str| {
        let reason = serde_json::to_string(reason).expect("JSON");
        let text = format!(
            r#"{{"v":1,"packages":{{"{sha256}":{{"module":"adx/hello","version":"1.0.0","at":"2026-01-01T00:00:00Z","reason":{reason}}}}},"keys":{{"{keyid}":{{"from_leaf":0,"at":"2026-01-01T00:00:00Z","reason":{reason}}}}}}}"#
        );
        let list = Revocations::from_json(text.as_bytes()).expect("a kill list");
        let shown = list.reason(&sha256, &[], 0).expect("revoked").to_owned();
        assert_eq!(list.reason(&Digest::of(b"other"), &[keyid], 0), Some(shown.as_str()));
        shown
    };
    assert_eq!(read("it mines, überall"), "it mines, überall");
    assert_eq!(read("\u{1b}[2Jfine\nadx: installed"), "\u{fffd}[2Jfine\u{fffd}adx: installed");
    assert_eq!(read("a\u{202e}b\u{2028}c\u{61c}d\u{9b}e<b>"), "a\u{fffd}b\u{fffd}c\u{fffd}d\u{fffd}e\u{fffd}b\u{fffd}");
    assert_eq!(read(&"ä".repeat(1_000_000)), "ä".repeat(500));
    assert_eq!(read(""), "");
}

#[test]
fn an_index_file_is_in_one_shard() {
    let content = b"a line";
    let path = "ad/x/hello";
    let shard = IndexShard { files: [(path.to_owned(), IndexFile::of(content))].into(), ..Default::default() };
    let bytes = shard.to_json();
    let root = IndexRoot { shards: [(shard_of(path), IndexFile::of(&bytes))].into(), ..Default::default() };
    let root = IndexRoot::from_json(&root.to_json()).expect("a root");
    assert!(root.shards[&shard_of(path)].is_of(&bytes));
    let shard = IndexShard::from_json(&bytes).expect("a shard");
    assert!(shard.files[path].is_of(content) && !shard.files[path].is_of(b"another"));
}

#[test]
fn other_versions_and_endless_files_are_refused() {
    let newer = br#"{"v":2,"packages":{},"keys":{}}"#;
    let error = Revocations::from_json(newer).expect_err("version 2").to_string();
    assert!(error.contains("version 2") && error.contains("revocations.json"), "{error}");
    assert!(Revocations::from_json(br#"{"packages":{},"keys":{}}"#).is_err(), "no version");
    assert!(Revocations::from_json(br#"{"v":1,"packages":{},"keys":{},"more":1}"#).is_ok(), "a member more");
    let endless = vec![b' '; MAX_CONTROL_BYTES + 1];
    assert!(matches!(LogPolicy::from_json(&endless), Err(ControlError::TooLarge { name: "log-policy.json", .. })));
}
