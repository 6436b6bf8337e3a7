//! The JSON schema editors check a catalogue file with: made from the types that read it.

use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use super::schema::CrateFile;
use super::{Catalog, FILES};

/// The schema as it is shipped.
fn generated() -> Value {
    // What the editors' TOML extensions read best.
    let generator = SchemaSettings::draft07().into_generator();
    let mut schema = generator.into_root_schema_for::<CrateFile>().to_value();
    let Some(root) = schema.as_object_mut() else {
        panic!("the schema is no object")
    };
    root.insert(
        "title".to_owned(),
        json!("a catalogue file of cargo linger"),
    );
    schema
}

#[test]
fn the_shipped_schema_is_made_from_the_types() {
    crate::shipped::hold("catalog.schema.json", &generated());
}

/// Every key written in any file is one the schema names, at its place: what editors underline is wrong here too.
#[test]
fn the_schema_knows_every_key_of_the_built_in_files() {
    let schema = generated();
    for (name, text) in FILES {
        let table: toml::Table = match text.parse() {
            Ok(table) => table,
            Err(error) => panic!("{name}: {error}"),
        };
        known(&schema, &schema, &toml::Value::Table(table), name);
    }
    assert!(Catalog::builtin().is_ok());
}

fn known(root: &Value, schema: &Value, value: &toml::Value, place: &str) {
    let schema = followed(root, schema);
    match value {
        toml::Value::Table(table) => {
            for (key, inner) in table {
                let of_key = schema
                    .pointer("/properties")
                    .and_then(|p| p.get(key))
                    .or_else(|| schema.get("additionalProperties").filter(|a| a.is_object()));
                match of_key {
                    Some(of_key) => known(root, of_key, inner, &format!("{place}.{key}")),
                    None => panic!("{place}: the schema does not know `{key}`"),
                }
            }
        }
        toml::Value::Array(list) => {
            let Some(items) = schema.get("items") else {
                panic!("{place}: the schema knows no list here")
            };
            for inner in list {
                known(root, items, inner, place);
            }
        }
        _ => {}
    }
}

/// Behind references and `null`.
fn followed<'s>(root: &'s Value, schema: &'s Value) -> &'s Value {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let Some(target) = root.pointer(reference.trim_start_matches('#')) else {
            panic!("{reference} leads nowhere")
        };
        return followed(root, target);
    }
    for several in ["anyOf", "allOf", "oneOf"] {
        let list = schema.get(several).and_then(Value::as_array);
        let one = list.and_then(|l| l.iter().find(|s| s.get("$ref").is_some()));
        if let Some(one) = one {
            return followed(root, one);
        }
    }
    schema
}
