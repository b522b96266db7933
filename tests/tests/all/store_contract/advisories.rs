//! What is said of releases once they are out.

use adx_index::advisory::{AdvisoryId, Severity};
use adx_index::affected::VersionRange;
use adx_registry_core::advisories::{Advisory, Content};
use adx_registry_core::ports::{AdvisoryCounts, FiledAdvisory, NewModule, Store, Written};
use adx_registry_core::release::{Deprecation, Module};

use crate::engines::{Engine, Samples, on_every_engine};

on_every_engine!(
    a_deprecation_is_replaced_and_taken_back,
    advisories_are_told_as_any_part_of_the_log_has_them,
    what_was_withdrawn_takes_no_place_of_what_holds,
);

async fn module(samples: &Samples, store: &dyn Store, name: &str) -> Module {
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
    module
}

async fn a_deprecation_is_replaced_and_taken_back(engine: Engine) {
    let samples = Samples::default();
    let module = module(&samples, &*engine.store, "adx/hello").await.id;
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
    let hello = module(&samples, &*engine.store, "adx/hello").await.id;
    let other = module(&samples, &*engine.store, "acme/greeter").await.id;
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
    let first = reader.advisory(&AdvisoryId::new(2026, 1)).await.unwrap();
    assert_eq!(first.as_ref(), Some(&filed[2].advisory), "its last state");
    assert_eq!(reader.logged_advisories(9, 100).await.unwrap(), filed[..2], "as the leaves below have them");
    assert_eq!(reader.logged_advisories(7, 100).await.unwrap(), []);
    let all = reader.logged_advisories(u64::from(u32::MAX), 100).await.unwrap();
    let ids: Vec<_> = all.iter().map(|filed| (filed.advisory.id.year(), filed.advisory.id.number())).collect();
    assert_eq!(ids, [(2026, 1), (2026, 2), (2026, 10_000), (2027, 1)]);
    assert_eq!(all[0], filed[2]);
    let page = reader.advisories_after(Some(hello), Some(&AdvisoryId::new(2026, 1)), 1).await.unwrap();
    assert_eq!(page, [filed[3].advisory.clone()], "by number, not by text");
    assert_eq!(reader.advisories_after(None, None, 100).await.unwrap().len(), 4);
}

async fn what_was_withdrawn_takes_no_place_of_what_holds(engine: Engine) {
    let samples = Samples::default();
    let signer = samples.signer(&*engine.store, "adx").await;
    let mut transaction = engine.store.begin().await.unwrap();
    let hello = transaction.lock_module(&samples.new_module(&signer.publisher, "hello")).await.unwrap();
    let beside = transaction.lock_module(&samples.new_module(&signer.publisher, "beside")).await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();
    let other = module(&samples, &*engine.store, "acme/greeter").await;
    let withdrawn = |number, revision, module: &Module| Advisory {
        withdrawn: Some(Samples::now().into()),
        ..advisory(2026, number, revision, &module.module.to_string())
    };
    let holds = |number, module: &Module| advisory(2026, number, 1, &module.module.to_string());
    // 1 and 2 are withdrawn, the second one first.
    let states = [
        (&hello, holds(1, &hello)),
        (&hello, holds(2, &hello)),
        (&hello, withdrawn(2, 2, &hello)),
        (&hello, holds(3, &hello)),
        (&beside, holds(4, &beside)),
        (&hello, withdrawn(1, 2, &hello)),
        (&other, holds(5, &other)),
    ];
    let mut transaction = engine.store.begin().await.unwrap();
    transaction.lock_leaves().await.unwrap();
    for (leaf, (module, advisory)) in (0..).zip(states) {
        let document = advisory.to_document();
        let state = FiledAdvisory { advisory, document, leaf };
        transaction.insert_advisory(module.id, &state, "machine").await.unwrap();
    }
    transaction.commit(Written::SAMPLE).await.unwrap();

    let mut reader = engine.store.read().await.unwrap();
    let counts = reader.advisory_counts(&hello).await.unwrap();
    assert_eq!(counts, AdvisoryCounts { of_module: 1, of_publisher: 2, of_registry: 3 });
    let counts = reader.advisory_counts(&other).await.unwrap();
    assert_eq!(counts, AdvisoryCounts { of_module: 1, of_publisher: 1, of_registry: 3 });
    for (limit, listed) in [(5, vec![1, 2, 3, 4, 5]), (4, vec![1, 3, 4, 5]), (3, vec![3, 4, 5])] {
        let logged = reader.logged_advisories(7, limit).await.unwrap();
        let numbers: Vec<_> = logged.iter().map(|filed| filed.advisory.id.number()).collect();
        assert_eq!(numbers, listed, "in {limit} places");
    }
    let before = reader.logged_advisories(2, 2).await.unwrap();
    let holding = before.iter().filter(|filed| filed.advisory.withdrawn.is_none()).count();
    assert_eq!((before.len(), holding), (2, 2), "as it was before: {before:?}");
    assert_eq!(reader.advisories_after(None, None, 100).await.unwrap().len(), 5, "all stay to be read");
}
