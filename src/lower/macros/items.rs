//! Macros where items stand: `cfg_if!`, `lazy_static!`, `thread_local!`, `include!`, `macro_rules!` and calls of the file's
//! own macros.

use proc_macro2::TokenStream;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, ItemMacro, Macro};

use super::unknown::Read;
use super::{last_name, out_dir_file, parts, unknown};
use crate::catalog::schema::Grammar;
use crate::ir::body::Local;
use crate::ir::item::{Cfg, Import, ImportKind, Item, ItemKind, STUBS, Vis};
use crate::ir::ty::{PathRef, TyRef};
use crate::lower::items::pinned::with_pin_named;
use crate::lower::items::{Ends, ends, vis};
use crate::lower::{Lower, cfg};
use crate::name::Name;
use crate::source::Span;

impl Lower<'_> {
    /// A macro call among a module's items.
    pub(in crate::lower) fn item_macro(&mut self, i: &ItemMacro, out: &mut Vec<Item>) {
        let mac = &i.mac;
        let span = self.mac_span(mac);
        if let Some(ident) = &i.ident
            && mac.path.is_ident("macro_rules")
        {
            self.define_rules(ident, &mac.tokens);
            let lo = mac
                .path
                .segments
                .first()
                .map_or_else(|| ident.span(), |s| s.ident.span());
            let ends = Ends {
                lo,
                hi: mac.delimiter.span().close(),
                name: ident.span(),
            };
            out.push(self.make(
                &i.attrs,
                Vis::Private,
                &ends,
                Some(ident),
                ItemKind::MacroRules,
            ));
            return;
        }
        let first = out.len();
        self.inside(span, |l| l.item_macro_tokens(&i.attrs, mac, span, out));
        let outer = cfg::of_attrs(&i.attrs);
        for item in out.iter_mut().skip(first) {
            if !outer.is_empty() && !matches!(item.kind, ItemKind::Opaque | ItemKind::Include(_)) {
                item.cfg.extend(outer.iter().cloned());
            }
        }
    }

    fn item_macro_tokens(
        &mut self,
        attrs: &[Attribute],
        mac: &Macro,
        span: Span,
        out: &mut Vec<Item>,
    ) {
        if self.expand_items(mac, out) {
            return;
        }
        if last_name(mac) == "include" {
            return self.include(attrs, mac, span, out);
        }
        let read = match self.grammars.get(last_name(mac)) {
            Some(Grammar::LazyStatic) => {
                self.static_decls(&mac.tokens, &["std", "sync", "LazyLock"], out)
            }
            Some(Grammar::ThreadLocal) => {
                self.static_decls(&mac.tokens, &["std", "thread", "LocalKey"], out)
            }
            Some(Grammar::CfgIf) => self.cfg_if_items(&mac.tokens, out),
            Some(Grammar::Pinned) => self.pinned_items(&mac.tokens, out),
            Some(Grammar::Inert) => true,
            Some(Grammar::Stubs) => self.stubs_macro(attrs, mac, span, out),
            _ => false,
        };
        if read || self.plain_items(&mac.tokens, out) {
            return;
        }
        let name_span = self.path_span(None, &mac.path);
        out.push(self.opaque_item(attrs, span, name_span));
        match unknown::read(&mac.tokens) {
            Read::Exprs(exprs) if !exprs.is_empty() => self.loose_body(span, |l| {
                let mut reads = Vec::new();
                l.unknown_exprs(&exprs, &mut reads);
                l.touch(reads, None, span);
            }),
            Read::Stmts(stmts) => {
                self.loose_body(span, |l| l.stmts_block(&stmts, span, None, None));
            }
            Read::Exprs(_) => {}
            Read::Nothing => self.unread.push(span),
        }
    }

    /// A macro call among the members of an impl or trait.
    pub(in crate::lower) fn member_macro(
        &mut self,
        attrs: &[Attribute],
        mac: &Macro,
        out: &mut Vec<Item>,
    ) {
        let span = self.mac_span(mac);
        self.inside(span, |l| {
            let tokens = match l.expansion(mac) {
                Some(tokens) => tokens,
                None => mac.tokens.clone(),
            };
            if let Some(items) = members(&tokens) {
                l.deeper(|l| {
                    let mut made = l.impl_items(&items);
                    out.append(&mut made);
                });
                return;
            }
            l.unread.push(span);
            let name_span = l.path_span(None, &mac.path);
            out.push(l.opaque_item(attrs, span, name_span));
        });
    }

    fn include(&mut self, attrs: &[Attribute], mac: &Macro, span: Span, out: &mut Vec<Item>) {
        let name_span = self.path_span(None, &mac.path);
        let mut item = self.opaque_item(attrs, span, name_span);
        if let Ok(file) = syn::parse2::<syn::LitStr>(mac.tokens.clone()) {
            item.kind = ItemKind::Include(file.value());
        } else if let Some(file) = out_dir_file(&mac.tokens) {
            self.generated.push(span);
            if let Some(package) = file.trim_start_matches('/').strip_suffix(".rs") {
                out.push(self.stubs(attrs, package, span, name_span));
            }
        } else {
            self.unread.push(span);
        }
        out.push(item);
    }

    /// A macro that includes what a build makes of a schema's package.
    fn stubs_macro(
        &mut self,
        attrs: &[Attribute],
        mac: &Macro,
        span: Span,
        out: &mut Vec<Item>,
    ) -> bool {
        let Ok(package) = syn::parse2::<syn::LitStr>(mac.tokens.clone()) else {
            return false;
        };
        let name_span = self.path_span(None, &mac.path);
        self.generated.push(span);
        // More is made than we know of.
        out.push(self.opaque_item(attrs, span, name_span));
        out.push(self.stubs(attrs, &package.value(), span, name_span));
        true
    }

    /// What is known of the code that a build makes of a schema's package stands where that code is included.
    fn stubs(&self, attrs: &[Attribute], package: &str, span: Span, name_span: Span) -> Item {
        let segments = std::iter::once(STUBS).chain(package.split('.'));
        let import = Import {
            global: true,
            path: segments.map(Name::new).collect(),
            kind: ImportKind::Glob,
        };
        let mut item = self.opaque_item(attrs, span, name_span);
        item.vis = Vis::Public;
        item.kind = ItemKind::Use(vec![import]);
        item
    }

    /// Tokens that are items as they stand.
    fn plain_items(&mut self, tokens: &TokenStream, out: &mut Vec<Item>) -> bool {
        let Some(items) = parts::items(tokens) else {
            return false;
        };
        for item in &items {
            self.item(item, out);
        }
        true
    }

    fn pinned_items(&mut self, tokens: &TokenStream, out: &mut Vec<Item>) -> bool {
        let outer = std::mem::replace(&mut self.in_pinned, true);
        let read = self.plain_items(&with_pin_named(tokens), out);
        self.in_pinned = outer;
        read
    }

    fn static_decls(
        &mut self,
        tokens: &TokenStream,
        wrapper: &[&str],
        out: &mut Vec<Item>,
    ) -> bool {
        let Some(decls) = parts::static_decls(tokens) else {
            return false;
        };
        for decl in &decls {
            let mut path = PathRef::plain(wrapper, self.one(decl.ident.span()));
            if let Some(last) = path.segments.last_mut() {
                last.args.push(self.ty(&decl.ty));
            }
            let body = decl.init.as_ref().and_then(|e| self.init_body(e));
            let kind = ItemKind::Static {
                ty: TyRef::Path(Box::new(path)),
                body,
                is_const: false,
            };
            let ends = ends(&decl.vis, decl.keyword, decl.last, decl.ident.span());
            out.push(self.make(&decl.attrs, vis(&decl.vis), &ends, Some(&decl.ident), kind));
        }
        true
    }

    /// Every branch's items, under its predicate and the negation of those before.
    fn cfg_if_items(&mut self, tokens: &TokenStream, out: &mut Vec<Item>) -> bool {
        let Some(branches) = parts::cfg_branches(tokens) else {
            return false;
        };
        if branches
            .iter()
            .any(|(_, tokens)| parts::items(tokens).is_none())
        {
            return false;
        }
        let mut earlier = Vec::new();
        for (predicate, tokens) in branches {
            let first = out.len();
            self.plain_items(&tokens, out);
            let mut condition = earlier.clone();
            if let Some(predicate) = predicate {
                earlier.push(Cfg::Not(Box::new(predicate.clone())));
                condition.insert(0, predicate);
            }
            for item in out.iter_mut().skip(first) {
                item.cfg.extend(condition.iter().cloned());
            }
        }
        true
    }

    /// An item macro among statements: its items belong to the body.
    pub(super) fn items_stmt(&mut self, mac: &Macro) -> bool {
        let mut items = Vec::new();
        let read = match self.grammars.get(last_name(mac)) {
            Some(Grammar::LazyStatic) => {
                self.static_decls(&mac.tokens, &["std", "sync", "LazyLock"], &mut items)
            }
            Some(Grammar::ThreadLocal) => {
                self.static_decls(&mac.tokens, &["std", "thread", "LocalKey"], &mut items)
            }
            Some(Grammar::Pinned) => self.pinned_items(&mac.tokens, &mut items),
            _ => self.plain_items(&mac.tokens, &mut items),
        };
        self.cur.items.append(&mut items);
        read
    }

    /// The branches of a `cfg_if!` that may be in the build; `None` if the tokens are none.
    fn live_branches(&self, tokens: &TokenStream) -> Option<Vec<Vec<syn::Stmt>>> {
        let mut live = Vec::new();
        for (predicate, tokens) in parts::cfg_branches(tokens)? {
            let holds = predicate.as_ref().map_or(Some(true), |p| self.cfg.eval(p));
            if holds != Some(false) {
                live.push(parts::stmts(&tokens)?);
            }
            if holds == Some(true) {
                break;
            }
        }
        Some(live)
    }

    /// `cfg_if!` among statements: the only branch left runs in the scope around, of several one does.
    pub(super) fn cfg_if_stmt(&mut self, mac: &Macro, span: Span) -> bool {
        let Some(live) = self.live_branches(&mac.tokens) else {
            return false;
        };
        if let [only] = live.as_slice() {
            self.stmts(only, span, None, None);
            return true;
        }
        self.alternatives(&live, span, None);
        true
    }

    pub(super) fn cfg_if_expr(
        &mut self,
        tokens: &TokenStream,
        span: Span,
        dest: Option<Local>,
    ) -> bool {
        let Some(live) = self.live_branches(tokens) else {
            return false;
        };
        self.alternatives(&live, span, dest);
        true
    }

    fn alternatives(&mut self, live: &[Vec<syn::Stmt>], span: Span, dest: Option<Local>) {
        self.one_of(live, span, |l, stmts| {
            l.terminating(span, |l| l.stmts_block(stmts, span, dest, None));
        });
    }

    /// A call of the file's own macro among items.
    fn expand_items(&mut self, mac: &Macro, out: &mut Vec<Item>) -> bool {
        let Some(tokens) = self.expansion(mac) else {
            return false;
        };
        let Some(items) = parts::items(&tokens) else {
            return false;
        };
        self.deeper(|l| items.iter().for_each(|item| l.item(item, out)));
        true
    }

    /// A call of the file's own macro among statements: what it declares is seen by what follows.
    pub(super) fn expand_stmts(&mut self, mac: &Macro, span: Span) -> bool {
        let Some(tokens) = self.expansion(mac) else {
            return false;
        };
        let Some(stmts) = parts::stmts(&tokens) else {
            return false;
        };
        self.deeper(|l| l.stmts_in_place(&stmts, span));
        true
    }

    /// Statements in the scope around; the last one's value is dropped like that of any other.
    fn stmts_in_place(&mut self, stmts: &[syn::Stmt], span: Span) {
        let value = stmts
            .last()
            .is_some_and(|s| matches!(s, syn::Stmt::Expr(_, None)));
        if value {
            self.terminating(span, |l| l.stmts(stmts, span, None, None));
        } else {
            self.stmts(stmts, span, None, None);
        }
    }

    /// A call of the file's own macro where a value is wanted.
    pub(super) fn expand_expr(
        &mut self,
        mac: &Macro,
        dest: Option<Local>,
        ext: Option<usize>,
    ) -> bool {
        let Some(tokens) = self.expansion(mac) else {
            return false;
        };
        let Some(stmts) = parts::stmts(&tokens) else {
            return false;
        };
        let span = self.mac_span(mac);
        self.deeper(|l| match stmts.as_slice() {
            [syn::Stmt::Expr(e, None)] => l.expr(e, dest, ext),
            stmts => l.stmts_block(stmts, span, dest, ext),
        });
        true
    }

    fn deeper(&mut self, read: impl FnOnce(&mut Self)) {
        self.expansion_depth += 1;
        read(self);
        self.expansion_depth -= 1;
    }
}

fn members(tokens: &TokenStream) -> Option<Vec<syn::ImplItem>> {
    let parser = |input: ParseStream| {
        let mut items = Vec::new();
        while !input.is_empty() {
            items.push(input.parse()?);
        }
        Ok(items)
    };
    parser.parse2(tokens.clone()).ok()
}
