//! A submission on its way through one request, with what happened to it: nothing of it is a row before the request's transaction.

use super::{Compared, EventKind, Found, Side, Submission, SubmissionEvent, SubmissionState, Verdict};
use crate::ports::{StoreError, Transaction};
use crate::review::Cause;
use crate::{Id, Ports};

use adx_signing::digest::Digest;
use adx_signing::name::ModuleId;
use semver::Version;

use crate::publisher::Publisher;
use crate::token::Token;

/// What is known of a submission before anything of its package is read.
pub(crate) struct Sent {
    pub(crate) publisher: Id<Publisher>,
    pub(crate) token: Id<Token>,
    pub(crate) module: ModuleId,
    pub(crate) version: Version,
    pub(crate) sha256: Digest,
}

/// A submission and its events.
#[derive(Debug)]
pub(crate) struct Journey {
    pub(crate) submission: Submission,
    events: Vec<SubmissionEvent>,
}

impl Journey {
    /// Begins: the envelope has proved that the publisher wants it.
    pub(crate) fn begin(ports: &Ports, sent: Sent) -> Self {
        let now = ports.now();
        let Sent { publisher, token, module, version, sha256 } = sent;
        let state = SubmissionState::Started;
        let submission = Submission {
            id: Id::new(now, &*ports.entropy),
            publisher,
            module,
            version,
            sha256,
            size_bytes: 0,
            token,
            state,
            causes: Vec::new(),
            findings: Vec::new(),
            envelope: None,
            verdict: None,
            compared_with: None,
            created_at: now,
            changed_at: now,
            checked_at: None,
        };
        let by = format!("token:{token}");
        let kind = EventKind::Became(state);
        let began = SubmissionEvent { number: 1, kind, at: now, side: Side::Publisher, by, text: None };
        Self { submission, events: vec![began] }
    }

    /// It becomes something, by the registry itself.
    pub(crate) fn becomes(&mut self, ports: &Ports, state: SubmissionState, why: Option<String>) {
        // Every caller names an edge that there is; the property test of the states walks them all.
        debug_assert!(self.submission.state.step(state).is_ok(), "{} does not become {state}", self.submission.state);
        let now = ports.now();
        self.submission.state = state;
        self.submission.changed_at = now;
        if matches!(state, SubmissionState::Rejected | SubmissionState::Errored) {
            self.submission.verdict = Some(Verdict { by: Side::Registry, reason: why.clone() });
        }
        self.events.push(SubmissionEvent {
            number: self.events.len() as u64 + 1,
            kind: EventKind::Became(state),
            at: now,
            side: Side::Registry,
            by: "registry".to_owned(),
            text: why,
        });
    }

    /// Keeps what the checks found.
    pub(crate) fn found(&mut self, findings: Vec<Found>) {
        self.submission.findings = findings;
    }

    /// Keeps what the checks compared it with, where they decide: what waits is compared with what people have when a human decides.
    pub(crate) fn compared(&mut self, with: Compared) {
        self.submission.compared_with = Some(with);
    }

    /// Waits for a human, for these causes; the envelope is kept for the release.
    pub(crate) fn waits(&mut self, ports: &Ports, state: SubmissionState, causes: Vec<Cause>, envelope: String) {
        let words: Vec<_> = causes.iter().map(|cause| cause.in_words()).collect();
        self.submission.causes = causes;
        self.submission.envelope = Some(envelope);
        self.becomes(ports, state, Some(words.join(", ")));
    }

    /// Writes the submission and all its events.
    pub(crate) async fn write(&self, transaction: &mut dyn Transaction) -> Result<(), StoreError> {
        transaction.insert_submission(&self.submission, &self.events).await
    }
}
