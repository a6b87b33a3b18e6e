//! The id that a request has in the log, in its answer, and in the audit log.

/// API Gateway's request id (Lambda's own where there is no gateway); answered as `x-request-id`.
#[derive(Clone, Debug, Default)]
pub struct RequestId(pub String);
