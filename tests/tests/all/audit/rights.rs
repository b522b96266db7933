//! An answer of many pages ends where whoever asked for it has no right to the next one any more.

use std::sync::Arc;

use adx_registry_core::audit::{AuditFilter, ListAuditError, list_audit, list_more_audit};
use adx_registry_core::authenticate::{AuthenticateError, authenticate};
use adx_registry_core::issue_token::issue_operator_token_on_the_machine;
use adx_registry_core::networks::Networks;
use adx_registry_core::operator_scope::OperatorScopes;
use adx_registry_core::ports::Written;

use crate::engines::{Engine, on_every_engine};
use crate::lock_order::ports;

on_every_engine!(a_token_that_was_revoked_reads_no_further);

async fn a_token_that_was_revoked_reads_no_further(engine: Engine) {
    let ports = ports(Arc::clone(&engine.store));
    let issued = issue_operator_token_on_the_machine(&ports, "export", OperatorScopes::ALL, Networks::default(), None)
        .await
        .unwrap();
    let actor = authenticate(&ports, Some(issued.text.expose())).await.unwrap();
    let first = list_audit(&ports, &actor, None, AuditFilter::default(), 0, 1).await.unwrap();
    assert_eq!((first.entries.len(), first.next), (1, Some(1)), "that it was made");
    assert!(list_more_audit(&ports, &actor, None, AuditFilter::default(), 0).await.is_ok());

    let mut transaction = engine.store.begin().await.unwrap();
    assert!(transaction.revoke_any_token(issued.token.id, ports.now()).await.unwrap());
    transaction.commit(Written::SAMPLE).await.unwrap();
    let refused = list_more_audit(&ports, &actor, None, AuditFilter::default(), 0).await;
    assert!(matches!(refused, Err(ListAuditError::Ended(AuthenticateError::Invalid))), "{refused:?}");
}
