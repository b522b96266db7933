//! `appeals` of publishers and `account_appeals` of people, which are one list.

use adx_registry_core::Id;
use adx_registry_core::account::Account;
use adx_registry_core::appeals::{Answer, Appeal, AppealState, AppealSubject, Appellant};
use adx_registry_core::ports::StoreError;
use adx_registry_core::publisher::Publisher;
use sqlx::QueryBuilder;

use super::decode::{Columns, milliseconds};
use super::{Connection, Db, Row, database, violated};

const COLUMNS: &str =
    "SELECT id, publisher_id, account_id, kind, subject, said, state, opened_by, opened_at, decided_by, decided_at, reason
     FROM (SELECT id, publisher_id, NULL AS account_id, kind, subject, said, state, opened_by, opened_at, decided_by, decided_at,
                  reason
           FROM appeals
           UNION ALL
           SELECT id, NULL, account_id, 'name', subject, said, state, 'account:' || account_id, opened_at, decided_by, decided_at,
                  reason
           FROM account_appeals) every_appeal ";

pub(super) async fn by_id(connection: &mut Connection, id: Id<Appeal>) -> Result<Option<Appeal>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(COLUMNS);
    query.push("WHERE id = ").push_bind(id.to_string());
    let row = query.build().fetch_optional(connection).await.map_err(database)?;
    row.as_ref().map(appeal).transpose()
}

pub(super) async fn after(
    connection: &mut Connection,
    state: AppealState,
    after: Option<Id<Appeal>>,
    limit: u32,
) -> Result<Vec<Appeal>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(COLUMNS);
    query.push("WHERE state = ").push_bind(state.as_str());
    query.push(" AND id > ").push_bind(after.map_or_else(String::new, |id| id.to_string()));
    query.push(" ORDER BY id LIMIT ").push_bind(i64::from(limit));
    let rows = query.build().fetch_all(connection).await.map_err(database)?;
    rows.iter().map(appeal).collect()
}

pub(super) async fn of_publisher(
    connection: &mut Connection,
    publisher: Id<Publisher>,
    limit: u32,
) -> Result<Vec<Appeal>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(COLUMNS);
    query.push("WHERE publisher_id = ").push_bind(publisher.to_string());
    query.push(" ORDER BY id DESC LIMIT ").push_bind(i64::from(limit));
    let rows = query.build().fetch_all(connection).await.map_err(database)?;
    rows.iter().map(appeal).collect()
}

pub(super) async fn of_account(
    connection: &mut Connection,
    account: Id<Account>,
    limit: u32,
) -> Result<Vec<Appeal>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(COLUMNS);
    query.push("WHERE account_id = ").push_bind(account.to_string());
    query.push(" ORDER BY id DESC LIMIT ").push_bind(i64::from(limit));
    let rows = query.build().fetch_all(connection).await.map_err(database)?;
    rows.iter().map(appeal).collect()
}

pub(super) async fn about(connection: &mut Connection, subject: &AppealSubject) -> Result<Vec<Appeal>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(COLUMNS);
    query.push("WHERE kind = ").push_bind(subject.kind());
    query.push(" AND subject = ").push_bind(subject.key()).push(" ORDER BY id");
    let rows = query.build().fetch_all(connection).await.map_err(database)?;
    rows.iter().map(appeal).collect()
}

pub(super) async fn insert(connection: &mut Connection, appeal: &Appeal) -> Result<(), StoreError> {
    let publisher = match appeal.appellant {
        Appellant::Publisher(publisher) => publisher,
        Appellant::Account(account) => return insert_of_account(connection, appeal, account).await,
    };
    sqlx::query(
        "INSERT INTO appeals (id, publisher_id, kind, subject, said, state, opened_by, opened_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(appeal.id.to_string())
    .bind(publisher.to_string())
    .bind(appeal.subject.kind())
    .bind(appeal.subject.key())
    .bind(&appeal.text)
    .bind(appeal.state.as_str())
    .bind(&appeal.opened_by)
    .bind(milliseconds(appeal.opened_at))
    .execute(connection)
    .await
    .map(drop)
    .map_err(violated)
}

async fn insert_of_account(
    connection: &mut Connection,
    appeal: &Appeal,
    account: Id<Account>,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO account_appeals (id, account_id, subject, said, state, opened_at) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(appeal.id.to_string())
    .bind(account.to_string())
    .bind(appeal.subject.key())
    .bind(&appeal.text)
    .bind(appeal.state.as_str())
    .bind(milliseconds(appeal.opened_at))
    .execute(connection)
    .await
    .map(drop)
    .map_err(violated)
}

/// An update that changes nothing takes the row's lock on both engines.
pub(super) async fn lock(connection: &mut Connection, id: Id<Appeal>) -> Result<Option<Appeal>, StoreError> {
    for table in
        ["UPDATE appeals SET state = state WHERE id = $1", "UPDATE account_appeals SET state = state WHERE id = $1"]
    {
        sqlx::query(table).bind(id.to_string()).execute(&mut *connection).await.map_err(database)?;
    }
    by_id(connection, id).await
}

pub(super) async fn update(connection: &mut Connection, appeal: &Appeal) -> Result<(), StoreError> {
    let decided = appeal.decided.as_ref();
    let query = match appeal.appellant {
        Appellant::Publisher(_) => {
            "UPDATE appeals SET state = $2, decided_by = $3, decided_at = $4, reason = $5 WHERE id = $1"
        }
        Appellant::Account(_) => {
            "UPDATE account_appeals SET state = $2, decided_by = $3, decided_at = $4, reason = $5 WHERE id = $1"
        }
    };
    sqlx::query(query)
        .bind(appeal.id.to_string())
        .bind(appeal.state.as_str())
        .bind(decided.map(|decided| decided.by.as_str()))
        .bind(decided.map(|decided| milliseconds(decided.at)))
        .bind(decided.map(|decided| decided.reason.as_str()))
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

fn appeal(row: &Row) -> Result<Appeal, StoreError> {
    let columns = Columns { table: "appeals", row };
    let decided = match (columns.optional_text("decided_by")?, columns.optional_time("decided_at")?) {
        (Some(by), Some(at)) => Some(Answer { by, at, reason: columns.optional_text("reason")?.unwrap_or_default() }),
        _ => None,
    };
    let subject = AppealSubject::parse(&columns.text("kind")?, &columns.text("subject")?);
    Ok(Appeal {
        id: columns.parse("id")?,
        appellant: match columns.optional("account_id")? {
            Some(account) => Appellant::Account(account),
            None => Appellant::Publisher(columns.parse("publisher_id")?),
        },
        subject: subject.map_err(|error| columns.corrupt("subject", error))?,
        text: columns.text("said")?,
        state: columns.parse("state")?,
        opened_by: columns.text("opened_by")?,
        opened_at: columns.time("opened_at")?,
        decided,
    })
}
