//! `transfers`: offers of publishers.

use adx_registry_core::Id;
use adx_registry_core::ports::{Address, StoreError, TransferReader, TransferWriter};
use adx_registry_core::publisher::Publisher;
use adx_registry_core::transfers::{Transfer, TransferState};
use adx_signing::digest::Digest;
use async_trait::async_trait;
use time::OffsetDateTime;

use super::decode::{Columns, milliseconds};
use super::session::SqlSession;
use super::{Row, Session, Writing, database};

#[async_trait]
impl<S: Session> TransferReader for SqlSession<S> {
    async fn transfer(&mut self, id: Id<Transfer>) -> Result<Option<Transfer>, StoreError> {
        let row = sqlx::query(
            "SELECT id, publisher_id, state, name, address, offered_at, expires_at, ended_at FROM transfers WHERE id = $1",
        )
        .bind(id.to_string())
        .fetch_optional(self.0.connection())
        .await
        .map_err(database)?;
        row.as_ref().map(transfer).transpose()
    }

    async fn offered_transfer(&mut self, publisher: Id<Publisher>) -> Result<Option<Transfer>, StoreError> {
        let row = sqlx::query(
            "SELECT id, publisher_id, state, name, address, offered_at, expires_at, ended_at
             FROM transfers WHERE publisher_id = $1 AND state = 'offered'",
        )
        .bind(publisher.to_string())
        .fetch_optional(self.0.connection())
        .await
        .map_err(database)?;
        row.as_ref().map(transfer).transpose()
    }

    async fn transfer_by_code(&mut self, code: &Digest) -> Result<Option<Transfer>, StoreError> {
        let row = sqlx::query(
            "SELECT id, publisher_id, state, name, address, offered_at, expires_at, ended_at
             FROM transfers WHERE code_hash = $1",
        )
        .bind(code.to_string())
        .fetch_optional(self.0.connection())
        .await
        .map_err(database)?;
        row.as_ref().map(transfer).transpose()
    }
}

#[async_trait]
impl TransferWriter for SqlSession<Writing> {
    async fn insert_transfer(&mut self, transfer: &Transfer) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO transfers (id, publisher_id, state, name, address, offered_at, expires_at, ended_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(transfer.id.to_string())
        .bind(transfer.publisher.to_string())
        .bind(transfer.state.as_str())
        .bind(transfer.name.as_ref().map(ToString::to_string))
        .bind(transfer.email.as_ref().map(Address::as_str))
        .bind(milliseconds(transfer.offered_at))
        .bind(milliseconds(transfer.expires_at))
        .bind(transfer.ended_at.map(milliseconds))
        .execute(self.0.connection())
        .await
        .map(drop)
        .map_err(database)
    }

    async fn update_transfer(&mut self, transfer: &Transfer) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE transfers SET state = $2, name = $3, address = $4, ended_at = $5,
                 code_hash = CASE WHEN $6 THEN code_hash ELSE NULL END
             WHERE id = $1",
        )
        .bind(transfer.id.to_string())
        .bind(transfer.state.as_str())
        .bind(transfer.name.as_ref().map(ToString::to_string))
        .bind(transfer.email.as_ref().map(Address::as_str))
        .bind(transfer.ended_at.map(milliseconds))
        .bind(transfer.state == TransferState::Offered)
        .execute(self.0.connection())
        .await
        .map(drop)
        .map_err(database)
    }

    async fn set_transfer_code(&mut self, transfer: Id<Transfer>, code: Digest) -> Result<(), StoreError> {
        sqlx::query("UPDATE transfers SET code_hash = $2 WHERE id = $1")
            .bind(transfer.to_string())
            .bind(code.to_string())
            .execute(self.0.connection())
            .await
            .map(drop)
            .map_err(database)
    }

    async fn end_expired_transfers(&mut self, now: OffsetDateTime) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE transfers SET state = $2, name = NULL, address = NULL, code_hash = NULL, ended_at = $1
             WHERE state = $3 AND expires_at <= $1",
        )
        .bind(milliseconds(now))
        .bind(TransferState::Withdrawn.as_str())
        .bind(TransferState::Offered.as_str())
        .execute(self.0.connection())
        .await
        .map(drop)
        .map_err(database)
    }

    async fn clear_owner_threshold(&mut self, publisher: Id<Publisher>) -> Result<(), StoreError> {
        sqlx::query("UPDATE publishers SET owner_threshold = NULL WHERE id = $1")
            .bind(publisher.to_string())
            .execute(self.0.connection())
            .await
            .map(drop)
            .map_err(database)
    }
}

fn transfer(row: &Row) -> Result<Transfer, StoreError> {
    let columns = Columns { table: "transfers", row };
    Ok(Transfer {
        id: columns.parse("id")?,
        publisher: columns.parse("publisher_id")?,
        state: columns.parse("state")?,
        name: columns.optional("name")?,
        email: columns.optional("address")?,
        offered_at: columns.time("offered_at")?,
        expires_at: columns.time("expires_at")?,
        ended_at: columns.optional_time("ended_at")?,
    })
}
