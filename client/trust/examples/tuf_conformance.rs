//! The client of `theupdateframework/tuf-conformance`, over the code that decides for agent and command line.
//!
//! ```text
//! tuf_conformance --metadata-dir DIR init ROOT
//! tuf_conformance --metadata-dir DIR --metadata-url URL refresh
//! tuf_conformance --metadata-dir DIR --metadata-url URL --target-name NAME… --target-base-url URL --target-dir DIR download
//! ```
//! Source: <https://github.com/theupdateframework/tuf-conformance/blob/main/CLIENT-CLI.md>

use std::{collections::BTreeMap, error::Error, path::Path, process::ExitCode};

use adx_signing::UtcSecond;
use adx_trust::{Limits, Profile, Repository, Source};

type Failure = Box<dyn Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tuf_conformance: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Failure> {
    let (mut options, mut targets, mut words) = (BTreeMap::new(), Vec::new(), Vec::new());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value"));
        match argument.strip_prefix("--") {
            Some("target-name") => targets.push(value()?),
            Some(option) => _ = options.insert(option.to_owned(), value()?),
            None => words.push(argument),
        }
    }
    let option = |name: &str| options.get(name).ok_or_else(|| format!("--{name} is missing"));
    let folder = Path::new(option("metadata-dir")?);
    let here = || Source::folder(folder);
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["init", root] => {
            Repository::open(folder, Some(&std::fs::read(root)?), here(), here(), Profile::General)?;
        }
        [command @ ("refresh" | "download")] => {
            let metadata = Source::parse(option("metadata-url")?, &Limits::default())?;
            let base = if *command == "download" { option("target-base-url")? } else { option("metadata-url")? };
            let base = Source::parse(base, &Limits::default())?;
            let mut repository = Repository::open(folder, None, metadata, base, Profile::General)?;
            repository.refresh(now()).await?;
            for name in &targets {
                download(&mut repository, name, Path::new(option("target-dir")?)).await?;
            }
        }
        _ => return Err("give one of: init ROOT, refresh, download".into()),
    }
    Ok(())
}

async fn download(repository: &mut Repository, name: &str, folder: &Path) -> Result<(), Failure> {
    let file = repository.find(name, now()).await?.ok_or_else(|| format!("no document lists `{name}`"))?;
    // A name is no path: the file is called by what it hashes to.
    let path = folder.join(adx_signing::Digest::of(name.as_bytes()).to_string());
    if let Ok(present) = std::fs::read(&path)
        && file.hashes.get("sha256") == Some(&adx_signing::Digest::of(&present).to_string())
    {
        return Ok(());
    }
    Ok(std::fs::write(path, repository.download(name, &file).await?)?)
}

#[expect(clippy::disallowed_methods, reason = "the suite sets the time of this process")]
fn now() -> UtcSecond {
    time::OffsetDateTime::now_utc().into()
}
