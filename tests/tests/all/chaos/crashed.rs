//! The database crashes while it is written to: what it had been told and had not yet written is gone, and was not acknowledged. Or it
//! only reads, as a copy does.

use adx_tests::postgres::Cluster;
use adx_tests::stage::Registry;
use sqlx::Connection as _;

use super::cut::{becomes_ready, nothing_is_lost};
use super::load::Load;
use super::parts::{Part, Parts};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_crashes_loses_nothing_that_was_acknowledged() {
    let Some(cluster) = Cluster::apart() else { return };
    let Some(parts) = Parts::on(&cluster).await else { return };
    let server = parts.registry.start();
    parts.registry.register_key(&server).await;
    let load = Load::begin(&parts.registry, std::slice::from_ref(&server.url));
    // At once after an acknowledgement: the log is written by itself a moment later.
    for _ in 0..5 {
        load.acknowledges(3).await;
        cluster.crash();
    }
    load.acknowledges(3).await;
    let told = load.end().await;
    nothing_is_lost(&parts, &server, &told).await;
    assert!(server.stop().success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_only_reads_is_not_ready() {
    let Some(cluster) = Cluster::shared() else { return };
    let (name, url) = cluster.create_database(None);
    let registry = Registry::with_environment(vec![("ADX_REGISTRY__DATABASE__URL".to_owned(), url.clone())]);
    let server = registry.start();
    becomes_ready(&server, Part::Database, true).await;
    let mut beside = sqlx::PgConnection::connect(&url).await.unwrap();
    for only_reads in [true, false] {
        // Sessions that have begun go on as they were.
        let statements = format!(
            "ALTER DATABASE {name} SET default_transaction_read_only = {only_reads};
             SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}' AND pid <> pg_backend_pid()"
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(statements)).execute(&mut beside).await.unwrap();
        becomes_ready(&server, Part::Database, !only_reads).await;
    }
    assert!(server.stop().success());
}
