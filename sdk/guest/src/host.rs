//! The generated side of the border. Only this file touches it with `unsafe`.

#[doc(hidden)]
#[expect(clippy::pedantic, reason = "generated from sdk/wit/module.wit, which carries the documentation")]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../wit",
        world: "module",
        pub_export_macro: true,
        default_bindings_module: "adx_module::__private::bindings",
    });
}

/// Gives the answer of the host, or an error where there is none: a module's own unit tests run outside of a sandbox.
macro_rules! ask {
    ($call:expr) => {
        if cfg!(target_arch = "wasm32") {
            $call.map_err($crate::error::HostError::into_error)
        } else {
            Err($crate::host::outside_of_a_sandbox())
        }
    };
}

pub(crate) use ask;

pub(crate) fn outside_of_a_sandbox() -> crate::Error {
    crate::Error::new("unavailable", "there is no host here: this function works only inside of a sandbox")
}
