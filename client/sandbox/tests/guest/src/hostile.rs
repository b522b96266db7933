//! What a module must not get away with.

use std::hint::black_box;

/// Computes for so many steps.
pub(crate) fn compute(steps: u64) -> u64 {
    (0..steps).fold(0, |sum: u64, step| black_box(sum.wrapping_mul(31).wrapping_add(step)))
}

/// Computes without end.
pub(crate) fn spin() -> ! {
    let mut turn = 0u64;
    loop {
        turn = black_box(turn.wrapping_add(1));
    }
}

/// Allocates so many bytes and uses them.
pub(crate) fn fill(bytes: usize) -> usize {
    black_box(vec![1u8; bytes]).iter().filter(|byte| **byte == 1).count()
}

/// Allocates without end.
pub(crate) fn allocate() -> ! {
    let mut hoard = Vec::new();
    loop {
        hoard.push(black_box(vec![1u8; 1 << 20]));
    }
}

/// Recurses to a depth, in a way that no optimiser turns into a loop.
pub(crate) fn recurse(depth: u64) -> u64 {
    if depth == 0 { 1 } else { (recurse(depth - 1).wrapping_mul(31)) ^ depth }
}

/// The same with a frame in linear memory, where Rust keeps a stack of its own.
pub(crate) fn recurse_in_memory(depth: u64) -> u64 {
    let frame = black_box([depth; 64]);
    if depth == 0 { 1 } else { recurse_in_memory(depth - 1) ^ black_box(frame)[7] }
}
