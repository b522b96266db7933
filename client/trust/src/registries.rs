//! All registries of a machine, each with its namespaces.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use adx_signing::ModuleId;

use crate::{
    bundle,
    namespaces::{NamespaceTwice, Namespaces, Pattern},
    refusal::Refusal,
    registry::Registry,
    source::Source,
    state::StateError,
};

/// One registry as it is configured.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Its name, that of its folder below the state as well: letters, digits, `-` and `_`.
    pub name: String,
    /// Where its files come from: itself or a mirror. Bundles are taken with [`Registries::load`].
    pub source: Source,
    /// Its first root, handed over out of band: the bytes of `1.root.json`.
    pub root: Vec<u8>,
    /// The namespaces that are looked for there.
    pub namespaces: Vec<Pattern>,
}

/// Why the registries cannot be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegistriesError {
    /// A name that cannot be that of a folder.
    #[error("`{0}` cannot name a registry: use 1 to 64 letters, digits, `-` and `_`")]
    Name(String),
    /// Two of one name.
    #[error("two registries are called `{0}`: rename one")]
    NameTwice(String),
    /// A namespace that two have.
    #[error(transparent)]
    NamespaceTwice(#[from] NamespaceTwice),
    /// One that cannot be opened.
    #[error("the registry `{name}` cannot be opened: {refusal}")]
    Open {
        /// Its name.
        name: String,
        /// Why.
        refusal: Box<Refusal>,
    },
    /// What an earlier process left could not be removed.
    #[error(transparent)]
    State(#[from] StateError),
}

/// All registries of a machine.
#[derive(Debug)]
pub struct Registries {
    state: PathBuf,
    registries: Vec<Registry>,
    namespaces: Arc<Namespaces>,
}

impl Registries {
    /// Opens them, each with its own folder in `state`.
    ///
    /// # Errors
    /// [`RegistriesError`] for a configuration that is ambiguous, and for the first that cannot be opened.
    pub fn open(state: &Path, settings: &[Settings]) -> Result<Self, RegistriesError> {
        let named: Vec<_> = settings.iter().map(|settings| (settings.name.as_str(), &*settings.namespaces)).collect();
        let namespaces = Arc::new(Self::check(&named)?);
        let open = |Settings { name, source, root, .. }: &Settings| {
            Registry::open(name, source.clone(), root, &state.join(name), Arc::clone(&namespaces))
                .map_err(|refusal| RegistriesError::Open { name: name.clone(), refusal: Box::new(refusal) })
        };
        let registries: Vec<_> = settings.iter().map(open).collect::<Result<_, _>>()?;
        // They are locked now: no other process is unpacking anything here.
        bundle::sweep(state)?;
        Ok(Self { state: state.to_owned(), registries, namespaces })
    }

    /// Checks registries, each with its name and its namespaces, without opening any: whose namespace is whose.
    ///
    /// # Errors
    /// [`RegistriesError::Name`], [`RegistriesError::NameTwice`], and a namespace that two of them have.
    pub fn check(registries: &[(&str, &[Pattern])]) -> Result<Namespaces, RegistriesError> {
        for (index, (name, _)) in registries.iter().enumerate() {
            let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
            if !(1..=64).contains(&name.len()) || !name.chars().all(allowed) {
                return Err(RegistriesError::Name(name.chars().take(64).flat_map(char::escape_debug).collect()));
            }
            // Some file systems take `Main` and `main` for one folder.
            if registries[..index].iter().any(|(other, _)| other.eq_ignore_ascii_case(name)) {
                return Err(RegistriesError::NameTwice((*name).to_owned()));
            }
        }
        Ok(Namespaces::new(registries.iter().copied())?)
    }

    /// The folder with what is remembered of them.
    pub(crate) fn state(&self) -> &Path {
        &self.state
    }

    /// The registry that a module is looked for in: one, or none.
    pub fn of(&self, module: &ModuleId) -> Option<&Registry> {
        let name = self.namespaces.registry_of(&module.namespace)?;
        self.named(name)
    }

    /// The registry of this name.
    pub fn named(&self, name: &str) -> Option<&Registry> {
        self.registries.iter().find(|registry| registry.name() == name)
    }

    /// All of them, in the order of the configuration.
    pub fn iter(&self) -> impl Iterator<Item = &Registry> {
        self.registries.iter()
    }
}
