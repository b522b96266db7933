//! `adx key recover`: changing the keys of a namespace without one of them.

use adx_signing::key::KeyId;
use adx_signing::{Namespace, UtcSecond};
use clap::Args;
use serde_json::json;

use super::change::{Purpose, purposes};
use crate::App;
use crate::commands::proposal::{AsOwner, report};
use crate::failure::Failure;
use crate::keys;

/// Propose, as an owner, a change of keys that no key signs: where all are lost, or one is stolen
///
/// Enough owners must approve it. It is announced to all of them and in the log, and done after a delay in which any of
/// them can object: nine days. Where the last key is stolen, add a new one, and remove the stolen one with that: `adx key
/// remove KEY-ID --sign-with NEW`. The registry's operator can revoke it at once.
#[derive(Args)]
pub(crate) struct Recover {
    /// The publisher's namespace [default: the one of config.toml]
    publisher: Option<Namespace>,
    /// The key to add: its name, or a file (the public half is enough)
    #[arg(long, value_name = "KEY", required_unless_present = "remove", conflicts_with = "remove")]
    key: Option<String>,
    /// The id of the key to remove, as `adx key list` prints it
    #[arg(long, value_name = "KEY-ID")]
    remove: Option<KeyId>,
    /// What the added key may sign; may be repeated [default: both]
    #[arg(long, value_name = "PURPOSE", conflicts_with = "remove")]
    purpose: Vec<Purpose>,
    /// The last second at which the added key counts, such as 2030-01-31T12:00:00Z [default: until it is removed]
    #[arg(long, value_name = "TIME", conflicts_with = "remove")]
    until: Option<UtcSecond>,
}

impl Recover {
    pub(super) async fn run(self, app: &App) -> Result<(), Failure> {
        let owner = AsOwner::open(app, self.publisher.clone())?;
        let action = if let Some(key_id) = self.remove {
            json!({ "kind": "remove-key", "key_id": key_id })
        } else {
            let public = keys::open_public(app, &keys::path(app, self.key.as_deref()))?;
            json!({
                "kind": "add-key",
                "public_key_pem": public.to_pem(),
                "purposes": purposes(&self.purpose),
                "not_after": self.until,
            })
        };
        let proposal = owner.propose(action).await?;
        app.output.result(&proposal, |out| report(out, &owner.publisher, &proposal))
    }
}
