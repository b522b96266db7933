//! The statements that PostgreSQL wants said its own way.

use adx_registry_core::ports::Constraint;
use sqlx::error::DatabaseError;

/// After a query for jobs: each server passes over what another is just claiming.
pub(super) const SKIP_LOCKED_JOBS: &str = " FOR UPDATE SKIP LOCKED";

/// The condition under which the row of the feed is locked. Rows are not given to those who wait in the order in which they came: whoever
/// comes anew finds the newest version of the row before those who wait for an older one. Advisory locks are, so one is taken first.
pub(super) const IN_TURN: &str = "id = 1 AND (SELECT pg_advisory_xact_lock(7310033)) IS NOT NULL";

/// Before the statement of that number, of several that are sent as one: a prepared statement of PostgreSQL is one, of which the others
/// are parts.
pub(super) fn before_statement(number: usize) -> String {
    let opening = if number == 0 { "WITH" } else { ")," };
    format!("{opening} statement_{number} AS (\n")
}

/// After the last of them.
pub(super) const AFTER_STATEMENTS: &str = ") SELECT 1";

/// After a query for one delivery: each server passes over what another is just claiming.
pub(super) const SKIP_LOCKED_DELIVERY: &str = " FOR UPDATE OF d SKIP LOCKED";

/// A row where migrations were applied.
pub(super) const MIGRATED: &str = "
    SELECT relname FROM pg_class WHERE relname = '_sqlx_migrations' AND relnamespace = current_schema()::regnamespace";

/// Every column of every table of ours.
pub(super) const COLUMNS: &str = "
    SELECT t.relname::text AS table_name, c.attname::text AS column_name, UPPER(format_type(c.atttypid, NULL)) AS kind,
           COALESCE(array_position(k.conkey, c.attnum), 0)::bigint AS key_place
    FROM pg_class t
    JOIN pg_attribute c ON c.attrelid = t.oid AND c.attnum > 0 AND NOT c.attisdropped
    LEFT JOIN pg_constraint k ON k.conrelid = t.oid AND k.contype = 'p'
    WHERE t.relkind = 'r' AND t.relnamespace = current_schema()::regnamespace AND t.relname <> '_sqlx_migrations'";

/// Which table refers to which.
pub(super) const REFERENCES: &str = "
    SELECT child.relname::text AS child, parent.relname::text AS parent
    FROM pg_constraint r JOIN pg_class child ON child.oid = r.conrelid JOIN pg_class parent ON parent.oid = r.confrelid
    WHERE r.contype = 'f' AND r.connamespace = current_schema()::regnamespace";

/// After a column that is text: in the order of its bytes.
pub(super) const BY_BYTES: &str = " COLLATE \"C\"";

/// Which constraint a driver's error is about.
pub(super) fn constraint(error: &dyn DatabaseError) -> Option<Constraint> {
    Some(match error.constraint()? {
        "publishers_namespace" => Constraint::PublisherNamespace,
        "publisher_keys_id" => Constraint::PublisherKey,
        "tokens_hash" => Constraint::TokenHash,
        "modules_name" => Constraint::ModuleName,
        "releases_version" => Constraint::ReleaseVersion,
        "accounts_address" => Constraint::AccountAddress,
        "account_identities_subject" => Constraint::AccountIdentity,
        "used_workflow_tokens_once" => Constraint::WorkflowToken,
        "submissions_waiting" => Constraint::WaitingSubmission,
        "reports_open" => Constraint::OpenReport,
        "appeals_open" | "account_appeals_open" => Constraint::OpenAppeal,
        "passkeys_credential" => Constraint::PasskeyCredential,
        "tenants_name" => Constraint::TenantName,
        "orders_once" => Constraint::OrderKey,
        "orders_trial" => Constraint::Trial,
        "ledger_entries_once" => Constraint::LedgerReference,
        "coupons_code" => Constraint::CouponCode,
        _ => return None,
    })
}
