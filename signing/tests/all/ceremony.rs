use adx_signing::tuf::{
    Changes, HashBins, Role as _, Root, Signed, Targets, TopRole,
    ceremony::{CeremonyError, RootPlan, Status, TargetsPlan, check_root, check_targets},
};

use crate::{
    at, key,
    repository::{NEXT_YEAR, NOW, Repository, authority, file, keys},
};

#[test]
fn a_root_goes_from_hand_to_hand() {
    let repository = Repository::new(64);
    let mut root = RootPlan::of(repository.root.document()).first(at(NOW)).expect("a root");
    let status = Status::of_root(&root, None, at(NOW));
    assert_eq!((status.approvals[0].missing, status.approvals[0].unsigned.len()), (3, 5));
    assert!(!status.complete());

    // One key, three times: it counts once.
    let first = &repository.root_keys[0];
    (0..3).for_each(|_| root.sign(first));
    assert_eq!(Status::of_root(&root, None, at(NOW)).approvals[0].missing, 2);
    assert!(matches!(check_root(&root, None), Err(CeremonyError::Signed(_))));

    // A foreign key does not count.
    root.sign(&key("stranger"));
    assert_eq!(Status::of_root(&root, None, at(NOW)).approvals[0].missing, 2);

    // A signature that was made elsewhere, over the file that was carried there.
    let elsewhere = &repository.root_keys[1];
    let mut carried = Signed::from_json(&root.to_json()).expect("the file");
    let signature = elsewhere.sign(&carried.signing_bytes());
    carried.add_signature(&elsewhere.public(), &signature).expect("a signature");
    assert!(carried.add_signature(&first.public(), &signature).is_err(), "another key's signature");
    carried.sign(&repository.root_keys[4]);
    let status = Status::of_root(&carried, None, at(NOW));
    assert!(status.complete());
    assert_eq!(status.approvals[0].signed.len(), 3);
    check_root(&carried, None).expect("a root");
    assert!(Status::of_root(&carried, None, at(NEXT_YEAR)).expired);
}

/// One signature, three times in the file: neither we nor the client count it as three.
#[test]
fn one_key_counted_twice_is_refused() {
    let repository = Repository::new(1);
    let mut root = RootPlan::of(repository.root.document()).first(at(NOW)).expect("a root");
    root.sign(&repository.root_keys[0]);
    let mut file: serde_json::Value = serde_json::from_slice(&root.to_json()).expect("JSON");
    let signatures = file["signatures"].as_array_mut().expect("signatures");
    *signatures = vec![signatures[0].clone(); 3];
    let bytes = serde_json::to_vec(&file).expect("JSON");
    let refused = Signed::<Root>::from_json(&bytes).expect_err("three times the same");
    assert!(refused.to_string().contains("signed twice"), "{refused}");
    let client = sigstore_tuf::TrustedMetadataSet::from_root(&bytes);
    assert!(matches!(client, Err(sigstore_tuf::Error::DuplicateSignature { .. })));
}

/// The old root's threshold and the new one's, and exactly the next version; the client agrees each time.
#[test]
fn a_rotation_takes_the_old_keys_and_the_new() {
    let mut repository = Repository::new(1);
    repository.round(&Changes::new()).expect("a round");
    let trusted = repository.root.document().clone();
    let new_keys = keys("new root", 3);
    let plan = RootPlan { root: authority(&new_keys, 2), ..RootPlan::of(&trusted) };
    let unsigned = plan.next(&trusted, at(NOW)).expect("a root");
    assert_eq!(unsigned.document().version(), 2);

    let signed_by = |old: usize, new: usize| {
        let mut root = unsigned.clone();
        repository.root_keys.iter().take(old).chain(new_keys.iter().take(new)).for_each(|key| root.sign(key));
        root
    };
    for (old, new, complete) in [(3, 0, false), (0, 2, false), (2, 2, false), (3, 1, false), (3, 2, true)] {
        let root = signed_by(old, new);
        assert_eq!(check_root(&root, Some(&trusted)).is_ok(), complete, "{old} old keys and {new} new ones");
        assert_eq!(Status::of_root(&root, Some(&trusted), at(NOW)).complete(), complete);
        assert_eq!(repository.client().update_root(&root.to_json()).is_ok(), complete);
    }

    let complete = signed_by(3, 2);
    let mut skipping = RootPlan::of(complete.document()).next(complete.document(), at(NOW)).expect("version 3");
    repository.root_keys.iter().chain(&new_keys).for_each(|key| skipping.sign(key));
    let refused = check_root(&skipping, Some(&trusted)).expect_err("version 3 after 1");
    assert_eq!(refused, CeremonyError::RootVersion { trusted: 1, found: 3 });
    let refused = check_root(&repository.root, Some(&trusted)).expect_err("version 1 after 1");
    assert_eq!(refused, CeremonyError::RootVersion { trusted: 1, found: 1 });

    // The online keys, rotated: the client takes what the new ones sign and not what the old ones signed.
    let mut client = repository.client();
    let mut rotated = repository.root.clone().into_document();
    let online = keys("new timestamp", 1);
    let plan = RootPlan { timestamp: authority(&online, 1), ..RootPlan::of(&rotated) };
    let mut root = plan.next(&rotated, at(NOW)).expect("a root");
    repository.root_keys.iter().for_each(|key| root.sign(key));
    client.update_root(&root.to_json()).expect("the next root");
    assert!(repository.refresh(&mut client, NOW).is_err(), "signed by the old key");
    repository.online[3] = online[0].clone();
    repository.resign_timestamp(NOW);
    repository.refresh(&mut client, NOW).expect("signed by the new key");
    rotated = root.into_document();
    assert_eq!(rotated.role(TopRole::Timestamp).threshold(), 1);
}

#[test]
fn no_key_is_offline_and_online() {
    let repository = Repository::new(64);
    let root = repository.root.document();
    let plan = RootPlan { timestamp: authority(&repository.targets_keys[..1], 1), ..RootPlan::of(root) };
    let refused = plan.next(root, at(NOW)).expect_err("a targets key for the timestamp");
    assert!(matches!(refused, CeremonyError::OfflineAndOnline { offline: "targets", .. }), "{refused}");

    let control_keys = authority(&repository.root_keys[..1], 1);
    let plan = TargetsPlan {
        expires: at(NEXT_YEAR),
        bins: HashBins::default(),
        bin_keys: control_keys.clone(),
        control_keys,
        log_policy: file("a policy"),
    };
    let refused = plan.first(root, at(NOW)).expect_err("a root key for the bins");
    assert!(matches!(refused, CeremonyError::OfflineAndOnline { offline: "root", .. }), "{refused}");
}

#[test]
fn what_is_expired_already_is_not_made() {
    let root = Repository::new(1).root;
    let plan = RootPlan { expires: at(NOW), ..RootPlan::of(root.document()) };
    assert!(matches!(plan.next(root.document(), at(NOW)), Err(CeremonyError::Expired { role: "root", .. })));
}

#[test]
fn targets_are_signed_by_their_keys_and_keep_their_bins() {
    let repository = Repository::new(16);
    let root = repository.root.document();
    check_targets(&repository.targets, root).expect("2 of 3");
    let plan = TargetsPlan {
        expires: at(NEXT_YEAR),
        bins: repository.bins,
        bin_keys: authority(&keys("new bins", 1), 1),
        control_keys: authority(&repository.online[1..2], 1),
        log_policy: file("a policy"),
    };
    let mut next: Signed<Targets> = plan.next(repository.targets.document(), root, at(NOW)).expect("targets");
    assert_eq!(next.document().version(), 2);
    next.sign(&repository.targets_keys[2]);
    assert_eq!(Status::of_targets(&next, root, at(NOW)).approvals[0].missing, 1);
    assert!(check_targets(&next, root).is_err());
    next.sign(&repository.targets_keys[0]);
    check_targets(&next, root).expect("2 of 3");

    let refused = TargetsPlan { bins: HashBins::default(), ..plan }.next(repository.targets.document(), root, at(NOW));
    assert_eq!(refused.expect_err("64 bins"), CeremonyError::Bins { present: 16, asked: 64 });
}

/// New bin keys: the round after the ceremony carries the new document and signs every bin again.
#[test]
fn a_new_targets_document_is_taken_up_by_a_round() {
    let mut repository = Repository::new(2);
    repository.round(&Changes::new()).expect("a round");
    let mut client = repository.client();
    repository.refresh(&mut client, NOW).expect("fresh");
    let bins = keys("new bins", 1);
    let plan = TargetsPlan {
        expires: at(NEXT_YEAR),
        bins: repository.bins,
        bin_keys: authority(&bins, 1),
        control_keys: authority(&repository.online[1..2], 1),
        log_policy: file("a policy"),
    };
    let mut targets = plan.next(repository.targets.document(), repository.root.document(), at(NOW)).expect("targets");
    repository.targets_keys.iter().for_each(|key| targets.sign(key));
    repository.online[0] = bins[0].clone();
    let mut present = repository.present(&Changes::new());
    present.targets = Some(targets);
    present.roles = repository.contents.clone();
    let names = repository.round_from(present, &Changes::new(), NOW).expect("a round");
    assert_eq!(names[..3], ["2.targets.json", "2.bin-0.json", "2.bin-1.json"]);
    repository.refresh(&mut client, NOW).expect("fresh");
    assert_eq!(repository.find(&mut client, "adx--hello--1.0.0.adxm").expect("signed by the new key"), None);
}
