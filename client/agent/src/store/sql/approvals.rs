//! Who agreed that a release need not wait.

use super::{
    Db, Result,
    convert::{from_millis, parse, to_millis},
};
use crate::store::Approval;
use adx_signing::name::{ModuleId, TenantId};
use semver::Version;
use sqlx::Pool;

type Row = (String, String, String, String, String, i64);

pub(super) async fn add(pool: &Pool<Db>, approval: &Approval) -> Result<()> {
    sqlx::query(
        "insert into approval (tenant, module, version, actor, reason, at) values ($1, $2, $3, $4, $5, $6) \
         on conflict do nothing",
    )
    .bind(approval.tenant.to_string())
    .bind(approval.module.to_string())
    .bind(approval.version.to_string())
    .bind(&approval.actor)
    .bind(&approval.reason)
    .bind(to_millis(approval.at))
    .execute(pool)
    .await?;
    Ok(())
}

pub(super) async fn of(
    pool: &Pool<Db>,
    tenant: &TenantId,
    module: &ModuleId,
    version: &Version,
) -> Result<Vec<Approval>> {
    sqlx::query_as::<_, Row>(
        "select tenant, module, version, actor, reason, at from approval \
         where tenant = $1 and module = $2 and version = $3 order by actor",
    )
    .bind(tenant.to_string())
    .bind(module.to_string())
    .bind(version.to_string())
    .fetch_all(pool)
    .await?
    .into_iter()
    .map(|(tenant, module, version, actor, reason, at)| {
        Ok(Approval {
            tenant: parse("approval.tenant", &tenant)?,
            module: parse("approval.module", &module)?,
            version: parse("approval.version", &version)?,
            actor,
            reason,
            at: from_millis("approval.at", at)?,
        })
    })
    .collect()
}
