//! One API call: the request with everything that every handler needs of it.

use jiff::Timestamp;

use super::parameters::Parameters;
use crate::wire::Request;

/// A call on its way to its handler.
pub(super) struct Call<'a> {
    pub request: &'a Request,
    pub parameters: Parameters,
    pub now: Timestamp,
    /// GitLab's own URL, without a slash at the end.
    pub base_url: String,
}
