//! Components made by hand: what no honest compiler emits.

/// A component whose core module has `memory` (its limits in pages), `call` (the body of the activity function, which
/// returns the address of its result) and `more` (anything else) as given. Everything but `call` answers "fine".
pub(crate) fn component(memory: &str, call: &str, more: &str) -> Vec<u8> {
    component_with_imports("", memory, call, more)
}

/// The same, with imports of the component in front.
pub(crate) fn component_with_imports(imports: &str, memory: &str, call: &str, more: &str) -> Vec<u8> {
    let text = format!(
        r#"(component
            {imports}
            (core module $core
                (memory (export "memory") {memory})
                (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096))
                (func (export "unit") (result i32) (i32.const 1024))
                (func (export "names") (result i32) (i32.const 1024))
                (func (export "call") (param i32 i32 i32 i32) (result i32) {call})
                {more})
            (core instance $core (instantiate $core))
            (alias core export $core "memory" (core memory $memory))
            (alias core export $core "realloc" (core func $realloc))
            (type $error (record (field "kind" string) (field "message" string) (field "retryable" bool)))
            (export $named "error" (type $error))
            (func $unit (result (result (error $named)))
                (canon lift (core func $core "unit") (memory $memory) (realloc $realloc)))
            (func $upgrade (param "from-version" string) (result (result (error $named)))
                (canon lift (core func $core "upgrade") (memory $memory) (realloc $realloc)))
            (func $names (result (list string))
                (canon lift (core func $core "names") (memory $memory) (realloc $realloc)))
            (func $call (param "name" string) (param "input" string) (result (result string (error $named)))
                (canon lift (core func $core "call") (memory $memory) (realloc $realloc)))
            (instance $lifecycle
                (export "module-error" (type $named))
                (export "install" (func $unit))
                (export "activate" (func $unit))
                (export "deactivate" (func $unit))
                (export "upgrade" (func $upgrade))
                (export "uninstall" (func $unit))
                (export "health" (func $unit)))
            (instance $activities
                (export "activity-error" (type $named))
                (export "names" (func $names))
                (export "call" (func $call)))
            (export "adx:module/lifecycle@1.0.0" (instance $lifecycle))
            (export "adx:module/activities@1.0.0" (instance $activities)))"#
    );
    let upgrade = r#"(func (export "upgrade") (param i32 i32) (result i32) (i32.const 1024))"#;
    let text = text.replacen(r#"(func (export "names")"#, &format!(r#"{upgrade} (func (export "names")"#), 1);
    wat::parse_str(text).expect("the text is a component")
}

/// A body of `call` that gives `ok` with the string at `address`, `length` bytes long.
pub(crate) fn giving(address: u32, length: u32) -> String {
    format!(
        "(i32.store (i32.const 2052) (i32.const {address}))
         (i32.store (i32.const 2056) (i32.const {length}))
         (i32.const 2048)"
    )
}
