//! What a crate's build step makes of the services of a schema, as a catalogue file like any other.
//!
//! Such code is in no repository: a build writes it. Its shape is the maker's, so the maker's file has it as templates; the
//! names come from the schemas.

use std::collections::BTreeMap;

use heck::{ToSnakeCase, ToUpperCamelCase};
use semver::Version;
use serde::Deserialize;

use crate::ir::item::STUBS;
use crate::parse::ident;
use crate::parse::proto::{Call, Service};
use crate::parse::words::words_behind;

/// The templates. In each, `{Service}` and `{service}` stand for the service's name as a type's and as a module's.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Stubs {
    /// What is made of a service, in the language of `[[api]]`. `{calls}` stands for its calls.
    pub service: String,
    /// What is made of a call that one message answers. `{call}` stands for its name.
    pub call: String,
    /// What is made of a call that a stream answers.
    pub stream: String,
    /// Entries of a catalogue file about what is made of a service. `{module}` stands for the path of the schema's package.
    pub facts: String,
    /// Entries about each call.
    pub call_facts: String,
    /// Why.
    pub because: String,
    /// Where that is seen.
    pub source: String,
}

/// The schema's packages as modules.
#[derive(Default)]
struct Modules {
    inner: BTreeMap<String, Modules>,
    /// By the names that they get, as Rust writes them: which calls are answered by a stream.
    services: BTreeMap<String, BTreeMap<String, bool>>,
}

impl Modules {
    /// Adds a service, if all of it can be written as Rust.
    fn add(&mut self, service: &Service) -> Option<()> {
        let call = |c: &Call| Some((ident(&c.name.to_snake_case())?, c.streams));
        let calls: Vec<(String, bool)> = service.calls.iter().map(call).collect::<Option<_>>()?;
        let ty = ident(&service.name.to_upper_camel_case())?;
        let path: Vec<String> = service
            .package
            .split('.')
            .map(ident)
            .collect::<Option<_>>()?;
        let mut at = self;
        for part in path {
            at = at.inner.entry(part).or_default();
        }
        at.services.entry(ty).or_default().extend(calls);
        Some(())
    }
}

/// A written name as it is known: `r#` is no part of it.
fn plain(written: &str) -> &str {
    written.trim_start_matches("r#")
}

impl Stubs {
    /// The catalogue file about what this version of the maker makes of these services; `None` if that is nothing.
    pub fn file(&self, maker: &str, version: &Version, services: &[Service]) -> Option<String> {
        let mut modules = Modules::default();
        for service in services {
            modules.add(service);
        }
        if modules.inner.is_empty() {
            return None;
        }
        let mut out = Writer {
            stubs: self,
            api: String::new(),
            facts: String::new(),
        };
        out.modules(&modules, LIB);
        let Writer { api, facts, .. } = out;
        Some(format!(
            "crate = \"{STUBS}\"\nlib = \"{LIB}\"\nnewest = \"1.0.0\"\n\n\
             [[dependency]]\npackage = \"{maker}\"\nrequirement = \"={version}\"\n\n\
             [[api]]\ntext = '''\n{api}'''\n{facts}"
        ))
    }
}

/// How paths to stubs begin where they are shown.
const LIB: &str = "stubs";

struct Writer<'s> {
    stubs: &'s Stubs,
    api: String,
    facts: String,
}

impl Writer<'_> {
    fn modules(&mut self, modules: &Modules, path: &str) {
        for (name, inner) in &modules.inner {
            self.api.push_str(&format!("mod {name} {{\n"));
            self.modules(inner, &format!("{path}::{}", plain(name)));
            self.api.push_str("}\n");
        }
        for (ty, calls) in &modules.services {
            self.service(ty, calls, path);
        }
    }

    fn service(&mut self, ty: &str, calls: &BTreeMap<String, bool>, module: &str) {
        let fill = |template: &str| {
            template
                .replace("{Service}", ty)
                .replace("{service}", &in_module(ty))
                .replace("{module}", module)
        };
        let (mut declared, mut facts) = (String::new(), fill(&self.stubs.facts));
        // A call that is named like what every client has makes no client that compiles, or one without the latter.
        let taken = |call: &str| words_behind("fn", &self.stubs.service).any(|name| name == call);
        for (call, streams) in calls.iter().filter(|(call, _)| !taken(call)) {
            let template = if *streams {
                &self.stubs.stream
            } else {
                &self.stubs.call
            };
            declared.push_str(&template.replace("{call}", call));
            facts.push_str(&fill(&self.stubs.call_facts).replace("{call}", plain(call)));
        }
        let made = fill(&self.stubs.service).replace("{calls}", &declared);
        self.api.push_str(&made);
        self.facts.push_str(&facts);
    }
}

/// The name of the module for a type: a word begins at each capital, `HTTPServer` being `h_t_t_p_server`.
fn in_module(ty: &str) -> String {
    let mut out = String::new();
    for c in ty.chars() {
        if c.is_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;
    use crate::parse::proto;

    const SCHEMA: &str = "package shop.v1; \
        service HTTPOrders { rpc Place (A) returns (B); rpc Match (A) returns (stream B); rpc PLACE (A) returns (B); \
        rpc Connect (A) returns (B); } \
        service crate { rpc self (A) returns (B); }";

    #[test]
    fn what_is_made_of_a_schema_is_a_catalogue_file_without_a_problem() {
        let mut catalog = Catalog::builtin().expect("the catalogue loads");
        let makers: Vec<String> = catalog.stub_makers().map(str::to_owned).collect();
        assert!(!makers.is_empty());
        for maker in makers {
            let file = catalog.file(&maker).expect("it is described");
            let version = Version::parse(&file.newest).expect("a version");
            let stubs = file.stubs.as_ref().expect("it makes stubs");
            let text = stubs
                .file(&maker, &version, &proto::services(SCHEMA))
                .expect("a file");
            assert!(text.contains("mod shop {\nmod v1 {"), "{text}");
            assert!(text.contains("http_orders"), "{text}");
            assert!(text.contains("fn r#match<"), "{text}");
            assert!(!text.contains("crate_client"), "{text}");
            catalog
                .add("stubs", text)
                .expect("what is written can be read");
        }
    }

    #[test]
    fn no_package_no_file() {
        let catalog = Catalog::builtin().expect("the catalogue loads");
        let maker = catalog.stub_makers().next().expect("a maker").to_owned();
        let stubs = catalog
            .file(&maker)
            .and_then(|f| f.stubs.as_ref())
            .expect("templates");
        let services = proto::services("service Alone { rpc A (B) returns (C); }");
        assert_eq!(stubs.file(&maker, &Version::new(1, 0, 0), &services), None);
    }

    #[test]
    fn module_names_are_cut_before_capitals() {
        assert_eq!(in_module("HttpOrders"), "http_orders");
        assert_eq!(in_module("ABCd"), "a_b_cd");
    }
}
