//! `condemned`: digests whose blobs the sweep is about to remove.

use adx_registry_core::ports::{Condemned, StoreError};
use adx_signing::digest::Digest;

use super::decode::{Columns, milliseconds};
use super::{Connection, Row, database};

pub(super) async fn on(connection: &mut Connection, sha256: &Digest) -> Result<Option<Condemned>, StoreError> {
    let row = sqlx::query("SELECT sha256, removing, since FROM condemned WHERE sha256 = $1")
        .bind(sha256.to_string())
        .fetch_optional(connection)
        .await
        .map_err(database)?;
    Ok(row.as_ref().map(sentence).transpose()?.map(|(_, sentence)| sentence))
}

pub(super) async fn all(connection: &mut Connection, limit: u32) -> Result<Vec<(Digest, Condemned)>, StoreError> {
    let rows = sqlx::query("SELECT sha256, removing, since FROM condemned ORDER BY since, sha256 LIMIT $1")
        .bind(i64::from(limit))
        .fetch_all(connection)
        .await
        .map_err(database)?;
    rows.iter().map(sentence).collect()
}

pub(super) async fn set(
    connection: &mut Connection,
    sha256: &Digest,
    sentence: Option<Condemned>,
) -> Result<(), StoreError> {
    let query = match sentence {
        None => sqlx::query("DELETE FROM condemned WHERE sha256 = $1").bind(sha256.to_string()),
        Some(sentence) => {
            let (removing, since) = match sentence {
                Condemned::Since(since) => (false, since),
                Condemned::Removing(since) => (true, since),
            };
            sqlx::query(
                "INSERT INTO condemned (sha256, removing, since) VALUES ($1, $2, $3)
                 ON CONFLICT (sha256) DO UPDATE SET removing = excluded.removing, since = excluded.since",
            )
            .bind(sha256.to_string())
            .bind(removing)
            .bind(milliseconds(since))
        }
    };
    query.execute(connection).await.map(drop).map_err(database)
}

fn sentence(row: &Row) -> Result<(Digest, Condemned), StoreError> {
    let columns = Columns { table: "condemned", row };
    let since = columns.time("since")?;
    let sentence = if columns.flag("removing")? { Condemned::Removing(since) } else { Condemned::Since(since) };
    Ok((columns.parse("sha256")?, sentence))
}
