//! A module's settings: the schema's defaults under what the tenant set, held against the module's JSON Schema.

use crate::{
    agent::Agent,
    audit,
    calls::Live,
    host::Host,
    store::{ConfigRevision, Outcome, StoreError},
    verify::VerifiedPackage,
};
use adx_sandbox::{Grants, effective_settings as effective};
use adx_signing::name::{ModuleId, TenantId};
use jsonschema::Validator;
use serde_json::Value;
use std::sync::Arc;

/// Largest set of settings, in bytes: they are handed to every call.
const MAX_CONFIG_BYTES: usize = 64 * 1024;

/// Settings as stored and as the module sees them.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// What the tenant set.
    pub own: Value,
    /// With the schema's defaults.
    pub effective: Value,
    /// How often they were changed.
    pub revision: i64,
}

/// What an administrator decided, as calls see it.
#[derive(Clone)]
pub struct Applied {
    /// Permissions.
    pub grants: Arc<Grants>,
    /// Settings, defaults included.
    pub config: Arc<Value>,
}

impl Applied {
    /// From what is stored.
    pub fn new(schema: Option<&Value>, own: &Value, grants: &[String]) -> Self {
        Self {
            grants: Arc::new(grants.iter().map(String::as_str).collect::<Grants>()),
            config: Arc::new(effective(schema, own)),
        }
    }
}

/// Why settings were not accepted or shown.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// There is nothing to set.
    #[error("{0} is not installed")]
    NotInstalled(ModuleId),
    /// The schema does not allow them.
    #[error("the settings are not what {module} {version} allows: {problems}")]
    Invalid {
        /// The module.
        module: ModuleId,
        /// The version whose schema was asked.
        version: semver::Version,
        /// All that is wrong, with the place.
        problems: String,
    },
    /// The package with the schema cannot be read.
    #[error("the module's schema cannot be read")]
    Package(#[from] crate::shelf::ShelfError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The schema in a package. A package whose schema is not one is refused: it could not refuse anything itself.
pub fn schema_of(package: &VerifiedPackage) -> Result<Option<Value>, String> {
    let Some(schema) = package.package().config_schema() else { return Ok(None) };
    validator(&schema).map_err(|error| format!("config.schema.json: {error}"))?;
    Ok(Some(schema))
}

/// Holds settings against a schema. Without a schema there is nothing to set.
pub fn check(schema: Option<&Value>, own: &Value) -> Result<(), String> {
    let Some(object) = own.as_object() else { return Err("settings are a JSON object".to_owned()) };
    if own.to_string().len() > MAX_CONFIG_BYTES {
        return Err(format!("settings have {MAX_CONFIG_BYTES} bytes at most"));
    }
    let Some(schema) = schema else {
        return if object.is_empty() { Ok(()) } else { Err("the module has no settings".to_owned()) };
    };
    let problems: Vec<String> = validator(schema)?
        .iter_errors(&effective(Some(schema), own))
        .take(20)
        .map(|error| format!("{}: {error}", place(&error.instance_path().to_string())))
        .collect();
    if problems.is_empty() { Ok(()) } else { Err(problems.join("; ")) }
}

fn place(pointer: &str) -> &str {
    if pointer.is_empty() { "/" } else { pointer }
}

/// References out of the schema are not followed: a module must not make the agent fetch something.
fn validator(schema: &Value) -> Result<Validator, String> {
    jsonschema::options().offline().build(schema).map_err(|error| error.to_string())
}

impl Host {
    /// Applies grants and settings as stored to what answers calls.
    pub(crate) async fn refresh(&self, tenant: &TenantId, module: &ModuleId) -> Result<(), StoreError> {
        let _refreshing = self.routes.refreshing(tenant, module).await;
        let Some(installation) = self.store.installation(tenant, module).await? else { return Ok(()) };
        if let Some(live) = self.routes.behind(tenant, module) {
            apply(&live, &installation.config, &installation.grants);
        }
        Ok(())
    }
}

fn apply(live: &Live, own: &Value, grants: &[String]) {
    *live.applied.write() = Applied::new(live.config_schema.as_ref(), own, grants);
}

impl Agent {
    /// A module's settings.
    pub async fn config_of(&self, tenant: &TenantId, module: &ModuleId) -> Result<Settings, SettingsError> {
        let installation = self
            .store()
            .installation(tenant, module)
            .await?
            .ok_or_else(|| SettingsError::NotInstalled(module.clone()))?;
        let schema = match &installation.current {
            Some(pin) => schema_of(&self.host().shelf.take(module, pin).await?).unwrap_or_default(),
            None => None,
        };
        Ok(Settings {
            effective: effective(schema.as_ref(), &installation.config),
            own: installation.config,
            revision: installation.config_revision,
        })
    }

    /// Replaces a module's settings, if its schema allows them. Calls that begin afterwards see them.
    pub async fn set_config(
        self: &Arc<Self>,
        tenant: &TenantId,
        module: &ModuleId,
        actor: &str,
        own: Value,
    ) -> Result<Settings, SettingsError> {
        let agent = Arc::clone(self);
        let (tenant, module, actor) = (tenant.clone(), module.clone(), actor.to_owned());
        self.to_the_end(async move { agent.replace_config(&tenant, &module, &actor, own).await }).await
    }

    async fn replace_config(
        &self,
        tenant: &TenantId,
        module: &ModuleId,
        actor: &str,
        own: Value,
    ) -> Result<Settings, SettingsError> {
        let not_installed = || SettingsError::NotInstalled(module.clone());
        let installation = self.store().installation(tenant, module).await?.ok_or_else(not_installed)?;
        let pin = installation.current.ok_or_else(not_installed)?;
        let invalid =
            |problems| SettingsError::Invalid { module: module.clone(), version: pin.version.clone(), problems };
        let schema = schema_of(&self.host().shelf.take(module, &pin).await?).map_err(&invalid)?;
        if let Err(problems) = check(schema.as_ref(), &own) {
            let detail = serde_json::json!({ "problems": problems });
            let row = audit::row(self.host(), tenant, actor, "config", Some(module), Outcome::Refused, detail);
            self.store().add_audit(&[row]).await?;
            return Err(invalid(problems));
        }
        let at = self.clock().now();
        let revision = ConfigRevision { revision: 0, config: own.clone(), actor: actor.to_owned(), at };
        let revision = self.store().set_config(tenant, module, &revision).await?.ok_or_else(not_installed)?;
        let detail = serde_json::json!({ "revision": revision });
        let row = audit::row(self.host(), tenant, actor, "config", Some(module), Outcome::Done, detail);
        self.store().add_audit(&[row]).await?;
        self.host().refresh(tenant, module).await?;
        Ok(Settings { effective: effective(schema.as_ref(), &own), own, revision })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn schema() -> Value {
        json!({
            "type": "object",
            "additionalProperties": false,
            "properties": {
                "greeting": { "type": "string", "default": "Hello", "maxLength": 20 },
                "limits": {
                    "type": "object",
                    "properties": { "per_day": { "type": "integer", "default": 10, "minimum": 1 }, "note": { "type": "string" } }
                }
            }
        })
    }

    #[test]
    fn the_tenants_settings_lie_over_the_schemas_defaults() {
        let schema = schema();
        assert_eq!(effective(Some(&schema), &json!({})), json!({ "greeting": "Hello", "limits": { "per_day": 10 } }));
        assert_eq!(
            effective(Some(&schema), &json!({ "limits": { "note": "x" } })),
            json!({ "greeting": "Hello", "limits": { "per_day": 10, "note": "x" } })
        );
    }

    #[test]
    fn settings_are_refused_with_their_place() {
        let problems = check(Some(&schema()), &json!({ "limits": { "per_day": 0 }, "colour": 1 })).unwrap_err();
        assert!(problems.contains("/limits/per_day"), "{problems}");
        assert!(problems.contains("colour"), "{problems}");
        assert_eq!(check(Some(&schema()), &json!({ "greeting": "Hi" })), Ok(()));
    }

    #[test]
    fn a_module_without_a_schema_has_no_settings() {
        assert_eq!(check(None, &json!({})), Ok(()));
        assert!(check(None, &json!({ "a": 1 })).is_err());
        assert!(check(None, &json!([])).is_err());
    }

    #[test]
    fn a_schema_that_refers_outside_is_refused() {
        let error = validator(&json!({ "$ref": "http://127.0.0.1:1/schema.json" })).map(|_| ()).unwrap_err();
        assert!(error.contains("127.0.0.1"), "{error}");
    }
}
