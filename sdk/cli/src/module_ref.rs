//! How modules and versions are named on the command line.

use std::str::FromStr;

use adx_signing::ModuleId;
use semver::VersionReq;

/// `ns/name` or `ns/name@REQUIREMENT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ModuleRef {
    pub(crate) module: ModuleId,
    pub(crate) requirement: Option<VersionReq>,
}

impl FromStr for ModuleRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (module, requirement) = match text.split_once('@') {
            Some((module, requirement)) => (module, Some(requirement)),
            None => (text, None),
        };
        let module = module.parse().map_err(|error| format!("{error}"))?;
        let requirement = requirement
            .map(|requirement| {
                VersionReq::parse(requirement)
                    .map_err(|error| format!("`{requirement}` is not a version requirement such as ^1.2: {error}"))
            })
            .transpose()?;
        Ok(Self { module, requirement })
    }
}

/// The path of a module below a collection, in segments.
pub(crate) fn segments(module: &ModuleId) -> [&str; 2] {
    [module.namespace.as_str(), module.name.as_str()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_requirement_may_follow() {
        let plain: ModuleRef = "adx/hello".parse().expect("a module");
        assert_eq!(plain.requirement, None);
        let with: ModuleRef = "adx/hello@^1".parse().expect("a module");
        assert_eq!(with.module, plain.module);
        assert_eq!(with.requirement, Some(VersionReq::parse("^1").expect("requirement")));
        assert!("adx/hello@one".parse::<ModuleRef>().is_err());
        assert!("hello".parse::<ModuleRef>().is_err());
    }
}
