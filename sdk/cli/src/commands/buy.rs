//! `adx buy`: order a module for a tenant.

use std::io::{self, Write};

use adx_signing::{ModuleId, TenantId};
use clap::Args;
use getrandom::rand_core::Rng as _;
use reqwest::Method;
use serde_json::{Value, json};

use crate::App;
use crate::commands::order::{Organisation, line, word};
use crate::entropy;
use crate::failure::Failure;

/// Order a module for a tenant
///
/// Shows what it costs, and asks. Owners buy; members with the role billing buy up to the spending cap; whoever else asks for it. With an
/// owner's token.
#[derive(Args)]
pub(crate) struct Buy {
    /// The module: ns/name
    module: ModuleId,
    /// For how many, where it is sold by the seat [default: 1]
    #[arg(long, value_name = "NUMBER")]
    seats: Option<u32>,
    /// Try it first, for the days that its publisher offers
    #[arg(long, conflicts_with = "coupon")]
    trial: bool,
    /// A coupon of its publisher's
    #[arg(long, value_name = "CODE")]
    coupon: Option<String>,
    /// What you file it under
    #[arg(long, value_name = "TEXT")]
    cost_centre: Option<String>,
    #[command(flatten)]
    organisation: Organisation,
    /// Order it without being asked
    #[arg(long, short)]
    yes: bool,
}

impl Buy {
    pub(crate) async fn run(self, app: &App) -> Result<(), Failure> {
        let tenant: TenantId =
            app.settings.tenant_of_registry()?.parse().map_err(|error: adx_signing::name::NameError| {
                Failure::usage("the tenant's name is not one").because(&error)
            })?;
        let (buyer, module) = (self.organisation.open(app)?, &self.module);
        let option = self.organisation.option();
        let advise = |failure: Failure| {
            let hint = format!(
                "run `adx tenant registered`, or make it: adx tenant register {tenant} --bill-to TEXT; \
                 with --publisher NAMESPACE where another organisation buys"
            );
            let failure = failure.hint_for("tenant", hint);
            buyer.advise(failure.hint_for("not-found", "find the module's name: adx search WORDS"))
        };
        let body = json!({
            "tenant": tenant,
            "module": module,
            "trial": self.trial,
            "seats": self.seats,
            "coupon": self.coupon,
            "cost_centre": self.cost_centre,
        });
        let quote = buyer.registry.send(Method::POST, &["api", "v1", "quotes"], Some(&body)).await.map_err(advise)?;
        let mut said = Vec::new();
        // Writing to memory does not fail.
        if show(&mut said, &quote).is_ok() {
            app.output.tell(String::from_utf8_lossy(&said).trim_end());
        }
        if !self.yes {
            if !app.output.can_ask() {
                return Err(Failure::refused("nothing was ordered").hint("agree to what it costs with --yes"));
            }
            let question = if quote["may_buy"] == true { "Order it?" } else { "Ask those who may buy for it?" };
            if !app.output.confirm(question)? {
                return Err(Failure::refused("you did not agree, and nothing was ordered"));
            }
        }
        // The same however often it is sent.
        let key = format!("{:016x}{:016x}", entropy::system().next_u64(), entropy::system().next_u64());
        let path = ["api", "v1", "orders"];
        let send = |request: reqwest::RequestBuilder| request.header("idempotency-key", &key).json(&body);
        let (_, order) = buyer.registry.send_repeatable(Method::POST, &path, send).await.map_err(advise)?;
        app.output.result(&order, |out| {
            line(out, &order)?;
            writeln!(out, "next: adx order show {}{option}", word(&order, "id"))
        })
    }
}

/// What it costs.
fn show(out: &mut dyn Write, quote: &Value) -> io::Result<()> {
    for line in quote["lines"].as_array().map_or(&[] as &[Value], Vec::as_slice) {
        writeln!(out, "  {} x {}", line["count"], word(line, "text"))?;
    }
    match (word(quote, "model"), quote["total"]["text"].as_str()) {
        ("trial", _) => writeln!(out, "  free for {} days", quote["trial_days"]),
        (_, None) => writeln!(out, "  free"),
        ("month", Some(total)) => writeln!(out, "  {total} for the first month"),
        ("year", Some(total)) => writeln!(out, "  {total} for the first year"),
        (_, Some(total)) => writeln!(out, "  {total}"),
    }
}
