//! What is released is held against rules that came after it: what was not known is told once, and withheld where an operator says so;
//! over HTTP and by the registry's jobs, on both databases.

mod found;
mod machine;
mod walked;
mod watched;
mod world;
