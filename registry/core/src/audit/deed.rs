//! Telling the audit log, from within a use case.

use adx_signing::name::{ModuleId, Namespace};
use semver::Version;
use serde_json::{Value, json};

use super::{Act, NewEntry, Subject, Who, network_hash};
use crate::ports::Transaction;
use crate::publisher::Publisher;
use crate::{Id, Ports};

/// What a use case did.
#[derive(Debug, Clone)]
#[must_use = "it is told to a transaction"]
pub(crate) struct Deed {
    act: Act,
    subject: Subject,
    detail: Value,
    leaf: Option<u64>,
    who: Option<Who>,
}

impl Deed {
    /// Something that was done.
    pub(crate) fn new(act: Act) -> Self {
        Self { act, subject: Subject::default(), detail: json!({}), leaf: None, who: None }
    }

    /// To what belongs to a publisher.
    pub(crate) fn of(mut self, publisher: &Publisher) -> Self {
        self.subject.publisher = Some(publisher.id);
        self.subject.namespace = Some(publisher.namespace.clone());
        self
    }

    /// To a module of a publisher.
    pub(crate) fn module(mut self, publisher: Id<Publisher>, module: &ModuleId) -> Self {
        self.subject.publisher = Some(publisher);
        self.subject.namespace = Some(module.namespace.clone());
        self.subject.module = Some(module.name.clone());
        self
    }

    /// To a namespace that is nobody's yet, or whose owners are not shown it.
    pub(crate) fn namespace(mut self, namespace: &Namespace) -> Self {
        self.subject.namespace = Some(namespace.clone());
        self
    }

    /// To a version of it.
    pub(crate) fn version(mut self, version: &Version) -> Self {
        self.subject.version = Some(version.clone());
        self
    }

    /// To what has this id.
    pub(crate) fn id(mut self, id: impl ToString) -> Self {
        self.subject.id = Some(id.to_string());
        self
    }

    /// As a leaf of the transparency log tells too.
    pub(crate) fn leaf(mut self, leaf: Option<u64>) -> Self {
        self.leaf = leaf;
        self
    }

    /// With particulars: an object without secrets and addresses.
    pub(crate) fn with(mut self, detail: Value) -> Self {
        self.detail = detail;
        self
    }

    /// By somebody who showed who it is in the course of it.
    pub(crate) fn by(mut self, who: Who) -> Self {
        self.who = Some(who);
        self
    }

    /// Tells it with a transaction: it stands in the log if that is committed.
    pub(crate) fn tell(self, ports: &Ports, transaction: &mut dyn Transaction) {
        let origin = ports.origins.current();
        transaction.tell(NewEntry {
            at: ports.now(),
            who: self.who.unwrap_or(origin.who),
            network: origin.network.map(|network| network_hash(&*ports.vault, &network)),
            request: origin.request,
            act: self.act,
            subject: self.subject,
            detail: self.detail,
            leaf: self.leaf,
        });
    }
}
