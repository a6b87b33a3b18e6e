//! The components: requests as serde reads them, answers as serde writes them.

use anyhow::{Result, bail};
use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings, transform::RecursiveTransform};
use serde_json::{Map, Value};
use shared::http::routes::SchemaOf;

/// Collects the types that the operations name.
pub struct Schemas {
    requests: SchemaGenerator,
    answers: SchemaGenerator,
}

impl Schemas {
    pub fn new() -> Self {
        let settings = SchemaSettings::draft2020_12()
            .with(|settings| {
                settings.definitions_path = "/components/schemas".into();
                settings.meta_schema = None;
            })
            .with_transform(RecursiveTransform(describe_first));
        Self {
            requests: settings
                .clone()
                .for_deserialize()
                .with_transform(RecursiveTransform(absent_is_not_null))
                .into_generator(),
            answers: settings.for_serialize().with_transform(RecursiveTransform(may_grow)).into_generator(),
        }
    }

    /// A type that comes in.
    pub fn request(&mut self, schema_of: SchemaOf) -> Value {
        schema_of(&mut self.requests).into()
    }

    /// A type that comes in, by itself.
    pub fn request_of<T: JsonSchema>(&mut self) -> Value {
        self.request(SchemaGenerator::subschema_for::<T>)
    }

    /// What a type that comes in says of itself, also if the schema only names it.
    pub fn description_of_request(&self, schema: &Value) -> Option<Value> {
        let name = schema["$ref"].as_str()?.rsplit('/').next()?;
        self.requests.definitions().get(name)?.get("description").cloned()
    }

    /// A type that goes out.
    pub fn answer(&mut self, schema_of: SchemaOf) -> Value {
        schema_of(&mut self.answers).into()
    }

    /// All components by name. For readers of the document a name is a type, so no two types may have one name.
    pub fn finish(mut self) -> Result<Map<String, Value>> {
        let mut all = self.requests.take_definitions(true);
        for (name, schema) in self.answers.take_definitions(true) {
            if all.get(&name).is_some_and(|request| *request != schema) {
                bail!("two types are called {name}, or one that reads as it does not write");
            }
            all.insert(name, schema);
        }
        // The generator numbers types of the same name.
        let numbered = |name: &&String| {
            let plain = name.trim_end_matches(|c: char| c.is_ascii_digit());
            plain.len() < name.len() && all.contains_key(plain)
        };
        if let Some(name) = all.keys().find(numbered) {
            bail!("{name} has the name of another type but for the number");
        }
        all.sort_keys();
        Ok(all)
    }
}

/// What a thing is stands before what it is made of.
fn describe_first(schema: &mut Schema) {
    if let Some(members) = schema.as_object_mut()
        && let Some(description) = members.shift_remove("description")
    {
        members.shift_insert(0, "description".to_owned(), description);
    }
}

/// serde's default for an absent field is `None`, which is not what `null` means in a request.
fn absent_is_not_null(schema: &mut Schema) {
    if schema.get("default") == Some(&Value::Null) {
        schema.remove("default");
    }
}

/// That we refuse unknown fields where we read what SQL says does not bind those who read our answers.
fn may_grow(schema: &mut Schema) {
    for word in ["additionalProperties", "unevaluatedProperties"] {
        if schema.get(word) == Some(&Value::Bool(false)) {
            schema.remove(word);
        }
    }
}
