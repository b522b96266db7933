//! Signals, waits, deadlines, generations, crashes and repairs in random order: every acknowledged signal is taken exactly
//! once, and in order.

use std::{
    collections::BTreeMap,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use adx_workflow::{Ctx, Journal, Outcome, Policy, Registry};
use futures::{
    FutureExt, StreamExt,
    future::{Either, select},
    stream::FuturesOrdered,
};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::support::{Hold, Place, crash, start};

const NAMES: [&str; 2] = ["letter", "parcel"];
/// Lets go of whoever waits for something that will not come.
const END: &str = "end";

/// What the run does next. `usize` is the place of a name.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
enum Act {
    Take(usize),
    TakeWithin(usize, u64),
    /// Prefers the deadline.
    TakeUnlessLate(usize, u64),
    TakeEither,
    /// Waits and lets go of the wait at once.
    Glance(usize),
    /// Has two waits for one name, and lets go of one when the other has its signal.
    TakeTwice(usize),
    Sleep(u64),
    Work,
    Again,
}

/// What happens to the run.
#[derive(Clone, Debug)]
enum Happening {
    Send(usize),
    SendTogether(Vec<usize>),
    Pass(u64),
    Crash,
    Break,
    Mend,
}

fn act() -> impl Strategy<Value = Act> {
    let name = || 0..NAMES.len();
    prop_oneof![
        3 => name().prop_map(Act::Take),
        2 => (name(), 1..3_000_u64).prop_map(|(name, ms)| Act::TakeWithin(name, ms)),
        2 => (name(), 0..3_000_u64).prop_map(|(name, ms)| Act::TakeUnlessLate(name, ms)),
        1 => Just(Act::TakeEither),
        1 => name().prop_map(Act::Glance),
        1 => name().prop_map(Act::TakeTwice),
        1 => (0..3_000_u64).prop_map(Act::Sleep),
        1 => Just(Act::Work),
        3 => Just(Act::Again),
    ]
}

fn happening() -> impl Strategy<Value = Happening> {
    let name = || 0..NAMES.len();
    prop_oneof![
        4 => name().prop_map(Happening::Send),
        3 => prop::collection::vec(name(), 2..6).prop_map(Happening::SendTogether),
        2 => (1..2_000_u64).prop_map(Happening::Pass),
        2 => Just(Happening::Crash),
        1 => Just(Happening::Break),
        1 => Just(Happening::Mend),
    ]
}

#[derive(Clone, Serialize, Deserialize)]
struct Progress {
    acts: Vec<Act>,
    done: usize,
    taken: BTreeMap<String, Vec<Value>>,
}

impl Progress {
    fn add(&mut self, name: usize, outcome: Outcome) {
        self.taken.entry(NAMES[name].to_owned()).or_default().push(outcome.expect("nobody cancels"));
    }

    async fn take(&mut self, ctx: &Ctx, name: usize) {
        if let Either::Left((letter, _)) = select(ctx.signal(NAMES[name]), ctx.signal(END)).await {
            self.add(name, letter);
        }
    }

    async fn perform(&mut self, ctx: &Ctx, act: Act) {
        let signal = |name: usize| ctx.signal(NAMES[name]);
        let timer = |ms: u64| ctx.timer(Duration::from_millis(ms));
        match act {
            Act::Take(name) => self.take(ctx, name).await,
            Act::TakeWithin(name, ms) => {
                if let Either::Left((letter, _)) = select(signal(name), timer(ms)).await {
                    self.add(name, letter);
                }
            }
            Act::TakeUnlessLate(name, ms) => {
                if let Either::Right((letter, _)) = select(timer(ms), signal(name)).await {
                    self.add(name, letter);
                }
            }
            Act::TakeEither => match select(select(signal(0), signal(1)), ctx.signal(END)).await {
                Either::Left((Either::Left((letter, _)), _)) => self.add(0, letter),
                Either::Left((Either::Right((letter, _)), _)) => self.add(1, letter),
                Either::Right(_) => {}
            },
            Act::Glance(name) => {
                if let Some(letter) = signal(name).now_or_never() {
                    self.add(name, letter);
                }
            }
            Act::TakeTwice(name) => {
                let (first, second) = (signal(name), signal(name));
                if let Either::Left((Either::Left((letter, _)) | Either::Right((letter, _)), _)) =
                    select(select(first, second), ctx.signal(END)).await
                {
                    self.add(name, letter);
                }
            }
            Act::Sleep(ms) => timer(ms).await.expect("nobody cancels"),
            // A process that ends too often makes it fail: that is not what is looked at here.
            Act::Work => drop(ctx.activity("work", json!(null), &Policy::default()).await),
            Act::Again => {}
        }
    }
}

fn registry(broken: &Arc<AtomicBool>, hold: &Hold) -> Registry {
    let broken = broken.clone();
    let registry = Registry::new().activity("work", |_, input| async move { Ok(input) });
    hold.within(registry.workflow("flow", move |ctx, input| {
        let broken = broken.clone();
        async move {
            let mut progress: Progress = serde_json::from_value(input).expect("its progress");
            while let Some(act) = progress.acts.get(progress.done).copied() {
                progress.done += 1;
                progress.perform(&ctx, act).await;
                assert!(!broken.load(Ordering::Relaxed), "broken");
                if matches!(act, Act::Again) {
                    return Err(ctx.continue_as_new(json!(progress)));
                }
            }
            ctx.signal(END).await?;
            for (number, name) in NAMES.into_iter().enumerate() {
                while let Some(letter) = ctx.signal(name).now_or_never() {
                    progress.add(number, letter);
                }
            }
            Ok(json!(progress.taken))
        }
    }))
}

async fn send(journal: &Journal, sent: &mut BTreeMap<String, Vec<Value>>, names: &[usize]) {
    let mut sending = FuturesOrdered::new();
    for name in names {
        let number = sent.values().map(Vec::len).sum::<usize>();
        sent.entry(NAMES[*name].to_owned()).or_default().push(json!(number));
        sending.push_back(journal.signal("one", NAMES[*name], json!(number)));
    }
    while let Some(acknowledged) = sending.next().await {
        acknowledged.expect("it is open");
    }
}

/// Returns what was sent and what was taken.
async fn play(acts: Vec<Act>, happenings: Vec<Happening>) -> (Value, Outcome) {
    let (place, hold, broken) = (Place::new(), Hold::new(), Arc::new(AtomicBool::new(false)));
    let mut sent = BTreeMap::new();
    let mut journal = place.open(registry(&broken, &hold));
    let ends = acts.len() + 1;
    start(&journal, "one", "flow", json!(Progress { acts, done: 0, taken: BTreeMap::new() })).await;
    for (number, happening) in happenings.into_iter().enumerate() {
        match happening {
            Happening::Send(name) => send(&journal, &mut sent, &[name]).await,
            Happening::SendTogether(names) => {
                hold.together(&journal, &format!("hold/{number}"), send(&journal, &mut sent, &names)).await;
            }
            Happening::Pass(ms) => place.clock.advance(Duration::from_millis(ms)),
            Happening::Crash => {
                crash(journal).await;
                journal = place.open(registry(&broken, &hold));
            }
            Happening::Break => broken.store(true, Ordering::Relaxed),
            Happening::Mend => {
                broken.store(false, Ordering::Relaxed);
                journal.unblock("one").await.expect("it is open");
            }
        }
    }
    broken.store(false, Ordering::Relaxed);
    journal.unblock("one").await.expect("it is open");
    for _ in 0..ends {
        // It may need fewer.
        let _ = journal.signal("one", END, json!(null)).await;
    }
    let mut ended = pin!(journal.result("one"));
    let outcome = loop {
        tokio::select! {
            biased;
            outcome = &mut ended => break outcome,
            () = tokio::task::yield_now() => place.clock.advance(Duration::from_millis(100)),
        }
    };
    (json!(sent), outcome)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_acknowledged_signal_is_taken_exactly_once_and_in_order(
        acts in prop::collection::vec(act(), 0..12),
        happenings in prop::collection::vec(happening(), 0..16),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let (sent, taken) = runtime.block_on(play(acts, happenings));
        prop_assert_eq!(taken, Ok(sent));
    }
}
