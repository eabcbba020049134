//! What a statement binds, and what it may leave half done when it fails.

use rustpython_vm::compiler::ast::{self, visitor::Visitor};

/// The names that a statement touches in its module's scope.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Touched {
    /// Where the statement starts, in bytes.
    pub(super) start: usize,
    /// Names that it binds.
    pub(super) bound: Vec<String>,
    /// Names of things that it may change: `x.append(…)`, `x[i] = …`, `x.a = …`.
    pub(super) changed: Vec<String>,
}

/// The methods that change a container or a module in place.
const CHANGING: &[&str] = &[
    "append",
    "extend",
    "insert",
    "add",
    "update",
    "setdefault",
    "pop",
    "remove",
    "clear",
    "add_module",
    "register_module",
    "register_parameter",
    "register_buffer",
];

/// What a statement touches; bodies of functions and classes are their own scopes and are left out.
pub(super) fn touched(statement: &ast::Stmt) -> Touched {
    let mut touched = Touched {
        start: start(statement),
        ..Touched::default()
    };
    touched.visit_stmt(statement);
    touched
}

impl<'a> Visitor<'a> for Touched {
    fn visit_stmt(&mut self, statement: &'a ast::Stmt) {
        match statement {
            ast::Stmt::FunctionDef(function) => self.bound.push(function.name.to_string()),
            ast::Stmt::ClassDef(class) => self.bound.push(class.name.to_string()),
            ast::Stmt::Import(import) => {
                for alias in &import.names {
                    let name = alias.asname.as_ref().unwrap_or(&alias.name);
                    self.bound
                        .push(name.split('.').next().unwrap_or_default().to_owned());
                }
            }
            ast::Stmt::ImportFrom(import) => {
                for alias in &import.names {
                    self.bound
                        .push(alias.asname.as_ref().unwrap_or(&alias.name).to_string());
                }
            }
            ast::Stmt::AugAssign(assign) => {
                self.target(&assign.target);
                if let Some(name) = root(&assign.target) {
                    self.changed.push(name);
                }
            }
            _ => ast::visitor::walk_stmt(self, statement),
        }
    }

    fn visit_expr(&mut self, expression: &'a ast::Expr) {
        match expression {
            ast::Expr::Lambda(_) => {}
            ast::Expr::Call(call) => {
                if let ast::Expr::Attribute(method) = call.func.as_ref()
                    && CHANGING.contains(&method.attr.as_str())
                    && let Some(name) = root(&method.value)
                {
                    self.changed.push(name);
                }
                ast::visitor::walk_expr(self, expression);
            }
            _ => {
                self.target(expression);
                ast::visitor::walk_expr(self, expression);
            }
        }
    }
}

impl Touched {
    /// Notes what an expression stores to; one that only loads stores nothing.
    fn target(&mut self, expression: &ast::Expr) {
        let stores = |context: &ast::ExprContext| matches!(context, ast::ExprContext::Store);
        match expression {
            ast::Expr::Name(name) if stores(&name.ctx) => self.bound.push(name.id.to_string()),
            ast::Expr::Attribute(attribute) if stores(&attribute.ctx) => {
                self.changed.extend(root(&attribute.value));
            }
            ast::Expr::Subscript(subscript) if stores(&subscript.ctx) => {
                self.changed.extend(root(&subscript.value));
            }
            _ => {}
        }
    }
}

/// The statements of a module, with those under `if __name__ == "__main__":` in its place: each is run, and may fail,
/// by itself.
pub(super) fn unrolled(body: Vec<ast::Stmt>) -> Vec<ast::Stmt> {
    let unroll = |statement: ast::Stmt| match statement {
        ast::Stmt::If(block)
            if block.elif_else_clauses.is_empty() && asks_for_main(&block.test) =>
        {
            block.body
        }
        other => vec![other],
    };
    body.into_iter().flat_map(unroll).collect()
}

/// Whether this is `__name__ == …`.
fn asks_for_main(test: &ast::Expr) -> bool {
    matches!(test, ast::Expr::Compare(compare)
        if matches!(compare.left.as_ref(), ast::Expr::Name(name) if name.id.as_str() == "__name__")
            && matches!(compare.ops.as_ref(), [ast::CmpOp::Eq]))
}

/// Where a statement starts, in bytes; 0 for kinds that bind nothing.
fn start(statement: &ast::Stmt) -> usize {
    let range = match statement {
        ast::Stmt::FunctionDef(statement) => statement.range,
        ast::Stmt::ClassDef(statement) => statement.range,
        ast::Stmt::Assign(statement) => statement.range,
        ast::Stmt::AnnAssign(statement) => statement.range,
        ast::Stmt::For(statement) => statement.range,
        ast::Stmt::If(statement) => statement.range,
        ast::Stmt::With(statement) => statement.range,
        ast::Stmt::Try(statement) => statement.range,
        _ => return 0,
    };
    range.start().to_usize()
}

/// The name that `a.b[c].d` begins with.
fn root(expression: &ast::Expr) -> Option<String> {
    match expression {
        ast::Expr::Name(name) => Some(name.id.to_string()),
        ast::Expr::Attribute(attribute) => root(&attribute.value),
        ast::Expr::Subscript(subscript) => root(&subscript.value),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use rustpython_vm::compiler::parser::{Parsed, parse_module};

    use super::*;

    fn of(source: &str) -> (Vec<String>, Vec<String>) {
        let module = parse_module(source).map(Parsed::into_syntax);
        let touched = module
            .map(|module| touched(&module.body[0]))
            .unwrap_or_default();
        (touched.bound, touched.changed)
    }

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn bindings_and_changes_are_seen() {
        for (source, bound, changed) in [
            ("a, (b, *c) = f(d)", "a b c", ""),
            ("import a.b, c as d", "a d", ""),
            ("from a import b as c", "c", ""),
            ("class A:\n  x = 1", "A", ""),
            ("for i in r:\n  net.append(x[i])", "i", "net"),
            ("net.head[0].bias = None", "", "net"),
            ("net[1] = x", "", "net"),
            ("print(net(x))", "", ""),
            ("loss = f(net(x))", "loss", ""),
            ("a += 1", "a", "a"),
        ] {
            assert_eq!(of(source), (words(bound), words(changed)), "{source}");
        }
    }
}
