//! `llms.txt`: the index of the project for language models, in the form of llmstxt.org.
//!
//! Owns which pages are named there, and one line for each. Must not know operations. Must not use:
//! `crate::files`, `jdy_spec`.

use crate::plan::Plan;

/// What stands before the modules.
const PAGES: &str = "\
## Docs

- [README](README.md): how to depend on it, a first call, each job with its example, outcomes, the command
- [Recipe: mirror into a database](docs/recipes/mirror.md): base data and orders by windows with overlap
- [Recipe: push an outbound order](docs/recipes/outbound-order.md): ids by number, save, audit, read back
- [Recipe: export vouchers](docs/recipes/vouchers.md): a list with entries to CSV
- [Recipe: a recharge service](docs/recipes/recharge-service.md): axum, a journal, the rotated secret
- [Recipe: several shops](docs/recipes/several-shops.md): many account sets in one process
- [Recipe: a batch at night](docs/recipes/nightly-batch.md): cron, what to alert on
- [Reconciliation](docs/reconciliation.md): what became of a write whose answer is lost
- [Batches](docs/batches.md): lists of calls with the command
- [A fleet](docs/fleet.md): a list of calls for several machines over one Postgres
- [For agents](docs/mcp.md): `jdy mcp`, reads and journaled writes
- [Observability](docs/observability.md): spans, events, metrics, alerts
- [The sandbox over HTTP](docs/sandbox-api.md): the admin interface of the local gateway
- [Glossary](docs/glossary.md): the terms, with their Chinese
- [Operations](docs/operations/README.md): how the pages below are read, and the types of fields

## Operations
";

/// What stands behind them.
const OPTIONAL: &str = "
## Optional

- [中文说明](README.zh-CN.md): the README in Chinese
- [Architecture](ARCHITECTURE.md): the crates and the invariants
- [The spec](spec/README.md): the OpenAPI documents that all of it is generated from
- [Proof](docs/proof.md): what runs under faults and kills have shown
- [Performance](docs/performance.md): what a call, a decoded row and a build cost
- [Changelog](CHANGELOG.md): what callers notice
";

/// Renders the file.
pub(super) fn render(plan: &Plan) -> String {
    let count: usize = plan.modules.iter().map(|each| each.operations.len()).sum();
    let mut out = format!(
        "# jdy\n\n\
         > A Rust SDK and a command for the open API of Kingdee 星辰 (JDY v2), generated from the vendor's \
         pages: {count} operations in {} modules. Every error says whether the call took effect, and a write \
         that may have been sent is never sent again. A sandbox that behaves as the gateway does is part of it.\n\n\
         A call is `client.MODULE().OPERATION(request).await?`, with `use jdy::prelude::*;` and the module's \
         feature switched on. A request is made from its `Required` literal, `.with(|r| ..)` sets the rest; \
         where nothing is required it begins as `Request::default()`. A list gives `.rows()`. Amounts are \
         `Decimal`, never floats. `error.outcome()` decides what may be done about an error. On the command \
         line: `jdy ops WORD..`, `jdy show ID`, `jdy call ID NAME=VALUE..`.\n\n",
        plan.modules.len()
    );
    out.push_str(PAGES);
    out.push('\n');
    for module in &plan.modules {
        out.push_str(&format!(
            "- [{0}](docs/operations/{0}/README.md): {1}, {2}\n",
            module.name,
            module.doc,
            match module.operations.len() {
                1 => "one operation".to_owned(),
                count => format!("{count} operations"),
            }
        ));
    }
    out.push_str(OPTIONAL);
    out
}
