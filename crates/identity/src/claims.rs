//! What an ID token says about its job, read but not verified.

use serde_json::{Map, Value};

/// The claims of an ID token, **not verified by us**: anybody can write such a payload. Only
/// Vault's answer says that they are true.
///
/// Claims hold no secret, since without its signature nobody accepts an ID token.
#[derive(Debug, Clone, PartialEq)]
pub struct Claims(Map<String, Value>);

impl Claims {
    pub(crate) fn new(payload: Map<String, Value>) -> Self {
        Self(payload)
    }

    /// A claim by its name, with its type: `"true"` and `true` are different to Vault.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// All claims, in the token's order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// `iss`: the URL of the GitLab that issued the token.
    pub fn issuer(&self) -> Option<&str> {
        self.text("iss")
    }

    /// `sub`: usually `project_path:…:ref_type:…:ref:…`.
    pub fn subject(&self) -> Option<&str> {
        self.text("sub")
    }

    /// `aud`, which may be one text or a list of them; empty when there is none.
    pub fn audiences(&self) -> Vec<&str> {
        match self.get("aud") {
            Some(Value::String(audience)) => vec![audience],
            Some(Value::Array(audiences)) => audiences.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// `exp`: when the token ends, in seconds since 1970.
    pub fn expires_at(&self) -> Option<i64> {
        self.seconds("exp")
    }

    /// `nbf`: when the token begins, in seconds since 1970.
    pub fn not_before(&self) -> Option<i64> {
        self.seconds("nbf")
    }

    /// `iat`: when the token was issued, in seconds since 1970.
    pub fn issued_at(&self) -> Option<i64> {
        self.seconds("iat")
    }

    /// `project_path`. For a merge request from a fork, GitLab 18.2.2 and later put the fork's
    /// path here; [`job_project_path`](Self::job_project_path) is where the job runs.
    pub fn project_path(&self) -> Option<&str> {
        self.text("project_path")
    }

    /// `project_id`: a text of digits, for the same project as
    /// [`project_path`](Self::project_path).
    pub fn project_id(&self) -> Option<&str> {
        self.text("project_id")
    }

    /// `job_project_path`: the project in which the job really runs. Since GitLab 18.3.
    pub fn job_project_path(&self) -> Option<&str> {
        self.text("job_project_path")
    }

    /// `ref`: the branch or tag, without `refs/heads/`.
    pub fn ref_name(&self) -> Option<&str> {
        self.text("ref")
    }

    /// `ref_protected`, which GitLab writes as the text `"true"` or `"false"`.
    pub fn ref_protected(&self) -> Option<bool> {
        match self.get("ref_protected")? {
            Value::Bool(protected) => Some(*protected),
            Value::String(text) => text.parse().ok(),
            _ => None,
        }
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    /// A time as RFC 7519 has it: a number of seconds, which may have a fraction.
    fn seconds(&self, name: &str) -> Option<i64> {
        let number = self.get(name)?;
        let whole = number.as_i64();
        whole.or_else(|| number.as_f64().map(|seconds| seconds.floor() as i64))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims(payload: Value) -> Claims {
        match payload {
            Value::Object(payload) => Claims::new(payload),
            _ => Claims::new(Map::new()),
        }
    }

    #[test]
    fn named_claims_are_read_with_gitlabs_types() {
        let claims = claims(json!({
            "iss": "https://gitlab.example.com",
            "sub": "project_path:group/project:ref_type:branch:ref:main",
            "iat": 1_681_395_193, "nbf": 1_681_395_188, "exp": 1_681_398_793,
            "project_id": "20", "project_path": "group/project",
            "job_project_path": "group/upstream",
            "ref": "main", "ref_protected": "true", "runner_id": 1,
        }));
        assert_eq!(claims.issuer(), Some("https://gitlab.example.com"));
        assert_eq!(
            claims.subject(),
            Some("project_path:group/project:ref_type:branch:ref:main")
        );
        assert_eq!(claims.issued_at(), Some(1_681_395_193));
        assert_eq!(claims.not_before(), Some(1_681_395_188));
        assert_eq!(claims.expires_at(), Some(1_681_398_793));
        assert_eq!(claims.project_id(), Some("20"));
        assert_eq!(claims.project_path(), Some("group/project"));
        assert_eq!(claims.job_project_path(), Some("group/upstream"));
        assert_eq!(claims.ref_name(), Some("main"));
        assert_eq!(claims.ref_protected(), Some(true));
        assert_eq!(claims.get("runner_id"), Some(&json!(1)));
        assert_eq!(claims.get("environment"), None);
        let names: Vec<_> = claims.iter().map(|(name, _)| name).collect();
        assert_eq!(names[..3], ["iss", "sub", "iat"]);
    }

    #[test]
    fn the_audience_is_a_text_or_a_list() {
        let audiences = |aud: Value| claims(json!({ "aud": aud }));
        assert_eq!(audiences(json!("a")).audiences(), ["a"]);
        assert_eq!(audiences(json!(["a", 1, "b"])).audiences(), ["a", "b"]);
        assert!(audiences(json!(null)).audiences().is_empty());
        assert!(claims(json!({})).audiences().is_empty());
    }

    #[test]
    fn times_may_have_a_fraction_but_are_numbers() {
        let expires = |exp: Value| claims(json!({ "exp": exp })).expires_at();
        assert_eq!(expires(json!(10.9)), Some(10));
        assert_eq!(expires(json!(-1)), Some(-1));
        assert_eq!(expires(json!(1e300)), Some(i64::MAX));
        assert_eq!(expires(json!("10")), None);
        assert_eq!(expires(json!(null)), None);
    }

    #[test]
    fn protection_is_read_from_text_and_boolean() {
        let protected = |value: Value| claims(json!({ "ref_protected": value })).ref_protected();
        assert_eq!(protected(json!("false")), Some(false));
        assert_eq!(protected(json!(true)), Some(true));
        assert_eq!(protected(json!("yes")), None);
        assert_eq!(protected(json!(1)), None);
    }
}
