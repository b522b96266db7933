//! `reports`.

use adx_registry_core::Id;
use adx_registry_core::ports::StoreError;
use adx_registry_core::release::Module;
use adx_registry_core::reports::{Category, Decided, Report, ReportState, ReportedAfter, ReportedModule, Reporter};
use adx_signing::name::ModuleId;
use sqlx::QueryBuilder;

use super::decode::{Columns, milliseconds};
use super::{Connection, Db, Row, database, violated};

const COLUMNS: &str =
    "SELECT p.id, m.namespace, m.name, p.version, p.category, p.said, p.account_id, p.address, p.state, p.sent_at,
                              p.decided_by, p.decided_at, p.reason
                       FROM reports p JOIN modules m ON m.id = p.module_id ";

pub(super) async fn by_id(connection: &mut Connection, id: Id<Report>) -> Result<Option<Report>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(COLUMNS);
    query.push("WHERE p.id = ").push_bind(id.to_string());
    let row = query.build().fetch_optional(connection).await.map_err(database)?;
    row.as_ref().map(report).transpose()
}

pub(super) async fn after(
    connection: &mut Connection,
    state: ReportState,
    module: Option<Id<Module>>,
    after: Option<Id<Report>>,
    limit: u32,
) -> Result<Vec<Report>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(COLUMNS);
    query.push("WHERE p.state = ").push_bind(state.as_str());
    if let Some(module) = module {
        query.push(" AND p.module_id = ").push_bind(module.to_string());
    }
    query.push(" AND p.id > ").push_bind(after.map_or_else(String::new, |id| id.to_string()));
    query.push(" ORDER BY p.id LIMIT ").push_bind(i64::from(limit));
    let rows = query.build().fetch_all(connection).await.map_err(database)?;
    rows.iter().map(report).collect()
}

pub(super) async fn modules(
    connection: &mut Connection,
    after: Option<ReportedAfter>,
    limit: u32,
) -> Result<Vec<ReportedModule>, StoreError> {
    let (open, module) = after.map_or((i64::MAX, String::new()), |after| (after.open.into(), after.module.to_string()));
    let rows = sqlx::query(
        "SELECT m.id, m.namespace, m.name, COUNT(*) AS waiting, COUNT(p.account_id) AS accounts,
                COUNT(CASE WHEN p.category = $1 THEN 1 END) AS malware, MIN(p.sent_at) AS first_at
         FROM reports p JOIN modules m ON m.id = p.module_id
         WHERE p.state = 'open' GROUP BY m.id, m.namespace, m.name
         HAVING COUNT(*) < $2 OR (COUNT(*) = $2 AND m.id > $3) ORDER BY waiting DESC, m.id LIMIT $4",
    )
    .bind(Category::Malware.as_str())
    .bind(open)
    .bind(module)
    .bind(i64::from(limit))
    .fetch_all(connection)
    .await
    .map_err(database)?;
    let module = |row: &Row| {
        let columns = Columns { table: "reports", row };
        Ok(ReportedModule {
            id: columns.parse("id")?,
            module: ModuleId::new(columns.parse("namespace")?, columns.parse("name")?),
            open: columns.number("waiting")?,
            accounts: columns.number("accounts")?,
            malware: columns.number("malware")?,
            first_at: columns.time("first_at")?,
        })
    };
    rows.iter().map(module).collect()
}

pub(super) async fn count_anonymous(
    connection: &mut Connection,
    module: Option<Id<Module>>,
) -> Result<u64, StoreError> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS waiting FROM reports
         WHERE state = 'open' AND account_id IS NULL AND (module_id = $1 OR $1 = '')",
    )
    .bind(module.map_or_else(String::new, |module| module.to_string()))
    .fetch_one(connection)
    .await
    .map_err(database)?;
    Columns { table: "reports", row: &row }.number("waiting")
}

pub(super) async fn insert(connection: &mut Connection, module: Id<Module>, report: &Report) -> Result<(), StoreError> {
    let (account, address) = match &report.reporter {
        Reporter::Account(account) => (Some(account.to_string()), None),
        Reporter::Anonymous(address) => (None, address.as_ref().map(|address| address.as_str().to_owned())),
    };
    sqlx::query(
        "INSERT INTO reports (id, module_id, version, category, said, account_id, address, state, sent_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(report.id.to_string())
    .bind(module.to_string())
    .bind(report.version.as_ref().map(ToString::to_string))
    .bind(report.category.as_str())
    .bind(&report.text)
    .bind(account)
    .bind(address)
    .bind(report.state.as_str())
    .bind(milliseconds(report.sent_at))
    .execute(connection)
    .await
    .map(drop)
    .map_err(violated)
}

/// An update that changes nothing takes the row's lock on both engines.
pub(super) async fn lock(connection: &mut Connection, id: Id<Report>) -> Result<Option<Report>, StoreError> {
    sqlx::query("UPDATE reports SET state = state WHERE id = $1")
        .bind(id.to_string())
        .execute(&mut *connection)
        .await
        .map_err(database)?;
    by_id(connection, id).await
}

pub(super) async fn update(connection: &mut Connection, report: &Report) -> Result<(), StoreError> {
    let address = match &report.reporter {
        Reporter::Account(_) => None,
        Reporter::Anonymous(address) => address.as_ref().map(|address| address.as_str().to_owned()),
    };
    let decided = report.decided.as_ref();
    sqlx::query(
        "UPDATE reports SET state = $2, address = $3, decided_by = $4, decided_at = $5, reason = $6 WHERE id = $1",
    )
    .bind(report.id.to_string())
    .bind(report.state.as_str())
    .bind(address)
    .bind(decided.map(|decided| decided.by.as_str()))
    .bind(decided.map(|decided| milliseconds(decided.at)))
    .bind(decided.map(|decided| decided.reason.as_str()))
    .execute(connection)
    .await
    .map(drop)
    .map_err(database)
}

fn report(row: &Row) -> Result<Report, StoreError> {
    let columns = Columns { table: "reports", row };
    let decided = match (columns.optional_text("decided_by")?, columns.optional_time("decided_at")?) {
        (Some(by), Some(at)) => Some(Decided { by, at, reason: columns.optional_text("reason")?.unwrap_or_default() }),
        _ => None,
    };
    let reporter = match columns.optional("account_id")? {
        Some(account) => Reporter::Account(account),
        None => Reporter::Anonymous(columns.optional("address")?),
    };
    Ok(Report {
        id: columns.parse("id")?,
        module: ModuleId::new(columns.parse("namespace")?, columns.parse("name")?),
        version: columns.optional("version")?,
        category: columns.parse("category")?,
        text: columns.text("said")?,
        reporter,
        state: columns.parse("state")?,
        sent_at: columns.time("sent_at")?,
        decided,
    })
}
