//! Many at once: who has seen number N never sees a smaller one appear, and what was acknowledged is there.

use adx_registry_core::ports::Written;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use adx_registry_core::ports::{Constraint, Store, StoreError};

use crate::engines::{Engine, Samples, Signer, on_every_engine};

on_every_engine!(
    one_of_two_publishers_of_a_version_wins,
    numbers_appear_in_order_and_without_gaps,
    futures_dropped_anywhere_lose_nothing_that_was_acknowledged,
);

const WRITERS: usize = 8;
const RELEASES: usize = 25;

async fn one_of_two_publishers_of_a_version_wins(engine: Engine) {
    let samples = Arc::new(Samples::default());
    let signer = Arc::new(samples.signer(&*engine.store, "adx").await);
    let attempts = (0..WRITERS).map(|_| {
        let (store, samples, signer) = (Arc::clone(&engine.store), Arc::clone(&samples), Arc::clone(&signer));
        tokio::spawn(async move {
            let mut transaction = store.begin().await.unwrap();
            match samples.write_release(&mut *transaction, &signer, "hello", "1.0.0").await {
                Ok(_) => {
                    transaction.commit(Written::SAMPLE).await.unwrap();
                    true
                }
                Err(StoreError::Violated(Constraint::ReleaseVersion)) => {
                    transaction.rollback().await.unwrap();
                    // Whoever has lost finds the winner's release.
                    assert_eq!(store.read().await.unwrap().counts().await.unwrap().releases, 1);
                    false
                }
                Err(error) => panic!("{error:?}"),
            }
        })
    });
    let outcomes = futures::future::join_all(attempts).await;
    assert_eq!(outcomes.into_iter().filter(|won| *won.as_ref().unwrap()).count(), 1);
    assert_eq!(engine.store.read().await.unwrap().last_seq().await.unwrap(), 1);
}

async fn numbers_appear_in_order_and_without_gaps(engine: Engine) {
    let samples = Arc::new(Samples::default());
    let signer = Arc::new(samples.signer(&*engine.store, "adx").await);
    let done = Arc::new(AtomicBool::new(false));
    let reader = tokio::spawn(follow(Arc::clone(&engine.store), Arc::clone(&done)));
    let writers = (0..WRITERS).map(|writer| {
        let (store, samples, signer) = (Arc::clone(&engine.store), Arc::clone(&samples), Arc::clone(&signer));
        tokio::spawn(async move {
            for release in 0..RELEASES {
                write(&*store, &samples, &signer, writer, release, release % 3 != 0).await;
            }
        })
    });
    for writer in futures::future::join_all(writers).await {
        writer.unwrap();
    }
    done.store(true, Ordering::Release);
    let seen = reader.await.unwrap();
    let written = WRITERS * (0..RELEASES).filter(|release| release % 3 != 0).count();
    assert_eq!(seen, (1..=written as u64).collect::<Vec<_>>());
}

/// Reads on from the last number seen, as an agent does, until the writers are done and all is read.
async fn follow(store: Arc<dyn Store>, done: Arc<AtomicBool>) -> Vec<u64> {
    let mut seen: Vec<u64> = Vec::new();
    loop {
        let last_round = done.load(Ordering::Acquire);
        let after = seen.last().copied().unwrap_or(0);
        let changes = store.read().await.unwrap().changes_after(after, 1000).await.unwrap();
        if changes.is_empty() && last_round {
            return seen;
        }
        seen.extend(changes.iter().map(|change| change.seq));
        tokio::task::yield_now().await;
    }
}

async fn write(store: &dyn Store, samples: &Samples, signer: &Signer, writer: usize, release: usize, commit: bool) {
    let mut transaction = store.begin().await.unwrap();
    let version = format!("{release}.0.0");
    samples.write_release(&mut *transaction, signer, &format!("module{writer}"), &version).await.unwrap();
    if commit {
        transaction.commit(Written::SAMPLE).await.unwrap();
    } else {
        transaction.rollback().await.unwrap();
    }
}

async fn futures_dropped_anywhere_lose_nothing_that_was_acknowledged(engine: Engine) {
    let samples = Arc::new(Samples::default());
    let signer = Arc::new(samples.signer(&*engine.store, "adx").await);
    let mut acknowledged = Vec::new();
    for round in 0..60_usize {
        let attempts: Vec<_> = (0..4_usize)
            .map(|task| {
                let (store, samples, signer) = (Arc::clone(&engine.store), Arc::clone(&samples), Arc::clone(&signer));
                tokio::spawn(async move {
                    // Every poll but the last may be the one it is dropped at.
                    let polls = (round * 7 + task * 13) % 40;
                    let work = write(&*store, &samples, &signer, round, task, true);
                    give_up_after(polls, work).await.map(|()| (round, task))
                })
            })
            .collect();
        for outcome in futures::future::join_all(attempts).await {
            acknowledged.extend(outcome.unwrap());
        }
    }
    // The next transaction finds the store in order.
    write(&*engine.store, &samples, &signer, 1000, 0, true).await;
    acknowledged.push((1000, 0));
    assert!(acknowledged.len() > 20, "most are dropped, many are not: {}", acknowledged.len());
    let another = engine.another().await;
    let mut reader = another.read().await.unwrap();
    for (writer, release) in acknowledged {
        let module = reader.module(&format!("adx/module{writer}").parse().unwrap()).await.unwrap().unwrap();
        let version = format!("{release}.0.0").parse().unwrap();
        assert!(reader.release(module.id, &version).await.unwrap().is_some(), "{writer} {release}");
    }
    let changes = reader.changes_after(0, 10_000).await.unwrap();
    let numbers: Vec<_> = changes.iter().map(|change| change.seq).collect();
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
    assert_eq!(reader.counts().await.unwrap().releases, numbers.len() as u64);
}

/// Polls `work` at most so often, then drops it.
async fn give_up_after<T>(polls: usize, work: impl Future<Output = T>) -> Option<T> {
    let mut work = Box::pin(work);
    let mut left = polls;
    std::future::poll_fn(move |context| match work.as_mut().poll(context) {
        std::task::Poll::Ready(value) => std::task::Poll::Ready(Some(value)),
        std::task::Poll::Pending if left == 0 => std::task::Poll::Ready(None),
        std::task::Poll::Pending => {
            left -= 1;
            std::task::Poll::Pending
        }
    })
    .await
}
