//! The types of what a component exports, judged when it is loaded: names that fit say nothing about them.

use wasmtime::component::types::{ComponentFunc, ComponentItem, Type};
use wasmtime::component::{Component, ComponentExportIndex};

use crate::error::LoadError;

/// What a function of the world takes and gives. All of them give a `result` with the same record as error, but `names`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signature {
    /// `func() -> result<_, error>`
    Moment,
    /// `func(string) -> result<_, error>`
    Upgrade,
    /// `func() -> list<string>`
    Names,
    /// `func(string, string) -> result<string, error>`
    Call,
}

impl Signature {
    fn fits(self, function: &ComponentFunc) -> bool {
        let parameters = match self {
            Self::Moment | Self::Names => 0,
            Self::Upgrade => 1,
            Self::Call => 2,
        };
        if function.async_() || !function.params().map(|(_, ty)| ty).eq(std::iter::repeat_n(Type::String, parameters)) {
            return false;
        }
        let mut results = function.results();
        let (Some(result), None) = (results.next(), results.next()) else {
            return false;
        };
        match (self, result) {
            (Self::Names, Type::List(names)) => names.ty() == Type::String,
            (Self::Call, Type::Result(result)) => {
                result.ok() == Some(Type::String) && result.err().as_ref().is_some_and(is_error)
            }
            (Self::Moment | Self::Upgrade, Type::Result(result)) => {
                result.ok().is_none() && result.err().as_ref().is_some_and(is_error)
            }
            _ => false,
        }
    }
}

/// `record { kind: string, message: string, retryable: bool }`
fn is_error(ty: &Type) -> bool {
    let Type::Record(record) = ty else { return false };
    let wanted = [("kind", Type::String), ("message", Type::String), ("retryable", Type::Bool)];
    record.fields().map(|field| (field.name, field.ty)).eq(wanted)
}

/// Finds `function` of the exported `interface`, and checks its type.
pub(crate) fn find(
    component: &Component,
    interface: &str,
    function: &str,
    signature: Signature,
) -> Result<ComponentExportIndex, LoadError> {
    let missing = || LoadError::MissingExports(vec![format!("{interface}#{function}")]);
    let instance = component.get_export_index(None, interface).ok_or_else(missing)?;
    let (item, index) = component.get_export(Some(&instance), function).ok_or_else(missing)?;
    match item {
        ComponentItem::ComponentFunc(found) if signature.fits(&found) => Ok(index),
        _ => Err(LoadError::Incompatible(format!("{interface}#{function} has another type"))),
    }
}
