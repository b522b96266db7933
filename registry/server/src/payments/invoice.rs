//! By invoice: the buyer pays by bank transfer, and an operator who reads the bank's statement notes it.

use adx_registry_core::market::invoice::Invoice;
use adx_registry_core::ports::{Begun, Bill, Collector, NextStep, PaymentError, Payments};
use adx_signing::utc::UtcSecond;
use async_trait::async_trait;
use url::Url;

use super::below;

/// The provider that needs none.
pub struct ByInvoice {
    instructions: String,
    public_url: Option<Url>,
}

impl ByInvoice {
    /// `instructions` say where the money goes: a bank, an account. The invoice lies below `public_url`.
    pub fn new(instructions: String, public_url: Option<Url>) -> Self {
        Self { instructions, public_url }
    }
}

#[async_trait]
impl Payments for ByInvoice {
    async fn begin(&self, bill: &Bill<'_>) -> Result<Begun, PaymentError> {
        let Invoice { number, total, due_at, .. } = bill.invoice;
        let mut instructions = format!("Pay {total} by {}, with the reference {number}.", UtcSecond::from(*due_at));
        if !self.instructions.is_empty() {
            instructions.push('\n');
            instructions.push_str(&self.instructions);
        }
        let page = below(self.public_url.as_ref(), &format!("api/v1/invoices/{number}/pdf"));
        Ok(Begun { step: NextStep { instructions, page }, opened: None })
    }

    fn collector(&self) -> Option<&dyn Collector> {
        None
    }
}
