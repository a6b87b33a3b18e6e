//! The routes of a function, each with what `openapi.yaml` says of it: one list for both.

use axum::{
    Router,
    handler::Handler,
    http::{HeaderValue, header::VARY},
    middleware::map_response,
    response::Response,
    routing::{MethodFilter, on},
};
use schemars::{JsonSchema, Schema, SchemaGenerator};

use crate::error::Kind;

/// Makes the schema of a type, and of the types it is made of.
pub type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// Who may call, as people read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// The Auth0 Action, by its signature, or a signed-in person for themselves.
    ActionOrPerson,
    /// Stripe, by its signature.
    Stripe,
    /// Whoever has signed in, with an account or not yet.
    Person,
    User,
    /// A user, or the owner of an account who is suspended: they see what they owe, and pay.
    UserOrSuspendedOwner,
    /// A user, also a suspended one.
    UserOrSuspended,
    AccountOwner,
    Admin,
    /// A machine whose token has this permission.
    Machine(&'static str),
    /// A machine whose token has this permission, or an administrator.
    MachineOrAdmin(&'static str),
}

/// One route as it is published.
#[derive(Clone, Debug)]
pub struct Operation {
    pub method: MethodFilter,
    pub path: &'static str,
    /// The domain verb: also the name of the SQL function.
    pub id: &'static str,
    pub summary: &'static str,
    pub access: Access,
    pub query: Option<SchemaOf>,
    pub body: Option<SchemaOf>,
    pub status: u16,
    pub response: Option<SchemaOf>,
    /// Asked by `Accept: text/csv`, it answers with CSV.
    pub csv: bool,
    /// It needs an `Idempotency-Key`.
    pub idempotent: bool,
    /// It answers with an `ETag`.
    pub etag: bool,
    /// The codes it refuses with, beside those that every route has.
    pub errors: Vec<(Kind, &'static str)>,
}

impl Operation {
    const fn new(method: MethodFilter, path: &'static str, id: &'static str, access: Access) -> Self {
        let summary = "";
        Self {
            method,
            path,
            id,
            summary,
            access,
            query: None,
            body: None,
            status: 200,
            response: None,
            csv: false,
            idempotent: false,
            etag: false,
            errors: Vec::new(),
        }
    }

    pub const fn get(path: &'static str, id: &'static str, access: Access) -> Self {
        Self::new(MethodFilter::GET, path, id, access)
    }

    pub const fn post(path: &'static str, id: &'static str, access: Access) -> Self {
        Self::new(MethodFilter::POST, path, id, access)
    }

    pub const fn put(path: &'static str, id: &'static str, access: Access) -> Self {
        Self::new(MethodFilter::PUT, path, id, access)
    }

    pub const fn patch(path: &'static str, id: &'static str, access: Access) -> Self {
        Self::new(MethodFilter::PATCH, path, id, access)
    }

    pub const fn delete(path: &'static str, id: &'static str, access: Access) -> Self {
        Self::new(MethodFilter::DELETE, path, id, access)
    }

    pub fn summary(mut self, summary: &'static str) -> Self {
        self.summary = summary;
        self
    }

    pub fn query<T: JsonSchema>(mut self) -> Self {
        self.query = Some(|generator| generator.root_schema_for::<T>());
        self
    }

    pub fn body<T: JsonSchema>(mut self) -> Self {
        self.body = Some(SchemaGenerator::subschema_for::<T>);
        self
    }

    pub fn responds<T: JsonSchema>(mut self, status: u16) -> Self {
        self.status = status;
        self.response = Some(SchemaGenerator::subschema_for::<T>);
        self
    }

    pub fn or_csv(mut self) -> Self {
        self.csv = true;
        self
    }

    pub fn idempotent(mut self) -> Self {
        self.idempotent = true;
        self
    }

    pub fn with_etag(mut self) -> Self {
        self.etag = true;
        self
    }

    /// It answers 204, without a body.
    pub fn responds_no_content(mut self) -> Self {
        self.status = 204;
        self
    }

    /// Whether a caller may ask by `If-Match` for a tag that they have seen.
    pub fn takes_if_match(&self) -> bool {
        self.etag && self.body.is_some()
    }

    /// Once for each kind of refusal.
    pub fn errors(mut self, kind: Kind, codes: &[&'static str]) -> Self {
        self.errors.extend(codes.iter().map(|code| (kind, *code)));
        self
    }
}

/// A function's routes, for handlers that have `S` at hand.
#[derive(Debug)]
pub struct Routes<S> {
    router: Router<S>,
    operations: Vec<Operation>,
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn add<T: 'static>(mut self, operation: Operation, handler: impl Handler<T, S>) -> Self {
        let mut method = on(operation.method, handler);
        if operation.csv {
            method = method.layer(map_response(vary_by_accept));
        }
        self.router = self.router.route(operation.path, method);
        self.operations.push(operation);
        self
    }

    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }
}

/// The same address has another form for those who ask otherwise.
async fn vary_by_accept(mut response: Response) -> Response {
    response.headers_mut().insert(VARY, HeaderValue::from_static("accept"));
    response
}

impl<S: Clone + Send + Sync + 'static> Default for Routes<S> {
    fn default() -> Self {
        Self { router: Router::new(), operations: Vec::new() }
    }
}

impl<S> From<Routes<S>> for Router<S> {
    fn from(routes: Routes<S>) -> Self {
        routes.router
    }
}
