//! The web page is built by its own tools. Without it the registry still builds: the folder that is
//! embedded then exists and is empty, and `/` explains how to fill it.

use std::{fs, io, path::Path};

fn main() -> io::Result<()> {
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/dist");
    println!("cargo::rerun-if-changed={}", dist.display());
    fs::create_dir_all(dist)
}
