//! From columns to domain types and back.

use std::error::Error;
use std::str::FromStr;

use adx_registry_core::Id;
use adx_registry_core::ports::StoreError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::Row as _;
use thiserror::Error;
use time::OffsetDateTime;

use super::{Row, database};

/// A number that is out of the column's or the type's range.
#[derive(Debug, Error)]
#[error("{0} is out of range")]
pub(super) struct OutOfRange(i128);

/// What the identifiers of a page that lies before another's last are less than: it, or anything without one.
pub(super) fn before_or_all<T>(before: Option<Id<T>>) -> String {
    // After every identifier in the order of texts: those are hex digits.
    before.map_or_else(|| "g".to_owned(), |id| id.to_string())
}

/// A row of a table, with the table's name for error messages.
pub(super) struct Columns<'r> {
    pub(super) table: &'static str,
    pub(super) row: &'r Row,
}

impl Columns<'_> {
    pub(super) fn text(&self, column: &'static str) -> Result<String, StoreError> {
        self.row.try_get(column).map_err(database)
    }

    pub(super) fn optional_text(&self, column: &'static str) -> Result<Option<String>, StoreError> {
        self.row.try_get(column).map_err(database)
    }

    pub(super) fn flag(&self, column: &'static str) -> Result<bool, StoreError> {
        self.row.try_get(column).map_err(database)
    }

    pub(super) fn parse<T>(&self, column: &'static str) -> Result<T, StoreError>
    where
        T: FromStr,
        T::Err: Error + Send + Sync + 'static,
    {
        self.text(column)?.parse().map_err(|error| self.corrupt(column, error))
    }

    pub(super) fn optional<T>(&self, column: &'static str) -> Result<Option<T>, StoreError>
    where
        T: FromStr,
        T::Err: Error + Send + Sync + 'static,
    {
        let text = self.optional_text(column)?;
        text.map(|text| text.parse().map_err(|error| self.corrupt(column, error))).transpose()
    }

    pub(super) fn json<T: DeserializeOwned>(&self, column: &'static str) -> Result<T, StoreError> {
        serde_json::from_str(&self.text(column)?).map_err(|error| self.corrupt(column, error))
    }

    pub(super) fn optional_json<T: DeserializeOwned>(&self, column: &'static str) -> Result<Option<T>, StoreError> {
        let text = self.optional_text(column)?;
        text.map(|text| serde_json::from_str(&text).map_err(|error| self.corrupt(column, error))).transpose()
    }

    pub(super) fn number<T: TryFrom<i64>>(&self, column: &'static str) -> Result<T, StoreError> {
        let number: i64 = self.row.try_get(column).map_err(database)?;
        T::try_from(number).map_err(|_| self.corrupt(column, OutOfRange(number.into())))
    }

    pub(super) fn optional_number<T: TryFrom<i64>>(&self, column: &'static str) -> Result<Option<T>, StoreError> {
        let number: Option<i64> = self.row.try_get(column).map_err(database)?;
        let convert = |number: i64| T::try_from(number).map_err(|_| self.corrupt(column, OutOfRange(number.into())));
        number.map(convert).transpose()
    }

    pub(super) fn time(&self, column: &'static str) -> Result<OffsetDateTime, StoreError> {
        let milliseconds: i64 = self.row.try_get(column).map_err(database)?;
        self.time_of(column, milliseconds)
    }

    pub(super) fn optional_time(&self, column: &'static str) -> Result<Option<OffsetDateTime>, StoreError> {
        let milliseconds: Option<i64> = self.row.try_get(column).map_err(database)?;
        milliseconds.map(|milliseconds| self.time_of(column, milliseconds)).transpose()
    }

    pub(super) fn corrupt<E>(&self, column: &'static str, error: E) -> StoreError
    where
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        StoreError::Corrupt { table: self.table, column, source: error.into() }
    }

    pub(super) fn time_of(&self, column: &'static str, milliseconds: i64) -> Result<OffsetDateTime, StoreError> {
        let nanoseconds = i128::from(milliseconds) * 1_000_000;
        OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).map_err(|error| self.corrupt(column, error))
    }
}

/// Unix milliseconds, as every time is stored.
pub(super) fn milliseconds(time: OffsetDateTime) -> i64 {
    // The range of `OffsetDateTime` ends in the year 9999: its milliseconds fit many times over.
    i64::try_from(time.unix_timestamp_nanos().div_euclid(1_000_000)).unwrap_or(i64::MAX)
}

/// A number as a BIGINT.
pub(super) fn bigint(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|_| StoreError::Database(Box::new(OutOfRange(number.into()))))
}

/// JSON text, as lists are stored.
pub(super) fn json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Database(Box::new(error)))
}
