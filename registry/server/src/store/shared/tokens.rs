//! `tokens`.

use adx_registry_core::Id;
use adx_registry_core::networks::Networks;
use adx_registry_core::operator_scope::{OperatorScope, OperatorScopes, UnknownOperatorScope};
use adx_registry_core::ports::StoreError;
use adx_registry_core::publisher::Publisher;
use adx_registry_core::token::{Scope, ScopeError, Token, TokenOwner};
use adx_signing::digest::Digest;
use time::OffsetDateTime;

use super::decode::{Columns, json, milliseconds};
use super::{Connection, Row, database, violated};

pub(super) async fn by_hash(connection: &mut Connection, hash: &Digest) -> Result<Option<Token>, StoreError> {
    let row = sqlx::query(
        "SELECT id, publisher_id, owner_id, parent_id, label, hash, scopes, networks, of_workflow, created_at, expires_at,
                last_used_at, revoked_at, operator_scopes
         FROM tokens
         WHERE hash = $1
           AND NOT EXISTS (SELECT 1 FROM owners JOIN accounts ON accounts.id = owners.account_id
                           WHERE owners.id IN (tokens.made_by, tokens.owner_id) AND accounts.state = 'disabled')",
    )
    .bind(hash.to_string())
    .fetch_optional(connection)
    .await
    .map_err(database)?;
    row.as_ref().map(token).transpose()
}

pub(super) async fn by_id(connection: &mut Connection, id: Id<Token>) -> Result<Option<Token>, StoreError> {
    let row = sqlx::query(
        "SELECT id, publisher_id, owner_id, parent_id, label, hash, scopes, networks, of_workflow, created_at, expires_at,
                last_used_at, revoked_at, operator_scopes
         FROM tokens WHERE id = $1",
    )
    .bind(id.to_string())
    .fetch_optional(connection)
    .await
    .map_err(database)?;
    row.as_ref().map(token).transpose()
}

pub(super) async fn of_publisher(
    connection: &mut Connection,
    publisher: Id<Publisher>,
    now: OffsetDateTime,
) -> Result<Vec<Token>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, publisher_id, owner_id, parent_id, label, hash, scopes, networks, of_workflow, created_at, expires_at,
                last_used_at, revoked_at, operator_scopes
         FROM tokens
         WHERE publisher_id = $1 AND revoked_at IS NULL AND (NOT of_workflow OR expires_at > $2)
         ORDER BY created_at DESC, id DESC",
    )
    .bind(publisher.to_string())
    .bind(milliseconds(now))
    .fetch_all(connection)
    .await
    .map_err(database)?;
    rows.iter().map(token).collect()
}

/// How many count, without those of runs.
pub(super) async fn count(
    connection: &mut Connection,
    publisher: Id<Publisher>,
    now: OffsetDateTime,
) -> Result<u64, StoreError> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS count FROM tokens
         WHERE publisher_id = $1 AND revoked_at IS NULL AND NOT of_workflow AND (expires_at IS NULL OR expires_at > $2)",
    )
    .bind(publisher.to_string())
    .bind(milliseconds(now))
    .fetch_one(connection)
    .await
    .map_err(database)?;
    Columns { table: "tokens", row: &row }.number("count")
}

pub(super) async fn tree(connection: &mut Connection, root: Id<Token>) -> Result<Vec<Token>, StoreError> {
    let rows = sqlx::query(
        "WITH RECURSIVE tree (id) AS (
             SELECT id FROM tokens WHERE id = $1
             UNION SELECT child.id FROM tokens child JOIN tree ON child.parent_id = tree.id
         )
         SELECT id, publisher_id, owner_id, parent_id, label, hash, scopes, networks, of_workflow, created_at, expires_at,
                last_used_at, revoked_at, operator_scopes
         FROM tokens WHERE id IN (SELECT id FROM tree) AND revoked_at IS NULL ORDER BY created_at, id",
    )
    .bind(root.to_string())
    .fetch_all(connection)
    .await
    .map_err(database)?;
    rows.iter().map(token).collect()
}

pub(super) async fn of_operators(connection: &mut Connection) -> Result<Vec<Token>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, publisher_id, owner_id, parent_id, label, hash, scopes, networks, of_workflow, created_at, expires_at,
                last_used_at, revoked_at, operator_scopes
         FROM tokens WHERE publisher_id IS NULL AND owner_id IS NULL AND revoked_at IS NULL
         ORDER BY created_at DESC, id DESC",
    )
    .fetch_all(connection)
    .await
    .map_err(database)?;
    rows.iter().map(token).collect()
}

pub(super) async fn insert(connection: &mut Connection, token: &Token) -> Result<(), StoreError> {
    let (publisher, owner) = match token.owner {
        TokenOwner::Publisher(id) | TokenOwner::Workflow(id) => (Some(id.to_string()), None),
        TokenOwner::Owner(id) => (None, Some(id.to_string())),
        TokenOwner::Operator(_) => (None, None),
    };
    let operator_scopes = match token.owner {
        TokenOwner::Operator(scopes) => scopes.named(),
        TokenOwner::Publisher(_) | TokenOwner::Workflow(_) | TokenOwner::Owner(_) => None,
    };
    let operator_scopes =
        operator_scopes.map(|scopes| json(&scopes.into_iter().map(OperatorScope::as_str).collect::<Vec<_>>()));
    let scopes: Vec<_> = token.scopes.iter().map(ToString::to_string).collect();
    sqlx::query(
        "INSERT INTO tokens
             (id, publisher_id, owner_id, parent_id, label, hash, scopes, networks, of_workflow, created_at, expires_at,
              last_used_at, revoked_at, operator_scopes)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(token.id.to_string())
    .bind(publisher)
    .bind(owner)
    .bind(token.parent.map(|parent| parent.to_string()))
    .bind(&token.label)
    .bind(token.hash.to_string())
    .bind(json(&scopes)?)
    .bind(json(&token.networks.texts())?)
    .bind(matches!(token.owner, TokenOwner::Workflow(_)))
    .bind(milliseconds(token.created_at))
    .bind(token.expires_at.map(milliseconds))
    .bind(token.last_used_at.map(milliseconds))
    .bind(token.revoked_at.map(milliseconds))
    .bind(operator_scopes.transpose()?)
    .execute(connection)
    .await
    .map(drop)
    .map_err(violated)
}

pub(super) async fn touch(connection: &mut Connection, token: Id<Token>, at: OffsetDateTime) -> Result<(), StoreError> {
    sqlx::query("UPDATE tokens SET last_used_at = $2 WHERE id = $1")
        .bind(token.to_string())
        .bind(milliseconds(at))
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

pub(super) async fn revoke(
    connection: &mut Connection,
    publisher: Id<Publisher>,
    token: Id<Token>,
    at: OffsetDateTime,
) -> Result<bool, StoreError> {
    let done =
        sqlx::query("UPDATE tokens SET revoked_at = $3 WHERE id = $1 AND publisher_id = $2 AND revoked_at IS NULL")
            .bind(token.to_string())
            .bind(publisher.to_string())
            .bind(milliseconds(at))
            .execute(connection)
            .await
            .map_err(database)?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn revoke_any(
    connection: &mut Connection,
    token: Id<Token>,
    at: OffsetDateTime,
) -> Result<bool, StoreError> {
    let done = sqlx::query("UPDATE tokens SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL")
        .bind(token.to_string())
        .bind(milliseconds(at))
        .execute(connection)
        .await
        .map_err(database)?;
    Ok(done.rows_affected() == 1)
}

/// Of runs that ended long ago, and of which nothing came that shows where it is from.
pub(super) async fn sweep_of_workflows(
    connection: &mut Connection,
    before: OffsetDateTime,
    most: u32,
) -> Result<u64, StoreError> {
    // Those that released are kept for good: each is looked at once, and not with every sweep.
    sqlx::query(
        "UPDATE tokens SET has_released = TRUE
         WHERE of_workflow AND NOT has_released AND expires_at < $1
           AND EXISTS (SELECT 1 FROM releases WHERE releases.token_id = tokens.id)",
    )
    .bind(milliseconds(before))
    .execute(&mut *connection)
    .await
    .map_err(database)?;
    let mut removed = 0;
    // What is told of the run refers to the token, and goes first.
    for statement in [
        "DELETE FROM token_provenances WHERE token_id IN (
             SELECT id FROM tokens
             WHERE of_workflow AND NOT has_released AND expires_at < $1
               AND NOT EXISTS (SELECT 1 FROM submissions WHERE submissions.token_id = tokens.id)
             ORDER BY expires_at, id LIMIT $2)",
        "DELETE FROM tokens WHERE id IN (
             SELECT id FROM tokens
             WHERE of_workflow AND NOT has_released AND expires_at < $1
               AND NOT EXISTS (SELECT 1 FROM submissions WHERE submissions.token_id = tokens.id)
               AND NOT EXISTS (SELECT 1 FROM token_provenances WHERE token_provenances.token_id = tokens.id)
             ORDER BY expires_at, id LIMIT $2)",
    ] {
        let done = sqlx::query(statement)
            .bind(milliseconds(before))
            .bind(i64::from(most))
            .execute(&mut *connection)
            .await
            .map_err(database)?;
        removed = done.rows_affected();
    }
    Ok(removed)
}

fn token(row: &Row) -> Result<Token, StoreError> {
    let columns = Columns { table: "tokens", row };
    let owner = match (columns.optional("owner_id")?, columns.optional("publisher_id")?) {
        (Some(owner), _) => TokenOwner::Owner(owner),
        (None, Some(publisher)) if columns.flag("of_workflow")? => TokenOwner::Workflow(publisher),
        (None, Some(publisher)) => TokenOwner::Publisher(publisher),
        (None, None) => TokenOwner::Operator(operator_scopes(&columns)?),
    };
    let scopes: Vec<String> = columns.json("scopes")?;
    let networks: Vec<String> = columns.json("networks")?;
    let scopes: Result<Vec<Scope>, ScopeError> = scopes.iter().map(|scope| scope.parse()).collect();
    Ok(Token {
        id: columns.parse("id")?,
        owner,
        parent: columns.optional("parent_id")?,
        label: columns.text("label")?,
        hash: columns.parse("hash")?,
        scopes: scopes.map_err(|error| columns.corrupt("scopes", error))?,
        networks: Networks::read(&networks).map_err(|error| columns.corrupt("networks", error))?,
        created_at: columns.time("created_at")?,
        expires_at: columns.optional_time("expires_at")?,
        last_used_at: columns.optional_time("last_used_at")?,
        revoked_at: columns.optional_time("revoked_at")?,
    })
}

/// What an operators' token may do: everything, where nothing is said.
fn operator_scopes(columns: &Columns<'_>) -> Result<OperatorScopes, StoreError> {
    let Some(words) = columns.optional_json::<Vec<String>>("operator_scopes")? else { return Ok(OperatorScopes::ALL) };
    let scopes: Result<Vec<OperatorScope>, _> = words.iter().map(|word| word.parse()).collect();
    let scopes = scopes.map_err(|error| columns.corrupt::<UnknownOperatorScope>("operator_scopes", error))?;
    Ok(OperatorScopes::of(&scopes))
}
