//! What the registry keeps on disk is its owner's alone.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use adx_tests::process::Process;
use adx_tests::programs::programs;
use adx_tests::stage::trust_trial;

/// The permission bits of the folder and of the database's files in it.
fn modes(data: &Path) -> Vec<(String, u32)> {
    let mode = |path: &Path| std::fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    let entries = std::fs::read_dir(data).expect("a folder").map(|entry| entry.expect("an entry").path());
    let files = entries.filter(|path| path.is_file()).map(|path| {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        (name, mode(&path))
    });
    let mut modes: Vec<_> = files.chain([(".".to_owned(), mode(data))]).collect();
    modes.sort();
    modes
}

#[test]
fn a_server_on_a_new_folder_closes_it_to_others() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path().join("new/data");
    trust_trial(&data);
    let mut command = Command::new(&programs().registry);
    command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(&data);
    let running = Process::start("registry", &mut command, folder.path());
    let expected = [
        (".", 0o700),
        ("accounts.key", 0o600),
        ("registry.sqlite", 0o600),
        ("registry.sqlite-shm", 0o600),
        ("registry.sqlite-wal", 0o600),
    ];
    assert_eq!(modes(&data), expected.map(|(name, mode)| (name.to_owned(), mode)));
    assert!(running.stop().success());
}

#[test]
fn an_administrator_on_a_new_folder_closes_it_to_others() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path().join("data");
    trust_trial(&data);
    let made = create_publisher(&data);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let closed = modes(&data).into_iter().all(|(name, mode)| mode == if name == "." { 0o700 } else { 0o600 });
    assert!(closed, "{:?}", modes(&data));
}

#[test]
fn a_mistyped_folder_becomes_no_registry() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path().join("mistyped");
    let refused = create_publisher(&data);
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(said.contains("there is no registry") && said.contains("mistyped") && said.contains("hint: "), "{said}");
    assert!(!data.exists(), "nothing was made");
}

#[test]
fn a_lost_key_is_not_made_anew_before_somebody_says_so() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path().join("data");
    trust_trial(&data);
    assert!(create_publisher(&data).status.success());
    let file = data.join("accounts.key");
    let kept = std::fs::read(&file).expect("the first command makes it");

    std::fs::remove_file(&file).expect("it goes");
    let mut serve = Command::new(&programs().registry);
    serve.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(&data);
    for refused in [create_publisher(&data), serve.output().expect("the registry runs")] {
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(said.contains("accounts.key") && said.contains("hint: bring the file back"), "{said}");
        assert!(!file.exists(), "it is not made anew");
    }
    let mut replace = Command::new(&programs().registry);
    replace.args(["admin", "replace-accounts-key", "--data"]).arg(&data);
    assert!(replace.output().expect("the registry runs").status.success());
    let made = std::fs::read(&file).expect("it is there");
    assert_ne!(made, kept);

    // The one before is another key now.
    std::fs::write(&file, kept).expect("it is back");
    let said = String::from_utf8_lossy(&serve.output().expect("the registry runs").stderr).into_owned();
    assert!(said.contains("another key") && said.contains("hint: "), "{said}");
}

fn create_publisher(data: &Path) -> Output {
    let mut command = Command::new(&programs().registry);
    command.args(["admin", "create-publisher", "adx", "--data"]).arg(data).output().expect("the registry runs")
}
