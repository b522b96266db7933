//! Jobs that were given up: listed, run again and dropped, by the API and at the machine.

use adx_registry_core::Id;
use adx_registry_core::job::{Job, Task};
use adx_tests::process::Process;
use adx_tests::stage::{Registry, request};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use crate::engines::Counting;

/// Writes jobs as the worker leaves them that gave them up, one a second.
fn give_up(registry: &Registry, tasks: &[Task]) -> Vec<Id<Job>> {
    let connection = rusqlite::Connection::open(registry.data().join("registry.sqlite")).unwrap();
    let mut at = OffsetDateTime::UNIX_EPOCH + Duration::days(20_000);
    let write = |task: &Task| {
        at += Duration::seconds(1);
        let id = Id::<Job>::new(at, &Counting::default());
        let statement = "INSERT INTO jobs (id, task, deduplication_key, state, run_at, attempts, last_error, kind)
                         VALUES (?1, ?2, ?3, 'dead', ?4, 12, 'the disk is full', ?5)";
        let text = serde_json::to_string(task).unwrap();
        let values = (id.to_string(), text, task.deduplication_key(), at.unix_timestamp() * 1_000, task.kind());
        connection.execute(statement, values).unwrap();
        id
    };
    tasks.iter().map(write).collect()
}

async fn list(running: &Process, token: &str) -> Vec<Value> {
    let (status, listed) = request(running, token, Method::GET, "/api/v1/jobs/given-up", None).await;
    assert_eq!(status, StatusCode::OK, "{listed}");
    listed["jobs"].as_array().unwrap().clone()
}

async fn figure(running: &Process, line: &str) -> Option<f64> {
    let text = reqwest::get(format!("{}/metrics", running.url)).await.unwrap().text().await.unwrap();
    text.lines().find_map(|found| found.strip_prefix(line)?.trim().parse().ok())
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_run_again_what_was_given_up_or_drop_it() {
    let registry = Registry::new();
    let operator = registry.create_operator_token();
    let search = |name: &str| Task::UpdateSearch { module: format!("adx/{name}").parse().unwrap() };
    let ids = give_up(&registry, &[search("one"), search("two"), Task::SweepOrphans]);
    let running = registry.start();

    let listed = list(&running, &operator).await;
    let told: Vec<_> =
        listed.iter().map(|job| (job["kind"].as_str().unwrap(), job["about"].as_str().unwrap())).collect();
    assert_eq!(told, [("update_search", "adx/one"), ("update_search", "adx/two"), ("sweep_orphans", "")]);
    assert_eq!((&listed[0]["error"], &listed[0]["attempts"]), (&json!("the disk is full"), &json!(12)));
    assert_eq!(figure(&running, "adx_jobs{kind=\"update_search\",state=\"dead\"}").await, Some(2.0));

    let path = |id: Id<Job>, rest: &str| format!("/api/v1/jobs/given-up/{id}{rest}");
    let (status, _) = request(&running, &operator, Method::POST, &path(ids[0], "/retry"), None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    adx_tests::eventually("it was run", async || {
        figure(&running, "adx_jobs_total{kind=\"update_search\",outcome=\"done\"}").await >= Some(1.0)
    })
    .await;
    assert!(figure(&running, "adx_job_seconds_count{kind=\"update_search\"}").await >= Some(1.0));
    let (status, _) = request(&running, &operator, Method::DELETE, &path(ids[1], ""), None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    for id in [ids[0], ids[1]] {
        let (status, problem) = request(&running, &operator, Method::POST, &path(id, "/retry"), None).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{problem}");
    }

    let at_the_machine = registry.admin(&["jobs", "list"]);
    assert_eq!(at_the_machine["jobs"].as_array().unwrap(), &list(&running, &operator).await);
    let retried = registry.admin(&["jobs", "retry", "--kind", "sweep_orphans"]);
    assert_eq!(retried["jobs"][0]["id"], ids[2].to_string());
    assert_eq!(registry.admin(&["jobs", "drop", "--kind", "notify"])["jobs"], json!([]));
    assert!(list(&running, &operator).await.is_empty());

    let log = registry.admin(&["audit"]);
    let entries = log["entries"].as_array().unwrap().iter();
    let of_jobs: Vec<_> = entries
        .filter(|entry| entry["act"].as_str().unwrap().starts_with("job."))
        .map(|entry| (entry["act"].as_str().unwrap(), entry["subject"]["id"].as_str().unwrap().to_owned()))
        .collect();
    let expected = [("job.retry", ids[0]), ("job.drop", ids[1]), ("job.retry", ids[2])];
    assert_eq!(of_jobs, expected.map(|(act, id)| (act, id.to_string())));
}
