//! Waiting for an operator, and for an owner.

use std::time::Duration;

use serde_json::Value;

use crate::failure::Failure;
use crate::http::Server;

/// The first pause between two looks; it doubles up to the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Looks again and again until a submission is decided on; it as it is then.
pub(in crate::commands) async fn until_decided(registry: &Server, id: &str) -> Result<Value, Failure> {
    let mut pause = FIRST_PAUSE;
    loop {
        let found = registry.get(&["api", "v1", "submissions", id], &[]).await?;
        let submission = &found["submission"];
        if submission["state"] != "in-review" && submission["state"] != "staged" {
            return Ok(submission.clone());
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}
