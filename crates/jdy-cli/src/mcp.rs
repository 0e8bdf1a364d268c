//! `jdy mcp`: a server for agents, over stdin and stdout.
//!
//! Owns its start and its end. Must not know what the tools answer.

mod arguments;
mod bounds;
mod call;
mod clients;
mod find;
mod given;
mod input;
mod reply;
mod server;
mod settle;
mod show;
mod texts;
mod writes;

use rmcp::ServiceExt as _;
use rmcp::service::ServerInitializeError;

pub(crate) use self::arguments::{McpArguments, help};
use self::clients::Clients;
use self::server::Server;
pub(crate) use self::writes::JOURNAL;
use self::writes::Writes;
use crate::arguments::Global;
use crate::exit::Failure;
use crate::interrupt::Interrupt;

/// Serves until stdin is closed, or until a signal ends it.
pub(crate) fn run(arguments: McpArguments, global: Global) -> Result<(), Failure> {
    let clients = Clients::new(global, arguments.account.clone());
    let writes = Writes::of(&arguments, &clients)?;
    let settled = arguments.settle;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::other(format!("cannot serve: {error}")))?;
    let end = match (settled.is_empty(), writes) {
        (false, Some(writes)) => {
            let resolutions = crate::batch::resolutions(settled, arguments.by);
            runtime.block_on(settle::settle(&writes, &clients, &resolutions))
        }
        (_, writes) => runtime.block_on(serve(Server::new(clients, writes))),
    };
    // A read of stdin that still waits must not delay the exit.
    runtime.shutdown_background();
    end
}

async fn serve(server: Server) -> Result<(), Failure> {
    let failed = |why: &dyn std::fmt::Display| Failure::other(format!("the server failed: {why}"));
    let interrupt = Interrupt::listen()
        .map_err(|error| Failure::other(format!("cannot listen for Ctrl-C: {error}")))?;
    let served = async {
        let (stdin, stdout) = rmcp::transport::stdio();
        let streams = (input::checked(stdin), stdout);
        let service = match server.clone().serve(streams).await {
            Ok(service) => service,
            // Whoever started it has left before saying anything.
            Err(ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
            // What it said instead may hold anything.
            Err(_) => return Err(failed(&"the client did not begin as the protocol says")),
        };
        let end = service.waiting().await;
        end.map(drop).map_err(|error| failed(&error))
    };
    let end = tokio::select! {
        end = served => end,
        () = interrupt.heard() => Ok(()),
    };
    server.finish().await;
    end
}
