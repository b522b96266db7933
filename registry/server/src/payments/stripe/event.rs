//! What Stripe tells. Of it, nothing is believed but what it is about.

use adx_registry_core::Id;
use adx_registry_core::market::order::Order;
use adx_registry_core::ports::{About, Heard, NotBelieved};
use serde_json::Value;

use super::Mode;

/// Kinds that may be about an order, by how they begin. Stripe has a hundred more, and invents others.
const KINDS: [&str; 5] = ["checkout.session.", "payment_intent.", "invoice.", "customer.subscription.", "charge."];

/// Longest text that is kept of one.
const MAX_BYTES: usize = 255;

/// Reads an event.
pub(super) fn read(body: &[u8], mode: Mode) -> Result<Heard, NotBelieved> {
    let event: Value = serde_json::from_slice(body).map_err(|_| NotBelieved::Malformed)?;
    let text = |name: &str| event[name].as_str().filter(|text| (1..=MAX_BYTES).contains(&text.len()));
    let (id, kind) = text("id").zip(text("type")).ok_or(NotBelieved::Malformed)?;
    if event["livemode"].as_bool() != Some(mode == Mode::Live) {
        return Err(NotBelieved::Mode);
    }
    let is_ours = KINDS.iter().any(|known| kind.starts_with(known));
    let about = if is_ours { about(&event["data"]["object"]) } else { About::Nothing };
    Ok(Heard { id: id.to_owned(), kind: kind.to_owned(), about })
}

fn about(object: &Value) -> About {
    let details = &object["parent"]["subscription_details"];
    let named = [&object["metadata"]["order"], &object["client_reference_id"], &details["metadata"]["order"]];
    if let Some(order) = named.into_iter().find_map(order) {
        return About::Order(order);
    }
    let is = |kind: &str| object["object"] == kind;
    let handle = if is("invoice") {
        subscription(object)
    } else if is("charge") || is("dispute") || is("refund") {
        &object["payment_intent"]
    } else {
        &object["id"]
    };
    match handle.as_str().filter(|handle| is_handle(handle)) {
        Some(handle) => About::Handle(handle.to_owned()),
        None => About::Nothing,
    }
}

/// The subscription of an invoice, in this version of the API or an older one.
fn subscription(invoice: &Value) -> &Value {
    let details = &invoice["parent"]["subscription_details"]["subscription"];
    if details.is_null() { &invoice["subscription"] } else { details }
}

fn order(named: &Value) -> Option<Id<Order>> {
    named.as_str()?.parse().ok()
}

/// Whether it can stand in an address: what Stripe calls its things has letters, digits and `_`.
fn is_handle(text: &str) -> bool {
    (1..=MAX_BYTES).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ORDER: &str = "0190a000000070008000000000000001";

    fn told(kind: &str, object: &Value) -> Result<Heard, NotBelieved> {
        let event = json!({ "id": "evt_1", "type": kind, "livemode": false, "data": { "object": object } });
        read(event.to_string().as_bytes(), Mode::Test)
    }

    #[test]
    fn what_an_event_is_about_is_found_wherever_it_stands() {
        let order = About::Order(ORDER.parse().unwrap());
        let handle = |text: &str| About::Handle(text.to_owned());
        let details = json!({ "subscription_details": { "metadata": { "order": ORDER } } });
        for (kind, object, about) in [
            ("checkout.session.completed", json!({ "id": "cs_1", "client_reference_id": ORDER }), order.clone()),
            ("payment_intent.succeeded", json!({ "id": "pi_1", "metadata": { "order": ORDER } }), order.clone()),
            ("payment_intent.succeeded", json!({ "id": "pi_1", "metadata": {} }), handle("pi_1")),
            ("customer.subscription.deleted", json!({ "id": "sub_1" }), handle("sub_1")),
            ("invoice.paid", json!({ "id": "in_1", "object": "invoice", "parent": details }), order),
            ("invoice.paid", json!({ "id": "in_1", "object": "invoice", "subscription": "sub_1" }), handle("sub_1")),
            ("invoice.paid", json!({ "id": "in_1", "object": "invoice" }), About::Nothing),
            (
                "charge.dispute.created",
                json!({ "id": "dp_1", "object": "dispute", "payment_intent": "pi_1" }),
                handle("pi_1"),
            ),
            ("charge.refunded", json!({ "id": "ch_1", "object": "charge", "payment_intent": null }), About::Nothing),
            ("customer.subscription.updated", json!({ "id": "../../customers" }), About::Nothing),
            ("payout.paid", json!({ "id": "po_1", "metadata": { "order": ORDER } }), About::Nothing),
        ] {
            assert_eq!(told(kind, &object).unwrap().about, about, "{kind} {object}");
        }
    }

    #[test]
    fn what_is_no_event_of_this_mode_is_refused() {
        let live = json!({ "id": "evt_1", "type": "invoice.paid", "livemode": true, "data": {} }).to_string();
        assert_eq!(read(live.as_bytes(), Mode::Test), Err(NotBelieved::Mode));
        assert!(read(live.as_bytes(), Mode::Live).is_ok());
        for text in ["", "[]", "{\"id\": \"evt_1\"}", "{\"id\": 1, \"type\": \"invoice.paid\"}"] {
            assert_eq!(read(text.as_bytes(), Mode::Test), Err(NotBelieved::Malformed), "{text}");
        }
    }
}
