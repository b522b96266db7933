//! `kv`: values, expiry, pages, counters, caps.

use serde_json::{Value, json};

use crate::stage::{Stage, error, ok};

#[tokio::test]
async fn values_are_bytes() {
    let stage = Stage::new().await;
    let all: Vec<u8> = (0..=255).collect();
    let [set, get, empty, got_empty, absent, many] = stage
        .host([
            json!(["kv.set", "all", all]),
            json!(["kv.get", "all"]),
            json!(["kv.set", "empty", []]),
            json!(["kv.get", "empty"]),
            json!(["kv.get", "absent"]),
            json!(["kv.get-many", ["absent", "all", "empty", "all"]]),
        ])
        .await;
    ok(&set);
    ok(&empty);
    assert_eq!(ok(&get), &json!(all));
    assert_eq!(ok(&got_empty), &json!([]));
    assert_eq!(ok(&absent), &Value::Null);
    assert_eq!(ok(&many), &json!([null, all, [], all]));
}

#[tokio::test]
async fn deleting_says_whether_it_was_there() {
    let stage = Stage::new().await;
    let calls =
        [json!(["kv.set", "k", "v"]), json!(["kv.delete", "k"]), json!(["kv.delete", "k"]), json!(["kv.get", "k"])];
    let [_, first, second, get] = stage.host(calls).await;
    assert_eq!((ok(&first), ok(&second), ok(&get)), (&json!(true), &json!(false), &Value::Null));
}

#[tokio::test]
async fn a_value_expires() {
    let stage = Stage::new().await;
    let [set, kept] = stage.host([json!(["kv.set", "k", "v", 1_000]), json!(["kv.set", "l", "v"])]).await;
    ok(&set);
    ok(&kept);
    stage.clock.advance_ms(999);
    let [get] = stage.host([json!(["kv.get", "k"])]).await;
    assert_eq!(ok(&get), &json!([118]));
    stage.clock.advance_ms(1);
    let [get, many, keys, delete, set_if_absent] = stage
        .host([
            json!(["kv.get", "k"]),
            json!(["kv.get-many", ["k", "l"]]),
            json!(["kv.keys", ""]),
            json!(["kv.delete", "k"]),
            json!(["kv.compare-and-set", "k", null, "new"]),
        ])
        .await;
    assert_eq!(ok(&get), &Value::Null);
    assert_eq!(ok(&many), &json!([null, [118]]));
    assert_eq!(ok(&keys)["keys"], json!(["l"]));
    assert_eq!(ok(&delete), false);
    assert_eq!(ok(&set_if_absent), true);
}

#[tokio::test]
async fn a_new_value_has_its_own_expiry_and_a_counter_keeps_it() {
    let stage = Stage::new().await;
    stage
        .host([json!(["kv.set", "k", "v", 1_000]), json!(["kv.set", "k", "w"]), json!(["kv.set", "n", "1", 1_000])])
        .await;
    let [sum] = stage.host([json!(["kv.increment", "n", 1])]).await;
    assert_eq!(ok(&sum), 2);
    stage.clock.advance_ms(1_000);
    let [kept, begun_again] = stage.host([json!(["kv.get", "k"]), json!(["kv.increment", "n", 5])]).await;
    assert_eq!(ok(&kept), &json!([119]));
    assert_eq!(ok(&begun_again), 5);
}

#[tokio::test]
async fn expired_values_make_room() {
    let stage = Stage::new().await.limit(|limits| limits.kv_bytes = 1_000);
    let [set, full] = stage.host([json!(["kv.set", "a", 999, 10]), json!(["kv.set", "b", 999])]).await;
    ok(&set);
    assert_eq!(error(&full).0, "limited");
    stage.clock.advance_ms(10);
    let [fits] = stage.host([json!(["kv.set", "b", 999])]).await;
    ok(&fits);
}

#[tokio::test]
async fn compare_and_set_happens_once() {
    let stage = Stage::new().await;
    let calls = [
        json!(["kv.compare-and-set", "lock", null, "mine"]),
        json!(["kv.compare-and-set", "lock", null, "theirs"]),
        json!(["kv.compare-and-set", "lock", "theirs", "stolen"]),
        json!(["kv.compare-and-set", "lock", "mine", "still mine"]),
        json!(["kv.get", "lock"]),
        json!(["kv.compare-and-set", "lock", "still mine", null]),
        json!(["kv.get", "lock"]),
    ];
    let [taken, late, wrong, mine, value, released, gone] = stage.host(calls).await;
    let took: Vec<_> = [&taken, &late, &wrong, &mine, &released].map(|answer| ok(answer) == &json!(true)).into();
    assert_eq!(took, [true, false, false, true, true]);
    assert_eq!(ok(&value), &json!("still mine".as_bytes()));
    assert_eq!(ok(&gone), &Value::Null);
}

#[tokio::test]
async fn counters_count() {
    let stage = Stage::new().await;
    let calls = [
        json!(["kv.increment", "n", 41]),
        json!(["kv.increment", "n", 1]),
        json!(["kv.increment", "n", -100]),
        json!(["kv.get", "n"]),
        json!(["kv.set", "text", "many"]),
        json!(["kv.increment", "text", 1]),
        json!(["kv.increment", "large", i64::MAX]),
        json!(["kv.increment", "large", 1]),
        json!(["kv.get", "large"]),
    ];
    let [a, b, c, text, _, not_a_number, large, overflow, kept] = stage.host(calls).await;
    assert_eq!((ok(&a), ok(&b), ok(&c)), (&json!(41), &json!(42), &json!(-58)));
    assert_eq!(ok(&text), &json!("-58".as_bytes()));
    assert_eq!(error(&not_a_number).0, "not-a-number");
    assert_eq!(ok(&large), i64::MAX);
    assert_eq!(error(&overflow).0, "not-a-number");
    assert_eq!(ok(&kept), &json!(i64::MAX.to_string().as_bytes()));
}

#[tokio::test]
async fn keys_come_in_pages_in_byte_order() {
    let stage = Stage::new().await;
    for key in ["b", "a/2", "a/10", "a/1", "a", "a0", "ä", "a/\u{0}x", "a/\u{10FFFF}"] {
        ok(&stage.host([json!(["kv.set", key, ""])]).await[0]);
    }
    let in_folder = ["a/\u{0}x", "a/1", "a/10", "a/2", "a/\u{10FFFF}"];
    let [all, folder, nul, none] = stage
        .host([
            json!(["kv.keys", ""]),
            json!(["kv.keys", "a/"]),
            json!(["kv.keys", "a/\u{0}"]),
            json!(["kv.keys", "z"]),
        ])
        .await;
    assert_eq!(ok(&all)["keys"].as_array().map(Vec::len), Some(9));
    assert_eq!(ok(&folder), &json!({ "keys": in_folder, "next": null }));
    assert_eq!(ok(&nul)["keys"], json!(["a/\u{0}x"]));
    assert_eq!(ok(&none)["keys"], json!([]));

    let mut pages = Vec::new();
    let mut after = Value::Null;
    loop {
        let [page] = stage.host([json!(["kv.keys", "a/", after, 2])]).await;
        pages.push(ok(&page)["keys"].clone());
        after = ok(&page)["next"].clone();
        if after.is_null() {
            break;
        }
    }
    assert_eq!(pages, [json!(in_folder[..2]), json!(in_folder[2..4]), json!(in_folder[4..])]);
}

#[tokio::test]
async fn keys_obeyed_and_violated() {
    let stage = Stage::new().await;
    let key = |bytes: usize| "k".repeat(bytes);
    for (key, works) in [(key(1), true), (key(512), true), (key(0), false), (key(513), false), ("ü".repeat(257), false)]
    {
        for call in [
            json!(["kv.set", key, "1"]),
            json!(["kv.get", key]),
            json!(["kv.get-many", [key]]),
            json!(["kv.increment", key, 1]),
            json!(["kv.compare-and-set", key, null, "x"]),
            json!(["kv.delete", key]),
        ] {
            let [answer] = stage.host([call]).await;
            if works {
                ok(&answer);
            } else {
                assert_eq!(error(&answer).0, "invalid-key");
            }
        }
    }
}

#[tokio::test]
async fn value_length_obeyed_and_violated() {
    let stage = Stage::new().await;
    let calls = [
        json!(["kv.set", "k", 1_048_576]),
        json!(["kv.get", "k"]),
        json!(["kv.set", "k", 1_048_577]),
        json!(["kv.compare-and-set", "l", null, 1_048_577]),
    ];
    let [set, get, too_long, too_long_too] = stage.host(calls).await;
    ok(&set);
    assert_eq!(ok(&get), 1_048_576);
    assert_eq!(error(&too_long), ("limited", "a value has at most 1048576 bytes, this one has 1048577"));
    assert_eq!(error(&too_long_too).0, "limited");
}

#[tokio::test]
async fn many_keys_at_once_obeyed_and_violated() {
    let stage = Stage::new().await;
    let many = |keys: usize| json!(["kv.get-many", vec!["k"; keys]]);
    let [most, too_many] = stage.host([many(1_000), many(1_001)]).await;
    assert_eq!(ok(&most).as_array().map(Vec::len), Some(1_000));
    assert_eq!(error(&too_many), ("limited", "at most 1000 keys at once"));
    let [_, fits, too_much] = stage.host([json!(["kv.set", "k", 1_048_576]), many(4), many(5)]).await;
    ok(&fits);
    assert_eq!(error(&too_much), ("limited", "at most 4194304 bytes of values at once"));
}
