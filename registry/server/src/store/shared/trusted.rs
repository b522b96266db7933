//! `trusted_publishers`, `used_workflow_tokens`, `token_provenances`, and what publishers ask of their releases.

use adx_registry_core::Id;
use adx_registry_core::ports::StoreError;
use adx_registry_core::publisher::Publisher;
use adx_registry_core::token::Token;
use adx_registry_core::trusted::{Provenance, PublishingRules, TrustedPublisher};
use time::OffsetDateTime;

use super::decode::{Columns, json, milliseconds};
use super::{Connection, Row, database, violated};

pub(super) async fn by_id(
    connection: &mut Connection,
    id: Id<TrustedPublisher>,
) -> Result<Option<TrustedPublisher>, StoreError> {
    let row = sqlx::query("SELECT id, publisher_id, workflow, added_at FROM trusted_publishers WHERE id = $1")
        .bind(id.to_string())
        .fetch_optional(connection)
        .await
        .map_err(database)?;
    row.as_ref().map(trusted).transpose()
}

pub(super) async fn of_publisher(
    connection: &mut Connection,
    publisher: Id<Publisher>,
) -> Result<Vec<TrustedPublisher>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, publisher_id, workflow, added_at FROM trusted_publishers
         WHERE publisher_id = $1 AND removed_at IS NULL ORDER BY id",
    )
    .bind(publisher.to_string())
    .fetch_all(connection)
    .await
    .map_err(database)?;
    rows.iter().map(trusted).collect()
}

pub(super) async fn insert(connection: &mut Connection, trusted: &TrustedPublisher) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO trusted_publishers (id, publisher_id, workflow, added_at) VALUES ($1, $2, $3, $4)")
        .bind(trusted.id.to_string())
        .bind(trusted.publisher.to_string())
        .bind(json(&trusted.workflow)?)
        .bind(milliseconds(trusted.added_at))
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

pub(super) async fn remove(
    connection: &mut Connection,
    id: Id<TrustedPublisher>,
    at: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE trusted_publishers SET removed_at = $2 WHERE id = $1 AND removed_at IS NULL")
        .bind(id.to_string())
        .bind(milliseconds(at))
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

pub(super) async fn revoke_tokens(
    connection: &mut Connection,
    id: Id<TrustedPublisher>,
    at: OffsetDateTime,
) -> Result<(), StoreError> {
    // Identifiers are hex digits in quotes: one is never a part of another.
    sqlx::query(
        "UPDATE tokens SET revoked_at = $2
         WHERE revoked_at IS NULL AND expires_at > $2 AND of_workflow
           AND id IN (SELECT token_id FROM token_provenances WHERE admitted_by LIKE '%\"' || $1 || '\"%')",
    )
    .bind(id.to_string())
    .bind(milliseconds(at))
    .execute(connection)
    .await
    .map(drop)
    .map_err(database)
}

pub(super) async fn rules(
    connection: &mut Connection,
    publisher: Id<Publisher>,
) -> Result<PublishingRules, StoreError> {
    let row = sqlx::query("SELECT trusted_only, staged FROM publishers WHERE id = $1")
        .bind(publisher.to_string())
        .fetch_optional(connection)
        .await
        .map_err(database)?;
    let Some(row) = row else { return Ok(PublishingRules::default()) };
    let columns = Columns { table: "publishers", row: &row };
    Ok(PublishingRules { trusted_only: columns.flag("trusted_only")?, staged: columns.flag("staged")? })
}

pub(super) async fn set_rules(
    connection: &mut Connection,
    publisher: Id<Publisher>,
    rules: PublishingRules,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE publishers SET trusted_only = $2, staged = $3 WHERE id = $1")
        .bind(publisher.to_string())
        .bind(rules.trusted_only)
        .bind(rules.staged)
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

pub(super) async fn use_token(
    connection: &mut Connection,
    issuer: &str,
    jti: &str,
    good_until: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO used_workflow_tokens (issuer, jti, good_until) VALUES ($1, $2, $3)")
        .bind(issuer)
        .bind(jti)
        .bind(milliseconds(good_until))
        .execute(connection)
        .await
        .map(drop)
        .map_err(violated)
}

pub(super) async fn forget_tokens(connection: &mut Connection, before: OffsetDateTime) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM used_workflow_tokens WHERE good_until < $1")
        .bind(milliseconds(before))
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

pub(super) async fn insert_provenance(
    connection: &mut Connection,
    token: Id<Token>,
    provenance: &Provenance,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO token_provenances
             (token_id, admitted_by, issuer, repository_id, repository, workflow, environment, git_ref, sha, run_id, actor,
              exchanged_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(token.to_string())
    .bind(json(&provenance.admitted_by)?)
    .bind(&provenance.issuer)
    .bind(&provenance.repository_id)
    .bind(&provenance.repository)
    .bind(&provenance.workflow)
    .bind(provenance.environment.as_deref())
    .bind(&provenance.git_ref)
    .bind(&provenance.sha)
    .bind(&provenance.run_id)
    .bind(provenance.actor.as_deref())
    .bind(milliseconds(provenance.exchanged_at))
    .execute(connection)
    .await
    .map(drop)
    .map_err(database)
}

pub(super) async fn provenance(
    connection: &mut Connection,
    token: Id<Token>,
) -> Result<Option<Provenance>, StoreError> {
    let row = sqlx::query(
        "SELECT admitted_by, issuer, repository_id, repository, workflow, environment, git_ref, sha, run_id, actor, exchanged_at
         FROM token_provenances WHERE token_id = $1",
    )
    .bind(token.to_string())
    .fetch_optional(connection)
    .await
    .map_err(database)?;
    let Some(row) = row else { return Ok(None) };
    let columns = Columns { table: "token_provenances", row: &row };
    Ok(Some(Provenance {
        admitted_by: columns.json("admitted_by")?,
        issuer: columns.text("issuer")?,
        repository_id: columns.text("repository_id")?,
        repository: columns.text("repository")?,
        workflow: columns.text("workflow")?,
        environment: columns.optional_text("environment")?,
        git_ref: columns.text("git_ref")?,
        sha: columns.text("sha")?,
        run_id: columns.text("run_id")?,
        actor: columns.optional_text("actor")?,
        exchanged_at: columns.time("exchanged_at")?,
    }))
}

fn trusted(row: &Row) -> Result<TrustedPublisher, StoreError> {
    let columns = Columns { table: "trusted_publishers", row };
    Ok(TrustedPublisher {
        id: columns.parse("id")?,
        publisher: columns.parse("publisher_id")?,
        workflow: columns.json("workflow")?,
        added_at: columns.time("added_at")?,
    })
}
