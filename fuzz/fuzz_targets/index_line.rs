//! An index file: what is read is within the cap and about its module, and written it is the same.
#![no_main]

use std::collections::BTreeSet;

use adx_index::{
    IndexLine,
    limits::MAX_INDEX_LINE_BYTES,
    line::{parse_file, write_file},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(line) = IndexLine::parse(text, 1) {
        assert!(text.len() <= MAX_INDEX_LINE_BYTES);
        let written = line.to_ndjson();
        assert_eq!(written.matches('\n').count(), 1);
        assert_eq!(IndexLine::parse(&written, 1).as_ref(), Ok(&line));
    }
    let module = "adx/hello".parse().expect("a module");
    if let Ok(mut lines) = parse_file(text, &module) {
        assert!(lines.iter().all(|line| line.module == module));
        assert_eq!(lines.iter().map(|line| &line.version).collect::<BTreeSet<_>>().len(), lines.len());
        lines.sort_by(|one, other| one.version.cmp(&other.version));
        assert_eq!(parse_file(&write_file(&lines), &module), Ok(lines));
    }
});
