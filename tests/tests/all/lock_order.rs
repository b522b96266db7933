//! What changes the same releases at the same time, on both databases: each waits for the other, and never both.

use adx_registry_core::accounts::{SignUp, WaysIn};
use adx_registry_core::audit::Who;
use adx_registry_core::ports::Written;
use std::sync::Arc;

use adx_registry::blobs;
use adx_registry::mail::NoMail;
use adx_registry::payments::ByInvoice;
use adx_registry::world::{BoundedBlocking, Commits, FileVault, Progress, SystemClock, SystemEntropy, TaskOrigins};
use adx_registry_core::Ports;
use adx_registry_core::actor::Actor;
use adx_registry_core::ports::{NoDomains, NoIssuers, Store};
use adx_registry_core::quarantine::quarantine_on_the_machine;
use adx_registry_core::quotas::Quota;
use adx_registry_core::release::Release;
use adx_registry_core::revoke::{Revocation, RevokeError, Revoked, revoke_on_the_machine, unrevoke_on_the_machine};
use adx_registry_core::yank::{Yank, yank};

use crate::engines::{Counting, Engine, Samples, on_every_engine};
use crate::owners::NoSearch;

on_every_engine!(yanks_quarantine_and_revocations_at_once_all_come_to_an_end);

/// Enough for the wrong order to be met, and few enough for a slow disk.
const ROUNDS: usize = 10;

pub(crate) fn ports(store: Arc<dyn Store>) -> Ports {
    Ports {
        store,
        blobs: blobs::open(&"memory:///".parse().unwrap(), [], Arc::new(Counting::default())).unwrap(),
        search: Arc::new(NoSearch),
        mail: Arc::new(NoMail),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        blocking: Arc::new(BoundedBlocking::default()),
        hashing: Arc::new(BoundedBlocking::default()),
        vault: Arc::new(FileVault::of(&[7; 32])),
        identity: None,
        origins: Arc::new(TaskOrigins::otherwise(Who::Machine)),
        workflows: Arc::new(NoIssuers),
        passkeys: None,
        domains: Arc::new(NoDomains),
        progress: Arc::new(Progress::new(Commits::default())),
        sign_up: SignUp::Open,
        ways_in: WaysIn::default(),
        names: Arc::default(),
        quota: Quota::default(),
        webhooks: Arc::default(),
        pipeline: Arc::default(),
        market: Arc::default(),
        payments: Arc::new(ByInvoice::new(String::new(), None)),
        public_url: None,
    }
}

async fn yanks_quarantine_and_revocations_at_once_all_come_to_an_end(engine: Engine) {
    let samples = Samples::default();
    let signer = samples.signer(&*engine.store, "acme").await;
    let mut transaction = engine.store.begin().await.unwrap();
    let mut releases = Vec::new();
    for name in ["one", "two"] {
        releases.push(samples.write_release(&mut *transaction, &signer, name, "1.0.0").await.unwrap());
    }
    transaction.commit(Written::SAMPLE).await.unwrap();
    let [one, two] = &releases[..] else { panic!("two releases") };
    let actor = Actor::Publisher { publisher: signer.publisher.clone(), token: signer.token.clone() };
    let (yanking, revoking, holding) =
        (ports(Arc::clone(&engine.store)), ports(engine.another().await), ports(engine.another().await));

    let yanks = async {
        for round in 0..2 * ROUNDS {
            for release in [one, two] {
                let wanted = if round % 2 == 0 { Yank::For(None) } else { Yank::Undo(None) };
                yank(&yanking, &actor, &release.module, &release.version, wanted).await.expect("yanked");
            }
        }
    };
    let revocations = async {
        for _ in 0..ROUNDS {
            for release in [two, one] {
                revoke_and_take_back(&revoking, release).await.expect("revoked");
            }
            let key = Revocation::Key { id: signer.key.key_id, from_leaf: 0 };
            revoke_on_the_machine(&revoking, key, &"it was stolen".parse().unwrap()).await.expect("revoked");
            unrevoke_on_the_machine(&revoking, Revoked::Key(signer.key.key_id)).await.expect("taken back");
        }
    };
    let quarantines = async {
        for _ in 0..ROUNDS {
            let why = "it is looked at".parse().unwrap();
            quarantine_on_the_machine(&holding, &one.module, &one.version, Some(&why)).await.expect("withheld");
        }
    };
    tokio::join!(yanks, revocations, quarantines);
}

async fn revoke_and_take_back(ports: &Ports, release: &Release) -> Result<(), RevokeError> {
    revoke_on_the_machine(ports, Revocation::Package(release.sha256), &"it steals".parse().unwrap()).await?;
    unrevoke_on_the_machine(ports, Revoked::Package(release.sha256)).await?;
    // Offered again, so that the next time takes every lock.
    quarantine_on_the_machine(ports, &release.module, &release.version, None).await.expect("let out");
    Ok(())
}
