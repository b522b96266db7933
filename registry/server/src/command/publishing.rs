//! `adx-registry admin publishing`: what a publisher asks of its releases, where it has no second owner to turn it off.

use adx_registry_core::{
    reason::Reason,
    trusted::{PublishingSwitch, announce_loosening_on_the_machine, keep_rule_on_the_machine},
};
use adx_signing::{UtcSecond, name::Namespace};
use anyhow::{Context as _, Result};
use clap::Subcommand;
use serde_json::json;

use super::admin::{Common, rows_only, show};

#[derive(Subcommand)]
pub(super) enum PublishingCommand {
    /// Turn a rule off for the only owner of a namespace, in three days; every owner is told by mail and can object
    TurnOff {
        /// The namespace
        namespace: Namespace,
        /// `trusted-only` or `staged`
        rule: PublishingSwitch,
        /// Why, in one line that owners read
        #[arg(long, value_name = "TEXT")]
        reason: Reason,
        #[command(flatten)]
        common: Common,
    },
    /// Leave a rule on that was to be turned off
    Keep {
        /// The namespace
        namespace: Namespace,
        /// `trusted-only` or `staged`
        rule: PublishingSwitch,
        #[command(flatten)]
        common: Common,
    },
}

pub(super) async fn run(command: PublishingCommand) -> Result<()> {
    match command {
        PublishingCommand::TurnOff { namespace, rule, reason, common } => {
            let ports = rows_only(&common).await?;
            let announced = announce_loosening_on_the_machine(&ports, &namespace, rule, &reason).await;
            ports.store.close().await;
            let announced = announced.with_context(|| format!("`{}` is as it was", rule.as_str()))?;
            let effective_at = UtcSecond::from(announced.effective_at);
            show(
                &common,
                &json!({ "namespace": namespace, "rule": rule, "effective_at": effective_at }),
                &format!(
                    "`{}` of {namespace} is turned off at {effective_at}, unless an owner objects; the running server mails them\n\n\
                     to take it back: adx-registry admin publishing keep {namespace} {}\n",
                    rule.as_str(),
                    rule.as_str()
                ),
            )
        }
        PublishingCommand::Keep { namespace, rule, common } => {
            let ports = rows_only(&common).await?;
            let kept = keep_rule_on_the_machine(&ports, &namespace, rule).await;
            ports.store.close().await;
            kept.with_context(|| format!("`{}` is as it was", rule.as_str()))?;
            show(
                &common,
                &json!({ "namespace": namespace, "rule": rule }),
                &format!("`{}` of {namespace} stays on\n", rule.as_str()),
            )
        }
    }
}
