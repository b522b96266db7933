//! The statements that SQLite wants said its own way.

use adx_registry_core::ports::Constraint;
use sqlx::error::DatabaseError;

/// There is one writer at a time, so nobody else is claiming. $1 now, $2 leased until, $3 limit.
pub(super) const CLAIM_JOBS: &str = "
    UPDATE jobs SET state = 'leased', leased_until = $2, attempts = attempts + 1
    WHERE id IN (
        SELECT id FROM jobs
        WHERE (state = 'waiting' AND run_at <= $1) OR (state = 'leased' AND leased_until <= $1)
        ORDER BY run_at, id LIMIT $3
    )
    RETURNING id, task, attempts, last_error, leased_until";

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
        _ => return None,
    })
}
