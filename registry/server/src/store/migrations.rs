//! The schema's history, carried in the binary.

use std::borrow::Cow;

use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

use super::LoadError;

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
    (9, "names", include_str!("../../../../migrations/registry/0009_names.sql")),
    (10, "account_identities", include_str!("../../../../migrations/registry/0010_account_identities.sql")),
    (11, "members", include_str!("../../../../migrations/registry/0011_members.sql")),
    (12, "submissions", include_str!("../../../../migrations/registry/0012_submissions.sql")),
    (13, "trusted_publishing", include_str!("../../../../migrations/registry/0013_trusted_publishing.sql")),
    (14, "audit_webhooks", include_str!("../../../../migrations/registry/0014_audit_webhooks.sql")),
    (15, "advisories", include_str!("../../../../migrations/registry/0015_advisories.sql")),
    (16, "accounts_key", include_str!("../../../../migrations/registry/0016_accounts_key.sql")),
    (18, "job_kinds", include_str!("../../../../migrations/registry/0018_job_kinds.sql")),
    (19, "quotas", include_str!("../../../../migrations/registry/0019_quotas.sql")),
    (20, "rate_factors", include_str!("../../../../migrations/registry/0020_rate_factors.sql")),
    (21, "reports", include_str!("../../../../migrations/registry/0021_reports.sql")),
    (22, "domains", include_str!("../../../../migrations/registry/0022_domains.sql")),
    (23, "passkeys", include_str!("../../../../migrations/registry/0023_passkeys.sql")),
    (24, "compared_with", include_str!("../../../../migrations/registry/0024_compared_with.sql")),
    (25, "token_parents", include_str!("../../../../migrations/registry/0025_token_parents.sql")),
    (27, "erased_bytes", include_str!("../../../../migrations/registry/0027_erased_bytes.sql")),
    (28, "account_appeals", include_str!("../../../../migrations/registry/0028_account_appeals.sql")),
    (29, "market", include_str!("../../../../migrations/registry/0029_market.sql")),
    (30, "licence_keys", include_str!("../../../../migrations/registry/0030_licence_keys.sql")),
    (31, "what_operators_allow", include_str!("../../../../migrations/registry/0031_what_operators_allow.sql")),
    (33, "licence_tokens", include_str!("../../../../migrations/registry/0033_licence_tokens.sql")),
    (34, "wanted_addresses", include_str!("../../../../migrations/registry/0034_wanted_addresses.sql")),
    (35, "unyanked_and_runs", include_str!("../../../../migrations/registry/0035_unyanked_and_runs.sql")),
    (36, "payments", include_str!("../../../../migrations/registry/0036_payments.sql")),
    (37, "operators", include_str!("../../../../migrations/registry/0037_operators.sql")),
    (38, "rechecks", include_str!("../../../../migrations/registry/0038_rechecks.sql")),
    (39, "places", include_str!("../../../../migrations/registry/0039_places.sql")),
    (40, "in_turn", include_str!("../../../../migrations/registry/0040_in_turn.sql")),
    (41, "ways_in", include_str!("../../../../migrations/registry/0041_ways_in.sql")),
    (42, "former_addresses", include_str!("../../../../migrations/registry/0042_former_addresses.sql")),
];

/// Everything to be applied, each in a transaction of its own. What a newer program has applied besides is left alone: it only adds,
/// unless its name says [`CONTRACT`].
pub(super) fn migrator() -> Migrator {
    let mut migrator = of(SHARED);
    migrator.set_ignore_missing(true);
    migrator
}

/// How the name of a migration ends that takes something away, so that older programs cannot go on.
const CONTRACT: &str = "_contract";

/// Whether a migration, by its name as the database keeps it, forbids programs that do not know it.
pub(super) fn forbids(version: i64, name: &str) -> bool {
    version > last() && name.ends_with(CONTRACT)
}

/// What is to be applied up to a number; refuses one that this program does not know.
pub(super) fn up_to(last: i64) -> Result<Migrator, LoadError> {
    match SHARED.iter().position(|(version, ..)| *version == last) {
        Some(place) => Ok(of(&SHARED[..=place])),
        None => Err(LoadError::UnknownMigration { migration: last, known: self::last() }),
    }
}

/// The number of the last.
pub(super) fn last() -> i64 {
    SHARED.iter().map(|(version, ..)| *version).max().unwrap_or(0)
}

fn of(migrations: &[(i64, &'static str, &'static str)]) -> Migrator {
    let migration = |(version, name, sql): &(i64, &'static str, &'static str)| {
        Migration::new(*version, Cow::Borrowed(name), MigrationType::Simple, sql.into_sql_str(), false)
    };
    Migrator::with_migrations(migrations.iter().map(migration).collect())
}

#[cfg(test)]
mod tests {
    use adx_registry_core::names::alike;
    use sqlx::{Connection as _, Row as _, SqliteConnection};

    use super::*;

    /// What is from before looks to the database as it does to the program.
    #[tokio::test]
    async fn names_from_before_are_compared_like_new_ones() {
        let mut database = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        up_to(8).unwrap().run(&mut database).await.unwrap();
        let names = ["acme", "g00gle-vv1t", "a_b-c3d4", "rn5-rnn7", "i18n_vvvv", "z2-69"];
        for name in names {
            let row = "INSERT INTO publishers (id, namespace, canonical, display_name, created_at) VALUES ($1, $1, $1, $1, 0)";
            sqlx::query(row).bind(name).execute(&mut database).await.unwrap();
            let row =
                "INSERT INTO modules (id, namespace, name, canonical, publisher_id, display_name, description, tags,
                                            created_at, updated_at) VALUES ($1, $1, $1, $1, $1, $1, '', '[]', 0, 0)";
            sqlx::query(row).bind(name).execute(&mut database).await.unwrap();
        }
        migrator().run(&mut database).await.unwrap();
        let rows = "SELECT m.name, m.name_canonical, m.alike, p.alike AS of_namespace
                    FROM modules m JOIN publishers p ON p.id = m.publisher_id";
        let rows = sqlx::query(rows).fetch_all(&mut database).await.unwrap();
        assert_eq!(rows.len(), names.len());
        for row in rows {
            let text = |column: &str| row.get::<String, _>(column);
            let name = text("name");
            assert_eq!(text("name_canonical"), name.replace('_', "-"));
            assert_eq!((text("alike"), text("of_namespace")), (alike(&name), alike(&name)), "{name}");
        }
    }

    /// From when on servers of the version before go on beside a migrated database.
    const EXPANDING_SINCE: i64 = 9;

    /// What a server of the version before goes on with: new tables and indexes, and columns that it need not fill.
    fn expands(statement: &str) -> bool {
        let words: Vec<_> = statement.split_whitespace().collect();
        match words[..] {
            ["CREATE", "TABLE" | "INDEX", ..] | ["CREATE", "UNIQUE", "INDEX", ..] | ["UPDATE" | "INSERT", ..] => true,
            ["ALTER", "TABLE", _, "ADD", "COLUMN", ..] => {
                !statement.contains("NOT NULL") || statement.contains("DEFAULT")
            }
            _ => false,
        }
    }

    #[test]
    fn migrations_expand_and_those_that_contract_say_so() {
        for (version, name, sql) in SHARED.iter().filter(|(version, ..)| *version >= EXPANDING_SINCE) {
            let code: String =
                sql.lines().map(|line| line.split("--").next().unwrap_or_default()).collect::<Vec<_>>().join("\n");
            for statement in code.split(';').map(str::trim).filter(|statement| !statement.is_empty()) {
                assert!(name.ends_with(CONTRACT) || expands(statement), "{version} {name}: {statement}");
            }
        }
        assert!(!expands("ALTER TABLE tokens ADD COLUMN more TEXT NOT NULL"));
        assert!(!expands("ALTER TABLE tokens DROP COLUMN label"));
        assert!(!expands("DROP TABLE tokens"));
    }
}
