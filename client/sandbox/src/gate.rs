//! The choke point: every call that a guest makes of the host comes through [`Gate::admit`].

use std::fmt;

use crate::audit::Denial;
use crate::environment::Environment;
use crate::grant::Capability;
use crate::limits::{MAX_DATA_OPERATIONS, MAX_HOST_CALLS, MAX_RANDOM_BYTES};

/// An interface of `adx:module` that a guest can import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Interface {
    Log,
    Clock,
    Random,
    /// Known to the world, but this host does nothing for it yet.
    WorkflowContext,
    Capability(Capability),
}

impl Interface {
    fn as_str(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Clock => "clock",
            Self::Random => "random",
            Self::WorkflowContext => "workflow-context",
            Self::Capability(capability) => capability.as_str(),
        }
    }

    /// Whether there is anything behind it in this version of the host.
    fn offered(self) -> bool {
        matches!(
            self,
            Self::Log
                | Self::Clock
                | Self::Random
                | Self::Capability(Capability::Config | Capability::Kv | Capability::Sql)
        )
    }
}

/// One call of the host by a guest.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Operation {
    pub(crate) interface: Interface,
    pub(crate) name: &'static str,
    /// What it costs of its interface's allowance: bytes for `random`, operations for the rest.
    pub(crate) cost: u64,
    /// Whether it changes something by itself. What a statement of `sql` does is for SQLite to say.
    pub(crate) writes: bool,
}

impl Operation {
    pub(crate) const fn new(interface: Interface, name: &'static str) -> Self {
        Self { interface, name, cost: 1, writes: false }
    }

    pub(crate) const fn of(capability: Capability, name: &'static str) -> Self {
        Self::new(Interface::Capability(capability), name)
    }

    pub(crate) const fn costing(self, cost: u64) -> Self {
        Self { cost, ..self }
    }

    pub(crate) const fn writing(self) -> Self {
        Self { writes: true, ..self }
    }
}

/// Why a call of the host does not happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No consent; the manifest line that asks for it.
    NotGranted(String),
    /// A cap was reached.
    Limited(String),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotGranted(line) => write!(f, "not granted: {line}"),
            Self::Limited(cap) => f.write_str(cap),
        }
    }
}

/// What a call did so far, and what it was refused.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    host_calls: u64,
    denials: u64,
    data_operations: u64,
    random_bytes: u64,
    /// One bit per interface whose first denial is in the audit.
    audited: u32,
    last_denied: Option<Capability>,
}

impl Gate {
    pub(crate) const fn host_calls(&self) -> u64 {
        self.host_calls
    }

    pub(crate) const fn denials(&self) -> u64 {
        self.denials
    }

    /// The capability that was last denied for missing consent.
    pub(crate) const fn last_denied(&self) -> Option<Capability> {
        self.last_denied
    }

    /// Decides a call of the host: consent first, then what it may cost. Denials are audited here; the caller acts only
    /// on `Ok`.
    pub(crate) fn admit(&mut self, environment: &Environment, operation: Operation) -> Result<(), Refusal> {
        self.authorise(environment, operation)?;
        self.meter(operation)?;
        match &environment.read_only {
            Some(reason) if operation.writes => Err(Refusal::Limited(reason.to_string())),
            _ => Ok(()),
        }
    }

    fn authorise(&mut self, environment: &Environment, operation: Operation) -> Result<(), Refusal> {
        let (granted, bit, line) = match operation.interface {
            Interface::Log | Interface::Clock | Interface::Random => return Ok(()),
            Interface::WorkflowContext => (true, 31, "[module.workflows]".to_owned()),
            Interface::Capability(capability) => {
                let granted = environment.grants.allow(capability);
                if granted && operation.interface.offered() {
                    return Ok(());
                }
                self.last_denied = Some(capability);
                (granted, capability as u32, capability.manifest_line())
            }
        };
        let manifest_line = if granted {
            format!("{line} (this host does not offer {} yet)", operation.interface.as_str())
        } else {
            line
        };
        self.host_calls += 1;
        self.denials += 1;
        // A guest that asks again and again must not flood the audit: the first time is recorded, the rest is counted.
        if self.audited & (1 << bit) == 0 {
            self.audited |= 1 << bit;
            let denial = Denial {
                interface: operation.interface.as_str(),
                operation: operation.name,
                manifest_line: manifest_line.clone(),
            };
            environment.audit.denied(environment, &denial);
        }
        Err(Refusal::NotGranted(manifest_line))
    }

    fn meter(&mut self, operation: Operation) -> Result<(), Refusal> {
        self.host_calls += 1;
        let spend = |spent: &mut u64, cap: u64, what: &str| {
            let sum = spent.saturating_add(operation.cost);
            if sum > cap {
                return Err(Refusal::Limited(format!("at most {cap} {what} in one call")));
            }
            *spent = sum;
            Ok(())
        };
        match operation.interface {
            Interface::Random => spend(&mut self.random_bytes, MAX_RANDOM_BYTES, "random bytes"),
            Interface::Capability(Capability::Kv | Capability::Sql) => {
                spend(&mut self.data_operations, MAX_DATA_OPERATIONS, "operations of kv and sql")
            }
            _ if self.host_calls > MAX_HOST_CALLS => {
                Err(Refusal::Limited(format!("at most {MAX_HOST_CALLS} calls of the host in one call")))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parking_lot::Mutex;

    use super::*;
    use crate::{Audit, CallReport, Discard, Grants, Limits};

    #[derive(Default)]
    struct Recorder(Mutex<Vec<Denial>>);

    impl Audit for Recorder {
        fn denied(&self, _: &Environment, denial: &Denial) {
            self.0.lock().push(denial.clone());
        }
        fn finished(&self, _: &Environment, _: &CallReport) {}
    }

    fn environment(grants: &[&str]) -> (Environment, Arc<Recorder>) {
        let recorder = Arc::new(Recorder::default());
        let environment = Environment {
            tenant: "acme".into(),
            module: "adhered/hello".into(),
            version: "1.0.0".into(),
            grants: Arc::new(grants.iter().collect::<Grants>()),
            limits: Limits::default(),
            config: Arc::default(),
            read_only: None,
            data: None,
            audit: Arc::<Recorder>::clone(&recorder) as Arc<dyn Audit>,
            log: Arc::new(Discard),
        };
        (environment, recorder)
    }

    #[test]
    fn what_needs_no_consent_is_admitted() {
        let (environment, recorder) = environment(&[]);
        let mut gate = Gate::default();
        for interface in [Interface::Log, Interface::Clock, Interface::Random] {
            gate.admit(&environment, Operation::new(interface, "x")).unwrap();
        }
        assert_eq!(gate.host_calls(), 3);
        assert!(recorder.0.lock().is_empty());
    }

    #[test]
    fn every_capability_is_refused_without_consent_and_audited_once() {
        let (environment, recorder) = environment(&[]);
        let mut gate = Gate::default();
        for capability in Capability::ALL {
            for _ in 0..3 {
                let refusal = gate.admit(&environment, Operation::of(capability, "x")).unwrap_err();
                assert_eq!(refusal, Refusal::NotGranted(capability.manifest_line()));
            }
        }
        let audited: Vec<_> = recorder.0.lock().iter().map(|denial| denial.interface).collect();
        assert_eq!(audited, Capability::ALL.map(Capability::as_str));
        assert_eq!(gate.denials(), 30);
        assert_eq!(gate.last_denied(), Some(Capability::Notify));
    }

    #[test]
    fn consent_opens_exactly_what_it_names() {
        let (environment, _) = environment(&["kv"]);
        let mut gate = Gate::default();
        gate.admit(&environment, Operation::of(Capability::Kv, "get")).unwrap();
        assert!(gate.admit(&environment, Operation::of(Capability::Sql, "execute")).is_err());
    }

    #[test]
    fn where_calls_may_only_read_what_writes_is_refused() {
        let (environment, _) = environment(&["kv"]);
        let environment = Environment { read_only: Some("it may only be read".into()), ..environment };
        let mut gate = Gate::default();
        gate.admit(&environment, Operation::of(Capability::Kv, "get")).unwrap();
        let refusal = gate.admit(&environment, Operation::of(Capability::Kv, "set").writing()).unwrap_err();
        assert_eq!(refusal, Refusal::Limited("it may only be read".to_owned()));
    }

    #[test]
    fn what_the_host_does_not_offer_yet_says_so() {
        let (environment, recorder) = environment(&["blob"]);
        let refusal = Gate::default().admit(&environment, Operation::of(Capability::Blob, "read")).unwrap_err();
        let line = "[module.permissions] required = [\"blob\"] (this host does not offer blob yet)";
        assert_eq!(refusal, Refusal::NotGranted(line.to_owned()));
        assert_eq!(recorder.0.lock()[0].manifest_line, line);
    }

    #[test]
    fn caps_hold_to_the_last_unit() {
        let (environment, _) = environment(&["kv", "sql"]);
        let mut gate = Gate::default();
        let random = Operation::new(Interface::Random, "bytes");
        gate.admit(&environment, random.costing(MAX_RANDOM_BYTES)).unwrap();
        assert_eq!(
            gate.admit(&environment, random),
            Err(Refusal::Limited("at most 1048576 random bytes in one call".to_owned()))
        );
        for _ in 0..MAX_DATA_OPERATIONS {
            gate.admit(&environment, Operation::of(Capability::Kv, "get")).unwrap();
        }
        assert!(matches!(
            gate.admit(&environment, Operation::of(Capability::Sql, "execute")),
            Err(Refusal::Limited(_))
        ));
    }
}
