//! Tenants.

use super::{
    Db, Result,
    convert::{from_millis, parse, to_millis},
};
use crate::store::{HeldCooldown, Tenant};
use adx_signing::{digest::Digest, name::TenantId};
use sqlx::Pool;
use time::Duration;

type Row = (String, String, String, i64, i64, i64, i64);

pub(super) async fn add(pool: &Pool<Db>, tenant: &Tenant) -> Result<bool> {
    let done = sqlx::query(
        "insert into tenant \
         (tenant, display_name, token_hash, cooldown_seconds, held_cooldown_seconds, held_cooldown_until, created_at) \
         values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing",
    )
    .bind(tenant.tenant.to_string())
    .bind(&tenant.display_name)
    .bind(tenant.token_hash.to_string())
    .bind(tenant.cooldown.whole_seconds())
    .bind(held_seconds(tenant.held_cooldown))
    .bind(held_until(tenant.held_cooldown))
    .bind(to_millis(tenant.created_at))
    .execute(pool)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn by_id(pool: &Pool<Db>, tenant: &TenantId) -> Result<Option<Tenant>> {
    sqlx::query_as::<_, Row>(
        "select tenant, display_name, token_hash, cooldown_seconds, held_cooldown_seconds, held_cooldown_until, created_at \
         from tenant where tenant = $1",
    )
    .bind(tenant.to_string())
    .fetch_optional(pool)
    .await?
    .map(read)
    .transpose()
}

pub(super) async fn by_token(pool: &Pool<Db>, token_hash: &Digest) -> Result<Option<Tenant>> {
    sqlx::query_as::<_, Row>(
        "select tenant, display_name, token_hash, cooldown_seconds, held_cooldown_seconds, held_cooldown_until, created_at \
         from tenant where token_hash = $1",
    )
    .bind(token_hash.to_string())
    .fetch_optional(pool)
    .await?
    .map(read)
    .transpose()
}

pub(super) async fn all(pool: &Pool<Db>) -> Result<Vec<Tenant>> {
    sqlx::query_as::<_, Row>(
        "select tenant, display_name, token_hash, cooldown_seconds, held_cooldown_seconds, held_cooldown_until, created_at \
         from tenant order by tenant",
    )
    .fetch_all(pool)
    .await?
    .into_iter()
    .map(read)
    .collect()
}

pub(super) async fn set_token(pool: &Pool<Db>, tenant: &TenantId, token_hash: &Digest) -> Result<bool> {
    let done = sqlx::query("update tenant set token_hash = $2 where tenant = $1")
        .bind(tenant.to_string())
        .bind(token_hash.to_string())
        .execute(pool)
        .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn set_cooldown(
    pool: &Pool<Db>,
    tenant: &TenantId,
    cooldown: Duration,
    held: Option<HeldCooldown>,
) -> Result<bool> {
    let done = sqlx::query(
        "update tenant set cooldown_seconds = $2, held_cooldown_seconds = $3, held_cooldown_until = $4 where tenant = $1",
    )
    .bind(tenant.to_string())
    .bind(cooldown.whole_seconds())
    .bind(held_seconds(held))
    .bind(held_until(held))
    .execute(pool)
    .await?;
    Ok(done.rows_affected() == 1)
}

fn held_seconds(held: Option<HeldCooldown>) -> i64 {
    held.map_or(0, |held| held.cooldown.whole_seconds())
}

fn held_until(held: Option<HeldCooldown>) -> i64 {
    held.map_or(0, |held| to_millis(held.until))
}

fn read(
    (tenant, display_name, token_hash, cooldown_seconds, held_seconds, held_until, created_at): Row,
) -> Result<Tenant> {
    let until = from_millis("tenant.held_cooldown_until", held_until)?;
    let held = HeldCooldown { cooldown: Duration::seconds(held_seconds), until };
    Ok(Tenant {
        tenant: parse("tenant.tenant", &tenant)?,
        display_name,
        token_hash: parse("tenant.token_hash", &token_hash)?,
        cooldown: Duration::seconds(cooldown_seconds),
        held_cooldown: (held_seconds > 0).then_some(held),
        created_at: from_millis("tenant.created_at", created_at)?,
    })
}
