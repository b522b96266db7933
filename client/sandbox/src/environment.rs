//! What surrounds a call: who it is for, what it may do, where its data is.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use crate::audit::{Audit, LogSink};
use crate::data::ModuleData;
use crate::grant::Grants;
use crate::limits::Limits;

/// What surrounds the calls of one installation. Cheap to clone.
#[derive(Clone)]
pub struct Environment {
    /// The tenant, as the log and the audit name it.
    pub tenant: String,
    /// The module, `namespace/name`.
    pub module: String,
    /// Its version.
    pub version: String,
    /// What the tenant granted.
    pub grants: Arc<Grants>,
    /// What a call may use.
    pub limits: Limits,
    /// The tenant's settings.
    pub config: Arc<Value>,
    /// Why nothing may be changed, where calls may only read.
    pub read_only: Option<Arc<str>>,
    /// The database of this tenant and module; `kv` and `sql` are unavailable without.
    pub data: Option<ModuleData>,
    /// Where denials and reports go.
    pub audit: Arc<dyn Audit>,
    /// Where log lines go.
    pub log: Arc<dyn LogSink>,
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The settings stay out: they may hold what a tenant would not want in a log.
        f.debug_struct("Environment")
            .field("tenant", &self.tenant)
            .field("module", &self.module)
            .field("version", &self.version)
            .field("grants", &self.grants)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// What to call.
#[derive(Debug, Clone, PartialEq)]
pub enum Invocation {
    /// `lifecycle.install`
    Install,
    /// `lifecycle.activate`
    Activate,
    /// `lifecycle.deactivate`
    Deactivate,
    /// `lifecycle.upgrade`
    Upgrade {
        /// The version that was there before.
        from: String,
    },
    /// `lifecycle.uninstall`
    Uninstall,
    /// `lifecycle.health`
    Health,
    /// `activities.names`; gives a list of texts.
    Activities,
    /// `activities.call`
    Activity {
        /// The activity.
        name: String,
        /// Its input.
        input: Value,
    },
}

impl fmt::Display for Invocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Install => f.write_str("install"),
            Self::Activate => f.write_str("activate"),
            Self::Deactivate => f.write_str("deactivate"),
            Self::Upgrade { .. } => f.write_str("upgrade"),
            Self::Uninstall => f.write_str("uninstall"),
            Self::Health => f.write_str("health"),
            Self::Activities => f.write_str("activities"),
            Self::Activity { name, .. } => write!(f, "activity {name}"),
        }
    }
}
