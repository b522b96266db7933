//! `adx-registry backup` and `restore`: every row and every blob comes back, from any engine to any other, whatever dies meanwhile.

mod damaged;
mod every_table;
mod interrupted;
mod live;
mod look;
mod places;
mod whole;
