//! Makes a tree of tokens, as GitLab does: a shunting-yard brings them into postfix order, and
//! the tree is built from that.
//!
//! This accepts what a grammar would not: operators are put between the values that are there,
//! wherever they stand, so `$A $B ==` means `$A == $B`. Which error wins when there are several
//! follows from the postfix order too.

use crate::error::{ParseError, ParseErrorKind};
use crate::lexer::{self, Token, TokenKind};
use crate::pattern::Pattern;
use crate::tree::{Node, Operator};

/// The tree of `tokens`.
pub(crate) fn parse(tokens: &[Token<'_>]) -> Result<Node, ParseError> {
    let mut results: Vec<(Node, usize)> = Vec::new();
    for token in postfix(tokens)? {
        let position = token.position;
        let fail = |kind| ParseError { kind, position };
        let mut pop = || results.pop().map(|(node, _)| Box::new(node));
        let node = match token.kind {
            TokenKind::Not => Node::Not(pop().ok_or_else(|| fail(ParseErrorKind::MissingOperand))?),
            TokenKind::Operator(operator) => {
                let right = pop();
                let sides = pop().zip(right);
                let (left, right) =
                    sides.ok_or_else(|| fail(ParseErrorKind::MissingLeftOperand))?;
                Node::Binary {
                    operator,
                    left,
                    right,
                }
            }
            TokenKind::Open | TokenKind::Close => {
                return Err(fail(ParseErrorKind::UnclosedParenthesis));
            }
            _ => value(&token).map_err(fail)?,
        };
        results.push((node, position));
    }
    if let Some(&(_, position)) = results.get(1) {
        let kind = ParseErrorKind::UnreachableNodes;
        return Err(ParseError { kind, position });
    }
    results.pop().map(|(node, _)| node).ok_or(ParseError {
        kind: ParseErrorKind::EmptyTree,
        position: 0,
    })
}

/// The tokens in postfix order, without the parentheses that have a partner.
fn postfix<'t>(tokens: &[Token<'t>]) -> Result<Vec<Token<'t>>, ParseError> {
    let mut output = Vec::with_capacity(tokens.len());
    let mut operators: Vec<Token<'t>> = Vec::new();
    for &token in tokens {
        if matches!(token.kind, TokenKind::Operator(_) | TokenKind::Close) {
            let precedence = precedence(token.kind);
            let binds = |last: &mut Token<'_>| self::precedence(last.kind) <= precedence;
            while let Some(operator) = operators.pop_if(binds) {
                output.push(operator);
            }
        }
        match token.kind {
            TokenKind::Close => {
                // What is left on top can only be the opening parenthesis.
                operators.pop().ok_or(ParseError {
                    kind: ParseErrorKind::UnmatchedParenthesis,
                    position: token.position,
                })?;
            }
            TokenKind::Open | TokenKind::Not | TokenKind::Operator(_) => operators.push(token),
            _ => output.push(token),
        }
    }
    output.extend(operators.into_iter().rev());
    Ok(output)
}

/// How loosely a token binds; an opening parenthesis stops even its closing one.
fn precedence(kind: TokenKind) -> u16 {
    match kind {
        TokenKind::Open => 901,
        TokenKind::Close => 900,
        TokenKind::Operator(Operator::Or) => 12,
        TokenKind::Operator(Operator::And) => 11,
        TokenKind::Operator(_) => 10,
        _ => 1,
    }
}

/// The leaf for a token that is a value.
fn value(token: &Token<'_>) -> Result<Node, ParseErrorKind> {
    let text = token.text;
    Ok(match token.kind {
        TokenKind::Null => Node::Null,
        TokenKind::Boolean => Node::Boolean(text == "true"),
        TokenKind::Pattern => {
            Node::Pattern(Pattern::new(text).map_err(ParseErrorKind::InvalidPattern)?)
        }
        TokenKind::Input => Node::Input(lexer::input_name(text).to_owned()),
        TokenKind::Variable => Node::Variable(text[1..].to_owned()),
        _ => Node::Text {
            value: text[1..text.len() - 1].to_owned(),
            quote: if text.starts_with('"') { '"' } else { '\'' },
        },
    })
}
