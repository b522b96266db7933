//! `sql`: what a module's statements may do, what they give, and what is refused.

use std::time::Duration;

use serde_json::{Value, json};

use crate::stage::{Stage, error, ok};

fn execute(text: &str) -> Value {
    json!(["sql.execute", text])
}

#[tokio::test]
async fn every_type_of_value_comes_back_as_it_went() {
    let stage = Stage::new().await;
    let values = json!([null, i64::MIN, i64::MAX, 0, -1.5, 1e300, "", "ü\u{1F600}", "a\u{0}b", { "blob": [] }, { "blob": [0, 255, 128] }]);
    let row = values.as_array().unwrap();
    let marks = vec!["?"; row.len()].join(", ");
    let columns: Vec<String> = (0..row.len()).map(|at| format!("c{at}")).collect();
    let [_, insert, select, bare] = stage
        .host([
            execute(&format!("CREATE TABLE t ({})", columns.join(", "))),
            json!(["sql.execute", format!("INSERT INTO t VALUES ({marks})"), values]),
            execute("SELECT * FROM t"),
            json!(["sql.execute", format!("SELECT {marks}"), values]),
        ])
        .await;
    assert_eq!((&ok(&insert)["rows-changed"], &ok(&insert)["last-insert-rowid"]), (&json!(1), &json!(1)));
    assert_eq!(ok(&select)["columns"], json!(columns));
    assert_eq!(ok(&select)["rows"], json!([values]));
    assert_eq!(ok(&bare)["rows"], json!([values]));
}

#[tokio::test]
async fn changes_are_counted() {
    let stage = Stage::new().await;
    let [_, three, two, none, returned] = stage
        .host([
            execute("CREATE TABLE t (id INTEGER PRIMARY KEY, x)"),
            execute("INSERT INTO t (x) VALUES (1), (2), (3)"),
            execute("UPDATE t SET x = 0 WHERE x > 1"),
            execute("SELECT * FROM t WHERE x = 9"),
            execute("DELETE FROM t WHERE x = 0 RETURNING id"),
        ])
        .await;
    assert_eq!((&ok(&three)["rows-changed"], &ok(&three)["last-insert-rowid"]), (&json!(3), &json!(3)));
    assert_eq!(ok(&two)["rows-changed"], 2);
    assert_eq!((&ok(&none)["rows-changed"], &ok(&none)["rows"]), (&json!(0), &json!([])));
    assert_eq!(ok(&none)["last-insert-rowid"], 0, "no row of this statement");
    assert_eq!((&ok(&returned)["rows-changed"], &ok(&returned)["rows"]), (&json!(2), &json!([[2], [3]])));
}

/// What would leave the file, the quota, the call or the host's rules.
#[tokio::test]
async fn what_leaves_the_file_is_refused_by_name() {
    let stage = Stage::new().await;
    let outside = stage.folder.path().join("outside.sqlite");
    let attach = format!("ATTACH '{}' AS other", outside.display());
    let refusals = [
        (attach.as_str(), "ATTACH and VACUUM"),
        ("DETACH main", "DETACH"),
        ("SELECT load_extension('x')", "the function load_extension"),
        ("SELECT fts3_tokenizer('simple')", "the function fts3_tokenizer"),
        ("PRAGMA writable_schema = ON", "PRAGMA writable_schema"),
        ("PRAGMA journal_mode = DELETE", "PRAGMA journal_mode"),
        ("PRAGMA max_page_count = 1000000", "PRAGMA max_page_count"),
        ("PRAGMA foreign_keys = OFF", "PRAGMA foreign_keys"),
        ("PRAGMA trusted_schema = ON", "PRAGMA trusted_schema"),
        ("PRAGMA temp_store_directory = '/tmp'", "PRAGMA temp_store_directory"),
        ("PRAGMA wal_checkpoint(TRUNCATE)", "PRAGMA wal_checkpoint"),
        ("PRAGMA user_version = 7", "PRAGMA user_version"),
        ("PRAGMA database_list", "PRAGMA database_list"),
        ("SELECT * FROM pragma_database_list", "PRAGMA database_list"),
        ("PRAGMA no_such_pragma", "PRAGMA no_such_pragma"),
        ("BEGIN", "transactions as SQL text (call begin, commit, rollback or transaction)"),
        ("COMMIT", "transactions as SQL text (call begin, commit, rollback or transaction)"),
        ("SAVEPOINT a", "transactions as SQL text (call begin, commit, rollback or transaction)"),
        ("ANALYZE", "ANALYZE"),
        ("CREATE TEMP TABLE t (x)", "temporary tables, views and triggers"),
        ("CREATE TEMP VIEW v AS SELECT 1", "temporary tables, views and triggers"),
        ("CREATE VIRTUAL TABLE t USING dbstat", "virtual tables of kind dbstat"),
        ("SELECT * FROM dbstat", "reading dbstat, which shows the file"),
        ("CREATE TABLE _adx_mine (x)", "creating or dropping _adx_mine, which belongs to the host"),
        ("DROP TABLE _adx_kv", "creating or dropping _adx_kv, which belongs to the host"),
        ("SELECT * FROM _ADX_KV", "reading _adx_kv, which belongs to the host"),
        ("UPDATE _adx_usage SET kv_bytes = 0", "writing _adx_usage, which belongs to the host"),
        ("DELETE FROM _adx_migrations", "writing _adx_migrations, which belongs to the host"),
        ("ALTER TABLE _adx_kv RENAME TO mine", "altering _adx_kv, which belongs to the host"),
        ("CREATE INDEX i ON _adx_kv (value)", "indexing or watching _adx_kv, which belongs to the host"),
        (
            "CREATE TRIGGER spy AFTER INSERT ON _adx_kv BEGIN SELECT 1; END",
            "indexing or watching _adx_kv, which belongs to the host",
        ),
    ];
    for (text, reason) in refusals {
        let [answer] = stage.host([execute(text)]).await;
        assert_eq!(error(&answer), ("refused", reason), "{text}");
    }
    // Every statement that writes runs in a transaction, in which there is no VACUUM.
    for text in ["VACUUM".to_owned(), format!("VACUUM INTO '{}'", outside.display())] {
        let [answer] = stage.host([execute(&text)]).await;
        assert_eq!(error(&answer), ("invalid", "cannot VACUUM from within a transaction"), "{text}");
    }
    assert!(!outside.exists());
    stage.data().integrity_check().await.unwrap();
}

#[tokio::test]
async fn the_schema_cannot_be_written_by_hand() {
    let stage = Stage::new().await;
    let writes = [
        execute("INSERT INTO sqlite_schema (type, name, tbl_name, rootpage, sql) VALUES ('table', 'x', 'x', 2, 'x')"),
        execute("UPDATE sqlite_schema SET sql = 'CREATE TABLE x (y)'"),
        execute("DELETE FROM sqlite_master"),
    ];
    for answer in stage.host(writes).await {
        let (kind, detail) = error(&answer);
        assert!(["invalid", "refused"].contains(&kind), "{kind}: {detail}");
    }
    stage.data().integrity_check().await.unwrap();
}

#[tokio::test]
async fn a_view_or_trigger_opens_nothing() {
    let stage = Stage::new().await;
    let [_, view, through_view, _, trigger, _, fired] = stage
        .host([
            json!(["kv.set", "plan", "secret"]),
            execute("CREATE VIEW v AS SELECT * FROM _adx_kv"),
            execute("SELECT * FROM v"),
            execute("CREATE TABLE t (x)"),
            execute("CREATE TRIGGER g AFTER INSERT ON t BEGIN UPDATE _adx_usage SET kv_bytes = 0; END"),
            execute("SELECT 1"),
            execute("INSERT INTO t VALUES (1)"),
        ])
        .await;
    // SQLite looks at the body when the view is used; making it does no harm.
    ok(&view);
    assert_eq!(error(&through_view), ("refused", "reading _adx_kv, which belongs to the host"));
    ok(&trigger);
    assert_eq!(error(&fired), ("refused", "writing _adx_usage, which belongs to the host"));
}

#[tokio::test]
async fn what_migrations_need_is_allowed() {
    let stage = Stage::new().await;
    let statements = [
        "CREATE TABLE author (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE)",
        "CREATE TABLE book (id INTEGER PRIMARY KEY, author INTEGER REFERENCES author (id) ON DELETE CASCADE, title TEXT)",
        "CREATE UNIQUE INDEX book_title ON book (title)",
        "CREATE VIEW titles AS SELECT title, name FROM book JOIN author ON author.id = book.author",
        "CREATE TRIGGER shout AFTER INSERT ON book BEGIN UPDATE book SET title = upper(title) WHERE id = new.id; END",
        "INSERT INTO author (name) VALUES ('Ada'), ('Grace')",
        "INSERT INTO book (author, title) VALUES (1, 'Notes')",
        "ALTER TABLE book ADD COLUMN pages INTEGER DEFAULT 0",
        "CREATE TABLE shelf (name TEXT NOT NULL) STRICT",
        "INSERT INTO shelf VALUES ('oak')",
        "ALTER TABLE shelf ADD COLUMN note TEXT",
        "ALTER TABLE shelf ADD COLUMN height INTEGER NOT NULL DEFAULT 3 CHECK (height > 0)",
        "ALTER TABLE book RENAME COLUMN pages TO leaves",
        "ALTER TABLE book DROP COLUMN leaves",
        "ALTER TABLE author RENAME TO writer",
        "REINDEX",
        "CREATE VIRTUAL TABLE search USING fts5(title, body)",
        "INSERT INTO search (title, body) VALUES ('Notes', 'on the analytical engine')",
        "SELECT highlight(search, 1, '[', ']') FROM search WHERE search MATCH 'engine'",
        "CREATE VIRTUAL TABLE box USING rtree(id, x0, x1)",
        "INSERT INTO box VALUES (1, 0, 1)",
        "SELECT id FROM box WHERE x0 >= 0",
        "CREATE TABLE copy AS SELECT * FROM titles",
        "PRAGMA table_info(book)",
        "PRAGMA user_version",
        "SELECT name FROM pragma_table_info('book')",
        "EXPLAIN QUERY PLAN SELECT * FROM book",
        "SELECT json_extract('{\"a\": [1, 2]}', '$.a[1]')",
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 10) SELECT sum(x) FROM n",
        "DROP TRIGGER shout",
        "DROP VIEW titles",
        "DROP INDEX book_title",
        "DROP TABLE search",
        "DROP TABLE box",
        "DROP TABLE book",
        "DROP TABLE writer",
    ];
    for text in statements {
        let [answer] = stage.host([execute(text)]).await;
        assert!(answer.get("ok").is_some(), "{text}: {answer}");
    }
    stage.data().integrity_check().await.unwrap();
}

#[tokio::test]
async fn a_text_is_exactly_one_statement() {
    let stage = Stage::new().await;
    ok(&stage.host([execute("SELECT 1;  -- and a comment")]).await[0]);
    for text in [
        "",
        " -- nothing",
        "SELECT 1; SELECT 2",
        "SELECT 1; DROP TABLE x",
        "SELECT 1\u{0}; SELECT 2",
        "\u{0}",
        "SELEC 1",
    ] {
        let [answer] = stage.host([execute(text)]).await;
        assert_eq!(error(&answer).0, "invalid", "{text:?}: {answer}");
    }
    for (text, parameters) in [("SELECT ?", json!([])), ("SELECT 1", json!([1])), ("SELECT ?2", json!([1]))] {
        let [answer] = stage.host([json!(["sql.execute", text, parameters])]).await;
        assert!(error(&answer).1.contains("parameters"), "{text}: {answer}");
    }
}

#[tokio::test]
async fn constraints_are_told_apart() {
    let stage = Stage::new().await;
    let [_, _, twice, orphan] = stage
        .host([
            execute("CREATE TABLE t (id INTEGER PRIMARY KEY, up INTEGER REFERENCES t (id))"),
            execute("INSERT INTO t VALUES (1, NULL)"),
            execute("INSERT INTO t VALUES (1, NULL)"),
            execute("INSERT INTO t VALUES (2, 9)"),
        ])
        .await;
    assert_eq!(error(&twice), ("constraint", "UNIQUE constraint failed: t.id"));
    assert_eq!(error(&orphan), ("constraint", "FOREIGN KEY constraint failed"));
}

#[tokio::test]
async fn a_transaction_is_whole_or_not_at_all() {
    let stage = Stage::new().await;
    let [_, good, bad, rows] = stage
        .host([
            execute("CREATE TABLE t (x UNIQUE)"),
            json!(["sql.transaction", [["INSERT INTO t VALUES (?)", [1]], ["INSERT INTO t VALUES (?)", [2]]]]),
            json!(["sql.transaction", [["INSERT INTO t VALUES (3)"], ["INSERT INTO t VALUES (1)"]]]),
            execute("SELECT x FROM t ORDER BY x"),
        ])
        .await;
    assert_eq!(ok(&good).as_array().map(Vec::len), Some(2));
    assert_eq!(error(&bad).0, "constraint");
    assert_eq!(ok(&rows)["rows"], json!([[1], [2]]));
}

#[tokio::test]
async fn begin_commit_and_rollback_hold_kv_and_sql_together() {
    let stage = Stage::new().await;
    let [_, early, _, twice, _, _, _, _, rows, value] = stage
        .host([
            execute("CREATE TABLE t (x)"),
            json!(["sql.commit"]),
            json!(["sql.begin"]),
            json!(["sql.begin"]),
            execute("INSERT INTO t VALUES (1)"),
            json!(["kv.set", "k", "v"]),
            json!(["sql.rollback"]),
            json!(["sql.begin"]),
            execute("SELECT * FROM t"),
            json!(["kv.get", "k"]),
        ])
        .await;
    assert_eq!(error(&early).0, "transaction-state");
    assert_eq!(error(&twice).0, "transaction-state");
    assert_eq!((&ok(&rows)["rows"], ok(&value)), (&json!([]), &Value::Null));

    let [insert, commit] = stage.host([execute("INSERT INTO t VALUES (2)"), json!(["sql.commit"])]).await;
    ok(&insert);
    assert_eq!(error(&commit).0, "transaction-state", "the transaction of the call before is gone");
}

#[tokio::test]
async fn a_transaction_that_is_left_open_is_undone() {
    let stage = Stage::new().await;
    stage.host([execute("CREATE TABLE t (x)")]).await;
    let ends = [json!([]), json!(["sql.execute", "SELECT nonsense"])];
    for end in ends {
        let calls = json!([["sql.begin"], ["sql.execute", "INSERT INTO t VALUES (1)"], end]);
        stage.call("host", calls).await.unwrap();
        let [rows] = stage.host([execute("SELECT * FROM t")]).await;
        assert_eq!(ok(&rows)["rows"], json!([]));
    }
}

#[tokio::test]
async fn a_transaction_of_a_call_that_was_stopped_is_undone_and_blocks_nobody() {
    let stage = Stage::new().await;
    stage.host([execute("CREATE TABLE t (x)")]).await;
    let mut short = stage.environment.clone();
    short.limits.cpu_time = Duration::from_millis(50);
    let endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n";
    let calls = json!([["sql.begin"], ["sql.execute", "INSERT INTO t VALUES (1)"], ["sql.execute", endless]]);
    assert_eq!(stage.call_for(&short, "host", calls).await.unwrap_err().slug(), "cpu-time");
    let [rows, insert] = stage.host([execute("SELECT * FROM t"), execute("INSERT INTO t VALUES (2)")]).await;
    assert_eq!(ok(&rows)["rows"], json!([]));
    ok(&insert);
}

#[tokio::test]
async fn a_statement_has_a_deadline() {
    let stage = Stage::new().await.limit(|limits| limits.cpu_time = Duration::from_secs(60));
    let endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n";
    let [stopped, next] = stage.host([execute(endless), execute("SELECT 1")]).await;
    assert_eq!(error(&stopped), ("limited", "a statement may take 5s, and what is left of the call's time"));
    assert_eq!(ok(&next)["rows"], json!([[1]]));
}

#[tokio::test]
async fn rows_obeyed() {
    let stage = Stage::new().await;
    let rows = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 10000) SELECT x FROM n";
    let [answer] = stage.host([execute(rows)]).await;
    assert_eq!(ok(&answer)["rows"], 10_000);
}

#[tokio::test]
async fn rows_violated() {
    let stage = Stage::new().await;
    let rows = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 10001) SELECT x FROM n";
    let returning = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 10001) \
         INSERT INTO t SELECT x FROM n RETURNING x";
    let [read, _, written, count] = stage
        .host([execute(rows), execute("CREATE TABLE t (x)"), execute(returning), execute("SELECT count(*) FROM t")])
        .await;
    let refused = ("limited", "a statement gives at most 10000 rows; use LIMIT");
    assert_eq!(error(&read), refused);
    assert_eq!(error(&written), refused);
    assert_eq!(ok(&count)["rows"], json!([[0]]), "what was written is undone");
}

#[tokio::test]
async fn result_bytes_obeyed_and_violated() {
    let stage = Stage::new().await;
    let blob = |bytes: u64| execute(&format!("SELECT zeroblob({bytes})"));
    let [most, two] = stage.host([blob(4_000_000), execute("SELECT zeroblob(2500000), zeroblob(2500000)")]).await;
    assert_eq!(ok(&most)["rows"], json!([[{ "blob": 4_000_000 }]]));
    assert_eq!(error(&two), ("limited", "a call of sql gives at most 4194304 bytes"));
    let [in_all] =
        stage.host([json!(["sql.transaction", [["SELECT zeroblob(2500000)"], ["SELECT zeroblob(2500000)"]]])]).await;
    assert_eq!(error(&in_all).0, "limited");
}

#[tokio::test]
async fn lengths_obeyed_and_violated() {
    let stage = Stage::new().await;
    let [_, blob, text, too_long, made] = stage
        .host([
            execute("CREATE TABLE t (x)"),
            json!(["sql.execute", "INSERT INTO t VALUES (?)", [{ "blob": 4_000_000 }]]),
            json!(["sql.execute", "INSERT INTO t VALUES (?)", [{ "text": 4_000_000 }]]),
            json!(["sql.execute", "INSERT INTO t VALUES (?)", [{ "blob": 4_194_305 }]]),
            execute("SELECT length(zeroblob(1000000000))"),
        ])
        .await;
    ok(&blob);
    ok(&text);
    assert_eq!(error(&too_long).0, "limited");
    assert_eq!(error(&made).0, "limited");

    let [longest, too_long] = stage.host([json!(["sql.execute", 262_144]), json!(["sql.execute", 262_145])]).await;
    assert_eq!(ok(&longest)["rows"], json!([[1]]));
    assert_eq!(error(&too_long), ("limited", "a statement has at most 262144 bytes"));
}

#[tokio::test]
async fn statements_in_a_transaction_obeyed_and_violated() {
    let stage = Stage::new().await;
    let transaction = |statements: usize| json!(["sql.transaction", vec![["SELECT 1"]; statements]]);
    let [most, too_many] = stage.host([transaction(1_000), transaction(1_001)]).await;
    assert_eq!(ok(&most).as_array().map(Vec::len), Some(1_000));
    assert_eq!(error(&too_many), ("limited", "at most 1000 statements at once"));
}

#[tokio::test]
async fn complexity_is_bounded() {
    let stage = Stage::new().await;
    let deep = format!("SELECT {}1", "1 + ".repeat(5_000));
    let compound = vec!["SELECT 1"; 51].join(" UNION ALL ");
    let columns = (0..501).map(|at| format!("c{at}")).collect::<Vec<_>>().join(", ");
    let like = format!("SELECT 'x' LIKE '{}'", "%a".repeat(300));
    let semicolons = "SELECT 1;".repeat(20_000);
    for text in [deep, compound, format!("CREATE TABLE t ({columns})"), like, semicolons] {
        let [answer] = stage.host([execute(&text)]).await;
        let (kind, detail) = error(&answer);
        assert!(["invalid", "limited", "database"].contains(&kind), "{kind}: {detail}");
    }
    stage.still_works().await;
}

#[tokio::test]
async fn text_that_is_not_utf8_is_refused() {
    let stage = Stage::new().await;
    let [text, blob] =
        stage.host([execute("SELECT CAST(x'ff' AS TEXT)"), execute("SELECT CAST(CAST(x'ff' AS TEXT) AS BLOB)")]).await;
    assert_eq!(error(&text).0, "invalid");
    assert_eq!(ok(&blob)["rows"], json!([[{ "blob": [255] }]]));
}

#[tokio::test]
async fn what_one_call_writes_the_next_reads() {
    let stage = Stage::new().await;
    stage.host([execute("CREATE TABLE t (x)")]).await;
    for number in 0..20 {
        stage.host([json!(["sql.execute", "INSERT INTO t VALUES (?)", [number]])]).await;
    }
    let [rows] = stage.host([execute("SELECT count(*), sum(x) FROM t")]).await;
    assert_eq!(ok(&rows)["rows"], json!([[20, 190]]));
}

#[tokio::test]
async fn writers_at_the_same_time_lose_nothing() {
    let stage = std::sync::Arc::new(Stage::new().await);
    stage.host([execute("CREATE TABLE t (x)")]).await;
    let calls: Vec<_> = (0..12)
        .map(|_| {
            let stage = std::sync::Arc::clone(&stage);
            tokio::spawn(async move {
                let calls = [
                    json!(["sql.begin"]),
                    execute("INSERT INTO t VALUES (1)"),
                    json!(["kv.increment", "n", 1]),
                    json!(["sql.commit"]),
                ];
                stage.host(calls).await
            })
        })
        .collect();
    for call in calls {
        for answer in &call.await.unwrap() {
            ok(answer);
        }
    }
    let [rows, count] = stage.host([execute("SELECT count(*) FROM t"), json!(["kv.get", "n"])]).await;
    assert_eq!(ok(&rows)["rows"], json!([[12]]));
    assert_eq!(ok(&count), &json!([49, 50]));
}
