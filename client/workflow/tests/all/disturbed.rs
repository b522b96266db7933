//! Random sagas, disturbed at random places, end either done or undone.

use std::{collections::BTreeSet, sync::Arc};

use adx_workflow::{Failure, Outcome, Policy, Registry, Saga, Step, run_saga};
use parking_lot::Mutex;
use proptest::prelude::*;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::support::{Place, crash, start};

/// How the activity of a step behaves.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Behaviour {
    Works,
    /// Fails so often, having had its effect each time, and then works.
    Stumbles(u32),
    /// Refuses, having had its effect.
    Refuses,
}

#[derive(Clone, Copy, Debug)]
enum Disturbance {
    CrashBefore,
    CrashAfter,
    Cancel,
}

fn behaviour() -> impl Strategy<Value = Behaviour> {
    prop_oneof![
        5 => Just(Behaviour::Works),
        2 => (1..4_u32).prop_map(Behaviour::Stumbles),
        1 => Just(Behaviour::Refuses),
    ]
}

fn disturbance() -> impl Strategy<Value = Disturbance> {
    prop_oneof![
        3 => Just(Disturbance::CrashBefore),
        3 => Just(Disturbance::CrashAfter),
        1 => Just(Disturbance::Cancel),
    ]
}

/// What the world outside remembers, whatever becomes of the journal.
#[derive(Default)]
struct World {
    done: BTreeSet<usize>,
    stumbles: BTreeSet<(usize, u32)>,
    /// The disturbances to come, by the number of the call they meet.
    disturbances: Vec<Option<Disturbance>>,
    calls: usize,
}

#[derive(Clone)]
struct Stage {
    world: Arc<Mutex<World>>,
    behaviours: Arc<Vec<Behaviour>>,
    tell: mpsc::UnboundedSender<Disturbance>,
}

impl Stage {
    async fn perform(self, undo: bool, step: usize) -> Outcome {
        let disturbance = {
            let mut world = self.world.lock();
            world.calls += 1;
            let call = world.calls - 1;
            world.disturbances.get(call).copied().flatten()
        };
        match disturbance {
            Some(Disturbance::CrashBefore) => return self.crash().await,
            Some(Disturbance::Cancel) => self.tell.send(Disturbance::Cancel).expect("the test listens"),
            _ => {}
        }
        let outcome = self.effect(undo, step);
        if matches!(disturbance, Some(Disturbance::CrashAfter)) {
            return self.crash().await;
        }
        outcome
    }

    fn effect(&self, undo: bool, step: usize) -> Outcome {
        let mut world = self.world.lock();
        if undo {
            world.done.remove(&step);
            return Ok(json!(null));
        }
        world.done.insert(step);
        match self.behaviours[step] {
            Behaviour::Works => Ok(json!(step)),
            Behaviour::Refuses => Err(Failure::permanent("Refused", "by design")),
            Behaviour::Stumbles(times) => {
                let free = (0..times).find(|time| world.stumbles.insert((step, *time)));
                if free.is_some() { Err(Failure::retryable("Busy", "by design")) } else { Ok(json!(step)) }
            }
        }
    }

    async fn crash(&self) -> Outcome {
        self.tell.send(Disturbance::CrashBefore).expect("the test listens");
        std::future::pending().await
    }

    fn registry(&self) -> Registry {
        let mut registry = Registry::new().workflow("saga", |ctx, saga: Value| async move {
            run_saga(ctx, serde_json::from_value(saga).expect("a saga"), json!(null)).await
        });
        for step in 0..self.behaviours.len() {
            for (name, undo) in [("do", false), ("undo", true)] {
                let stage = self.clone();
                registry = registry.activity(format!("{name}-{step}"), move |_, _| stage.clone().perform(undo, step));
            }
        }
        registry
    }
}

fn saga(steps: usize) -> Value {
    let steps = (0..steps).map(|step| Step {
        name: step.to_string(),
        activity: format!("do-{step}"),
        compensate: Some(format!("undo-{step}")),
        policy: Policy { backoff_ms: 0, ..Policy::default().attempts(30) },
        compensation_policy: None,
        await_signal: None,
    });
    serde_json::to_value(Saga { steps: steps.collect() }).expect("it is JSON")
}

async fn play(behaviours: Vec<Behaviour>, disturbances: Vec<Option<Disturbance>>) -> (Outcome, BTreeSet<usize>) {
    let place = Place::new();
    let (tell, mut told) = mpsc::unbounded_channel();
    let world = Arc::new(Mutex::new(World { disturbances, ..World::default() }));
    let stage = Stage { world: world.clone(), behaviours: Arc::new(behaviours), tell };
    let mut journal = place.open(stage.registry());
    start(&journal, "one", "saga", saga(stage.behaviours.len())).await;
    let outcome = loop {
        let disturbance = tokio::select! {
            biased;
            disturbance = told.recv() => disturbance.expect("the stage is there"),
            outcome = journal.result("one") => break outcome,
        };
        if matches!(disturbance, Disturbance::Cancel) {
            // It may have ended meanwhile.
            let _ = journal.cancel("one").await;
        } else {
            crash(journal).await;
            journal = place.open(stage.registry());
        }
    };
    let done = world.lock().done.clone();
    (outcome, done)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_saga_ends_done_or_undone_whatever_happens(
        behaviours in prop::collection::vec(behaviour(), 1..6),
        disturbances in prop::collection::vec(prop::option::weighted(0.3, disturbance()), 0..20),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let cancelled = disturbances.iter().any(|one| matches!(one, Some(Disturbance::Cancel)));
        let refused = behaviours.contains(&Behaviour::Refuses);
        let steps = behaviours.len();
        let (outcome, done) = runtime.block_on(play(behaviours, disturbances));
        match outcome {
            Ok(_) => {
                prop_assert!(!refused);
                prop_assert_eq!(done, (0..steps).collect::<BTreeSet<_>>());
            }
            Err(failure) => {
                prop_assert!(refused || cancelled, "{}", failure);
                prop_assert!(done.is_empty(), "{:?} left of {}", done, failure);
            }
        }
    }
}
