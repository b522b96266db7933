//! Deliveries beside the other jobs: a receiver that is slow holds up nobody but itself.

use std::{collections::HashMap, sync::Arc, time::Duration};

use adx_registry_core::{
    Id, Ports,
    audit::{Origin, Who},
    ports::{Messenger, StoreError},
    webhooks::{
        Delivered, Delivery, Places, Webhook, announce, claim_delivery, deliver, due_webhooks, sweep_deliveries,
    },
};
use tokio::{
    task::{self, JoinError, JoinSet},
    time::{Instant, sleep_until, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::{
    http::{Metrics, problem::chain},
    world::{Behalf, Commits},
};

/// Between two looks at what was told: what is told meanwhile shares the next.
const PACE: Duration = Duration::from_millis(100);

/// The lane of one process. Several processes may have one each: a delivery is leased to one of them.
pub struct Deliveries {
    /// What the use cases need.
    pub ports: Ports,
    /// Sends.
    pub messenger: Arc<dyn Messenger>,
    /// How often to look for what is due, besides being woken.
    pub poll: Duration,
    /// How often what ended long ago is removed.
    pub sweep_every: Duration,
    /// Wakes the lane when something was told.
    pub commits: Commits,
    /// Counts how deliveries go.
    pub metrics: Metrics,
    /// Cancelled when the server stops.
    pub stopping: CancellationToken,
}

impl Deliveries {
    /// Sends until the server stops; what has begun to be sent is ended first.
    pub async fn run(self) {
        let mut running = Running::default();
        let mut swept: Option<Instant> = None;
        while !self.stopping.is_cancelled() {
            let began = Instant::now();
            if let Err(error) = self.begin(&mut running).await {
                tracing::warn!(error = chain(&error), "deliveries cannot be claimed");
            }
            if swept.is_none_or(|swept| swept.elapsed() >= self.sweep_every) {
                swept = Some(Instant::now());
                if let Err(error) = sweep_deliveries(&self.ports).await {
                    tracing::warn!(error = chain(&error), "old deliveries are not removed");
                }
            }
            tokio::select! {
                () = self.woken(began) => {}
                Some(ended) = running.tasks.join_next_with_id() => running.ended(ended),
                () = self.stopping.cancelled() => {}
            }
        }
        while running.tasks.join_next().await.is_some() {}
    }

    /// Woken by a commit, or by time.
    async fn woken(&self, began: Instant) {
        // Either is a reason to look.
        let _ = timeout(self.poll, self.commits.told()).await;
        sleep_until(began + PACE).await;
    }

    /// Makes the deliveries of what was told, and begins as many as there are places, each hook in its turn.
    async fn begin(&self, running: &mut Running) -> Result<(), StoreError> {
        announce(&self.ports).await?;
        while !self.stopping.is_cancelled() {
            let mut due = due_webhooks(&self.ports).await?;
            running.places.forget_idle(&due);
            let mut has_begun = false;
            while let Some(hook) = running.places.take(&mut due) {
                match claim_delivery(&self.ports, hook.id).await {
                    Ok(Some(delivery)) => {
                        self.send(running, delivery);
                        has_begun = true;
                    }
                    Ok(None) => running.places.free(hook.id),
                    Err(error) => {
                        running.places.free(hook.id);
                        return Err(error);
                    }
                }
            }
            if !has_begun {
                break;
            }
        }
        Ok(())
    }

    /// Begins to send.
    fn send(&self, running: &mut Running, delivery: Delivery) {
        let (ports, messenger, metrics) = (self.ports.clone(), Arc::clone(&self.messenger), self.metrics.clone());
        let hook = delivery.webhook;
        let sending = async move {
            match deliver(&ports, &*messenger, &delivery).await {
                Ok(came) => metrics.delivery(word(came)),
                // Its lease runs out, and it is sent again.
                Err(error) => tracing::error!(error = chain(&error), "how a delivery went cannot be recorded"),
            }
        };
        let task = running.tasks.spawn(Behalf::of(Origin::of(Who::Job)).run(sending));
        running.hooks.insert(task.id(), hook);
    }
}

const fn word(came: Delivered) -> &'static str {
    match came {
        Delivered::Taken => "taken",
        Delivered::Retried => "retried",
        Delivered::Failed => "failed",
        Delivered::Gone => "gone",
        Delivered::Lost => "lost",
    }
}

/// Deliveries that are being sent, and to which hook each.
#[derive(Default)]
struct Running {
    tasks: JoinSet<()>,
    hooks: HashMap<task::Id, Id<Webhook>>,
    places: Places,
}

impl Running {
    fn ended(&mut self, ended: Result<(task::Id, ()), JoinError>) {
        let task = match ended {
            Ok((task, ())) => task,
            Err(panicked) => {
                tracing::error!(error = %panicked, "a delivery panicked");
                panicked.id()
            }
        };
        if let Some(hook) = self.hooks.remove(&task) {
            self.places.free(hook);
        }
    }
}
