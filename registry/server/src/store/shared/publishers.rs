//! `publishers` and `publisher_keys`.

use adx_registry_core::Id;
use adx_registry_core::names::alike;
use adx_registry_core::ports::StoreError;
use adx_registry_core::publisher::{KEY_ENTRY_BYTES, KeyListBytes, KeyRemoval, Publisher, PublisherKey};
use adx_signing::key::{KeyId, PublicKey};
use adx_signing::name::Namespace;
use adx_signing::utc::UtcSecond;

use super::decode::{Columns, bigint, json, milliseconds};
use super::{Connection, Row, database, violated};

pub(super) async fn by_namespace(
    connection: &mut Connection,
    namespace: &Namespace,
) -> Result<Option<Publisher>, StoreError> {
    let row = sqlx::query(
        "SELECT id, namespace, display_name, kind, created_at FROM publishers WHERE canonical = $1 AND deleted_at IS NULL",
    )
    .bind(namespace.canonical().to_string())
    .fetch_optional(connection)
    .await
    .map_err(database)?;
    row.as_ref().map(publisher).transpose()
}

pub(super) async fn by_id(connection: &mut Connection, id: Id<Publisher>) -> Result<Option<Publisher>, StoreError> {
    let row = sqlx::query(
        "SELECT id, namespace, display_name, kind, created_at FROM publishers WHERE id = $1 AND deleted_at IS NULL",
    )
    .bind(id.to_string())
    .fetch_optional(connection)
    .await
    .map_err(database)?;
    row.as_ref().map(publisher).transpose()
}

pub(super) async fn insert(connection: &mut Connection, publisher: &Publisher) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO publishers (id, namespace, canonical, display_name, created_at, alike, kind)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(publisher.id.to_string())
    .bind(publisher.namespace.to_string())
    .bind(publisher.namespace.canonical().to_string())
    .bind(&publisher.display_name)
    .bind(milliseconds(publisher.created_at))
    .bind(alike(publisher.namespace.as_str()))
    .bind(publisher.kind.as_str())
    .execute(connection)
    .await
    .map(drop)
    .map_err(violated)
}

pub(super) async fn keys_of(
    connection: &mut Connection,
    publisher: Id<Publisher>,
) -> Result<Vec<PublisherKey>, StoreError> {
    let rows = sqlx::query(
        "SELECT k.key_id, k.publisher_id, k.public_key_pem, k.added_at, k.leaf, k.purposes, k.not_after, k.added_by,
                k.removed_leaf, k.removed_by, r.from_leaf AS revoked_from
         FROM publisher_keys k LEFT JOIN revoked_keys r ON r.key_id = k.key_id
         WHERE k.publisher_id = $1 ORDER BY k.added_at, k.key_id",
    )
    .bind(publisher.to_string())
    .fetch_all(connection)
    .await
    .map_err(database)?;
    rows.iter().map(key).collect()
}

pub(super) async fn insert_key(connection: &mut Connection, key: &PublisherKey) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO publisher_keys
             (key_id, publisher_id, public_key_pem, added_at, leaf, purposes, not_after, added_by, removed_leaf, removed_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(key.key_id.to_string())
    .bind(key.publisher.to_string())
    .bind(key.public_key.to_pem())
    .bind(milliseconds(key.added_at))
    .bind(key.leaf.map(bigint).transpose()?)
    .bind(json(&key.purposes)?)
    .bind(key.not_after.map(|last| milliseconds(last.into())))
    .bind(key.added_by.as_ref().map(json).transpose()?)
    .bind(key.removed.as_ref().map(|removed| bigint(removed.leaf)).transpose()?)
    .bind(key.removed.as_ref().map(|removed| json(&removed.by)).transpose()?)
    .execute(connection)
    .await
    .map(drop)
    .map_err(violated)
}

/// Every key whose leaf has a number below `below`, in the order of the leaves.
pub(super) async fn logged_keys(
    connection: &mut Connection,
    below: u64,
) -> Result<Vec<(Namespace, PublisherKey)>, StoreError> {
    let rows = sqlx::query(
        "SELECT p.namespace, k.key_id, k.publisher_id, k.public_key_pem, k.added_at, k.leaf, k.purposes, k.not_after, k.added_by,
                k.removed_leaf, k.removed_by, r.from_leaf AS revoked_from
         FROM publisher_keys k JOIN publishers p ON p.id = k.publisher_id
              LEFT JOIN revoked_keys r ON r.key_id = k.key_id
         WHERE k.leaf < $1 ORDER BY k.leaf",
    )
    .bind(bigint(below)?)
    .fetch_all(connection)
    .await
    .map_err(database)?;
    rows.iter().map(named_key).collect()
}

/// How much of the list are its keys, from the lengths of what stands there as it stands here: nothing of it is read.
pub(super) async fn key_list_bytes(
    connection: &mut Connection,
    publisher: Id<Publisher>,
) -> Result<KeyListBytes, StoreError> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS keys, CAST(COALESCE(SUM(l.words), 0) AS BIGINT) AS words,
                COUNT(CASE WHEN l.publisher_id = $1 THEN 1 END) AS own_keys,
                CAST(COALESCE(SUM(CASE WHEN l.publisher_id = $1 THEN l.words ELSE 0 END), 0) AS BIGINT) AS own_words
         FROM (SELECT k.publisher_id, LENGTH(p.namespace) + LENGTH(k.purposes) + LENGTH(k.added_by)
                      + COALESCE(LENGTH(k.removed_by), 0) AS words
               FROM publisher_keys k JOIN publishers p ON p.id = k.publisher_id
               WHERE k.leaf IS NOT NULL AND k.added_by IS NOT NULL) l",
    )
    .bind(publisher.to_string())
    .fetch_one(connection)
    .await
    .map_err(database)?;
    let columns = Columns { table: "publisher_keys", row: &row };
    let bytes = |keys, words| {
        Ok::<u64, StoreError>(columns.number::<u64>(keys)? * KEY_ENTRY_BYTES + columns.number::<u64>(words)?)
    };
    Ok(KeyListBytes { all: bytes("keys", "words")?, of_publisher: bytes("own_keys", "own_words")? })
}

/// Keys without a leaf, but for those that count for nothing.
pub(super) async fn unlogged_keys(
    connection: &mut Connection,
    limit: u32,
) -> Result<Vec<(Namespace, PublisherKey)>, StoreError> {
    let rows = sqlx::query(
        "SELECT p.namespace, k.key_id, k.publisher_id, k.public_key_pem, k.added_at, k.leaf, k.purposes, k.not_after, k.added_by,
                k.removed_leaf, k.removed_by, r.from_leaf AS revoked_from
         FROM publisher_keys k JOIN publishers p ON p.id = k.publisher_id
              LEFT JOIN revoked_keys r ON r.key_id = k.key_id
         WHERE k.leaf IS NULL AND k.added_by IS NOT NULL ORDER BY k.added_at, k.key_id LIMIT $1",
    )
    .bind(i64::from(limit))
    .fetch_all(connection)
    .await
    .map_err(database)?;
    rows.iter().map(named_key).collect()
}

/// Keys that nobody is known to have had the right to add.
pub(super) async fn unauthorized_keys(
    connection: &mut Connection,
) -> Result<Vec<(Namespace, PublisherKey)>, StoreError> {
    let rows = sqlx::query(
        "SELECT p.namespace, k.key_id, k.publisher_id, k.public_key_pem, k.added_at, k.leaf, k.purposes, k.not_after, k.added_by,
                k.removed_leaf, k.removed_by, r.from_leaf AS revoked_from
         FROM publisher_keys k JOIN publishers p ON p.id = k.publisher_id
              LEFT JOIN revoked_keys r ON r.key_id = k.key_id
         WHERE k.added_by IS NULL ORDER BY k.added_at, k.key_id",
    )
    .fetch_all(connection)
    .await
    .map_err(database)?;
    rows.iter().map(named_key).collect()
}

/// Publishers without a leaf.
pub(super) async fn unlogged(connection: &mut Connection, limit: u32) -> Result<Vec<Publisher>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, namespace, display_name, kind, created_at FROM publishers WHERE leaf IS NULL ORDER BY created_at, id LIMIT $1",
    )
    .bind(i64::from(limit))
    .fetch_all(connection)
    .await
    .map_err(database)?;
    rows.iter().map(publisher).collect()
}

pub(super) async fn note_leaf(
    connection: &mut Connection,
    id: Id<Publisher>,
    leaf: u64,
    owners_salt: &[u8; 32],
) -> Result<(), StoreError> {
    sqlx::query("UPDATE publishers SET leaf = $2, owners_salt = $3 WHERE id = $1")
        .bind(id.to_string())
        .bind(bigint(leaf)?)
        .bind(hex::encode(owners_salt))
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

pub(super) async fn note_key_leaf(connection: &mut Connection, key: &KeyId, leaf: u64) -> Result<(), StoreError> {
    sqlx::query("UPDATE publisher_keys SET leaf = $2 WHERE key_id = $1")
        .bind(key.to_string())
        .bind(bigint(leaf)?)
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

pub(super) async fn authorize_key(connection: &mut Connection, key: &PublisherKey) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE publisher_keys SET added_at = $2, leaf = $3, purposes = $4, not_after = $5, added_by = $6
         WHERE key_id = $1 AND added_by IS NULL",
    )
    .bind(key.key_id.to_string())
    .bind(milliseconds(key.added_at))
    .bind(key.leaf.map(bigint).transpose()?)
    .bind(json(&key.purposes)?)
    .bind(key.not_after.map(|last| milliseconds(last.into())))
    .bind(key.added_by.as_ref().map(json).transpose()?)
    .execute(connection)
    .await
    .map(drop)
    .map_err(database)
}

pub(super) async fn remove_key(
    connection: &mut Connection,
    key: &KeyId,
    removal: &KeyRemoval,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE publisher_keys SET removed_leaf = $2, removed_by = $3 WHERE key_id = $1")
        .bind(key.to_string())
        .bind(bigint(removal.leaf)?)
        .bind(json(&removal.by)?)
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

fn named_key(row: &Row) -> Result<(Namespace, PublisherKey), StoreError> {
    Ok((Columns { table: "publishers", row }.parse("namespace")?, key(row)?))
}

pub(super) fn publisher(row: &Row) -> Result<Publisher, StoreError> {
    let columns = Columns { table: "publishers", row };
    Ok(Publisher {
        id: columns.parse("id")?,
        namespace: columns.parse("namespace")?,
        display_name: columns.text("display_name")?,
        kind: columns.parse("kind")?,
        created_at: columns.time("created_at")?,
    })
}

fn key(row: &Row) -> Result<PublisherKey, StoreError> {
    let columns = Columns { table: "publisher_keys", row };
    let pem = columns.text("public_key_pem")?;
    Ok(PublisherKey {
        key_id: columns.parse("key_id")?,
        publisher: columns.parse("publisher_id")?,
        public_key: PublicKey::from_pem(&pem).map_err(|error| columns.corrupt("public_key_pem", error))?,
        added_at: columns.time("added_at")?,
        leaf: columns.optional_number("leaf")?,
        purposes: columns.json("purposes")?,
        not_after: columns.optional_time("not_after")?.map(UtcSecond::from),
        added_by: columns.optional_json("added_by")?,
        removed: match (columns.optional_number("removed_leaf")?, columns.optional_json("removed_by")?) {
            (Some(leaf), Some(by)) => Some(KeyRemoval { leaf, by }),
            _ => None,
        },
        revoked_from: columns.optional_number("revoked_from")?,
    })
}
