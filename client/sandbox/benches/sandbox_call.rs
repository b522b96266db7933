//! `sandbox.call`: microseconds of one call in a fresh instance through the whole choke point, beside the same component
//! called by bare wasmtime with the same pooling and epoch settings, in the same run.
//!
//! Both sides do the same work in the guest: instantiate, read an order as JSON, price it, give JSON back. Bare wasmtime
//! has the component linked beforehand and its function looked up, as ours has, takes text and gives text, and has none of
//! the rest: limits, metering, report, JSON values.

#[path = "../tests/all/guest.rs"]
mod guest;

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use adx_sandbox::{Discard, Environment, Grants, Invocation, Limits, Module, Sandbox, SandboxConfig, wasmtime_config};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use wasmtime::component::{Component, ComponentExportIndex, ComponentType, InstancePre, Lift, Linker};
use wasmtime::{Engine, Store};

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
    assert_eq!(ours.once(&runtime, input.clone())?, serde_json::from_str::<Value>(&bare.once(&runtime, &input)?)?);

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

/// The sandbox, as an agent uses it.
struct Ours {
    module: Module,
    environment: Environment,
}

impl Ours {
    fn new(runtime: &Runtime, config: SandboxConfig) -> Result<Self, Failure> {
        let module = runtime.block_on(Sandbox::new(config)?.load(guest::component()))?;
        let environment = Environment {
            tenant: "acme".to_owned(),
            module: "adx/test".to_owned(),
            version: "1.0.0".to_owned(),
            grants: Arc::new(Grants::parse(["config", "kv", "sql"])?),
            limits: Limits::default(),
            config: Arc::new(json!({ "greeting": "Hello" })),
            data: None,
            audit: Arc::new(Discard),
            log: Arc::new(Discard),
        };
        Ok(Self { module, environment })
    }

    fn once(&self, runtime: &Runtime, input: Value) -> Result<Value, Failure> {
        Ok(runtime.block_on(self.module.call(&self.environment, invocation(input)))?)
    }

    /// Adds the microseconds of each call.
    fn round(&self, runtime: &Runtime, input: &Value, times: &mut Vec<f64>) -> Result<(), Failure> {
        // The caller's work, not the sandbox's.
        let invocations: Vec<_> = (0..CALLS).map(|_| invocation(input.clone())).collect();
        runtime.block_on(async {
            for invocation in invocations {
                let began = Instant::now();
                black_box(self.module.call(&self.environment, invocation).await?);
                times.push(microseconds(began));
            }
            Ok(())
        })
    }
}

fn invocation(input: Value) -> Invocation {
    Invocation::Activity { name: "order".to_owned(), input }
}

/// wasmtime alone, as its documentation shows it.
struct Bare {
    engine: Engine,
    instance: InstancePre<()>,
    call: ComponentExportIndex,
}

#[derive(ComponentType, Lift)]
#[component(record)]
struct ActivityError {
    kind: String,
    message: String,
    #[expect(dead_code, reason = "part of the type")]
    retryable: bool,
}

impl Bare {
    fn new(config: &SandboxConfig) -> Result<Self, Failure> {
        let engine = Engine::new(&wasmtime_config(config))?;
        let component = Component::new(&engine, guest::component())?;
        let mut linker = Linker::new(&engine);
        linker.define_unknown_imports_as_traps(&component)?;
        let instance = linker.instantiate_pre(&component)?;
        let activities = component.get_export_index(None, "adx:module/activities@1.0.0").ok_or("no activities")?;
        let call = component.get_export_index(Some(&activities), "call").ok_or("no call")?;
        let (ticking, tick) = (engine.weak(), config.tick);
        std::thread::spawn(move || {
            while let Some(engine) = ticking.upgrade() {
                engine.increment_epoch();
                drop(engine);
                std::thread::sleep(tick);
            }
        });
        Ok(Self { engine, instance, call })
    }

    fn once(&self, runtime: &Runtime, input: &Value) -> Result<String, Failure> {
        runtime.block_on(self.call("order", &input.to_string()))
    }

    async fn call(&self, name: &str, input: &str) -> Result<String, Failure> {
        let mut store = Store::new(&self.engine, ());
        store.set_epoch_deadline(1);
        store.epoch_deadline_async_yield_and_update(1);
        let instance = self.instance.instantiate_async(&mut store).await?;
        let call = instance.get_typed_func::<(&str, &str), (Result<String, ActivityError>,)>(&mut store, self.call)?;
        let (answer,) = call.call_async(&mut store, (name, input)).await?;
        answer.map_err(|error| format!("{}: {}", error.kind, error.message).into())
    }

    /// Adds the microseconds of each call.
    fn round(&self, runtime: &Runtime, input: &Value, times: &mut Vec<f64>) -> Result<(), Failure> {
        let input = input.to_string();
        runtime.block_on(async {
            for _ in 0..CALLS {
                let began = Instant::now();
                black_box(self.call("order", &input).await?);
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
