use std::collections::{BTreeMap, BTreeSet};

use adx_signing::{
    ModuleId,
    log::LogPolicy,
    tuf::{
        Authority, Changes, HashBins, Present, Role as _, RoleName, Root, Signed, Signer, TargetName, Targets,
        bins::MAX_BINS,
        ceremony::TargetsPlan,
        control::ControlFile as _,
        keys::KeysError,
        name::{MAX_TARGET_NAME_BYTES, TargetNameError},
        role::Scope,
        round::RoundError,
    },
};
use proptest::prelude::*;
use semver::Version;
use serde_json::{Value, json};

use crate::{
    at, key,
    repository::{NEXT_YEAR, NOW, Repository, authority, file, package, public, publish, version_of},
};

/// Who watches the log is for the keys of the targets document to say: the control role is asked for the other three only, and a list of
/// it from before that was so loses the fourth with the next round.
#[test]
fn the_targets_document_lists_the_policy_of_the_log() {
    let mut repository = Repository::new(2);
    let targets = repository.targets.document();
    let policy = LogPolicy::target_name();
    assert_eq!(targets.targets(), &BTreeMap::from([(policy.clone(), file("a policy"))]));
    let delegations = targets.delegations().expect("delegations");
    let control = delegations.role(&RoleName::control()).expect("a control role");
    let names =
        ["index-root.json", "publisher-keys.json", "revocations.json"].map(|name| name.parse().expect("a name"));
    assert_eq!(control.scope(), &Scope::Names(names.to_vec()));
    assert!(!repository.signer().roles_of([&policy]).contains(&RoleName::control()));

    let mut before: Value = serde_json::to_value(Targets::unpublished()).expect("JSON");
    before["targets"][policy.to_string()] = serde_json::to_value(file("another policy")).expect("JSON");
    let before: Targets = serde_json::from_value(before).expect("a list");
    repository.contents.insert(RoleName::control(), before);
    repository.round(&Changes::new()).expect("a round");
    assert_eq!(repository.contents[&RoleName::control()].targets(), &BTreeMap::new());
}

#[test]
fn a_client_finds_what_was_published_and_nothing_else() {
    let mut repository = Repository::new(64);
    let names = repository.round(&publish(&[("adx/hello", "1.0.0"), ("adx/other", "0.1.0-rc.1")])).expect("a round");
    // Bins before the snapshot that lists them, the timestamp last.
    assert_eq!(names.len(), 1 + 64 + 1 + 2);
    assert_eq!(names[0], "1.targets.json");
    assert_eq!(names[names.len() - 2..], ["1.snapshot.json", "timestamp.json"]);
    assert!(names.contains(&"1.bin-0a.json".to_owned()) && names.contains(&"1.control.json".to_owned()));

    let mut client = repository.client();
    repository.refresh(&mut client, NOW).expect("a fresh repository");
    let found = repository.find(&mut client, "adx--hello--1.0.0.adxm").expect("a bin");
    assert_eq!(found, Some((15, file("adx/hello 1.0.0").sha256.to_string())));
    assert_eq!(repository.find(&mut client, "adx--hello--2.0.0.adxm").expect("a bin"), None);
}

#[test]
fn a_round_writes_only_what_changes() {
    let mut repository = Repository::new(64);
    repository.round(&Changes::new()).expect("a first round");
    let mut client = repository.client();
    repository.refresh(&mut client, NOW).expect("fresh");

    let hello = package("adx/hello", "1.0.0");
    let bin = repository.bins.bin_of(&hello);
    let names = repository.round(&publish(&[("adx/hello", "1.0.0")])).expect("a round");
    assert_eq!(names, [format!("2.{bin}.json"), "2.snapshot.json".to_owned(), "timestamp.json".to_owned()]);
    repository.refresh(&mut client, NOW).expect("a client goes on from what it trusts");
    assert!(repository.find(&mut client, hello.as_str()).expect("a bin").is_some());

    let names = repository.round(&Changes::from([(hello.clone(), None)])).expect("a round");
    assert_eq!(names[0], format!("3.{bin}.json"));
    repository.refresh(&mut client, NOW).expect("fresh");
    assert_eq!(repository.find(&mut client, hello.as_str()).expect("a bin"), None);
}

#[test]
fn control_files_are_listed_by_their_own_role() {
    let mut repository = Repository::new(16);
    repository.round(&Changes::new()).expect("a first round");
    let revocations: TargetName = "revocations.json".parse().expect("a target");
    let names = repository.round(&Changes::from([(revocations, Some(file("{}")))])).expect("a round");
    assert_eq!(names, ["2.control.json", "2.snapshot.json", "timestamp.json"]);
    let mut client = repository.client();
    repository.refresh(&mut client, NOW).expect("fresh");
    assert!(repository.find(&mut client, "revocations.json").expect("control").is_some());
    assert_eq!(repository.find(&mut client, "index-root.json").expect("control"), None);
}

#[test]
fn a_role_is_signed_again_without_a_change() {
    let mut repository = Repository::new(1);
    repository.round(&publish(&[("adx/hello", "1.0.0")])).expect("a round");
    let mut present = repository.present(&Changes::new());
    let bin: RoleName = "bin-0".parse().expect("a role");
    present.roles.insert(bin.clone(), repository.contents[&bin].clone());
    let names = repository.round_from(present, &Changes::new(), "2027-02-01T00:00:00Z").expect("a round");
    assert_eq!(names[0], "2.bin-0.json");
    let content = &repository.contents[&bin];
    assert_eq!((content.targets().len(), content.expires()), (1, at("2027-05-02T00:00:00Z")));
}

#[test]
fn a_timestamp_is_signed_again_alone() {
    let mut repository = Repository::new(1);
    repository.round(&Changes::new()).expect("a round");
    let mut client = repository.client();
    repository.refresh(&mut client, NOW).expect("fresh");
    let tomorrow = "2026-11-26T08:00:01Z";
    assert!(repository.refresh(&mut client, tomorrow).is_err(), "a frozen repository");
    let timestamp = repository.resign_timestamp(tomorrow);
    assert_eq!((timestamp.version(), timestamp.expires()), (2, at("2026-11-27T08:00:01Z")));
    repository.refresh(&mut client, tomorrow).expect("fresh again");
}

#[test]
fn a_round_that_would_lose_something_is_refused() {
    let mut repository = Repository::new(64);
    let first = repository.present(&Changes::new());
    repository.round(&Changes::new()).expect("a first round");
    let changes = publish(&[("adx/hello", "1.0.0")]);
    let hello = package("adx/hello", "1.0.0");
    let role = repository.bins.bin_of(&hello);

    let none = Present { roles: BTreeMap::new(), ..repository.present(&changes) };
    let refused = repository.round_from(none, &changes, NOW).expect_err("no content");
    assert_eq!(refused, RoundError::RoleMissing { target: hello.clone(), role: role.clone() });

    let removed = Changes::from([(hello.clone(), None)]);
    let refused = repository.round(&removed).expect_err("not there");
    assert_eq!(refused, RoundError::NotListed { target: hello, role: role.clone() });

    // The content of a round that is over: signing over it would take back what came since.
    let stale = repository.present(&changes);
    repository.round(&changes).expect("a round");
    let stale = Present { snapshot: repository.present(&changes).snapshot, ..stale };
    let refused = repository.round_from(stale, &changes, NOW).expect_err("stale content");
    assert_eq!(refused, RoundError::NotPresent { file: role.file(), given: 1, pinned: 2 });

    // Two ceremonies between two rounds: the last counts, and the one before is not gone back to.
    let online = |index: usize| authority(&repository.online[index..=index], 1);
    let plan = TargetsPlan {
        expires: at(NEXT_YEAR),
        bins: repository.bins,
        bin_keys: online(0),
        control_keys: online(1),
        log_policy: file("a policy"),
    };
    let root = repository.root.document().clone();
    let mut skipped = plan.next(repository.targets.document(), &root, at(NOW)).expect("version 2");
    let mut last = plan.next(skipped.document(), &root, at(NOW)).expect("version 3");
    for targets in [&mut skipped, &mut last] {
        repository.targets_keys.iter().take(2).for_each(|key| targets.sign(key));
    }
    let none = Changes::new();
    let of = |repository: &Repository, targets| Present { targets: Some(targets), ..repository.present(&none) };
    repository.round_from(of(&repository, last), &none, NOW).expect("the last of two");
    let refused = repository.round_from(of(&repository, skipped), &none, NOW).expect_err("the one before");
    assert_eq!(refused, RoundError::NotPresent { file: "targets.json".to_owned(), given: 2, pinned: 3 });
    let mut client = repository.client();
    repository.refresh(&mut client, NOW).expect("clients take the jump");

    // Configured with another number of bins than the repository has.
    let present = repository.present(&Changes::new());
    for (bins, refusal) in [
        (32, RoundError::Foreign { file: "bin-20.json".to_owned(), bins: 32 }),
        (128, RoundError::Incomplete("bin-40.json".to_owned())),
    ] {
        let signer = Signer { bins: HashBins::new(bins).expect("bins"), ..repository.signer() };
        assert_eq!(signer.round(present.clone(), &Changes::new(), at(NOW)).expect_err("other bins"), refusal);
    }

    let incomplete = Present { targets: None, ..first };
    let refused = Repository::new(64).round_from(incomplete, &Changes::new(), NOW).expect_err("no targets");
    assert_eq!(refused, RoundError::Incomplete("targets.json".to_owned()));
}

/// Rollback, mix and match, a foreign key, a changed byte: what a hostile mirror could serve.
#[test]
fn a_client_refuses_what_was_tampered_with() {
    let mut repository = Repository::new(16);
    repository.round(&publish(&[("adx/hello", "1.0.0")])).expect("a round");
    let old = repository.files.clone();
    repository.round(&publish(&[("adx/hello", "1.0.1"), ("adx/hello", "1.0.2")])).expect("a round");
    let mut client = repository.client();
    repository.refresh(&mut client, NOW).expect("fresh");
    let now: jiff::Timestamp = NOW.parse().expect("a time");

    // Rollback of the timestamp, and of a snapshot under the present timestamp.
    let error = client.update_timestamp(&old["timestamp.json"], now).expect_err("an old timestamp");
    assert!(matches!(error, sigstore_tuf::Error::Rollback { .. }), "{error}");
    assert!(client.update_snapshot(&old["1.snapshot.json"], now).is_err(), "an old snapshot");

    // Mix and match: an old bin under the present snapshot.
    let hello = package("adx/hello", "1.0.1");
    let bin = repository.bins.bin_of(&hello);
    assert_eq!(version_of(&client, bin.as_str()), 2);
    let mixed = client.update_delegated_targets(&old[&format!("1.{bin}.json")], bin.as_str(), "targets", now);
    assert!(matches!(mixed, Err(sigstore_tuf::Error::IntegrityMismatch(_))), "{mixed:?}");

    // One changed digit anywhere in the bin.
    let mut changed = repository.files[&format!("2.{bin}.json")].clone();
    let place = changed.len() - 20;
    changed[place] ^= 1;
    assert!(client.update_delegated_targets(&changed, bin.as_str(), "targets", now).is_err());

    // A stolen timestamp key makes no snapshot: it is signed for one role.
    let mut forged = Repository::new(16);
    forged.online[2] = key("timestamp");
    forged.round(&publish(&[("adx/hello", "1.0.0")])).expect("a round");
    let mut client = repository.client();
    client.update_timestamp(&forged.files["timestamp.json"], now).expect("the timestamp is signed by its key");
    let error = client.update_snapshot(&forged.files["1.snapshot.json"], now).expect_err("a foreign snapshot");
    assert!(matches!(error, sigstore_tuf::Error::ThresholdNotMet { .. }), "{error}");
}

#[test]
fn every_document_is_canonical_and_read_again() {
    let mut repository = Repository::new(16);
    repository.round(&publish(&[("adx/hello", "1.0.0")])).expect("a round");
    for (name, bytes) in &repository.files {
        let document: Value = serde_json::from_slice(bytes).expect("JSON");
        let canonical = sigstore_tuf::canonical_json::to_canonical_bytes(&document).expect("canonical");
        assert_eq!(&canonical, bytes, "{name}");
        assert_eq!(document["signed"]["spec_version"], "1.0.34");
    }
    let read = Signed::<Root>::from_json(&repository.files["1.root.json"]).expect("a root");
    assert_eq!(read, repository.root);
    let read = Signed::<Targets>::from_json(&repository.files["1.targets.json"]).expect("targets");
    assert_eq!(read, repository.targets);
    assert!(Signed::<Targets>::from_json(&repository.files["1.root.json"]).is_err(), "another role");
}

/// What a reader that is not strict would sign over or count twice.
#[test]
fn documents_that_are_not_ours_are_refused() {
    let repository = Repository::new(1);
    let root: Value = serde_json::from_slice(&repository.files["1.root.json"]).expect("JSON");
    let ids: Vec<_> = root["signed"]["keys"].as_object().expect("keys").keys().cloned().collect();
    let signature = root["signatures"][0].clone();
    let changes: [(&str, &str, Value); 8] = [
        ("a member more", "/signed/extra", json!(1)),
        ("another version of the specification", "/signed/spec_version", json!("2.0.0")),
        ("another spelling of the time", "/signed/expires", json!("2027-11-25T08:00:00+00:00")),
        ("a key under another's id", &format!("/signed/keys/{}", ids[0]), root["signed"]["keys"][&ids[1]].clone()),
        ("a key listed twice", "/signed/roles/timestamp/keyids", json!([ids[0], ids[0]])),
        ("a threshold of none", "/signed/roles/timestamp/threshold", json!(0)),
        ("a threshold that cannot be reached", "/signed/roles/timestamp/threshold", json!(2)),
        ("a key that signed twice", "/signatures/1", signature),
    ];
    for (what, pointer, value) in changes {
        let mut changed = root.clone();
        let (parent, member) = pointer.rsplit_once('/').expect("a pointer");
        match changed.pointer_mut(parent).expect("a place") {
            Value::Object(members) => _ = members.insert(member.to_owned(), value),
            Value::Array(items) => items[member.parse::<usize>().expect("an index")] = value,
            _ => unreachable!("a pointer into an object or array"),
        }
        let bytes = serde_json::to_vec(&changed).expect("JSON");
        assert!(Signed::<Root>::from_json(&bytes).is_err(), "{what}");
    }
}

#[test]
fn an_authority_counts_keys() {
    let keys = public(&[key("one"), key("two")]);
    assert!(Authority::new(&keys, 2).is_ok());
    assert_eq!(Authority::new(&keys, 3), Err(KeysError::Threshold { threshold: 3, keys: 2 }));
    assert_eq!(Authority::new(&keys, 0), Err(KeysError::Threshold { threshold: 0, keys: 2 }));
    assert_eq!(Authority::new(&[keys[0], keys[0]], 2), Err(KeysError::Duplicate(keys[0].id())));
}

#[test]
fn bins_cover_each_hash_once() {
    for count in [1, 2, 16, 32, 64, 256, 1024, MAX_BINS] {
        let bins = HashBins::new(count).expect("bins");
        let names: Vec<_> = bins.names().collect();
        assert_eq!(names.len(), count as usize);
        assert!(names.is_sorted());
        assert_eq!(names.iter().map(|name| name.as_str().len()).collect::<BTreeSet<_>>().len(), 1);
        assert!(names.iter().all(|name| name.as_str().parse::<RoleName>().as_ref() == Ok(name)));
    }
    assert!([0, 3, 65, MAX_BINS * 2].iter().all(|count| HashBins::new(*count).is_err()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// The client's own matching agrees with ours, for every number of bins.
    #[test]
    fn a_target_is_in_exactly_one_bin(name in "[a-z0-9][a-zA-Z0-9._-]{0,40}", bits in 0_u32..9) {
        let repository = Repository::new(1 << bits);
        let target: TargetName = name.parse().expect("a target name");
        let top: sigstore_tuf::Metadata<sigstore_tuf::Targets> =
            sigstore_tuf::Metadata::from_slice(&repository.targets.to_json()).expect("targets");
        let delegations = top.signed().delegations.as_ref().expect("delegations");
        let matching = delegations.roles.iter().filter(|role| role.matches_path(&name).expect("a pattern"));
        let matching: Vec<_> = matching.map(|role| role.name.as_str()).collect();
        let bin = repository.bins.bin_of(&target);
        prop_assert_eq!(matching, [bin.as_str()]);
    }

    /// No two releases share a target: the name leads back to the release.
    #[test]
    fn target_names_are_injective(
        namespace in "[a-z][a-z0-9]{1,5}([-_][a-z0-9]{1,4}){0,2}",
        name in "[a-z][a-z0-9]{1,5}([-_][a-z0-9]{1,4}){0,2}",
        version in "[0-9]\\.[0-9]\\.[0-9](-[a-zA-Z-][a-zA-Z0-9-]{0,6}(\\.[a-z-]{1,4}){0,2})?",
    ) {
        prop_assume!(adx_signing::Name::new(&name).is_ok() && adx_signing::Namespace::new(&namespace).is_ok());
        let module: ModuleId = format!("{namespace}/{name}").parse().expect("a module");
        let version: Version = version.parse().expect("a version");
        let target = TargetName::of_package(&module, &version).expect("a target name");
        prop_assert_eq!(target.package(), Ok((module, version)));
    }
}

#[test]
fn target_names_are_safe_as_paths() {
    for name in ["", ".hidden", "a/b", "a\\b", "a b", "a+b", "a%2e", "é", "-a", &"a".repeat(MAX_TARGET_NAME_BYTES + 1)]
    {
        assert!(name.parse::<TargetName>().is_err(), "{name}");
    }
    let hello = package("adx/hello", "1.0.0-rc.1");
    let sha256 = file("x").sha256;
    assert_eq!(hello.consistent_path("targets", sha256), format!("targets/{sha256}.adx--hello--1.0.0-rc.1.adxm"));
    assert_eq!(hello.consistent_path("", sha256), format!("{sha256}.adx--hello--1.0.0-rc.1.adxm"));
    let build = TargetName::of_package(&"adx/hello".parse().expect("a module"), &"1.0.0+a".parse().expect("a version"));
    assert!(matches!(build, Err(TargetNameError::Build { .. })));
    let longest = format!("{0}/{0}", "a".repeat(40)).parse().expect("a module");
    let version = format!("1.0.0-{}", "a".repeat(58)).parse().expect("a version of 64 characters");
    let target = TargetName::of_package(&longest, &version).expect("a target name");
    assert!(target.consistent_path("", sha256).len() <= 255);
    assert!("revocations.json".parse::<TargetName>().expect("a target name").package().is_err());
}
