//! `adx pack`: the same bytes from the same files, and a reason for every refusal.

use std::fs;

use insta::assert_snapshot;

use crate::fixture::{MANIFEST, component, greeter, write};
use crate::support::Adx;

#[test]
fn the_same_files_give_the_same_bytes() {
    let adx = Adx::new();
    let folder = greeter(&adx);
    assert_snapshot!(adx.run(&["pack", "greeter"]), @"
    exit 0
    -- stdout
    greeter/target/adx/acme--greeter--1.0.0.adxm
      acme/greeter 1.0.0, 5 files, 1.07 KiB
      sha256 [DIGEST]
    next: adx publish greeter/target/adx/acme--greeter--1.0.0.adxm
    ");
    let first = fs::read(folder.join("target/adx/acme--greeter--1.0.0.adxm")).expect("the package was written");

    // The same files again, written later and in another order, somewhere else.
    let other = Adx::new();
    let copy = other.work().join("copy");
    for name in [
        "target/adx/module.wasm",
        "migrations/0001_visits.down.sql",
        "migrations/0001_visits.up.sql",
        "README.md",
        "module.toml",
    ] {
        write(&copy, name, fs::read(folder.join(name)).expect("readable"));
    }
    let packed = other.json(&["pack", "copy", "--output", "out/again.adxm"]);
    assert_eq!(fs::read(other.work().join("out/again.adxm")).expect("the package was written"), first);
    assert_eq!(packed["size_bytes"], first.len());
    assert_eq!(
        packed["files"],
        serde_json::json!([
            "README.md",
            "migrations/0001_visits.down.sql",
            "migrations/0001_visits.up.sql",
            "module.toml",
            "module.wasm"
        ])
    );
}

#[test]
fn another_version_changes_the_packed_manifest_only() {
    let adx = Adx::new();
    let folder = greeter(&adx);
    let packed = adx.json(&["pack", "greeter", "--version", "1.1.0"]);
    assert_eq!(packed["version"], "1.1.0");
    assert_eq!(fs::read_to_string(folder.join("module.toml")).expect("readable"), MANIFEST);
}

#[test]
fn a_version_that_is_none_is_refused_where_it_was_typed() {
    let adx = Adx::new();
    greeter(&adx);
    for (command, version, why) in [
        ("pack", "1.1.0+b1", "has build metadata, which does not tell versions apart, remove `+b1`"),
        ("publish", "1.1.0+b1", "has build metadata, which does not tell versions apart, remove `+b1`"),
        ("publish", "+b1", "is not a SemVer version"),
    ] {
        let run = adx.run(&[command, "greeter", "--version", version]);
        let place = format!("error: invalid value '{version}' for '--version <VERSION>': `{version}` {why}");
        assert!(run.exit == 2 && run.stderr.starts_with(&place), "{run}");
    }
}

#[test]
fn a_folder_that_is_no_module() {
    let adx = Adx::new();
    assert_snapshot!(adx.run(&["pack"]), @"
    exit 3
    -- stderr
    error: there is no module.toml in this folder
    hint: run it in a module's folder, or start one with `adx new NAME`
    ");
    let folder = greeter(&adx);
    fs::remove_file(folder.join("target/adx/module.wasm")).expect("removed");
    assert_snapshot!(adx.run(&["pack", "greeter"]), @"
    exit 3
    -- stderr
    error: there is no component at greeter/target/adx/module.wasm
    hint: run `adx build greeter` first
    ");
}

#[test]
fn a_wrong_manifest_names_every_line_and_the_nearest_key() {
    let adx = Adx::new();
    let folder = greeter(&adx);
    let manifest = MANIFEST.replace("version = \"1.0.0\"", "version = \"1.0\"").replace("description", "descripton");
    write(&folder, "module.toml", manifest);
    assert_snapshot!(adx.run(&["pack", "greeter"]), @r#"
    exit 4
    -- stderr
    error: greeter/module.toml has 3 problems
      caused by: module.toml:1:1: missing key `description` in the table: add `description = "What it does, in one sentence."`
      caused by: module.toml:5:11: `module.version`: `1.0` is not a SemVer version (unexpected end of input while parsing minor version number), write MAJOR.MINOR.PATCH such as 1.0.0
      caused by: module.toml:6:1: unknown key `descripton`: did you mean `description`?
    hint: correct module.toml and run it again
    "#);
}

#[test]
fn a_component_that_the_platform_would_not_run() {
    let adx = Adx::new();
    let folder = greeter(&adx);
    let pack = |bytes: &[u8]| {
        write(&folder, "target/adx/module.wasm", bytes);
        adx.run(&["pack", "greeter"])
    };
    assert_snapshot!(pack(&component(&["wasi:cli/environment@0.2.0"])), @"
    exit 4
    -- stderr
    error: module.wasm is refused
      caused by: the component imports `wasi:cli/environment@0.2.0`: modules have no WASI, build for wasm32-unknown-unknown and use the interfaces of `adx:module/module@1.0.0` instead
    ");
    assert_snapshot!(pack(&component(&["adx:module/blob@1.0.0"])), @r#"
    exit 4
    -- stderr
    error: module.wasm is refused
      caused by: the component imports `adx:module/blob@1.0.0` without the permission: add `"blob"` to `module.permissions.required` in module.toml
    "#);
    assert_snapshot!(pack(&component(&["adx:module/telepathy@1.0.0"])), @"
    exit 4
    -- stderr
    error: module.wasm is refused
      caused by: the component imports `adx:module/telepathy@1.0.0`, which the platform does not have: the interfaces are log, clock, random, config, secrets, sql, kv, blob, http, events, modules, workflow, notify, workflow-context
    ");
    assert_snapshot!(pack(&wat::parse_str("(module)").expect("a core module")), @"
    exit 4
    -- stderr
    error: module.wasm is refused
      caused by: module.wasm is not a component but a core module: link it with `wasm-component-ld`, as `adx build` does
    ");
    assert_snapshot!(pack(&wat::parse_str("(component)").expect("an empty component")), @"
    exit 4
    -- stderr
    error: module.wasm is refused
      caused by: the component does not export `adx:module/lifecycle@1.0.0`: it is not a module for the world `adx:module/module@1.0.0`, use the macros of adx-module
    ");
}

#[test]
fn files_that_do_not_fit_together() {
    let adx = Adx::new();
    let folder = greeter(&adx);
    fs::remove_file(folder.join("migrations/0001_visits.down.sql")).expect("removed");
    assert_snapshot!(adx.run(&["pack", "greeter"]), @"
    exit 4
    -- stderr
    error: greeter cannot be packed
      caused by: `migrations/0001_visits.up.sql` has no counterpart `migrations/0001_visits.down.sql`: a rollback needs both, add it
    ");
    write(&folder, "migrations/0001_visits.down.sql", "DROP TABLE visits;");

    write(&folder, "migrations/visits.sql", "");
    assert_snapshot!(adx.run(&["pack", "greeter"]), @"
    exit 4
    -- stderr
    error: greeter cannot be packed
      caused by: `migrations/visits.sql` is not a migration: name it migrations/NNNN_name.up.sql or migrations/NNNN_name.down.sql, with a name of a-z 0-9 _
    ");
    fs::remove_file(folder.join("migrations/visits.sql")).expect("removed");

    write(&folder, "config.schema.json", "{");
    assert_snapshot!(adx.run(&["pack", "greeter"]), @"
    exit 4
    -- stderr
    error: greeter cannot be packed
      caused by: `config.schema.json` is not JSON (EOF while parsing an object at line 1 column 1): correct it
    ");
    fs::remove_file(folder.join("config.schema.json")).expect("removed");

    write(&folder, "README.md", b"\xff");
    assert_snapshot!(adx.run(&["pack", "greeter"]), @"
    exit 4
    -- stderr
    error: greeter cannot be packed
      caused by: `README.md` is not UTF-8 text without NUL characters: save it as UTF-8
    ");
}

#[cfg(unix)]
#[test]
fn a_link_does_not_bring_a_foreign_file_in() {
    let adx = Adx::new();
    let folder = greeter(&adx);
    fs::remove_file(folder.join("README.md")).expect("removed");
    std::os::unix::fs::symlink("/etc/passwd", folder.join("README.md")).expect("linked");
    assert_snapshot!(adx.run(&["pack", "greeter"]), @"
    exit 4
    -- stderr
    error: greeter/README.md is a link, and a package holds files only
    hint: put the file itself there
    ");
}
