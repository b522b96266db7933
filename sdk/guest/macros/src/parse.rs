//! Reads the author's `mod`: which functions are marked, and whether they have the right shape.

use proc_macro2::Span;
use syn::spanned::Spanned as _;
use syn::{
    Attribute, Error, FnArg, Ident, ImplItem, Item, ItemFn, ItemImpl, ItemMod, LitStr, Meta, Result, ReturnType, Type,
};

/// One moment in the life of an installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    Install,
    Activate,
    Deactivate,
    Upgrade,
    Uninstall,
    Health,
}

impl Moment {
    const ALL: [(&'static str, Self); 6] = [
        ("install", Self::Install),
        ("activate", Self::Activate),
        ("deactivate", Self::Deactivate),
        ("upgrade", Self::Upgrade),
        ("uninstall", Self::Uninstall),
        ("health", Self::Health),
    ];

    pub(crate) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, moment)| *moment == self).map_or("", |(name, _)| name)
    }
}

/// What a marker says about the function below it.
enum Marker {
    Moment(Moment),
    Activity(Option<LitStr>),
}

/// A function for a moment.
pub(crate) struct Lifecycle {
    pub(crate) moment: Moment,
    pub(crate) function: Ident,
    /// `#[cfg(…)]` of the author, so that what calls the function comes and goes with it.
    pub(crate) conditions: Vec<Attribute>,
    pub(crate) output: Type,
    pub(crate) takes_version: bool,
}

/// A function that callers reach by name.
pub(crate) struct Activity {
    pub(crate) name: LitStr,
    pub(crate) function: Ident,
    pub(crate) conditions: Vec<Attribute>,
    pub(crate) input: Option<Type>,
    pub(crate) output: Type,
}

/// The author's `mod`, its markers taken off.
pub(crate) struct Module {
    pub(crate) item: ItemMod,
    pub(crate) lifecycle: Vec<Lifecycle>,
    pub(crate) activities: Vec<Activity>,
}

impl Module {
    /// Reads `item`, or says everything that is wrong with it.
    pub(crate) fn read(mut item: ItemMod) -> Result<Self> {
        let Some((_, items)) = item.content.as_mut() else {
            return Err(Error::new_spanned(
                &item,
                "the functions must be in the same place: write `mod name { … }`, not `mod name;`",
            ));
        };
        let mut wrong = Faults::default();
        let mut lifecycle: Vec<Lifecycle> = Vec::new();
        let mut activities: Vec<Activity> = Vec::new();
        for item in items {
            let Item::Fn(function) = item else {
                wrong.note(refuse_markers(item));
                continue;
            };
            match wrong.keep(take_marker(function)).flatten() {
                Some(Marker::Moment(moment)) => {
                    if let Some(read) = wrong.keep(read_lifecycle(moment, function)) {
                        wrong.note(refuse_second_moment(&lifecycle, &read));
                        lifecycle.push(read);
                    }
                }
                Some(Marker::Activity(name)) => {
                    if let Some(read) = wrong.keep(read_activity(name, function)) {
                        wrong.note(refuse_second_activity(&activities, &read));
                        activities.push(read);
                    }
                }
                None => {}
            }
        }
        wrong.into_result(Self { item, lifecycle, activities })
    }
}

/// Everything found wrong so far, shown together.
#[derive(Default)]
struct Faults(Option<Error>);

impl Faults {
    fn note(&mut self, result: Result<()>) {
        let _ = self.keep(result);
    }

    fn keep<T>(&mut self, result: Result<T>) -> Option<T> {
        match (result, &mut self.0) {
            (Ok(value), _) => return Some(value),
            (Err(error), Some(earlier)) => earlier.combine(error),
            (Err(error), none) => *none = Some(error),
        }
        None
    }

    fn into_result<T>(self, value: T) -> Result<T> {
        self.0.map_or(Ok(value), Err)
    }
}

fn marker_of(attribute: &Attribute) -> Option<Result<Marker>> {
    let segments = &attribute.path().segments;
    let qualified = segments.len() == 2 && segments[0].ident == "adx_module";
    if segments.len() != 1 && !qualified {
        return None;
    }
    let word = segments.last()?.ident.to_string();
    if word == "activity" {
        return Some(activity_name(attribute).map(Marker::Activity));
    }
    let (_, moment) = Moment::ALL.iter().find(|(name, _)| *name == word)?;
    Some(match &attribute.meta {
        Meta::Path(_) => Ok(Marker::Moment(*moment)),
        other => Err(Error::new_spanned(other, format!("`#[{word}]` takes no arguments"))),
    })
}

fn activity_name(attribute: &Attribute) -> Result<Option<LitStr>> {
    if matches!(attribute.meta, Meta::Path(_)) {
        return Ok(None);
    }
    let mut name: Option<LitStr> = None;
    attribute.parse_nested_meta(|meta| {
        if meta.path.is_ident("name") {
            let given: LitStr = meta.value()?.parse()?;
            if given.value().trim().is_empty() {
                return Err(Error::new_spanned(given, "an activity's name cannot be empty"));
            }
            name = Some(given);
            Ok(())
        } else {
            Err(meta.error("an activity takes only `name = \"…\"`"))
        }
    })?;
    Ok(name)
}

fn take_marker(function: &mut ItemFn) -> Result<Option<Marker>> {
    let mut found: Option<Marker> = None;
    let mut wrong = Faults::default();
    function.attrs.retain(|attribute| {
        let Some(marker) = marker_of(attribute) else {
            return true;
        };
        if found.is_some() {
            wrong.note(Err(Error::new_spanned(attribute, "a function has one task: one marker each")));
        } else {
            found = wrong.keep(marker);
        }
        false
    });
    wrong.into_result(found)
}

fn refuse_markers(item: &Item) -> Result<()> {
    let attributes = match item {
        Item::Struct(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Const(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Impl(item) => {
            refuse_marked_methods(item)?;
            &item.attrs
        }
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        _ => return Ok(()),
    };
    match attributes.iter().find(|attribute| marker_of(attribute).is_some()) {
        Some(marker) => Err(Error::new_spanned(marker, "this marker belongs on a function")),
        None => Ok(()),
    }
}

fn refuse_marked_methods(item: &ItemImpl) -> Result<()> {
    let methods = item.items.iter().filter_map(|item| match item {
        ImplItem::Fn(method) => Some(method),
        _ => None,
    });
    let marker = methods.flat_map(|method| &method.attrs).find(|attribute| marker_of(attribute).is_some());
    match marker {
        Some(marker) => {
            Err(Error::new_spanned(marker, "this marker belongs on a function of the `mod`, not on a method"))
        }
        None => Ok(()),
    }
}

/// What every marked function must be: plain, and able to fail.
fn read_signature(function: &ItemFn, example: &str) -> Result<Type> {
    let signature = &function.sig;
    let mut wrong = Faults::default();
    if let Some(token) = &signature.asyncness {
        wrong.note(Err(Error::new_spanned(token, "module functions are not async: the host runs each call by itself")));
    }
    if let Some(token) = &signature.unsafety {
        wrong.note(Err(Error::new_spanned(token, "module functions are not unsafe")));
    }
    if !signature.generics.params.is_empty() {
        wrong.note(Err(Error::new_spanned(
            &signature.generics,
            "the host calls this function with JSON, so its types must be known: no generics",
        )));
    }
    let output = match &signature.output {
        ReturnType::Type(_, output) => Some(output.as_ref().clone()),
        ReturnType::Default => {
            wrong.note(Err(Error::new_spanned(
                &signature.ident,
                format!("`{}` must be able to fail: write `{example}`", signature.ident),
            )));
            None
        }
    };
    wrong.into_result(())?;
    output.ok_or_else(|| Error::new(Span::call_site(), "a return type was expected"))
}

fn read_lifecycle(moment: Moment, function: &ItemFn) -> Result<Lifecycle> {
    let name = moment.name();
    let example = match moment {
        Moment::Upgrade => "fn upgrade(from: &str) -> Result<()>".to_owned(),
        _ => format!("fn {name}() -> Result<()>"),
    };
    let output = read_signature(function, &example)?;
    let mut arguments = function.sig.inputs.iter();
    let takes_version = match (moment, arguments.next()) {
        (_, None) => false,
        (Moment::Upgrade, Some(FnArg::Typed(argument))) if is_str(&argument.ty) => true,
        (_, Some(argument)) => {
            return Err(Error::new_spanned(argument, format!("`#[{name}]` does not get this: write `{example}`")));
        }
    };
    if let Some(second) = arguments.next() {
        return Err(Error::new_spanned(second, format!("`#[{name}]` does not get this: write `{example}`")));
    }
    Ok(Lifecycle {
        moment,
        function: function.sig.ident.clone(),
        conditions: conditions(function),
        output,
        takes_version,
    })
}

fn read_activity(name: Option<LitStr>, function: &ItemFn) -> Result<Activity> {
    let ident = &function.sig.ident;
    let output = read_signature(function, &format!("fn {ident}(input: Input) -> Result<Output>"))?;
    let mut arguments = function.sig.inputs.iter();
    let input = match arguments.next() {
        None => None,
        Some(FnArg::Typed(argument)) => match argument.ty.as_ref() {
            Type::Reference(reference) => {
                return Err(Error::new_spanned(reference, "an activity owns its input: take it by value"));
            }
            owned => Some(owned.clone()),
        },
        Some(receiver) => {
            return Err(Error::new_spanned(receiver, "an activity is a function, not a method"));
        }
    };
    if let Some(second) = arguments.next() {
        return Err(Error::new_spanned(
            second,
            "an activity takes one input: put its parts into one struct with `#[derive(Deserialize)]`",
        ));
    }
    Ok(Activity {
        name: name.unwrap_or_else(|| LitStr::new(&plain_name(ident), ident.span())),
        function: ident.clone(),
        conditions: conditions(function),
        input,
        output,
    })
}

/// `r#match` is called `match`.
fn plain_name(ident: &Ident) -> String {
    let name = ident.to_string();
    name.strip_prefix("r#").map_or(name.clone(), str::to_owned)
}

fn conditions(function: &ItemFn) -> Vec<Attribute> {
    let of_cfg = |attribute: &&Attribute| attribute.path().is_ident("cfg");
    function.attrs.iter().filter(of_cfg).cloned().collect()
}

fn is_str(ty: &Type) -> bool {
    matches!(ty, Type::Reference(reference)
        if reference.mutability.is_none()
            && matches!(reference.elem.as_ref(), Type::Path(path) if path.path.is_ident("str")))
}

fn refuse_second_moment(earlier: &[Lifecycle], new: &Lifecycle) -> Result<()> {
    let same = |known: &&Lifecycle| known.moment == new.moment;
    match earlier.iter().find(same) {
        // Two functions under `#[cfg]` may exclude each other; if they do not, the compiler says so.
        Some(first) if first.conditions.is_empty() || new.conditions.is_empty() => Err(Error::new(
            new.function.span(),
            format!("`{}` already is the module's `#[{}]`", first.function, new.moment.name()),
        )),
        _ => Ok(()),
    }
}

fn refuse_second_activity(earlier: &[Activity], new: &Activity) -> Result<()> {
    let same = |known: &&Activity| known.name.value() == new.name.value();
    match earlier.iter().find(same) {
        Some(first) if first.conditions.is_empty() || new.conditions.is_empty() => Err(Error::new(
            new.name.span(),
            format!("`{}` already is the activity `{}`", first.function, new.name.value()),
        )),
        _ => Ok(()),
    }
}

/// Where an error about the type of a marked function belongs.
pub(crate) fn place_of(ty: &Type) -> Span {
    ty.span()
}
