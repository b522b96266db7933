//! Downloads a target with tough; whatever it refuses ends the program.

use std::error::Error;

use tough::{Prefix, RepositoryLoader, TargetName};
use url::Url;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [metadata_url, targets_url, root, name, folder] = arguments.as_slice() else {
        return Err("usage: METADATA_URL TARGETS_URL ROOT NAME FOLDER".into());
    };
    let root = tokio::fs::read(root).await?;
    let repository = RepositoryLoader::new(&root, Url::parse(metadata_url)?, Url::parse(targets_url)?).load().await?;
    repository.save_target(&TargetName::new(name)?, folder, Prefix::None).await?;
    Ok(())
}
