//! Giving licences out: as they were signed to a tenant's people, and for some days to whoever shows one.

use adx_signing::licence::{Authority, Verified, armour, verify};
use adx_signing::name::{ModuleId, TenantId};
use adx_signing::utc::UtcSecond;

use super::access::tenant_to_see;
use super::error::MarketError;
use super::look::{Entitled, best};
use super::tenant::Tenant;
use crate::Ports;
use crate::actor::Actor;
use crate::licences::{LicenceKeyError, Signer, authority, licence_of, signer};
use crate::members::Right;
use crate::ports::{Reader, StoreError};

/// How a licence is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LicenceForm {
    /// The token by itself.
    Token,
    /// The file with readable lines around it, for agents without a network.
    File,
}

/// What whoever asks for a lease shows.
#[derive(Debug, Clone, Copy)]
pub enum Shown<'a> {
    /// That it is somebody of the tenant's.
    Actor(&'a Actor),
    /// A licence of the module, or a lease of one: also one that is over.
    Licence(&'a str),
}

/// The licence of a tenant's module that is in force: for its people, and operators.
///
/// # Errors
/// [`MarketError`]; [`MarketError::NoLicence`] where nothing is in force.
#[tracing::instrument(name = "licence.give", skip_all, fields(tenant = %name, module = %module))]
pub async fn licence(
    ports: &Ports,
    actor: &Actor,
    name: &TenantId,
    module: &ModuleId,
    form: LicenceForm,
) -> Result<String, MarketError> {
    actor.somebody()?;
    let mut reader = ports.store.read().await?;
    let tenant = tenant_to_see(&mut *reader, actor, name, Right::AskToBuy).await?;
    let entitled = best(&mut *reader, &tenant, module).await?;
    let signer = signer(ports, &mut *reader).await?;
    let authority = known(&mut *reader, &signer).await?;
    let (token, verified) = signed(&entitled, &signer, &authority, ports.now().into())?;
    match form {
        LicenceForm::Token => Ok(token),
        LicenceForm::File => Ok(armour::write(&token, &verified).map_err(LicenceKeyError::from)?),
    }
}

/// A lease of it: for the same people, and for whoever has a licence already, which is the tenant's agent.
///
/// # Errors
/// [`MarketError`]; [`MarketError::NoLicence`] where nothing is in force, or what was shown was taken back.
#[tracing::instrument(name = "licence.lease", skip_all, fields(tenant = %name, module = %module))]
pub async fn lease(ports: &Ports, shown: Shown<'_>, name: &TenantId, module: &ModuleId) -> Result<String, MarketError> {
    if let Shown::Actor(actor) = shown {
        actor.somebody()?;
    }
    let mut reader = ports.store.read().await?;
    let signer = signer(ports, &mut *reader).await?;
    let tenant = match shown {
        Shown::Actor(actor) => tenant_to_see(&mut *reader, actor, name, Right::AskToBuy).await?,
        Shown::Licence(token) => {
            let authority = known(&mut *reader, &signer).await?;
            shown_by(&mut *reader, token, &authority, name, module).await?
        }
    };
    let entitled = best(&mut *reader, &tenant, module).await?;
    let licence = licence_of(&entitled.entitlement, &entitled.terms, &tenant.name, &signer.registry);
    Ok(signer.lease(&licence, ports.now().into()).map_err(LicenceKeyError::from)?)
}

/// The tenant that a licence of the module names, if it counts.
async fn shown_by(
    reader: &mut dyn Reader,
    token: &str,
    authority: &Authority,
    name: &TenantId,
    module: &ModuleId,
) -> Result<Tenant, MarketError> {
    let verified = verify(token, authority).map_err(MarketError::NotBelieved)?;
    let licence = verified.licence();
    let tenant = reader.tenant_by_name(name).await?.filter(|tenant| tenant.name == licence.tenant);
    let tenant = tenant.ok_or_else(|| MarketError::NoTenant(name.clone()))?;
    if licence.module.canonical() != module.canonical() || authority.revoked_at(&licence.id).is_some() {
        return Err(MarketError::NoLicence { tenant: name.clone(), module: module.clone() });
    }
    Ok(tenant)
}

/// The licence as it was signed when the order changed. One that agents would not believe any more is signed anew: it is from before the
/// registry signed licences, or had this name.
fn signed(
    entitled: &Entitled,
    signer: &Signer,
    authority: &Authority,
    now: UtcSecond,
) -> Result<(String, Verified), LicenceKeyError> {
    let Entitled { tenant, entitlement, terms } = entitled;
    let kept = entitlement.token.as_ref().and_then(|token| Some((token.clone(), verify(token, authority).ok()?)));
    if let Some(kept) = kept {
        return Ok(kept);
    }
    let token = signer.sign(&licence_of(entitlement, terms, &tenant.name, &signer.registry), now)?;
    let verified = verify(&token, authority)?;
    Ok((token, verified))
}

/// What agents know of the registry's licences, now or after the next round.
async fn known(reader: &mut dyn Reader, signer: &Signer) -> Result<Authority, StoreError> {
    let known = authority(reader, &signer.registry).await?;
    Ok(known.unwrap_or_else(|| Authority::new(signer.registry.clone(), signer.key.public())))
}
