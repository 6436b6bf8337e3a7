//! The JSON schema editors check a configuration with: made from the types that read it, and held to agree with them.

use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use super::error::Text;
use super::file::File;
use super::read;
use crate::check::levels::{self, Levels};
use crate::discover::Memory;
use crate::lints::LINTS;

/// The schema as it is shipped.
fn generated() -> Value {
    // What the editors' TOML extensions read best.
    let generator = SchemaSettings::draft07().into_generator();
    let mut schema = generator.into_root_schema_for::<File>().to_value();
    let names: Vec<&str> = levels::groups()
        .chain(LINTS.iter().map(|lint| lint.id))
        .collect();
    for place in [
        "/properties/lints",
        "/definitions/Override/properties/lints",
    ] {
        let table = schema.pointer_mut(place).and_then(Value::as_object_mut);
        let Some(table) = table else {
            panic!("no {place} in the schema")
        };
        table.insert("propertyNames".to_owned(), json!({ "enum": names }));
    }
    let root = schema.as_object_mut();
    let Some(root) = root else {
        panic!("the schema is no object")
    };
    root.insert("title".to_owned(), json!("linger.toml"));
    schema
}

#[test]
fn the_shipped_schema_is_made_from_the_types() {
    crate::shipped::hold("linger.schema.json", &generated());
}

/// Whether the tool follows a configuration.
fn tool_accepts(text: &str) -> bool {
    let memory = Memory::new([("/w/linger/http.toml", "")]);
    let text = Text {
        name: "linger.toml",
        text,
    };
    read::file(&text)
        .and_then(|file| read::workspace(&memory, &text, file, "/w".as_ref()))
        .is_ok_and(|config| Levels::layered(LINTS, config.rules).is_ok())
}

/// Whether the schema does. Knows the words our schema uses, and fails on any other: nothing passes unread.
fn schema_accepts(root: &Value, schema: &Value, value: &Value) -> bool {
    let Some(schema) = schema.as_object() else {
        return schema.as_bool() == Some(true);
    };
    let all = |list: &Value, value: &Value| -> Vec<bool> {
        let list = list.as_array().map_or(&[][..], Vec::as_slice);
        list.iter()
            .map(|schema| schema_accepts(root, schema, value))
            .collect()
    };
    schema.iter().all(|(word, rule)| match word.as_str() {
        "$schema" | "title" | "description" | "default" | "definitions" => true,
        "$ref" => {
            let path = rule.as_str().unwrap_or_default().trim_start_matches('#');
            root.pointer(path)
                .is_some_and(|schema| schema_accepts(root, schema, value))
        }
        "type" => match rule {
            Value::Array(kinds) => kinds.iter().any(|kind| is(kind, value)),
            kind => is(kind, value),
        },
        "const" => rule == value,
        "enum" => rule.as_array().is_some_and(|known| known.contains(value)),
        "allOf" => all(rule, value).into_iter().all(|fits| fits),
        "anyOf" => all(rule, value).into_iter().any(|fits| fits),
        "oneOf" => all(rule, value).into_iter().filter(|fits| *fits).count() == 1,
        "items" => elements(value)
            .iter()
            .all(|item| schema_accepts(root, rule, item)),
        "required" => elements(rule)
            .iter()
            .all(|key| key.as_str().is_some_and(|key| value.get(key).is_some())),
        "propertyNames" => members(value).all(|(key, _)| schema_accepts(root, rule, &json!(key))),
        "properties" => members(value).all(|(key, value)| {
            rule.get(key)
                .is_none_or(|schema| schema_accepts(root, schema, value))
        }),
        "additionalProperties" => members(value)
            .filter(|(key, _)| {
                schema
                    .get("properties")
                    .is_none_or(|known| known.get(key).is_none())
            })
            .all(|(_, value)| schema_accepts(root, rule, value)),
        other => panic!("`{other}` in the schema is not read here"),
    })
}

fn is(kind: &Value, value: &Value) -> bool {
    match kind.as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("null") => value.is_null(),
        other => panic!("the type {other:?} is not read here"),
    }
}

fn elements(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

#[test]
fn schema_and_tool_accept_the_same() {
    let schema = generated();
    for (text, good) in [
        ("", true),
        (
            "min-confidence = 'certain'\ntest-code = true\nexclude = ['vendor']\nbaseline = 'b.toml'",
            true,
        ),
        (
            "[lints]\nall = 'deny'\nwarnings = 'deny'\nunread_body = 'forbid'",
            true,
        ),
        (
            "[[overrides]]\npaths = ['src/x']\npackages = ['a*']\ntest-code = false\nlints = { tasks = 'allow' }",
            true,
        ),
        ("catalog = ['linger/*.toml']", true),
        ("[[catalog]]\ncrate = 'mine'\nnewest = '1.0.0'", true),
        ("min-confidense = 'certain'", false),
        ("min_confidence = 'certain'", false),
        ("min-confidence = 'sure'", false),
        ("test-code = 'yes'", false),
        ("exclude = 'vendor'", false),
        ("exclude = [1]", false),
        ("baseline = false", false),
        ("lints = ['all']", false),
        ("[lints]\nunread_bodies = 'deny'", false),
        ("[lints]\nunread_body = 'error'", false),
        ("[lints]\nunread_body = 1", false),
        ("[overrides]\nlints = { all = 'warn' }", false),
        ("[[overrides]]\npaths = ['src']", false),
        (
            "[[overrides]]\npaths = ['src']\nlints = { unread_bodies = 'allow' }",
            false,
        ),
        (
            "[[overrides]]\npath = ['src']\nlints = { all = 'warn' }",
            false,
        ),
        ("catalog = 'linger/*.toml'", false),
        ("catalog = [1]", false),
    ] {
        let document = toml::from_str::<toml::Value>(text).expect(text);
        let document = serde_json::to_value(document).expect(text);
        assert_eq!(tool_accepts(text), good, "the tool, on\n{text}");
        assert_eq!(
            schema_accepts(&schema, &schema, &document),
            good,
            "the schema, on\n{text}"
        );
    }
}
