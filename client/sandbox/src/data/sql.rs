//! Running a module's statements.

use rusqlite::fallible_iterator::FallibleIterator as _;
use rusqlite::types::ValueRef;
use rusqlite::{Batch, ErrorCode, ToSql, types::ToSqlOutput};

use super::DataConnection;
use super::connection::MAX_SQL_BYTES;
use crate::bindings::adx::module::sql::{DatabaseError, Outcome, SqlError, Statement, Value};
use crate::limits::{MAX_RESULT_BYTES, MAX_ROWS, MAX_STATEMENT_TIME, MAX_STATEMENTS};

impl From<rusqlite::Error> for SqlError {
    fn from(error: rusqlite::Error) -> Self {
        let said = said(&error);
        let Some(code) = error.sqlite_error_code() else {
            return Self::Invalid(said);
        };
        match code {
            ErrorCode::ConstraintViolation => Self::Constraint(said),
            ErrorCode::DiskFull => Self::QuotaExceeded("the storage of this module is full".to_owned()),
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
                Self::Busy("another call is writing; try again".to_owned())
            }
            ErrorCode::TooBig => Self::Limited("a string, value or statement is too long".to_owned()),
            ErrorCode::OperationInterrupted => Self::Limited(format!(
                "a statement may take {MAX_STATEMENT_TIME:?}, and what is left of the call's time"
            )),
            ErrorCode::ReadOnly => Self::Refused("what this statement would change: calls may only read".to_owned()),
            ErrorCode::AuthorizationForStatementDenied => Self::Refused("this statement".to_owned()),
            ErrorCode::Unknown | ErrorCode::ParameterOutOfRange | ErrorCode::TypeMismatch => Self::Invalid(said),
            _ => Self::Database(said),
        }
    }
}

fn said(error: &rusqlite::Error) -> DatabaseError {
    let code = match error {
        rusqlite::Error::SqliteFailure(failure, _) => failure.extended_code,
        rusqlite::Error::SqlInputError { error, .. } => error.extended_code,
        _ => rusqlite::ffi::SQLITE_MISUSE,
    };
    let message = match error {
        rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
        // Without the statement's text, which the module has anyway.
        rusqlite::Error::SqlInputError { msg, offset, .. } => format!("{msg} (at byte {offset})"),
        other => other.to_string(),
    };
    DatabaseError { code, message }
}

/// Says a refusal in the authorizer's words.
fn in_words(connection: &DataConnection, error: SqlError) -> SqlError {
    connection.take_ran_out();
    match (connection.take_refusal(), error) {
        (Some(reason), SqlError::Refused(_) | SqlError::Invalid(_) | SqlError::Database(_)) => {
            SqlError::Refused(reason)
        }
        (_, error) => error,
    }
}

/// Runs one statement, whole or not at all.
pub(crate) fn execute(connection: &DataConnection, statement: &Statement) -> Result<Outcome, SqlError> {
    let mut bytes_left = MAX_RESULT_BYTES;
    one(connection, statement, &mut bytes_left).map_err(|error| in_words(connection, error))
}

/// Runs several statements, all or none.
pub(crate) fn transaction(connection: &DataConnection, statements: &[Statement]) -> Result<Vec<Outcome>, SqlError> {
    if statements.len() > MAX_STATEMENTS {
        return Err(SqlError::Limited(format!("at most {MAX_STATEMENTS} statements at once")));
    }
    let mut bytes_left = MAX_RESULT_BYTES;
    connection
        .atomically(|connection| {
            statements.iter().map(|statement| one(connection, statement, &mut bytes_left)).collect()
        })
        .map_err(|error| in_words(connection, error))
}

/// Opens a transaction that lasts until `end`, or until the call is over.
pub(crate) fn begin(connection: &DataConnection) -> Result<(), SqlError> {
    if connection.in_transaction() {
        return Err(SqlError::TransactionState("a transaction is open already".to_owned()));
    }
    let begin = connection.begin();
    Ok(connection.trusting(|connection| connection.execute_batch(begin))?)
}

/// `COMMIT` or `ROLLBACK`.
pub(crate) fn end(connection: &DataConnection, sql: &str) -> Result<(), SqlError> {
    if !connection.in_transaction() {
        return Err(SqlError::TransactionState("no transaction is open".to_owned()));
    }
    Ok(connection.trusting(|connection| connection.execute_batch(sql))?)
}

fn one(connection: &DataConnection, statement: &Statement, bytes_left: &mut usize) -> Result<Outcome, SqlError> {
    if statement.text.len() > MAX_SQL_BYTES {
        return Err(SqlError::Limited(format!("a statement has at most {MAX_SQL_BYTES} bytes")));
    }
    if statement.text.contains('\0') {
        return Err(invalid("the text has a NUL, at which SQLite would stop reading"));
    }
    // Not `Connection::prepare`, which looks for further statements by recursion: a text of ten thousand of them would
    // overflow our stack.
    let mut batch = Batch::new(connection.raw(), &statement.text);
    let mut prepared = batch.next()?.ok_or_else(|| invalid("there is no statement in the text"))?;
    if !matches!(batch.next(), Ok(None)) {
        connection.take_refusal();
        return Err(invalid("the text must be exactly one statement"));
    }
    let wanted = prepared.parameter_count();
    if wanted != statement.parameters.len() {
        return Err(invalid(&format!(
            "the statement has {wanted} parameters, {} were given",
            statement.parameters.len()
        )));
    }
    for (at, value) in statement.parameters.iter().enumerate() {
        prepared.raw_bind_parameter(at + 1, value)?;
    }
    if prepared.readonly() {
        return run(connection, &mut prepared, bytes_left);
    }
    // A statement that gives more rows than it may has already written: its own transaction takes that back.
    connection.atomically(|connection| run(connection, &mut prepared, bytes_left))
}

fn run(
    connection: &DataConnection,
    statement: &mut rusqlite::Statement<'_>,
    bytes_left: &mut usize,
) -> Result<Outcome, SqlError> {
    let columns: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
    let changes_before = connection.raw().total_changes();
    let mut result = Vec::new();
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        if columns.is_empty() {
            continue;
        }
        if result.len() == MAX_ROWS {
            return Err(SqlError::Limited(format!("a statement gives at most {MAX_ROWS} rows; use LIMIT")));
        }
        let mut values = Vec::with_capacity(columns.len());
        for column in 0..columns.len() {
            let value = value(row.get_ref(column)?)?;
            let bytes = size_of::<Value>()
                + match &value {
                    Value::Text(text) => text.len(),
                    Value::Blob(bytes) => bytes.len(),
                    _ => 0,
                };
            *bytes_left = bytes_left
                .checked_sub(bytes)
                .ok_or_else(|| SqlError::Limited(format!("a call of sql gives at most {MAX_RESULT_BYTES} bytes")))?;
            values.push(value);
        }
        result.push(values);
    }
    drop(rows);
    let changed = connection.raw().total_changes() != changes_before;
    Ok(Outcome {
        columns,
        rows: result,
        rows_changed: if changed { connection.raw().changes() } else { 0 },
        // SQLite tells that of any INSERT on the connection before, be it ours or of another call.
        last_insert_rowid: if changed { connection.raw().last_insert_rowid() } else { 0 },
    })
}

fn invalid(message: &str) -> SqlError {
    SqlError::Invalid(DatabaseError { code: rusqlite::ffi::SQLITE_MISUSE, message: message.to_owned() })
}

fn value(value: ValueRef<'_>) -> Result<Value, SqlError> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(integer) => Value::Integer(integer),
        ValueRef::Real(real) => Value::Real(real),
        // SQLite stores any bytes as text if told to, with a CAST for instance; WIT strings are UTF-8.
        ValueRef::Text(text) => Value::Text(
            str::from_utf8(text)
                .map_err(|_| invalid("a result is text that is not UTF-8; CAST it to BLOB"))?
                .to_owned(),
        ),
        ValueRef::Blob(blob) => Value::Blob(blob.to_owned()),
    })
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(integer) => ValueRef::Integer(*integer),
            Self::Real(real) => ValueRef::Real(*real),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(blob) => ValueRef::Blob(blob),
        }))
    }
}
