//! What a ceremony says about the log, signed by the keys of the targets document.

use adx_signing::tuf::{
    LogSignatures, Role as _, Signed, Targets,
    ceremony::{CeremonyError, RootPlan, Status, TargetsPlan},
};

use crate::{
    at, key,
    repository::{NEXT_YEAR, NOW, Repository, authority, keys},
};

const LOG: &[u8] = br#"{"key":"one","quorum":2,"witnesses":["a","b"]}"#;

fn signed_by<'k>(
    log: &[u8],
    targets: &Signed<Targets>,
    keys: impl IntoIterator<Item = &'k adx_signing::SecretKey>,
) -> LogSignatures {
    let mut signatures = LogSignatures::default();
    let message = LogSignatures::signing_bytes(log, targets);
    keys.into_iter().for_each(|key| signatures.sign(&message, key));
    signatures
}

/// The targets document after the one that is there.
fn next(repository: &Repository, expires: &str) -> Signed<Targets> {
    let plan = TargetsPlan {
        expires: at(expires),
        bins: repository.bins,
        bin_keys: authority(&repository.online[..1], 1),
        control_keys: authority(&repository.online[1..2], 1),
    };
    plan.next(repository.targets.document(), repository.root.document(), at(NOW)).expect("targets")
}

#[test]
fn the_threshold_of_the_targets_keys_signs() {
    let repository = Repository::new(1);
    let (root, targets) = (repository.root.document(), &repository.targets);
    let one = signed_by(LOG, targets, &repository.targets_keys[..1]);
    let refused = one.check(LOG, targets, root).expect_err("one of two");
    let unsigned = repository.targets_keys[1..].iter().map(|key| key.public().id()).collect();
    assert_eq!(refused, CeremonyError::LogUnsigned { version: 1, signed: 1, needed: 2, unsigned });
    let status = Status::of_log(LOG, &one, targets, root, at(NOW));
    assert_eq!((status.role, status.version, status.approvals[0].missing), ("log", 1, 1));
    assert!(!status.complete());

    // A second one, made elsewhere.
    let mut two = one;
    let message = LogSignatures::signing_bytes(LOG, targets);
    let second = &repository.targets_keys[2];
    assert!(two.add_signature(&message, &repository.targets_keys[1].public(), &second.sign(&message)).is_err());
    two.add_signature(&message, &second.public(), &second.sign(&message)).expect("a signature");
    two.check(LOG, targets, root).expect("two of three");
    assert!(Status::of_log(LOG, &two, targets, root, at(NOW)).complete());

    let file = serde_json::to_vec(&two).expect("JSON");
    assert_eq!(serde_json::from_slice::<LogSignatures>(&file).expect("the file"), two);
}

#[test]
fn one_key_counts_once() {
    let repository = Repository::new(1);
    let (root, targets) = (repository.root.document(), &repository.targets);
    let first = &repository.targets_keys[0];
    let twice = signed_by(LOG, targets, [first, first]);
    assert!(twice.check(LOG, targets, root).is_err());

    let mut file = serde_json::to_value(&twice).expect("JSON");
    let signature = file["signatures"][0].clone();
    file["signatures"] = vec![signature.clone(), signature.clone()].into();
    let refused = serde_json::from_value::<LogSignatures>(file.clone()).expect_err("twice the same");
    assert!(refused.to_string().contains("signed twice"), "{refused}");

    // Under the name of another key.
    file["signatures"][1]["keyid"] = repository.targets_keys[1].public().id().to_string().into();
    let borrowed: LogSignatures = serde_json::from_value(file.clone()).expect("the form");
    assert!(borrowed.check(LOG, targets, root).is_err());

    file["signatures"] = vec![signature; 65].into();
    let refused = serde_json::from_value::<LogSignatures>(file).expect_err("too many");
    assert!(refused.to_string().contains("the cap is 64"), "{refused}");
}

#[test]
fn keys_of_the_root_and_strangers_do_not_count() {
    let repository = Repository::new(1);
    let (root, targets) = (repository.root.document(), &repository.targets);
    let stranger = key("stranger");
    let others = repository.root_keys.iter().chain(&repository.online).chain([&stranger, &repository.targets_keys[0]]);
    let refused = signed_by(LOG, targets, others).check(LOG, targets, root).expect_err("one of two");
    assert!(matches!(refused, CeremonyError::LogUnsigned { signed: 1, .. }), "{refused}");
}

#[test]
fn another_log_has_no_signatures() {
    let repository = Repository::new(1);
    let (root, targets) = (repository.root.document(), &repository.targets);
    let signatures = signed_by(LOG, targets, &repository.targets_keys);
    for altered in [
        br#"{"key":"two","quorum":2,"witnesses":["a","b"]}"#.as_slice(),
        br#"{"key":"one","quorum":1,"witnesses":["a","b"]}"#,
        br#"{"key":"one","quorum":2,"witnesses":["a","c"]}"#,
        b"",
    ] {
        let refused = signatures.check(altered, targets, root).expect_err("not what was signed");
        assert!(matches!(refused, CeremonyError::LogUnsigned { signed: 0, .. }), "{refused}");
    }
}

/// For one targets document: not for the next, not for another of the same version, and never for the document itself.
#[test]
fn a_replay_beside_another_targets_document_is_refused() {
    let repository = Repository::new(1);
    let root = repository.root.document();
    let signatures = signed_by(LOG, &repository.targets, &repository.targets_keys);
    let (second, other_second) = (next(&repository, NEXT_YEAR), next(&repository, "2027-11-26T08:00:00Z"));
    assert_eq!(second.document().version(), other_second.document().version());
    let refused = signatures.check(LOG, &second, root).expect_err("version 2");
    assert!(matches!(refused, CeremonyError::LogUnsigned { version: 2, signed: 0, .. }), "{refused}");

    let signatures = signed_by(LOG, &second, &repository.targets_keys);
    signatures.check(LOG, &second, root).expect("version 2");
    assert!(signatures.check(LOG, &other_second, root).is_err());

    // Signatures of the document are none of the log, and the other way round.
    let mut of_document = LogSignatures::default();
    repository.targets_keys.iter().for_each(|key| of_document.sign(&second.signing_bytes(), key));
    assert!(of_document.check(&second.signing_bytes(), &second, root).is_err());
    let message = LogSignatures::signing_bytes(&second.signing_bytes(), &second);
    let first = &repository.targets_keys[0];
    assert!(second.clone().add_signature(&first.public(), &first.sign(&message)).is_err());

    // More signatures on the document change nothing.
    let mut signed = second;
    repository.targets_keys.iter().for_each(|key| signed.sign(key));
    signatures.check(LOG, &signed, root).expect("the same document");
}

/// Whoever left does not count any more.
#[test]
fn the_last_root_says_who_counts() {
    let repository = Repository::new(1);
    let (root, targets) = (repository.root.document(), &repository.targets);
    let signatures = signed_by(LOG, targets, &repository.targets_keys[..2]);
    signatures.check(LOG, targets, root).expect("two of three");
    let others = [keys("new targets", 1), repository.targets_keys[1..].to_vec()].concat();
    let plan = RootPlan { targets: authority(&others, 2), ..RootPlan::of(root) };
    let new_root = plan.next(root, at(NOW)).expect("a root");
    assert!(signatures.check(LOG, targets, new_root.document()).is_err());
}
