//! What a server decides, as plain values without input and output: the lab serves these rules,
//! and explanations ask them.
//!
//! They follow OpenBao 2.4, texts included; where a text goes to a client it is a `String` or
//! the `Display` of a small value, because clients tell refusals apart by nothing else.

pub mod acl;
pub mod address;
pub mod duration;
pub mod fields;
pub mod kv;
pub mod login;
pub mod policy;
pub mod quote;
pub mod token;
