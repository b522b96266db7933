#![doc = include_str!("../README.md")]

pub mod advisory;
pub mod affected;
pub mod bundle;
pub mod component;
pub mod document;
pub mod limits;
pub mod line;
pub mod manifest;
pub mod package;
pub mod quality;
pub mod resolve;

pub use document::SearchDocument;
pub use line::IndexLine;
pub use manifest::Manifest;
pub use package::{Package, PackagePath};
