//! `sandbox.call`: microseconds of one call in a fresh instance through the whole choke point, beside the same component
//! called by bare wasmtime with the same pooling and epoch settings, in the same run.
//!
//! Both sides do the same work in the guest: instantiate, read an order as JSON, ask for a setting and the time, log a line,
//! give JSON back. Ours takes each of these calls of the host through the gate; bare wasmtime answers them by the plainest
//! functions that do the same. It has the component linked beforehand and its function looked up, as ours has, takes text
//! and gives text, and has none of the rest: consent, limits, metering, report, JSON values.

#[path = "../tests/all/guest.rs"]
mod guest;

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Instant, SystemTime};

use adx_sandbox::{
    Audit, CallReport, Denial, Environment, Grants, Invocation, Limits, LogLine, LogSink, Module, Sandbox,
    SandboxConfig, wasmtime_config,
};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use wasmtime::component::{Component, HasSelf, Linker};
use wasmtime::{Engine, Store};

use bare::adx::module::{clock, config, log};

const NAME: &str = "sandbox.call";
/// Rounds of each side, in turns, so that what else the machine does hits both.
const ROUNDS: usize = 2_000;
/// Calls in a round. Each is timed by itself: the median leaves out those that the machine interrupted.
const CALLS: usize = 20;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let json = arguments.iter().any(|argument| argument == "--json");
    if arguments.iter().any(|argument| argument.starts_with("sandbox.") && argument != NAME) {
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let config = SandboxConfig::new(guest::kept("cache"));
    let bare = Bare::new(&config)?;
    let ours = Ours::new(&runtime, config)?;
    let input = order();
    let mut answers = [ours.once(&runtime, input.clone())?, serde_json::from_str(&bare.once(&runtime, &input)?)?];
    for answer in &mut answers {
        assert!(answer["priced_at"].take().as_i64() > Some(0), "the module was told no time: {answer}");
        assert_eq!(answer["currency"], "EUR", "the module was told no setting: {answer}");
    }
    assert_eq!(answers[0], answers[1]);

    let (mut times, mut bare_times) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        ours.round(&runtime, &input, &mut times)?;
        bare.round(&runtime, &input, &mut bare_times)?;
        if round == 0 {
            // It warmed the pool and the caches.
            times.clear();
            bare_times.clear();
        }
    }
    let (value, bare_value) = (median(&mut times), median(&mut bare_times));
    let ratio = value / bare_value;
    if json {
        let line = json!({
            "bench": NAME,
            "value": hundredths(value),
            "unit": "us",
            "ratio": hundredths(ratio),
            "to": "wasmtime",
        });
        println!("{line}");
    } else {
        println!("{NAME:<16} {value:>10.2} us   {ratio:.2} × wasmtime ({bare_value:.2})");
    }
    Ok(())
}

/// An order of a shop: some 400 bytes.
fn order() -> Value {
    let items: Vec<Value> = (1..=6)
        .map(|number| json!({ "article": format!("article-{}", number % 4), "quantity": number, "price_cents": 100 * number + 99 }))
        .collect();
    json!({ "customer": "Ada Lovelace", "items": items })
}

/// What the tenant set.
fn settings() -> Arc<Value> {
    Arc::new(json!({ "currency": "EUR", "greeting": "Hello" }))
}

/// The sandbox, as an agent uses it.
struct Ours {
    module: Module,
    environment: Environment,
    lines: Arc<Lines>,
    reports: Arc<Reports>,
}

impl Ours {
    fn new(runtime: &Runtime, config: SandboxConfig) -> Result<Self, Failure> {
        let module = runtime.block_on(Sandbox::new(config)?.load(guest::component()))?;
        let (lines, reports) = (Arc::<Lines>::default(), Arc::<Reports>::default());
        let environment = Environment {
            tenant: "acme".to_owned(),
            module: "adx/test".to_owned(),
            version: "1.0.0".to_owned(),
            grants: Arc::new(Grants::parse(["config", "kv", "sql"])?),
            limits: Limits::default(),
            config: settings(),
            read_only: None,
            data: None,
            audit: Arc::<Reports>::clone(&reports),
            log: Arc::<Lines>::clone(&lines),
        };
        Ok(Self { module, environment, lines, reports })
    }

    fn once(&self, runtime: &Runtime, input: Value) -> Result<Value, Failure> {
        Ok(runtime.block_on(self.module.call(&self.environment, invocation(input)))?)
    }

    /// Adds the microseconds of each call.
    fn round(&self, runtime: &Runtime, input: &Value, times: &mut Vec<f64>) -> Result<(), Failure> {
        // The caller's work, not the sandbox's.
        let invocations: Vec<_> = (0..CALLS).map(|_| invocation(input.clone())).collect();
        self.lines.0.lock().clear();
        let reported = self.reports.0.load(Ordering::Relaxed);
        runtime.block_on(async {
            for invocation in invocations {
                let began = Instant::now();
                black_box(self.module.call(&self.environment, invocation).await?);
                times.push(microseconds(began));
            }
            Ok::<_, Failure>(())
        })?;
        assert_eq!(self.lines.0.lock().len(), CALLS);
        assert_eq!(self.reports.0.load(Ordering::Relaxed) - reported, CALLS as u64);
        Ok(())
    }
}

fn invocation(input: Value) -> Invocation {
    Invocation::Activity { name: "order".to_owned(), input }
}

/// Both sides keep the lines that the module logs, until the round ends.
#[derive(Default)]
struct Lines(Mutex<Vec<LogLine>>);

impl LogSink for Lines {
    fn line(&self, _: &Environment, line: LogLine) {
        self.0.lock().push(line);
    }
}

/// Counts what the sandbox reports, so that it cannot be left out.
#[derive(Default)]
struct Reports(AtomicU64);

impl Audit for Reports {
    fn denied(&self, _: &Environment, denial: &Denial) {
        panic!("{denial:?}");
    }

    fn finished(&self, _: &Environment, report: &CallReport) {
        assert_eq!(report.host_calls, 3, "the calls of the host went past the gate");
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// wasmtime alone, as its documentation shows it.
mod bare {
    wasmtime::component::bindgen!({
        path: "../../sdk/wit",
        inline: "
            package adx:bench;

            world bare {
                import adx:module/log@1.0.0;
                import adx:module/clock@1.0.0;
                import adx:module/config@1.0.0;
                export adx:module/activities@1.0.0;
            }
        ",
        world: "adx:bench/bare",
        exports: { default: async },
    });
}

struct Bare {
    engine: Engine,
    instance: bare::BarePre<Plain>,
}

/// What the plain functions of the host work on.
struct Plain {
    config: Arc<Value>,
    lines: Vec<(log::Level, String, Vec<log::Field>)>,
}

impl log::Host for Plain {
    fn write(&mut self, level: log::Level, message: String, fields: Vec<log::Field>) {
        self.lines.push((level, message, fields));
    }

    fn panic(&mut self, message: String, location: String) {
        panic!("{message} at {location}");
    }
}

impl clock::Host for Plain {
    fn now(&mut self) -> clock::Instant {
        #[expect(clippy::disallowed_methods, reason = "the plainest clock there is")]
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("it is later than 1970");
        clock::Instant { seconds: now.as_secs().cast_signed(), nanoseconds: now.subsec_nanos() }
    }

    fn monotonic(&mut self) -> u64 {
        0
    }
}

impl config::Host for Plain {
    fn all(&mut self) -> Result<String, config::ConfigError> {
        Ok(self.config.to_string())
    }

    fn get(&mut self, pointer: String) -> Result<Option<String>, config::ConfigError> {
        Ok(self.config.pointer(&pointer).map(ToString::to_string))
    }
}

impl Bare {
    fn new(config: &SandboxConfig) -> Result<Self, Failure> {
        let engine = Engine::new(&wasmtime_config(config))?;
        let component = Component::new(&engine, guest::component())?;
        let mut linker = Linker::new(&engine);
        bare::Bare::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| state)?;
        linker.define_unknown_imports_as_traps(&component)?;
        let instance = bare::BarePre::new(linker.instantiate_pre(&component)?)?;
        let (ticking, tick) = (engine.weak(), config.tick);
        std::thread::spawn(move || {
            while let Some(engine) = ticking.upgrade() {
                engine.increment_epoch();
                drop(engine);
                std::thread::sleep(tick);
            }
        });
        Ok(Self { engine, instance })
    }

    fn once(&self, runtime: &Runtime, input: &Value) -> Result<String, Failure> {
        runtime.block_on(self.call(&settings(), "order", &input.to_string()))
    }

    // The bindings take a `String` by reference, as the type has a name in the WIT.
    async fn call(&self, config: &Arc<Value>, name: &str, input: &String) -> Result<String, Failure> {
        let mut store = Store::new(&self.engine, Plain { config: Arc::clone(config), lines: Vec::new() });
        store.set_epoch_deadline(1);
        store.epoch_deadline_async_yield_and_update(1);
        let instance = self.instance.instantiate_async(&mut store).await?;
        let answer = instance.adx_module_activities().call_call(&mut store, name, input).await?;
        answer.map_err(|error| format!("{}: {}", error.kind, error.message).into())
    }

    /// Adds the microseconds of each call.
    fn round(&self, runtime: &Runtime, input: &Value, times: &mut Vec<f64>) -> Result<(), Failure> {
        let (config, input) = (settings(), input.to_string());
        runtime.block_on(async {
            for _ in 0..CALLS {
                let began = Instant::now();
                black_box(self.call(&config, "order", &input).await?);
                times.push(microseconds(began));
            }
            Ok(())
        })
    }
}

fn microseconds(began: Instant) -> f64 {
    began.elapsed().as_secs_f64() * 1e6
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn hundredths(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
