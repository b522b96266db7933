use std::fs::{self, File};
use std::io::Write as _;

use adx_registry_core::checks::{Check as _, Subject};
use adx_signing::Digest;
use zip::write::SimpleFileOptions;

use super::super::advisories::Advisories;
use super::{codes, package, run};

const BILL: &str = r#"{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [
    {"name": "leaky", "purl": "pkg:cargo/leaky@1.0.0"}]}"#;

fn record(fixed: &str) -> String {
    format!(
        r#"{{"id": "RUSTSEC-2026-0001", "affected": [{{"package": {{"ecosystem": "crates.io", "name": "leaky"}},
            "ranges": [{{"type": "SEMVER", "events": [{{"introduced": "0.0.0-0"}}, {{"fixed": "{fixed}"}}]}}]}}]}}"#
    )
}

#[test]
fn folders_and_archives_are_read_and_read_again_when_they_change() {
    let folder = tempfile::tempdir().unwrap();
    let subject = package("", b"", &[("sbom.cdx.json", BILL)]);
    let plain = folder.path().join("RUSTSEC-2026-0001.json");
    fs::write(&plain, record("1.1.0")).unwrap();
    let advisories = Advisories::open(folder.path()).unwrap();
    let found = run(&advisories, &subject);
    assert_eq!(codes(&found), ["advisory"]);
    assert_eq!(found[0].rule.as_deref(), Some("RUSTSEC-2026-0001 in leaky 1.0.0"));
    let first = advisories.held_against().unwrap();
    assert!(first.is_some() && advisories.is_run_again());
    fs::write(&plain, record("0.1.0-0")).unwrap();
    assert_ne!(advisories.held_against().unwrap(), first);
    assert_eq!(run(&advisories, &subject), []);

    let archive = folder.path().join("crates.io").join("all.zip");
    fs::create_dir(archive.parent().unwrap()).unwrap();
    let mut writer = zip::ZipWriter::new(File::create(&archive).unwrap());
    writer.start_file("RUSTSEC-2026-0001.json", SimpleFileOptions::default()).unwrap();
    writer.write_all(record("1.1.0").as_bytes()).unwrap();
    writer.finish().unwrap();
    assert_eq!(codes(&run(&advisories, &subject)), ["advisory"]);
    assert_eq!(codes(&run(&Advisories::open(&archive).unwrap(), &subject)), ["advisory"]);
    assert_eq!(run(&advisories, &package("", b"", &[])), []);
}

#[test]
fn a_database_that_is_gone_or_damaged_passes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    assert!(Advisories::open(&folder.path().join("gone")).is_err());
    assert!(Advisories::open(folder.path()).map(drop).unwrap_err().to_string().contains("no record"));
    let path = folder.path().join("a.json");
    fs::write(&path, record("1.1.0")).unwrap();
    let advisories = Advisories::open(&path).unwrap();
    let subject = package("", b"", &[("sbom.cdx.json", BILL)]);
    for damage in [Some("{"), Some("[]"), None] {
        match damage {
            Some(text) => fs::write(&path, text).unwrap(),
            None => fs::remove_file(&path).unwrap(),
        }
        let broke = advisories.run(&Subject { package: &subject, sha256: Digest::of(b""), before: None }).unwrap_err();
        assert!(broke.to_string().contains("a.json"), "{broke}");
    }
    fs::write(&path, record("1.1.0")).unwrap();
    assert_eq!(codes(&run(&advisories, &subject)), ["advisory"]);
    fs::write(folder.path().join("broken.zip"), "PK").unwrap();
    assert!(Advisories::open(folder.path()).is_err());
}
