//! Two servers on one database and one bucket, one of which is killed while both are published to.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use adx_signing::log::SignedCheckpoint;
use adx_tests::stage::client;
use serde_json::Value;
use tokio::sync::Mutex;

use super::cut::nothing_is_lost;
use super::load::Load;
use super::parts::Parts;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_is_replaced_by_the_other() {
    let Some(parts) = Parts::new().await else { return };
    let first = parts.registry.start();
    parts.registry.register_key(&first).await;
    let second = parts.registry.start_beside_with(|command| {
        command.env("ADX_REGISTRY__SEARCH__URL", parts.search_url());
    });
    let servers = [first.url.clone(), second.url.clone()];
    let watch = Arc::new(Watch::default());
    watch.servers.lock().await.extend(servers.clone());
    let watching = tokio::spawn(Arc::clone(&watch).run());
    let load = Load::begin(&parts.registry, &servers);
    load.acknowledges(20).await;
    watch.sees_more().await;
    first.kill();
    load.acknowledges(20).await;
    watch.sees_more().await;
    let third = parts.registry.start();
    watch.servers.lock().await.push(third.url.clone());
    load.acknowledges(5).await;
    second.kill();
    // Publishers know the first two addresses only: both are gone now, and nothing that was promised is.
    let told = load.end().await;
    nothing_is_lost(&parts, &third, &told).await;
    let watching = {
        watching.abort();
        watching.await
    };
    assert!(
        watching.is_err_and(|ended| ended.is_cancelled()),
        "two trees of one size, or two timestamps of one version, were served"
    );
    assert!(watch.stamps.lock().await.len() > 2, "timestamps were watched");
    let metrics = client().get(format!("{}/metrics", third.url)).send().await.unwrap().text().await.unwrap();
    assert!(metrics.contains("\nadx_jobs_dead 0\n"), "{metrics}");
}

/// Every checkpoint that is served, by its size, and every timestamp by its version, which names a snapshot by its digest: two of one
/// are the same, whoever signed them.
#[derive(Default)]
struct Watch {
    servers: Mutex<Vec<String>>,
    seen: Mutex<BTreeMap<u64, String>>,
    /// What `timestamp.json` said, by its version.
    stamps: Mutex<BTreeMap<u64, Value>>,
}

impl Watch {
    /// Looks until it is aborted, or panics at two trees of one size.
    async fn run(self: Arc<Self>) {
        let client = client();
        loop {
            let servers = self.servers.lock().await.clone();
            for server in &servers {
                let Ok(answer) = client.get(format!("{server}/log/checkpoint")).send().await else { continue };
                let Ok(note) = answer.text().await else { continue };
                let Ok(signed) = SignedCheckpoint::parse(note.as_bytes()) else { continue };
                let head = signed.claimed().head;
                let root = head.root.to_string();
                let before = self.seen.lock().await.insert(head.size, root.clone());
                assert!(before.is_none_or(|before| before == root), "two trees of {} leaves", head.size);
            }
            for server in &servers {
                let Ok(answer) = client.get(format!("{server}/tuf/timestamp.json")).send().await else { continue };
                let Ok(stamp) = answer.json::<Value>().await else { continue };
                let Some(version) = stamp["signed"]["version"].as_u64() else { continue };
                let before = self.stamps.lock().await.insert(version, stamp.clone());
                assert!(before.is_none_or(|before| before == stamp), "two timestamps of version {version}");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until the log has grown twice more: whoever signs now is at work.
    async fn sees_more(&self) {
        let before = self.seen.lock().await.len();
        adx_tests::eventually("the log grows", async || self.seen.lock().await.len() >= before + 2).await;
    }
}
