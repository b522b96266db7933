//! How this registry sells.

/// What an operator has said of selling.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MarketRules {
    /// Who asks for the money, as invoices say it: a name and an address, a few lines.
    pub seller: String,
    /// The operator's share of what is paid, in hundredths of a percent.
    pub share: u16,
}
