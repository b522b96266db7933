//! Audit rows and metered use.

use super::{
    BEGIN, Db, Result,
    convert::{from_json, from_millis, known, parse, to_json, to_millis},
};
use crate::store::{AuditRow, Outcome, UsageRow};
use adx_signing::name::TenantId;
use sqlx::{Executor, Pool};

type AuditColumns = (String, i64, String, String, String, Option<String>, String, String);

pub(super) async fn add_one<'c>(executor: impl Executor<'c, Database = Db>, row: &AuditRow) -> Result<()> {
    sqlx::query(
        "insert into audit (id, at, tenant, actor, action, module, outcome, detail) \
         values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing",
    )
    .bind(&row.id)
    .bind(to_millis(row.at))
    .bind(row.tenant.to_string())
    .bind(&row.actor)
    .bind(&row.action)
    .bind(row.module.as_ref().map(ToString::to_string))
    .bind(row.outcome.as_str())
    .bind(to_json("audit.detail", &row.detail)?)
    .execute(executor)
    .await?;
    Ok(())
}

pub(super) async fn add_audit(pool: &Pool<Db>, rows: &[AuditRow]) -> Result<()> {
    let mut transaction = pool.begin_with(BEGIN).await?;
    for row in rows {
        add_one(&mut *transaction, row).await?;
    }
    transaction.commit().await?;
    Ok(())
}

pub(super) async fn audit(pool: &Pool<Db>, tenant: &TenantId, limit: u32) -> Result<Vec<AuditRow>> {
    sqlx::query_as::<_, AuditColumns>(
        "select id, at, tenant, actor, action, module, outcome, detail from audit where tenant = $1 \
         order by at desc, id limit $2",
    )
    .bind(tenant.to_string())
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await?
    .into_iter()
    .map(|(id, at, tenant, actor, action, module, outcome, detail)| {
        Ok(AuditRow {
            id,
            at: from_millis("audit.at", at)?,
            tenant: parse("audit.tenant", &tenant)?,
            actor,
            action,
            module: module.map(|module| parse("audit.module", &module)).transpose()?,
            outcome: known("audit.outcome", &outcome, Outcome::parse)?,
            detail: from_json("audit.detail", &detail)?,
        })
    })
    .collect()
}

pub(super) async fn add_usage(pool: &Pool<Db>, rows: &[UsageRow]) -> Result<()> {
    let mut transaction = pool.begin_with(BEGIN).await?;
    for row in rows {
        sqlx::query(
            "insert into usage_hour (tenant, module, hour, calls, failures, cpu_us, host_calls, peak_memory) \
             values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (tenant, module, hour) do update set \
             calls = usage_hour.calls + excluded.calls, failures = usage_hour.failures + excluded.failures, \
             cpu_us = usage_hour.cpu_us + excluded.cpu_us, host_calls = usage_hour.host_calls + excluded.host_calls, \
             peak_memory = case when excluded.peak_memory > usage_hour.peak_memory then excluded.peak_memory \
             else usage_hour.peak_memory end",
        )
        .bind(row.tenant.to_string())
        .bind(row.module.to_string())
        .bind(row.hour)
        .bind(row.calls)
        .bind(row.failures)
        .bind(row.cpu_us)
        .bind(row.host_calls)
        .bind(row.peak_memory)
        .execute(&mut *transaction)
        .await?;
    }
    transaction.commit().await?;
    Ok(())
}

pub(super) async fn usage(pool: &Pool<Db>, tenant: &TenantId, limit: u32) -> Result<Vec<UsageRow>> {
    sqlx::query_as::<_, (String, String, i64, i64, i64, i64, i64, i64)>(
        "select tenant, module, hour, calls, failures, cpu_us, host_calls, peak_memory from usage_hour \
         where tenant = $1 order by hour desc, module limit $2",
    )
    .bind(tenant.to_string())
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await?
    .into_iter()
    .map(|(tenant, module, hour, calls, failures, cpu_us, host_calls, peak_memory)| {
        Ok(UsageRow {
            tenant: parse("usage_hour.tenant", &tenant)?,
            module: parse("usage_hour.module", &module)?,
            hour,
            calls,
            failures,
            cpu_us,
            host_calls,
            peak_memory,
        })
    })
    .collect()
}
