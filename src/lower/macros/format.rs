//! Formatting and logging: what the arguments read, and what the format string captures.

use proc_macro2::TokenStream;
use syn::{Expr, ExprLit, Lit, LitStr};

use super::parts::{self, Arg};
use super::push_once;
use crate::ir::body::{
    Callee, Lit as LitOf, Local, Operand, Place, RETURN, Rvalue, Terminator, is_before_host,
};
use crate::ir::ty::{PathRef, TyRef};
use crate::lower::Lower;
use crate::lower::names::mark;
use crate::name::Name;
use crate::source::Span;

impl Lower<'_> {
    /// What a formatting macro reads; `None` if its tokens are no arguments.
    pub(super) fn format(&mut self, tokens: &TokenStream) -> Option<Vec<Place>> {
        Some(self.text(&parts::args(tokens)?).0)
    }

    /// `format!`: makes a text, of which is known what it begins with.
    pub(super) fn make_text(
        &mut self,
        mac: &syn::Macro,
        ty: Option<TyRef>,
        dest: Option<Local>,
        span: Span,
    ) -> bool {
        let Some(args) = parts::args(&mac.tokens) else {
            return false;
        };
        let (reads, begins) = self.text(&args);
        let dest = dest.unwrap_or_else(|| self.plain_temp(span));
        let made = Rvalue::Touch { reads, ty, begins };
        self.cur.assign(Place::local(dest), made, span);
        true
    }

    /// What the arguments of a formatting macro read, and what the text begins with that they make.
    fn text(&mut self, args: &[Arg]) -> (Vec<Place>, Option<Operand>) {
        let mut named = Vec::new();
        names(args, &mut named);
        let mut reads = Vec::new();
        let places: Vec<Option<Place>> = args
            .iter()
            .map(|arg| self.read_arg(arg, &named, &mut reads))
            .collect();
        let begins = self.begins(args, &places);
        (reads, begins)
    }

    /// What the text begins with that a format string, the first of these, makes of what stands at these places.
    fn begins(&mut self, args: &[Arg], places: &[Option<Place>]) -> Option<Operand> {
        let Arg::Expr(first) = args.first()? else {
            return None;
        };
        let Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) = &**first
        else {
            return None;
        };
        let span = self.one(text.span());
        let text = text.value();
        let (argument, nth) = match opening(&text)? {
            Opening::Written(head) => return Some(Operand::Lit(LitOf::Str(Name::new(head)))),
            Opening::Argument(name, nth) => (name, nth),
        };
        let of_name = |name: &str| {
            let is = |arg: &Arg| matches!(arg, Arg::Named(Some(n), _) if *n == name);
            args.iter().position(is)
        };
        let at = match argument.parse::<usize>() {
            _ if argument.is_empty() => nth.checked_add(1),
            Ok(index) => index.checked_add(1),
            Err(_) => of_name(argument),
        };
        if let Some(at) = at {
            let place = places.get(at).cloned().flatten();
            return place.map(Operand::Use).or_else(|| written(args.get(at)?));
        }
        match self.lookup_text(Name::new(argument), span) {
            Some(local) => Some(Operand::Use(Place::local(local))),
            // What is captured and no local is a constant.
            None if is_ident(argument) => {
                let path = PathRef::plain(&[argument], span);
                Some(self.plain(Rvalue::Path(Box::new(path)), span))
            }
            None => None,
        }
    }

    fn read_arg(&mut self, arg: &Arg, named: &[Name], reads: &mut Vec<Place>) -> Option<Place> {
        match arg {
            Arg::Expr(e) | Arg::Named(_, e) => self.read(e, named, reads),
            Arg::Group(args) => {
                for arg in args {
                    self.read_arg(arg, named, reads);
                }
                None
            }
            Arg::Nothing => None,
        }
    }

    /// Evaluates `e` and reads its result, in the place that is returned; a string literal reads what it captures.
    pub(super) fn read(
        &mut self,
        e: &Expr,
        named: &[Name],
        reads: &mut Vec<Place>,
    ) -> Option<Place> {
        match e {
            Expr::Lit(lit) => {
                if let Lit::Str(text) = &lit.lit {
                    self.captured(text, named, reads);
                }
                None
            }
            Expr::Reference(x) => self.read(&x.expr, named, reads),
            Expr::Group(x) => self.read(&x.expr, named, reads),
            e => {
                let place = self.place(e, None);
                if !reads.contains(&place) {
                    reads.push(place.clone());
                }
                Some(place)
            }
        }
    }

    /// The locals a format string names: `"{resp:?} {:>width$}"`.
    fn captured(&mut self, text: &LitStr, named: &[Name], reads: &mut Vec<Place>) {
        let value = text.value();
        if !value.contains('{') {
            return;
        }
        let span = self.one(text.span());
        for ident in captures(&value) {
            let ident = Name::new(ident);
            if !named.contains(&ident)
                && let Some(local) = self.lookup_text(ident, span)
            {
                push_once(reads, local);
            }
        }
    }

    /// The local that a name in a text means: in a macro's own text one that it binds, if it does.
    fn lookup_text(&mut self, ident: Name, span: Span) -> Option<Local> {
        let mut found = None;
        if self
            .in_macro
            .is_some_and(|call| span == call || !call.contains(span))
        {
            let depths = (1..=self.expansion_depth).rev();
            let names: Vec<Name> = depths.map(|depth| mark(ident, depth)).collect();
            found = names
                .into_iter()
                .find_map(|name| self.lookup_exact(name, span));
        }
        found.or_else(|| self.lookup(ident, span))
    }

    /// `ensure!(cond, message..)`.
    pub(super) fn ensure(&mut self, tokens: &TokenStream, span: Span, dest: Option<Local>) -> bool {
        let Some((cond, message)) = parts::first_expr(tokens) else {
            return false;
        };
        let (holds, fails) = (self.cur.block(), self.cur.block());
        self.branch(&cond, holds, fails);
        self.cur.switch(fails);
        let reads = match self.format(&message) {
            Some(reads) => reads,
            None => self.named_locals(&message),
        };
        self.fail(reads, span);
        self.cur.switch(holds);
        if let Some(dest) = dest {
            self.cur
                .assign(Place::local(dest), Rvalue::Tuple(Vec::new()), span);
        }
        true
    }

    /// Leaves the body with an `Err` made of these.
    pub(super) fn fail(&mut self, reads: Vec<Place>, span: Span) {
        let error = self.plain(
            Rvalue::Touch {
                reads,
                ty: None,
                begins: None,
            },
            span,
        );
        // By its whole path: what `Err` means here is not the macro's affair.
        let path = PathRef::plain(&["std", "result", "Result", "Err"], span);
        let callee = Callee::Path(Box::new(path));
        self.emit_call(callee, vec![error], span, span, Some(RETURN));
        self.leave(span);
    }

    /// `assert!`-like macros evaluate in place; what follows a failed one does not run, which no stage asks for.
    pub(super) fn exprs(&mut self, mac: &syn::Macro, span: Span, dest: Option<Local>) -> bool {
        let Some(exprs) = parts::exprs(&mac.tokens) else {
            return false;
        };
        if let [one] = exprs.as_slice() {
            self.expr(one, dest, None);
            return true;
        }
        if super::last_name(mac) == "dbg" {
            let values = self.operands(&exprs, None);
            let dest = self.dest(dest, span);
            self.cur
                .assign(Place::local(dest), Rvalue::Tuple(values), span);
            return true;
        }
        let mut reads = Vec::new();
        for e in &exprs {
            // `name = value` in a macro's argument list names an argument.
            let e = if let Expr::Assign(x) = e { &x.right } else { e };
            self.read(e, &[], &mut reads);
        }
        self.touch(reads, dest, span);
        true
    }

    /// `matches!(e, pat if guard)`: a match that yields a truth value and moves nothing.
    pub(super) fn matches(
        &mut self,
        tokens: &TokenStream,
        span: Span,
        dest: Option<Local>,
    ) -> bool {
        use syn::parse::{ParseStream, Parser as _};
        let parser = |input: ParseStream| {
            let e: Expr = input.parse()?;
            let _: syn::Token![,] = input.parse()?;
            let pat = syn::Pat::parse_multi_with_leading_vert(input)?;
            let guard = match input.parse::<Option<syn::Token![if]>>()? {
                Some(_) => Some(input.parse::<Expr>()?),
                None => None,
            };
            let _: Option<syn::Token![,]> = input.parse()?;
            Ok((e, pat, guard))
        };
        let Ok((e, pat, guard)) = parser.parse2(tokens.clone()) else {
            return false;
        };
        let dest = dest.unwrap_or_else(|| self.plain_temp(span));
        let (inside, yes, no, join) = (
            self.cur.block(),
            self.cur.block(),
            self.cur.block(),
            self.cur.block(),
        );
        let scrutinee = self.place(&e, None);
        let arms = vec![
            (self.shape(&pat), inside),
            (crate::ir::body::PatShape::Any, no),
        ];
        self.cur.end(Terminator::Match {
            scrutinee: scrutinee.clone(),
            arms,
        });
        self.cur.switch(inside);
        match guard {
            Some(guard) => self.terminating(span, |l| {
                l.bind(&pat, &scrutinee, &mut crate::lower::pattern::Bind::borrow());
                let depth = l.cur.scopes.len() - 1;
                l.condition(&guard, no, depth);
                l.cur.emit_drops(depth, span);
                l.cur.goto(yes);
            }),
            None => self.cur.goto(yes),
        }
        for (block, value) in [(yes, true), (no, false)] {
            self.cur.switch(block);
            self.assign_bool(dest, value, span);
            self.cur.goto(join);
        }
        self.cur.switch(join);
        true
    }
}

/// What the text that a format string makes begins with.
#[derive(PartialEq, Debug)]
enum Opening<'t> {
    /// What is written there.
    Written(&'t str),
    /// An argument by what stands between its braces, and how many without a name are ahead of it.
    Argument(&'t str, usize),
}

/// What a format string begins with; of an address, what says where it goes, in what is written or what is put in for it.
fn opening(mut text: &str) -> Option<Opening<'_>> {
    let mut nth = 0;
    loop {
        let (head, rest) = text.split_once('{').unwrap_or((text, ""));
        if !head.is_empty() && !is_before_host(head) {
            return Some(Opening::Written(head));
        }
        let (inside, after) = rest.split_once('}')?;
        let argument = inside.split(':').next()?.trim();
        match after.strip_prefix("://") {
            // `{scheme}://{host}`
            Some(host) if head.is_empty() => {
                text = host;
                nth += usize::from(argument.is_empty());
            }
            _ => return Some(Opening::Argument(argument, nth)),
        }
    }
}

/// The text of an argument that is one.
fn written(arg: &Arg) -> Option<Operand> {
    let (Arg::Expr(value) | Arg::Named(_, value)) = arg else {
        return None;
    };
    match &**value {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => Some(Operand::Lit(LitOf::Str(Name::new(&text.value())))),
        _ => None,
    }
}

fn names(args: &[Arg], out: &mut Vec<Name>) {
    for arg in args {
        match arg {
            Arg::Named(Some(name), _) => out.push(*name),
            Arg::Group(args) => names(args, out),
            _ => {}
        }
    }
}

/// The identifiers between braces: arguments, widths and precisions.
fn captures(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        rest = rest.get(open + 1..).unwrap_or("");
        if let Some(after) = rest.strip_prefix('{') {
            rest = after;
            continue;
        }
        let Some(close) = rest.find('}') else {
            return out;
        };
        let inside = rest.get(..close).unwrap_or("");
        let (argument, spec) = inside.split_once(':').unwrap_or((inside, ""));
        let argument = argument.trim();
        if is_ident(argument) {
            out.push(argument);
        }
        let mut spec = spec;
        while let Some(dollar) = spec.find('$') {
            let before = spec.get(..dollar).unwrap_or("");
            let start = before
                .rfind(|c: char| !c.is_alphanumeric() && c != '_')
                .map_or(0, |i| i + 1);
            let width = before.get(start..).unwrap_or("");
            if is_ident(width) {
                out.push(width);
            }
            spec = spec.get(dollar + 1..).unwrap_or("");
        }
        rest = rest.get(close + 1..).unwrap_or("");
    }
    out
}

fn is_ident(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && chars.all(|c| c.is_alphanumeric() || c == '_')
        && text != "_"
}

#[cfg(test)]
mod tests {
    use super::{Opening, captures, opening};

    #[test]
    fn names_widths_and_precisions_are_captured_and_escapes_are_not() {
        assert_eq!(
            captures("{a:?} {{b}} {0} {} {c:>w$.p$} {d} {_e}"),
            ["a", "c", "w", "p", "d", "_e"]
        );
        assert!(captures("{ unclosed").is_empty());
    }

    #[test]
    fn what_stands_before_a_host_is_passed_over() {
        let argument = |name, nth| Some(Opening::Argument(name, nth));
        assert_eq!(opening("https://{host:?}/a"), argument("host", 0));
        assert_eq!(opening("{}://{}/{}"), argument("", 1));
        assert_eq!(opening("{scheme}://{}"), argument("", 0));
        assert_eq!(opening("https://me:pw@{host}"), argument("host", 0));
        let written = |text| Some(Opening::Written(text));
        assert_eq!(opening("https://a.org/@{name}"), written("https://a.org/@"));
        assert_eq!(
            opening("a.org/?to=https://{}"),
            written("a.org/?to=https://")
        );
        assert_eq!(opening("{}://localhost:{}"), written("localhost:"));
        assert_eq!(opening("{scheme}://"), None);
        assert_eq!(opening("https://"), None);
        assert_eq!(opening("{ unclosed"), None);
    }
}
