//! Compiled components on disk: used when they are sound, made again when they are not.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use adx_sandbox::{Sandbox, SandboxConfig, SandboxError};
use serde_json::json;

use crate::core_guest::{component, giving};
use crate::stage::Stage;

fn answering(number: u32) -> Vec<u8> {
    component("1", &giving(3000, 1), &format!(r#"(data (i32.const 3000) "{number}")"#))
}

/// What a component answers after it was loaded through the cache in `folder`.
async fn answer(folder: &Path, component: &[u8]) -> serde_json::Value {
    let stage = Stage::with(component, |config| folder.clone_into(&mut config.cache_dir)).await;
    stage.call("anything", json!({})).await.unwrap()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "cwasm"))
        .collect();
    entries.sort();
    entries
}

fn written(path: &Path) -> SystemTime {
    fs::metadata(path).unwrap().modified().unwrap()
}

#[tokio::test]
async fn what_is_compiled_once_is_not_compiled_again() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(answer(folder.path(), &answering(1)).await, json!(1));
    let [entry] = entries(folder.path()).try_into().unwrap();
    let before = (written(&entry), fs::read(&entry).unwrap());
    assert_eq!(answer(folder.path(), &answering(1)).await, json!(1));
    assert_eq!((written(&entry), fs::read(&entry).unwrap()), before);
    assert_eq!(entries(folder.path()), [entry]);
}

#[tokio::test]
async fn the_same_component_is_one_while_it_is_loaded() {
    let stage = Stage::new().await;
    let folder = stage.folder.path().join("cache");
    let sandbox = Sandbox::new(SandboxConfig { concurrent_calls: 2, ..SandboxConfig::new(&folder) }).unwrap();
    let component = answering(1);
    let (a, b) = tokio::join!(sandbox.load(&component), sandbox.load(&component));
    let (a, b) = (a.unwrap(), b.unwrap());
    assert_eq!(a.digest(), b.digest());
    // Without its file it would have to be compiled, and would be written.
    let [entry] = entries(&folder).try_into().unwrap();
    fs::remove_file(&entry).unwrap();
    let c = sandbox.load(&component).await.unwrap();
    assert!(!entry.exists());
    drop((a, b, c));
    sandbox.load(&component).await.unwrap();
    assert!(entry.exists());
}

#[tokio::test]
async fn each_component_has_an_entry_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    for number in 1..4 {
        assert_eq!(answer(folder.path(), &answering(number)).await, json!(number));
    }
    assert_eq!(entries(folder.path()).len(), 3);
}

#[tokio::test]
async fn a_damaged_entry_is_compiled_again() {
    let folder = tempfile::tempdir().unwrap();
    answer(folder.path(), &answering(1)).await;
    let [entry] = entries(folder.path()).try_into().unwrap();
    let sound = fs::read(&entry).unwrap();
    let flip = |at: usize| {
        let mut bytes = sound.clone();
        bytes[at] ^= 1;
        bytes
    };
    let damaged = [flip(0), flip(100), flip(sound.len() / 2), flip(sound.len() - 1), sound[..50].to_vec(), Vec::new()];
    for bytes in damaged {
        fs::write(&entry, bytes).unwrap();
        assert_eq!(answer(folder.path(), &answering(1)).await, json!(1));
        assert_eq!(fs::read(&entry).unwrap().len(), sound.len(), "it was put back");
    }
}

/// Who can write into the folder but does not know its key: machine code of his own choice would be run.
#[tokio::test]
async fn an_entry_of_another_component_or_folder_is_not_run() {
    let (ours, theirs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    answer(ours.path(), &answering(1)).await;
    let [first] = entries(ours.path()).try_into().unwrap();

    answer(ours.path(), &answering(2)).await;
    let second = entries(ours.path()).into_iter().find(|entry| *entry != first).unwrap();
    fs::copy(&second, &first).unwrap();
    assert_eq!(answer(ours.path(), &answering(1)).await, json!(1));

    answer(theirs.path(), &answering(2)).await;
    let [foreign] = entries(theirs.path()).try_into().unwrap();
    fs::copy(&foreign, &first).unwrap();
    assert_eq!(answer(ours.path(), &answering(1)).await, json!(1));
}

#[tokio::test]
async fn another_engine_compiles_for_itself() {
    let folder = tempfile::tempdir().unwrap();
    answer(folder.path(), &answering(1)).await;
    let stage = Stage::with(&answering(1), |config| {
        folder.path().clone_into(&mut config.cache_dir);
        // Changes how memory is reached, and so the code.
        config.memory_bytes_per_call = 8 << 30;
        config.concurrent_calls = 1;
    })
    .await;
    assert_eq!(stage.call("anything", json!({})).await, Ok(json!(1)));
    assert_eq!(entries(folder.path()).len(), 2);
}

#[tokio::test]
async fn a_folder_that_cannot_be_used_is_said_so() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let error = Sandbox::new(SandboxConfig { concurrent_calls: 1, ..SandboxConfig::new(&file) }).unwrap_err();
    assert!(matches!(error, SandboxError::Cache { .. }), "{error}");
}
