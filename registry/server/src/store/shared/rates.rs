//! `rate_allowances`, and the factors in `publisher_quotas`.

use adx_registry_core::ports::StoreError;
use adx_registry_core::rates::{Action, Caller, RateAllowance};

use super::decode::{Columns, bigint, milliseconds};
use super::{Connection, Row, database};

/// In the place of an action: every one.
const ALL: &str = "all";

pub(super) async fn allowances(connection: &mut Connection) -> Result<Vec<RateAllowance>, StoreError> {
    let rows = sqlx::query(
        "SELECT caller_kind, caller, action, factor, reason, given_by, given_at FROM rate_allowances
         UNION ALL
         SELECT 'publisher', publisher_id, 'all', rate_factor, reason, given_by, given_at FROM publisher_quotas
         WHERE rate_factor IS NOT NULL
         ORDER BY given_at, caller_kind, caller, action",
    )
    .fetch_all(connection)
    .await
    .map_err(database)?;
    rows.iter().map(allowance).collect()
}

fn allowance(row: &Row) -> Result<RateAllowance, StoreError> {
    let columns = Columns { table: "rate_allowances", row };
    let (kind, caller) = (columns.text("caller_kind")?, columns.text("caller")?);
    Ok(RateAllowance {
        caller: Caller::read(&kind, &caller).map_err(|error| columns.corrupt("caller", error))?,
        action: if columns.text("action")? == ALL { None } else { Some(columns.parse("action")?) },
        factor: columns.number("factor")?,
        reason: columns.text("reason")?,
        by: columns.text("given_by")?,
        at: columns.time("given_at")?,
    })
}

pub(super) async fn set(connection: &mut Connection, allowance: &RateAllowance) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO rate_allowances (caller_kind, caller, action, factor, reason, given_by, given_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (caller_kind, caller, action) DO UPDATE
         SET factor = $4, reason = $5, given_by = $6, given_at = $7",
    )
    .bind(allowance.caller.kind())
    .bind(allowance.caller.id())
    .bind(allowance.action.map_or(ALL, Action::as_str))
    .bind(bigint(allowance.factor)?)
    .bind(allowance.reason.clone())
    .bind(allowance.by.clone())
    .bind(milliseconds(allowance.at))
    .execute(connection)
    .await
    .map(drop)
    .map_err(database)
}

/// Whether there was any.
pub(super) async fn remove(
    connection: &mut Connection,
    caller: Caller,
    action: Option<Action>,
) -> Result<bool, StoreError> {
    let removed = match action {
        None => sqlx::query("DELETE FROM rate_allowances WHERE caller_kind = $1 AND caller = $2"),
        Some(_) => sqlx::query("DELETE FROM rate_allowances WHERE caller_kind = $1 AND caller = $2 AND action = $3"),
    };
    let removed = removed.bind(caller.kind()).bind(caller.id());
    let removed = match action {
        None => removed,
        Some(action) => removed.bind(action.as_str()),
    };
    let removed = removed.execute(connection).await.map_err(database)?;
    Ok(removed.rows_affected() > 0)
}
