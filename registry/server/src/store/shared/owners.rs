//! `owners`: the members of publishers, of which those of the role owner decide, with the codes of their invitations.

use adx_registry_core::Id;
use adx_registry_core::members::Member;
use adx_registry_core::ports::{Address, StoreError};
use adx_registry_core::publisher::Publisher;
use adx_signing::digest::Digest;
use time::OffsetDateTime;

use super::decode::{Columns, milliseconds};
use super::{Connection, Row, database};

pub(super) async fn by_id(connection: &mut Connection, id: Id<Member>) -> Result<Option<Member>, StoreError> {
    let row =
        sqlx::query("SELECT id, publisher_id, role, account_id, name, email, state, created_at, accepted_at FROM owners WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(connection)
            .await
            .map_err(database)?;
    row.as_ref().map(member).transpose()
}

pub(super) async fn of_publisher(
    connection: &mut Connection,
    publisher: Id<Publisher>,
) -> Result<Vec<Member>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, publisher_id, role, account_id, name, email, state, created_at, accepted_at
         FROM owners WHERE publisher_id = $1 ORDER BY created_at, id",
    )
    .bind(publisher.to_string())
    .fetch_all(connection)
    .await
    .map_err(database)?;
    rows.iter().map(member).collect()
}

pub(super) async fn invited(
    connection: &mut Connection,
    code: &Digest,
) -> Result<Option<(Member, OffsetDateTime)>, StoreError> {
    let row = sqlx::query(
        "SELECT id, publisher_id, role, account_id, name, email, state, created_at, accepted_at, code_expires_at
         FROM owners WHERE code_hash = $1",
    )
    .bind(code.to_string())
    .fetch_optional(connection)
    .await
    .map_err(database)?;
    row.as_ref().map(|row| Ok((member(row)?, Columns { table: "owners", row }.time("code_expires_at")?))).transpose()
}

pub(super) async fn insert(connection: &mut Connection, owner: &Member) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO owners (id, publisher_id, role, account_id, name, email, state, created_at, accepted_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(owner.id.to_string())
    .bind(owner.publisher.to_string())
    .bind(owner.role.as_str())
    .bind(owner.account.map(|account| account.to_string()))
    .bind(owner.name.to_string())
    .bind(owner.email.as_ref().map(Address::as_str))
    .bind(owner.state.as_str())
    .bind(milliseconds(owner.created_at))
    .bind(owner.accepted_at.map(milliseconds))
    .execute(connection)
    .await
    .map(drop)
    .map_err(database)
}

pub(super) async fn update(connection: &mut Connection, owner: &Member) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE owners SET name = $2, email = $3, state = $4, accepted_at = $5, role = $6, account_id = $7 WHERE id = $1",
    )
    .bind(owner.id.to_string())
    .bind(owner.name.to_string())
    .bind(owner.email.as_ref().map(Address::as_str))
    .bind(owner.state.as_str())
    .bind(owner.accepted_at.map(milliseconds))
    .bind(owner.role.as_str())
    .bind(owner.account.map(|account| account.to_string()))
    .execute(connection)
    .await
    .map(drop)
    .map_err(database)
}

pub(super) async fn set_invitation(
    connection: &mut Connection,
    owner: Id<Member>,
    invitation: Option<(Digest, OffsetDateTime)>,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE owners SET code_hash = $2, code_expires_at = $3 WHERE id = $1")
        .bind(owner.to_string())
        .bind(invitation.map(|(code, _)| code.to_string()))
        .bind(invitation.map(|(_, expires)| milliseconds(expires)))
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

pub(super) async fn revoke_tokens(
    connection: &mut Connection,
    owner: Id<Member>,
    at: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE tokens SET revoked_at = $2 WHERE owner_id = $1 AND revoked_at IS NULL")
        .bind(owner.to_string())
        .bind(milliseconds(at))
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

pub(super) async fn threshold(
    connection: &mut Connection,
    publisher: Id<Publisher>,
) -> Result<Option<u32>, StoreError> {
    let row = sqlx::query("SELECT owner_threshold FROM publishers WHERE id = $1")
        .bind(publisher.to_string())
        .fetch_optional(connection)
        .await
        .map_err(database)?;
    let threshold = row.as_ref().map(|row| Columns { table: "publishers", row }.optional_number("owner_threshold"));
    threshold.transpose().map(Option::flatten)
}

pub(super) async fn set_threshold(
    connection: &mut Connection,
    publisher: Id<Publisher>,
    threshold: u32,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE publishers SET owner_threshold = $2 WHERE id = $1")
        .bind(publisher.to_string())
        .bind(i64::from(threshold))
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

pub(super) fn member(row: &Row) -> Result<Member, StoreError> {
    let columns = Columns { table: "owners", row };
    Ok(Member {
        id: columns.parse("id")?,
        publisher: columns.parse("publisher_id")?,
        role: columns.parse("role")?,
        account: columns.optional("account_id")?,
        name: columns.parse("name")?,
        email: columns.optional("email")?,
        state: columns.parse("state")?,
        created_at: columns.time("created_at")?,
        accepted_at: columns.optional_time("accepted_at")?,
    })
}
