//! Lists come in pages: `page` and `per_page` in, one slice and the headers out.

use super::answer::invalid_parameters;
use super::parameters::Parameters;
use crate::wire::{Request, Response};

const DEFAULT_SIZE: usize = 20;
const LARGEST_SIZE: usize = 100;

/// Which page the caller wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pages {
    page: usize,
    size: usize,
}

impl Pages {
    /// Reads the two parameters.
    pub fn of(parameters: &Parameters) -> Result<Self, Response> {
        let read = |name: &str, default: usize| match parameters.number(name) {
            Some(number) => Ok(usize::try_from(number).unwrap_or(usize::MAX).max(1)),
            None if parameters.has(name) => {
                Err(invalid_parameters(&[format!("{name} is invalid")]))
            }
            None => Ok(default),
        };
        Ok(Self {
            page: read("page", 1)?,
            size: read("per_page", DEFAULT_SIZE)?.min(LARGEST_SIZE),
        })
    }

    /// The items of the page.
    pub fn slice<T>(self, items: Vec<T>) -> Vec<T> {
        let skipped = self.size.saturating_mul(self.page - 1);
        items.into_iter().skip(skipped).take(self.size).collect()
    }

    /// Adds the headers that say where in a list of `total` items the page is.
    pub fn describe(
        self,
        total: usize,
        base_url: &str,
        request: &Request,
        response: Response,
    ) -> Response {
        let last = total.div_ceil(self.size).max(1);
        let next = (self.page < last).then(|| self.page + 1);
        let previous = (self.page > 1).then(|| self.page - 1);
        let text = |page: Option<usize>| page.map(|page| page.to_string()).unwrap_or_default();
        let links = [
            ("prev", previous),
            ("next", next),
            ("first", Some(1)),
            ("last", Some(last)),
        ]
        .into_iter()
        .filter_map(|(relation, page)| {
            let query = self.query(request, page?);
            Some(format!(
                r#"<{base_url}{}?{query}>; rel="{relation}""#,
                request.path
            ))
        })
        .collect::<Vec<_>>()
        .join(", ");
        response
            .with_header("Link", links)
            .with_header("X-Page", self.page.to_string())
            .with_header("X-Per-Page", self.size.to_string())
            .with_header("X-Next-Page", text(next))
            .with_header("X-Prev-Page", text(previous))
            .with_header("X-Total", total.to_string())
            .with_header("X-Total-Pages", last.to_string())
    }

    /// The caller's query with another page; a token in it is not repeated.
    fn query(self, request: &Request, page: usize) -> String {
        let others = request.query.split('&').filter(|pair| {
            let name = pair.split('=').next().unwrap_or_default();
            !["", "page", "per_page", "private_token"].contains(&name)
        });
        let own = [format!("page={page}"), format!("per_page={}", self.size)];
        others
            .map(str::to_owned)
            .chain(own)
            .collect::<Vec<_>>()
            .join("&")
    }
}
