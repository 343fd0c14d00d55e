//! Variables in a reference: `$NAME` and `${NAME}`, where an undefined one is an error.

use super::RefProblem;

/// Replaces variables; `$$` is a dollar sign, and so is a `$` that begins no name.
pub(super) fn expand(
    text: &str,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Result<String, RefProblem> {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(dollar) = rest.find('$') {
        result.push_str(&rest[..dollar]);
        rest = &rest[dollar + 1..];
        let (name, after) = match rest.strip_prefix('{') {
            Some(inner) => {
                let name = name(inner);
                (name, inner[name.len()..].strip_prefix('}'))
            }
            None => (name(rest), Some(&rest[name(rest).len()..])),
        };
        match after {
            Some(after) if !name.is_empty() => {
                let undefined = || RefProblem::UndefinedVariable {
                    name: name.to_owned(),
                };
                result.push_str(&lookup(name).ok_or_else(undefined)?);
                rest = after;
            }
            _ => {
                result.push('$');
                rest = rest.strip_prefix('$').unwrap_or(rest);
            }
        }
    }
    result.push_str(rest);
    Ok(result)
}

/// The variable's name that the text begins with, or nothing.
fn name(text: &str) -> &str {
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return "";
    }
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    &text[..end.unwrap_or(text.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(text: &str) -> Result<String, RefProblem> {
        expand(text, &|name| match name {
            "A" => Some("one".to_owned()),
            "B_2" => Some("$A".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        })
    }

    #[test]
    fn both_forms_once_and_not_again() {
        assert_eq!(expanded("x/$A/${A}y/$B_2.z").unwrap(), "x/one/oney/$A.z");
        assert_eq!(expanded("[$EMPTY]").unwrap(), "[]");
        assert_eq!(
            expanded("$$A $1 ${ ${A $ ${}").unwrap(),
            "$A $1 ${ ${A $ ${}"
        );
        assert_eq!(expanded("é$Aé").unwrap(), "éoneé");
    }

    #[test]
    fn an_undefined_variable_is_named() {
        for text in ["$NOT_SET/x", "${NOT_SET}", "$A$NOT_SET"] {
            let name = "NOT_SET".to_owned();
            assert_eq!(expanded(text), Err(RefProblem::UndefinedVariable { name }));
        }
    }
}
