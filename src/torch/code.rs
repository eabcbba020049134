//! A text as statements that are compiled and run one by one, each at its own place in the text.

use rustpython_vm::builtins::{PyBaseExceptionRef, PyCode};
use rustpython_vm::compiler::{CompileError, ast, codegen, core, parser};
use rustpython_vm::scope::Scope;
use rustpython_vm::{PyObjectRef, PyRef, VirtualMachine};

use super::errors;
use super::native::source_name;
use crate::model::{Fault, Source};

/// A parsed text.
pub(super) struct Code {
    /// What its statements are.
    pub(super) statements: Vec<ast::Stmt>,
    /// The module without its statements.
    module: ast::ModModule,
    file: core::SourceFile,
    index: usize,
}

/// Why a statement did not run to its end.
pub(super) enum Stop {
    /// It is no Python.
    Syntax(Fault),
    /// It raised.
    Exception(PyBaseExceptionRef),
}

impl Code {
    /// Parses the text with this index.
    ///
    /// # Errors
    /// If it is no Python: at its place.
    pub(super) fn parse(sources: &[Source], index: usize) -> Result<Self, Fault> {
        let text = sources[index].text.as_str();
        let file = core::SourceFileBuilder::new(source_name(index), text).finish();
        match parser::parse_module(text) {
            Ok(parsed) => {
                let mut module = parsed.into_syntax();
                Ok(Self {
                    statements: std::mem::take(&mut module.body),
                    module,
                    file,
                    index,
                })
            }
            Err(error) => {
                let error = CompileError::from_ruff_parse_error(error, &file);
                Err(errors::syntax(&error, sources, index))
            }
        }
    }

    /// Runs one of the statements, or a part of one; an expression has a value.
    ///
    /// # Errors
    /// Why it did not run to its end.
    pub(super) fn run(
        &self,
        statement: ast::Stmt,
        sources: &[Source],
        scope: &Scope,
        vm: &VirtualMachine,
    ) -> Result<Option<PyObjectRef>, Stop> {
        let options = vm.compile_opts();
        let expression = statement.is_expr_stmt();
        let compiled = match statement {
            ast::Stmt::Expr(statement) => {
                let body = ast::ModExpression {
                    node_index: ast::AtomicNodeIndex::default(),
                    range: statement.range,
                    body: statement.value,
                };
                codegen::compile::compile_expression(&body, self.file.clone(), options)
            }
            statement => {
                let mut body = self.module.clone();
                body.body = vec![statement];
                codegen::compile::compile_program(&body, self.file.clone(), options)
            }
        };
        let code: PyRef<PyCode> = match compiled {
            Ok(code) => vm.ctx.new_code(code),
            Err(error) => {
                let fault = errors::syntax(&error.into(), sources, self.index);
                return Err(Stop::Syntax(fault));
            }
        };
        let value = vm
            .run_code_obj(code, scope.clone())
            .map_err(Stop::Exception)?;
        Ok(expression.then_some(value))
    }
}
