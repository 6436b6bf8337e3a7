//! Reading a `cfg` predicate from text, where no tokens are: in manifests and in the catalogue.

use std::fmt;

use crate::ir::item::Cfg;
use crate::name::Name;

/// Reads a predicate: `any(target_os = "linux", not(unix))`.
pub fn parse(text: &str) -> Result<Cfg, String> {
    let mut rest = text.trim();
    let cfg = predicate(&mut rest, 0)?;
    match rest.trim() {
        "" => Ok(cfg),
        more => Err(format!("`{more}` is left over")),
    }
}

impl fmt::Display for Cfg {
    /// As it is written inside of `cfg(..)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, of) = match self {
            Cfg::Flag(name) => return write!(f, "{name}"),
            Cfg::KeyValue(key, value) => return write!(f, "{key} = \"{value}\""),
            Cfg::Unknown => return f.write_str(".."),
            Cfg::Not(of) => ("not", std::slice::from_ref(&**of)),
            Cfg::All(of) => ("all", of.as_slice()),
            Cfg::Any(of) => ("any", of.as_slice()),
        };
        write!(f, "{name}(")?;
        for (index, part) in of.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{part}")?;
        }
        f.write_str(")")
    }
}

/// Deeper nesting than anybody writes.
const DEEPEST: usize = 32;

fn predicate(rest: &mut &str, depth: usize) -> Result<Cfg, String> {
    if depth > DEEPEST {
        return Err("nested too deeply".to_owned());
    }
    let word = identifier(rest)?;
    if eat(rest, '(') {
        let mut of = Vec::new();
        while !eat(rest, ')') {
            of.push(predicate(rest, depth + 1)?);
            if !eat(rest, ',') && !rest.trim_start().starts_with(')') {
                return Err(format!("expected `,` or `)` at `{}`", rest.trim_start()));
            }
        }
        return match word.as_str() {
            "all" => Ok(Cfg::All(of)),
            "any" => Ok(Cfg::Any(of)),
            "not" => match of.pop() {
                Some(one) if of.is_empty() => Ok(Cfg::Not(Box::new(one))),
                _ => Err("`not` takes one predicate".to_owned()),
            },
            other => Err(format!("`{other}(..)` is not one of `all`, `any`, `not`")),
        };
    }
    if eat(rest, '=') {
        let quoted = rest.trim_start();
        let inner = quoted.strip_prefix('"').and_then(|q| q.split_once('"'));
        let Some((value, after)) = inner else {
            return Err(format!("expected a quoted value after `{word} =`"));
        };
        *rest = after;
        return Ok(Cfg::KeyValue(Name::new(&word), Name::new(value)));
    }
    Ok(Cfg::Flag(Name::new(&word)))
}

fn identifier(rest: &mut &str) -> Result<String, String> {
    let text = rest.trim_start();
    let end = text
        .find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(text.len());
    let (word, after) = text.split_at(end);
    if word.is_empty() {
        return Err(format!("expected a name at `{text}`"));
    }
    *rest = after;
    Ok(word.to_owned())
}

fn eat(rest: &mut &str, what: char) -> bool {
    match rest.trim_start().strip_prefix(what) {
        Some(after) => {
            *rest = after;
            true
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn what_is_read_is_written_as_it_was() {
        for text in [
            "unix",
            "feature = \"json\"",
            "all(not(windows), any(test, target_os = \"linux\"))",
        ] {
            let read = parse(text).map(|cfg| cfg.to_string());
            assert_eq!(read.as_deref(), Ok(text));
        }
    }

    #[test]
    fn what_is_no_predicate_is_said() {
        for wrong in [
            "",
            "any(",
            "any(unix",
            "some(unix)",
            "target_os = linux",
            "unix unix",
            "not(unix, windows)",
            "a = \"b",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
        assert!(parse(&"not(".repeat(100_000)).is_err());
    }
}
