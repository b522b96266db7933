//! What people carry to a ceremony and back: roots and targets documents. What is read is the same when it is written and read again,
//! and only what the keys of the seeds signed is valid.
#![no_main]

use adx_signing::{
    SecretKey,
    tuf::{
        Role as _, Root, Signed, Targets, TopRole,
        ceremony::{check_root, check_targets},
        signed::MAX_METADATA_BYTES,
    },
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(root) = Signed::<Root>::from_json(bytes) {
        assert!(bytes.len() <= MAX_METADATA_BYTES);
        assert_eq!(Signed::from_json(&root.to_json()), Ok(root.clone()));
        if check_root(&root, None).is_ok() {
            assert_eq!(root.document().version(), 1);
            let signed = root.signed_by(root.document().role(TopRole::Root), root.document().keys());
            assert_eq!(signed, [1, 2].map(|seed| SecretKey::from_seed(&[seed; 32]).public().id()).into());
        }
    }
    if let Ok(targets) = Signed::<Targets>::from_json(bytes) {
        assert_eq!(Signed::from_json(&targets.to_json()), Ok(targets.clone()));
        let root = Signed::<Root>::from_json(include_bytes!("../seeds/ceremony/root.json")).expect("a root");
        if check_targets(&targets, root.document()).is_ok() {
            assert_eq!(targets.document().version(), 1);
            assert_eq!(targets.document().targets().len(), 1);
            assert_eq!(targets.document().delegations().map(|delegations| delegations.keys().ids().count()), Some(2));
        }
    }
});
