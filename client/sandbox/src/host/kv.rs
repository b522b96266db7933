//! `kv`: the key-value store.

use crate::bindings::adx::module::kv::{self, KeyPage, KvError, SetOptions};
use crate::clock::unix_ms;
use crate::data::kv as store;
use crate::data::{DataConnection, Unavailable};
use crate::gate::{Operation, Refusal};
use crate::grant::Capability;
use crate::host::CallState;

impl From<Refusal> for KvError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotGranted(line) => Self::NotGranted(line),
            Refusal::Limited(cap) => Self::Limited(cap),
        }
    }
}

impl From<Unavailable> for KvError {
    fn from(Unavailable(reason): Unavailable) -> Self {
        Self::Unavailable(reason)
    }
}

impl CallState {
    async fn kv<T: Send + 'static>(
        &mut self,
        name: &'static str,
        act: impl FnOnce(&DataConnection, store::Frame) -> Result<T, KvError> + Send + 'static,
    ) -> wasmtime::Result<Result<T, KvError>> {
        self.kv_operation(Operation::of(Capability::Kv, name), act).await
    }

    async fn kv_writing<T: Send + 'static>(
        &mut self,
        name: &'static str,
        act: impl FnOnce(&DataConnection, store::Frame) -> Result<T, KvError> + Send + 'static,
    ) -> wasmtime::Result<Result<T, KvError>> {
        self.kv_operation(Operation::of(Capability::Kv, name).writing(), act).await
    }

    async fn kv_operation<T: Send + 'static>(
        &mut self,
        operation: Operation,
        act: impl FnOnce(&DataConnection, store::Frame) -> Result<T, KvError> + Send + 'static,
    ) -> wasmtime::Result<Result<T, KvError>> {
        let frame = store::Frame { now_unix_ms: unix_ms(&*self.clock), cap_bytes: self.environment.limits.kv_bytes };
        Ok(self.through_data(operation, move |connection| act(connection, frame)).await)
    }
}

impl kv::Host for CallState {
    async fn get(&mut self, key: String) -> wasmtime::Result<Result<Option<Vec<u8>>, KvError>> {
        self.kv("get", move |connection, frame| store::get(connection, frame, &key)).await
    }

    async fn get_many(&mut self, keys: Vec<String>) -> wasmtime::Result<Result<Vec<Option<Vec<u8>>>, KvError>> {
        self.kv("get-many", move |connection, frame| store::get_many(connection, frame, &keys)).await
    }

    async fn set(&mut self, key: String, value: Vec<u8>, options: SetOptions) -> wasmtime::Result<Result<(), KvError>> {
        self.kv_writing("set", move |connection, frame| store::set(connection, frame, &key, &value, options.ttl_ms))
            .await
    }

    async fn delete(&mut self, key: String) -> wasmtime::Result<Result<bool, KvError>> {
        self.kv_writing("delete", move |connection, frame| store::delete(connection, frame, &key)).await
    }

    async fn compare_and_set(
        &mut self,
        key: String,
        expected: Option<Vec<u8>>,
        value: Option<Vec<u8>>,
        options: SetOptions,
    ) -> wasmtime::Result<Result<bool, KvError>> {
        self.kv_writing("compare-and-set", move |connection, frame| {
            store::compare_and_set(connection, frame, &key, expected.as_deref(), value.as_deref(), options.ttl_ms)
        })
        .await
    }

    async fn increment(&mut self, key: String, delta: i64) -> wasmtime::Result<Result<i64, KvError>> {
        self.kv_writing("increment", move |connection, frame| store::increment(connection, frame, &key, delta)).await
    }

    async fn keys(
        &mut self,
        prefix: String,
        after: Option<String>,
        limit: u32,
    ) -> wasmtime::Result<Result<KeyPage, KvError>> {
        self.kv("keys", move |connection, frame| store::keys(connection, frame, &prefix, after.as_deref(), limit)).await
    }
}
