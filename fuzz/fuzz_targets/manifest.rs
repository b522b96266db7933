//! A manifest: problems have a place in the text, and every value has one text that is read back.
#![no_main]

use std::fmt::{Debug, Display};
use std::str::FromStr;

use adx_index::{Manifest, PackagePath, limits::MAX_PROBLEMS};
use libfuzzer_sys::fuzz_target;
use semver::Version;

fuzz_target!(|text: &str| {
    match Manifest::parse(text) {
        Ok(manifest) => check(&manifest),
        Err(error) => {
            assert!((1..=MAX_PROBLEMS).contains(&error.problems.len()));
            let lines = text.matches('\n').count() + 1;
            for problem in &error.problems {
                assert!((1..=lines).contains(&problem.line), "{problem}");
                assert!((1..=text.chars().count() + 1).contains(&problem.column), "{problem}");
            }
            let shown = error.to_string();
            assert!(!shown.contains('\u{1b}'), "an escape sequence reaches the terminal: {shown:?}");
        }
    }
});

fn check(manifest: &Manifest) {
    survives(&manifest.id());
    survives::<Version>(&manifest.module.version);
    survives(&manifest.compatibility.adx_core_version);
    manifest.dependencies.iter().for_each(|(module, requirement)| {
        survives(module);
        survives(requirement);
    });
    manifest.permissions.iter().for_each(survives);
    manifest.network.allowed_hosts.iter().for_each(|host| {
        survives(host);
        assert!(host.covers(host), "{host}");
    });
    manifest.events.publishes.iter().for_each(survives);
    manifest.events.subscribes.iter().for_each(survives);
    manifest.frontend.iter().for_each(|frontend| survives::<PackagePath>(&frontend.entry));
    manifest.marketplace.screenshots.iter().for_each(survives);
}

/// Written as text and read again, a value is the same.
fn survives<T>(value: &T)
where
    T: FromStr + Display + PartialEq + Debug,
    T::Err: Display,
{
    match value.to_string().parse::<T>() {
        Ok(read) => assert_eq!(&read, value),
        Err(error) => panic!("`{value}` is not read back: {error}"),
    }
}
