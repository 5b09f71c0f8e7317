//! Every word in both languages.

use std::collections::BTreeSet;

use super::{Language, Words};
use crate::sale::PhaseWord;

const BOTH: [Language; 2] = [Language::Chinese, Language::English];

const PHASES: [PhaseWord; 18] = [
    PhaseWord::Draft,
    PhaseWord::WaitingForPerson,
    PhaseWord::Sending,
    PhaseWord::Awaiting,
    PhaseWord::Checking,
    PhaseWord::Refreshing,
    PhaseWord::Closing,
    PhaseWord::Closed,
    PhaseWord::Paid,
    PhaseWord::Rejected,
    PhaseWord::Joined,
    PhaseWord::Dropped,
    PhaseWord::Unknown,
    PhaseWord::Ready,
    PhaseWord::Charging,
    PhaseWord::Paying,
    PhaseWord::Cash,
    PhaseWord::CashUnproven,
];

type Lookup = fn(&dyn Words, &str) -> Option<&'static str>;

/// Every text in quotes of a source that could be a code: small letters and underscores.
fn quoted(source: &str) -> BTreeSet<&str> {
    let is_code = |text: &&str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    source.split('"').filter(is_code).collect()
}

fn is_chinese(text: &str) -> bool {
    text.chars().any(|letter| ('\u{4e00}'..='\u{9fff}').contains(&letter))
}

#[test]
fn what_one_language_has_a_sentence_for_the_other_has_too() {
    let [chinese, english] = BOTH.map(Language::words);
    let lookups: [Lookup; 3] = [
        |words, code| words.code(code),
        |words, code| words.channel_code(code),
        |words, word| words.history(word),
    ];
    let mut known = 0;
    for word in quoted(include_str!("en.rs")).union(&quoted(include_str!("zh.rs"))) {
        for lookup in lookups {
            let (zh, en) = (lookup(chinese, word), lookup(english, word));
            assert_eq!(zh.is_some(), en.is_some(), "{word}: {zh:?} {en:?}");
            if let (Some(zh), Some(en)) = (zh, en) {
                assert!(is_chinese(zh) && !is_chinese(en), "{word}: {zh} {en}");
                known += 1;
            }
        }
    }
    assert!(known > 50, "only {known} words were looked at");
}

#[test]
fn each_phase_has_a_title_of_its_own() {
    for language in BOTH {
        let titles: BTreeSet<_> = PHASES.iter().map(|phase| language.words().title(*phase)).collect();
        assert_eq!(titles.len(), PHASES.len(), "{titles:?}");
    }
}

#[test]
fn nothing_but_what_is_proven_has_the_titles_of_proof() {
    for language in BOTH {
        let words = language.words();
        for proven in [PhaseWord::Paid, PhaseWord::Closed].map(|phase| words.title(phase)) {
            let saying = PHASES.iter().filter(|phase| words.title(**phase).contains(proven)).count();
            assert_eq!(saying, 1, "{proven}");
        }
    }
}

#[test]
fn an_unknown_code_is_named_and_no_sentence_is_made_up() {
    for language in BOTH {
        assert_eq!(language.code("no_such_code"), None);
        assert_eq!(language.history("no_such_word"), "no_such_word");
        assert!(language.words().unknown_code("no_such_code").contains("no_such_code"));
    }
}
