//! Columns to types and back.

use super::Result;
use crate::store::{Pin, StoreError};
use serde::{Serialize, de::DeserializeOwned};
use std::str::FromStr;
use time::OffsetDateTime;

pub(super) fn to_millis(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

pub(super) fn from_millis(column: &'static str, millis: i64) -> Result<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000)
        .map_err(|_| corrupt(column, &millis.to_string()))
}

pub(super) fn parse<T: FromStr>(column: &'static str, text: &str) -> Result<T> {
    text.parse().map_err(|_| corrupt(column, text))
}

pub(super) fn known<T>(column: &'static str, text: &str, parse: fn(&str) -> Option<T>) -> Result<T> {
    parse(text).ok_or_else(|| corrupt(column, text))
}

pub(super) fn from_json<T: DeserializeOwned>(column: &'static str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|_| corrupt(column, text))
}

pub(super) fn from_json_option<T: DeserializeOwned>(column: &'static str, text: Option<&str>) -> Result<Option<T>> {
    text.map(|text| from_json(column, text)).transpose()
}

pub(super) fn to_json<T: Serialize>(column: &'static str, value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| corrupt(column, &error.to_string()))
}

pub(super) fn to_json_option<T: Serialize>(column: &'static str, value: Option<&T>) -> Result<Option<String>> {
    value.map(|value| to_json(column, value)).transpose()
}

pub(super) fn pin(column: &'static str, version: Option<&str>, sha256: Option<&str>) -> Result<Option<Pin>> {
    match (version, sha256) {
        (Some(version), Some(sha256)) => {
            Ok(Some(Pin { version: parse(column, version)?, sha256: parse(column, sha256)? }))
        }
        _ => Ok(None),
    }
}

fn corrupt(column: &'static str, value: &str) -> StoreError {
    StoreError::Corrupt { column, value: value.to_owned() }
}
