//! `advisories`.

use adx_index::advisory::AdvisoryId;
use adx_registry_core::Id;
use adx_registry_core::advisories::Advisory;
use adx_registry_core::ports::{AdvisoryCounts, FiledAdvisory, StoreError};
use adx_registry_core::release::Module;

use super::decode::{Columns, bigint, milliseconds};
use super::{Connection, Row, database};

pub(super) async fn last(connection: &mut Connection, id: &AdvisoryId) -> Result<Option<Advisory>, StoreError> {
    let row = sqlx::query("SELECT document FROM advisories WHERE id = $1 ORDER BY revision DESC LIMIT 1")
        .bind(id.to_string())
        .fetch_optional(connection)
        .await
        .map_err(database)?;
    row.as_ref().map(advisory).transpose()
}

pub(super) async fn after(
    connection: &mut Connection,
    module: Option<Id<Module>>,
    after: Option<&AdvisoryId>,
    limit: u32,
) -> Result<Vec<Advisory>, StoreError> {
    let (year, number) = after.map_or((0, 0), |id| (i64::from(id.year()), i64::from(id.number())));
    let rows = sqlx::query(
        "SELECT a.document FROM advisories a
         WHERE (a.module_id = $1 OR $1 = '') AND (a.year > $2 OR (a.year = $2 AND a.number > $3))
           AND a.revision = (SELECT MAX(b.revision) FROM advisories b WHERE b.id = a.id)
         ORDER BY a.year, a.number LIMIT $4",
    )
    .bind(module.map_or_else(String::new, |module| module.to_string()))
    .bind(year)
    .bind(number)
    .bind(i64::from(limit))
    .fetch_all(connection)
    .await
    .map_err(database)?;
    rows.iter().map(advisory).collect()
}

pub(super) async fn logged(
    connection: &mut Connection,
    below: u64,
    limit: u32,
) -> Result<Vec<FiledAdvisory>, StoreError> {
    let rows = sqlx::query(
        "SELECT a.document, a.leaf FROM advisories a
         WHERE a.revision = (SELECT MAX(b.revision) FROM advisories b WHERE b.id = a.id AND b.leaf < $1)
         ORDER BY a.withdrawn, a.leaf DESC LIMIT $2",
    )
    .bind(bigint(below)?)
    .bind(i64::from(limit))
    .fetch_all(connection)
    .await
    .map_err(database)?;
    let filed = |row: &Row| {
        let columns = Columns { table: "advisories", row };
        let (document, leaf) = (columns.text("document")?, columns.number("leaf")?);
        Ok(FiledAdvisory { advisory: advisory(row)?, document, leaf })
    };
    let mut filed = rows.iter().map(filed).collect::<Result<Vec<_>, StoreError>>()?;
    filed.sort_unstable_by_key(|filed| filed.advisory.id);
    Ok(filed)
}

pub(super) async fn last_number(connection: &mut Connection, year: u16) -> Result<u32, StoreError> {
    let row = sqlx::query("SELECT MAX(number) AS last FROM advisories WHERE year = $1")
        .bind(i64::from(year))
        .fetch_one(connection)
        .await
        .map_err(database)?;
    Ok(Columns { table: "advisories", row: &row }.optional_number("last")?.unwrap_or(0))
}

pub(super) async fn counts(connection: &mut Connection, module: &Module) -> Result<AdvisoryCounts, StoreError> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS of_registry, COUNT(CASE WHEN m.publisher_id = $1 THEN 1 END) AS of_publisher,
                COUNT(CASE WHEN m.id = $2 THEN 1 END) AS of_module
         FROM advisories a JOIN modules m ON m.id = a.module_id
         WHERE a.revision = 1 AND NOT EXISTS (SELECT 1 FROM advisories w WHERE w.id = a.id AND w.withdrawn)",
    )
    .bind(module.publisher.to_string())
    .bind(module.id.to_string())
    .fetch_one(connection)
    .await
    .map_err(database)?;
    let columns = Columns { table: "advisories", row: &row };
    Ok(AdvisoryCounts {
        of_module: columns.number("of_module")?,
        of_publisher: columns.number("of_publisher")?,
        of_registry: columns.number("of_registry")?,
    })
}

pub(super) async fn insert(
    connection: &mut Connection,
    module: Id<Module>,
    filed: &FiledAdvisory,
    filed_by: &str,
) -> Result<(), StoreError> {
    let FiledAdvisory { advisory, document, leaf } = filed;
    sqlx::query(
        "INSERT INTO advisories (id, revision, year, number, module_id, document, filed_by, leaf, at, withdrawn)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(advisory.id.to_string())
    .bind(bigint(advisory.revision)?)
    .bind(i64::from(advisory.id.year()))
    .bind(i64::from(advisory.id.number()))
    .bind(module.to_string())
    .bind(document)
    .bind(filed_by)
    .bind(bigint(*leaf)?)
    .bind(milliseconds(advisory.modified.into()))
    .bind(advisory.withdrawn.is_some())
    .execute(connection)
    .await
    .map(drop)
    .map_err(database)
}

/// The document is the advisory: what is served is what is kept.
fn advisory(row: &Row) -> Result<Advisory, StoreError> {
    let columns = Columns { table: "advisories", row };
    Advisory::parse(&columns.text("document")?).map_err(|error| columns.corrupt("document", error))
}
