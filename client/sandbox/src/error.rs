//! What can go wrong: making a sandbox, loading a component, calling it.

use std::time::Duration;

/// The sandbox could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The cache folder cannot be used.
    #[error("the component cache at {path} cannot be used: {reason}")]
    Cache {
        /// The folder.
        path: String,
        /// Why.
        reason: String,
    },
    /// wasmtime refuses the configuration, or the machine has too little address space for the pool.
    #[error("the WebAssembly engine cannot be started: {0}")]
    Engine(String),
    /// The thread that ends runaway calls could not be started.
    #[error("the epoch thread cannot be started")]
    Ticker(#[source] std::io::Error),
}

/// A component cannot be run here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// The bytes are not a WebAssembly component.
    #[error("not a WebAssembly component: {0}")]
    NotAComponent(String),
    /// The component imports what no module may import.
    #[error("the component imports {}: {}", .names.join(", "), .hint)]
    ForbiddenImports {
        /// The imports, as the component names them.
        names: Vec<String>,
        /// What to do about it.
        hint: &'static str,
    },
    /// The component lacks what every module must export.
    #[error("the component does not export {}; build it for the world adx:module/module@1.0.0", .0.join(" and "))]
    MissingExports(Vec<String>),
    /// Names fit, types do not: it was built against another version of the world.
    #[error("the component does not fit the world adx:module/module@1.0.0: {0}")]
    Incompatible(String),
    /// The component is valid, but the engine cannot compile it within its limits.
    #[error("the component cannot be compiled: {0}")]
    Compile(String),
    /// The host failed.
    #[error("the component could not be loaded: {0}")]
    Host(String),
}

/// A call did not give a result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The module answered with an error of its own.
    #[error("{kind}: {message}")]
    Module {
        /// Machine-readable kind, as the module gave it.
        kind: String,
        /// For people.
        message: String,
        /// Whether the same call may succeed later.
        retryable: bool,
    },
    /// The module panicked.
    #[error("the module panicked at {location}: {message}")]
    Panicked {
        /// What it said.
        message: String,
        /// Where: `src/lib.rs:7:5`.
        location: String,
    },
    /// The module wanted more memory than it may have.
    #[error("the module needs more than its {limit_bytes} bytes of memory")]
    OutOfMemory {
        /// What it may have.
        limit_bytes: u64,
    },
    /// The module computed for too long.
    #[error("the module used up its {limit:?} of processor time")]
    CpuTime {
        /// What it may use.
        limit: Duration,
    },
    /// The call took too long, waiting included.
    #[error("the call was not done within {limit:?}")]
    WallTime {
        /// What it may take.
        limit: Duration,
    },
    /// The module recursed too deeply.
    #[error("the module used up its stack")]
    StackOverflow,
    /// The result is too long.
    #[error("the module returned {bytes} bytes, and {limit_bytes} are allowed")]
    OutputTooLarge {
        /// Its length.
        bytes: u64,
        /// What is allowed.
        limit_bytes: u64,
    },
    /// The result is not JSON.
    #[error("the module returned something that is not JSON: {0}")]
    InvalidOutput(String),
    /// The module failed because a capability was not granted to it.
    #[error("the module needs {capability:?}, which this tenant did not grant; it asks for it by {manifest_line}")]
    NotGranted {
        /// The capability.
        capability: String,
        /// The manifest line that asks for it.
        manifest_line: String,
    },
    /// There is no such activity.
    #[error("the module has no activity {name:?}; it has {}", list(.known))]
    UnknownActivity {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// The module broke a rule of WebAssembly or of the component model.
    #[error("the module trapped: {0}")]
    Trap(String),
    /// The host failed, not the module.
    #[error("the host could not run the call: {0}")]
    Host(String),
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

impl CallError {
    /// A short name that stays the same, for metrics and audit rows.
    pub const fn slug(&self) -> &'static str {
        match self {
            Self::Module { .. } => "module-error",
            Self::Panicked { .. } => "panicked",
            Self::OutOfMemory { .. } => "out-of-memory",
            Self::CpuTime { .. } => "cpu-time",
            Self::WallTime { .. } => "wall-time",
            Self::StackOverflow => "stack-overflow",
            Self::OutputTooLarge { .. } => "output-too-large",
            Self::InvalidOutput(_) => "invalid-output",
            Self::NotGranted { .. } => "not-granted",
            Self::UnknownActivity { .. } => "unknown-activity",
            Self::Trap(_) => "trap",
            Self::Host(_) => "host",
        }
    }

    /// Whether the module is to blame, not the host, the tenant or the caller: what a suspension policy counts.
    pub const fn blames_module(&self) -> bool {
        matches!(
            self,
            Self::Panicked { .. }
                | Self::OutOfMemory { .. }
                | Self::CpuTime { .. }
                | Self::WallTime { .. }
                | Self::StackOverflow
                | Self::OutputTooLarge { .. }
                | Self::InvalidOutput(_)
                | Self::Trap(_)
        )
    }
}
