//! `account_identities`.

use adx_registry_core::Id;
use adx_registry_core::account::{Account, ConnectedIdentity};
use adx_registry_core::ports::StoreError;

use super::decode::{Columns, milliseconds};
use super::{Connection, Row, database, violated};

pub(super) async fn by_subject(
    connection: &mut Connection,
    issuer: &str,
    subject: &str,
) -> Result<Option<ConnectedIdentity>, StoreError> {
    let row = sqlx::query(
        "SELECT id, issuer, subject, account_id, connected_at FROM account_identities WHERE issuer = $1 AND subject = $2",
    )
    .bind(issuer)
    .bind(subject)
    .fetch_optional(connection)
    .await
    .map_err(database)?;
    row.as_ref().map(identity).transpose()
}

pub(super) async fn of(
    connection: &mut Connection,
    account: Id<Account>,
) -> Result<Vec<ConnectedIdentity>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, issuer, subject, account_id, connected_at FROM account_identities WHERE account_id = $1 ORDER BY id",
    )
    .bind(account.to_string())
    .fetch_all(connection)
    .await
    .map_err(database)?;
    rows.iter().map(identity).collect()
}

pub(super) async fn insert(connection: &mut Connection, identity: &ConnectedIdentity) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO account_identities (id, issuer, subject, account_id, connected_at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(identity.id.to_string())
    .bind(&identity.issuer)
    .bind(&identity.subject)
    .bind(identity.account.to_string())
    .bind(milliseconds(identity.connected_at))
    .execute(connection)
    .await
    .map(drop)
    .map_err(violated)
}

pub(super) async fn remove(
    connection: &mut Connection,
    account: Id<Account>,
    identity: Id<ConnectedIdentity>,
) -> Result<bool, StoreError> {
    let done = sqlx::query("DELETE FROM account_identities WHERE id = $1 AND account_id = $2")
        .bind(identity.to_string())
        .bind(account.to_string())
        .execute(connection)
        .await
        .map_err(database)?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn remove_all_of(connection: &mut Connection, account: Id<Account>) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM account_identities WHERE account_id = $1")
        .bind(account.to_string())
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

fn identity(row: &Row) -> Result<ConnectedIdentity, StoreError> {
    let columns = Columns { table: "account_identities", row };
    Ok(ConnectedIdentity {
        id: columns.parse("id")?,
        issuer: columns.text("issuer")?,
        subject: columns.text("subject")?,
        account: columns.parse("account_id")?,
        connected_at: columns.time("connected_at")?,
    })
}
