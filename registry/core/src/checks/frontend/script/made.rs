//! Code that a script makes of texts: `eval`, `Function`, and what leads to them.

use tree_sitter::Node;

use super::Script;
use super::value::{arguments, plain};
use crate::checks::Finding;

/// The one text that bundlers and old libraries make a function of: it gives the global object and nothing else.
const GLOBAL_OBJECT: &str = "return this";

/// What the global object, or that of another page, is called.
const GLOBALS: [&str; 9] =
    ["window", "globalThis", "self", "global", "top", "parent", "frames", "defaultView", "contentWindow"];

/// Comparisons: nothing is run by them, and nothing kept.
const COMPARISONS: [&str; 6] = ["===", "!==", "==", "!=", "instanceof", "in"];

/// An expression that gives something, and what stands around it, the innermost last.
#[derive(Clone, Copy)]
struct Mention<'above, 'tree> {
    node: Node<'tree>,
    above: &'above [Node<'tree>],
}

impl<'above, 'tree> Mention<'above, 'tree> {
    /// What uses it: the first around it that is more than parentheses.
    fn of(mut node: Node<'tree>, mut above: &'above [Node<'tree>]) -> Self {
        while let Some((parent, further)) = above.split_last() {
            let is_value = match parent.kind() {
                "parenthesized_expression" => true,
                "sequence_expression" => parent.end_byte() == node.end_byte(),
                _ => false,
            };
            if !is_value {
                break;
            }
            (node, above) = (*parent, further);
        }
        Self { node, above }
    }

    fn parent(self) -> Option<Node<'tree>> {
        self.above.last().copied()
    }

    fn grandparent(self) -> Option<Node<'tree>> {
        self.above.len().checked_sub(2).map(|index| self.above[index])
    }

    fn is(self, parent: Node<'_>, field: &str) -> bool {
        parent.child_by_field_name(field).is_some_and(|child| child.id() == self.node.id())
    }

    /// The call or construction of which it is what is called.
    fn call(self) -> Option<Node<'tree>> {
        let parent = self.parent()?;
        let field = match parent.kind() {
            "call_expression" => "function",
            "new_expression" => "constructor",
            _ => return None,
        };
        self.is(parent, field).then_some(parent)
    }
}

impl<'tree> Script<'_, 'tree> {
    /// A name, wherever it stands.
    pub(super) fn named(&self, node: Node<'tree>) -> Option<Finding> {
        let name = self.source.name(node);
        if !matches!(name.as_str(), "eval" | "Function" | "constructor") {
            return None;
        }
        let (parent, further) = self.above.split_last()?;
        match (node.kind(), parent.kind()) {
            ("property_identifier", "member_expression") => self.member(*parent, further, &name),
            ("property_identifier", "pair_pattern") | ("shorthand_property_identifier_pattern", _) => taken_out(&name),
            // The script's own: `{ eval: … }`, `class { eval() {} }`, `<a eval="">`.
            ("property_identifier", _) => None,
            _ => self.value(Mention::of(node, self.above), None, &name),
        }
    }

    /// `object["name"]`.
    pub(super) fn subscript(&self, node: Node<'tree>) -> Option<Finding> {
        let (_, name) = self.source.member(node)?;
        self.member(node, self.above, &name)
    }

    /// `{ "eval": run } = window`
    pub(super) fn pattern(&self, node: Node<'tree>) -> Option<Finding> {
        let key = node.child_by_field_name("key")?;
        let written = if key.kind() == "computed_property_name" { key.named_child(0)? } else { key };
        taken_out(&self.source.constant(written)?)
    }

    /// `Reflect.get(window, "eval")`
    pub(super) fn reflected(&self, call: Node<'tree>) -> Option<Finding> {
        taken_out(&self.source.constant(*arguments(call).get(1)?)?)
    }

    fn member(&self, node: Node<'tree>, above: &[Node<'tree>], name: &str) -> Option<Finding> {
        let object = plain(node.child_by_field_name("object")?);
        let mention = Mention::of(node, above);
        if name == "constructor" { self.constructor(mention, object) } else { self.value(mention, Some(object), name) }
    }

    /// `eval` or `Function`, of an object or by itself.
    fn value(&self, mention: Mention<'_, 'tree>, object: Option<Node<'tree>>, name: &str) -> Option<Finding> {
        if self.is_looked_at(mention) || is_bound(mention) {
            return None;
        }
        match name {
            "eval" => Some(eval()),
            "Function" if !self.is_harmless(mention, object) => Some(function()),
            _ => None,
        }
    }

    /// `typeof eval`, `x instanceof Function`, `case Function:`
    fn is_looked_at(&self, mention: Mention<'_, 'tree>) -> bool {
        mention.parent().is_some_and(|parent| match parent.kind() {
            "unary_expression" => true,
            "binary_expression" => COMPARISONS.contains(&self.source.operator(parent).as_str()),
            "switch_case" => mention.is(parent, "value"),
            _ => false,
        })
    }

    /// Whether a mention of `Function` makes no code and hands it to nobody who could.
    fn is_harmless(&self, mention: Mention<'_, 'tree>, object: Option<Node<'tree>>) -> bool {
        if let Some(call) = mention.call() {
            return match arguments(call).as_slice() {
                [] => true,
                [only] => self.source.constant(*only).is_some_and(|text| text.trim_end_matches(';') == GLOBAL_OBJECT),
                _ => false,
            };
        }
        let Some(parent) = mention.parent() else { return true };
        if let Some((_, property)) = self.source.member(parent)
            && mention.is(parent, "object")
        {
            // What is asked of `.constructor` is asked there.
            return !matches!(property.as_str(), "call" | "apply" | "bind");
        }
        let is_type = |pair: Node<'_>| {
            pair.kind() == "pair" && pair.child_by_field_name("key").is_some_and(|key| self.source.name(key) == "type")
        };
        // `{ type: Function }` and `{ type: [String, Function] }` are how Vue writes down what a property takes.
        is_type(parent)
            || parent.kind() == "array" && mention.grandparent().is_some_and(is_type)
            // Somebody's own list of kinds: `CompletionItemKind.Function`.
            || object.is_some_and(|object| !GLOBALS.contains(&self.source.last_name(object).as_str()))
    }

    /// `.constructor` where it is that of a function, which is `Function`.
    fn constructor(&self, mention: Mention<'_, 'tree>, object: Node<'tree>) -> Option<Finding> {
        let is_name =
            mention.parent().and_then(|parent| self.source.member(parent)).is_some_and(|(_, of)| of == "name");
        if self.is_looked_at(mention) || is_name {
            return None;
        }
        (self.is_function(object) || self.makes_code(mention)).then(function)
    }

    /// Whether an expression is a function for sure.
    fn is_function(&self, node: Node<'tree>) -> bool {
        match node.kind() {
            "function_expression" | "arrow_function" | "generator_function" | "class" => true,
            "identifier" => self.source.name(node) == "Function",
            "call_expression" => node.child_by_field_name("function").is_some_and(|called| {
                self.source.last_name(called) == "getPrototypeOf"
                    && arguments(node).first().is_some_and(|of| is_written_function(plain(*of)))
            }),
            _ => self.source.member(node).is_some_and(|(object, name)| match name.as_str() {
                "constructor" => true,
                "__proto__" => is_written_function(object),
                "prototype" => self.source.last_name(object) == "Function",
                // `[].filter`, `"".at`
                _ => matches!(object.kind(), "array" | "object" | "string" | "template_string" | "number" | "regex"),
            }),
        }
    }

    /// Whether what is called `constructor` is called as only `Function` is.
    fn makes_code(&self, mention: Mention<'_, 'tree>) -> bool {
        if let Some(call) = mention.call() {
            let made = Mention::of(call, &mention.above[..mention.above.len() - 1]);
            let is_text = || arguments(call).into_iter().any(|argument| self.source.is_text(argument));
            // What classes make is not called at once, and is rarely made without `new`.
            return made.call().is_some() || call.kind() == "call_expression" && is_text();
        }
        let Some(parent) = mention.parent().filter(|parent| mention.is(*parent, "object")) else { return false };
        let by = self.source.member(parent).map(|(_, name)| name).unwrap_or_default();
        let called = Mention::of(parent, &mention.above[..mention.above.len() - 1]).call();
        let Some(call) = called.filter(|_| matches!(by.as_str(), "call" | "apply" | "bind")) else { return false };
        arguments(call).into_iter().any(|argument| {
            self.source.is_text(argument)
                || argument.kind() == "array" && argument.named_child(0).is_some_and(|first| self.source.is_text(first))
        })
    }
}

fn is_written_function(node: Node<'_>) -> bool {
    matches!(node.kind(), "function_expression" | "arrow_function" | "generator_function")
}

/// Whether it is a name that the script gives to something of its own.
fn is_bound(mention: Mention<'_, '_>) -> bool {
    mention.parent().is_some_and(|parent| match parent.kind() {
        "variable_declarator"
        | "function_declaration"
        | "generator_function_declaration"
        | "function_expression"
        | "class_declaration"
        | "class" => mention.is(parent, "name"),
        "assignment_expression" => mention.is(parent, "left"),
        "arrow_function" => mention.is(parent, "parameter"),
        "formal_parameters" => true,
        _ => false,
    })
}

/// What is taken out of an object by its name.
fn taken_out(name: &str) -> Option<Finding> {
    match name {
        "eval" => Some(eval()),
        "Function" => Some(function()),
        _ => None,
    }
}

fn eval() -> Finding {
    Finding::warning("eval", "`eval` runs a text as code: write the code into the script")
}

/// Of what makes functions of texts, whatever it is called.
pub(super) fn function() -> Finding {
    Finding::warning("function-of-text", "`Function` makes code of a text: write the function into the script")
}
