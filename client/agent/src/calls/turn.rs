//! Who may change what answers calls: one at a time for each installation.
//!
//! What is behind a gate follows from what is on record. Whoever changes either takes the installation's turn first, reads, and
//! writes both before the next one reads: else an operation that ends opens the gate onto what was called back meanwhile.

use super::{Gate, Key, Live, Routes};
use adx_signing::name::{ModuleId, TenantId};
use parking_lot::Mutex;
use std::{
    collections::HashMap,
    sync::{Arc, Weak},
};
use tokio::sync::OwnedMutexGuard;

/// The turns that somebody has or waits for. They outlive the gates, which come and go.
#[derive(Default)]
pub(super) struct Turns(Mutex<HashMap<Key, Weak<tokio::sync::Mutex<()>>>>);

impl Turns {
    fn of(&self, key: &Key) -> Arc<tokio::sync::Mutex<()>> {
        let mut turns = self.0.lock();
        if let Some(turn) = turns.get(key).and_then(Weak::upgrade) {
            return turn;
        }
        turns.retain(|_, turn| turn.strong_count() > 0);
        let turn = Arc::default();
        turns.insert(key.clone(), Arc::downgrade(&turn));
        turn
    }
}

/// The right to change what answers the calls to one installation.
pub struct Turn<'r> {
    routes: &'r Routes,
    key: Key,
    _alone: OwnedMutexGuard<()>,
}

impl Routes {
    /// Waits for the turn of an installation.
    pub async fn turn(&self, tenant: &TenantId, module: &ModuleId) -> Turn<'_> {
        let key = (tenant.clone(), module.clone());
        let alone = self.turns.of(&key).lock_owned().await;
        Turn { routes: self, key, _alone: alone }
    }
}

impl Turn<'_> {
    /// Shuts the gate: returns when no call is running. New calls queue until [`Turn::open`]. Shutting it again is nothing.
    pub async fn close(&self) {
        let gate = self.gate();
        if gate.held.lock().is_some() {
            return;
        }
        let hold = Arc::clone(&gate.pass).write_owned().await;
        *gate.held.lock() = Some(hold);
    }

    /// Puts `live` behind the gate, or nothing, and opens it. If it was open, running calls end first.
    pub async fn open(&self, live: Option<Arc<Live>>) {
        let gate = self.gate();
        let kept = gate.held.lock().take();
        let _alone = match kept {
            Some(hold) => hold,
            None => Arc::clone(&gate.pass).write_owned().await,
        };
        *gate.behind.write() = live;
    }

    /// Removes the gate after the running calls have ended.
    pub async fn remove(&self) {
        if self.find().is_some() {
            self.open(None).await;
            self.routes.gates.write().remove(&self.key);
        }
    }

    /// Lets no call through any more. A gate that an operation has shut stays its to open.
    pub async fn halt(&self) {
        let Some(gate) = self.find() else { return };
        if gate.held.lock().is_some() {
            *gate.behind.write() = None;
        } else {
            self.remove().await;
        }
    }

    fn find(&self) -> Option<Arc<Gate>> {
        self.routes.find(&self.key.0, &self.key.1)
    }

    fn gate(&self) -> Arc<Gate> {
        self.routes.gate(&self.key.0, &self.key.1)
    }
}
