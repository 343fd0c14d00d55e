//! The envelope around every answer: what the server says, and whether it is Vault that speaks.

use build_token_http::Response;
use serde_json::{Map, Value};
use zeroize::Zeroize;

use crate::error::{AnswerProblem, BadAnswer, Cause};
use crate::text;

/// An answer's JSON, wiped from memory when it goes, and the texts in it.
pub(crate) struct Answer {
    /// The JSON object; `None` where there is no body, or none that is JSON.
    pub json: Option<Map<String, Value>>,
    /// Why the body is no JSON object.
    pub bad: Option<BadAnswer>,
    /// `errors`, or the body itself where it is a text or a web page.
    pub text: String,
    content_type: Option<String>,
}

impl Answer {
    pub fn read(response: &Response) -> Answer {
        let content_type = response.header("content-type").map(str::to_owned);
        let bad = |problem, text: &str| Answer {
            json: None,
            bad: Some(BadAnswer {
                problem,
                content_type: content_type.clone(),
            }),
            text: text.to_owned(),
            content_type: content_type.clone(),
        };
        if response.body().is_empty() {
            return Answer {
                json: None,
                bad: None,
                text: String::new(),
                content_type,
            };
        }
        let Ok(body) = std::str::from_utf8(response.body()) else {
            return bad(AnswerProblem::NotUtf8, "");
        };
        match serde_json::from_str(body) {
            Ok(Value::Object(json)) => {
                let words = texts(json.get("errors")).join("; ");
                Answer {
                    json: Some(json),
                    bad: None,
                    text: words,
                    content_type,
                }
            }
            Ok(mut other) => {
                wipe(&mut other);
                bad(AnswerProblem::Shape { expected: "object" }, "")
            }
            Err(_) if is_html(body, content_type.as_deref()) => bad(AnswerProblem::Html, body),
            // A body that was meant to be JSON may hold a secret: its text is not repeated.
            Err(_) if body.trim_start().starts_with('{') => bad(AnswerProblem::NotJson, ""),
            Err(_) => bad(AnswerProblem::NotJson, body),
        }
    }

    /// A member of the envelope.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.json.as_ref()?.get(name)
    }

    /// A member that is an object, to take texts out of it.
    pub fn object_mut(&mut self, name: &str) -> Option<&mut Map<String, Value>> {
        self.json.as_mut()?.get_mut(name)?.as_object_mut()
    }

    /// A member that is an object.
    pub fn object(&self, name: &str) -> Option<&Map<String, Value>> {
        self.get(name)?.as_object()
    }

    /// The server's words for people: its errors and warnings, or what a web page says.
    pub fn words(&self) -> String {
        match &self.bad {
            Some(bad) if bad.problem == AnswerProblem::Html => {
                text::of_page(&self.text).into_owned()
            }
            _ => [self.text.as_str(), &self.warnings()].join(" "),
        }
    }

    /// The warnings, joined.
    pub fn warnings(&self) -> String {
        texts(self.get("warnings")).join("; ")
    }

    /// The id of the request in the server's audit log.
    pub fn request_id(&self) -> Option<&str> {
        self.get("request_id")?.as_str().filter(|id| !id.is_empty())
    }

    /// The cause where something that has to be there is missing, or has another type.
    pub fn bad_shape(&self, expected: &'static str) -> Cause {
        let problem = match &self.json {
            Some(_) => AnswerProblem::Shape { expected },
            None => AnswerProblem::Empty,
        };
        Cause::BadAnswer(BadAnswer {
            problem,
            content_type: self.content_type.clone(),
        })
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.json
            .iter_mut()
            .flat_map(Map::values_mut)
            .for_each(wipe);
    }
}

fn texts(value: Option<&Value>) -> Vec<&str> {
    value
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

fn is_html(body: &str, content_type: Option<&str>) -> bool {
    body.trim_start().starts_with('<') || content_type.is_some_and(|kind| kind.contains("html"))
}

fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(values) => values.iter_mut().for_each(wipe),
        Value::Object(members) => members.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
