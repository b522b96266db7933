//! `publisher_domains`.

use adx_registry_core::Id;
use adx_registry_core::domains::DomainClaim;
use adx_registry_core::ports::{DomainReader, DomainWriter, StoreError};
use adx_registry_core::publisher::Publisher;
use async_trait::async_trait;
use time::OffsetDateTime;

use super::decode::{Columns, milliseconds};
use super::session::SqlSession;
use super::{Row, Session, Writing, database};

#[async_trait]
impl<S: Session> DomainReader for SqlSession<S> {
    async fn domain_of(&mut self, publisher: Id<Publisher>) -> Result<Option<DomainClaim>, StoreError> {
        let row = sqlx::query(
            "SELECT publisher_id, domain, token, asked_at, verified_at, looked_at, seen_at, missing_since
             FROM publisher_domains WHERE publisher_id = $1",
        )
        .bind(publisher.to_string())
        .fetch_optional(self.0.connection())
        .await
        .map_err(database)?;
        row.as_ref().map(claim).transpose()
    }

    async fn domains_to_look_at(&mut self, before: OffsetDateTime, limit: u32) -> Result<Vec<DomainClaim>, StoreError> {
        let rows = sqlx::query(
            "SELECT publisher_id, domain, token, asked_at, verified_at, looked_at, seen_at, missing_since
             FROM publisher_domains WHERE verified_at IS NOT NULL AND looked_at <= $1
             ORDER BY looked_at, publisher_id LIMIT $2",
        )
        .bind(milliseconds(before))
        .bind(i64::from(limit))
        .fetch_all(self.0.connection())
        .await
        .map_err(database)?;
        rows.iter().map(claim).collect()
    }
}

#[async_trait]
impl DomainWriter for SqlSession<Writing> {
    async fn put_domain(&mut self, claim: &DomainClaim) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO publisher_domains
                 (publisher_id, domain, token, asked_at, verified_at, looked_at, seen_at, missing_since)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (publisher_id) DO UPDATE SET domain = excluded.domain, token = excluded.token,
                 asked_at = excluded.asked_at, verified_at = excluded.verified_at, looked_at = excluded.looked_at, seen_at = excluded.seen_at,
                 missing_since = excluded.missing_since",
        )
        .bind(claim.publisher.to_string())
        .bind(claim.domain.as_str())
        .bind(&claim.token)
        .bind(milliseconds(claim.asked_at))
        .bind(claim.verified_at.map(milliseconds))
        .bind(claim.looked_at.map(milliseconds))
        .bind(claim.seen_at.map(milliseconds))
        .bind(claim.missing_since.map(milliseconds))
        .execute(self.0.connection())
        .await
        .map(drop)
        .map_err(database)
    }

    async fn remove_domain(&mut self, publisher: Id<Publisher>) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM publisher_domains WHERE publisher_id = $1")
            .bind(publisher.to_string())
            .execute(self.0.connection())
            .await
            .map(drop)
            .map_err(database)
    }
}

fn claim(row: &Row) -> Result<DomainClaim, StoreError> {
    let columns = Columns { table: "publisher_domains", row };
    Ok(DomainClaim {
        publisher: columns.parse("publisher_id")?,
        domain: columns.parse("domain")?,
        token: columns.text("token")?,
        asked_at: columns.time("asked_at")?,
        verified_at: columns.optional_time("verified_at")?,
        looked_at: columns.optional_time("looked_at")?,
        seen_at: columns.optional_time("seen_at")?,
        missing_since: columns.optional_time("missing_since")?,
    })
}
