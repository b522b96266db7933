//! `adx-registry admin order`: what was ordered, and what the bank says of it.

use std::fmt::Write as _;

use adx_registry_core::{
    Id,
    market::{
        Operation, check_misfits_on_the_machine,
        checkout::Misfit,
        misfits_on_the_machine, operate_on_the_machine,
        order::{Order, OrderState},
        orders_on_the_machine,
        placed::{PlacedOrder, ShortText},
        tenant::Tenant,
    },
    reason::Reason,
};
use adx_signing::utc::UtcSecond;
use anyhow::{Context as _, Result};
use clap::Subcommand;
use serde_json::{Value, json};

use super::admin::{Common, rows_only, show};

#[derive(Subcommand)]
pub(super) enum OrderCommand {
    /// List the orders that wait for their money, or those of another state
    List {
        /// created, pending, active, frozen, declined, expired, cancelled, refunded or disputed
        #[arg(long, value_name = "STATE", default_value = "pending")]
        state: OrderState,
        #[command(flatten)]
        common: Common,
    },
    /// Note that what is due has come; the same reference again is the same payment
    Paid {
        /// The order's id
        #[arg(value_name = "ORDER-ID")]
        order: Id<Order>,
        /// What the bank calls it
        #[arg(long, value_name = "TEXT")]
        reference: ShortText,
        #[command(flatten)]
        common: Common,
    },
    /// Decline an order that was not paid
    Decline {
        #[command(flatten)]
        answer: OrderArguments,
    },
    /// Note that the money goes back: the licence is revoked
    Refund {
        /// What the bank calls it
        #[arg(long, value_name = "TEXT")]
        reference: ShortText,
        #[command(flatten)]
        answer: OrderArguments,
    },
    /// Note that the buyer's bank wants the money back: the licence is frozen
    Dispute {
        #[command(flatten)]
        answer: OrderArguments,
    },
    /// Note how that ended
    Settle {
        /// The bank has got the money back
        #[arg(long)]
        lost: bool,
        #[command(flatten)]
        answer: OrderArguments,
    },
    /// List payments that do not fit their orders, and that nobody has looked at
    Misfits {
        #[command(flatten)]
        common: Common,
    },
    /// Note that you have looked at what does not fit an order, and what you have done about it
    Checked {
        #[command(flatten)]
        answer: OrderArguments,
    },
}

#[derive(clap::Args)]
pub(super) struct OrderArguments {
    /// The order's id
    #[arg(value_name = "ORDER-ID")]
    order: Id<Order>,
    /// Why, in one line for the buyer
    #[arg(long, value_name = "TEXT")]
    reason: Reason,
    #[command(flatten)]
    common: Common,
}

pub(super) async fn run(command: OrderCommand) -> Result<()> {
    match command {
        OrderCommand::List { state, common } => list(state, &common).await,
        OrderCommand::Paid { order, reference, common } => {
            note(order, &Operation::Paid { reference, amount: None }, &common).await
        }
        OrderCommand::Decline { answer: OrderArguments { order, reason, common } } => {
            note(order, &Operation::Decline(reason), &common).await
        }
        OrderCommand::Refund { reference, answer: OrderArguments { order, reason, common } } => {
            note(order, &Operation::Refund { reference, reason }, &common).await
        }
        OrderCommand::Dispute { answer: OrderArguments { order, reason, common } } => {
            note(order, &Operation::Dispute(reason), &common).await
        }
        OrderCommand::Settle { lost, answer: OrderArguments { order, reason, common } } => {
            let operation = if lost { Operation::DisputeLost(reason) } else { Operation::DisputeWon(reason) };
            note(order, &operation, &common).await
        }
        OrderCommand::Misfits { common } => misfits(&common).await,
        OrderCommand::Checked { answer: OrderArguments { order, reason, common } } => {
            checked(order, &reason, &common).await
        }
    }
}

async fn misfits(common: &Common) -> Result<()> {
    let ports = rows_only(common).await?;
    let found = misfits_on_the_machine(&ports).await;
    ports.store.close().await;
    let found = found.context("the payments cannot be read")?;
    let (mut misfits, mut text) = (Vec::new(), String::new());
    for (order, Misfit { reference, reason, .. }) in &found {
        misfits.push(json!({ "order": order, "reference": reference, "reason": reason }));
        let _ = writeln!(text, "{order}  {reference}: {reason}");
    }
    text.push_str(if found.is_empty() {
        "every payment fits its order, or was looked at\n"
    } else {
        "\nnext: adx-registry admin order checked ORDER-ID --reason TEXT\n"
    });
    show(common, &json!({ "misfits": misfits }), &text)
}

async fn checked(order: Id<Order>, reason: &Reason, common: &Common) -> Result<()> {
    let ports = rows_only(common).await?;
    let checked = check_misfits_on_the_machine(&ports, order, reason).await;
    ports.store.close().await;
    checked.context("nothing was noted")?;
    show(common, &json!({ "order": order }), "it is noted, and counted no more\n")
}

async fn list(state: OrderState, common: &Common) -> Result<()> {
    let ports = rows_only(common).await?;
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = orders_on_the_machine(&ports, state, after).await.context("the orders cannot be read")?;
        found.extend(page.orders);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    ports.store.close().await;
    let mut text = String::new();
    for (PlacedOrder { order, .. }, tenant) in &found {
        let due =
            order.course.due.map_or_else(String::new, |due| format!("  {} by {}", due.total, UtcSecond::from(due.at)));
        let _ = writeln!(text, "{}  {} for {}{due}", order.id, order.terms.module, tenant.name);
    }
    match (found.is_empty(), state) {
        (true, _) => {
            let _ = writeln!(text, "none is {state}");
        }
        (false, OrderState::Pending) => {
            text.push_str("\nnext: adx-registry admin order paid ORDER-ID --reference TEXT, or … decline ORDER-ID --reason TEXT\n");
        }
        (false, _) => {}
    }
    let orders: Vec<_> = found.iter().map(|(placed, tenant)| document(placed, Some(tenant))).collect();
    show(common, &json!({ "orders": orders }), &text)
}

async fn note(order: Id<Order>, operation: &Operation, common: &Common) -> Result<()> {
    let ports = rows_only(common).await?;
    let noted = operate_on_the_machine(&ports, order, operation).await;
    ports.store.close().await;
    let noted = noted.context("nothing was noted")?;
    let words = format!(
        "the order of {} is {}; the running server mails that to the buyers\n",
        noted.order.terms.module, noted.order.state
    );
    show(common, &document(&noted, None), &words)
}

fn document(placed: &PlacedOrder, tenant: Option<&Tenant>) -> Value {
    let Order { id, terms, state, course, placed_at, .. } = &placed.order;
    json!({
        "id": id,
        "tenant": tenant.map(|tenant| &tenant.name),
        "module": terms.module,
        "state": state.as_str(),
        "due": course.due.map(|due| json!({ "amount_minor": due.total.minor, "currency": due.total.currency })),
        "due_at": course.due.map(|due| UtcSecond::from(due.at)),
        "until": course.period.and_then(|period| period.until).map(UtcSecond::from),
        "placed_at": UtcSecond::from(*placed_at),
    })
}
