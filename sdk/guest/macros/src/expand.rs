//! Writes what the author did not have to: the type that the host's calls arrive at.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Error, Ident, ItemMod, parse_quote, parse2};

use crate::parse::{Activity, Lifecycle, Module, Moment, place_of};

/// Expands `#[module]`; an error becomes `compile_error!` at the place it is about.
pub(crate) fn module(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand(arguments, item).unwrap_or_else(|error| error.to_compile_error())
}

fn expand(arguments: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    if !arguments.is_empty() {
        return Err(Error::new_spanned(arguments, "`#[module]` takes no arguments"));
    }
    let item: ItemMod = parse2(item.clone())
        .map_err(|error| Error::new(error.span(), format!("`#[module]` belongs on a `mod name {{ … }}`: {error}")))?;
    let Module { mut item, lifecycle, activities } = Module::read(item)?;

    let lifecycle = lifecycle.iter().map(lifecycle_method);
    let activities = activity_methods(&activities);
    if let Some((_, items)) = &mut item.content {
        items.push(parse_quote! {
            #[doc(hidden)]
            pub struct __AdxModule;
        });
        items.push(parse_quote! {
            impl ::adx_module::__private::Module for __AdxModule {
                #(#lifecycle)*
                #activities
            }
        });
    }
    let name = &item.ident;
    Ok(quote! {
        #item

        #[cfg(target_arch = "wasm32")]
        const _: () = {
            type __AdxComponent = ::adx_module::__private::Component<#name::__AdxModule>;
            ::adx_module::__private::bindings::export!(
                __AdxComponent with_types_in ::adx_module::__private::bindings
            );
        };
    })
}

fn lifecycle_method(lifecycle: &Lifecycle) -> TokenStream {
    let Lifecycle { moment, function, conditions, output, takes_version } = lifecycle;
    let method = Ident::new(moment.name(), function.span());
    let argument = takes_version.then(|| quote!(from));
    let parameter =
        (*moment == Moment::Upgrade).then(|| if *takes_version { quote!(from: &str) } else { quote!(_: &str) });
    // At the author's return type, so that a type that does not fit is reported there.
    let call = quote_spanned! {place_of(output)=>
        self::#function(#argument)?
    };
    quote! {
        #(#conditions)*
        fn #method(#parameter) -> ::adx_module::Result<()> {
            let () = #call;
            ::core::result::Result::Ok(())
        }
    }
}

fn activity_methods(activities: &[Activity]) -> TokenStream {
    let names = activities.iter().map(|activity| {
        let Activity { name, conditions, .. } = activity;
        quote!(#(#conditions)* #name)
    });
    let arms = activities.iter().map(activity_arm);
    quote! {
        const ACTIVITIES: &'static [&'static str] = &[#(#names),*];

        fn call(name: &str, input: &str) -> ::adx_module::Result<::std::string::String> {
            match name {
                #(#arms)*
                _ => ::core::result::Result::Err(
                    ::adx_module::__private::unknown_activity::<Self>(name),
                ),
            }
        }
    }
}

fn activity_arm(activity: &Activity) -> TokenStream {
    let Activity { name, function, conditions, input, output } = activity;
    let decode = if let Some(ty) = input {
        quote_spanned! {place_of(ty)=>
            let input: #ty = ::adx_module::__private::decode(input)?;
        }
    } else {
        quote! {
            ::adx_module::__private::decode_nothing(input)?;
        }
    };
    let argument = input.as_ref().map(|_| quote!(input));
    let answer = quote_spanned! {place_of(output)=>
        ::adx_module::__private::encode(&self::#function(#argument)?)
    };
    quote! {
        #(#conditions)*
        #name => {
            #decode
            #answer
        }
    }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr as _;

    use super::*;

    fn source(text: &str) -> TokenStream {
        TokenStream::from_str(text).expect("tokens")
    }

    /// The expansion without white space, which the compiler does not see either.
    fn expansion(text: &str) -> String {
        let tokens = expand(TokenStream::new(), source(text)).expect("expands");
        parse2::<syn::File>(tokens.clone()).expect("a file");
        squeezed(&tokens.to_string())
    }

    fn squeezed(text: &str) -> String {
        text.split_whitespace().collect()
    }

    #[track_caller]
    fn assert_has(expansion: &str, part: &str) {
        assert!(expansion.contains(&squeezed(part)), "`{part}` is not in {expansion}");
    }

    /// Line and column, both from 1, and the message of every error.
    fn faults(text: &str) -> Vec<(usize, usize, String)> {
        let error = expand(TokenStream::new(), source(text)).expect_err("refused");
        let place = |error: Error| {
            let start = error.span().start();
            (start.line, start.column + 1, error.to_string())
        };
        error.into_iter().map(place).collect()
    }

    #[test]
    fn markers_go_and_everything_else_stays() {
        let text = expansion(
            "mod hello {
                const WORD: &str = \"Hello\";
                #[activity]
                fn greet(input: Greet) -> Result<Greeting> { todo() }
                #[install]
                #[inline]
                fn prepare() -> Result<()> { Ok(()) }
                fn unmarked() {}
            }",
        );
        assert!(!text.contains("#[activity]"), "{text}");
        assert!(!text.contains("#[install]"), "{text}");
        assert_has(&text, "const WORD");
        assert_has(&text, "#[inline] fn prepare()");
        assert_has(&text, "fn unmarked()");
        assert_has(&text, "const ACTIVITIES: &'static [&'static str] = &[\"greet\"];");
        assert_has(&text, "let input: Greet = ::adx_module::__private::decode(input)?;");
        assert_has(&text, "let () = self::prepare()?;");
        assert_has(&text, "type __AdxComponent");
    }

    #[test]
    fn an_activity_may_have_another_name_and_no_input() {
        let text = expansion("mod m { #[activity(name = \"list-all\")] fn list() -> Result<u8> { Ok(1) } }");
        assert_has(&text, "\"list-all\" => {");
        assert_has(&text, "decode_nothing(input)?;");
        assert_has(&text, "encode(&self::list()?)");
    }

    #[test]
    fn upgrade_gets_the_version_it_comes_from_if_it_wants() {
        let with = expansion("mod m { #[upgrade] fn up(from: &str) -> Result<()> { Ok(()) } }");
        assert_has(&with, "fn upgrade(from: &str)");
        assert_has(&with, "self::up(from)?");
        let without = expansion("mod m { #[upgrade] fn up() -> Result<()> { Ok(()) } }");
        assert_has(&without, "fn upgrade(_: &str)");
        assert_has(&without, "self::up()?");
    }

    #[test]
    fn conditions_follow_the_function() {
        let text = expansion(
            "mod m {
                #[cfg(feature = \"sick\")] #[health] fn health() -> Result<()> { Ok(()) }
                #[cfg(not(feature = \"sick\"))] #[health] fn well() -> Result<()> { Ok(()) }
                #[cfg(feature = \"more\")] #[activity] fn more() -> Result<u8> { Ok(1) }
            }",
        );
        assert_has(&text, "#[cfg(feature = \"sick\")] fn health() -> ::adx_module::Result<()>");
        assert_has(&text, "&[#[cfg(feature = \"more\")] \"more\"]");
        assert_has(&text, "#[cfg(feature = \"more\")] \"more\" => {");
    }

    #[test]
    fn every_fault_is_shown_at_its_place() {
        let found = faults(
            "mod m {
    #[activity]
    async fn one(input: u8) -> Result<u8> { Ok(1) }
    #[install]
    fn two() {}
    #[health]
    fn three(why: u8) -> Result<()> { Ok(()) }
    #[activity]
    fn four(a: u8, b: u8) -> Result<u8> { Ok(a) }
    #[activity]
    fn five(a: &str) -> Result<u8> { Ok(1) }
}",
        );
        let places: Vec<_> = found.iter().map(|(line, column, _)| (*line, *column)).collect();
        assert_eq!(places, [(3, 5), (5, 8), (7, 14), (9, 20), (11, 16)], "{found:?}");
        assert!(found[1].2.contains("fn install() -> Result<()>"), "{found:?}");
    }

    #[test]
    fn a_module_without_functions_has_no_activities_and_keeps_every_default() {
        let text = expansion("mod m {}");
        assert_has(&text, "const ACTIVITIES: &'static [&'static str] = &[];");
        for moment in ["install", "activate", "deactivate", "upgrade", "uninstall", "health"] {
            assert!(!text.contains(&format!("fn{moment}")), "`{moment}` hides the trait's default: {text}");
        }
    }

    #[test]
    fn refusals_say_what_to_write() {
        for (text, message) in [
            (
                "#[activity] async fn a() -> Result<u8> {}",
                "module functions are not async: the host runs each call by itself",
            ),
            ("#[activity] unsafe fn a() -> Result<u8> {}", "module functions are not unsafe"),
            (
                "#[activity] fn a<T>(input: T) -> Result<T> {}",
                "the host calls this function with JSON, so its types must be known: no generics",
            ),
            (
                "#[activity] fn a(input: u8) {}",
                "`a` must be able to fail: write `fn a(input: Input) -> Result<Output>`",
            ),
            ("#[activity] fn a(input: &str) -> Result<u8> {}", "an activity owns its input: take it by value"),
            (
                "#[activity] fn a(one: u8, two: u8) -> Result<u8> {}",
                "an activity takes one input: put its parts into one struct with `#[derive(Deserialize)]`",
            ),
            ("#[activity(nam = \"b\")] fn a() -> Result<u8> {}", "an activity takes only `name = \"…\"`"),
            ("#[activity(name = \" \")] fn a() -> Result<u8> {}", "an activity's name cannot be empty"),
            ("#[install(now)] fn a() -> Result<()> {}", "`#[install]` takes no arguments"),
            (
                "#[install] fn a(x: u8) -> Result<()> {}",
                "`#[install]` does not get this: write `fn install() -> Result<()>`",
            ),
            (
                "#[upgrade] fn a(from: String) -> Result<()> {}",
                "`#[upgrade]` does not get this: write `fn upgrade(from: &str) -> Result<()>`",
            ),
            ("#[install] #[health] fn a() -> Result<()> {}", "a function has one task: one marker each"),
            (
                "impl A { #[activity] fn a(&self) -> Result<u8> {} }",
                "this marker belongs on a function of the `mod`, not on a method",
            ),
        ] {
            let found: Vec<_> = faults(&format!("mod m {{ {text} }}")).into_iter().map(|(_, _, said)| said).collect();
            assert_eq!(found, [message], "{text}");
        }
        let error = expand(source("fast"), source("mod m {}")).expect_err("refused");
        assert_eq!(error.to_string(), "`#[module]` takes no arguments");
    }

    #[test]
    fn names_are_taken_once() {
        let found = faults(
            "mod m {
    #[activity] fn greet() -> Result<u8> { Ok(1) }
    #[activity(name = \"greet\")] fn other() -> Result<u8> { Ok(1) }
    #[health] fn a() -> Result<()> { Ok(()) }
    #[health] fn b() -> Result<()> { Ok(()) }
}",
        );
        assert_eq!(found[0].2, "`greet` already is the activity `greet`");
        assert_eq!((found[0].0, found[0].1), (3, 23));
        assert_eq!(found[1].2, "`a` already is the module's `#[health]`");
    }

    #[test]
    fn a_marker_on_something_else_is_refused() {
        let found = faults("mod m {\n    #[activity]\n    struct Greet;\n}");
        assert_eq!(found, [(2, 5, "this marker belongs on a function".to_owned())]);
        let found = faults("mod m;");
        assert!(found[0].2.contains("mod name { … }"), "{found:?}");
        let found = faults("fn m() {}");
        assert!(found[0].2.contains("belongs on a `mod name"), "{found:?}");
    }
}
