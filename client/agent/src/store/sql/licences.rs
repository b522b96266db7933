//! Licences, what was announced of them, who has a seat, and the latest time that was seen.

use super::{
    BEGIN, Db, Result,
    convert::{from_millis, known, parse, to_millis},
};
use crate::store::{Announcement, StoredLicence, record::licence_state};
use adx_signing::name::{ModuleId, TenantId};
use sqlx::Pool;
use std::collections::BTreeSet;
use time::OffsetDateTime;

type Row = (String, String, String, String, String, i64);

pub(super) async fn put(pool: &Pool<Db>, licence: &StoredLicence) -> Result<()> {
    sqlx::query(
        "insert into licence (tenant, module, id, token, actor, at) values ($1, $2, $3, $4, $5, $6) \
         on conflict (tenant, module, id) do update set token = excluded.token, actor = excluded.actor, at = excluded.at",
    )
    .bind(licence.tenant.to_string())
    .bind(licence.module.to_string())
    .bind(licence.id.to_string())
    .bind(&licence.token)
    .bind(&licence.actor)
    .bind(to_millis(licence.at))
    .execute(pool)
    .await?;
    Ok(())
}

pub(super) async fn all(pool: &Pool<Db>) -> Result<Vec<StoredLicence>> {
    sqlx::query_as::<_, Row>("select tenant, module, id, token, actor, at from licence order by tenant, module, id")
        .fetch_all(pool)
        .await?
        .into_iter()
        .map(|(tenant, module, id, token, actor, at)| {
            Ok(StoredLicence {
                tenant: parse("licence.tenant", &tenant)?,
                module: parse("licence.module", &module)?,
                id: parse("licence.id", &id)?,
                token,
                actor,
                at: from_millis("licence.at", at)?,
            })
        })
        .collect()
}

pub(super) async fn announce(pool: &Pool<Db>, announcements: &[Announcement]) -> Result<()> {
    let mut transaction = pool.begin_with(BEGIN).await?;
    for announcement in announcements {
        sqlx::query(
            "insert into licence_announcement (tenant, module, licence, state, due, announced_at) \
             values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
        )
        .bind(announcement.tenant.to_string())
        .bind(announcement.module.to_string())
        .bind(announcement.licence.map(|id| id.to_string()).unwrap_or_default())
        .bind(announcement.state.as_str())
        .bind(to_millis(announcement.due))
        .bind(to_millis(announcement.announced_at))
        .execute(&mut *transaction)
        .await?;
    }
    transaction.commit().await?;
    Ok(())
}

pub(super) async fn announcements(pool: &Pool<Db>) -> Result<Vec<Announcement>> {
    sqlx::query_as::<_, (String, String, String, String, i64, i64)>(
        "select tenant, module, licence, state, due, announced_at from licence_announcement order by due, state",
    )
    .fetch_all(pool)
    .await?
    .into_iter()
    .map(|(tenant, module, licence, state, due, announced_at)| {
        let id = Some(licence).filter(|licence| !licence.is_empty());
        Ok(Announcement {
            tenant: parse("licence_announcement.tenant", &tenant)?,
            module: parse("licence_announcement.module", &module)?,
            licence: id.map(|id| parse("licence_announcement.licence", &id)).transpose()?,
            state: known("licence_announcement.state", &state, licence_state)?,
            due: from_millis("licence_announcement.due", due)?,
            announced_at: from_millis("licence_announcement.announced_at", announced_at)?,
        })
    })
    .collect()
}

pub(super) async fn withdraw(
    pool: &Pool<Db>,
    tenant: &TenantId,
    module: &ModuleId,
    due_by: OffsetDateTime,
) -> Result<()> {
    sqlx::query("delete from licence_announcement where tenant = $1 and module = $2 and due <= $3")
        .bind(tenant.to_string())
        .bind(module.to_string())
        .bind(to_millis(due_by))
        .execute(pool)
        .await?;
    Ok(())
}

pub(super) async fn seats(pool: &Pool<Db>, tenant: &TenantId, module: &ModuleId) -> Result<BTreeSet<String>> {
    let rows: Vec<(String,)> =
        sqlx::query_as("select person from licence_seat where tenant = $1 and module = $2 order by person")
            .bind(tenant.to_string())
            .bind(module.to_string())
            .fetch_all(pool)
            .await?;
    Ok(rows.into_iter().map(|(person,)| person).collect())
}

pub(super) async fn set_seats(
    pool: &Pool<Db>,
    tenant: &TenantId,
    module: &ModuleId,
    people: &BTreeSet<String>,
) -> Result<()> {
    let mut transaction = pool.begin_with(BEGIN).await?;
    sqlx::query("delete from licence_seat where tenant = $1 and module = $2")
        .bind(tenant.to_string())
        .bind(module.to_string())
        .execute(&mut *transaction)
        .await?;
    for person in people {
        sqlx::query("insert into licence_seat (tenant, module, person) values ($1, $2, $3)")
            .bind(tenant.to_string())
            .bind(module.to_string())
            .bind(person)
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    Ok(())
}

pub(super) async fn seen_time(pool: &Pool<Db>) -> Result<Option<OffsetDateTime>> {
    let row: Option<(i64,)> = sqlx::query_as("select at from seen_time where id = 1").fetch_optional(pool).await?;
    row.map(|(at,)| from_millis("seen_time.at", at)).transpose()
}

/// An earlier time than the one that is there changes nothing.
pub(super) async fn see_time(pool: &Pool<Db>, at: OffsetDateTime) -> Result<()> {
    sqlx::query(
        "insert into seen_time (id, at) values (1, $1) on conflict (id) do update set at = excluded.at \
         where excluded.at > seen_time.at",
    )
    .bind(to_millis(at))
    .execute(pool)
    .await?;
    Ok(())
}
