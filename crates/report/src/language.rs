//! Which language we speak: asked for, else the locale's.

use std::str::FromStr;

/// A language that every text exists in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Japanese.
    Japanese,
}

impl Language {
    /// The language of the locale: the first of `LC_ALL`, `LC_MESSAGES` and `LANG` that is set and
    /// not empty decides, as POSIX has it (Base Definitions, 8.2). What is not Japanese is English.
    pub fn from_locale<'v>(variable: impl Fn(&str) -> Option<&'v str>) -> Language {
        ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .filter_map(variable)
            .find(|value| !value.is_empty())
            .map_or(Language::English, |value| {
                if value == "ja" || value.starts_with("ja_") || value.starts_with("ja.") {
                    Language::Japanese
                } else {
                    Language::English
                }
            })
    }

    /// The tag, as `--lang` takes it.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::Japanese => "ja",
        }
    }
}

impl FromStr for Language {
    type Err = String;

    fn from_str(tag: &str) -> Result<Language, String> {
        match tag {
            "en" => Ok(Language::English),
            "ja" => Ok(Language::Japanese),
            other => Err(format!("no texts in `{other}`: en or ja")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &'static str)]) -> Language {
        Language::from_locale(|name| {
            variables
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| *value)
        })
    }

    #[test]
    fn the_first_locale_variable_that_is_set_decides() {
        assert_eq!(of(&[("LANG", "ja_JP.UTF-8")]), Language::Japanese);
        assert_eq!(of(&[("LANG", "ja")]), Language::Japanese);
        assert_eq!(
            of(&[("LC_ALL", "C"), ("LANG", "ja_JP.UTF-8")]),
            Language::English
        );
        assert_eq!(of(&[("LC_ALL", ""), ("LANG", "ja_JP")]), Language::Japanese);
        assert_eq!(
            of(&[("LC_MESSAGES", "ja_JP"), ("LANG", "en_US")]),
            Language::Japanese
        );
        assert_eq!(of(&[("LANG", "jam_JM")]), Language::English);
        assert_eq!(of(&[]), Language::English);
    }
}
