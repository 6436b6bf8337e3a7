//! Prints a body as text, one statement a line, for tests and for reading.
//!
//! Named locals print as their name and number (`resp_3`), temporaries as `_4`, the return place as `_0`. A use of a place
//! is a move or a copy; `&` and `&mut` are borrows. Drops print as `drop x`.

use std::fmt::Write as _;

use super::body::{
    BinOp, Body, BodyKind, Call, Callee, Lit, Local, LoopKind, Operand, PatShape, Place, Proj,
    RETURN, Rvalue, Stmt, StmtKind, Terminator,
};
use super::ty::{Bound, PathRef, TyRef};

/// The whole body.
pub fn print(body: &Body) -> String {
    let p = Printer { body };
    let mut out = p.header();
    for (index, block) in body.blocks.iter().enumerate() {
        let inside = block.in_loop.map_or_else(String::new, |l| {
            let kind = body
                .loops
                .get(l.0 as usize)
                .map_or("loop", |l| match l.kind {
                    LoopKind::Loop => "loop",
                    LoopKind::While => "while",
                    LoopKind::For => "for",
                });
            format!(" in {kind} {}", l.0)
        });
        let _ = writeln!(out, "bb{index}{inside}:");
        for stmt in &block.stmts {
            let _ = writeln!(out, "  {}", p.stmt(stmt));
        }
        let _ = writeln!(out, "  {}", p.term(&block.term));
    }
    out
}

/// A path as written, without type arguments' spans.
pub fn path(path: &PathRef) -> String {
    let mut out = String::new();
    if let Some(qself) = &path.qself {
        let (of_trait, rest) = path
            .segments
            .split_at(path.trait_segments.min(path.segments.len()));
        out.push('<');
        out.push_str(&ty(qself));
        if !of_trait.is_empty() {
            out.push_str(" as ");
            out.push_str(&segments(of_trait, false));
        }
        out.push_str(">::");
        return out + &segments(rest, false);
    }
    out + &segments(&path.segments, path.global)
}

fn segments(segments: &[super::ty::Segment], global: bool) -> String {
    let mut out = if global {
        "::".to_owned()
    } else {
        String::new()
    };
    for (index, segment) in segments.iter().enumerate() {
        if index > 0 {
            out.push_str("::");
        }
        out.push_str(&segment.name);
        let args = segment.args.iter().map(ty);
        let bindings = segment
            .bindings
            .iter()
            .map(|(name, t)| format!("{name} = {}", ty(t)));
        let all: Vec<String> = args.chain(bindings).collect();
        if !all.is_empty() {
            let _ = write!(out, "<{}>", all.join(", "));
        }
    }
    out
}

/// A type as written.
pub fn ty(t: &TyRef) -> String {
    let list = |types: &[TyRef]| types.iter().map(ty).collect::<Vec<_>>().join(", ");
    match t {
        TyRef::Path(p) => path(p),
        TyRef::Ref { mutable, inner } => {
            format!("&{}{}", if *mutable { "mut " } else { "" }, ty(inner))
        }
        TyRef::Ptr(inner) => format!("*{}", ty(inner)),
        TyRef::Tuple(types) => format!("({})", list(types)),
        TyRef::Slice(inner) => format!("[{}]", ty(inner)),
        TyRef::Impl(bounds) => format!("impl {}", join(bounds)),
        TyRef::Dyn(bounds) => format!("dyn {}", join(bounds)),
        TyRef::Fn { params, ret } => format!("fn({}) -> {}", list(params), ty(ret)),
        TyRef::Never => "!".to_owned(),
        TyRef::Infer => "_".to_owned(),
    }
}

fn join(bounds: &[Bound]) -> String {
    bounds
        .iter()
        .map(|b| path(&b.path))
        .collect::<Vec<_>>()
        .join(" + ")
}

struct Printer<'a> {
    body: &'a Body,
}

impl Printer<'_> {
    fn header(&self) -> String {
        let kind = match self.body.kind {
            BodyKind::Fn { is_async: false } => "fn",
            BodyKind::Fn { is_async: true } => "async fn",
            BodyKind::Closure { is_move, is_async } => match (is_async, is_move) {
                (false, false) => "closure",
                (false, true) => "move closure",
                (true, false) => "async closure",
                (true, true) => "async move closure",
            },
            BodyKind::Async { yields: true, .. } => "stream",
            BodyKind::Async { is_move: false, .. } => "async",
            BodyKind::Async { is_move: true, .. } => "async move",
            BodyKind::Init => "init",
        };
        let mut out = kind.to_owned();
        if matches!(
            self.body.kind,
            BodyKind::Fn { .. } | BodyKind::Closure { .. }
        ) {
            let _ = write!(
                out,
                "({})",
                self.list(self.body.params.iter().map(|p| self.declared(*p)))
            );
        }
        if let Some(ret) = &self.body.ret {
            let _ = write!(out, " -> {}", ty(ret));
        }
        if !self.body.captures.is_empty() {
            let captures = self
                .body
                .captures
                .iter()
                .map(|c| format!("{} = outer _{}", self.local(c.inner), c.outer.0));
            let _ = write!(out, " [{}]", self.list(captures));
        }
        out.push('\n');
        out
    }

    fn list(&self, items: impl Iterator<Item = String>) -> String {
        let _ = self;
        items.collect::<Vec<_>>().join(", ")
    }

    fn declared(&self, local: Local) -> String {
        let declared = self
            .body
            .locals
            .get(local.0 as usize)
            .and_then(|l| l.ty.as_deref());
        match declared {
            Some(t) => format!("{}: {}", self.local(local), ty(t)),
            None => self.local(local),
        }
    }

    fn local(&self, local: Local) -> String {
        match self.body.locals.get(local.0 as usize).and_then(|l| l.name) {
            Some(name) if local != RETURN => format!("{name}_{}", local.0),
            _ => format!("_{}", local.0),
        }
    }

    fn place(&self, place: &Place) -> String {
        let mut out = self.local(place.local);
        for step in &place.proj {
            match step {
                Proj::Field(name) => {
                    let _ = write!(out, ".{name}");
                }
                Proj::Deref => out = format!("(*{out})"),
                Proj::Index => out.push_str("[]"),
                Proj::Variant { path: p, field } => {
                    let _ = write!(out, ".{}:{field}", path(p));
                }
                Proj::TryOk => out.push_str(".ok?"),
                Proj::TryErr => out.push_str(".err?"),
            }
        }
        out
    }

    fn operand(&self, operand: &Operand) -> String {
        match operand {
            Operand::Use(place) => self.place(place),
            Operand::Lit(lit) => literal(lit),
        }
    }

    fn operands(&self, operands: &[Operand]) -> String {
        self.list(operands.iter().map(|o| self.operand(o)))
    }

    fn places(&self, places: &[Place]) -> String {
        self.list(places.iter().map(|p| self.place(p)))
    }

    fn stmt(&self, stmt: &Stmt) -> String {
        match &stmt.kind {
            StmtKind::Assign(place, value) => {
                format!("{} = {}", self.place(place), self.rvalue(value))
            }
            StmtKind::Call(dest, call) => format!("{} = {}", self.local(*dest), self.call(call)),
            StmtKind::Await(dest, future) => {
                format!("{} = await {}", self.local(*dest), self.operand(future))
            }
            StmtKind::StorageDead(local) => format!("drop {}", self.local(*local)),
        }
    }

    fn call(&self, call: &Call) -> String {
        let args = self.operands(&call.args);
        let at = if call.in_macro.is_some() {
            " in macro"
        } else {
            ""
        };
        match &call.callee {
            Callee::Path(p) => format!("call {}({args}){at}", path(p)),
            Callee::Value(place) => format!("call value {}({args}){at}", self.place(place)),
            Callee::Method {
                recv,
                name,
                args: types,
            } => {
                let fish = if types.is_empty() {
                    String::new()
                } else {
                    format!("::<{}>", self.list(types.iter().map(ty)))
                };
                format!("call {}.{name}{fish}({args}){at}", self.place(recv))
            }
        }
    }

    fn rvalue(&self, value: &Rvalue) -> String {
        match value {
            Rvalue::Use(operand) => self.operand(operand),
            Rvalue::Ref { mutable, place } => format!(
                "&{}{}",
                if *mutable { "mut " } else { "" },
                self.place(place)
            ),
            Rvalue::Tuple(items) => format!("({})", self.operands(items)),
            Rvalue::Array { items, vec } => format!(
                "{}[{}]",
                if *vec { "vec" } else { "" },
                self.operands(items)
            ),
            Rvalue::Struct {
                path: p,
                fields,
                base,
            } => {
                let fields = fields
                    .iter()
                    .map(|(name, o)| format!("{name}: {}", self.operand(o)));
                let base = base.iter().map(|b| format!("..{}", self.operand(b)));
                format!("{} {{ {} }}", path(p), self.list(fields.chain(base)))
            }
            Rvalue::Path(p) => format!("path {}", path(p)),
            Rvalue::Closure(body) => format!("closure #{}", body.0),
            Rvalue::Async(body) => format!("async #{}", body.0),
            Rvalue::Unary { not, value } => {
                format!("{}{}", if *not { "!" } else { "-" }, self.operand(value))
            }
            Rvalue::Binary { op, lhs, rhs } => format!(
                "{} {} {}",
                self.operand(lhs),
                operator(*op),
                self.operand(rhs)
            ),
            Rvalue::Cast { value, ty: t } => format!("{} as {}", self.operand(value), ty(t)),
            Rvalue::Range(parts) => format!("range({})", self.operands(parts)),
            Rvalue::Touch {
                reads,
                ty: t,
                begins,
            } => {
                let made = t
                    .as_ref()
                    .map_or_else(String::new, |t| format!(" -> {}", ty(t)));
                let begins = begins
                    .as_ref()
                    .map_or_else(String::new, |b| format!(" beginning {}", self.operand(b)));
                format!("touch({}){made}{begins}", self.places(reads))
            }
            Rvalue::Opaque { path: p, touches } => {
                format!("opaque {}!({})", path(p), self.places(touches))
            }
        }
    }

    fn term(&self, term: &Terminator) -> String {
        match term {
            Terminator::Goto(b) => format!("goto bb{}", b.0),
            Terminator::If {
                cond,
                then,
                otherwise,
            } => {
                format!(
                    "if {} then bb{} else bb{}",
                    self.operand(cond),
                    then.0,
                    otherwise.0
                )
            }
            Terminator::Match { scrutinee, arms } => {
                let arms = arms
                    .iter()
                    .map(|(s, b)| format!("{} => bb{}", shape(s), b.0));
                format!("match {} {{ {} }}", self.place(scrutinee), self.list(arms))
            }
            Terminator::Try { value, ok, err } => {
                format!("try {} ok bb{} err bb{}", self.place(value), ok.0, err.0)
            }
            Terminator::Next { iter, body, done } => {
                format!(
                    "next {} body bb{} done bb{}",
                    self.local(*iter),
                    body.0,
                    done.0
                )
            }
            Terminator::Select {
                arms,
                otherwise,
                at_once,
            } => {
                let arms = arms.iter().map(|a| {
                    format!(
                        "{} = {} => bb{}",
                        self.local(a.output),
                        self.local(a.future),
                        a.block.0
                    )
                });
                let name = if *at_once { "default" } else { "else" };
                let otherwise = otherwise.iter().map(|b| format!("{name} => bb{}", b.0));
                format!("select {{ {} }}", self.list(arms.chain(otherwise)))
            }
            Terminator::Return => "return".to_owned(),
            Terminator::Unreachable => "unreachable".to_owned(),
        }
    }
}

fn literal(lit: &Lit) -> String {
    match lit {
        Lit::Int(i) => i.to_string(),
        Lit::Bool(b) => b.to_string(),
        Lit::Str(s) => format!("{s:?}", s = s.as_str()),
        Lit::Float(f) => f.to_string(),
        Lit::Char => "'_'".to_owned(),
    }
}

fn operator(op: BinOp) -> &'static str {
    match op {
        BinOp::Eq => "==",
        BinOp::Ne => "!=",
        BinOp::Less => "<",
        BinOp::Greater => ">",
        BinOp::Add => "+",
        BinOp::Sub => "-",
        BinOp::Mul => "*",
        BinOp::Div => "/",
        BinOp::Other => "op",
    }
}

fn shape(shape: &PatShape) -> String {
    match shape {
        PatShape::Any => "_".to_owned(),
        PatShape::Variant(p, inside) => {
            let inside: Vec<String> = inside
                .iter()
                .map(|(field, s)| format!("{field}: {}", self::shape(s)))
                .collect();
            if inside.is_empty() {
                path(p)
            } else {
                format!("{} {{ {} }}", path(p), inside.join(", "))
            }
        }
        PatShape::Lit(lit) => literal(lit),
        PatShape::Range(first, last) => format!("{first}..={last}"),
        PatShape::Or(parts) => parts
            .iter()
            .map(self::shape)
            .collect::<Vec<_>>()
            .join(" | "),
        PatShape::Other => "?".to_owned(),
    }
}
