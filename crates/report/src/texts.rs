//! The texts in `locales/`, in Fluent's format, so that translators need no Rust.
//!
//! A finding's message is named by its code: its value is the title, its attributes are `what`,
//! `why` and `fix`. All other messages start with `say-`.

use std::collections::BTreeSet;

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource};

use crate::{Finding, Language};

const ENGLISH: &str = include_str!("../../../locales/en.ftl");
const JAPANESE: &str = include_str!("../../../locales/ja.ftl");

/// The texts of one language, parsed when it is made: make it when something is said.
pub struct Texts {
    bundle: FluentBundle<FluentResource>,
}

impl Texts {
    /// The texts of `language`.
    #[must_use]
    pub fn new(language: Language) -> Texts {
        let source = match language {
            Language::English => ENGLISH,
            Language::Japanese => JAPANESE,
        };
        // What cannot be parsed is left out here, and a test shows that nothing is.
        let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(rest, _)| rest);
        let identifier = language.tag().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new(vec![identifier]);
        bundle.set_use_isolating(false);
        bundle.add_resource_overriding(resource);
        Texts { bundle }
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
        self.format(finding.code.as_str(), attribute, &arguments)
    }

    fn format(&self, name: &str, attribute: Option<&str>, arguments: &FluentArgs<'_>) -> String {
        let pattern = self.bundle.get_message(name).and_then(|message| match attribute {
            None => message.value(),
            Some(attribute) => message.get_attribute(attribute).map(|found| found.value()),
        });
        match pattern {
            None => name.to_owned(),
            Some(pattern) => self
                .bundle
                .format_pattern(pattern, Some(arguments), &mut Vec::new())
                .into_owned(),
        }
    }
}

/// The names of the arguments that a language's text of `name` uses, in all its parts; `None` where
/// there is no such message. For tests that hold texts and facts against each other.
#[must_use]
pub fn arguments_of(language: Language, name: &str) -> Option<BTreeSet<String>> {
    let source = match language {
        Language::English => ENGLISH,
        Language::Japanese => JAPANESE,
    };
    let start = format!("{name} =");
    let mut lines = source.lines().skip_while(|line| !line.starts_with(&start)).peekable();
    lines.peek()?;
    let block: Vec<&str> = lines
        .enumerate()
        .take_while(|(index, line)| *index == 0 || line.is_empty() || line.starts_with([' ', '}']))
        .map(|(_, line)| line)
        .collect();
    let block = block.join("\n");
    let mut names = BTreeSet::new();
    for piece in block.split('$').skip(1) {
        let before_is_placeable = true;
        let name: String = piece
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
            .collect();
        if before_is_placeable && !name.is_empty() {
            names.insert(name);
        }
    }
    Some(names)
}
