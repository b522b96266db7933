//! `proposals` and `proposal_approvals`.

use adx_registry_core::Id;
use adx_registry_core::members::Member;
use adx_registry_core::ports::StoreError;
use adx_registry_core::proposal::{Approval, Proposal};
use adx_registry_core::publisher::Publisher;
use time::OffsetDateTime;

use super::decode::{Columns, before_or_all, bigint, json, milliseconds};
use super::{Connection, Row, database};

pub(super) async fn by_id(connection: &mut Connection, id: Id<Proposal>) -> Result<Option<Proposal>, StoreError> {
    let row = sqlx::query(
        "SELECT id, publisher_id, action, state, opened_by, opened_at, expires_at, needed, effective_at, announced_leaf, leaf,
                failure, ended_at, cancelled_by
         FROM proposals WHERE id = $1",
    )
    .bind(id.to_string())
    .fetch_optional(&mut *connection)
    .await
    .map_err(database)?;
    let found = with_approvals(connection, row.as_slice()).await?;
    Ok(found.into_iter().next())
}

pub(super) async fn live_of(
    connection: &mut Connection,
    publisher: Id<Publisher>,
) -> Result<Vec<Proposal>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, publisher_id, action, state, opened_by, opened_at, expires_at, needed, effective_at, announced_leaf, leaf,
                failure, ended_at, cancelled_by
         FROM proposals WHERE publisher_id = $1 AND state IN ('open', 'announced') ORDER BY opened_at DESC, id DESC",
    )
    .bind(publisher.to_string())
    .fetch_all(&mut *connection)
    .await
    .map_err(database)?;
    with_approvals(connection, &rows).await
}

pub(super) async fn of_publisher(
    connection: &mut Connection,
    publisher: Id<Publisher>,
    before: Option<Id<Proposal>>,
    limit: u32,
) -> Result<Vec<Proposal>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, publisher_id, action, state, opened_by, opened_at, expires_at, needed, effective_at, announced_leaf, leaf,
                failure, ended_at, cancelled_by
         FROM proposals WHERE publisher_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
    )
    .bind(publisher.to_string())
    .bind(before_or_all(before))
    .bind(i64::from(limit))
    .fetch_all(&mut *connection)
    .await
    .map_err(database)?;
    with_approvals(connection, &rows).await
}

pub(super) async fn insert(connection: &mut Connection, proposal: &Proposal) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO proposals
             (id, publisher_id, action, state, opened_by, opened_at, expires_at, needed, effective_at, announced_leaf, leaf, failure,
              ended_at, cancelled_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(proposal.id.to_string())
    .bind(proposal.publisher.to_string())
    .bind(json(&proposal.action)?)
    .bind(proposal.state.as_str())
    .bind(proposal.opened_by.to_string())
    .bind(milliseconds(proposal.opened_at))
    .bind(milliseconds(proposal.expires_at))
    .bind(proposal.needed.map(i64::from))
    .bind(proposal.effective_at.map(milliseconds))
    .bind(proposal.announced_leaf.map(bigint).transpose()?)
    .bind(proposal.leaf.map(bigint).transpose()?)
    .bind(proposal.failure.as_deref())
    .bind(proposal.ended_at.map(milliseconds))
    .bind(proposal.cancelled_by.map(|owner| owner.to_string()))
    .execute(connection)
    .await
    .map(drop)
    .map_err(database)
}

pub(super) async fn update(connection: &mut Connection, proposal: &Proposal) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE proposals SET action = $2, state = $3, expires_at = $4, needed = $5, effective_at = $6, announced_leaf = $7,
                leaf = $8, failure = $9, ended_at = $10, cancelled_by = $11
         WHERE id = $1",
    )
    .bind(proposal.id.to_string())
    .bind(json(&proposal.action)?)
    .bind(proposal.state.as_str())
    .bind(milliseconds(proposal.expires_at))
    .bind(proposal.needed.map(i64::from))
    .bind(proposal.effective_at.map(milliseconds))
    .bind(proposal.announced_leaf.map(bigint).transpose()?)
    .bind(proposal.leaf.map(bigint).transpose()?)
    .bind(proposal.failure.as_deref())
    .bind(proposal.ended_at.map(milliseconds))
    .bind(proposal.cancelled_by.map(|owner| owner.to_string()))
    .execute(connection)
    .await
    .map(drop)
    .map_err(database)
}

pub(super) async fn approve(
    connection: &mut Connection,
    proposal: Id<Proposal>,
    owner: Id<Member>,
    at: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO proposal_approvals (proposal_id, owner_id, at) VALUES ($1, $2, $3)
         ON CONFLICT (proposal_id, owner_id) DO NOTHING",
    )
    .bind(proposal.to_string())
    .bind(owner.to_string())
    .bind(milliseconds(at))
    .execute(connection)
    .await
    .map(drop)
    .map_err(database)
}

async fn with_approvals(connection: &mut Connection, rows: &[Row]) -> Result<Vec<Proposal>, StoreError> {
    let mut proposals = Vec::with_capacity(rows.len());
    for row in rows {
        let mut proposal = proposal(row)?;
        let approvals =
            sqlx::query("SELECT owner_id, at FROM proposal_approvals WHERE proposal_id = $1 ORDER BY at, owner_id")
                .bind(proposal.id.to_string())
                .fetch_all(&mut *connection)
                .await
                .map_err(database)?;
        proposal.approvals = approvals.iter().map(approval).collect::<Result<_, _>>()?;
        proposals.push(proposal);
    }
    Ok(proposals)
}

fn approval(row: &Row) -> Result<Approval, StoreError> {
    let columns = Columns { table: "proposal_approvals", row };
    Ok(Approval { owner: columns.parse("owner_id")?, at: columns.time("at")? })
}

fn proposal(row: &Row) -> Result<Proposal, StoreError> {
    let columns = Columns { table: "proposals", row };
    Ok(Proposal {
        id: columns.parse("id")?,
        publisher: columns.parse("publisher_id")?,
        action: columns.json("action")?,
        state: columns.parse("state")?,
        opened_by: columns.parse("opened_by")?,
        opened_at: columns.time("opened_at")?,
        expires_at: columns.time("expires_at")?,
        approvals: Vec::new(),
        needed: columns.optional_number("needed")?,
        effective_at: columns.optional_time("effective_at")?,
        announced_leaf: columns.optional_number("announced_leaf")?,
        leaf: columns.optional_number("leaf")?,
        failure: columns.optional_text("failure")?,
        ended_at: columns.optional_time("ended_at")?,
        cancelled_by: columns.optional("cancelled_by")?,
    })
}
