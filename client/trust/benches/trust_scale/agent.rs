//! An agent in a process of its own, so that its memory is its own.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::Arc,
};

use adx_signing::UtcSecond;
use adx_trust::{Limits, Namespaces, Pattern, Registry, Source};
use semver::Version;
use tempfile::TempDir;

use crate::{
    repository::now,
    scale::{INSTALLED, Scale, module},
};

/// The process, as whoever measures it sees it.
pub(crate) struct Agent {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    _state: TempDir,
}

impl Agent {
    /// Starts one that has nothing, for the registry at `url`.
    pub(crate) fn start(scale: Scale, url: &str, root: &Path) -> Self {
        let state = TempDir::new().expect("a folder");
        let mut child = Command::new(std::env::current_exe().expect("a path"))
            .args(["--modules", &scale.modules.to_string(), "agent", url])
            .arg(root)
            .arg(state.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it runs");
        let (input, output) = (child.stdin.take().expect("an input"), child.stdout.take().expect("an output"));
        Self { child, input, output: BufReader::new(output), _state: state }
    }

    /// Has it poll; its memory in bytes afterwards.
    pub(crate) fn refresh(&mut self) -> u64 {
        self.says("refresh")
    }

    /// Has it look at its modules and gather what speaks for those that have a newer version than it knew; how many those are.
    pub(crate) fn update(&mut self) -> usize {
        usize::try_from(self.says("update")).expect("a number of modules")
    }

    fn says(&mut self, what: &str) -> u64 {
        writeln!(self.input, "{what}").expect("it listens");
        let mut line = String::new();
        self.output.read_line(&mut line).expect("it answers");
        line.trim().parse().unwrap_or_else(|_| panic!("the agent answered {line:?} to {what}"))
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        // Its state goes with it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The process itself.
pub(crate) async fn run(scale: Scale, arguments: &[String]) {
    let [url, root, state] = arguments else { panic!("agent URL ROOT STATE") };
    let namespaces = Namespaces::new([("main", [Pattern::Rest].as_slice())]).expect("namespaces");
    let source = Source::parse(url, &Limits::default()).expect("a source");
    let root = fs::read(root).expect("a root");
    let registry = Registry::open("main", source, &root, Path::new(state), Arc::new(namespaces)).expect("a registry");
    let mut known = BTreeMap::new();
    for line in std::io::stdin().lines() {
        let now = now();
        match line.expect("a line").as_str() {
            "refresh" => {
                registry.refresh(now).await.expect("fresh");
                println!("{}", memory());
            }
            "update" => println!("{}", update(&registry, scale, &mut known, now).await),
            other => panic!("{other}?"),
        }
    }
}

async fn update(registry: &Registry, scale: Scale, known: &mut BTreeMap<usize, Version>, now: UtcSecond) -> usize {
    let mut updated = 0;
    for number in (0..INSTALLED).map(|number| scale.installed(number)) {
        let lines = registry.lines(&module(number), now).await.expect("lines");
        let newest = lines.into_iter().map(|line| line.version).max().expect("a version");
        if known.get(&number).is_none_or(|known| *known < newest) {
            let evidence = registry.evidence(&module(number), &newest, now).await;
            evidence.target().expect("a target");
            known.insert(number, newest);
            updated += 1;
        }
    }
    updated
}

/// The most memory this process had, in bytes: `VmHWM` of `/proc/self/status`.
pub(crate) fn memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a figure");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1024
}
