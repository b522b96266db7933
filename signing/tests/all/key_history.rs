//! How a namespace came to its keys: what whoever holds the server alone cannot make up.

use std::collections::{BTreeMap, BTreeSet};

use adx_signing::{
    Envelope, Namespace, SecretKey, UtcSecond,
    envelope::EnvelopeError,
    key::KeyPurpose,
    key_change::{Change, KEY_CHANGE_TYPE, KeyChange, KeyChangeError, NewKey},
    log::{
        Event, Leaf,
        leaf::{KeyAdded, KeyRecovery, KeyRemoved},
    },
    tuf::{
        control::{PublisherKeys, RegisteredKey, Revocations, RevokedKey},
        key_history::{Authorization, KeyHistoryError},
    },
    version::V1,
};

use crate::{at, key};

const NOON: &str = "2026-11-25T12:00:00Z";
const A_WEEK_LATER: &str = "2026-12-02T12:00:00Z";

fn adx() -> Namespace {
    "adx".parse().expect("a namespace")
}

fn new_key(secret: &SecretKey) -> NewKey {
    NewKey { not_after: None, public: secret.public(), purposes: [KeyPurpose::Release, KeyPurpose::KeyChange].into() }
}

fn change(change: Change, follows: u64) -> KeyChange {
    KeyChange { change, follows, namespace: adx(), v: V1 }
}

fn by(envelope: &Envelope) -> Authorization {
    Authorization::Key { envelope: envelope.to_json() }
}

/// A log and the list of keys beside it.
#[derive(Default)]
struct History {
    leaves: BTreeMap<u64, Leaf>,
    keys: Vec<RegisteredKey>,
    revoked: Revocations,
}

impl History {
    fn added(mut self, leaf: u64, time: &str, secret: &SecretKey, by: Authorization) -> Self {
        let NewKey { not_after, public, purposes } = new_key(secret);
        let event =
            Event::PublisherKeyAdded(KeyAdded { namespace: adx(), not_after, public, purposes: purposes.clone() });
        self.leaves.insert(leaf, Leaf::new(at(time), event));
        self.keys.push(RegisteredKey {
            public,
            purposes,
            added_by: by,
            added_at_leaf: leaf,
            removed_at_leaf: None,
            removed_by: None,
            not_after,
        });
        self
    }

    fn removed(self, leaf: u64, secret: &SecretKey, by: Option<Authorization>) -> Self {
        self.removed_at(leaf, NOON, secret, by)
    }

    fn removed_at(mut self, leaf: u64, time: &str, secret: &SecretKey, by: Option<Authorization>) -> Self {
        let keyid = secret.public().id();
        let event = Event::PublisherKeyRemoved(KeyRemoved { keyid, namespace: adx() });
        self.leaves.insert(leaf, Leaf::new(at(time), event));
        let key = self.keys.iter_mut().find(|key| key.public == secret.public()).expect("the key");
        (key.removed_at_leaf, key.removed_by) = (Some(leaf), by);
        self
    }

    fn announced(mut self, leaf: u64, change: Change) -> Self {
        let event = Event::KeyRecoveryAnnounced(KeyRecovery { change, namespace: adx() });
        self.leaves.insert(leaf, Leaf::new(at(NOON), event));
        self
    }

    fn revoked(mut self, secret: &SecretKey, from_leaf: u64) -> Self {
        let revoked = RevokedKey { from_leaf, at: at(NOON), reason: "it was stolen".to_owned() };
        self.revoked.keys.insert(secret.public().id(), revoked);
        self
    }

    fn check(&self) -> Result<(), KeyHistoryError> {
        self.unfounded().map(|leaves| assert!(leaves.is_empty(), "{leaves:?}"))
    }

    fn unfounded(&self) -> Result<BTreeSet<u64>, KeyHistoryError> {
        let keys = PublisherKeys { namespaces: [(adx(), self.keys.clone())].into(), ..Default::default() };
        let keys =
            adx_signing::tuf::control::ControlFile::from_json(&adx_signing::tuf::control::ControlFile::to_json(&keys))
                .map(|read: PublisherKeys| {
                    assert_eq!(read, keys);
                    read
                })
                .expect("the list is read as it was written");
        let known: Vec<u64> = self.leaves.keys().copied().collect();
        assert!(keys.history_leaves(&adx()).iter().all(|leaf| known.contains(leaf)) || known.is_empty());
        keys.check_history(&adx(), &self.leaves, &self.revoked)
    }
}

fn refused(history: &History) -> KeyHistoryError {
    history.check().expect_err("a history that nobody may believe")
}

#[test]
fn keys_follow_from_one_another() {
    let (one, two, three) = (key("one"), key("two"), key("three"));
    let add_two = change(Change::Add(new_key(&two)), 3).sign(&one);
    let remove_one = change(Change::Remove { keyid: one.public().id() }, 5).sign(&two);
    let add_three = change(Change::Add(new_key(&three)), 9).sign(&two);
    let history = History::default()
        .added(3, NOON, &one, Authorization::First)
        .added(5, NOON, &two, by(&add_two))
        .removed(9, &one, Some(by(&remove_one)))
        .added(12, NOON, &three, by(&add_three));
    assert_eq!(history.check(), Ok(()));

    // The removed key has no say any more, whatever it signed.
    let stolen = change(Change::Add(new_key(&key("thief"))), 12).sign(&one);
    let history = history.added(15, NOON, &key("thief"), by(&stolen));
    assert!(
        matches!(refused(&history), KeyHistoryError::Change { leaf: 15, source: KeyChangeError::Envelope(_), .. }),
        "{}",
        refused(&history)
    );
}

#[test]
fn whoever_holds_the_server_alone_gives_a_namespace_no_key() {
    let (one, thief) = (key("one"), key("thief"));
    let begun = || History::default().added(3, NOON, &one, Authorization::First);
    let second_first = begun().added(5, NOON, &thief, Authorization::First);
    assert_eq!(refused(&second_first), KeyHistoryError::NotFirst { namespace: adx(), leaf: 5, earlier: 3 });

    let own = change(Change::Add(new_key(&thief)), 3).sign(&thief);
    let refusal = refused(&begun().added(5, NOON, &thief, by(&own)));
    assert!(
        matches!(
            refusal,
            KeyHistoryError::Change { source: KeyChangeError::Envelope(EnvelopeError::Threshold { .. }), .. }
        ),
        "{refusal}"
    );

    // An envelope that the owner made for something else.
    for (name, envelope) in [
        ("another key", change(Change::Add(new_key(&key("two"))), 3).sign(&one)),
        ("another place", change(Change::Add(new_key(&thief)), 2).sign(&one)),
        (
            "another namespace",
            KeyChange { namespace: "other".parse().expect("a namespace"), ..change(Change::Add(new_key(&thief)), 3) }
                .sign(&one),
        ),
    ] {
        let refusal = refused(&begun().added(5, NOON, &thief, by(&envelope)));
        assert_eq!(refusal, KeyHistoryError::OtherChange { namespace: adx(), leaf: 5 }, "{name}");
    }
    let release = Envelope::sign("application/vnd.in-toto+json", *b"{}", &[&one]);
    let refusal = refused(&begun().added(5, NOON, &thief, by(&release)));
    assert!(matches!(refusal, KeyHistoryError::Change { source: KeyChangeError::PayloadType { .. }, .. }), "{refusal}");

    // Taking the owner's key away needs the owner too.
    assert_eq!(refused(&begun().removed(5, &one, None)), KeyHistoryError::Unauthorized { namespace: adx(), leaf: 5 });
    let refusal = refused(&begun().removed(5, &one, Some(Authorization::First)));
    assert_eq!(refusal, KeyHistoryError::NotFirst { namespace: adx(), leaf: 5, earlier: 3 });
}

#[test]
fn what_is_listed_is_in_the_log() {
    let one = key("one");
    let mut history = History::default().added(3, NOON, &one, Authorization::First);
    history.leaves.insert(
        3,
        Leaf::new(
            at(NOON),
            Event::KeyRecoveryAnnounced(KeyRecovery { change: Change::Add(new_key(&one)), namespace: adx() }),
        ),
    );
    assert_eq!(refused(&history), KeyHistoryError::NotLogged { namespace: adx(), leaf: 3 });
    history.leaves.clear();
    assert_eq!(refused(&history), KeyHistoryError::NotLogged { namespace: adx(), leaf: 3 });

    // The list must not give a key more than its leaf did.
    let mut history = History::default().added(3, NOON, &one, Authorization::First);
    history.keys[0].not_after = Some(at(A_WEEK_LATER));
    assert_eq!(refused(&history), KeyHistoryError::NotLogged { namespace: adx(), leaf: 3 });
}

#[test]
fn a_recovery_waits_for_whoever_objects() {
    let (lost, new) = (key("lost"), key("new"));
    let recovery = || Authorization::Recovery { announced_at_leaf: 6 };
    let begun =
        || History::default().added(3, NOON, &lost, Authorization::First).announced(6, Change::Add(new_key(&new)));
    assert_eq!(begun().added(9, A_WEEK_LATER, &new, recovery()).check(), Ok(()));
    let refusal = refused(&begun().added(9, "2026-12-02T11:59:59Z", &new, recovery()));
    assert_eq!(refusal, KeyHistoryError::TooSoon { namespace: adx(), leaf: 9, waited: 7 * 86_400 - 1 });
    assert_eq!(begun().added(9, "2026-12-09T12:00:00Z", &new, recovery()).check(), Ok(()));
    let refusal = refused(&begun().added(9, "2026-12-09T12:00:01Z", &new, recovery()));
    assert_eq!(refusal, KeyHistoryError::TooLate { namespace: adx(), leaf: 9, waited: 14 * 86_400 + 1 });
    let mut more = begun().added(9, A_WEEK_LATER, &new, recovery());
    let narrow = NewKey { purposes: [KeyPurpose::Release].into(), ..new_key(&new) };
    more = more.announced(6, Change::Add(narrow));
    assert_eq!(
        refused(&more),
        KeyHistoryError::NotLogged { namespace: adx(), leaf: 6 },
        "fewer purposes were announced"
    );
    let refusal = refused(&begun().added(9, A_WEEK_LATER, &key("thief"), recovery()));
    assert_eq!(refusal, KeyHistoryError::NotLogged { namespace: adx(), leaf: 6 }, "another key was announced");
    let late = History::default()
        .added(3, NOON, &lost, Authorization::First)
        .announced(20, Change::Add(new_key(&new)))
        .added(9, A_WEEK_LATER, &new, Authorization::Recovery { announced_at_leaf: 20 });
    assert_eq!(refused(&late), KeyHistoryError::NotLogged { namespace: adx(), leaf: 20 });
}

#[test]
fn owners_take_a_stolen_key_away() {
    let stolen = key("stolen");
    let removal = Change::Remove { keyid: stolen.public().id() };
    let begun = || History::default().added(3, NOON, &stolen, Authorization::First);
    let recovery = || Some(Authorization::Recovery { announced_at_leaf: 6 });
    let history = begun().announced(6, removal).removed_at(9, A_WEEK_LATER, &stolen, recovery());
    assert_eq!(history.check(), Ok(()));
    let history = begun().announced(6, Change::Add(new_key(&stolen))).removed_at(9, A_WEEK_LATER, &stolen, recovery());
    assert_eq!(refused(&history), KeyHistoryError::NotLogged { namespace: adx(), leaf: 6 });
}

/// What a revoked key signs for counts for nothing, nor does what follows from it; the namespace goes on without.
#[test]
fn a_revoked_key_adds_no_key() {
    let (stolen, thief, next) = (key("stolen"), key("thief"), key("next"));
    let (good, owners) = (key("good"), key("owners"));
    let add_good = change(Change::Add(new_key(&good)), 3).sign(&stolen);
    let add_thief = change(Change::Add(new_key(&thief)), 5).sign(&stolen);
    let add_next = change(Change::Add(new_key(&next)), 9).sign(&thief);
    let remove_good = change(Change::Remove { keyid: good.public().id() }, 12).sign(&next);
    let begun = || {
        History::default()
            .added(3, NOON, &stolen, Authorization::First)
            .added(5, NOON, &good, by(&add_good))
            .added(9, NOON, &thief, by(&add_thief))
            .added(12, NOON, &next, by(&add_next))
            .removed(15, &good, Some(by(&remove_good)))
            .announced(16, Change::Add(new_key(&owners)))
            .added(20, A_WEEK_LATER, &owners, Authorization::Recovery { announced_at_leaf: 16 })
    };
    assert_eq!(begun().check(), Ok(()));
    assert_eq!(begun().revoked(&stolen, 9).unfounded(), Ok([9, 12].into()), "from the theft on");
    assert_eq!(begun().revoked(&stolen, 10).unfounded(), Ok([].into()), "up to the leaf, not with it");
    assert_eq!(begun().revoked(&stolen, 0).unfounded(), Ok([5, 9, 12].into()));
    assert_eq!(begun().revoked(&thief, 10).unfounded(), Ok([12].into()));

    // One signature that counts is enough.
    let payload = serde_json::to_vec(&change(Change::Add(new_key(&thief)), 5)).expect("JSON");
    let both = Envelope::sign(KEY_CHANGE_TYPE, payload, &[&stolen, &good]);
    let history = History::default()
        .added(3, NOON, &stolen, Authorization::First)
        .added(5, NOON, &good, by(&add_good))
        .added(9, NOON, &thief, by(&both))
        .revoked(&stolen, 9);
    assert_eq!(history.check(), Ok(()));
}

#[test]
fn a_key_change_is_read_strictly() {
    let one = key("one");
    let verify = |payload: &str| {
        KeyChange::verify(&Envelope::sign(KEY_CHANGE_TYPE, payload.as_bytes(), &[&one]), &[one.public()])
    };
    let id = one.public().id();
    let sound = format!(r#"{{"change":{{"remove":{{"keyid":"{id}"}}}},"follows":3,"namespace":"adx","v":1}}"#);
    let read = verify(&sound).expect("a key change");
    assert_eq!(*read, change(Change::Remove { keyid: id }, 3));
    assert_eq!(read.signed_by(), [id]);
    for unsound in [
        sound.replace("\"v\":1", "\"v\":2"),
        sound.replace("\"v\":1", "\"v\":1,\"more\":1"),
        sound.replace("remove", "erase"),
        sound.replace(r#""follows":3,"#, ""),
    ] {
        assert!(matches!(verify(&unsound), Err(KeyChangeError::Json { .. })), "{unsound}");
    }
    let idle = KeyChange {
        change: Change::Add(NewKey { purposes: [].into(), ..new_key(&key("two")) }),
        ..change(Change::Remove { keyid: id }, 3)
    };
    assert_eq!(KeyChange::verify(&idle.sign(&one), &[one.public()]), Err(KeyChangeError::NoPurpose));
    let until: UtcSecond = at(A_WEEK_LATER);
    let limited = change(Change::Add(NewKey { not_after: Some(until), ..new_key(&key("two")) }), 3);
    assert_eq!(*KeyChange::verify(&limited.sign(&one), &[one.public()]).expect("a key change"), limited);
}
