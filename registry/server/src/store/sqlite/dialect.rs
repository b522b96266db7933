//! The statements that SQLite wants said its own way.

use adx_registry_core::ports::Constraint;
use sqlx::error::DatabaseError;

/// After a query for jobs. There is one writer at a time.
pub(super) const SKIP_LOCKED_JOBS: &str = "";

/// The condition under which the row of the feed is locked: there is one writer at a time.
pub(super) const IN_TURN: &str = "id = 1";

/// Before the statement of that number, of several that are sent as one: SQLite runs them one after the other.
pub(super) const fn before_statement(number: usize) -> &'static str {
    if number == 0 { "" } else { ";\n" }
}

/// After the last of them.
pub(super) const AFTER_STATEMENTS: &str = "";

/// After a query for one delivery. There is one writer at a time.
pub(super) const SKIP_LOCKED_DELIVERY: &str = "";

/// A row where migrations were applied.
pub(super) const MIGRATED: &str = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name = '_sqlx_migrations'";

/// Every column of every table of ours.
pub(super) const COLUMNS: &str = "
    SELECT t.name AS table_name, c.name AS column_name, UPPER(c.type) AS kind, c.pk AS key_place
    FROM sqlite_schema t JOIN pragma_table_info(t.name) c
    WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite!_%' ESCAPE '!' AND t.name <> '_sqlx_migrations'";

/// Which table refers to which.
pub(super) const REFERENCES: &str = "
    SELECT t.name AS child, r.\"table\" AS parent
    FROM sqlite_schema t JOIN pragma_foreign_key_list(t.name) r WHERE t.type = 'table'";

/// After a column that is text: in the order of its bytes.
pub(super) const BY_BYTES: &str = " COLLATE BINARY";

/// Which constraint a driver's error is about. SQLite names the columns, not the constraint.
pub(super) fn constraint(error: &dyn DatabaseError) -> Option<Constraint> {
    Some(match error.message().strip_prefix("UNIQUE constraint failed: ")? {
        "publishers.canonical" => Constraint::PublisherNamespace,
        "publisher_keys.key_id" => Constraint::PublisherKey,
        "tokens.hash" => Constraint::TokenHash,
        "modules.canonical" => Constraint::ModuleName,
        "releases.module_id, releases.precedence" => Constraint::ReleaseVersion,
        "accounts.address_key" => Constraint::AccountAddress,
        "account_identities.issuer, account_identities.subject" => Constraint::AccountIdentity,
        "used_workflow_tokens.issuer, used_workflow_tokens.jti" => Constraint::WorkflowToken,
        "submissions.canonical, submissions.precedence" => Constraint::WaitingSubmission,
        "reports.module_id, reports.account_id" => Constraint::OpenReport,
        "appeals.kind, appeals.subject" | "account_appeals.subject" => Constraint::OpenAppeal,
        "passkeys.credential_id" => Constraint::PasskeyCredential,
        "tenants.canonical" => Constraint::TenantName,
        "orders.tenant_id, orders.idempotency_key" => Constraint::OrderKey,
        "orders.tenant_id, orders.trial" => Constraint::Trial,
        "ledger_entries.order_id, ledger_entries.kind, ledger_entries.reference" => Constraint::LedgerReference,
        "coupons.publisher_id, coupons.code" => Constraint::CouponCode,
        _ => return None,
    })
}
