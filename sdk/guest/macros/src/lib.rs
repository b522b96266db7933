#![doc = include_str!("../README.md")]

mod expand;
mod parse;

use proc_macro::TokenStream;

/// Makes an inline `mod` of plain functions into a module.
///
/// Documented, with an example, where it is re-exported: `adx_module::module`.
#[proc_macro_attribute]
pub fn module(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::module(arguments.into(), item.into()).into()
}
