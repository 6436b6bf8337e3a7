//! The services that a schema in the protocol buffer language declares: their names and those of their calls, no more.

use super::scan::{Kind, Scan};

/// A service.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Service {
    /// The schema's package: `health.v1`.
    pub package: String,
    /// Its name: `HealthCheck`.
    pub name: String,
    /// Its calls, in the order they are declared.
    pub calls: Vec<Call>,
}

/// A call of a service.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Call {
    /// Its name: `WatchAll`.
    pub name: String,
    /// Whether it is answered by a stream of messages.
    pub streams: bool,
}

/// The services of a text, in order. What cannot be read as a service is none; comments and literals are what Rust's are.
#[must_use]
pub fn services(text: &str) -> Vec<Service> {
    let mut reader = Reader {
        lexemes: Scan::new(text)
            .filter(|l| !matches!(l.kind, Kind::Line | Kind::Block))
            .filter_map(|l| text.get(l.lo..l.hi))
            .peekable(),
    };
    let (mut package, mut found) = (String::new(), Vec::new());
    while let Some(word) = reader.lexemes.next() {
        match word {
            "package" => package = reader.until(";"),
            "service" => found.extend(reader.service()),
            "{" => reader.skip(),
            _ => {}
        }
    }
    // The package may be said behind what it holds.
    for service in &mut found {
        service.package.clone_from(&package);
    }
    found
}

struct Reader<'t, I: Iterator<Item = &'t str>> {
    lexemes: std::iter::Peekable<I>,
}

impl<'t, I: Iterator<Item = &'t str>> Reader<'t, I> {
    /// What stands up to this sign, which is read too.
    fn until(&mut self, end: &str) -> String {
        self.lexemes.by_ref().take_while(|l| *l != end).collect()
    }

    /// Reads to the end of the braces that are open.
    fn skip(&mut self) {
        let mut depth = 1_usize;
        for lexeme in self.lexemes.by_ref() {
            match lexeme {
                "{" => depth += 1,
                "}" => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return;
            }
        }
    }

    /// Behind `service`.
    fn service(&mut self) -> Option<Service> {
        let name = self.lexemes.next()?.to_owned();
        self.lexemes.next_if_eq(&"{")?;
        let mut calls = Vec::new();
        while let Some(lexeme) = self.lexemes.next() {
            match lexeme {
                "rpc" => calls.extend(self.call()),
                "{" => self.skip(),
                "}" => break,
                _ => {}
            }
        }
        Some(Service {
            package: String::new(),
            name,
            calls,
        })
    }

    /// Behind `rpc`: `Watch (stream Query) returns (stream Event)`.
    fn call(&mut self) -> Option<Call> {
        let name = self.lexemes.next()?.to_owned();
        self.lexemes.next_if_eq(&"(")?;
        self.until(")");
        self.lexemes.next_if_eq(&"returns")?;
        self.lexemes.next_if_eq(&"(")?;
        let first = self.lexemes.next()?;
        // `stream` may be the name of a message, or where it begins.
        let streams = first == "stream" && !matches!(self.lexemes.peek(), Some(&("." | ")")));
        if first != ")" {
            self.until(")");
        }
        Some(Call { name, streams })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        let of = |s: &Service| {
            let calls = s.calls.iter().map(|c| {
                let sign = if c.streams { "*" } else { "" };
                format!("{}{sign}", c.name)
            });
            format!(
                "{}/{}: {}",
                s.package,
                s.name,
                calls.collect::<Vec<_>>().join(" ")
            )
        };
        services(text).iter().map(of).collect()
    }

    #[test]
    fn services_are_told_with_their_calls_and_which_of_them_stream() {
        let text = r#"
            syntax = "proto3"; // service Commented { rpc No (A) returns (B); }
            package shop.v1;
            import "google/protobuf/empty.proto";
            option go_package = "service Quoted { }";
            message Order { message service { string rpc = 1; } reserved 2; }
            service Orders {
                option deprecated = true;
                rpc Place (Order) returns (google.protobuf.Empty) { option (google.api.http) = { post: "/v1" body: "*" }; }
                rpc Watch (stream Query) returns (stream Order) {}
                rpc Upload(stream Order) returns (stream.Receipt);
            }
            service Empty {}
        "#;
        assert_eq!(
            told(text),
            ["shop.v1/Orders: Place Watch* Upload", "shop.v1/Empty: "]
        );
    }

    #[test]
    fn what_breaks_off_is_no_service_and_no_panic() {
        let text = "service A { rpc B (C) returns (stream D); rpc E (";
        for end in 0..=text.len() {
            let _ = services(text.get(..end).unwrap_or_default());
        }
        assert_eq!(told("service"), [""; 0]);
        assert_eq!(told("service A"), [""; 0]);
        assert_eq!(told("service A { rpc B (C) returns"), ["/A: "]);
    }
}
