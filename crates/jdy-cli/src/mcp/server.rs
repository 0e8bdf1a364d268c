//! The protocol: which tools there are, and how their answers travel.
//!
//! Owns what is the SDK's of the protocol. Must not know the API, nor what a tool does.

use std::sync::{Arc, OnceLock};

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, CustomRequest,
    CustomResult, ErrorCode, Implementation, JsonObject, ListToolsResult, PaginatedRequestParams,
    ServerCapabilities, ServerConfig,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler};

use super::clients::Clients;
use super::given::Given;
use super::reply::Reply;
use super::texts::{self, CALL, SEARCH, SHOW};
use super::writes::Writes;
use super::{call, find, input, show};
use crate::exit::Failure;
use crate::spec::Spec;

/// The server; its clones are the same one.
#[derive(Clone)]
pub(super) struct Server(Arc<Parts>);

/// What the tools work with.
pub(super) struct Parts {
    pub(super) clients: Clients,
    pub(super) writes: Option<Writes>,
    spec: OnceLock<Spec>,
}

impl Parts {
    /// The spec, which is read when it is first asked for.
    pub(super) fn spec(&self) -> Result<&Spec, Failure> {
        if let Some(spec) = self.spec.get() {
            return Ok(spec);
        }
        let spec = Spec::read()?;
        Ok(self.spec.get_or_init(|| spec))
    }

    /// Whether it may be called.
    pub(super) fn may_call(&self, info: &jdy::OperationInfo) -> bool {
        let is_allowed = |writes: &Writes| writes.allows(info.id);
        info.effect.is_read() || self.writes.as_ref().is_some_and(is_allowed)
    }
}

impl Server {
    pub(super) fn new(clients: Clients, writes: Option<Writes>) -> Self {
        Self(Arc::new(Parts {
            clients,
            writes,
            spec: OnceLock::new(),
        }))
    }

    /// Waits for the writes under way. None begins any more.
    pub(super) async fn finish(&self) {
        if let Some(writes) = &self.0.writes {
            writes.finish().await;
        }
    }

    async fn answer(&self, name: &str, given: Option<JsonObject>) -> Option<Reply> {
        let parts = &self.0;
        let reply = match name {
            SEARCH => {
                let given = Given::of(given, &texts::OF_SEARCH);
                given.and_then(|given| find::answer(parts, &given))
            }
            SHOW => {
                let given = Given::of(given, &texts::OF_SHOW);
                given.and_then(|given| show::answer(parts, &given))
            }
            CALL => match Given::of(given, &texts::OF_CALL) {
                Ok(given) => call::answer(parts, &given).await,
                Err(failure) => Err(failure),
            },
            _ => return None,
        };
        Some(reply.unwrap_or_else(|failure| Reply::refused(&failure)))
    }
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder().enable_tools().build();
        let own = Implementation::new("jdy", env!("CARGO_PKG_VERSION"));
        ServerConfig::new(capabilities)
            .with_server_info(own)
            .with_instructions(texts::INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let tools = texts::tools(self.0.writes.is_some());
        Ok(ListToolsResult::with_all_items(tools))
    }

    async fn on_custom_request(
        &self,
        request: CustomRequest,
        _: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        let unknown = || {
            let code = ErrorCode::METHOD_NOT_FOUND;
            ErrorData::new(code, "there is no such method", None)
        };
        Err(input::refusal(&request).unwrap_or_else(unknown))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let Some(reply) = self.answer(&request.name, request.arguments).await else {
            let why = "there is no such tool; there are search, show and call";
            return Err(ErrorData::invalid_params(why, None));
        };
        let content = vec![ContentBlock::text(reply.to_json())];
        let result = match reply.is_error {
            true => CallToolResult::error(content),
            false => CallToolResult::success(content),
        };
        Ok(result.into())
    }
}
