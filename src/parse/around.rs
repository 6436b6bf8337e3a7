//! What stands around a call in the text: where its value gets a name, or could get one.
//!
//! Read again from the text for the few files whose findings have a remedy: the control-flow graph knows what a value does,
//! not where a statement ends.

use std::ops::Range;

use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Arm, Block, Expr, Local, Pat, Stmt};

use super::blank::Tests;
use super::parse;
use crate::source::FileId;

/// Bytes of the text.
pub type Bytes = Range<usize>;

/// A place that holds the value of a call: what the caller knows of types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The name where it is declared, or the expression.
    pub at: Bytes,
    /// Inside a `Result`.
    pub in_result: bool,
}

/// Where statements about a value can go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Around {
    /// It gets a name; statements go to `to`.
    Named {
        /// The name.
        name: Bytes,
        /// The name is declared `mut`.
        mutable: bool,
        /// Where they go.
        to: To,
    },
    /// A statement uses it first and for nothing else: `expr;`, `let up = expr.status();`.
    Unnamed {
        /// The statement, its semicolon included.
        stmt: Bytes,
        /// The expression whose value it is.
        value: Bytes,
    },
    /// A statement that throws away a `Result` of it: `let _ = expr;`.
    Discarded {
        /// The statement, its semicolon included.
        stmt: Bytes,
        /// The expression.
        value: Bytes,
    },
}

/// Where statements go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum To {
    /// Behind this statement.
    Behind(Bytes),
    /// Into the block that opens here, in front of what is there.
    Into(Bytes),
    /// In front of this expression, which becomes the value of a block.
    Wrap(Bytes),
}

/// A file read again. Bound to its thread.
#[derive(Debug)]
pub struct Tree(syn::File);

impl Tree {
    /// Reads a text; `None` if it is no Rust.
    pub fn read(text: &str) -> Option<Tree> {
        Some(Tree(parse(FileId(0), text, Tests::Read).ok()?.tree))
    }

    /// What stands around the call at these bytes, the innermost that fits; `None` where nothing does.
    pub fn around(&self, call: &Bytes, known: &[Known]) -> Option<Around> {
        let mut finder = Finder {
            call,
            known,
            found: None,
        };
        finder.visit_file(&self.0);
        finder.found
    }
}

struct Finder<'a> {
    call: &'a Bytes,
    known: &'a [Known],
    found: Option<Around>,
}

fn bytes(node: &impl Spanned) -> Bytes {
    node.span().byte_range()
}

impl Finder<'_> {
    fn holds(&self, node: &impl Spanned) -> bool {
        let at = bytes(node);
        at.start <= self.call.start && self.call.end <= at.end
    }

    fn is_known(&self, at: &Bytes, in_result: bool) -> bool {
        self.known
            .iter()
            .any(|k| k.at == *at && k.in_result == in_result)
    }

    /// Whether the expression's value is the thing itself.
    fn is_value(&self, e: &Expr) -> bool {
        match e {
            Expr::Try(t) => self.is_known(&bytes(&*t.expr), true),
            Expr::Paren(p) => self.is_value(&p.expr),
            _ => self.is_known(&bytes(e), false),
        }
    }

    fn is_result(&self, e: &Expr) -> bool {
        match e {
            Expr::Paren(p) => self.is_result(&p.expr),
            _ => self.is_known(&bytes(e), true),
        }
    }

    /// The one name in a pattern that is declared for the value.
    fn name_in(&self, pat: &Pat) -> Option<(Bytes, bool)> {
        struct Names<'a, 'b> {
            finder: &'a Finder<'b>,
            found: Vec<(Bytes, bool)>,
        }
        impl Visit<'_> for Names<'_, '_> {
            fn visit_pat_ident(&mut self, pat: &syn::PatIdent) {
                let at = bytes(&pat.ident);
                if pat.by_ref.is_none() && self.finder.is_known(&at, false) {
                    self.found.push((at, pat.mutability.is_some()));
                }
                visit::visit_pat_ident(self, pat);
            }
        }
        let mut names = Names {
            finder: self,
            found: Vec::new(),
        };
        names.visit_pat(pat);
        match names.found.as_slice() {
            [one] => Some(one.clone()),
            _ => None,
        }
    }

    fn statement(&mut self, stmt: &Stmt) {
        let (e, discards) = match stmt {
            Stmt::Local(local) => {
                let Some(init) = &local.init else { return };
                if init.diverge.is_some() || !self.holds(&*init.expr) {
                    return;
                }
                (&*init.expr, matches!(local.pat, Pat::Wild(_)))
            }
            Stmt::Expr(Expr::Assign(a), Some(_)) if matches!(*a.left, Expr::Infer(_)) => {
                (&*a.right, true)
            }
            Stmt::Expr(e, semi) => (e, semi.is_some()),
            _ => return,
        };
        if !self.holds(e) {
            return;
        }
        if discards && self.is_result(e) {
            self.found = Some(Around::Discarded {
                stmt: bytes(stmt),
                value: bytes(e),
            });
        } else if let Some(value) = self.first(e) {
            self.found = Some(Around::Unnamed {
                stmt: bytes(stmt),
                value,
            });
        }
    }

    /// The value, if it is what the expression computes first of all.
    fn first(&self, e: &Expr) -> Option<Bytes> {
        if self.is_value(e) {
            return Some(bytes(e));
        }
        let next = match e {
            Expr::MethodCall(x) => &x.receiver,
            Expr::Field(x) => &x.base,
            Expr::Try(x) => &x.expr,
            Expr::Await(x) => &x.base,
            Expr::Paren(x) => &x.expr,
            Expr::Reference(x) => &x.expr,
            Expr::Unary(x) => &x.expr,
            Expr::Cast(x) => &x.expr,
            Expr::Binary(x) if !is_assignment(&x.op) => &x.left,
            Expr::Index(x) => &x.expr,
            Expr::Match(x) => &x.expr,
            Expr::If(x) => match &*x.cond {
                Expr::Let(l) => &l.expr,
                cond => cond,
            },
            Expr::Return(x) => x.expr.as_ref()?,
            Expr::Call(x) if matches!(*x.func, Expr::Path(_)) => x.args.first()?,
            _ => return None,
        };
        if self.holds(next) {
            self.first(next)
        } else {
            None
        }
    }
}

fn is_assignment(op: &syn::BinOp) -> bool {
    use syn::BinOp as B;
    matches!(
        op,
        B::AddAssign(_)
            | B::SubAssign(_)
            | B::MulAssign(_)
            | B::DivAssign(_)
            | B::RemAssign(_)
            | B::BitXorAssign(_)
            | B::BitAndAssign(_)
            | B::BitOrAssign(_)
            | B::ShlAssign(_)
            | B::ShrAssign(_)
    )
}

impl Visit<'_> for Finder<'_> {
    fn visit_block(&mut self, block: &Block) {
        if !self.holds(block) {
            return;
        }
        for stmt in &block.stmts {
            if self.holds(stmt) {
                self.statement(stmt);
            }
        }
        visit::visit_block(self, block);
    }

    fn visit_local(&mut self, local: &Local) {
        if let Some(init) = &local.init
            && self.holds(&*init.expr)
            && let Some((name, mutable)) = self.name_in(&local.pat)
        {
            let to = To::Behind(bytes(local));
            self.found = Some(Around::Named { name, mutable, to });
        }
        visit::visit_local(self, local);
    }

    fn visit_expr_if(&mut self, e: &syn::ExprIf) {
        if let Expr::Let(cond) = &*e.cond
            && self.holds(&*cond.expr)
            && let Some((name, mutable)) = self.name_in(&cond.pat)
        {
            let to = To::Into(bytes(&e.then_branch));
            self.found = Some(Around::Named { name, mutable, to });
        }
        visit::visit_expr_if(self, e);
    }

    fn visit_expr_match(&mut self, e: &syn::ExprMatch) {
        if self.holds(&*e.expr) {
            let named: Vec<(&Arm, (Bytes, bool))> = e
                .arms
                .iter()
                .filter_map(|arm| Some((arm, self.name_in(&arm.pat)?)))
                .collect();
            // In two arms it would have to be done twice.
            if let [(arm, (name, mutable))] = named.as_slice() {
                let to = match &*arm.body {
                    Expr::Block(b) if b.label.is_none() && b.attrs.is_empty() => {
                        To::Into(bytes(&b.block))
                    }
                    other => To::Wrap(bytes(other)),
                };
                self.found = Some(Around::Named {
                    name: name.clone(),
                    mutable: *mutable,
                    to,
                });
            }
        }
        visit::visit_expr_match(self, e);
    }

    // Nothing in a macro's tokens is a statement to us.
    fn visit_macro(&mut self, _: &syn::Macro) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, part: &str) -> Bytes {
        let start = text.find(part).expect("it is there");
        start..start + part.len()
    }

    fn find(text: &str, call: &str, plain: &[&str], results: &[&str]) -> Option<Around> {
        let plain = plain.iter().map(|p| (p, false));
        let known: Vec<Known> = plain
            .chain(results.iter().map(|p| (p, true)))
            .map(|(p, in_result)| Known {
                at: at(text, p),
                in_result,
            })
            .collect();
        Tree::read(text)?.around(&at(text, call), &known)
    }

    #[test]
    fn a_let_names_it() {
        let text = "async fn f() { let up = go(x).await?; up.status(); }";
        let found = find(text, "go(x)", &["up"], &["go(x).await"]);
        let expected = Around::Named {
            name: at(text, "up"),
            mutable: false,
            to: To::Behind(at(text, "let up = go(x).await?;")),
        };
        assert_eq!(found, Some(expected));
    }

    #[test]
    fn a_statement_that_computes_it_first_could_name_it() {
        for stmt in [
            "go(x).await?;",
            "let s = go(x).await?.status();",
            "Ok(go(x).await?.status().is_success())",
            "if go(x).await?.status() == 200 { a(); }",
            "return go(x).await?.status();",
        ] {
            let text = format!("async fn f() {{ {stmt} }}");
            let found = find(&text, "go(x)", &[], &["go(x).await"]);
            let expected = Around::Unnamed {
                stmt: at(&text, stmt),
                value: at(&text, "go(x).await?"),
            };
            assert_eq!(found, Some(expected), "{stmt}");
        }
    }

    #[test]
    fn what_comes_after_something_else_stays() {
        for stmt in [
            "let s = (a(), go(x).await?.status());",
            "let s = ok && go(x).await?.status().is_success();",
            "while go(x).await?.status() == 200 {}",
            "println!(\"{}\", go(x).await?.status());",
        ] {
            let text = format!("async fn f() {{ {stmt} }}");
            assert_eq!(find(&text, "go(x)", &[], &["go(x).await"]), None, "{stmt}");
        }
    }

    #[test]
    fn patterns_name_it_too() {
        let text =
            "async fn f() -> bool { match go(x).await { Ok(r) => r.ok(), Err(_) => false } }";
        let found = find(text, "go(x)", &["r)"], &["go(x).await"]);
        assert_eq!(found, None, "a span that is no name is none");
        let mut known = vec![Known {
            at: at(text, "r)"),
            in_result: false,
        }];
        known[0].at.end -= 1;
        let found = Tree::read(text).and_then(|t| t.around(&at(text, "go(x)"), &known));
        let expected = Around::Named {
            name: known[0].at.clone(),
            mutable: false,
            to: To::Wrap(at(text, "r.ok()")),
        };
        assert_eq!(found, Some(expected));
    }

    #[test]
    fn a_result_thrown_away_is_told_apart() {
        let text = "async fn f() { let _ = go(x).await; }";
        let found = find(text, "go(x)", &[], &["go(x).await"]);
        let expected = Around::Discarded {
            stmt: at(text, "let _ = go(x).await;"),
            value: at(text, "go(x).await"),
        };
        assert_eq!(found, Some(expected));
    }
}
