//! How many advisories fit, on both databases: no publisher takes the places of another, and all of them none of the operators'.

use std::sync::Arc;

use adx_index::advisory::{AdvisoryId, Severity};
use adx_index::affected::VersionRange;
use adx_registry_core::Ports;
use adx_registry_core::actor::Actor;
use adx_registry_core::advisories::{
    Advisory, AdvisoryError, Content, MAX_ADVISORIES, MAX_OF_MODULE, MAX_OF_PUBLISHER, OPERATORS_PLACES, file_advisory,
    file_advisory_on_the_machine, withdraw_advisory,
};
use adx_registry_core::ports::{FiledAdvisory, Written};
use adx_registry_core::release::Module;

use crate::engines::{Engine, Samples, Signer, on_every_engine};
use crate::lock_order::ports;

on_every_engine!(a_publisher_has_so_many_places_and_leaves_the_rest,);

/// A registry whose advisories are written as by filing them, so that thousands are there at once.
struct Filled {
    engine: Engine,
    ports: Ports,
    samples: Samples,
    number: u32,
}

impl Filled {
    async fn publisher(&self, namespace: &str, modules: &[&str]) -> (Actor, Vec<Module>) {
        let Signer { publisher, token, .. } = self.samples.signer(&*self.engine.store, namespace).await;
        let mut transaction = self.engine.store.begin().await.unwrap();
        let mut made = Vec::new();
        for name in modules {
            made.push(transaction.lock_module(&self.samples.new_module(&publisher, name)).await.unwrap());
        }
        transaction.commit(Written::SAMPLE).await.unwrap();
        (Actor::Publisher { publisher, token }, made)
    }

    /// Files so many more about a module.
    async fn add(&mut self, module: &Module, count: u32) {
        let mut transaction = self.engine.store.begin().await.unwrap();
        transaction.lock_leaves().await.unwrap();
        for _ in 0..count {
            self.number += 1;
            let advisory = Advisory {
                // Of another year than those that are filed here, whose numbers follow each other.
                id: AdvisoryId::new(2000, self.number),
                revision: 1,
                module: module.module.clone(),
                content: content(),
                confirmed: false,
                published: Samples::now().into(),
                modified: Samples::now().into(),
                withdrawn: None,
            };
            let document = advisory.to_document();
            let state = FiledAdvisory { advisory, document, leaf: u64::from(self.number) };
            transaction.insert_advisory(module.id, &state, "machine").await.unwrap();
        }
        transaction.commit(Written::SAMPLE).await.unwrap();
    }

    /// Whose advisories are too many for another one by its publisher, if they are.
    async fn full(&self, actor: &Actor, module: &Module) -> Option<&'static str> {
        match file_advisory(&self.ports, actor, &module.module, content()).await {
            Ok(_) => None,
            Err(AdvisoryError::Full { whose, .. }) => Some(whose),
            Err(other) => panic!("{other}"),
        }
    }
}

fn content() -> Content {
    Content {
        title: "answers strangers".parse().unwrap(),
        details: String::new(),
        severity: Severity::Low,
        cvss: None,
        affected: vec![VersionRange::default()],
        references: Vec::new(),
        aliases: Vec::new(),
    }
}

async fn a_publisher_has_so_many_places_and_leaves_the_rest(engine: Engine) {
    let ports = ports(Arc::clone(&engine.store));
    let mut filled = Filled { engine, ports, samples: Samples::default(), number: 0 };
    let (adx, modules) = filled.publisher("adx", &["one", "two", "three"]).await;
    let [one, two, three] = &modules[..] else { panic!("three modules") };
    let (other, theirs) = filled.publisher("other", &["one"]).await;

    // Of a module, of a publisher, of the registry: each bound is met, and then it is too many.
    filled.add(one, MAX_OF_MODULE - 1).await;
    let last = file_advisory(&filled.ports, &adx, &one.module, content()).await.unwrap();
    assert_eq!(filled.full(&adx, one).await, Some("the module"));
    withdraw_advisory(&filled.ports, &adx, last.id).await.unwrap();
    assert_eq!(filled.full(&adx, one).await, None, "what was withdrawn makes room");
    filled.add(two, MAX_OF_PUBLISHER - MAX_OF_MODULE - 1).await;
    assert_eq!(filled.full(&adx, three).await, None);
    assert_eq!(filled.full(&adx, three).await, Some("the publisher"));
    assert_eq!(filled.full(&other, &theirs[0]).await, None, "others have places of their own");
    let (_, many) = filled.publisher("many", &["one"]).await;
    let of_publishers = MAX_ADVISORIES - OPERATORS_PLACES;
    filled.add(&many[0], of_publishers - MAX_OF_PUBLISHER - 2).await;
    assert_eq!(filled.full(&other, &theirs[0]).await, None);
    assert_eq!(filled.full(&other, &theirs[0]).await, Some("the registry"));

    // Operators file what no publisher may any more, until nothing fits into the list.
    file_advisory_on_the_machine(&filled.ports, &one.module, content()).await.unwrap();
    filled.add(&many[0], OPERATORS_PLACES - 1).await;
    let refused = file_advisory_on_the_machine(&filled.ports, &one.module, content()).await;
    assert!(matches!(refused, Err(AdvisoryError::Full { most: MAX_ADVISORIES, .. })), "{refused:?}");
}
