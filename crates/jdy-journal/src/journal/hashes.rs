//! What is kept of the request of a single call, to know it again.
//!
//! Owns which hashes mean the same request, also those of earlier journals. Must not know a line.

use jdy_runtime::PreparedRequest;

use crate::decimals::Decimals;
use crate::list::{hash_of, hash_of_call};
use crate::store::RequestHash;

/// The hashes that stand for one request.
pub(super) struct Hashes {
    /// The one that is written: by the values of the decimals, and of a single call in whatever order
    /// the members stand that the spec does not name.
    pub(super) own: RequestHash,
    /// Those of earlier journals, which keep such members as they stand, and before that decimals as
    /// they are written. Before that they left the operation out as well.
    earlier: [RequestHash; 4],
}

impl Hashes {
    /// A list is of one operation; a service has several.
    pub(super) fn of(request: &PreparedRequest, is_of_list: bool) -> Self {
        let by_value = Decimals::default().hash_of(request);
        let as_written = hash_of(request);
        let own = match is_of_list {
            true => by_value,
            false => hash_of_call(request, Decimals::in_any_order().hash_of(request)),
        };
        let earlier = [
            hash_of_call(request, by_value),
            hash_of_call(request, as_written),
            by_value,
            as_written,
        ];
        Self { own, earlier }
    }

    /// Whether a line with this hash is of the request.
    pub(super) fn is_of(&self, kept: RequestHash) -> bool {
        kept == self.own || self.earlier.contains(&kept)
    }
}
