//! An agent talks to its registry, whatever proxies the environment names.

use adx_tests::eventually;
use adx_tests::hello::{self, Behaviour};
use adx_tests::stage::{Agent, Registry, client};
use reqwest::StatusCode;

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_of_the_environment_is_not_asked() {
    let registry = Registry::new();
    let running = registry.start();
    registry.register_key(&running).await;
    let package = hello::package("1.0.0", Behaviour::Plain);
    let answer = registry.publish(&running, &package).await.expect("the registry answers");
    assert_eq!(answer.status(), StatusCode::CREATED);
    running.wait_until_signed().await;

    let agent = Agent::of(&registry).start_with(&running.url, |command| {
        // Nobody listens there.
        command.env("HTTP_PROXY", "http://127.0.0.1:9").env("http_proxy", "http://127.0.0.1:9");
        command.env_remove("NO_PROXY").env_remove("no_proxy");
    });
    eventually("the feed is followed", async || {
        let answer = client().get(format!("{}/metrics", agent.url)).send().await.expect("the agent answers");
        let metrics = answer.text().await.expect("text");
        metrics.lines().any(|line| line == "adx_agent_feed_cursor 1")
    })
    .await;
}
