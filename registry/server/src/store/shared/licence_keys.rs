//! `licence_keys` and `revoked_licences`; the lock of both is that of the kill list.

use std::collections::BTreeMap;

use adx_registry_core::ports::{SealedLicenceKey, StoreError};
use adx_signing::PublicKey;
use adx_signing::licence::{LicenceId, RevokedLicence};
use adx_signing::utc::UtcSecond;

use super::decode::{Columns, milliseconds};
use super::{Connection, Row, database};

pub(super) async fn keys(connection: &mut Connection) -> Result<Vec<SealedLicenceKey>, StoreError> {
    // Those made in the same millisecond have an order as well.
    let rows =
        sqlx::query("SELECT registry, public_key, sealed, made_at FROM licence_keys ORDER BY made_at DESC, key_id")
            .fetch_all(connection)
            .await
            .map_err(database)?;
    rows.iter().map(key).collect()
}

pub(super) async fn add_key(connection: &mut Connection, key: &SealedLicenceKey) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO licence_keys (key_id, registry, public_key, sealed, made_at) VALUES ($1, $2, $3, $4, $5)")
        .bind(key.public.id().to_string())
        .bind(key.registry.as_str())
        .bind(key.public.to_pem())
        .bind(&key.sealed)
        .bind(milliseconds(key.made_at))
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

pub(super) async fn revoked(connection: &mut Connection) -> Result<BTreeMap<LicenceId, RevokedLicence>, StoreError> {
    let rows = sqlx::query("SELECT licence_id, at, reason FROM revoked_licences")
        .fetch_all(connection)
        .await
        .map_err(database)?;
    rows.iter().map(revocation).collect()
}

pub(super) async fn revoke(
    connection: &mut Connection,
    licence: &LicenceId,
    revoked: &RevokedLicence,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO revoked_licences (licence_id, at, reason) VALUES ($1, $2, $3)
         ON CONFLICT (licence_id) DO UPDATE SET at = excluded.at, reason = excluded.reason",
    )
    .bind(licence.to_string())
    .bind(milliseconds(revoked.at.into()))
    .bind(&revoked.reason)
    .execute(connection)
    .await
    .map(drop)
    .map_err(database)
}

fn key(row: &Row) -> Result<SealedLicenceKey, StoreError> {
    let columns = Columns { table: "licence_keys", row };
    let public = PublicKey::from_pem(&columns.text("public_key")?);
    Ok(SealedLicenceKey {
        registry: columns.parse("registry")?,
        public: public.map_err(|error| columns.corrupt("public_key", error))?,
        sealed: columns.text("sealed")?,
        made_at: columns.time("made_at")?,
    })
}

fn revocation(row: &Row) -> Result<(LicenceId, RevokedLicence), StoreError> {
    let columns = Columns { table: "revoked_licences", row };
    let revoked = RevokedLicence { at: UtcSecond::from(columns.time("at")?), reason: columns.text("reason")? };
    Ok((columns.parse("licence_id")?, revoked))
}
