//! `owners`, seen from the accounts that are members, and what members made.

use adx_registry_core::Id;
use adx_registry_core::account::Account;
use adx_registry_core::members::{Member, Membership};
use adx_registry_core::names::HeldName;
use adx_registry_core::ports::{Address, StoreError};
use adx_registry_core::publisher::{DisplayName, Publisher, PublisherKind};
use adx_registry_core::token::Token;
use time::OffsetDateTime;

use super::decode::{Columns, milliseconds};
use super::{Connection, database, owners, publishers};

pub(super) async fn of_account(
    connection: &mut Connection,
    account: Id<Account>,
) -> Result<Vec<Membership>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, publisher_id, role, account_id, name, email, state, created_at, accepted_at
         FROM owners WHERE account_id = $1 AND state = 'accepted'",
    )
    .bind(account.to_string())
    .fetch_all(&mut *connection)
    .await
    .map_err(database)?;
    let mut memberships = Vec::with_capacity(rows.len());
    for row in &rows {
        let member = owners::member(row)?;
        if let Some(publisher) = publishers::by_id(connection, member.publisher).await? {
            memberships.push(Membership { member, publisher });
        }
    }
    memberships.sort_by(|one, other| one.publisher.namespace.as_str().cmp(other.publisher.namespace.as_str()));
    Ok(memberships)
}

pub(super) async fn invited_at(
    connection: &mut Connection,
    address: &Address,
) -> Result<Vec<(Member, OffsetDateTime)>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, publisher_id, role, account_id, name, email, state, created_at, accepted_at, code_expires_at
         FROM owners WHERE state = 'invited' AND code_hash IS NOT NULL AND LOWER(email) = $1 ORDER BY created_at, id",
    )
    .bind(address.as_str().to_ascii_lowercase())
    .fetch_all(connection)
    .await
    .map_err(database)?;
    let invitation = |row| Ok((owners::member(row)?, Columns { table: "owners", row }.time("code_expires_at")?));
    rows.iter().map(invitation).collect()
}

pub(super) async fn token_maker(connection: &mut Connection, token: Id<Token>) -> Result<Option<Member>, StoreError> {
    let row = sqlx::query(
        "SELECT id, publisher_id, role, account_id, name, email, state, created_at, accepted_at
         FROM owners WHERE id = (SELECT made_by FROM tokens WHERE id = $1)",
    )
    .bind(token.to_string())
    .fetch_optional(connection)
    .await
    .map_err(database)?;
    row.as_ref().map(owners::member).transpose()
}

/// Who makes a publisher is a member from the moment on at which it is made, and stays in its rows when it leaves.
pub(super) async fn publishers_made_by(
    connection: &mut Connection,
    account: Id<Account>,
    since: OffsetDateTime,
) -> Result<u64, StoreError> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS made FROM owners o JOIN publishers p ON p.id = o.publisher_id
         WHERE o.account_id = $1 AND o.created_at = p.created_at AND p.created_at > $2",
    )
    .bind(account.to_string())
    .bind(milliseconds(since))
    .fetch_one(connection)
    .await
    .map_err(database)?;
    Columns { table: "owners", row: &row }.number("made")
}

pub(super) async fn names_held_for(connection: &mut Connection, account: Id<Account>) -> Result<u64, StoreError> {
    let row = sqlx::query("SELECT COUNT(*) AS held FROM held_names WHERE account_id = $1 AND state = 'held'")
        .bind(account.to_string())
        .fetch_one(connection)
        .await
        .map_err(database)?;
    Columns { table: "held_names", row: &row }.number("held")
}

pub(super) async fn asker_of(
    connection: &mut Connection,
    name: Id<HeldName>,
) -> Result<Option<Id<Account>>, StoreError> {
    let row = sqlx::query("SELECT account_id FROM held_names WHERE id = $1 AND account_id IS NOT NULL")
        .bind(name.to_string())
        .fetch_optional(connection)
        .await
        .map_err(database)?;
    row.as_ref().map(|row| Columns { table: "held_names", row }.parse("account_id")).transpose()
}

pub(super) async fn note_asker(
    connection: &mut Connection,
    name: Id<HeldName>,
    account: Id<Account>,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE held_names SET account_id = $2 WHERE id = $1")
        .bind(name.to_string())
        .bind(account.to_string())
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

pub(super) async fn set_kind(
    connection: &mut Connection,
    publisher: Id<Publisher>,
    kind: PublisherKind,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE publishers SET kind = $2 WHERE id = $1")
        .bind(publisher.to_string())
        .bind(kind.as_str())
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

pub(super) async fn set_display_name(
    connection: &mut Connection,
    publisher: Id<Publisher>,
    name: &DisplayName,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE publishers SET display_name = $2 WHERE id = $1")
        .bind(publisher.to_string())
        .bind(name.as_str())
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

/// What those are called who have no name any more.
const ERASED: &str = "erased account";

pub(super) async fn erase_names(connection: &mut Connection, account: Id<Account>) -> Result<(), StoreError> {
    sqlx::query("UPDATE owners SET name = $2, email = NULL WHERE account_id = $1")
        .bind(account.to_string())
        .bind(ERASED)
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

pub(super) async fn note_token_maker(
    connection: &mut Connection,
    token: Id<Token>,
    member: Id<Member>,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE tokens SET made_by = $2 WHERE id = $1")
        .bind(token.to_string())
        .bind(member.to_string())
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

pub(super) async fn inherit_token_maker(
    connection: &mut Connection,
    token: Id<Token>,
    from: Id<Token>,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE tokens SET made_by = (SELECT f.made_by FROM tokens f WHERE f.id = $2) WHERE id = $1")
        .bind(token.to_string())
        .bind(from.to_string())
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

pub(super) async fn adopt_tokens(
    connection: &mut Connection,
    publisher: Id<Publisher>,
    member: Id<Member>,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE tokens SET made_by = $2
         WHERE publisher_id = $1 AND owner_id IS NULL AND NOT of_workflow AND made_by IS NULL",
    )
    .bind(publisher.to_string())
    .bind(member.to_string())
    .execute(connection)
    .await
    .map(drop)
    .map_err(database)
}

pub(super) async fn revoke_tokens_made_by(
    connection: &mut Connection,
    member: Id<Member>,
    at: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE tokens SET revoked_at = $2 WHERE made_by = $1 AND revoked_at IS NULL")
        .bind(member.to_string())
        .bind(milliseconds(at))
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}
