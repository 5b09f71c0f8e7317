//! The ends of the network, as each part knows them.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::{FutureExt as _, StreamExt as _};
use http::{Request, Response};
use saoma_backend::channel::{self, AnswerWithin};
use saoma_engine::{Chunks, Peer, TransportError};
use saoma_sandbox::Unanswered;

use crate::life::Life;
use crate::net::{Lost, Net, Node};

/// How long the backend waits for WeChat Pay, as its own transport does.
const CHANNEL_WITHIN: Duration = Duration::from_secs(10);
/// How long WeChat Pay waits for a receiver of notifications.
const NOTIFIED_WITHIN: Duration = Duration::from_secs(5);

/// One end of the network: a part, in one of its lives.
pub(crate) struct Wire {
    net: Arc<Net>,
    life: Life,
}

impl Wire {
    pub(crate) fn new(net: &Arc<Net>, life: &Life) -> Arc<Self> {
        Arc::new(Self { net: Arc::clone(net), life: life.clone() })
    }
}

fn heard(lost: Lost) -> TransportError {
    match lost {
        Lost::NotSent(why) => TransportError::not_sent(why),
        Lost::Unknown(why) => TransportError::lost(why),
    }
}

impl saoma_engine::Transport for Wire {
    fn send(
        &self,
        request: Request<Bytes>,
        _: Peer,
    ) -> BoxFuture<'static, Result<Response<Bytes>, TransportError>> {
        let to = Node::at(request.uri());
        let carried = Arc::clone(&self.net).carry(self.life.clone(), to, request);
        carried.map(|answer| answer.map_err(heard)).boxed()
    }

    fn stream(
        &self,
        request: Request<Bytes>,
        _: Peer,
    ) -> BoxFuture<'static, Result<Response<Chunks>, TransportError>> {
        let to = Node::at(request.uri());
        let opened = Arc::clone(&self.net).stream(self.life.clone(), to, request);
        async move {
            let answer = opened.await.map_err(heard)?;
            Ok(answer.map(|chunks| chunks.map(|chunk| chunk.map_err(heard)).boxed()))
        }
        .boxed()
    }
}

impl channel::Transport for Wire {
    fn send(
        &self,
        request: Request<Bytes>,
    ) -> BoxFuture<'_, Result<Response<Bytes>, channel::TransportError>> {
        let within = request.extensions().get::<AnswerWithin>().map_or(CHANNEL_WITHIN, |longest| longest.0);
        let carried = Arc::clone(&self.net).carry(self.life.clone(), Node::WechatPay, request);
        async move {
            let lost = |why: &str| channel::TransportError(why.to_owned());
            match tokio::time::timeout(within, carried).await {
                Err(_) => Err(lost("no answer in time")),
                Ok(Err(Lost::NotSent(why) | Lost::Unknown(why))) => Err(lost(why)),
                Ok(Ok(answer)) => Ok(answer),
            }
        }
        .boxed()
    }
}

impl saoma_sandbox::Post for Wire {
    fn post(&self, request: Request<Bytes>) -> BoxFuture<'static, Result<Response<Bytes>, Unanswered>> {
        let to = Node::at(request.uri());
        let carried = Arc::clone(&self.net).carry(self.life.clone(), to, request);
        async move {
            match tokio::time::timeout(NOTIFIED_WITHIN, carried).await {
                Err(_) => Err(Unanswered::Lost("no answer within 5 seconds".to_owned())),
                Ok(Err(Lost::NotSent(why))) => Err(Unanswered::Unreachable(why.to_owned())),
                Ok(Err(Lost::Unknown(why))) => Err(Unanswered::Lost(why.to_owned())),
                Ok(Ok(answer)) => Ok(answer),
            }
        }
        .boxed()
    }
}
