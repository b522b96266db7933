//! `trust.scale`: a registry of 100,000 modules with 5 versions each, in 64 and in 1,024 hash bins: how large its metadata are, how
//! long a round of signing takes, what an agent with 20 modules fetches and how much memory it has. Beside it the same targets
//! in one list, as a flat TUF repository has them. `--modules N` makes it smaller, to see whether it works.
//!
//! A poll after a change is what an agent does until it knows what it needs to install: metadata, control files, checkpoint, index
//! files of all its modules, and for those that have a newer version the list that names it and the tiles that prove its leaf. The
//! flat list is the metadata alone, without log and index.
//!
//! A round is what is done from leaves to timestamp: tiles, checkpoint, shards, control files, bins, snapshot, timestamp, in files.
//! Index files, the database and witnesses are not in it, and every list is in memory, where a registry keeps those of 200,000
//! targets and reads the others.

mod agent;
mod figures;
mod flat;
mod repository;
mod scale;
#[path = "../../tests/all/server.rs"]
#[expect(dead_code, reason = "the attacks use all of it")]
mod server;

use std::path::Path;

use agent::Agent;
use figures::{Figures, median};
use repository::Repository;
use scale::{INSTALLED, Scale};

/// The fewest modules that the rounds which are measured leave room for.
const FEWEST_MODULES: usize = 2_000;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let flag = |name: &str| arguments.iter().position(|argument| argument == name);
    let modules = flag("--modules").map_or(100_000, |at| arguments[at + 1].parse().expect("a number of modules"));
    assert!(modules >= FEWEST_MODULES, "--modules {modules}: it takes {FEWEST_MODULES} at least");
    let scale = Scale { modules };
    match (flag("agent"), flag("flat")) {
        (Some(at), _) => runtime.block_on(agent::run(scale, &arguments[at + 1..])),
        (None, Some(at)) => flat::run(Path::new(&arguments[at + 1])),
        (None, None) => runtime.block_on(measure(scale, flag("--json").is_some())),
    }
}

async fn measure(scale: Scale, json: bool) {
    for bins in [64, 1_024] {
        let mut repository = Repository::new(scale, bins);
        let first_round = repository.first_round();
        let round = median((0..5).map(|number| repository.release([number])));
        let hundred = |number: usize| 1_000 + number * 100..1_100 + number * 100;
        let round_of_100 = median((0..3).map(|number| repository.release(hundred(number))));
        let server = server::Server::start(repository.folder()).await;
        let mut agent = Agent::start(scale, &server.url, &repository.folder().join("tuf/1.root.json"));
        let mut asked = 0;
        let mut fetched = |repository: &Repository| {
            let paths = server.asked();
            let bytes: u64 = paths[asked..].iter().map(|path| repository.length(path)).sum();
            asked = paths.len();
            bytes
        };
        agent.refresh();
        let first_poll = fetched(&repository);
        assert_eq!(agent.update(), INSTALLED);
        let installing = fetched(&repository);
        let agent_memory = agent.refresh();
        let idle_poll = fetched(&repository);

        repository.release(0..scale.one_percent());
        agent.refresh();
        // More than 1% of them: it has one among the first.
        let updated = agent.update();
        assert_eq!(updated, (0..INSTALLED).filter(|number| scale.installed(*number) < scale.one_percent()).count());
        let poll_after_1_percent = fetched(&repository);
        repository.release((0..INSTALLED).map(|number| scale.installed(number)));
        agent.refresh();
        assert_eq!(agent.update(), INSTALLED);
        let poll_after_all_installed = fetched(&repository);
        let figures = Figures {
            bins,
            first_round,
            round,
            round_of_100,
            sizes: repository.sizes(),
            first_poll,
            installing,
            idle_poll,
            updated,
            poll_after_1_percent,
            poll_after_all_installed,
            agent_memory,
        };
        println!("{}", if json { figures.json() } else { figures.text() });
    }
    flat::measure(scale, json);
}
