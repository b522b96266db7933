//! `adx new` and `adx build`: the template compiles, and so does the module of the demo.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use adx_index::component;
use insta::assert_snapshot;

use crate::fixture::write;
use crate::support::{Adx, checkout};

/// A developer with a checkout, whose modules share what is compiled of their dependencies.
fn developer() -> Adx {
    let shared = Path::new(env!("CARGO_TARGET_TMPDIR")).join("guests");
    Adx::new()
        .with("ADX_SDK_PATH", checkout().join("sdk/guest").display().to_string())
        .with("CARGO_BUILD_BUILD_DIR", shared.display().to_string())
        .with("CARGO_TARGET_DIR", "everyones")
        // Flags meant for the host's tests do not fit the guest.
        .with("RUSTFLAGS", "")
        .with("CARGO_TERM_QUIET", "true")
}

fn new_module(adx: &Adx) -> PathBuf {
    adx.json(&["new", "acme/greeter"]);
    let folder = adx.work().join("greeter");
    // The versions that modules/hello is built with, so that nothing is fetched.
    let lock = fs::read_to_string(checkout().join("modules/hello/Cargo.lock")).expect("a lock file");
    let renamed = lock.replace("name = \"hello\"\nversion = \"1.0.0\"", "name = \"greeter\"\nversion = \"0.1.0\"");
    write(&folder, "Cargo.lock", renamed);
    folder
}

#[test]
fn names_and_crate_are_checked_before_anything_is_written() {
    let adx = Adx::new();
    assert_snapshot!(adx.run(&["new", "Hello World"]), @"
    exit 2
    -- stderr
    error: `Hello World` cannot be a module's name
      caused by: the name `Hello World` has the uppercase `H` at character 1: write `h`
    ");
    assert_snapshot!(adx.run(&["new", "hello", "--publisher", "-"]), @"
    exit 2
    -- stderr
    error: `-` cannot be a publisher's namespace
      caused by: the namespace `-` starts with `-` at character 1: start with a lowercase letter a-z
    ");
    assert_snapshot!(adx.run(&["new", "hello", "--sdk", "nowhere"]), @"
    exit 3
    -- stderr
    error: there is no crate at nowhere
    hint: --sdk (or ADX_SDK_PATH) names the folder `sdk/guest` of a checkout
    ");
    assert_snapshot!(adx.run(&["new", "hello"]), @"
    exit 2
    -- stderr
    error: the crate that modules link is on no package registry yet: where is it?
    hint: --sdk (or ADX_SDK_PATH) names the folder `sdk/guest` of a checkout
    ");
    assert_eq!(fs::read_dir(adx.work()).expect("a folder").count(), 0);
}

#[test]
fn an_existing_folder_is_left_alone() {
    let adx = developer();
    write(adx.work(), "hello/notes.txt", "mine");
    assert_snapshot!(adx.run(&["new", "hello"]), @"
    exit 4
    -- stderr
    error: hello is there already
    hint: choose another name, or another place with --path
    ");
    assert_eq!(fs::read_dir(adx.work().join("hello")).expect("a folder").count(), 1);
    // An empty folder holds nothing that could be lost.
    fs::create_dir(adx.work().join("empty")).expect("made");
    assert_snapshot!(adx.run(&["new", "hello", "--path", "empty"]), @"
    exit 0
    -- stdout
    example/hello is in empty
    next: cd empty && adx build && adx pack
    -- stderr
    warning: the publisher is `example`: put your namespace into module.toml before you publish
    ");
}

#[test]
fn a_new_module_is_built_and_packed() {
    let adx = developer();
    let folder = new_module(&adx);
    let built = adx.json(&["build", "greeter"]);
    assert_eq!(
        built["imports"],
        serde_json::json!(["adx:module/log@1.0.0", "adx:module/config@1.0.0", "adx:module/sql@1.0.0"])
    );
    assert!(!folder.join("everyones").exists(), "a component of another module of this name could be taken for it");
    let packed = adx.json(&["pack", "greeter"]);
    assert_eq!(packed["module"], "acme/greeter");
    assert_eq!(packed["permissions"], serde_json::json!(["config", "sql"]));

    // What was changed and not built yet would not be in the package.
    let source = folder.join("src/lib.rs");
    let text = fs::read_to_string(&source).expect("the template has a source");
    write(&folder, "src/lib.rs", text.replace("fn greet(input: Greet)", "fn greet(input: Great)"));
    let later = fs::metadata(folder.join("target/adx/module.wasm")).expect("built").modified().expect("a time")
        + std::time::Duration::from_secs(1);
    fs::File::options().write(true).open(&source).expect("opened").set_modified(later).expect("set");
    let [pack, publish] = ["pack", "publish"].map(|command| adx.run(&[command, "greeter"]).to_string());
    assert_eq!(pack, publish);
    assert_snapshot!(pack, @"
    exit 4
    -- stderr
    error: greeter/src/lib.rs is newer than the component
    hint: run `adx build greeter` first
    ");

    // A mistake is shown as the compiler shows it, at its place.
    let run = adx.run(&["build", "greeter"]);
    assert_eq!((run.exit, run.stdout.as_str()), (1, ""), "{run}");
    assert!(run.stderr.contains("cannot find type `Great`"), "{run}");
    let line = 1 + text.lines().position(|line| line.contains("fn greet(")).expect("the template greets");
    assert!(run.stderr.contains(&format!("src/lib.rs:{line}:")), "{run}");
    assert!(run.stderr.ends_with("error: cargo could not build the module\n"), "{run}");
    let error = adx.run(&["build", "greeter", "--json"]).error();
    assert!(error["causes"][0].as_str().expect("a cause").contains("cannot find type `Great`"), "{error}");
}

#[test]
fn the_module_of_the_demo_asks_for_what_it_uses() {
    let adx = developer();
    let folder = adx.work().join("hello");
    let source = checkout().join("modules/hello");
    for name in ["module.toml", "Cargo.lock", "src/lib.rs", ".cargo/config.toml"] {
        write(&folder, name, fs::read(source.join(name)).expect("readable"));
    }
    let cargo = fs::read_to_string(source.join("Cargo.toml")).expect("readable");
    let sdk = checkout().join("sdk/guest").display().to_string();
    write(&folder, "Cargo.toml", cargo.replace("../../sdk/guest", &sdk));
    adx.json(&["build", "hello", "--", "--locked"]);

    let bytes = fs::read(folder.join("target/adx/module.wasm")).expect("built");
    let interfaces = component::inspect(&bytes).expect("a component");
    let names = |list: &[String]| list.iter().cloned().collect::<BTreeSet<_>>();
    let of_module = |list: &[&str]| list.iter().map(|name| format!("adx:module/{name}@1.0.0")).collect();
    assert_eq!(names(&interfaces.imports), of_module(&["config", "kv", "log", "sql"]));
    assert_eq!(names(&interfaces.exports), of_module(&["activities", "lifecycle"]));
}

#[test]
fn a_folder_without_a_module_is_not_built() {
    assert_snapshot!(Adx::new().run(&["build"]), @"
    exit 3
    -- stderr
    error: there is no module.toml in this folder
    hint: run it in a module's folder, or start one with `adx new NAME`
    ");
}
