//! What is said of releases once they are out.

use adx_index::advisory::{AdvisoryId, Severity};
use adx_index::affected::VersionRange;
use adx_registry_core::Id;
use adx_registry_core::advisories::{Advisory, Content};
use adx_registry_core::ports::{FiledAdvisory, NewModule, Store, Written};
use adx_registry_core::release::{Deprecation, Module};

use crate::engines::{Engine, Samples, on_every_engine};

on_every_engine!(a_deprecation_is_replaced_and_taken_back, advisories_are_told_as_any_part_of_the_log_has_them);

async fn module(samples: &Samples, store: &dyn Store, name: &str) -> Id<Module> {
    let signer = samples.signer(store, name.split('/').next().unwrap()).await;
    let mut transaction = store.begin().await.unwrap();
    let new = NewModule {
        id: samples.id(),
        module: name.parse().unwrap(),
        publisher: signer.publisher.id,
        now: Samples::now(),
    };
    let module = transaction.lock_module(&new).await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();
    module.id
}

async fn a_deprecation_is_replaced_and_taken_back(engine: Engine) {
    let samples = Samples::default();
    let module = module(&samples, &*engine.store, "adx/hello").await;
    let first = Deprecation { versions: None, message: "alt".to_owned(), replacement: None, at: Samples::now() };
    let second = Deprecation {
        versions: Some("<2, >=1.0.0-rc.1".parse().unwrap()),
        message: "not maintained any more".to_owned(),
        replacement: Some("acme/greeter".parse().unwrap()),
        at: Samples::now(),
    };
    assert_eq!(engine.store.read().await.unwrap().deprecation(module).await.unwrap(), None);
    for said in [Some(first), Some(second), None] {
        let mut transaction = engine.store.begin().await.unwrap();
        transaction.set_deprecation(module, said.as_ref()).await.unwrap();
        transaction.commit(Written::SAMPLE).await.unwrap();
        assert_eq!(engine.store.read().await.unwrap().deprecation(module).await.unwrap(), said);
    }
}

fn advisory(year: u16, number: u32, revision: u64, module: &str) -> Advisory {
    Advisory {
        id: AdvisoryId::new(year, number),
        revision,
        module: module.parse().unwrap(),
        content: Content {
            title: format!("revision {revision}").parse().unwrap(),
            details: String::new(),
            severity: Severity::Low,
            cvss: None,
            affected: vec![VersionRange::default()],
            references: Vec::new(),
            aliases: Vec::new(),
        },
        confirmed: false,
        published: Samples::now().into(),
        modified: Samples::now().into(),
        withdrawn: None,
    }
}

async fn advisories_are_told_as_any_part_of_the_log_has_them(engine: Engine) {
    let samples = Samples::default();
    let hello = module(&samples, &*engine.store, "adx/hello").await;
    let other = module(&samples, &*engine.store, "acme/greeter").await;
    let mut reader = engine.store.read().await.unwrap();
    assert_eq!(reader.last_advisory_of(2026).await.unwrap(), 0);
    assert_eq!(reader.advisory(&AdvisoryId::new(2026, 1)).await.unwrap(), None);
    drop(reader);
    let states = [
        (hello, advisory(2026, 1, 1, "adx/hello")),
        (other, advisory(2026, 2, 1, "acme/greeter")),
        (hello, advisory(2026, 1, 2, "adx/hello")),
        (hello, advisory(2026, 10_000, 1, "adx/hello")),
        (hello, advisory(2027, 1, 1, "adx/hello")),
    ];
    let mut transaction = engine.store.begin().await.unwrap();
    transaction.lock_leaves().await.unwrap();
    let mut filed = Vec::new();
    for (leaf, (module, advisory)) in (7..).zip(states) {
        let document = advisory.to_document();
        let state = FiledAdvisory { advisory, document, leaf };
        transaction.insert_advisory(module, &state, "machine").await.unwrap();
        filed.push(state);
    }
    transaction.commit(Written::SAMPLE).await.unwrap();

    let mut reader = engine.store.read().await.unwrap();
    assert_eq!(reader.last_advisory_of(2026).await.unwrap(), 10_000);
    assert_eq!(reader.last_advisory_of(2028).await.unwrap(), 0);
    assert_eq!(reader.advisory_count(None).await.unwrap(), 4);
    assert_eq!(reader.advisory_count(Some(hello)).await.unwrap(), 3);
    let first = reader.advisory(&AdvisoryId::new(2026, 1)).await.unwrap();
    assert_eq!(first.as_ref(), Some(&filed[2].advisory), "its last state");
    assert_eq!(reader.logged_advisories(9).await.unwrap(), filed[..2], "as the leaves below have them");
    assert_eq!(reader.logged_advisories(7).await.unwrap(), []);
    let all = reader.logged_advisories(u64::from(u32::MAX)).await.unwrap();
    let ids: Vec<_> = all.iter().map(|filed| (filed.advisory.id.year(), filed.advisory.id.number())).collect();
    assert_eq!(ids, [(2026, 1), (2026, 2), (2026, 10_000), (2027, 1)]);
    assert_eq!(all[0], filed[2]);
    let page = reader.advisories_after(Some(hello), Some(&AdvisoryId::new(2026, 1)), 1).await.unwrap();
    assert_eq!(page, [filed[3].advisory.clone()], "by number, not by text");
    assert_eq!(reader.advisories_after(None, None, 100).await.unwrap().len(), 4);
}
