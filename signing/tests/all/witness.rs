//! Notes, checkpoints, cosignatures, proofs in a file and the witness protocol.

use adx_signing::{
    Digest, SecretKey, UtcSecond,
    log::{
        Checkpoint, Cosigner, Event, KeyName, Leaf, LogPolicy, RightEdge, SignedCheckpoint, TilePath, TlogProof,
        TreeHead, VerifierKey,
        checkpoint::CheckpointError,
        cosignature::cosigned_by,
        leaf::ReleaseName,
        merkle::{MAX_PROOF_HASHES, empty_root, prove_consistency, prove_inclusion},
        note::{MAX_NOTE_BYTES, MAX_NOTE_SIGNATURES, Note, NoteAlgorithm, NoteError},
        policy::PolicyError,
        proof::{MAX_TLOG_PROOF_BYTES, TlogProofError},
        witness::{
            AddCheckpoint, BodyError, MAX_WITNESS_BODY_BYTES, Refusal, WatchedLog, decide, parse_conflict,
            parse_cosignatures,
        },
    },
};
use proptest::prelude::*;

use crate::{at, key};

const NOW: &str = "2026-11-25T08:00:00Z";

/// The example of the signed-note specification.
const SPEC_KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const SPEC_NOTE: &str = "This is an example message.\n\n\
    — example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
/// The example of the tlog-cosignature specification, whose keys are not published.
const SPEC_CHECKPOINT: &str = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\
    — example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n\
    — witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n";
/// The example request of the tlog-witness specification.
const SPEC_REQUEST: &str = "old 20852014\n\
    PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n\
    jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n\
    5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n\
    /6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n\n\
    example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\
    — example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n\
    — example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=\n";

fn origin() -> KeyName {
    "registry.example.com/log".parse().expect("a name")
}

fn log_key() -> SecretKey {
    key("log")
}

fn log_verifier(key: &SecretKey) -> VerifierKey {
    VerifierKey { name: origin(), algorithm: NoteAlgorithm::Ed25519, key: key.public() }
}

fn witness(number: usize) -> Cosigner {
    Cosigner {
        name: format!("witness.example.com/w{number}").parse().expect("a name"),
        key: key(&format!("witness {number}")),
    }
}

fn signed(head: TreeHead) -> SignedCheckpoint {
    Checkpoint { origin: origin(), head }.sign(&log_key())
}

fn watched(latest: Option<TreeHead>) -> WatchedLog {
    WatchedLog { origin: origin(), keys: vec![log_verifier(&log_key())], latest }
}

fn request(checkpoint: &SignedCheckpoint) -> AddCheckpoint {
    AddCheckpoint { old_size: 0, proof: Vec::new(), checkpoint: checkpoint.clone() }
}

fn cosigned(mut checkpoint: SignedCheckpoint, witnesses: &[usize]) -> SignedCheckpoint {
    for number in witnesses {
        let line =
            decide(&request(&checkpoint), Some(&watched(None)), &witness(*number), at(NOW)).expect("consent").line;
        checkpoint.note_mut().add(line);
    }
    checkpoint
}

fn policy(witnesses: &[usize], quorum: usize) -> LogPolicy {
    let witnesses = witnesses.iter().map(|number| witness(*number).verifier()).collect();
    LogPolicy::new(origin(), vec![log_verifier(&log_key())], witnesses, quorum).expect("a policy")
}

#[test]
fn the_note_of_the_specification_is_verified() {
    let verifier: VerifierKey = SPEC_KEY.parse().expect("a verifier key");
    assert_eq!(verifier.to_string(), SPEC_KEY);
    let note = Note::parse(SPEC_NOTE.as_bytes()).expect("a note");
    assert_eq!(note.signed_by(&verifier), Ok(true));
    assert_eq!(note.to_string(), SPEC_NOTE);
    assert_eq!(note.signed_by(&log_verifier(&log_key())), Ok(false), "a key that did not sign");
    let changed = Note::parse(SPEC_NOTE.replace("an example", "a changed").as_bytes()).expect("a note");
    assert_eq!(changed.signed_by(&verifier), Err(NoteError::BadSignature(verifier.name)));
}

#[test]
fn the_checkpoint_of_the_specification_is_read() {
    let checkpoint = SignedCheckpoint::parse(SPEC_CHECKPOINT.as_bytes()).expect("a checkpoint");
    assert_eq!(
        (checkpoint.claimed().origin.as_str(), checkpoint.claimed().head.size),
        ("example.com/behind-the-sofa", 20_852_163)
    );
    assert_eq!(checkpoint.note().to_string(), SPEC_CHECKPOINT);
    let cosignature = &checkpoint.note().signatures()[1];
    assert_eq!(cosignature.bytes.len(), 8 + 64);
    assert_eq!(cosignature.bytes[..8], 1_679_315_147_u64.to_be_bytes());
    let extended = SPEC_CHECKPOINT.replacen("2I=\n\n", "2I=\nan extension\n\n", 1);
    let read = SignedCheckpoint::parse(extended.as_bytes()).expect("lines beyond the third");
    assert!(read.note().text().ends_with("an extension\n"));
}

#[test]
fn texts_that_are_no_checkpoint_are_refused() {
    for (from, to) in [
        ("20852163", "020852163"),
        ("20852163", "+20852163"),
        ("20852163", "18446744073709551615"),
        ("2I=\n", "2J=\n"),
        ("2I=\n", "2I\n"),
        ("CsUY", "AAAACsUY"),
        ("\n20852163\n", "\n"),
        ("example.com/behind-the-sofa\n2", "a b\n2"),
        ("example.com/behind-the-sofa\n2", "\n2"),
        ("20852163\n", "20852163\r\n"),
    ] {
        let text = SPEC_CHECKPOINT.replacen(from, to, 1);
        assert_ne!(text, SPEC_CHECKPOINT);
        assert!(SignedCheckpoint::parse(text.as_bytes()).is_err(), "{from:?} for {to:?}");
    }
}

#[test]
fn notes_beyond_the_caps_are_refused() {
    let line = SPEC_NOTE.lines().last().expect("a line");
    let with_lines = |count: usize| format!("text\n\n{}", format!("{line}\n").repeat(count));
    assert!(Note::parse(with_lines(MAX_NOTE_SIGNATURES).as_bytes()).is_ok());
    assert_eq!(Note::parse(with_lines(MAX_NOTE_SIGNATURES + 1).as_bytes()), Err(NoteError::TooManySignatures));
    let large = format!("{}\n\n{line}\n", "a".repeat(MAX_NOTE_BYTES));
    assert!(matches!(Note::parse(large.as_bytes()), Err(NoteError::TooLarge(_))));
    for text in [
        "",
        "\n",
        "text\n\n",
        "text\n",
        "text\n\n— a b\n",
        "text\n\n— a\n",
        "te\rxt\n\n— a AAAAAAAA\n",
        "text\n\n— a AAAAAAAA",
    ] {
        assert!(Note::parse(text.as_bytes()).is_err(), "{text:?}");
    }
}

#[test]
fn a_checkpoint_is_of_its_log() {
    let head = TreeHead { size: 3, root: Digest::of(b"root") };
    let checkpoint = SignedCheckpoint::parse(signed(head).note().to_string().as_bytes()).expect("a checkpoint");
    let verified = checkpoint.verify(&origin(), &[log_verifier(&log_key())]).expect("the log's");
    assert_eq!((verified.head, verified.signed_by()), (head, [log_key().public().id()].as_slice()));
    let other = checkpoint.verify(&"other.example.com".parse().expect("a name"), &[log_verifier(&log_key())]);
    assert!(matches!(other, Err(CheckpointError::Origin { .. })));
    let stranger = checkpoint.verify(&origin(), &[log_verifier(&key("stranger"))]);
    assert_eq!(stranger, Err(NoteError::Unsigned(origin().to_string()).into()));
}

#[test]
fn a_quorum_counts_witnesses() {
    let checkpoint = signed(TreeHead { size: 3, root: Digest::of(b"root") });
    let two_of_three = policy(&[1, 2, 3], 2);
    let quorum = |found| Err(PolicyError::Quorum { found, needed: 2 });
    assert_eq!(two_of_three.verify(&checkpoint), quorum(0));
    assert_eq!(two_of_three.verify(&cosigned(checkpoint.clone(), &[1])), quorum(1));
    assert_eq!(two_of_three.verify(&cosigned(checkpoint.clone(), &[1, 1])), quorum(1));
    assert_eq!(two_of_three.verify(&cosigned(checkpoint.clone(), &[1, 4])), quorum(1));
    let enough = two_of_three.verify(&cosigned(checkpoint.clone(), &[3, 1])).expect("two of three");
    assert_eq!(enough.cosignatures.iter().map(|one| one.at).collect::<Vec<_>>(), [at(NOW), at(NOW)]);
    assert!(policy(&[], 0).verify(&checkpoint).is_ok());

    // A cosignature moved to another checkpoint, and one whose time was changed.
    let mut moved = signed(TreeHead { size: 4, root: Digest::of(b"another") });
    let line = cosigned(checkpoint.clone(), &[1]).note().signatures()[1].clone();
    moved.note_mut().add(line.clone());
    assert!(matches!(two_of_three.verify(&moved), Err(PolicyError::Note(NoteError::BadSignature(_)))));
    let mut later = line;
    later.bytes[7] ^= 1;
    let mut changed = checkpoint;
    changed.note_mut().add(later);
    assert!(cosigned_by(&changed, &witness(1).verifier()).is_err());
}

#[test]
fn a_policy_that_proves_nothing_is_refused() {
    let (log, one) = (log_verifier(&log_key()), witness(1).verifier());
    let twice = VerifierKey { name: "other.example.com".parse().expect("a name"), ..one.clone() };
    let foreign = VerifierKey { name: "other.example.com".parse().expect("a name"), ..log.clone() };
    for (what, keys, witnesses, quorum) in [
        ("no log key", vec![], vec![one.clone()], 1),
        ("a quorum that cannot be met", vec![log.clone()], vec![one.clone()], 2),
        ("a witness under two names", vec![log.clone()], vec![one.clone(), twice], 2),
        ("a witness for the log", vec![one.clone()], vec![], 0),
        ("the log for a witness", vec![log.clone()], vec![log.clone()], 1),
        ("a log key under another name", vec![foreign], vec![one.clone()], 1),
    ] {
        assert!(LogPolicy::new(origin(), keys, witnesses, quorum).is_err(), "{what}");
    }
    let json = serde_json::to_string(&policy(&[1], 1)).expect("JSON");
    assert_eq!(serde_json::from_str::<LogPolicy>(&json).expect("a policy"), policy(&[1], 1));
    assert!(serde_json::from_str::<LogPolicy>(&json.replace(r#""quorum":1"#, r#""quorum":2"#)).is_err());
}

/// A log that grew from `old` to `new` leaves.
fn grown(old: u64, new: u64) -> (TreeHead, TreeHead, Vec<Digest>) {
    let leaf = |number: u64| format!("leaf {number}").into_bytes();
    let first = RightEdge::default().append(&(0..old).map(leaf).collect::<Vec<_>>()).expect("an append");
    let second = first.edge.append(&(old..new).map(leaf).collect::<Vec<_>>()).expect("an append");
    let tiles: std::collections::BTreeMap<TilePath, Vec<u8>> = first.tiles.into_iter().chain(second.tiles).collect();
    let proof = prove_consistency(old, second.edge.head(), &tiles).expect("a proof");
    (*first.edge.head(), *second.edge.head(), proof)
}

fn ask(request: &AddCheckpoint, latest: Option<TreeHead>) -> Result<TreeHead, Refusal> {
    // Through the body, as it would come.
    let body = request.to_string();
    let parsed = AddCheckpoint::parse(body.as_bytes()).expect("a request");
    assert_eq!(&parsed, request);
    let consent = decide(&parsed, Some(&watched(latest)), &witness(1), at(NOW))?;
    let lines = parse_cosignatures(consent.line.to_string().as_bytes(), &request.checkpoint, &witness(1).verifier());
    assert_eq!(lines, Ok(vec![consent.line]));
    Ok(consent.head)
}

#[test]
fn a_witness_cosigns_what_grew() {
    let (old, new, proof) = grown(5, 300);
    assert_eq!(ask(&request(&signed(old)), None), Ok(old));
    let grown = AddCheckpoint { old_size: 5, proof, checkpoint: signed(new) };
    assert_eq!(ask(&grown, Some(old)), Ok(new));
    let same = AddCheckpoint { old_size: 300, proof: Vec::new(), checkpoint: signed(new) };
    assert_eq!(ask(&same, Some(new)), Ok(new));
    let empty = TreeHead { size: 0, root: empty_root() };
    assert_eq!(ask(&request(&signed(empty)), None), Ok(empty));
}

#[test]
fn a_witness_refuses_in_the_words_of_the_protocol() {
    let (old, new, proof) = grown(5, 300);
    let asked = AddCheckpoint { old_size: 5, proof: proof.clone(), checkpoint: signed(new) };
    let status = |request: &AddCheckpoint, latest| ask(request, latest).map_err(|refusal| refusal.status());

    let conflict = ask(&asked, Some(TreeHead { size: 7, ..old })).expect_err("another size");
    assert_eq!((conflict.status(), conflict.body().as_str()), (409, "7\n"));
    assert_eq!(parse_conflict(conflict.body().as_bytes()), Ok(7));
    assert_eq!(status(&asked, None), Err(409));

    assert_eq!(status(&AddCheckpoint { old_size: 301, ..asked.clone() }, Some(old)), Err(400));
    assert_eq!(status(&AddCheckpoint { proof: vec![], ..asked.clone() }, Some(old)), Err(422));
    assert_eq!(status(&asked, Some(TreeHead { root: Digest::of(b"fork"), ..old })), Err(422), "forked log");
    let forked = AddCheckpoint {
        old_size: 300,
        proof: vec![],
        checkpoint: signed(TreeHead { root: Digest::of(b"fork"), ..new }),
    };
    assert_eq!(status(&forked, Some(new)), Err(422), "another root of the same size");
    assert_eq!(status(&AddCheckpoint { old_size: 0, ..asked.clone() }, None), Err(422), "a proof from nothing");
    let not_empty = request(&signed(TreeHead { size: 0, root: Digest::of(b"fork") }));
    assert_eq!(status(&not_empty, None), Err(422));

    let stranger = Checkpoint { origin: origin(), head: new }.sign(&key("stranger"));
    assert_eq!(status(&request(&stranger), None), Err(403));
    let unknown = decide(&asked, None, &witness(1), at(NOW)).expect_err("not watched");
    assert_eq!(unknown.status(), 404);
    let other = WatchedLog { origin: "other.example.com".parse().expect("a name"), ..watched(None) };
    assert_eq!(decide(&asked, Some(&other), &witness(1), at(NOW)).expect_err("another log").status(), 404);
}

#[test]
fn the_request_of_the_specification_is_read() {
    let request = AddCheckpoint::parse(SPEC_REQUEST.as_bytes()).expect("a request");
    assert_eq!(
        (request.old_size, request.proof.len(), request.checkpoint.note().signatures().len()),
        (20_852_014, 4, 2)
    );
    assert_eq!(request.to_string(), SPEC_REQUEST);
    for (from, to) in
        [("old 2", "old 02"), ("old ", "new "), ("old 20852014\n", ""), ("\n\nexample", "\nexample"), ("kaw=", "kax=")]
    {
        assert!(AddCheckpoint::parse(SPEC_REQUEST.replacen(from, to, 1).as_bytes()).is_err(), "{from:?} for {to:?}");
    }
    let hashes = |count| {
        SPEC_REQUEST.replacen(
            "old 20852014\n",
            &format!("old 20852014\n{}", "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n".repeat(count)),
            1,
        )
    };
    assert!(AddCheckpoint::parse(hashes(MAX_PROOF_HASHES - 4).as_bytes()).is_ok());
    assert!(AddCheckpoint::parse(hashes(MAX_PROOF_HASHES - 3).as_bytes()).is_err());
    assert_eq!(
        AddCheckpoint::parse(&vec![b'a'; MAX_WITNESS_BODY_BYTES + 1]),
        Err(BodyError::TooLarge(MAX_WITNESS_BODY_BYTES + 1))
    );
}

#[test]
fn only_the_cosignatures_of_the_witness_asked_are_taken() {
    let checkpoint = signed(TreeHead { size: 3, root: Digest::of(b"root") });
    let line =
        |number| decide(&request(&checkpoint), Some(&watched(None)), &witness(number), at(NOW)).expect("consent").line;
    let both = format!("{}{}", line(2), line(1));
    assert_eq!(parse_cosignatures(both.as_bytes(), &checkpoint, &witness(1).verifier()), Ok(vec![line(1)]));
    assert!(parse_cosignatures(line(2).to_string().as_bytes(), &checkpoint, &witness(1).verifier()).is_err());
    let other = signed(TreeHead { size: 4, root: Digest::of(b"root") });
    assert!(parse_cosignatures(line(1).to_string().as_bytes(), &other, &witness(1).verifier()).is_err());
    for body in ["", "7", "07\n", "-1\n", "7\n\n"] {
        assert!(parse_conflict(body.as_bytes()).is_err(), "{body:?}");
    }
}

fn proof() -> TlogProof {
    let release =
        ReleaseName { module: "adx/hello".parse().expect("a module"), version: "1.0.0".parse().expect("a version") };
    let leaf = Leaf::new(at(NOW), Event::Yank(release)).to_bytes();
    let leaves: Vec<_> =
        (0..300_u32).map(|number| if number == 42 { leaf.clone() } else { number.to_be_bytes().to_vec() }).collect();
    let appended = RightEdge::default().append(&leaves).expect("an append");
    let tiles = appended.tiles.into_iter().collect::<std::collections::BTreeMap<_, _>>();
    let head = appended.edge.head();
    let hashes = prove_inclusion(head, 42, &tiles).expect("a proof");
    TlogProof { leaf, index: 42, hashes, checkpoint: cosigned(signed(*head), &[1, 2]) }
}

#[test]
fn a_proof_is_verified_from_its_file() {
    let text = proof().to_string();
    assert!(text.starts_with("c2sp.org/tlog-proof@v1\nextra "));
    let read = TlogProof::parse(text.as_bytes()).expect("a proof");
    assert_eq!(read, proof());
    let logged = read.verify(&policy(&[1, 2, 3], 2)).expect("in the log");
    assert_eq!((logged.index, logged.witnessed.checkpoint.head.size), (42, 300));
    assert!(matches!(&logged.leaf.event, Event::Yank(release) if release.module.to_string() == "adx/hello"));
    assert!(matches!(read.verify(&policy(&[1, 2, 3], 3)), Err(TlogProofError::Policy(PolicyError::Quorum { .. }))));

    let elsewhere = TlogProof { index: 43, ..read.clone() };
    assert!(matches!(elsewhere.verify(&policy(&[1], 1)), Err(TlogProofError::Proof(_))));
    let swapped = TlogProof { leaf: 43_u32.to_be_bytes().to_vec(), ..read.clone() };
    assert!(matches!(swapped.verify(&policy(&[1], 1)), Err(TlogProofError::Proof(_))));
    // In the log, and not a leaf: what is not understood proves nothing.
    let mut foreign = read;
    foreign.leaf = 0_u32.to_be_bytes().to_vec();
    let head = RightEdge::default().append(std::slice::from_ref(&foreign.leaf)).expect("an append").edge;
    (foreign.index, foreign.hashes, foreign.checkpoint) = (0, vec![], cosigned(signed(*head.head()), &[1]));
    assert!(matches!(foreign.verify(&policy(&[1], 1)), Err(TlogProofError::Leaf(_))));
}

#[test]
fn texts_that_are_no_proof_are_refused() {
    let text = proof().to_string();
    for (from, to) in [
        ("proof@v1", "proof@v2"),
        ("extra ", "extra  "),
        ("index 42", "index 042"),
        ("index 42", "index -1"),
        ("index 42\n", ""),
        ("=\n\nregistry", "=\nregistry"),
        ("\nindex", "\n\nindex"),
    ] {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text);
        assert!(TlogProof::parse(changed.as_bytes()).is_err(), "{from:?} for {to:?}");
    }
    let size = MAX_TLOG_PROOF_BYTES + 1;
    assert_eq!(TlogProof::parse(&vec![b'a'; size]), Err(TlogProofError::TooLarge(size)));
}

proptest! {
    /// A second implementation verifies what we sign.
    #[test]
    fn signed_note_verifies_our_checkpoints(size in 0_u64..1 << 40, seed in any::<[u8; 32]>()) {
        let key = SecretKey::from_seed(&seed);
        let checkpoint = Checkpoint { origin: origin(), head: TreeHead { size, root: Digest::of(&seed) } }.sign(&key);
        let verifier = log_verifier(&key);
        let theirs = signed_note::StandardVerifier::new(&verifier.to_string()).expect("a verifier key");
        let note = signed_note::Note::from_bytes(checkpoint.note().to_string().as_bytes()).expect("a note");
        let list = signed_note::VerifierList::new(vec![Box::new(theirs)]);
        prop_assert!(note.verify(&list).is_ok());
        let read = tlog_tiles::Checkpoint::from_bytes(note.text()).expect("a checkpoint");
        prop_assert_eq!(read.origin(), "registry.example.com/log");
        prop_assert_eq!((read.size(), read.hash().0), (size, *Digest::of(&seed).as_bytes()));
    }

    /// What we read, a second implementation reads, and we write it back as it was.
    #[test]
    fn notes_we_read_are_notes(text in "[a-z\n —+=]{0,40}", lines in "(\n|— [a-c +]{0,4} [A-Za-z0-9+/=]{0,24}\n){0,4}") {
        let bytes = format!("{text}\n\n{lines}");
        if let Ok(note) = Note::parse(bytes.as_bytes()) {
            prop_assert_eq!(note.to_string(), bytes.clone());
            let theirs = signed_note::Note::from_bytes(bytes.as_bytes()).expect("a note");
            prop_assert_eq!(theirs.text(), note.text().as_bytes());
        }
    }

    #[test]
    fn a_cosignature_holds_for_its_time(seconds in 1_i64..253_402_300_799) {
        let time: UtcSecond = time::OffsetDateTime::from_unix_timestamp(seconds).expect("a time").into();
        let mut checkpoint = signed(TreeHead { size: 1, root: Digest::of(b"root") });
        let line = decide(&request(&checkpoint), Some(&watched(None)), &witness(1), time).expect("consent").line;
        checkpoint.note_mut().add(line);
        let cosignature = cosigned_by(&checkpoint, &witness(1).verifier()).expect("a cosignature");
        prop_assert_eq!(cosignature.map(|cosignature| cosignature.at), Some(time));
    }
}
