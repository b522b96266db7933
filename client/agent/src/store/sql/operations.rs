//! Lifecycle operations: begun and ended in one transaction with what they mean for the installation.

use super::{
    BEGIN, Db, Result,
    convert::{from_json, from_millis, known, parse, pin, to_json, to_millis},
    installations, ledger,
};
use crate::store::{AuditRow, Begun, Installation, Kind, Operation, Status};
use adx_signing::name::{ModuleId, TenantId};
use sqlx::Pool;

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    tenant: String,
    module: String,
    kind: String,
    status: String,
    step: String,
    actor: String,
    request: String,
    error: Option<String>,
    error_kind: Option<String>,
    from_version: Option<String>,
    to_version: Option<String>,
    to_sha256: Option<String>,
    created_at: i64,
    updated_at: i64,
}

pub(super) async fn begin(pool: &Pool<Db>, operation: &Operation, installing: Option<&Installation>) -> Result<Begun> {
    let mut transaction = pool.begin_with(BEGIN).await?;
    let added = sqlx::query(
        "insert into operation (id, tenant, module, kind, status, step, actor, request, error, error_kind, from_version, to_version, \
         to_sha256, created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) \
         on conflict do nothing",
    )
    .bind(&operation.id)
    .bind(operation.tenant.to_string())
    .bind(operation.module.to_string())
    .bind(operation.kind.as_str())
    .bind(operation.status.as_str())
    .bind(&operation.step)
    .bind(&operation.actor)
    .bind(to_json("operation.request", &operation.request)?)
    .bind(operation.error.as_deref())
    .bind(operation.error_kind.as_deref())
    .bind(operation.from_version.as_ref().map(ToString::to_string))
    .bind(operation.to.as_ref().map(|pin| pin.version.to_string()))
    .bind(operation.to.as_ref().map(|pin| pin.sha256.to_string()))
    .bind(to_millis(operation.created_at))
    .bind(to_millis(operation.updated_at))
    .execute(&mut *transaction)
    .await?
    .rows_affected()
        == 1;
    if !added {
        transaction.rollback().await?;
        // The one that was in the way may have ended meanwhile; then its end is what is told.
        let busy = match running(pool, &operation.tenant, &operation.module).await? {
            Some(busy) => busy,
            None => latest(pool, &operation.tenant, &operation.module).await?.unwrap_or_else(|| operation.clone()),
        };
        return Ok(Begun::Busy(Box::new(busy)));
    }
    if let Some(installing) = installing {
        if !installations::add(&mut *transaction, installing).await? {
            transaction.rollback().await?;
            return Ok(Begun::AlreadyInstalled);
        }
    } else {
        let present: Option<(String,)> =
            sqlx::query_as("select state from installation where tenant = $1 and module = $2")
                .bind(operation.tenant.to_string())
                .bind(operation.module.to_string())
                .fetch_optional(&mut *transaction)
                .await?;
        if present.is_none() {
            transaction.rollback().await?;
            return Ok(Begun::NotInstalled);
        }
    }
    transaction.commit().await?;
    Ok(Begun::Started)
}

pub(super) async fn one(pool: &Pool<Db>, tenant: &TenantId, id: &str) -> Result<Option<Operation>> {
    sqlx::query_as::<_, Row>(
        "select id, tenant, module, kind, status, step, actor, request, error, error_kind, from_version, to_version, to_sha256, \
         created_at, updated_at from operation where tenant = $1 and id = $2",
    )
    .bind(tenant.to_string())
    .bind(id)
    .fetch_optional(pool)
    .await?
    .map(read)
    .transpose()
}

pub(super) async fn of_tenant(pool: &Pool<Db>, tenant: &TenantId, limit: u32) -> Result<Vec<Operation>> {
    sqlx::query_as::<_, Row>(
        "select id, tenant, module, kind, status, step, actor, request, error, error_kind, from_version, to_version, to_sha256, \
         created_at, updated_at from operation where tenant = $1 order by created_at desc, id limit $2",
    )
    .bind(tenant.to_string())
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await?
    .into_iter()
    .map(read)
    .collect()
}

pub(super) async fn running(pool: &Pool<Db>, tenant: &TenantId, module: &ModuleId) -> Result<Option<Operation>> {
    sqlx::query_as::<_, Row>(
        "select id, tenant, module, kind, status, step, actor, request, error, error_kind, from_version, to_version, to_sha256, \
         created_at, updated_at from operation where tenant = $1 and module = $2 and status = 'running'",
    )
    .bind(tenant.to_string())
    .bind(module.to_string())
    .fetch_optional(pool)
    .await?
    .map(read)
    .transpose()
}

async fn latest(pool: &Pool<Db>, tenant: &TenantId, module: &ModuleId) -> Result<Option<Operation>> {
    sqlx::query_as::<_, Row>(
        "select id, tenant, module, kind, status, step, actor, request, error, error_kind, from_version, to_version, to_sha256, \
         created_at, updated_at from operation where tenant = $1 and module = $2 order by created_at desc limit 1",
    )
    .bind(tenant.to_string())
    .bind(module.to_string())
    .fetch_optional(pool)
    .await?
    .map(read)
    .transpose()
}

pub(super) async fn all_running(pool: &Pool<Db>) -> Result<Vec<Operation>> {
    sqlx::query_as::<_, Row>(
        "select id, tenant, module, kind, status, step, actor, request, error, error_kind, from_version, to_version, to_sha256, \
         created_at, updated_at from operation where status = 'running' order by created_at, id",
    )
    .fetch_all(pool)
    .await?
    .into_iter()
    .map(read)
    .collect()
}

pub(super) async fn save(pool: &Pool<Db>, operation: &Operation) -> Result<()> {
    sqlx::query(
        "update operation set step = $2, to_version = $3, to_sha256 = $4, updated_at = $5, from_version = $6 \
         where id = $1 and status = 'running'",
    )
    .bind(&operation.id)
    .bind(&operation.step)
    .bind(operation.to.as_ref().map(|pin| pin.version.to_string()))
    .bind(operation.to.as_ref().map(|pin| pin.sha256.to_string()))
    .bind(to_millis(operation.updated_at))
    .bind(operation.from_version.as_ref().map(ToString::to_string))
    .execute(pool)
    .await?;
    Ok(())
}

pub(super) async fn finish(
    pool: &Pool<Db>,
    operation: &Operation,
    installation: Option<&Installation>,
    with_grants: bool,
    audit: &AuditRow,
) -> Result<()> {
    let mut transaction = pool.begin_with(BEGIN).await?;
    let ended = sqlx::query(
        "update operation set status = $2, step = $3, error = $4, error_kind = $5, from_version = $6, to_version = $7, \
         to_sha256 = $8, updated_at = $9 where id = $1 and status = 'running'",
    )
    .bind(&operation.id)
    .bind(operation.status.as_str())
    .bind(&operation.step)
    .bind(operation.error.as_deref())
    .bind(operation.error_kind.as_deref())
    .bind(operation.from_version.as_ref().map(ToString::to_string))
    .bind(operation.to.as_ref().map(|pin| pin.version.to_string()))
    .bind(operation.to.as_ref().map(|pin| pin.sha256.to_string()))
    .bind(to_millis(operation.updated_at))
    .execute(&mut *transaction)
    .await?
    .rows_affected()
        == 1;
    // Ended before: this is the repetition of a step whose end was not yet journalled.
    if !ended {
        transaction.rollback().await?;
        return Ok(());
    }
    if let Some(installation) = installation {
        installations::save(&mut *transaction, installation).await?;
        if with_grants {
            let Installation { tenant, module, grants, updated_at, .. } = installation;
            installations::set_grants(&mut *transaction, tenant, module, grants, *updated_at).await?;
        }
    } else {
        for statement in [
            "delete from config_revision where tenant = $1 and module = $2",
            "delete from installation where tenant = $1 and module = $2",
        ] {
            sqlx::query(statement)
                .bind(operation.tenant.to_string())
                .bind(operation.module.to_string())
                .execute(&mut *transaction)
                .await?;
        }
    }
    ledger::add_one(&mut *transaction, audit).await?;
    transaction.commit().await?;
    Ok(())
}

fn read(row: Row) -> Result<Operation> {
    Ok(Operation {
        id: row.id,
        tenant: parse("operation.tenant", &row.tenant)?,
        module: parse("operation.module", &row.module)?,
        kind: known("operation.kind", &row.kind, Kind::parse)?,
        status: known("operation.status", &row.status, Status::parse)?,
        step: row.step,
        actor: row.actor,
        request: from_json("operation.request", &row.request)?,
        error: row.error,
        error_kind: row.error_kind,
        from_version: row.from_version.map(|version| parse("operation.from_version", &version)).transpose()?,
        to: pin("operation.to_version", row.to_version.as_deref(), row.to_sha256.as_deref())?,
        created_at: from_millis("operation.created_at", row.created_at)?,
        updated_at: from_millis("operation.updated_at", row.updated_at)?,
    })
}
