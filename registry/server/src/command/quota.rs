//! `adx-registry admin quota`: how much a publisher may publish.

use adx_registry_core::{
    quotas::{Limits, MOST_RATE_FACTOR, PublisherQuota, allow_on_the_machine, quota_of_on_the_machine},
    reason::Reason,
};
use adx_signing::{UtcSecond, name::Namespace};
use anyhow::{Context as _, Result};
use clap::Subcommand;
use serde_json::{Value, json};

use super::admin::{Common, rows_only, show};

#[derive(Subcommand)]
pub(super) enum QuotaCommand {
    /// Show what a publisher has, and may have
    Show {
        /// The publisher's namespace
        namespace: Namespace,
        #[command(flatten)]
        common: Common,
    },
    /// Allow a publisher more or less than all; what is not named is as for all
    Set {
        /// The publisher's namespace
        namespace: Namespace,
        #[command(flatten)]
        limits: Wanted,
        /// Why, in one line for operators
        #[arg(long, value_name = "TEXT")]
        reason: Reason,
        #[command(flatten)]
        common: Common,
    },
    /// Allow a publisher what all are allowed
    Reset {
        /// The publisher's namespace
        namespace: Namespace,
        #[command(flatten)]
        common: Common,
    },
}

#[derive(clap::Args)]
#[group(required = true, multiple = true)]
pub(super) struct Wanted {
    /// Modules
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(..=1_000_000_000))]
    modules: Option<u64>,
    /// Bytes of all packages together
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u64).range(..=1_000_000_000_000_000_000))]
    package_bytes: Option<u64>,
    /// Versions released on one day (UTC)
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(..=1_000_000_000))]
    releases_a_day: Option<u64>,
    /// How many times as often its tokens may do what `rates` lets every caller do
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..=MOST_RATE_FACTOR))]
    rate_factor: Option<u64>,
}

pub(super) async fn run(command: QuotaCommand) -> Result<()> {
    match command {
        QuotaCommand::Show { namespace, common } => {
            let ports = rows_only(&common).await?;
            let quota = quota_of_on_the_machine(&ports, &namespace).await;
            ports.store.close().await;
            told(&common, &namespace, &quota.context("the quota cannot be told")?)
        }
        QuotaCommand::Set { namespace, limits, reason, common } => {
            let Wanted { modules, package_bytes, releases_a_day, rate_factor } = limits;
            let limits = Limits { modules, package_bytes, releases_a_day, rate_factor };
            change(&namespace, Some((limits, reason)), &common).await
        }
        QuotaCommand::Reset { namespace, common } => change(&namespace, None, &common).await,
    }
}

async fn change(namespace: &Namespace, wanted: Option<(Limits, Reason)>, common: &Common) -> Result<()> {
    let ports = rows_only(common).await?;
    let quota = allow_on_the_machine(&ports, namespace, wanted).await;
    ports.store.close().await;
    told(common, namespace, &quota.context("the quota is as it was")?)
}

fn told(common: &Common, namespace: &Namespace, of: &PublisherQuota) -> Result<()> {
    let PublisherQuota { usage, kept_bytes, quota, allowance } = of;
    let used_bytes = of.used_bytes();
    let beside = match kept_bytes {
        0 => String::new(),
        kept => format!(", {kept} of them of what waits, or was rejected or withdrawn"),
    };
    let mut text = format!(
        "{namespace}\n  modules         {} of {}\n  package bytes   {used_bytes} of {}{beside}\n  releases today  {} of {}\n",
        usage.modules, quota.modules, quota.package_bytes, usage.releases_today, quota.releases_a_day
    );
    if let Some(allowance) = allowance {
        if let Some(factor) = allowance.limits.rate_factor {
            text.push_str(&format!("  rates           {factor} times as much as everybody\n"));
        }
        text.push_str(&format!(
            "allowed {} by {}: {}\n",
            UtcSecond::from(allowance.at),
            allowance.by,
            allowance.reason
        ));
    }
    let allowed = allowance.as_ref().map_or(Value::Null, |allowance| {
        json!({
            "modules": allowance.limits.modules,
            "package_bytes": allowance.limits.package_bytes,
            "releases_a_day": allowance.limits.releases_a_day,
            "rate_factor": allowance.limits.rate_factor,
            "reason": allowance.reason,
            "by": allowance.by,
            "at": UtcSecond::from(allowance.at),
        })
    });
    let of = |used: u64, limit: u64| json!({ "used": used, "limit": limit });
    let document = json!({
        "modules": of(usage.modules, quota.modules),
        "package_bytes": of(used_bytes, quota.package_bytes),
        "kept_bytes": kept_bytes,
        "releases_today": of(usage.releases_today, quota.releases_a_day),
        "allowance": allowed,
    });
    show(common, &document, &text)
}
