//! Where registries are: each database with each storage, and what is in them, read past the product's own reading of rows.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Output;

use adx_signing::digest::Digest;
use adx_tests::hello::{self, Behaviour};
use adx_tests::moto::Moto;
use adx_tests::postgres::Cluster;
use adx_tests::process::Process;
use adx_tests::stage::Registry;
use serde_json::{Map, Value};
use sqlx::{Connection as _, Row as _};

use super::look::{Storage, Stored};

/// The rows of each table, as sorted text.
pub(super) type Rows = BTreeMap<String, Vec<String>>;

/// A registry whose rows and blobs can be looked at.
pub(super) struct Place {
    pub(super) registry: Registry,
    database: Option<String>,
    bucket: Option<(String, String)>,
}

/// Which engines.
#[derive(Clone, Copy)]
pub(super) struct Kind {
    pub(super) postgres: bool,
    pub(super) s3: bool,
}

impl Kind {
    /// What needs nothing.
    pub(super) const PLAIN: Self = Self { postgres: false, s3: false };
}

impl Place {
    /// Nothing yet; `None` where an engine is not on this machine.
    pub(super) async fn empty(kind: Kind) -> Option<Self> {
        Self::with(kind, Registry::empty).await
    }

    /// A registry with a ceremony and a publisher.
    pub(super) async fn new(kind: Kind) -> Option<Self> {
        Self::with(kind, Registry::with_environment).await
    }

    async fn with(kind: Kind, make: impl FnOnce(Vec<(String, String)>) -> Registry) -> Option<Self> {
        let mut environment = Vec::new();
        let database = if kind.postgres { Some(Cluster::shared()?.create_database(None).1) } else { None };
        if let Some(url) = &database {
            environment.push(("ADX_REGISTRY__DATABASE__URL".to_owned(), url.clone()));
        }
        let bucket = if kind.s3 {
            let moto = Moto::shared()?;
            Some((moto.endpoint().to_owned(), moto.make_bucket().await))
        } else {
            None
        };
        if let Some((endpoint, bucket)) = &bucket {
            environment.extend(Moto::settings(endpoint, bucket));
        }
        Some(Self { registry: make(environment), database, bucket })
    }

    /// Runs a command on it.
    pub(super) fn try_run(&self, arguments: &[&str]) -> Output {
        self.registry.command(arguments).arg("--json").output().unwrap()
    }

    /// Runs a command that succeeds, and returns its document.
    pub(super) fn run(&self, arguments: &[&str]) -> Value {
        let output = self.try_run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Runs a command that fails, and returns what it said.
    pub(super) fn is_refused(&self, arguments: &[&str]) -> String {
        let output = self.try_run(arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        String::from_utf8(output.stderr).unwrap()
    }

    /// Starts the server, and lets the registry have something in most of its tables.
    pub(super) async fn fill(&self) -> Process {
        let registry = &self.registry;
        let server = registry.start();
        registry.register_key(&server).await;
        let operator = registry.create_operator_token();
        registry.create_publisher("acme");
        registry.owner(&server, &operator, "acme", "ada").await;
        for version in ["1.0.0", "1.1.0", "2.0.0-rc.1"] {
            self.publish(&server, version).await;
            server.wait_until_signed().await;
        }
        registry.admin(&["quarantine", "adx/hello", "1.0.0", "--reason", "it leaks: \"ä\" \\ 'x'"]);
        let withdrawn = Digest::of(&hello::package("2.0.0-rc.1", Behaviour::Plain)).to_string();
        registry.admin(&["revoke", "--package", &withdrawn, "--reason", "it steals"]);
        registry.admin(&["review", "hold", "adx", "--reason", "it leaks"]);
        self.publish(&server, "2.0.0").await;
        registry.admin(&["link"]);
        server.wait_until_signed().await;
        server
    }

    /// Publishes a version of hello.
    pub(super) async fn publish(&self, server: &Process, version: &str) {
        let package = hello::package(version, Behaviour::Plain);
        let answer = self.registry.publish(server, &package).await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
    }

    /// Brings ceremony and keys from another registry, as an operator does who keeps them apart.
    pub(super) fn bring_keys_from(&self, other: &Self) {
        copy_folder(&other.registry.data().join("trust"), &self.registry.data().join("trust"));
        std::fs::copy(other.registry.data().join("accounts.key"), self.registry.data().join("accounts.key")).unwrap();
    }

    /// Every row of every table, by SQL that knows nothing of the product.
    pub(super) async fn rows(&self) -> Rows {
        match &self.database {
            Some(url) => postgres_rows(url).await,
            None => sqlite_rows(&self.registry.data().join("registry.sqlite")),
        }
    }

    /// Executes statements that every engine takes, past the product. No server may be running.
    pub(super) async fn execute(&self, statements: &'static str) {
        if let Some(url) = &self.database {
            let mut database = sqlx::PgConnection::connect(url).await.unwrap();
            sqlx::raw_sql(statements).execute(&mut database).await.unwrap();
        } else {
            let database = rusqlite::Connection::open(self.registry.data().join("registry.sqlite")).unwrap();
            database.execute_batch(statements).unwrap();
        }
    }

    /// Where its blobs stand.
    pub(super) fn storage(&self) -> Storage {
        match &self.bucket {
            Some((endpoint, bucket)) => Storage::bucket(endpoint, bucket),
            None => Storage::Folder(self.registry.data().join("files")),
        }
    }

    /// Every blob, by a look that knows nothing of the product.
    pub(super) async fn blobs(&self) -> Stored {
        self.storage().read().await
    }

    /// A file to back up into.
    pub(super) fn archive(&self) -> PathBuf {
        self.registry.folder().join("backup.adxr")
    }

    /// Backs up.
    pub(super) fn back_up(&self) -> PathBuf {
        let archive = self.archive();
        self.run(&["backup", archive.to_str().unwrap()]);
        archive
    }
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

fn sqlite_rows(file: &Path) -> Rows {
    let database = rusqlite::Connection::open(file).unwrap();
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name <> '_sqlx_migrations'";
    let mut tables = database.prepare(tables).unwrap();
    let tables: Vec<String> = tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let mut rows = Rows::new();
    for table in tables {
        let mut statement = database.prepare(&format!("SELECT * FROM \"{table}\"")).unwrap();
        let columns: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
        let read = |row: &rusqlite::Row<'_>| {
            let value = |place| row.get(place).map(plain);
            columns.iter().enumerate().map(|(place, name)| Ok((name.clone(), value(place)?))).collect()
        };
        let found = statement.query_map([], read).unwrap().map(|row| text(row.unwrap()));
        rows.insert(table.clone(), sorted(found));
    }
    rows
}

async fn postgres_rows(url: &str) -> Rows {
    let mut database = sqlx::PgConnection::connect(url).await.unwrap();
    let tables =
        "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' AND tablename <> '_sqlx_migrations'";
    let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut database).await.unwrap();
    let mut rows = Rows::new();
    for table in tables {
        let all = format!("SELECT to_jsonb(t) AS row FROM \"{table}\" t");
        let found = sqlx::query(sqlx::AssertSqlSafe(all)).fetch_all(&mut database).await.unwrap();
        let found = found.iter().map(|row| text(row.get::<Value, _>("row").as_object().unwrap().clone()));
        rows.insert(table, sorted(found));
    }
    rows
}

fn plain(value: rusqlite::types::Value) -> Value {
    match value {
        rusqlite::types::Value::Null => Value::Null,
        rusqlite::types::Value::Integer(number) => number.into(),
        rusqlite::types::Value::Text(text) => text.into(),
        other => panic!("no column of ours holds {other:?}"),
    }
}

/// One text for a row on every engine: SQLite knows no booleans.
fn text(row: Map<String, Value>) -> String {
    let plain = |value: Value| value.as_bool().map_or(value, |flag| i64::from(flag).into());
    let row: BTreeMap<_, _> = row.into_iter().map(|(name, value)| (name, plain(value))).collect();
    serde_json::to_string(&row).unwrap()
}

fn sorted(rows: impl Iterator<Item = String>) -> Vec<String> {
    rows.collect::<BTreeSet<_>>().into_iter().collect()
}
