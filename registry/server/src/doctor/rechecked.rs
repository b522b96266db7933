//! Whether what is released is held against the rules and advisories of now.

use adx_registry_core::{
    ports::{Clock as _, Store},
    rechecks::Recheck,
};
use adx_signing::utc::UtcSecond;
use time::Duration;

use super::{Finding, within};
use crate::{config::Config, world::SystemClock};

const CHECK: &str = "recheck";
/// How long a recheck of everything may take before somebody looks.
const PATIENCE: Duration = Duration::days(1);

/// When everything that is released was looked over last; nothing where no check has something to look in.
pub(super) async fn last(config: &Config, store: &dyn Store) -> Option<Finding> {
    if config.checks.rules_dir.is_none() && config.checks.osv_database.is_none() {
        return None;
    }
    let asked = async {
        let mut reader = store.read().await?;
        let open = reader.walking_recheck(None, None).await?;
        anyhow::Ok((open, reader.last_recheck().await?))
    };
    Some(match within(asked).await {
        Ok((open, last)) => told(open, last),
        Err(error) => Finding::fail(CHECK, error, "see what is said of the database"),
    })
}

fn told(open: Option<Recheck>, last: Option<Recheck>) -> Finding {
    let ended = last.map(|last| {
        let Recheck { looked_at, found_in, unfinished, ended_at, .. } = last;
        let at = ended_at.map_or_else(|| "once".to_owned(), |at| UtcSecond::from(at).to_string());
        format!(
            "the last one ended {at}: {looked_at} versions, something new in {found_in}, {unfinished} not finished at first"
        )
    });
    match (open, ended) {
        (Some(Recheck { began_at, looked_at, .. }), ended) => {
            let before = ended.map(|ended| format!("; {ended}")).unwrap_or_default();
            let found =
                format!("one is under way since {}, {looked_at} versions so far{before}", UtcSecond::from(began_at));
            if SystemClock.now() - began_at < PATIENCE {
                return Finding::ok(CHECK, found);
            }
            let remedy = "`adx-registry admin jobs list` tells whether its job was given up, and the server's log why it does not end";
            Finding::warn(CHECK, found, remedy)
        }
        (None, Some(ended)) => Finding::ok(CHECK, ended),
        (None, None) => Finding::warn(
            CHECK,
            "what is released was never looked over again, by rules and advisories that came after it",
            "start the server, which does so by itself, or look into its log",
        ),
    }
}
