//! Calls that never stop while something else happens, and a tally of those that failed.

use anyhow::Result;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

const CALLERS: usize = 4;

/// How the calls went.
#[derive(Default)]
pub(crate) struct Tally {
    /// Calls that ended.
    pub(crate) calls: usize,
    /// What went wrong, one entry a call.
    pub(crate) failures: Vec<String>,
}

/// A few callers that call `greet` one time after the other, each for a name of its own.
pub(crate) struct InFlight {
    stop: Arc<AtomicBool>,
    callers: Vec<JoinHandle<Tally>>,
}

impl InFlight {
    /// Starts the callers.
    pub(crate) fn start(agent_url: &str, tenant: &str, token: &str) -> Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let url = format!("{agent_url}/api/v1/tenants/{tenant}/installations/adx/hello/activities/greet");
        let callers = (0..CALLERS)
            .map(|caller| {
                let (stop, url, authorization) = (Arc::clone(&stop), url.clone(), format!("Bearer {token}"));
                std::thread::Builder::new()
                    .name(format!("caller-{caller}"))
                    .spawn(move || call_until(&stop, &url, &authorization, caller))
            })
            .collect::<std::io::Result<Vec<_>>>()?;
        Ok(Self { stop, callers })
    }

    /// Stops the callers and adds up.
    pub(crate) fn finish(self) -> Tally {
        self.stop.store(true, Ordering::SeqCst);
        let mut sum = Tally::default();
        for caller in self.callers {
            match caller.join() {
                Ok(tally) => {
                    sum.calls += tally.calls;
                    sum.failures.extend(tally.failures);
                }
                Err(_) => sum.failures.push("a caller panicked".to_owned()),
            }
        }
        sum
    }
}

fn call_until(stop: &AtomicBool, url: &str, authorization: &str, caller: usize) -> Tally {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(30)))
        .build()
        .into();
    let mut tally = Tally::default();
    while !stop.load(Ordering::SeqCst) {
        let answer = agent
            .post(url)
            .header("authorization", authorization)
            .send_json(json!({ "name": format!("caller {caller}") }));
        tally.calls += 1;
        match answer {
            Ok(mut response) if response.status().is_success() => match response.body_mut().read_json::<Value>() {
                Ok(body) if body["output"]["greeting"].is_string() => {}
                Ok(body) => tally.failures.push(format!("unexpected answer {body}")),
                Err(error) => tally.failures.push(error.to_string()),
            },
            Ok(mut response) => {
                let status = response.status();
                tally.failures.push(format!("{status}: {}", response.body_mut().read_to_string().unwrap_or_default()));
            }
            Err(error) => tally.failures.push(error.to_string()),
        }
        // A steady stream of calls, not a load test: publishing and updating share the machine with it.
        std::thread::sleep(Duration::from_millis(5));
    }
    tally
}
