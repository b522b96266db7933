//! Installations and the history of their configuration.

use super::{
    BEGIN, Db, Result,
    convert::{from_json, from_json_option, from_millis, known, parse, pin, to_json, to_json_option, to_millis},
};
use crate::store::{Channel, ConfigRevision, Installation, Resting};
use adx_signing::{
    digest::Digest,
    name::{ModuleId, TenantId},
};
use sqlx::{Executor, Pool};
use time::OffsetDateTime;

#[derive(sqlx::FromRow)]
struct Row {
    tenant: String,
    module: String,
    requirement: String,
    channel: String,
    auto_update: bool,
    state: String,
    version: Option<String>,
    sha256: Option<String>,
    previous_version: Option<String>,
    previous_sha256: Option<String>,
    grants: String,
    withdrawn: String,
    config: String,
    config_revision: i64,
    held: Option<String>,
    failed: Option<String>,
    rolled_back_from: Option<String>,
    load_error: Option<String>,
    quarantined: Option<String>,
    created_at: i64,
    updated_at: i64,
}

pub(super) async fn one(pool: &Pool<Db>, tenant: &TenantId, module: &ModuleId) -> Result<Option<Installation>> {
    sqlx::query_as::<_, Row>(
        "select tenant, module, requirement, channel, auto_update, state, version, sha256, previous_version, \
         previous_sha256, grants, withdrawn, config, config_revision, held, failed, rolled_back_from, load_error, \
         quarantined, created_at, updated_at \
         from installation where tenant = $1 and module = $2",
    )
    .bind(tenant.to_string())
    .bind(module.to_string())
    .fetch_optional(pool)
    .await?
    .map(read)
    .transpose()
}

pub(super) async fn of_tenant(pool: &Pool<Db>, tenant: &TenantId) -> Result<Vec<Installation>> {
    sqlx::query_as::<_, Row>(
        "select tenant, module, requirement, channel, auto_update, state, version, sha256, previous_version, \
         previous_sha256, grants, withdrawn, config, config_revision, held, failed, rolled_back_from, load_error, \
         quarantined, created_at, updated_at \
         from installation where tenant = $1 order by module",
    )
    .bind(tenant.to_string())
    .fetch_all(pool)
    .await?
    .into_iter()
    .map(read)
    .collect()
}

pub(super) async fn all(pool: &Pool<Db>) -> Result<Vec<Installation>> {
    sqlx::query_as::<_, Row>(
        "select tenant, module, requirement, channel, auto_update, state, version, sha256, previous_version, \
         previous_sha256, grants, withdrawn, config, config_revision, held, failed, rolled_back_from, load_error, \
         quarantined, created_at, updated_at \
         from installation order by tenant, module",
    )
    .fetch_all(pool)
    .await?
    .into_iter()
    .map(read)
    .collect()
}

pub(super) async fn add<'c>(executor: impl Executor<'c, Database = Db>, new: &Installation) -> Result<bool> {
    let done = sqlx::query(
        "insert into installation (tenant, module, requirement, channel, auto_update, state, version, sha256, \
         previous_version, previous_sha256, grants, withdrawn, config, config_revision, held, failed, \
         rolled_back_from, load_error, created_at, updated_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20) \
         on conflict do nothing",
    )
    .bind(new.tenant.to_string())
    .bind(new.module.to_string())
    .bind(new.requirement.to_string())
    .bind(new.channel.as_str())
    .bind(new.auto_update)
    .bind(new.state.as_str())
    .bind(new.current.as_ref().map(|pin| pin.version.to_string()))
    .bind(new.current.as_ref().map(|pin| pin.sha256.to_string()))
    .bind(new.previous.as_ref().map(|pin| pin.version.to_string()))
    .bind(new.previous.as_ref().map(|pin| pin.sha256.to_string()))
    .bind(to_json("installation.grants", &new.grants)?)
    .bind(to_json("installation.withdrawn", &new.withdrawn)?)
    .bind(to_json("installation.config", &new.config)?)
    .bind(new.config_revision)
    .bind(to_json_option("installation.held", new.held.as_ref())?)
    .bind(to_json_option("installation.failed", new.failed.as_ref())?)
    .bind(new.rolled_back_from.as_ref().map(ToString::to_string))
    .bind(new.load_error.as_deref())
    .bind(to_millis(new.created_at))
    .bind(to_millis(new.updated_at))
    .execute(executor)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn save<'c>(executor: impl Executor<'c, Database = Db>, changed: &Installation) -> Result<bool> {
    let done = sqlx::query(
        "update installation set requirement = $3, state = $4, version = $5, sha256 = $6, previous_version = $7, \
         previous_sha256 = $8, held = $9, failed = $10, rolled_back_from = $11, load_error = $12, updated_at = $13, \
         withdrawn = $14, quarantined = case when sha256 = $6 then quarantined end where tenant = $1 and module = $2",
    )
    .bind(changed.tenant.to_string())
    .bind(changed.module.to_string())
    .bind(changed.requirement.to_string())
    .bind(changed.state.as_str())
    .bind(changed.current.as_ref().map(|pin| pin.version.to_string()))
    .bind(changed.current.as_ref().map(|pin| pin.sha256.to_string()))
    .bind(changed.previous.as_ref().map(|pin| pin.version.to_string()))
    .bind(changed.previous.as_ref().map(|pin| pin.sha256.to_string()))
    .bind(to_json_option("installation.held", changed.held.as_ref())?)
    .bind(to_json_option("installation.failed", changed.failed.as_ref())?)
    .bind(changed.rolled_back_from.as_ref().map(ToString::to_string))
    .bind(changed.load_error.as_deref())
    .bind(to_millis(changed.updated_at))
    .bind(to_json("installation.withdrawn", &changed.withdrawn)?)
    .execute(executor)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn set_quarantined(
    pool: &Pool<Db>,
    tenant: &TenantId,
    module: &ModuleId,
    package: &Digest,
    reason: Option<&str>,
    at: OffsetDateTime,
) -> Result<bool> {
    let done = sqlx::query(
        "update installation set quarantined = $4, updated_at = $5 where tenant = $1 and module = $2 and sha256 = $3",
    )
    .bind(tenant.to_string())
    .bind(module.to_string())
    .bind(package.to_string())
    .bind(reason)
    .bind(to_millis(at))
    .execute(pool)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn set_grants<'c>(
    executor: impl Executor<'c, Database = Db>,
    tenant: &TenantId,
    module: &ModuleId,
    grants: &[String],
    at: OffsetDateTime,
) -> Result<bool> {
    let done = sqlx::query("update installation set grants = $3, updated_at = $4 where tenant = $1 and module = $2")
        .bind(tenant.to_string())
        .bind(module.to_string())
        .bind(to_json("installation.grants", &grants)?)
        .bind(to_millis(at))
        .execute(executor)
        .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn set_updates(
    pool: &Pool<Db>,
    tenant: &TenantId,
    module: &ModuleId,
    auto_update: Option<bool>,
    channel: Option<Channel>,
    at: OffsetDateTime,
) -> Result<bool> {
    let done = sqlx::query(
        "update installation set auto_update = coalesce($3, auto_update), channel = coalesce($4, channel), updated_at = $5, \
         rolled_back_from = case when $3 then null else rolled_back_from end where tenant = $1 and module = $2",
    )
    .bind(tenant.to_string())
    .bind(module.to_string())
    .bind(auto_update)
    .bind(channel.map(Channel::as_str))
    .bind(to_millis(at))
    .execute(pool)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn set_config(
    pool: &Pool<Db>,
    tenant: &TenantId,
    module: &ModuleId,
    revision: &ConfigRevision,
) -> Result<Option<i64>> {
    let config = to_json("config_revision.config", &revision.config)?;
    let mut transaction = pool.begin_with(BEGIN).await?;
    let numbered: Option<(i64,)> = sqlx::query_as(
        "update installation set config = $3, config_revision = config_revision + 1, updated_at = $4 \
         where tenant = $1 and module = $2 returning config_revision",
    )
    .bind(tenant.to_string())
    .bind(module.to_string())
    .bind(&config)
    .bind(to_millis(revision.at))
    .fetch_optional(&mut *transaction)
    .await?;
    let Some((number,)) = numbered else { return Ok(None) };
    sqlx::query(
        "insert into config_revision (tenant, module, revision, config, actor, at) values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(tenant.to_string())
    .bind(module.to_string())
    .bind(number)
    .bind(&config)
    .bind(&revision.actor)
    .bind(to_millis(revision.at))
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(Some(number))
}

pub(super) async fn config_revisions(
    pool: &Pool<Db>,
    tenant: &TenantId,
    module: &ModuleId,
    limit: u32,
) -> Result<Vec<ConfigRevision>> {
    sqlx::query_as::<_, (i64, String, String, i64)>(
        "select revision, config, actor, at from config_revision where tenant = $1 and module = $2 \
         order by revision desc limit $3",
    )
    .bind(tenant.to_string())
    .bind(module.to_string())
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await?
    .into_iter()
    .map(|(revision, config, actor, at)| {
        Ok(ConfigRevision {
            revision,
            config: from_json("config_revision.config", &config)?,
            actor,
            at: from_millis("config_revision.at", at)?,
        })
    })
    .collect()
}

fn read(row: Row) -> Result<Installation> {
    Ok(Installation {
        tenant: parse("installation.tenant", &row.tenant)?,
        module: parse("installation.module", &row.module)?,
        requirement: parse("installation.requirement", &row.requirement)?,
        channel: known("installation.channel", &row.channel, Channel::parse)?,
        auto_update: row.auto_update,
        state: known("installation.state", &row.state, Resting::parse)?,
        current: pin("installation.version", row.version.as_deref(), row.sha256.as_deref())?,
        previous: pin(
            "installation.previous_version",
            row.previous_version.as_deref(),
            row.previous_sha256.as_deref(),
        )?,
        grants: from_json("installation.grants", &row.grants)?,
        withdrawn: from_json("installation.withdrawn", &row.withdrawn)?,
        config: from_json("installation.config", &row.config)?,
        config_revision: row.config_revision,
        held: from_json_option("installation.held", row.held.as_deref())?,
        failed: from_json_option("installation.failed", row.failed.as_deref())?,
        rolled_back_from: row
            .rolled_back_from
            .map(|version| parse("installation.rolled_back_from", &version))
            .transpose()?,
        load_error: row.load_error,
        quarantined: row.quarantined,
        created_at: from_millis("installation.created_at", row.created_at)?,
        updated_at: from_millis("installation.updated_at", row.updated_at)?,
    })
}
