//! Tables of error codes: a spelling or several, a variant, a meaning.

macro_rules! codes {
    (
        $(#[$meta:meta])*
        pub enum $code:ident {
            $($variant:ident = $name:literal $(| $alias:literal)* , $meaning:literal;)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub enum $code {
            $(#[doc = concat!("`", $name, "`: ", $meaning, ".")] $variant,)+
            /// A code that is not in the list, as it came.
            Unknown(String),
        }

        impl $code {
            /// Reads a code in any spelling.
            #[must_use]
            pub fn new(text: &str) -> Self {
                let plain = |text: &str| text.replace(['_', ' '], "").to_ascii_uppercase();
                let found = plain(text);
                $(if [$name $(, $alias)*].iter().any(|name| plain(name) == found) {
                    return Self::$variant;
                })+
                Self::Unknown(text.chars().filter(|c| !c.is_control()).take(64).collect())
            }

            /// The code as WeChat Pay's current pages spell it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $name,)+
                    Self::Unknown(text) => text,
                }
            }

            /// What the code means, in a few words for a log or an operator.
            #[must_use]
            pub fn meaning(&self) -> &'static str {
                match self {
                    $(Self::$variant => $meaning,)+
                    Self::Unknown(_) => "a code that is not documented",
                }
            }

            /// All of the list.
            #[cfg(test)]
            pub(crate) const ALL: &[Self] = &[$(Self::$variant),+];
        }

        impl std::fmt::Display for $code {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

pub(crate) use codes;
