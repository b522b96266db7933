#![doc = include_str!("../README.md")]

pub mod archive;
pub mod blobs;
pub mod command;
pub mod config;
pub mod doctor;
pub mod http;
pub mod identity;
pub mod mail;
pub mod parts;
pub mod render;
pub mod search;
pub mod store;
pub mod trust;
pub mod witness;
pub mod worker;
pub mod world;
