//! What to type next after each error.

use std::path::Path;

use adx_signing::{
    key::KeyError,
    tuf::{ceremony::CeremonyError, keys::KeysError},
};

use super::super::passphrase;
use crate::trust::{
    DocumentsError, InstalledError, carried::CarriedError, custody::CustodyError, first::FirstError,
    install::InstallError, online::KeyFileError, rotate::RotateError, sign::SignError, trial::TrialError,
};

/// The hint for a ceremony that the server cannot use.
pub(in super::super) fn of_installed(error: &InstalledError, at: &Path) -> String {
    installed(error, &at.display().to_string())
}

/// The hint for an error of a command that works on the folder `at`, if there is one to give.
pub(super) fn of(error: &anyhow::Error, at: &Path) -> Option<String> {
    let at = at.display().to_string();
    None.or_else(|| error.downcast_ref().map(|error| install(error, &at)))
        .or_else(|| error.downcast_ref().map(|error| sign(error, &at)))
        .or_else(|| error.downcast_ref().map(|error| rotate(error, &at)))
        .or_else(|| error.downcast_ref().map(first))
        .or_else(|| error.downcast_ref().map(|error| trial(error, &at)))
        .or_else(|| error.downcast_ref().map(|error| carried(error, &at)))
        .or_else(|| error.downcast_ref().map(|error| documents(error, &at)))
        .or_else(|| error.downcast_ref().map(key_file))
}

fn install(error: &InstallError, at: &str) -> String {
    match error {
        InstallError::Documents(error) => documents(error, at),
        InstallError::Installed(error) => installed(error, at),
        InstallError::Search(error) => carried(error, at),
        InstallError::Expired { .. } => renew(at),
        InstallError::Rollback { .. } => {
            format!("bring the folder of the latest ceremony; `adx-registry trust status {at}` shows what this one is")
        }
        InstallError::Fork { .. } => {
            "find out who made the other one: two ceremonies were held apart, or this one was tampered with; \
             go on with `adx-registry trust rotate` in the folder that was installed"
                .to_owned()
        }
        InstallError::Origin { .. } | InstallError::EarlierKey { .. } => {
            "make `log.json` by `adx-registry trust rotate` in the folder that was installed last".to_owned()
        }
        InstallError::OnlineKeyMissing { .. } => {
            "install on the machine where `adx-registry trust online-keys` was run, or run it here and put the new public \
             halves into the ceremony by `adx-registry trust rotate FOLDER --online FILE`"
                .to_owned()
        }
        InstallError::OfflineKey { file } => {
            format!("move {} off this machine, and rotate it: whoever was here may have it", file.display())
        }
        InstallError::StrayKey { file, .. } => format!(
            "move {} out of there, and off this machine if it is a key that people keep; what `adx-registry trust online-keys` \
             made is named by its key's id and opens with `trust.passphrase`",
            file.display()
        ),
        InstallError::Busy { .. } => format!("wait for the other command, then again: adx-registry trust install {at}"),
        InstallError::Io { .. } => format!("free the disk or mend the mode, then again: adx-registry trust install {at}"),
    }
}

fn sign(error: &SignError, at: &str) -> String {
    match error {
        SignError::NotAsked => format!("`adx-registry trust status {at}` lists the keys that are asked for"),
        SignError::Expired { .. } => renew(at),
        SignError::Documents(error) => documents(error, at),
        SignError::Carried(error) => carried(error, at),
        SignError::Custody(CustodyError::File(error)) => key_file(error),
        SignError::Custody(CustodyError::Passphrase { .. }) => {
            format!("run it at a terminal, or set {}", passphrase::VARIABLE)
        }
        SignError::Custody(_) | SignError::Signature { .. } => {
            format!("look after the device, then again: adx-registry trust sign {at} --key FILE")
        }
    }
}

fn rotate(error: &RotateError, at: &str) -> String {
    match error {
        RotateError::NotComplete(error @ DocumentsError::OtherLog { .. }) => documents(error, at),
        RotateError::NotComplete(_) => format!(
            "have it signed first (`adx-registry trust status {at}` shows by whom), or begin that one again: delete its last root and \
             its last targets, and let `log.json` be what `N.log.json` is, by the number of the targets before"
        ),
        RotateError::Nothing => renew(at),
        RotateError::NotAKey { .. } | RotateError::NotAWitness(_) => {
            format!("`adx-registry trust status {at}` lists those that are")
        }
        RotateError::Keys(error) => keys(error, "add-"),
        RotateError::Log(_) => quorum("add-"),
        RotateError::Ceremony(_) => plan(),
        RotateError::Carried(error) => carried(error, at),
    }
}

fn first(error: &FirstError) -> String {
    match error {
        FirstError::Online(error) => key_file(error),
        FirstError::Keys(error) => keys(error, ""),
        FirstError::Log(_) => quorum(""),
        FirstError::Ceremony(_) => plan(),
    }
}

fn trial(error: &TrialError, at: &str) -> String {
    match error {
        TrialError::Present { .. } => {
            "a registry has one ceremony for life: change it by `adx-registry trust rotate`, or begin with an empty --data"
                .to_owned()
        }
        TrialError::Installed(error) => installed(error, at),
        TrialError::Install(error) => install(error, at),
        TrialError::Keys(error) => key_file(error),
        TrialError::Carried(error) => carried(error, at),
        TrialError::Keep { .. } => "name another folder by --keep".to_owned(),
        TrialError::First(_) | TrialError::Origin(_) => plan(),
    }
}

fn installed(error: &InstalledError, at: &str) -> String {
    match error {
        InstalledError::NotInstalled { .. } => "adx-registry trust install FOLDER".to_owned(),
        InstalledError::Documents(error) => documents(error, at),
        InstalledError::Key { source, .. } => server_key(source),
        InstalledError::KeyMissing { .. } | InstalledError::NotTrusted { .. } => {
            "bring the key back from a backup, or make new ones by `adx-registry trust online-keys` and rotate to them"
                .to_owned()
        }
        InstalledError::Io { .. } | InstalledError::Malformed { .. } => {
            "bring `trust.dir` back from a backup; `adx-registry config reference` says where it is".to_owned()
        }
    }
}

fn carried(error: &CarriedError, at: &str) -> String {
    match error {
        CarriedError::NoCeremony { .. } | CarriedError::Io { .. } => {
            format!("name the folder of a ceremony, or begin one: adx-registry trust init {at}")
        }
        CarriedError::Present { .. } => format!("adx-registry trust status {at}"),
        CarriedError::Secret { .. } => "keep secret keys in drawers: move it out of the folder".to_owned(),
        CarriedError::Documents(error) => documents(error, at),
    }
}

fn documents(error: &DocumentsError, at: &str) -> String {
    match error {
        DocumentsError::LogNotListed { .. } => {
            "in the folder that was installed: adx-registry trust rotate FOLDER; then have it signed and install it".to_owned()
        }
        DocumentsError::OtherLog { .. } => {
            "bring `log.json` back as it was, from whoever had the folder last; of a ceremony that was given up it is `N.log.json`, \
             by the number of the targets that is the last now"
                .to_owned()
        }
        DocumentsError::Ceremony { source: CeremonyError::Signed(_), .. } => {
            format!("adx-registry trust sign {at} --key FILE; `adx-registry trust status {at}` shows who is missing")
        }
        DocumentsError::Ceremony { source: CeremonyError::RootVersion { .. }, .. }
        | DocumentsError::Unreadable { .. }
        | DocumentsError::Version { .. }
        | DocumentsError::Document { .. }
        | DocumentsError::LogFile { .. } => {
            "bring the folder whole, with every root from the first, from whoever had it last".to_owned()
        }
        DocumentsError::Ceremony { .. }
        | DocumentsError::Log(_)
        | DocumentsError::Form(_)
        | DocumentsError::OnlineThreshold { .. } => {
            "make the documents by `adx-registry trust init` and `adx-registry trust rotate`".to_owned()
        }
    }
}

fn key_file(error: &KeyFileError) -> String {
    match error {
        KeyFileError::Key { source: KeyError::WrongPassphrase, .. } => {
            format!("try again; check {}, or unset it to be asked", passphrase::VARIABLE)
        }
        KeyFileError::Public { .. } | KeyFileError::NoKeyFor(_) => {
            "on the server: adx-registry trust online-keys --out FILE".to_owned()
        }
        KeyFileError::Shared { file } => format!("chmod 600 {}", file.display()),
        KeyFileError::IsPublic { .. } => "name the file of the secret half, which is in a drawer".to_owned(),
        _ => "`adx-registry trust new-key FILE` makes a key that can be used".to_owned(),
    }
}

fn server_key(error: &KeyFileError) -> String {
    match error {
        KeyFileError::Key { source: KeyError::WrongPassphrase | KeyError::PassphraseNeeded, .. } => {
            "set `trust.passphrase` (ADX_REGISTRY__TRUST__PASSPHRASE) to the one they were made with".to_owned()
        }
        KeyFileError::Shared { file } => format!("chmod 600 {}", file.display()),
        _ => "bring the key back from a backup".to_owned(),
    }
}

fn renew(at: &str) -> String {
    format!("adx-registry trust rotate {at} --root-expires 365d --targets-expires 365d")
}

fn keys(error: &KeysError, add: &str) -> String {
    match error {
        KeysError::Threshold { keys, .. } => format!(
            "ask for 1 to {keys} by `--root-threshold` and `--targets-threshold`, or name more keys by `--{add}root-key FILE` and \
             `--{add}targets-key FILE`"
        ),
        _ => plan(),
    }
}

fn quorum(add: &str) -> String {
    format!(
        "`--{add}witness VKEY URL` names a witness, once each, as `adx-registry witness init` prints it; `--quorum NUMBER` is at \
         most how many there are"
    )
}

fn plan() -> String {
    "change the keys, thresholds or times that were given; `adx-registry trust init --help` explains them".to_owned()
}
