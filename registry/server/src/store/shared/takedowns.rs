//! `takedowns`, and what releases and modules say of theirs.

use adx_registry_core::Id;
use adx_registry_core::ports::{StoreError, TakedownSubject};
use adx_registry_core::release::Release;
use adx_registry_core::takedown::{Lifted, Takedown};
use adx_signing::digest::Digest;
use adx_signing::name::ModuleId;
use sqlx::QueryBuilder;

use super::decode::{Columns, milliseconds};
use super::{Connection, Db, Row, database};

const COLUMNS: &str = "SELECT t.id, m.namespace, m.name, r.version, t.reason, t.reference, t.erased, t.taken_by, t.taken_at,
                              t.lifted_by, t.lifted_at
                       FROM takedowns t JOIN modules m ON m.id = t.module_id LEFT JOIN releases r ON r.id = t.release_id ";

pub(super) async fn standing(
    connection: &mut Connection,
    subject: TakedownSubject,
) -> Result<Option<Takedown>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(COLUMNS);
    query.push("WHERE t.lifted_at IS NULL AND t.module_id = ").push_bind(subject.module.to_string());
    match subject.release {
        Some(release) => query.push(" AND t.release_id = ").push_bind(release.to_string()),
        None => query.push(" AND t.release_id IS NULL"),
    };
    let row = query.build().fetch_optional(connection).await.map_err(database)?;
    row.as_ref().map(takedown).transpose()
}

pub(super) async fn after(
    connection: &mut Connection,
    after: Option<Id<Takedown>>,
    limit: u32,
) -> Result<Vec<Takedown>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(COLUMNS);
    query.push("WHERE t.id > ").push_bind(after.map_or_else(String::new, |id| id.to_string()));
    query.push(" ORDER BY t.id LIMIT ").push_bind(i64::from(limit));
    let rows = query.build().fetch_all(connection).await.map_err(database)?;
    rows.iter().map(takedown).collect()
}

pub(super) async fn packages(connection: &mut Connection) -> Result<Vec<Digest>, StoreError> {
    let rows = sqlx::query(
        "SELECT DISTINCT r.sha256 FROM takedowns t
         JOIN releases r ON r.module_id = t.module_id AND (t.release_id IS NULL OR t.release_id = r.id)
         WHERE t.lifted_at IS NULL",
    )
    .fetch_all(connection)
    .await
    .map_err(database)?;
    rows.iter().map(|row| Columns { table: "releases", row }.parse("sha256")).collect()
}

pub(super) async fn put(
    connection: &mut Connection,
    subject: TakedownSubject,
    takedown: &Takedown,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO takedowns (id, module_id, release_id, reason, reference, erased, taken_by, taken_at, lifted_by, lifted_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (id) DO UPDATE SET reason = excluded.reason, reference = excluded.reference, erased = excluded.erased,
                                        taken_by = excluded.taken_by, lifted_by = excluded.lifted_by,
                                        lifted_at = excluded.lifted_at",
    )
    .bind(takedown.id.to_string())
    .bind(subject.module.to_string())
    .bind(subject.release.map(|release| release.to_string()))
    .bind(&takedown.reason)
    .bind(&takedown.reference)
    .bind(takedown.erased)
    .bind(&takedown.taken_by)
    .bind(milliseconds(takedown.taken_at))
    .bind(takedown.lifted.as_ref().map(|lifted| lifted.by.as_str()))
    .bind(takedown.lifted.as_ref().map(|lifted| milliseconds(lifted.at)))
    .execute(&mut *connection)
    .await
    .map_err(database)?;
    let stands = takedown.lifted.is_none().then_some(takedown.reason.as_str());
    let note = match subject.release {
        Some(release) => {
            sqlx::query("UPDATE releases SET taken_down_for = $2 WHERE id = $1").bind(release.to_string()).bind(stands)
        }
        None => sqlx::query("UPDATE modules SET taken_down_for = $2 WHERE id = $1")
            .bind(subject.module.to_string())
            .bind(stands),
    };
    note.execute(connection).await.map(drop).map_err(database)
}

pub(super) async fn erase(connection: &mut Connection, release: Id<Release>) -> Result<(), StoreError> {
    sqlx::query("UPDATE releases SET erased = TRUE, manifest = '', readme = NULL, changelog = NULL WHERE id = $1")
        .bind(release.to_string())
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

fn takedown(row: &Row) -> Result<Takedown, StoreError> {
    let columns = Columns { table: "takedowns", row };
    let lifted = match (columns.optional_text("lifted_by")?, columns.optional_time("lifted_at")?) {
        (Some(by), Some(at)) => Some(Lifted { by, at }),
        _ => None,
    };
    Ok(Takedown {
        id: columns.parse("id")?,
        module: ModuleId::new(columns.parse("namespace")?, columns.parse("name")?),
        version: columns.optional("version")?,
        reason: columns.text("reason")?,
        reference: columns.text("reference")?,
        erased: columns.flag("erased")?,
        taken_by: columns.text("taken_by")?,
        taken_at: columns.time("taken_at")?,
        lifted,
    })
}
