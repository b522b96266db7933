//! `adx --help`, and that of every command.

use std::collections::VecDeque;

use insta::assert_snapshot;

use crate::support::Adx;

/// Where the options that every command has begin.
const EVERYWHERE: &str = "\nEverywhere:\n";

#[test]
fn every_command_explains_itself() {
    // What stands in the environment is shown, and lines break by its length.
    let adx = Adx::new().with("ADX_HOME", "home");
    let mut text = String::new();
    let mut everywhere = None;
    // Commands are found in the help itself, so that a new one cannot be left out.
    let mut waiting = VecDeque::from([Vec::<String>::new()]);
    while let Some(command) = waiting.pop_front() {
        let arguments: Vec<&str> = command.iter().map(String::as_str).chain(["-h"]).collect();
        let run = adx.run(&arguments);
        assert_eq!((run.exit, run.stderr.as_str()), (0, ""), "{command:?}");
        let (own, common) = run.stdout.split_once(EVERYWHERE).expect("every command has the common options");
        let common = common.split("\n\n").next().unwrap_or(common).trim_end();
        assert_eq!(*everywhere.get_or_insert_with(|| common.to_owned()), common, "{command:?}");
        text.push_str(&format!("$ adx {}\n{own}\n", arguments.join(" ")));
        waiting.extend(subcommands(own).map(|name| [command.as_slice(), &[name.to_owned()]].concat()));
    }
    text.push_str(&format!("{EVERYWHERE}{}\n", everywhere.unwrap_or_default()));
    assert_snapshot!(text);
}

fn subcommands(help: &str) -> impl Iterator<Item = &str> {
    let list = help.split_once("\nCommands:\n").map_or("", |(_, list)| list);
    let names = list.lines().take_while(|line| !line.is_empty()).filter(|line| !line.starts_with("   "));
    names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help")
}

#[test]
fn exit_statuses_are_documented_in_help_and_readme() {
    let help = Adx::new().run(&["--help"]).stdout;
    let readme = include_str!("../../README.md");
    let (_, statuses) = help.split_once("Exit status:\n").expect("the help lists them");
    assert_eq!(statuses.lines().count(), 6, "{statuses}");
    for line in statuses.lines() {
        let (status, meaning) = line.trim().split_once("  ").expect("a status and its meaning");
        assert!(readme.contains(&format!("| {status} | {meaning} |")), "README.md lacks `{status}: {meaning}`");
    }
}

#[test]
fn shells_get_completions() {
    let adx = Adx::new();
    for (shell, mark) in [("bash", "complete -F _adx"), ("zsh", "#compdef adx"), ("fish", "complete -c adx")] {
        let run = adx.run(&["completions", shell]);
        assert_eq!((run.exit, run.stderr.as_str()), (0, ""), "{shell}");
        assert!(run.stdout.contains(mark), "{shell}: {}", run.stdout.lines().next().unwrap_or_default());
        assert!(run.stdout.contains("rollback"), "{shell} does not know the commands");
    }
}
