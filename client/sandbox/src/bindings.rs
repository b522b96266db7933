//! The host's side of `sdk/wit/module.wit`, generated.
#![allow(missing_docs, clippy::pedantic, reason = "generated code")]

wasmtime::component::bindgen!({
    path: "../../sdk/wit",
    inline: "
        package adx:host;

        /// Everything that a guest may import.
        world host {
            include adx:module/module-with-everything@1.0.0;
        }
    ",
    world: "adx:host/host",
    imports: {
        // What waits for a blocking thread; the rest answers at once.
        "adx:module/kv@1.0.0": async | trappable,
        "adx:module/sql@1.0.0": async | trappable,
        default: trappable,
    },
    exports: { default: async },
});
