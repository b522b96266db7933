//! `adx tenant register` and `adx tenant registered`: tenants of a registry, for whom modules are bought.

use adx_signing::TenantId;
use clap::Args;
use reqwest::Method;
use serde_json::{Value, json};

use crate::App;
use crate::commands::key::chosen_publisher;
use crate::commands::order::Organisation;
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
    #[command(flatten)]
    organisation: Organisation,
}

impl Register {
    pub(super) async fn run(self, app: &App) -> Result<(), Failure> {
        let Self { name, bill_to, bill_mail, organisation } = self;
        let namespace = organisation.namespace(app)?.map_or_else(|| chosen_publisher(app), Ok)?;
        let body = json!({
            "tenant": name,
            "namespace": namespace,
            "bill_to": bill_to.replace("\\n", "\n"),
            "bill_mail": bill_mail,
        });
        let buyer = organisation.open(app)?;
        let made = buyer.registry.send(Method::POST, &["api", "v1", "tenants"], Some(&body)).await;
        let made = made.map_err(|failure| {
            let registered = format!("run `adx tenant registered{}`", organisation.option());
            buyer.advise(failure.hint_for("tenant-exists", registered))
        })?;
        app.output.result(&made, |out| {
            writeln!(out, "{name} is a tenant of the registry; {namespace} buys for it")?;
            writeln!(out, "next: adx buy NS/NAME --tenant {name}{}", organisation.option())
        })
    }
}

pub(super) async fn list(app: &App, organisation: &Organisation) -> Result<(), Failure> {
    let buyer = organisation.open(app)?;
    let found = buyer.registry.get(&["api", "v1", "tenants"], &[]).await.map_err(|failure| buyer.advise(failure))?;
    app.output.result(&found, |out| {
        let tenants = found["tenants"].as_array().map_or(&[] as &[Value], Vec::as_slice);
        for tenant in tenants {
            writeln!(out, "{}", tenant["tenant"].as_str().unwrap_or_default())?;
        }
        match buyer.no_owner().filter(|_| tenants.is_empty()) {
            Some(hint) => writeln!(out, "none that this token may see: {hint}"),
            None if tenants.is_empty() => {
                writeln!(out, "none: adx tenant register NAME --bill-to TEXT{}", organisation.option())
            }
            None => Ok(()),
        }
    })
}
