//! `adx tenant register` and `adx tenant registered`: tenants of a registry, for whom modules are bought.

use adx_signing::{Namespace, TenantId};
use clap::Args;
use reqwest::Method;
use serde_json::{Value, json};

use crate::App;
use crate::commands::key::chosen_publisher;
use crate::commands::order::as_buyer;
use crate::failure::Failure;

/// Make a tenant known to the registry, so that modules can be bought for it
///
/// With an owner's token: the organisation buys for it. Agents call it by the same name.
#[derive(Args)]
pub(crate) struct Register {
    /// Its name; the registry has it once
    name: TenantId,
    /// What invoices are made out to: a name and an address; `\n` begins a line
    #[arg(long, value_name = "TEXT")]
    bill_to: String,
    /// Where invoices go besides the people who may buy
    #[arg(long, value_name = "ADDRESS")]
    bill_mail: Option<String>,
    /// The organisation's namespace [default: the one of config.toml]
    #[arg(long, value_name = "NAMESPACE")]
    publisher: Option<Namespace>,
}

impl Register {
    pub(super) async fn run(self, app: &App) -> Result<(), Failure> {
        let Self { name, bill_to, bill_mail, publisher } = self;
        let namespace = publisher.map_or_else(|| chosen_publisher(app), Ok)?;
        let body = json!({
            "tenant": name,
            "namespace": namespace,
            "bill_to": bill_to.replace("\\n", "\n"),
            "bill_mail": bill_mail,
        });
        let made = as_buyer(app, Some(&namespace))?.send(Method::POST, &["api", "v1", "tenants"], Some(&body)).await;
        let made = made.map_err(|failure| failure.hint_for("tenant-exists", "run `adx tenant registered`"))?;
        app.output.result(&made, |out| {
            writeln!(out, "{name} is a tenant of the registry; {namespace} buys for it")?;
            writeln!(out, "next: adx buy NS/NAME --tenant {name}")
        })
    }
}

pub(super) async fn list(app: &App) -> Result<(), Failure> {
    let found = as_buyer(app, None)?.get(&["api", "v1", "tenants"], &[]).await?;
    app.output.result(&found, |out| {
        let tenants = found["tenants"].as_array().map_or(&[] as &[Value], Vec::as_slice);
        for tenant in tenants {
            writeln!(out, "{}", tenant["tenant"].as_str().unwrap_or_default())?;
        }
        if tenants.is_empty() { writeln!(out, "none: adx tenant register NAME --bill-to TEXT") } else { Ok(()) }
    })
}
