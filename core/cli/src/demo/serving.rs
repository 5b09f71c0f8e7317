//! `saoma demo --serve`: the stage for tills outside, which a person or a program may trouble by a word a line.

use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, BufReader};

use super::stage::Stage;
use super::story::Hop;
use crate::args::DemoArgs;
use crate::command::qr;
use crate::outcome::{Failure, Outcome};
use crate::output::Output;

/// What may be typed, for people.
const WORDS: &str = "type a word: stop (the tills lose their backend), start (they get it back), pair (a link for one more till), \
                     end";

/// Keeps the stage until it is told to end, is interrupted or, where asked for, standard input ends.
pub(super) async fn serve(args: &DemoArgs, out: Output) -> Result<Outcome, Failure> {
    let mut stage = Stage::set(args.state.as_deref(), args.protocol, out).await?;
    tell_link(&stage, out)?;
    stage.story.tell(Hop::Demo, &format!("play the customer:  {}", stage.customer.wallet("")));
    stage.story.tell(Hop::Demo, WORDS);
    let mut words = BufReader::new(tokio::io::stdin()).lines();
    while let Some(word) = words.next_line().await? {
        match word.trim() {
            "stop" => {
                stage.stop_backend().await?;
                out.say(&json!({ "backend": null }), || "the backend has stopped".to_owned());
            }
            "start" | "pair" => {
                // A backend prints a link when it starts.
                stage.stop_backend().await?;
                stage.start_backend().await?;
                tell_link(&stage, out)?;
            }
            "end" => return stage.clear().await.map(|()| Outcome::Done),
            "" => {}
            _ => stage.story.tell(Hop::Demo, WORDS),
        }
    }
    if args.until_stdin_ends {
        return stage.clear().await.map(|()| Outcome::Done);
    }
    std::future::pending().await
}

fn tell_link(stage: &Stage, out: Output) -> Result<(), Failure> {
    let link = stage.link.to_string();
    let code = saoma_qr::Code::new(&link, saoma_qr::EcLevel::M)?;
    let wallet = stage.customer.wallet("");
    let told = json!({ "backend": stage.url, "pairing_link": link, "wallet": wallet, "sandbox": stage.customer.base_url() });
    out.say(&told, || {
        format!(
            "\n{}\n\npair a till:  saoma till pair '{link}'",
            qr::drawn(&code, &saoma_qr::Style::default())
        )
    });
    Ok(())
}
