//! Owners of a namespace decide together, on both databases and with a clock that is set: who else is one, and after a week in
//! which any of them can object, which keys the namespace has. What comes out is what agents check.

mod deciding;
mod invitation;
mod notices;
mod races;
mod recovery;
mod world;

pub(crate) use world::{
    Mailbox, NoSearch, REGISTRY, SetClock, World, address, both, invite, listed_keys, namespace, ports, secret,
};
