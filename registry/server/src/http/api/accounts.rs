//! `/api/v1/accounts`: people's accounts, for operators, who keep people out and let them in again.

use actix_web::{get, post, web};
use adx_registry_core::{
    Id,
    account::Account,
    accounts::{self, AccountError, AccountFilter},
    operator_scope::OperatorScope,
    reason::Reason,
};

use crate::http::{
    caller::Caller,
    dto::{AccountsQuery, ListedAccount, ListedAccountList, NewDisabling},
    input::{JsonBody, Query, cursor},
    problem::{Problem, ProblemBody},
    state::State,
};

/// List accounts
///
/// Operators only. In the order they were made, 100 a page; those whose name or address begins with `q`, where it is given.
#[utoipa::path(
    tag = "moderation",
    params(AccountsQuery),
    responses(
        (status = 200, description = "The accounts", body = ListedAccountList),
        (status = 400, description = "A parameter is not valid", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an operator's token", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["read"]), ("token" = ["accounts"]), ("session" = [])),
)]
#[get("/accounts")]
pub(super) async fn list_accounts(
    state: web::Data<State>,
    Caller(actor): Caller,
    Query(query): Query<AccountsQuery>,
) -> Result<web::Json<ListedAccountList>, Problem> {
    actor.operator_sees(OperatorScope::Accounts)?;
    let after = cursor("after", query.after.as_deref())?;
    let begins = query.q.as_deref().unwrap_or_default().trim().to_owned();
    let wanted = AccountFilter { begins, state: query.state.map(Into::into) };
    let found = accounts::find_accounts(&state.ports, &actor, &wanted, after).await?;
    Ok(web::Json(ListedAccountList {
        accounts: found.accounts.iter().map(ListedAccount::from).collect(),
        next: found.next.map(|next| next.to_string()),
    }))
}

/// Disable an account
///
/// Operators only, and neither the own account nor that of the last operator. The person is signed out everywhere and let in no more; tokens
/// that it made or has as an owner count no more until the account is enabled again. One that is disabled already is so for this reason
/// from now on.
#[utoipa::path(
    tag = "moderation",
    params(("id" = String, Path, description = "The id of the account")),
    request_body = NewDisabling,
    responses(
        (status = 200, description = "Disabled", body = ListedAccount),
        (status = 400, description = "Malformed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an operator's token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such account, or nobody can sign in with it anyway", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "It is the own account, or that of the last operator", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Not a reason", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["accounts"]), ("session" = [], "csrf" = [])),
)]
#[post("/accounts/{id}/disable")]
pub(super) async fn disable_account(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
    JsonBody(body): JsonBody<NewDisabling>,
) -> Result<web::Json<ListedAccount>, Problem> {
    actor.operator(OperatorScope::Accounts)?;
    let reason = body.reason.parse::<Reason>()?;
    let disabled = accounts::disable_account(&state.ports, &actor, account_id(&path)?, &reason).await?;
    Ok(web::Json(ListedAccount::from(&disabled)))
}

/// Enable an account
///
/// Operators only. The person may sign in again, and tokens that counted no more because of that count again; sessions stay ended.
#[utoipa::path(
    tag = "moderation",
    params(("id" = String, Path, description = "The id of the account")),
    responses(
        (status = 200, description = "Enabled", body = ListedAccount),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an operator's token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such account, or nobody can sign in with it anyway", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = ["accounts"]), ("session" = [], "csrf" = [])),
)]
#[post("/accounts/{id}/enable")]
pub(super) async fn enable_account(
    state: web::Data<State>,
    Caller(actor): Caller,
    path: web::Path<String>,
) -> Result<web::Json<ListedAccount>, Problem> {
    actor.operator(OperatorScope::Accounts)?;
    let enabled = accounts::enable_account(&state.ports, &actor, account_id(&path)?).await?;
    Ok(web::Json(ListedAccount::from(&enabled)))
}

fn account_id(text: &str) -> Result<Id<Account>, Problem> {
    text.parse().map_err(|_| AccountError::UnknownAccount.into())
}
