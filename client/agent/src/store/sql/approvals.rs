//! Who agreed that a release need not wait.

use super::{
    Db, Result,
    convert::{from_millis, parse, to_millis},
};
use crate::store::{Approval, Pin};
use adx_signing::name::{ModuleId, TenantId};
use sqlx::Pool;

type Row = (String, String, String, String, String, String, i64);

pub(super) async fn add(pool: &Pool<Db>, approval: &Approval) -> Result<()> {
    sqlx::query(
        "insert into approval (tenant, module, version, sha256, actor, reason, at) \
         values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing",
    )
    .bind(approval.tenant.to_string())
    .bind(approval.module.to_string())
    .bind(approval.package.version.to_string())
    .bind(approval.package.sha256.to_string())
    .bind(&approval.actor)
    .bind(&approval.reason)
    .bind(to_millis(approval.at))
    .execute(pool)
    .await?;
    Ok(())
}

pub(super) async fn of(pool: &Pool<Db>, tenant: &TenantId, module: &ModuleId, package: &Pin) -> Result<Vec<Approval>> {
    sqlx::query_as::<_, Row>(
        "select tenant, module, version, sha256, actor, reason, at from approval \
         where tenant = $1 and module = $2 and version = $3 and sha256 = $4 order by actor",
    )
    .bind(tenant.to_string())
    .bind(module.to_string())
    .bind(package.version.to_string())
    .bind(package.sha256.to_string())
    .fetch_all(pool)
    .await?
    .into_iter()
    .map(|(tenant, module, version, sha256, actor, reason, at)| {
        Ok(Approval {
            tenant: parse("approval.tenant", &tenant)?,
            module: parse("approval.module", &module)?,
            package: Pin { version: parse("approval.version", &version)?, sha256: parse("approval.sha256", &sha256)? },
            actor,
            reason,
            at: from_millis("approval.at", at)?,
        })
    })
    .collect()
}
