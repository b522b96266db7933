//! What `adx` does at an agent: install, call, configure, update and the rest.

mod call;
mod carried;
mod consent;
mod cooldown;
mod install;
mod licences;
mod look;
mod update;

use serde_json::{Value, json};

use crate::double::{Answer, Double};
use crate::registry::permissions;
use crate::support::Adx;

const INSTALLATIONS: &str = "/api/v1/tenants/globex/installations";
const GREETER: &str = "/api/v1/tenants/globex/installations/acme/greeter";
const OFFER: &str = "GET /api/v1/tenants/globex/releases/acme/greeter";
const OPERATION: &str = "GET /api/v1/tenants/globex/operations/op-1";

fn operation(kind: &str, status: &str, step: &str) -> Value {
    let mut operation = json!({"id": "op-1", "kind": kind, "module": "acme/greeter", "status": status, "step": step,
        "actor": "tenant:globex", "to_version": "1.10.0", "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z"});
    if kind == "update" {
        operation["from_version"] = json!("1.9.0");
    }
    operation
}

fn installation() -> Value {
    json!({"module": "acme/greeter", "state": "active", "version": "1.9.0", "requirement": "^1", "channel": "stable",
        "auto_update": true, "grants": ["sql"], "config_revision": 1, "calls_in_flight": 0,
        "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z"})
}

/// An agent that would install 1.10.0.
fn offering() -> Double {
    let offer = json!({"module": "acme/greeter", "version": "1.10.0", "permissions": permissions()});
    Double::start().on(OFFER, Answer::json(200, &offer))
}

fn tenant(agent: &Double) -> Adx {
    Adx::new().with("ADX_AGENT", agent.url()).with("ADX_AGENT_TOKEN", "adx_t_secret").with("ADX_TENANT", "globex")
}
