//! Jobs are done, by one worker at a time, however many there are.

use adx_registry_core::ports::Written;
use std::collections::BTreeSet;
use std::sync::Arc;

use adx_registry_core::job::{Job, JobCounts, Lane, Task};
use adx_registry_core::ports::Store;
use time::{Duration, OffsetDateTime};

use crate::engines::{Engine, Samples, on_every_engine};

on_every_engine!(
    a_job_that_waits_stands_for_all_of_its_key,
    each_lane_has_its_own_jobs,
    a_job_enqueued_while_another_runs_is_run_afterwards,
    a_job_is_not_run_before_its_time,
    a_lease_that_ran_out_passes_to_another_worker,
    a_lease_that_is_renewed_does_not_run_out,
    a_failed_job_waits_and_keeps_its_error,
    a_failed_job_gives_way_to_one_that_waits,
    a_job_given_up_is_kept_and_not_claimed,
    a_newer_versions_job_is_left_to_it,
    a_job_in_a_newer_versions_words_is_left_to_it,
    what_a_newer_version_gave_up_hides_nothing,
    jobs_are_counted_by_kind,
    workers_never_share_a_job,
);

const LEASE: Duration = Duration::seconds(60);

fn update_search(name: &str) -> Task {
    Task::UpdateSearch { module: format!("adx/{name}").parse().unwrap() }
}

async fn enqueue(store: &dyn Store, samples: &Samples, task: Task) {
    let mut transaction = store.begin().await.unwrap();
    transaction.enqueue(&samples.job(task)).await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();
}

/// Of both lanes, at most `limit` of each.
async fn claim(store: &dyn Store, now: OffsetDateTime, limit: u32) -> Vec<Job> {
    let mut jobs = claim_of(store, Lane::Search, now, limit).await;
    jobs.extend(claim_of(store, Lane::Others, now, limit).await);
    jobs
}

async fn claim_of(store: &dyn Store, lane: Lane, now: OffsetDateTime, limit: u32) -> Vec<Job> {
    let mut transaction = store.begin().await.unwrap();
    let claimed = transaction.claim_jobs(lane, now, now + LEASE, limit).await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();
    claimed.jobs
}

async fn complete(store: &dyn Store, job: &Job) -> bool {
    let mut transaction = store.begin().await.unwrap();
    let done = transaction.complete_job(job).await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();
    done
}

async fn counts(store: &dyn Store) -> JobCounts {
    store.read().await.unwrap().counts().await.unwrap().jobs
}

async fn a_job_that_waits_stands_for_all_of_its_key(engine: Engine) {
    let samples = Samples::default();
    for _ in 0..3 {
        enqueue(&*engine.store, &samples, update_search("hello")).await;
    }
    enqueue(&*engine.store, &samples, update_search("other")).await;
    enqueue(&*engine.store, &samples, Task::SweepOrphans).await;
    let jobs = claim(&*engine.store, Samples::now(), 10).await;
    assert_eq!(jobs.len(), 3, "{jobs:?}");
    assert!(jobs.iter().all(|job| job.attempts == 1 && job.leased_until == Samples::now() + LEASE));
    assert_eq!(jobs.iter().filter(|job| job.task == update_search("hello")).count(), 1);
}

async fn each_lane_has_its_own_jobs(engine: Engine) {
    let samples = Samples::default();
    for task in [Task::SweepOrphans, update_search("hello"), Task::SweepAccounts, update_search("other")] {
        enqueue(&*engine.store, &samples, task).await;
    }
    let tasks = async |lane| {
        let jobs = claim_of(&*engine.store, lane, Samples::now(), 10).await;
        // Those that are claimed together come in any order.
        jobs.into_iter().map(|job| job.task.deduplication_key()).collect::<BTreeSet<_>>()
    };
    let keys = |tasks: &[Task]| tasks.iter().map(Task::deduplication_key).collect::<BTreeSet<_>>();
    assert_eq!(tasks(Lane::Search).await, keys(&[update_search("hello"), update_search("other")]));
    assert_eq!(tasks(Lane::Search).await, keys(&[]));
    assert_eq!(tasks(Lane::Others).await, keys(&[Task::SweepOrphans, Task::SweepAccounts]));
}

async fn a_job_enqueued_while_another_runs_is_run_afterwards(engine: Engine) {
    let samples = Samples::default();
    enqueue(&*engine.store, &samples, update_search("hello")).await;
    let first = claim(&*engine.store, Samples::now(), 10).await;
    enqueue(&*engine.store, &samples, update_search("hello")).await;
    assert!(complete(&*engine.store, &first[0]).await);
    let second = claim(&*engine.store, Samples::now(), 10).await;
    assert_eq!(second.len(), 1);
    assert!(complete(&*engine.store, &second[0]).await);
    assert_eq!(counts(&*engine.store).await, JobCounts::default());
}

async fn a_job_is_not_run_before_its_time(engine: Engine) {
    let samples = Samples::default();
    let later = Samples::now() + Duration::minutes(5);
    let mut job = samples.job(update_search("hello"));
    job.run_at = later;
    let mut transaction = engine.store.begin().await.unwrap();
    transaction.enqueue(&job).await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();
    assert!(claim(&*engine.store, later - Duration::milliseconds(1), 10).await.is_empty());
    // Wanted sooner: the one that waits is run sooner.
    enqueue(&*engine.store, &samples, update_search("hello")).await;
    assert_eq!(claim(&*engine.store, Samples::now(), 10).await.len(), 1);
}

async fn a_lease_that_ran_out_passes_to_another_worker(engine: Engine) {
    let samples = Samples::default();
    enqueue(&*engine.store, &samples, update_search("hello")).await;
    let now = Samples::now();
    let first = claim(&*engine.store, now, 10).await;
    assert!(claim(&*engine.store, now + LEASE - Duration::milliseconds(1), 10).await.is_empty());
    let second = claim(&*engine.store, now + LEASE, 10).await;
    assert_eq!((second[0].id, second[0].attempts), (first[0].id, 2));
    assert!(!complete(&*engine.store, &first[0]).await, "it is no longer the first worker's");
    let mut transaction = engine.store.begin().await.unwrap();
    assert!(!transaction.retry_job(&first[0], now, "late").await.unwrap());
    assert!(!transaction.bury_job(&first[0], now, "late").await.unwrap());
    transaction.commit(Written::SAMPLE).await.unwrap();
    assert!(complete(&*engine.store, &second[0]).await);
}

async fn a_lease_that_is_renewed_does_not_run_out(engine: Engine) {
    let samples = Samples::default();
    enqueue(&*engine.store, &samples, update_search("hello")).await;
    let now = Samples::now();
    let job = claim(&*engine.store, now, 10).await.remove(0);
    let renew = async |job: &Job, until| {
        let mut transaction = engine.store.begin().await.unwrap();
        let renewed = transaction.renew_lease(job, until).await.unwrap();
        transaction.commit(Written::SAMPLE).await.unwrap();
        renewed
    };
    assert!(renew(&job, now + LEASE * 2).await);
    assert!(claim(&*engine.store, now + LEASE, 10).await.is_empty());
    let second = claim(&*engine.store, now + LEASE * 2, 10).await.remove(0);
    assert!(!renew(&job, now + LEASE * 4).await, "it is no longer the first worker's");
    assert!(complete(&*engine.store, &second).await);
    assert!(!renew(&second, now + LEASE * 4).await, "it is done");
}

async fn a_failed_job_waits_and_keeps_its_error(engine: Engine) {
    let samples = Samples::default();
    enqueue(&*engine.store, &samples, update_search("hello")).await;
    let now = Samples::now();
    let job = claim(&*engine.store, now, 10).await.remove(0);
    let mut transaction = engine.store.begin().await.unwrap();
    assert!(transaction.retry_job(&job, now + Duration::seconds(8), "disk full").await.unwrap());
    transaction.commit(Written::SAMPLE).await.unwrap();
    assert!(claim(&*engine.store, now, 10).await.is_empty());
    let again = claim(&*engine.store, now + Duration::seconds(8), 10).await.remove(0);
    assert_eq!((again.id, again.attempts, again.last_error.as_deref()), (job.id, 2, Some("disk full")));
}

async fn a_failed_job_gives_way_to_one_that_waits(engine: Engine) {
    let samples = Samples::default();
    enqueue(&*engine.store, &samples, update_search("hello")).await;
    let now = Samples::now();
    let job = claim(&*engine.store, now, 10).await.remove(0);
    enqueue(&*engine.store, &samples, update_search("hello")).await;
    let mut transaction = engine.store.begin().await.unwrap();
    assert!(transaction.retry_job(&job, now + Duration::hours(1), "disk full").await.unwrap());
    transaction.commit(Written::SAMPLE).await.unwrap();
    assert_eq!(counts(&*engine.store).await, JobCounts { open: 1, dead: 0 });
    let waiting = claim(&*engine.store, now, 10).await.remove(0);
    assert_ne!(waiting.id, job.id);
    assert_eq!(waiting.last_error.as_deref(), Some("disk full"));
}

async fn a_job_given_up_is_kept_and_not_claimed(engine: Engine) {
    let samples = Samples::default();
    enqueue(&*engine.store, &samples, update_search("hello")).await;
    let job = claim(&*engine.store, Samples::now(), 10).await.remove(0);
    let mut transaction = engine.store.begin().await.unwrap();
    assert!(transaction.bury_job(&job, Samples::now(), "never").await.unwrap());
    transaction.commit(Written::SAMPLE).await.unwrap();
    assert!(claim(&*engine.store, Samples::now() + Duration::days(1), 10).await.is_empty());
    assert_eq!(counts(&*engine.store).await, JobCounts { open: 0, dead: 1 });
    // A dead job does not keep a new one of its key away.
    enqueue(&*engine.store, &samples, update_search("hello")).await;
    assert_eq!(claim(&*engine.store, Samples::now(), 10).await.len(), 1);

    let list = async |after| engine.store.read().await.unwrap().given_up_jobs(after, 10).await.unwrap();
    let [given_up] = &list(None).await[..] else { panic!("one was given up") };
    assert_eq!((given_up.id, &given_up.task, given_up.attempts), (job.id, &job.task, 1));
    assert_eq!((given_up.error.as_str(), given_up.given_up_at), ("never", Samples::now()));
    assert!(list(Some(job.id)).await.is_empty());
    let take = async |id| {
        let mut transaction = engine.store.begin().await.unwrap();
        let taken = transaction.take_given_up_job(id).await.unwrap();
        transaction.commit(Written::SAMPLE).await.unwrap();
        taken
    };
    assert_eq!(take(job.id).await.as_ref(), Some(given_up));
    assert_eq!(take(job.id).await, None, "once");
    assert_eq!(counts(&*engine.store).await, JobCounts { open: 1, dead: 0 }, "the other is still being worked on");
}

async fn a_newer_versions_job_is_left_to_it(engine: Engine) {
    let samples = Samples::default();
    enqueue(&*engine.store, &samples, Task::SweepOrphans).await;
    engine.execute("UPDATE jobs SET kind = 'sweep_moons', task = '{\"kind\":\"sweep_moons\"}'").await;
    enqueue(&*engine.store, &samples, Task::SweepSuperseded).await;
    let claimed = claim(&*engine.store, Samples::now() + LEASE, 10).await;
    assert_eq!(claimed.iter().map(|job| job.task.kind()).collect::<Vec<_>>(), ["sweep_superseded"]);
    assert_eq!(counts(&*engine.store).await.open, 2);
}

async fn a_job_in_a_newer_versions_words_is_left_to_it(engine: Engine) {
    let samples = Samples::default();
    enqueue(&*engine.store, &samples, Task::SweepOrphans).await;
    engine
        .execute("UPDATE jobs SET run_at = 0, kind = 'notify', task = '{\"kind\":\"notify\",\"notice\":\"moon_rose\"}'")
        .await;
    enqueue(&*engine.store, &samples, Task::SweepSuperseded).await;
    // It is due first, each time, and keeps nothing from being claimed.
    for hours in 1..=5 {
        let later = Samples::now() + Duration::hours(hours);
        let claimed = claim_of(&*engine.store, Lane::Others, later, 1).await;
        assert_eq!(claimed.iter().map(|job| job.task.kind()).collect::<Vec<_>>(), ["sweep_superseded"]);
    }
    assert_eq!(counts(&*engine.store).await, JobCounts { open: 2, dead: 0 });

    // Whoever can read it finds it as if nobody had begun it.
    engine
        .execute("UPDATE jobs SET kind = 'sweep_orphans', task = '{\"kind\":\"sweep_orphans\"}' WHERE kind = 'notify'")
        .await;
    let last = Samples::now() + Duration::hours(5);
    assert!(claim_of(&*engine.store, Lane::Others, last + Duration::seconds(59), 1).await.is_empty());
    let claimed = claim_of(&*engine.store, Lane::Others, last + Duration::hours(1), 1).await;
    assert_eq!((&claimed[0].task, claimed[0].attempts), (&Task::SweepOrphans, 1));
}

async fn what_a_newer_version_gave_up_hides_nothing(engine: Engine) {
    let samples = Samples::default();
    for name in ["one", "two", "three"] {
        enqueue(&*engine.store, &samples, update_search(name)).await;
    }
    let mut transaction = engine.store.begin().await.unwrap();
    for job in transaction.claim_jobs(Lane::Search, Samples::now(), Samples::now() + LEASE, 9).await.unwrap().jobs {
        assert!(transaction.bury_job(&job, Samples::now(), "never").await.unwrap());
    }
    transaction.commit(Written::SAMPLE).await.unwrap();
    let all = async |limit| engine.store.read().await.unwrap().given_up_jobs(None, limit).await.unwrap();
    let before = all(9).await;
    assert_eq!(before.len(), 3);
    engine.execute("UPDATE jobs SET task = '{\"kind\":\"moon\"}' WHERE id = (SELECT MIN(id) FROM jobs)").await;
    assert_eq!(all(9).await, &before[1..]);
    assert_eq!(all(2).await, &before[1..]);
    assert_eq!(all(1).await, &before[1..2]);
}

async fn jobs_are_counted_by_kind(engine: Engine) {
    let samples = Samples::default();
    for task in [update_search("one"), update_search("two"), Task::SweepOrphans] {
        enqueue(&*engine.store, &samples, task).await;
    }
    let by_kind = async || {
        let mut counts = engine.store.read().await.unwrap().jobs_by_kind().await.unwrap();
        counts.sort_by(|one, other| one.kind.cmp(&other.kind));
        counts.into_iter().map(|of| (of.kind, of.open, of.dead, of.first_due)).collect::<Vec<_>>()
    };
    let (now, kind) = (Samples::now(), |kind: &str| kind.to_owned());
    assert_eq!(by_kind().await, [(kind("sweep_orphans"), 1, 0, Some(now)), (kind("update_search"), 2, 0, Some(now))]);
    for job in claim(&*engine.store, now, 10).await {
        let mut transaction = engine.store.begin().await.unwrap();
        let later = now + Duration::minutes(1);
        match &job.task {
            Task::SweepOrphans => assert!(transaction.complete_job(&job).await.unwrap()),
            task if *task == update_search("one") => assert!(transaction.bury_job(&job, now, "never").await.unwrap()),
            _ => assert!(transaction.retry_job(&job, later, "later").await.unwrap()),
        }
        transaction.commit(Written::SAMPLE).await.unwrap();
    }
    assert_eq!(by_kind().await, [(kind("update_search"), 1, 1, Some(now + Duration::minutes(1)))]);
}

async fn workers_never_share_a_job(engine: Engine) {
    let samples = Samples::default();
    let mut transaction = engine.store.begin().await.unwrap();
    for number in 0..60 {
        transaction.enqueue(&samples.job(update_search(&format!("module{number}")))).await.unwrap();
    }
    transaction.commit(Written::SAMPLE).await.unwrap();
    let stores = [Arc::clone(&engine.store), engine.another().await];
    let workers = (0..6).map(|worker: usize| {
        let store = Arc::clone(&stores[worker % stores.len()]);
        tokio::spawn(async move {
            let mut mine = Vec::new();
            loop {
                let jobs = claim(&*store, Samples::now(), 3).await;
                if jobs.is_empty() {
                    return mine;
                }
                for job in &jobs {
                    assert!(complete(&*store, job).await);
                }
                mine.extend(jobs.into_iter().map(|job| job.id));
            }
        })
    });
    let claimed: Vec<_> =
        futures::future::join_all(workers).await.into_iter().flat_map(|worker| worker.unwrap()).collect();
    assert_eq!(claimed.len(), 60);
    assert_eq!(claimed.iter().collect::<BTreeSet<_>>().len(), 60);
}
