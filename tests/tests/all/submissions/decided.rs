//! What waits for an operator, and what operators and publishers do about it.

use adx_registry_core::account::{Account, AccountState};
use adx_registry_core::ports::{BlobKey, Written};
use adx_signing::digest::Digest;
use bytes::Bytes;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::stage::{Stage, files, kind, package, path_of, pipeline, text};
use crate::engines::{Engine, Samples, on_every_engine};

on_every_engine!(
    what_waits_is_looked_at_discussed_and_released,
    what_publishers_say_reaches_operators_in_one_letter,
    of_two_operators_at_once_one_decides,
    what_was_withdrawn_makes_room,
    what_was_decided_stays_compared_with_what_people_had,
    strangers_learn_nothing,
    an_approval_looks_again,
    deleting_its_namespace_takes_it_back,
    many_that_send_the_same_at_once_have_one_submission,
);

async fn what_waits_is_looked_at_discussed_and_released(engine: Engine) {
    let stage = Stage::new(engine, pipeline("never")).await;
    let before = package("1.0.0", &[]);
    assert_eq!(stage.send(&before).await.0, StatusCode::CREATED);
    stage.stand("held").await;
    let mut changed = files("1.1.0", &[("README.md", "# Hello\nMore words.\n"), ("docs/new.txt", "one\n")]);
    changed.remove("CHANGELOG.md");
    let bytes = adx_tests::hello::pack(&changed);
    let (status, waits) = stage.send(&bytes).await;
    assert_eq!(
        (status, &waits["state"], &waits["causes"]),
        (StatusCode::ACCEPTED, &json!("in-review"), &json!(["publisher"]))
    );
    stage.assert_unseen(&bytes).await;
    let id = text(&waits["id"]);
    let (status, again) = stage.send(&bytes).await;
    assert_eq!((status, &again["id"]), (StatusCode::ACCEPTED, &waits["id"]), "the same is not sent twice");
    let (status, problem) = stage.send(&package("1.1.0", &[("docs/other.txt", "x")])).await;
    assert_eq!((status, kind(&problem)), (StatusCode::CONFLICT, "submission-waits"), "{problem}");
    assert!(text(&problem["hint"]).contains(&format!("/submissions/{id}/withdraw")), "{problem}");

    // What it changes, for both sides.
    for token in [&stage.operator, &stage.publisher] {
        let (status, diff) = stage.get(token, &format!("/submissions/{id}/diff")).await;
        assert_eq!((status, &diff["before"]), (StatusCode::OK, &json!("1.0.0")), "{diff}");
        let file = |path: &str| {
            diff["files"]
                .as_array()
                .unwrap()
                .iter()
                .find(|file| file["path"] == path)
                .unwrap_or_else(|| panic!("{path}: {diff}"))
        };
        assert_eq!((&file("docs/new.txt")["change"], &file("docs/new.txt")["bytes"]), (&json!("added"), &json!(4)));
        assert_eq!(file("CHANGELOG.md")["change"], "removed");
        assert!(text(&file("README.md")["text"]).contains("+More words."), "{diff}");
        assert!(text(&file("module.toml")["text"]).contains("1.1.0"), "{diff}");
        assert_eq!((&diff["imports"]["added"], &diff["exports"]["removed"]), (&json!([]), &json!([])));
    }
    let (status, kept) = stage.bytes(Some(&stage.operator), &format!("/api/v1/submissions/{id}/package")).await;
    assert_eq!((status, Digest::of(&kept)), (StatusCode::OK, Digest::of(&bytes)));
    let (status, _) = stage.bytes(Some(&stage.publisher), &format!("/api/v1/submissions/{id}/package")).await;
    assert_eq!(status, StatusCode::FORBIDDEN);

    // A question, and its answer.
    stage.work().await;
    assert!(stage.mail.take().iter().any(|letter| letter.subject.contains("waits for review")));
    let ask = json!({ "text": "Why is the list of changes gone?\nIt was useful." });
    assert_eq!(stage.post(&stage.operator, &format!("/submissions/{id}/ask"), ask).await.0, StatusCode::OK);
    stage.work().await;
    assert!(stage.mail.sent(&format!("adx submissions show {id}")));
    let answer = json!({ "text": "It is in the README now." });
    for token in [&stage.publisher, &stage.owner] {
        assert_eq!(stage.post(token, &format!("/submissions/{id}/comments"), answer.clone()).await.0, StatusCode::OK);
    }
    let (status, _) =
        stage.post(&stage.owner, &format!("/submissions/{id}/comments"), json!({ "text": "<b>no</b>" })).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let (told, _) = stage.both_views(&waits["id"]).await;
    let said: Vec<_> =
        told["events"].as_array().unwrap().iter().map(|one| (text(&one["kind"]), text(&one["side"]))).collect();
    assert_eq!(said[4..], [("question", "operator"), ("comment", "publisher"), ("comment", "publisher")], "{told}");
    stage.assert_unseen(&bytes).await;

    // Approved, it is a release like any other; nothing is decided twice.
    let approve = format!("/submissions/{id}/approve");
    let (status, receipt) = stage.post(&stage.operator, &approve, json!({ "reason": "fine" })).await;
    assert_eq!((status, &receipt["version"]), (StatusCode::OK, &json!("1.1.0")), "{receipt}");
    let (status, served) = stage.bytes(None, &format!("/packages/{}.adxm", Digest::of(&bytes))).await;
    assert_eq!((status, Digest::of(&served)), (StatusCode::OK, Digest::of(&bytes)));
    assert_eq!(stage.bytes(None, "/api/v1/modules/adx/hello/versions/1.1.0").await.0, StatusCode::OK);
    let (told, _) = stage.both_views(&waits["id"]).await;
    assert_eq!(path_of(&told), ["started", "validating", "scanning", "in-review", "released"]);
    assert_eq!(stage.send(&bytes).await.0, StatusCode::OK);
    for (verb, body) in
        [("approve", json!({})), ("reject", json!({ "reason": "late" })), ("ask", json!({ "text": "late" }))]
    {
        let (status, problem) = stage.post(&stage.operator, &format!("/submissions/{id}/{verb}"), body).await;
        assert_eq!((status, kind(&problem)), (StatusCode::CONFLICT, "submission-decided"), "{verb}: {problem}");
    }
    stage.work().await;
    assert!(stage.mail.take().iter().any(|letter| letter.subject == "adx/hello 1.1.0 is released"));

    // Who did what of it, of which nothing that was said or found.
    let (_, log) = stage.get(&stage.operator, "/audit?namespace=adx&limit=1000").await;
    let entries = log["entries"].as_array().unwrap();
    let told: Vec<_> = entries
        .iter()
        .filter(|entry| entry["subject"]["version"] == "1.1.0")
        .map(|entry| (text(&entry["act"]), text(&entry["who"])))
        .collect();
    let acts: Vec<_> = told.iter().map(|(act, _)| *act).collect();
    let expected = ["submission.wait", "submission.ask", "submission.comment", "submission.comment"];
    assert_eq!(acts, [&expected[..], &["release.publish", "submission.approve"]].concat());
    let [sent, asked, .., released, approved] = &told[..] else { panic!("{log}") };
    assert!(asked.1.starts_with("token:") && asked.1 != sent.1, "{log}");
    assert_eq!((released.1, approved.1), (asked.1, asked.1), "what an operator lets through, that operator released");
    for never in ["README", "fine", "held"] {
        assert!(!log.to_string().contains(never), "{never} is in the log");
    }
}

async fn what_publishers_say_reaches_operators_in_one_letter(engine: Engine) {
    let stage = Stage::new(engine, pipeline("always")).await;
    let now = stage.ports.now();
    let grace = Account {
        id: Samples::default().id(),
        email: Some("grace@example.org".parse().unwrap()),
        name: Some("grace".parse().unwrap()),
        password: None,
        state: AccountState::Active,
        is_operator: true,
        created_at: now,
        verified_at: Some(now),
    };
    let mut transaction = stage.ports.store.begin().await.unwrap();
    transaction.insert_account(&grace).await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();
    let mut ids = Vec::new();
    for version in ["1.0.0", "1.1.0"] {
        ids.push(text(&stage.send(&package(version, &[])).await.1["id"]).to_owned());
    }
    let say = async |id: &str| {
        let path = format!("/submissions/{id}/comments");
        assert_eq!(stage.post(&stage.publisher, &path, json!({ "text": "Please?" })).await.0, StatusCode::OK);
    };
    stage.work().await;
    stage.mail.take();
    for id in ids.iter().cycle().take(10) {
        say(id).await;
    }
    stage.work().await;
    assert!(stage.mail.take().is_empty(), "they are gathered");
    stage.clock.pass(time::Duration::minutes(15));
    stage.work().await;
    let letters = stage.mail.take();
    let [letter] = &letters[..] else { panic!("{letters:?}") };
    assert_eq!(letter.subject, "adx/hello 1.0.0 and another one were commented on");
    assert!(ids.iter().all(|id| letter.text.contains(&format!("review show {id}"))), "{}", letter.text);

    stage.clock.pass(time::Duration::hours(2));
    say(&ids[1]).await;
    stage.clock.pass(time::Duration::minutes(15));
    stage.work().await;
    let letters = stage.mail.take();
    let [letter] = &letters[..] else { panic!("{letters:?}") };
    assert_eq!(letter.subject, "adx/hello 1.1.0 was commented on");
    assert!(!letter.text.contains(&ids[0]), "{}", letter.text);
}

async fn of_two_operators_at_once_one_decides(engine: Engine) {
    let stage = Stage::new(engine, pipeline("always")).await;
    for number in 0..4 {
        let bytes = package(&format!("1.0.{number}"), &[]);
        let (_, waits) = stage.send(&bytes).await;
        let id = text(&waits["id"]);
        let path = |verb: &str| format!("/submissions/{id}/{verb}");
        let (approve, approve_too, reject) = (path("approve"), path("approve"), path("reject"));
        let (first, second, third) = futures::join!(
            stage.post(&stage.operator, &approve, json!({})),
            stage.post(&stage.operator, &approve_too, json!({})),
            stage.post(&stage.operator, &reject, json!({ "reason": "no" })),
        );
        let statuses = [first.0, second.0, third.0];
        assert_eq!(
            statuses.iter().filter(|status| **status == StatusCode::OK).count(),
            1,
            "{first:?} {second:?} {third:?}"
        );
        assert_eq!(
            statuses.iter().filter(|status| **status == StatusCode::CONFLICT).count(),
            2,
            "{first:?} {second:?} {third:?}"
        );
        let (told, _) = stage.both_views(&waits["id"]).await;
        let is_released =
            stage.bytes(None, &format!("/api/v1/modules/adx/hello/versions/1.0.{number}")).await.0 == StatusCode::OK;
        assert_eq!(told["submission"]["state"] == "released", is_released, "{told}");
        assert_eq!(path_of(&told).len(), 5, "{told}");
    }
}

async fn what_was_decided_stays_compared_with_what_people_had(engine: Engine) {
    let stage = Stage::new(engine, pipeline("always")).await;
    let waits = async |version: &str| {
        let (status, waits) = stage.send(&package(version, &[("docs/of.txt", version)])).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{waits}");
        text(&waits["id"]).to_owned()
    };
    let decide = async |id: &str, verb: &str, body: Value| {
        let (status, answer) = stage.post(&stage.operator, &format!("/submissions/{id}/{verb}"), body).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
    };
    // What it says that it was compared with, and what it is compared with now.
    let compared = async |id: &str| {
        let (told, seen) = stage.both_views(&json!(id)).await;
        assert_eq!(told["submission"]["compared_with"], seen["submission"]["compared_with"]);
        let (status, diff) = stage.get(&stage.operator, &format!("/submissions/{id}/diff")).await;
        assert_eq!(status, StatusCode::OK, "{diff}");
        let version = |value: &Value| value.as_str().map(ToOwned::to_owned);
        let file = diff["files"].as_array().unwrap().iter().find(|file| file["path"] == "docs/of.txt");
        let change = file.map_or(String::new(), |file| text(&file["change"]).to_owned());
        (version(&seen["submission"]["compared_with"]), version(&diff["before"]), change)
    };
    let with = |said: Option<&str>, now: Option<&str>, change: &str| {
        (said.map(ToOwned::to_owned), now.map(ToOwned::to_owned), change.to_owned())
    };
    let (refused, first) = (waits("0.9.0").await, waits("1.0.0").await);
    assert_eq!(compared(&first).await, with(None, None, "added"));
    decide(&refused, "reject", json!({ "reason": "too early" })).await;
    decide(&first, "approve", json!({})).await;

    // Those that are decided stay as they are, those that wait follow what people have.
    let (rejected, released, withdrawn) = (waits("1.1.0").await, waits("1.2.0").await, waits("1.3.0").await);
    assert_eq!(compared(&rejected).await, with(None, Some("1.0.0"), "changed"));
    decide(&rejected, "reject", json!({ "reason": "too late" })).await;
    decide(&released, "approve", json!({})).await;
    assert_eq!(compared(&withdrawn).await, with(None, Some("1.2.0"), "changed"));
    let path = format!("/submissions/{withdrawn}/withdraw");
    assert_eq!(stage.call(&stage.publisher, Method::POST, &path, None).await.0, StatusCode::OK);
    let last = waits("1.4.0").await;
    decide(&last, "approve", json!({})).await;
    for (id, version) in [(&rejected, "1.0.0"), (&released, "1.0.0"), (&withdrawn, "1.2.0"), (&last, "1.2.0")] {
        assert_eq!(compared(id).await, with(Some(version), Some(version), "changed"));
    }
    for id in [&refused, &first] {
        assert_eq!(compared(id).await, with(None, None, "added"), "there was nothing when it was decided");
    }

    // What was put into quarantine since is compared still, and what the law says is not shown is not.
    let at = |version: &str, what: &str| format!("/modules/adx/hello/versions/{version}/{what}");
    let body = json!({ "reason": "it leaks" });
    assert_eq!(stage.post(&stage.operator, &at("1.0.0", "quarantine"), body).await.0, StatusCode::OK);
    assert_eq!(compared(&rejected).await, with(Some("1.0.0"), Some("1.0.0"), "changed"));
    let body = json!({ "reason": "a court said so", "reference": "case 1" });
    let (status, answer) = stage.call(&stage.operator, Method::PUT, &at("1.0.0", "takedown"), Some(body)).await;
    assert!(status.is_success(), "{answer}");
    let (status, problem) = stage.get(&stage.publisher, &format!("/submissions/{rejected}/diff")).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{problem}");
    assert!(text(&problem["detail"]).contains("1.0.0"), "{problem}");
}

async fn what_was_withdrawn_makes_room(engine: Engine) {
    let stage = Stage::new(engine, pipeline("always")).await;
    let (first, second) = (package("1.0.0", &[]), package("1.0.0", &[("docs/more.txt", "more")]));
    let (_, waits) = stage.send(&first).await;
    let path = format!("/submissions/{}/withdraw", text(&waits["id"]));
    assert_eq!(stage.call(&stage.operator, Method::POST, &path, None).await.0, StatusCode::FORBIDDEN);
    let (status, withdrawn) = stage.call(&stage.publisher, Method::POST, &path, None).await;
    assert_eq!((status, &withdrawn["state"]), (StatusCode::OK, &json!("withdrawn")), "{withdrawn}");
    assert_eq!(stage.call(&stage.owner, Method::POST, &path, None).await.0, StatusCode::CONFLICT);
    let (status, other) = stage.send(&second).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    assert_ne!(other["id"], waits["id"]);
    let path = format!("/submissions/{}/withdraw", text(&other["id"]));
    assert_eq!(stage.call(&stage.owner, Method::POST, &path, None).await.0, StatusCode::OK, "an owner may, too");
    assert_eq!(stage.send(&first).await.0, StatusCode::ACCEPTED, "what was withdrawn may be sent again");
}

async fn strangers_learn_nothing(engine: Engine) {
    use adx_registry_core::create_publisher::create_publisher_on_the_machine;

    let stage = Stage::new(engine, pipeline("always")).await;
    let (_, waits) = stage.send(&package("1.0.0", &[])).await;
    let id = text(&waits["id"]);
    let (_, stranger) = create_publisher_on_the_machine(&stage.ports, "stranger".parse().unwrap(), "S").await.unwrap();
    let stranger = stranger.text.expose();
    for path in [format!("/submissions/{id}"), format!("/submissions/{id}/diff")] {
        let (status, problem) = stage.get(stranger, &path).await;
        assert_eq!(
            (status, text(&problem["detail"])),
            (StatusCode::NOT_FOUND, "there is no such submission"),
            "{path}"
        );
        assert_eq!(stage.bytes(None, &format!("/api/v1{path}")).await.0, StatusCode::UNAUTHORIZED, "{path}");
    }
    for (verb, body) in [("comments", Some(json!({ "text": "hello" }))), ("withdraw", None)] {
        let (status, _) = stage.call(stranger, Method::POST, &format!("/submissions/{id}/{verb}"), body).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{verb}");
    }
    for (verb, body) in [("approve", json!({})), ("reject", json!({ "reason": "x" })), ("ask", json!({ "text": "x" }))]
    {
        for token in [stranger, &stage.publisher, &stage.owner] {
            let (status, _) = stage.post(token, &format!("/submissions/{id}/{verb}"), body.clone()).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{verb}");
        }
    }
    assert_eq!(stage.get(stranger, "/publishers/adx/submissions").await.0, StatusCode::FORBIDDEN);
    assert_eq!(stage.get(&stage.publisher, "/submissions").await.0, StatusCode::FORBIDDEN);
}

async fn an_approval_looks_again(engine: Engine) {
    use adx_registry_core::revoke::{Revocation, Revoked, revoke_on_the_machine, unrevoke_on_the_machine};

    let stage = Stage::new(engine, pipeline("always")).await;
    let bytes = package("1.0.0", &[]);
    let (_, waits) = stage.send(&bytes).await;
    let approve = format!("/submissions/{}/approve", text(&waits["id"]));
    let reason = "for this test".parse().unwrap();

    // The key that signed it is stolen meanwhile.
    let key = crate::owners::secret(1).public().id();
    revoke_on_the_machine(&stage.ports, Revocation::Key { id: key, from_leaf: 0 }, &reason).await.unwrap();
    let (status, problem) = stage.post(&stage.operator, &approve, json!({})).await;
    assert_eq!((status, kind(&problem)), (StatusCode::UNPROCESSABLE_ENTITY, "key-revoked"), "{problem}");
    unrevoke_on_the_machine(&stage.ports, Revoked::Key(key)).await.unwrap();

    // Its bytes are other ones meanwhile.
    let key = BlobKey::Submission(text(&waits["id"]).parse().unwrap());
    stage.ports.blobs.put(&key, Bytes::from_static(b"other bytes")).await.unwrap();
    let (status, problem) = stage.post(&stage.operator, &approve, json!({})).await;
    assert_eq!((status, kind(&problem)), (StatusCode::CONFLICT, "package-lost"), "{problem}");
    stage.ports.blobs.put(&key, Bytes::from(bytes.clone())).await.unwrap();

    assert_eq!(stage.releases().await, 0);
    let (status, receipt) = stage.post(&stage.operator, &approve, json!({})).await;
    assert_eq!(status, StatusCode::OK, "it waited all the time: {receipt}");
    assert_eq!(stage.releases().await, 1);
}

async fn deleting_its_namespace_takes_it_back(engine: Engine) {
    use adx_registry_core::names::delete_name_on_the_machine;

    let stage = Stage::new(engine, pipeline("always")).await;
    let (_, waits) = stage.send(&package("1.0.0", &[])).await;
    let path = format!("/submissions/{}", text(&waits["id"]));
    let (namespace, reason) = ("adx".parse().unwrap(), "for this test".parse().unwrap());
    delete_name_on_the_machine(&stage.ports, &namespace, &reason).await.unwrap();

    let (_, taken_back) = stage.call(&stage.operator, Method::GET, &path, None).await;
    assert_eq!(taken_back["submission"]["state"], "withdrawn", "{taken_back}");
    let last = taken_back["events"].as_array().expect("events").last().expect("one");
    assert_eq!((&last["side"], &last["text"]), (&json!("registry"), &json!("the namespace was deleted")), "{last}");
    let (status, problem) = stage.post(&stage.operator, &format!("{path}/approve"), json!({})).await;
    assert_eq!((status, kind(&problem)), (StatusCode::CONFLICT, "submission-decided"), "{problem}");
}

async fn many_that_send_the_same_at_once_have_one_submission(engine: Engine) {
    let stage = Stage::new(engine, pipeline("always")).await;
    let (one, other) = (package("1.0.0", &[]), package("1.0.0", &[("docs/more.txt", "more")]));
    let sent =
        futures::future::join_all((0..8).map(|number| stage.send(if number % 2 == 0 { &one } else { &other }))).await;
    let accepted: Vec<_> = sent.iter().filter(|(status, _)| *status == StatusCode::ACCEPTED).collect();
    let refused =
        sent.iter().filter(|(status, problem)| *status == StatusCode::CONFLICT && kind(problem) == "submission-waits");
    assert_eq!((accepted.len(), refused.count()), (4, 4), "{sent:?}");
    assert!(accepted.iter().all(|(_, waits)| waits["id"] == accepted[0].1["id"]), "{sent:?}");
    let (_, queue) = stage.get(&stage.operator, "/submissions").await;
    assert_eq!(queue["submissions"].as_array().unwrap().len(), 1);
}
