//! What is found in what is released: whom it is told, how often, and what an operator may have done about it.

use adx_registry_core::audit::{Act, Who};
use adx_registry_core::quarantine::quarantine_on_the_machine;
use adx_registry_core::rechecks::{RecheckError, RecheckState, recheck_on_the_machine};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::world::{DRAINER, MATCHED, NEEDLE, NOTHING, World, hello};
use crate::engines::{Engine, on_every_engine};
use crate::submissions::stage::package;

on_every_engine!(
    what_a_new_rule_knows_is_told_once_and_withheld_with_the_flag,
    what_is_harmful_is_told_to_operators_alone,
    what_an_operator_let_pass_stays_passed,
    a_release_from_before_submissions_were_kept_has_one_then,
    a_module_or_a_version_is_looked_over_by_itself,
    what_is_taken_away_or_not_there_is_not_looked_over,
);

async fn what_a_new_rule_knows_is_told_once_and_withheld_with_the_flag(engine: Engine) {
    let world = World::new(engine).await;
    let first = world.release("1.0.0", &MATCHED).await;
    let second = world.release("1.1.0", &MATCHED).await;
    let sound = world.release("1.2.0", &[]).await;
    world.letters().await;
    let clean = world.recheck(false).await;
    assert_eq!((clean.state, clean.looked_at, clean.found_in), (RecheckState::Ended, 3, 0));
    let (told, _) = world.views("1.0.0").await;
    assert_eq!(told["findings"], json!([]));
    assert!(told["checked_at"].is_string(), "{told}");
    assert_eq!(world.letters().await.len(), 0, "nothing was found");

    world.rules(NEEDLE);
    let found = world.recheck(false).await;
    assert_eq!((found.looked_at, found.found_in, found.quarantined, found.unfinished), (3, 2, 0, 0));
    for view in <[Value; 2]>::from(world.views("1.0.0").await) {
        let finding = &view["findings"][0];
        assert_eq!(
            (&finding["check"], &finding["severity"], &finding["rule"]),
            (&json!("content"), &json!("error"), &json!("needle"))
        );
        assert_eq!((&finding["place"], &finding["found_at"]), (&json!("docs/a.txt"), &view["checked_at"]), "{view}");
        assert_eq!(view["state"], "released");
    }
    assert_eq!(world.views("1.2.0").await.1["findings"], json!([]));
    assert_eq!(world.released(first).await.quarantined_for, None, "it is reported, and nothing is taken away");
    let letters = world.letters().await;
    let to = |name: &str| letters.iter().filter(|letter| letter.to.as_str() == name).collect::<Vec<_>>();
    let [ada] = to("ada@example.org")[..] else { panic!("one letter for the module: {letters:?}") };
    assert_eq!(ada.subject, "adx/hello: something is known of what is released");
    for version in ["1.0.0", "1.1.0"] {
        assert!(ada.text.contains(&format!("{version}: error[content/known-content]")), "{}", ada.text);
    }
    assert!(!ada.text.contains("1.2.0") && ada.text.contains("adx submissions show "), "{}", ada.text);
    let [grace] = to("grace@example.org")[..] else { panic!("one letter for the recheck: {letters:?}") };
    assert!(grace.text.contains("In 2 of them") && grace.text.contains("adx/hello 1.1.0: error["), "{}", grace.text);
    assert_eq!(world.audit(Act::ReleaseFlag, true).await.len(), 2);

    // The same once more is no news.
    let again = world.recheck(false).await;
    assert_eq!((again.looked_at, again.found_in), (3, 0));
    assert_eq!(world.letters().await.len(), 0);
    assert_eq!(world.audit(Act::ReleaseFlag, false).await.len(), 2);

    // An operator may have it withheld, whenever it was found.
    let withheld = world.recheck(true).await;
    assert_eq!((withheld.found_in, withheld.quarantined), (0, 2));
    for sha256 in [first, second] {
        let release = world.released(sha256).await;
        assert_eq!(release.quarantined_for.as_deref(), Some("the check content refuses it: needle"));
    }
    assert_eq!(world.released(sound).await.quarantined_for, None);
    let acts = world.audit(Act::ReleaseQuarantine, true).await;
    assert_eq!(acts.iter().map(|act| act.told.who).collect::<Vec<_>>(), [Who::Machine; 2]);
    let letters = world.letters().await;
    let quarantined = letters.iter().filter(|letter| letter.subject.contains("is in quarantine"));
    assert_eq!(quarantined.count(), 2, "by the letter of every quarantine: {letters:?}");
    assert_eq!(world.recheck(true).await.quarantined, 0, "it is there already");
    assert_eq!(world.letters().await.len(), 0);

    // What no rule knows any more is not said any more.
    world.rules(NOTHING);
    assert_eq!(world.recheck(true).await.found_in, 0);
    assert_eq!(world.views("1.0.0").await.1["findings"], json!([]));
    assert!(world.released(first).await.quarantined_for.is_some(), "an operator lets it out");
}

async fn what_is_harmful_is_told_to_operators_alone(engine: Engine) {
    let world = World::new(engine).await;
    world.release("1.0.0", &MATCHED).await;
    world.letters().await;
    world.rules(DRAINER);
    assert_eq!(world.recheck(false).await.found_in, 1);
    let (told, seen) = world.views("1.0.0").await;
    assert_eq!(told["findings"], json!([]), "whoever hides it does not learn that it is known");
    assert_eq!(seen["findings"][0]["severity"], "harmful");
    let letters = world.letters().await;
    let to: Vec<_> = letters.iter().map(|letter| letter.to.as_str()).collect();
    assert_eq!(to, ["grace@example.org"], "{letters:?}");
    assert!(letters[0].text.contains("adx/hello 1.0.0: harmful[content/known-content]"), "{}", letters[0].text);
    assert_eq!(world.audit(Act::ReleaseFlag, true).await, []);
    let entries = world.audit(Act::ReleaseFlag, false).await;
    assert_eq!((entries.len(), &entries[0].told.detail["worst"]), (1, &json!("harmful")));
}

async fn what_an_operator_let_pass_stays_passed(engine: Engine) {
    let world = World::new(engine).await;
    world.rules(DRAINER);
    let (status, waits) = world.stage.send(&package("1.0.0", &MATCHED)).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{waits}");
    let approve = format!("/submissions/{}/approve", waits["id"].as_str().unwrap());
    assert_eq!(world.stage.post(&world.stage.operator, &approve, json!({})).await.0, StatusCode::OK);
    world.letters().await;
    let recheck = world.recheck(true).await;
    assert_eq!((recheck.looked_at, recheck.found_in, recheck.quarantined), (1, 0, 0));
    let (_, seen) = world.views("1.0.0").await;
    assert_eq!((&seen["findings"][0]["severity"], seen["findings"][0].get("found_at")), (&json!("harmful"), None));
    assert_eq!(world.letters().await.len(), 0);
}

async fn a_release_from_before_submissions_were_kept_has_one_then(engine: Engine) {
    let world = World::new(engine).await;
    let sha256 = world.release("1.0.0", &MATCHED).await;
    world.stage.execute("DELETE FROM submission_events; DELETE FROM submissions").await;
    world.letters().await;
    world.rules(NEEDLE);
    assert_eq!(world.recheck(false).await.found_in, 1);
    let (told, _) = world.views("1.0.0").await;
    assert_eq!((&told["state"], &told["sha256"]), (&json!("released"), &json!(sha256.to_string())));
    assert_eq!(told["findings"].as_array().unwrap().len(), 1);
    assert_eq!(world.recheck(false).await.found_in, 0, "it is not kept twice");
    let (_, own) = world.stage.get(&world.stage.publisher, "/publishers/adx/submissions").await;
    assert_eq!(own["submissions"].as_array().unwrap().len(), 1);
}

async fn a_module_or_a_version_is_looked_over_by_itself(engine: Engine) {
    let world = World::new(engine).await;
    for version in ["1.0.0", "1.1.0", "1.2.0"] {
        world.release(version, &MATCHED).await;
    }
    world.letters().await;
    world.rules(NEEDLE);
    let version = "1.1.0".parse().unwrap();
    let begun = recheck_on_the_machine(&world.stage.ports, Some((&hello(), Some(&version))), false).await.unwrap();
    assert_eq!(world.letters().await.len(), 2, "to Ada and to Grace");
    let one = world.read(&begun.recheck).await;
    assert_eq!((one.state, one.looked_at, one.found_in), (RecheckState::Ended, 1, 1));
    assert!(world.views("1.0.0").await.0.get("checked_at").is_none(), "the others were not meant");
    let begun = recheck_on_the_machine(&world.stage.ports, Some((&hello(), None)), false).await.unwrap();
    let letters = world.letters().await;
    let all = world.read(&begun.recheck).await;
    assert_eq!((all.state, all.looked_at, all.found_in), (RecheckState::Ended, 3, 2));
    assert!(letters.iter().all(|letter| !letter.text.contains("1.1.0")), "nobody is told twice: {letters:?}");
}

async fn what_is_taken_away_or_not_there_is_not_looked_over(engine: Engine) {
    let world = World::new(engine).await;
    let first = world.release("1.0.0", &MATCHED).await;
    world.release("1.1.0", &MATCHED).await;
    let version = "1.0.0".parse().unwrap();
    let why = "somebody looks at it".parse().unwrap();
    quarantine_on_the_machine(&world.stage.ports, &hello(), &version, Some(&why)).await.unwrap();
    let takedown = json!({ "reason": "a court has said so", "reference": "7 O 12/26" });
    let path = "/modules/adx/hello/versions/1.1.0/takedown";
    let (status, answer) = world.stage.call(&world.stage.operator, Method::PUT, path, Some(takedown)).await;
    assert!(status.is_success(), "{answer}");
    world.letters().await;
    world.rules(NEEDLE);
    let recheck = world.recheck(true).await;
    assert_eq!((recheck.looked_at, recheck.found_in, recheck.quarantined), (1, 1, 0));
    let reason = world.released(first).await.quarantined_for;
    assert_eq!(reason.as_deref(), Some("somebody looks at it"), "an operator's reason stays");

    let ask = async |module: &str, version: &str| {
        let (module, version) = (module.parse().unwrap(), version.parse().unwrap());
        recheck_on_the_machine(&world.stage.ports, Some((&module, Some(&version))), false).await.unwrap_err()
    };
    assert!(matches!(ask("adx/other", "1.0.0").await, RecheckError::NoModule(_)));
    assert!(matches!(ask("adx/hello", "9.9.9").await, RecheckError::NotFound { .. }));
    assert!(matches!(ask("adx/hello", "1.1.0").await, RecheckError::TakenDown { .. }));
}
