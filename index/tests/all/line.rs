use std::collections::{BTreeMap, BTreeSet};

use adx_index::{
    IndexLine,
    limits::MAX_INDEX_LINE_BYTES,
    line::{Deprecated, LineProblem, index_path, parse_file, write_file},
};
use adx_signing::{Digest, ModuleId};
use proptest::{collection, prelude::*};

fn module() -> ModuleId {
    "adx/hello".parse().expect("a module")
}

fn line(version: &str) -> IndexLine {
    IndexLine {
        module: module(),
        version: version.parse().expect("a version"),
        sha256: Digest::of(version.as_bytes()),
        size_bytes: 20_480,
        dependencies: BTreeMap::from([("adx/mail".parse().expect("a module"), "^1.2".parse().expect("a requirement"))]),
        adx_core_version: ">=0.1.0, <2".parse().expect("a requirement"),
        world: "adx:module/module@1.0.0".to_owned(),
        permissions: vec!["kv".to_owned()],
        yanked: false,
        yanked_for: None,
        deprecated: None,
        released_at: "2026-01-02T03:04:05Z".to_owned(),
        key_id: Digest::of(b"key").to_string().parse().expect("a key id"),
        leaf: None,
    }
}

/// Agents in the field read these bytes: a change here is a change of the format.
#[test]
fn the_form_of_a_line() {
    assert_eq!(
        line("1.0.0").to_ndjson(),
        concat!(
            r#"{"module":"adx/hello","version":"1.0.0","#,
            r#""sha256":"92521fc3cbd964bdc9f584a991b89fddaa5754ed1cc96d6d42445338669c1305","size_bytes":20480,"#,
            r#""dependencies":{"adx/mail":"^1.2"},"adx_core_version":">=0.1.0, <2","world":"adx:module/module@1.0.0","#,
            r#""permissions":["kv"],"yanked":false,"released_at":"2026-01-02T03:04:05Z","#,
            r#""key_id":"2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683"}"#,
            "\n"
        )
    );
}

/// What is said against a version stands behind a line that is otherwise as it was, so that agents from before read it.
#[test]
fn what_is_said_against_a_version_is_added() {
    let said = IndexLine {
        yanked: true,
        yanked_for: Some("loses lines".to_owned()),
        deprecated: Some(Deprecated {
            message: "not maintained".to_owned(),
            replacement: Some("acme/greeter".parse().expect("a module")),
        }),
        ..line("1.0.0")
    };
    let text = said.to_ndjson();
    assert!(text.contains(r#""yanked":true,"yanked_for":"loses lines","deprecated":{"message":"not maintained","replacement":"acme/greeter"}"#));
    assert_eq!(IndexLine::parse(&text, 1), Ok(said));
    let marked_up = text.replace("loses lines", r"<b>\u202elost");
    let read = IndexLine::parse(&marked_up, 1).expect("a line");
    assert_eq!(read.yanked_for.as_deref(), Some("\u{fffd}b\u{fffd}\u{fffd}lost"), "whatever was signed is shown plain");
}

/// Agents read lines of registries to come.
#[test]
fn unknown_members_are_ignored() {
    let text = line("1.0.0").to_ndjson().replace(r#""yanked":false"#, r#""yanked":false,"to-come":{"a":1}"#);
    assert_eq!(IndexLine::parse(&text, 1), Ok(line("1.0.0")));
}

#[test]
fn index_files_lie_in_small_folders() {
    assert_eq!(index_path(&module()), "ad/he/adx/hello");
    assert_eq!(index_path(&"ab/cd".parse().expect("a module")), "ab/cd/ab/cd");
}

#[test]
fn a_file_is_sorted_by_version_and_read_back() {
    let lines = ["1.10.0", "1.2.0", "1.2.0-beta.2", "1.2.0-beta.10"].map(line);
    let file = write_file(&lines);
    let read = parse_file(&file, &module()).expect("our own file");
    let versions: Vec<_> = read.iter().map(|line| line.version.to_string()).collect();
    assert_eq!(versions, ["1.2.0-beta.2", "1.2.0-beta.10", "1.2.0", "1.10.0"]);
    assert_eq!(write_file(lines.iter().rev()), file);
    assert_eq!(parse_file("", &module()), Ok(Vec::new()));
    assert_eq!(parse_file(&file.replace('\n', "\r\n\n"), &module()), Ok(read));
}

#[test]
fn a_bad_line_is_named_by_its_number() {
    let (good, other) = (line("1.0.0").to_ndjson(), line("1.1.0").to_ndjson());
    for (bad, words) in [
        ("{}\n".to_owned(), "missing field"),
        ("[1]\n".to_owned(), "line 2 of the index"),
        (other.replace("1.1.0", "1.1"), "version"),
        (other.replace("\"^1.2\"", "\"one\""), "line 2"),
        (other.replace("adx/hello", "adx/other"), "it is about adx/other, this is the file of adx/hello"),
        (other.replace("adx/hello", "adx/../hello"), "exactly one `/`"),
        (other.replace("\"size_bytes\":20480", "\"size_bytes\":-1"), "line 2"),
        (good.clone(), "version 1.0.0 is there twice"),
        (format!("{}\n", other.trim_end().repeat(2)), "trailing characters"),
        (format!("{}\n", " ".repeat(MAX_INDEX_LINE_BYTES + 1)).replacen(' ', "x", 1), "the cap is 65536"),
    ] {
        let error = parse_file(&format!("{good}{bad}"), &module()).expect_err(&bad);
        assert_eq!(error.line, 2, "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
    let truncated = parse_file(&good[..good.len() / 2], &module()).expect_err("half a line");
    assert!(matches!(truncated.reason, LineProblem::Json(_)));
}

#[test]
fn a_newer_line_is_still_read() {
    let newer = line("1.0.0").to_ndjson().replacen('{', r#"{"rollout":{"percent":5},"#, 1);
    assert_eq!(IndexLine::parse(&newer, 1), Ok(line("1.0.0")));
}

prop_compose! {
    fn any_line()(
        numbers in any::<(u64, u64, u64)>(),
        pre in "([a-z]{1,4}(\\.[1-9][0-9]{0,2})?)?",
        size_bytes: u64,
        requirements in collection::btree_map(
            "[a-z]{2,6}/[a-z]{2,6}",
            "(\\^|~|=|>=|<)?[0-9]{1,3}(\\.[0-9]{1,3}){0,2}(, <[1-9][0-9]?)?",
            0..4,
        ),
        permissions in collection::vec(any::<String>(), 0..4),
        yanked: bool,
        world in any::<String>(),
        released_at in any::<String>(),
    ) -> IndexLine {
        let mut version = semver::Version::new(numbers.0, numbers.1, numbers.2);
        version.pre = semver::Prerelease::new(&pre).expect("a pre-release");
        let dependencies = requirements
            .iter()
            .filter_map(|(id, requirement)| Some((id.parse().ok()?, requirement.parse().ok()?)))
            .collect();
        IndexLine { version, size_bytes, dependencies, permissions, yanked, world, released_at, ..line("1.0.0") }
    }
}

proptest! {
    #[test]
    fn a_line_survives_its_text(line in any_line()) {
        let text = line.to_ndjson();
        prop_assert_eq!(text.matches('\n').count(), 1, "one line, whatever is in its texts");
        prop_assert_eq!(IndexLine::parse(&text, 1), Ok(line.clone()));
        prop_assert_eq!(IndexLine::parse(text.trim_end(), 1), Ok(line));
    }

    #[test]
    fn a_file_survives_its_text(lines in collection::vec(any_line(), 0..6)) {
        let versions: BTreeSet<_> = lines.iter().map(|line| &line.version).collect();
        prop_assume!(versions.len() == lines.len());
        let read = parse_file(&write_file(&lines), &module()).expect("our own file");
        let mut sorted = lines.clone();
        sorted.sort_by(|one, other| one.version.cmp(&other.version));
        prop_assert_eq!(read, sorted);
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        let _ = parse_file(&text, &module());
    }
}
