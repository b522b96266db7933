//! `-` and `_` are the same in names, and there is no upper case: wherever a name is compared.

use adx_tests::stage::{Registry, request};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::stage::{Publisher, get, kind};

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_one_in_all_its_spellings() {
    let registry = Registry::new();
    let running = registry.start();
    let operator = registry.create_operator_token();
    let shop = Publisher::new(&registry, &running, "my_shop").await;

    // The namespace is written as its publisher is, the module as its first release.
    let (status, problem) = shop.publish(&running, "my-shop/till-roll").await;
    assert_eq!((status, kind(&problem)), (StatusCode::CONFLICT, "name-taken"), "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("`my_shop/till-roll`"), "{problem}");
    let (status, released) = shop.publish(&running, "my_shop/till-roll").await;
    assert_eq!(status, StatusCode::CREATED, "{released}");
    let (status, problem) = shop.publish_version(&running, "my_shop/till_roll", "1.0.1").await;
    assert_eq!((status, kind(&problem)), (StatusCode::CONFLICT, "name-taken"), "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("`my_shop/till-roll`"), "{problem}");

    // Nobody else gets it in another one.
    let again = json!({ "namespace": "my-shop", "display_name": "Another" });
    let (status, problem) = request(&running, &operator, Method::POST, "/api/v1/publishers", Some(again)).await;
    assert_eq!((status, kind(&problem)), (StatusCode::CONFLICT, "namespace-taken"));
    assert!(!registry.try_admin(&["create-publisher", "my-shop"]).status.success());

    // It is found in each, and told as it is written.
    for spelled in ["my_shop/till-roll", "my-shop/till_roll"] {
        let (status, page) = get(&running, &format!("/api/v1/modules/{spelled}")).await;
        assert_eq!((status, &page["module"]), (StatusCode::OK, &json!("my_shop/till-roll")), "{page}");
        let (status, _) = get(&running, &format!("/api/v1/modules/{spelled}/versions/1.0.0")).await;
        assert_eq!(status, StatusCode::OK);
    }
    let (_, publisher) = get(&running, "/api/v1/publishers/my-shop").await;
    assert_eq!(publisher["namespace"], "my_shop");
    running.wait_until_signed().await;
    assert_eq!(get(&running, "/index/my/ti/my_shop/till-roll").await.0, StatusCode::OK);
    assert_eq!(get(&running, "/index/my/ti/my-shop/till-roll").await.0, StatusCode::NOT_FOUND, "one file, one address");
}

#[tokio::test(flavor = "multi_thread")]
async fn upper_case_is_told_as_such() {
    let registry = Registry::new();
    let running = registry.start();
    let operator = registry.create_operator_token();
    let says = |problem: &Value, letter: char| {
        let words = format!("has the uppercase `{letter}`");
        let detail = problem["detail"].as_str().unwrap_or_default();
        assert!(
            detail.contains(&words) && detail.contains(&format!("write `{}`", letter.to_ascii_lowercase())),
            "{problem}"
        );
    };
    for (path, letter, status) in [
        ("/api/v1/modules/adx/Hello", 'H', StatusCode::BAD_REQUEST),
        ("/api/v1/modules/Adx/hello/versions/1.0.0", 'A', StatusCode::BAD_REQUEST),
        ("/api/v1/publishers/adX", 'X', StatusCode::BAD_REQUEST),
        ("/index/ad/he/adx/hEllo", 'E', StatusCode::NOT_FOUND),
    ] {
        let (got, problem) = get(&running, path).await;
        assert_eq!(got, status, "{path}: {problem}");
        says(&problem, letter);
    }
    let wanted = json!({ "namespace": "Acme", "display_name": "Acme" });
    let (status, problem) = request(&running, &operator, Method::POST, "/api/v1/publishers", Some(wanted)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    says(&problem, 'A');
    let typed = registry.try_admin(&["create-publisher", "Acme"]);
    assert_eq!(typed.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&typed.stderr).contains("write `a`"), "{typed:?}");
}
