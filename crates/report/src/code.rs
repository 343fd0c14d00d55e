//! Every code is defined once, here: its name, its severity, and the exit code of a run that ends
//! with it. The letters are those of the catalogue of failure modes: Y (YAML and variables), J (JWT
//! against role), V (Vault's transport and policy), G (the token and git), C (configuration) and
//! R (a run).

use crate::Severity;

/// Why a process ends: the exit codes below 126 that scripts may rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Exit {
    /// A check found something.
    Check = 1,
    /// The command line was wrong.
    Usage = 64,
    /// A file, a variable or another input was wrong; also a secret that does not exist.
    Configuration = 65,
    /// Refused, no such host, TLS: nobody usable answered.
    Unreachable = 69,
    /// A bug of ours.
    Bug = 70,
    /// Sealed, rate-limited, 5xx, hanging, deadline: it may work later.
    TryAgain = 75,
    /// Role, policy, claims, scope: somebody said no.
    Refused = 77,
    /// There is no usable ID token.
    Identity = 78,
    /// The child could not be executed.
    CannotExecute = 126,
    /// The child was not found.
    NotFound = 127,
}

macro_rules! codes {
    ($($name:ident $severity:ident $exit:ident $summary:literal)*) => {
        /// The name of a cause, stable across versions. Printed as `BT-V07`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $(#[doc = $summary] $name,)*
        }

        impl Code {
            /// Every code, in the order of the catalogue.
            pub const ALL: &[Code] = &[$(Code::$name,)*];

            /// The code as it is printed and searched for.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Code::$name => concat!("BT-", stringify!($name)),)* }
            }

            /// How serious a finding of this code is, unless the finding says otherwise.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Code::$name => Severity::$severity,)* }
            }

            /// The exit code of a command that cannot go on because of this.
            #[must_use]
            pub const fn exit(self) -> Exit {
                match self { $(Code::$name => Exit::$exit,)* }
            }
        }
    };
}

codes! {
    Y01 Error Configuration "No Vault server is named for this job."
    Y02 Error Refused "Vault asks for a role: the job names none and the mount has no default."
    Y03 Error Refused "The role does not exist at this mount."
    Y05 Error Configuration "A variable holds the path of a file where its content was meant."
    Y06 Note Configuration "A secret reference has `data/` or `metadata/` in it, which belong to the API."
    Y07 Note Configuration "A secret reference repeats its mount."
    Y08 Error Configuration "The secret has no such field."
    Y09 Error Configuration "A secret reference uses a variable that is not set."
    Y11 Error Identity "There is no ID token in this job."
    Y17 Error Configuration "The field is not a string."
    Y23 Error Refused "The request is larger than the server or a proxy takes."
    Y25 Error Configuration "A grant's condition uses a variable that is not set."
    Y26 Warning Configuration "Components need a build token, and the job has none."
    Y27 Warning Configuration "A channel variable has a value that GitLab's tooling does not take for true."

    J01 Error Refused "The ID token's audience is none that the role accepts."
    J02 Error Refused "The ID token has an audience and the role has none."
    J03 Error Refused "The ID token's issuer is not the one that the mount expects."
    J04 Error Refused "The ID token's subject is not the one that the role expects."
    J05 Error Refused "The role wants a protected ref."
    J06 Error Refused "A claim does not have a value that the role accepts."
    J07 Error Refused "A claim that the role needs is not in the ID token."
    J08 Error Refused "The role is made for browsers, not for jobs."
    J09 Error Refused "The claim that names the user cannot be used."
    J10 Error Refused "A claim cannot be turned into metadata or groups."
    J11 Error Identity "The ID token has expired."
    J12 Error Identity "The ID token is not valid yet: clocks differ."
    J13 Error Refused "No known key verifies the ID token's signature."
    J15 Error TryAgain "Vault cannot get GitLab's signing keys."
    J16 Error TryAgain "Vault cannot read GitLab's discovery document."

    V01 Error Unreachable "The server's certificate comes from an unknown authority."
    V02 Error Unreachable "The server's certificate is for another name."
    V03 Error Unreachable "Nothing answers at the server's address."
    V04 Error Configuration "The server's URL is not one."
    V05 Error Unreachable "http and https are mixed up."
    V06 Error Refused "Vault refuses the login without a reason: mount, namespace or address."
    V07 Error Refused "No policy of this session allows to read the secret."
    V12 Error Configuration "The secret's version is deleted."
    V13 Error Configuration "The secret's version is destroyed."
    V14 Error Configuration "There is no such mount."
    V15 Error Configuration "The mount is of another kind than the reference says."
    V16 Error TryAgain "Vault is sealed, not initialised, or without a leader."
    V17 Error TryAgain "Vault limits the rate of requests."
    V18 Error TryAgain "Vault failed, or did not answer in time."
    V20 Error Refused "The Vault session ended before the secret was read."
    V22 Error Refused "Vault wants a second step before it gives a session."
    V23 Error Unreachable "The server's certificate has expired or is not valid yet."
    V24 Error Refused "The auth mount has no configuration."
    V25 Error Refused "Vault refuses the login, and its words are not known or concern a policy."
    V26 Error Refused "Vault refuses the request, and its words are not known."

    G01 Error Refused "GitLab does not accept the token."
    G02 Error Refused "The token's role is too low to download code."
    G03 Error Refused "The project does not exist for this token."
    G04 Error Refused "A job token was sent, and the project does not allow it."
    G05 Error Refused "A job token was sent, and its permissions do not include this."
    G06 Error Configuration "git has no credential for this URL."
    G07 Error Configuration "git has a user name and no password."
    G08 Error Refused "A foreign credential is sent where none is needed."
    G09 Error TryAgain "GitLab limits the rate of requests."
    G10 Warning Configuration "This git is too old for `proactiveAuth`."
    G11 Error Configuration "Another credential helper answers first."
    G12 Error Configuration "An old stored credential stands before the good one."
    G13 Error Configuration "Another repository inside this one has no credential."
    G16 Error Refused "The token was replaced while the job ran."
    G21 Error Refused "GitLab does not allow git over HTTP."
    G22 Error Refused "The token's user is blocked, or this address is not allowed."
    G23 Error Configuration "The token has a line break or a character that a URL cannot hold."
    G24 Warning Configuration "A variable's token goes to whatever host a variable names."
    G26 Error Configuration "This git is too old for configuration by environment."
    G27 Error Configuration "git prefers another credential to the helper's."

    C01 Error Configuration "A file that was named cannot be read."
    C02 Error Configuration "A file is not YAML."
    C03 Error Configuration "A key is not known."
    C04 Error Configuration "A value has the wrong type."
    C05 Error Configuration "A key is there twice."
    C06 Error Configuration "A variable differs from what the file pins."
    C07 Error Configuration "A reach is not a URL prefix that a token may be sent to."
    C08 Error Configuration "Two grants have the same name."
    C09 Error Configuration "A condition is not in GitLab's expression language."
    C10 Error Configuration "A secret reference cannot be read."
    C11 Error Configuration "Nothing says which secret is wanted."
    C12 Error Configuration "A variable would widen the reach."
    C13 Error Configuration "There is no grant of that name."
    C14 Error Configuration "An auth mount or a namespace cannot be read."
    C15 Error Configuration "A grant's name is not the name of a variable."
    C16 Error Configuration "A server URL has a part that it must not have."
    C18 Error Configuration "The environment is not Unicode where it has to be."
    C20 Error Configuration "Nothing is stored at the secret's path."
    C21 Error Configuration "The namespace does not exist."
    C22 Error Configuration "A proxy's address cannot be used."
    C23 Error Configuration "A certificate file cannot be used."
    C24 Error Configuration "The repository's remote carries a credential."
    C25 Error Usage "The command line asks for what cannot be."

    C26 Note Configuration "A part of a secret reference was assumed."
    C27 Error Configuration "A remote is none that git can use."
    C28 Warning Configuration "A remote that may be private gets no build token."
    C29 Warning Configuration "A component has no remote in the channel."
    C30 Note Configuration "Components have no private mirror."
    C31 Warning Configuration "Components that share a variable have different remotes."
    C32 Warning Configuration "No variable stands for a private component."
    C33 Error Configuration "There is no component of that name."

    R01 Error NotFound "The command was not found."
    R02 Error CannotExecute "The command cannot be executed."
    R03 Error Refused "The job is not entitled, and the token is required."
    R04 Warning Check "A Vault session could not be revoked."
    R05 Warning Check "The token expires before the job has to end."
    R06 Warning Check "A variable would print credentials in git's trace."
    R07 Warning Check "A variable would switch off the check of certificates."
    R08 Error Refused "The job prints every command with its variables."
    R09 Error Unreachable "The server sends us to another host."
    R10 Error Unreachable "The answer is not Vault's."
    R11 Error Configuration "The private directory for the helper cannot be made."
    R12 Error Refused "The process that has the token is gone."
    R13 Warning Check "The helper was asked by a stranger, and did not answer."
    R15 Error Configuration "A variable that was set before cannot be a token."
    R16 Error Configuration "The stored token is empty."
    R18 Error Unreachable "Vault's client token cannot be one."
    R19 Error Usage "The token would be printed on a terminal."
    R20 Error TryAgain "The run was told to end before it began."
    R21 Note Check "The secret's own metadata narrows the reach."
    R22 Warning Check "A job token takes the place of the build token, as asked."
    R23 Error Bug "This is a bug of ours."
    R24 Error Configuration "A file cannot be written."
    R25 Error Usage "This version cannot do that."
    R27 Error Configuration "The kind of the stored reach is not known."
    R28 Error Identity "The ID token is damaged."
    R29 Warning Check "The helper could not renew the token."
    R30 Error Refused "The answer came from an older server, and the login was refused as well."
    R31 Error TryAgain "The repository's server did not answer in time."
    R32 Error Unreachable "The repository's server cannot be reached."
    R33 Error Check "git failed, and its words are not known."
    R34 Error Refused "The token was not revoked."
    R35 Note Check "The token was revoked for everybody."
    R36 Error Configuration "Input is not what the command reads."
    R37 Error Identity "A variable holds the path of a file where the ID token was meant."
    R38 Error Unreachable "The lab cannot do that."
    R39 Warning Check "A token reaches the command in no form."
}

impl Code {
    /// The code with this name, with or without `BT-`, in either case.
    #[must_use]
    pub fn named(name: &str) -> Option<Code> {
        let upper = name.trim().to_ascii_uppercase();
        let short = upper.strip_prefix("BT-").unwrap_or(&upper);
        Code::ALL
            .iter()
            .copied()
            .find(|code| &code.as_str()[3..] == short)
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_code_is_defined_once() {
        let names: BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(names.len(), Code::ALL.len());
    }

    #[test]
    fn a_code_is_found_by_its_name_however_it_is_typed() {
        assert_eq!(Code::named("BT-V07"), Some(Code::V07));
        assert_eq!(Code::named("v07"), Some(Code::V07));
        assert_eq!(Code::named("V99"), None);
    }
}
