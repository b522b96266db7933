use std::fs;
use std::path::Path;
use std::time::Duration;

use adx_registry_core::checks::{Check as _, Severity, Subject};
use adx_signing::Digest;

use super::super::content::Content;
use super::{codes, package, run};

const DEADLINE: Duration = Duration::from_secs(60);
/// In parts, as in ops/rules/trying.yar.
const EICAR: [&str; 2] = [r"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-", "ANTIVIRUS-TEST-FILE!$H+H*"];

fn ours() -> Content {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ops/rules");
    Content::open(&folder, DEADLINE).expect("our rules compile")
}

#[test]
fn our_rules_find_what_they_say_and_leave_the_rest_alone() {
    let rules = ours();
    let eicar = EICAR.concat();
    let miner = "import 'coinhive.min.js'; pool = 'stratum+tcp://pool.example:3333'";
    let drainer = format!(
        "window.ethereum.request({{ method: 'eth_requestAccounts' }}); fetch('https://api.opensea.io/x'); c.setApprovalForAll(a, true); \
         x = '0x{}'",
        "f".repeat(64)
    );
    let found = package(
        "",
        eicar.as_bytes(),
        &[("frontend/miner.js", miner), ("frontend/drainer.js", &drainer), ("docs/eicar.txt", &eicar)],
    );
    let found: Vec<_> = run(&rules, &found)
        .into_iter()
        .map(|finding| (finding.severity, finding.place.unwrap_or_default(), finding.message))
        .collect();
    assert_eq!(
        found,
        [
            (Severity::Harmful, "docs/eicar.txt".to_owned(), "the EICAR test file (rule `eicar_test_file`)".to_owned()),
            (Severity::Harmful, "module.wasm".to_owned(), "the EICAR test file (rule `eicar_test_file`)".to_owned()),
            (
                Severity::Error,
                "frontend/drainer.js".to_owned(),
                "a script that empties the wallet of who opens the page (rule `wallet_drainer_in_script`)".to_owned()
            ),
            (
                Severity::Warning,
                "frontend/miner.js".to_owned(),
                "a script that mines a cryptocurrency (rule `miner_in_script`)".to_owned()
            ),
        ]
    );
    let honest = "if (window.ethereum) connect('eth_requestAccounts'); // no mining here: CoinHive is blocked";
    assert_eq!(run(&rules, &package("", b"\0asm", &[("frontend/a.js", honest)])), []);
}

#[test]
fn a_rule_that_is_wrong_is_named_with_file_and_line() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Content::open(folder.path(), DEADLINE).map(drop).map_err(|error| format!("{error:#}"));
    assert!(open().unwrap_err().contains("there is no rule in it"));
    fs::create_dir(folder.path().join("more")).unwrap();
    fs::write(folder.path().join("more/bad.yar"), "rule a {\n  condition:\n    $b\n}\n").unwrap();
    let refusal = open().unwrap_err();
    assert!(refusal.contains("more/bad.yar:3:5"), "{refusal}");
    fs::write(folder.path().join("more/bad.yar"), "rule a { meta: severity = \"dire\" condition: true }").unwrap();
    assert!(open().unwrap_err().contains("`dire` is no severity"));
    fs::write(folder.path().join("more/bad.yar"), "include \"/etc/passwd\"").unwrap();
    assert!(open().is_err());
}

#[test]
fn changed_rules_count_from_the_next_package_on() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.yar");
    fs::write(&file, "rule a { strings: $a = \"needle\" condition: $a }").unwrap();
    let content = Content::open(folder.path(), DEADLINE).unwrap();
    let subject = package("", b"", &[("docs/a.md", "a needle")]);
    assert_eq!(codes(&run(&content, &subject)), ["known-content"]);
    let first = content.held_against().unwrap();
    assert!(first.is_some() && content.is_run_again());
    fs::write(&file, "rule a { strings: $a = \"another needle\" condition: $a }").unwrap();
    assert_ne!(content.held_against().unwrap(), first);
    assert_eq!(run(&content, &subject), []);
    // What cannot be compiled any more passes nothing.
    fs::write(&file, "rule").unwrap();
    let broke = content.run(&Subject { package: &subject, sha256: Digest::of(b""), before: None }).unwrap_err();
    assert!(broke.to_string().contains("a.yar:1"), "{broke}");
    assert!(content.held_against().is_err(), "nothing is held against what cannot be used");
    fs::write(&file, "rule a { condition: true }").unwrap();
    assert_eq!(run(&content, &subject).len(), 3);
    // The same rules are the same, whenever they were written.
    fs::write(&file, "rule a { strings: $a = \"needle\" condition: $a }").unwrap();
    assert_eq!(content.held_against().unwrap(), first);
    assert_eq!(run(&content, &subject)[0].rule.as_deref(), Some("a"));
}

#[test]
fn a_search_that_takes_too_long_passes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("a.yar"),
        "rule a { condition: for all i in (0..100000000000) : ( uint8(i % 10) != 1 ) }",
    )
    .unwrap();
    let content = Content::open(folder.path(), Duration::from_secs(1)).unwrap();
    let subject = package("", b"", &[]);
    let broke = content.run(&Subject { package: &subject, sha256: Digest::of(b""), before: None }).unwrap_err();
    assert!(broke.to_string().contains("checks.deadline"), "{broke}");
}
