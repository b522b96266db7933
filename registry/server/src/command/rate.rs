//! `adx-registry admin rate`: which callers may do what more often than all.

use std::net::IpAddr;

use adx_registry_core::{
    ports::Address,
    quotas::MOST_RATE_FACTOR,
    rates::{
        Action, NamedCaller, ToldAllowance, allow_rate_on_the_machine, list_rates_on_the_machine,
        reset_rate_on_the_machine,
    },
    reason::Reason,
};
use adx_signing::{UtcSecond, name::Namespace};
use anyhow::{Context as _, Result, bail};
use clap::Subcommand;
use serde_json::{Value, json};

use super::admin::{Common, rows_only, show};

#[derive(Subcommand)]
pub(super) enum RateCommand {
    /// List who may do what more often than all
    List {
        #[command(flatten)]
        common: Common,
    },
    /// Let a caller do something so many times as often as `rates` lets all
    Set {
        #[command(flatten)]
        caller: Whom,
        /// What: read, search, write, publish, sign-in, exchange or report [default: everything]
        #[arg(long, value_name = "ACTION")]
        action: Option<Action>,
        /// How many times as often
        #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..=MOST_RATE_FACTOR))]
        factor: u64,
        /// Why, in one line for operators
        #[arg(long, value_name = "TEXT")]
        reason: Reason,
        #[command(flatten)]
        common: Common,
    },
    /// Let a caller do something as often as all; one action as often as everything, where that has a factor
    Reset {
        #[command(flatten)]
        caller: Whom,
        /// What [default: everything]
        #[arg(long, value_name = "ACTION")]
        action: Option<Action>,
        #[command(flatten)]
        common: Common,
    },
}

/// Who is meant: one of the three.
#[derive(clap::Args)]
#[group(required = true, multiple = false)]
pub(super) struct Whom {
    /// A publisher, with all its tokens
    #[arg(long, value_name = "NAMESPACE")]
    publisher: Option<Namespace>,
    /// A person who is signed in, by the account's mail address
    #[arg(long, value_name = "MAIL")]
    account: Option<Address>,
    /// An agent, or whoever else shows no token: the address, of IPv6 with its network
    #[arg(long, value_name = "IP")]
    address: Option<IpAddr>,
}

impl Whom {
    fn named(self) -> Result<NamedCaller> {
        Ok(match (self.publisher, self.account, self.address) {
            (Some(namespace), ..) => NamedCaller::Publisher(namespace),
            (None, Some(address), _) => NamedCaller::Account(address),
            (None, None, Some(address)) => NamedCaller::Address(address),
            (None, None, None) => bail!("nobody is named"),
        })
    }
}

pub(super) async fn run(command: RateCommand) -> Result<()> {
    match command {
        RateCommand::List { common } => list(&common).await,
        RateCommand::Set { caller, action, factor, reason, common } => {
            let caller = caller.named()?;
            let ports = rows_only(&common).await?;
            let allowed = allow_rate_on_the_machine(&ports, &caller, action, factor, reason).await;
            ports.store.close().await;
            allowed.with_context(|| format!("{caller} may do what it could before"))?;
            let document = json!({ "caller": row(Some(&caller)), "action": word(action), "factor": factor });
            show(
                &common,
                &document,
                &format!(
                    "{caller} may {} {factor} times as often as all, on every server within seconds\n",
                    doing(action)
                ),
            )
        }
        RateCommand::Reset { caller, action, common } => {
            let caller = caller.named()?;
            let ports = rows_only(&common).await?;
            let reset = reset_rate_on_the_machine(&ports, &caller, action).await;
            ports.store.close().await;
            let holds = reset.with_context(|| format!("{caller} may do what it could before"))?;
            let document = json!({ "caller": row(Some(&caller)), "action": word(action), "factor": holds });
            let words = match holds {
                Some(factor) => format!("{factor} times as often as all: that is what it may do in everything"),
                None => "as often as all".to_owned(),
            };
            show(&common, &document, &format!("{caller} may {} {words}\n", doing(action)))
        }
    }
}

async fn list(common: &Common) -> Result<()> {
    let ports = rows_only(common).await?;
    let told = list_rates_on_the_machine(&ports).await;
    ports.store.close().await;
    let told = told.context("the rates cannot be read")?;
    let rows: Vec<_> = told.iter().map(document).collect();
    let lines: String = told.iter().map(line).collect();
    let text = if lines.is_empty() { "everybody may do as much as all\n".to_owned() } else { lines };
    show(common, &json!({ "rates": rows }), &text)
}

fn document(told: &ToldAllowance) -> Value {
    let ToldAllowance { caller, allowance } = told;
    json!({
        "caller": row(caller.as_ref()),
        "action": word(allowance.action),
        "factor": allowance.factor,
        "reason": allowance.reason,
        "by": allowance.by,
        "at": UtcSecond::from(allowance.at),
    })
}

/// Who it is, by the word of the option that names it.
fn row(caller: Option<&NamedCaller>) -> Value {
    match caller {
        Some(NamedCaller::Publisher(namespace)) => json!({ "publisher": namespace }),
        Some(NamedCaller::Account(address)) => json!({ "account": address.as_str() }),
        Some(NamedCaller::Address(address)) => json!({ "address": address }),
        None => Value::Null,
    }
}

fn line(told: &ToldAllowance) -> String {
    let ToldAllowance { caller, allowance } = told;
    let caller = caller.as_ref().map_or_else(|| "somebody who is no more".to_owned(), ToString::to_string);
    format!(
        "{:<8}  {:>4} times  {caller}\n    {} by {}: {}\n",
        word(allowance.action),
        allowance.factor,
        UtcSecond::from(allowance.at),
        allowance.by,
        allowance.reason
    )
}

fn word(action: Option<Action>) -> &'static str {
    action.map_or("all", Action::as_str)
}

fn doing(action: Option<Action>) -> String {
    action.map_or_else(|| "do everything".to_owned(), |action| format!("do `{action}`"))
}
