//! `audit` and `audit_head`. There is no statement here that changes or removes an entry.

use adx_registry_core::audit::{Act, AuditFilter, AuditHead, Entry, NewEntry, Subject};
use adx_registry_core::ports::StoreError;
use adx_signing::digest::Digest;
use sqlx::QueryBuilder;

use super::decode::{Columns, bigint, json, milliseconds};
use super::together::Together;
use super::{Connection, Db, Row, database};

/// Appends entries. The head's lock is held until the transaction ends.
pub(super) async fn append(connection: &mut Connection, told: Vec<NewEntry>) -> Result<(), StoreError> {
    if told.is_empty() {
        return Ok(());
    }
    let row = sqlx::query("UPDATE audit_head SET seq = seq + $1 WHERE id = 1 RETURNING seq, sha256")
        .bind(bigint(told.len() as u64)?)
        .fetch_one(&mut *connection)
        .await
        .map_err(database)?;
    let columns = Columns { table: "audit_head", row: &row };
    let last: u64 = columns.number("seq")?;
    let mut head = AuditHead { seq: last - told.len() as u64, sha256: columns.parse("sha256")? };
    let mut writes = Together::new();
    for told in told {
        let entry = Entry::chained(told, head.seq + 1, head.sha256);
        push_insert(writes.next(), &entry)?;
        head = AuditHead { seq: entry.seq, sha256: entry.sha256 };
    }
    writes.next().push("UPDATE audit_head SET sha256 = ").push_bind(head.sha256.to_string()).push(" WHERE id = 1");
    writes.run(connection).await
}

fn push_insert(query: &mut QueryBuilder<Db>, entry: &Entry) -> Result<(), StoreError> {
    let Entry { seq, told, previous, sha256 } = entry;
    query.push(
        "INSERT INTO audit (seq, at, who, network, request_id, act, publisher_id, namespace, module, version, subject_id,
                            detail, leaf, previous, sha256)
         VALUES (",
    );
    let mut values = query.separated(", ");
    values.push_bind(bigint(*seq)?);
    values.push_bind(milliseconds(told.at));
    values.push_bind(told.who.to_string());
    values.push_bind(told.network.clone());
    values.push_bind(told.request.clone());
    values.push_bind(told.act.as_str());
    values.push_bind(told.subject.publisher.map(|publisher| publisher.to_string()));
    values.push_bind(told.subject.namespace.as_ref().map(ToString::to_string));
    values.push_bind(told.subject.module.as_ref().map(ToString::to_string));
    values.push_bind(told.subject.version.as_ref().map(ToString::to_string));
    values.push_bind(told.subject.id.clone());
    values.push_bind(json(&told.detail)?);
    values.push_bind(told.leaf.map(bigint).transpose()?);
    values.push_bind(previous.to_string());
    values.push_bind(sha256.to_string());
    query.push(")");
    Ok(())
}

pub(super) async fn after(
    connection: &mut Connection,
    filter: &AuditFilter,
    after: u64,
    limit: u32,
) -> Result<Vec<Entry>, StoreError> {
    let rows = after_statement(filter, after, limit).build().fetch_all(connection).await.map_err(database)?;
    rows.iter().map(entry).collect()
}

/// A condition stands there if it is given only, so that there is an index for it. Beside a publisher, of whom little is told, no other
/// index is of use: one of what everybody does would lead through the whole log.
fn after_statement(filter: &AuditFilter, after: u64, limit: u32) -> QueryBuilder<Db> {
    let mut query = QueryBuilder::new(
        "SELECT seq, at, who, network, request_id, act, publisher_id, namespace, module, version, subject_id, detail, leaf,
                previous, sha256
         FROM audit WHERE seq > ",
    );
    // A number past what the column holds is one that no entry is after.
    query.push_bind(i64::try_from(after).unwrap_or(i64::MAX));
    if let Some(publisher) = filter.publisher {
        query.push(" AND publisher_id = ").push_bind(publisher.to_string());
    }
    let (open, close) = if filter.publisher.is_some() { ("COALESCE(", ", '')") } else { ("", "") };
    let act = filter.act.map(|act| act.as_str().to_owned());
    for (column, wanted) in [("act", act), ("who", filter.who.clone()), ("network", filter.network.clone())] {
        if let Some(wanted) = wanted.filter(|wanted| !wanted.is_empty()) {
            query.push(" AND ").push(open).push(column).push(close).push(" = ").push_bind(wanted);
        }
    }
    if let Some(since) = filter.since {
        query.push(" AND at >= ").push_bind(milliseconds(since));
    }
    query.push(" ORDER BY seq LIMIT ").push_bind(i64::from(limit));
    query
}

pub(super) async fn head(connection: &mut Connection) -> Result<AuditHead, StoreError> {
    let row =
        sqlx::query("SELECT seq, sha256 FROM audit_head WHERE id = 1").fetch_one(connection).await.map_err(database)?;
    let columns = Columns { table: "audit_head", row: &row };
    Ok(AuditHead { seq: columns.number("seq")?, sha256: columns.parse::<Digest>("sha256")? })
}

fn entry(row: &Row) -> Result<Entry, StoreError> {
    let columns = Columns { table: "audit", row };
    Ok(Entry {
        seq: columns.number("seq")?,
        told: NewEntry {
            at: columns.time("at")?,
            who: columns.parse("who")?,
            network: columns.optional_text("network")?,
            request: columns.optional_text("request_id")?,
            act: Act::stored(&columns.text("act")?),
            subject: Subject {
                id: columns.optional_text("subject_id")?,
                module: columns.optional("module")?,
                namespace: columns.optional("namespace")?,
                publisher: columns.optional("publisher_id")?,
                version: columns.optional("version")?,
            },
            detail: columns.json("detail")?,
            leaf: columns.optional_number("leaf")?,
        },
        previous: columns.parse("previous")?,
        sha256: columns.parse("sha256")?,
    })
}

#[cfg(test)]
mod tests {
    use sqlx::{AssertSqlSafe, Connection as _, Row as _, SqliteConnection};

    use super::super::migrations;
    use super::*;

    /// How SQLite goes about what is asked for, a line each step.
    async fn plan(database: &mut SqliteConnection, filter: &AuditFilter) -> Vec<String> {
        let statement = format!("EXPLAIN QUERY PLAN {}", after_statement(filter, 7, 9).into_string());
        let steps = sqlx::query(AssertSqlSafe(statement)).fetch_all(database).await.unwrap();
        steps.iter().map(|step| step.get("detail")).collect()
    }

    #[tokio::test]
    async fn what_is_asked_for_is_found_by_an_index_in_the_order_of_the_log() {
        let mut database = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        migrations::migrator().run(&mut database).await.unwrap();
        let all = AuditFilter::default;
        let publisher = Some("0".repeat(32).parse().unwrap());
        let who = || Some("anonymous".to_owned());
        for (filter, index) in [
            (all(), "sqlite_autoindex_audit_1 (seq>?)"),
            (AuditFilter { publisher, ..all() }, "audit_by_publisher (publisher_id=? AND seq>?)"),
            (
                AuditFilter { publisher, who: who(), network: who(), act: Some(Act::TokenCreate), ..all() },
                "audit_by_publisher (publisher_id=? AND seq>?)",
            ),
            (AuditFilter { act: Some(Act::TokenCreate), ..all() }, "audit_by_act (act=? AND seq>?)"),
            (AuditFilter { who: who(), ..all() }, "audit_by_who (who=? AND seq>?)"),
            (AuditFilter { network: who(), ..all() }, "audit_by_network (network=? AND seq>?)"),
        ] {
            let plan = plan(&mut database, &filter).await;
            assert!(plan.len() == 1 && plan[0].ends_with(index), "{filter:?}: {plan:?}");
        }
    }
}
