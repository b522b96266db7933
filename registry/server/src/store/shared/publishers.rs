//! `publishers` and `publisher_keys`.

use adx_registry_core::Id;
use adx_registry_core::ports::StoreError;
use adx_registry_core::publisher::{Publisher, PublisherKey};
use adx_signing::key::PublicKey;
use adx_signing::name::Namespace;

use super::decode::{Columns, milliseconds};
use super::{Connection, Row, database, violated};

pub(super) async fn by_namespace(
    connection: &mut Connection,
    namespace: &Namespace,
) -> Result<Option<Publisher>, StoreError> {
    let row = sqlx::query("SELECT id, namespace, display_name, created_at FROM publishers WHERE canonical = $1")
        .bind(namespace.canonical().to_string())
        .fetch_optional(connection)
        .await
        .map_err(database)?;
    row.as_ref().map(publisher).transpose()
}

pub(super) async fn by_id(connection: &mut Connection, id: Id<Publisher>) -> Result<Option<Publisher>, StoreError> {
    let row = sqlx::query("SELECT id, namespace, display_name, created_at FROM publishers WHERE id = $1")
        .bind(id.to_string())
        .fetch_optional(connection)
        .await
        .map_err(database)?;
    row.as_ref().map(publisher).transpose()
}

pub(super) async fn insert(connection: &mut Connection, publisher: &Publisher) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO publishers (id, namespace, canonical, display_name, created_at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(publisher.id.to_string())
    .bind(publisher.namespace.to_string())
    .bind(publisher.namespace.canonical().to_string())
    .bind(&publisher.display_name)
    .bind(milliseconds(publisher.created_at))
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
        "SELECT key_id, publisher_id, public_key_pem, added_at FROM publisher_keys
         WHERE publisher_id = $1 ORDER BY added_at, key_id",
    )
    .bind(publisher.to_string())
    .fetch_all(connection)
    .await
    .map_err(database)?;
    rows.iter().map(key).collect()
}

pub(super) async fn insert_key(connection: &mut Connection, key: &PublisherKey) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO publisher_keys (key_id, publisher_id, public_key_pem, added_at) VALUES ($1, $2, $3, $4)")
        .bind(key.key_id.to_string())
        .bind(key.publisher.to_string())
        .bind(key.public_key.to_pem())
        .bind(milliseconds(key.added_at))
        .execute(connection)
        .await
        .map(drop)
        .map_err(violated)
}

fn publisher(row: &Row) -> Result<Publisher, StoreError> {
    let columns = Columns { table: "publishers", row };
    Ok(Publisher {
        id: columns.parse("id")?,
        namespace: columns.parse("namespace")?,
        display_name: columns.text("display_name")?,
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
    })
}
