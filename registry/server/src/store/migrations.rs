//! The schema's history, carried in the binary.

use std::borrow::Cow;

use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

/// Texts that both engines read, in order.
const SHARED: &[(i64, &str, &str)] = &[
    (1, "registry", include_str!("../../../../migrations/registry/0001_registry.sql")),
    (2, "transparency_log", include_str!("../../../../migrations/registry/0002_transparency_log.sql")),
    (3, "publisher_keys", include_str!("../../../../migrations/registry/0003_publisher_keys.sql")),
    (4, "moderation", include_str!("../../../../migrations/registry/0004_moderation.sql")),
    (5, "owners", include_str!("../../../../migrations/registry/0005_owners.sql")),
    (6, "index_bytes", include_str!("../../../../migrations/registry/0006_index_bytes.sql")),
    (7, "ended_proposals", include_str!("../../../../migrations/registry/0007_ended_proposals.sql")),
    (8, "accounts", include_str!("../../../../migrations/registry/0008_accounts.sql")),
    (11, "account_identities", include_str!("../../../../migrations/registry/0011_account_identities.sql")),
];

/// Everything to be applied, each in a transaction of its own.
pub(super) fn migrator() -> Migrator {
    let migration = |(version, name, sql): &(i64, &'static str, &'static str)| {
        Migration::new(*version, Cow::Borrowed(name), MigrationType::Simple, sql.into_sql_str(), false)
    };
    Migrator::with_migrations(SHARED.iter().map(migration).collect())
}
