//! Names that are held, and what new ones resemble.

use adx_registry_core::Id;
use adx_registry_core::names::{Decision, HeldName, HeldState, Likeness, NewName, alike};
use adx_registry_core::ports::Resembling;
use adx_registry_core::ports::Written;
use adx_registry_core::publisher::Publisher;
use time::Duration;

use crate::engines::{Engine, Samples, on_every_engine};

on_every_engine!(
    a_held_name_is_kept_once_and_decided,
    held_names_are_told_page_by_page,
    a_new_name_is_compared_with_those_of_others,
);

fn held(samples: &Samples, name: &str, publisher: Option<Id<Publisher>>) -> HeldName {
    HeldName {
        id: samples.id(),
        name: name.parse().unwrap(),
        resembles: "acme/invoices".parse().unwrap(),
        likeness: Likeness::Omitted,
        publisher,
        state: HeldState::Held,
        asked_at: Samples::now(),
        decided: None,
        reason: None,
    }
}

async fn a_held_name_is_kept_once_and_decided(engine: Engine) {
    let samples = Samples::default();
    let signer = samples.signer(&*engine.store, "other").await;
    let name = held(&samples, "other/my-invoces", Some(signer.publisher.id));
    let again = held(&samples, "other/my_invoces", Some(signer.publisher.id));
    let mut transaction = engine.store.begin().await.unwrap();
    transaction.hold_name(&name).await.unwrap();
    transaction.hold_name(&again).await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();

    let mut reader = engine.store.read().await.unwrap();
    assert_eq!(reader.held_name(name.id).await.unwrap().as_ref(), Some(&name));
    assert_eq!(reader.held_name(again.id).await.unwrap(), None, "once, in whatever spelling");
    assert_eq!(reader.held_name_of(&again.name).await.unwrap().as_ref(), Some(&name));
    assert_eq!(reader.held_name_of(&"my-invoces".parse::<NewName>().unwrap()).await.unwrap(), None);
    assert_eq!(reader.held_names_of(signer.publisher.id, None, 10).await.unwrap(), std::slice::from_ref(&name));
    drop(reader);

    let mut transaction = engine.store.begin().await.unwrap();
    let locked = transaction.lock_held_name(name.id).await.unwrap().unwrap();
    assert_eq!(transaction.lock_held_name(again.id).await.unwrap(), None);
    let decided = Some(Decision { by: "machine".to_owned(), at: Samples::now() + Duration::HOUR });
    let refused = HeldName { state: HeldState::Refused, decided, reason: Some("für Grüße".to_owned()), ..locked };
    transaction.decide_held_name(&refused).await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();
    let mut reader = engine.store.read().await.unwrap();
    assert_eq!(reader.held_name(name.id).await.unwrap(), Some(refused));
    assert_eq!(reader.held_names(HeldState::Held, None, 10).await.unwrap(), []);
}

async fn held_names_are_told_page_by_page(engine: Engine) {
    let samples = Samples::default();
    let signer = samples.signer(&*engine.store, "other").await;
    let mut names = ["first", "second", "third"].map(|name| held(&samples, name, None)).to_vec();
    let mut own = ["other/one", "other/two"].map(|name| held(&samples, name, Some(signer.publisher.id))).to_vec();
    let mut transaction = engine.store.begin().await.unwrap();
    for name in names.iter().chain(&own) {
        transaction.hold_name(name).await.unwrap();
    }
    transaction.commit(Written::SAMPLE).await.unwrap();
    names.extend(own.iter().cloned());
    names.sort_by_key(|name| name.id.to_string());
    own.sort_by_key(|name| name.id.to_string());

    let mut reader = engine.store.read().await.unwrap();
    let page = reader.held_names_of(signer.publisher.id, None, 1).await.unwrap();
    assert_eq!(page, &own[1..], "a publisher's newest first");
    assert_eq!(reader.held_names_of(signer.publisher.id, Some(page[0].id), 2).await.unwrap(), &own[..1]);
    let page = reader.held_names(HeldState::Held, None, 2).await.unwrap();
    assert_eq!(page, &names[..2]);
    let rest = reader.held_names(HeldState::Held, Some(page[1].id), 3).await.unwrap();
    assert_eq!(rest, &names[2..]);
}

async fn a_new_name_is_compared_with_those_of_others(engine: Engine) {
    let samples = Samples::default();
    let acme = samples.signer(&*engine.store, "acme-tools").await;
    let other = samples.signer(&*engine.store, "other").await;
    let mut transaction = engine.store.begin().await.unwrap();
    samples.write_release(&mut *transaction, &acme, "pdf_invoices", "1.0.0").await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();

    let wanted = |canonical: &str, variants: &[&str]| Resembling {
        canonical: canonical.to_owned(),
        variants: variants.iter().map(ToString::to_string).collect(),
        alike: alike(canonical),
    };
    let mut reader = engine.store.read().await.unwrap();
    let invoices = Some("acme-tools/pdf_invoices".parse().unwrap());
    for (wanted, found) in [
        (wanted("pdf-invoces", &["pdf-invoices"]), invoices.clone()),
        (wanted("pdf1nvo1ces", &["pdf"]), invoices.clone()),
        (wanted("receipts", &["receipt", "recepts"]), None),
        // The namespace tells the same name apart.
        (wanted("pdf-invoices", &["pdf-invoices", "pdf-invoice"]), None),
    ] {
        assert_eq!(reader.similar_module(other.publisher.id, &wanted).await.unwrap(), found, "{wanted:?}");
    }
    let own = wanted("pdf-invoces", &["pdf-invoices"]);
    assert_eq!(reader.similar_module(acme.publisher.id, &own).await.unwrap(), None, "one's own modules may be alike");

    for (wanted, found) in [
        (wanted("acme-tool", &["acme-tools"]), Some("acme-tools")),
        (wanted("acmet00ls", &["acme"]), Some("acme-tools")),
        (wanted("acme-tools", &["acme-tools"]), None),
        (wanted("stranger", &["strange"]), None),
    ] {
        let found = found.map(|found| found.parse().unwrap());
        assert_eq!(reader.similar_namespace(&wanted).await.unwrap(), found, "{wanted:?}");
    }
    // As many as the longest name has.
    let many: Vec<String> = (0..2_000).map(|number| format!("variant-{number}")).collect();
    let wanted = Resembling { variants: many, ..own };
    assert!(reader.similar_module(acme.publisher.id, &wanted).await.unwrap().is_none());
}
