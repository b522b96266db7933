//! The statements that PostgreSQL wants said its own way.

use adx_registry_core::ports::Constraint;
use sqlx::error::DatabaseError;

/// Several servers claim at once: each passes over what another is just claiming. $1 now, $2 leased until, $3 limit.
pub(super) const CLAIM_JOBS: &str = "
    UPDATE jobs SET state = 'leased', leased_until = $2, attempts = attempts + 1
    WHERE id IN (
        SELECT id FROM jobs
        WHERE (state = 'waiting' AND run_at <= $1) OR (state = 'leased' AND leased_until <= $1)
        ORDER BY run_at, id LIMIT $3
        FOR UPDATE SKIP LOCKED
    )
    RETURNING id, task, attempts, last_error, leased_until";

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
        _ => return None,
    })
}
