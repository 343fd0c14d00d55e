//! The texts in `locales/`, in Fluent's format, so that translators need no Rust.
//!
//! A finding's message is named by its code: its value is the title, its attributes are `what`,
//! `why` and `fix`. Facts that are said in words start with
//! `reason-`, all other messages with `say-`.

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource};

use crate::{Finding, Language};

const ENGLISH: &str = include_str!("../../../locales/en.ftl");
const JAPANESE: &str = include_str!("../../../locales/ja.ftl");

/// The texts of one language. A message is parsed when it is said: parsing all of them would cost a
/// job more than its gate does.
#[derive(Debug, Clone, Copy)]
pub struct Texts {
    language: Language,
}

impl Texts {
    /// The texts of `language`.
    #[must_use]
    pub fn new(language: Language) -> Texts {
        Texts { language }
    }

    /// The language of the texts.
    #[must_use]
    pub const fn language(&self) -> Language {
        self.language
    }

    /// The message `name` with its arguments; the name itself where there is no such message.
    #[must_use]
    pub fn say(&self, name: &str, arguments: &[(&str, &str)]) -> String {
        let mut all = FluentArgs::new();
        for (key, value) in arguments {
            all.set(*key, *value);
        }
        self.format(name, None, &all)
    }

    /// One part of a finding's text: `None` is the title, else `what`, `why` or `fix`.
    #[must_use]
    pub fn part(&self, finding: &Finding, attribute: Option<&str>) -> String {
        let mut arguments = FluentArgs::new();
        for (key, value) in &finding.facts {
            arguments.set(*key, value.as_str());
        }
        for (key, reason) in &finding.reasons {
            let facts: Vec<(&str, &str)> = reason
                .facts
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect();
            arguments.set(*key, self.say(reason.name, &facts));
        }
        self.format(finding.code.as_str(), attribute, &arguments)
    }

    fn format(&self, name: &str, attribute: Option<&str>, arguments: &FluentArgs<'_>) -> String {
        self.pattern(name, attribute, arguments)
            .unwrap_or_else(|| name.to_owned())
    }

    fn pattern(
        &self,
        name: &str,
        attribute: Option<&str>,
        arguments: &FluentArgs<'_>,
    ) -> Option<String> {
        let source = block(source(self.language), name)?;
        // What cannot be parsed is left out here, and a test shows that nothing is.
        let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(rest, _)| rest);
        let mut bundle = FluentBundle::new(vec![self.language.tag().parse().unwrap_or_default()]);
        bundle.set_use_isolating(false);
        bundle.add_resource_overriding(resource);
        let message = bundle.get_message(name)?;
        let pattern = match attribute {
            None => message.value()?,
            Some(attribute) => message.get_attribute(attribute)?.value(),
        };
        let text = bundle.format_pattern(pattern, Some(arguments), &mut Vec::new());
        // An argument at the end may be empty.
        Some(text.trim_end().to_owned())
    }
}

const fn source(language: Language) -> &'static str {
    match language {
        Language::English => ENGLISH,
        Language::Japanese => JAPANESE,
    }
}

/// The lines of one message: its own, and the indented ones below it.
fn block<'s>(source: &'s str, name: &str) -> Option<&'s str> {
    let start = source.find(&format!("\n{name} ="))? + 1;
    let lines = &source[start..];
    let end = lines
        .match_indices('\n')
        .map(|(index, _)| index + 1)
        .find(|next| !lines[*next..].starts_with(' '))
        .unwrap_or(lines.len());
    Some(&lines[..end])
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::Code;

    /// Every message's name with the arguments that its text and its attributes use.
    fn messages(source: &str) -> BTreeMap<String, BTreeSet<String>> {
        if let Err((_, errors)) = FluentResource::try_new(source.to_owned()) {
            panic!("{errors:?}");
        }
        let mut messages: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut current = String::new();
        for line in source.lines().filter(|line| !line.starts_with('#')) {
            if let Some((name, _)) = line.split_once(" =").filter(|_| !line.starts_with(' ')) {
                assert!(!messages.contains_key(name), "{name} is there twice");
                name.clone_into(&mut current);
            }
            let arguments = messages.entry(current.clone()).or_default();
            if let Some((attribute, _)) = line
                .trim_start()
                .split_once(" =")
                .filter(|_| line.starts_with("    ."))
            {
                arguments.insert(attribute.to_owned());
            }
            arguments.extend(
                line.split("{ $")
                    .skip(1)
                    .filter_map(|rest| rest.split_once(" }"))
                    .map(|(name, _)| format!("${name}")),
            );
        }
        messages.remove("");
        messages
    }

    #[test]
    fn both_languages_have_every_text_with_the_same_arguments() {
        let (english, japanese) = (messages(ENGLISH), messages(JAPANESE));
        for (name, arguments) in &english {
            assert_eq!(japanese.get(name), Some(arguments), "{name} in Japanese");
        }
        assert_eq!(english.len(), japanese.len());
    }

    #[test]
    fn every_code_has_its_four_texts_and_every_text_has_its_code() {
        let english = messages(ENGLISH);
        for code in Code::ALL {
            let arguments = english
                .get(code.as_str())
                .unwrap_or_else(|| panic!("{code} has no text"));
            for part in [".what", ".why", ".fix"] {
                assert!(arguments.contains(part), "{code} has no {part}");
            }
        }
        for name in english.keys().filter(|name| name.starts_with("BT-")) {
            assert!(
                Code::named(name).is_some_and(|code| code.as_str() == name),
                "{name} is no code"
            );
        }
    }
}
