//! `complexity`: size and shape of the WebAssembly. What is valid can still be made to cost: each cap says what it keeps from
//! whom. An honest module is far below all of them.

use adx_index::limits::MIB;
use wasmparser::{BinaryReaderError, FunctionBody, Operator, Parser, Payload};

use super::finding::told;
use super::{Check, CheckBroke, Finding, Subject};

/// Functions of all core modules together. Each is compiled on its own: a million empty ones hold an agent for minutes.
pub const MAX_FUNCTIONS: u64 = 100_000;
/// Bytes of one function's code. Optimising compilers take more than linear time for one function.
pub const MAX_FUNCTION_BYTES: u64 = MIB;
/// Locals of one function, parameters left out. A few bytes declare any number of them; each costs registers and stack.
pub const MAX_LOCALS: u64 = 10_000;
/// Blocks in blocks. Compilers recurse, and so do tools that people look at code with; a `match` of many arms makes hundreds.
pub const MAX_NESTING: u64 = 4_000;
/// Core modules of one component. One, its shim and its fixups are usual; agents have place for this many instances.
pub const MAX_MODULES: u64 = 16;
/// Linear memories: agents have place for this many in one call.
pub const MAX_MEMORIES: u64 = 4;
/// Tables: agents have place for this many in one call.
pub const MAX_TABLES: u64 = 16;
/// Elements of one table at its start: agents have place for this many, and what asks for more never starts.
pub const MAX_TABLE_ELEMENTS: u64 = 20_000;
/// Data segments. Each is one copy at every start of every call.
pub const MAX_DATA_SEGMENTS: u64 = 10_000;
/// Bytes of custom sections, which do nothing when the module runs: names and debug information, and whatever hides there.
pub const MAX_CUSTOM_BYTES: u64 = MIB;
/// A page of a linear memory.
const PAGE_BYTES: u64 = 65_536;

/// The check.
#[derive(Debug, Clone, Copy, Default)]
pub struct Complexity;

const NAME: &str = "complexity";
const PLACE: &str = "module.wasm";

/// What was counted.
#[derive(Debug, Default, PartialEq, Eq)]
struct Shape {
    modules: u64,
    functions: u64,
    largest_function_bytes: u64,
    most_locals: u64,
    deepest_nesting: u64,
    memories: u64,
    initial_memory_bytes: u64,
    tables: u64,
    largest_table: u64,
    data_segments: u64,
    custom_bytes: u64,
    largest_custom: Option<(String, u64)>,
}

impl Check for Complexity {
    fn name(&self) -> &'static str {
        NAME
    }

    fn run(&self, subject: &Subject<'_>) -> Result<Vec<Finding>, CheckBroke> {
        let shape = measure(&subject.package.component).map_err(|error| CheckBroke::new(NAME, error))?;
        let mut findings = Vec::new();
        let mut cap = |code: &str, count: u64, most: u64, what: &str, remedy: &str| {
            if count > most {
                let message = format!("the component has {count} {what}, {most} are allowed: {remedy}");
                findings.push(Finding::error(code, message).at(PLACE));
            }
        };
        cap("too-many-modules", shape.modules, MAX_MODULES, "core modules", "compose less into one module");
        cap(
            "too-many-functions",
            shape.functions,
            MAX_FUNCTIONS,
            "functions",
            "leave out what is not called, with `lto = true`",
        );
        cap(
            "function-too-large",
            shape.largest_function_bytes,
            MAX_FUNCTION_BYTES,
            "bytes of code in one function",
            "keep tables as data, and let generated code be several functions",
        );
        cap("too-many-locals", shape.most_locals, MAX_LOCALS, "locals in one function", "split the function");
        cap("nested-too-deep", shape.deepest_nesting, MAX_NESTING, "blocks in one another", "split the function");
        cap("too-many-memories", shape.memories, MAX_MEMORIES, "linear memories", "one is enough");
        cap("too-many-tables", shape.tables, MAX_TABLES, "tables", "one is enough");
        cap(
            "table-too-large",
            shape.largest_table,
            MAX_TABLE_ELEMENTS,
            "elements in one table",
            "it would never start on an agent; have fewer functions behind pointers",
        );
        cap("too-many-segments", shape.data_segments, MAX_DATA_SEGMENTS, "data segments", "let the linker merge them");

        let asked = subject.package.manifest.resources.memory_bytes();
        if shape.initial_memory_bytes > asked {
            let message = format!(
                "the component begins with {} bytes of memory and the manifest asks for {asked}: it could not start; raise \
                 `module.resources.memory_mib`",
                shape.initial_memory_bytes
            );
            findings.push(Finding::error("memory-beyond-manifest", message).at(PLACE));
        }
        if let (true, Some((name, size_bytes))) = (shape.custom_bytes > MAX_CUSTOM_BYTES, shape.largest_custom) {
            let message = format!(
                "{} bytes of the component are custom sections, which nothing runs (`{}` has {size_bytes}): build with \
                 `strip = true`",
                shape.custom_bytes,
                name.chars().take(40).collect::<String>().escape_debug()
            );
            findings.push(Finding::warning("custom-sections-large", message).at(PLACE));
        }
        Ok(told(findings))
    }
}

/// Counts, in one pass.
fn measure(component: &[u8]) -> Result<Shape, BinaryReaderError> {
    let mut shape = Shape::default();
    for payload in Parser::new(0).parse_all(component) {
        match payload? {
            Payload::ModuleSection { .. } => shape.modules += 1,
            Payload::CodeSectionEntry(body) => function(&mut shape, &body)?,
            Payload::MemorySection(memories) => {
                for memory in memories {
                    let memory = memory?;
                    let page_bytes =
                        memory.page_size_log2.map_or(PAGE_BYTES, |log2| 1_u64.checked_shl(log2).unwrap_or(u64::MAX));
                    shape.memories += 1;
                    shape.initial_memory_bytes =
                        shape.initial_memory_bytes.saturating_add(memory.initial.saturating_mul(page_bytes));
                }
            }
            Payload::TableSection(tables) => {
                for table in tables {
                    shape.tables += 1;
                    shape.largest_table = shape.largest_table.max(table?.ty.initial);
                }
            }
            Payload::DataSection(segments) => {
                for segment in segments {
                    segment?;
                    shape.data_segments += 1;
                }
            }
            Payload::CustomSection(section) => {
                let size_bytes = section.data().len() as u64;
                shape.custom_bytes += size_bytes;
                if shape.largest_custom.as_ref().is_none_or(|(_, largest)| size_bytes > *largest) {
                    shape.largest_custom = Some((section.name().to_owned(), size_bytes));
                }
            }
            _ => {}
        }
    }
    Ok(shape)
}

fn function(shape: &mut Shape, body: &FunctionBody<'_>) -> Result<(), BinaryReaderError> {
    shape.functions += 1;
    let range = body.range();
    shape.largest_function_bytes = shape.largest_function_bytes.max((range.end - range.start) as u64);
    let mut locals = 0_u64;
    for group in body.get_locals_reader()? {
        locals += u64::from(group?.0);
    }
    shape.most_locals = shape.most_locals.max(locals);
    // The end of the function closes what was opened by none.
    let mut depth = 0_u64;
    for operator in body.get_operators_reader()? {
        match operator? {
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } | Operator::TryTable { .. } => {
                depth += 1;
                shape.deepest_nesting = shape.deepest_nesting.max(depth);
            }
            Operator::End => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::subjects::{codes, files, package, subject, with_manifest};
    use super::*;

    fn run(wat: &str) -> Vec<Finding> {
        let package = package(wat, &with_manifest("[module.resources]\nmemory_mib = 1\n"), files(&[]));
        Complexity.run(&subject(&package)).expect("the check ends")
    }

    #[test]
    fn counts() {
        let shape = measure(
            &wat::parse_str(
                r#"(component
                    (core module (memory 2) (table 7 funcref) (data (i32.const 0) "a") (data "b")
                        (func (local i32 i64 i64) (block (loop (if (i32.const 1) (then)))) (block)))
                    (component (core module (func))))"#,
            )
            .unwrap(),
        )
        .unwrap();
        assert_eq!((shape.modules, shape.functions, shape.most_locals, shape.deepest_nesting), (2, 2, 3, 3));
        assert_eq!((shape.memories, shape.initial_memory_bytes), (1, 2 * PAGE_BYTES));
        assert_eq!((shape.tables, shape.largest_table, shape.data_segments), (1, 7, 2));
    }

    #[test]
    fn the_usual_is_no_finding() {
        assert_eq!(run("(component (core module (memory 16) (func (block))))"), []);
    }

    #[test]
    fn each_cap_once() {
        let nested = |count: usize| format!("{}{}", "(block ".repeat(count), ")".repeat(count));
        let module = |inner: &str| format!("(component (core module {inner}))");
        for (code, wat) in [
            ("memory-beyond-manifest", module("(memory 17)")),
            ("too-many-memories", module(&"(memory 1)".repeat(5))),
            ("table-too-large", module("(table 20001 funcref)")),
            ("too-many-tables", module(&"(table 1 funcref)".repeat(17))),
            ("too-many-locals", module(&format!("(func (local {}))", "i32 ".repeat(10_001)))),
            ("nested-too-deep", module(&format!("(func {})", nested(4_001)))),
            ("function-too-large", module(&format!("(func {})", "nop ".repeat(1_100_000)))),
            ("too-many-functions", module(&"(func)".repeat(100_001))),
            ("too-many-segments", module(&"(data \"\")".repeat(10_001))),
            ("too-many-modules", format!("(component {})", "(core module)".repeat(17))),
            (
                "custom-sections-large",
                format!("(component (core module (@custom \"debug\" \"{}\")))", "x".repeat(1_100_000)),
            ),
        ] {
            assert_eq!(codes(&run(&wat)), [code]);
        }
    }

    proptest! {
        #[test]
        fn garbage_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200), keep in 0usize..200) {
            let _ = measure(&bytes);
            let mut wasm = wat::parse_str("(component (core module (memory 2) (func (local i32) (block))))").unwrap();
            wasm.truncate(keep);
            wasm.extend(&bytes);
            let _ = measure(&wasm);
        }
    }
}
