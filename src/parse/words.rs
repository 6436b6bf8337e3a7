//! Which words a text says, by hash.

use std::hash::{Hash, Hasher};

use rustc_hash::{FxHashSet, FxHasher};

use super::scan::{Kind, Scan};

/// A set of words. Of two words with one hash either stands for both: the set may hold more than was put in, never less.
#[derive(Clone, Debug, Default)]
pub struct Words(FxHashSet<u64>);

impl Words {
    /// Puts a word in; `true` if it was not there. `r#` is no part of a word.
    pub fn insert(&mut self, word: &str) -> bool {
        self.0.insert(key(word))
    }

    /// Whether the word is there.
    pub fn contains(&self, word: &str) -> bool {
        self.0.contains(&key(word))
    }

    /// Puts all words of another set in.
    pub fn add(&mut self, other: &Words) {
        self.0.extend(&other.0);
    }
}

impl<'w> Extend<&'w str> for Words {
    fn extend<I: IntoIterator<Item = &'w str>>(&mut self, words: I) {
        self.0.extend(words.into_iter().map(key));
    }
}

impl<'w> FromIterator<&'w str> for Words {
    fn from_iter<I: IntoIterator<Item = &'w str>>(words: I) -> Self {
        Words(words.into_iter().map(key).collect())
    }
}

/// The words of a text, comments and literals left out.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    Scan::new(text)
        .filter(|lexeme| lexeme.kind == Kind::Ident)
        .filter_map(move |lexeme| text.get(lexeme.lo..lexeme.hi))
}

/// The words of a text that stand behind this one: what it declares with that keyword.
pub fn words_behind<'t>(keyword: &str, text: &'t str) -> impl Iterator<Item = &'t str> {
    let pairs = words(text).zip(words(text).skip(1));
    pairs
        .filter(move |(before, _)| *before == keyword)
        .map(|(_, word)| word)
}

/// The plain string literals of a text, as they are written between their quotes.
pub fn plain_strings(text: &str) -> impl Iterator<Item = &str> {
    let literals = Scan::new(text).filter(|lexeme| lexeme.kind == Kind::Literal);
    literals
        .filter_map(move |lexeme| text.get(lexeme.lo..lexeme.hi))
        .filter_map(|literal| literal.strip_prefix('"')?.strip_suffix('"'))
}

/// The words in front of each `::` of a text, those behind it where nothing is in front (`::http`), and those behind each
/// `use`: the crates it names are among them.
pub fn path_starts(text: &str) -> impl Iterator<Item = &str> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let around = text.match_indices("::").filter_map(move |(at, sign)| {
        let in_front = text.get(..at)?.rsplit(|c| !is_part(c)).next()?;
        if in_front.is_empty() {
            let behind = text.get(at + sign.len()..)?;
            behind.split(|c| !is_part(c)).next()
        } else {
            Some(in_front)
        }
    });
    let used = text.match_indices("use ").filter_map(move |(at, found)| {
        let path = text.get(at + found.len()..)?;
        path.split(|c| !is_part(c)).next()
    });
    around.chain(used).filter(|word| !word.is_empty())
}

fn key(word: &str) -> u64 {
    let mut hasher = FxHasher::default();
    word.strip_prefix("r#").unwrap_or(word).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_the_words_put_in_without_their_raw_mark() {
        let said: Words = words("fn r#type<'a>(x: &'a Y) { \"no\" } // neither").collect();
        assert!(
            ["fn", "type", "r#type", "x", "Y"]
                .iter()
                .all(|w| said.contains(w))
        );
        assert!(
            ["a", "no", "neither", "r"]
                .iter()
                .all(|w| !said.contains(w))
        );
    }

    #[test]
    fn paths_start_where_a_word_does() {
        let found: Vec<&str> =
            path_starts("use http; use ::d; fn f(x: my_url::A<url::Url>) -> ::c::D").collect();
        assert_eq!(found, ["d", "my_url", "url", "c", "c", "http"]);
    }

    #[test]
    fn a_keyword_tells_what_is_declared_with_it() {
        let text = "mod a { mod r#type { fn f(); } } // mod no\n const S: &str = \"mod no\";";
        let found: Vec<&str> = words_behind("mod", text).collect();
        assert_eq!(found, ["a", "r#type"]);
    }

    #[test]
    fn plain_strings_are_told_from_other_literals_and_comments() {
        let text = "f(\"../a.proto\", b\"no\", 'n', 1, r\"no\"); // \"no\"";
        let found: Vec<&str> = plain_strings(text).collect();
        assert_eq!(found, ["../a.proto"]);
    }
}
